/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HPKE (RFC 9180), base mode, one suite: DHKEM(X25519, HKDF-SHA256),
 * HKDF-SHA256, AES-256-GCM. Nothing is negotiated.
 */
#ifndef CC_CRYPTO_HPKE_H
#define CC_CRYPTO_HPKE_H

#include "base/buf.h"
#include "base/secret.h"

#define CC_HPKE_KEY_LEN 32
#define CC_HPKE_TAG_LEN 16

struct cc_hpke_public {
	uint8_t b[CC_HPKE_KEY_LEN];
};

/* A key pair. From 32 bytes of key material by the RFC's DeriveKeyPair, or fresh. */
struct cc_hpke_key;
#define CC_AUTO_HPKE_KEY CC_CLEANUP(cc_hpke_key_auto)
int cc_hpke_key_generate(struct cc_hpke_key **out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hpke_key_derive(const struct cc_secret *ikm, struct cc_hpke_key **out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
const struct cc_hpke_public *cc_hpke_key_public(const struct cc_hpke_key *key) CC_NONNULL;
void cc_hpke_key_free(struct cc_hpke_key *key);
static inline void cc_hpke_key_auto(struct cc_hpke_key **key)
{
	cc_hpke_key_free(*key);
}

/* One direction of one encapsulation; messages carry an implicit sequence number. */
struct cc_hpke;
#define CC_AUTO_HPKE CC_CLEANUP(cc_hpke_auto)
/* `enc` goes to the receiver. */
int cc_hpke_sender(const struct cc_hpke_public *to, struct cc_span info, struct cc_hpke_public *enc,
		   struct cc_hpke **out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hpke_receiver(const struct cc_hpke_key *key, const struct cc_hpke_public *enc,
		     struct cc_span info, struct cc_hpke **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Adds plain.len + CC_HPKE_TAG_LEN bytes. */
int cc_hpke_seal(struct cc_hpke *hpke, struct cc_span aad, struct cc_span plain, struct cc_buf *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_TAMPERED when it does not open. */
int cc_hpke_open(struct cc_hpke *hpke, struct cc_span aad, struct cc_span sealed,
		 struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hpke_export(const struct cc_hpke *hpke, struct cc_span context, size_t len,
		   struct cc_secret **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_hpke_free(struct cc_hpke *hpke);
static inline void cc_hpke_auto(struct cc_hpke **hpke)
{
	cc_hpke_free(*hpke);
}

/* Single shot: enc ‖ ciphertext added to `out`. */
int cc_hpke_seal_to(const struct cc_hpke_public *to, struct cc_span info, struct cc_span aad,
		    struct cc_span plain, struct cc_buf *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hpke_open_with(const struct cc_hpke_key *key, struct cc_span info, struct cc_span aad,
		      struct cc_span enc_sealed, struct cc_buf *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
