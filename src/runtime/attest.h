/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From nothing to a configuration (docs/protocol/attestation.md, sections 1 and 2):
 * instance keys, connection, challenge, evidence over all of it, release.
 *
 * The CAS is the one with the key hash that we were started with, and with no
 * other: its key comes over an unproven connection and must have that hash, and
 * the release must be signed by it before anything of it is opened.
 */
#ifndef CC_RUNTIME_ATTEST_H
#define CC_RUNTIME_ATTEST_H

#include "proto/release.h"
#include "runtime/link.h"

/* Where evidence comes from. */
struct cc_evidence_source {
	void *ctx;
	const char *platform; /* "sgx" */
	int (*quote)(void *ctx, const struct cc_digest64 *report_data, struct cc_buf *evidence,
		     struct cc_err *err);
};

struct cc_attest_plan { /* borrowed */
	const struct cc_link *link;
	const struct cc_evidence_source *sources; /* all of them are asked, and none may fail */
	size_t source_count;                      /* 1 or 2, of different platforms */
	struct cc_digest cas_key;
	const char *policy, *service;
	uint8_t ticket[CC_TICKET_LEN];
	uint64_t patience_ms;     /* for a CAS that cannot be reached */
	const char *password;     /* one-time password; NULL: none */
	const char *token;        /* access token; NULL: none */
	struct cc_digest *access; /* with a token: what the configuration's `access` must be */
	struct cc_key **signer;   /* out: the instance's key, for votes; NULL: it dies here */
};

/*
 * `configuration` holds secrets: the caller wipes it (cc_buf does). The instance keys live
 * and die here, but for the one that signs when it is asked for: a release can be opened once. A
 * CAS that is away is asked again, each time with a new connection, nonce and evidence under the
 * same instance key, which the CAS takes for the same attempt.
 */
int cc_attest_run(const struct cc_attest_plan *plan, struct cc_buf *configuration,
		  struct cc_frames *frames, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
