/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy as it is sent to be stored: the text, and who has signed it
 * (docs/format/signed-policy.md).
 */
#ifndef CC_CAS_UPLOAD_H
#define CC_CAS_UPLOAD_H

#include "cas/operation.h"

/* A zeroed one is empty. */
struct cc_upload {
	struct cc_policy *policy;
	const char *text;          /* borrowed from the body of the call */
	char *signatures;          /* as sent, canonical JSON; NULL: nobody has signed */
	struct cc_caller caller;   /* who sends it, with its signers */
	struct cc_digest *signers; /* key hashes; `caller` points there */
	bool encrypted;            /* the caller must not learn what it brings */
};
#define CC_AUTO_UPLOAD CC_CLEANUP(cc_upload_clear)
void cc_upload_clear(struct cc_upload *upload) CC_NONNULL;

/*
 * Read and verify the body: {"policy", "predecessor", "signatures"}, of which the last two may be
 * absent. CC_E_EVIDENCE when a signature does not hold. `out` is empty after a failure, and
 * stays where it is until it is cleared.
 *
 * What came encrypted must be signed, or whoever brings it would own and then read it; and errors
 * in it are named to its owner, who checks it before, but not here.
 */
int cc_upload_read(const struct cc_operation_call *call, struct cc_upload *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Whose policy it will be, as a first version: the caller's; of a signed one the signer's, never
 * that of whoever brings it. Several signers say it in the text. CC_E_DENIED when the text
 * names somebody else.
 */
int cc_upload_creator(const struct cc_upload *upload, struct cc_digest *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
