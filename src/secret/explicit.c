/* SPDX-License-Identifier: Apache-2.0 */
/* Values that stand in the policy. References in them are filled in once, where they stand. */
#include "codec/json.h"
#include "codec/text.h"
#include "crypto/pem.h"
#include "secret/substitute.h"
#include "secret/value-internal.h"

static int take(struct cc_span bytes, struct cc_secret **out, struct cc_err *err)
{
	return bytes.len == 0 ? 0 : cc_secret_from(bytes, out, err);
}

static int take_binary(struct cc_span text, struct cc_secret_value *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	CC_TRY(cc_hex_parse(text, &bytes, err));
	return take(cc_buf_span(&bytes), &out->bytes, err);
}

/* In the form of a generated one. */
static int take_key(struct cc_span pem, struct cc_secret_value *out, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *der = NULL;
	CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;

	if (cc_pem_read(pem, CC_PEM_PRIVATE_KEY, &der, err) != 0)
		return cc_hint(err, "convert it: openssl pkcs8 -topk8 -nocrypt -in <key>");
	CC_TRY(cc_keypair_from_pkcs8(cc_secret_span(der), &pair, err));
	return cc_keypair_to_pkcs8(pair, &out->bytes, err);
}

static int take_public(struct cc_span pem, struct cc_secret_value *out, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *der = NULL;

	CC_TRY(cc_pem_read(pem, CC_PEM_PUBLIC_KEY, &der, err));
	CC_TRY(cc_spki_check(cc_secret_span(der), err));
	out->bytes = CC_TAKE(der);
	return 0;
}

/* The certificate, and those above it behind it. */
static int take_certificate(struct cc_span pem, struct cc_secret_value *out, struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	CC_AUTO_BUF struct cc_buf der = { 0 };

	CC_TRY(cc_chain_from_pem(pem, &chain, err));
	CC_TRY(cc_cert_to_der(chain.certs[0], &der, err));
	CC_TRY(cc_secret_from(cc_buf_span(&der), &out->bytes, err));
	cc_cert_window(chain.certs[0], &out->from, &out->until);
	for (size_t i = 1; i < chain.count; i++)
		CC_TRY(cc_cert_to_pem(chain.certs[i], &out->chain, err));
	return 0;
}

static int fill_json(const struct cc_json *from, const struct cc_secret_lookup *others,
		     struct cc_json **out, struct cc_err *err);

/* A string that is one reference to another fragment is that fragment. */
static int fill_string(const char *text, const struct cc_secret_lookup *others,
		       struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf filled = { .max = CC_SECRET_RECORD_MAX };
	struct cc_span reference = { 0 };

	if (cc_reference_whole(cc_span_str(text), &reference)) {
		CC_TRY(cc_reference_json(reference, others, &filled, err));
		return cc_json_parse(cc_buf_span(&filled), CC_SECRET_RECORD_MAX, out, err);
	}
	CC_TRY(cc_substitute(cc_span_str(text), others, &filled, err));
	return cc_json_string(cc_buf_span(&filled), out, err);
}

static int fill_object(const struct cc_json *from, const struct cc_secret_lookup *others,
		       struct cc_json *into, struct cc_err *err)
{
	for (size_t i = 0; i < cc_json_count(from); i++) {
		struct cc_json *value = NULL;

		CC_TRY(fill_json(cc_json_at(from, i), others, &value, err));
		CC_TRY(cc_json_set(into, cc_json_name_at(from, i), value, err));
	}
	return 0;
}

static int fill_array(const struct cc_json *from, const struct cc_secret_lookup *others,
		      struct cc_json *into, struct cc_err *err)
{
	for (size_t i = 0; i < cc_json_count(from); i++) {
		struct cc_json *value = NULL;

		CC_TRY(fill_json(cc_json_at(from, i), others, &value, err));
		CC_TRY(cc_json_add(into, value, err));
	}
	return 0;
}

/* As deep as the text was: codec/json has the maximum. */
static int fill_json(const struct cc_json *from, const struct cc_secret_lookup *others,
		     struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *made = NULL;

	if (cc_json_str(from) != NULL)
		return fill_string(cc_json_str(from), others, out, err);
	if (cc_json_is_object(from)) {
		CC_TRY(cc_json_object(&made, err));
		CC_TRY(fill_object(from, others, made, err));
	} else if (cc_json_is_array(from)) {
		CC_TRY(cc_json_array(&made, err));
		CC_TRY(fill_array(from, others, made, err));
	} else {
		CC_TRY(cc_json_copy(from, &made, err));
	}
	*out = CC_TAKE(made);
	return 0;
}

static int take_fragment(const struct cc_secret_making *making, struct cc_secret_value *out,
			 struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *filled = NULL;
	CC_AUTO_BUF struct cc_buf text = { .max = CC_SECRET_RECORD_MAX };

	CC_TRY(cc_json_parse(cc_span_str(making->entry->value), 2 * CC_POLICY_TEXT_MAX, &json,
			     err));
	CC_TRY(fill_json(json, making->others, &filled, err));
	CC_TRY(cc_json_print(filled, &text, err));
	return cc_secret_from(cc_buf_span(&text), &out->bytes, err);
}

static int read_fragment(struct cc_span text, struct cc_secret_value *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf printed = { .max = CC_SECRET_RECORD_MAX };

	CC_TRY(cc_json_parse(text, CC_SECRET_RECORD_MAX, &json, err));
	CC_TRY(cc_json_print(json, &printed, err));
	return cc_secret_from(cc_buf_span(&printed), &out->bytes, err);
}

int cc_secret_read(enum cc_secret_kind kind, struct cc_span text, struct cc_secret_value *out,
		   struct cc_err *err)
{
	switch (kind) {
	case CC_SECRET_BINARY:
		return take_binary(text, out, err);
	case CC_SECRET_PRIVATE_KEY:
		return take_key(text, out, err);
	case CC_SECRET_PUBLIC_KEY:
		return take_public(text, out, err);
	case CC_SECRET_X509:
	case CC_SECRET_X509_CA:
		return take_certificate(text, out, err);
	case CC_SECRET_ASCII:
		return take(text, &out->bytes, err);
	case CC_SECRET_CONFIG_FRAGMENT:
		return read_fragment(text, out, err);
	case CC_SECRET_NONE:
	case CC_SECRET_SESSION_CA:
	case CC_SECRET_AAD_TOKEN:
	case CC_SECRET_PGP_KEY:
	case CC_SECRET_JWT:
	case CC_SECRET_KIND_COUNT:
		break;
	}
	return cc_fail(err, CC_E_ARG, "a secret of its kind has no form to be read in");
}

int cc_secret_explicit(const struct cc_secret_making *making, struct cc_secret_value *out,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { .max = CC_SECRET_RECORD_MAX };

	if (making->entry->kind == CC_SECRET_CONFIG_FRAGMENT)
		return take_fragment(making, out, err);
	CC_TRY(cc_substitute(cc_span_str(making->entry->value), making->others, &text, err));
	return cc_secret_read(making->entry->kind, cc_buf_span(&text), out, err);
}
