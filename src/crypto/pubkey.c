/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys. For each kind there is exactly one DER: a fixed prefix, then the
 * raw key. OpenSSL's decoder takes others too (compressed points, curves
 * written out), and then one key would have several key hashes; so it is not
 * asked, and it does not see bytes from outside either.
 */

#include <ctype.h>
#include <pthread.h>

#include "base/fd.h"
#include "crypto/sign-internal.h"

#define PREFIX_MAX 27
#define PEM_MAX ((size_t)16 * 1024)

struct kind {
	enum cc_key_kind kind;
	const char *group; /* of an elliptic curve, else NULL */
	size_t raw_len;
	size_t prefix_len;
	uint8_t prefix[PREFIX_MAX];
};

static const struct kind kinds[] = {
	{ CC_KEY_ED25519,
	  NULL,
	  32,
	  12,
	  { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 } },
	{ CC_KEY_P256,
	  "prime256v1",
	  64,
	  27,
	  { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
	    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 } },
	{ CC_KEY_P384, "secp384r1", 96, 24, { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
					      0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
					      0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04 } },
};

static const struct kind *kind_info(enum cc_key_kind kind)
{
	for (size_t i = 0; i < CC_COUNT(kinds); i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	return NULL;
}

/* A key of this curve without its point. */
static EVP_PKEY *make_curve(const char *group)
{
	CC_AUTO_PKEY_CTX EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	CC_AUTO_FREE char *name = strdup(group);
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL || name == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		return NULL;
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name,
								 0),
				OSSL_PARAM_construct_end() };
	if (EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEY_PARAMETERS, params) != 1)
		return NULL;
	return pkey;
}

static EVP_PKEY *curves[CC_COUNT(kinds)];

static void make_curves(void)
{
	for (size_t i = 0; i < CC_COUNT(kinds); i++)
		if (kinds[i].group != NULL)
			curves[i] = make_curve(kinds[i].group);
	ERR_clear_error();
}

/*
 * OpenSSL 3.0 computes a curve's constants for each key that it makes by the name of the curve,
 * which is most of the time that it takes; a copy takes a third of it.
 */
static EVP_PKEY *curve(const struct kind *kind)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, make_curves);
	return curves[kind - kinds] == NULL ? make_curve(kind->group)
					    : EVP_PKEY_dup(curves[kind - kinds]);
}

static EVP_PKEY *ec_pkey(const struct kind *kind, struct cc_span point)
{
	CC_AUTO_PKEY EVP_PKEY *pkey = curve(kind);

	/* This decodes the point and refuses one that is not on the curve. */
	if (pkey == NULL || EVP_PKEY_set1_encoded_public_key(pkey, point.at, point.len) != 1)
		return NULL;
	return CC_TAKE(pkey);
}

static EVP_PKEY *pkey_from_raw(const struct kind *kind, struct cc_span raw)
{
	uint8_t point[1 + 96] = { 0x04 }; /* uncompressed */

	if (kind->group == NULL)
		return EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, raw.at, raw.len);
	memcpy(point + 1, raw.at, raw.len);
	return ec_pkey(kind, cc_span(point, 1 + raw.len));
}

/* `pkey` is taken over, also when this fails. */
static int wrap(const struct kind *kind, EVP_PKEY *pkey, struct cc_span raw, struct cc_pubkey **out,
		struct cc_err *err)
{
	CC_AUTO_PKEY EVP_PKEY *mine = pkey;
	struct cc_pubkey *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a public key");
	key->kind = kind->kind;
	key->pkey = CC_TAKE(mine);
	memcpy(key->raw, raw.at, raw.len);
	key->raw_len = raw.len;
	*out = key;
	return 0;
}

static int from_raw(const struct kind *kind, struct cc_span raw, struct cc_pubkey **out,
		    struct cc_err *err)
{
	EVP_PKEY *pkey = NULL;

	if (raw.len != kind->raw_len)
		return cc_fail(err, CC_E_ARG, "a public key of this kind has %zu bytes, not %zu",
			       kind->raw_len, raw.len);
	pkey = pkey_from_raw(kind, raw);
	if (pkey == NULL)
		return cc_fail_openssl(err, CC_E_EVIDENCE, "take %zu bytes as a public key",
				       raw.len);
	return wrap(kind, pkey, raw, out, err);
}

static bool starts(struct cc_span bytes, const struct kind *kind)
{
	return bytes.len >= kind->prefix_len &&
	       memcmp(bytes.at, kind->prefix, kind->prefix_len) == 0;
}

int cc_pubkey_from_der(struct cc_span spki, struct cc_pubkey **out, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(kinds); i++)
		if (starts(spki, &kinds[i]))
			return from_raw(&kinds[i], cc_span_sub(spki, kinds[i].prefix_len, spki.len),
					out, err);
	return cc_fail(err, CC_E_ARG,
		       "%zu bytes are no public key for Ed25519, P-256 or P-384 in DER", spki.len);
}

int cc_pubkey_from_pem(struct cc_span pem, struct cc_pubkey **out, struct cc_err *err)
{
	CC_AUTO_BIO BIO *bio = NULL;
	unsigned char *der = NULL;
	long len = 0;
	int result = 0;

	if (pem.len > PEM_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a key in PEM has at most %zu bytes", PEM_MAX);
	bio = BIO_new_mem_buf(pem.at, (int)pem.len);
	if (bio == NULL ||
	    PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_PUBLIC, bio, NULL, NULL) != 1) {
		ERR_clear_error();
		return cc_fail(err, CC_E_ARG, "read a public key: no 'BEGIN PUBLIC KEY' found");
	}
	result = cc_pubkey_from_der(cc_span(der, (size_t)len), out, err);
	OPENSSL_free(der);
	return result;
}

int cc_pubkey_next_pem(struct cc_span *rest, struct cc_pubkey **out, struct cc_err *err)
{
	static const char end[] = "-----END PUBLIC KEY-----";
	struct cc_span text = *rest;
	size_t len = 0;

	while (text.len > 0 && isspace(text.at[0]) != 0)
		text = cc_span(text.at + 1, text.len - 1);
	*rest = cc_span(NULL, 0);
	*out = NULL;
	if (text.len == 0)
		return 0;
	len = cc_span_find(text, end);
	if (len == text.len)
		return cc_fail(err, CC_E_ARG, "read PEM: '%s' is missing", end);
	len += strlen(end);
	CC_TRY(cc_pubkey_from_pem(cc_span_sub(text, 0, len), out, err));
	*rest = cc_span_sub(text, len, text.len - len);
	return 0;
}

int cc_pubkey_from_ed25519(struct cc_span raw, struct cc_pubkey **out, struct cc_err *err)
{
	return from_raw(kind_info(CC_KEY_ED25519), raw, out, err);
}

int cc_pubkey_from_p256(struct cc_span x_y, struct cc_pubkey **out, struct cc_err *err)
{
	return from_raw(kind_info(CC_KEY_P256), x_y, out, err);
}

int cc_pubkey_from_p384(struct cc_span x_y, struct cc_pubkey **out, struct cc_err *err)
{
	return from_raw(kind_info(CC_KEY_P384), x_y, out, err);
}

static bool coordinate(const EVP_PKEY *pkey, const char *name, uint8_t *out, size_t len)
{
	CC_AUTO_BN BIGNUM *value = NULL;

	return EVP_PKEY_get_bn_param(pkey, name, &value) == 1 &&
	       BN_bn2binpad(value, out, (int)len) == (int)len;
}

static bool raw_of(const struct kind *kind, const EVP_PKEY *pkey, uint8_t out[static 96])
{
	size_t len = kind->raw_len;

	uint8_t point[1 + 96] = { 0 };

	if (kind->group == NULL)
		return EVP_PKEY_get_raw_public_key(pkey, out, &len) == 1;
	/* As it was given, which is quicker than asking for one coordinate after the other. */
	if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
					    &len) == 1 &&
	    len == 1 + kind->raw_len && point[0] == 0x04) {
		memcpy(out, point + 1, kind->raw_len);
		return true;
	}
	len = kind->raw_len;
	return coordinate(pkey, OSSL_PKEY_PARAM_EC_PUB_X, out, len / 2) &&
	       coordinate(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, out + len / 2, len / 2);
}

static const struct kind *kind_of(const EVP_PKEY *pkey)
{
	char group[32] = "";

	if (EVP_PKEY_is_a(pkey, "ED25519") == 1)
		return kind_info(CC_KEY_ED25519);
	if (EVP_PKEY_is_a(pkey, "EC") != 1 ||
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1)
		return NULL;
	for (size_t i = 0; i < CC_COUNT(kinds); i++)
		if (kinds[i].group != NULL && strcmp(kinds[i].group, group) == 0)
			return &kinds[i];
	return NULL;
}

int cc_pubkey_from_pkey(EVP_PKEY *pkey, struct cc_pubkey **out, struct cc_err *err)
{
	const struct kind *kind = kind_of(pkey);
	uint8_t raw[96] = { 0 };

	if (kind == NULL)
		return cc_fail_openssl(err, CC_E_UNSUPPORTED,
				       "use a key that is not for Ed25519, P-256 or P-384");
	if (!raw_of(kind, pkey, raw))
		return cc_fail_openssl(err, CC_E_EVIDENCE, "read the public half of a key");
	if (EVP_PKEY_up_ref(pkey) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "share a key");
	return wrap(kind, pkey, cc_span(raw, kind->raw_len), out, err);
}

int cc_pubkey_share(const struct cc_pubkey *key, struct cc_pubkey **out, struct cc_err *err)
{
	if (EVP_PKEY_up_ref(key->pkey) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "share a key");
	return wrap(kind_info(key->kind), key->pkey, cc_span(key->raw, key->raw_len), out, err);
}

EVP_PKEY *cc_pubkey_pkey(const struct cc_pubkey *key)
{
	return key->pkey;
}

const EVP_MD *cc_pubkey_md(const struct cc_pubkey *key)
{
	if (key->kind == CC_KEY_ED25519)
		return NULL;
	return key->kind == CC_KEY_P256 ? EVP_sha256() : EVP_sha384();
}

enum cc_key_kind cc_pubkey_kind(const struct cc_pubkey *key)
{
	return key->kind;
}

int cc_pubkey_to_der(const struct cc_pubkey *key, struct cc_buf *out, struct cc_err *err)
{
	const struct kind *kind = kind_info(key->kind);

	CC_TRY(cc_buf_add(out, cc_span(kind->prefix, kind->prefix_len), err));
	return cc_buf_add(out, cc_span(key->raw, key->raw_len), err);
}

int cc_pubkey_to_raw(const struct cc_pubkey *key, struct cc_buf *out, struct cc_err *err)
{
	return cc_buf_add(out, cc_span(key->raw, key->raw_len), err);
}

int cc_pubkey_hash(const struct cc_pubkey *key, struct cc_digest *out, struct cc_err *err)
{
	const struct kind *kind = kind_info(key->kind);
	const struct cc_span parts[] = { cc_span(kind->prefix, kind->prefix_len),
					 cc_span(key->raw, key->raw_len) };

	return cc_sha256v(parts, CC_COUNT(parts), out, err);
}

void cc_pubkey_free(struct cc_pubkey *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

int cc_pubkey_to_pem(const struct cc_pubkey *key, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BIO BIO *bio = BIO_new(BIO_s_mem());
	const char *text = NULL;
	long len = 0;

	if (bio == NULL || PEM_write_bio_PUBKEY(bio, key->pkey) != 1)
		return cc_fail(err, CC_E_BUG, "write a public key");
	len = BIO_get_mem_data(bio, &text);
	return cc_buf_add(out, cc_span(text, (size_t)len), err);
}
