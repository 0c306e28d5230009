/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP message signatures (RFC 9421) as docs/protocol/api.md, section 1, has
 * them: one signature, exactly four components in one order, a fifth exactly when
 * the request has an Idempotency-Key, exactly five parameters in one order.
 * Everything else is refused, so that there is one text for one request.
 *
 * Making is the client's side, verifying the keeper's. Whether the nonce is
 * one of the keeper's and unused is not decided here.
 */
#ifndef CC_PROTO_SIGNATURE_H
#define CC_PROTO_SIGNATURE_H

#include "crypto/hpke.h"
#include "crypto/sign.h"
#include "proto/report.h"

#define CC_HEADER_MAX 1024    /* bytes of one header's value */
#define CC_IDEMPOTENCY_MAX 64 /* of the value of Idempotency-Key */

/* The five headers, without name and colon. */
enum cc_signature_header {
	CC_HEADER_DIGEST = 0, /* Content-Digest */
	CC_HEADER_REPLY_KEY,  /* Concordat-Reply-Key */
	CC_HEADER_INPUT,      /* Signature-Input */
	CC_HEADER_SIGNATURE,  /* Signature */
	CC_HEADER_KEY,        /* Concordat-Key */
	CC_HEADER_COUNT,
};
const char *cc_signature_header_name(enum cc_signature_header header);

struct cc_signed {
	const char *method;  /* "POST" */
	const char *path;    /* without query */
	struct cc_span body; /* as sent: sealed */
	/* The value of Idempotency-Key, empty when there is none: web must not take it away. */
	struct cc_span idempotency;
};
/* Idempotency-Key: 1 to CC_IDEMPOTENCY_MAX visible ASCII characters. CC_E_ARG, CC_E_TOOBIG. */
int cc_idempotency_check(struct cc_span value, struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_signature_headers {
	struct cc_buf values[CC_HEADER_COUNT];
};
#define CC_AUTO_SIGNATURE_HEADERS CC_CLEANUP(cc_signature_headers_clear)
void cc_signature_headers_clear(struct cc_signature_headers *headers) CC_NONNULL;

/* Client. `out` must be empty. */
struct cc_signature_plan {
	const struct cc_key *key;
	const uint8_t *nonce; /* CC_NONCE_LEN bytes from POST /v1/challenge */
	int64_t created;
	const struct cc_hpke_public *reply_key;
};
int cc_signature_make(const struct cc_signed *request, const struct cc_signature_plan *plan,
		      struct cc_signature_headers *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* Keeper. What a verified request says; `key` is owned. */
struct cc_request_signer {
	struct cc_pubkey *key;
	struct cc_digest key_hash;
	uint8_t nonce[CC_NONCE_LEN];
	int64_t created;
	struct cc_hpke_public reply_key;
	struct cc_digest request; /* SHA-256 of the value of Signature: what a reply names */
};
#define CC_AUTO_SIGNER CC_CLEANUP(cc_signer_clear)
void cc_signer_clear(struct cc_request_signer *signer) CC_NONNULL;
/*
 * CC_E_ARG: a header that is not exactly in our form; CC_E_EVIDENCE: digest, key or signature
 * do not fit. `out` must be empty.
 */
int cc_signature_verify(const struct cc_signed *request,
			const struct cc_span values[static CC_HEADER_COUNT],
			struct cc_request_signer *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* The parser alone, for verify and the fuzzer: what Signature-Input says. */
struct cc_signature_input {
	struct cc_span params; /* what follows "sig1=": part of what is signed */
	int64_t created;
	uint8_t nonce[CC_NONCE_LEN];
	struct cc_digest key_hash;
	enum cc_key_kind kind;
	bool idempotent; /* Idempotency-Key is covered */
};
int cc_signature_input_parse(struct cc_span value, struct cc_signature_input *out,
			     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
