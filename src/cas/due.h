/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proposals that time has decided.
 *
 * When the delay of a change is over, an emergency change was not confirmed in time or a deadline
 * has passed, the state is behind the time: nobody has asked. So the first decision or read
 * that comes to such a policy is not answered from the old version. It is undone, the step is
 * taken with a ledger entry of its own, and it is made again (pipeline.c); reads take that way,
 * too.
 */
#ifndef CC_CAS_DUE_H
#define CC_CAS_DUE_H

#include "cas/state.h"

#define CC_DUE_MAX 64 /* steps that one request waits for; the next one takes the rest */

/*
 * CC_E_UNAVAILABLE, and the policy is owed (cc_state_owed), when a proposal about it is due.
 * Whoever looks at the row of a policy asks this first: view.c for almost all.
 */
int cc_due_require(struct cc_state *state, const char *policy,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Take the step of the proposal about a policy that is due for longest, as a decision of its own.
 * Fills type and fields of its entry.
 */
int cc_due_decide(struct cc_state *state, const char *policy, const char **type,
		  struct cc_json **fields, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
