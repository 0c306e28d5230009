/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash.h"

#include <pthread.h>

#include "base/fd.h"
#include "base/secret.h"
#include "crypto/openssl-internal.h"

struct cc_hasher {
	EVP_MD_CTX *ctx;
	enum cc_hash hash;
	bool done;
};

/*
 * OpenSSL 3 looks an algorithm up in locked tables each time it is named, which
 * costs more than hashing a tree node. These are constants once fetched; they
 * stay for the life of the process.
 */
static struct {
	pthread_once_t once;
	EVP_MD *sha256;
	EVP_MD *sha384;
	EVP_MD *sha512;
	EVP_MAC *hmac;
} fetched = { .once = PTHREAD_ONCE_INIT };

static void fetch_all(void)
{
	fetched.sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	fetched.sha384 = EVP_MD_fetch(NULL, "SHA2-384", NULL);
	fetched.sha512 = EVP_MD_fetch(NULL, "SHA2-512", NULL);
	fetched.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
}

static void fetch(void)
{
	(void)pthread_once(&fetched.once, fetch_all);
}

static int start(const EVP_MD *md, EVP_MD_CTX **out, struct cc_err *err)
{
	CC_AUTO_MD_CTX EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (md == NULL || ctx == NULL || EVP_DigestInit_ex2(ctx, md, NULL) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start a hash");
	*out = CC_TAKE(ctx);
	return 0;
}

static int add(EVP_MD_CTX *ctx, struct cc_span bytes, struct cc_err *err)
{
	if (bytes.len > 0 && EVP_DigestUpdate(ctx, bytes.at, bytes.len) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "hash %zu bytes", bytes.len);
	return 0;
}

static int done(EVP_MD_CTX *ctx, uint8_t *out, struct cc_err *err)
{
	if (EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "finish a hash");
	return 0;
}

static int hash(const EVP_MD *md, const struct cc_span *parts, size_t count, uint8_t *out,
		struct cc_err *err)
{
	CC_AUTO_MD_CTX EVP_MD_CTX *ctx = NULL;

	CC_TRY(start(md, &ctx, err));
	for (size_t i = 0; i < count; i++)
		CC_TRY(add(ctx, parts[i], err));
	return done(ctx, out, err);
}

void cc_digest_wipe(struct cc_digest *d)
{
	cc_wipe(d->b, sizeof(d->b));
}

bool cc_digest_eq(const struct cc_digest *a, const struct cc_digest *b)
{
	return cc_bytes_equal(a->b, b->b, sizeof(a->b));
}

bool cc_digest_is_zero(const struct cc_digest *d)
{
	return cc_span_is_zero(CC_DIGEST_SPAN(*d));
}

int cc_sha256v(const struct cc_span *parts, size_t count, struct cc_digest *out, struct cc_err *err)
{
	fetch();
	return hash(fetched.sha256, parts, count, out->b, err);
}

int cc_sha256(struct cc_span bytes, struct cc_digest *out, struct cc_err *err)
{
	return cc_sha256v(&bytes, 1, out, err);
}

int cc_sha384(struct cc_span bytes, struct cc_digest48 *out, struct cc_err *err)
{
	fetch();
	return hash(fetched.sha384, &bytes, 1, out->b, err);
}

int cc_sha512(struct cc_span bytes, struct cc_digest64 *out, struct cc_err *err)
{
	fetch();
	return hash(fetched.sha512, &bytes, 1, out->b, err);
}

static const struct {
	const char *name;
	size_t len;
} hashes[CC_HASH_COUNT] = {
	[CC_HASH_SHA1] = { "sha1", 20 },
	[CC_HASH_SHA256] = { "sha256", 32 },
	[CC_HASH_SHA384] = { "sha384", 48 },
	[CC_HASH_SHA512] = { "sha512", 64 },
};

size_t cc_hash_len(enum cc_hash hash)
{
	return hashes[hash].len;
}

const char *cc_hash_name(enum cc_hash hash)
{
	return hashes[hash].name;
}

static const EVP_MD *md_of(enum cc_hash hash)
{
	fetch();
	switch (hash) {
	case CC_HASH_SHA256:
		return fetched.sha256;
	case CC_HASH_SHA384:
		return fetched.sha384;
	case CC_HASH_SHA512:
		return fetched.sha512;
	case CC_HASH_SHA1:
	case CC_HASH_COUNT:
		break;
	}
	return EVP_sha1();
}

int cc_hash_of(enum cc_hash algorithm, const struct cc_span *parts, size_t count,
	       struct cc_hashed *out, struct cc_err *err)
{
	struct cc_hashed hashed = { .len = cc_hash_len(algorithm) };

	CC_TRY(hash(md_of(algorithm), parts, count, hashed.b, err));
	*out = hashed;
	return 0;
}

int cc_hasher_new_of(enum cc_hash hash, struct cc_hasher **out, struct cc_err *err)
{
	CC_AUTO_HASHER struct cc_hasher *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a hash");
	h->hash = hash;
	CC_TRY(start(md_of(hash), &h->ctx, err));
	*out = CC_TAKE(h);
	return 0;
}

int cc_hasher_new(struct cc_hasher **out, struct cc_err *err)
{
	return cc_hasher_new_of(CC_HASH_SHA256, out, err);
}

int cc_hasher_add(struct cc_hasher *h, struct cc_span bytes, struct cc_err *err)
{
	if (h->done)
		return cc_fail(err, CC_E_BUG, "a hash that is done takes no more bytes");
	return add(h->ctx, bytes, err);
}

int cc_hasher_done_of(struct cc_hasher *h, struct cc_hashed *out, struct cc_err *err)
{
	struct cc_hashed hashed = { .len = cc_hash_len(h->hash) };

	if (h->done)
		return cc_fail(err, CC_E_BUG, "a hash is done once");
	h->done = true;
	CC_TRY(done(h->ctx, hashed.b, err));
	*out = hashed;
	return 0;
}

int cc_hasher_done(struct cc_hasher *h, struct cc_digest *out, struct cc_err *err)
{
	struct cc_hashed hashed = { 0 };

	if (h->hash != CC_HASH_SHA256)
		return cc_fail(err, CC_E_BUG, "a hash of another algorithm is no SHA-256");
	CC_TRY(cc_hasher_done_of(h, &hashed, err));
	memcpy(out->b, hashed.b, sizeof(out->b));
	return 0;
}

void cc_hasher_free(struct cc_hasher *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

/* `name` of a digest in OpenSSL's words; not changed, although OpenSSL does not promise it. */
static int hmac(char *name, struct cc_span key, const struct cc_span *parts, size_t count,
		struct cc_mut out, struct cc_err *err)
{
	/* An empty key and 32 zeroes are the same key; OpenSSL takes NULL for "as before". */
	static const uint8_t none[32];
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name,
								       0),
				      OSSL_PARAM_construct_end() };
	CC_AUTO_MAC_CTX EVP_MAC_CTX *ctx = NULL;

	fetch();
	if (key.len == 0)
		key = CC_SPAN(none);
	ctx = fetched.hmac == NULL ? NULL : EVP_MAC_CTX_new(fetched.hmac);
	if (ctx == NULL || EVP_MAC_init(ctx, key.at, key.len, params) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start an HMAC");
	for (size_t i = 0; i < count; i++)
		if (parts[i].len > 0 && EVP_MAC_update(ctx, parts[i].at, parts[i].len) != 1)
			return cc_fail_openssl(err, CC_E_SYSTEM, "add to an HMAC");
	if (EVP_MAC_final(ctx, out.at, NULL, out.len) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "finish an HMAC");
	return 0;
}

int cc_hmac_sha256v(struct cc_span key, const struct cc_span *parts, size_t count,
		    struct cc_digest *out, struct cc_err *err)
{
	char name[] = "SHA2-256";

	return hmac(name, key, parts, count, CC_MUT(out->b), err);
}

int cc_hmac_sha256(struct cc_span key, struct cc_span bytes, struct cc_digest *out,
		   struct cc_err *err)
{
	return cc_hmac_sha256v(key, &bytes, 1, out, err);
}

int cc_sha1(struct cc_span bytes, struct cc_digest20 *out, struct cc_err *err)
{
	return hash(EVP_sha1(), &bytes, 1, out->b, err);
}

int cc_hmac_sha1(struct cc_span key, struct cc_span bytes, struct cc_digest20 *out,
		 struct cc_err *err)
{
	char name[] = "SHA1";

	return hmac(name, key, &bytes, 1, CC_MUT(out->b), err);
}
