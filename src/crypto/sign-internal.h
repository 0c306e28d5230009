/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_CRYPTO_SIGN_INTERNAL_H
#define CC_CRYPTO_SIGN_INTERNAL_H

#include "crypto/openssl-internal.h"
#include "crypto/sign.h"

/* The longest SubjectPublicKeyInfo of ours: P-384. */
#define CC_SPKI_MAX 120

struct cc_pubkey {
	enum cc_key_kind kind;
	EVP_PKEY *pkey;
	uint8_t raw[96]; /* Ed25519 key, or x ‖ y */
	size_t raw_len;
};

struct cc_key {
	struct cc_pubkey public; /* its pkey has the private half too */
};

/* A public key from OpenSSL's, which stays the caller's. CC_E_UNSUPPORTED: a kind not of ours. */
int cc_pubkey_from_pkey(EVP_PKEY *pkey, struct cc_pubkey **out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* The same of a private key. */
int cc_key_from_pkey(EVP_PKEY *pkey, struct cc_key **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The same key once more. */
int cc_pubkey_share(const struct cc_pubkey *key, struct cc_pubkey **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Borrowed. The private half of a cc_key is in the object that its public key holds. */
EVP_PKEY *cc_pubkey_pkey(const struct cc_pubkey *key) CC_NONNULL;
/* The digest that goes with the key: NULL for Ed25519. */
const EVP_MD *cc_pubkey_md(const struct cc_pubkey *key) CC_NONNULL;

#endif
