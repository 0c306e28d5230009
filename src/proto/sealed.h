/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed bodies of signed requests and of their replies (docs/protocol/api.md,
 * section 1): `web` moves them and can neither read, forge nor exchange them.
 */
#ifndef CC_PROTO_SEALED_H
#define CC_PROTO_SEALED_H

#include "proto/signature.h"

#define CC_REQUEST_MAX ((size_t)4 * 1024 * 1024) /* of a body as sent, in either direction */

/* Client: the body as sent, added to `out`. An empty body is sealed too. */
int cc_request_seal(const struct cc_hpke_public *keeper, const struct cc_signed *request,
		    struct cc_span plain, struct cc_buf *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Keeper: request->body is opened, added to `out`. */
int cc_request_open(const struct cc_hpke_key *keeper, const struct cc_signed *request,
		    struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* A reply as sent. `request`: SHA-256 of the value of the request's Signature header. */
struct cc_sealed_reply {
	struct cc_digest request;
	uint16_t status;
	struct cc_span body;      /* as sent */
	struct cc_span signature; /* the value of Concordat-Signature */
};
/* Keeper: adds the sealed body and the value of Concordat-Signature. `cas` is for Ed25519. */
struct cc_reply_plan {
	const struct cc_request_signer *to;
	const struct cc_key *cas;
	uint16_t status;
	struct cc_span plain;
};
int cc_reply_seal(const struct cc_reply_plan *plan, struct cc_buf *body, struct cc_buf *signature,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Client: the signature first. CC_E_EVIDENCE: another CAS key than the pinned one, or the reply is
 * not its reply to this request with this status.
 */
int cc_reply_open(const struct cc_sealed_reply *reply, const struct cc_hpke_key *key,
		  const struct cc_pubkey *cas, const struct cc_digest *pin, struct cc_buf *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;

#endif
