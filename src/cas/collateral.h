/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What vendors have stated, as the CAS holds it: the newest statement of each kind about each
 * subject, by content hash, in the state. Its number never goes back, not by a restart, another
 * directory of collateral or a restored database: it stands as everything else under the
 * state root.
 *
 * Anyone with an identity may bring collateral. Whoever does can only say what a vendor has
 * signed, and only forward: the harm left is that Intel's early numbers (PCS, `update=early`) may
 * be held before all machines are patched, which then count as out of date; that is the
 * stricter answer, and the entry says who brought it. Room is bounded by CC_STATEMENTS_MAX and
 * CC_COLLATERAL_HELD_MAX, and taken only by what proves under a root of the CAS's own policy.
 */
#ifndef CC_CAS_COLLATERAL_H
#define CC_CAS_COLLATERAL_H

#include "cas/state.h"
#include "evidence/statement.h"

#define CC_COLLATERAL_HELD_MAX ((uint64_t)4 * 1000 * 1000) /* bytes, before base64 */

/*
 * Hold these, proven, all of them or (the decision is undone) none. CC_E_STALE when one is older
 * than what is held, and names both numbers. `*news` is an array with the summary of each that
 * was not held already, or NULL: nothing has changed.
 */
int cc_collateral_hold(struct cc_state *state, const struct cc_statements *proven,
		       struct cc_json **news, struct cc_err *err) CC_MUST CC_NONNULL;
/* Would cc_collateral_hold take them? Changes nothing. */
int cc_collateral_check(struct cc_state *state, const struct cc_statements *proven,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* All that is held. `out` is zeroed before. */
int cc_collateral_load(struct cc_state *state, struct cc_statements *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
