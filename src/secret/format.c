/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/format.h"

#include "base/str.h"
#include "codec/json.h"
#include "codec/text.h"
#include "crypto/pair.h"
#include "crypto/pem.h"
#include "secret/pgp.h"

typedef int adder(const struct cc_secret_found *found, struct cc_buf *out, struct cc_err *err);

static struct cc_span bytes_of(const struct cc_secret_found *found)
{
	return cc_secret_value_span(found->value);
}

static int add_raw(const struct cc_secret_found *found, struct cc_buf *out, struct cc_err *err)
{
	return cc_buf_add(out, bytes_of(found), err);
}

static int add_hex(const struct cc_secret_found *found, struct cc_buf *out, struct cc_err *err)
{
	return cc_hex_add(out, bytes_of(found), err);
}

static int add_base64(const struct cc_secret_found *found, struct cc_buf *out, struct cc_err *err)
{
	return cc_base64_add(out, bytes_of(found), err);
}

static int add_base64url(const struct cc_secret_found *found, struct cc_buf *out,
			 struct cc_err *err)
{
	return cc_base64url_add(out, bytes_of(found), err);
}

static int add_base32(const struct cc_secret_found *found, struct cc_buf *out, struct cc_err *err)
{
	return cc_base32_add(out, bytes_of(found), true, err);
}

static int add_base32nopad(const struct cc_secret_found *found, struct cc_buf *out,
			   struct cc_err *err)
{
	return cc_base32_add(out, bytes_of(found), false, err);
}

static int add_key_pem(const struct cc_secret_found *found, struct cc_buf *out, struct cc_err *err)
{
	return cc_pem_add(out, CC_PEM_PRIVATE_KEY, bytes_of(found), err);
}

static int add_public_pem(const struct cc_secret_found *found, struct cc_buf *out,
			  struct cc_err *err)
{
	return cc_pem_add(out, CC_PEM_PUBLIC_KEY, bytes_of(found), err);
}

static int add_cert_pem(const struct cc_secret_found *found, struct cc_buf *out, struct cc_err *err)
{
	return cc_pem_add(out, CC_PEM_CERTIFICATE, bytes_of(found), err);
}

/* The key of a certificate: another secret, or its own (0.2). */
static int own_key(const struct cc_secret_found *found, struct cc_span *out, struct cc_err *err)
{
	if (found->key != NULL)
		*out = cc_secret_value_span(found->key);
	else if (found->value->key != NULL)
		*out = cc_secret_span(found->value->key);
	if (out->len != 0)
		return 0;
	cc_err_set(err, CC_E_DENIED, "the private key of this certificate is not to be had");
	return cc_hint(err, "whoever exports the certificate exports its key too");
}

static int add_own_key_pem(const struct cc_secret_found *found, struct cc_buf *out,
			   struct cc_err *err)
{
	struct cc_span key = { 0 };

	CC_TRY(own_key(found, &key, err));
	return cc_pem_add(out, CC_PEM_PRIVATE_KEY, key, err);
}

static int add_own_key_der(const struct cc_secret_found *found, struct cc_buf *out,
			   struct cc_err *err)
{
	struct cc_span key = { 0 };

	CC_TRY(own_key(found, &key, err));
	return cc_buf_add(out, key, err);
}

static int add_chain(const struct cc_secret_found *found, struct cc_buf *out, struct cc_err *err)
{
	return cc_buf_add(out, cc_buf_span(&found->value->chain), err);
}

static int read_chain(const struct cc_secret_found *found, struct cc_chain *out, struct cc_err *err)
{
	struct cc_span pem = cc_buf_span(&found->value->chain);

	return pem.len == 0 ? 0 : cc_chain_from_pem(pem, out, err);
}

static int add_old_chain(const struct cc_secret_found *found, struct cc_buf *out,
			 struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };

	CC_TRY(read_chain(found, &chain, err));
	for (size_t i = chain.count; i > 0; i--)
		CC_TRY(cc_cert_to_pem(chain.certs[i - 1], out, err));
	return add_cert_pem(found, out, err);
}

static int add_pkcs12(const struct cc_secret_found *found, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	CC_AUTO_SECRET struct cc_secret *file = NULL;
	struct cc_span key = { 0 };

	CC_TRY(own_key(found, &key, err));
	CC_TRY(read_chain(found, &chain, err));
	CC_TRY(cc_keypair_from_pkcs8(key, &pair, err));
	CC_TRY(cc_cert_from_der(bytes_of(found), &cert, err));
	CC_TRY(cc_keypair_pkcs12(pair, cert, &chain, &file, err));
	return cc_buf_add(out, cc_secret_span(file), err);
}

/* A scalar in a text is its source text; lists and maps have no place in one. */
static int add_fragment(const struct cc_secret_found *found, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	const char *text = NULL;

	CC_TRY(cc_json_parse(bytes_of(found), CC_SECRET_RECORD_MAX, &json, err));
	text = cc_json_str(json);
	if (text == NULL)
		return cc_fail(err, CC_E_ARG,
			       "a config-fragment that is no single value stands in a text");
	return cc_buf_add_str(out, text, err);
}

static int add_pgp(const struct cc_secret_found *found, enum cc_pgp_half half,
		   enum cc_pgp_form form, struct cc_buf *out, struct cc_err *err)
{
	return cc_pgp_export(bytes_of(found), half, form, out, err);
}

#define PGP(name, half, form)                                                    \
	static int name(const struct cc_secret_found *found, struct cc_buf *out, \
			struct cc_err *err)                                      \
	{                                                                        \
		return add_pgp(found, CC_PGP_##half, CC_PGP_##form, out, err);   \
	}
PGP(add_pgp_private_armored, PRIVATE, ARMORED)
PGP(add_pgp_private_binary, PRIVATE, BINARY)
PGP(add_pgp_private_base64, PRIVATE, BASE64)
PGP(add_pgp_public_armored, PUBLIC, ARMORED)
PGP(add_pgp_public_binary, PUBLIC, BINARY)
PGP(add_pgp_public_base64, PUBLIC, BASE64)

#define BIT(kind) (1U << CC_SECRET_##kind)
#define CERTIFICATES (BIT(X509) | BIT(X509_CA))

/* One row a form; the same suffix may mean different things for different kinds. */
static const struct form {
	unsigned int kinds;
	const char *suffix;
	adder *add;
} forms[] = {
	{ BIT(ASCII) | BIT(AAD_TOKEN) | BIT(JWT), "", add_raw },
	{ BIT(CONFIG_FRAGMENT), "", add_fragment },
	{ BIT(BINARY), "", add_raw },
	{ BIT(BINARY), ":bin", add_raw },
	{ BIT(BINARY), ".bin", add_raw },
	{ BIT(BINARY), ":hex", add_hex },
	{ BIT(BINARY), ".hex", add_hex },
	{ BIT(BINARY), ":base64", add_base64 },
	{ BIT(BINARY), ":base64url", add_base64url },
	{ BIT(BINARY), ":base32", add_base32 },
	{ BIT(BINARY), ":base32nopad", add_base32nopad },
	{ BIT(PRIVATE_KEY), "", add_key_pem },
	{ BIT(PRIVATE_KEY), ":pem", add_key_pem },
	{ BIT(PRIVATE_KEY), ":pkcs8:pem", add_key_pem },
	{ BIT(PRIVATE_KEY), ":der", add_raw },
	{ BIT(PRIVATE_KEY), ":pkcs8:der", add_raw },
	/* Not in SCONE's table, and in its users' files. */
	{ BIT(PRIVATE_KEY), ":privatekey", add_key_pem },
	{ BIT(PRIVATE_KEY), ":privatekey:pem", add_key_pem },
	{ BIT(PRIVATE_KEY), ".key", add_key_pem },
	{ BIT(PUBLIC_KEY), "", add_public_pem },
	{ BIT(PUBLIC_KEY), ":spki:pem", add_public_pem },
	{ BIT(PUBLIC_KEY), ":spki:der", add_raw },
	{ CERTIFICATES, "", add_cert_pem },
	{ CERTIFICATES, ":crt", add_cert_pem },
	{ CERTIFICATES, ":crt:pem", add_cert_pem },
	{ CERTIFICATES | BIT(SESSION_CA), ".crt", add_cert_pem },
	{ CERTIFICATES, ":crt:der", add_raw },
	{ CERTIFICATES, ":privatekey", add_own_key_pem },
	{ CERTIFICATES, ":privatekey:pem", add_own_key_pem },
	{ CERTIFICATES, ":privatekey:pkcs8:pem", add_own_key_pem },
	{ CERTIFICATES, ".key", add_own_key_pem },
	{ CERTIFICATES, ":privatekey:der", add_own_key_der },
	{ CERTIFICATES, ":privatekey:pkcs8:der", add_own_key_der },
	{ CERTIFICATES, ":chain", add_chain },
	{ CERTIFICATES, ".chain", add_old_chain },
	{ CERTIFICATES, ":pkcs12-with-private-key", add_pkcs12 },
	{ BIT(PGP_KEY), ":privatekey:asciiarmored", add_pgp_private_armored },
	{ BIT(PGP_KEY), ":privatekey:binary", add_pgp_private_binary },
	{ BIT(PGP_KEY), ":privatekey:base64", add_pgp_private_base64 },
	{ BIT(PGP_KEY), ":publickey:asciiarmored", add_pgp_public_armored },
	{ BIT(PGP_KEY), ":publickey:binary", add_pgp_public_binary },
	{ BIT(PGP_KEY), ":publickey:base64", add_pgp_public_base64 },
};

const char *cc_secret_format_at(enum cc_secret_kind kind, size_t index)
{
	for (size_t i = 0; i < CC_COUNT(forms); i++)
		if ((forms[i].kinds & (1U << kind)) != 0 && index-- == 0)
			return forms[i].suffix;
	return NULL;
}

bool cc_secret_format_is_old(const char *format)
{
	for (size_t i = 0; i < CC_COUNT(forms); i++)
		if (format[0] == '.' && cc_str_eq(forms[i].suffix, format))
			return true;
	return false;
}

/* "'', ':pem', ':der'": what could be written instead. */
static int no_such_form(enum cc_secret_kind kind, const char *format, struct cc_err *err)
{
	char list[200] = "";
	size_t len = 0;

	for (size_t i = 0; i < CC_COUNT(forms) && len < sizeof(list); i++)
		if ((forms[i].kinds & (1U << kind)) != 0)
			len += (size_t)snprintf(list + len, sizeof(list) - len, "%s'%s'",
						len == 0 ? "" : ", ", forms[i].suffix);
	cc_err_set(err, CC_E_ARG, "a secret of its kind has no form '%.64s'", format);
	return cc_hint(err, "write one of %s", list);
}

int cc_secret_format(const struct cc_secret_found *found, const char *format, struct cc_buf *out,
		     struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(forms); i++)
		if ((forms[i].kinds & (1U << found->value->kind)) != 0 &&
		    cc_str_eq(forms[i].suffix, format))
			return forms[i].add(found, out, err);
	return no_such_form(found->value->kind, format, err);
}
