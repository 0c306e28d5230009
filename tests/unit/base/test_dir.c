/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/test.h"

#include "base/dir.h"

struct place {
	char path[64];
	struct cc_dir dir;
};

static int set_up(void **state)
{
	static struct place place;
	struct cc_err err = { 0 };

	(void)snprintf(place.path, sizeof(place.path), "/tmp/concordat-test-XXXXXX");
	if (mkdtemp(place.path) == NULL)
		return -1;
	*state = &place;
	return cc_dir_open(place.path, CC_DIR_OWN, &place.dir, &err);
}

static int tear_down(void **state)
{
	struct place *place = *state;
	CC_AUTO_DIR struct cc_dir top = CC_DIR_NONE;
	struct cc_err err = { 0 };

	cc_dir_close(&place->dir);
	if (cc_dir_open("/tmp", CC_DIR_OWN, &top, &err) != 0)
		return -1;
	return cc_dir_remove_tree(&top, place->path + strlen("/tmp/"), &err);
}

static void a_file_is_replaced_as_a_whole_with_its_mode(void **state)
{
	const struct place *place = *state;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };
	struct stat st = { 0 };

	assert_int_equal(cc_dir_write(&place->dir, "key", 0600, cc_span_str("one"), &err), 0);
	assert_int_equal(cc_dir_write(&place->dir, "key", 0600, cc_span_str("two"), &err), 0);
	assert_int_equal(cc_dir_read(&place->dir, "key", 10, &text, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&text), "two"));
	assert_int_equal(fstatat(place->dir.fd, "key", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_file_that_must_be_new_is_not_replaced(void **state)
{
	const struct place *place = *state;
	struct cc_err err = { 0 };

	assert_int_equal(cc_dir_write_new(&place->dir, "once", 0600, cc_span_str("1"), &err), 0);
	assert_int_equal(cc_dir_write_new(&place->dir, "once", 0600, cc_span_str("2"), &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
}

static void reading_has_a_maximum(void **state)
{
	const struct place *place = *state;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_dir_write(&place->dir, "long", 0600, cc_span_str("12345"), &err), 0);
	assert_int_equal(cc_dir_read(&place->dir, "long", 4, &text, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

static void only_a_regular_file_is_read_and_a_pipe_waits_for_nobody(void **state)
{
	static const char *const names[] = { "directory", "pipe" };
	const struct place *place = *state;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_dir_mkdir(&place->dir, "directory", 0700, &err), 0);
	assert_int_equal(mkfifoat(place->dir.fd, "pipe", 0600), 0);
	for (size_t i = 0; i < CC_COUNT(names); i++) {
		assert_int_equal(cc_dir_read(&place->dir, names[i], 4, &text, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_non_null(strstr(err.text, names[i]));
	}
}

static void our_own_directory_is_not_left_and_links_are_not_followed(void **state)
{
	static const char *const names[] = { "../x", "/etc/passwd", "link", "out/passwd" };
	const struct place *place = *state;
	struct cc_err err = { 0 };

	assert_int_equal(symlinkat("/etc/passwd", place->dir.fd, "link"), 0);
	assert_int_equal(symlinkat("/etc", place->dir.fd, "out"), 0);
	for (size_t i = 0; i < CC_COUNT(names); i++) {
		CC_AUTO_BUF struct cc_buf text = { 0 };

		assert_int_equal(cc_dir_read(&place->dir, names[i], 1 << 20, &text, &err), -1);
		assert_int_equal(text.len, 0);
	}
	assert_int_equal(cc_dir_write(&place->dir, "../out", 0600, cc_span_str("x"), &err), -1);
}

static void in_a_foreign_tree_absolute_links_stay_inside(void **state)
{
	const struct place *place = *state;
	struct cc_dir root = { place->dir.fd, CC_DIR_ROOT };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_dir_mkdir(&place->dir, "etc", 0700, &err), 0);
	assert_int_equal(cc_dir_write(&place->dir, "etc/x", 0600, cc_span_str("in"), &err), 0);
	assert_int_equal(symlinkat("/etc/x", place->dir.fd, "absolute"), 0);
	assert_int_equal(cc_dir_read(&root, "absolute", 100, &text, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&text), "in"));
}

static void a_tree_is_removed_without_following_links(void **state)
{
	const struct place *place = *state;
	struct cc_err err = { 0 };

	assert_int_equal(cc_dir_mkdir(&place->dir, "a", 0700, &err), 0);
	assert_int_equal(cc_dir_mkdir(&place->dir, "a/b", 0700, &err), 0);
	assert_int_equal(cc_dir_write(&place->dir, "keep", 0600, cc_span_str("1"), &err), 0);
	assert_int_equal(symlinkat("../../keep", place->dir.fd, "a/b/link"), 0);
	assert_int_equal(symlinkat("..", place->dir.fd, "a/b/up"), 0);
	assert_int_equal(cc_dir_remove_tree(&place->dir, "a", &err), 0);
	assert_false(cc_dir_has(&place->dir, "a"));
	assert_true(cc_dir_has(&place->dir, "keep"));
	assert_int_equal(cc_dir_remove_tree(&place->dir, "a", &err), 0);
}

int main(void)
{
#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_PLACE(a_file_is_replaced_as_a_whole_with_its_mode),
		WITH_PLACE(a_file_that_must_be_new_is_not_replaced),
		WITH_PLACE(reading_has_a_maximum),
		WITH_PLACE(only_a_regular_file_is_read_and_a_pipe_waits_for_nobody),
		WITH_PLACE(our_own_directory_is_not_left_and_links_are_not_followed),
		WITH_PLACE(in_a_foreign_tree_absolute_links_stay_inside),
		WITH_PLACE(a_tree_is_removed_without_following_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
