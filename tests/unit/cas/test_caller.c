/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks, by what proof, and what of the request is the caller's own word. */
#include "tests/unit/cas/story.h"

#define SIGNED_ONLY "identity: signed\n"
#define SALT_A "00112233445566778899aabbccddeeff"
#define SALT_B "ffeeddccbbaa99887766554433221100"

static enum cc_code ask(struct world *world, cc_operation_fn *operation, struct cc_caller caller,
			const char *argument, struct cc_json *body)
{
	CC_AUTO_JSON struct cc_json *owned = body;
	const struct asking_for asked = { operation, caller, argument, NULL, owned };
	struct cc_result result = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(ask_cas(world, &asked, &result, &err));
	cc_result_clear(&result);
	return err.code;
}

static struct cc_json *body_of(const char *member, const char *text)
{
	struct cc_json *body = NULL;

	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, member, text, &oops));
	return body;
}

static void a_certificate_is_not_the_creator_where_requests_are_signed(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	ok(create(&world, SH1, "name: p\n" SIGNED_ONLY, &oops));
	assert_int_equal(ask(&world, cc_policy_read, person(SH1), "p", NULL), CC_OK);
	assert_int_equal(ask(&world, cc_policy_read, certificate(SH1), "p", NULL), CC_E_DENIED);
	assert_int_equal(ask(&world, cc_policy_versions, certificate(SH1), "p", NULL), CC_E_DENIED);
	assert_int_equal(ask(&world, cc_policy_executions, certificate(SH1), "p", NULL),
			 CC_E_DENIED);
}

static enum cc_code send_text(struct world *world, struct cc_caller caller, const char *text)
{
	struct cc_err err = { 0 };

	cc_ignore(send_policy(world, caller, cc_policy_create, "", text, &err));
	return err.code;
}

/* A later version, sent the way in which SCONE's scripts do. */
static enum cc_code send_next(struct world *world, struct cc_caller caller, const char *name,
			      const char *text)
{
	CC_AUTO_FREE char *next = NULL;
	struct cc_rec_policy row = { 0 };
	char hex[CC_HEX_DIGEST];
	struct cc_digest hash;

	ok(cc_state_get(world->state, &cc_rec_policy, name, &row, &oops));
	memcpy(hash.b, row.hash, sizeof(hash.b));
	cc_record_clear(&cc_rec_policy, &row);
	cc_hex_digest(&hash, hex);
	ok(cc_strf(&next, &oops, "%spredecessor: %s\n", text, hex));
	return send_text(world, caller, next);
}

static void a_certificate_keeps_what_certificates_alone_have_made(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(send_text(&world, certificate(SH1), "name: q\n"), CC_OK);
	assert_int_equal(ask(&world, cc_policy_read, certificate(SH1), "q", NULL), CC_OK);
	assert_int_equal(send_next(&world, certificate(SH1), "q", "name: q\nsalt: " SALT_A "\n"),
			 CC_OK);
	assert_int_equal(ask(&world, cc_policy_read, certificate(SH1), "q", NULL), CC_OK);
	assert_int_equal(ask(&world, cc_policy_read, certificate(SH2), "q", NULL), CC_E_DENIED);
	assert_int_equal(ask(&world, cc_policy_read, person(SH1), "q", NULL), CC_OK);
}

static void a_certificate_is_nobody_where_a_version_was_signed(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(send_text(&world, person(SH1), "name: p\n"), CC_OK);
	assert_int_equal(ask(&world, cc_policy_read, certificate(SH1), "p", NULL), CC_E_DENIED);
	assert_int_equal(send_text(&world, certificate(SH1), "name: q\n"), CC_OK);
	assert_int_equal(send_next(&world, person(SH1), "q", "name: q\nsalt: " SALT_A "\n"), CC_OK);
	assert_int_equal(ask(&world, cc_policy_read, certificate(SH1), "q", NULL), CC_E_DENIED);
	assert_int_equal(send_next(&world, certificate(SH1), "q", "name: q\nsalt: " SALT_B "\n"),
			 CC_E_DENIED);
}

/* While a policy says `transport`, certificates may change it; that makes them no proof. */
static void what_was_signed_once_is_not_unsigned_by_a_certificate(void **state)
{
	static const char open[] = "name: p\nidentity: transport\n";
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(send_text(&world, person(SH1), open), CC_OK);
	assert_int_equal(ask(&world, cc_policy_read, certificate(SH1), "p", NULL), CC_OK);
	assert_int_equal(send_next(&world, certificate(SH1), "p", "name: p\n"), CC_OK);
	assert_int_equal(ask(&world, cc_policy_read, certificate(SH1), "p", NULL), CC_E_DENIED);
	assert_int_equal(ask(&world, cc_policy_read, person(SH1), "p", NULL), CC_OK);
}

static void a_namespace_that_was_signed_gives_no_leave_to_certificates(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	ok(create(&world, SH1, SPACE("sh1"), &oops));
	assert_int_equal(send_text(&world, certificate(SH2), SPACE("sh2")), CC_OK);
	assert_int_equal(send_text(&world, certificate(SH1), "name: sh1/p\n"), CC_E_DENIED);
	assert_int_equal(send_text(&world, certificate(SH2), "name: sh2/p\n"), CC_OK);
}

static void what_anyone_may_takes_no_signature(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	ok(create(&world, SH1, "name: p\naccess_policy: {read: ANY}\n" SIGNED_ONLY, &oops));
	assert_int_equal(ask(&world, cc_policy_read, certificate(SH2), "p", NULL), CC_OK);
	assert_int_equal(ask(&world, cc_policy_read, person(0), "p", NULL), CC_OK);
}

static void a_policy_that_wants_signatures_comes_signed(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	static const char text[] = "name: p\n" SIGNED_ONLY;

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(
		ask(&world, cc_policy_create, certificate(SH1), NULL, body_of("policy", text)),
		CC_E_DENIED);
	assert_int_equal(ask(&world, cc_policy_create, person(SH1), NULL, body_of("policy", text)),
			 CC_OK);
}

static void runs_of_such_a_workflow_are_not_touched_by_certificates(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1, S3_WITH("lifetime: run, ", TOLERATE SIGNED_ONLY));
	assert_int_equal(ask(&world, cc_run_open, certificate(SH3), NULL,
			     body_of("workflow", "sh3/pipeline")),
			 CC_E_DENIED);
	assert_int_equal(ask(&world, cc_workflow_plan_show, certificate(SH3), "sh3/pipeline", NULL),
			 CC_E_DENIED);
	ok(open_run(&world, SH3, &run, &oops));
	assert_int_equal(ask(&world, cc_run_status, certificate(SH3), run.run, NULL), CC_E_DENIED);
	assert_int_equal(ask(&world, cc_run_abort, certificate(SH3), run.run, NULL), CC_E_DENIED);
	assert_run(&world, &run, "open");
	assert_int_equal(ask(&world, cc_run_abort, person(SH3), run.run, NULL), CC_OK);
}

/* What the request says of `name`; "" when nothing. */
static void assert_said(struct cc_caller caller, const char *query, struct cc_json *body,
			const char *expected)
{
	CC_AUTO_JSON struct cc_json *owned = body;
	const struct cc_operation_call call = { .caller = caller, .query = query, .body = owned };
	CC_AUTO_FREE char *text = NULL;

	ok(cc_call_text(&call, "name", &text, &oops));
	assert_string_equal(text != NULL ? text : "", expected);
}

static void the_query_is_the_word_of_web(void **state)
{
	(void)state;
	assert_said(certificate(SH1), "x=1&name=a%2fb", NULL, "a/b");
	assert_said(person(0), "name=a", NULL, "a");
	assert_said(person(SH1), "name=a", NULL, "");
	assert_said(person(SH1), "name=a", body_of("name", "b"), "b");
	assert_said(certificate(SH1), "name=a", body_of("name", "b"), "b");
	assert_said(certificate(SH1), "", NULL, "");
}

static void numbers_have_their_maximum_wherever_they_stand(void **state)
{
	struct cc_operation_call call = { .caller = certificate(SH1), .query = "n=7" };
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct cc_err err = { 0 };
	uint64_t number = 0;

	(void)state;
	ok(cc_call_number(&call, "n", 7, 1, &number, &oops));
	assert_int_equal(number, 7);
	ok(cc_call_number(&call, "m", 7, 1, &number, &oops));
	assert_int_equal(number, 1);
	assert_int_equal(cc_call_number(&call, "n", 6, 1, &number, &err), -1);
	assert_code(err, CC_E_TOOBIG);
	call.query = "n=x";
	assert_int_equal(cc_call_number(&call, "n", 6, 1, &number, &err), -1);
	assert_code(err, CC_E_ARG);
	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_u64(body, "n", 8, &oops));
	call.body = body;
	assert_int_equal(cc_call_number(&call, "n", 7, 1, &number, &err), -1);
	assert_code(err, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_is_not_the_creator_where_requests_are_signed),
		cmocka_unit_test(a_certificate_keeps_what_certificates_alone_have_made),
		cmocka_unit_test(a_certificate_is_nobody_where_a_version_was_signed),
		cmocka_unit_test(what_was_signed_once_is_not_unsigned_by_a_certificate),
		cmocka_unit_test(a_namespace_that_was_signed_gives_no_leave_to_certificates),
		cmocka_unit_test(what_anyone_may_takes_no_signature),
		cmocka_unit_test(a_policy_that_wants_signatures_comes_signed),
		cmocka_unit_test(runs_of_such_a_workflow_are_not_touched_by_certificates),
		cmocka_unit_test(the_query_is_the_word_of_web),
		cmocka_unit_test(numbers_have_their_maximum_wherever_they_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
