/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The release of a configuration: appraised claims, the ticket, the policies as
 * they stand, counts and leases are decided in one command at one ledger index.
 */
#ifndef CC_CAS_RELEASE_H
#define CC_CAS_RELEASE_H

#include "cas/state.h"
#include "evidence/claims.h"
#include "proto/release.h"

struct cc_release_call {
	const struct cc_attest *attest; /* what the caller says */
	const struct cc_claims *claims; /* authentic and bound to it */
	const struct cc_digest64 *report_data;
};

/*
 * Decide and seal. `out` (empty) is what goes back; `fields` those of the entry
 * "release". The same instance gets its release again, uncounted: then
 * `*repeated` is true and the entry is "release.repeat".
 */
int cc_release_decide(struct cc_state *state, const struct cc_release_call *call,
		      struct cc_release *out, bool *repeated, struct cc_json **fields,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
