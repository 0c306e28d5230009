/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/seats.h"

#include "base/str.h"
#include "cas/policies.h"
#include "cas/proposals.h"
#include "cas/runs.h"
#include "codec/text.h"

#define AROUND ((size_t)64) /* bytes of a configuration around each proposal, and around all */
#define NUMBER 1 /* of each instance's vote: which of a service's votes counts is said below */

/* The member that the program is, whatever it would say. */

static int check_version(struct cc_ballot *ballot, const struct cc_board_member *member,
			 const struct cc_seat *seat, struct cc_err *err)
{
	struct cc_known known = { 0 };

	if (member->session_hash.is_set) {
		if (cc_digest_eq(&member->session_hash.digest, &seat->hash))
			return 0;
		return cc_fail(err, CC_E_DENIED,
			       "the board of '%s' names another version of policy '%s'",
			       ballot->row.policy, seat->policy);
	}
	/* A version that its owner has replaced speaks for nobody any more. */
	CC_TRY(cc_cas_view_policy(&ballot->view, seat->policy, &known, NULL, err));
	if (cc_digest_eq(&known.hash, &seat->hash))
		return 0;
	return cc_fail(err, CC_E_STALE, "policy '%s' has changed since the program was started",
		       seat->policy);
}

static int find_member(struct cc_ballot *ballot, const struct cc_seat *seat,
		       const struct cc_board_member **out, struct cc_err *err)
{
	const struct cc_policy *policy = ballot->old.policy;

	*out = cc_board_served(policy->board, seat->policy, seat->service);
	if (*out == NULL)
		return cc_fail(err, CC_E_DENIED, "'%s/%s' is no member of the board of '%s'",
			       seat->policy, seat->service, policy->name);
	CC_TRY(cc_decide_class(policy, seat->class, err));
	return check_version(ballot, *out, seat, err);
}

/* Whoever proposed it and chooses the program would approve the own proposal by it. */
static int check_own(struct cc_ballot *ballot, const struct cc_board_member *member,
		     const struct cc_seat *seat, struct cc_err *err)
{
	struct cc_digest proposer = { 0 };
	const struct cc_identity who = { &proposer, &proposer, 1 };
	struct cc_known known = { 0 };
	struct cc_err ignored = { 0 };

	if (ballot->old.policy->board->self_approval || member->session_hash.is_set ||
	    ballot->kind == CC_PROPOSAL_EMERGENCY)
		return 0;
	CC_TRY(cc_cas_view_policy(&ballot->view, seat->policy, &known, NULL, err));
	memcpy(proposer.b, ballot->row.proposer, sizeof(proposer.b));
	if (known.policy->board != NULL ||
	    cc_decide_access(&known, CC_RIGHT_UPDATE, &who, &ignored) != 0)
		return 0;
	cc_err_set(err, CC_E_DENIED,
		   "who proposed this may change policy '%s', whose program votes", seat->policy);
	return cc_hint(err, "name its version in the board: session_hash");
}

/* What waits. */

static uint64_t expires_of(const struct cc_ballot *ballot)
{
	return ballot->row.lapses > ballot->row.deadline ? ballot->row.lapses
							 : ballot->row.deadline;
}

static int add_proposal(const struct cc_ballot *ballot, size_t *room, struct cc_config *out,
			struct cc_err *err)
{
	struct cc_config_proposal *one = &out->proposals[out->proposal_count];
	CC_AUTO_JSON struct cc_json *shown = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_proposal_answer(ballot, &shown, err));
	CC_TRY(cc_json_print(shown, &text, err));
	if (text.len + AROUND > *room)
		return 0;
	*room -= text.len + AROUND;
	one->expires = expires_of(ballot);
	one->shown = text;
	text = (struct cc_buf){ 0 };
	out->proposal_count++;
	return 0;
}

/* Open, the program's to vote on, and it has not voted yet. */
static bool waits(struct cc_ballot *ballot, const struct cc_seat *seat)
{
	const struct cc_paper paper = { .seat = seat };
	const struct cc_board_member *member = NULL;
	struct cc_err ignored = { 0 };

	return cc_ballot_next(ballot) == CC_STEP_NONE && !cc_ballot_is_over(ballot) &&
	       find_member(ballot, seat, &member, &ignored) == 0 &&
	       cc_paper_before(ballot, &paper) == NULL;
}

static int look_at(struct cc_state *state, const struct cc_rec_ref *ref, const struct cc_seat *seat,
		   size_t *room, struct cc_config *out, struct cc_err *err)
{
	CC_AUTO_BALLOT struct cc_ballot ballot = { 0 };
	struct cc_err ignored = { 0 };

	if (ref->ended || out->proposal_count == CC_CONFIG_PROPOSALS_MAX)
		return 0;
	/* What is due is owed now, and this is decided again after it (pipeline.c). Else it is
	 * another owner's trouble, and no reason not to start the program. */
	if (cc_ballot_load(state, ref->id, &ballot, &ignored) != 0)
		return 0;
	return waits(&ballot, seat) ? add_proposal(&ballot, room, out, err) : 0;
}

static int look_into(struct cc_state *state, const char *policy, const struct cc_seat *seat,
		     size_t *room, struct cc_config *out, struct cc_err *err)
{
	struct cc_rec_board board = { 0 };
	bool found = false;
	int done = 0;

	CC_TRY(cc_state_find(state, &cc_rec_board, policy, &board, &found, err));
	for (size_t i = 0; done == 0 && i < board.proposals.count; i++)
		done = look_at(state, CC_LIST_AT(board.proposals, struct cc_rec_ref, i), seat, room,
			       out, err);
	cc_record_clear(&cc_rec_board, &board);
	return done;
}

int cc_seat_proposals(struct cc_state *state, const struct cc_seat *seat,
		      const struct cc_texts *boards, size_t room, struct cc_config *out,
		      struct cc_err *err)
{
	size_t left = room > AROUND ? room - AROUND : 0;

	if (boards->count == 0)
		return 0;
	out->proposals = calloc(CC_CONFIG_PROPOSALS_MAX, sizeof(*out->proposals));
	if (out->proposals == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for proposals");
	for (size_t i = 0; i < boards->count; i++)
		if (look_into(state, boards->at[i], seat, &left, out, err) != 0)
			return cc_wrap(err, "proposals about '%s'", boards->at[i]);
	return 0;
}

/* A vote. */

struct voter {
	struct cc_rec_attempt attempt;
	struct cc_rec_run run;
	struct cc_seat seat;
};

static void voter_clear(struct voter *voter)
{
	cc_record_clear(&cc_rec_attempt, &voter->attempt);
	cc_record_clear(&cc_rec_run, &voter->run);
}

static int load_voter(struct cc_state *state, const uint8_t attempt[static CC_ID_LEN],
		      struct voter *out, struct cc_err *err)
{
	const struct cc_rec_stage *stage = NULL;

	CC_TRY(cc_attempt_renew(state, attempt, err)); /* it is open, and this is an entry */
	CC_TRY(cc_attempt_load(state, attempt, &out->attempt, err));
	CC_TRY(cc_run_load(state, out->attempt.run, &out->run, err));
	if (out->attempt.stage >= out->run.stages.count)
		return cc_fail(err, CC_E_BUG, "an attempt at stage %llu of %zu",
			       (unsigned long long)out->attempt.stage, out->run.stages.count);
	stage = CC_LIST_AT(out->run.stages, struct cc_rec_stage, out->attempt.stage);
	out->seat.policy = stage->policy;
	out->seat.service = stage->service;
	out->seat.class = cc_class_named(out->attempt.platform_class);
	memcpy(out->seat.hash.b, stage->policy_hash, sizeof(out->seat.hash.b));
	return 0;
}

/* The key that the attempt's evidence names: nobody signs for the instance of a session. */
static int check_instance(const struct voter *voter, const struct cc_paper *paper,
			  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	if (cc_pubkey_kind(paper->key) != CC_KEY_ED25519)
		return cc_fail(err, CC_E_DENIED, "an instance signs with an Ed25519 key");
	CC_TRY(cc_pubkey_to_raw(paper->key, &raw, err));
	if (cc_span_eq(cc_buf_span(&raw), CC_SPAN(voter->attempt.instance)))
		return 0;
	return cc_fail(err, CC_E_DENIED, "the vote is signed by another instance's key");
}

/*
 * A rejection stands. Else whoever may run the program would run it again until it agrees; so the
 * outcome is the same in whatever order its instances speak.
 */
static int check_standing(const struct cc_ballot *ballot, const struct cc_paper *paper,
			  struct cc_err *err)
{
	const struct cc_rec_vote *before = cc_paper_before(ballot, paper);

	if (before == NULL || paper->vote.choice == CC_VOTE_REJECT ||
	    cc_str_eq(before->choice, cc_vote_choice_name(CC_VOTE_APPROVE)))
		return 0;
	cc_err_set(err, CC_E_CONFLICT, "the program has rejected this already: %s", before->reason);
	return cc_hint(err, "a program's rejection stands: make a new proposal");
}

static int check_voter(struct cc_ballot *ballot, const struct voter *voter, struct cc_paper *paper,
		       struct cc_err *err)
{
	const struct cc_board_member *member = NULL;

	CC_TRY(check_instance(voter, paper, err));
	CC_TRY(find_member(ballot, paper->seat, &member, err));
	paper->bit = cc_board_named(ballot->old.policy->board, member->name);
	if (paper->vote.number != NUMBER)
		return cc_fail(err, CC_E_ARG, "an instance votes once: its vote has the number %d",
			       NUMBER);
	CC_TRY(check_standing(ballot, paper, err));
	return paper->vote.choice == CC_VOTE_APPROVE ? check_own(ballot, member, paper->seat, err)
						     : 0;
}

static int describe(struct cc_ballot *ballot, const struct cc_paper *paper, struct cc_json *fields,
		    struct cc_err *err)
{
	const struct cc_seat *seat = paper->seat;

	CC_TRY(cc_proposal_fields(ballot, fields, err));
	CC_TRY(cc_json_set_hex(fields, "voter", CC_DIGEST_SPAN(paper->key_hash), err));
	CC_TRY(cc_json_set_str(fields, "voter_policy", seat->policy, err));
	CC_TRY(cc_json_set_str(fields, "voter_service", seat->service, err));
	CC_TRY(cc_policy_publish(ballot->state, seat->policy, seat->hash.b, "voter_hash", fields,
				 err));
	return cc_json_set_str(fields, "choice", cc_vote_choice_name(paper->vote.choice), err);
}

static int cast(struct cc_ballot *ballot, const struct voter *voter, struct cc_paper *paper,
		struct cc_err *err)
{
	CC_TRY(cc_ballot_settle(ballot, err));
	CC_TRY(cc_ballot_require_open(ballot, err));
	CC_TRY(check_voter(ballot, voter, paper, err));
	CC_TRY(cc_paper_cast(ballot, paper, err));
	CC_TRY(cc_ballot_settle(ballot, err));
	return cc_ballot_store(ballot, err);
}

int cc_seat_vote(struct cc_state *state, const uint8_t attempt[static CC_ID_LEN],
		 const struct cc_json *message, struct cc_json *fields, const char **type,
		 struct cc_err *err)
{
	static const char *const known[] = { "proposal", "type", "vote" };
	CC_CLEANUP(voter_clear) struct voter voter = { 0 };
	CC_AUTO_PAPER struct cc_paper paper = { .vote = { .reason = "" }, .seat = &voter.seat };
	CC_AUTO_BALLOT struct cc_ballot ballot = { 0 };
	const struct cc_json *vote = NULL;
	uint8_t id[CC_ID_LEN];

	CC_TRY(cc_json_closed(message, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_hex(message, "proposal", CC_MUT(id), err));
	CC_TRY(cc_json_get_object(message, "vote", &vote, err));
	CC_TRY(cc_paper_parse(vote, &paper, err));
	CC_TRY(load_voter(state, attempt, &voter, err));
	CC_TRY(cc_ballot_load(state, id, &ballot, err));
	CC_TRY(cast(&ballot, &voter, &paper, err));
	*type = cc_proposal_entry_type(&ballot, "proposal.vote");
	return describe(&ballot, &paper, fields, err);
}
