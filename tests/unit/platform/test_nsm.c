/* SPDX-License-Identifier: Apache-2.0 */
/* What the Nitro Secure Module is asked, and what is made of its answers. */
#include "tests/unit/test.h"

#include "codec/cbor.h"
#include "platform/nsm.h"

static void asks_for_a_document_over_report_data(void **state)
{
	CC_AUTO_BUF struct cc_buf request = { 0 };
	struct cc_cbor_map outer = { 0 }, inner = { 0 };
	struct cc_digest64 data;
	struct cc_span user = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	memset(data.b, 0x33, sizeof(data.b));
	assert_int_equal(cc_nsm_request(&data, &request, &err), 0);
	assert_true(request.len <= CC_NSM_REQUEST_MAX);
	assert_int_equal(cc_cbor_map(cc_buf_span(&request), "request", &outer, &err), 0);
	assert_int_equal(outer.count, 1);
	assert_int_equal(cc_cbor_map(cc_cbor_find_text(&outer, "Attestation"), "it", &inner, &err),
			 0);
	assert_int_equal(inner.count, 3);
	assert_int_equal(cc_cbor_bytes(cc_cbor_find_text(&inner, "user_data"), "it", &user, &err),
			 0);
	assert_true(cc_span_eq(user, CC_DIGEST_SPAN(data)));
	assert_true(cc_cbor_is_null(cc_cbor_find_text(&inner, "nonce")));
	assert_true(cc_cbor_is_null(cc_cbor_find_text(&inner, "public_key")));
}

#define BYTES(text) cc_span(text, sizeof(text) - 1)

static void takes_the_document(void **state)
{
	struct cc_span document = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_nsm_document(BYTES("\xa1\x6b"
					       "Attestation\xa1\x68"
					       "document\x43"
					       "abc"),
					 &document, &err),
			 0);
	assert_true(cc_span_eq(document, cc_span_str("abc")));
}

static void repeats_the_modules_word(void **state)
{
	struct cc_span document = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_nsm_document(BYTES("\xa1\x65"
					       "Error\x6f"
					       "InvalidArgument"),
					 &document, &err),
			 -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_non_null(strstr(err.text, "'InvalidArgument'"));
}

static void refuses_what_is_no_response(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} all[] = {
		{ "", 0 },
		{ "\xa0", 1 },
		{ "\x65"
		  "Error",
		  6 },
		/* two answers at once */
		{ "\xa2\x65"
		  "Error\x61"
		  "E\x6b"
		  "Attestation\xa0",
		  22 },
		/* a name that a terminal would act on */
		{ "\xa1\x65"
		  "Error\x62\x1b[",
		  10 },
		{ "\xa1\x65"
		  "Error\x60",
		  8 },
		{ "\xa1\x6b"
		  "Attestation\xa0",
		  14 },
		{ "\xa1\x6b"
		  "Attestation\xa1\x68"
		  "document\x63"
		  "abc",
		  27 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(all); i++) {
		struct cc_span document = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(
			cc_nsm_document(cc_span(all[i].bytes, all[i].len), &document, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_int_equal(document.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_a_document_over_report_data),
		cmocka_unit_test(takes_the_document),
		cmocka_unit_test(repeats_the_modules_word),
		cmocka_unit_test(refuses_what_is_no_response),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
