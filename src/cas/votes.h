/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Votes as they come in, of keys (proposals.c) and of programs (seats.c): a paper says a choice
 * and is signed over everything that the keeper itself knows of the proposal.
 *
 * Who votes is proved before: cc_paper_cast looks at the signature and at the paper's time and
 * place, and takes whoever is in `bit` or `seat` for what it is.
 */
#ifndef CC_CAS_VOTES_H
#define CC_CAS_VOTES_H

#include "cas/ballot.h"

/* A program that votes: the service of the attempt that it was released to. All borrowed. */
struct cc_seat {
	const char *policy, *service;
	struct cc_digest hash; /* of the version of its policy that it was started under */
	enum cc_class class;
};

struct cc_paper {
	struct cc_vote vote; /* what is the vote's own: choice, number, reason, expires */
	struct cc_pubkey *key;
	struct cc_digest key_hash;
	struct cc_buf signature;
	const char *public_key, *signature_text; /* base64 */
	uint64_t expires;
	uint64_t bit;               /* of the member; 0: whom access_policy.update names */
	const struct cc_seat *seat; /* NULL: the vote of a key */
};
#define CC_AUTO_PAPER CC_CLEANUP(cc_paper_clear)
void cc_paper_clear(struct cc_paper *paper) CC_NONNULL;

/* {"choice", "expires", "number", "public_key", "reason", "signature"}: texts are borrowed. */
int cc_paper_parse(const struct cc_json *body, struct cc_paper *out, struct cc_err *err) CC_MUST
	__attribute__((nonnull(2, 3)));
/* The vote of the same key, or of the same service, that the proposal has. */
struct cc_rec_vote *cc_paper_before(const struct cc_ballot *ballot,
				    const struct cc_paper *paper) CC_NONNULL;
/* Check it and put it among the ballot's votes, which is not settled by this. */
int cc_paper_cast(struct cc_ballot *ballot, const struct cc_paper *paper,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* The proposal is not over; else the error says how it ended. */
int cc_ballot_require_open(const struct cc_ballot *ballot, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
