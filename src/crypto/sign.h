/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature keys: Ed25519 (RFC 8032) for everything of ours, ECDSA on P-256
 * and P-384 for evidence and for keys that users bring.
 *
 * A public key's identity is its key hash: SHA-256 over the DER of its
 * SubjectPublicKeyInfo.
 */
#ifndef CC_CRYPTO_SIGN_H
#define CC_CRYPTO_SIGN_H

#include "base/buf.h"
#include "base/secret.h"
#include "crypto/hash.h"

enum cc_key_kind {
	CC_KEY_NONE = 0,
	CC_KEY_ED25519,
	CC_KEY_P256,
	CC_KEY_P384,
};

struct cc_key;    /* a private key, with its public half */
struct cc_pubkey; /* a public key */

#define CC_AUTO_KEY CC_CLEANUP(cc_key_auto)
#define CC_AUTO_PUBKEY CC_CLEANUP(cc_pubkey_auto)
#define CC_SIGNATURE_MAX 144 /* ECDSA on P-384 in DER; Ed25519 has 64 */

struct cc_signature {
	uint8_t b[CC_SIGNATURE_MAX];
	size_t len;
};

int cc_key_generate(enum cc_key_kind kind, struct cc_key **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Ed25519 from a seed of 32 bytes: the same seed gives the same key. */
int cc_key_from_seed(const struct cc_secret *seed, struct cc_key **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* PKCS#8 PEM, not encrypted. */
int cc_key_from_pem(struct cc_span pem, struct cc_key **out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_key_to_pem(const struct cc_key *key, struct cc_secret **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
enum cc_key_kind cc_key_kind(const struct cc_key *key) CC_NONNULL;
/* Borrowed: lives as long as the key. */
const struct cc_pubkey *cc_key_public(const struct cc_key *key) CC_NONNULL;
void cc_key_free(struct cc_key *key);
static inline void cc_key_auto(struct cc_key **key)
{
	cc_key_free(*key);
}

/* Ed25519: pure. P-256 with SHA-256, P-384 with SHA-384, both in DER. */
int cc_sign(const struct cc_key *key, struct cc_span message, struct cc_signature *out,
	    struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_EVIDENCE when the signature does not verify. */
int cc_verify(const struct cc_pubkey *key, struct cc_span message, struct cc_span signature,
	      struct cc_err *err) CC_MUST CC_NONNULL;
/* ECDSA in the raw form of evidence: r and s big-endian, each as long as the curve. */
int cc_verify_raw(const struct cc_pubkey *key, struct cc_span message, struct cc_span r_s,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_sign_raw(const struct cc_key *key, struct cc_span message, struct cc_signature *out,
		struct cc_err *err) CC_MUST CC_NONNULL;

int cc_pubkey_from_der(struct cc_span spki, struct cc_pubkey **out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_pubkey_from_pem(struct cc_span pem, struct cc_pubkey **out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* The first public key of a text in PEM, which is cut by it; NULL when only white space is left. */
int cc_pubkey_next_pem(struct cc_span *rest, struct cc_pubkey **out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* The 32 bytes of an Ed25519 key. */
int cc_pubkey_from_ed25519(struct cc_span raw, struct cc_pubkey **out,
			   struct cc_err *err) CC_MUST CC_NONNULL;
/* A P-256 point as x ‖ y, 64 bytes; one that is not on the curve is CC_E_EVIDENCE. */
int cc_pubkey_from_p256(struct cc_span x_y, struct cc_pubkey **out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* The same of P-384, 96 bytes. */
int cc_pubkey_from_p384(struct cc_span x_y, struct cc_pubkey **out,
			struct cc_err *err) CC_MUST CC_NONNULL;
enum cc_key_kind cc_pubkey_kind(const struct cc_pubkey *key) CC_NONNULL;
int cc_pubkey_to_der(const struct cc_pubkey *key, struct cc_buf *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_pubkey_to_pem(const struct cc_pubkey *key, struct cc_buf *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* The raw point or key: 32 bytes (Ed25519), 64 (P-256 x ‖ y), 96 (P-384). */
int cc_pubkey_to_raw(const struct cc_pubkey *key, struct cc_buf *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* The key hash: SHA-256 over the DER of the SubjectPublicKeyInfo. */
int cc_pubkey_hash(const struct cc_pubkey *key, struct cc_digest *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
void cc_pubkey_free(struct cc_pubkey *key);
static inline void cc_pubkey_auto(struct cc_pubkey **key)
{
	cc_pubkey_free(*key);
}

#endif
