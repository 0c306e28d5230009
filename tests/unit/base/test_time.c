/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/time.h"

static void times_are_printed_and_parsed_alike(void **state)
{
	static const struct {
		int64_t at;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 951827696, "2000-02-29T12:34:56Z" },
		{ 1795228200, "2026-11-21T02:30:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
	};
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		char text[CC_TIME_TEXT];
		int64_t at = -1;

		cc_time_print(cases[i].at, text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(cc_time_parse(cc_span_str(text), &at, &err), 0);
		assert_true(at == cases[i].at);
	}
}

/* A file may say anything; what is decided on is read by cc_time_parse, and since 1970. */
static void times_before_1970_are_printed(void **state)
{
	char text[CC_TIME_TEXT];

	(void)state;
	cc_time_print(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59Z");
	cc_time_print(INT64_MIN, text);
	assert_string_equal(text, "1000-01-01T00:00:00Z");
	cc_time_print(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
}

static void other_forms_and_impossible_times_are_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"2026-11-21",
		"2026-11-21T02:30:00",
		"2026-11-21 02:30:00Z",
		"2026-11-21T02:30:00z",
		"2026-11-21T02:30:00+00:00",
		"2026-02-30T00:00:00Z",
		"2025-02-29T00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z",
		"1969-12-31T23:59:59Z",
		" 026-11-21T02:30:00Z",
	};
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		int64_t at = -1;

		assert_int_equal(cc_time_parse(cc_span_str(cases[i]), &at, &err), -1);
		assert_int_equal(at, -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_printed_and_parsed_alike),
		cmocka_unit_test(times_before_1970_are_printed),
		cmocka_unit_test(other_forms_and_impossible_times_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
