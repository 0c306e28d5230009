/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to a proof and is none: told by its content, and never taken for one. */
#include "tests/unit/evidence/pieces.h"
#include "tests/unit/evidence/recorded.h"

#include "cli/evidence-piece.h"
#include "platform/azure.h"

#define NOW 1800000000

static void describe(struct cc_span bytes, const char *kind, struct cc_json **out)
{
	const struct cc_evidence_piece *piece = cc_evidence_piece_of(bytes);
	bool proven = true;
	const char *is = NULL;
	struct cc_err err = { 0 };

	if (piece == NULL)
		fail_msg("%s is not recognised", kind);
	assert_string_equal(piece->name, kind);
	if (cc_evidence_piece_describe(piece, bytes, true, out, &err) != 0)
		fail_msg("%s: %s", kind, err.text);
	assert_int_equal(cc_json_get_bool(*out, "proven", &proven, &err), 0);
	assert_false(proven);
	assert_int_equal(cc_json_get_str(*out, "kind", &is, &err), 0);
	assert_string_equal(is, kind);
}

static void assert_member(const struct cc_json *json, const char *name, const char *value)
{
	const char *is = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_json_get_str(json, name, &is, &err), 0);
	assert_string_equal(is, value);
}

static void assert_flag(const struct cc_json *json, const char *name, bool value)
{
	bool is = !value;
	struct cc_err err = { 0 };

	assert_int_equal(cc_json_get_bool(json, name, &is, &err), 0);
	assert_int_equal(is, value);
}

static void pieces_are_told_by_their_content(void **state)
{
	static const struct {
		const char *kind;
		void (*make)(struct cc_buf *to);
	} cases[] = {
		{ "tpm-quote", piece_attest },     { "tpm-signature", piece_signature },
		{ "tpm-values", piece_values },    { "tdreport", piece_td_local },
		{ "sgx-report", piece_sgx_local },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		CC_AUTO_JSON struct cc_json *json = NULL;

		cases[i].make(&bytes);
		describe(cc_buf_span(&bytes), cases[i].kind, &json);
		assert_int_equal(cc_evidence_kind(cc_buf_span(&bytes)), CC_PLATFORM_NONE);
		assert_null(cc_evidence_piece_of(cc_span(bytes.at, bytes.len - 1)));
	}
}

/* {"bank": "sha256", "pcrs": ["0", "17"]}. */
static void a_quote_names_its_banks(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	const struct cc_json *banks = NULL, *pcrs = NULL, *signature = NULL;
	struct cc_err err = { 0 };

	(void)state;
	piece_attest(&bytes);
	piece_signature(&bytes);
	describe(cc_buf_span(&bytes), "tpm-quote", &json);
	assert_member(json, "type", "quote");
	assert_member(json, "firmware", "2016051100162800");
	assert_int_equal(cc_json_get_array(json, "banks", &banks, &err), 0);
	assert_int_equal(cc_json_count(banks), 2);
	assert_member(cc_json_at(banks, 0), "bank", "sha256");
	assert_member(cc_json_at(banks, 1), "bank", "sha1");
	assert_int_equal(cc_json_get_array(cc_json_at(banks, 0), "pcrs", &pcrs, &err), 0);
	assert_int_equal(cc_json_count(pcrs), 2);
	assert_string_equal(cc_json_str(cc_json_at(pcrs, 1)), "17");
	assert_int_equal(cc_json_get_object(json, "signature", &signature, &err), 0);
	assert_member(signature, "scheme", "rsassa");
}

static void values_stand_under_their_index(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	const struct cc_json *banks = NULL, *bank = NULL;
	struct cc_err err = { 0 };

	(void)state;
	piece_values(&bytes);
	describe(cc_buf_span(&bytes), "tpm-values", &json);
	assert_int_equal(cc_json_get_object(json, "registers", &banks, &err), 0);
	assert_int_equal(cc_json_get_object(banks, "sha256", &bank, &err), 0);
	assert_member(bank, "17",
		      "0101010101010101010101010101010101010101010101010101010101010101");
}

static void a_tdreport_says_whether_its_mac_covers_what_it_holds(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL, *covered = NULL;
	struct cc_digest48 hash = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	piece_td_local(&bytes);
	describe(cc_buf_span(&bytes), "tdreport", &json);
	assert_flag(json, "mac_covers_tcb_info", false);
	assert_flag(json, "mac_covers_td_info", false);
	assert_false(cc_json_has(json, "class"));
	assert_false(cc_json_has(json, "tcb"));
	assert_int_equal(cc_sha384(cc_span(bytes.at + 256, 239), &hash, &err), 0);
	memcpy(bytes.at + 32, hash.b, sizeof(hash.b));
	assert_int_equal(cc_sha384(cc_span(bytes.at + 512, 512), &hash, &err), 0);
	memcpy(bytes.at + 80, hash.b, sizeof(hash.b));
	describe(cc_buf_span(&bytes), "tdreport", &covered);
	assert_flag(covered, "mac_covers_tcb_info", true);
	assert_flag(covered, "mac_covers_td_info", true);
}

static void a_paravisors_report_tells_hardware_and_runtime(void **state)
{
	static const enum cc_platform_kind platforms[] = { CC_PLATFORM_SNP, CC_PLATFORM_TDX };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < 2 * CC_COUNT(platforms); i++) {
		CC_AUTO_SIM_AZURE struct cc_sim_azure azure = { 0 };
		CC_AUTO_JSON struct cc_json *json = NULL;
		struct cc_sim_azure_plan plan = { 0 };
		enum cc_platform_kind platform = platforms[i / 2];
		const struct cc_json *runtime = NULL, *keys = NULL;

		assert_int_equal(cc_sim_azure_plan_good(NOW, platform, &plan, &err), 0);
		plan.is_of_another = i % 2 != 0;
		assert_int_equal(cc_sim_azure_make(&plan, &azure, &err), 0);
		describe(cc_buf_span(&azure.hcl), "hcl-report", &json);
		assert_member(json, "platform", cc_platform_name(platform));
		assert_flag(json, "runtime_is_reported", i % 2 == 0);
		assert_int_equal(cc_json_get_object(json, "runtime", &runtime, &err), 0);
		assert_int_equal(cc_json_get_array(runtime, "keys", &keys, &err), 0);
		assert_false(cc_json_has(json, "class"));
		assert_false(cc_json_has(json, "root"));
	}
}

static void a_hosts_table_names_its_certificates(void **state)
{
	struct cc_sim_snp_plan plan = { 0 };
	struct cc_snp_report report = { 0 };
	struct cc_sim_snp snp = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	const struct cc_json *list = NULL;
	struct cc_span table = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sim_snp_plan_good(NOW, &plan, &err), 0);
	cc_sim_snp_report_good(&plan, &report);
	assert_int_equal(cc_sim_snp_make(&plan, &snp, &err), 0);
	assert_int_equal(cc_sim_snp_sign(&snp, &report, &bytes, &err), 0);
	assert_int_equal(cc_sim_snp_table(&snp, CC_SNP_VCEK, &bytes, &err), 0);
	table = cc_span_sub(cc_buf_span(&bytes), CC_SNP_REPORT_LEN, bytes.len);
	describe(table, "snp-certificates", &json);
	assert_int_equal(cc_json_get_array(json, "certificates", &list, &err), 0);
	assert_member(cc_json_at(list, 0), "name", "vcek");
	assert_member(cc_json_at(list, 0), "subject", "SEV-VCEK");
	assert_true(cc_json_has(cc_json_at(list, 0), "valid_until"));
	/* One of an unknown kind alone is no table. */
	memset(bytes.at + CC_SNP_REPORT_LEN, 0xee, 16);
	assert_int_equal(cc_json_count(list), 1);
	assert_null(cc_evidence_piece_of(table));
	cc_sim_snp_clear(&snp);
}

static void a_piece_is_never_verified_and_says_why(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	piece_td_local(&bytes);
	assert_int_equal(
		cc_evidence_piece_refuse(cc_evidence_piece_of(cc_buf_span(&bytes)), "a.bin", &err),
		-1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_non_null(strstr(err.text, "a.bin"));
	assert_non_null(strstr(err.text, "TDREPORT"));
	assert_non_null(strstr(err.text, "its machine"));
	assert_non_null(strstr(err.hint, "quoting enclave"));
}

static void recorded_pieces_are_told(void **state)
{
	static const struct {
		const char *dir, *file, *kind, *member, *value;
	} cases[] = {
		{ "tpm/azure-snp/trustee-evidence-v1", "hcl_report.bin", "hcl-report", "product",
		  "Milan" },
		{ "tpm/azure-tdx/trustee-evidence-v1", "hcl_report.bin", "hcl-report", "platform",
		  "tdx" },
		{ "tdx/attestation-rs/tdreport", "tdreport.bin", "tdreport", "platform", "tdx" },
		{ "tpm/keylime", "quote.out", "tpm-quote", "qualifying",
		  "db1db298db6d60e6385b7231743e9c3056a18003" },
		{ "tpm/keylime", "quotesig.out", "tpm-signature", "scheme", "rsassa" },
		{ "tpm/keylime", "ak.pub", "tpm-key", "hash", "sha256" },
		{ "tpm/go-tpm-tools/gce-cos-85-nonce9009", "ak_pub.tpmt", "tpm-key", "scheme",
		  "rsassa" },
		{ "tpm/go-tpm-tools/gce-cos-85-nonce9009", "quote_sha1.msg", "tpm-quote",
		  "qualifying", "9009" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		CC_AUTO_JSON struct cc_json *json = NULL;
		struct cc_err err = { 0 };

		if (recorded_read(cases[i].dir, cases[i].file, &bytes, &err) != 0) {
			print_message("no recorded evidence here: skipped\n");
			skip();
		}
		describe(cc_buf_span(&bytes), cases[i].kind, &json);
		assert_member(json, cases[i].member, cases[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_told_by_their_content),
		cmocka_unit_test(a_quote_names_its_banks),
		cmocka_unit_test(values_stand_under_their_index),
		cmocka_unit_test(a_tdreport_says_whether_its_mac_covers_what_it_holds),
		cmocka_unit_test(a_paravisors_report_tells_hardware_and_runtime),
		cmocka_unit_test(a_hosts_table_names_its_certificates),
		cmocka_unit_test(a_piece_is_never_verified_and_says_why),
		cmocka_unit_test(recorded_pieces_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
