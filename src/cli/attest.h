/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does this CAS run what its policy says, on a platform whose root we chose? Pure: the
 * answer to POST /v1/attest-cas is an argument (docs/protocol/attestation.md section 1).
 */
#ifndef CC_CLI_ATTEST_H
#define CC_CLI_ATTEST_H

#include "client/document.h"
#include "evidence/evidence.h"
#include "proto/report.h"

struct cc_cas_proof {
	const struct cc_document *document; /* signed by the pinned CAS key */
	const struct cc_json *answer;       /* evidence, collateral, platform */
	uint8_t nonce[CC_NONCE_LEN];        /* ours */
	struct cc_digest exporter;          /* of the connection that the answer came over */
	const struct cc_roots *roots;       /* the vendors', and the simulated one that we name */
	int64_t at;
};

/*
 * CC_E_DENIED: a simulation although `roots` has none, a platform that is not well, a
 * measurement that the policy of the CAS does not list. CC_E_EVIDENCE: not authentic, or
 * made for another nonce, connection or key. CC_E_ARG: malformed.
 */
int cc_cas_prove(const struct cc_cas_proof *proof, struct cc_claims *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
