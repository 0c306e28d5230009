/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aead.h"

#include <limits.h>
#include <pthread.h>

#include "base/fd.h"
#include "crypto/aead-internal.h"
#include "crypto/kdf.h"
#include "crypto/openssl-internal.h"

/* One context serves both directions: GCM runs the cipher forward for either. */
struct cc_aead {
	EVP_CIPHER_CTX *ctx;
};

enum direction {
	OPEN = 0,
	SEAL = 1,
};

/* Fetched once: see hash.c. */
static struct {
	pthread_once_t once;
	EVP_CIPHER *gcm128;
	EVP_CIPHER *gcm256;
} fetched = { .once = PTHREAD_ONCE_INIT };

static void fetch_all(void)
{
	fetched.gcm128 = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	fetched.gcm256 = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
}

int cc_aead_new_from(struct cc_span key, struct cc_aead **out, struct cc_err *err)
{
	CC_AUTO_AEAD struct cc_aead *aead = NULL;
	const EVP_CIPHER *cipher = NULL;

	if (key.len != 16 && key.len != CC_AEAD_KEY_LEN)
		return cc_fail(err, CC_E_BUG, "a key of AES-256-GCM has %d bytes, not %zu",
			       CC_AEAD_KEY_LEN, key.len);
	(void)pthread_once(&fetched.once, fetch_all);
	cipher = key.len == 16 ? fetched.gcm128 : fetched.gcm256;
	aead = calloc(1, sizeof(*aead));
	if (aead == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a cipher");
	aead->ctx = EVP_CIPHER_CTX_new();
	if (aead->ctx == NULL || cipher == NULL ||
	    EVP_EncryptInit_ex2(aead->ctx, cipher, key.at, NULL, NULL) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start AES-GCM");
	*out = CC_TAKE(aead);
	return 0;
}

int cc_aead_new(const struct cc_secret *key, struct cc_aead **out, struct cc_err *err)
{
	if (cc_secret_len(key) != CC_AEAD_KEY_LEN)
		return cc_fail(err, CC_E_BUG, "a key of AES-256-GCM has %d bytes, not %zu",
			       CC_AEAD_KEY_LEN, cc_secret_len(key));
	return cc_aead_new_from(cc_secret_span(key), out, err);
}

int cc_aead_derive(const struct cc_secret *key, struct cc_span salt, struct cc_span info,
		   struct cc_aead **out, struct cc_err *err)
{
	CC_AUTO_DIGEST struct cc_digest prk = { 0 }, derived = { 0 };

	CC_TRY(cc_hkdf_extract(salt, cc_secret_span(key), &prk, err));
	CC_TRY(cc_hkdf_expand(CC_DIGEST_SPAN(prk), info, CC_MUT(derived.b), err));
	return cc_aead_new_from(CC_DIGEST_SPAN(derived), out, err);
}

void cc_aead_free(struct cc_aead *aead)
{
	if (aead == NULL)
		return;
	EVP_CIPHER_CTX_free(aead->ctx);
	free(aead);
}

/* Nonce, associated data and text; the tag is the caller's. */
static int run_gcm(struct cc_aead *aead, enum direction direction,
		   const struct cc_aead_nonce *nonce, const struct cc_span in[static 2],
		   struct cc_mut out, struct cc_err *err)
{
	struct cc_span aad = in[0], text = in[1];
	int len = 0;

	if (aad.len > INT_MAX || text.len > INT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "AES-GCM takes at most %d bytes at once", INT_MAX);
	if (out.len != text.len)
		return cc_fail(err, CC_E_BUG, "AES-GCM turns %zu bytes into as many, not %zu",
			       text.len, out.len);
	if (EVP_CipherInit_ex2(aead->ctx, NULL, NULL, nonce->b, (int)direction, NULL) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "set the nonce of AES-GCM");
	if (aad.len > 0 && EVP_CipherUpdate(aead->ctx, NULL, &len, aad.at, (int)aad.len) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "add associated data to AES-GCM");
	if (text.len > 0 && EVP_CipherUpdate(aead->ctx, out.at, &len, text.at, (int)text.len) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "run AES-GCM");
	return 0;
}

int cc_aead_seal(struct cc_aead *aead, const struct cc_aead_nonce *nonce, struct cc_span aad,
		 struct cc_span plain, struct cc_mut out, struct cc_aead_tag *tag,
		 struct cc_err *err)
{
	uint8_t none[1] = { 0 };
	int len = 0;

	CC_TRY(run_gcm(aead, SEAL, nonce, (const struct cc_span[]){ aad, plain }, out, err));
	if (EVP_EncryptFinal_ex(aead->ctx, none, &len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(aead->ctx, EVP_CTRL_AEAD_GET_TAG, CC_AEAD_TAG_LEN, tag->b) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "finish AES-GCM");
	return 0;
}

int cc_aead_open(struct cc_aead *aead, const struct cc_aead_nonce *nonce, struct cc_span aad,
		 struct cc_span sealed, const struct cc_aead_tag *tag, struct cc_mut out,
		 struct cc_err *err)
{
	struct cc_aead_tag copy = *tag;
	uint8_t none[1] = { 0 };
	int len = 0;

	CC_TRY(run_gcm(aead, OPEN, nonce, (const struct cc_span[]){ aad, sealed }, out, err));
	if (EVP_CIPHER_CTX_ctrl(aead->ctx, EVP_CTRL_AEAD_SET_TAG, CC_AEAD_TAG_LEN, copy.b) == 1 &&
	    EVP_DecryptFinal_ex(aead->ctx, none, &len) == 1)
		return 0;
	ERR_clear_error();
	/* What did not verify must not be used, not even by accident. */
	if (out.len > 0)
		cc_wipe(out.at, out.len);
	return cc_fail(err, CC_E_TAMPERED, "the tag of %zu sealed bytes does not fit", sealed.len);
}
