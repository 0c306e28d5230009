/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "crypto/der.h"

static int number(const char *bytes, size_t len, uint64_t max, uint64_t *out)
{
	struct cc_reader r = cc_reader(cc_span(bytes, len));
	struct cc_err err = { 0 };
	int result = cc_der_read_number(&r, CC_DER_INTEGER, "n", max, out, &err);

	if (result != 0)
		assert_int_equal(err.code, CC_E_EVIDENCE);
	return result;
}

static void numbers_are_read_in_their_one_form(void **state)
{
	uint64_t value = 7;

	(void)state;
	assert_int_equal(number("\x02\x01\x00", 3, 255, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(number("\x02\x02\x00\xff", 4, 255, &value), 0);
	assert_int_equal(value, 255);
	assert_int_equal(
		number("\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff", 11, UINT64_MAX, &value), 0);
	assert_true(value == UINT64_MAX);
}

static void numbers_of_another_form_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} refused[] = {
		{ "", 0 },
		{ "\x02", 1 },
		{ "\x02\x01", 2 },             /* cut short */
		{ "\x02\x00", 2 },             /* no content */
		{ "\x02\x01\x80", 3 },         /* negative */
		{ "\x02\x02\x00\x7f", 4 },     /* a zero too many */
		{ "\x02\x02\x01\x00", 4 },     /* above the maximum */
		{ "\x0a\x01\x01", 3 },         /* another tag */
		{ "\x02\x80\x01\x00\x00", 5 }, /* indefinite length */
		{ "\x02\x81\x01\x01", 4 },     /* length not in its shortest form */
		{ "\x02\x82\x00\x01\x01", 5 },
		{ "\x02\x83\x00\x00\x01\x01", 6 },
		{ "\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00", 11 },
		{ "\x02\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", 12 },
	};
	uint64_t value = 7;

	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++)
		assert_int_equal(number(refused[i].bytes, refused[i].len, 255, &value), -1);
	assert_int_equal(value, 7);
}

static void an_element_leaves_what_is_behind_it(void **state)
{
	struct cc_reader r = cc_reader(cc_span("\x04\x02hi\x04\x01!", 7));
	struct cc_span content = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_der_read(&r, CC_DER_OCTETS, "x", &content, &err), 0);
	assert_true(cc_span_eq_str(content, "hi"));
	assert_int_equal(cc_der_read(&r, CC_DER_SEQUENCE, "x", &content, &err), -1);
	assert_int_equal(r.rest.len, 3); /* a failed read does not move on */
	assert_int_equal(cc_der_read(&r, CC_DER_OCTETS, "x", &content, &err), 0);
	assert_true(cc_span_eq_str(content, "!"));
}

static void booleans_are_all_ones_or_zero(void **state)
{
	struct cc_reader yes = cc_reader(cc_span("\x01\x01\xff", 3));
	struct cc_reader odd = cc_reader(cc_span("\x01\x01\x01", 3));
	struct cc_err err = { 0 };
	bool value = false;

	(void)state;
	assert_int_equal(cc_der_read_bool(&yes, "b", &value, &err), 0);
	assert_true(value);
	assert_int_equal(cc_der_read_bool(&odd, "b", &value, &err), -1);
}

static void a_whole_element_has_its_head(void **state)
{
	struct cc_reader r = cc_reader(cc_span("\x30\x02\x05\x00\x01", 5));
	struct cc_span whole = { 0 }, content = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_der_read_whole(&r, CC_DER_SEQUENCE, "x", &whole, &content, &err), 0);
	assert_true(cc_span_eq(whole, cc_span("\x30\x02\x05\x00", 4)));
	assert_true(cc_span_eq(content, cc_span("\x05\x00", 2)));
	assert_true(cc_der_is_next(&r, CC_DER_BOOLEAN));
	assert_false(cc_der_is_next(&r, CC_DER_INTEGER));
}

static void a_sole_element_has_nothing_behind_it(void **state)
{
	struct cc_span content = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(
		cc_der_read_sole(cc_span("\x04\x01\x07", 3), CC_DER_OCTETS, "x", &content, &err),
		0);
	assert_int_equal(content.len, 1);
	assert_int_equal(cc_der_read_sole(cc_span("\x04\x01\x07\x00", 4), CC_DER_OCTETS, "x",
					  &content, &err),
			 -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_in_their_one_form),
		cmocka_unit_test(numbers_of_another_form_are_refused),
		cmocka_unit_test(an_element_leaves_what_is_behind_it),
		cmocka_unit_test(booleans_are_all_ones_or_zero),
		cmocka_unit_test(a_whole_element_has_its_head),
		cmocka_unit_test(a_sole_element_has_nothing_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
