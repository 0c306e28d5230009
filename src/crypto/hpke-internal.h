/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only hpke.c and its tests see: the suite as a value, so that the vectors
 * of RFC 9180 A.1 (AES-128-GCM) run through the same code, and a chosen
 * ephemeral key, because vectors have one. Programs have one suite and never
 * choose that key.
 */
#ifndef CC_CRYPTO_HPKE_INTERNAL_H
#define CC_CRYPTO_HPKE_INTERNAL_H

#include "crypto/hpke.h"

/* RFC 9180 7.3. KEM and KDF are fixed. */
struct cc_hpke_suite {
	uint8_t aead_id;
	size_t key_len;
};
extern const struct cc_hpke_suite cc_hpke_aes128;
extern const struct cc_hpke_suite cc_hpke_aes256;

int cc_hpke_key_from_raw(struct cc_span private, struct cc_hpke_key **out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hpke_sender_with(const struct cc_hpke_suite *suite, const struct cc_hpke_key *ephemeral,
			const struct cc_hpke_public *to, struct cc_span info, struct cc_hpke **out,
			struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hpke_receiver_with(const struct cc_hpke_suite *suite, const struct cc_hpke_key *key,
			  const struct cc_hpke_public *enc, struct cc_span info,
			  struct cc_hpke **out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
