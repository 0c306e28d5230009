/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-2 and HMAC (FIPS 180-4, RFC 2104). Digests are values with their length in the type. */
#ifndef CC_CRYPTO_HASH_H
#define CC_CRYPTO_HASH_H

#include "base/span.h"

struct cc_digest { /* SHA-256: 32 bytes */
	uint8_t b[32];
};
struct cc_digest20 { /* SHA-1 */
	uint8_t b[20];
};
struct cc_digest48 { /* SHA-384 */
	uint8_t b[48];
};
struct cc_digest64 { /* SHA-512 */
	uint8_t b[64];
};

#define CC_DIGEST_SPAN(digest) cc_span((digest).b, sizeof((digest).b))

/* For a digest that is a key: wiped at the end of its scope. */
#define CC_AUTO_DIGEST CC_CLEANUP(cc_digest_wipe)
void cc_digest_wipe(struct cc_digest *d) CC_NONNULL;
/* Constant time. */
bool cc_digest_eq(const struct cc_digest *a, const struct cc_digest *b) CC_NONNULL;
bool cc_digest_is_zero(const struct cc_digest *d) CC_NONNULL;

int cc_sha256(struct cc_span bytes, struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_sha384(struct cc_span bytes, struct cc_digest48 *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_sha512(struct cc_span bytes, struct cc_digest64 *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* SHA-256 over several ranges one after another. */
int cc_sha256v(const struct cc_span *parts, size_t count, struct cc_digest *out,
	       struct cc_err *err) CC_MUST CC_NONNULL;

/* SHA-256 piece by piece: new, add …, done, free. `done` may be called once. */
struct cc_hasher;
#define CC_AUTO_HASHER CC_CLEANUP(cc_hasher_auto)
int cc_hasher_new(struct cc_hasher **out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hasher_add(struct cc_hasher *h, struct cc_span bytes, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hasher_done(struct cc_hasher *h, struct cc_digest *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
void cc_hasher_free(struct cc_hasher *h);
static inline void cc_hasher_auto(struct cc_hasher **h)
{
	cc_hasher_free(*h);
}

/*
 * Where a format names its algorithm, as the banks of a TPM do: a digest that carries its
 * length. The same steps, begun by cc_hasher_new_of and ended by cc_hasher_done_of.
 */
enum cc_hash {
	CC_HASH_SHA1 = 0,
	CC_HASH_SHA256,
	CC_HASH_SHA384,
	CC_HASH_SHA512,
	CC_HASH_COUNT,
};

#define CC_HASH_LEN_MAX 64

struct cc_hashed {
	uint8_t b[CC_HASH_LEN_MAX];
	size_t len; /* 0: nothing was hashed */
};

static inline struct cc_span cc_hashed_span(const struct cc_hashed *hashed)
{
	return cc_span(hashed->b, hashed->len);
}

size_t cc_hash_len(enum cc_hash hash);
/* "sha1", "sha256", ... */
const char *cc_hash_name(enum cc_hash hash);
/* Over several ranges one after another. */
int cc_hash_of(enum cc_hash algorithm, const struct cc_span *parts, size_t count,
	       struct cc_hashed *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hasher_new_of(enum cc_hash hash, struct cc_hasher **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hasher_done_of(struct cc_hasher *h, struct cc_hashed *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

int cc_hmac_sha256(struct cc_span key, struct cc_span bytes, struct cc_digest *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* Over several ranges one after another. */
int cc_hmac_sha256v(struct cc_span key, const struct cc_span *parts, size_t count,
		    struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * SHA-1, for other people's formats that fix it: fingerprints of OpenPGP v4, one-time passwords
 * of RFC 6238. Nothing of ours rests on it.
 */
int cc_sha1(struct cc_span bytes, struct cc_digest20 *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hmac_sha1(struct cc_span key, struct cc_span bytes, struct cc_digest20 *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
