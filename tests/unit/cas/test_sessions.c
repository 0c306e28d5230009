/* SPDX-License-Identifier: Apache-2.0 */
/* SCONE's endpoints: the same decisions in its words. */
#include "tests/unit/cas/story.h"

#include "cas/sessions.h"

static int upload(struct world *world, struct cc_caller caller, const char *text,
		  struct cc_result *result, struct cc_err *err)
{
	const struct cc_operation_call call = { .caller = caller,
						.argument = "",
						.query = "",
						.bytes = cc_span_str(text),
						.cas = &world->cas };

	*result = (struct cc_result){ .status = 200 };
	cc_state_begin(world->state, world->now);
	if (cc_session_create(world->state, &call, result, err) != 0) {
		cc_result_clear(result);
		cc_state_undo(world->state);
		return -1;
	}
	if (result->type == NULL)
		cc_state_undo(world->state);
	else
		stand(world, result->type, result->fields);
	return 0;
}

static void a_text_creates_and_with_its_predecessor_updates(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_result made = { 0 }, next = { 0 };
	CC_AUTO_FREE char *second = NULL;
	struct cc_err err = { 0 };
	const char *hash = NULL, *message = NULL;

	(void)state;
	world_make(&world, 0, 0);
	ok(upload(&world, certificate(SH1), SPACE("sh1"), &made, &oops));
	assert_int_equal(made.status, 201);
	assert_string_equal(made.type, "policy.create");
	ok(cc_json_get_str(made.answer, "hash", &hash, &oops));
	ok(cc_json_get_str(made.answer, "message", &message, &oops));
	assert_non_null(strstr(message, ", name=sh1, status=Pending]"));
	ok(cc_strf(&second, &oops, SPACE("sh1") "predecessor: %s\n", hash));
	ok(upload(&world, certificate(SH1), second, &next, &oops));
	assert_int_equal(next.status, 201);
	assert_string_equal(next.type, "policy.update");
	cc_result_clear(&next);
	assert_int_equal(upload(&world, certificate(SH1), SPACE("sh1") "predecessor: " HEX_A "\n",
				&next, &err),
			 -1);
	assert_code(err, CC_E_CONFLICT);
	cc_result_clear(&made);
}

static void nobody_and_nothing_create_nothing(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_result result = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(upload(&world, person(0), SPACE("sh1"), &result, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_int_equal(upload(&world, certificate(SH1), "", &result, &err), -1);
	assert_code(err, CC_E_ARG);
}

/* Whoever sends a text to the path for encrypted policies believes it hidden. */
static void a_text_is_no_encrypted_policy(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_result result = { 0 };
	struct cc_err err = { 0 };
	const struct cc_operation_call call = { .caller = certificate(SH1),
						.bytes = cc_span_str("name: sh1\n"),
						.cas = &world.cas };

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(cc_session_encrypted(world.state, &call, &result, &err), -1);
	assert_code(err, CC_E_ARG);
}

#define SECRETS                                                            \
	"name: p\nsecrets:\n"                                              \
	"- {name: shown, kind: ascii, value: '42', export_public: true}\n" \
	"- {name: hidden, kind: ascii, value: 'canary'}\n"

static int ask_values(struct world *world, const char *argument, struct cc_buf *out,
		      struct cc_err *err)
{
	const struct asking_for ask = { cc_values_read, person(0), argument, NULL, NULL };
	struct cc_result result = { 0 };

	CC_TRY(ask_cas(world, &ask, &result, err));
	ok(cc_json_print(result.answer, out, &oops));
	cc_result_clear(&result);
	return 0;
}

static void the_public_sees_what_is_exported(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf one = { 0 }, all = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	ok(create(&world, SH1, SECRETS, &oops));
	ok(ask_values(&world, "session=p,secret=shown", &one, &oops));
	assert_true(cc_span_eq_str(
		cc_buf_span(&one),
		"{\"expires\":null,\"kind\":\"string\",\"renew\":null,\"value\":\"42\"}"));
	ok(ask_values(&world, "session=p", &all, &oops));
	assert_true(cc_span_eq_str(cc_buf_span(&all),
				   "{\"values\":{\"shown\":{\"expires\":null,\"kind\":\"string\","
				   "\"renew\":null,\"value\":\"42\"}}}"));
}

/* Else anyone could find out which secrets a policy has. */
static void a_hidden_secret_is_as_one_that_is_not_there(void **state)
{
	static const char *const arguments[] = { "session=p,secret=hidden",
						 "session=p,secret=absent" };
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	ok(create(&world, SH1, SECRETS, &oops));
	for (size_t i = 0; i < CC_COUNT(arguments); i++) {
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(ask_values(&world, arguments[i], &out, &err), -1);
		assert_code(err, CC_E_NOTFOUND);
		assert_says(err, "requested by a public client: Secret does not exist or is not "
				 "visible for a public client");
		assert_null(strstr(err.text, "canary"));
	}
}

static void whose_values_must_be_said(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(ask_values(&world, "secret=x", &out, &err), -1);
	assert_code(err, CC_E_ARG);
	assert_int_equal(ask_values(&world, "session=nowhere", &out, &err), -1);
	assert_code(err, CC_E_NOTFOUND);
	assert_says(err, "Session not found");
}

static void assert_refusal(const struct cc_session_words *words, enum cc_code code,
			   const char *text, bool full, const char *expected)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err why = { 0 };

	cc_err_set(&why, code, "%s", text);
	ok(cc_session_refusal(words, &why, full, "7f3a", &out, &oops));
	if (!cc_span_eq_str(cc_buf_span(&out), expected))
		fail_msg("%.*s", (int)out.len, (const char *)out.at);
}

static void refusals_have_scones_form(void **state)
{
	(void)state;
	assert_refusal(&cc_session_reading, CC_E_NOTFOUND, "there is no policy 'x'", true,
		       "{\"code\":\"not-found\",\"msg\":[\"Session not found\",\"there is no "
		       "policy 'x'\"]}");
	assert_refusal(&cc_session_creating, CC_E_ARG, "line 1, column 1: …", true,
		       "{\"code\":\"argument\",\"msg\":[\"Could not create session\",\"line 1, "
		       "column 1: …\"]}");
	assert_refusal(&cc_values_reading, CC_E_NOTFOUND, "Failed to read value 'x': hidden", false,
		       "{\"code\":\"not-found\",\"msg\":[\"Failed to read value "
		       "'x'\",\"hidden\"]}");
}

static void who_is_not_proven_learns_a_reference_alone(void **state)
{
	(void)state;
	assert_refusal(&cc_session_reading, CC_E_DENIED, "a canary of the policy", false,
		       "{\"code\":\"denied\",\"msg\":[\"You have insufficient rights to read this "
		       "session\",\"reference 7f3a\"]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_creates_and_with_its_predecessor_updates),
		cmocka_unit_test(nobody_and_nothing_create_nothing),
		cmocka_unit_test(a_text_is_no_encrypted_policy),
		cmocka_unit_test(the_public_sees_what_is_exported),
		cmocka_unit_test(a_hidden_secret_is_as_one_that_is_not_there),
		cmocka_unit_test(whose_values_must_be_said),
		cmocka_unit_test(refusals_have_scones_form),
		cmocka_unit_test(who_is_not_proven_learns_a_reference_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
