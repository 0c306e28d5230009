/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "tests/unit/test.h"

#include "base/err.h"

static void every_code_has_a_name_a_status_and_an_exit_status(void **state)
{
	(void)state;
	for (unsigned int code = 1; code < CC_CODE_COUNT; code++) {
		const struct cc_code_info *info = cc_code_info((enum cc_code)code);

		assert_non_null(info->name);
		assert_in_range(info->http_status, 400, 599);
		assert_in_range(info->exit_status, 1, 99);
		assert_int_equal(cc_code_named(info->name), code);
	}
	assert_int_equal(cc_code_named("no such code"), CC_OK);
	assert_ptr_equal(cc_code_info((enum cc_code)999), cc_code_info(CC_E_BUG));
}

static void exit_statuses_differ(void **state)
{
	(void)state;
	for (unsigned int a = 1; a < CC_CODE_COUNT; a++)
		for (unsigned int b = a + 1; b < CC_CODE_COUNT; b++)
			assert_int_not_equal(cc_code_info((enum cc_code)a)->exit_status,
					     cc_code_info((enum cc_code)b)->exit_status);
}

static void a_missing_file_is_not_found_and_others_are_system(void **state)
{
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_fail_sys(&err, ENOENT, "open '%s'", "x"), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_string_equal(err.text, "open 'x': No such file or directory");
	assert_int_equal(cc_fail_sys(&err, EACCES, "open '%s'", "x"), -1);
	assert_int_equal(err.code, CC_E_SYSTEM);
	assert_int_equal(err.sys, EACCES);
}

static void context_goes_in_front_and_the_first_hint_stays(void **state)
{
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_fail(&err, CC_E_LIMIT, "three of three used"), -1);
	assert_int_equal(cc_hint(&err, "ask the owner"), -1);
	assert_int_equal(cc_hint(&err, "something vaguer"), -1);
	assert_int_equal(cc_wrap(&err, "start stage '%s'", "s1"), -1);
	assert_int_equal(err.code, CC_E_LIMIT);
	assert_string_equal(err.text, "start stage 's1': three of three used");
	assert_string_equal(err.hint, "ask the owner");
}

static void a_long_text_is_cut_and_terminated(void **state)
{
	struct cc_err err = { 0 };
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cc_err_set(&err, CC_E_ARG, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	cc_err_wrap(&err, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_name_a_status_and_an_exit_status),
		cmocka_unit_test(exit_statuses_differ),
		cmocka_unit_test(a_missing_file_is_not_found_and_others_are_system),
		cmocka_unit_test(context_goes_in_front_and_the_first_hint_stays),
		cmocka_unit_test(a_long_text_is_cut_and_terminated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
