/* SPDX-License-Identifier: Apache-2.0 */
/* Reports that only their own machine can verify: of a TD, and of an enclave. */
#include "tests/unit/evidence/pieces.h"

static bool is_filled(const void *at, size_t len, uint8_t value)
{
	for (size_t i = 0; i < len; i++)
		if (((const uint8_t *)at)[i] != value)
			return false;
	return true;
}

static void a_tdreport_has_each_field_at_its_place(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_td_local local = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	piece_td_local(&bytes);
	assert_int_equal(bytes.len, CC_TD_LOCAL_LEN);
	assert_int_equal(cc_td_local_parse(cc_buf_span(&bytes), &local, &err), 0);
	assert_int_equal(local.version, 1);
	assert_true(is_filled(local.cpusvn.at, 16, 1));
	assert_true(is_filled(local.tcb_info_hash.at, 48, 2));
	assert_true(is_filled(local.td_info_hash.at, 48, 3));
	assert_true(is_filled(local.mac.at, 32, 5));
	assert_int_equal(local.valid, 0x0606060606060606);
	assert_true(is_filled(local.body.report_data, 64, 4));
	assert_true(is_filled(local.body.tcb_svn, 16, 7));
	assert_true(is_filled(local.body.module.b, 48, 8));
	assert_true(is_filled(local.body.module_signer.b, 48, 9));
	assert_true(is_filled(local.body.current_tcb_svn, 16, 11));
	assert_int_equal(local.body.attributes, 0x0c0c0c0c0c0c0c0c);
	assert_true(is_filled(local.body.mrtd.b, 48, 14));
	assert_true(is_filled(local.body.owner_config.b, 48, 17));
	assert_true(is_filled(local.body.rtmr[3].b, 48, 21));
	assert_true(is_filled(local.body.service_td.b, 48, 22));
	assert_int_equal(local.tcb_info.len, 239);
	assert_int_equal(local.td_info.at[0], 12);
}

static void reserved_bytes_of_a_tdreport_are_zero(void **state)
{
	/* REPORTTYPE, REPORTMACSTRUCT twice, TEE_TCB_INFO, behind it, TDINFO. */
	static const size_t reserved[] = {
		0, 1, 3, 4, 15, 192, 223, 400, 494, 495, 511, 960, 1023
	};
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	(void)state;
	piece_td_local(&bytes);
	for (size_t i = 0; i < CC_COUNT(reserved); i++) {
		struct cc_td_local local = { 0 };
		struct cc_err err = { 0 };

		bytes.at[reserved[i]] ^= 0x40;
		assert_int_equal(cc_td_local_parse(cc_buf_span(&bytes), &local, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		bytes.at[reserved[i]] ^= 0x40;
	}
}

static void a_tdreport_of_another_length_is_refused(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	(void)state;
	piece_td_local(&bytes);
	piece_u8(&bytes, 0);
	for (size_t len = 0; len <= bytes.len; len++) {
		struct cc_td_local local = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_td_local_parse(cc_span(bytes.at, len), &local, &err),
				 len == CC_TD_LOCAL_LEN ? 0 : -1);
	}
}

static void a_report_of_an_enclave_has_its_fields(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_sgx_local local = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	piece_sgx_local(&bytes);
	assert_int_equal(bytes.len, CC_SGX_LOCAL_LEN);
	assert_int_equal(cc_sgx_local_parse(cc_buf_span(&bytes), &local, &err), 0);
	assert_true(is_filled(local.body.mrenclave.b, 32, 2));
	assert_true(is_filled(local.body.mrsigner.b, 32, 3));
	assert_true(is_filled(local.body.report_data, 64, 4));
	assert_true(is_filled(local.key_id.at, 32, 5));
	assert_true(is_filled(local.mac.at, 16, 6));
}

static void what_no_enclave_says_is_no_report(void **state)
{
	/* Reserved bytes, and INIT. */
	static const size_t wrong[] = { 20, 31, 96, 127, 160, 191, 262, 303, 48 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_sgx_local local = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	piece_sgx_local(&bytes);
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		bytes.at[wrong[i]] ^= 1;
		assert_int_equal(cc_sgx_local_parse(cc_buf_span(&bytes), &local, &err), -1);
		bytes.at[wrong[i]] ^= 1;
	}
	piece_u8(&bytes, 0);
	assert_int_equal(cc_sgx_local_parse(cc_buf_span(&bytes), &local, &err), -1);
	assert_int_equal(cc_sgx_local_parse(cc_span(bytes.at, CC_SGX_LOCAL_LEN - 1), &local, &err),
			 -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tdreport_has_each_field_at_its_place),
		cmocka_unit_test(reserved_bytes_of_a_tdreport_are_zero),
		cmocka_unit_test(a_tdreport_of_another_length_is_refused),
		cmocka_unit_test(a_report_of_an_enclave_has_its_fields),
		cmocka_unit_test(what_no_enclave_says_is_no_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
