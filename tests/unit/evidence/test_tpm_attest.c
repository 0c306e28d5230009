/* SPDX-License-Identifier: Apache-2.0 */
/* What TPMs answer and tpm2-tools keep, in the forms in which it is brought. */
#include "tests/unit/evidence/pieces.h"

#define BANKS_AT 89 /* of the quote in pieces.h: TPML_PCR_SELECTION */

static int parse(const struct cc_buf *bytes, struct cc_tpm_answer *out, struct cc_err *err)
{
	return cc_tpm_answer_parse(cc_buf_span(bytes), out, err);
}

static void assert_quote(const struct cc_tpm_answer *answer)
{
	assert_int_equal(answer->attest.type, CC_TPM_ST_QUOTE);
	assert_int_equal(answer->attest.signer.len, 34);
	assert_int_equal(answer->attest.qualifying.len, 20);
	assert_int_equal(answer->attest.clock, 4711);
	assert_int_equal(answer->attest.resets, 3);
	assert_int_equal(answer->attest.restarts, 2);
	assert_true(answer->attest.safe);
	assert_int_equal(answer->attest.firmware, 0x2016051100162800);
	assert_int_equal(answer->selection.count, 2);
	assert_int_equal(answer->selection.at[0].alg, CC_TPM_ALG_SHA256);
	assert_int_equal(answer->selection.at[0].pcrs, 1 | 1 << 17);
	assert_int_equal(answer->selection.at[1].alg, CC_TPM_ALG_SHA1);
	assert_int_equal(answer->selection.at[1].pcrs, 2);
	assert_int_equal(answer->pcr_digest.len, 32);
}

static void a_quote_over_two_banks_has_its_parts(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_tpm_answer answer = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	piece_attest(&bytes);
	assert_int_equal(parse(&bytes, &answer, &err), 0);
	assert_quote(&answer);
	assert_int_equal(answer.signature.len, 0);
}

static void a_signature_may_stand_behind_it(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_tpm_answer answer = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	piece_attest(&bytes);
	piece_signature(&bytes);
	assert_int_equal(parse(&bytes, &answer, &err), 0);
	assert_quote(&answer);
	assert_int_equal(answer.signature.len, 262);
	bytes.at[bytes.len - 262] ^= 0x80; /* its scheme */
	assert_int_equal(parse(&bytes, &answer, &err), -1);
}

static void a_length_may_stand_before_it(void **state)
{
	CC_AUTO_BUF struct cc_buf attest = { 0 }, bytes = { 0 };
	struct cc_tpm_answer answer = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	piece_attest(&attest);
	piece_u16(&bytes, (uint16_t)attest.len);
	assert_int_equal(cc_buf_add(&bytes, cc_buf_span(&attest), &err), 0);
	piece_signature(&bytes);
	assert_int_equal(parse(&bytes, &answer, &err), 0);
	assert_quote(&answer);
	assert_int_equal(answer.signature.len, 262);
	bytes.at[1]++; /* which then has a byte of the signature */
	bytes.len = 2 + attest.len + 1;
	assert_int_equal(parse(&bytes, &answer, &err), -1);
}

static void what_is_no_quote_is_kept_as_it_stands(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_tpm_answer answer = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	piece_attest(&bytes);
	bytes.at[5] = 0x17; /* certify */
	assert_int_equal(parse(&bytes, &answer, &err), 0);
	assert_int_equal(answer.selection.count, 0);
	assert_int_equal(answer.attested.len, bytes.len - BANKS_AT);
}

static void an_answer_that_is_cut_is_refused(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	(void)state;
	piece_attest(&bytes);
	for (size_t len = 0; len < bytes.len; len++) {
		struct cc_tpm_answer answer = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_tpm_answer_parse(cc_span(bytes.at, len), &answer, &err), -1);
		assert_int_equal(answer.attest.type, 0);
	}
}

static void an_answer_of_a_tpm_has_its_magic_and_its_maximum(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_tpm_answer answer = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	piece_attest(&bytes);
	bytes.at[5] = 0x17;
	piece_fill(&bytes, 0, CC_TPM_QUOTE_MAX - bytes.len);
	assert_int_equal(parse(&bytes, &answer, &err), 0);
	piece_u8(&bytes, 0);
	assert_int_equal(parse(&bytes, &answer, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	bytes.len = CC_TPM_QUOTE_MAX;
	bytes.at[3] ^= 1;
	assert_int_equal(parse(&bytes, &answer, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

static void a_selection_has_so_many_banks_of_pcrs_that_there_are(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_tpm_selection selection = { 0 };
	struct cc_err err = { 0 };
	struct cc_reader r = { 0 };

	(void)state;
	piece_u32(&bytes, CC_TPM_BANKS);
	for (size_t i = 0; i <= CC_TPM_BANKS; i++) {
		piece_u16(&bytes, CC_TPM_ALG_SHA256);
		piece_u8(&bytes, 4);
		piece_u32(&bytes, 0x0000ff00);
	}
	r = cc_reader(cc_buf_span(&bytes));
	assert_int_equal(cc_tpm_selection_read(&r, &selection, &err), 0);
	assert_int_equal(selection.count, CC_TPM_BANKS);
	bytes.at[10] = 1; /* PCR 24 */
	r = cc_reader(cc_buf_span(&bytes));
	assert_int_equal(cc_tpm_selection_read(&r, &selection, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	bytes.at[10] = 0;
	bytes.at[3]++;
	r = cc_reader(cc_buf_span(&bytes));
	assert_int_equal(cc_tpm_selection_read(&r, &selection, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

static void values_in_the_file_of_tpm2_tools_are_read(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_tpm_value_file file = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	piece_values(&bytes);
	assert_int_equal(bytes.len, 668);
	assert_int_equal(cc_tpm_value_file_parse(cc_buf_span(&bytes), &file, &err), 0);
	assert_int_equal(file.selection.count, 1);
	assert_int_equal(file.selection.at[0].pcrs, 1 | 1 << 17);
	assert_int_equal(file.count, 2);
	assert_int_equal(file.at[1].len, 32);
	assert_int_equal(file.at[1].at[0], 1);
}

static void values_are_as_many_as_are_selected(void **state)
{
	static const size_t wrong[] = { 0, 6, 7, 8, 11, 132, 136, 141 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	(void)state;
	piece_values(&bytes);
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		struct cc_tpm_value_file file = { 0 };
		struct cc_err err = { 0 };

		bytes.at[wrong[i]] ^= 0x18;
		assert_int_equal(cc_tpm_value_file_parse(cc_buf_span(&bytes), &file, &err), -1);
		bytes.at[wrong[i]] ^= 0x18;
	}
	for (size_t len = 0; len < bytes.len; len++) {
		struct cc_tpm_value_file file = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_tpm_value_file_parse(cc_span(bytes.at, len), &file, &err), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quote_over_two_banks_has_its_parts),
		cmocka_unit_test(a_signature_may_stand_behind_it),
		cmocka_unit_test(a_length_may_stand_before_it),
		cmocka_unit_test(what_is_no_quote_is_kept_as_it_stands),
		cmocka_unit_test(an_answer_that_is_cut_is_refused),
		cmocka_unit_test(an_answer_of_a_tpm_has_its_magic_and_its_maximum),
		cmocka_unit_test(a_selection_has_so_many_banks_of_pcrs_that_there_are),
		cmocka_unit_test(values_in_the_file_of_tpm2_tools_are_read),
		cmocka_unit_test(values_are_as_many_as_are_selected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
