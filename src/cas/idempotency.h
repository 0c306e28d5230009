/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes that are asked for again (Idempotency-Key; docs/protocol/api.md, section 4).
 *
 * Whoever lost the answer to a change asks again under the same key. The state remembers, for each
 * identity and key, the hash of the request and the entry that it led to, never an answer: the
 * repeat is answered from what its subject is now, and adds no entry. Another request under the
 * same key is CC_E_CONFLICT. A refusal is not remembered: its repeat is decided anew.
 *
 * Bounded: the keys of an identity fall into CC_IDEMPOTENCY_BUCKETS rows of at most
 * CC_IDEMPOTENCY_EACH requests, of which the oldest gives way, and none is remembered for longer
 * than CC_IDEMPOTENCY_ENTRIES entries of the ledger. Signed and transport identities have rows of
 * their own: what web says in a caller's name must not take the keys that the caller signs.
 */
#ifndef CC_CAS_IDEMPOTENCY_H
#define CC_CAS_IDEMPOTENCY_H

#include "cas/operation.h"

#define CC_IDEMPOTENCY_BUCKETS 64
#define CC_IDEMPOTENCY_EACH 8
#define CC_IDEMPOTENCY_ENTRIES 100000

struct cc_change {
	cc_operation_fn *decide;
	cc_repeat_fn *again;
	const char *name; /* of the operation: the same body to another one is another request */
};

/* Decide a change, or answer it again. Without a key it is decided. */
int cc_change_decide(const struct cc_change *change, struct cc_state *state,
		     const struct cc_operation_call *call, struct cc_result *result,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
