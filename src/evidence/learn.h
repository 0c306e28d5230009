/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verify beforehand what vendors have signed, so that proofs need not (crypto/checked.h). Of a pool
 * (issuers.h) whatever verifies is remembered and the rest is not missed: a proof finds out why.
 */
#ifndef CC_EVIDENCE_LEARN_H
#define CC_EVIDENCE_LEARN_H

#include "evidence/issuers.h"

/*
 * Each certificate of the pool's text that leads to a root of ours at this time, and each list of
 * `lists`, in PEM, by one of them.
 */
void cc_learn_pool(const struct cc_issuer_pool *pool, struct cc_span lists, int64_t at,
		   struct cc_checked *to) CC_NONNULL;

#endif
