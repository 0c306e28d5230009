/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pair.h"

#include "base/fd.h"
#include "crypto/sign-internal.h"
#include "crypto/x509-internal.h"

#define SEED_LEN 32
#define RSA_BITS_LEAST 2048
#define RSA_BITS_MOST 4096

struct cc_keypair {
	enum cc_keypair_kind kind;
	EVP_PKEY *pkey;
};

CC_OPENSSL_OWNER(PKCS8_PRIV_KEY_INFO, auto_pkcs8, PKCS8_PRIV_KEY_INFO_free)
CC_OPENSSL_OWNER(PKCS12, auto_pkcs12, PKCS12_free)
CC_OPENSSL_OWNER(STACK_OF(X509), auto_stack, sk_X509_free)

static const struct kind {
	enum cc_keypair_kind kind;
	const char *group; /* of an elliptic curve */
	size_t bits;       /* of RSA */
} kinds[] = {
	{ CC_KEYPAIR_P256, "P-256", 0 },    { CC_KEYPAIR_P384, "P-384", 0 },
	{ CC_KEYPAIR_ED25519, NULL, 0 },    { CC_KEYPAIR_RSA2048, NULL, 2048 },
	{ CC_KEYPAIR_RSA3072, NULL, 3072 },
};

static EVP_PKEY *generate(const struct kind *kind)
{
	if (kind->group != NULL)
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind->group);
	if (kind->bits != 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", kind->bits);
	return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

/* `pkey` is taken over, also when this fails. */
static int wrap(EVP_PKEY *pkey, enum cc_keypair_kind kind, struct cc_keypair **out,
		struct cc_err *err)
{
	CC_AUTO_PKEY EVP_PKEY *mine = pkey;
	struct cc_keypair *pair = calloc(1, sizeof(*pair));

	if (pair == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a key pair");
	pair->kind = kind;
	pair->pkey = CC_TAKE(mine);
	*out = pair;
	return 0;
}

int cc_keypair_generate(enum cc_keypair_kind kind, struct cc_keypair **out, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		EVP_PKEY *pkey = NULL;

		if (kinds[i].kind != kind)
			continue;
		pkey = generate(&kinds[i]);
		if (pkey == NULL)
			return cc_fail_openssl(err, CC_E_SYSTEM, "generate a key");
		return wrap(pkey, kind, out, err);
	}
	return cc_fail(err, CC_E_BUG, "no kind of key pair has the number %d", (int)kind);
}

/* RSA keys that somebody brings may have any usual size; the kind says only which half they are of.
 */
static enum cc_keypair_kind kind_of(const EVP_PKEY *pkey)
{
	char group[32] = "";

	if (EVP_PKEY_is_a(pkey, "ED25519") == 1)
		return CC_KEYPAIR_ED25519;
	if (EVP_PKEY_is_a(pkey, "RSA") == 1) {
		int bits = EVP_PKEY_get_bits(pkey);

		if (bits < RSA_BITS_LEAST || bits > RSA_BITS_MOST)
			return CC_KEYPAIR_NONE;
		return bits < 3072 ? CC_KEYPAIR_RSA2048 : CC_KEYPAIR_RSA3072;
	}
	if (EVP_PKEY_is_a(pkey, "EC") != 1 ||
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1)
		return CC_KEYPAIR_NONE;
	if (strcmp(group, "prime256v1") == 0)
		return CC_KEYPAIR_P256;
	return strcmp(group, "secp384r1") == 0 ? CC_KEYPAIR_P384 : CC_KEYPAIR_NONE;
}

/*
 * RFC 8410: SEQUENCE, version 2 (written as 1), the algorithm, the seed; behind it attributes [0]
 * and the public key [1]. OpenSSL 3.0 reads version 1 only.
 */
static const uint8_t v2_head[] = { 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03,
				   0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
static const uint8_t v2_public[] = { 0x81, 0x21, 0x00 };
#define ATTRIBUTES 0xa0

static bool starts(struct cc_span bytes, struct cc_span with)
{
	return bytes.len >= with.len && memcmp(bytes.at, with.at, with.len) == 0;
}

/* The seed of an Ed25519 key in version 2 and the public key, empty when it is not said. */
static bool read_v2(struct cc_span der, struct cc_span *seed, struct cc_span *public)
{
	struct cc_span rest = cc_span_sub(der, 2, der.len);

	if (der.len < 2 || der.at[0] != 0x30 || der.at[1] != rest.len ||
	    !starts(rest, CC_SPAN(v2_head)) || rest.len < sizeof(v2_head) + SEED_LEN)
		return false;
	*seed = cc_span_sub(rest, sizeof(v2_head), SEED_LEN);
	rest = cc_span_sub(rest, sizeof(v2_head) + SEED_LEN, rest.len);
	if (rest.len >= 2 && rest.at[0] == ATTRIBUTES && rest.at[1] < 0x80 &&
	    rest.at[1] <= rest.len - 2)
		rest = cc_span_sub(rest, 2 + (size_t)rest.at[1], rest.len);
	*public = cc_span_sub(rest, sizeof(v2_public), SEED_LEN);
	return rest.len == 0 ||
	       (starts(rest, CC_SPAN(v2_public)) && rest.len == sizeof(v2_public) + SEED_LEN);
}

static int from_seed(struct cc_span seed, struct cc_span public, struct cc_keypair **out,
		     struct cc_err *err)
{
	CC_AUTO_PKEY EVP_PKEY *pkey =
		EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, seed.at, seed.len);
	uint8_t raw[SEED_LEN] = { 0 };
	size_t len = sizeof(raw);

	if (pkey == NULL || EVP_PKEY_get_raw_public_key(pkey, raw, &len) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "make a key from a seed");
	if (public.len != 0 && !cc_span_eq(public, CC_SPAN(raw)))
		return cc_fail(err, CC_E_ARG, "the halves of an Ed25519 key do not fit");
	return wrap(CC_TAKE(pkey), CC_KEYPAIR_ED25519, out, err);
}

int cc_keypair_from_pkcs8(struct cc_span der, struct cc_keypair **out, struct cc_err *err)
{
	CC_CLEANUP(auto_pkcs8) PKCS8_PRIV_KEY_INFO *info = NULL;
	CC_AUTO_PKEY EVP_PKEY *pkey = NULL;
	struct cc_span seed = { 0 }, public = { 0 };
	const unsigned char *at = der.at;
	enum cc_keypair_kind kind = CC_KEYPAIR_NONE;

	if (der.len > CC_PKCS8_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a private key of %zu bytes, more than %zu",
			       der.len, CC_PKCS8_MAX);
	if (read_v2(der, &seed, &public))
		return from_seed(seed, public, out, err);
	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
	pkey = info == NULL || at != der.at + der.len ? NULL : EVP_PKCS82PKEY(info);
	if (pkey == NULL)
		return cc_fail_openssl(err, CC_E_ARG, "read a private key");
	kind = kind_of(pkey);
	if (kind == CC_KEYPAIR_NONE)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "a private key that is none for P-256, P-384, Ed25519 or RSA of %d "
			       "to %d bits",
			       RSA_BITS_LEAST, RSA_BITS_MOST);
	return wrap(CC_TAKE(pkey), kind, out, err);
}

static int ed25519_to_pkcs8(const EVP_PKEY *pkey, struct cc_secret **der, struct cc_err *err)
{
	enum { LEN = 2 + sizeof(v2_head) + SEED_LEN + sizeof(v2_public) + SEED_LEN };
	CC_AUTO_SECRET struct cc_secret *made = NULL;
	size_t seed_len = SEED_LEN, public_len = SEED_LEN;
	uint8_t *at = NULL;

	CC_TRY(cc_secret_new(LEN, &made, err));
	at = cc_secret_bytes(made);
	at[0] = 0x30;
	at[1] = LEN - 2;
	memcpy(at + 2, v2_head, sizeof(v2_head));
	at += 2 + sizeof(v2_head);
	if (EVP_PKEY_get_raw_private_key(pkey, at, &seed_len) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write a private key");
	at += SEED_LEN;
	memcpy(at, v2_public, sizeof(v2_public));
	if (EVP_PKEY_get_raw_public_key(pkey, at + sizeof(v2_public), &public_len) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write a private key");
	*der = CC_TAKE(made);
	return 0;
}

int cc_keypair_to_pkcs8(const struct cc_keypair *pair, struct cc_secret **der, struct cc_err *err)
{
	CC_AUTO_BIO BIO *bio = NULL;
	CC_CLEANUP(auto_pkcs8) PKCS8_PRIV_KEY_INFO *info = NULL;
	const char *at = NULL;
	long len = 0;

	if (pair->kind == CC_KEYPAIR_ED25519)
		return ed25519_to_pkcs8(pair->pkey, der, err);
	bio = BIO_new(BIO_s_secmem());
	info = EVP_PKEY2PKCS8(pair->pkey);
	if (bio == NULL || info == NULL || i2d_PKCS8_PRIV_KEY_INFO_bio(bio, info) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write a private key");
	len = BIO_get_mem_data(bio, &at);
	return cc_secret_from(cc_span(at, (size_t)len), der, err);
}

enum cc_keypair_kind cc_keypair_kind(const struct cc_keypair *pair)
{
	return pair->kind;
}

int cc_keypair_public(const struct cc_keypair *pair, struct cc_buf *spki, struct cc_err *err)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(pair->pkey, &der), result = 0;

	if (len <= 0)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write a public key");
	result = cc_buf_add(spki, cc_span(der, (size_t)len), err);
	OPENSSL_free(der);
	return result;
}

int cc_keypair_signer(const struct cc_keypair *pair, struct cc_key **out, struct cc_err *err)
{
	return cc_key_from_pkey(pair->pkey, out, err);
}

void cc_keypair_free(struct cc_keypair *pair)
{
	if (pair == NULL)
		return;
	EVP_PKEY_free(pair->pkey);
	free(pair);
}

/* The digest that a signature with the key is over: of its own strength, none for Ed25519. */
static const EVP_MD *digest_for(const struct cc_keypair *pair)
{
	if (pair->kind == CC_KEYPAIR_ED25519)
		return NULL;
	return pair->kind == CC_KEYPAIR_P384 ? EVP_sha384() : EVP_sha256();
}

int cc_keypair_certify(const struct cc_cert_plan *plan, const struct cc_keypair *subject,
		       const struct cc_keypair *issuer, struct cc_cert **out, struct cc_err *err)
{
	const struct cc_x509_keys keys = { subject->pkey, issuer->pkey, digest_for(issuer) };

	return cc_x509_make(plan, &keys, out, err);
}

bool cc_keypair_fits(const struct cc_keypair *pair, const struct cc_cert *cert)
{
	struct cc_err ignored = { 0 };
	X509 *x509 = NULL;
	bool fits = cc_cert_x509(cert, &x509, &ignored) == 0 &&
		    X509_check_private_key(x509, pair->pkey) == 1;

	ERR_clear_error();
	return fits;
}

int cc_keypair_pkcs12(const struct cc_keypair *pair, const struct cc_cert *cert,
		      const struct cc_chain *chain, struct cc_secret **out, struct cc_err *err)
{
	CC_CLEANUP(auto_stack) STACK_OF(X509) *above = sk_X509_new_null();
	CC_CLEANUP(auto_pkcs12) PKCS12 *file = NULL;
	CC_AUTO_BIO BIO *bio = BIO_new(BIO_s_secmem());
	const char *at = NULL;
	X509 *x509 = NULL;
	long len = 0;

	if (above == NULL || bio == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start a PKCS#12 file");
	for (size_t i = 0; i < chain->count; i++) {
		CC_TRY(cc_cert_x509(chain->certs[i], &x509, err));
		if (sk_X509_push(above, x509) == 0)
			return cc_fail_openssl(err, CC_E_SYSTEM, "put a chain into PKCS#12");
	}
	CC_TRY(cc_cert_x509(cert, &x509, err));
	file = PKCS12_create("", NULL, pair->pkey, x509, above, 0, 0, 0, 0, 0);
	if (file == NULL || i2d_PKCS12_bio(bio, file) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write a PKCS#12 file");
	len = BIO_get_mem_data(bio, &at);
	return cc_secret_from(cc_span(at, (size_t)len), out, err);
}

int cc_spki_check(struct cc_span der, struct cc_err *err)
{
	const unsigned char *at = der.at;
	CC_AUTO_PKEY EVP_PKEY *pkey = NULL;

	if (der.len > CC_PKCS8_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a public key of %zu bytes, more than %zu",
			       der.len, CC_PKCS8_MAX);
	pkey = d2i_PUBKEY(NULL, &at, (long)der.len);
	if (pkey == NULL)
		return cc_fail_openssl(err, CC_E_ARG, "read a public key");
	if (at != der.at + der.len)
		return cc_fail(err, CC_E_ARG, "%zu bytes follow a public key",
			       (size_t)(der.at + der.len - at));
	return 0;
}

int cc_x25519_public(const struct cc_secret *private, uint8_t out[static 32], struct cc_err *err)
{
	struct cc_span raw = cc_secret_span(private);
	CC_AUTO_PKEY EVP_PKEY *pkey =
		EVP_PKEY_new_raw_private_key_ex(NULL, "X25519", NULL, raw.at, raw.len);
	size_t len = 32;

	if (pkey == NULL || EVP_PKEY_get_raw_public_key(pkey, out, &len) != 1)
		return cc_fail_openssl(err, CC_E_ARG, "take %zu bytes as an X25519 key", raw.len);
	return 0;
}
