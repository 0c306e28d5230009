/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/fd.h"
#include "runtime/console.h"

struct kept {
	struct cc_buf streams[CC_CONSOLE_STREAMS];
	size_t calls;
	bool fails;
};

static int keep(void *ctx, enum cc_console_stream stream, uint64_t at, struct cc_span bytes,
		struct cc_err *err)
{
	struct kept *kept = ctx;

	kept->calls++;
	if (kept->fails)
		return cc_fail(err, CC_E_SYSTEM, "disk full");
	assert_int_equal(at, kept->streams[stream].len);
	return cc_buf_add(&kept->streams[stream], bytes, err);
}

static struct cc_console *begin(struct kept *kept, uint64_t max, int ends[2])
{
	const struct cc_console_sink sink = { kept, keep };
	struct cc_console *console = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_console_start(&sink, max, &console, ends, &err), 0);
	return console;
}

static void say(int fd, const char *text)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_write_all(fd, cc_span_str(text), &err), 0);
}

static void each_stream_is_kept_apart_and_in_order(void **state)
{
	struct kept kept = { 0 };
	int ends[2] = { -1, -1 };
	struct cc_console *console = begin(&kept, 100, ends);
	struct cc_err err = { 0 };
	uint64_t lost = 1;

	(void)state;
	say(ends[CC_CONSOLE_OUT], "one ");
	say(ends[CC_CONSOLE_ERR], "bad");
	say(ends[CC_CONSOLE_OUT], "two");
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(cc_console_end(console, &lost, &err), 0);
	assert_int_equal(lost, 0);
	assert_true(cc_span_eq_str(cc_buf_span(&kept.streams[CC_CONSOLE_OUT]), "one two"));
	assert_true(cc_span_eq_str(cc_buf_span(&kept.streams[CC_CONSOLE_ERR]), "bad"));
	cc_buf_clear(&kept.streams[0]);
	cc_buf_clear(&kept.streams[1]);
}

static void what_is_over_the_bound_is_dropped_and_counted_without_blocking(void **state)
{
	struct kept kept = { 0 };
	int ends[2] = { -1, -1 };
	struct cc_console *console = begin(&kept, 5, ends);
	struct cc_err err = { 0 };
	uint64_t lost = 0;

	(void)state;
	/* far more than a pipe holds: a reader that stopped would block this */
	for (int i = 0; i < 30000; i++)
		say(ends[CC_CONSOLE_OUT], "0123456789");
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(cc_console_end(console, &lost, &err), 0);
	assert_int_equal(lost, 30000 * 10 - 5);
	assert_true(cc_span_eq_str(cc_buf_span(&kept.streams[CC_CONSOLE_OUT]), "01234"));
	cc_buf_clear(&kept.streams[0]);
}

static void a_sink_that_fails_is_asked_once_and_reported(void **state)
{
	struct kept kept = { .fails = true };
	int ends[2] = { -1, -1 };
	struct cc_console *console = begin(&kept, 100, ends);
	struct cc_err err = { 0 };
	uint64_t lost = 0;

	(void)state;
	for (int i = 0; i < 30000; i++)
		say(ends[CC_CONSOLE_ERR], "0123456789");
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(cc_console_end(console, &lost, &err), -1);
	assert_non_null(strstr(err.text, "disk full"));
	assert_int_equal(kept.calls, 1);
	assert_int_equal(lost, 30000 * 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_stream_is_kept_apart_and_in_order),
		cmocka_unit_test(what_is_over_the_bound_is_dropped_and_counted_without_blocking),
		cmocka_unit_test(a_sink_that_fails_is_asked_once_and_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
