/* SPDX-License-Identifier: Apache-2.0 */
/* A change that is asked for again is answered from the state, once in the ledger. */
#include "tests/unit/cas/story.h"

#include "cas/idempotency.h"

static uint64_t entries_ahead; /* that the ledger seems to have */
uint64_t __real_cc_state_index(const struct cc_state *state);
uint64_t __wrap_cc_state_index(const struct cc_state *state);

uint64_t __wrap_cc_state_index(const struct cc_state *state)
{
	return __real_cc_state_index(state) + entries_ahead;
}

static const struct cc_change create_policy = { cc_policy_create, cc_policy_created, "create" };
static const struct cc_change update_policy = { cc_policy_update, cc_policy_updated, "update" };
static const struct cc_change open_a_run = { cc_run_open, cc_run_opened, "open" };
static const struct cc_change abort_a_run = { cc_run_abort, cc_run_aborted, "abort" };
static const struct cc_change give_key = { cc_volume_key, cc_volume_key_given, "key" };

struct request {
	const struct cc_change *change;
	struct cc_caller caller;
	const char *key, *argument, *query, *member, *text;
};

/* {member: text, "policy": "sh3/pipeline"?}: as the pipeline decides it. */
static int send(struct world *world, const struct request *request, struct cc_result *result,
		struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_operation_call call = { .caller = request->caller,
					  .argument = request->argument != NULL ? request->argument
										: "",
					  .query = request->query != NULL ? request->query : "",
					  .idempotency = request->key,
					  .cas = &world->cas };

	ok(cc_json_object(&body, &oops));
	if (request->member != NULL)
		ok(cc_json_set_str(body, request->member, request->text, &oops));
	if (request->change == &give_key)
		ok(cc_json_set_str(body, "policy", "sh3/pipeline", &oops));
	ok(cc_json_print(body, &bytes, &oops));
	call.body = body;
	call.bytes = cc_buf_span(&bytes);
	*result = (struct cc_result){ .status = 200 };
	cc_state_begin(world->state, world->now);
	if (cc_change_decide(request->change, world->state, &call, result, err) != 0) {
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

static uint64_t entries(const struct world *world)
{
	return cc_state_frontier(world->state)->size;
}

/* Sent; true when it led to an entry of the ledger. */
static bool leads_to_an_entry(struct world *world, const struct request *request)
{
	uint64_t before = entries(world);
	struct cc_result result = { 0 };

	ok(send(world, request, &result, &oops));
	cc_result_clear(&result);
	return entries(world) != before;
}

static void assert_refused(struct world *world, const struct request *request, enum cc_code code)
{
	uint64_t before = entries(world);
	struct cc_result result = { 0 };
	struct cc_err err = { 0 };

	if (send(world, request, &result, &err) == 0)
		fail_msg("it was not refused");
	assert_code(err, code);
	assert_int_equal(entries(world), before);
}

#define CREATE(who, key, text) \
	((struct request){ &create_policy, person(who), key, NULL, NULL, "policy", text })

static void a_repeat_is_answered_without_a_second_entry(void **state)
{
	const struct request request = CREATE(SH1, "once", SPACE("sh1"));
	AUTO_WORLD struct world world = { 0 };
	struct cc_result first = { 0 }, again = { 0 };
	uint64_t before = 0;
	const char *name = NULL;
	uint64_t one = 0, two = 0;

	(void)state;
	world_make(&world, 0, 0);
	ok(send(&world, &request, &first, &oops));
	before = entries(&world);
	ok(send(&world, &request, &again, &oops));
	assert_int_equal(entries(&world), before);
	assert_int_equal(again.status, first.status);
	ok(cc_json_get_str(again.answer, "name", &name, &oops));
	assert_string_equal(name, "sh1");
	ok(cc_json_get_u64(first.answer, "index", 1000, &one, &oops));
	ok(cc_json_get_u64(again.answer, "index", 1000, &two, &oops));
	assert_int_equal(one, two);
	cc_result_clear(&first);
	cc_result_clear(&again);
}

static void the_repeat_survives_a_restart(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct request open = { &open_a_run, person(SH3), "run-1",       NULL,
				NULL,        "workflow",  "sh3/pipeline" };

	(void)state;
	tell_story(&world, S1, S3);
	assert_true(leads_to_an_entry(&world, &open));
	world_reopen(&world);
	assert_false(leads_to_an_entry(&world, &open));
	assert_used(&world, 0, 1);
}

static void a_lost_answer_of_a_run_brings_the_same_run_and_tickets(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct request open = { &open_a_run, person(SH3), "run-1",       NULL,
				NULL,        "workflow",  "sh3/pipeline" };
	CC_AUTO_BUF struct cc_buf first = { 0 }, again = { 0 };
	struct cc_result result = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	ok(send(&world, &open, &result, &oops));
	ok(cc_json_print(result.answer, &first, &oops));
	cc_result_clear(&result);
	ok(send(&world, &open, &result, &oops));
	ok(cc_json_print(result.answer, &again, &oops));
	assert_int_equal(result.status, 201);
	cc_result_clear(&result);
	assert_true(cc_span_eq(cc_buf_span(&first), cc_buf_span(&again)));
	/* Without the key it is another run. */
	open.key = NULL;
	assert_true(leads_to_an_entry(&world, &open));
	assert_used(&world, 0, 2);
}

static void the_repeat_of_an_abort_says_what_the_run_is_now(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct request abort = { &abort_a_run, person(SH3), "stop", NULL, NULL, NULL, NULL };
	struct cc_result result = { 0 };
	struct opened run = { 0 };
	const char *word = NULL;

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	abort.argument = run.run;
	assert_true(leads_to_an_entry(&world, &abort));
	ok(send(&world, &abort, &result, &oops));
	assert_null(result.type);
	ok(cc_json_get_str(result.answer, "state", &word, &oops));
	assert_string_equal(word, "aborted");
	cc_result_clear(&result);
}

static void another_request_under_the_same_key_is_refused(void **state)
{
	struct request request = CREATE(SH1, "once", SPACE("sh1"));
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_true(leads_to_an_entry(&world, &request));
	request.text = SPACE("other");
	assert_refused(&world, &request, CC_E_CONFLICT);
	/* The same body to another operation or another name is another request too. */
	request.text = SPACE("sh1");
	request.change = &update_policy;
	assert_refused(&world, &request, CC_E_CONFLICT);
	request.change = &create_policy;
	request.argument = "elsewhere";
	assert_refused(&world, &request, CC_E_CONFLICT);
	request.argument = NULL;
	assert_false(leads_to_an_entry(&world, &request));
}

static void a_refusal_is_decided_anew(void **state)
{
	struct request child = CREATE(SH1, "child", SPACE("sh1/s1"));
	const struct request parent = CREATE(SH1, "parent", SPACE("sh1"));
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_refused(&world, &child, CC_E_NOTFOUND);
	assert_true(leads_to_an_entry(&world, &parent));
	assert_true(leads_to_an_entry(&world, &child));
}

static void keys_belong_to_their_identity(void **state)
{
	struct request request = CREATE(SH1, "once", SPACE("sh1"));
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_true(leads_to_an_entry(&world, &request));
	request.text = SPACE("other");
	request.caller = person(SH2);
	assert_true(leads_to_an_entry(&world, &request));
	/* Web says that SH1 asks: neither takes SH1's keys nor learns from them. */
	request.text = SPACE("third");
	request.caller = person(SH1);
	request.caller.transport = true;
	assert_true(leads_to_an_entry(&world, &request));
}

static void a_query_counts_only_where_no_signature_could_cover_it(void **state)
{
	struct request request = CREATE(SH1, "once", SPACE("sh1"));
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_true(leads_to_an_entry(&world, &request));
	request.query = "web=added";
	assert_false(leads_to_an_entry(&world, &request));
	request.caller.transport = true;
	request.text = SPACE("other");
	assert_true(leads_to_an_entry(&world, &request));
	request.query = "";
	assert_refused(&world, &request, CC_E_CONFLICT);
}

static void of_a_later_version_the_caller_learns_what_it_may_read(void **state)
{
	static const char first[] = "name: p\naccess_policy: {update: [ANY], read: [ANY]}\n";
	static const char closed[] = "name: p\naccess_policy: {update: [NONE], read: [NONE]}\n";
	const struct request request = CREATE(SH1, "once", first);
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_true(leads_to_an_entry(&world, &request));
	ok(update(&world, SH2, "p", first, &oops));
	assert_false(leads_to_an_entry(&world, &request));
	ok(update(&world, SH2, "p", closed, &oops));
	assert_refused(&world, &request, CC_E_DENIED);
}

static void a_key_is_given_again_only_of_the_state_that_the_ledger_names(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct request ask = { &give_key, person(SH3), "key-1", NULL, NULL, "volume", "vol1" };
	struct cc_result first = { 0 }, again = { 0 };
	const char *one = NULL, *two = NULL;
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1, S3_WITH("", TOLERATE));
	ok(open_run(&world, SH3, &run, &oops));
	do_stage(&world, &run, 0, 7);
	ok(send(&world, &ask, &first, &oops));
	assert_non_null(first.type);
	ok(send(&world, &ask, &again, &oops));
	assert_null(again.type);
	ok(cc_json_get_str(first.answer, "key", &one, &oops));
	ok(cc_json_get_str(again.answer, "key", &two, &oops));
	assert_string_equal(one, two);
	cc_result_clear(&first);
	cc_result_clear(&again);
	/* The next run writes it anew: that state's key has not left yet. */
	do_stage(&world, &run, 1, 8);
	ok(open_run(&world, SH3, &run, &oops));
	do_stage(&world, &run, 0, 9);
	assert_refused(&world, &ask, CC_E_CONFLICT);
	ask.key = "key-2";
	assert_true(leads_to_an_entry(&world, &ask));
}

static unsigned int bucket_of(const char *key)
{
	struct cc_digest hash = { 0 };

	ok(cc_sha256(cc_span_str(key), &hash, &oops));
	return hash.b[0] % CC_IDEMPOTENCY_BUCKETS;
}

static void of_too_many_keys_the_oldest_is_forgotten(void **state)
{
	struct request request = CREATE(SH1, NULL, NULL);
	AUTO_WORLD struct world world = { 0 };
	char keys[CC_IDEMPOTENCY_EACH + 1][16], text[64];
	size_t made = 0;

	(void)state;
	world_make(&world, 0, 0);
	for (unsigned int i = 0; made <= CC_IDEMPOTENCY_EACH; i++) {
		(void)snprintf(keys[made], sizeof(keys[made]), "key-%u", i);
		made += bucket_of(keys[made]) == 0;
	}
	for (size_t i = 0; i < made; i++) {
		(void)snprintf(text, sizeof(text), "name: p%zu\n", i);
		request.key = keys[i];
		request.text = text;
		assert_true(leads_to_an_entry(&world, &request));
	}
	request.text = "name: other\n";
	request.key = keys[1];
	assert_refused(&world, &request, CC_E_CONFLICT);
	request.key = keys[0];
	assert_true(leads_to_an_entry(&world, &request));
}

static void a_key_is_forgotten_after_so_many_entries(void **state)
{
	struct request request = CREATE(SH1, "once", SPACE("sh1"));
	AUTO_WORLD struct world world = { 0 };
	uint64_t at = 0;

	(void)state;
	entries_ahead = 0;
	world_make(&world, 0, 0);
	at = entries(&world);
	assert_true(leads_to_an_entry(&world, &request));
	request.text = SPACE("other");
	entries_ahead = at + CC_IDEMPOTENCY_ENTRIES - entries(&world);
	assert_refused(&world, &request, CC_E_CONFLICT);
	entries_ahead++;
	assert_true(leads_to_an_entry(&world, &request));
	entries_ahead = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_repeat_is_answered_without_a_second_entry),
		cmocka_unit_test(the_repeat_survives_a_restart),
		cmocka_unit_test(a_lost_answer_of_a_run_brings_the_same_run_and_tickets),
		cmocka_unit_test(the_repeat_of_an_abort_says_what_the_run_is_now),
		cmocka_unit_test(another_request_under_the_same_key_is_refused),
		cmocka_unit_test(a_refusal_is_decided_anew),
		cmocka_unit_test(keys_belong_to_their_identity),
		cmocka_unit_test(a_query_counts_only_where_no_signature_could_cover_it),
		cmocka_unit_test(of_a_later_version_the_caller_learns_what_it_may_read),
		cmocka_unit_test(a_key_is_given_again_only_of_the_state_that_the_ledger_names),
		cmocka_unit_test(of_too_many_keys_the_oldest_is_forgotten),
		cmocka_unit_test(a_key_is_forgotten_after_so_many_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
