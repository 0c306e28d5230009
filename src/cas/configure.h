/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of one attempt: from policy, run and attempt to the plaintext of a release. */
#ifndef CC_CAS_CONFIGURE_H
#define CC_CAS_CONFIGURE_H

#include "cas/runs.h"
#include "cas/vault.h"
#include "policy/decide.h"

struct cc_configure { /* all borrowed */
	struct cc_state *state;
	const struct cc_rec_run *run;
	const struct cc_rec_stage *stage;
	const struct cc_rec_attempt *attempt;
	const struct cc_known *known; /* policy of the service */
	const struct cc_service *service;
	const struct cc_program *program;
	struct cc_vault *vault;         /* for this program */
	const struct cc_digest *access; /* proof of the access token; NULL: there is none */
};
/* References to secrets are filled in. Added to `out`, which wipes itself. */
int cc_configure(const struct cc_configure *what, struct cc_buf *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
