/* SPDX-License-Identifier: Apache-2.0 */
/* One-time passwords and access tokens of services (scone.md 1.15). */
#include "tests/unit/cas/story.h"

/* RFC 6238 appendix B: the shared secret of its vectors, and the last six digits of some. */
#define SHARED "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define OTHER "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
#define AT_2033 INT64_C(2000000000)
#define PASSWORD_2033 "279037"

#define WITH(service, more)                                                            \
	"name: sh1/s1\nversion: 0.3.10\nservices: [{name: s1, " PROGRAM service "}]\n" \
	"images: [{name: i, volumes: [{name: out, path: /vol1}]}]\n"                   \
	"volumes: [{name: out, import: {session: sh3/pipeline, volume: vol1}}]\n" TOLERATE more
#define SESSION_PASSWORD(text) \
	"security: {attestation: {one_time_password_shared_secret: " text "}}\n"

/* Start the first stage of a new run as a new instance. */
static int begin(struct world *world, uint8_t instance, const char *password, struct cc_err *err)
{
	struct opened run = { 0 };
	int done = 0;

	ok(open_run(world, SH3, &run, &oops));
	{
		AUTO_START struct start start = program_of(&run, 0, instance);

		if (password != NULL)
			ok(cc_str_dup(password, &start.attest.password, &oops));
		done = release_to(world, &start, err);
		/* The same instance asks again: it has shown its password. */
		if (done == 0)
			ok(release_to(world, &start, &oops));
	}
	ok(abort_run(world, SH3, &run, &oops));
	return done;
}

static void tell(struct world *world, const char *s1)
{
	tell_story(world, s1, S3);
	world->now = AT_2033;
}

static void a_start_needs_the_password_of_its_time(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell(&world, WITH("", SESSION_PASSWORD(SHARED)));
	assert_int_equal(begin(&world, 1, NULL, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "needs a one-time password");
	assert_int_equal(begin(&world, 2, "279038", &err), -1);
	assert_says(err, "The given One-time Password is invalid. Please try again.");
	ok(begin(&world, 3, PASSWORD_2033, &oops));
}

static void rule_1_15_1_each_password_is_accepted_once(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell(&world, WITH("", SESSION_PASSWORD(SHARED)));
	ok(begin(&world, 1, PASSWORD_2033, &oops));
	assert_int_equal(begin(&world, 2, PASSWORD_2033, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "has been used already");
	/* It is no more acceptable after a restart of the CAS. */
	world_reopen(&world);
	assert_int_equal(begin(&world, 3, PASSWORD_2033, &err), -1);
	assert_says(err, "has been used already");
}

static void rule_1_15_1_the_secret_of_a_service_goes_first(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell(&world, WITH(", one_time_password_shared_secret: " OTHER, SESSION_PASSWORD(SHARED)));
	assert_int_equal(begin(&world, 1, PASSWORD_2033, &err), -1);
	assert_says(err, "is invalid");
	ok(update(&world, SH1, "sh1/s1",
		  WITH(", one_time_password_shared_secret: " SHARED, SESSION_PASSWORD(OTHER)),
		  &oops));
	ok(update(&world, SH3, "sh3/pipeline", S3 "salt: 00112233445566778899aabbccddeeff\n",
		  &oops)); /* consents to it */
	ok(begin(&world, 2, PASSWORD_2033, &oops));
}

static void a_shared_secret_may_be_a_reference(void **state)
{
	static const char *const policies[] = {
		WITH("",
		     SESSION_PASSWORD(
			     "$$SCONE::s:base32nopad$$") "secrets: [{name: s, kind: binary, value: "
							 "3132333435363738393031323334353637383930}]\n"),
		WITH("", SESSION_PASSWORD(
				 "$$SCONE::s$$") "secrets: [{name: s, kind: binary, value: "
						 "3132333435363738393031323334353637383930}]\n"),
		WITH("", SESSION_PASSWORD(
				 "$$SCONE::s$$") "secrets: [{name: s, kind: ascii, value: " SHARED
						 "}]\n"),
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(policies); i++) {
		AUTO_WORLD struct world world = { 0 };
		struct cc_err err = { 0 };

		tell(&world, policies[i]);
		assert_int_equal(begin(&world, 1, "000000", &err), -1);
		assert_says(err, "is invalid");
		ok(begin(&world, 2, PASSWORD_2033, &oops));
	}
}

/* Of a million passwords three are good at a time: they cannot be tried one after another. */
static void a_wrong_password_costs_an_attempt(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell(&world, WITH("", SESSION_PASSWORD(SHARED)));
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start start = program_of(&run, 0, 1);

		ok(cc_str_dup("000000", &start.attest.password, &oops));
		for (size_t i = 0; i < CC_ATTEMPTS_STANDARD; i++) {
			assert_int_equal(release_to(&world, &start, &err), -1);
			assert_says(err, "is invalid");
		}
		free(start.attest.password);
		ok(cc_str_dup(PASSWORD_2033, &start.attest.password, &oops));
		assert_int_equal(release_to(&world, &start, &err), -1);
		assert_code(err, CC_E_LIMIT);
	}
	/* A consumer's next run has its own. */
	ok(abort_run(&world, SH3, &run, &oops));
	ok(begin(&world, 2, PASSWORD_2033, &oops));
}

static void a_wrong_password_leaves_the_running_program_alone(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell(&world, WITH("", SESSION_PASSWORD(SHARED)));
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start start = program_of(&run, 0, 1);
		AUTO_START struct start intruder = program_of(&run, 0, 2);

		ok(cc_str_dup(PASSWORD_2033, &start.attest.password, &oops));
		ok(release_to(&world, &start, &oops));
		ok(cc_str_dup("000000", &intruder.attest.password, &oops));
		assert_int_equal(release_to(&world, &intruder, &err), -1);
		ok(say(&world, &start, DONE, &oops));
	}
}

static int begin_with(struct world *world, const char *token, struct cc_err *err)
{
	struct opened run = { 0 };
	struct cc_digest expected = { 0 };
	int done = 0;

	ok(open_run(world, SH3, &run, &oops));
	{
		AUTO_START struct start start = program_of(&run, 0, 1);

		start.attest.has_access = token != NULL;
		if (token != NULL)
			ok(cc_access_proof(cc_span_str(token), CC_ROLE_RUNTIME, &start.report,
					   &start.attest.access, &oops));
		done = release_to(world, &start, err);
		if (done == 0 && token != NULL) {
			ok(cc_access_proof(cc_span_str(token), CC_ROLE_CAS, &start.report,
					   &expected, &oops));
			assert_true(start.config.has_access);
			assert_true(cc_digest_eq(&start.config.access, &expected));
		}
	}
	ok(abort_run(world, SH3, &run, &oops));
	return done;
}

static void rule_1_15_both_sides_prove_the_access_token(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell(&world, WITH("", "security: {service_access_token: 'a token'}\n"));
	assert_int_equal(begin_with(&world, NULL, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "without its access token");
	assert_int_equal(begin_with(&world, "another", &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "with another token");
	ok(begin_with(&world, "a token", &oops));
}

/* A proof of one side is none of the other: what web saw of a runtime is not the CAS's. */
static void proofs_are_of_one_side_and_one_attestation(void **state)
{
	struct cc_digest64 one = { { 1 } }, other = { { 2 } };
	struct cc_digest runtime = { 0 }, cas = { 0 }, later = { 0 };

	(void)state;
	ok(cc_access_proof(cc_span_str("t"), CC_ROLE_RUNTIME, &one, &runtime, &oops));
	ok(cc_access_proof(cc_span_str("t"), CC_ROLE_CAS, &one, &cas, &oops));
	ok(cc_access_proof(cc_span_str("t"), CC_ROLE_RUNTIME, &other, &later, &oops));
	assert_false(cc_digest_eq(&runtime, &cas));
	assert_false(cc_digest_eq(&runtime, &later));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_needs_the_password_of_its_time),
		cmocka_unit_test(rule_1_15_1_each_password_is_accepted_once),
		cmocka_unit_test(rule_1_15_1_the_secret_of_a_service_goes_first),
		cmocka_unit_test(a_shared_secret_may_be_a_reference),
		cmocka_unit_test(a_wrong_password_costs_an_attempt),
		cmocka_unit_test(a_wrong_password_leaves_the_running_program_alone),
		cmocka_unit_test(rule_1_15_both_sides_prove_the_access_token),
		cmocka_unit_test(proofs_are_of_one_side_and_one_attestation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
