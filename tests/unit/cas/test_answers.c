/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions that rest on services outside: made, lacking an answer, made again with it. */
#include "tests/unit/cas/story.h"

#include "cas/answers.h"
#include "cas/vault.h"

static const struct cc_azure azure = { "login.example", "vault.example" };

#define VAULT                                                    \
	"name: p\nversion: 0.3.12\nsecrets:\n"                   \
	"- {name: given, kind: ascii, import_akv: {vault: v}}\n" \
	"- {name: token, kind: aad-token, tenant_id: t, client_id: c, application_secret: s}\n"
#define SECOND \
	"- {name: more, kind: aad-token, tenant_id: t, client_id: c, application_secret: s}\n"
#define GOOD_TOKEN "{\"token_type\":\"Bearer\",\"expires_in\":60,\"access_token\":\"tok\"}"

/* What a text of the policy is with these answers; no way at all when they are NULL. */
static int decide(struct world *world, const char *text, struct cc_answers *answers,
		  struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	struct cc_vault_start start = { .view = &view };
	CC_AUTO_VAULT struct cc_vault *vault = NULL;
	struct cc_vault_policy secrets = { 0 };
	int done = 0;

	if (answers != NULL) {
		cc_answers_forget_lack(answers);
		start.outside = cc_answers_way(answers, &azure);
	}
	cc_state_begin(world->state, world->now);
	cc_cas_view_init(&view, world->state);
	ok(cc_vault_new(&start, &vault, &oops));
	cc_vault_policy(vault, "p", &secrets);
	done = cc_substitute(cc_span_str(text), &secrets.lookup, out, err);
	cc_state_undo(world->state);
	return done;
}

static void lacks(struct world *world, struct cc_answers *answers, const char *host)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(decide(world, "$$SCONE::given$$", answers, &out, &err), -1);
	assert_code(err, CC_E_UNAVAILABLE);
	assert_true(answers->is_lacking);
	assert_string_equal(answers->lacking.host, host);
}

static void add(struct cc_answers *answers, unsigned int status, const char *body)
{
	const struct cc_outside_answer answer = { status, cc_span_str(body) };

	ok(cc_answers_add(answers, &answer, &oops));
}

static void rule_1_10_a_vault_is_opened_by_the_only_token(void **state)
{
	CC_CLEANUP(cc_answers_clear) struct cc_answers answers = { 0 };
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, VAULT, &oops));
	lacks(&world, &answers, "login.example");
	add(&answers, 200, GOOD_TOKEN);
	lacks(&world, &answers, "v.vault.example");
	assert_non_null(memmem(answers.lacking.request.at, answers.lacking.request.len,
			       "Bearer tok\r\n", 12));
	add(&answers, 200, "{\"value\":\"the value\"}");
	ok(decide(&world, "$$SCONE::given$$/$$SCONE::token$$", &answers, &out, &oops));
	assert_true(cc_span_eq_str(cc_buf_span(&out), "the value/tok"));
	assert_false(answers.is_lacking);
	/* Of two none is meant. */
	ok(update(&world, SH1, "p", VAULT SECOND, &oops));
	assert_int_equal(decide(&world, "$$SCONE::given$$", &answers, &out, &err), -1);
	assert_code(err, CC_E_ARG);
	assert_says(err, "none or several");
}

static void an_answer_holds_for_its_own_question(void **state)
{
	CC_CLEANUP(cc_answers_clear) struct cc_answers answers = { 0 };
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, VAULT, &oops));
	lacks(&world, &answers, "login.example");
	add(&answers, 200, GOOD_TOKEN);
	/* Meanwhile the policy has another tenant: what the former gave is not its token. */
	ok(update(&world, SH1, "p",
		  "name: p\nversion: 0.3.12\nsecrets:\n"
		  "- {name: given, kind: ascii, import_akv: {vault: v}}\n"
		  "- {name: token, kind: aad-token, tenant_id: t2, client_id: c, "
		  "application_secret: s}\n",
		  &oops));
	lacks(&world, &answers, "login.example");
}

static void a_refusal_is_an_answer_and_not_asked_for_again(void **state)
{
	CC_CLEANUP(cc_answers_clear) struct cc_answers answers = { 0 };
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, VAULT, &oops));
	lacks(&world, &answers, "login.example");
	add(&answers, 401, "{\"error\":\"invalid_client\"}");
	assert_int_equal(decide(&world, "$$SCONE::given$$", &answers, &out, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "invalid_client");
	assert_false(answers.is_lacking);
}

static void nothing_is_asked_where_nobody_gets_it(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, VAULT, &oops));
	assert_int_equal(decide(&world, "$$SCONE::given$$", NULL, &out, &err), -1);
	assert_code(err, CC_E_UNSUPPORTED);
}

static void a_start_rests_on_so_many_answers(void **state)
{
	CC_CLEANUP(cc_answers_clear) struct cc_answers answers = { .is_lacking = true };
	const struct cc_outside_answer answer = { 200, cc_span_str("{}") };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_ANSWERS_MAX; i++)
		ok(cc_answers_add(&answers, &answer, &oops));
	assert_int_equal(cc_answers_add(&answers, &answer, &err), -1);
	assert_code(err, CC_E_LIMIT);
	answers.is_lacking = false;
	assert_int_equal(cc_answers_add(&answers, &answer, &err), -1);
	assert_code(err, CC_E_BUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_10_a_vault_is_opened_by_the_only_token),
		cmocka_unit_test(an_answer_holds_for_its_own_question),
		cmocka_unit_test(a_refusal_is_an_answer_and_not_asked_for_again),
		cmocka_unit_test(nothing_is_asked_where_nobody_gets_it),
		cmocka_unit_test(a_start_rests_on_so_many_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
