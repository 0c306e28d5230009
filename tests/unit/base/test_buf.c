/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/fd.h"

static void what_is_added_is_read_back(void **state)
{
	CC_AUTO_BUF struct cc_buf buf = { 0 };
	struct cc_span field = { 0 };
	struct cc_reader r = { 0 };
	struct cc_err err = { 0 };
	uint64_t big = 0;
	uint32_t four = 0;
	uint16_t two = 0;

	(void)state;
	assert_int_equal(cc_buf_add_u16le(&buf, 0x1234, &err), 0);
	assert_int_equal(cc_buf_add_u32be(&buf, 0xdeadbeef, &err), 0);
	assert_int_equal(cc_buf_add_u64le(&buf, 0x0102030405060708u, &err), 0);
	assert_int_equal(cc_buf_add_sized(&buf, cc_span_str("name"), &err), 0);
	r = cc_reader(cc_buf_span(&buf));
	assert_int_equal(cc_read_u16le(&r, "two", &two, &err), 0);
	assert_int_equal(cc_read_u32be(&r, "four", &four, &err), 0);
	assert_int_equal(cc_read_u64le(&r, "eight", &big, &err), 0);
	assert_int_equal(cc_read_sized(&r, 10, "name", &field, &err), 0);
	assert_int_equal(cc_read_end(&r, "message", &err), 0);
	assert_int_equal(two, 0x1234);
	assert_true(four == 0xdeadbeef && big == 0x0102030405060708u);
	assert_true(cc_span_eq_str(field, "name"));
}

static void growing_keeps_the_content(void **state)
{
	CC_AUTO_BUF struct cc_buf buf = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 10000; i++)
		assert_int_equal(cc_buf_add_u8(&buf, (uint8_t)i, &err), 0);
	assert_int_equal(buf.len, 10000);
	for (unsigned int i = 0; i < 10000; i++)
		assert_int_equal(buf.at[i], (uint8_t)i);
}

static void the_maximum_holds(void **state)
{
	CC_AUTO_BUF struct cc_buf buf = { .max = 100 };
	struct cc_err err = { 0 };
	struct cc_mut room = { 0 };

	(void)state;
	assert_int_equal(cc_buf_extend(&buf, 100, &room, &err), 0);
	assert_int_equal(cc_buf_add_u8(&buf, 1, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_buf_reserve(&buf, SIZE_MAX, &err), -1);
	assert_int_equal(buf.len, 100);
}

static void texts_are_formatted_and_taken(void **state)
{
	CC_AUTO_BUF struct cc_buf buf = { 0 };
	CC_AUTO_FREE char *text = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_buf_addf(&buf, &err, "%s-%d", "run", 7), 0);
	assert_int_equal(cc_buf_add_str(&buf, "!", &err), 0);
	assert_int_equal(cc_buf_take_str(&buf, &text, &err), 0);
	assert_string_equal(text, "run-7!");
	assert_int_equal(buf.len, 0);
	assert_null(buf.at);
}

static void resetting_wipes(void **state)
{
	CC_AUTO_BUF struct cc_buf buf = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_buf_add_str(&buf, "secret", &err), 0);
	cc_buf_reset(&buf);
	assert_true(cc_span_is_zero(cc_span(buf.at, 6)));
	assert_int_equal(buf.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_is_read_back),
		cmocka_unit_test(growing_keeps_the_content),
		cmocka_unit_test(the_maximum_holds),
		cmocka_unit_test(texts_are_formatted_and_taken),
		cmocka_unit_test(resetting_wipes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
