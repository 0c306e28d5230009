/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "codec/hex-key.h"

static char folder[64], path[80];

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/cc-key-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/key", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void a_key_that_is_not_there_is_made_once_for_its_owner(void **state)
{
	CC_AUTO_SECRET struct cc_secret *made = NULL, *again = NULL, *read = NULL;
	struct stat st;
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_hex_key_open(path, &made, &err), 0);
	assert_int_equal(cc_hex_key_open(path, &again, &err), 0);
	assert_int_equal(cc_hex_key_read(path, &read, &err), 0);
	assert_true(cc_secret_equal(made, again));
	assert_true(cc_secret_equal(made, read));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 65);
}

static void reading_makes_none(void **state)
{
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_hex_key_read(path, &key, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void what_is_no_key_is_neither_taken_nor_replaced(void **state)
{
	static const char *const texts[] = {
		"", "\n", "00", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n\n"
	};
	CC_AUTO_SECRET struct cc_secret *key = NULL;

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		CC_AUTO_BUF struct cc_buf now = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_file_write(path, 0600, cc_span_str(texts[i]), &err), 0);
		assert_int_equal(cc_hex_key_open(path, &key, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_int_equal(cc_file_read(path, 1024, &now, &err), 0);
		assert_true(cc_span_eq_str(cc_buf_span(&now), texts[i]));
	}
}

static void one_that_others_may_read_is_none(void **state)
{
	static const mode_t modes[] = { 0644, 0640, 0604, 0620, 0601 };
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_hex_key_open(path, &key, &err), 0);
	for (size_t i = 0; i < CC_COUNT(modes); i++) {
		CC_AUTO_SECRET struct cc_secret *read = NULL;

		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(cc_hex_key_read(path, &read, &err), -1);
		assert_int_equal(err.code, CC_E_DENIED);
		assert_int_equal(cc_hex_key_open(path, &read, &err), -1);
		assert_int_equal(err.code, CC_E_DENIED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_key_that_is_not_there_is_made_once_for_its_owner,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(reading_makes_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_key_is_neither_taken_nor_replaced,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_others_may_read_is_none, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
