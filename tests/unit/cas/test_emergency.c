/* SPDX-License-Identifier: Apache-2.0 */
/* What goes past a board's delay: emergency changes and stops, and that both end. */
#include "tests/unit/cas/boardroom.h"

#include "cas/ballot.h"

#define DAY 86400

/* Two of the three; nobody approves an own proposal. */
#define TWO "  rule: {at_least: 2, of: [ann, bob, cat]}\n"
#define TWO_SELF TWO "  self_approval: true\n"
#define EMERGENCY TWO_SELF "  delay: 1 hour\n  emergency: {rule: bob, lapses: 1 day}\n"

static void an_emergency_may_only_forbid(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 }, without = { 0 };
	AUTO_PROPOSAL struct proposal none = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, EMERGENCY);
	assert_int_equal(propose(&room, BOB, "emergency", with_board(&room, EMERGENCY, runs(5)),
				 &none, &err),
			 -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "may only forbid");
	/* Fewer runs, but another board. */
	assert_int_equal(propose(&room, BOB, "emergency",
				 with_board(&room, EMERGENCY "  veto: bob\n", runs(1)), &none,
				 &err),
			 -1);
	assert_code(err, CC_E_DENIED);
	found(&without, TWO);
	assert_int_equal(propose(&without, BOB, "emergency", with_board(&without, TWO, runs(1)),
				 &none, &err),
			 -1);
	assert_says(err, "knows no emergency");
}

/* The version before comes back; a value that the CAS made and threw away would not. */
static void an_emergency_destroys_no_value(void **state)
{
	static const struct {
		const char *secret;
		bool may;
	} cases[] = {
		{ "secrets: [{name: k, kind: private-key, key_type: Ed25519}]\n", false },
		{ "secrets: [{name: k, kind: private-key, key_type: Ed25519, migrate: true}]\n",
		  true },
		{ "secrets: [{name: k, kind: ascii, size: 9}]\n", true },
		{ "secrets: [{name: k, kind: ascii, value: known}]\n", true },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_BOARDROOM struct boardroom room = { 0 };
		AUTO_PROPOSAL struct proposal less = { 0 };
		char before[1024], after[1024];
		struct cc_err err = { 0 };
		int done = 0;

		boardroom_make(&room);
		(void)snprintf(before, sizeof(before), "%s%s", runs(3), cases[i].secret);
		(void)snprintf(after, sizeof(after), "%s%s", runs(1), cases[i].secret);
		ok(write_policy(&room, ANN, with_board(&room, EMERGENCY, before), &oops));
		done = propose(&room, BOB, "emergency", with_board(&room, EMERGENCY, after), &less,
			       &err);
		if ((done == 0) != cases[i].may)
			fail_msg("%s: %s", cases[i].secret, err.text);
		if (done != 0) {
			assert_code(err, CC_E_DENIED);
			assert_says(err, "secret 'k'");
		}
	}
}

static void an_emergency_is_in_force_at_once_and_lapses_unconfirmed(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal less = { 0 }, again = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, EMERGENCY);
	ok(propose(&room, BOB, "emergency", with_board(&room, EMERGENCY, runs(1)), &less, &oops));
	assert_int_equal(maximum_of(&room), 3);
	ok(approve(&room, BOB, &less, &oops));
	assert_state(&less, "in-force");
	assert_int_equal(maximum_of(&room), 1);
	/* A second one would make the first last. */
	assert_int_equal(propose(&room, BOB, "emergency", with_board(&room, EMERGENCY, runs(0)),
				 &again, &err),
			 -1);
	assert_code(err, CC_E_CONFLICT);
	assert_int_equal(withdraw(&room, BOB, &less, &err), -1);
	room.world.now += DAY;
	assert_int_equal(approve(&room, ANN, &less, &err), -1); /* too late to confirm */
	ok(settle(&room, &less, &oops));
	assert_state(&less, "lapsed");
	assert_int_equal(maximum_of(&room), 3);
}

static void an_emergency_that_the_rules_confirm_stays(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal less = { 0 };

	(void)state;
	found(&room, EMERGENCY);
	ok(propose(&room, BOB, "emergency", with_board(&room, EMERGENCY, runs(1)), &less, &oops));
	ok(approve(&room, BOB, &less, &oops));
	ok(approve(&room, ANN, &less, &oops));
	assert_state(&less, "applied");
	room.world.now += 2 * DAY;
	ok(settle(&room, &less, &oops));
	assert_int_equal(maximum_of(&room), 1);
}

static void an_emergency_that_is_rejected_lapses_at_once(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal less = { 0 };

	(void)state;
	found(&room, EMERGENCY);
	ok(propose(&room, BOB, "emergency", with_board(&room, EMERGENCY, runs(1)), &less, &oops));
	ok(approve(&room, BOB, &less, &oops));
	ok(reject(&room, ANN, &less, "there is none", &oops));
	assert_state(&less, "in-force");
	ok(reject(&room, CAT, &less, "there is none", &oops));
	assert_state(&less, "lapsed");
	assert_int_equal(maximum_of(&room), 3);
}

static bool is_stopped(struct boardroom *room)
{
	struct cc_err err = { 0 };

	cc_state_begin(room->world.state, room->world.now);
	return cc_board_require_running(room->world.state, "trial", &err) != 0;
}

static void any_member_stops_and_the_stop_lapses(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal stop = { 0 }, none = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	assert_int_equal(propose(&room, STRANGER, "stop", NULL, &none, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_false(is_stopped(&room));
	ok(propose(&room, CAT, "stop", NULL, &stop, &oops));
	assert_state(&stop, "in-force");
	assert_true(is_stopped(&room));
	assert_int_equal(propose(&room, BOB, "stop", NULL, &none, &err), -1);
	assert_code(err, CC_E_DENIED);
	/* It ends by itself, for whoever asks next. */
	room.world.now += DAY;
	ok(look(&room, BOB, &stop, &oops));
	assert_state(&stop, "lapsed");
	assert_false(is_stopped(&room));
	/* Whose stop lapsed stops this version no more: a stop is a delay and no veto. */
	assert_int_equal(propose(&room, CAT, "stop", NULL, &none, &err), -1);
	assert_code(err, CC_E_LIMIT);
	ok(propose(&room, BOB, "stop", NULL, &stop, &oops));
	assert_true(is_stopped(&room));
}

static void a_stop_that_was_withdrawn_counts_as_one(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal stop = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	ok(propose(&room, CAT, "stop", NULL, &stop, &oops));
	assert_int_equal(withdraw(&room, BOB, &stop, &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(withdraw(&room, CAT, &stop, &oops));
	assert_false(is_stopped(&room));
	assert_int_equal(propose(&room, CAT, "stop", NULL, &stop, &err), -1);
	assert_code(err, CC_E_LIMIT);
}

/* A lapsed stop that nobody settled does not shield its member from the count. */
static void a_stop_that_nobody_settled_counts_too(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal stop = { 0 }, again = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	ok(propose(&room, CAT, "stop", NULL, &stop, &oops));
	room.world.now += DAY;
	assert_int_equal(propose(&room, CAT, "stop", NULL, &again, &err), -1);
	assert_code(err, CC_E_LIMIT);
	ok(propose(&room, BOB, "stop", NULL, &again, &oops));
	ok(look(&room, CAT, &stop, &oops));
	assert_state(&stop, "lapsed");
	assert_int_equal(propose(&room, CAT, "stop", NULL, &stop, &err), -1);
	assert_code(err, CC_E_LIMIT);
}

static void a_stop_that_is_confirmed_stays_until_it_is_resumed(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal stop = { 0 }, resume = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	assert_int_equal(propose(&room, ANN, "resume", NULL, &resume, &err), -1);
	assert_code(err, CC_E_CONFLICT);
	ok(propose(&room, CAT, "stop", NULL, &stop, &oops));
	ok(approve(&room, ANN, &stop, &oops));
	ok(approve(&room, BOB, &stop, &oops));
	assert_state(&stop, "applied");
	room.world.now += 30 * DAY;
	assert_true(is_stopped(&room));
	ok(propose(&room, ANN, "resume", NULL, &resume, &oops));
	ok(approve(&room, BOB, &resume, &oops));
	assert_true(is_stopped(&room));
	ok(approve(&room, CAT, &resume, &oops));
	assert_state(&resume, "applied");
	assert_false(is_stopped(&room));
}

/* The approval of a stop is none of its end, and none of a change. */
static void a_change_that_is_applied_ends_a_stop(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal stop = { 0 }, five = { 0 };

	(void)state;
	found(&room, TWO);
	ok(propose(&room, CAT, "stop", NULL, &stop, &oops));
	propose_five(&room, TWO, &five);
	ok(approve(&room, ANN, &five, &oops));
	ok(approve(&room, CAT, &five, &oops));
	assert_state(&five, "applied");
	assert_false(is_stopped(&room));
	ok(settle(&room, &stop, &oops));
	assert_state(&stop, "conflict");
}

static void an_emergency_change_ends_no_stop(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal stop = { 0 }, less = { 0 };

	(void)state;
	found(&room, EMERGENCY);
	ok(propose(&room, CAT, "stop", NULL, &stop, &oops));
	ok(propose(&room, BOB, "emergency", with_board(&room, EMERGENCY, runs(1)), &less, &oops));
	ok(approve(&room, BOB, &less, &oops));
	assert_state(&less, "in-force");
	assert_true(is_stopped(&room));
	ok(approve(&room, ANN, &less, &oops));
	assert_state(&less, "applied");
	assert_true(is_stopped(&room));
	ok(approve(&room, ANN, &stop, &oops));
	ok(approve(&room, BOB, &stop, &oops));
	assert_state(&stop, "applied");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_emergency_may_only_forbid),
		cmocka_unit_test(an_emergency_destroys_no_value),
		cmocka_unit_test(an_emergency_is_in_force_at_once_and_lapses_unconfirmed),
		cmocka_unit_test(an_emergency_that_the_rules_confirm_stays),
		cmocka_unit_test(an_emergency_that_is_rejected_lapses_at_once),
		cmocka_unit_test(any_member_stops_and_the_stop_lapses),
		cmocka_unit_test(a_stop_that_was_withdrawn_counts_as_one),
		cmocka_unit_test(a_stop_that_nobody_settled_counts_too),
		cmocka_unit_test(a_stop_that_is_confirmed_stays_until_it_is_resumed),
		cmocka_unit_test(a_change_that_is_applied_ends_a_stop),
		cmocka_unit_test(an_emergency_change_ends_no_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
