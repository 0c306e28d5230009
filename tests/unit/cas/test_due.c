/* SPDX-License-Identifier: Apache-2.0 */
/* What time has decided about a policy stands before anybody is answered from it. */
#include "tests/unit/cas/boardroom.h"

#include "cas/pipeline.h"

#define HOUR 3600
#define DAY 86400
#define TWO "  rule: {at_least: 2, of: [ann, bob, cat]}\n"
#define SLOW TWO "  delay: 1 hour\n"
#define SLOW_EMERGENCY \
	TWO "  self_approval: true\n  delay: 1 hour\n  emergency: {rule: bob, lapses: 1 day}\n"

static int read_policy(struct boardroom *room, enum person who, struct cc_json **answer,
		       struct cc_err *err)
{
	const struct asking_for ask = { cc_policy_read, room->callers[who], "trial", "", NULL };

	return ask_room(room, &ask, answer, err);
}

/* How often the service may run, by what is read. */
static bool reads(struct boardroom *room, const char *maximum)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;
	const char *text = NULL;

	ok(read_policy(room, ANN, &answer, &oops));
	ok(cc_json_get_str(answer, "policy", &text, &oops));
	return strstr(text, maximum) != NULL;
}

/* A change to five that is accepted, and applied in an hour. */
static void accept_five(struct boardroom *room, struct proposal *five)
{
	found(room, SLOW);
	propose_five(room, SLOW, five);
	ok(approve(room, ANN, five, &oops));
	ok(approve(room, CAT, five, &oops));
	assert_state(five, "accepted");
}

static void last_entry(struct boardroom *room, struct cc_entry *out)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	uint64_t entries = 0;

	ok(cc_store_count_entries(room->world.store, &entries, &oops));
	ok(cc_store_get_entry(room->world.store, entries - 1, &bytes, &oops));
	ok(cc_entry_parse(cc_buf_span(&bytes), out, &oops));
}

static void assert_last_entry(struct boardroom *room, const char *type)
{
	CC_AUTO_ENTRY struct cc_entry entry = { 0 };

	last_entry(room, &entry);
	assert_string_equal(entry.type, type);
}

static void nobody_reads_the_old_version_after_the_delay(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };

	(void)state;
	accept_five(&room, &five);
	room.world.now += HOUR - 1;
	assert_true(reads(&room, "maximum: 3"));
	assert_last_entry(&room, "proposal.vote");
	room.world.now++;
	assert_true(reads(&room, "maximum: 5"));
	assert_last_entry(&room, "proposal.apply");
	ok(look(&room, BOB, &five, &oops));
	assert_state(&five, "applied");
}

/* Who may not read it brings it to the time, too, and learns nothing by that. */
static void a_refused_question_settles_what_it_came_across(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;
	struct cc_err err = { 0 };

	(void)state;
	accept_five(&room, &five);
	room.world.now += HOUR;
	assert_int_equal(read_policy(&room, STRANGER, &answer, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_last_entry(&room, "proposal.apply");
}

static void an_emergency_that_nobody_confirmed_is_over_for_whoever_asks(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal less = { 0 };

	(void)state;
	found(&room, SLOW_EMERGENCY);
	ok(propose(&room, BOB, "emergency", with_board(&room, SLOW_EMERGENCY, runs(1)), &less,
		   &oops));
	ok(approve(&room, BOB, &less, &oops));
	assert_state(&less, "in-force");
	assert_true(reads(&room, "maximum: 1"));
	room.world.now += DAY - 1;
	assert_true(reads(&room, "maximum: 1"));
	room.world.now++;
	assert_true(reads(&room, "maximum: 3"));
	assert_last_entry(&room, "proposal.lapse");
}

static void a_proposal_expires_for_whoever_asks(void **state)
{
	static const char hasty[] = TWO "  deadline: 1 day\n";
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };

	(void)state;
	found(&room, hasty);
	propose_five(&room, hasty, &five);
	room.world.now += DAY + 1;
	assert_true(reads(&room, "maximum: 3"));
	assert_last_entry(&room, "proposal.settle");
	ok(look(&room, BOB, &five, &oops));
	assert_state(&five, "expired");
	assert_last_entry(&room, "proposal.settle");
}

/* The text that was active is no repeat any more. */
static void who_sends_the_old_text_again_hears_of_the_new_version(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	accept_five(&room, &five);
	ok(write_policy(&room, ANN, with_board(&room, SLOW, runs(3)), &oops));
	room.world.now += HOUR;
	assert_int_equal(write_policy(&room, ANN, with_board(&room, SLOW, runs(3)), &err), -1);
	assert_code(err, CC_E_CONFLICT);
}

/* Else the grant would be closed as soon as somebody looked. */
static void a_grant_goes_to_the_version_that_time_has_made_active(void **state)
{
	static const char giver[] = "name: giver\nvolumes: [{name: v, export: trial}]\n";
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	struct cc_rec_policy row = { 0 };
	struct cc_digest new_hash = { 0 };

	(void)state;
	accept_five(&room, &five);
	ok(cc_json_get_digest(five.shown, "new_hash", &new_hash, &oops));
	room.world.now += HOUR;
	ok(write_policy(&room, OWNER, giver, &oops));
	ok(cc_state_get(room.world.state, &cc_rec_policy, "giver", &row, &oops));
	assert_int_equal(row.consents.count, 1);
	assert_memory_equal(CC_LIST_AT(row.consents, struct cc_rec_consent, 0)->hash, new_hash.b,
			    sizeof(new_hash.b));
	cc_record_clear(&cc_rec_policy, &row);
}

static void of_two_that_are_due_the_earlier_goes_first(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 }, four = { 0 };

	(void)state;
	accept_five(&room, &five);
	room.world.now += 60;
	ok(propose(&room, BOB, "change", with_board(&room, SLOW, runs(4)), &four, &oops));
	ok(approve(&room, ANN, &four, &oops));
	ok(approve(&room, CAT, &four, &oops));
	room.world.now += DAY;
	assert_true(reads(&room, "maximum: 5"));
	ok(look(&room, BOB, &four, &oops));
	assert_state(&four, "conflict");
}

/* The pipeline does what ask_cas does for all tests above. */

struct asked {
	unsigned int tries;
	uint64_t maximum;
	bool is_answered;
	struct cc_err why;
};

static int look_at_trial(void *context, struct cc_state *state, const char **type,
			 struct cc_json **fields, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	struct asked *asked = context;
	struct cc_known known = { 0 };

	(void)type;
	(void)fields;
	asked->tries++;
	cc_cas_view_init(&view, state);
	CC_TRY(cc_cas_view_policy(&view, "trial", &known, NULL, err));
	asked->maximum = known.policy->services.at[0].executions.at[0].maximum;
	return 0;
}

/* What goes on without the policy, as a listing does, would be as wrong. */
static int look_past_trial(void *context, struct cc_state *state, const char **type,
			   struct cc_json **fields, struct cc_err *err)
{
	struct cc_err ignored = { 0 };

	(void)err;
	cc_ignore(look_at_trial(context, state, type, fields, &ignored));
	*type = "test";
	return 0;
}

static void hear(void *context, const struct cc_err *failure)
{
	struct asked *asked = context;

	asked->is_answered = true;
	if (failure != NULL)
		asked->why = *failure;
}

static void ask_nobody(void *context, uint32_t question, struct cc_span body)
{
	(void)context;
	(void)question;
	(void)body;
}

static void end(void *context, const struct cc_err *why)
{
	(void)context;
	fail_msg("%s", why->text);
}

static void the_pipeline_decides_again_after_what_was_due(void **state)
{
	static int (*const jobs[])(void *, struct cc_state *, const char **, struct cc_json **,
				   struct cc_err *) = { look_at_trial, look_past_trial };
	static const char *const last[] = { "proposal.apply", "test" };
	static const uint64_t entries[] = { 1, 2 };
	static const struct cc_cas_policy alone;
	const struct cc_pipeline_io io = { ask_nobody, end, NULL };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(jobs); i++) {
		AUTO_BOARDROOM struct boardroom room = { 0 };
		AUTO_PROPOSAL struct proposal five = { 0 };
		CC_AUTO_PIPELINE struct cc_pipeline *pipeline = NULL;
		uint64_t before = 0, after = 0;
		struct asked asked = { 0 };
		const struct cc_command_job job = { jobs[i], hear, &asked };

		accept_five(&room, &five);
		room.world.now += HOUR;
		ok(cc_store_count_entries(room.world.store, &before, &oops));
		ok(cc_pipeline_new(room.world.state, &alone, &io, &pipeline, &oops));
		cc_pipeline_submit(pipeline, &job, room.world.now, 0);
		assert_true(asked.is_answered);
		assert_code(asked.why, CC_OK);
		assert_int_equal(asked.tries, 2);
		assert_int_equal(asked.maximum, 5);
		assert_last_entry(&room, last[i]);
		ok(cc_store_count_entries(room.world.store, &after, &oops));
		assert_int_equal(after - before, entries[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_reads_the_old_version_after_the_delay),
		cmocka_unit_test(a_refused_question_settles_what_it_came_across),
		cmocka_unit_test(an_emergency_that_nobody_confirmed_is_over_for_whoever_asks),
		cmocka_unit_test(a_proposal_expires_for_whoever_asks),
		cmocka_unit_test(who_sends_the_old_text_again_hears_of_the_new_version),
		cmocka_unit_test(a_grant_goes_to_the_version_that_time_has_made_active),
		cmocka_unit_test(of_two_that_are_due_the_earlier_goes_first),
		cmocka_unit_test(the_pipeline_decides_again_after_what_was_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
