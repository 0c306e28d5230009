/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "crypto/sign-internal.h"
#include "crypto/x509-internal.h"

#define SERIAL_LEN 16
#define COMMON_NAME_MAX 64 /* RFC 5280, ub-common-name */

CC_OPENSSL_OWNER(ASN1_INTEGER, auto_integer, ASN1_INTEGER_free)
CC_OPENSSL_OWNER(ASN1_TIME, auto_time, ASN1_TIME_free)
CC_OPENSSL_OWNER(ASN1_OBJECT, auto_object, ASN1_OBJECT_free)
CC_OPENSSL_OWNER(ASN1_OCTET_STRING, auto_octets, ASN1_OCTET_STRING_free)
CC_OPENSSL_OWNER(X509_EXTENSION, auto_extension, X509_EXTENSION_free)
CC_OPENSSL_OWNER(X509_REVOKED, auto_revoked, X509_REVOKED_free)
CC_OPENSSL_OWNER(GENERAL_NAMES, auto_names, GENERAL_NAMES_free)
CC_OPENSSL_OWNER(BASIC_CONSTRAINTS, auto_basic, BASIC_CONSTRAINTS_free)

static int set_serial(X509 *x509, struct cc_err *err)
{
	CC_AUTO_BN BIGNUM *number = NULL;
	uint8_t bytes[SERIAL_LEN] = { 0 };

	CC_TRY(cc_random(CC_MUT(bytes), err));
	bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* positive, and always as long */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	if (number == NULL || BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "set the serial number of a certificate");
	return 0;
}

static int add_name(X509_NAME *name, int nid, const char *text, struct cc_err *err)
{
	size_t len = strlen(text);

	if (len == 0 || len > COMMON_NAME_MAX)
		return cc_fail(err, CC_E_ARG, "a name in a certificate has 1 to %d bytes, not %zu",
			       COMMON_NAME_MAX, len);
	if (X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, (const unsigned char *)text,
				       (int)len, -1, 0) != 1)
		return cc_fail_openssl(err, CC_E_ARG, "put a name into a certificate");
	return 0;
}

static int set_names(X509 *x509, const struct cc_cert_plan *plan, struct cc_err *err)
{
	X509_NAME *subject = X509_get_subject_name(x509);
	X509 *issuer = x509;

	if (plan->issuer != NULL)
		CC_TRY(cc_cert_x509(plan->issuer, &issuer, err));
	if (plan->organization != NULL)
		CC_TRY(add_name(subject, NID_organizationName, plan->organization, err));
	CC_TRY(add_name(subject, NID_commonName, plan->common_name, err));
	if (X509_set_issuer_name(x509, X509_get_subject_name(issuer)) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "name the issuer of a certificate");
	return 0;
}

static int set_window(X509 *x509, const struct cc_cert_plan *plan, struct cc_err *err)
{
	if (plan->from >= plan->until)
		return cc_fail(err, CC_E_ARG, "a certificate would end before it starts");
	if (ASN1_TIME_set(X509_getm_notBefore(x509), plan->from) == NULL ||
	    ASN1_TIME_set(X509_getm_notAfter(x509), plan->until) == NULL)
		return cc_fail_openssl(err, CC_E_ARG, "set the window of a certificate");
	return 0;
}

/* RFC 5280 4.2.1.9. */
static int add_basic_constraints(X509 *x509, const struct cc_cert_plan *plan, struct cc_err *err)
{
	CC_CLEANUP(auto_basic) BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new();

	if (basic == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "make basic constraints");
	basic->ca = plan->is_ca ? 0xff : 0;
	if (plan->is_ca && plan->path_len >= 0) {
		basic->pathlen = ASN1_INTEGER_new();
		if (basic->pathlen == NULL || ASN1_INTEGER_set(basic->pathlen, plan->path_len) != 1)
			return cc_fail_openssl(err, CC_E_SYSTEM, "set a path length");
	}
	if (X509_add1_ext_i2d(x509, NID_basic_constraints, basic, 1, X509V3_ADD_DEFAULT) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "add basic constraints");
	return 0;
}

/* Extensions from OpenSSL's text form: only constants come here, never a caller's string. */
static int add_constant(X509 *x509, X509V3_CTX *ctx, int nid, const char *text, struct cc_err *err)
{
	CC_CLEANUP(auto_extension)
	X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, ctx, nid, text);

	if (extension == NULL || X509_add_ext(x509, extension, -1) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "add extension '%s'", OBJ_nid2sn(nid));
	return 0;
}

/* RFC 5280 4.2.1.3; TLS 1.2 lets a server with RSA be sent a key under it. */
static const char *key_usage(const struct cc_cert_plan *plan, const EVP_PKEY *subject)
{
	if (plan->is_ca)
		return "critical,keyCertSign,cRLSign";
	return EVP_PKEY_is_a(subject, "RSA") == 1 ? "critical,digitalSignature,keyEncipherment"
						  : "critical,digitalSignature";
}

static int add_use(X509 *x509, enum cc_cert_use use, struct cc_err *err)
{
	X509V3_CTX ctx = { 0 };

	if (use == CC_CERT_USE_ANY)
		return 0;
	X509V3_set_ctx_nodb(&ctx);
	return add_constant(x509, &ctx, NID_ext_key_usage,
			    use == CC_CERT_USE_SERVER ? "serverAuth" : "clientAuth", err);
}

static int add_identifiers(X509 *x509, const struct cc_cert_plan *plan, struct cc_err *err)
{
	X509V3_CTX ctx = { 0 };
	X509 *issuer = x509;

	if (plan->issuer != NULL)
		CC_TRY(cc_cert_x509(plan->issuer, &issuer, err));
	X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
	CC_TRY(add_constant(x509, &ctx, NID_key_usage, key_usage(plan, X509_get0_pubkey(x509)),
			    err));
	CC_TRY(add_constant(x509, &ctx, NID_subject_key_identifier, "hash", err));
	if (plan->issuer != NULL)
		CC_TRY(add_constant(x509, &ctx, NID_authority_key_identifier, "keyid:always", err));
	return 0;
}

/* Takes the value over, also when it fails. */
static int push_name(GENERAL_NAMES *names, int type, ASN1_STRING *value, struct cc_err *err)
{
	GENERAL_NAME *name = GENERAL_NAME_new();

	if (name == NULL || value == NULL) {
		GENERAL_NAME_free(name);
		ASN1_STRING_free(value);
		return cc_fail_openssl(err, CC_E_SYSTEM, "make a name for a certificate");
	}
	GENERAL_NAME_set0_value(name, type, value);
	if (sk_GENERAL_NAME_push(names, name) != 0)
		return 0;
	GENERAL_NAME_free(name);
	return cc_fail_openssl(err, CC_E_SYSTEM, "make a name for a certificate");
}

static int push_text(GENERAL_NAMES *names, int type, const char *text, struct cc_err *err)
{
	ASN1_IA5STRING *string = ASN1_IA5STRING_new();

	if (string != NULL && ASN1_STRING_set(string, text, -1) != 1) {
		ASN1_IA5STRING_free(string);
		string = NULL;
	}
	return push_name(names, type, string, err);
}

static bool is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static int push_alternative(GENERAL_NAMES *names, const char *text, struct cc_err *err)
{
	ASN1_OCTET_STRING *address = NULL;

	if (strncmp(text, "dns:", 4) == 0) {
		if (text[4] == '\0' || !is_printable(text))
			return cc_fail(err, CC_E_ARG, "a DNS name is ASCII without spaces");
		return push_text(names, GEN_DNS, text + 4, err);
	}
	address = strncmp(text, "ip:", 3) == 0 ? a2i_IPADDRESS(text + 3) : NULL;
	if (address == NULL)
		return cc_fail_openssl(err, CC_E_ARG,
				       "'%.80s' is neither 'dns:<name>' nor 'ip:<address>'", text);
	return push_name(names, GEN_IPADD, address, err);
}

static int add_alternatives(X509 *x509, const struct cc_cert_plan *plan, struct cc_err *err)
{
	CC_CLEANUP(auto_names) GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();

	if (names == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "make the names of a certificate");
	for (size_t i = 0; i < plan->name_count; i++)
		CC_TRY(push_alternative(names, plan->names[i], err));
	if (X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "add names to a certificate");
	return 0;
}

static void auto_points(CRL_DIST_POINTS **points)
{
	CRL_DIST_POINTS_free(*points);
}

static int add_crl_url(X509 *x509, const char *url, struct cc_err *err)
{
	CC_CLEANUP(auto_points) CRL_DIST_POINTS *points = sk_DIST_POINT_new_null();
	DIST_POINT *point = DIST_POINT_new();
	DIST_POINT_NAME *name = DIST_POINT_NAME_new();

	if (points == NULL || point == NULL || name == NULL ||
	    sk_DIST_POINT_push(points, point) == 0) {
		DIST_POINT_free(point);
		DIST_POINT_NAME_free(name);
		return cc_fail_openssl(err, CC_E_SYSTEM, "add a CRL's address");
	}
	point->distpoint = name;
	name->type = 0; /* fullName */
	name->name.fullname = sk_GENERAL_NAME_new_null();
	if (name->name.fullname == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "add a CRL's address");
	CC_TRY(push_text(name->name.fullname, GEN_URI, url, err));
	if (X509_add1_ext_i2d(x509, NID_crl_distribution_points, points, 0, X509V3_ADD_DEFAULT) !=
	    1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "add a CRL's address");
	return 0;
}

static int add_own(X509 *x509, const struct cc_cert_extension *own, struct cc_err *err)
{
	CC_CLEANUP(auto_object) ASN1_OBJECT *object = OBJ_txt2obj(own->oid, 1);
	CC_CLEANUP(auto_octets) ASN1_OCTET_STRING *content = ASN1_OCTET_STRING_new();
	CC_CLEANUP(auto_extension) X509_EXTENSION *extension = NULL;

	if (own->content.len > CC_CERT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "an extension has at most %zu bytes, not %zu",
			       CC_CERT_MAX, own->content.len);
	if (object == NULL || content == NULL ||
	    ASN1_OCTET_STRING_set(content, own->content.at, (int)own->content.len) != 1)
		return cc_fail_openssl(err, CC_E_ARG, "make the extension '%s'", own->oid);
	extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, content);
	if (extension == NULL || X509_add_ext(x509, extension, -1) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "add the extension '%s'", own->oid);
	return 0;
}

static int add_extensions(X509 *x509, const struct cc_cert_plan *plan, struct cc_err *err)
{
	CC_TRY(add_basic_constraints(x509, plan, err));
	CC_TRY(add_identifiers(x509, plan, err));
	CC_TRY(add_use(x509, plan->use, err));
	if (plan->name_count != 0)
		CC_TRY(add_alternatives(x509, plan, err));
	if (plan->crl_url != NULL)
		CC_TRY(add_crl_url(x509, plan->crl_url, err));
	for (size_t i = 0; i < plan->extension_count; i++)
		CC_TRY(add_own(x509, &plan->extensions[i], err));
	return 0;
}

int cc_x509_make(const struct cc_cert_plan *plan, const struct cc_x509_keys *keys,
		 struct cc_cert **out, struct cc_err *err)
{
	CC_AUTO_X509 X509 *x509 = X509_new();

	if (x509 == NULL || X509_set_version(x509, X509_VERSION_3) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start a certificate");
	CC_TRY(set_serial(x509, err));
	CC_TRY(set_names(x509, plan, err));
	CC_TRY(set_window(x509, plan, err));
	if (X509_set_pubkey(x509, keys->subject) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "put a key into a certificate");
	CC_TRY(add_extensions(x509, plan, err));
	if (X509_sign(x509, keys->signer, keys->md) <= 0)
		return cc_fail_openssl(err, CC_E_SYSTEM, "sign a certificate");
	return cc_cert_from_x509(CC_TAKE(x509), out, err);
}

int cc_cert_make(const struct cc_cert_plan *plan, struct cc_cert **out, struct cc_err *err)
{
	const struct cc_pubkey *signer = cc_key_public(plan->issuer_key);
	const struct cc_x509_keys keys = { cc_pubkey_pkey(plan->key), cc_pubkey_pkey(signer),
					   cc_pubkey_md(signer) };

	return cc_x509_make(plan, &keys, out, err);
}

static int start_crl(X509_CRL *crl, const struct cc_crl_plan *plan, struct cc_err *err)
{
	CC_CLEANUP(auto_time) ASN1_TIME *from = ASN1_TIME_set(NULL, plan->from);
	CC_CLEANUP(auto_time) ASN1_TIME *until = ASN1_TIME_set(NULL, plan->until);
	X509 *issuer = NULL;

	if (plan->from >= plan->until)
		return cc_fail(err, CC_E_ARG, "a CRL would end before it starts");
	CC_TRY(cc_cert_x509(plan->issuer, &issuer, err));
	if (from == NULL || until == NULL || X509_CRL_set_version(crl, X509_CRL_VERSION_2) != 1 ||
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) != 1 ||
	    X509_CRL_set1_lastUpdate(crl, from) != 1 || X509_CRL_set1_nextUpdate(crl, until) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start a CRL");
	return 0;
}

/* RFC 5280 5.2: both extensions are a must. */
static int number_crl(X509_CRL *crl, const struct cc_crl_plan *plan, struct cc_err *err)
{
	CC_CLEANUP(auto_integer) ASN1_INTEGER *number = ASN1_INTEGER_new();
	CC_CLEANUP(auto_extension) X509_EXTENSION *authority = NULL;
	X509V3_CTX ctx = { 0 };
	X509 *issuer = NULL;

	CC_TRY(cc_cert_x509(plan->issuer, &issuer, err));
	X509V3_set_ctx(&ctx, issuer, NULL, NULL, crl, 0);
	authority = X509V3_EXT_nconf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid:always");
	if (number == NULL || authority == NULL ||
	    ASN1_INTEGER_set_uint64(number, plan->number) != 1 ||
	    X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, X509V3_ADD_DEFAULT) != 1 ||
	    X509_CRL_add_ext(crl, authority, -1) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "number a CRL");
	return 0;
}

static int add_revoked(X509_CRL *crl, const struct cc_cert *cert, int64_t at, struct cc_err *err)
{
	CC_CLEANUP(auto_revoked) X509_REVOKED *entry = X509_REVOKED_new();
	CC_CLEANUP(auto_time) ASN1_TIME *when = ASN1_TIME_set(NULL, at);
	X509 *x509 = NULL;

	CC_TRY(cc_cert_x509(cert, &x509, err));
	if (entry == NULL || when == NULL ||
	    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(x509)) != 1 ||
	    X509_REVOKED_set_revocationDate(entry, when) != 1 ||
	    X509_CRL_add0_revoked(crl, entry) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "put a certificate into a CRL");
	entry = NULL; /* it is the CRL's now */
	return 0;
}

int cc_crl_make(const struct cc_crl_plan *plan, struct cc_buf *der, struct cc_err *err)
{
	const struct cc_pubkey *signer = cc_key_public(plan->issuer_key);
	CC_AUTO_X509_CRL X509_CRL *crl = X509_CRL_new();
	unsigned char *bytes = NULL;
	int len = 0, result = 0;

	if (crl == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start a CRL");
	CC_TRY(start_crl(crl, plan, err));
	CC_TRY(number_crl(crl, plan, err));
	for (size_t i = 0; i < plan->revoked_count; i++)
		CC_TRY(add_revoked(crl, plan->revoked[i], plan->from, err));
	if (X509_CRL_sort(crl) != 1 ||
	    X509_CRL_sign(crl, cc_pubkey_pkey(signer), cc_pubkey_md(signer)) <= 0)
		return cc_fail_openssl(err, CC_E_SYSTEM, "sign a CRL");
	len = i2d_X509_CRL(crl, &bytes);
	if (len <= 0)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write a CRL");
	result = cc_buf_add(der, cc_span(bytes, (size_t)len), err);
	OPENSSL_free(bytes);
	return result;
}
