/* SPDX-License-Identifier: Apache-2.0 */
/* Real guests of Azure, put into containers here: exactly the row that is recorded for each. */
#include "tests/unit/evidence/recorded_tpm.h"

#include "evidence/azure.h"

/* The TD's quote is recorded on its own, too, with Intel's collateral of its day. */
#define TD "tdx/trustee/az_tdx_td_quote"
#define AT "2025-10-31T14:17:11Z"

static bool is_td(const struct recorded *r)
{
	return cc_str_eq(r->columns[RECORDED_KIND], "tpm+tdx");
}

static int load_snp(struct recorded *r, struct cc_err *err)
{
	static const char *const products[] = { "snp/amd-roots/milan", "snp/amd-roots/genoa" };

	CC_TRY(recorded_add_cert(r, r->columns[RECORDED_NAME], "vcek.der", err));
	for (size_t i = 0; i < CC_COUNT(products); i++) {
		CC_TRY(recorded_add_cert(r, products[i], "ask.der", err));
		CC_TRY(recorded_add_cert(r, products[i], "ark.der", err));
	}
	return 0;
}

static int load_tdx(struct recorded *r, struct cc_err *err)
{
	for (size_t f = 0; f < CC_COLLATERAL_INTEL; f++)
		CC_TRY(recorded_read(TD, cc_collateral_files[f].file, &r->files[f], err));
	return 0;
}

static int load_guest(struct recorded *r, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf quote = { 0 }, raw = { 0 }, hcl = { 0 }, td = { 0 };
	CC_AUTO_BUF struct cc_buf signature = { 0 }, values = { 0 };
	const char *name = r->columns[RECORDED_NAME];
	struct cc_span pcrs[CC_TPM_PCRS] = { 0 };
	struct cc_tpm_pieces pieces = { .pcrs = pcrs };

	CC_TRY(recorded_read(name, "quote.msg", &quote, err));
	CC_TRY(recorded_read(name, "quote.sig_raw", &raw, err));
	CC_TRY(recorded_read(name, "hcl_report.bin", &hcl, err));
	CC_TRY(recorded_values(name, "pcrs_sha256.json", &values, pcrs, &pieces.pcr_count, err));
	/* What recorded it left out algorithm and hash. */
	CC_TRY(cc_buf_add_u16be(&signature, CC_TPM_ALG_RSASSA, err));
	CC_TRY(cc_buf_add_u16be(&signature, CC_TPM_ALG_SHA256, err));
	CC_TRY(cc_buf_add_u16be(&signature, (uint16_t)raw.len, err));
	CC_TRY(cc_buf_add(&signature, cc_buf_span(&raw), err));
	if (is_td(r))
		CC_TRY(recorded_read(name, "td_quote.bin", &td, err));
	CC_TRY(is_td(r) ? load_tdx(r, err) : load_snp(r, err));
	pieces.quote = cc_buf_span(&quote);
	pieces.signature = cc_buf_span(&signature);
	pieces.hcl = cc_buf_span(&hcl);
	pieces.td_quote = cc_buf_span(&td);
	return cc_tpm_print(&pieces, &r->quote, err);
}

static void open_or_skip(struct recorded_set *set)
{
	recorded_open_or_skip(set, "tpm+snp tpm+tdx", load_guest);
}

static struct cc_evidence evidence_of(const struct recorded *r, const struct cc_roots *roots)
{
	struct cc_evidence evidence = recorded_evidence(r, roots, time_of(AT));

	evidence.platform = is_td(r) ? CC_PLATFORM_TDX : CC_PLATFORM_SNP;
	evidence.without_revocation = !is_td(r);
	return evidence;
}

static void assert_row(const struct recorded *r, const struct cc_claims *claims)
{
	const char *digest = r->columns[RECORDED_MEASUREMENT] + strlen("pcrDigest=");
	const char *nonce = r->columns[RECORDED_REPORT_DATA] + strlen("extraData=");

	assert_hex(cc_span(claims->tpm.pcr_digest, claims->tpm.pcr_digest_len), digest);
	assert_hex(cc_span(claims->tpm.qualifying, claims->tpm.qualifying_len), nonce);
	assert_int_equal(claims->class, CC_CLASS_CONFIDENTIAL);
	assert_int_equal(claims->registers.count, CC_TPM_PCRS);
	assert_int_equal(claims->tpm.launch_len, 48);
}

static void every_recorded_guest_gives_its_row(void **state)
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
		struct cc_digest64 zero = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_evidence_kind(evidence.bytes), evidence.platform);
		if (cc_evidence_prove(&evidence, &claims, &err) != 0)
			fail_msg("%s: %s", r->columns[RECORDED_NAME], err.text);
		assert_row(r, &claims);
		/* None was asked for by us: zero report data, which nothing expects. */
		if (cc_evidence_recheck(evidence.bytes, &claims, &zero, &err) != 0)
			fail_msg("%s: %s", r->columns[RECORDED_NAME], err.text);
	}
}

/* Puts the report of `b` in the place of that of `a`; false when they are of one guest. */
static bool exchange(const struct recorded *a, const struct recorded *b, struct cc_buf *out)
{
	struct cc_tpm_evidence to = { 0 }, from = { 0 };
	struct cc_hcl_report was = { 0 }, is = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add(out, cc_buf_span(&a->quote), &err), 0);
	assert_int_equal(cc_tpm_parse(cc_buf_span(out), &to, &err), 0);
	assert_int_equal(cc_tpm_parse(cc_buf_span(&b->quote), &from, &err), 0);
	assert_int_equal(cc_hcl_parse(to.hcl, &was, &err), 0);
	assert_int_equal(cc_hcl_parse(from.hcl, &is, &err), 0);
	if (was.platform != is.platform || cc_span_eq(was.runtime, is.runtime) ||
	    to.hcl.len != from.hcl.len)
		return false;
	memcpy(out->at + (to.hcl.at - out->at), from.hcl.at, from.hcl.len);
	return true;
}

static void a_recorded_quote_beside_another_guests_report_is_refused(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };
	size_t seen = 0;

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	for (size_t i = 0; i < set.count * set.count; i++) {
		const struct recorded *a = &set.cases[i / set.count];
		struct cc_evidence evidence = evidence_of(a, &roots);
		CC_AUTO_BUF struct cc_buf mixed = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		if (!exchange(a, &set.cases[i % set.count], &mixed))
			continue;
		evidence.bytes = cc_buf_span(&mixed);
		assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		seen++;
	}
	assert_true(seen > 0);
}

static void a_recorded_guest_is_refused_without_its_root(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	const struct cc_roots none = { 0 };

	(void)state;
	open_or_skip(&set);
	for (size_t i = 0; i < set.count; i++) {
		struct cc_evidence evidence = evidence_of(&set.cases[i], &none);
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_guest_gives_its_row),
		cmocka_unit_test(a_recorded_quote_beside_another_guests_report_is_refused),
		cmocka_unit_test(a_recorded_guest_is_refused_without_its_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
