/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proposals of boards in the state: what they are about, where votes and time have
 * brought them, and what follows for the policy (docs/protocol/board.md).
 *
 * A ballot is one proposal with everything that its next step depends on. The step is a
 * function of the ballot and the time (cc_ballot_next) and taken by cc_ballot_settle, so
 * that a status can be shown without a change, and nothing happens that the
 * state does not say.
 */
#ifndef CC_CAS_BALLOT_H
#define CC_CAS_BALLOT_H

#include "cas/binding.h"
#include "cas/view.h"
#include "policy/board.h"
#include "proto/vote.h"

#define CC_PROPOSALS_OPEN_MAX 32 /* of one policy */
#define CC_PROPOSALS_KEPT 200    /* in the list of one policy; by id they stay for ever */

struct cc_ballot {
	struct cc_state *state;
	struct cc_cas_view view;
	struct cc_rec_proposal row;
	struct cc_rec_board board;
	enum cc_proposal_kind kind;
	struct cc_known active;      /* the policy as it is now */
	uint64_t version;            /* of its row */
	struct cc_policy *replaced;  /* the old version, when an emergency has replaced it */
	struct cc_known old;         /* the version whose board decides */
	struct cc_policy *proposed;  /* NULL for stops */
	struct cc_effects *effects;  /* NULL for stops */
	struct cc_bindings bindings; /* binding lines that it takes something from */
	struct cc_board_needs needs;
	bool has_changed; /* another version became active by its steps */
	bool has_moved;   /* what the proposed version rests on is another than was voted on */
};
#define CC_AUTO_BALLOT CC_CLEANUP(cc_ballot_clear)

/* `out` is zeroed before and must stay where it is. CC_E_NOTFOUND: no such proposal. */
int cc_ballot_load(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
		   struct cc_ballot *out, struct cc_err *err) CC_MUST;
void cc_ballot_clear(struct cc_ballot *ballot) CC_NONNULL;
/*
 * A new proposal about the active version of a policy: the row of `ballot` has kind, reason and
 * text (or none), the rest nothing. Fills in what is computed from them: hashes, effects, closure,
 * times. The state is not changed. CC_E_DENIED when such a change has no way to be accepted.
 */
int cc_ballot_start(struct cc_state *state, const char *policy, struct cc_ballot *ballot,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* What would happen if somebody settled it now. */
enum cc_ballot_step {
	CC_STEP_NONE = 0,
	CC_STEP_CONFLICT, /* another version became active, or what it is about is over */
	CC_STEP_EXPIRE,
	CC_STEP_REJECT,
	CC_STEP_ACCEPT,  /* the rules are met: the delay begins */
	CC_STEP_REOPEN,  /* and are not any more */
	CC_STEP_ENFORCE, /* an emergency comes into force */
	CC_STEP_APPLY,
	CC_STEP_LAPSE,
	CC_STEP_COUNT,
};
enum cc_ballot_step cc_ballot_next(const struct cc_ballot *ballot);
/* Take all steps that are due. */
int cc_ballot_settle(struct cc_ballot *ballot, struct cc_err *err) CC_MUST CC_NONNULL;
/* Whoever proposed it takes it back. Not an emergency in force: others rely on it. */
int cc_ballot_withdraw(struct cc_ballot *ballot, struct cc_err *err) CC_MUST CC_NONNULL;
/* Put the proposal and its board's row. */
int cc_ballot_store(struct cc_ballot *ballot, struct cc_err *err) CC_MUST CC_NONNULL;
bool cc_ballot_is_over(const struct cc_ballot *ballot) CC_NONNULL;
/* End it: `word` is the state, `why` may be "". */
int cc_ballot_end(struct cc_ballot *ballot, const char *word, const char *why,
		  struct cc_err *err) CC_MUST CC_NONNULL;

/* What a vote of this proposal signs, but for what is the vote's own: choice, number and so on. */
void cc_ballot_vote(const struct cc_ballot *ballot, struct cc_vote *out) CC_NONNULL;
/* Who has voted how, as members; votes that expired before `at` are left out. */
struct cc_board_votes cc_ballot_votes(const struct cc_ballot *ballot) CC_NONNULL;
/* Does access_policy.update agree, with the keys of the proposer and all who approve? */
bool cc_ballot_access_agrees(const struct cc_ballot *ballot) CC_NONNULL;
/* Have all consumers consented whose binding lines it takes something from? */
bool cc_ballot_consumers_agree(const struct cc_ballot *ballot) CC_NONNULL;
/* Does it name this key, alone or together with others? */
bool cc_ballot_access_names(const struct cc_ballot *ballot, const struct cc_digest *key) CC_NONNULL;

/* CC_E_DENIED while a stop of this policy, which has been looked at, is in force. */
int cc_board_require_running(struct cc_state *state, const char *policy,
			     struct cc_err *err) CC_MUST CC_NONNULL;
/* A version becomes active beside proposals: the epoch counts changes of the board. */
int cc_board_note_change(struct cc_state *state, const struct cc_policy *old,
			 const struct cc_policy *new, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
