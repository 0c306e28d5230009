/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/x509.h"

#include <ctype.h>

#include "base/fd.h"
#include "base/str.h"
#include "crypto/sign-internal.h"
#include "crypto/x509-internal.h"

#define CERT_BEGIN "-----BEGIN CERTIFICATE-----"
#define CERT_END "-----END CERTIFICATE-----"
#define CRL_BEGIN "-----BEGIN X509 CRL-----"
#define CRL_END "-----END X509 CRL-----"
/* Base64 with line ends, and room for white space. */
#define PEM_OF(der) ((der)*2)

int cc_cert_from_x509(X509 *taken, struct cc_cert **out, struct cc_err *err)
{
	CC_AUTO_X509 X509 *x509 = taken;
	struct cc_cert *cert = calloc(1, sizeof(*cert));

	if (cert == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a certificate");
	cert->x509 = CC_TAKE(x509);
	*out = cert;
	return 0;
}

int cc_cert_from_der(struct cc_span der, struct cc_cert **out, struct cc_err *err)
{
	const unsigned char *at = der.at;
	CC_AUTO_X509 X509 *x509 = NULL;

	if (der.len > CC_CERT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a certificate has at most %zu bytes, not %zu",
			       CC_CERT_MAX, der.len);
	x509 = X509_new_ex(cc_x509_context(), NULL);
	if (x509 == NULL || d2i_X509(&x509, &at, (long)der.len) == NULL)
		return cc_fail_openssl(err, CC_E_ARG, "read a certificate");
	if (at != der.at + der.len)
		return cc_fail(err, CC_E_ARG, "%zu bytes follow a certificate",
			       (size_t)(der.at + der.len - at));
	return cc_cert_from_x509(CC_TAKE(x509), out, err);
}

void cc_cert_free(struct cc_cert *cert)
{
	if (cert == NULL)
		return;
	X509_free(cert->x509);
	free(cert);
}

void cc_chain_clear(struct cc_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		cc_cert_free(chain->certs[i]);
	*chain = (struct cc_chain){ 0 };
}

static void auto_encode(EVP_ENCODE_CTX **ctx)
{
	EVP_ENCODE_CTX_free(*ctx);
}

/* The bytes of base64 text with line ends, added to `out`. */
static int decode(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	CC_CLEANUP(auto_encode) EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
	struct cc_mut room = { 0 };
	int len = 0, last = 0;

	if (ctx == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start decoding base64");
	CC_TRY(cc_buf_extend(out, text.len + 3, &room, err));
	EVP_DecodeInit(ctx);
	if (EVP_DecodeUpdate(ctx, room.at, &len, text.at, (int)text.len) < 0 ||
	    EVP_DecodeFinal(ctx, room.at + len, &last) != 1)
		return cc_fail_openssl(err, CC_E_ARG, "decode PEM: it is not base64");
	out->len -= room.len - (size_t)(len + last);
	return 0;
}

static struct cc_span skip_space(struct cc_span text)
{
	while (text.len > 0 && (text.at[0] == '\0' || isspace(text.at[0]) != 0))
		text = cc_span_sub(text, 1, text.len);
	return text;
}

/* One block: text must start with `begin`; what follows `end` is left in *rest. */
static int pem_block(struct cc_span *rest, const char *begin, const char *end, struct cc_buf *der,
		     struct cc_err *err)
{
	const size_t begin_len = strlen(begin);
	size_t len = 0;

	if (rest->len < begin_len || memcmp(rest->at, begin, begin_len) != 0)
		return cc_fail(err, CC_E_ARG, "read PEM: expected '%s'", begin);
	*rest = cc_span_sub(*rest, begin_len, rest->len);
	len = cc_span_find(*rest, end);
	if (len == rest->len)
		return cc_fail(err, CC_E_ARG, "read PEM: '%s' is missing", end);
	CC_TRY(decode(cc_span_sub(*rest, 0, len), der, err));
	*rest = cc_span_sub(*rest, len + strlen(end), rest->len);
	return 0;
}

/* Decoding a certificate costs more than verifying one: one that is known is shared. */
static bool is_known(const struct cc_cert *known, struct cc_span der)
{
	unsigned char *bytes = NULL;
	int len = i2d_X509(known->x509, &bytes);
	bool same = len > 0 && cc_span_eq(cc_span(bytes, (size_t)len), der);

	OPENSSL_free(bytes);
	return same;
}

static int cert_take(struct cc_span der, const struct cc_chain *known, struct cc_cert **out,
		     struct cc_err *err)
{
	for (size_t i = 0; i < known->count; i++) {
		if (!is_known(known->certs[i], der))
			continue;
		if (X509_up_ref(known->certs[i]->x509) != 1)
			return cc_fail_openssl(err, CC_E_SYSTEM, "share a certificate");
		return cc_cert_from_x509(known->certs[i]->x509, out, err);
	}
	return cc_cert_from_der(der, out, err);
}

static int chain_add(struct cc_span *rest, const struct cc_chain *known, struct cc_chain *chain,
		     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	if (chain->count == CC_CHAIN_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a chain has at most %d certificates",
			       CC_CHAIN_MAX);
	CC_TRY(pem_block(rest, CERT_BEGIN, CERT_END, &der, err));
	CC_TRY(cert_take(cc_buf_span(&der), known, &chain->certs[chain->count], err));
	chain->count++;
	*rest = skip_space(*rest);
	return 0;
}

int cc_chain_from_pem_known(struct cc_span pem, const struct cc_chain *known, struct cc_chain *out,
			    struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	struct cc_span rest = { 0 };

	if (pem.len > PEM_OF(CC_CHAIN_MAX * CC_CERT_MAX))
		return cc_fail(err, CC_E_TOOBIG, "a chain in PEM has at most %zu bytes, not %zu",
			       PEM_OF(CC_CHAIN_MAX * CC_CERT_MAX), pem.len);
	rest = skip_space(pem);
	do
		CC_TRY(chain_add(&rest, known, &chain, err));
	while (rest.len > 0);
	*out = chain;
	chain = (struct cc_chain){ 0 };
	return 0;
}

int cc_chain_from_pem(struct cc_span pem, struct cc_chain *out, struct cc_err *err)
{
	const struct cc_chain none = { 0 };

	return cc_chain_from_pem_known(pem, &none, out, err);
}

int cc_cert_next_pem(struct cc_span *rest, struct cc_cert **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	*rest = skip_space(*rest);
	if (rest->len == 0) {
		*out = NULL;
		return 0;
	}
	CC_TRY(pem_block(rest, CERT_BEGIN, CERT_END, &der, err));
	return cc_cert_from_der(cc_buf_span(&der), out, err);
}

static int64_t seconds(const ASN1_TIME *time)
{
	struct tm tm = { 0 };

	/* Parsed certificates have times; INT64_MIN (never valid) is for what cannot be read. */
	if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
		return INT64_MIN;
	return timegm(&tm);
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (uint8_t)tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int unhex(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	for (size_t i = 0; i + 1 < text.len; i += 2) {
		int high = hex_value(text.at[i]), low = hex_value(text.at[i + 1]);

		if (high < 0 || low < 0)
			return cc_fail(err, CC_E_ARG, "read a CRL: it is not DER, PEM or hex");
		CC_TRY(cc_buf_add_u8(out, (uint8_t)(high << 4 | low), err));
	}
	if (text.len % 2 != 0)
		return cc_fail(err, CC_E_ARG, "read a CRL: an odd number of hex digits");
	return 0;
}

static int crl_from_der(struct cc_span der, struct cc_crl **out, struct cc_err *err)
{
	const unsigned char *at = der.at;
	CC_AUTO_X509_CRL X509_CRL *x509_crl = d2i_X509_CRL(NULL, &at, (long)der.len);
	struct cc_crl *crl = NULL;

	if (x509_crl == NULL)
		return cc_fail_openssl(err, CC_E_ARG, "read a CRL");
	if (at != der.at + der.len)
		return cc_fail(err, CC_E_ARG, "%zu bytes follow a CRL",
			       (size_t)(der.at + der.len - at));
	if (X509_CRL_get0_nextUpdate(x509_crl) == NULL)
		return cc_fail(err, CC_E_EVIDENCE, "a CRL without nextUpdate would never expire");
	crl = calloc(1, sizeof(*crl));
	if (crl == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a CRL");
	crl->x509_crl = CC_TAKE(x509_crl);
	*out = crl;
	return 0;
}

int cc_crl_parse(struct cc_span bytes, struct cc_crl **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	if (bytes.len > CC_CRL_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a CRL has at most %zu bytes, not %zu", CC_CRL_MAX,
			       bytes.len);
	if (bytes.len > 0 && bytes.at[0] == '-') {
		CC_TRY(pem_block(&bytes, CRL_BEGIN, CRL_END, &der, err));
		if (skip_space(bytes).len > 0)
			return cc_fail(err, CC_E_ARG, "something follows a CRL");
		return crl_from_der(cc_buf_span(&der), out, err);
	}
	/* A SEQUENCE starts with the byte 0x30, its hexadecimal with '3'. */
	if (bytes.len > 0 && bytes.at[0] == '3') {
		while (bytes.len > 0 && isspace(bytes.at[bytes.len - 1]) != 0)
			bytes.len--;
		CC_TRY(unhex(bytes, &der, err));
		return crl_from_der(cc_buf_span(&der), out, err);
	}
	return crl_from_der(bytes, out, err);
}

int cc_crl_next_pem(struct cc_span *rest, struct cc_crl **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	*rest = skip_space(*rest);
	if (rest->len == 0) {
		*out = NULL;
		return 0;
	}
	CC_TRY(pem_block(rest, CRL_BEGIN, CRL_END, &der, err));
	return crl_from_der(cc_buf_span(&der), out, err);
}

void cc_crl_free(struct cc_crl *crl)
{
	if (crl == NULL)
		return;
	X509_CRL_free(crl->x509_crl);
	free(crl);
}

bool cc_crl_is_by(const struct cc_crl *crl, const struct cc_cert *issuer)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(crl->x509_crl),
			     X509_get_subject_name(issuer->x509)) == 0;
}

int cc_crl_verify(const struct cc_crl *crl, const struct cc_cert *issuer, struct cc_err *err)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer->x509);
	char label[CC_X509_LABEL];

	cc_x509_label(issuer->x509, label);
	if (!cc_crl_is_by(crl, issuer))
		return cc_fail(err, CC_E_EVIDENCE, "a CRL is of another issuer than %s", label);
	if (key != NULL && X509_CRL_verify(crl->x509_crl, key) == 1)
		return 0;
	ERR_clear_error();
	return cc_fail(err, CC_E_EVIDENCE, "a CRL is not signed by %s", label);
}

uint64_t cc_crl_number(const struct cc_crl *crl)
{
	ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl->x509_crl, NID_crl_number, NULL, NULL);
	uint64_t value = 0;

	if (number == NULL || ASN1_INTEGER_get_uint64(&value, number) != 1)
		value = 0;
	ASN1_INTEGER_free(number);
	ERR_clear_error();
	return value;
}

void cc_crl_window(const struct cc_crl *crl, int64_t *from, int64_t *until)
{
	*from = seconds(X509_CRL_get0_lastUpdate(crl->x509_crl));
	*until = seconds(X509_CRL_get0_nextUpdate(crl->x509_crl));
}

int cc_cert_public(const struct cc_cert *cert, struct cc_pubkey **out, struct cc_err *err)
{
	EVP_PKEY *pkey = X509_get0_pubkey(cert->x509);

	if (pkey == NULL)
		return cc_fail_openssl(err, CC_E_EVIDENCE, "read the key of a certificate");
	return cc_pubkey_from_pkey(pkey, out, err);
}

int cc_x509_key_hash(const X509 *x509, struct cc_digest *out, struct cc_err *err)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);
	int result = 0;

	if (len <= 0)
		return cc_fail_openssl(err, CC_E_EVIDENCE, "read the key of a certificate");
	result = cc_sha256(cc_span(der, (size_t)len), out, err);
	OPENSSL_free(der);
	return result;
}

int cc_cert_key_hash(const struct cc_cert *cert, struct cc_digest *out, struct cc_err *err)
{
	return cc_x509_key_hash(cert->x509, out, err);
}

int cc_cert_holder(const struct cc_cert *cert, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_err why = { 0 };

	if (cc_cert_public(cert, &key, &why) == 0)
		return cc_pubkey_hash(key, out, err);
	if (why.code == CC_E_UNSUPPORTED)
		return cc_cert_key_hash(cert, out, err);
	*err = why;
	return cc_failed();
}

/* Takes what i2d_… has made over; its length is not positive when it failed. */
static int take_der(unsigned char *der, int len, struct cc_buf *out, struct cc_err *err)
{
	int result = 0;

	if (len <= 0)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write a certificate");
	result = cc_buf_add(out, cc_span(der, (size_t)len), err);
	OPENSSL_free(der);
	return result;
}

int cc_cert_to_der(const struct cc_cert *cert, struct cc_buf *out, struct cc_err *err)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert->x509, &der);

	return take_der(der, len, out, err);
}

int cc_cert_spki(const struct cc_cert *cert, struct cc_buf *out, struct cc_err *err)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert->x509), &der);

	return take_der(der, len, out, err);
}

int cc_cert_to_pem(const struct cc_cert *cert, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BIO BIO *bio = BIO_new(BIO_s_mem());
	char *at = NULL;
	long len = 0;

	if (bio == NULL || PEM_write_bio_X509(bio, cert->x509) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write a certificate");
	len = BIO_get_mem_data(bio, &at);
	return cc_buf_add(out, cc_span(at, (size_t)len), err);
}

static int common_name(const X509_NAME *name, const char *whose, char **out, struct cc_err *err)
{
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	int len = 0, result = 0;

	if (at < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0)
		return cc_fail(err, CC_E_EVIDENCE, "the %s of a certificate has %s common name",
			       whose, at < 0 ? "no" : "more than one");
	len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len < 0)
		return cc_fail_openssl(err, CC_E_EVIDENCE, "read a common name");
	/* A NUL inside would make "a" of "a\0b" for whoever compares strings. */
	if (memchr(utf8, '\0', (size_t)len) != NULL)
		result = cc_fail(err, CC_E_EVIDENCE, "a common name has a NUL inside");
	else
		result = cc_str_from(cc_span(utf8, (size_t)len), out, err);
	OPENSSL_free(utf8);
	return result;
}

int cc_cert_common_name(const struct cc_cert *cert, char **out, struct cc_err *err)
{
	return common_name(X509_get_subject_name(cert->x509), "subject", out, err);
}

int cc_cert_issuer_common_name(const struct cc_cert *cert, char **out, struct cc_err *err)
{
	return common_name(X509_get_issuer_name(cert->x509), "issuer", out, err);
}

void cc_x509_label(const X509 *x509, char out[static CC_X509_LABEL])
{
	struct cc_err ignored = { 0 };
	CC_AUTO_FREE char *name = NULL;

	if (common_name(X509_get_subject_name(x509), "subject", &name, &ignored) != 0) {
		(void)snprintf(out, CC_X509_LABEL, "without a common name");
		return;
	}
	for (char *c = name; *c != '\0'; c++)
		if (iscntrl((unsigned char)*c) != 0 || *c == '\'')
			*c = '?';
	(void)snprintf(out, CC_X509_LABEL, "'%.64s'", name);
}

void cc_cert_window(const struct cc_cert *cert, int64_t *from, int64_t *until)
{
	*from = seconds(X509_get0_notBefore(cert->x509));
	*until = seconds(X509_get0_notAfter(cert->x509));
}

static void auto_object(ASN1_OBJECT **object)
{
	ASN1_OBJECT_free(*object);
}

int cc_cert_extension(const struct cc_cert *cert, const char *oid, struct cc_span *out,
		      struct cc_err *err)
{
	CC_CLEANUP(auto_object) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	const ASN1_OCTET_STRING *content = NULL;
	int at = 0;

	if (object == NULL)
		return cc_fail_openssl(err, CC_E_BUG, "read the object identifier '%s'", oid);
	at = X509_get_ext_by_OBJ(cert->x509, object, -1);
	if (at < 0)
		return cc_fail(err, CC_E_NOTFOUND, "a certificate has no extension '%s'", oid);
	if (X509_get_ext_by_OBJ(cert->x509, object, at) >= 0)
		return cc_fail(err, CC_E_EVIDENCE, "a certificate has extension '%s' twice", oid);
	content = X509_EXTENSION_get_data(X509_get_ext(cert->x509, at));
	*out = cc_span(ASN1_STRING_get0_data(content), (size_t)ASN1_STRING_length(content));
	return 0;
}
