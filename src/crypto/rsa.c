/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rsa.h"

#include "base/fd.h"
#include "crypto/openssl-internal.h"

#define MODULUS_LEAST ((size_t)256)
#define MODULUS_MOST ((size_t)512)
#define EXPONENT 65537U

struct cc_rsa {
	EVP_PKEY *pkey;
};

/* `pkey` is taken over, also when this fails. */
static int wrap(EVP_PKEY *pkey, struct cc_rsa **out, struct cc_err *err)
{
	CC_AUTO_PKEY EVP_PKEY *mine = pkey;
	struct cc_rsa *rsa = calloc(1, sizeof(*rsa));

	if (rsa == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a key");
	rsa->pkey = CC_TAKE(mine);
	*out = rsa;
	return 0;
}

static EVP_PKEY *pkey_of(struct cc_span modulus)
{
	CC_AUTO_PKEY_CTX EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	uint8_t native[MODULUS_MOST] = { 0 };
	unsigned int exponent = EXPONENT;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, native, modulus.len),
		OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &exponent),
		OSSL_PARAM_construct_end(),
	};
	CC_AUTO_BN BIGNUM *n = BN_bin2bn(modulus.at, (int)modulus.len, NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL || n == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    BN_bn2nativepad(n, native, (int)modulus.len) < 0 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return pkey;
}

int cc_rsa_from_modulus(struct cc_span modulus, struct cc_rsa **out, struct cc_err *err)
{
	EVP_PKEY *pkey = NULL;

	if (modulus.len > MODULUS_MOST)
		return cc_fail(err, CC_E_UNSUPPORTED, "an RSA key of %zu bits, at most %zu",
			       8 * modulus.len, 8 * MODULUS_MOST);
	/* A first byte with its highest bit: 2048 bits are no 2041. */
	if (modulus.len < MODULUS_LEAST || (modulus.at[0] & 0x80) == 0 ||
	    (modulus.at[modulus.len - 1] & 1) == 0)
		return cc_fail(err, CC_E_EVIDENCE, "an RSA key of %zu bytes is too weak or none",
			       modulus.len);
	pkey = pkey_of(modulus);
	if (pkey == NULL)
		return cc_fail_openssl(err, CC_E_EVIDENCE, "take %zu bytes as an RSA key",
				       modulus.len);
	return wrap(pkey, out, err);
}

int cc_rsa_from_pkcs8(struct cc_span der, struct cc_rsa **out, struct cc_err *err)
{
	const unsigned char *at = der.at;
	CC_AUTO_PKEY EVP_PKEY *pkey = NULL;
	int bits = 0;

	if (der.len > 8 * MODULUS_MOST)
		return cc_fail(err, CC_E_TOOBIG, "a private key of %zu bytes", der.len);
	pkey = d2i_AutoPrivateKey(NULL, &at, (long)der.len);
	if (pkey == NULL || at != der.at + der.len)
		return cc_fail_openssl(err, CC_E_ARG, "read a private key");
	bits = EVP_PKEY_is_a(pkey, "RSA") == 1 ? EVP_PKEY_get_bits(pkey) : 0;
	if (bits < (int)(8 * MODULUS_LEAST) || bits > (int)(8 * MODULUS_MOST))
		return cc_fail(err, CC_E_ARG, "no RSA key of %zu to %zu bits", 8 * MODULUS_LEAST,
			       8 * MODULUS_MOST);
	return wrap(CC_TAKE(pkey), out, err);
}

int cc_rsa_generate(struct cc_rsa **out, struct cc_err *err)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", 8 * MODULUS_LEAST);

	if (pkey == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "generate an RSA key");
	return wrap(pkey, out, err);
}

void cc_rsa_free(struct cc_rsa *rsa)
{
	if (rsa == NULL)
		return;
	EVP_PKEY_free(rsa->pkey);
	free(rsa);
}

int cc_rsa_key_hash(const struct cc_rsa *rsa, struct cc_digest *out, struct cc_err *err)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(rsa->pkey, &der);
	int result = 0;

	if (len <= 0)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write an RSA key");
	result = cc_sha256(cc_span(der, (size_t)len), out, err);
	OPENSSL_free(der);
	return result;
}

int cc_rsa_modulus(const struct cc_rsa *rsa, struct cc_buf *out, struct cc_err *err)
{
	uint8_t bytes[MODULUS_MOST] = { 0 };
	CC_AUTO_BN BIGNUM *n = NULL;

	if (EVP_PKEY_get_bn_param(rsa->pkey, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
	    BN_num_bytes(n) > (int)sizeof(bytes) || BN_bn2bin(n, bytes) < 0)
		return cc_fail_openssl(err, CC_E_SYSTEM, "read an RSA key");
	return cc_buf_add(out, cc_span(bytes, (size_t)BN_num_bytes(n)), err);
}

static const EVP_MD *md_of(enum cc_hash hash)
{
	static const EVP_MD *(*const mds[CC_HASH_COUNT])(void) = {
		[CC_HASH_SHA256] = EVP_sha256,
		[CC_HASH_SHA384] = EVP_sha384,
		[CC_HASH_SHA512] = EVP_sha512,
	};

	return hash < CC_HASH_COUNT && mds[hash] != NULL ? mds[hash]() : NULL;
}

typedef int start_fn(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const EVP_MD *md, ENGINE *engine,
		     EVP_PKEY *pkey);

static int start(EVP_MD_CTX *ctx, const struct cc_rsa *rsa, const struct cc_rsa_way *way,
		 start_fn *init, struct cc_err *err)
{
	const EVP_MD *md = md_of(way->hash);
	EVP_PKEY_CTX *pctx = NULL;
	int padding = way->scheme == CC_RSA_PSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;

	if (way->scheme == CC_RSA_NONE || md == NULL)
		return cc_fail(err, CC_E_UNSUPPORTED, "an RSA signature over %s is not verified",
			       cc_hash_name(way->hash));
	if (ctx == NULL || init(ctx, &pctx, md, NULL, rsa->pkey) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(pctx, padding) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start with an RSA signature");
	return 0;
}

int cc_rsa_verify(const struct cc_rsa *rsa, const struct cc_rsa_way *way, struct cc_span message,
		  struct cc_span signature, struct cc_err *err)
{
	CC_AUTO_MD_CTX EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	CC_TRY(start(ctx, rsa, way, EVP_DigestVerifyInit, err));
	if (EVP_DigestVerify(ctx, signature.at, signature.len, message.at, message.len) == 1)
		return 0;
	ERR_clear_error();
	return cc_fail(err, CC_E_EVIDENCE, "an RSA signature over %zu bytes does not verify",
		       message.len);
}

int cc_rsa_sign(const struct cc_rsa *rsa, const struct cc_rsa_way *way, struct cc_span message,
		struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_MD_CTX EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[MODULUS_MOST];
	size_t len = sizeof(signature);

	CC_TRY(start(ctx, rsa, way, EVP_DigestSignInit, err));
	if (EVP_DigestSign(ctx, signature, &len, message.at, message.len) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "sign %zu bytes", message.len);
	return cc_buf_add(out, cc_span(signature, len), err);
}
