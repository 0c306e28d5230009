/* SPDX-License-Identifier: Apache-2.0 */
/* Nitro documents under a root of our own: what no recorded one can show is made here. */
#include "tests/unit/test.h"

#include "evidence/prepared.h"
#include "platform/nitro.h"

#define NOW 1800000000

struct world {
	struct cc_sim_nitro_plan plan;
	struct cc_sim_nitro nitro;
	struct cc_roots roots;
	struct cc_buf document;
	struct cc_claims claims;
	struct cc_err err;
};

static void world_clear(struct world *w)
{
	cc_sim_nitro_clear(&w->nitro);
	cc_buf_clear(&w->document);
}
#define AUTO_WORLD CC_CLEANUP(world_clear)

static void make(struct world *w)
{
	struct cc_root root = { 0 };

	if (cc_sim_nitro_make(&w->plan, &w->nitro, &w->err) != 0)
		fail_msg("%s", w->err.text);
	assert_int_equal(cc_sim_nitro_root(&w->nitro, &root, &w->err), 0);
	cc_roots_vendors(&w->roots);
	assert_int_equal(cc_roots_add(&w->roots, &root, &w->err), 0);
	assert_int_equal(cc_sim_nitro_document(&w->nitro, &w->plan, &w->document, &w->err), 0);
}

/* With and without what was verified before, the answer is the same to the last word. */
static int prove_at(struct world *w, int64_t at)
{
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };
	int done = 0;

	struct cc_evidence evidence = { .platform = CC_PLATFORM_NITRO,
					.bytes = cc_buf_span(&w->document),
					.roots = &w->roots,
					.at = at };

	w->err = (struct cc_err){ 0 };
	w->claims = (struct cc_claims){ 0 };
	done = cc_evidence_prove(&evidence, &w->claims, &w->err);
	evidence.at = NOW;
	assert_int_equal(cc_evidence_prepare(&evidence, &before, &err), 0);
	evidence.at = at;
	evidence.prepared = before;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), done);
	assert_int_equal(err.code, w->err.code);
	assert_string_equal(err.text, w->err.text);
	assert_memory_equal(&claims, &w->claims, sizeof(claims));
	return done;
}

static void assert_refused(struct world *w, enum cc_code code, const char *word)
{
	assert_int_equal(prove_at(w, NOW), -1);
	if (w->err.code != code || strstr(w->err.text, word) == NULL)
		fail_msg("'%s' is not about '%s'", w->err.text, word);
	assert_int_equal(w->claims.class, CC_CLASS_NONE);
}

static void a_simulated_document_is_proven_as_simulation(void **state)
{
	struct cc_tolerance none = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		AUTO_WORLD struct world w = { 0 };

		cc_sim_nitro_plan_good(NOW, &w.plan);
		w.plan.is_indefinite = i == 1;
		make(&w);
		if (prove_at(&w, NOW) != 0)
			fail_msg("%s", w.err.text);
		assert_int_equal(w.claims.class, CC_CLASS_SIMULATED);
		assert_int_equal(w.claims.registers.count, 3);
		assert_memory_equal(w.claims.measurement, w.plan.pcr, 48);
		assert_int_equal(cc_claims_bound(&w.claims, &w.plan.user_data, &w.err), 0);
		assert_int_equal(cc_claims_platform(&w.claims, &none, &w.err), 0);
		assert_true(w.claims.valid_until == NOW + 3 * 3600);
	}
}

/* Leaf, issuer and root; another document of the same enclave brings them again. */
static void what_aws_has_signed_is_verified_once(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	struct cc_checked again = { 0 };
	struct cc_evidence evidence = { 0 };

	(void)state;
	cc_sim_nitro_plan_good(NOW, &w.plan);
	make(&w);
	evidence = (struct cc_evidence){ .platform = CC_PLATFORM_NITRO,
					 .bytes = cc_buf_span(&w.document),
					 .roots = &w.roots,
					 .at = NOW };
	assert_int_equal(cc_evidence_prepare(&evidence, &before, &w.err), 0);
	assert_int_equal(before->checked.count, 3);
	w.plan.user_data.b[0] ^= 1;
	cc_buf_reset(&w.document);
	assert_int_equal(cc_sim_nitro_document(&w.nitro, &w.plan, &w.document, &w.err), 0);
	evidence.bytes = cc_buf_span(&w.document);
	evidence.memory = (struct cc_memory){ &before->checked, &again };
	assert_int_equal(cc_evidence_prove(&evidence, &w.claims, &w.err), 0);
	assert_int_equal(w.claims.report_data[0], w.plan.user_data.b[0]);
	assert_int_equal(again.count, 0);
}

static void a_document_in_debug_mode_is_authentic_and_denied(void **state)
{
	struct cc_tolerance t = { 0 };
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_nitro_plan_good(NOW, &w.plan);
	memset(w.plan.pcr, 0, sizeof(w.plan.pcr));
	make(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
	assert_true(w.claims.debug);
	assert_int_equal(cc_claims_platform(&w.claims, &t, &w.err), -1);
	t.debug = true;
	assert_int_equal(cc_claims_platform(&w.claims, &t, &w.err), 0);
}

/* blocky, CVE list: who trusts cabundle[0], or an empty bundle, accepts anybody's document. */
static void the_first_certificate_of_the_bundle_is_no_root_by_saying_so(void **state)
{
	AUTO_WORLD struct world w = { 0 }, empty = { 0 };

	(void)state;
	cc_sim_nitro_plan_good(NOW, &w.plan);
	make(&w);
	cc_roots_vendors(&w.roots);
	assert_refused(&w, CC_E_EVIDENCE, "not among those we accept");
	cc_sim_nitro_plan_good(NOW, &empty.plan);
	empty.plan.has_no_bundle = true;
	make(&empty);
	assert_refused(&empty, CC_E_ARG, "cabundle");
}

static void a_chain_that_skips_its_issuer_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };

	(void)state;
	cc_sim_nitro_plan_good(NOW, &w.plan);
	make(&w);
	other.plan = w.plan;
	make(&other);
	/* The leaf of another hypervisor over issuer and root of this one. */
	cc_cert_free(w.nitro.leaf);
	w.nitro.leaf = CC_TAKE(other.nitro.leaf);
	cc_key_free(w.nitro.leaf_key);
	w.nitro.leaf_key = CC_TAKE(other.nitro.leaf_key);
	cc_buf_reset(&w.document);
	assert_int_equal(cc_sim_nitro_document(&w.nitro, &w.plan, &w.document, &w.err), 0);
	assert_refused(&w, CC_E_EVIDENCE, "certificate chain");
}

static void what_the_document_does_not_say_right_is_refused(void **state)
{
	static const struct {
		const char *digest, *extra;
		size_t pcr_len;
		bool p256;
		enum cc_code code;
		const char *word;
	} cases[] = {
		{ "SHA256", NULL, 48, false, CC_E_ARG, "digest" },
		{ "SHA384", "more", 48, false, CC_E_ARG, "nobody described" },
		{ "SHA384", "digest", 48, false, CC_E_ARG, "twice" },
		{ "SHA384", NULL, 47, false, CC_E_ARG, "PCR 0 has 47 bytes" },
		{ "SHA384", NULL, 48, true, CC_E_EVIDENCE, "no key of P-384" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world w = { 0 };

		cc_sim_nitro_plan_good(NOW, &w.plan);
		w.plan.digest = cases[i].digest;
		w.plan.extra = cases[i].extra;
		w.plan.pcr_len = cases[i].pcr_len;
		w.plan.is_of_p256 = cases[i].p256;
		make(&w);
		assert_refused(&w, cases[i].code, cases[i].word);
	}
}

static void a_document_ends_with_its_certificate(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_nitro_plan_good(NOW, &w.plan);
	make(&w);
	assert_int_equal(prove_at(&w, NOW + 3 * 3600 - 1), 0);
	assert_int_equal(prove_at(&w, NOW + 3 * 3600 + 1), -1);
	assert_int_equal(w.err.code, CC_E_EXPIRED);
	assert_int_equal(prove_at(&w, NOW - 3601), -1);
	assert_int_equal(w.err.code, CC_E_EXPIRED);
}

static void every_byte_counts(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	struct cc_evidence evidence = { 0 };

	(void)state;
	cc_sim_nitro_plan_good(NOW, &w.plan);
	make(&w);
	evidence = (struct cc_evidence){ .platform = CC_PLATFORM_NITRO,
					 .bytes = cc_buf_span(&w.document),
					 .roots = &w.roots,
					 .at = NOW };
	assert_int_equal(cc_evidence_prepare(&evidence, &before, &w.err), 0);
	for (size_t at = 0; at < w.document.len; at++) {
		w.document.at[at] ^= 0x01;
		/* What the whole one brought is known by then, and does not stand for this. */
		evidence.prepared = at % 16 == 0 ? NULL : before;
		if (cc_evidence_prove(&evidence, &w.claims, &w.err) == 0)
			fail_msg("byte %zu is not looked at", at);
		w.document.at[at] ^= 0x01;
	}
	assert_int_equal(prove_at(&w, NOW), 0);
	assert_int_equal(cc_buf_add_u8(&w.document, 0, &w.err), 0);
	assert_int_equal(prove_at(&w, NOW), -1);
}

static void the_keeper_looks_at_the_document_itself(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_nitro_plan_good(NOW, &w.plan);
	make(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
	for (size_t i = 0; i < 10; i++) {
		struct cc_digest64 expected = w.plan.user_data;
		struct cc_claims lie = w.claims;

		lie.measurement[47] ^= i == 1 ? 1 : 0;
		lie.debug = i == 2;
		lie.nitro.key[95] ^= i == 3 ? 1 : 0;
		lie.report_data[0] ^= i == 4 ? 1 : 0;
		expected.b[63] ^= i == 5 ? 1 : 0;
		lie.registers.at[2].value[47] ^= i == 6 ? 1 : 0;
		lie.registers.at[2].index ^= i == 7 ? 1 : 0;
		lie.registers.count -= i == 8 ? 1 : 0;
		lie.tpm.quoted = i == 9;
		assert_int_equal(
			cc_evidence_recheck(cc_buf_span(&w.document), &lie, &expected, &w.err),
			i == 0 ? 0 : -1);
	}
}

static void claims_of_a_document_survive_json(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	AUTO_WORLD struct world w = { 0 };
	struct cc_claims again = { 0 };

	(void)state;
	cc_sim_nitro_plan_good(NOW, &w.plan);
	make(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
	w.claims.nitro.nonce_len = 3;
	assert_int_equal(cc_claims_to_json(&w.claims, &json, &w.err), 0);
	assert_int_equal(cc_claims_from_json(json, &again, &w.err), 0);
	assert_memory_equal(&again, &w.claims, sizeof(again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_simulated_document_is_proven_as_simulation),
		cmocka_unit_test(what_aws_has_signed_is_verified_once),
		cmocka_unit_test(a_document_in_debug_mode_is_authentic_and_denied),
		cmocka_unit_test(the_first_certificate_of_the_bundle_is_no_root_by_saying_so),
		cmocka_unit_test(a_chain_that_skips_its_issuer_is_refused),
		cmocka_unit_test(what_the_document_does_not_say_right_is_refused),
		cmocka_unit_test(a_document_ends_with_its_certificate),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(the_keeper_looks_at_the_document_itself),
		cmocka_unit_test(claims_of_a_document_survive_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
