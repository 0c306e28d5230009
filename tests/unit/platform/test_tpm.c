/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes of a TPM under a root of our own: what no recorded one can show is made here. */
#include "tests/unit/test.h"

#include "codec/cbor.h"
#include "platform/event_log.h"
#include "platform/tpm.h"

#define NOW 1800000000

struct world {
	struct cc_sim_tpm_plan plan;
	struct cc_sim_tpm tpm;
	struct cc_roots roots;
	struct cc_buf quote;
	struct cc_claims claims;
	struct cc_err err;
	bool without_lists, asks_without_lists;
};

static void world_clear(struct world *w)
{
	cc_sim_tpm_clear(&w->tpm);
	cc_buf_clear(&w->quote);
}
#define AUTO_WORLD CC_CLEANUP(world_clear)

static void accept_root(struct world *w)
{
	struct cc_root root = { 0 };

	assert_int_equal(cc_sim_tpm_root(&w->tpm, &w->plan, &root, &w->err), 0);
	cc_roots_vendors(&w->roots);
	assert_int_equal(cc_roots_add(&w->roots, &root, &w->err), 0);
}

static void quote(struct world *w)
{
	cc_buf_reset(&w->quote);
	assert_int_equal(cc_sim_tpm_quote(&w->tpm, &w->plan, &w->quote, &w->err), 0);
}

static void make(struct world *w)
{
	if (cc_sim_tpm_make(&w->plan, &w->tpm, &w->err) != 0)
		fail_msg("%s", w->err.text);
	accept_root(w);
	quote(w);
}

static void make_good(struct world *w)
{
	cc_sim_tpm_plan_good(NOW, &w->plan);
	make(w);
}

/* With and without what was verified before, the answer is the same to the last word. */
static int prove_at(struct world *w, int64_t at)
{
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };
	int done = 0;
	struct cc_evidence evidence = { .platform = CC_PLATFORM_TPM,
					.bytes = cc_buf_span(&w->quote),
					.roots = &w->roots,
					.without_revocation = w->asks_without_lists,
					.at = at };

	evidence.collateral.certs = cc_buf_span(&w->tpm.certs);
	if (!w->without_lists)
		evidence.collateral.crls = cc_buf_span(&w->tpm.crls);
	w->err = (struct cc_err){ 0 };
	w->claims = (struct cc_claims){ 0 };
	done = cc_evidence_prove(&evidence, &w->claims, &w->err);
	assert_int_equal(cc_evidence_prepare(&evidence, &before, &err), 0);
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

static void a_simulated_quote_is_proven_as_simulation(void **state)
{
	struct cc_tolerance none = { 0 };
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	make_good(&w);
	assert_int_equal(cc_evidence_kind(cc_buf_span(&w.quote)), CC_PLATFORM_TPM);
	if (prove_at(&w, NOW) != 0)
		fail_msg("%s", w.err.text);
	assert_int_equal(w.claims.class, CC_CLASS_SIMULATED);
	assert_int_equal(w.claims.registers.count, 8);
	assert_int_equal(w.claims.registers.at[7].index, 7);
	assert_memory_equal(w.claims.registers.at[7].value, w.plan.pcr[7], 32);
	assert_int_equal(w.claims.tpm.pcrs, 0xff);
	assert_int_equal(w.claims.tpm.resets, 3);
	assert_true(w.claims.tpm.clock == 4711 && w.claims.tpm.firmware == 0x20160511);
	assert_true(w.claims.tpm.clock_is_safe);
	assert_int_equal(cc_claims_bound(&w.claims, &w.plan.report_data, &w.err), 0);
	assert_int_equal(cc_claims_platform(&w.claims, &none, &w.err), 0);
	assert_true(w.claims.valid_until == NOW + 24 * 3600); /* the lists */
}

static void keys_of_rsa_are_enrolled_and_quote(void **state)
{
	static const enum cc_tpm_alg schemes[] = { CC_TPM_ALG_RSASSA, CC_TPM_ALG_RSAPSS };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(schemes); i++) {
		AUTO_WORLD struct world w = { 0 };

		cc_sim_tpm_plan_good(NOW, &w.plan);
		w.plan.scheme = schemes[i];
		w.plan.is_enrolled = true;
		make(&w);
		if (prove_at(&w, NOW) != 0)
			fail_msg("%s", w.err.text);
		assert_int_equal(w.claims.class, CC_CLASS_SIMULATED);
		/* The other scheme over the same bytes is not what the key is for. */
		w.plan.scheme = schemes[1 - i];
		quote(&w);
		assert_refused(&w, CC_E_EVIDENCE, "another scheme");
	}
}

static void a_key_that_nobody_enrolled_proves_nothing(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_tpm_plan_good(NOW, &w.plan);
	w.plan.is_enrolled = true;
	make(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
	cc_roots_vendors(&w.roots);
	assert_refused(&w, CC_E_EVIDENCE, "none of the keys that we accept");
}

/* The Name covers the attributes: the same key with others is another one. */
static void a_key_is_enrolled_with_its_attributes(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_tpm_plan_good(NOW, &w.plan);
	w.plan.is_enrolled = true;
	make(&w);
	w.tpm.public.at[7] ^= 0x40; /* userWithAuth */
	quote(&w);
	assert_refused(&w, CC_E_EVIDENCE, "none of the keys that we accept");
}

static void a_key_that_signs_anything_is_no_attestation_key(void **state)
{
	static const uint32_t flips[] = {
		CC_TPM_FIXED_TPM,  CC_TPM_FIXED_PARENT, CC_TPM_SENSITIVE_DATA_ORIGIN,
		CC_TPM_RESTRICTED, CC_TPM_SIGN,         CC_TPM_DECRYPT
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(flips); i++) {
		AUTO_WORLD struct world w = { 0 };

		cc_sim_tpm_plan_good(NOW, &w.plan);
		w.plan.attributes ^= flips[i];
		make(&w);
		assert_refused(&w, CC_E_EVIDENCE, "no attestation key");
	}
}

static void what_a_tpm_did_not_make_is_no_quote(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	make_good(&w);
	w.plan.magic = 0xff544348;
	quote(&w);
	assert_refused(&w, CC_E_EVIDENCE, "not made by a TPM");
	w.plan.magic = 0xff544347;
	w.plan.type = 0x8017; /* TPM_ST_ATTEST_CERTIFY */
	quote(&w);
	assert_refused(&w, CC_E_EVIDENCE, "no quote");
	w.plan.type = 0x8018;
	w.plan.pcrs = 0;
	quote(&w);
	assert_refused(&w, CC_E_EVIDENCE, "no PCR");
}

static void banks_of_sha1_are_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	make_good(&w);
	w.plan.bank = CC_HASH_SHA384;
	quote(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
	assert_int_equal(w.claims.registers.at[0].len, 48);
	w.plan.bank = CC_HASH_SHA1;
	quote(&w);
	assert_refused(&w, CC_E_UNSUPPORTED, "bank");
}

static void a_certificate_for_something_else_is_refused(void **state)
{
	static const struct {
		uint8_t role;
		bool is_ca;
		const char *word;
	} cases[] = {
		{ 3, false, NULL },
		{ 1, false, NULL }, /* Google's */
		{ 2, false, "no key of a TPM" },
		{ 3, true, "no signing key" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world w = { 0 };

		cc_sim_tpm_plan_good(NOW, &w.plan);
		w.plan.role = cases[i].role;
		w.plan.leaf_is_ca = cases[i].is_ca;
		make(&w);
		if (cases[i].word == NULL)
			assert_int_equal(prove_at(&w, NOW), 0);
		else
			assert_refused(&w, CC_E_EVIDENCE, cases[i].word);
	}
}

static void a_certificate_for_another_key_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };

	(void)state;
	make_good(&w);
	make_good(&other);
	cc_cert_free(other.tpm.leaf);
	other.tpm.leaf = CC_TAKE(w.tpm.leaf);
	quote(&other);
	assert_refused(&other, CC_E_EVIDENCE, "another key");
}

/* Names are the same, keys are not. */
static void a_chain_to_another_root_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };
	struct cc_sim_tpm mixed = { 0 };

	(void)state;
	make_good(&w);
	make_good(&other);
	cc_roots_vendors(&w.roots);
	assert_refused(&w, CC_E_EVIDENCE, "not among those we accept");
	accept_root(&w);
	mixed = w.tpm;
	mixed.certs = other.tpm.certs;
	accept_root(&other);
	w.roots = other.roots;
	other.tpm.certs = w.tpm.certs;
	w.tpm = mixed;
	assert_refused(&w, CC_E_EVIDENCE, "chain of the attestation key");
}

static void a_missing_issuer_is_named(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	make_good(&w);
	cc_buf_reset(&w.tpm.certs);
	assert_refused(&w, CC_E_EVIDENCE, "'TPM issuer' is missing");
}

static void a_revoked_key_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_tpm_plan_good(NOW, &w.plan);
	w.plan.leaf_is_revoked = true;
	make(&w);
	assert_refused(&w, CC_E_EVIDENCE, "revoked");
}

static void without_lists_nothing_is_proven_unless_asked(void **state)
{
	struct cc_tolerance none = { 0 };
	AUTO_WORLD struct world w = { .without_lists = true };

	(void)state;
	make_good(&w);
	assert_refused(&w, CC_E_EVIDENCE, "revocation lists");
	w.asks_without_lists = true;
	assert_int_equal(prove_at(&w, NOW), 0);
	assert_true(w.claims.without_revocation);
	assert_int_equal(cc_claims_platform(&w.claims, &none, &w.err), -1);
	/* It is no way around lists that are there. */
	w.without_lists = false;
	assert_int_equal(prove_at(&w, NOW), 0);
	assert_false(w.claims.without_revocation);
}

static void a_quote_ends_with_certificates_and_lists(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	make_good(&w);
	assert_int_equal(prove_at(&w, NOW + 24 * 3600 - 1), 0);
	assert_int_equal(prove_at(&w, NOW + 24 * 3600 + 1), -1);
	assert_int_equal(w.err.code, CC_E_EXPIRED);
	assert_int_equal(prove_at(&w, NOW - 3601), -1);
	assert_int_equal(w.err.code, CC_E_EXPIRED);
}

static void a_quote_without_report_data_is_bound_to_nobody(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_tpm_plan_good(NOW, &w.plan);
	w.plan.has_no_report_data = true;
	make(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
	assert_int_equal(w.claims.tpm.qualifying_len, 32);
	assert_int_equal(cc_claims_bound(&w.claims, &w.plan.report_data, &w.err), -1);
}

/* Whoever replays a good start into PCRs 8 to 15 quotes the same values. */
static void the_measurement_covers_which_pcrs_they_are(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	uint8_t good[32];

	(void)state;
	make_good(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
	memcpy(good, w.claims.measurement, sizeof(good));
	memcpy(w.plan.pcr[8], w.plan.pcr[0], sizeof(w.plan.pcr[0]) * 8);
	w.plan.pcrs = 0xff00;
	quote(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
	assert_memory_not_equal(w.claims.measurement, good, sizeof(good));
}

/* PCR values as this log leads to them. */
static void take_log(struct world *w, const struct cc_sim_log *log)
{
	for (size_t i = 0; i < 16; i++)
		memcpy(w->plan.pcr[i], log->pcr[i].b, sizeof(log->pcr[i].b));
	w->plan.log = cc_buf_span(&log->bytes);
}

static bool lists(const struct cc_events *events, uint16_t index)
{
	for (size_t i = 0; i < events->count; i++)
		if (events->at[i].index == index)
			return true;
	return false;
}

static void a_log_gives_the_quoted_pcrs(void **state)
{
	CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 };
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_tpm_plan_good(NOW, &w.plan);
	assert_int_equal(cc_sim_log_good(&log, &w.err), 0);
	take_log(&w, &log);
	w.plan.pcrs = 0x3ff;
	make(&w);
	if (prove_at(&w, NOW) != 0)
		fail_msg("%s", w.err.text);
	assert_int_equal(w.claims.tpm.log_pcrs, 0x1ff); /* no event of it extends PCR 9 */
	assert_true(lists(&w.claims.tpm.events, 8));
	/* The operating system measures into PCR 8 and keeps a log of its own. */
	w.plan.pcr[8][0] ^= 1;
	quote(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
	assert_int_equal(w.claims.tpm.log_pcrs, 0xff);
	/* Its events are listed no more: nothing proves them. */
	assert_true(lists(&w.claims.tpm.events, 7) && !lists(&w.claims.tpm.events, 8));
	w.plan.pcr[3][0] ^= 1;
	quote(&w);
	assert_refused(&w, CC_E_EVIDENCE, "does not lead to the PCRs");
}

/* Else a boot loader could append what looks like the firmware's. */
/* PCR 4 and 11 are what is quoted when nobody asks for others; a log has more. */
static void a_log_may_tell_of_pcrs_that_are_not_quoted(void **state)
{
	CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 };
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_tpm_plan_good(NOW, &w.plan);
	assert_int_equal(cc_sim_log_good(&log, &w.err), 0);
	take_log(&w, &log);
	w.plan.pcrs = 1U << 4 | 1U << 11;
	make(&w);
	if (prove_at(&w, NOW) != 0)
		fail_msg("%s", w.err.text);
	assert_int_equal(w.claims.tpm.log_pcrs, 1U << 4);
}

static void a_log_without_handover_or_exit_is_refused(void **state)
{
	static const uint8_t handover[4];
	CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 };
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_tpm_plan_good(NOW, &w.plan);
	assert_int_equal(cc_sim_log_start(&log, &w.err), 0);
	assert_int_equal(cc_sim_log_add(&log, 5, 1, cc_span_str("code"), &w.err), 0);
	take_log(&w, &log);
	w.plan.pcrs = 1U << 5;
	make(&w);
	assert_refused(&w, CC_E_EVIDENCE, "handed over");
	assert_int_equal(cc_sim_log_add(&log, 5, CC_EVENT_SEPARATOR, CC_SPAN(handover), &w.err), 0);
	take_log(&w, &log);
	quote(&w);
	assert_refused(&w, CC_E_EVIDENCE, "handed over");
	assert_int_equal(cc_sim_log_add(&log, 5, CC_EVENT_EFI_ACTION,
					cc_span_str("Exit Boot Services Returned with Success"),
					&w.err),
			 0);
	take_log(&w, &log);
	quote(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
}

/* Of an enrolled key: its Name covers what its signature does not. Nothing is tolerated. */
static void every_byte_counts(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_tpm_plan_good(NOW, &w.plan);
	w.plan.is_enrolled = true;
	make(&w);
	for (size_t at = 0; at < w.quote.len; at++) {
		w.quote.at[at] ^= 0x01;
		if (prove_at(&w, NOW) == 0)
			fail_msg("byte %zu is not looked at", at);
		w.quote.at[at] ^= 0x01;
	}
	assert_int_equal(prove_at(&w, NOW), 0);
	assert_int_equal(cc_buf_add_u8(&w.quote, 0, &w.err), 0);
	assert_int_equal(prove_at(&w, NOW), -1);
}

static void a_container_has_no_other_members(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_tpm_plan_good(NOW, &w.plan);
	make(&w);
	w.quote.at[0]++; /* one more member of the map */
	assert_int_equal(cc_cbor_add_text(&w.quote, "more", &w.err), 0);
	assert_int_equal(cc_cbor_add_integer(&w.quote, 0, &w.err), 0);
	assert_refused(&w, CC_E_ARG, "nobody described");
}

static void the_keeper_looks_at_the_quote_itself(void **state)
{
	CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 };
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	cc_sim_tpm_plan_good(NOW, &w.plan);
	assert_int_equal(cc_sim_log_good(&log, &w.err), 0);
	take_log(&w, &log);
	make(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
	for (size_t i = 0; i < 11; i++) {
		struct cc_digest64 expected = w.plan.report_data;
		struct cc_claims lie = w.claims;

		lie.measurement[31] ^= i == 1 ? 1 : 0;
		lie.registers.at[7].value[31] ^= i == 2 ? 1 : 0;
		lie.tpm.key.b[31] ^= i == 3 ? 1 : 0;
		lie.report_data[0] ^= i == 4 ? 1 : 0;
		expected.b[63] ^= i == 5 ? 1 : 0;
		lie.registers.count -= i == 6 ? 1 : 0;
		lie.tpm.log_pcrs |= i == 7 ? 1U << 9 : 0;
		lie.tpm.events.at[1].value[0] ^= i == 8 ? 1 : 0;
		lie.tpm.events.count -= i == 9 ? 1 : 0;
		lie.tpm.events.omitted = i == 10;
		assert_int_equal(
			cc_evidence_recheck(cc_buf_span(&w.quote), &lie, &expected, &w.err),
			i == 0 ? 0 : -1);
	}
}

static void the_keeper_checks_the_signature_itself(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };

	(void)state;
	make_good(&w);
	make_good(&other);
	assert_int_equal(prove_at(&w, NOW), 0);
	/* Another key's signature beside this key. */
	cc_key_free(w.tpm.leaf_key);
	w.tpm.leaf_key = CC_TAKE(other.tpm.leaf_key);
	quote(&w);
	assert_int_equal(
		cc_evidence_recheck(cc_buf_span(&w.quote), &w.claims, &w.plan.report_data, &w.err),
		-1);
	assert_non_null(strstr(w.err.text, "signature"));
}

static void claims_of_a_quote_survive_json(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	AUTO_WORLD struct world w = { 0 };
	struct cc_claims again = { 0 };

	(void)state;
	make_good(&w);
	assert_int_equal(prove_at(&w, NOW), 0);
	assert_int_equal(cc_claims_to_json(&w.claims, &json, &w.err), 0);
	if (cc_claims_from_json(json, &again, &w.err) != 0)
		fail_msg("%s", w.err.text);
	assert_memory_equal(&again, &w.claims, sizeof(again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_simulated_quote_is_proven_as_simulation),
		cmocka_unit_test(keys_of_rsa_are_enrolled_and_quote),
		cmocka_unit_test(a_key_that_nobody_enrolled_proves_nothing),
		cmocka_unit_test(a_key_is_enrolled_with_its_attributes),
		cmocka_unit_test(a_key_that_signs_anything_is_no_attestation_key),
		cmocka_unit_test(what_a_tpm_did_not_make_is_no_quote),
		cmocka_unit_test(banks_of_sha1_are_refused),
		cmocka_unit_test(a_certificate_for_something_else_is_refused),
		cmocka_unit_test(a_certificate_for_another_key_is_refused),
		cmocka_unit_test(a_chain_to_another_root_is_refused),
		cmocka_unit_test(a_missing_issuer_is_named),
		cmocka_unit_test(a_revoked_key_is_refused),
		cmocka_unit_test(without_lists_nothing_is_proven_unless_asked),
		cmocka_unit_test(a_quote_ends_with_certificates_and_lists),
		cmocka_unit_test(a_quote_without_report_data_is_bound_to_nobody),
		cmocka_unit_test(the_measurement_covers_which_pcrs_they_are),
		cmocka_unit_test(a_log_gives_the_quoted_pcrs),
		cmocka_unit_test(a_log_may_tell_of_pcrs_that_are_not_quoted),
		cmocka_unit_test(a_log_without_handover_or_exit_is_refused),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(a_container_has_no_other_members),
		cmocka_unit_test(the_keeper_looks_at_the_quote_itself),
		cmocka_unit_test(the_keeper_checks_the_signature_itself),
		cmocka_unit_test(claims_of_a_quote_survive_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
