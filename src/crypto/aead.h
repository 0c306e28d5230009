/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-256-GCM (NIST SP 800-38D) with 96-bit nonces and 128-bit tags.
 *
 * The caller owns the nonces: no (key, nonce) pair may ever be used twice.
 * A cc_aead keeps the expanded key; one belongs to one thread at a time.
 */
#ifndef CC_CRYPTO_AEAD_H
#define CC_CRYPTO_AEAD_H

#include "base/secret.h"

#define CC_AEAD_KEY_LEN 32
#define CC_AEAD_NONCE_LEN 12
#define CC_AEAD_TAG_LEN 16

struct cc_aead;
struct cc_aead_nonce {
	uint8_t b[CC_AEAD_NONCE_LEN];
};
struct cc_aead_tag {
	uint8_t b[CC_AEAD_TAG_LEN];
};

#define CC_AUTO_AEAD CC_CLEANUP(cc_aead_auto)

/* `key` has CC_AEAD_KEY_LEN bytes and may be freed afterwards. */
int cc_aead_new(const struct cc_secret *key, struct cc_aead **out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Under HKDF-SHA256(key, salt, info): for a key that is used once. Between the two it is on the
 * stack, wiped, and in no secret of its own, which costs six system calls.
 */
int cc_aead_derive(const struct cc_secret *key, struct cc_span salt, struct cc_span info,
		   struct cc_aead **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_aead_free(struct cc_aead *aead);
static inline void cc_aead_auto(struct cc_aead **aead)
{
	cc_aead_free(*aead);
}

/* out.len == plain.len; in place (out.at == plain.at) is allowed. */
int cc_aead_seal(struct cc_aead *aead, const struct cc_aead_nonce *nonce, struct cc_span aad,
		 struct cc_span plain, struct cc_mut out, struct cc_aead_tag *tag,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_TAMPERED when the tag does not fit; `out` is wiped then. */
int cc_aead_open(struct cc_aead *aead, const struct cc_aead_nonce *nonce, struct cc_span aad,
		 struct cc_span sealed, const struct cc_aead_tag *tag, struct cc_mut out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
