/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SNP reports of a processor of our own: what no recorded one can show, a revoked issuer, the key
 * of another chip, a VLEK that calls itself a VCEK, is made here.
 */
#include "tests/unit/test.h"

#include "evidence/prepared.h"
#include "platform/snp.h"

#define NOW 1800000000

struct world {
	struct cc_sim_snp_plan plan;
	struct cc_snp_report report;
	struct cc_sim_snp snp;
	struct cc_roots roots;
	struct cc_buf evidence;
	struct cc_claims claims;
	struct cc_err err;
};

static void world_clear(struct world *w)
{
	cc_sim_snp_clear(&w->snp);
	cc_buf_clear(&w->evidence);
}
#define AUTO_WORLD CC_CLEANUP(world_clear)

static void plan_good(struct world *w)
{
	assert_int_equal(cc_sim_snp_plan_good(NOW, &w->plan, &w->err), 0);
	cc_sim_snp_report_good(&w->plan, &w->report);
	memset(w->report.report_data, 0x33, sizeof(w->report.report_data));
	memset(w->report.measurement.b, 0x11, sizeof(w->report.measurement.b));
}

static void make(struct world *w)
{
	struct cc_root root = { 0 };

	if (cc_sim_snp_make(&w->plan, &w->snp, &w->err) != 0)
		fail_msg("%s", w->err.text);
	assert_int_equal(cc_sim_snp_root(&w->snp, &root, &w->err), 0);
	cc_roots_vendors(&w->roots);
	assert_int_equal(cc_roots_add(&w->roots, &root, &w->err), 0);
	assert_int_equal(cc_sim_snp_sign(&w->snp, &w->report, &w->evidence, &w->err), 0);
}

static struct cc_evidence evidence(const struct world *w)
{
	return (struct cc_evidence){
		.platform = CC_PLATFORM_SNP,
		.bytes = cc_buf_span(&w->evidence),
		.collateral = { .certs = cc_buf_span(&w->snp.certs),
				.crls = cc_buf_span(&w->snp.crls) },
		.roots = &w->roots,
		.at = NOW,
	};
}

/* With and without what was verified before, the answer is the same to the last word. */
static int prove(struct world *w)
{
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	struct cc_evidence e = evidence(w);
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };
	int done = 0;

	w->err = (struct cc_err){ 0 };
	w->claims = (struct cc_claims){ 0 };
	done = cc_evidence_prove(&e, &w->claims, &w->err);
	assert_int_equal(cc_evidence_prepare(&e, &before, &err), 0);
	e.prepared = before;
	assert_int_equal(cc_evidence_prove(&e, &claims, &err), done);
	assert_int_equal(err.code, w->err.code);
	assert_string_equal(err.text, w->err.text);
	assert_memory_equal(&claims, &w->claims, sizeof(claims));
	return done;
}

static void assert_refused(struct world *w, const char *word)
{
	assert_int_equal(prove(w), -1);
	if (strstr(w->err.text, word) == NULL)
		fail_msg("'%s' is not about '%s'", w->err.text, word);
	assert_int_equal(w->claims.class, CC_CLASS_NONE);
}

static void a_simulated_report_is_proven_as_simulation(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_tolerance none = { 0 };
	struct cc_digest64 expected = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	if (prove(&w) != 0)
		fail_msg("%s", w.err.text);
	assert_int_equal(w.claims.class, CC_CLASS_SIMULATED);
	assert_int_equal(w.claims.platform, CC_PLATFORM_SNP);
	assert_int_equal(w.claims.snp.product, CC_SNP_GENOA);
	assert_memory_equal(w.claims.measurement, w.report.measurement.b, 48);
	assert_memory_equal(w.claims.machine, w.plan.chip, 64);
	assert_false(w.claims.without_revocation);
	assert_int_equal(cc_claims_platform(&w.claims, &none, &w.err), 0);
	memset(expected.b, 0x33, sizeof(expected.b));
	assert_int_equal(cc_claims_bound(&w.claims, &expected, &w.err), 0);
}

static struct cc_prepared *prepare(const struct world *w, struct cc_span bytes)
{
	struct cc_prepared *made = NULL;
	struct cc_evidence e = evidence(w);
	struct cc_err err = { 0 };

	e.bytes = bytes;
	assert_int_equal(cc_evidence_prepare(&e, &made, &err), 0);
	return made;
}

/* VCEK, ASK, ARK and the list, in the pool; or all of them with a report. */
static void what_amd_has_signed_is_verified_once(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	for (int i = 0; i < 2; i++) {
		CC_AUTO_PREPARED struct cc_prepared *before =
			prepare(&w, i == 0 ? cc_span(NULL, 0) : cc_buf_span(&w.evidence));
		struct cc_checked again = { 0 };
		struct cc_evidence e = evidence(&w);

		assert_int_equal(before->checked.count, 4);
		e.memory = (struct cc_memory){ &before->checked, &again };
		assert_int_equal(cc_evidence_prove(&e, &w.claims, &w.err), 0);
		assert_int_equal(again.count, 0);
	}
}

static void what_was_verified_before_has_its_time_and_its_roots(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	struct cc_roots vendors = { 0 };
	struct cc_evidence e = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	before = prepare(&w, cc_buf_span(&w.evidence));
	e = evidence(&w);
	e.prepared = before;
	assert_int_equal(cc_evidence_prove(&e, &w.claims, &w.err), 0);
	e.at = w.claims.valid_until;
	assert_int_equal(cc_evidence_prove(&e, &w.claims, &w.err), 0);
	e.at++;
	assert_int_equal(cc_evidence_prove(&e, &w.claims, &w.err), -1);
	assert_int_equal(w.err.code, CC_E_EXPIRED);
	e.at = NOW;
	cc_roots_vendors(&vendors);
	e.roots = &vendors;
	assert_int_equal(cc_evidence_prove(&e, &w.claims, &w.err), -1);
	assert_int_equal(w.err.code, CC_E_EVIDENCE);
}

static void an_issuer_that_is_revoked_since_is_refused_though_verified(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	struct cc_evidence e = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	before = prepare(&w, cc_buf_span(&w.evidence));
	w.plan.issuer_is_revoked = true;
	assert_int_equal(cc_sim_snp_publish(&w.plan, &w.snp, &w.err), 0);
	e = evidence(&w);
	e.prepared = before;
	assert_int_equal(cc_evidence_prove(&e, &w.claims, &w.err), -1);
	assert_non_null(strstr(w.err.text, "revoked"));
}

static void another_chip_s_report_is_proven_by_its_own_certificates(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };
	CC_AUTO_PREPARED struct cc_prepared *theirs = NULL;
	struct cc_evidence e = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	plan_good(&other);
	make(&other);
	theirs = prepare(&other, cc_buf_span(&other.evidence));
	e = evidence(&w);
	e.prepared = theirs;
	assert_int_equal(cc_evidence_prove(&e, &w.claims, &w.err), 0);
	e.bytes = cc_buf_span(&other.evidence);
	assert_int_equal(cc_evidence_prove(&e, &w.claims, &w.err), -1);
	assert_int_equal(w.err.code, CC_E_EVIDENCE);
}

static void the_leaf_may_come_with_the_report(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	assert_int_equal(cc_sim_snp_table(&w.snp, CC_SNP_VCEK, &w.evidence, &w.err), 0);
	cc_buf_reset(&w.snp.certs);
	assert_int_equal(cc_cert_to_pem(w.snp.root, &w.snp.certs, &w.err), 0);
	assert_int_equal(cc_cert_to_pem(w.snp.issuer, &w.snp.certs, &w.err), 0);
	assert_int_equal(prove(&w), 0);
	/* The host wrote the table: an entry that leads outside is an error, not a guess. */
	w.evidence.at[CC_SNP_REPORT_LEN + 16] = 0xff;
	w.evidence.at[CC_SNP_REPORT_LEN + 19] = 0x7f;
	assert_refused(&w, "outside");
}

static void the_firmwares_response_is_read_as_well(void **state)
{
	static const uint8_t head[32] = { 0, 0, 0, 0, 0xa0, 0x04 };
	AUTO_WORLD struct world w = { 0 };
	struct cc_digest64 expected = { 0 };
	CC_AUTO_BUF struct cc_buf response = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	assert_int_equal(cc_buf_add(&response, CC_SPAN(head), &w.err), 0);
	assert_int_equal(cc_buf_add(&response, cc_buf_span(&w.evidence), &w.err), 0);
	cc_buf_reset(&w.evidence);
	assert_int_equal(cc_buf_add(&w.evidence, cc_buf_span(&response), &w.err), 0);
	assert_int_equal(prove(&w), 0);
	memset(expected.b, 0x33, sizeof(expected.b));
	assert_int_equal(
		cc_evidence_recheck(cc_buf_span(&w.evidence), &w.claims, &expected, &w.err), 0);
}

/* One thing wrong with the chip or its certificates each, and the word that names it. */
static void each_wrong_certificate_is_refused_for_its_reason(void **state)
{
	static const struct {
		const char *leaf, *issuer, *root, *product;
		const char *word;
	} cases[] = {
		{ "SEV-VLEK", NULL, NULL, NULL, "no SEV-VCEK" },
		{ NULL, "SEV-VLEK-Genoa", NULL, NULL, "not issued by 'SEV-Genoa'" },
		{ NULL, "SEV-Milan", NULL, NULL, "not issued by" },
		{ NULL, NULL, "ARK-Milan", NULL, "'ARK-Genoa' is missing" },
		{ NULL, NULL, NULL, "Milan-B0", "is for Milan" },
		{ NULL, NULL, NULL, "Genoax", "do not know" },
		{ NULL, NULL, NULL, "Gen", "do not know" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world w = { 0 };

		plan_good(&w);
		w.plan.leaf_name = cases[i].leaf != NULL ? cases[i].leaf : w.plan.leaf_name;
		w.plan.issuer_name = cases[i].issuer != NULL ? cases[i].issuer : w.plan.issuer_name;
		w.plan.root_name = cases[i].root != NULL ? cases[i].root : w.plan.root_name;
		w.plan.product_name =
			cases[i].product != NULL ? cases[i].product : w.plan.product_name;
		make(&w);
		assert_refused(&w, cases[i].word);
	}
}

static void a_revoked_issuer_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	plan_good(&w);
	w.plan.issuer_is_revoked = true;
	make(&w);
	assert_refused(&w, "revoked");
}

static void a_missing_or_stale_revocation_list_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_evidence e = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	e = evidence(&w);
	e.at = NOW + (int64_t)366 * 24 * 3600;
	assert_int_equal(cc_evidence_prove(&e, &w.claims, &w.err), -1);
	assert_int_equal(w.err.code, CC_E_EXPIRED);
	cc_buf_reset(&w.snp.crls);
	assert_refused(&w, "revocation list");
	e = evidence(&w);
	e.without_revocation = true;
	assert_int_equal(cc_evidence_prove(&e, &w.claims, &w.err), 0);
	assert_true(w.claims.without_revocation);
}

/* Another root of the same name: what counts is its key, which is not in the list. */
static void a_root_of_the_right_name_is_not_the_root(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	cc_roots_vendors(&w.roots);
	assert_refused(&w, "not among those we accept");
}

/* A leaf that names the issuer and is signed by somebody else of that name. */
static void a_leaf_is_signed_by_its_issuer(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	other.plan = w.plan;
	other.report = w.report;
	make(&other);
	cc_buf_reset(&w.snp.certs);
	assert_int_equal(cc_cert_to_pem(other.snp.leaf, &w.snp.certs, &w.err), 0);
	assert_int_equal(cc_cert_to_pem(w.snp.issuer, &w.snp.certs, &w.err), 0);
	assert_int_equal(cc_cert_to_pem(w.snp.root, &w.snp.certs, &w.err), 0);
	cc_buf_reset(&w.evidence);
	assert_int_equal(cc_buf_add(&w.evidence, cc_buf_span(&other.evidence), &w.err), 0);
	assert_refused(&w, "chain of the SEV-VCEK");
}

static void every_component_of_the_tcb_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_SNP_TCB_LEN; i++) {
		AUTO_WORLD struct world w = { 0 };

		plan_good(&w);
		w.report.reported_tcb[i]++;
		make(&w);
		assert_refused(&w, "another TCB");
	}
}

static void the_places_of_turins_tcb_are_its_own(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	plan_good(&w);
	w.plan.product = CC_SNP_TURIN;
	w.plan.product_name = "Turin";
	w.plan.issuer_name = "SEV-Turin";
	w.plan.root_name = "ARK-Turin";
	memcpy(w.plan.tcb, (const uint8_t[]){ 3, 4, 1, 200, 0, 0, 0, 12 }, CC_SNP_TCB_LEN);
	memset(w.plan.chip + 8, 0, sizeof(w.plan.chip) - 8);
	cc_sim_snp_report_good(&w.plan, &w.report);
	memcpy(w.report.cpuid, (const uint8_t[]){ 0x1a, 0x02, 0x01 }, 3);
	w.report.version = 5;
	make(&w);
	if (prove(&w) != 0)
		fail_msg("%s", w.err.text);
	assert_int_equal(w.claims.snp.product, CC_SNP_TURIN);
	/* Its chips have 8 bytes of number; anything behind them is another number. */
	w.report.chip[8] = 1;
	cc_buf_reset(&w.evidence);
	assert_int_equal(cc_sim_snp_sign(&w.snp, &w.report, &w.evidence, &w.err), 0);
	assert_refused(&w, "another chip");
}

static void a_key_is_of_its_chip(void **state)
{
	static const struct {
		bool other_chip, no_chip, masked;
		const char *word;
	} cases[] = {
		{ true, false, false, "another chip" },
		{ false, true, false, "names no chip" },
		{ false, false, true, "hides its chip" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world w = { 0 };

		plan_good(&w);
		w.report.chip[63] ^= cases[i].other_chip ? 1 : 0;
		w.plan.leaf_names_chip = !cases[i].no_chip;
		w.report.masks_chip = cases[i].masked;
		make(&w);
		assert_refused(&w, cases[i].word);
	}
}

static void a_vlek_needs_its_own_issuer_and_says_whose_it_is(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };

	(void)state;
	plan_good(&w);
	w.plan.signer = w.report.signer = CC_SNP_VLEK;
	w.plan.leaf_name = "SEV-VLEK";
	w.plan.issuer_name = "SEV-VLEK-Genoa";
	w.plan.leaf_names_chip = false;
	make(&w);
	if (prove(&w) != 0)
		fail_msg("%s", w.err.text);
	assert_int_equal(w.claims.snp.signer, CC_SNP_VLEK);
	assert_string_equal(w.claims.snp.csp, "CN=concordat.invalid");
	/* The same keys under a report that says VCEK. */
	w.report.signer = CC_SNP_VCEK;
	cc_buf_reset(&w.evidence);
	assert_int_equal(cc_sim_snp_sign(&w.snp, &w.report, &w.evidence, &w.err), 0);
	assert_refused(&w, "no SEV-VCEK");
	/* A VLEK by the issuer of chips' keys. */
	plan_good(&other);
	other.plan.signer = other.report.signer = CC_SNP_VLEK;
	other.plan.leaf_name = "SEV-VLEK";
	make(&other);
	assert_refused(&other, "not issued by 'SEV-VLEK-Genoa'");
}

static void what_the_report_reserves_is_zero(void **state)
{
	static const struct {
		uint32_t version;
		size_t at;
	} cases[] = {
		{ 3, 0x04c },      { 3, 0x04b },           { 2, 0x188 }, { 3, 0x18b }, { 3, 0x19f },
		{ 3, 0x1eb },      { 3, 0x1ef },           { 3, 0x1f8 }, { 5, 0x208 }, { 3, 0x29f },
		{ 3, 0x2a0 + 48 }, { 3, 0x2a0 + 72 + 71 }, { 3, 0x330 }, { 3, 0x49f },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world w = { 0 };

		plan_good(&w);
		w.report.version = cases[i].version;
		make(&w);
		assert_int_equal(prove(&w), 0);
		w.evidence.at[cases[i].at] = 0x20;
		assert_int_equal(prove(&w), -1);
		if (w.err.code != CC_E_ARG)
			fail_msg("case %zu: %s", i, w.err.text);
	}
}

static void other_versions_algorithms_and_keys_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} cases[] = {
		{ 0, 1 }, { 0, 4 }, { 0, 6 }, { 0x34, 2 }, { 0x48, 2 << 2 }, { 0x48, 7 << 2 }
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world w = { 0 };

		plan_good(&w);
		make(&w);
		w.evidence.at[cases[i].at] = cases[i].value;
		assert_int_equal(prove(&w), -1);
		assert_int_equal(w.err.code, CC_E_UNSUPPORTED);
	}
}

static void every_signed_byte_counts(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	struct cc_evidence e = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	before = prepare(&w, cc_buf_span(&w.evidence));
	e = evidence(&w);
	for (size_t at = 0; at < w.evidence.len; at++) {
		w.evidence.at[at] ^= 0x80;
		e.prepared = at % 16 == 0 ? NULL : before;
		if (cc_evidence_prove(&e, &w.claims, &w.err) == 0)
			fail_msg("byte 0x%zx is not looked at", at);
		w.evidence.at[at] ^= 0x80;
	}
	assert_int_equal(prove(&w), 0);
}

/* Question 3: perfectly signed, and not well. */
static void what_is_authentic_may_still_be_denied(void **state)
{
	static const struct {
		size_t number;
		const char *word;
		struct cc_tolerance enough;
		bool hopeless;
	} cases[] = {
		{ 0, "debug", { .debug = true }, false },
		{ 1, "migrated", { .migratable = true }, false },
		{ 2, "VMPL 1", { .greatest_vmpl = 1 }, false },
		{ 3, "the host asked", { .greatest_vmpl = UINT32_MAX }, true },
		{ 4, "reserved bits", { .debug = true }, true },
		{ 5, "reserved bits", { .debug = true }, true },
		{ 6, "contradict", { .debug = true }, true },
		{ 7, "contradict", { .debug = true }, true },
	};
	struct cc_tolerance none = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world w = { 0 };

		plan_good(&w);
		w.report.policy |= cases[i].number == 0 ? CC_SNP_POLICY_DEBUG : 0;
		w.report.policy |= cases[i].number == 1 ? CC_SNP_POLICY_MIGRATE : 0;
		w.report.vmpl = cases[i].number == 2 ? 1 : 0;
		w.report.vmpl = cases[i].number == 3 ? CC_SNP_VMPL_HOST : w.report.vmpl;
		w.report.policy &= cases[i].number == 4 ? ~CC_SNP_POLICY_ONE : UINT64_MAX;
		w.report.policy |= cases[i].number == 5 ? UINT64_C(1) << 26 : 0;
		w.report.committed_tcb[7] = cases[i].number == 6 ? 87 : 88;
		w.report.launch_tcb[7] = cases[i].number == 7 ? 89 : 88;
		make(&w);
		assert_int_equal(prove(&w), 0);
		assert_int_equal(cc_claims_platform(&w.claims, &none, &w.err), -1);
		assert_int_equal(w.err.code, CC_E_DENIED);
		if (strstr(w.err.text, cases[i].word) == NULL)
			fail_msg("'%s' is not about '%s'", w.err.text, cases[i].word);
		assert_int_equal(cc_claims_platform(&w.claims, &cases[i].enough, &w.err),
				 cases[i].hopeless ? -1 : 0);
	}
}

static void the_least_tcb_counts_for_launch_and_rollback_too(void **state)
{
	struct cc_tolerance t = { .least_snp_tcb = { 10, 0, 0, 0, 0, 0, 27, 88 } };
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	plan_good(&w);
	w.report.launch_tcb[6] = 26;
	make(&w);
	assert_int_equal(prove(&w), 0);
	assert_int_equal(cc_claims_platform(&w.claims, &t, &w.err), -1);
	t.least_snp_tcb[6] = 26;
	assert_int_equal(cc_claims_platform(&w.claims, &t, &w.err), 0);
	t.least_snp_tcb[7] = 89;
	assert_int_equal(cc_claims_platform(&w.claims, &t, &w.err), -1);
}

static void a_milan_vouches_for_nothing_unless_it_is_tolerated(void **state)
{
	struct cc_tolerance t = { 0 };
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	plan_good(&w);
	w.plan.product = CC_SNP_MILAN;
	w.plan.product_name = "Milan-B0";
	w.plan.issuer_name = "SEV-Milan";
	w.plan.root_name = "ARK-Milan";
	w.report.cpuid[1] = 1;
	make(&w);
	assert_int_equal(prove(&w), 0);
	assert_int_equal(cc_claims_platform(&w.claims, &t, &w.err), -1);
	t.milan = true;
	assert_int_equal(cc_claims_platform(&w.claims, &t, &w.err), 0);
}

static void the_keeper_looks_at_the_report_itself(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_digest64 expected = { 0 };
	struct cc_claims lie = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	assert_int_equal(prove(&w), 0);
	memset(expected.b, 0x33, sizeof(expected.b));
	assert_int_equal(
		cc_evidence_recheck(cc_buf_span(&w.evidence), &w.claims, &expected, &w.err), 0);
	for (size_t i = 0; i < 11; i++) {
		struct cc_digest64 other = expected;

		lie = w.claims;
		lie.measurement[47] ^= i == 0 ? 1 : 0;
		lie.debug = i == 1;
		lie.snp.key[95] ^= i == 2 ? 1 : 0;
		lie.measurement_len -= i == 3 ? 1 : 0;
		other.b[63] ^= i == 4 ? 1 : 0;
		lie.snp.host_data.b[31] ^= i == 5 ? 1 : 0;
		lie.snp.id_key.b[47] ^= i == 6 ? 1 : 0;
		lie.snp.author_key.b[0] ^= i == 7 ? 1 : 0;
		lie.snp.family_id[15] ^= i == 8 ? 1 : 0;
		lie.snp.image_id[0] ^= i == 9 ? 1 : 0;
		lie.tpm.quoted = i == 10; /* PCRs of a guest that has none */
		if (cc_evidence_recheck(cc_buf_span(&w.evidence), &lie, &other, &w.err) == 0)
			fail_msg("lie %zu was not seen", i);
	}
	w.evidence.at[0x40] ^= 1;
	assert_int_equal(
		cc_evidence_recheck(cc_buf_span(&w.evidence), &w.claims, &expected, &w.err), -1);
}

static void claims_of_a_report_survive_json(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	AUTO_WORLD struct world w = { 0 };
	struct cc_claims again = { 0 };

	(void)state;
	plan_good(&w);
	make(&w);
	assert_int_equal(prove(&w), 0);
	assert_int_equal(cc_claims_to_json(&w.claims, &json, &w.err), 0);
	assert_int_equal(cc_claims_from_json(json, &again, &w.err), 0);
	assert_memory_equal(&again, &w.claims, sizeof(again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_simulated_report_is_proven_as_simulation),
		cmocka_unit_test(what_amd_has_signed_is_verified_once),
		cmocka_unit_test(what_was_verified_before_has_its_time_and_its_roots),
		cmocka_unit_test(an_issuer_that_is_revoked_since_is_refused_though_verified),
		cmocka_unit_test(another_chip_s_report_is_proven_by_its_own_certificates),
		cmocka_unit_test(the_leaf_may_come_with_the_report),
		cmocka_unit_test(the_firmwares_response_is_read_as_well),
		cmocka_unit_test(each_wrong_certificate_is_refused_for_its_reason),
		cmocka_unit_test(a_revoked_issuer_is_refused),
		cmocka_unit_test(a_missing_or_stale_revocation_list_is_refused),
		cmocka_unit_test(a_root_of_the_right_name_is_not_the_root),
		cmocka_unit_test(a_leaf_is_signed_by_its_issuer),
		cmocka_unit_test(every_component_of_the_tcb_counts),
		cmocka_unit_test(the_places_of_turins_tcb_are_its_own),
		cmocka_unit_test(a_key_is_of_its_chip),
		cmocka_unit_test(a_vlek_needs_its_own_issuer_and_says_whose_it_is),
		cmocka_unit_test(what_the_report_reserves_is_zero),
		cmocka_unit_test(other_versions_algorithms_and_keys_are_refused),
		cmocka_unit_test(every_signed_byte_counts),
		cmocka_unit_test(what_is_authentic_may_still_be_denied),
		cmocka_unit_test(the_least_tcb_counts_for_launch_and_rollback_too),
		cmocka_unit_test(a_milan_vouches_for_nothing_unless_it_is_tolerated),
		cmocka_unit_test(the_keeper_looks_at_the_report_itself),
		cmocka_unit_test(claims_of_a_report_survive_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
