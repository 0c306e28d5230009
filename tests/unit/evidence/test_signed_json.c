/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/str.h"
#include "evidence/collateral.h"

#define S64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SIG S64 S64

static void the_range_is_the_value_as_it_stands(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{ "{\"a\":{},\"signature\":\"" SIG "\"}", "{}" },
		{ " { \"signature\" : \"" SIG "\" , \"a\" : { \"b\" : [1] } } \n",
		  "{ \"b\" : [1] }" },
		{ "{\"a\":{\"x\":\"}\\\"}\"},\"signature\":\"" SIG "\"}", "{\"x\":\"}\\\"}\"}" },
	};
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_signed_json json = { 0 };

		assert_int_equal(cc_signed_json_split(cc_span_str(cases[i].text), "a", &json, &err),
				 0);
		assert_true(cc_span_eq_str(json.value, cases[i].value));
		assert_int_equal(json.signature[63], 0xff);
	}
}

static void any_other_shape_is_refused(void **state)
{
	static const char *const refused[] = {
		"",
		"{}",
		"[]",
		"{\"a\":{}}",
		"{\"signature\":\"" SIG "\"}",
		"{\"a\":{},\"a\":{}}",
		"{\"a\":{},\"a\":{},\"signature\":\"" SIG "\"}",
		"{\"a\":{},\"signature\":\"" SIG "\",\"a\":{}}",
		"{\"signature\":\"" SIG "\",\"signature\":\"" SIG "\"}",
		"{\"a\":{},\"signature\":\"" SIG "\",\"b\":{}}",
		"{\"b\":{},\"signature\":\"" SIG "\"}",
		"{\"\\u0061\":{},\"signature\":\"" SIG "\"}",
		"{\"a\":[],\"signature\":\"" SIG "\"}",
		"{\"a\":\"x\",\"signature\":\"" SIG "\"}",
		"{\"a\":{,\"signature\":\"" SIG "\"}",
		"{\"a\":{\"},\"signature\":\"" SIG "\"}",
		"{\"a\":{},\"signature\":\"" S64 "\"}",
		"{\"a\":{},\"signature\":\"" SIG "00\"}",
		"{\"a\":{},\"signature\":\"" SIG "\"}x",
		"{\"a\":{},\"signature\":\"" SIG "\"}{}",
		"{\"a\":{} \"signature\":\"" SIG "\"}",
		"{\"a\":{},\"signature\":\"" SIG "\"",
		"{\"a\":{},\"signature\":\"" SIG "\\",
	};
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		struct cc_signed_json json = { 0 };

		if (cc_signed_json_split(cc_span_str(refused[i]), "a", &json, &err) == 0)
			fail_msg("accepted: %s", refused[i]);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

static void depth_and_size_have_a_maximum(void **state)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_signed_json json = { 0 };
	struct cc_err err = { 0 };
	struct cc_mut more = { 0 };

	(void)state;
	assert_int_equal(cc_buf_add_str(&text, "{\"a\":{\"b\":", &err), 0);
	for (int i = 0; i < 64; i++)
		assert_int_equal(cc_buf_add_str(&text, "[", &err), 0);
	for (int i = 0; i < 64; i++)
		assert_int_equal(cc_buf_add_str(&text, "]", &err), 0);
	assert_int_equal(cc_buf_add_str(&text, "},\"signature\":\"" SIG "\"}", &err), 0);
	assert_int_equal(cc_signed_json_split(cc_buf_span(&text), "a", &json, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_int_equal(cc_buf_extend(&text, CC_COLLATERAL_ITEM_MAX, &more, &err), 0);
	assert_int_equal(cc_signed_json_split(cc_buf_span(&text), "a", &json, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_range_is_the_value_as_it_stands),
		cmocka_unit_test(any_other_shape_is_refused),
		cmocka_unit_test(depth_and_size_have_a_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
