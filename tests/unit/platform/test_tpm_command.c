/* SPDX-License-Identifier: Apache-2.0 */
/* What a TPM is asked, and what is made of its answers; bytes by hand, from Parts 2 and 3. */
#include "tests/unit/test.h"

#include "platform/tpm-command.h"

#define BYTES(text) cc_span(text, sizeof(text) - 1)

static const struct cc_tpm_call clock_call = { .command = CC_TPM_READ_CLOCK };
static const struct cc_tpm_call quote_call = {
	.command = CC_TPM_QUOTE, .handles = { 0x80000001 }, .handle_count = 1, .authorized = 1
};

static void prints_a_command_without_authorization(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_tpm_call_print(&clock_call, &out, &err), 0);
	assert_true(cc_span_eq(cc_buf_span(&out), BYTES("\x80\x01\0\0\0\x0a\0\0\x01\x81")));
}

static void prints_a_quote_with_an_empty_password(void **state)
{
	CC_AUTO_BUF struct cc_buf parameters = { 0 }, out = { 0 };
	struct cc_tpm_call call = quote_call;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_tpm_quote_add(BYTES("ab"), 1U << 4 | 1U << 11, &parameters, &err), 0);
	call.parameters = cc_buf_span(&parameters);
	assert_int_equal(cc_tpm_call_print(&call, &out, &err), 0);
	assert_true(cc_span_eq(cc_buf_span(&out), BYTES("\x80\x02\0\0\0\x2b\0\0\x01\x58\x80\0\0\x01"
							"\0\0\0\x09\x40\0\0\x09\0\0\0\0\0"
							"\0\x02"
							"ab\0\x10\0\0\0\x01\0\x0b\x03\x10\x08\0")));
}

static void prints_nothing_that_no_tpm_takes(void **state)
{
	static const uint8_t much[CC_TPM_MESSAGE_MAX];
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_tpm_call call = clock_call;
	struct cc_err err = { 0 };

	(void)state;
	call.parameters = CC_SPAN(much);
	assert_int_equal(cc_tpm_call_print(&call, &out, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(out.len, 0);
}

static void says_what_the_tpm_meant(void **state)
{
	static const struct {
		const char *bytes; /* of ten */
		enum cc_code code;
		const char *text;
	} all[] = {
		{ "\x80\x01\0\0\0\x0a\0\0\x01\x8b", CC_E_NOTFOUND, "no such key" },
		{ "\x80\x01\0\0\0\x0a\0\0\x02\x8b", CC_E_NOTFOUND, "no such key" },
		{ "\x80\x01\0\0\0\x0a\0\0\x09\x10", CC_E_NOTFOUND, "started again" },
		{ "\x80\x01\0\0\0\x0a\0\0\x09\xa2", CC_E_DENIED, "password" },
		{ "\x80\x01\0\0\0\x0a\0\0\x09\x22", CC_E_UNAVAILABLE, "busy" },
		{ "\x80\x01\0\0\0\x0a\0\x0b\x09\x22", CC_E_UNAVAILABLE, "busy" },
		{ "\x80\x01\0\0\0\x0a\0\0\x01\0", CC_E_UNSUPPORTED, "started it" },
		{ "\0\xc4\0\0\0\x0a\0\0\0\x1e", CC_E_UNSUPPORTED, "no TPM 2.0" },
		{ "\x80\x01\0\0\0\x0a\0\0\x01\x44", CC_E_UNSUPPORTED, "0x144" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(all); i++) {
		struct cc_tpm_response response = { 0 };
		struct cc_err err = { 0 };
		struct cc_span bytes = cc_span(all[i].bytes, CC_TPM_HEADER);

		assert_int_equal(cc_tpm_response_read(bytes, &quote_call, &response, &err), -1);
		if (err.code != all[i].code || strstr(err.text, all[i].text) == NULL)
			fail_msg("%zu: %d %s", i, err.code, err.text);
		assert_non_null(strstr(err.text, "TPM2_Quote"));
	}
}

static void assert_no_response(struct cc_span bytes, const struct cc_tpm_call *call)
{
	struct cc_tpm_response response = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_tpm_response_read(bytes, call, &response, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(response.parameters.len, 0);
}

static void takes_no_response_of_another_form(void **state)
{
	(void)state;
	assert_no_response(BYTES(""), &clock_call);
	assert_no_response(BYTES("\x80\x01\0\0\0\x09\0\0\0"), &clock_call);
	assert_no_response(BYTES("\x80\x01\0\0\0\x0b\0\0\0\0"), &clock_call);
	assert_no_response(BYTES("\x80\x01\0\0\0\x0a\0\0\0\0x"), &clock_call);
	/* the tag says whether there is authorization, which moves everything */
	assert_no_response(BYTES("\x80\x02\0\0\0\x0a\0\0\0\0"), &clock_call);
	assert_no_response(BYTES("\x80\x01\0\0\0\x0e\0\0\0\0\0\0\0\0"), &quote_call);
	assert_no_response(BYTES("\x80\x02\0\0\0\x0e\0\0\0\0\0\0\0\x01"), &quote_call);
}

static void cuts_the_parameters_out_of_what_is_authorized(void **state)
{
	struct cc_tpm_response response = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_tpm_response_read(BYTES("\x80\x02\0\0\0\x15\0\0\0\0\0\0\0\x02"
						    "ab\0\0\x01\0\0"),
					      &quote_call, &response, &err),
			 0);
	assert_true(cc_span_eq(response.parameters, BYTES("ab")));
}

#define VALUE                                                                        \
	"\0\x20\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11" \
	"\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11"

static void takes_values_as_they_come(void **state)
{
	struct cc_tpm_values values = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_tpm_pcrs_read(BYTES("\0\0\0\x07\0\0\0\x01\0\x0b\x03\x10\0\0"
						"\0\0\0\x01" VALUE),
					  &values, &err),
			 0);
	assert_int_equal(values.read, 1U << 4);
	assert_int_equal(values.at[4].b[31], 0x11);
	assert_int_equal(cc_tpm_pcrs_read(BYTES("\0\0\0\x07\0\0\0\x01\0\x0b\x03\0\0\x80"
						"\0\0\0\x01" VALUE),
					  &values, &err),
			 0);
	assert_int_equal(values.read, 1U << 4 | 1U << 23);
}

static void assert_no_values(struct cc_span bytes, enum cc_code code)
{
	struct cc_tpm_values values = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_tpm_pcrs_read(bytes, &values, &err), -1);
	assert_int_equal(err.code, code);
	assert_int_equal(values.read, 0);
}

static void takes_no_values_of_other_pcrs(void **state)
{
	(void)state;
	/* no bank; another; none of it; fewer than it says; a short one; one too many */
	assert_no_values(BYTES("\0\0\0\x07\0\0\0\0\0\0\0\0"), CC_E_UNSUPPORTED);
	assert_no_values(BYTES("\0\0\0\x07\0\0\0\x01\0\x04\x03\x10\0\0\0\0\0\x01" VALUE), CC_E_ARG);
	assert_no_values(BYTES("\0\0\0\x07\0\0\0\x01\0\x0b\x03\0\0\0\0\0\0\0"), CC_E_UNSUPPORTED);
	assert_no_values(BYTES("\0\0\0\x07\0\0\0\x01\0\x0b\x03\x30\0\0\0\0\0\x01" VALUE),
			 CC_E_UNSUPPORTED);
	assert_no_values(BYTES("\0\0\0\x07\0\0\0\x01\0\x0b\x03\x10\0\0\0\0\0\x01\0\x01\x11"),
			 CC_E_ARG);
	assert_no_values(BYTES("\0\0\0\x07\0\0\0\x01\0\x0b\x03\x10\0\0\0\0\0\x01" VALUE VALUE),
			 CC_E_ARG);
}

static void takes_exactly_what_was_asked_of_nv(void **state)
{
	struct cc_span data = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_tpm_nv_data_read(BYTES("\0\x03"
						   "abc"),
					     3, &data, &err),
			 0);
	assert_true(cc_span_eq(data, BYTES("abc")));
	assert_int_equal(cc_tpm_nv_data_read(BYTES("\0\x02"
						   "ab"),
					     3, &data, &err),
			 -1);
	assert_int_equal(err.code, CC_E_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_a_command_without_authorization),
		cmocka_unit_test(prints_a_quote_with_an_empty_password),
		cmocka_unit_test(prints_nothing_that_no_tpm_takes),
		cmocka_unit_test(says_what_the_tpm_meant),
		cmocka_unit_test(takes_no_response_of_another_form),
		cmocka_unit_test(cuts_the_parameters_out_of_what_is_authorized),
		cmocka_unit_test(takes_values_as_they_come),
		cmocka_unit_test(takes_no_values_of_other_pcrs),
		cmocka_unit_test(takes_exactly_what_was_asked_of_nv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
