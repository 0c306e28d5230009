/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Web Signature in its compact form (RFC 7515 7.1) around the claims of a JSON Web
 * Token: the algorithm is that of the key (RFC 7518 3.1, RFC 8037 3.1), and there is always one.
 * Nothing here reads a token.
 */
#ifndef CC_CODEC_JWS_H
#define CC_CODEC_JWS_H

#include "crypto/sign.h"

/* Add header.payload.signature; `payload` is JSON. ES256, ES384 or EdDSA. */
int cc_jws_add(const struct cc_key *key, struct cc_span payload, struct cc_buf *out,
	       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
