/* SPDX-License-Identifier: Apache-2.0 */
/* Guests of Azure under roots of our own: what no recorded one can show is made here. */
#include "tests/unit/test.h"

#include "platform/azure.h"

#define NOW 1800000000

struct world {
	struct cc_sim_azure_plan plan;
	struct cc_sim_azure azure;
	struct cc_roots roots;
	struct cc_buf evidence;
	struct cc_claims claims;
	struct cc_err err;
};

/* The key of a TPM that is gone is the next one's. Those that are there at once have their own. */
static struct cc_rsa *spare;

static void world_clear(struct world *w)
{
	if (spare == NULL)
		spare = CC_TAKE(w->azure.tpm.leaf_rsa);
	cc_sim_azure_clear(&w->azure);
	cc_buf_clear(&w->evidence);
}
#define AUTO_WORLD CC_CLEANUP(world_clear)

static const enum cc_platform_kind platforms[] = { CC_PLATFORM_SNP, CC_PLATFORM_TDX };

static void plan(struct world *w, enum cc_platform_kind platform)
{
	assert_int_equal(cc_sim_azure_plan_good(NOW, platform, &w->plan, &w->err), 0);
}

static void collect(struct world *w)
{
	cc_buf_reset(&w->evidence);
	assert_int_equal(cc_sim_azure_evidence(&w->azure, &w->plan, &w->evidence, &w->err), 0);
}

static void make(struct world *w)
{
	struct cc_root root = { 0 };

	w->azure.tpm.leaf_rsa = CC_TAKE(spare);
	if (cc_sim_azure_make(&w->plan, &w->azure, &w->err) != 0)
		fail_msg("%s", w->err.text);
	assert_int_equal(cc_sim_azure_root(&w->azure, &w->plan, &root, &w->err), 0);
	cc_roots_vendors(&w->roots);
	assert_int_equal(cc_roots_add(&w->roots, &root, &w->err), 0);
	collect(w);
}

static void make_good(struct world *w, enum cc_platform_kind platform)
{
	plan(w, platform);
	make(w);
}

static int prove_as(struct world *w, enum cc_platform_kind platform)
{
	struct cc_evidence evidence = { .platform = platform,
					.bytes = cc_buf_span(&w->evidence),
					.roots = &w->roots,
					.at = NOW };

	cc_sim_azure_collateral(&w->azure, &w->plan, &evidence.collateral);
	w->err = (struct cc_err){ 0 };
	w->claims = (struct cc_claims){ 0 };
	return cc_evidence_prove(&evidence, &w->claims, &w->err);
}

static int prove(struct world *w)
{
	return prove_as(w, w->plan.platform);
}

static void assert_refused(struct world *w, enum cc_code code, const char *word)
{
	assert_int_equal(prove(w), -1);
	if (w->err.code != code || strstr(w->err.text, word) == NULL)
		fail_msg("'%s' is not about '%s'", w->err.text, word);
	assert_int_equal(w->claims.class, CC_CLASS_NONE);
}

static void a_simulated_guest_is_proven_with_its_tpm(void **state)
{
	struct cc_tolerance none = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(platforms); i++) {
		AUTO_WORLD struct world w = { 0 };

		make_good(&w, platforms[i]);
		assert_int_equal(cc_evidence_kind(cc_buf_span(&w.evidence)), platforms[i]);
		if (prove(&w) != 0)
			fail_msg("%s", w.err.text);
		assert_int_equal(w.claims.platform, platforms[i]);
		assert_int_equal(w.claims.class, CC_CLASS_SIMULATED);
		assert_int_equal(w.claims.registers.count, 24);
		assert_memory_equal(w.claims.registers.at[23].value, w.plan.tpm.pcr[23], 32);
		assert_int_equal(w.claims.tpm.launch_len, 48);
		assert_int_equal(w.claims.tpm.launch[47], 0x77);
		assert_int_equal(w.claims.measurement_len, 32);
		assert_int_equal(cc_claims_bound(&w.claims, &w.plan.tpm.report_data, &w.err), 0);
		if (cc_claims_platform(&w.claims, &none, &w.err) != 0)
			fail_msg("%s", w.err.text);
	}
}

/* Any guest of Azure has the same launch measurement, and any TPM can have such PCRs. */
static void the_measurement_covers_paravisor_and_guest(void **state)
{
	uint8_t seen[5][32] = { 0 };
	AUTO_WORLD struct world other = { 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		AUTO_WORLD struct world w = { 0 };

		make_good(&w, platforms[i]);
		assert_int_equal(prove(&w), 0);
		memcpy(seen[2 * i], w.claims.measurement, 32);
		w.plan.tpm.pcr[4][0] ^= 1;
		collect(&w);
		assert_int_equal(prove(&w), 0);
		memcpy(seen[2 * i + 1], w.claims.measurement, 32);
	}
	plan(&other, CC_PLATFORM_SNP);
	other.plan.launch = 0x78;
	make(&other);
	assert_int_equal(prove(&other), 0);
	memcpy(seen[4], other.claims.measurement, 32);
	for (size_t a = 0; a < 5; a++)
		for (size_t b = a + 1; b < 5; b++)
			assert_memory_not_equal(seen[a], seen[b], 32);
}

static void a_tpm_of_another_guest_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(platforms); i++) {
		AUTO_WORLD struct world w = { 0 }, tail = { 0 };

		plan(&w, platforms[i]);
		w.plan.is_of_another = true;
		make(&w);
		assert_refused(&w, CC_E_EVIDENCE, "not the one");
		plan(&tail, platforms[i]);
		tail.plan.has_tail = true;
		make(&tail);
		assert_refused(&tail, CC_E_EVIDENCE, "not the one");
	}
}

/* Its quote is by a key that the report does not have. */
static void a_quote_by_another_key_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };
	struct cc_rsa *mine = NULL;

	(void)state;
	make_good(&w, CC_PLATFORM_SNP);
	make_good(&other, CC_PLATFORM_SNP);
	mine = w.azure.tpm.leaf_rsa;
	w.azure.tpm.leaf_rsa = other.azure.tpm.leaf_rsa;
	collect(&w);
	w.azure.tpm.leaf_rsa = mine;
	assert_refused(&w, CC_E_EVIDENCE, "quote of the virtual TPM");
}

/* The guest itself may ask for reports, too: with a TPM of its own invention. */
static void a_report_of_the_guest_itself_is_no_paravisors(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	plan(&w, CC_PLATFORM_SNP);
	w.plan.vmpl = 2;
	make(&w);
	assert_refused(&w, CC_E_EVIDENCE, "VMPL 0");
}

static void the_key_of_the_report_is_for_signing_alone(void **state)
{
	static const struct {
		const char *name, *use;
		bool twice;
		const char *word;
	} cases[] = {
		{ "HCLEkPub", "sign", false, "no key HCLAkPub" },
		{ "HCLAkPub", "encrypt", false, "for signing alone" },
		{ "HCLAkPub", "sign\",\"encrypt", false, "for signing alone" },
		{ "HCLAkPub", "sign", true, "two keys" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world w = { 0 };

		plan(&w, CC_PLATFORM_SNP);
		w.plan.name = cases[i].name;
		w.plan.use = cases[i].use;
		w.plan.is_named_twice = cases[i].twice;
		make(&w);
		assert_refused(&w, CC_E_EVIDENCE, cases[i].word);
	}
}

static void a_container_is_of_the_platform_that_it_says(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	make_good(&w, CC_PLATFORM_SNP);
	assert_int_equal(prove_as(&w, CC_PLATFORM_TDX), -1);
	assert_int_equal(w.err.code, CC_E_EVIDENCE);
	/* Never as a TPM alone, which would be weaker. */
	assert_int_equal(prove_as(&w, CC_PLATFORM_TPM), -1);
	assert_non_null(strstr(w.err.text, "that of its guest"));
	/* A quote of a TD beside a report of SNP. */
	assert_int_equal(cc_buf_add_u8(&w.azure.td_quote, 4, &w.err), 0);
	collect(&w);
	assert_refused(&w, CC_E_ARG, "only a TD");
}

static void a_tpm_alone_is_no_confidential_guest(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_tpm_plan tpm = { 0 };
	CC_AUTO_SIM_TPM struct cc_sim_tpm certified = { 0 };

	(void)state;
	make_good(&w, CC_PLATFORM_SNP);
	cc_sim_tpm_plan_good(NOW, &tpm);
	assert_int_equal(cc_sim_tpm_make(&tpm, &certified, &w.err), 0);
	cc_buf_reset(&w.evidence);
	assert_int_equal(cc_sim_tpm_quote(&certified, &tpm, &w.evidence, &w.err), 0);
	assert_refused(&w, CC_E_EVIDENCE, "no evidence of a confidential guest");
}

/* Header at 0, runtime data's at 1216: no signature covers them. */
static void what_no_paravisor_writes_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		enum cc_code code;
	} cases[] = {
		{ 0, 'h', CC_E_ARG },          { 4, 0, CC_E_UNSUPPORTED },
		{ 4, 3, CC_E_UNSUPPORTED },    { 8, 0, CC_E_ARG },
		{ 12, 1, CC_E_UNSUPPORTED },   { 16, 1, CC_E_ARG },
		{ 31, 1, CC_E_ARG },           { 1216, 0, CC_E_ARG },
		{ 1220, 2, CC_E_UNSUPPORTED }, { 1224, 3, CC_E_UNSUPPORTED },
		{ 1228, 2, CC_E_UNSUPPORTED }, { 1232, 0, CC_E_ARG },
		{ 1235, 1, CC_E_ARG },         { 2599, 1, CC_E_ARG },
	};
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	make_good(&w, CC_PLATFORM_SNP);
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_hcl_report report = { 0 };
		uint8_t *at = &w.azure.hcl.at[cases[i].at], was = *at;
		struct cc_err err = { 0 };

		assert_int_equal(cc_hcl_parse(cc_buf_span(&w.azure.hcl), &report, &err), 0);
		*at = cases[i].value;
		assert_int_equal(cc_hcl_parse(cc_buf_span(&w.azure.hcl), &report, &err), -1);
		if (err.code != cases[i].code)
			fail_msg("byte %zu: '%s'", cases[i].at, err.text);
		*at = was;
	}
}

/*
 * Of SNP everything counts; of the report, all of which test_snp.c and recorded ones show, each
 * seventh byte is enough. Of a TD the TDREPORT does not, but for its report data: no one but its
 * machine can check its MAC, so the quote stands beside it, whose bytes test_flips.c flips.
 */
static void every_byte_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(platforms); i++) {
		AUTO_WORLD struct world w = { 0 };
		const uint8_t *hardware = NULL, *quote = NULL;

		make_good(&w, platforms[i]);
		hardware = memmem(w.evidence.at, w.evidence.len, "HCLA", 4);
		assert_non_null(hardware);
		hardware += 32;
		if (w.azure.td_quote.len > 0)
			quote = memmem(w.evidence.at, w.evidence.len, w.azure.td_quote.at,
				       w.azure.td_quote.len);
		for (size_t at = 0; at < w.evidence.len; at++) {
			uint8_t *byte = &w.evidence.at[at];
			bool in_tdreport = quote != NULL && byte >= hardware &&
					   byte < hardware + 1024 &&
					   (byte < hardware + 128 || byte >= hardware + 192);

			if (byte >= hardware && byte < hardware + CC_HCL_HARDWARE_LEN &&
			    (byte - hardware) % 7 != 0)
				continue;
			if (quote != NULL && byte >= quote && byte < quote + w.azure.td_quote.len)
				continue;
			*byte ^= 0x01;
			if ((prove(&w) == 0) != in_tdreport)
				fail_msg("%s: byte %zu", cc_platform_name(platforms[i]), at);
			*byte ^= 0x01;
		}
		assert_int_equal(prove(&w), 0);
	}
}

static void the_keeper_looks_at_both_itself(void **state)
{
	(void)state;
	for (size_t p = 0; p < CC_COUNT(platforms); p++) {
		AUTO_WORLD struct world w = { 0 };

		make_good(&w, platforms[p]);
		assert_int_equal(prove(&w), 0);
		for (size_t i = 0; i < 14; i++) {
			struct cc_digest64 expected = w.plan.tpm.report_data;
			struct cc_claims lie = w.claims;

			lie.measurement[31] ^= i == 1 ? 1 : 0;
			lie.registers.at[7].value[31] ^= i == 2 ? 1 : 0;
			lie.tpm.key.b[31] ^= i == 3 ? 1 : 0;
			lie.report_data[0] ^= i == 4 ? 1 : 0;
			expected.b[63] ^= i == 5 ? 1 : 0;
			lie.tpm.launch[0] ^= i == 6 ? 1 : 0;
			lie.debug = i == 7;
			lie.platform = i == 8 ? platforms[1 - p] : lie.platform;
			lie.measurement_len = i == 9 ? 48 : 32;
			lie.tpm.launch_is_all ^= i == 10;
			lie.tpm.quoted = i != 11;
			lie.snp.host_data.b[0] ^= i == 12 ? 1 : 0;
			lie.tdx.owner.b[0] ^= i == 12 ? 1 : 0;
			lie.tpm.log_pcrs ^= i == 13 ? 1 : 0;
			assert_int_equal(cc_evidence_recheck(cc_buf_span(&w.evidence), &lie,
							     &expected, &w.err),
					 i == 0 ? 0 : -1);
		}
	}
}

/* A report that another chip signed, beside claims that this one did. */
static void the_keeper_checks_both_signatures_itself(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };

	(void)state;
	make_good(&w, CC_PLATFORM_SNP);
	assert_int_equal(prove(&w), 0);
	w.claims.snp.key[95] ^= 1;
	assert_int_equal(cc_evidence_recheck(cc_buf_span(&w.evidence), &w.claims,
					     &w.plan.tpm.report_data, &w.err),
			 -1);
	w.claims.snp.key[95] ^= 1;
	make_good(&other, CC_PLATFORM_SNP);
	cc_rsa_free(w.azure.tpm.leaf_rsa);
	w.azure.tpm.leaf_rsa = other.azure.tpm.leaf_rsa;
	other.azure.tpm.leaf_rsa = NULL;
	collect(&w);
	assert_int_equal(cc_evidence_recheck(cc_buf_span(&w.evidence), &w.claims,
					     &w.plan.tpm.report_data, &w.err),
			 -1);
	assert_non_null(strstr(w.err.text, "virtual TPM"));
}

static void claims_of_a_guest_survive_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(platforms); i++) {
		CC_AUTO_JSON struct cc_json *json = NULL;
		AUTO_WORLD struct world w = { 0 };
		struct cc_claims again = { 0 };

		make_good(&w, platforms[i]);
		assert_int_equal(prove(&w), 0);
		assert_int_equal(cc_claims_to_json(&w.claims, &json, &w.err), 0);
		if (cc_claims_from_json(json, &again, &w.err) != 0)
			fail_msg("%s", w.err.text);
		assert_memory_equal(&again, &w.claims, sizeof(again));
		/* One member of a TPM's that is missing. */
		cc_json_drop(json, "resets");
		assert_int_equal(cc_claims_from_json(json, &again, &w.err), -1);
	}
}

static int spare_free(void **state)
{
	(void)state;
	cc_rsa_free(spare);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_simulated_guest_is_proven_with_its_tpm),
		cmocka_unit_test(the_measurement_covers_paravisor_and_guest),
		cmocka_unit_test(a_tpm_of_another_guest_is_refused),
		cmocka_unit_test(a_quote_by_another_key_is_refused),
		cmocka_unit_test(a_report_of_the_guest_itself_is_no_paravisors),
		cmocka_unit_test(the_key_of_the_report_is_for_signing_alone),
		cmocka_unit_test(a_container_is_of_the_platform_that_it_says),
		cmocka_unit_test(a_tpm_alone_is_no_confidential_guest),
		cmocka_unit_test(what_no_paravisor_writes_is_refused),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(the_keeper_looks_at_both_itself),
		cmocka_unit_test(the_keeper_checks_both_signatures_itself),
		cmocka_unit_test(claims_of_a_guest_survive_json),
	};

	return cmocka_run_group_tests(tests, NULL, spare_free);
}
