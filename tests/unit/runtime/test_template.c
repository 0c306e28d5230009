/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the image brings, filled in with what the release gave. */
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/unit/test.h"

#include "base/str.h"
#include "runtime/template.h"

struct world {
	struct cc_dir tree;
	struct cc_config config;
	char name[32];
};
#define AUTO_WORLD CC_CLEANUP(world_clear)

static struct cc_err oops;

static void world_clear(struct world *world)
{
	CC_AUTO_DIR struct cc_dir tmp = CC_DIR_NONE;

	cc_dir_close(&world->tree);
	cc_config_clear(&world->config);
	assert_int_equal(cc_dir_open("/tmp", CC_DIR_OWN, &tmp, &oops), 0);
	assert_int_equal(cc_dir_remove_tree(&tmp, world->name + strlen("/tmp/"), &oops), 0);
}

/* An image with /etc/app, which holds `text`, and the value of "key:hex". */
static void world_make(struct world *world, const char *path, const char *text)
{
	(void)snprintf(world->name, sizeof(world->name), "/tmp/template.XXXXXX");
	assert_non_null(mkdtemp(world->name));
	assert_int_equal(cc_dir_open(world->name, CC_DIR_OWN, &world->tree, &oops), 0);
	assert_int_equal(cc_dir_mkdir(&world->tree, "etc", 0755, &oops), 0);
	assert_int_equal(cc_dir_write_new(&world->tree, "etc/app", 0644, cc_span_str(text), &oops),
			 0);
	world->tree.kind = CC_DIR_ROOT;
	world->config.injected = calloc(1, sizeof(*world->config.injected));
	world->config.values = calloc(1, sizeof(*world->config.values));
	assert_true(world->config.injected != NULL && world->config.values != NULL);
	world->config.injected_count = world->config.value_count = 1;
	world->config.injected->of_image = true;
	assert_int_equal(cc_str_dup(path, &world->config.injected->path, &oops), 0);
	assert_int_equal(cc_str_dup("key:hex", &world->config.values->name, &oops), 0);
	assert_int_equal(
		cc_buf_add(&world->config.values->value, cc_span_str("00\"$$SCONE::x$$"), &oops),
		0);
}

static void references_in_a_file_of_the_image_become_values(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "no reference", "no reference" },
		{ "a=$$SCONE::key:hex$$;", "a=00\"$$SCONE::x$$;" },
		{ "$$SCONE::key:hex|escape(json)$$", "00\\\"$$SCONE::x$$" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		AUTO_WORLD struct world world = { .tree = CC_DIR_NONE };

		world_make(&world, "/etc/app", rows[i][0]);
		assert_int_equal(cc_template_fill(&world.tree, &world.config, &oops), 0);
		assert_true(
			cc_span_eq_str(cc_buf_span(&world.config.injected->content), rows[i][1]));
	}
}

static void what_cannot_be_filled_in_stops_the_start(void **state)
{
	static const struct {
		const char *path, *text;
		enum cc_code code;
		const char *says;
	} rows[] = {
		{ "/etc/app", "$$SCONE::other$$", CC_E_DENIED, "'other', which the policy does" },
		{ "/etc/app", "$$SCONE::key$$", CC_E_DENIED, "inject '/etc/app'" },
		{ "/etc/app", "$$SCONE::key:hex", CC_E_ARG, "does not end" },
		{ "/etc/none", "", CC_E_NOTFOUND, "takes the file from the image" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		AUTO_WORLD struct world world = { .tree = CC_DIR_NONE };
		struct cc_err err = { 0 };

		world_make(&world, rows[i].path, rows[i].text);
		assert_int_equal(cc_template_fill(&world.tree, &world.config, &err), -1);
		assert_int_equal(err.code, rows[i].code);
		assert_non_null(strstr(err.text, rows[i].says));
	}
}

/* A policy's own content is the policy's: nothing is looked up again. */
static void content_of_the_policy_stays_as_it_is(void **state)
{
	AUTO_WORLD struct world world = { .tree = CC_DIR_NONE };

	(void)state;
	world_make(&world, "/etc/app", "of the image");
	world.config.injected->of_image = false;
	assert_int_equal(cc_buf_add(&world.config.injected->content,
				    cc_span_str("$$SCONE::key:hex$$"), &oops),
			 0);
	assert_int_equal(cc_template_fill(&world.tree, &world.config, &oops), 0);
	assert_true(
		cc_span_eq_str(cc_buf_span(&world.config.injected->content), "$$SCONE::key:hex$$"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_in_a_file_of_the_image_become_values),
		cmocka_unit_test(what_cannot_be_filled_in_stops_the_start),
		cmocka_unit_test(content_of_the_policy_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
