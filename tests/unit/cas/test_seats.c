/* SPDX-License-Identifier: Apache-2.0 */
/* Programs as members of boards: who they are, what they see, and whose word counts once. */
#include "tests/unit/cas/boardroom.h"
#include "tests/unit/cas/story.h"

#include "cas/seats.h"
#include "ledger/entry.h"

/* The program is service s1 of sh1/s1, which the first stage of sh3/pipeline runs. */
#define GATE_WITH(more)                                                           \
	"name: sh1/s1\nservices: [{name: s1, " PROGRAM ", boards: [trial]}]\n"    \
	"images: [{name: i, volumes: [{name: out, path: /vol1}]}]\n"              \
	"volumes: [{name: out, import: {session: sh3/pipeline, volume: vol1}}]\n" \
	"tolerate: [simulation]\n" more
#define GATE GATE_WITH("")
#define BOTH "  rule: {at_least: 2, of: [gate, bob]}\n"
#define HEX_Z "0000000000000000000000000000000000000000000000000000000000000000"
#define DAYS ((int64_t)24 * 3600)

struct gate {
	struct boardroom room;
	const char *board, *pin, *tolerate;
	struct opened runs[2];
	struct proposal five;
};
#define AUTO_GATE CC_CLEANUP(gate_clear)

static void gate_clear(struct gate *gate)
{
	proposal_clear(&gate->five);
	boardroom_clear(&gate->room);
}

/* The policy with the board, whose members are three people and the program. */
static const char *trial(const struct gate *gate, unsigned int maximum)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text),
		       "name: trial\n%sboard:\n  members: [{name: ann, key: %s}, {name: bob, key: "
		       "%s}, {name: cat, key: %s}, {name: gate, service: sh1/s1/s1%s}]\n%s%s",
		       gate->tolerate, gate->room.names[ANN], gate->room.names[BOB],
		       gate->room.names[CAT], gate->pin, gate->board, runs(maximum));
	return text;
}

static int write_as(struct gate *gate, struct cc_caller who, const char *text)
{
	return send_policy(&gate->room.world, who, cc_policy_create, "", text, &oops);
}

/* OWNER has the program; ANN has the board and proposes to raise its limit. */
static void set_as(struct gate *gate, enum person owner)
{
	struct world *world = &gate->room.world;
	const struct cc_caller *who = gate->room.callers;

	boardroom_make(&gate->room);
	ok(write_as(gate, who[owner], SPACE("sh1")));
	ok(write_as(gate, person(SH2), SPACE("sh2")));
	ok(write_as(gate, person(SH3), SPACE("sh3")));
	ok(write_as(gate, who[owner], GATE));
	ok(write_as(gate, person(SH2), S2));
	ok(write_as(gate, person(SH3), S3));
	ok(write_policy(&gate->room, ANN, trial(gate, 3), &oops));
	ok(propose(&gate->room, ANN, "change", trial(gate, 5), &gate->five, &oops));
	for (size_t i = 0; i < CC_COUNT(gate->runs); i++)
		ok(open_run(world, SH3, &gate->runs[i], &oops));
}

static void set(struct gate *gate)
{
	set_as(gate, OWNER);
}

#define A_GATE                                                                               \
	{                                                                                    \
		.board = "  rule: gate\n", .pin = "", .tolerate = "tolerate: [simulation]\n" \
	}

/* An instance with a key of its own in its evidence. */
struct instance {
	struct start start;
	struct cc_key *key;
};
#define AUTO_INSTANCE CC_CLEANUP(instance_clear)

static void instance_clear(struct instance *instance)
{
	cc_key_free(instance->key);
	start_clear(&instance->start);
}

static struct instance instance_of(struct gate *gate, size_t run, size_t stage)
{
	const uint8_t number = (uint8_t)(40 + 2 * run + stage);
	struct instance made = { .start = program_of(&gate->runs[run], stage, number),
				 .key = key_from(number) };
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	ok(cc_pubkey_to_raw(cc_key_public(made.key), &raw, &oops));
	memcpy(made.start.attest.signer, raw.at, sizeof(made.start.attest.signer));
	return made;
}

static struct instance started(struct gate *gate, size_t run)
{
	struct instance made = instance_of(gate, run, 0);

	ok(release_to(&gate->room.world, &made.start, &oops));
	return made;
}

static int send_signed(struct gate *gate, struct instance *instance, const struct cc_key *key,
		       const struct cc_vote *vote, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *message = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *json = NULL;

	ok(cc_json_object(&message, &oops));
	ok(cc_json_set_str(message, "type", "vote", &oops));
	ok(cc_json_set_hex(message, "proposal", CC_SPAN(vote->proposal), &oops));
	ok(cc_json_set(message, "vote", paper_of(key, vote), &oops));
	ok(cc_json_print(message, &text, &oops));
	ok(cc_buf_str(&text, &json, &oops));
	return say(&gate->room.world, &instance->start, json, err);
}

static int send_as(struct gate *gate, struct instance *instance, const char *reason,
		   struct cc_err *err)
{
	struct cc_vote vote = vote_on(&gate->room, &gate->five);

	vote.reason = reason;
	vote.choice = reason[0] == '\0' ? CC_VOTE_APPROVE : CC_VOTE_REJECT;
	return send_signed(gate, instance, instance->key, &vote, err);
}

static int agree(struct gate *gate, struct instance *instance, struct cc_err *err)
{
	return send_as(gate, instance, "", err);
}

static void assert_five(struct gate *gate, const char *expected)
{
	ok(look(&gate->room, ANN, &gate->five, &oops));
	assert_state(&gate->five, expected);
}

static size_t count_votes(const struct gate *gate)
{
	const struct cc_json *votes = NULL;

	ok(cc_json_get_array(gate->five.shown, "votes", &votes, &oops));
	return cc_json_count(votes);
}

static void last_entry(struct world *world, struct cc_entry *out)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	uint64_t entries = 0;

	ok(cc_store_count_entries(world->store, &entries, &oops));
	ok(cc_store_get_entry(world->store, entries - 1, &bytes, &oops));
	ok(cc_entry_parse(cc_buf_span(&bytes), out, &oops));
}

static void a_program_that_approves_decides_as_a_member(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	const struct cc_json *votes = NULL;
	const char *text = NULL;

	(void)state;
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0);

		assert_int_equal(one.start.config.proposal_count, 1);
		ok(agree(&gate, &one, &oops));
		ok(say(&gate.room.world, &one.start, DONE, &oops));
	}
	assert_five(&gate, "applied");
	assert_int_equal(maximum_of(&gate.room), 5);
	ok(cc_json_get_array(gate.five.shown, "votes", &votes, &oops));
	ok(cc_json_get_str(cc_json_at(votes, 0), "member", &text, &oops));
	assert_string_equal(text, "gate");
	ok(cc_json_get_str(cc_json_at(votes, 0), "policy", &text, &oops));
	assert_string_equal(text, "sh1/s1");
	ok(cc_json_get_str(cc_json_at(votes, 0), "service", &text, &oops));
	assert_string_equal(text, "s1");
}

static void the_ledger_says_which_program_voted(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	CC_AUTO_ENTRY struct cc_entry entry = { 0 };
	const char *text = NULL;

	(void)state;
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0);

		ok(agree(&gate, &one, &oops));
	}
	last_entry(&gate.room.world, &entry);
	assert_string_equal(entry.type, "proposal.apply");
	ok(cc_json_get_str(entry.fields, "voter_policy", &text, &oops));
	assert_string_equal(text, "sh1/s1");
	ok(cc_json_get_str(entry.fields, "voter_service", &text, &oops));
	assert_string_equal(text, "s1");
	assert_true(cc_json_has(entry.fields, "voter_hash_commitment"));
	assert_true(cc_json_has(entry.fields, "attempt"));
}

/* What time has decided stands before a program is shown anything. */
static void what_is_over_by_time_waits_for_no_program(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;

	(void)state;
	set(&gate);
	gate.room.world.now += 8 * DAYS;
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0);

		assert_int_equal(one.start.config.proposal_count, 0);
	}
	assert_five(&gate, "expired");
}

/* It bounds what one attempt adds to the ledger, as all that it says. */
static void a_vote_counts_among_the_entries_of_its_attempt(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;

	(void)state;
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0);
		struct cc_rec_attempt row = { 0 };

		ok(agree(&gate, &one, &oops));
		ok(cc_attempt_load(gate.room.world.state, one.start.config.attempt, &row, &oops));
		assert_int_equal(row.entries, 1);
		cc_record_clear(&cc_rec_attempt, &row);
	}
}

/* Whoever proposes must not be able to keep the program from starting. */
static void what_a_configuration_has_no_room_for_waits(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	const char *boards[] = { "trial" };
	const struct cc_texts seats = { boards, 1 };
	const struct cc_seat seat = { .policy = "sh1/s1",
				      .service = "s1",
				      .class = CC_CLASS_SIMULATED };

	(void)state;
	gate.pin = ", session_hash: " HEX_Z;
	set(&gate);
	for (size_t room = 0; room <= 65536; room += 65536) {
		CC_AUTO_CONFIG struct cc_config config = { 0 };

		cc_state_begin(gate.room.world.state, gate.room.world.now);
		ok(cc_seat_proposals(gate.room.world.state, &seat, &seats, room, &config, &oops));
		assert_int_equal(config.proposal_count, room == 0 ? 0 : 1);
	}
}

static void a_program_of_another_service_is_no_member(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	struct cc_err err = { 0 };

	(void)state;
	set(&gate);
	do_stage(&gate.room.world, &gate.runs[0], 0, 11);
	{
		AUTO_INSTANCE struct instance other = instance_of(&gate, 0, 1);

		ok(release_to(&gate.room.world, &other.start, &oops));
		assert_int_equal(other.start.config.proposal_count, 0);
		assert_int_equal(agree(&gate, &other, &err), -1);
		assert_code(err, CC_E_DENIED);
		assert_says(err, "no member");
	}
	assert_five(&gate, "open");
}

static void a_version_outside_the_pin_does_not_vote(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	struct cc_err err = { 0 };

	(void)state;
	gate.pin = ", session_hash: " HEX_A;
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0);

		assert_int_equal(one.start.config.proposal_count, 0);
		assert_int_equal(agree(&gate, &one, &err), -1);
		assert_code(err, CC_E_DENIED);
		assert_says(err, "another version");
	}
	assert_five(&gate, "open");
}

static void a_version_that_was_replaced_does_not_vote(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	struct cc_err err = { 0 };

	(void)state;
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0);

		ok(update_as(&gate.room.world, gate.room.callers[OWNER], "sh1/s1",
			     GATE_WITH("version: 0.3.12\n"), &oops));
		assert_int_equal(agree(&gate, &one, &err), -1);
		assert_code(err, CC_E_STALE);
		assert_says(err, "has changed");
	}
	assert_five(&gate, "open");
}

static void a_class_that_the_board_s_policy_does_not_tolerate_does_not_vote(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	struct cc_err err = { 0 };

	(void)state;
	gate.tolerate = "";
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0);

		assert_int_equal(one.start.config.proposal_count, 0);
		assert_int_equal(agree(&gate, &one, &err), -1);
		assert_code(err, CC_E_DENIED);
		assert_says(err, "'trial' does not tolerate");
	}
	assert_five(&gate, "open");
}

static void two_instances_are_one_vote(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;

	(void)state;
	gate.board = BOTH;
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0), two = started(&gate, 1);

		ok(agree(&gate, &one, &oops));
		ok(agree(&gate, &two, &oops));
		ok(agree(&gate, &two, &oops));
	}
	assert_five(&gate, "open");
	assert_int_equal(count_votes(&gate), 1);
	ok(approve(&gate.room, BOB, &gate.five, &oops));
	assert_state(&gate.five, "applied");
}

static void what_a_program_has_voted_on_waits_for_it_no_more(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;

	(void)state;
	gate.board = BOTH;
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0);

		ok(agree(&gate, &one, &oops));
	}
	{
		AUTO_INSTANCE struct instance two = started(&gate, 1);

		assert_int_equal(two.start.config.proposal_count, 0);
	}
}

/* Else whoever runs it would run it until it agrees. */
static void a_rejection_stands_in_whatever_order_instances_speak(void **state)
{
	(void)state;
	for (int is_first = 0; is_first < 2; is_first++) {
		AUTO_GATE struct gate gate = A_GATE;
		AUTO_INSTANCE struct instance one = { 0 }, two = { 0 };
		struct cc_err err = { 0 };

		gate.board = "  rule: {at_least: 2, of: [gate, bob, ann]}\n  self_approval: true\n";
		set(&gate);
		one = started(&gate, 0);
		two = started(&gate, 1);
		if (is_first == 0)
			ok(agree(&gate, &two, &oops));
		ok(send_as(&gate, &one, "it leaks", &oops));
		if (is_first == 1) {
			assert_int_equal(agree(&gate, &two, &err), -1);
			assert_code(err, CC_E_CONFLICT);
			assert_says(err, "it leaks");
		}
		ok(approve(&gate.room, BOB, &gate.five, &oops));
		assert_state(&gate.five, "open");
		assert_int_equal(count_votes(&gate), 2);
	}
}

static void a_vote_of_one_instance_is_nothing_in_another_s_session(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	struct cc_err err = { 0 };

	(void)state;
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0), two = started(&gate, 1);
		struct cc_vote vote = vote_on(&gate.room, &gate.five);

		assert_int_equal(send_signed(&gate, &two, one.key, &vote, &err), -1);
		assert_code(err, CC_E_DENIED);
		assert_says(err, "another instance");
	}
	assert_five(&gate, "open");
}

static void an_attempt_that_is_over_votes_no_more(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	struct cc_err err = { 0 };

	(void)state;
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0);

		ok(say(&gate.room.world, &one.start, DONE, &oops));
		assert_int_equal(agree(&gate, &one, &err), -1);
		assert_code(err, CC_E_STALE);
	}
	assert_five(&gate, "open");
}

/* The deadline is settled by the very frame that comes too late. */
static void after_the_deadline_no_program_votes(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	struct cc_err err = { 0 };

	(void)state;
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0);

		gate.room.world.now += 8 * DAYS;
		assert_int_equal(agree(&gate, &one, &err), -1);
		assert_code(err, CC_E_EXPIRED);
	}
	assert_five(&gate, "expired");
}

static void a_vote_over_other_effects_is_refused(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	struct cc_err err = { 0 };

	(void)state;
	set(&gate);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0);
		struct cc_vote vote = vote_on(&gate.room, &gate.five);

		vote.effects.b[0] ^= 1;
		assert_int_equal(send_signed(&gate, &one, one.key, &vote, &err), -1);
		assert_code(err, CC_E_EVIDENCE);
	}
	assert_five(&gate, "open");
}

static void nobody_approves_an_own_proposal_by_an_own_program(void **state)
{
	AUTO_GATE struct gate gate = A_GATE;
	struct cc_err err = { 0 };

	(void)state;
	set_as(&gate, ANN);
	{
		AUTO_INSTANCE struct instance one = started(&gate, 0), two = started(&gate, 1);

		assert_int_equal(agree(&gate, &one, &err), -1);
		assert_code(err, CC_E_DENIED);
		assert_says(err, "may change policy 'sh1/s1'");
		ok(send_as(&gate, &two, "it leaks", &oops)); /* a rejection is nobody's gain */
	}
	assert_five(&gate, "rejected");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_that_approves_decides_as_a_member),
		cmocka_unit_test(the_ledger_says_which_program_voted),
		cmocka_unit_test(what_is_over_by_time_waits_for_no_program),
		cmocka_unit_test(a_vote_counts_among_the_entries_of_its_attempt),
		cmocka_unit_test(what_a_configuration_has_no_room_for_waits),
		cmocka_unit_test(a_program_of_another_service_is_no_member),
		cmocka_unit_test(a_version_outside_the_pin_does_not_vote),
		cmocka_unit_test(a_version_that_was_replaced_does_not_vote),
		cmocka_unit_test(a_class_that_the_board_s_policy_does_not_tolerate_does_not_vote),
		cmocka_unit_test(two_instances_are_one_vote),
		cmocka_unit_test(what_a_program_has_voted_on_waits_for_it_no_more),
		cmocka_unit_test(a_rejection_stands_in_whatever_order_instances_speak),
		cmocka_unit_test(a_vote_of_one_instance_is_nothing_in_another_s_session),
		cmocka_unit_test(an_attempt_that_is_over_votes_no_more),
		cmocka_unit_test(after_the_deadline_no_program_votes),
		cmocka_unit_test(a_vote_over_other_effects_is_refused),
		cmocka_unit_test(nobody_approves_an_own_proposal_by_an_own_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
