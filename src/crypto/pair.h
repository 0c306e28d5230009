/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key pairs that are made for programs: generated, written as PKCS#8, certified.
 *
 * Nothing of ours is signed with them (that is sign.h), which is why they may be RSA. A private
 * key leaves as a struct cc_secret. Its form is PKCS#8 (RFC 5208); Ed25519 is written as version 2
 * with the public key in it (RFC 5958, RFC 8410 section 7), which SCONE's programs expect, and read
 * in either version.
 */
#ifndef CC_CRYPTO_PAIR_H
#define CC_CRYPTO_PAIR_H

#include "crypto/x509.h"

enum cc_keypair_kind {
	CC_KEYPAIR_NONE = 0,
	CC_KEYPAIR_P256,
	CC_KEYPAIR_P384,
	CC_KEYPAIR_ED25519,
	CC_KEYPAIR_RSA2048,
	CC_KEYPAIR_RSA3072,
	CC_KEYPAIR_KIND_COUNT,
};

#define CC_PKCS8_MAX ((size_t)8 * 1024) /* bytes of one key in DER */

struct cc_keypair;
#define CC_AUTO_KEYPAIR CC_CLEANUP(cc_keypair_auto)

int cc_keypair_generate(enum cc_keypair_kind kind, struct cc_keypair **out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* DER, not encrypted. CC_E_UNSUPPORTED for a kind that is not listed above. */
int cc_keypair_from_pkcs8(struct cc_span der, struct cc_keypair **out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_keypair_to_pkcs8(const struct cc_keypair *pair, struct cc_secret **der,
			struct cc_err *err) CC_MUST CC_NONNULL;
enum cc_keypair_kind cc_keypair_kind(const struct cc_keypair *pair) CC_NONNULL;
/* Add the public half: SubjectPublicKeyInfo in DER. */
int cc_keypair_public(const struct cc_keypair *pair, struct cc_buf *spki,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* The same pair for signing by sign.h. CC_E_UNSUPPORTED for RSA. */
int cc_keypair_signer(const struct cc_keypair *pair, struct cc_key **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
void cc_keypair_free(struct cc_keypair *pair);
static inline void cc_keypair_auto(struct cc_keypair **pair)
{
	cc_keypair_free(*pair);
}

/*
 * A certificate over `subject`, signed by `issuer` (itself when plan->issuer is NULL); the keys
 * of the plan are not looked at.
 */
int cc_keypair_certify(const struct cc_cert_plan *plan, const struct cc_keypair *subject,
		       const struct cc_keypair *issuer, struct cc_cert **out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Does this certificate have the pair's public key? */
bool cc_keypair_fits(const struct cc_keypair *pair, const struct cc_cert *cert) CC_NONNULL;

/*
 * PKCS#12 (RFC 7292) of a certificate, its key and those above it, with the empty password: the
 * file protects nothing, and whoever asks for one wants a format and not a safe.
 */
int cc_keypair_pkcs12(const struct cc_keypair *pair, const struct cc_cert *cert,
		      const struct cc_chain *chain, struct cc_secret **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* SubjectPublicKeyInfo of any kind of key, in DER: is it one, and nothing behind it? */
int cc_spki_check(struct cc_span der, struct cc_err *err) CC_MUST CC_NONNULL;

/* X25519 (RFC 7748): the public key of a private one of 32 bytes. */
int cc_x25519_public(const struct cc_secret *private, uint8_t out[static 32],
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
