/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret of a policy here goes to a policy at another CAS
 * (docs/protocol/attestation.md, section 6): decided, entered into the ledger, sealed.
 */
#ifndef CC_CAS_GIVE_H
#define CC_CAS_GIVE_H

#include "cas/peers.h"

struct cc_give_call {
	const struct cc_peer_ask *ask;
	const struct cc_document *asker; /* signed by the key that signed the ask */
	const struct cc_claims *claims;  /* of its keeper; authentic and bound to the ask */
	const struct cc_digest64 *report_data;
};

/*
 * `out` (empty) is what goes back, `fields` those of the entry "peer.release". CC_E_DENIED: the
 * asker is not what it says, there is no such export, the pins do not hold, the class is
 * weaker than the giver's policy tolerates. CC_E_STALE: the asker has seen more of our ledger
 * than we have.
 */
int cc_give_decide(struct cc_state *state, const struct cc_give_call *call, struct cc_release *out,
		   struct cc_json **fields, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
