/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The closure of a policy: which versions of other policies it rests on.
 *
 * Whoever votes on a version agrees to what it imports, which under a board is by hash; to what
 * those versions import in turn, at any distance, each by its hash or as it is active; and to the
 * policies it grants volumes to as they were when it was proposed: an unpinned grant is open
 * to exactly that version (decide.h). The closure hash is
 *
 *     SHA-256(sized("concordat closure 1") ‖ item …)
 *     item: u8 (1 import, 2 grant, 3 further import) ‖ sized(name of the policy) ‖ its hash, 32
 * bytes
 *
 * with the items sorted by their bytes, each once. Imports from another CAS are pinned by the key
 * of that CAS; what they rest on there is not in it.
 */
#ifndef CC_POLICY_CLOSURE_H
#define CC_POLICY_CLOSURE_H

#include "policy/policy.h"

#define CC_CLOSURE_FURTHER_MAX 128 /* policies that imports rest on */

/* A policy as it was, borrowed. One that was not there has no entry. */
struct cc_closure_version {
	const char *policy;
	struct cc_digest hash;
};
struct cc_closure_versions {
	const struct cc_closure_version *at;
	size_t count;
};

/* What a policy imports from another one at this CAS. */
struct cc_closure_import {
	const char *policy; /* NULL: nothing at this place */
	const struct cc_maybe_digest *hash;
};
/* Its imports by their number; false past the last. */
bool cc_closure_import_at(const struct cc_policy *policy, size_t i,
			  struct cc_closure_import *out) CC_NONNULL;

/* Does the policy grant something to this one without pinning its hash? */
bool cc_closure_grants_to(const struct cc_policy *policy, const char *grantee) CC_NONNULL;
/*
 * CC_E_ARG: an import by name, or a grant to a policy that gets none, or one twice: those
 * would be versions that nobody asked to agree to.
 */
int cc_closure_hash(const struct cc_policy *policy, const struct cc_closure_versions *grants,
		    const struct cc_closure_versions *further, struct cc_digest *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
