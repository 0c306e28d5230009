/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two independent roots in one start, as the keeper counts them: what is shown twice, is of one
 * party, of another time, of another instance or of another program releases nothing.
 */
#include "tests/unit/cas/scene.h"

#include "evidence/evidence.h"

#define TPM_ENTRY ", {platform: tpm, value: "
#define ASKS                                                                                     \
	"security: {attestation: {independent_roots: 2, tolerate: [simulation, measured-only]}}" \
	"\n"

/* What the TPM's quote will measure: by a quote of it. */
static void measure(char hex[static 2 * CC_MEASUREMENT_MAX + 1])
{
	CC_AUTO_SIM_TPM struct cc_sim_tpm tpm = { 0 };
	struct cc_sim_tpm_plan plan = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_claims claims = { 0 };

	cc_sim_tpm_plan_good(cc_time_now(), &plan);
	ok(cc_sim_tpm_make(&plan, &tpm, &oops));
	ok(cc_sim_tpm_quote(&tpm, &plan, &bytes, &oops));
	ok(cc_evidence_read(CC_PLATFORM_TPM, cc_buf_span(&bytes), &claims, &oops));
	for (size_t i = 0; i < claims.measurement_len; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", claims.measurement[i]);
}

/* Service s1 with an entry for the TPM, too. */
static void set_pair(struct scene *scene, const char *more)
{
	static const char program[] = "content: " HEX_B "}";
	char hex[2 * CC_MEASUREMENT_MAX + 1] = "";
	const char *s1 = S1_OF("maximum: 3", "");
	const char *at = strstr(s1, program) + strlen(program);
	CC_AUTO_FREE char *text = NULL;

	measure(hex);
	ok(cc_strf(&text, &oops, "%.*s" TPM_ENTRY "%s}%s%s", (int)(at - s1), s1, hex, at, more));
	scene->is_beside = true;
	set_with(scene, text);
}

static void a_processor_and_a_tpm_are_two_roots(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set_pair(&scene, ASKS);
	prepare(&scene);
	ok(ask(&scene, &oops));
	assert_string_equal(scene.start.config.stage, "input");
	assert_string_equal(scene.start.config.class, "simulated");
	assert_stage(&scene.world, &scene.run, 0, "running");
}

static void one_of_them_is_refused_and_told_what_is_missing(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	set_pair(&scene, ASKS);
	scene.is_beside = false;
	prepare(&scene);
	assert_int_equal(ask(&scene, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_non_null(strstr(err.text, "2 independent roots, and this start shows one: of sgx"));
	assert_non_null(strstr(err.hint, "second --platform"));
	assert_stage(&scene.world, &scene.run, 0, "ready");
}

static void show_the_first_twice(struct cc_attest *attest)
{
	cc_buf_reset(&attest->evidence[1].bytes);
	ok(cc_buf_add(&attest->evidence[1].bytes, cc_buf_span(&attest->evidence[0].bytes), &oops));
}

/* The same bytes as those of another platform: no format is two. */
static void the_same_quote_twice_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set_pair(&scene, ASKS);
	prepare(&scene);
	show_the_first_twice(&scene.start.attest);
	assert_refused(&scene, CC_E_ARG);
}

static struct cc_claims of_the_first;

static void say_of_both_what_the_first_said(struct cc_claims *claims)
{
	if (claims->platform == CC_PLATFORM_SGX)
		of_the_first = *claims;
	*claims = of_the_first;
}

/* The verifier's word is not what two roots are counted by. */
static void a_verifier_cannot_make_two_of_one(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set_pair(&scene, ASKS);
	prepare(&scene);
	show_the_first_twice(&scene.start.attest);
	scene.lie = say_of_both_what_the_first_said;
	scene.says_ok_always = true;
	assert_refused(&scene, CC_E_DENIED);
}

static void say_another_root(struct cc_claims *claims)
{
	if (claims->platform == CC_PLATFORM_TPM)
		memset(claims->root.b, 0x66, sizeof(claims->root.b));
}

static void say_that_it_is_no_simulation(struct cc_claims *claims)
{
	claims->class = CC_CLASS_CONFIDENTIAL;
}

static void a_verifier_cannot_invent_a_root_or_its_class(void **state)
{
	static void (*const lies[])(struct cc_claims *) = { say_another_root,
							    say_that_it_is_no_simulation };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(lies); i++) {
		AUTO_SCENE struct scene scene = { 0 };

		set_pair(&scene, ASKS);
		prepare(&scene);
		scene.lie = lies[i];
		assert_refused(&scene, CC_E_DENIED);
	}
}

/* A quote that was good for the start before, beside one for this. */
static void an_old_quote_beside_a_fresh_one_is_refused(void **state)
{
	(void)state;
	for (size_t old = 0; old < 2; old++) {
		AUTO_SCENE struct scene scene = { 0 };
		struct cc_attest_evidence *evidence = NULL;
		CC_AUTO_BUF struct cc_buf kept = { 0 };

		set_pair(&scene, ASKS);
		prepare(&scene);
		evidence = &scene.start.attest.evidence[old];
		ok(cc_buf_add(&kept, cc_buf_span(&evidence->bytes), &oops));
		prepare(&scene);
		cc_buf_reset(&evidence->bytes);
		ok(cc_buf_add(&evidence->bytes, cc_buf_span(&kept), &oops));
		assert_refused(&scene, CC_E_EVIDENCE);
	}
}

/* Everything as here, but for the key of another instance, on another connection of the same CAS.
 */
static void a_quote_of_another_session_beside_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_digest64 other = { { 0 } };

	(void)state;
	set_pair(&scene, ASKS);
	scene.exporter.b[0] ^= 1;
	scene.start.attest.signer[0] ^= 1;
	prepare(&scene);
	other = scene.start.report;
	scene.exporter.b[0] ^= 1;
	scene.start.attest.signer[0] ^= 1;
	make_evidence(&scene);
	quote_tpm(&scene, &other);
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void a_tpm_of_another_state_is_refused_though_the_processor_is_right(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set_pair(&scene, ASKS);
	scene.quoted.pcr[4][0] ^= 1;
	prepare(&scene);
	assert_refused(&scene, CC_E_DENIED);
}

static void one_that_does_not_verify_fails_both(void **state)
{
	(void)state;
	for (size_t bad = 0; bad < 2; bad++) {
		AUTO_SCENE struct scene scene = { 0 };
		struct cc_buf *bytes = NULL;

		set_pair(&scene, ASKS);
		prepare(&scene);
		bytes = &scene.start.attest.evidence[bad].bytes;
		bytes->at[bytes->len / 2] ^= 1;
		if (ask(&scene, &oops) == 0)
			fail_msg("a configuration was released");
		assert_stage(&scene.world, &scene.run, 0, "ready");
	}
}

/* Also where one would do: nobody brings a second that is worse than none. */
static void a_second_is_appraised_where_nobody_asked_for_it(void **state)
{
	AUTO_SCENE struct scene good = { 0 }, bad = { 0 };

	(void)state;
	set_pair(&good, TOLERATE);
	prepare(&good);
	ok(ask(&good, &oops));
	set_pair(&bad, TOLERATE);
	prepare(&bad);
	quote_tpm(&bad, &(struct cc_digest64){ { 1 } });
	assert_refused(&bad, CC_E_EVIDENCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_processor_and_a_tpm_are_two_roots),
		cmocka_unit_test(one_of_them_is_refused_and_told_what_is_missing),
		cmocka_unit_test(the_same_quote_twice_is_refused),
		cmocka_unit_test(a_verifier_cannot_make_two_of_one),
		cmocka_unit_test(a_verifier_cannot_invent_a_root_or_its_class),
		cmocka_unit_test(an_old_quote_beside_a_fresh_one_is_refused),
		cmocka_unit_test(a_quote_of_another_session_beside_is_refused),
		cmocka_unit_test(a_tpm_of_another_state_is_refused_though_the_processor_is_right),
		cmocka_unit_test(one_that_does_not_verify_fails_both),
		cmocka_unit_test(a_second_is_appraised_where_nobody_asked_for_it),
	};

	return cmocka_run_group_tests_name("cas/roots", tests, NULL, NULL);
}
