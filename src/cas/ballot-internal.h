/* SPDX-License-Identifier: Apache-2.0 */
/* What ballot.c, which finds the next step, and ballot-settle.c, which takes it, share. */
#ifndef CC_CAS_BALLOT_INTERNAL_H
#define CC_CAS_BALLOT_INTERNAL_H

#include "base/str.h"
#include "cas/ballot.h"

static inline uint64_t now_of(const struct cc_ballot *ballot)
{
	int64_t now = cc_state_time(ballot->state);

	return now < 0 ? 0 : (uint64_t)now;
}

static inline bool is_about_version(const struct cc_ballot *ballot)
{
	return ballot->kind == CC_PROPOSAL_CHANGE || ballot->kind == CC_PROPOSAL_EMERGENCY;
}

static inline bool is_in(const struct cc_ballot *ballot, const char *state)
{
	return cc_str_eq(ballot->row.state, state);
}

/* Once the rules were met, votes are counted as they were then: a delay must not eat them. */
static inline bool counts(const struct cc_ballot *ballot, const struct cc_rec_vote *vote)
{
	uint64_t at = ballot->row.accepted != 0 ? ballot->row.accepted : now_of(ballot);

	return at <= vote->expires;
}

static inline bool approves(const struct cc_rec_vote *vote)
{
	return cc_str_eq(vote->choice, cc_vote_choice_name(CC_VOTE_APPROVE));
}

/*
 * ballot-closure.c: what the proposed version rests on and grants to, and their hash, go into the
 * row. Of a stop it is the closure of the active version, without grants.
 */
int cc_ballot_close(struct cc_ballot *ballot, struct cc_err *err) CC_MUST CC_NONNULL;
/* Whether that has changed under votes that are open: `has_moved`. */
int cc_ballot_look_around(struct cc_ballot *ballot, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
