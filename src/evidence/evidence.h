/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence of any platform: bytes in, claims out. Pure: no clock, no network, no
 * file. The time is an argument because no collateral is valid for long and the
 * host's clock is the enemy's.
 */
#ifndef CC_EVIDENCE_EVIDENCE_H
#define CC_EVIDENCE_EVIDENCE_H

#include "crypto/checked.h"
#include "evidence/collateral.h"
#include "evidence/quote.h"
#include "evidence/roots.h"

struct cc_prepared;
#define CC_AUTO_PREPARED CC_CLEANUP(cc_prepared_auto)

struct cc_evidence {
	enum cc_platform_kind platform;
	struct cc_span bytes; /* at most CC_EVIDENCE_MAX */
	struct cc_collateral collateral;
	const struct cc_roots *roots; /* of our own choice */
	int64_t at;
	/*
	 * Accept that there are no revocation lists at all; the claims say so and
	 * cc_claims_platform denies it unless that is tolerated. For recorded evidence.
	 */
	bool without_revocation;
	bool has_tail; /* what is no zero behind the evidence is its container's, not looked at */
	/* Made of this very collateral and these roots, or NULL: then they are proven here, too. */
	const struct cc_prepared *prepared;
	struct cc_memory memory; /* signatures of vendors that need no second check */
};

/*
 * Prove what does not depend on the evidence, once for many: Intel's statements with their
 * signatures and when they hold, which fails if they do not prove; of all others the signatures
 * in the pools of certificates and lists, as many as verify. `bytes` may be evidence of a machine:
 * what vendors have signed in it, which the next evidence of the machine brings again, is
 * remembered, too. Evidence that ends in another root, or a time at which a part does not hold,
 * falls back to proving everything, so that the answer is the same with and without.
 */
int cc_evidence_prepare(const struct cc_evidence *evidence, struct cc_prepared **out,
			struct cc_err *err) CC_MUST CC_NONNULL;
void cc_prepared_free(struct cc_prepared *prepared);
static inline void cc_prepared_auto(struct cc_prepared **prepared)
{
	cc_prepared_free(*prepared);
}

/*
 * Question 1 of claims.h: is it authentic? On success the claims are what the
 * platform said; whether that is any good is for the other questions.
 *
 * CC_E_EVIDENCE: a signature, chain or binding does not verify, or collateral is for
 * something else. CC_E_EXPIRED: outside the window of a certificate, list or
 * collateral. CC_E_ARG: malformed. CC_E_UNSUPPORTED: a platform or version that this
 * build does not read.
 */
int cc_evidence_prove(const struct cc_evidence *evidence, struct cc_claims *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* Whose evidence this is, by its first bytes; CC_PLATFORM_NONE: nothing that we read. */
enum cc_platform_kind cc_evidence_kind(struct cc_span bytes);
/*
 * What the evidence says, with NOTHING PROVEN: anybody can write such bytes. Class, root, TCB
 * status and window stay zero, so that these claims grant nothing. For who wants to look at it.
 */
int cc_evidence_read(enum cc_platform_kind platform, struct cc_span bytes, struct cc_claims *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * For who got claims from another process: question 2, and the one signature over the
 * body, from the evidence itself (cc_quote_recheck).
 */
int cc_evidence_recheck(struct cc_span evidence, const struct cc_claims *claims,
			const struct cc_digest64 *expected, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
