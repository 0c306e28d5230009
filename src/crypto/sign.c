/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/sign.h"

#include "base/fd.h"
#include "crypto/sign-internal.h"

#define PEM_MAX ((size_t)16 * 1024)
#define SEED_LEN 32

static EVP_PKEY *generate(enum cc_key_kind kind)
{
	if (kind == CC_KEY_ED25519)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind == CC_KEY_P256 ? "P-256" : "P-384");
}

/* The public half is kept beside the key in our own form: see pubkey.c. */
int cc_key_from_pkey(EVP_PKEY *pkey, struct cc_key **out, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *public = NULL;
	struct cc_key *key = NULL;

	CC_TRY(cc_pubkey_from_pkey(pkey, &public, err));
	key = calloc(1, sizeof(*key));
	if (key == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a key");
	key->public = *public;
	free(CC_TAKE(public));
	*out = key;
	return 0;
}

int cc_key_generate(enum cc_key_kind kind, struct cc_key **out, struct cc_err *err)
{
	CC_AUTO_PKEY EVP_PKEY *pkey = NULL;

	if (kind != CC_KEY_ED25519 && kind != CC_KEY_P256 && kind != CC_KEY_P384)
		return cc_fail(err, CC_E_BUG, "no kind of key has the number %d", (int)kind);
	pkey = generate(kind);
	if (pkey == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "generate a key");
	return cc_key_from_pkey(pkey, out, err);
}

int cc_key_from_seed(const struct cc_secret *seed, struct cc_key **out, struct cc_err *err)
{
	struct cc_span bytes = cc_secret_span(seed);
	CC_AUTO_PKEY EVP_PKEY *pkey = NULL;

	if (bytes.len != SEED_LEN)
		return cc_fail(err, CC_E_ARG, "the seed of a key has %d bytes, not %zu", SEED_LEN,
			       bytes.len);
	pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, bytes.at, bytes.len);
	if (pkey == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "make a key from a seed");
	return cc_key_from_pkey(pkey, out, err);
}

/* Never ask a terminal for a pass phrase. */
static int no_passphrase(char *buf, int size, int rwflag, void *data)
{
	if (size > 0)
		buf[0] = '\0';
	(void)rwflag;
	(void)data;
	return -1;
}

static EVP_PKEY *pkey_from_pkcs8(const unsigned char *der, long len)
{
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &der, len);
	EVP_PKEY *pkey = info == NULL ? NULL : EVP_PKCS82PKEY(info);

	PKCS8_PRIV_KEY_INFO_free(info);
	return pkey;
}

int cc_key_from_pem(struct cc_span pem, struct cc_key **out, struct cc_err *err)
{
	CC_AUTO_BIO BIO *bio = NULL;
	CC_AUTO_PKEY EVP_PKEY *pkey = NULL;
	unsigned char *der = NULL;
	long len = 0;

	if (pem.len > PEM_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a key in PEM has at most %zu bytes", PEM_MAX);
	bio = BIO_new_mem_buf(pem.at, (int)pem.len);
	/* The form that keeps the decoded key in the secure heap; only "PRIVATE KEY" is let in. */
	if (bio == NULL || PEM_bytes_read_bio_secmem(&der, &len, NULL, PEM_STRING_PKCS8INF, bio,
						     no_passphrase, NULL) != 1) {
		ERR_clear_error();
		cc_err_set(err, CC_E_ARG, "read a private key: no 'BEGIN PRIVATE KEY' found");
		return cc_hint(err, "convert it: openssl pkcs8 -topk8 -nocrypt -in <key>");
	}
	pkey = pkey_from_pkcs8(der, len);
	OPENSSL_secure_clear_free(der, (size_t)len);
	if (pkey == NULL)
		return cc_fail_openssl(err, CC_E_ARG, "read a private key");
	return cc_key_from_pkey(pkey, out, err);
}

int cc_key_to_pem(const struct cc_key *key, struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_BIO BIO *bio = BIO_new(BIO_s_secmem());
	char *at = NULL;
	long len = 0;

	if (bio == NULL ||
	    PEM_write_bio_PKCS8PrivateKey(bio, key->public.pkey, NULL, NULL, 0, NULL, NULL) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write a private key");
	len = BIO_get_mem_data(bio, &at);
	return cc_secret_from(cc_span(at, (size_t)len), out, err);
}

enum cc_key_kind cc_key_kind(const struct cc_key *key)
{
	return key->public.kind;
}

const struct cc_pubkey *cc_key_public(const struct cc_key *key)
{
	return &key->public;
}

void cc_key_free(struct cc_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->public.pkey);
	free(key);
}

int cc_sign(const struct cc_key *key, struct cc_span message, struct cc_signature *out,
	    struct cc_err *err)
{
	CC_AUTO_MD_CTX EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = sizeof(out->b);

	if (ctx == NULL ||
	    EVP_DigestSignInit(ctx, NULL, cc_pubkey_md(&key->public), NULL, key->public.pkey) !=
		    1 ||
	    EVP_DigestSign(ctx, out->b, &len, message.at, message.len) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "sign %zu bytes", message.len);
	out->len = len;
	return 0;
}

int cc_verify(const struct cc_pubkey *key, struct cc_span message, struct cc_span signature,
	      struct cc_err *err)
{
	CC_AUTO_MD_CTX EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = cc_pubkey_md(key);

	if (ctx == NULL ||
	    EVP_DigestVerifyInit_ex(ctx, NULL, md == NULL ? NULL : EVP_MD_get0_name(md),
				    cc_x509_context_of(key->pkey), NULL, key->pkey, NULL) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start verifying a signature");
	if (EVP_DigestVerify(ctx, signature.at, signature.len, message.at, message.len) == 1)
		return 0;
	ERR_clear_error();
	return cc_fail(err, CC_E_EVIDENCE, "a signature over %zu bytes does not verify",
		       message.len);
}

static void auto_ecdsa(ECDSA_SIG **sig)
{
	ECDSA_SIG_free(*sig);
}

/* The length of r and of s. Ed25519 has no such form. */
static int half_len(const struct cc_pubkey *key, size_t *out, struct cc_err *err)
{
	if (key->kind == CC_KEY_ED25519)
		return cc_fail(err, CC_E_ARG, "an Ed25519 key makes no r and s");
	*out = key->raw_len / 2;
	return 0;
}

static int der_from_raw(struct cc_span r_s, struct cc_signature *out, struct cc_err *err)
{
	CC_CLEANUP(auto_ecdsa) ECDSA_SIG *sig = ECDSA_SIG_new();
	const int half = (int)(r_s.len / 2);
	CC_AUTO_BN BIGNUM *r = BN_bin2bn(r_s.at, half, NULL);
	CC_AUTO_BN BIGNUM *s = BN_bin2bn(r_s.at + half, half, NULL);
	unsigned char *at = out->b;
	int len = 0;

	if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "convert a signature");
	r = s = NULL; /* they are sig's now */
	len = i2d_ECDSA_SIG(sig, NULL);
	if (len <= 0 || len > CC_SIGNATURE_MAX || i2d_ECDSA_SIG(sig, &at) != len)
		return cc_fail_openssl(err, CC_E_SYSTEM, "convert a signature");
	out->len = (size_t)len;
	return 0;
}

int cc_verify_raw(const struct cc_pubkey *key, struct cc_span message, struct cc_span r_s,
		  struct cc_err *err)
{
	struct cc_signature der = { 0 };
	size_t half = 0;

	CC_TRY(half_len(key, &half, err));
	if (r_s.len != 2 * half)
		return cc_fail(err, CC_E_EVIDENCE, "a signature of this key has %zu bytes, not %zu",
			       2 * half, r_s.len);
	CC_TRY(der_from_raw(r_s, &der, err));
	return cc_verify(key, message, cc_span(der.b, der.len), err);
}

int cc_sign_raw(const struct cc_key *key, struct cc_span message, struct cc_signature *out,
		struct cc_err *err)
{
	CC_CLEANUP(auto_ecdsa) ECDSA_SIG *sig = NULL;
	struct cc_signature der = { 0 };
	const unsigned char *at = der.b;
	size_t half = 0;

	CC_TRY(half_len(&key->public, &half, err));
	CC_TRY(cc_sign(key, message, &der, err));
	sig = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
	if (sig == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(sig), out->b, (int)half) < 0 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), out->b + half, (int)half) < 0)
		return cc_fail_openssl(err, CC_E_SYSTEM, "convert a signature");
	out->len = 2 * half;
	return 0;
}
