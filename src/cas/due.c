/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/due.h"

#include "base/str.h"
#include "cas/proposals.h"

static void clear_board(struct cc_rec_board *board)
{
	cc_record_clear(&cc_rec_board, board);
}

/* The proposal that is due for longest; NULL when none is. */
static const struct cc_rec_ref *find_due(const struct cc_rec_board *board, uint64_t now)
{
	const struct cc_rec_ref *first = NULL;

	for (size_t i = 0; i < board->proposals.count; i++) {
		const struct cc_rec_ref *ref = CC_LIST_AT(board->proposals, struct cc_rec_ref, i);

		if (!ref->ended && now >= ref->due && (first == NULL || ref->due < first->due))
			first = ref;
	}
	return first;
}

static int load_board(struct cc_state *state, const char *policy, struct cc_rec_board *out,
		      struct cc_err *err)
{
	bool found = false;

	return cc_state_find(state, &cc_rec_board, policy, out, &found, err);
}

static uint64_t now_of(const struct cc_state *state)
{
	int64_t now = cc_state_time(state);

	return now < 0 ? 0 : (uint64_t)now;
}

int cc_due_require(struct cc_state *state, const char *policy, struct cc_err *err)
{
	CC_CLEANUP(clear_board) struct cc_rec_board board = { 0 };
	struct cc_owed *owed = cc_state_owed(state);

	if (owed->is_settling)
		return 0;
	CC_TRY(load_board(state, policy, &board, err));
	if (find_due(&board, now_of(state)) == NULL)
		return 0;
	if (owed->policy == NULL)
		CC_TRY(cc_str_dup(policy, &owed->policy, err));
	cc_err_set(err, CC_E_UNAVAILABLE, "proposals about policy '%s' are due", policy);
	return cc_hint(err, "ask again");
}

static int settle(struct cc_state *state, const char *policy, const char **type,
		  struct cc_json **fields, struct cc_err *err)
{
	CC_CLEANUP(clear_board) struct cc_rec_board board = { 0 };
	CC_AUTO_BALLOT struct cc_ballot ballot = { 0 };
	const struct cc_rec_ref *due = NULL;

	CC_TRY(load_board(state, policy, &board, err));
	due = find_due(&board, now_of(state));
	if (due == NULL)
		return cc_fail(err, CC_E_BUG, "no proposal about '%s' is due", policy);
	CC_TRY(cc_ballot_load(state, due->id, &ballot, err));
	CC_TRY(cc_ballot_settle(&ballot, err));
	CC_TRY(cc_ballot_store(&ballot, err));
	*type = cc_proposal_entry_type(&ballot, "proposal.settle");
	return cc_proposal_entry(&ballot, fields, err);
}

int cc_due_decide(struct cc_state *state, const char *policy, const char **type,
		  struct cc_json **fields, struct cc_err *err)
{
	struct cc_owed *owed = cc_state_owed(state);
	int done = 0;

	/* What the step itself looks at may be due, too: that is settled when it is asked for. */
	owed->is_settling = true;
	done = settle(state, policy, type, fields, err);
	owed->is_settling = false;
	return done;
}
