/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/span.h"

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static void numbers_are_read_in_both_byte_orders(void **state)
{
	struct cc_reader r = cc_reader(CC_SPAN(bytes));
	struct cc_err err = { 0 };
	uint8_t one = 0;
	uint16_t two = 0;
	uint32_t four = 0;
	uint64_t eight = 0;

	(void)state;
	assert_int_equal(cc_read_u8(&r, "one", &one, &err), 0);
	assert_int_equal(one, 1);
	assert_int_equal(cc_read_u16be(&r, "two", &two, &err), 0);
	assert_int_equal(two, 0x0203);
	assert_int_equal(cc_read_u16le(&r, "two", &two, &err), 0);
	assert_int_equal(two, 0x0504);
	assert_int_equal(cc_read_u32be(&r, "four", &four, &err), 0);
	assert_int_equal(four, 0x06070809);
	assert_int_equal(cc_read_end(&r, "message", &err), 0);
	r = cc_reader(CC_SPAN(bytes));
	assert_int_equal(cc_read_u32le(&r, "four", &four, &err), 0);
	assert_int_equal(four, 0x04030201);
	r = cc_reader(CC_SPAN(bytes));
	assert_int_equal(cc_read_u64le(&r, "eight", &eight, &err), 0);
	assert_true(eight == 0x0807060504030201u);
	r = cc_reader(CC_SPAN(bytes));
	assert_int_equal(cc_read_u64be(&r, "eight", &eight, &err), 0);
	assert_true(eight == 0x0102030405060708u);
}

static void a_field_that_is_not_there_is_named(void **state)
{
	struct cc_reader r = cc_reader(cc_span(bytes, 3));
	struct cc_err err = { 0 };
	uint32_t four = 7;

	(void)state;
	assert_int_equal(cc_read_u32le(&r, "TEE type", &four, &err), -1);
	assert_string_equal(err.text, "TEE type needs 4 bytes, 3 left");
	assert_int_equal(four, 7);
	assert_int_equal(cc_read_end(&r, "quote", &err), -1);
	assert_string_equal(err.text, "quote has 3 bytes too many");
}

static void a_sized_field_is_bounded_before_it_is_read(void **state)
{
	static const uint8_t sized[] = { 0, 0, 0, 2, 'h', 'i' },
			     huge[] = { 0xff, 0xff, 0xff, 0xff };
	struct cc_reader r = cc_reader(CC_SPAN(sized));
	struct cc_span out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_read_sized(&r, 2, "name", &out, &err), 0);
	assert_true(cc_span_eq_str(out, "hi"));
	r = cc_reader(CC_SPAN(sized));
	assert_int_equal(cc_read_sized(&r, 1, "name", &out, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	r = cc_reader(CC_SPAN(huge));
	assert_int_equal(cc_read_sized(&r, SIZE_MAX, "name", &out, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void ranges_are_cut_to_what_is_there(void **state)
{
	struct cc_span all = CC_SPAN(bytes);

	(void)state;
	assert_int_equal(cc_span_sub(all, 2, 3).len, 3);
	assert_int_equal(cc_span_sub(all, 7, 100).len, 2);
	assert_int_equal(cc_span_sub(all, 9, 1).len, 0);
	assert_int_equal(cc_span_sub(all, 100, SIZE_MAX).len, 0);
}

static void comparisons_see_each_byte(void **state)
{
	uint8_t a[16] = { 0 }, b[16] = { 0 };

	(void)state;
	assert_true(cc_span_is_zero(CC_SPAN(a)));
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] = 0x80;
		assert_false(cc_bytes_equal(a, b, sizeof(a)));
		assert_false(cc_span_eq(CC_SPAN(a), CC_SPAN(b)));
		assert_false(cc_span_is_zero(CC_SPAN(b)));
		b[i] = 0;
	}
	assert_true(cc_bytes_equal(a, b, sizeof(a)));
	assert_false(cc_span_eq(cc_span(a, 15), CC_SPAN(b)));
	assert_true(cc_span_eq(cc_span(NULL, 0), cc_span(a, 0)));
}

static void a_text_is_found_where_it_begins(void **state)
{
	struct cc_span all = cc_span_str("aab--b--");

	(void)state;
	assert_int_equal(cc_span_find(all, "ab"), 1);
	assert_int_equal(cc_span_find(all, "--"), 3);
	assert_int_equal(cc_span_find(all, "b---"), all.len);
	assert_int_equal(cc_span_find(cc_span_sub(all, 0, 4), "--"), 4);
	assert_int_equal(cc_span_find(cc_span(NULL, 0), "a"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_in_both_byte_orders),
		cmocka_unit_test(a_field_that_is_not_there_is_named),
		cmocka_unit_test(a_sized_field_is_bounded_before_it_is_read),
		cmocka_unit_test(ranges_are_cut_to_what_is_there),
		cmocka_unit_test(comparisons_see_each_byte),
		cmocka_unit_test(a_text_is_found_where_it_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
