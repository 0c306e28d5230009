/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vote: what a member of a board signs (docs/protocol/board.md).
 *
 * It names everything that could make one approval count for another change: the CAS, the
 * policy, both versions, what the change permits, what the new version rests on, the
 * board's epoch and the proposal. The same struct is filled by the one who votes, from what it
 * computed itself, and by the keeper, from its state; only if both are the same does
 * the signature verify.
 */
#ifndef CC_PROTO_VOTE_H
#define CC_PROTO_VOTE_H

#include "crypto/sign.h"

#define CC_PROPOSAL_ID_LEN 16
#define CC_REASON_MAX 1000 /* bytes of the reason of a vote */

enum cc_proposal_kind {
	CC_PROPOSAL_CHANGE = 0, /* the new version, when the rules are met */
	CC_PROPOSAL_EMERGENCY,  /* the same at once, when it only forbids; it lapses */
	CC_PROPOSAL_STOP,       /* no service of the policy is started; it lapses */
	CC_PROPOSAL_RESUME,     /* the end of a stop that was confirmed */
	CC_PROPOSAL_KINDS,
};
/* "change"; NULL when there is no such kind. */
const char *cc_proposal_kind_name(enum cc_proposal_kind kind);
int cc_proposal_kind_parse(const char *name, enum cc_proposal_kind *out,
			   struct cc_err *err) CC_MUST CC_NONNULL;

enum cc_vote_choice {
	CC_VOTE_REJECT = 0,
	CC_VOTE_APPROVE,
};
const char *cc_vote_choice_name(enum cc_vote_choice choice);
int cc_vote_choice_parse(const char *name, enum cc_vote_choice *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

/* What a program writes of a proposal (docs/protocol/board.md, section 5). */
struct cc_verdict {
	enum cc_vote_choice choice;
	char reason[CC_REASON_MAX + 1]; /* "" of an approval */
};
/* One line: "approve", or "reject: " and why. Pure. */
int cc_verdict_parse(struct cc_span text, struct cc_verdict *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_vote {
	struct cc_digest cas_key; /* key hash of the CAS key */
	const char *policy;
	enum cc_proposal_kind kind;
	struct cc_digest old_hash, new_hash; /* of the policy; the same for stops */
	struct cc_digest effects;            /* effect hash; zero for stops */
	struct cc_digest closure;            /* closure hash of the new version */
	uint64_t epoch;                      /* of the board: grows with each change of it */
	uint8_t proposal[CC_PROPOSAL_ID_LEN];
	uint64_t number; /* grows with each vote of the member on this proposal */
	enum cc_vote_choice choice;
	const char *reason; /* UTF-8, "" for none; its hash is signed */
	int64_t expires;    /* Unix time: counts until then */
};

/* Add what is signed. */
int cc_vote_message(const struct cc_vote *vote, struct cc_buf *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vote_sign(const struct cc_vote *vote, const struct cc_key *key, struct cc_signature *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_EVIDENCE: it is not the key's signature over this vote; CC_E_ARG: a key of another kind. */
int cc_vote_verify(const struct cc_vote *vote, const struct cc_pubkey *key,
		   struct cc_span signature, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
