/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals of boards: what changes a policy that has a board, and all that must not. */
#include "tests/unit/cas/boardroom.h"

#define DAY 86400

/* Two of the three; nobody approves an own proposal. */
#define TWO "  rule: {at_least: 2, of: [ann, bob, cat]}\n"
#define TWO_SELF TWO "  self_approval: true\n"

static void two_of_three_raise_a_limit(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	const char *effects = NULL;

	(void)state;
	found(&room, TWO);
	propose_five(&room, TWO, &five);
	assert_state(&five, "open");
	ok(cc_json_get_str(five.shown, "effects", &effects, &oops));
	assert_non_null(strstr(effects, "permits limits"));
	ok(approve(&room, ANN, &five, &oops));
	assert_state(&five, "open");
	assert_int_equal(maximum_of(&room), 3);
	ok(approve(&room, CAT, &five, &oops));
	assert_state(&five, "applied");
	assert_int_equal(maximum_of(&room), 5);
	world_reopen(&room.world);
	ok(look(&room, ANN, &five, &oops));
	assert_state(&five, "applied");
}

/* With a binding line of a consumer whose key is CAT's or a stranger's. */
static const char *binds(const struct boardroom *room, enum person consumer, unsigned int maximum)
{
	static char texts[4][512];
	static size_t next;
	char *text = texts[next++ % CC_COUNT(texts)];

	(void)snprintf(text, sizeof(texts[0]),
		       "services: [{name: s, mrenclaves: ["
		       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa], "
		       "executions: [{id: paid, consumer: guest, creator: %s, binding: true, "
		       "maximum: %u}]}]\n",
		       room->names[consumer], maximum);
	return text;
}

static void a_board_lowers_a_binding_line_with_its_consumer_alone(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal two = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	boardroom_make(&room);
	ok(write_policy(&room, ANN, with_board(&room, TWO_SELF, binds(&room, STRANGER, 3)), &oops));
	ok(propose(&room, ANN, "change", with_board(&room, TWO_SELF, binds(&room, STRANGER, 2)),
		   &two, &oops));
	ok(approve(&room, ANN, &two, &oops));
	ok(approve(&room, BOB, &two, &oops));
	ok(approve(&room, CAT, &two, &oops));
	assert_state(&two, "open");
	assert_int_equal(approve(&room, OWNER, &two, &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(approve(&room, STRANGER, &two, &oops));
	assert_state(&two, "applied");
	assert_int_equal(maximum_of(&room), 2);
}

#define EMERGENCY TWO "  emergency: {rule: ann, lapses: 1 days}\n"

static void no_emergency_breaks_a_binding_line(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal none = { 0 };

	(void)state;
	boardroom_make(&room);
	ok(write_policy(&room, ANN, with_board(&room, EMERGENCY, binds(&room, STRANGER, 3)),
			&oops));
	ok(propose(&room, ANN, "emergency", with_board(&room, EMERGENCY, binds(&room, STRANGER, 1)),
		   &none, &oops));
	ok(approve(&room, ANN, &none, &oops));
	assert_state(&none, "open");
	assert_int_equal(maximum_of(&room), 3);
	ok(approve(&room, STRANGER, &none, &oops));
	assert_state(&none, "in-force");
}

static void a_policy_with_a_board_has_no_other_way_to_change(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	body = BODY({ "policy", with_board(&room, TWO, runs(5)) });
	for (enum person who = ANN; who <= STRANGER; who++) {
		const struct asking_for ask = { cc_policy_update, room.callers[who], "trial", "",
						body };

		assert_int_equal(ask_room(&room, &ask, NULL, &err), -1);
		assert_code(err, CC_E_DENIED);
	}
	assert_int_equal(maximum_of(&room), 3);
}

static void only_members_propose_and_only_by_their_own_signature(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal none = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	assert_int_equal(
		propose(&room, STRANGER, "change", with_board(&room, TWO, runs(5)), &none, &err),
		-1);
	assert_code(err, CC_E_DENIED);
	room.callers[BOB].transport = true;
	assert_int_equal(
		propose(&room, BOB, "change", with_board(&room, TWO, runs(5)), &none, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "certificate");
}

/* In SCONE's form of signers. */
static void signer_of(const struct boardroom *room, enum person who, struct cc_buf *out)
{
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	ok(cc_pubkey_to_raw(cc_key_public(room->keys[who]), &raw, &oops));
	ok(cc_base58check_add(out, CC_BASE58_SIGNER, cc_buf_span(&raw), &oops));
}

/* ANN made the policy, and access_policy.update is CREATOR: the board alone is not enough. */
static void the_board_and_access_policy_update_must_both_agree(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	struct cc_err err = { 0 };
	bool agrees = true;
	const struct cc_json *needs = NULL;

	(void)state;
	boardroom_make(&room);
	ok(write_policy(&room, OWNER, with_board(&room, TWO, runs(3)), &oops));
	propose_five(&room, TWO, &five);
	ok(approve(&room, ANN, &five, &oops));
	ok(approve(&room, CAT, &five, &oops));
	assert_state(&five, "open");
	ok(cc_json_get_object(five.shown, "needs", &needs, &oops));
	ok(cc_json_get_bool(needs, "access", &agrees, &oops));
	assert_false(agrees);
	assert_int_equal(approve(&room, STRANGER, &five, &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(approve(&room, OWNER, &five, &oops));
	assert_state(&five, "applied");
}

/* SCONE's own thresholds: all of these sign the very version, as voters do. */
static void thresholds_of_access_policy_are_met_by_those_who_approve(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	CC_AUTO_BUF struct cc_buf ann = { 0 }, owner = { 0 };
	CC_AUTO_FREE char *access = NULL;
	char text[1024];

	(void)state;
	boardroom_make(&room);
	signer_of(&room, ANN, &ann);
	signer_of(&room, OWNER, &owner);
	ok(cc_strf(&access, &oops,
		   "access_policy:\n  update:\n  - require-all: [{signer: %.*s}, {signer: %.*s}]\n",
		   (int)ann.len, (const char *)ann.at, (int)owner.len, (const char *)owner.at));
	(void)snprintf(text, sizeof(text), "%s%s", runs(3), access);
	ok(write_policy(&room, STRANGER, with_board(&room, TWO, text), &oops));
	(void)snprintf(text, sizeof(text), "%s%s", runs(5), access);
	ok(propose(&room, BOB, "change", with_board(&room, TWO, text), &five, &oops));
	ok(approve(&room, ANN, &five, &oops));
	ok(approve(&room, CAT, &five, &oops));
	assert_state(&five, "open");
	ok(approve(&room, OWNER, &five, &oops));
	assert_state(&five, "applied");
}

/* And what access_policy.update names counts for no rule of the board. */
static void an_owner_without_a_seat_has_no_vote(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };

	(void)state;
	boardroom_make(&room);
	ok(write_policy(&room, OWNER, with_board(&room, TWO, runs(3)), &oops));
	propose_five(&room, TWO, &five);
	ok(approve(&room, OWNER, &five, &oops));
	ok(approve(&room, ANN, &five, &oops));
	assert_state(&five, "open");
	assert_int_equal(maximum_of(&room), 3);
}

static void one_key_counts_once_however_often_it_votes(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };

	(void)state;
	found(&room, TWO);
	propose_five(&room, TWO, &five);
	for (uint64_t number = 1; number < 5; number++) {
		struct cc_vote vote = vote_on(&room, &five);

		vote.number = number;
		ok(send_vote(&room, ANN, &five, &vote, &oops));
	}
	assert_state(&five, "open");
}

static void nobody_approves_an_own_proposal_unless_the_board_says_so(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 }, other = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 }, own = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	propose_five(&room, TWO, &five);
	assert_int_equal(approve(&room, BOB, &five, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "its own");
	found(&other, TWO_SELF);
	propose_five(&other, TWO_SELF, &own);
	ok(approve(&other, BOB, &own, &oops));
	ok(approve(&other, ANN, &own, &oops));
	assert_state(&own, "applied");
}

/* Each field that binds a vote to this proposal, wrong. */
static void spoil(struct cc_vote *vote, size_t what)
{
	struct cc_digest *digests[] = { &vote->effects, &vote->closure, &vote->new_hash,
					&vote->old_hash, &vote->cas_key };

	if (what < CC_COUNT(digests))
		digests[what]->b[7] ^= 1;
	else if (what == CC_COUNT(digests))
		vote->policy = "trial2";
	else if (what == CC_COUNT(digests) + 1)
		vote->epoch++;
	else
		vote->kind = CC_PROPOSAL_EMERGENCY;
}

static void a_vote_over_anything_else_is_refused(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };

	(void)state;
	found(&room, TWO);
	propose_five(&room, TWO, &five);
	for (size_t what = 0; what < 8; what++) {
		struct cc_vote vote = vote_on(&room, &five);
		struct cc_err err = { 0 };

		spoil(&vote, what);
		if (send_vote(&room, ANN, &five, &vote, &err) == 0)
			fail_msg("field %zu does not matter", what);
		assert_code(err, CC_E_EVIDENCE);
	}
	ok(look(&room, ANN, &five, &oops));
	assert_state(&five, "open");
}

/* What is sent says another choice, number, reason or time than what was signed. */
static void a_vote_that_says_another_thing_than_its_signature_is_refused(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	static const char *const members[] = { "number", "expires", "choice", "reason" };

	(void)state;
	found(&room, TWO);
	propose_five(&room, TWO, &five);
	for (size_t i = 0; i < CC_COUNT(members); i++) {
		struct cc_vote vote = vote_on(&room, &five);
		CC_AUTO_JSON struct cc_json *body = NULL;
		struct cc_err err = { 0 };
		struct asking_for ask = { cc_proposal_vote, room.callers[ANN], five.id, "", NULL };

		vote.choice = CC_VOTE_REJECT;
		vote.reason = "no";
		body = ballot_paper(&room, ANN, &vote);
		if (i < 2)
			ok(cc_json_set_u64(body, members[i], (uint64_t)vote.expires + 1, &oops));
		else
			ok(cc_json_set_str(body, members[i], i == 2 ? "approve" : "yes", &oops));
		ask.body = body;
		assert_int_equal(ask_room(&room, &ask, NULL, &err), -1);
		assert_code(err, CC_E_EVIDENCE);
	}
}

static void an_approval_of_an_earlier_proposal_is_no_approval_of_the_same_one_later(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal first = { 0 }, again = { 0 };
	struct cc_vote old = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	propose_five(&room, TWO, &first);
	old = vote_on(&room, &first);
	ok(send_vote(&room, ANN, &first, &old, &oops));
	/* Not even for who made the policy: a member that loses votes against it. */
	assert_int_equal(withdraw(&room, ANN, &first, &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(withdraw(&room, BOB, &first, &oops));
	assert_state(&first, "withdrawn");
	propose_five(&room, TWO, &again);
	assert_int_equal(send_vote(&room, ANN, &again, &old, &err), -1);
	assert_code(err, CC_E_EVIDENCE);
	assert_int_equal(send_vote(&room, ANN, &first, &old, &err), -1);
	assert_code(err, CC_E_STALE);
}

static void an_approval_that_was_taken_back_cannot_be_sent_again(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	struct cc_vote yes = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO_SELF);
	propose_five(&room, TWO_SELF, &five);
	yes = vote_on(&room, &five);
	ok(send_vote(&room, ANN, &five, &yes, &oops));
	ok(reject(&room, ANN, &five, "I have read it again", &oops));
	assert_int_equal(send_vote(&room, ANN, &five, &yes, &err), -1);
	assert_code(err, CC_E_STALE);
	assert_says(err, "not newer");
	ok(approve(&room, CAT, &five, &oops));
	assert_state(&five, "open");
}

static void a_vote_lasts_until_it_expires(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	struct cc_vote vote = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	propose_five(&room, TWO, &five);
	vote = vote_on(&room, &five);
	vote.expires = room.world.now - 1;
	assert_int_equal(send_vote(&room, ANN, &five, &vote, &err), -1);
	assert_code(err, CC_E_EXPIRED);
	vote.expires = room.world.now + 100;
	ok(send_vote(&room, ANN, &five, &vote, &oops));
	room.world.now += 101;
	ok(approve(&room, CAT, &five, &oops));
	assert_state(&five, "open");
	vote.number = 2;
	vote.expires = room.world.now;
	ok(send_vote(&room, ANN, &five, &vote, &oops));
	assert_state(&five, "applied");
}

static void after_the_deadline_no_vote_is_taken(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO "  deadline: 1 day\n");
	propose_five(&room, TWO "  deadline: 1 day\n", &five);
	ok(approve(&room, ANN, &five, &oops));
	room.world.now += DAY + 1;
	assert_int_equal(approve(&room, CAT, &five, &err), -1);
	assert_code(err, CC_E_EXPIRED);
	ok(settle(&room, &five, &oops));
	assert_state(&five, "expired");
	assert_int_equal(maximum_of(&room), 3);
}

static void a_change_waits_for_the_delay_and_votes_can_change_meanwhile(void **state)
{
	static const char slow[] = TWO "  delay: 1 hour\n";
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	bool due = true;

	(void)state;
	found(&room, slow);
	propose_five(&room, slow, &five);
	ok(approve(&room, ANN, &five, &oops));
	ok(approve(&room, CAT, &five, &oops));
	assert_state(&five, "accepted");
	ok(settle(&room, &five, &oops));
	assert_state(&five, "accepted");
	assert_int_equal(maximum_of(&room), 3);
	room.world.now += 3599;
	ok(settle(&room, &five, &oops));
	assert_int_equal(maximum_of(&room), 3);
	ok(cc_json_get_bool(five.shown, "due", &due, &oops));
	assert_false(due);
	room.world.now++;
	ok(look(&room, ANN, &five, &oops));
	assert_state(&five, "applied");
	assert_int_equal(maximum_of(&room), 5);
}

static void who_changes_its_mind_during_the_delay_stops_it(void **state)
{
	static const char slow[] = TWO_SELF "  delay: 1 hour\n";
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	struct cc_vote vote = { 0 };

	(void)state;
	found(&room, slow);
	propose_five(&room, slow, &five);
	ok(approve(&room, ANN, &five, &oops));
	ok(approve(&room, CAT, &five, &oops));
	assert_state(&five, "accepted");
	ok(reject(&room, CAT, &five, "wait", &oops));
	assert_state(&five, "open");
	room.world.now += 3600;
	ok(settle(&room, &five, &oops));
	assert_int_equal(maximum_of(&room), 3);
	vote = vote_on(&room, &five);
	ok(send_vote(&room, BOB, &five, &vote, &oops));
	assert_state(&five, "accepted"); /* and the delay begins again */
	assert_int_equal(maximum_of(&room), 3);
}

static void a_vote_that_expires_during_the_delay_was_given(void **state)
{
	static const char slow[] = TWO "  delay: 1 hour\n";
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	struct cc_vote vote = { 0 };

	(void)state;
	found(&room, slow);
	propose_five(&room, slow, &five);
	vote = vote_on(&room, &five);
	vote.expires = room.world.now + 10;
	ok(send_vote(&room, ANN, &five, &vote, &oops));
	ok(approve(&room, CAT, &five, &oops));
	room.world.now += 3600;
	ok(settle(&room, &five, &oops));
	assert_state(&five, "applied");
}

static void a_veto_with_its_reason_ends_it_whatever_was_approved(void **state)
{
	static const char veto[] = TWO "  veto: bob\n  delay: 1 hour\n";
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	const char *why = NULL;
	struct cc_err err = { 0 };

	(void)state;
	found(&room, veto);
	propose_five(&room, veto, &five);
	ok(approve(&room, ANN, &five, &oops));
	ok(approve(&room, CAT, &five, &oops));
	assert_state(&five, "accepted");
	assert_int_equal(reject(&room, BOB, &five, "", &err), -1);
	assert_code(err, CC_E_ARG);
	ok(reject(&room, BOB, &five, "the money is not there", &oops));
	assert_state(&five, "rejected");
	ok(cc_json_get_str(five.shown, "why", &why, &oops));
	assert_non_null(strstr(why, "bob has vetoed it: the money is not there"));
	room.world.now += 3600;
	ok(settle(&room, &five, &oops));
	assert_int_equal(maximum_of(&room), 3);
}

static void a_proposal_about_a_version_that_is_gone_is_a_conflict(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 }, six = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	propose_five(&room, TWO, &five);
	ok(propose(&room, BOB, "change", with_board(&room, TWO, runs(6)), &six, &oops));
	ok(approve(&room, ANN, &five, &oops));
	ok(approve(&room, ANN, &six, &oops));
	ok(approve(&room, CAT, &five, &oops));
	assert_int_equal(approve(&room, CAT, &six, &err), -1);
	assert_code(err, CC_E_CONFLICT);
	ok(settle(&room, &six, &oops));
	assert_state(&six, "conflict");
	assert_int_equal(maximum_of(&room), 5);
}

/* 3 to 5 and back to 3: what was proposed about the first 3 is not about the second. */
static void a_version_that_comes_back_revives_no_proposal(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal six = { 0 }, five = { 0 }, three = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	ok(propose(&room, BOB, "change", with_board(&room, TWO, runs(6)), &six, &oops));
	ok(approve(&room, ANN, &six, &oops));
	propose_five(&room, TWO, &five);
	ok(approve(&room, ANN, &five, &oops));
	ok(approve(&room, CAT, &five, &oops));
	ok(propose(&room, BOB, "change", with_board(&room, TWO, runs(3)), &three, &oops));
	ok(approve(&room, ANN, &three, &oops));
	ok(approve(&room, CAT, &three, &oops));
	assert_int_equal(maximum_of(&room), 3);
	assert_int_equal(approve(&room, CAT, &six, &err), -1);
	assert_code(err, CC_E_CONFLICT);
	assert_int_equal(maximum_of(&room), 3);
}

/* Two suffice for everything but the board, which takes all three. */
#define GUARDED TWO_SELF "  classes: [{class: board, rule: {all: [ann, bob, cat]}}]\n"

static void a_board_changes_only_by_the_rule_of_the_old_board(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	const char *after[4];

	(void)state;
	found(&room, GUARDED);
	after[0] = with_board(&room, TWO_SELF, runs(3)); /* without its guard */
	after[1] = with_board(&room, "  rule: ann\n  self_approval: true\n", runs(3));
	after[2] = with_board(&room, GUARDED "  delay: 1s\n", runs(3));
	after[3] = "name: trial\ntolerate: [simulation]\n"; /* no board at all */
	for (size_t i = 0; i < CC_COUNT(after); i++) {
		AUTO_PROPOSAL struct proposal weaker = { 0 };

		ok(propose(&room, ANN, "change", after[i], &weaker, &oops));
		ok(approve(&room, ANN, &weaker, &oops));
		ok(approve(&room, BOB, &weaker, &oops));
		assert_state(&weaker, "open");
		ok(withdraw(&room, ANN, &weaker, &oops));
	}
	{
		AUTO_PROPOSAL struct proposal weaker = { 0 };
		struct cc_rec_board board = { 0 };

		ok(propose(&room, ANN, "change", after[1], &weaker, &oops));
		ok(approve(&room, ANN, &weaker, &oops));
		ok(approve(&room, BOB, &weaker, &oops));
		ok(approve(&room, CAT, &weaker, &oops));
		assert_state(&weaker, "applied");
		ok(cc_state_get(room.world.state, &cc_rec_board, "trial", &board, &oops));
		assert_int_equal(board.epoch, 1);
		cc_record_clear(&cc_rec_board, &board);
	}
	{
		AUTO_PROPOSAL struct proposal five = { 0 };

		ok(propose(&room, ANN, "change",
			   with_board(&room, "  rule: ann\n  self_approval: true\n", runs(5)),
			   &five, &oops));
		ok(approve(&room, ANN, &five, &oops));
		assert_state(&five, "applied"); /* the new board decides from now on */
	}
}

static void a_change_of_two_classes_needs_both_rules(void **state)
{
	static const char classes[] = TWO_SELF "  classes: [{class: limits, rule: cat}, {class: "
					       "tolerance, rule: bob}]\n";
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal both = { 0 };
	CC_AUTO_FREE char *text = NULL;

	(void)state;
	found(&room, classes);
	ok(cc_strf(&text, &oops, "%ssecurity: {attestation: {tolerate: [debug-mode]}}\n",
		   with_board(&room, classes, runs(5))));
	ok(propose(&room, ANN, "change", text, &both, &oops));
	ok(approve(&room, CAT, &both, &oops));
	assert_state(&both, "open");
	ok(approve(&room, BOB, &both, &oops));
	assert_state(&both, "applied");
}

static void strangers_do_not_learn_that_a_proposal_exists(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 };
	const struct asking_for list = { cc_proposal_list, { 0 }, "trial", "", NULL };
	struct asking_for ask = list, carry = { cc_proposal_vote, { 0 }, "", "", NULL };
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct cc_vote vote = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	propose_five(&room, TWO, &five);
	assert_int_equal(look(&room, STRANGER, &five, &err), -1);
	assert_code(err, CC_E_NOTFOUND);
	assert_int_equal(withdraw(&room, STRANGER, &five, &err), -1);
	assert_code(err, CC_E_NOTFOUND);
	vote = vote_on(&room, &five);
	body = ballot_paper(&room, ANN, &vote);
	carry.caller = room.callers[STRANGER];
	carry.argument = five.id;
	carry.body = body;
	assert_int_equal(ask_room(&room, &carry, NULL, &err), -1);
	assert_code(err, CC_E_NOTFOUND);
	ask.caller = room.callers[STRANGER];
	assert_int_equal(ask_room(&room, &ask, NULL, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_int_equal(ask_room(&room, &list, NULL, &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(look(&room, CAT, &five, &oops)); /* no reader of the policy, but a member */
}

static void a_list_shows_what_a_board_has_before_it(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal five = { 0 }, six = { 0 };
	const struct cc_json *list = NULL;
	CC_AUTO_JSON struct cc_json *answer = NULL;
	struct asking_for ask = { cc_proposal_list, { 0 }, "trial", "", NULL };
	const char *id = NULL;

	(void)state;
	found(&room, TWO);
	propose_five(&room, TWO, &five);
	ok(withdraw(&room, BOB, &five, &oops));
	ok(propose(&room, BOB, "change", with_board(&room, TWO, runs(6)), &six, &oops));
	ask.caller = room.callers[CAT];
	ok(ask_room(&room, &ask, &answer, &oops));
	ok(cc_json_get_array(answer, "proposals", &list, &oops));
	assert_int_equal(cc_json_count(list), 2);
	ok(cc_json_get_str(cc_json_at(list, 0), "proposal", &id, &oops));
	assert_string_equal(id, six.id);
}

static void a_policy_has_a_bounded_number_of_open_proposals(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal last = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	found(&room, TWO);
	for (size_t i = 0; i < 32; i++)
		ok(propose(&room, BOB, "change", with_board(&room, TWO, runs(5)), &last, &oops));
	assert_int_equal(
		propose(&room, BOB, "change", with_board(&room, TWO, runs(5)), &last, &err), -1);
	assert_code(err, CC_E_TOOBIG);
	ok(withdraw(&room, BOB, &last, &oops));
	ok(propose(&room, BOB, "change", with_board(&room, TWO, runs(5)), &last, &oops));
}

static void a_proposal_that_makes_no_sense_is_refused(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal none = { 0 };
	struct cc_err err = { 0 };
	CC_AUTO_JSON struct cc_json *stale = NULL;
	struct asking_for ask = { cc_proposal_create, { 0 }, "", "", NULL };

	(void)state;
	found(&room, TWO);
	assert_int_equal(
		propose(&room, BOB, "change", with_board(&room, TWO, runs(3)), &none, &err), -1);
	assert_code(err, CC_E_CONFLICT); /* is active already */
	assert_int_equal(propose(&room, BOB, "change", NULL, &none, &err), -1);
	assert_code(err, CC_E_ARG);
	assert_int_equal(propose(&room, BOB, "stop", with_board(&room, TWO, runs(5)), &none, &err),
			 -1);
	assert_code(err, CC_E_ARG);
	assert_int_equal(propose(&room, BOB, "change", "name: other\n", &none, &err), -1);
	assert_code(err, CC_E_ARG);
	assert_int_equal(propose(&room, BOB, "chance", "name: trial\n", &none, &err), -1);
	assert_code(err, CC_E_ARG);
	stale = BODY({ "name", "trial" }, { "policy", with_board(&room, TWO, runs(5)) },
		     { "predecessor",
		       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		       "aa" });
	ask.caller = room.callers[BOB];
	ask.body = stale;
	assert_int_equal(ask_room(&room, &ask, NULL, &err), -1);
	assert_code(err, CC_E_CONFLICT);
}

static struct cc_digest hash_at(struct boardroom *room, const char *name)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	struct cc_known known = { 0 };

	cc_cas_view_init(&view, room->world.state);
	ok(cc_cas_view_policy(&view, name, &known, NULL, &oops));
	return known.hash;
}

static bool consents_to(struct boardroom *room, const struct cc_digest *hash)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	struct cc_digest recorded = { 0 };
	bool found_one = false;

	cc_cas_view_init(&view, room->world.state);
	ok(view.view.consent(view.view.context, "trial", "guest", &found_one, &recorded, &oops));
	return found_one && cc_digest_eq(&recorded, hash);
}

/* The grantee changes between the votes and the effect: the grant is to what was voted on. */
static void a_grant_is_to_the_grantee_that_was_voted_on(void **state)
{
	static const char grant[] =
		"volumes: [{name: v, export: [{session: guest, opaque: true}]}]\n";
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal open = { 0 };
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct cc_digest before = { 0 }, after = { 0 };
	struct asking_for ask = { cc_policy_update, { 0 }, "guest", "", NULL };

	(void)state;
	found(&room, TWO);
	ok(write_policy(&room, STRANGER, "name: guest\n", &oops));
	before = hash_at(&room, "guest");
	ok(propose(&room, BOB, "change", with_board(&room, TWO, grant), &open, &oops));
	ok(approve(&room, ANN, &open, &oops));
	body = BODY({ "policy", "name: guest\nsalt: 000102030405060708090a0b0c0d0e0f\n" });
	{
		char hex[CC_HEX_DIGEST];

		cc_hex_digest(&before, hex);
		ok(cc_json_set_str(body, "predecessor", hex, &oops));
	}
	ask.caller = room.callers[STRANGER];
	ask.body = body;
	ok(ask_room(&room, &ask, NULL, &oops));
	after = hash_at(&room, "guest");
	ok(approve(&room, CAT, &open, &oops));
	assert_state(&open, "applied");
	assert_true(consents_to(&room, &before));
	assert_false(consents_to(&room, &after));
}

/* A policy of STRANGER's, as another version, by its owner's own right. */
static void change_far(struct boardroom *room, const char *name, const char *text)
{
	CC_AUTO_JSON struct cc_json *body = BODY({ "policy", text });
	const struct asking_for ask = { cc_policy_update, room->callers[STRANGER], name, "", body };
	struct cc_digest before = hash_at(room, name);
	char hex[CC_HEX_DIGEST];

	cc_hex_digest(&before, hex);
	ok(cc_json_set_str(body, "predecessor", hex, &oops));
	ok(ask_room(room, &ask, NULL, &oops));
}

#define FAR "name: far\nsecrets: [{name: ca, kind: ascii, export: near}]\n"
#define NEAR                                                                                 \
	"name: near\nsecrets: [{name: ca, kind: ascii, import: {session: far, secret: ca}, " \
	"export: trial}]\n"
#define SALT "salt: 000102030405060708090a0b0c0d0e0f\n"

/* BOB proposes to import from `near`, which imports from `far` by name. */
static void propose_import(struct boardroom *room, const char *board, struct proposal *out)
{
	char hex[CC_HEX_DIGEST], text[512];
	struct cc_digest near = { 0 };

	found(room, board);
	ok(write_policy(room, STRANGER, FAR, &oops));
	ok(write_policy(room, STRANGER, NEAR, &oops));
	near = hash_at(room, "near");
	cc_hex_digest(&near, hex);
	(void)snprintf(text, sizeof(text),
		       "secrets: [{name: ca, kind: ascii, import: {session: near, session_hash: "
		       "%s, secret: ca}}]\n",
		       hex);
	ok(propose(room, BOB, "change", with_board(room, board, text), out, &oops));
	ok(approve(room, ANN, out, &oops));
}

static void a_change_two_imports_away_ends_the_vote(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal open = { 0 };
	const struct cc_json *rests_on = NULL;
	const char *policy = NULL, *why = NULL;
	struct cc_err err = { 0 };

	(void)state;
	propose_import(&room, TWO, &open);
	ok(cc_json_get_array(open.shown, "rests_on", &rests_on, &oops));
	assert_int_equal(cc_json_count(rests_on), 1);
	ok(cc_json_get_str(cc_json_at(rests_on, 0), "policy", &policy, &oops));
	assert_string_equal(policy, "far");
	change_far(&room, "far", FAR SALT);
	assert_int_equal(approve(&room, CAT, &open, &err), -1);
	ok(settle(&room, &open, &oops));
	assert_state(&open, "conflict");
	ok(cc_json_get_str(open.shown, "why", &why, &oops));
	assert_string_equal(why, "what it rests on has changed");
}

static void a_change_two_imports_away_during_the_delay_ends_it_too(void **state)
{
	static const char slow[] = TWO "  delay: 1 hour\n";
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal open = { 0 };

	(void)state;
	propose_import(&room, slow, &open);
	ok(approve(&room, CAT, &open, &oops));
	assert_state(&open, "accepted");
	change_far(&room, "far", FAR SALT);
	room.world.now += 3600;
	ok(look(&room, ANN, &open, &oops));
	assert_state(&open, "conflict");
}

/* The pinned version of `near` is what is voted on, whatever is active meanwhile. */
static void an_import_by_hash_is_that_version_whatever_is_active(void **state)
{
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal open = { 0 };

	(void)state;
	propose_import(&room, TWO, &open);
	change_far(&room, "near",
		   "name: near\nsecrets: [{name: ca, kind: ascii, export: trial}]\n");
	ok(approve(&room, CAT, &open, &oops));
	assert_state(&open, "applied");
}

/* The two ends of a TLS connection import each other's CA. */
static void policies_that_import_from_each_other_end_the_walk(void **state)
{
	static const char mutual[] =
		"name: far\nsecrets: [{name: ca, kind: ascii, export: near}, {name: back, kind: "
		"ascii, import: {session: near, secret: ca}}]\n";
	AUTO_BOARDROOM struct boardroom room = { 0 };
	AUTO_PROPOSAL struct proposal open = { 0 }, again = { 0 };
	const struct cc_json *rests_on = NULL;
	const char *text = NULL;

	(void)state;
	propose_import(&room, TWO, &open);
	change_far(&room, "far", mutual);
	ok(cc_json_get_str(open.shown, "new_text", &text, &oops));
	ok(propose(&room, BOB, "change", text, &again, &oops));
	ok(cc_json_get_array(again.shown, "rests_on", &rests_on, &oops));
	assert_int_equal(cc_json_count(rests_on), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_two_imports_away_ends_the_vote),
		cmocka_unit_test(a_change_two_imports_away_during_the_delay_ends_it_too),
		cmocka_unit_test(an_import_by_hash_is_that_version_whatever_is_active),
		cmocka_unit_test(policies_that_import_from_each_other_end_the_walk),
		cmocka_unit_test(two_of_three_raise_a_limit),
		cmocka_unit_test(a_board_lowers_a_binding_line_with_its_consumer_alone),
		cmocka_unit_test(no_emergency_breaks_a_binding_line),
		cmocka_unit_test(a_policy_with_a_board_has_no_other_way_to_change),
		cmocka_unit_test(only_members_propose_and_only_by_their_own_signature),
		cmocka_unit_test(the_board_and_access_policy_update_must_both_agree),
		cmocka_unit_test(thresholds_of_access_policy_are_met_by_those_who_approve),
		cmocka_unit_test(an_owner_without_a_seat_has_no_vote),
		cmocka_unit_test(one_key_counts_once_however_often_it_votes),
		cmocka_unit_test(nobody_approves_an_own_proposal_unless_the_board_says_so),
		cmocka_unit_test(a_vote_over_anything_else_is_refused),
		cmocka_unit_test(a_vote_that_says_another_thing_than_its_signature_is_refused),
		cmocka_unit_test(
			an_approval_of_an_earlier_proposal_is_no_approval_of_the_same_one_later),
		cmocka_unit_test(an_approval_that_was_taken_back_cannot_be_sent_again),
		cmocka_unit_test(a_vote_lasts_until_it_expires),
		cmocka_unit_test(after_the_deadline_no_vote_is_taken),
		cmocka_unit_test(a_change_waits_for_the_delay_and_votes_can_change_meanwhile),
		cmocka_unit_test(who_changes_its_mind_during_the_delay_stops_it),
		cmocka_unit_test(a_vote_that_expires_during_the_delay_was_given),
		cmocka_unit_test(a_veto_with_its_reason_ends_it_whatever_was_approved),
		cmocka_unit_test(a_proposal_about_a_version_that_is_gone_is_a_conflict),
		cmocka_unit_test(a_version_that_comes_back_revives_no_proposal),
		cmocka_unit_test(a_board_changes_only_by_the_rule_of_the_old_board),
		cmocka_unit_test(a_change_of_two_classes_needs_both_rules),
		cmocka_unit_test(strangers_do_not_learn_that_a_proposal_exists),
		cmocka_unit_test(a_list_shows_what_a_board_has_before_it),
		cmocka_unit_test(a_policy_has_a_bounded_number_of_open_proposals),
		cmocka_unit_test(a_proposal_that_makes_no_sense_is_refused),
		cmocka_unit_test(a_grant_is_to_the_grantee_that_was_voted_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
