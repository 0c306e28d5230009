/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier against a platform of our own: what no recorded evidence can show, a
 * revoked machine, another quoting enclave, a chain with a wrong role, is made here.
 */
#include "tests/unit/platform/world.h"

#include "evidence/pck.h"

static void a_simulated_quote_is_proven_as_simulation(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_tolerance none = { 0 };
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	evidence = evidence_of(&w);
	if (prove_both_ways(&evidence, &claims, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(claims.platform, CC_PLATFORM_SGX);
	assert_int_equal(claims.class, CC_CLASS_SIMULATED);
	assert_string_equal(cc_class_text(claims.class), "SIMULATION");
	assert_int_equal(claims.tcb, CC_TCB_UP_TO_DATE);
	assert_int_equal(claims.sgx.product, 7);
	assert_int_equal(claims.sgx.svn, 9);
	assert_true(claims.machine_len == 16);
	assert_false(claims.debug);
	assert_memory_equal(claims.measurement, e.mrenclave.b, 32);
	assert_true(cc_digest_eq(&claims.sgx.signer, &e.mrsigner));
	assert_int_equal(claims.valid_from, NOW);
	assert_int_equal(claims.valid_until, NOW + w.plan.collateral_seconds);
	assert_int_equal(cc_claims_bound(&claims, &e.report_data, &err), 0);
	assert_int_equal(cc_claims_platform(&claims, &none, &err), 0);
	assert_int_equal(cc_claims_class(&claims, CC_CLASS_CONFIDENTIAL, &err), -1);
	assert_non_null(strstr(err.text, "SIMULATION"));
}

static void simulation_is_refused_where_its_root_is_not_listed(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	cc_roots_vendors(&w.roots);
	evidence = evidence_of(&w);
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_non_null(strstr(err.text, "root"));
	assert_int_equal(claims.class, CC_CLASS_NONE);
}

/* A second installation has the same names and another key. */
static void one_installation_does_not_vouch_for_another(void **state)
{
	AUTO_WORLD struct world ours = { 0 }, theirs = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&ours);
	plan_good(&theirs);
	make(&ours, &e);
	make(&theirs, &e);
	evidence = evidence_of(&theirs);
	evidence.roots = &ours.roots;
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

struct defect {
	const char *name;
	void (*spoil)(struct cc_sim_plan *plan);
	enum cc_code code;
	const char *word; /* of the error's text */
};

static void revoke_pck(struct cc_sim_plan *p)
{
	p->revoked = CC_SIM_REVOKED_PCK;
}
static void revoke_ca(struct cc_sim_plan *p)
{
	p->revoked = CC_SIM_REVOKED_CA;
}
static void revoke_signer(struct cc_sim_plan *p)
{
	p->revoked = CC_SIM_REVOKED_SIGNER;
}
static void wrong_pck_role(struct cc_sim_plan *p)
{
	p->pck_name = "Intel SGX TCB Signing";
}
static void wrong_ca_role(struct cc_sim_plan *p)
{
	p->ca_name = "Intel SGX TCB Signing";
}
static void wrong_signer_role(struct cc_sim_plan *p)
{
	p->signer_name = "Intel SGX PCK Certificate";
}
static void wrong_root_role(struct cc_sim_plan *p)
{
	p->root_name = "Intel SGX Root";
}
static void other_fmspc(struct cc_sim_plan *p)
{
	p->fmspc[5] ^= 1;
}
static void other_pce(struct cc_sim_plan *p)
{
	p->pce_id[0] = 1;
}
static void other_qe_signer(struct cc_sim_plan *p)
{
	p->qe_signer.b[31] ^= 1;
}
static void other_qe_product(struct cc_sim_plan *p)
{
	p->qe_product++;
}
static void other_qe_miscselect(struct cc_sim_plan *p)
{
	p->qe_miscselect = "00000001";
}
static void other_qe_attributes(struct cc_sim_plan *p)
{
	p->qe_attributes = "13000000000000000000000000000000";
}
static void expired(struct cc_sim_plan *p)
{
	p->now = NOW - 100;
	p->collateral_seconds = 99;
}
static void not_yet(struct cc_sim_plan *p)
{
	p->now = NOW + 2;
}

static void each_defect_of_chain_and_collateral_is_refused_with_its_reason(void **state)
{
	static const struct defect defects[] = {
		{ "revoked PCK", revoke_pck, CC_E_EVIDENCE, "revoked" },
		{ "revoked CA", revoke_ca, CC_E_EVIDENCE, "revoked" },
		{ "revoked signer", revoke_signer, CC_E_EVIDENCE, "revoked" },
		{ "PCK role", wrong_pck_role, CC_E_EVIDENCE, "Intel SGX PCK Certificate" },
		{ "CA role", wrong_ca_role, CC_E_EVIDENCE, "Intel SGX PCK Platform CA" },
		{ "signer role", wrong_signer_role, CC_E_EVIDENCE, "Intel SGX TCB Signing" },
		{ "root role", wrong_root_role, CC_E_EVIDENCE, "Intel SGX Root CA" },
		{ "other FMSPC", other_fmspc, CC_E_EVIDENCE, "FMSPC" },
		{ "other PCE", other_pce, CC_E_EVIDENCE, "PCE" },
		{ "other QE signer", other_qe_signer, CC_E_EVIDENCE, "QE is signed" },
		{ "other QE product", other_qe_product, CC_E_EVIDENCE, "another enclave" },
		{ "other QE MISCSELECT", other_qe_miscselect, CC_E_EVIDENCE, "MISCSELECT" },
		{ "other QE ATTRIBUTES", other_qe_attributes, CC_E_EVIDENCE, "ATTRIBUTES" },
		{ "expired", expired, CC_E_EXPIRED, "after" },
		{ "not yet valid", not_yet, CC_E_EXPIRED, "before" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(defects); i++) {
		AUTO_WORLD struct world w = { 0 };
		struct cc_sim_enclave e = enclave();
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		plan_good(&w);
		defects[i].spoil(&w.plan);
		make(&w, &e);
		evidence = evidence_of(&w);
		if (prove_both_ways(&evidence, &claims, &err) == 0)
			fail_msg("%s was accepted", defects[i].name);
		if (err.code != defects[i].code || strstr(err.text, defects[i].word) == NULL)
			fail_msg("%s: %d %s", defects[i].name, err.code, err.text);
	}
}

/* One part of the collateral as this plan publishes it, the others as they are. */
static struct cc_evidence evidence_with(struct world *w, size_t file,
					const struct cc_sim_plan *plan, struct cc_buf *part)
{
	struct cc_evidence evidence = { 0 };
	struct cc_span range = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_pki_publish(&w->pki, plan, &err), 0);
	assert_int_equal(cc_buf_add(part, cc_buf_span(&w->pki.files[file]), &err), 0);
	assert_int_equal(cc_sim_pki_publish(&w->pki, &w->plan, &err), 0);
	evidence = evidence_of(w);
	range = cc_buf_span(part);
	memcpy((char *)&evidence.collateral + cc_collateral_files[file].at, &range, sizeof(range));
	return evidence;
}

/* Each has its own window: one that is over must not be carried by the others. */
static void each_part_of_the_collateral_ends_in_its_own_time(void **state)
{
	static const char *const parts[] = { "tcb_info", "qe_identity", "root_crl", "pck_crl" };

	(void)state;
	for (size_t f = 0, found = 0; found < CC_COUNT(parts); f++) {
		AUTO_WORLD struct world w = { 0 };
		CC_AUTO_BUF struct cc_buf shorter = { 0 }, over = { 0 };
		struct cc_sim_enclave e = enclave();
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_sim_plan plan = { 0 };
		struct cc_err err = { 0 };

		if (strcmp(cc_collateral_files[f].member, parts[found]) != 0)
			continue;
		found++;
		plan_good(&w);
		make(&w, &e);
		plan = w.plan;
		plan.collateral_seconds = 10;
		evidence = evidence_with(&w, f, &plan, &shorter);
		assert_int_equal(prove_both_ways(&evidence, &claims, &err), 0);
		assert_int_equal(claims.valid_until, NOW + 10);
		plan.now = NOW - 100;
		evidence = evidence_with(&w, f, &plan, &over);
		if (prove_both_ways(&evidence, &claims, &err) == 0)
			fail_msg("%s is over and was accepted", cc_collateral_files[f].file);
		assert_int_equal(err.code, CC_E_EXPIRED);
	}
}

/* Proven at one time, asked at another: what has ended meanwhile is over. */
static void what_was_proven_before_holds_in_its_time_alone(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	CC_AUTO_BUF struct cc_buf shorter = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_sim_plan plan = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	plan = w.plan;
	plan.collateral_seconds = 10;
	evidence = evidence_with(&w, 0, &plan, &shorter); /* TCB info, which no path looks at */
	assert_int_equal(cc_evidence_prepare(&evidence, &before, &err), 0);
	evidence.prepared = before;
	evidence.at = NOW + 10;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), 0);
	evidence.at = NOW + 11;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EXPIRED);
}

/* The machine's own certificates end; ours were proven while they held. */
static void a_machine_that_was_proven_before_holds_in_its_time_alone(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	struct cc_sim_enclave e = enclave();
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	evidence = evidence_of(&w);
	assert_int_equal(cc_evidence_prepare(&evidence, &before, &err), 0);
	evidence.prepared = before;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), 0);
	evidence.at = claims.valid_until;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), 0);
	evidence.at++;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EXPIRED);
}

/* Roots are the caller's at each proof: one that was taken away accepts nothing any more. */
static void a_machine_is_under_a_root_that_is_still_accepted(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	struct cc_sim_enclave e = enclave();
	struct cc_roots vendors = { 0 };
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	evidence = evidence_of(&w);
	assert_int_equal(cc_evidence_prepare(&evidence, &before, &err), 0);
	evidence.prepared = before;
	cc_roots_vendors(&vendors);
	evidence.roots = &vendors;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

/* Two platforms that are both accepted: what was proven of one says nothing of the other. */
static void what_was_proven_under_another_root_is_not_used(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };
	CC_AUTO_PREPARED struct cc_prepared *theirs = NULL;
	struct cc_sim_enclave e = enclave();
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	plan_good(&other);
	other.plan.status = CC_TCB_REVOKED;
	make(&w, &e);
	make(&other, &e);
	evidence = evidence_of(&other);
	assert_int_equal(cc_evidence_prepare(&evidence, &theirs, &err), 0);
	evidence = evidence_of(&w);
	evidence.prepared = theirs;
	if (cc_evidence_prove(&evidence, &claims, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(claims.tcb, CC_TCB_UP_TO_DATE);
}

/* Newer TCB info must not lift an older QE identity over what a policy asks for, nor the reverse.
 */
static void the_older_of_two_evaluation_numbers_is_claimed(void **state)
{
	static const size_t files[] = { 0, 2 }; /* TCB info, QE identity */

	(void)state;
	for (size_t i = 0; i < CC_COUNT(files); i++) {
		AUTO_WORLD struct world w = { 0 };
		CC_AUTO_BUF struct cc_buf older = { 0 };
		struct cc_sim_enclave e = enclave();
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_sim_plan plan = { 0 };
		struct cc_err err = { 0 };

		plan_good(&w);
		make(&w, &e);
		plan = w.plan;
		plan.evaluation_number--;
		evidence = evidence_with(&w, files[i], &plan, &older);
		assert_int_equal(prove_both_ways(&evidence, &claims, &err), 0);
		assert_int_equal(claims.intel.evaluation_number, w.plan.evaluation_number - 1);
	}
}

/* Swap one range of a good platform for that of another platform under the same root names. */
static void each_missing_or_foreign_range_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_collateral foreign = { 0 };

	(void)state;
	plan_good(&w);
	plan_good(&other);
	make(&w, &e);
	make(&other, &e);
	cc_sim_pki_collateral(&other.pki, &foreign);
	for (size_t f = 0; f < CC_COLLATERAL_INTEL; f++) {
		size_t at = cc_collateral_files[f].at;
		struct cc_evidence evidence = evidence_of(&w);
		struct cc_claims claims = { 0 };
		struct cc_span none = { 0 };
		struct cc_err err = { 0 };

		memcpy((char *)&evidence.collateral + at, (const char *)&foreign + at,
		       sizeof(struct cc_span));
		if (prove_both_ways(&evidence, &claims, &err) == 0)
			fail_msg("foreign %s was accepted", cc_collateral_files[f].file);
		memcpy((char *)&evidence.collateral + at, &none, sizeof(none));
		if ((prove_both_ways(&evidence, &claims, &err) == 0) !=
		    cc_collateral_files[f].optional)
			fail_msg("missing %s", cc_collateral_files[f].file);
	}
}

/* One more certificate, even a good one, and the path could be another than we checked. */
static void a_chain_with_a_certificate_too_many_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_BUF struct cc_buf root = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	assert_int_equal(cc_cert_to_pem(w.pki.pck_chain.certs[2], &root, &err), 0);
	for (size_t f = 1; f <= 3; f += 2) { /* the chains of TCB info and QE identity */
		size_t len = w.pki.files[f].len;

		assert_int_equal(cc_buf_add(&w.pki.files[f], cc_buf_span(&root), &err), 0);
		evidence = evidence_of(&w);
		assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
		assert_non_null(strstr(err.text, "3 certificates, not 2"));
		w.pki.files[f].len = len;
	}
	assert_int_equal(cc_buf_add(&w.pki.pck_pem, cc_buf_span(&root), &err), 0);
	cc_buf_reset(&w.quote);
	assert_int_equal(cc_sim_quote(&w.pki, &e, &w.quote, &err), 0);
	evidence = evidence_of(&w);
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
	assert_non_null(strstr(err.text, "4 certificates, not 3"));
}

/* QE identity and TCB info are signed by one key: one must not pass as the other. */
static void signed_collateral_of_another_kind_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	evidence = evidence_of(&w);
	evidence.collateral.qe_identity = evidence.collateral.tcb_info;
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
	evidence = evidence_of(&w);
	evidence.collateral.pck_crl = evidence.collateral.root_crl;
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

static void tcb_status_and_advisories_come_from_the_matching_level(void **state)
{
	static const struct {
		enum cc_tcb_status machine, qe, result;
		uint8_t level;
		uint16_t qe_svn;
	} cases[] = {
		{ CC_TCB_SW_HARDENING_NEEDED, CC_TCB_UP_TO_DATE, CC_TCB_SW_HARDENING_NEEDED, 8, 8 },
		{ CC_TCB_OUT_OF_DATE, CC_TCB_UP_TO_DATE, CC_TCB_OUT_OF_DATE, 8, 8 },
		{ CC_TCB_REVOKED, CC_TCB_UP_TO_DATE, CC_TCB_REVOKED, 8, 8 },
		{ CC_TCB_UP_TO_DATE, CC_TCB_OUT_OF_DATE, CC_TCB_OUT_OF_DATE, 8, 8 },
		{ CC_TCB_UP_TO_DATE, CC_TCB_UP_TO_DATE, CC_TCB_NOT_SUPPORTED, 9, 8 },
		{ CC_TCB_UP_TO_DATE, CC_TCB_UP_TO_DATE, CC_TCB_NOT_SUPPORTED, 8, 9 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world w = { 0 };
		struct cc_sim_enclave e = enclave();
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		plan_good(&w);
		w.plan.status = cases[i].machine;
		w.plan.qe_status = cases[i].qe;
		w.plan.level_first_svn = cases[i].level;
		w.plan.qe_svn = cases[i].qe_svn;
		w.plan.advisory = "INTEL-SA-00615";
		make(&w, &e);
		evidence = evidence_of(&w);
		assert_int_equal(prove_both_ways(&evidence, &claims, &err), 0);
		assert_int_equal(claims.tcb, cases[i].result);
		assert_int_equal(claims.advisories.count, 1);
	}
}

static void debug_and_privileged_enclaves_are_authentic_and_say_so(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_tolerance none = { 0 };
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	e.attributes |= CC_SGX_DEBUG | CC_SGX_PROVISION_KEY;
	plan_good(&w);
	make(&w, &e);
	evidence = evidence_of(&w);
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), 0);
	assert_true(claims.debug);
	assert_true(claims.sgx.privileged_keys);
	assert_int_equal(cc_claims_platform(&claims, &none, &err), -1);
	assert_int_equal(err.code, CC_E_DENIED);
}

/* Sign `len` bytes at `at` by `key` and put the signature at `to`. */
static void sign_again(struct world *w, const struct cc_key *key, size_t at, size_t len, size_t to)
{
	struct cc_signature signature = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(
		cc_sign_raw(key, cc_span_sub(cc_buf_span(&w->quote), at, len), &signature, &err),
		0);
	memcpy(w->quote.at + to, signature.b, 64);
}

static void assert_refused(const struct world *w, const char *word)
{
	struct cc_evidence evidence = evidence_of(w);
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	if (strstr(err.text, word) == NULL)
		fail_msg("'%s' is not about '%s'", err.text, word);
}

/* Who has no key of the platform brings one of his own, and signs any body with it. */
static void a_body_signed_by_a_key_of_our_own_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_KEY struct cc_key *own = NULL;
	CC_AUTO_BUF struct cc_buf raw = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_digest bound = { 0 };
	struct cc_span parts[2];
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	assert_int_equal(cc_key_generate(CC_KEY_P256, &own, &err), 0);
	assert_int_equal(cc_pubkey_to_raw(cc_key_public(own), &raw, &err), 0);
	memcpy(w.quote.at + KEY_AT, raw.at, 64);
	sign_again(&w, own, 0, 432, BODY_SIGNATURE_AT);
	assert_refused(&w, "another attestation key");
	/* And a QE report that names this key, signed by nobody who may. */
	parts[0] = cc_buf_span(&raw);
	parts[1] = cc_span(w.quote.at + AUTH_AT, 32);
	assert_int_equal(cc_sha256v(parts, 2, &bound, &err), 0);
	memcpy(w.quote.at + QE_AT + 320, bound.b, sizeof(bound.b));
	sign_again(&w, own, QE_AT, 384, QE_SIGNATURE_AT);
	assert_refused(&w, "QE report: ");
}

static void the_binding_covers_authentication_data_and_all_64_bytes(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();

	(void)state;
	plan_good(&w);
	make(&w, &e);
	w.quote.at[AUTH_AT] ^= 1;
	assert_refused(&w, "another attestation key");
	w.quote.at[AUTH_AT] ^= 1;
	w.quote.at[QE_AT + 320 + 32] = 1;
	sign_again(&w, w.pki.pck_key, QE_AT, 384, QE_SIGNATURE_AT);
	assert_refused(&w, "another attestation key");
}

static void a_changed_body_is_refused_by_its_signature(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();

	(void)state;
	plan_good(&w);
	make(&w, &e);
	w.quote.at[48 + 64] ^= 1; /* MRENCLAVE */
	assert_refused(&w, "quote");
}

static void a_quote_of_another_vendors_qe_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();

	(void)state;
	plan_good(&w);
	make(&w, &e);
	w.quote.at[VENDOR_AT] ^= 1;
	sign_again(&w, w.pki.attestation_key, 0, 432, BODY_SIGNATURE_AT);
	assert_refused(&w, "Intel's QE");
}

static void an_enclave_signed_by_the_published_key_is_known_as_such(void **state)
{
	static const uint8_t published[32] = {
		0x83, 0xd7, 0x19, 0xe7, 0x7d, 0xea, 0xca, 0x14, 0x70, 0xf6, 0xba,
		0xf6, 0x2a, 0x4d, 0x77, 0x43, 0x03, 0xc8, 0x99, 0xdb, 0x69, 0x02,
		0x0f, 0x9c, 0x70, 0xee, 0x1d, 0xfc, 0x08, 0xc7, 0xce, 0x9e,
	};
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_tolerance all = { .debug = true, .tcb = UINT32_MAX, .any_advisory = true };
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	memcpy(e.mrsigner.b, published, sizeof(published));
	plan_good(&w);
	make(&w, &e);
	evidence = evidence_of(&w);
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), 0);
	assert_true(claims.sgx.signer_is_published);
	assert_int_equal(cc_claims_platform(&claims, &all, &err), -1);
}

/* A leaf of the root itself, beside an intermediate that has nothing to do with it. */
static void a_pck_certificate_past_its_ca_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_BUF struct cc_buf extension = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_cert_extension own = { .oid = CC_PCK_OID };
	struct cc_cert_plan leaf = { .organization = CC_SIM_ORGANIZATION,
				     .from = NOW - 10,
				     .until = NOW + 1000,
				     .path_len = -1,
				     .extensions = &own,
				     .extension_count = 1 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	assert_int_equal(cc_sim_pck_extension(&extension, &err), 0);
	leaf.common_name = w.plan.pck_name;
	leaf.key = cc_key_public(w.pki.pck_key);
	leaf.issuer = w.pki.pck_chain.certs[2];
	leaf.issuer_key = w.pki.root_key;
	own.content = cc_buf_span(&extension);
	cc_cert_free(w.pki.pck_chain.certs[0]);
	w.pki.pck_chain.certs[0] = NULL;
	assert_int_equal(cc_cert_make(&leaf, &w.pki.pck_chain.certs[0], &err), 0);
	assert_int_equal(cc_sim_pki_publish(&w.pki, &w.plan, &err), 0);
	cc_buf_reset(&w.quote);
	assert_int_equal(cc_sim_quote(&w.pki, &e, &w.quote, &err), 0);
	assert_refused(&w, "not in order");
}

static void the_keeper_sees_when_claims_are_not_those_of_the_quote(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 }, lied = { 0 };
	struct cc_digest64 other = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	evidence = evidence_of(&w);
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), 0);
	assert_int_equal(cc_evidence_recheck(evidence.bytes, &claims, &e.report_data, &err), 0);
	assert_int_equal(cc_evidence_recheck(evidence.bytes, &claims, &other, &err), -1);
	lied = claims;
	lied.measurement[31] ^= 1;
	assert_int_equal(cc_evidence_recheck(evidence.bytes, &lied, &e.report_data, &err), -1);
	lied = claims;
	lied.report_data[63] ^= 1;
	assert_int_equal(cc_evidence_recheck(evidence.bytes, &lied, &e.report_data, &err), -1);
	lied = claims;
	lied.debug = true;
	assert_int_equal(cc_evidence_recheck(evidence.bytes, &lied, &e.report_data, &err), -1);
	for (size_t i = 0; i < 436 + 128; i += 9) {
		w.quote.at[i] ^= 1;
		if (i >= 432 && i < 436) { /* the length, which no fixed offset needs */
			w.quote.at[i] ^= 1;
			continue;
		}
		if (cc_evidence_recheck(evidence.bytes, &claims, &e.report_data, &err) == 0)
			fail_msg("byte %zu does not matter", i);
		w.quote.at[i] ^= 1;
	}
	assert_int_equal(cc_evidence_recheck(cc_span_sub(evidence.bytes, 0, 500), &claims,
					     &e.report_data, &err),
			 -1);
}

static void collateral_survives_json(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_evidence evidence = { 0 };
	struct cc_collateral again = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	evidence = evidence_of(&w);
	assert_int_equal(cc_collateral_to_json(&evidence.collateral, &json, &err), 0);
	assert_int_equal(cc_collateral_from_json(json, &bytes, &again, &err), 0);
	for (size_t f = 0; f < CC_COLLATERAL_FILES; f++) {
		struct cc_span a = { 0 };

		memcpy(&a, (const char *)&again + cc_collateral_files[f].at, sizeof(a));
		assert_true(cc_span_eq(a, cc_buf_span(&w.pki.files[f])));
	}
	evidence.collateral = again;
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), 0);
	assert_int_equal(cc_json_set_bool(json, "trust_me", true, &err), 0);
	assert_int_equal(cc_collateral_from_json(json, &bytes, &again, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_simulated_quote_is_proven_as_simulation),
		cmocka_unit_test(simulation_is_refused_where_its_root_is_not_listed),
		cmocka_unit_test(one_installation_does_not_vouch_for_another),
		cmocka_unit_test(each_defect_of_chain_and_collateral_is_refused_with_its_reason),
		cmocka_unit_test(each_part_of_the_collateral_ends_in_its_own_time),
		cmocka_unit_test(what_was_proven_before_holds_in_its_time_alone),
		cmocka_unit_test(a_machine_that_was_proven_before_holds_in_its_time_alone),
		cmocka_unit_test(a_machine_is_under_a_root_that_is_still_accepted),
		cmocka_unit_test(what_was_proven_under_another_root_is_not_used),
		cmocka_unit_test(the_older_of_two_evaluation_numbers_is_claimed),
		cmocka_unit_test(each_missing_or_foreign_range_is_refused),
		cmocka_unit_test(a_chain_with_a_certificate_too_many_is_refused),
		cmocka_unit_test(signed_collateral_of_another_kind_is_refused),
		cmocka_unit_test(tcb_status_and_advisories_come_from_the_matching_level),
		cmocka_unit_test(debug_and_privileged_enclaves_are_authentic_and_say_so),
		cmocka_unit_test(a_body_signed_by_a_key_of_our_own_is_refused),
		cmocka_unit_test(the_binding_covers_authentication_data_and_all_64_bytes),
		cmocka_unit_test(a_changed_body_is_refused_by_its_signature),
		cmocka_unit_test(a_quote_of_another_vendors_qe_is_refused),
		cmocka_unit_test(an_enclave_signed_by_the_published_key_is_known_as_such),
		cmocka_unit_test(a_pck_certificate_past_its_ca_is_refused),
		cmocka_unit_test(the_keeper_sees_when_claims_are_not_those_of_the_quote),
		cmocka_unit_test(collateral_survives_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
