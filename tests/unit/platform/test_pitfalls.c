/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bugs that other verifiers have had, each as a test with its name, against simulated machines;
 * docs/threats.md has the whole list.
 */
#include "tests/unit/evidence/recorded.h"
#include "tests/unit/platform/world.h"

#include "platform/machine.h"

static void make_sgx(struct world *w)
{
	struct cc_sim_enclave e = enclave();

	make(w, &e);
}

static void assert_refused(const struct cc_evidence *evidence, const char *word)
{
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_evidence_prove(evidence, &claims, &err), -1);
	if (strstr(err.text, word) == NULL)
		fail_msg("'%s' is not about '%s'", err.text, word);
	assert_int_equal(claims.class, CC_CLASS_NONE);
}

/* dcap-qvl before 0.3.9 did not look at the identity of the quoting enclave. */
static void cve_2026_22696_a_quoting_enclave_of_another_signer(void **state)
{
	AUTO_WORLD struct world other = { 0 }, good = { 0 };
	struct cc_evidence evidence = { 0 };

	(void)state;
	plan_good(&other);
	other.plan.qe_signer.b[0] ^= 1;
	make_sgx(&other);
	evidence = evidence_of(&other);
	assert_refused(&evidence, "somebody else");
	plan_good(&good);
	make_sgx(&good);
	evidence = evidence_of(&good);
	evidence.collateral.qe_identity = cc_span(NULL, 0);
	assert_refused(&evidence, "QE identity");
}

/* The JavaScript of dcap-qvl before 0.5.3 accepted lists that say nothing of a certificate. */
static void ghsa_2cjj_h43h_m6xj_lists_of_every_issuer(void **state)
{
	static const enum cc_sim_revoked all[] = { CC_SIM_REVOKED_PCK, CC_SIM_REVOKED_CA,
						   CC_SIM_REVOKED_SIGNER };
	AUTO_WORLD struct world good = { 0 };
	struct cc_evidence evidence = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(all); i++) {
		AUTO_WORLD struct world w = { 0 };

		plan_good(&w);
		w.plan.revoked = all[i];
		make_sgx(&w);
		evidence = evidence_of(&w);
		assert_refused(&evidence, "revoked");
	}
	plan_good(&good);
	make_sgx(&good);
	evidence = evidence_of(&good);
	evidence.collateral.pck_crl = evidence.collateral.root_crl;
	assert_refused(&evidence, "CRL");
	evidence = evidence_of(&good);
	evidence.collateral.root_crl = evidence.collateral.pck_crl;
	assert_refused(&evidence, "CRL");
}

static void sign_again(struct world *w)
{
	struct cc_signature signature = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sign_raw(w->pki.attestation_key,
				     cc_span_sub(cc_buf_span(&w->quote), 0, 432), &signature, &err),
			 0);
	memcpy(w->quote.at + BODY_SIGNATURE_AT, signature.b, signature.len);
}

/* A well-signed header of a quoting enclave that is not Intel's. */
static void dcap_qvl_127_every_byte_of_the_qe_vendor(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_evidence evidence = { 0 };

	(void)state;
	plan_good(&w);
	make_sgx(&w);
	evidence = evidence_of(&w);
	for (size_t i = 0; i < sizeof(cc_intel_qe_vendor); i++) {
		w.quote.at[VENDOR_AT + i] ^= 1;
		sign_again(&w);
		assert_refused(&evidence, "Intel");
		w.quote.at[VENDOR_AT + i] ^= 1;
	}
}

struct guest {
	struct cc_sim_snp_plan plan;
	struct cc_snp_report report;
	struct cc_sim_snp snp;
	struct cc_roots roots;
	struct cc_buf bytes;
};

static void guest_clear(struct guest *g)
{
	cc_sim_snp_clear(&g->snp);
	cc_buf_clear(&g->bytes);
}
#define AUTO_GUEST CC_CLEANUP(guest_clear)

static void plan_guest(struct guest *g)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_snp_plan_good(NOW, &g->plan, &err), 0);
	cc_sim_snp_report_good(&g->plan, &g->report);
}

static void make_guest(struct guest *g)
{
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	if (cc_sim_snp_make(&g->plan, &g->snp, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_sim_snp_root(&g->snp, &root, &err), 0);
	assert_int_equal(cc_roots_add(&g->roots, &root, &err), 0);
	assert_int_equal(cc_sim_snp_sign(&g->snp, &g->report, &g->bytes, &err), 0);
}

static struct cc_evidence evidence_of_guest(const struct guest *g)
{
	return (struct cc_evidence){ .platform = CC_PLATFORM_SNP,
				     .bytes = cc_buf_span(&g->bytes),
				     .collateral = { .certs = cc_buf_span(&g->snp.certs),
						     .crls = cc_buf_span(&g->snp.crls) },
				     .roots = &g->roots,
				     .at = NOW };
}

/* Microsoft's TEE-Attestation-Verification took a VLEK for a VCEK, and any chip for this one. */
static void tee_attestation_verification_142_and_149_signing_key_and_chip(void **state)
{
	AUTO_GUEST struct guest signer = { 0 }, chip = { 0 };
	struct cc_evidence evidence = { 0 };

	(void)state;
	plan_guest(&signer);
	signer.report.signer = CC_SNP_VLEK;
	make_guest(&signer);
	evidence = evidence_of_guest(&signer);
	assert_refused(&evidence, "VLEK");
	plan_guest(&chip);
	chip.report.chip[5] ^= 1;
	make_guest(&chip);
	evidence = evidence_of_guest(&chip);
	assert_refused(&evidence, "chip");
}

/* snpguest read a number of the chip that begins as DER does as DER, and then compared nothing. */
static void snpguest_38_numbers_of_chips_that_look_like_der(void **state)
{
	static const uint8_t first[] = { 0x02, 0x04, 0x16, 0x30 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(first); i++) {
		AUTO_GUEST struct guest good = { 0 }, other = { 0 };
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		plan_guest(&good);
		good.plan.chip[0] = first[i];
		good.plan.chip[1] = 62; /* the length of the rest */
		memcpy(good.report.chip, good.plan.chip, sizeof(good.report.chip));
		make_guest(&good);
		evidence = evidence_of_guest(&good);
		if (cc_evidence_prove(&evidence, &claims, &err) != 0)
			fail_msg("%02x: %s", first[i], err.text);
		assert_memory_equal(claims.machine, good.plan.chip, sizeof(good.plan.chip));
		plan_guest(&other);
		other.plan.chip[0] = first[i];
		other.plan.chip[1] = 62;
		make_guest(&other);
		evidence = evidence_of_guest(&other);
		assert_refused(&evidence, "chip");
	}
}

/* snpguest looked at no list; go-sev-guest went on when it could not fetch one. */
static void snpguest_and_go_sev_guest_a_list_that_is_not_there(void **state)
{
	AUTO_GUEST struct guest g = { 0 }, revoked = { 0 };
	struct cc_evidence evidence = { 0 };

	(void)state;
	plan_guest(&g);
	make_guest(&g);
	evidence = evidence_of_guest(&g);
	evidence.collateral.crls = cc_span(NULL, 0);
	assert_refused(&evidence, "revocation");
	plan_guest(&revoked);
	revoked.plan.issuer_is_revoked = true;
	make_guest(&revoked);
	evidence = evidence_of_guest(&revoked);
	assert_refused(&evidence, "revoked");
}

/* Turin's chips have 8 bytes: behind them are zeroes, in the report as well. */
static void turin_hwid_has_8_bytes_and_zeroes(void **state)
{
	static const uint8_t turin[3] = { 0x1a, 0x02, 0x01 };

	(void)state;
	for (int change = 0; change < 2; change++) {
		AUTO_GUEST struct guest g = { 0 };
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		plan_guest(&g);
		g.plan.product = CC_SNP_TURIN;
		g.plan.product_name = "Turin";
		g.plan.issuer_name = "SEV-Turin";
		g.plan.root_name = "ARK-Turin";
		memset(g.plan.chip + 8, 0, sizeof(g.plan.chip) - 8);
		cc_sim_snp_report_good(&g.plan, &g.report);
		memcpy(g.report.cpuid, turin, sizeof(turin));
		g.report.chip[8] = (uint8_t)change;
		make_guest(&g);
		evidence = evidence_of_guest(&g);
		if (change == 1)
			assert_refused(&evidence, "chip");
		else if (cc_evidence_prove(&evidence, &claims, &err) != 0)
			fail_msg("%s", err.text);
	}
}

/* cmcp logged that report data is another's, and went on. */
static void cmcp_371_report_data_is_no_remark(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_digest64 other = e.report_data;
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make_sgx(&w);
	evidence = evidence_of(&w);
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), 0);
	assert_int_equal(cc_claims_bound(&claims, &e.report_data, &err), 0);
	assert_int_equal(cc_evidence_recheck(evidence.bytes, &claims, &e.report_data, &err), 0);
	other.b[63] ^= 1;
	assert_int_equal(cc_claims_bound(&claims, &other, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_int_equal(cc_evidence_recheck(evidence.bytes, &claims, &other, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

/* Collateral was in order when it was fetched: what counts is when it is used. */
static void time_of_check_collateral_ends_while_it_is_kept(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_PREPARED struct cc_prepared *prepared = NULL;
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make_sgx(&w);
	evidence = evidence_of(&w);
	assert_int_equal(cc_evidence_prepare(&evidence, &prepared, &err), 0);
	evidence.prepared = prepared;
	evidence.at = NOW + w.plan.collateral_seconds;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), 0);
	assert_int_equal(claims.valid_until, evidence.at);
	evidence.at++;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EXPIRED);
}

/* Lengths inside of a quote and of a certificate table, at the ends of their ranges. */
static void integer_overflow_in_lengths(void **state)
{
	static const size_t quote_lengths[] = { 432, AUTH_AT - 2, AUTH_AT + 32 + 2 };
	AUTO_WORLD struct world w = { 0 };
	AUTO_GUEST struct guest g = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make_sgx(&w);
	for (size_t i = 0; i < CC_COUNT(quote_lengths); i++) {
		uint8_t was[2];
		struct cc_quote quote = { 0 };

		memcpy(was, w.quote.at + quote_lengths[i], sizeof(was));
		memset(w.quote.at + quote_lengths[i], 0xff, sizeof(was));
		assert_int_equal(cc_quote_parse(cc_buf_span(&w.quote), &quote, &err), -1);
		memcpy(w.quote.at + quote_lengths[i], was, sizeof(was));
	}
	plan_guest(&g);
	make_guest(&g);
	assert_int_equal(cc_sim_snp_table(&g.snp, CC_SNP_VCEK, &g.bytes, &err), 0);
	for (size_t field = 16; field < 24; field += 4) {
		struct cc_snp_evidence read = { 0 };
		uint8_t was[4];

		memcpy(was, g.bytes.at + CC_SNP_REPORT_LEN + field, sizeof(was));
		memset(g.bytes.at + CC_SNP_REPORT_LEN + field, 0xff, sizeof(was));
		assert_int_equal(cc_snp_parse(cc_buf_span(&g.bytes), &read, &err), -1);
		memcpy(g.bytes.at + CC_SNP_REPORT_LEN + field, was, sizeof(was));
	}
}

static struct cc_cert *pkits_cert(const char *name, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_cert *cert = NULL;

	if (recorded_read("sgx/invalid/mobilecoin-pkits/certs", name, &der, err) != 0)
		return NULL;
	assert_int_equal(cc_cert_from_der(cc_buf_span(&der), &cert, err), 0);
	return cert;
}

static struct cc_crl *pkits_list(const char *name)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_crl *crl = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(recorded_read("sgx/invalid/mobilecoin-pkits/crls", name, &der, &err), 0);
	assert_int_equal(cc_crl_parse(cc_buf_span(&der), &crl, &err), 0);
	return crl;
}

struct pkits {
	struct cc_cert *root;
	struct cc_crl *lists[3]; /* the root's, and two whose issuers are not there */
	struct cc_chain chain;   /* borrows the root */
	struct cc_digest key;
};

static void pkits_clear(struct pkits *p)
{
	cc_cert_free(p->root);
	for (size_t i = 0; i < CC_COUNT(p->lists); i++)
		cc_crl_free(p->lists[i]);
}
#define AUTO_PKITS CC_CLEANUP(pkits_clear)

static void pkits_open_or_skip(struct pkits *p)
{
	struct cc_err err = { 0 };

	p->root = pkits_cert("TrustAnchorRootCertificate.crt", &err);
	if (p->root == NULL) {
		print_message("# no recorded evidence beside the source tree: skipped\n");
		skip();
	}
	p->chain = (struct cc_chain){ .certs = { p->root }, .count = 1 };
	assert_int_equal(cc_cert_key_hash(p->root, &p->key, &err), 0);
	p->lists[0] = pkits_list("TrustAnchorRootCRL.crl");
	p->lists[1] = pkits_list("BadCRLSignatureCACRL.crl");
	p->lists[2] = pkits_list("RevokedsubCACRL.crl");
}

static int pkits_prove(const struct pkits *p, const struct cc_cert *leaf, size_t first,
		       struct cc_err *err)
{
	struct cc_path path = { .leaf = leaf,
				.chain = &p->chain,
				.root = &p->key,
				.crls = (const struct cc_crl *const *)p->lists + first,
				.crl_count = CC_COUNT(p->lists) - first,
				.at = NOW };

	return cc_path_verify(&path, err);
}

/* NIST's cases, as Mobilecoin has them: what has its list, none, a list of somebody else. */
static void mobilecoin_pkits_paths_and_their_lists(void **state)
{
	AUTO_PKITS struct pkits p = { 0 };
	CC_AUTO_CERT struct cc_cert *good = NULL, *orphan = NULL;
	struct cc_err err = { 0 };

	(void)state;
	pkits_open_or_skip(&p);
	good = pkits_cert("GoodCACert.crt", &err);
	orphan = pkits_cert("InvalidRevokedCATest2EE.crt", &err);
	if (pkits_prove(&p, good, 0, &err) != 0)
		fail_msg("%s", err.text);
	/* Without the root's list; with an issuer that is not there; under a root that is not ours.
	 */
	assert_int_equal(pkits_prove(&p, good, 1, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_int_equal(pkits_prove(&p, orphan, 0, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	for (size_t i = 1; i < CC_COUNT(p.lists); i++)
		assert_int_equal(cc_crl_verify(p.lists[i], p.root, &(struct cc_memory){ 0 }, &err),
				 -1);
	p.key.b[0] ^= 1;
	assert_int_equal(pkits_prove(&p, good, 0, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cve_2026_22696_a_quoting_enclave_of_another_signer),
		cmocka_unit_test(ghsa_2cjj_h43h_m6xj_lists_of_every_issuer),
		cmocka_unit_test(dcap_qvl_127_every_byte_of_the_qe_vendor),
		cmocka_unit_test(tee_attestation_verification_142_and_149_signing_key_and_chip),
		cmocka_unit_test(snpguest_38_numbers_of_chips_that_look_like_der),
		cmocka_unit_test(snpguest_and_go_sev_guest_a_list_that_is_not_there),
		cmocka_unit_test(turin_hwid_has_8_bytes_and_zeroes),
		cmocka_unit_test(cmcp_371_report_data_is_no_remark),
		cmocka_unit_test(time_of_check_collateral_ends_while_it_is_kept),
		cmocka_unit_test(integer_overflow_in_lengths),
		cmocka_unit_test(mobilecoin_pkits_paths_and_their_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
