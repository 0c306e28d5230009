/* SPDX-License-Identifier: Apache-2.0 */
/* What a start shows of two platforms: what counts as two roots, and what the program is then. */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "evidence/snp.h"
#include "policy/decide.h"

#define NOW 1793491200 /* 2026-11-01T00:00:00Z */
#define MEASURED                                                                            \
	"measurements: [{platform: sgx, value: " HEX_A ", content: " HEX_D "}, 'tdx:" HEX_A \
	"', {platform: snp, value: " HEX_A ", content: " HEX_D "}, 'nitro:" HEX_A           \
	"', {platform: tpm, value: " HEX_B "}]"
#define TWO "tolerate: [simulation, measured-only], independent_roots: 2"

struct scene {
	struct cc_policy *policy;
	struct cc_roots roots;
	struct cc_claims claims[2];
	size_t count;
	struct cc_program program;
	const struct cc_claims *main;
	struct cc_err err;
};
#define AUTO_SCENE CC_CLEANUP(scene_clear)

static void scene_clear(struct scene *scene)
{
	cc_policy_free(scene->policy);
}

static struct cc_policy *policy_with(const char *service, const char *attestation)
{
	CC_AUTO_FREE char *text = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_strf(&text, &err,
				 "name: p\nservices: [{name: s, command: [x], %s}]\n"
				 "security: {attestation: {%s}}\n",
				 service, attestation),
			 0);
	return given(text);
}

/* Each under a root of its own kind: `root` fills the key. */
static struct cc_claims claims_of(enum cc_platform_kind platform, enum cc_class class, uint8_t root)
{
	struct cc_claims c = { .platform = platform, .class = class, .measurement_len = 32 };

	memset(c.root.b, root, sizeof(c.root.b));
	memset(c.measurement, platform == CC_PLATFORM_TPM ? 0xbb : 0xaa, 32);
	c.tcb = platform == CC_PLATFORM_SGX ? CC_TCB_UP_TO_DATE : CC_TCB_NOT_STATED;
	c.intel.qe_tcb = CC_TCB_UP_TO_DATE;
	c.sgx.initialized = c.sgx.mode64 = platform == CC_PLATFORM_SGX;
	c.snp.product = CC_SNP_GENOA;
	c.snp.policy = CC_SNP_POLICY_ONE;
	c.tpm.quoted = platform == CC_PLATFORM_TPM;
	return c;
}

static void name_root(struct scene *scene, const struct cc_claims *claims, const char *label)
{
	struct cc_root root = { .key = claims->root,
				.platform = claims->platform,
				.class = claims->class };

	(void)snprintf(root.label, sizeof(root.label), "%s", label);
	assert_int_equal(cc_roots_add(&scene->roots, &root, &scene->err), 0);
}

static void show(struct scene *scene, struct cc_claims claims, const char *label)
{
	name_root(scene, &claims, label);
	scene->claims[scene->count++] = claims;
}

/* A machine whose processor and whose TPM both vouch for the program. */
static void set(struct scene *scene, const char *attestation)
{
	scene->policy = policy_with(MEASURED, attestation);
	show(scene, claims_of(CC_PLATFORM_SNP, CC_CLASS_SIMULATED, 1), "SIMULATION of snp");
	show(scene, claims_of(CC_PLATFORM_TPM, CC_CLASS_MEASURED_ONLY, 2), "TPMs of ours");
}

static int decide(struct scene *scene)
{
	const struct cc_presented presented = { scene->claims, scene->count, &scene->roots };

	return cc_decide_start(scene->policy, &scene->policy->services.at[0], &presented, NOW,
			       &scene->program, &scene->main, &scene->err);
}

static void assert_refused(struct scene *scene, const char *why)
{
	if (decide(scene) == 0)
		fail_msg("accepted, and not refused by '%s'", why);
	assert_int_equal(scene->err.code, CC_E_DENIED);
	if (strstr(scene->err.text, why) == NULL)
		fail_msg("%s", scene->err.text);
}

static void swap(struct scene *scene)
{
	const struct cc_claims first = scene->claims[0];

	scene->claims[0] = scene->claims[1];
	scene->claims[1] = first;
}

static void two_roots_of_different_parties_are_what_the_policy_asks_for(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, TWO);
	if (decide(&scene) != 0)
		fail_msg("%s", scene.err.text);
	assert_true(scene.program.is_authenticated);
	assert_int_equal(scene.main->platform, CC_PLATFORM_SNP);
	assert_int_equal(scene.program.platform, CC_PLATFORM_SNP);
}

static void one_root_is_not_two_and_the_error_says_what_is_missing(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, TWO);
	scene.count = 1;
	assert_refused(&scene, "asks for 2 independent roots, and this start shows "
			       "one: of snp, under 'SIMULATION of snp'");
	assert_non_null(strstr(scene.err.hint, "a second --platform"));
}

static void a_policy_that_asks_for_one_takes_one_or_two(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, "tolerate: [simulation, measured-only]");
	assert_int_equal(decide(&scene), 0);
	scene.count = 1;
	assert_int_equal(decide(&scene), 0);
}

static void the_same_evidence_twice_is_one_root(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, TWO);
	scene.claims[1] = scene.claims[0];
	assert_refused(&scene, "not known to be held by different parties");
}

/* Intel's key is one for two platforms; AMD has one for each product. */
static void two_quotes_of_one_party_are_one_root(void **state)
{
	AUTO_SCENE struct scene amd = { .policy = policy_with(MEASURED, TWO) };

	(void)state;
	cc_roots_vendors(&amd.roots);
	for (size_t i = 0; i < amd.roots.count && amd.count < 2; i++) {
		if (amd.roots.at[i].platform != CC_PLATFORM_SNP ||
		    strcmp(amd.roots.at[i].label, "ARK-Milan") == 0)
			continue;
		amd.claims[amd.count] = claims_of(CC_PLATFORM_SNP, CC_CLASS_CONFIDENTIAL, 0);
		amd.claims[amd.count++].root = amd.roots.at[i].key;
	}
	assert_refused(&amd, "'ARK-Genoa' (snp) and 'ARK-Turin' (snp) are not known");
}

static void each_evidence_must_be_accepted_alone(void **state)
{
	(void)state;
	for (size_t bad = 0; bad < 2; bad++) {
		AUTO_SCENE struct scene scene = { 0 };

		set(&scene, TWO);
		scene.claims[bad].measurement[31] ^= 1; /* another PCR, another program */
		assert_refused(&scene, "is none that service 's' accepts");
	}
}

/* Also when nothing asks for two: what is shown beside must not be worse than nothing. */
static void a_second_that_is_refused_refuses_the_start(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, "tolerate: simulation");
	assert_refused(&scene, "does not tolerate the class");
}

static void the_class_is_the_weakest_in_every_order(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		AUTO_SCENE struct scene scene = { 0 };

		set(&scene, TWO);
		if (swapped)
			swap(&scene);
		assert_int_equal(decide(&scene), 0);
		assert_int_equal(scene.program.class, CC_CLASS_SIMULATED);
		assert_int_equal(scene.main->platform, CC_PLATFORM_SNP);
		assert_true(scene.program.has_content);
		scene.roots.count = 0;
		for (size_t i = 0; i < 2; i++)
			if (scene.claims[i].platform == CC_PLATFORM_SNP)
				scene.claims[i].class = CC_CLASS_CONFIDENTIAL;
		cc_roots_vendors(&scene.roots);
		for (size_t i = 0; i < 2; i++)
			for (size_t k = 0; k < scene.roots.count; k++)
				if (scene.roots.at[k].platform == scene.claims[i].platform)
					scene.claims[i].root = scene.roots.at[k].key;
		assert_int_equal(decide(&scene), 0);
		assert_int_equal(scene.program.class, CC_CLASS_MEASURED_ONLY);
	}
}

/* The roots are the keeper's own list; a verifier that names another, or another class, counts not.
 */
static void a_root_counts_only_as_the_cas_names_it(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, TWO);
	scene.claims[1].root.b[0] ^= 1;
	assert_refused(&scene, "the evidence of tpm ends in no root that this CAS names");
	scene.claims[1].root.b[0] ^= 1;
	scene.claims[0].class = CC_CLASS_CONFIDENTIAL;
	assert_refused(&scene, "the evidence of snp ends in no root that this CAS names");
}

static void two_of_different_programs_are_refused(void **state)
{
	AUTO_SCENE struct scene scene = {
		.policy = policy_with("measurements: [{platform: snp, value: " HEX_A
				      ", content: " HEX_D "}, {platform: tpm, value: " HEX_B
				      ", content: " HEX_C "}]",
				      TWO)
	};

	(void)state;
	show(&scene, claims_of(CC_PLATFORM_SNP, CC_CLASS_SIMULATED, 1), "SIMULATION of snp");
	show(&scene, claims_of(CC_PLATFORM_TPM, CC_CLASS_MEASURED_ONLY, 2), "TPMs of ours");
	assert_refused(&scene, "of snp and of tpm is of different programs");
}

/* A guest whose report vouches for its virtual TPM, beside a quote of a TPM elsewhere. */
static void where_both_name_a_tpm_it_is_one(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, TWO);
	scene.claims[0].tpm.quoted = true;
	assert_int_equal(decide(&scene), 0);
	scene.claims[0].tpm.key.b[0] ^= 1;
	assert_refused(&scene, "is of two different TPMs");
}

static void more_than_two_or_none_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, TWO);
	scene.count = 0;
	assert_int_equal(decide(&scene), -1);
	scene.count = 3;
	assert_int_equal(decide(&scene), -1);
	assert_int_equal(scene.err.code, CC_E_BUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_roots_of_different_parties_are_what_the_policy_asks_for),
		cmocka_unit_test(one_root_is_not_two_and_the_error_says_what_is_missing),
		cmocka_unit_test(a_policy_that_asks_for_one_takes_one_or_two),
		cmocka_unit_test(the_same_evidence_twice_is_one_root),
		cmocka_unit_test(two_quotes_of_one_party_are_one_root),
		cmocka_unit_test(each_evidence_must_be_accepted_alone),
		cmocka_unit_test(a_second_that_is_refused_refuses_the_start),
		cmocka_unit_test(the_class_is_the_weakest_in_every_order),
		cmocka_unit_test(a_root_counts_only_as_the_cas_names_it),
		cmocka_unit_test(two_of_different_programs_are_refused),
		cmocka_unit_test(where_both_name_a_tpm_it_is_one),
		cmocka_unit_test(more_than_two_or_none_is_refused),
	};

	return cmocka_run_group_tests_name("policy/start", tests, NULL, NULL);
}
