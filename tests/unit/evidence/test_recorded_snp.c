/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of real processors, each at its time: exactly the row that is recorded for it. */
#include "tests/unit/evidence/recorded.h"

#include "crypto/pem.h"
#include "evidence/snp.h"

#define CERTS 7 /* in cc_collateral_files */

static int add_pem(const char *name, const char *file, struct recorded *r, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	CC_TRY(recorded_read(name, file, &der, err));
	return cc_pem_add(&r->files[CERTS], CC_PEM_CERTIFICATE, cc_buf_span(&der), err);
}

/* A report, its leaf, and the issuers of all products: which one it is, the verifier finds. */
static int load_report(struct recorded *r, struct cc_err *err)
{
	static const char *const products[] = { "snp/amd-roots/milan", "snp/amd-roots/genoa",
						"snp/amd-roots/turin" };
	static const char *const files[] = { "ark.der", "ask.der", "asvk.der" };

	assert_string_equal(cc_collateral_files[CERTS].member, "certs");
	CC_TRY(recorded_read(r->columns[RECORDED_NAME], "report.bin", &r->quote, err));
	for (size_t p = 0; p < CC_COUNT(products); p++)
		for (size_t f = 0; f < CC_COUNT(files); f++)
			CC_TRY(add_pem(products[p], files[f], r, err));
	if (add_pem(r->columns[RECORDED_NAME], "vcek.der", r, err) == 0)
		return 0;
	return add_pem(r->columns[RECORDED_NAME], "vlek.der", r, err);
}

static struct cc_evidence evidence_of(const struct recorded *r, const struct cc_roots *roots)
{
	/* The column is "<time> +1 day": the certificates were made some time on that day. */
	int64_t at = time_of(r->columns[RECORDED_AT]);

	if (strstr(r->columns[RECORDED_AT], "+1 day") != NULL)
		at += 24 * 3600;
	return recorded_evidence(r, roots, at);
}

static void open_or_skip(struct recorded_set *set)
{
	recorded_open_or_skip(set, "snp", load_report);
}

static void assert_tcb(const struct recorded *r, const char *name, const uint8_t tcb[8])
{
	const char *at = strstr(r->columns[RECORDED_TCB], name);
	char value[17] = "";

	assert_non_null(at);
	memcpy(value, at + strlen(name), 16);
	assert_hex(cc_span(tcb, 8), value);
}

static void assert_row(const struct recorded *r, const struct cc_claims *claims)
{
	char *const *columns = r->columns;
	char version[8] = "", policy[24] = "", issuer[32] = "";

	(void)snprintf(version, sizeof(version), "v%u", claims->version);
	(void)snprintf(policy, sizeof(policy), "0x%llx", (unsigned long long)claims->snp.policy);
	(void)snprintf(issuer, sizeof(issuer), "SEV-%s%s",
		       claims->snp.signer == CC_SNP_VLEK ? "VLEK-" : "",
		       cc_snp_product_name(claims->snp.product));
	assert_string_equal(version, columns[RECORDED_VERSION]);
	assert_string_equal(policy, columns[RECORDED_POLICY]);
	assert_string_equal(issuer, columns[RECORDED_FMSPC]);
	assert_tcb(r, "reported=", claims->snp.reported_tcb);
	assert_tcb(r, "current=", claims->snp.current_tcb);
	assert_tcb(r, "committed=", claims->snp.committed_tcb);
	assert_tcb(r, "launch=", claims->snp.launch_tcb);
	assert_hex(cc_span(claims->measurement, claims->measurement_len),
		   columns[RECORDED_MEASUREMENT]);
	assert_hex(CC_SPAN(claims->report_data), columns[RECORDED_REPORT_DATA]);
	assert_hex(CC_DIGEST_SPAN(claims->snp.host_data), columns[RECORDED_HOST_DATA]);
	assert_hex(CC_SPAN(claims->snp.cpuid), columns[RECORDED_CPUID]);
	assert_int_equal(claims->class, CC_CLASS_CONFIDENTIAL);
	assert_true(claims->without_revocation);
}

/* What is not in the data, lists and Milan, is tolerated; then the row's verdict remains. */
static void assert_verdict(const struct recorded *r, const struct cc_claims *claims)
{
	struct cc_tolerance t = { .without_revocation = true, .milan = true };
	bool valid = cc_str_eq(r->columns[RECORDED_VERDICT], "VALID-SIGNATURE");
	struct cc_err err = { 0 };

	assert_int_equal(cc_claims_platform(claims, &t, &err), valid ? 0 : -1);
	if (!valid)
		assert_true(claims->debug || claims->snp.vmpl > 0);
	t.milan = false;
	if (claims->snp.product == CC_SNP_MILAN)
		assert_int_equal(cc_claims_platform(claims, &t, &err), -1);
}

static void every_recorded_report_gives_its_row(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	assert_true(set.count > 0);
	for (size_t i = 0; i < set.count; i++) {
		const struct recorded *r = &set.cases[i];
		struct cc_evidence evidence = evidence_of(r, &roots);
		struct cc_claims claims = { 0 };
		struct cc_digest64 expected = { 0 };
		struct cc_err err = { 0 };

		if (cc_evidence_prove(&evidence, &claims, &err) != 0)
			fail_msg("%s: %s", r->columns[RECORDED_NAME], err.text);
		assert_row(r, &claims);
		assert_verdict(r, &claims);
		memcpy(expected.b, claims.report_data, sizeof(expected.b));
		if (cc_evidence_recheck(evidence.bytes, &claims, &expected, &err) != 0)
			fail_msg("%s: %s", r->columns[RECORDED_NAME], err.text);
	}
}

static void a_leaf_of_another_chip_or_tcb_is_refused(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };
	size_t seen = 0;

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	for (size_t i = 0; i < set.count; i++) {
		for (size_t j = 0; j < set.count; j++) {
			struct cc_evidence evidence = evidence_of(&set.cases[i], &roots);
			struct cc_evidence other = evidence_of(&set.cases[j], &roots);
			struct cc_snp_evidence a = { 0 }, b = { 0 };
			struct cc_claims claims = { 0 };
			struct cc_err err = { 0 };

			assert_int_equal(cc_snp_parse(evidence.bytes, &a, &err), 0);
			assert_int_equal(cc_snp_parse(other.bytes, &b, &err), 0);
			if (memcmp(a.report.chip, b.report.chip, 64) == 0 &&
			    memcmp(a.report.reported_tcb, b.report.reported_tcb, 8) == 0)
				continue;
			evidence.collateral = other.collateral;
			assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
			assert_int_equal(err.code, CC_E_EVIDENCE);
			seen++;
		}
	}
	assert_true(seen > 0);
}

/* Two leaves that another verifier's tests must refuse: of nobody, for another chip. */
static void a_vcek_that_amd_did_not_sign_is_refused(void **state)
{
	static const char *const files[] = { "test-vcek-invalid-legacy.der",
					     "test-vcek-invalid-new.der" };
	struct cc_roots roots = { 0 };

	(void)state;
	cc_roots_vendors(&roots);
	for (size_t f = 0; f < CC_COUNT(files); f++) {
		AUTO_RECORDED struct recorded_set set = { 0 };

		open_or_skip(&set);
		for (size_t i = 0; i < set.count; i++) {
			struct recorded *r = &set.cases[i];
			struct cc_evidence evidence = { 0 };
			struct cc_claims claims = { 0 };
			struct cc_err err = { 0 };

			cc_buf_reset(&r->files[CERTS]);
			assert_int_equal(add_pem("snp/invalid/trustee", files[f], r, &err), 0);
			assert_int_equal(add_pem("snp/amd-roots/milan", "ask.der", r, &err), 0);
			assert_int_equal(add_pem("snp/amd-roots/milan", "ark.der", r, &err), 0);
			evidence = evidence_of(r, &roots);
			assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
			assert_int_equal(err.code, CC_E_EVIDENCE);
		}
	}
}

static void every_byte_of_the_signed_report_counts(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	for (size_t at = 0; at < CC_SNP_REPORT_LEN; at++) {
		struct cc_evidence evidence = evidence_of(&set.cases[0], &roots);
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		set.cases[0].quote.at[at] ^= 0x40;
		if (cc_evidence_prove(&evidence, &claims, &err) == 0)
			fail_msg("byte %zu is not looked at", at);
		set.cases[0].quote.at[at] ^= 0x40;
	}
}

static void without_revocation_lists_nothing_is_proven_unless_asked(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	evidence = evidence_of(&set.cases[0], &roots);
	evidence.without_revocation = false;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_non_null(strstr(err.text, "revocation list"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_report_gives_its_row),
		cmocka_unit_test(a_leaf_of_another_chip_or_tcb_is_refused),
		cmocka_unit_test(a_vcek_that_amd_did_not_sign_is_refused),
		cmocka_unit_test(every_byte_of_the_signed_report_counts),
		cmocka_unit_test(without_revocation_lists_nothing_is_proven_unless_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
