/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenPGP keys (RFC 4880; EdDSA and Curve25519 as GnuPG 2.1 and later write them, which became
 * RFC 9580 sections 5.5.5.5 and 9.2): an Ed25519 primary key that certifies and signs, a Curve25519
 * subkey that encrypts, one user id, preferences AES-256, SHA-256 and ZLIB. No pass phrase: the
 * policy guards it.
 */
#ifndef CC_SECRET_PGP_H
#define CC_SECRET_PGP_H

#include "base/buf.h"
#include "base/secret.h"

enum cc_pgp_half {
	CC_PGP_PUBLIC = 0,
	CC_PGP_PRIVATE,
};
enum cc_pgp_form {
	CC_PGP_ARMORED = 0, /* RFC 4880 section 6 */
	CC_PGP_BINARY,
	CC_PGP_BASE64, /* of the binary form */
};

/* A transferable secret key (RFC 4880 11.2). */
int cc_pgp_generate(const char *user_id, int64_t now, struct cc_secret **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Add a half of a key that cc_pgp_generate made; CC_E_ARG for any other. */
int cc_pgp_export(struct cc_span key, enum cc_pgp_half half, enum cc_pgp_form form,
		  struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
