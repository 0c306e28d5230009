/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The closure of a policy: which versions of other policies it rests on.
 *
 * Whoever votes on a version agrees to what it imports, which under a board is by hash,
 * and to the policies it grants volumes to as they were when it was proposed: an
 * unpinned grant is open to exactly that version (decide.h). The closure hash is
 *
 *     SHA-256(sized("concordat closure 1") ‖ item …)
 *     item: u8 (1 import, 2 grant) ‖ sized(name of the policy) ‖ its hash, 32 bytes
 *
 * with the items sorted by their bytes, each once.
 */
#ifndef CC_POLICY_CLOSURE_H
#define CC_POLICY_CLOSURE_H

#include "policy/policy.h"

/* A grantee as it was, borrowed. One that was not there has no entry, and no grant. */
struct cc_closure_grant {
	const char *policy;
	struct cc_digest hash;
};
struct cc_closure_grants {
	const struct cc_closure_grant *at;
	size_t count;
};

/* Does the policy grant something to this one without pinning its hash? */
bool cc_closure_grants_to(const struct cc_policy *policy, const char *grantee) CC_NONNULL;
/*
 * CC_E_ARG: an import by name, or a grant to a policy that gets none, or one twice: those
 * would be versions that nobody asked to agree to.
 */
int cc_closure_hash(const struct cc_policy *policy, const struct cc_closure_grants *grants,
		    struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
