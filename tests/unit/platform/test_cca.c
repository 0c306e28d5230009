/* SPDX-License-Identifier: Apache-2.0 */
/* CCA tokens of a platform of our own: what no recorded one can show is made here. */
#include "tests/unit/test.h"

#include "platform/cca.h"

struct world {
	struct cc_sim_cca_plan plan;
	struct cc_sim_cca cca;
	struct cc_roots roots;
	struct cc_buf token;
	struct cc_claims claims;
	struct cc_err err;
};

static void world_clear(struct world *w)
{
	cc_sim_cca_clear(&w->cca);
	cc_buf_clear(&w->token);
}
#define AUTO_WORLD CC_CLEANUP(world_clear)

static void make(struct world *w)
{
	struct cc_root root = { 0 };

	assert_int_equal(cc_sim_cca_make(&w->cca, &w->err), 0);
	assert_int_equal(cc_sim_cca_root(&w->cca, &root, &w->err), 0);
	cc_roots_vendors(&w->roots);
	assert_int_equal(cc_roots_add(&w->roots, &root, &w->err), 0);
	assert_int_equal(cc_sim_cca_token(&w->cca, &w->plan, &w->token, &w->err), 0);
}

static int prove(struct world *w)
{
	struct cc_evidence evidence = { .platform = CC_PLATFORM_CCA,
					.bytes = cc_buf_span(&w->token),
					.collateral = { .keys = cc_buf_span(&w->cca.keys) },
					.roots = &w->roots,
					.at = 1800000000 };

	w->err = (struct cc_err){ 0 };
	w->claims = (struct cc_claims){ 0 };
	return cc_evidence_prove(&evidence, &w->claims, &w->err);
}

static void assert_refused(struct world *w, enum cc_code code, const char *word)
{
	assert_int_equal(prove(w), -1);
	if (w->err.code != code || strstr(w->err.text, word) == NULL)
		fail_msg("'%s' is not about '%s'", w->err.text, word);
	assert_int_equal(w->claims.class, CC_CLASS_NONE);
}

static void a_simulated_token_is_proven_as_simulation(void **state)
{
	static const char *const digests[] = { "sha-256", "sha-384", "sha-512" };
	struct cc_tolerance none = { 0 };

	(void)state;
	for (size_t i = 0; i < 2 * CC_COUNT(digests); i++) {
		AUTO_WORLD struct world w = { 0 };

		cc_sim_cca_plan_good(&w.plan);
		w.plan.key_digest = digests[i / 2];
		w.plan.is_cose_key = i % 2 == 1;
		make(&w);
		if (prove(&w) != 0)
			fail_msg("%s", w.err.text);
		assert_int_equal(w.claims.class, CC_CLASS_SIMULATED);
		assert_int_equal(w.claims.measurement_len, 48);
		assert_int_equal(w.claims.registers.count, 4);
		assert_int_equal(w.claims.machine_len, 33);
		assert_int_equal(cc_claims_bound(&w.claims, &w.plan.challenge, &w.err), 0);
		assert_int_equal(cc_claims_platform(&w.claims, &none, &w.err), 0);
	}
}

static void each_wrong_token_is_refused_for_its_reason(void **state)
{
	static const struct {
		struct cc_sim_cca_plan plan;
		enum cc_code code;
		const char *word;
	} cases[] = {
		{ { 0x3003, "sha-256", false, true, false, 4, 48, 1, { { 0 } } },
		  CC_E_EVIDENCE,
		  "another realm" },
		{ { 0x3003, "sha-1", false, false, false, 4, 48, 1, { { 0 } } },
		  CC_E_UNSUPPORTED,
		  "another hash" },
		{ { 0x3003, "sha-256", false, false, true, 4, 48, 1, { { 0 } } },
		  CC_E_ARG,
		  "no software component" },
		{ { 0x3003, "sha-256", false, false, false, 3, 48, 1, { { 0 } } },
		  CC_E_ARG,
		  "3 REMs" },
		{ { 0x3003, "sha-256", false, false, false, 4, 32, 1, { { 0 } } },
		  CC_E_ARG,
		  "as long as the RIM" },
		{ { 0x3003, "sha-256", false, false, false, 4, 48, 2, { { 0 } } },
		  CC_E_ARG,
		  "type 2" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world w = { .plan = cases[i].plan };

		make(&w);
		assert_refused(&w, cases[i].code, cases[i].word);
	}
}

static void a_platform_is_endorsed_by_somebody_whom_we_trust(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_cca_plan_good(&w.plan);
	make(&w);
	/* The key is there and trusted for nothing. */
	cc_roots_vendors(&w.roots);
	assert_refused(&w, CC_E_EVIDENCE, "none of the keys");
}

static void a_token_of_another_platforms_key_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };

	(void)state;
	cc_sim_cca_plan_good(&w.plan);
	make(&w);
	other.plan = w.plan;
	make(&other);
	cc_buf_reset(&w.token);
	assert_int_equal(cc_buf_add(&w.token, cc_buf_span(&other.token), &w.err), 0);
	assert_refused(&w, CC_E_EVIDENCE, "none of the keys");
}

static void only_a_secured_lifecycle_is_well(void **state)
{
	static const struct {
		uint16_t lifecycle;
		bool secured;
	} cases[] = { { 0x0000, false }, { 0x1000, false }, { 0x2fff, false }, { 0x3000, true },
		      { 0x30ff, true },  { 0x3100, false }, { 0x4000, false }, { 0xf000, false } };
	struct cc_tolerance none = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world w = { 0 };

		cc_sim_cca_plan_good(&w.plan);
		w.plan.lifecycle = cases[i].lifecycle;
		make(&w);
		assert_int_equal(prove(&w), 0);
		assert_int_equal(cc_claims_platform(&w.claims, &none, &w.err),
				 cases[i].secured ? 0 : -1);
	}
}

static void every_byte_counts(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_cca_plan_good(&w.plan);
	make(&w);
	for (size_t at = 0; at < w.token.len; at++) {
		w.token.at[at] ^= 0x01;
		if (prove(&w) == 0)
			fail_msg("byte %zu is not looked at", at);
		w.token.at[at] ^= 0x01;
	}
	assert_int_equal(prove(&w), 0);
}

static void the_keeper_looks_at_the_token_itself(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_cca_plan_good(&w.plan);
	make(&w);
	assert_int_equal(prove(&w), 0);
	for (size_t i = 0; i < 7; i++) {
		struct cc_digest64 expected = w.plan.challenge;
		struct cc_claims lie = w.claims;

		lie.measurement[47] ^= i == 1 ? 1 : 0;
		lie.debug = i == 2;
		lie.report_data[0] ^= i == 3 ? 1 : 0;
		expected.b[63] ^= i == 4 ? 1 : 0;
		lie.registers.at[3].value[0] ^= i == 5 ? 1 : 0;
		lie.cca.personalization[63] ^= i == 6 ? 1 : 0;
		assert_int_equal(
			cc_evidence_recheck(cc_buf_span(&w.token), &lie, &expected, &w.err),
			i == 0 ? 0 : -1);
	}
	w.token.at[w.token.len - 1] ^= 1;
	assert_int_equal(
		cc_evidence_recheck(cc_buf_span(&w.token), &w.claims, &w.plan.challenge, &w.err),
		-1);
}

static void claims_of_a_token_survive_json(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	AUTO_WORLD struct world w = { 0 };
	struct cc_claims again = { 0 };

	(void)state;
	cc_sim_cca_plan_good(&w.plan);
	make(&w);
	assert_int_equal(prove(&w), 0);
	assert_int_equal(cc_claims_to_json(&w.claims, &json, &w.err), 0);
	assert_int_equal(cc_claims_from_json(json, &again, &w.err), 0);
	assert_memory_equal(&again, &w.claims, sizeof(again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_simulated_token_is_proven_as_simulation),
		cmocka_unit_test(each_wrong_token_is_refused_for_its_reason),
		cmocka_unit_test(a_platform_is_endorsed_by_somebody_whom_we_trust),
		cmocka_unit_test(a_token_of_another_platforms_key_is_refused),
		cmocka_unit_test(only_a_secured_lifecycle_is_well),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(the_keeper_looks_at_the_token_itself),
		cmocka_unit_test(claims_of_a_token_survive_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
