/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies of the state as the policy floor sees them, for one decision.
 * What was found stays parsed until the view is cleared.
 */
#ifndef CC_CAS_VIEW_H
#define CC_CAS_VIEW_H

#include "cas/state.h"
#include "policy/decide.h"

#define CC_VIEW_MAX 256 /* policies that one decision may look at */

struct cc_cas_view {
	struct cc_view view; /* give its address to the policy floor */
	struct cc_state *state;
	struct {
		struct cc_rec_policy row;
		struct cc_policy *policy;    /* as it is written */
		struct cc_policy *effective; /* with its fragments; NULL: it has none, or was not
					      * asked for yet */
	} * found;
	size_t count;
};
#define CC_AUTO_CAS_VIEW CC_CLEANUP(cc_cas_view_clear)

/* `out` must stay where it is until it is cleared. */
void cc_cas_view_init(struct cc_cas_view *out, struct cc_state *state) CC_NONNULL;
void cc_cas_view_clear(struct cc_cas_view *view) CC_NONNULL;
/* The active version as it is written, with fragments left as variables. */
int cc_cas_view_raw(struct cc_cas_view *view, const char *name, struct cc_known *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The active version of a policy with its fragments put in, and its row. A variable whose fragment
 * cannot be had stays (cc_policy_resolve): it grants nothing, and what rests on it does not start
 * and says why. CC_E_NOTFOUND with the next step.
 */
int cc_cas_view_policy(struct cc_cas_view *view, const char *name, struct cc_known *out,
		       const struct cc_rec_policy **row, struct cc_err *err) CC_MUST
	__attribute__((nonnull(1, 2, 3, 5)));

#endif
