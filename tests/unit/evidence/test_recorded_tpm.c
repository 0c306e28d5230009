/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes of real TPMs, put into containers here: exactly the row that is recorded for each. */
#include "tests/unit/evidence/recorded_tpm.h"

#define GCE "tpm/go-tpm-tools/gce"
#define CAS "tpm/go-tpm-tools/ca-certs"

static int load_gce(struct recorded *r, const char *bank, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf quote = { 0 }, signature = { 0 }, key = { 0 }, cert = { 0 };
	CC_AUTO_BUF struct cc_buf values = { 0 }, log = { 0 };
	const char *name = r->columns[RECORDED_NAME];
	struct cc_span pcrs[CC_TPM_PCRS] = { 0 }, der = { 0 };
	struct cc_tpm_pieces pieces = { .pcrs = pcrs, .certs = &der, .cert_count = 1 };
	char file[64];

	(void)snprintf(file, sizeof(file), "quote_%s.msg", bank);
	CC_TRY(recorded_read(name, file, &quote, err));
	(void)snprintf(file, sizeof(file), "quote_%s.sig", bank);
	CC_TRY(recorded_read(name, file, &signature, err));
	(void)snprintf(file, sizeof(file), "pcrs_%s.json", bank);
	CC_TRY(recorded_values(name, file, &values, pcrs, &pieces.pcr_count, err));
	CC_TRY(recorded_read(name, "ak_pub.tpmt", &key, err));
	CC_TRY(recorded_read(name, "ak_cert.der", &cert, err));
	CC_TRY(recorded_read(name, "event_log.bin", &log, err));
	pieces.quote = cc_buf_span(&quote);
	pieces.signature = cc_buf_span(&signature);
	pieces.key = cc_buf_span(&key);
	pieces.log = cc_buf_span(&log);
	der = cc_buf_span(&cert);
	return cc_tpm_print(&pieces, &r->quote, err);
}

/* What tpm2_quote writes: 132 bytes of selection, counts, then values in 66 bytes each. */
static int load_keylime(struct recorded *r, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf quote = { 0 }, signature = { 0 }, key = { 0 }, values = { 0 };
	const char *name = r->columns[RECORDED_NAME];
	struct cc_span pcrs[3] = { 0 };
	struct cc_tpm_pieces pieces = { .pcrs = pcrs, .pcr_count = 3 };

	CC_TRY(recorded_read(name, "quote.out", &quote, err));
	CC_TRY(recorded_read(name, "quotesig.out", &signature, err));
	CC_TRY(recorded_read(name, "quotepcr.out", &values, err));
	CC_TRY(recorded_read(name, "ak.pub", &key, err));
	for (size_t i = 0; i < 3; i++)
		pcrs[i] = cc_span_sub(cc_buf_span(&values), 0x8e + 66 * i, 32);
	pieces.quote = cc_buf_span(&quote);
	pieces.signature = cc_buf_span(&signature);
	pieces.key = cc_span_sub(cc_buf_span(&key), 2, key.len); /* TPM2B_PUBLIC */
	return cc_tpm_print(&pieces, &r->quote, err);
}

static int load_quote(struct recorded *r, struct cc_err *err)
{
	if (cc_str_eq(r->columns[RECORDED_VERDICT], "INVALID"))
		return 0;
	if (!cc_str_starts(r->columns[RECORDED_NAME], GCE))
		return load_keylime(r, err);
	CC_TRY(recorded_add_cert(r, CAS, "tpm_ek_intermediate_2.crt", err));
	CC_TRY(recorded_add_cert(r, CAS, "tpm_ek_root_1.cer", err));
	return load_gce(r, "sha256", err);
}

static void open_or_skip(struct recorded_set *set)
{
	recorded_open_or_skip(set, "tpm", load_quote);
}

/* The key that was recorded without a certificate is enrolled by its Name. */
static void choose_roots(const struct recorded *r, struct cc_roots *out)
{
	struct cc_root root = { .platform = CC_PLATFORM_TPM,
				.class = CC_CLASS_MEASURED_ONLY,
				.label = "enrolled" };
	CC_AUTO_BUF struct cc_buf name = { 0 };
	struct cc_err err = { 0 };

	cc_roots_vendors(out);
	if (cc_str_starts(r->columns[RECORDED_NAME], GCE))
		return;
	assert_int_equal(recorded_read(r->columns[RECORDED_NAME], "ak.name", &name, &err), 0);
	assert_int_equal(name.len, 34);
	memcpy(root.key.b, name.at + 2, sizeof(root.key.b));
	assert_int_equal(cc_roots_add(out, &root, &err), 0);
}

static struct cc_evidence evidence_of(const struct recorded *r, const struct cc_roots *roots)
{
	const char *at = r->columns[RECORDED_AT];
	struct cc_evidence evidence =
		recorded_evidence(r, roots, time_of(*at == '\0' ? "2022-01-01T00:00:00Z" : at));

	evidence.without_revocation = true;
	return evidence;
}

static void assert_row(const struct recorded *r, const struct cc_claims *claims)
{
	const char *digest = strchr(r->columns[RECORDED_MEASUREMENT], '=');
	const char *nonce = r->columns[RECORDED_REPORT_DATA] + strlen("extraData=");
	char from[CC_TIME_TEXT], until[CC_TIME_TEXT];

	assert_non_null(digest);
	assert_hex(cc_span(claims->tpm.pcr_digest, claims->tpm.pcr_digest_len), digest + 1);
	assert_hex(cc_span(claims->tpm.qualifying, claims->tpm.qualifying_len), nonce);
	assert_int_equal(claims->class, CC_CLASS_MEASURED_ONLY);
	assert_int_equal(claims->platform, CC_PLATFORM_TPM);
	if (*r->columns[RECORDED_WINDOW] == '\0')
		return;
	/* "event log replays to all quoted PCR 0-9" */
	assert_int_equal(claims->tpm.log_pcrs & 0x3ff, 0x3ff);
	/* "2021-08-31..2051-08-24 (…)" */
	cc_time_print(claims->valid_from, from);
	cc_time_print(claims->valid_until, until);
	assert_memory_equal(r->columns[RECORDED_WINDOW], from, 10);
	assert_memory_equal(r->columns[RECORDED_WINDOW] + 12, until, 10);
}

static void every_recorded_quote_gives_its_row(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_tolerance t = { .without_revocation = true };
	size_t seen = 0;

	(void)state;
	open_or_skip(&set);
	for (size_t i = 0; i < set.count; i++) {
		const struct recorded *r = &set.cases[i];
		struct cc_roots roots = { 0 };
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_digest64 zero = { 0 };
		struct cc_err err = { 0 };

		if (r->quote.len == 0)
			continue;
		choose_roots(r, &roots);
		evidence = evidence_of(r, &roots);
		assert_int_equal(cc_evidence_kind(evidence.bytes), CC_PLATFORM_TPM);
		if (cc_evidence_prove(&evidence, &claims, &err) != 0)
			fail_msg("%s: %s", r->columns[RECORDED_NAME], err.text);
		assert_row(r, &claims);
		assert_int_equal(cc_claims_platform(&claims, &t, &err), 0);
		/* None was asked for by us: zero report data, which nothing expects. */
		if (cc_evidence_recheck(evidence.bytes, &claims, &zero, &err) != 0)
			fail_msg("%s: %s", r->columns[RECORDED_NAME], err.text);
		seen++;
	}
	assert_true(seen > 0);
}

static void other_banks_of_a_recorded_tpm(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	for (size_t i = 0; i < set.count; i++) {
		struct recorded *r = &set.cases[i];
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		if (!cc_str_starts(r->columns[RECORDED_NAME], GCE))
			continue;
		cc_buf_reset(&r->quote);
		assert_int_equal(load_gce(r, "sha384", &err), 0);
		evidence = evidence_of(r, &roots);
		assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), 0);
		assert_int_equal(claims.tpm.bank, CC_HASH_SHA384);
		cc_buf_reset(&r->quote);
		assert_int_equal(load_gce(r, "sha1", &err), 0);
		evidence = evidence_of(r, &roots);
		assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
		assert_int_equal(err.code, CC_E_UNSUPPORTED);
	}
}

static void recorded_quotes_are_refused_without_their_root(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	const struct cc_roots none = { 0 };

	(void)state;
	open_or_skip(&set);
	for (size_t i = 0; i < set.count; i++) {
		struct cc_evidence evidence = evidence_of(&set.cases[i], &none);
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		if (evidence.bytes.len == 0)
			continue;
		assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_quote_gives_its_row),
		cmocka_unit_test(other_banks_of_a_recorded_tpm),
		cmocka_unit_test(recorded_quotes_are_refused_without_their_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
