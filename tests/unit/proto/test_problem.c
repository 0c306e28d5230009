/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "proto/problem.h"

static struct cc_err failure(void)
{
	struct cc_err f = { 0 };

	cc_err_set(&f, CC_E_LIMIT, "policy 'p': 3 of 3 executions are used");
	cc_err_hint(&f, "ask the owner for more");
	return f;
}

static void the_form_is_that_of_the_protocol(void **state)
{
	CC_AUTO_BUF struct cc_buf json = { 0 };
	struct cc_err f = failure(), err = { 0 };

	(void)state;
	assert_int_equal(cc_problem_print(&f, &json, &err), 0);
	assert_true(cc_span_eq_str(
		cc_buf_span(&json),
		"{\"code\":\"limit\",\"detail\":\"policy 'p': 3 of 3 executions are used\","
		"\"hint\":\"ask the owner for more\",\"status\":429,\"title\":\"limit\","
		"\"type\":\"urn:concordat:error:limit\"}"));
}

static void an_error_survives_the_way_to_the_client(void **state)
{
	(void)state;
	for (enum cc_code code = CC_E_ARG; code < CC_CODE_COUNT; code++) {
		CC_AUTO_BUF struct cc_buf json = { 0 };
		struct cc_err f = failure(), got = { 0 }, err = { 0 };

		f.code = code;
		assert_int_equal(cc_problem_print(&f, &json, &err), 0);
		assert_int_equal(cc_problem_parse(cc_buf_span(&json), &got, &err), 0);
		assert_int_equal(got.code, code);
		assert_string_equal(got.text, f.text);
		assert_string_equal(got.hint, f.hint);
	}
}

static void who_is_not_proven_learns_only_the_code(void **state)
{
	CC_AUTO_BUF struct cc_buf json = { 0 };
	struct cc_err f = failure(), got = { 0 }, err = { 0 };

	(void)state;
	assert_int_equal(cc_problem_print_bare(&f, "7f3a", &json, &err), 0);
	assert_int_equal(cc_problem_parse(cc_buf_span(&json), &got, &err), 0);
	assert_int_equal(got.code, CC_E_LIMIT);
	assert_string_equal(got.text, "reference 7f3a");
	assert_string_equal(got.hint, "");
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
	struct cc_err got = { 0 }, err = { 0 };

	(void)state;
	assert_int_equal(
		cc_problem_parse(cc_span_str("{\"code\":\"denied\",\"detail\":\"a\\u001b[2Jb"
					     "\\n\",\"more\":1}"),
				 &got, &err),
		0);
	assert_string_equal(got.text, "a?[2Jb?");
}

static void other_bodies_are_no_problems(void **state)
{
	static const char *const bodies[] = {
		"",
		"<html>",
		"[]",
		"{}",
		"{\"code\":\"denied\"}",
		"{\"code\":\"ok\",\"detail\":\"\"}",
		"{\"code\":\"what\",\"detail\":\"x\"}",
		"{\"code\":1,\"detail\":\"x\"}",
		"{\"code\":\"denied\",\"detail\":\"x\",\"hint\":3}",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(bodies); i++) {
		struct cc_err got = { 0 }, err = { 0 };

		assert_int_equal(cc_problem_parse(cc_span_str(bodies[i]), &got, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_int_equal(got.code, CC_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_form_is_that_of_the_protocol),
		cmocka_unit_test(an_error_survives_the_way_to_the_client),
		cmocka_unit_test(who_is_not_proven_learns_only_the_code),
		cmocka_unit_test(control_characters_do_not_reach_the_terminal),
		cmocka_unit_test(other_bodies_are_no_problems),
	};

	return cmocka_run_group_tests_name("proto/problem", tests, NULL, NULL);
}
