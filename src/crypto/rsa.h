/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSA (RFC 8017), because keys of TPMs and of clouds are of it: signatures of others are verified,
 * ours are not made with it. 2048 to 4096 bits, the public exponent 65537, SHA-256 or stronger.
 * Private keys exist for the simulated platform, and where a policy has one for a service outside
 * that knows its owner by it.
 */
#ifndef CC_CRYPTO_RSA_H
#define CC_CRYPTO_RSA_H

#include "base/buf.h"
#include "crypto/hash.h"

enum cc_rsa_scheme {
	CC_RSA_NONE = 0,
	CC_RSA_PKCS1, /* RSASSA-PKCS1-v1_5 */
	CC_RSA_PSS,   /* the salt as long as the hash or of any other length */
};

/* How a signature was made. */
struct cc_rsa_way {
	enum cc_rsa_scheme scheme;
	enum cc_hash hash;
};

struct cc_rsa; /* a public key, of generated ones with the private half */
#define CC_AUTO_RSA CC_CLEANUP(cc_rsa_auto)

/* From a big-endian modulus. CC_E_EVIDENCE for one that is too short or even, CC_E_UNSUPPORTED. */
int cc_rsa_from_modulus(struct cc_span modulus, struct cc_rsa **out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* A private key, DER, not encrypted. CC_E_ARG when it is none of RSA, or of another size. */
int cc_rsa_from_pkcs8(struct cc_span der, struct cc_rsa **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_rsa_generate(struct cc_rsa **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_rsa_free(struct cc_rsa *rsa);
static inline void cc_rsa_auto(struct cc_rsa **rsa)
{
	cc_rsa_free(*rsa);
}

/* The key hash, as cc_cert_key_hash of a certificate with this key. */
int cc_rsa_key_hash(const struct cc_rsa *rsa, struct cc_digest *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Big-endian, without zeroes in front. */
int cc_rsa_modulus(const struct cc_rsa *rsa, struct cc_buf *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/* CC_E_EVIDENCE when the signature does not verify. */
int cc_rsa_verify(const struct cc_rsa *rsa, const struct cc_rsa_way *way, struct cc_span message,
		  struct cc_span signature, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_rsa_sign(const struct cc_rsa *rsa, const struct cc_rsa_way *way, struct cc_span message,
		struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
