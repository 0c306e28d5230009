/* SPDX-License-Identifier: Apache-2.0 */
/* Who can learn what: the readers of each volume that a plan touches. */
#ifndef CC_POLICY_READERS_INTERNAL_H
#define CC_POLICY_READERS_INTERNAL_H

#include "policy/plan.h"

/* Fill `plan->readers` from its stages and from what the owners export beside them. */
int cc_plan_readers(const struct cc_plan_ask *ask, struct cc_plan *plan,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
