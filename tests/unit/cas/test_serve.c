/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attestation as the keeper serves it, behind a web and before a verifier that the test plays:
 * what is relayed, replayed, exchanged on the way or appraised by a liar releases nothing.
 */
#include "tests/unit/cas/scene.h"

static void an_honest_start_gets_its_configuration(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	ok(ask(&scene, &oops));
	assert_string_equal(scene.start.config.stage, "input");
	assert_string_equal(scene.start.config.class, "simulated");
	assert_stage(&scene.world, &scene.run, 0, "running");
}

/* A relay ends the runtime's TLS and opens one of its own: the exporters differ. */
static void a_relayed_quote_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	scene.exporter.b[0] ^= 1;
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void a_replayed_request_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	ok(ask(&scene, &oops));
	assert_int_equal(ask(&scene, &err), -1);
	assert_code(err, CC_E_STALE);
}

static void an_old_quote_for_a_new_nonce_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	draw_nonce(&scene);
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void a_nonce_that_nobody_drew_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	memset(scene.start.attest.nonce, 0x11, sizeof(scene.start.attest.nonce));
	make_evidence(&scene);
	assert_refused(&scene, CC_E_STALE);
}

static void a_nonce_older_than_a_minute_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	draw_nonce_of(&scene, 61000);
	make_evidence(&scene);
	assert_refused(&scene, CC_E_STALE);
}

static void a_root_that_the_cas_does_not_name_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_roots vendors = { 0 };

	(void)state;
	set(&scene);
	cc_roots_vendors(&vendors);
	accept_roots(&scene, &vendors);
	prepare(&scene);
	assert_refused(&scene, CC_E_EVIDENCE);
}

/* Evidence of one role says nothing in another; only runtimes are configured here. */
static void another_role_is_refused(void **state)
{
	static const enum cc_role roles[] = { CC_ROLE_PEER, CC_ROLE_BUILDER };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(roles); i++) {
		AUTO_SCENE struct scene scene = { 0 };

		set(&scene);
		scene.start.attest.role = roles[i];
		prepare(&scene);
		assert_refused(&scene, CC_E_UNSUPPORTED);
	}
}

/* Before its evidence is proven, a caller hears a code, and a number to look up in the log. */
static void who_is_not_proven_learns_a_reference_and_no_reason(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	scene.exporter.b[0] ^= 1;
	assert_int_equal(ask(&scene, &err), -1);
	assert_int_equal(strncmp(err.text, "reference ", 10), 0);
	assert_string_equal(err.hint, "");
	/* Proven, and another program: its operator is told which. */
	scene.exporter.b[1] ^= 1;
	scene.start.claims.measurement[0] ^= 1;
	prepare(&scene);
	assert_int_equal(ask(&scene, &err), -1);
	assert_says(err, "measurement");
}

static void another_policy(struct cc_attest *attest)
{
	free(attest->policy);
	ok(cc_str_dup("sh2/s2", &attest->policy, &oops));
}

static void another_service(struct cc_attest *attest)
{
	free(attest->service);
	ok(cc_str_dup("s2", &attest->service, &oops));
}

static void another_ticket(struct cc_attest *attest)
{
	attest->ticket[0] ^= 1;
}

/* A release to a key of web's own: what a hostile web wants most. */
static void another_hpke_key(struct cc_attest *attest)
{
	attest->hpke.b[0] ^= 1;
}

static void another_signer(struct cc_attest *attest)
{
	attest->signer[0] ^= 1;
}

static void what_web_exchanges_behind_the_evidence_is_refused(void **state)
{
	static void (*const exchanges[])(struct cc_attest *) = { another_policy, another_service,
								 another_ticket, another_hpke_key,
								 another_signer };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(exchanges); i++) {
		AUTO_SCENE struct scene scene = { 0 };

		set(&scene);
		prepare(&scene);
		exchanges[i](&scene.start.attest);
		assert_refused(&scene, CC_E_EVIDENCE);
	}
}

static void a_start_without_a_ticket_of_the_cas_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	memset(scene.start.attest.ticket, 0x77, sizeof(scene.start.attest.ticket));
	prepare(&scene);
	assert_refused(&scene, CC_E_DENIED);
}

static void a_ticket_is_for_its_own_service_alone(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	another_policy(&scene.start.attest);
	another_service(&scene.start.attest);
	prepare(&scene);
	assert_refused(&scene, CC_E_DENIED);
}

static void a_request_for_another_cas_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	scene.start.attest.cas_key.b[0] ^= 1;
	prepare(&scene);
	assert_refused(&scene, CC_E_DENIED);
}

static void another_program_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	scene.start.claims.measurement[0] ^= 1;
	prepare(&scene);
	assert_refused(&scene, CC_E_DENIED);
}

static void say_the_agreed_measurement(struct cc_claims *claims)
{
	const struct cc_claims good = good_claims();

	memcpy(claims->measurement, good.measurement, sizeof(claims->measurement));
}

static void a_verifier_cannot_lie_about_the_measurement(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	scene.start.claims.measurement[0] ^= 1;
	scene.lie = say_the_agreed_measurement;
	prepare(&scene);
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void say_no_debugger_can_look(struct cc_claims *claims)
{
	claims->debug = false;
}

static void a_verifier_cannot_lie_about_the_debug_mode(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	scene.attributes = CC_SGX_DEBUG;
	scene.lie = say_no_debugger_can_look;
	prepare(&scene);
	assert_refused(&scene, CC_E_EVIDENCE);
}

static struct cc_digest64 expected_by_the_keeper;

static void say_the_expected_report(struct cc_claims *claims)
{
	memcpy(claims->report_data, expected_by_the_keeper.b, sizeof(claims->report_data));
}

static void a_verifier_cannot_lie_about_the_report_data(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	scene.exporter.b[0] ^= 1;
	prepare(&scene);
	expected_by_the_keeper = scene.start.report;
	scene.exporter.b[0] ^= 1;
	make_evidence(&scene);
	scene.exporter.b[0] ^= 1;
	scene.lie = say_the_expected_report;
	assert_refused(&scene, CC_E_EVIDENCE);
}

static struct cc_claims of_the_honest_quote;

static void say_what_the_honest_quote_said(struct cc_claims *claims)
{
	*claims = of_the_honest_quote;
}

static void a_verifier_cannot_lie_about_the_signature(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_evidence evidence = { .platform = CC_PLATFORM_SGX };
	struct cc_roots roots = { 0 };
	struct cc_quote quote = { 0 };
	uint8_t *bytes = NULL;

	(void)state;
	set(&scene);
	prepare(&scene);
	bytes = scene.start.attest.evidence[0].bytes.at;
	evidence.at = cc_time_now(); /* not before the platform was made */
	evidence.bytes = cc_buf_span(&scene.start.attest.evidence[0].bytes);
	simulated_roots(&scene, &roots);
	evidence.roots = &roots;
	cc_sim_pki_collateral(&scene.pki, &evidence.collateral);
	ok(cc_evidence_prove(&evidence, &of_the_honest_quote, &oops));
	ok(cc_quote_parse(evidence.bytes, &quote, &oops));
	bytes[quote.signature.at - bytes] ^= 1;
	scene.lie = say_what_the_honest_quote_said;
	scene.says_ok_always = true;
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void what_the_verifier_refuses_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	scene.start.attest.evidence[0].bytes.at[CC_QUOTE_HEADER_LEN] ^= 1;
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void the_same_instance_asks_again_and_another_takes_over(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	uint8_t attempt[CC_CONFIG_ID_LEN];

	(void)state;
	set(&scene);
	prepare(&scene);
	ok(ask(&scene, &oops));
	memcpy(attempt, scene.start.config.attempt, sizeof(attempt));
	scene.exporter.b[0] ^= 1; /* a new connection, with evidence for it */
	prepare(&scene);
	ok(ask(&scene, &oops));
	assert_memory_equal(scene.start.config.attempt, attempt, sizeof(attempt));
	memset(scene.start.attest.signer, 2, sizeof(scene.start.attest.signer));
	scene.exporter.b[1] ^= 1;
	prepare(&scene);
	ok(ask(&scene, &oops));
	assert_memory_not_equal(scene.start.config.attempt, attempt, sizeof(attempt));
}

static void a_connection_attests_once(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	ok(ask(&scene, &oops));
	/* Fresh evidence with a fresh nonce, over the same connection. */
	prepare(&scene);
	assert_int_equal(ask(&scene, &err), -1);
	assert_code(err, CC_E_STALE);
	scene.exporter.b[0] ^= 1;
	prepare(&scene);
	ok(ask(&scene, &oops));
}

/* Else whoever cannot attest could try over one connection for ever. */
static void an_attestation_that_was_refused_was_one(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	scene.start.attest.evidence[0].bytes.at[CC_QUOTE_HEADER_LEN] ^= 1;
	assert_refused(&scene, CC_E_EVIDENCE);
	prepare(&scene);
	assert_refused(&scene, CC_E_STALE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_start_gets_its_configuration),
		cmocka_unit_test(a_relayed_quote_is_refused),
		cmocka_unit_test(a_replayed_request_is_refused),
		cmocka_unit_test(an_old_quote_for_a_new_nonce_is_refused),
		cmocka_unit_test(a_connection_attests_once),
		cmocka_unit_test(an_attestation_that_was_refused_was_one),
		cmocka_unit_test(a_nonce_that_nobody_drew_is_refused),
		cmocka_unit_test(a_nonce_older_than_a_minute_is_refused),
		cmocka_unit_test(a_root_that_the_cas_does_not_name_is_refused),
		cmocka_unit_test(another_role_is_refused),
		cmocka_unit_test(who_is_not_proven_learns_a_reference_and_no_reason),
		cmocka_unit_test(what_web_exchanges_behind_the_evidence_is_refused),
		cmocka_unit_test(a_start_without_a_ticket_of_the_cas_is_refused),
		cmocka_unit_test(a_ticket_is_for_its_own_service_alone),
		cmocka_unit_test(a_request_for_another_cas_is_refused),
		cmocka_unit_test(another_program_is_refused),
		cmocka_unit_test(a_verifier_cannot_lie_about_the_measurement),
		cmocka_unit_test(a_verifier_cannot_lie_about_the_debug_mode),
		cmocka_unit_test(a_verifier_cannot_lie_about_the_report_data),
		cmocka_unit_test(a_verifier_cannot_lie_about_the_signature),
		cmocka_unit_test(what_the_verifier_refuses_is_refused),
		cmocka_unit_test(the_same_instance_asks_again_and_another_takes_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
