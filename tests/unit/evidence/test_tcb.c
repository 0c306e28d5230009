/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/dir.h"
#include "base/str.h"
#include "evidence/collateral.h"
#include "evidence/tcb.h"

#define LEVEL(first, pcesvn, status)                                                               \
	"{\"tcb\":{\"sgxtcbcomponents\":[{\"svn\":" first "},{\"svn\":1},{\"svn\":0},{\"svn\":0}," \
	"{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},"     \
	"{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0}],\"pcesvn\":" pcesvn          \
	"},\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"" status "\"}"
#define HEAD                                                                                    \
	"{\"id\":\"SGX\",\"version\":3,\"issueDate\":\"2025-06-19T10:56:11Z\",\"nextUpdate\":"  \
	"\"2025-07-19T10:56:11Z\",\"fmspc\":\"00A067110000\",\"pceId\":\"0000\",\"tcbType\":0," \
	"\"tcbEvaluationDataNumber\":17,\"tcbLevels\":["

static const char good[] = HEAD LEVEL("9", "13", "UpToDate") "," LEVEL(
	"9", "11", "OutOfDate") "," LEVEL("5", "10", "Revoked") "]}";

static struct cc_pck machine(uint8_t first, uint8_t second, uint16_t pcesvn)
{
	return (struct cc_pck){ .components = { first, second }, .pcesvn = pcesvn };
}

static void the_first_level_that_is_reached_in_everything_counts(void **state)
{
	static const struct {
		uint8_t first, second;
		uint16_t pcesvn;
		enum cc_tcb_status status;
	} cases[] = {
		{ 9, 1, 13, CC_TCB_UP_TO_DATE },   { 200, 1, 13, CC_TCB_UP_TO_DATE },
		{ 9, 1, 12, CC_TCB_OUT_OF_DATE },  { 8, 9, 99, CC_TCB_REVOKED },
		{ 5, 1, 10, CC_TCB_REVOKED },      { 9, 0, 13, CC_TCB_NOT_SUPPORTED },
		{ 9, 1, 9, CC_TCB_NOT_SUPPORTED }, { 4, 1, 13, CC_TCB_NOT_SUPPORTED },
	};
	CC_AUTO_FREE struct cc_tcb_info *info = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_tcb_info_parse(cc_span_str(good), &info, &err), 0);
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_pck pck = machine(cases[i].first, cases[i].second, cases[i].pcesvn);
		const struct cc_tcb_level *level = cc_tcb_info_level(info, &pck);

		assert_int_equal(level == NULL ? CC_TCB_NOT_SUPPORTED : level->status,
				 cases[i].status);
	}
}

static void levels_are_sorted_whatever_the_order_of_the_text(void **state)
{
	static const char turned[] = HEAD LEVEL("5", "10", "Revoked") "," LEVEL(
		"9", "11", "OutOfDate") "," LEVEL("9", "13", "UpToDate") "]}";
	CC_AUTO_FREE struct cc_tcb_info *info = NULL;
	struct cc_pck pck = machine(9, 1, 13);
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_tcb_info_parse(cc_span_str(turned), &info, &err), 0);
	assert_int_equal(cc_tcb_info_level(info, &pck)->status, CC_TCB_UP_TO_DATE);
}

/* One change to the good text each: the first `from` becomes `to`. */
static void signed_nonsense_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "\"SGX\"", "\"TDX\"" },
		{ "\"id\":\"SGX\",", "" },
		{ "\"version\":3", "\"version\":1" },
		{ "\"version\":3", "\"version\":4" },
		{ "\"tcbType\":0", "\"tcbType\":1" },
		{ "UpToDate", "UpToDat" },
		{ "UpToDate", "NotSupported" },
		{ "00A067110000", "00A0671100" },
		{ "\"svn\":9", "\"svn\":256" },
		{ "\"svn\":9", "\"svn\":-9" },
		{ "\"svn\":9", "\"svn\":9.0" },
		{ "\"svn\":9", "\"svn\":\"9\"" },
		{ "{\"svn\":9},", "" },
		{ "\"pcesvn\":13", "\"pcesvn\":65536" },
		{ "2024-03-13T00:00:00Z", "2024-03-13" },
		{ "2025-07-19T10:56:11Z", "2025-07-19T10:56:11+00:00" },
		{ "\"tcbType\":0", "\"tcbType\":0,\"tcbType\":0" },
		{ "\"tcbType\":0", "\"tcbType\":0,\"surprise\":0" },
		{ "\"tcbStatus\":\"UpToDate\"",
		  "\"tcbStatus\":\"UpToDate\",\"advisoryIDs\":[\"x y\"]" },
		{ "\"tcbStatus\":\"UpToDate\"", "\"tcbStatus\":\"UpToDate\",\"advisoryIDs\":[7]" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_FREE struct cc_tcb_info *info = NULL;
		const char *at = strstr(good, cases[i].from);
		CC_AUTO_BUF struct cc_buf text = { 0 };
		struct cc_err err = { 0 };

		assert_non_null(at);
		assert_int_equal(cc_buf_add(&text, cc_span(good, (size_t)(at - good)), &err), 0);
		assert_int_equal(cc_buf_add_str(&text, cases[i].to, &err), 0);
		assert_int_equal(cc_buf_add_str(&text, at + strlen(cases[i].from), &err), 0);
		if (cc_tcb_info_parse(cc_buf_span(&text), &info, &err) == 0)
			fail_msg("accepted: '%s' for '%s'", cases[i].to, cases[i].from);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

static void a_machine_is_no_better_than_its_quoting_enclave(void **state)
{
	static const struct {
		enum cc_tcb_status machine, qe, result;
	} cases[] = {
		{ CC_TCB_UP_TO_DATE, CC_TCB_UP_TO_DATE, CC_TCB_UP_TO_DATE },
		{ CC_TCB_UP_TO_DATE, CC_TCB_OUT_OF_DATE, CC_TCB_OUT_OF_DATE },
		{ CC_TCB_SW_HARDENING_NEEDED, CC_TCB_OUT_OF_DATE, CC_TCB_OUT_OF_DATE },
		{ CC_TCB_CONFIGURATION_NEEDED, CC_TCB_OUT_OF_DATE,
		  CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
		{ CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, CC_TCB_OUT_OF_DATE,
		  CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
		{ CC_TCB_OUT_OF_DATE, CC_TCB_OUT_OF_DATE, CC_TCB_OUT_OF_DATE },
		{ CC_TCB_UP_TO_DATE, CC_TCB_REVOKED, CC_TCB_REVOKED },
		{ CC_TCB_REVOKED, CC_TCB_UP_TO_DATE, CC_TCB_REVOKED },
		{ CC_TCB_UP_TO_DATE, CC_TCB_NOT_SUPPORTED, CC_TCB_NOT_SUPPORTED },
		{ CC_TCB_SW_HARDENING_NEEDED, CC_TCB_UP_TO_DATE, CC_TCB_SW_HARDENING_NEEDED },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++)
		assert_int_equal(cc_tcb_converge(cases[i].machine, cases[i].qe), cases[i].result);
}

#define TDX_LEVEL(sgx, tdx, status)                                                    \
	"{\"tcb\":{\"sgxtcbcomponents\":[{\"svn\":" sgx "}" REST "],\"pcesvn\":5,"     \
	"\"tdxtcbcomponents\":[{\"svn\":" tdx "},{\"svn\":0},{\"svn\":7}" REST13 "]}," \
	"\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"" status "\"}"
#define REST2 ",{\"svn\":0},{\"svn\":0}"
#define REST13 REST2 REST2 REST2 REST2 REST2 REST2 ",{\"svn\":0}"
#define REST REST2 REST13
#define MODULE(signer)                                                        \
	"\"mrsigner\":\"" signer                                              \
	"000000000000000000000000000000000000000000000000000000000000000000"  \
	"0000000000000000000000000000\",\"attributes\":\"0000000000000000\"," \
	"\"attributesMask\":\"FFFFFFFFFFFFFFFF\""
#define MODULE_LEVEL(svn, status)   \
	"{\"tcb\":{\"isvsvn\":" svn \
	"},\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"" status "\"}"
#define TDX_INFO(identities)                                                                    \
	"{\"id\":\"TDX\",\"version\":3,\"issueDate\":\"2025-06-19T10:56:11Z\",\"nextUpdate\":"  \
	"\"2025-07-19T10:56:11Z\",\"fmspc\":\"00A067110000\",\"pceId\":\"0000\",\"tcbType\":0," \
	"\"tcbEvaluationDataNumber\":17,\"tdxModule\":{" MODULE(                                \
		"00") "}," identities                                                           \
		      "\"tcbLevels\":[" TDX_LEVEL("9", "5", "UpToDate") "," TDX_LEVEL(          \
			      "9", "3", "OutOfDate") "," TDX_LEVEL("4", "3",                    \
								   "ConfigurationNeeded") "]}"
#define IDENTITIES                                                                                                            \
	"\"tdxModuleIdentities\":[{\"id\":\"TDX_01\"," MODULE("00") ",\"tcbLevels\":[" MODULE_LEVEL(                          \
		"2",                                                                                                          \
		"OutOfDate") "," MODULE_LEVEL("4",                                                                            \
					      "UpToDate") "]},"                                                               \
							  "{\"id\":\"TDX_0A\"," MODULE("11") ",\"tcbLevels\":[" MODULE_LEVEL( \
								  "1", "UpToDate") "]}],"

static const char qe_identity[] =
	"{\"id\":\"TD_QE\",\"version\":2,\"issueDate\":\"2025-06-19T10:56:11Z\",\"nextUpdate\":"
	"\"2025-07-19T10:56:11Z\",\"tcbEvaluationDataNumber\":17,\"miscselect\":\"00000000\","
	"\"miscselectMask\":\"FFFFFFFF\",\"attributes\":\"11000000000000000000000000000000\","
	"\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":"
	"\"dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5\",\"isvprodid\":2,"
	"\"tcbLevels\":[" MODULE_LEVEL("6", "UpToDate") "," MODULE_LEVEL("3", "OutOfDate") "]}";

struct td {
	uint8_t sgx, svn0, svn1, svn2; /* component of the machine; TEE_TCB_SVN */
	bool has_current;
	uint8_t now0, now1, now2; /* TEE_TCB_SVN2 */
	uint16_t qe_svn;
};

static int evaluate(const char *text, const struct td *td, struct cc_tcb_result *out,
		    struct cc_tcb_info **info, struct cc_err *err)
{
	static const uint8_t none[8];
	CC_AUTO_FREE struct cc_qe_identity *identity = NULL;
	struct cc_pck pck = { .components = { td->sgx }, .pcesvn = 5 };
	struct cc_td_report report = {
		.tcb_svn = { td->svn0, td->svn1, td->svn2 },
		.module_attribute_bytes = { none, sizeof(none) },
		.has_current = td->has_current,
		.current_tcb_svn = { td->now0, td->now1, td->now2 },
	};
	const struct cc_tdx_machine machine = { &pck, &report, td->qe_svn };

	assert_int_equal(cc_tcb_info_parse(cc_span_str(text), info, err), 0);
	assert_int_equal(cc_qe_identity_parse(cc_span_str(qe_identity), &identity, err), 0);
	assert_int_equal(identity->platform, CC_PLATFORM_TDX);
	return cc_tcb_evaluate_tdx(*info, identity, &machine, out, err);
}

/* attestation of a TD: the rules of Intel's QVL, one row for each turn that they take. */
static void a_td_gets_the_status_that_intel_gives_it(void **state)
{
	static const struct {
		struct td td;
		enum cc_tcb_status status, module;
	} cases[] = {
		/* The module of old: all TDX components count, the module has no say of its own. */
		{ { 9, 5, 0, 7, false, 0, 0, 0, 6 }, CC_TCB_UP_TO_DATE, CC_TCB_UP_TO_DATE },
		{ { 9, 4, 0, 7, false, 0, 0, 0, 6 }, CC_TCB_OUT_OF_DATE, CC_TCB_UP_TO_DATE },
		{ { 9, 2, 0, 7, false, 0, 0, 0, 6 }, CC_TCB_NOT_SUPPORTED, CC_TCB_UP_TO_DATE },
		{ { 4, 9, 0, 7, false, 0, 0, 0, 6 },
		  CC_TCB_CONFIGURATION_NEEDED,
		  CC_TCB_UP_TO_DATE },
		{ { 9, 5, 0, 6, false, 0, 0, 0, 6 }, CC_TCB_NOT_SUPPORTED, CC_TCB_UP_TO_DATE },
		{ { 3, 5, 0, 7, false, 0, 0, 0, 6 }, CC_TCB_NOT_SUPPORTED, CC_TCB_UP_TO_DATE },
		/* Module 1: components 0 and 1 are judged by the module's identity. */
		{ { 9, 4, 1, 7, false, 0, 0, 0, 6 }, CC_TCB_UP_TO_DATE, CC_TCB_UP_TO_DATE },
		{ { 9, 2, 1, 7, false, 0, 0, 0, 6 }, CC_TCB_OUT_OF_DATE, CC_TCB_OUT_OF_DATE },
		{ { 4, 2, 1, 7, false, 0, 0, 0, 6 },
		  CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
		  CC_TCB_OUT_OF_DATE },
		{ { 9, 1, 1, 7, false, 0, 0, 0, 6 }, CC_TCB_NOT_SUPPORTED, CC_TCB_NOT_SUPPORTED },
		/* Patched below a running TD: it should be started again. */
		{ { 9, 2, 1, 7, true, 4, 1, 7, 6 },
		  CC_TCB_TD_RELAUNCH_ADVISED,
		  CC_TCB_OUT_OF_DATE },
		{ { 9, 2, 1, 7, true, 5, 0, 7, 6 },
		  CC_TCB_TD_RELAUNCH_ADVISED,
		  CC_TCB_OUT_OF_DATE },
		{ { 4, 2, 1, 7, true, 4, 1, 7, 6 },
		  CC_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
		  CC_TCB_OUT_OF_DATE },
		{ { 9, 2, 1, 7, true, 3, 1, 7, 6 }, CC_TCB_OUT_OF_DATE, CC_TCB_OUT_OF_DATE },
		{ { 9, 2, 1, 7, true, 4, 1, 6, 6 }, CC_TCB_OUT_OF_DATE, CC_TCB_OUT_OF_DATE },
		{ { 9, 2, 1, 7, true, 4, 0, 7, 6 }, CC_TCB_OUT_OF_DATE, CC_TCB_OUT_OF_DATE },
		/* No advice over a quoting enclave that is out of date itself. */
		{ { 9, 2, 1, 7, true, 4, 1, 7, 3 }, CC_TCB_OUT_OF_DATE, CC_TCB_OUT_OF_DATE },
		{ { 9, 4, 1, 7, false, 0, 0, 0, 3 }, CC_TCB_OUT_OF_DATE, CC_TCB_UP_TO_DATE },
		{ { 9, 4, 1, 7, false, 0, 0, 0, 2 }, CC_TCB_NOT_SUPPORTED, CC_TCB_UP_TO_DATE },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_FREE struct cc_tcb_info *info = NULL;
		struct cc_tcb_result result = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(evaluate(TDX_INFO(IDENTITIES), &cases[i].td, &result, &info, &err),
				 0);
		if (result.status != cases[i].status || result.module_tcb != cases[i].module)
			fail_msg("case %zu: %s, module %s", i, cc_tcb_name(result.status),
				 cc_tcb_name(result.module_tcb));
	}
}

static void a_tdx_module_that_intel_does_not_name_is_refused(void **state)
{
	static const struct td cases[] = {
		{ 9, 4, 2, 7, false, 0, 0, 0, 6 },  /* no identity TDX_02 */
		{ 9, 4, 10, 7, false, 0, 0, 0, 6 }, /* TDX_0A has another signer */
		{ 9, 2, 1, 7, true, 4, 2, 7, 6 },   /* what runs now is not named */
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_FREE struct cc_tcb_info *info = NULL;
		struct cc_tcb_result result = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(evaluate(TDX_INFO(IDENTITIES), &cases[i], &result, &info, &err),
				 -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

static void tcb_info_of_tdx_that_is_not_whole_is_refused(void **state)
{
	static const char text[] = TDX_INFO(IDENTITIES);
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "\"version\":3", "\"version\":2" },
		{ "tdxModule\"", "tdxModul\"" },
		{ "tdxtcbcomponents", "tdxtcbcomponent" },
		{ "TDX_01", "TDX_1" },
		{ "TDX_01", "TDX_00" },
		{ "TDX_01", "TDX_0a" },
		{ "TDX_01", "TDX_0A" },
		{ "\"isvsvn\":2", "\"isvsvn\":65536" },
		{ "TDX\"", "SGX\"" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_FREE struct cc_tcb_info *info = NULL;
		const char *at = strstr(text, cases[i].from);
		CC_AUTO_BUF struct cc_buf changed = { 0 };
		struct cc_err err = { 0 };

		assert_non_null(at);
		assert_int_equal(cc_buf_add(&changed, cc_span(text, (size_t)(at - text)), &err), 0);
		assert_int_equal(cc_buf_add_str(&changed, cases[i].to, &err), 0);
		assert_int_equal(cc_buf_add_str(&changed, at + strlen(cases[i].from), &err), 0);
		if (cc_tcb_info_parse(cc_buf_span(&changed), &info, &err) == 0)
			fail_msg("accepted: '%s' for '%s'", cases[i].to, cases[i].from);
	}
}

/*
 * Collateral that other verifiers' tests have to refuse, from Open Enclave. What is
 * wrong in it is inside the signed value, so the signature is not looked at.
 */
static void recorded_malformed_collateral_is_refused(void **state)
{
	static const struct {
		const char *file;
		bool accepted, qe;
	} cases[] = {
		{ "tcbinfo-v1/tcbInfo_with_pceid.json", false, false },
		{ "tcbinfo-v2/tcbInfo.json", false, false }, /* has no PCE-ID to compare */
		{ "tcbinfo-v2/tcbInfo_with_pceid.json", true, false },
		{ "tcbinfo-v2/tcbInfoNegativeIntegerOverflow.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativeIntegerWithSign.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativeInvalidIssueDate.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativeInvalidNextUpdate.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativeMissingNextUpdate.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativePropertyMissingLevel0.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativePropertyMissingLevel2.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativePropertyMissingLevel3.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativePropertyWrongTypeLevel2.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativePropertyWrongTypeLevel3.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativeSignature.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativeStringEscape.json", false, false },
		{ "tcbinfo-v2/tcbInfoNegativeTcbType.json", false, false },
		{ "tcbinfo-v3/tcbinfo_sgx.json", true, false },
		{ "tcbinfo-v3/tcbinfo_tdx.json", true, false },
		{ "qeidentity-v2/qe_identity_ok.json", true, true },
		{ "qeidentity-v2/qe_identity_with_advisoryids.json", true, true },
		{ "qeidentity-v2/qve_identity_ok.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_attributes.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_attributesmask.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_id.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_isvprodid.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_isvsvn.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_miscselect.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_miscselectmask.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_nextupdate.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_signature.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_tcb_date.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_tcb_eval_data_num.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_tcb_levels.json", false, true },
		{ "qeidentity-v2/qe_identity_missing_version.json", false, true },
		{ "qeidentity-v1/qe_identity_missing_isvsvn.json", false, true },
	};
	const char *root = getenv("MESON_SOURCE_ROOT");
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_FREE struct cc_qe_identity *identity = NULL;
		CC_AUTO_FREE struct cc_tcb_info *info = NULL;
		CC_AUTO_BUF struct cc_buf text = { 0 };
		CC_AUTO_FREE char *path = NULL;
		struct cc_signed_json json = { 0 };
		int result = 0;

		assert_int_equal(
			cc_strf(&path, &err,
				"%s/../shared/data/evidence/sgx/invalid/openenclave-json/%s",
				root == NULL ? "." : root, cases[i].file),
			0);
		if (cc_file_read(path, 100000, &text, &err) != 0) {
			print_message("# no recorded evidence beside the source tree: skipped\n");
			skip();
		}
		result = cc_signed_json_split(cc_buf_span(&text),
					      cases[i].qe ? "enclaveIdentity" : "tcbInfo", &json,
					      &err);
		if (result == 0 && cases[i].qe)
			result = cc_qe_identity_parse(json.value, &identity, &err);
		else if (result == 0)
			result = cc_tcb_info_parse(json.value, &info, &err);
		if (result != (cases[i].accepted ? 0 : -1))
			fail_msg("%s: %d %s", cases[i].file, result, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_level_that_is_reached_in_everything_counts),
		cmocka_unit_test(levels_are_sorted_whatever_the_order_of_the_text),
		cmocka_unit_test(signed_nonsense_is_refused),
		cmocka_unit_test(a_machine_is_no_better_than_its_quoting_enclave),
		cmocka_unit_test(a_td_gets_the_status_that_intel_gives_it),
		cmocka_unit_test(a_tdx_module_that_intel_does_not_name_is_refused),
		cmocka_unit_test(tcb_info_of_tdx_that_is_not_whole_is_refused),
		cmocka_unit_test(recorded_malformed_collateral_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
