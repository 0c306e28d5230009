/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the command line, and how a native config becomes a process of a policy. */
#include "tests/unit/test.h"

#include "codec/yaml.h"
#include "crypto/init.h"
#include "image/plan-internal.h"
#include "image/policy-internal.h"

static struct cc_err err;

static const struct {
	const char *text, *name, *path, *from, *to; /* name NULL: refused */
} volumes[] = {
	{ "v:/a", "v", "/a", NULL, NULL },
	{ "v:/a/../b", NULL, NULL, NULL, NULL },
	{ "v:/a//b/", "v", "/a/b", NULL, NULL },
	{ "v:/a:sh3/pipeline", "v", "/a", "sh3/pipeline", NULL },
	{ "v:/a::sh2/s2", "v", "/a", NULL, "sh2/s2" },
	{ "v:/a:", "v", "/a", NULL, NULL },
	{ "v:/a:x:y", NULL, NULL, NULL, NULL },
	{ "v:/a::", NULL, NULL, NULL, NULL },
	{ "v", NULL, NULL, NULL, NULL },
	{ "", NULL, NULL, NULL, NULL },
	{ ":/a", NULL, NULL, NULL, NULL },
	{ "v:a", NULL, NULL, NULL, NULL },
	{ "v:/", NULL, NULL, NULL, NULL },
	{ "v:/.", NULL, NULL, NULL, NULL },
	{ "v v:/a", NULL, NULL, NULL, NULL },
	{ "v/w:/a", NULL, NULL, NULL, NULL },
	{ "v:/a:x y", NULL, NULL, NULL, NULL },
	{ "v:/a::x\ny", NULL, NULL, NULL, NULL },
};

static void volumes_are_written_as_in_sconify_image(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(volumes); i++) {
		CC_CLEANUP(cc_image_volume_clear) struct cc_image_volume v = { 0 };
		int got = cc_image_volume_parse(volumes[i].text, &v, &err);

		if (got != (volumes[i].name != NULL ? 0 : -1))
			fail_msg("'%s': %d %s", volumes[i].text, got, err.text);
		if (got != 0)
			continue;
		assert_string_equal(v.name, volumes[i].name);
		assert_string_equal(v.path, volumes[i].path);
		assert_int_equal(v.from != NULL, volumes[i].from != NULL);
		assert_int_equal(v.to.count, volumes[i].to != NULL ? 1 : 0);
		if (v.from != NULL)
			assert_string_equal(v.from, volumes[i].from);
		if (v.to.count > 0)
			assert_string_equal(v.to.at[0], volumes[i].to);
	}
}

static const struct {
	const char *text, *consumer;
	uint64_t maximum;
} executions[] = {
	{ "sh3/pipeline:3", "sh3/pipeline", 3 },
	{ "*:10", "*", 10 },
	{ "a:0", "a", 0 },
	{ "a", NULL, 0 },
	{ ":3", NULL, 0 },
	{ "a:", NULL, 0 },
	{ "a:-1", NULL, 0 },
	{ "a:3x", NULL, 0 },
	{ "a b:3", NULL, 0 },
	{ "a:99999999999", NULL, 0 },
};

static void executions_are_a_consumer_and_a_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(executions); i++) {
		struct cc_image_execution e = { 0 };
		int got = cc_image_execution_parse(executions[i].text, &e, &err);

		assert_int_equal(got, executions[i].consumer != NULL ? 0 : -1);
		if (got == 0) {
			assert_string_equal(e.consumer, executions[i].consumer);
			assert_int_equal(e.maximum, executions[i].maximum);
		}
		free(e.consumer);
	}
}

#define PASSWD "root:x:0:0::/root:/bin/sh\nbroken\n\nnobody:x:65534:65535::/:\nodd:x:y:z\n"
#define GROUP "root:x:0:\nusers:x:100:a,b\n"

static int make(const struct cc_image_options *options, const char *config,
		struct cc_image_process *out)
{
	CC_AUTO_OCI_CONFIG struct cc_oci_config parsed = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };

	assert_int_equal(cc_buf_addf(&text, &err,
				     "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]},"
				     "\"config\":%s}",
				     config),
			 0);
	assert_int_equal(cc_oci_config_parse(cc_buf_span(&text), &parsed, &err), 0);
	err = (struct cc_err){ 0 };
	return cc_image_process_make(options, &parsed, cc_span_str(PASSWD), cc_span_str(GROUP), out,
				     &err);
}

static const struct {
	const char *text, *user, *group; /* user NULL and text: refused */
} users[] = {
	{ "0", "0", "0" },
	{ "root", "0", "0" },
	{ "nobody", "65534", "65535" },
	{ "nobody:users", "65534", "100" },
	{ "7", "7", "0" },
	{ "65534", "65534", "65535" },
	{ "7:8", "7", "8" },
	{ "nobody:8", "65534", "8" },
	{ "ghost", NULL, NULL },
	{ "0:ghosts", NULL, NULL },
	{ "odd", NULL, NULL },
	{ "-1", NULL, NULL },
	{ "4294967295", NULL, NULL },
	{ ":5", NULL, NULL },
	{ "broken", NULL, NULL },
};

static void users_become_numbers_by_the_files_of_the_image(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(users); i++) {
		CC_AUTO_IMAGE_PROCESS struct cc_image_process p = { 0 };
		struct cc_image_options options = { .user = users[i].text };
		int got = make(&options, "{\"Cmd\":[\"x\"]}", &p);

		if (got != (users[i].user != NULL ? 0 : -1))
			fail_msg("'%s': %d %s", users[i].text, got, err.text);
		if (got != 0)
			continue;
		assert_string_equal(p.user, users[i].user);
		assert_string_equal(p.group, users[i].group);
	}
}

static void options_go_before_the_config(void **state)
{
	static const char *const command[] = { "a", "b c", NULL };
	static const char *const environment[] = { "X=2", "Y=3", NULL };
	CC_AUTO_IMAGE_PROCESS struct cc_image_process p = { 0 };
	struct cc_image_options options = { .command = command,
					    .environment = environment,
					    .pwd = "/w" };

	(void)state;
	assert_int_equal(make(&options,
			      "{\"Cmd\":[\"x\"],\"Env\":[\"X=1\",\"Z=4\"],\"WorkingDir\":\"/o\"}",
			      &p),
			 0);
	assert_int_equal(p.command.count, 2);
	assert_string_equal(p.command.at[1], "b c");
	assert_int_equal(p.environment.count, 4);
	assert_true(strncmp(p.environment.at[0], "PATH=", 5) == 0);
	assert_string_equal(p.environment.at[1], "X=2");
	assert_string_equal(p.environment.at[2], "Z=4");
	assert_string_equal(p.environment.at[3], "Y=3");
	assert_string_equal(p.pwd, "/w");
	assert_null(p.user);
	cc_image_process_clear(&p);
	options.drop_environment = true;
	assert_int_equal(make(&options, "{\"Env\":[\"Z=4\"]}", &p), 0);
	assert_int_equal(p.environment.count, 3);
	assert_string_equal(p.pwd, "/w");
}

static const struct {
	const char *config, *says;
} refused[] = {
	{ "{}", "neither entrypoint nor command" },
	{ "{\"Cmd\":[\"x\",\"@@1\"]}", "would mean something else" },
	{ "{\"Cmd\":[\"$$SCONE::key$$\"]}", "would mean something else" },
	{ "{\"Cmd\":[\"x\"],\"Env\":[\"A=$$SCONE::key$$\"]}", "would mean something else" },
	{ "{\"Cmd\":[\"x\"],\"Env\":[\"\\\\@\\\\@A=1\"]}", "would mean something else" },
	{ "{\"Cmd\":[\"x\"],\"Env\":[\"novalue\"]}", "not NAME=value" },
	{ "{\"Cmd\":[\"x\"],\"Env\":[\"=1\"]}", "not NAME=value" },
	{ "{\"Cmd\":[\"x\"],\"WorkingDir\":\"rel\"}", "not absolute" },
};

static void configs_that_a_policy_cannot_say_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		CC_AUTO_IMAGE_PROCESS struct cc_image_process p = { 0 };
		struct cc_image_options options = { 0 };

		assert_int_equal(make(&options, refused[i].config, &p), -1);
		if (strstr(err.text, refused[i].says) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
}

/* What is quoted is read again as the same text. */
static void quoted_text_survives_yaml(void **state)
{
	static const char *const texts[] = { "",
					     "a",
					     "a: b",
					     "# x",
					     "\"'\\\\",
					     "\t\n\r\x01",
					     "&a *b",
					     "!cas",
					     "{[]}",
					     "- ",
					     "\xc3\xbc",
					     "~",
					     "\xe2\x80\xa8",
					     "\xc2\x85",
					     "%",
					     "$HOME ${HOME} $$",
					     "\xf0\x9f\x8c\x8d",
					     "yes",
					     "0x1f" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		CC_AUTO_BUF struct cc_buf out = { 0 };
		CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;

		assert_int_equal(cc_buf_add_str(&out, "k: ", &err), 0);
		assert_int_equal(cc_image_yaml_quote(cc_span_str(texts[i]), &out, &err), 0);
		assert_int_equal(cc_buf_add_str(&out, "\n", &err), 0);
		/* Who reads the policy as a template finds no variable in it. */
		assert_null(memchr(out.at, '$', out.len));
		if (cc_yaml_parse(cc_buf_span(&out), NULL, &doc, &err) != 0)
			fail_msg("row %zu: %s", i, err.text);
		assert_string_equal(cc_yaml_get(cc_yaml_root(doc), "k")->text, texts[i]);
	}
}

static void text_that_is_not_utf8_is_refused(void **state)
{
	static const char *const texts[] = {
		"\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\x80"
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		CC_AUTO_BUF struct cc_buf out = { 0 };

		assert_int_equal(cc_image_yaml_quote(cc_span_str(texts[i]), &out, &err), -1);
		assert_int_equal(err.code, CC_E_UNSUPPORTED);
	}
}

static int start(void **state)
{
	(void)state;
	return cc_crypto_init(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(volumes_are_written_as_in_sconify_image),
		cmocka_unit_test(executions_are_a_consumer_and_a_number),
		cmocka_unit_test(users_become_numbers_by_the_files_of_the_image),
		cmocka_unit_test(options_go_before_the_config),
		cmocka_unit_test(configs_that_a_policy_cannot_say_are_refused),
		cmocka_unit_test(quoted_text_survives_yaml),
		cmocka_unit_test(text_that_is_not_utf8_is_refused),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
