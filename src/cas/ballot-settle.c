/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals: the steps that votes and time lead to, and what stands beside proposals. */
#include "base/time.h"
#include "cas/ballot-internal.h"
#include "cas/policies.h"
#include "cas/runs.h"

/* Taking it. */

int cc_ballot_end(struct cc_ballot *ballot, const char *word, const char *why, struct cc_err *err)
{
	ballot->row.ended = now_of(ballot);
	CC_TRY(cc_text_set(&ballot->row.why, why, err));
	return cc_text_set(&ballot->row.state, word, err);
}

static int activate(struct cc_ballot *ballot, const struct cc_policy *policy, const char *text,
		    const struct cc_list *consents, struct cc_err *err)
{
	const struct cc_policy_next next = { .policy = policy, .text = text, .consents = consents };
	struct cc_rec_policy row = { 0 };
	bool differs = false;
	int done = 0;

	CC_TRY(cc_board_differs(ballot->active.policy->board, policy->board, &differs, err));
	ballot->board.epoch += differs;
	CC_TRY(cc_state_get(ballot->state, &cc_rec_policy, ballot->row.policy, &row, err));
	done = cc_policy_activate(ballot->state, &next, &row, err);
	ballot->has_changed = true;
	ballot->version = row.version;
	ballot->active.policy = policy;
	memcpy(ballot->active.hash.b, row.hash, sizeof(ballot->active.hash.b));
	cc_record_clear(&cc_rec_policy, &row);
	return done;
}

/* What the owner consented to before; a change that only forbids consents to nothing new. */
static int keep_consents(struct cc_ballot *ballot, struct cc_err *err)
{
	struct cc_rec_policy row = { 0 };
	int done = 0;

	CC_TRY(cc_state_get(ballot->state, &cc_rec_policy, ballot->row.policy, &row, err));
	done = cc_consents_copy(&row.consents, &ballot->row.before, err);
	cc_record_clear(&cc_rec_policy, &row);
	return done;
}

static int conflict(struct cc_ballot *ballot, struct cc_err *err)
{
	if (!is_about_version(ballot))
		return cc_ballot_end(ballot, "conflict", "what it is about is over", err);
	if (ballot->has_moved)
		return cc_ballot_end(ballot, "conflict", "what it rests on has changed", err);
	return cc_ballot_end(ballot, "conflict", "another version has become active", err);
}

static int expire(struct cc_ballot *ballot, struct cc_err *err)
{
	return cc_ballot_end(ballot, "expired", "the deadline passed before the rules were met",
			     err);
}

/* Whose rejection it was; the first with a veto, if any. */
static int reject(struct cc_ballot *ballot, struct cc_err *err)
{
	const struct cc_board *board = ballot->old.policy->board;
	CC_AUTO_FREE char *why = NULL;

	for (size_t i = 0; i < ballot->row.votes.count; i++) {
		const struct cc_rec_vote *vote =
			CC_LIST_AT(ballot->row.votes, struct cc_rec_vote, i);

		if (approves(vote) || vote->member == NULL || !counts(ballot, vote) ||
		    (cc_board_named(board, vote->member) & ballot->needs.veto) == 0)
			continue;
		CC_TRY(cc_strf(&why, err, "%s has vetoed it: %s", vote->member, vote->reason));
		return cc_ballot_end(ballot, "rejected", why, err);
	}
	return cc_ballot_end(ballot, "rejected", "its rules cannot be met any more", err);
}

static int accept(struct cc_ballot *ballot, struct cc_err *err)
{
	ballot->row.accepted = now_of(ballot);
	ballot->row.effective = ballot->row.accepted;
	/* What only forbids needs no time for others to leave. */
	if (ballot->kind != CC_PROPOSAL_EMERGENCY)
		ballot->row.effective += ballot->needs.delay;
	return cc_text_set(&ballot->row.state, "accepted", err);
}

static int reopen(struct cc_ballot *ballot, struct cc_err *err)
{
	ballot->row.accepted = ballot->row.effective = 0;
	return cc_text_set(&ballot->row.state, "open", err);
}

static int enforce(struct cc_ballot *ballot, struct cc_err *err)
{
	const struct cc_board *board = ballot->old.policy->board;

	CC_TRY(keep_consents(ballot, err));
	CC_TRY(activate(ballot, ballot->proposed, ballot->row.text, &ballot->row.before, err));
	ballot->row.version = ballot->version;
	ballot->row.lapses = now_of(ballot) + board->emergency->lapses;
	return cc_text_set(&ballot->row.state, "in-force", err);
}

static void resume(struct cc_ballot *ballot)
{
	ballot->board.stopped = ballot->board.stop_confirmed = false;
	ballot->board.stop_until = 0;
}

static int apply(struct cc_ballot *ballot, struct cc_err *err)
{
	bool in_force = is_in(ballot, "in-force");

	if (ballot->kind == CC_PROPOSAL_STOP)
		ballot->board.stop_confirmed = true;
	else if (ballot->kind == CC_PROPOSAL_RESUME)
		resume(ballot);
	else if (ballot->kind == CC_PROPOSAL_EMERGENCY && !in_force)
		CC_TRY(keep_consents(ballot, err));
	if (is_about_version(ballot) && !in_force) {
		const struct cc_list *consents = ballot->kind == CC_PROPOSAL_CHANGE
							 ? &ballot->row.grants
							 : &ballot->row.before;

		CC_TRY(activate(ballot, ballot->proposed, ballot->row.text, consents, err));
	}
	if (ballot->kind == CC_PROPOSAL_CHANGE)
		resume(ballot);
	return cc_ballot_end(ballot, "applied", in_force ? "the rules confirmed it" : "", err);
}

/* The same member may not stop the same version again: a stop is a delay and no veto. */
static int note_lapsed(struct cc_ballot *ballot, struct cc_err *err)
{
	struct cc_rec_lapsed *lapsed = NULL;
	void *at = NULL;

	CC_TRY(cc_list_add(&ballot->board.lapsed, &cc_rec_lapsed, &at, err));
	lapsed = at;
	memcpy(lapsed->member, ballot->row.proposer, sizeof(lapsed->member));
	memcpy(lapsed->hash, ballot->row.old_hash, sizeof(lapsed->hash));
	return 0;
}

static int lapse(struct cc_ballot *ballot, struct cc_err *err)
{
	bool in_time = now_of(ballot) < ballot->row.lapses;
	CC_AUTO_FREE char *text = NULL;

	if (ballot->kind == CC_PROPOSAL_STOP) {
		resume(ballot);
		CC_TRY(note_lapsed(ballot, err));
	} else {
		CC_TRY(cc_policy_version_text(ballot->state, ballot->row.policy,
					      ballot->row.old_hash, &text, err));
		CC_TRY(activate(ballot, ballot->old.policy, text, &ballot->row.before, err));
	}
	return cc_ballot_end(ballot, "lapsed",
			     in_time ? "the rules cannot confirm it any more"
				     : "the rules did not confirm it in time",
			     err);
}

int cc_ballot_withdraw(struct cc_ballot *ballot, struct cc_err *err)
{
	if (ballot->kind == CC_PROPOSAL_EMERGENCY && is_in(ballot, "in-force")) {
		cc_err_set(err, CC_E_CONFLICT, "the emergency change is in force");
		return cc_hint(err, "it lapses by itself, or when members reject it");
	}
	if (ballot->kind == CC_PROPOSAL_STOP) {
		resume(ballot);
		CC_TRY(note_lapsed(ballot, err));
	}
	return cc_ballot_end(ballot, "withdrawn", "by who proposed it", err);
}

typedef int step_fn(struct cc_ballot *ballot, struct cc_err *err);
static step_fn *const steps[CC_STEP_COUNT] = {
	[CC_STEP_CONFLICT] = conflict, [CC_STEP_EXPIRE] = expire, [CC_STEP_REJECT] = reject,
	[CC_STEP_ACCEPT] = accept,     [CC_STEP_REOPEN] = reopen, [CC_STEP_ENFORCE] = enforce,
	[CC_STEP_APPLY] = apply,       [CC_STEP_LAPSE] = lapse,
};

int cc_ballot_settle(struct cc_ballot *ballot, struct cc_err *err)
{
	for (enum cc_ballot_step step = cc_ballot_next(ballot); step != CC_STEP_NONE;
	     step = cc_ballot_next(ballot))
		CC_TRY(steps[step](ballot, err));
	return 0;
}

/* Changes and stops come into force or lapse; what nobody accepts expires. */
static uint64_t due_of(const struct cc_ballot *ballot)
{
	if (is_in(ballot, "in-force"))
		return ballot->row.lapses;
	return is_in(ballot, "accepted") ? ballot->row.effective : ballot->row.deadline + 1;
}

static int note_in_board(struct cc_ballot *ballot, struct cc_err *err)
{
	struct cc_list *list = &ballot->board.proposals;
	struct cc_rec_ref *ref = NULL;
	void *at = NULL;

	for (size_t i = 0; i < list->count && ref == NULL; i++)
		if (memcmp(CC_LIST_AT(*list, struct cc_rec_ref, i)->id, ballot->row.id,
			   CC_ID_LEN) == 0)
			ref = CC_LIST_AT(*list, struct cc_rec_ref, i);
	if (ref == NULL) {
		CC_TRY(cc_list_add(list, &cc_rec_ref, &at, err));
		ref = at;
		memcpy(ref->id, ballot->row.id, sizeof(ref->id));
	}
	ref->ended = cc_ballot_is_over(ballot);
	ref->due = due_of(ballot);
	for (size_t i = 0; list->count > CC_PROPOSALS_KEPT && i < list->count; i++)
		if (CC_LIST_AT(*list, struct cc_rec_ref, i)->ended)
			cc_list_drop(list, &cc_rec_ref, i--);
	return 0;
}

int cc_ballot_store(struct cc_ballot *ballot, struct cc_err *err)
{
	char key[CC_ID_TEXT];

	CC_TRY(note_in_board(ballot, err));
	CC_TRY(cc_state_put(ballot->state, &cc_rec_board, ballot->row.policy, &ballot->board, err));
	cc_id_print(ballot->row.id, key);
	return cc_state_put(ballot->state, &cc_rec_proposal, key, &ballot->row, err);
}

/* Beside proposals. */

static int stopped(const struct cc_rec_board *board, const char *policy, struct cc_err *err)
{
	char until[CC_TIME_TEXT], id[CC_ID_TEXT];

	cc_time_print((int64_t)board->stop_until, until);
	cc_id_print(board->stop, id);
	cc_err_set(err, CC_E_DENIED, "the board has stopped policy '%s'%s%s", policy,
		   board->stop_confirmed ? "" : " until ", board->stop_confirmed ? "" : until);
	return cc_hint(err, "look at it: concordat proposal show %s", id);
}

int cc_board_require_running(struct cc_state *state, const char *policy, struct cc_err *err)
{
	struct cc_rec_board board = { 0 };
	bool found = false;
	int done = 0;

	CC_TRY(cc_state_find(state, &cc_rec_board, policy, &board, &found, err));
	if (board.stopped)
		done = stopped(&board, policy, err);
	cc_record_clear(&cc_rec_board, &board);
	return done;
}

int cc_board_note_change(struct cc_state *state, const struct cc_policy *old,
			 const struct cc_policy *new, struct cc_err *err)
{
	struct cc_rec_board board = { 0 };
	bool differs = false, found = false;
	int done = 0;

	CC_TRY(cc_board_differs(old->board, new->board, &differs, err));
	if (!differs)
		return 0;
	CC_TRY(cc_state_find(state, &cc_rec_board, new->name, &board, &found, err));
	board.epoch++;
	done = cc_state_put(state, &cc_rec_board, new->name, &board, err);
	cc_record_clear(&cc_rec_board, &board);
	return done;
}
