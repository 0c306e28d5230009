/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/x509.h"

#include <ctype.h>

#include "base/fd.h"
#include "base/str.h"
#include "crypto/pem.h"
#include "crypto/sign-internal.h"
#include "crypto/x509-internal.h"

#define CERT_BEGIN "-----BEGIN CERTIFICATE-----"
#define CERT_END "-----END CERTIFICATE-----"
/* Base64 with line ends, and room for white space. */
#define PEM_OF(der) ((der)*2)

static void body_release(struct cc_cert_body *body)
{
	if (atomic_fetch_sub(&body->owners, 1) > 1)
		return;
	cc_buf_clear(&body->der);
	cc_pubkey_free(body->key);
	X509_free(atomic_load(&body->x509));
	free(body);
}

static int body_new(struct cc_cert **out, struct cc_err *err)
{
	struct cc_cert *cert = calloc(1, sizeof(*cert));
	struct cc_cert_body *body = calloc(1, sizeof(*body));

	if (cert == NULL || body == NULL) {
		free(cert);
		free(body);
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a certificate");
	}
	atomic_init(&body->owners, 1);
	cert->body = body;
	*out = cert;
	return 0;
}

int cc_cert_share(const struct cc_cert *cert, struct cc_cert **out, struct cc_err *err)
{
	struct cc_cert *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a certificate");
	made->body = cert->body;
	atomic_fetch_add(&made->body->owners, 1);
	*out = made;
	return 0;
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

int cc_cert_from_x509(X509 *taken, struct cc_cert **out, struct cc_err *err)
{
	CC_AUTO_X509 X509 *x509 = taken;
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	unsigned char *der = NULL;
	int len = 0;

	CC_TRY(body_new(&cert, err));
	len = i2d_X509(x509, &der);
	CC_TRY(take_der(der, len, &cert->body->der, err));
	atomic_store(&cert->body->x509, CC_TAKE(x509));
	*out = CC_TAKE(cert);
	return 0;
}

static int decode_x509(struct cc_span der, X509 **out, struct cc_err *err)
{
	const unsigned char *at = der.at;
	CC_AUTO_X509 X509 *x509 = X509_new_ex(cc_x509_context(), NULL);

	if (x509 == NULL || d2i_X509(&x509, &at, (long)der.len) == NULL)
		return cc_fail_openssl(err, CC_E_ARG, "read a certificate");
	if (at != der.at + der.len)
		return cc_fail(err, CC_E_ARG, "%zu bytes follow a certificate",
			       (size_t)(der.at + der.len - at));
	*out = CC_TAKE(x509);
	return 0;
}

int cc_cert_x509(const struct cc_cert *cert, X509 **out, struct cc_err *err)
{
	X509 *made = NULL, *there = atomic_load(&cert->body->x509);

	if (there == NULL) {
		CC_TRY(decode_x509(cc_buf_span(&cert->body->der), &made, err));
		/* Who comes second takes what the first has left, and `there` says what it is. */
		if (atomic_compare_exchange_strong(&cert->body->x509, &there, made))
			there = made;
		else
			X509_free(made);
	}
	*out = there;
	return 0;
}

/* Read as a plain one, with its key. What fails is OpenSSL's to say. */
static bool read_plain(struct cc_span der, struct cc_cert_body *body)
{
	struct cc_err ignored = { 0 };

	return cc_buf_add(&body->der, der, &ignored) == 0 &&
	       cc_plain_cert_read(cc_buf_span(&body->der), &body->plain, &ignored) == 0 &&
	       cc_pubkey_from_der(body->plain.spki, &body->key, &ignored) == 0;
}

int cc_cert_from_der(struct cc_span der, struct cc_cert **out, struct cc_err *err)
{
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	CC_AUTO_X509 X509 *x509 = NULL;

	if (der.len > CC_CERT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a certificate has at most %zu bytes, not %zu",
			       CC_CERT_MAX, der.len);
	CC_TRY(body_new(&cert, err));
	if (read_plain(der, cert->body)) {
		*out = CC_TAKE(cert);
		return 0;
	}
	CC_TRY(decode_x509(der, &x509, err));
	return cc_cert_from_x509(CC_TAKE(x509), out, err);
}

void cc_cert_free(struct cc_cert *cert)
{
	if (cert == NULL)
		return;
	body_release(cert->body);
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

struct cc_span cc_x509_skip_space(struct cc_span text)
{
	while (text.len > 0 && (text.at[0] == '\0' || isspace(text.at[0]) != 0))
		text = cc_span_sub(text, 1, text.len);
	return text;
}

/* One block: text must start with `begin`; what follows `end` is left in *rest. */
int cc_x509_pem_block(struct cc_span *rest, const char *begin, const char *end, struct cc_buf *der,
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

/* A certificate that is known is shared, and its key with it. */
static int cert_take(struct cc_span der, const struct cc_chain *known, struct cc_cert **out,
		     struct cc_err *err)
{
	for (size_t i = 0; i < known->count; i++)
		if (cc_span_eq(cc_buf_span(&known->certs[i]->body->der), der))
			return cc_cert_share(known->certs[i], out, err);
	return cc_cert_from_der(der, out, err);
}

static int chain_add(struct cc_span *rest, const struct cc_chain *known, struct cc_chain *chain,
		     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	if (chain->count == CC_CHAIN_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a chain has at most %d certificates",
			       CC_CHAIN_MAX);
	CC_TRY(cc_x509_pem_block(rest, CERT_BEGIN, CERT_END, &der, err));
	CC_TRY(cert_take(cc_buf_span(&der), known, &chain->certs[chain->count], err));
	chain->count++;
	*rest = cc_x509_skip_space(*rest);
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
	rest = cc_x509_skip_space(pem);
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

	*rest = cc_x509_skip_space(*rest);
	if (rest->len == 0) {
		*out = NULL;
		return 0;
	}
	CC_TRY(cc_x509_pem_block(rest, CERT_BEGIN, CERT_END, &der, err));
	return cc_cert_from_der(cc_buf_span(&der), out, err);
}

int64_t cc_x509_seconds(const ASN1_TIME *time)
{
	struct tm tm = { 0 };

	/* Parsed certificates have times; INT64_MIN (never valid) is for what cannot be read. */
	if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
		return INT64_MIN;
	return timegm(&tm);
}

int cc_cert_public(const struct cc_cert *cert, struct cc_pubkey **out, struct cc_err *err)
{
	EVP_PKEY *pkey = NULL;
	X509 *x509 = NULL;

	if (cert->body->key != NULL)
		return cc_pubkey_share(cert->body->key, out, err);
	CC_TRY(cc_cert_x509(cert, &x509, err));
	pkey = X509_get0_pubkey(x509);
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
	X509 *x509 = NULL;

	if (cert->body->key != NULL)
		return cc_sha256(cert->body->plain.spki, out, err);
	CC_TRY(cc_cert_x509(cert, &x509, err));
	return cc_x509_key_hash(x509, out, err);
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

int cc_cert_to_der(const struct cc_cert *cert, struct cc_buf *out, struct cc_err *err)
{
	return cc_buf_add(out, cc_buf_span(&cert->body->der), err);
}

int cc_cert_spki(const struct cc_cert *cert, struct cc_buf *out, struct cc_err *err)
{
	unsigned char *der = NULL;
	X509 *x509 = NULL;
	int len = 0;

	if (cert->body->key != NULL)
		return cc_buf_add(out, cert->body->plain.spki, err);
	CC_TRY(cc_cert_x509(cert, &x509, err));
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);
	return take_der(der, len, out, err);
}

int cc_cert_to_pem(const struct cc_cert *cert, struct cc_buf *out, struct cc_err *err)
{
	return cc_pem_add(out, PEM_STRING_X509, cc_buf_span(&cert->body->der), err);
}

/* What there is one of in a name, at `at`: `what` it is, for people. */
static int name_part(const X509_NAME *name, int at, const char *what, char **out,
		     struct cc_err *err)
{
	unsigned char *utf8 = NULL;
	int len = 0, result = 0;

	len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len < 0)
		return cc_fail_openssl(err, CC_E_EVIDENCE, "read %s", what);
	/* A NUL inside would make "a" of "a\0b" for whoever compares strings. */
	if (memchr(utf8, '\0', (size_t)len) != NULL)
		result = cc_fail(err, CC_E_EVIDENCE, "%s has a NUL inside", what);
	else
		result = cc_str_from(cc_span(utf8, (size_t)len), out, err);
	OPENSSL_free(utf8);
	return result;
}

static int common_name(const X509_NAME *name, const char *whose, char **out, struct cc_err *err)
{
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

	if (at < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0)
		return cc_fail(err, CC_E_EVIDENCE, "the %s of a certificate has %s common name",
			       whose, at < 0 ? "no" : "more than one");
	return name_part(name, at, "a common name", out, err);
}

int cc_cert_organization(const struct cc_cert *cert, char **out, struct cc_err *err)
{
	const X509_NAME *name = NULL;
	X509 *x509 = NULL;
	int at = 0;

	CC_TRY(cc_cert_x509(cert, &x509, err));
	name = X509_get_subject_name(x509);
	at = X509_NAME_get_index_by_NID(name, NID_organizationName, -1);
	if (at < 0)
		return 0;
	if (X509_NAME_get_index_by_NID(name, NID_organizationName, at) >= 0)
		return cc_fail(err, CC_E_EVIDENCE, "a certificate has more than one organization");
	return name_part(name, at, "an organization", out, err);
}

int cc_cert_common_name(const struct cc_cert *cert, char **out, struct cc_err *err)
{
	X509 *x509 = NULL;

	if (cert->body->key != NULL)
		return cc_str_from(cert->body->plain.subject.common, out, err);
	CC_TRY(cc_cert_x509(cert, &x509, err));
	return common_name(X509_get_subject_name(x509), "subject", out, err);
}

int cc_cert_issuer_common_name(const struct cc_cert *cert, char **out, struct cc_err *err)
{
	X509 *x509 = NULL;

	if (cert->body->key != NULL)
		return cc_str_from(cert->body->plain.issuer.common, out, err);
	CC_TRY(cc_cert_x509(cert, &x509, err));
	return common_name(X509_get_issuer_name(x509), "issuer", out, err);
}

/* `name` may be NULL. */
static void label(char *name, char out[static CC_X509_LABEL])
{
	if (name == NULL) {
		(void)snprintf(out, CC_X509_LABEL, "without a common name");
		return;
	}
	for (char *c = name; *c != '\0'; c++)
		if (iscntrl((unsigned char)*c) != 0 || *c == '\'')
			*c = '?';
	(void)snprintf(out, CC_X509_LABEL, "'%.64s'", name);
}

void cc_x509_label(const X509 *x509, char out[static CC_X509_LABEL])
{
	struct cc_err ignored = { 0 };
	CC_AUTO_FREE char *name = NULL;

	cc_ignore(common_name(X509_get_subject_name(x509), "subject", &name, &ignored));
	label(name, out);
}

void cc_cert_label(const struct cc_cert *cert, char out[static CC_X509_LABEL])
{
	struct cc_err ignored = { 0 };
	CC_AUTO_FREE char *name = NULL;

	cc_ignore(cc_cert_common_name(cert, &name, &ignored));
	label(name, out);
}

void cc_cert_window(const struct cc_cert *cert, int64_t *from, int64_t *until)
{
	struct cc_err ignored = { 0 };
	X509 *x509 = NULL;

	*from = cert->body->plain.from;
	*until = cert->body->plain.until;
	if (cert->body->key != NULL)
		return;
	*from = *until = INT64_MIN; /* never valid */
	if (cc_cert_x509(cert, &x509, &ignored) != 0)
		return;
	*from = cc_x509_seconds(X509_get0_notBefore(x509));
	*until = cc_x509_seconds(X509_get0_notAfter(x509));
}

static void auto_object(ASN1_OBJECT **object)
{
	ASN1_OBJECT_free(*object);
}

/* The first at or behind the reader, which is left behind it; false: there is none. */
static bool find_extension(struct cc_reader *r, const ASN1_OBJECT *object, struct cc_span *out)
{
	struct cc_span oid = cc_span(OBJ_get0_data(object), OBJ_length(object));
	struct cc_plain_extension e = { 0 };
	struct cc_err ignored = { 0 };

	while (r->rest.len > 0 && cc_plain_extension_read(r, &e, &ignored) == 0)
		if (cc_span_eq(e.oid, oid)) {
			*out = e.content;
			return true;
		}
	return false;
}

static int no_extension(const char *oid, struct cc_err *err)
{
	return cc_fail(err, CC_E_NOTFOUND, "a certificate has no extension '%s'", oid);
}

static int two_extensions(const char *oid, struct cc_err *err)
{
	return cc_fail(err, CC_E_EVIDENCE, "a certificate has extension '%s' twice", oid);
}

static int plain_extension(const struct cc_plain_cert *cert, const ASN1_OBJECT *object,
			   const char *oid, struct cc_span *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(cert->extensions);
	struct cc_span content = { 0 }, another = { 0 };

	if (!find_extension(&r, object, &content))
		return no_extension(oid, err);
	if (find_extension(&r, object, &another))
		return two_extensions(oid, err);
	*out = content;
	return 0;
}

int cc_cert_extension(const struct cc_cert *cert, const char *oid, struct cc_span *out,
		      struct cc_err *err)
{
	CC_CLEANUP(auto_object) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	const ASN1_OCTET_STRING *content = NULL;
	X509 *x509 = NULL;
	int at = 0;

	if (object == NULL)
		return cc_fail_openssl(err, CC_E_BUG, "read the object identifier '%s'", oid);
	if (cert->body->key != NULL)
		return plain_extension(&cert->body->plain, object, oid, out, err);
	CC_TRY(cc_cert_x509(cert, &x509, err));
	at = X509_get_ext_by_OBJ(x509, object, -1);
	if (at < 0)
		return no_extension(oid, err);
	if (X509_get_ext_by_OBJ(x509, object, at) >= 0)
		return two_extensions(oid, err);
	content = X509_EXTENSION_get_data(X509_get_ext(x509, at));
	*out = cc_span(ASN1_STRING_get0_data(content), (size_t)ASN1_STRING_length(content));
	return 0;
}
