/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>

#include "tests/unit/test.h"

#include "cli/interrupt.h"
#include "cli/progress.h"

static void expect(const struct cc_progress *progress, uint64_t now_ms, const char *line)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *said = NULL;
	struct cc_err err;

	assert_int_equal(cc_progress_print(progress, now_ms, &text, &err), 0);
	assert_int_equal(cc_buf_str(&text, &said, &err), 0);
	assert_string_equal(said, line);
}

static void bytes_are_said_in_units_of_1024(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0 bytes" },           { 1, "1 byte" },
		{ 1023, "1023 bytes" },     { 1024, "1.0 KiB" },
		{ 1536, "1.5 KiB" },        { 1024 * 1024 - 1, "1023.9 KiB" },
		{ 1024 * 1024, "1.0 MiB" }, { (uint64_t)5 << 40, "5.0 TiB" },
		{ UINT64_MAX, "15.9 EiB" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		char text[CC_BYTES_TEXT];

		cc_bytes_print(rows[i].bytes, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void the_rate_is_that_of_the_whole(void **state)
{
	const struct cc_progress progress = {
		.what = "put", .started_ms = 1000, .files = 2, .bytes = 3 << 20, .total = 6 << 20
	};

	(void)state;
	expect(&progress, 3000, "put 2 files, 3.0 MiB of 6.0 MiB in 2.0 s (1.5 MiB/s)");
}

static void a_total_that_nobody_knows_is_not_said(void **state)
{
	const struct cc_progress progress = { .what = "put", .files = 1, .bytes = 10 };

	(void)state;
	expect(&progress, 500, "put 1 file, 10 bytes in 0.5 s (20 bytes/s)");
}

static void no_time_at_all_divides_by_nothing(void **state)
{
	const struct cc_progress progress = { .what = "put", .started_ms = 7, .bytes = 1 };

	(void)state;
	expect(&progress, 7, "put 0 files, 1 byte in 0.0 s (1000 bytes/s)");
}

/* Last: what has come stays. */
static void an_interrupt_is_an_error_of_the_next_step(void **state)
{
	struct cc_progress progress = { .quiet = true };
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	struct cc_err err = { 0 };

	(void)state;
	/* Who runs us in the background has it ignored, and then it stays so. */
	assert_int_equal(sigaction(SIGINT, &usual, NULL), 0);
	cc_progress_start(&progress, "put");
	assert_int_equal(cc_progress_add(&progress, 1, 1, &err), 0);
	assert_int_equal(cc_interrupt_status(1), 1);
	assert_int_equal(raise(SIGINT), 0);
	assert_int_equal(cc_progress_add(&progress, 1, 1, &err), -1);
	assert_int_equal(err.code, CC_E_SYSTEM);
	assert_non_null(strstr(err.text, "interrupted by SIGINT"));
	assert_int_equal(cc_interrupt_status(1), 130);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_said_in_units_of_1024),
		cmocka_unit_test(the_rate_is_that_of_the_whole),
		cmocka_unit_test(a_total_that_nobody_knows_is_not_said),
		cmocka_unit_test(no_time_at_all_divides_by_nothing),
		cmocka_unit_test(an_interrupt_is_an_error_of_the_next_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
