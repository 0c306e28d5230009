/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/str.h"

static void decimal_numbers_are_strict(void **state)
{
	static const char *const refused[] = { "",   "-1",  "+1",
					       "01", " 1",  "1 ",
					       "1x", "0x1", "99999999999999999999" };
	struct cc_err err = { 0 };
	uint64_t value = 0;

	(void)state;
	assert_int_equal(cc_parse_u64(cc_span_str("0"), 10, "n", &value, &err), 0);
	assert_int_equal(value, 0);
	assert_int_equal(cc_parse_u64(cc_span_str("10"), 10, "n", &value, &err), 0);
	assert_int_equal(value, 10);
	assert_int_equal(cc_parse_u64(cc_span_str("11"), 10, "n", &value, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	/* A maximum below the digit itself. */
	assert_int_equal(cc_parse_u64(cc_span_str("8"), 7, "n", &value, &err), -1);
	assert_int_equal(cc_parse_u64(cc_span_str("7"), 7, "n", &value, &err), 0);
	assert_int_equal(cc_parse_u64(cc_span(NULL, 0), 7, "n", &value, &err), -1);
	for (size_t i = 0; i < CC_COUNT(refused); i++)
		assert_int_equal(
			cc_parse_u64(cc_span_str(refused[i]), UINT64_MAX, "n", &value, &err), -1);
	assert_int_equal(
		cc_parse_u64(cc_span_str("18446744073709551615"), UINT64_MAX, "n", &value, &err),
		0);
	assert_true(value == UINT64_MAX);
}

static void the_nearest_word_is_found_and_a_far_one_is_not_suggested(void **state)
{
	static const char *const words[] = { "mrenclaves", "mrsigner", "command", "environment" };

	(void)state;
	assert_string_equal(cc_str_nearest("mrsinger", words, CC_COUNT(words)), "mrsigner");
	assert_string_equal(cc_str_nearest("enviroment", words, CC_COUNT(words)), "environment");
	assert_string_equal(cc_str_nearest("comand", words, CC_COUNT(words)), "command");
	assert_string_equal(cc_str_nearest("COMMAND", words, CC_COUNT(words)), "command");
	assert_string_equal(cc_str_nearest("env", words, CC_COUNT(words)), "environment");
	assert_null(cc_str_nearest("en", words, CC_COUNT(words)));
	assert_null(cc_str_nearest("volumes", words, CC_COUNT(words)));
	assert_null(cc_str_nearest("", words, CC_COUNT(words)));
}

static void a_nul_inside_is_not_a_string(void **state)
{
	CC_AUTO_FREE char *text = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_str_from(cc_span("a\0b", 3), &text, &err), -1);
	assert_null(text);
	assert_int_equal(cc_str_from(cc_span("", 0), &text, &err), 0);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimal_numbers_are_strict),
		cmocka_unit_test(the_nearest_word_is_found_and_a_far_one_is_not_suggested),
		cmocka_unit_test(a_nul_inside_is_not_a_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
