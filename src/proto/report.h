/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Report data: what evidence must carry so that it answers this question, on
 * this connection, for this policy, and for nobody else
 * (docs/protocol/attestation.md, section 1).
 *
 * The verifying side fills in values of its own (nonce, exporter, CAS key) and
 * compares all 64 bytes by cc_report_matches.
 */
#ifndef CC_PROTO_REPORT_H
#define CC_PROTO_REPORT_H

#include "crypto/hash.h"
#include "crypto/hpke.h"

#define CC_NONCE_LEN 32
#define CC_TICKET_LEN 32
#define CC_NAME_MAX 512 /* of policies, services, stages, volumes */

enum cc_role {
	CC_ROLE_NONE = 0,
	CC_ROLE_RUNTIME,
	CC_ROLE_CAS,
	CC_ROLE_PEER,
	CC_ROLE_BUILDER,
	CC_ROLE_COUNT,
};
/* "runtime"; NULL for CC_ROLE_NONE. */
const char *cc_role_name(enum cc_role role);
/* CC_ROLE_NONE when there is no such role. */
enum cc_role cc_role_named(const char *name) CC_NONNULL;

struct cc_report {
	enum cc_role role;
	uint8_t nonce[CC_NONCE_LEN]; /* the verifying side's */
	struct cc_digest exporter;   /* of this TLS connection */
	struct cc_digest cas_key;    /* key hash */
	const char *policy;          /* borrowed; NULL for role cas, as are service and ticket */
	const char *service;
	const uint8_t *ticket;      /* CC_TICKET_LEN bytes, borrowed */
	struct cc_hpke_public hpke; /* the caller's */
	uint8_t signer[32];         /* Ed25519, the caller's instance key */
};

/* CC_E_ARG: no role, a name or the ticket missing or too long, or one given for role cas. */
int cc_report_data(const struct cc_report *report, struct cc_digest64 *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_EVIDENCE unless `got` is exactly the report data of `expected`; constant time. */
int cc_report_matches(const struct cc_report *expected, struct cc_span got,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
