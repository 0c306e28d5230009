/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The release of a configuration: appraised claims, the ticket, the policies as
 * they stand, counts and leases are decided in one command at one ledger index.
 */
#ifndef CC_CAS_RELEASE_H
#define CC_CAS_RELEASE_H

#include "cas/peers.h"
#include "cas/state.h"
#include "policy/decide.h"
#include "proto/release.h"

struct cc_release_call {
	const struct cc_attest *attest;       /* what the caller says */
	const struct cc_presented *presented; /* authentic and bound to it */
	const struct cc_digest64 *report_data;
	/* What other CAS instances gave for it, and what they have not yet; NULL: none is asked. */
	struct cc_peers *peers;
	/* Services outside, likewise; NULL: none is asked. */
	const struct cc_secret_outside *outside;
};

/* What became of it, and why when it was refused. */
struct cc_release_outcome {
	const char *entry; /* type of the entry: "release", "release.repeat", "release.refuse" */
	struct cc_err *refusal; /* NULL: released */
	struct cc_err why;      /* what `refusal` points to */
};

/*
 * Decide and seal. `out` (empty) is what goes back; `fields` those of the entry.
 * The same instance gets its release again, uncounted. A wrong one-time password is
 * a refusal that stands: it costs the stage an attempt, so that whoever has a ticket
 * cannot try them all. Other refusals fail and change nothing.
 */
int cc_release_decide(struct cc_state *state, const struct cc_release_call *call,
		      struct cc_release *out, struct cc_release_outcome *outcome,
		      struct cc_json **fields, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
