/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an application proves that it holds the key of its certificate (RFC 7523 2.2), as Azure wants
 * it: RS256 with the SHA-1 thumbprint that its portal shows, PS256 with one of SHA-256.
 */
#include "codec/json.h"
#include "codec/text.h"
#include "crypto/rsa.h"
#include "secret/azure-internal.h"

#define LIFE_SECONDS 300
#define THUMBPRINT_SHA1 ((size_t)20)
#define THUMBPRINT_SHA256 ((size_t)32)

static const struct form {
	size_t thumbprint;
	const char *alg, *member;
	struct cc_rsa_way way;
} forms[] = {
	{ THUMBPRINT_SHA1, "RS256", "x5t", { CC_RSA_PKCS1, CC_HASH_SHA256 } },
	{ THUMBPRINT_SHA256, "PS256", "x5t#S256", { CC_RSA_PSS, CC_HASH_SHA256 } },
};

static int set_base64url(struct cc_json *json, const char *name, struct cc_span bytes,
			 struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_base64url_add(&text, bytes, err));
	return cc_json_set_text(json, name, cc_buf_span(&text), err);
}

static int add_part(const struct cc_json *json, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_json_print(json, &text, err));
	return cc_base64url_add(out, cc_buf_span(&text), err);
}

static int add_header(const struct form *form, struct cc_span thumbprint, struct cc_buf *out,
		      struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "alg", form->alg, err));
	CC_TRY(cc_json_set_str(json, "typ", "JWT", err));
	CC_TRY(set_base64url(json, form->member, thumbprint, err));
	return add_part(json, out, err);
}

static int add_claims(const struct cc_azure *azure, const struct cc_azure_buyer *buyer,
		      struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf audience = { 0 };
	uint8_t number[16] = { 0 };

	CC_TRY(cc_random(CC_MUT(number), err));
	CC_TRY(cc_buf_addf(&audience, err, "https://%s/%s/oauth2/v2.0/token", azure->authority,
			   buyer->tenant));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_text(json, "aud", cc_buf_span(&audience), err));
	CC_TRY(cc_json_set_str(json, "iss", buyer->client, err));
	CC_TRY(cc_json_set_str(json, "sub", buyer->client, err));
	CC_TRY(cc_json_set_hex(json, "jti", CC_SPAN(number), err));
	CC_TRY(cc_json_set_u64(json, "nbf", (uint64_t)buyer->now, err));
	CC_TRY(cc_json_set_u64(json, "exp", (uint64_t)buyer->now + LIFE_SECONDS, err));
	return add_part(json, out, err);
}

int cc_azure_assert(const struct cc_azure *azure, const struct cc_azure_buyer *buyer,
		    struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf thumbprint = { 0 }, signature = { 0 };
	CC_AUTO_RSA struct cc_rsa *rsa = NULL;
	const struct form *form = NULL;

	if (cc_hex_parse(cc_span_str(buyer->thumbprint), &thumbprint, err) != 0)
		return cc_wrap(err, "certificate_thumbprint");
	for (size_t i = 0; i < CC_COUNT(forms); i++)
		if (forms[i].thumbprint == thumbprint.len)
			form = &forms[i];
	if (form == NULL)
		return cc_fail(err, CC_E_ARG,
			       "certificate_thumbprint has 40 or 64 hexadecimal digits");
	if (cc_rsa_from_pkcs8(buyer->key, &rsa, err) != 0)
		return cc_wrap(err, "private_key");
	CC_TRY(add_header(form, cc_buf_span(&thumbprint), out, err));
	CC_TRY(cc_buf_add_u8(out, '.', err));
	CC_TRY(add_claims(azure, buyer, out, err));
	CC_TRY(cc_rsa_sign(rsa, &form->way, cc_buf_span(out), &signature, err));
	CC_TRY(cc_buf_add_u8(out, '.', err));
	return cc_base64url_add(out, cc_buf_span(&signature), err);
}
