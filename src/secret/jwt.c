/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: JSON Web Signature in its compact form (RFC 7515), ES384 (RFC 7518 3.4). */
#include "base/str.h"
#include "codec/json.h"
#include "codec/text.h"
#include "secret/substitute.h"
#include "secret/value-internal.h"

static const char header[] = "{\"alg\":\"ES384\",\"typ\":\"JWT\"}";
static const char identity[] = "self::software_identity";

static int claim(const struct cc_secret_making *making, const char *text, struct cc_buf *out,
		 struct cc_err *err)
{
	struct cc_span reference = { 0 };

	if (!cc_reference_whole(cc_span_str(text), &reference)) {
		if (strstr(text, "$$SCONE:") == NULL)
			return cc_buf_add_str(out, text, err);
		return cc_fail(err, CC_E_ARG, "a claim is one reference or has none");
	}
	if (!cc_span_eq_str(reference, identity))
		return cc_reference_value(reference, making->others, out, err);
	if (making->identity == NULL)
		return cc_fail(err, CC_E_DENIED, "the identity of the software is not known here");
	return cc_buf_add_str(out, making->identity, err);
}

static int add_claims(const struct cc_secret_making *making, struct cc_json *payload,
		      struct cc_err *err)
{
	for (size_t i = 0; i < making->entry->payload.count; i++) {
		const struct cc_pair *pair = &making->entry->payload.at[i];
		CC_AUTO_BUF struct cc_buf value = { .max = CC_SECRET_RECORD_MAX };

		if (claim(making, pair->value != NULL ? pair->value : "", &value, err) != 0 ||
		    cc_json_set_text(payload, pair->name, cc_buf_span(&value), err) != 0)
			return cc_wrap(err, "claim '%.64s'", pair->name);
	}
	return 0;
}

static int make_payload(const struct cc_secret_making *making, int64_t until, struct cc_buf *out,
			struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *payload = NULL;

	CC_TRY(cc_json_object(&payload, err));
	CC_TRY(add_claims(making, payload, err));
	CC_TRY(cc_json_set_u64(payload, "iat", (uint64_t)making->now, err));
	CC_TRY(cc_json_set_u64(payload, "nbf", (uint64_t)making->now, err));
	if (until != 0)
		CC_TRY(cc_json_set_u64(payload, "exp", (uint64_t)until, err));
	return cc_json_print(payload, out, err);
}

static int add_signature(const struct cc_secret_making *making, struct cc_buf *token,
			 struct cc_err *err)
{
	CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;
	CC_AUTO_KEY struct cc_key *key = NULL;
	struct cc_signature signature = { 0 };

	CC_TRY(cc_secret_find_key(making->others, making->entry->signer, "signer", &pair, err));
	if (cc_keypair_kind(pair) != CC_KEYPAIR_P384)
		return cc_fail(err, CC_E_ARG, "signer '%.128s' is no P-384 key",
			       making->entry->signer);
	CC_TRY(cc_keypair_signer(pair, &key, err));
	CC_TRY(cc_sign_raw(key, cc_buf_span(token), &signature, err));
	CC_TRY(cc_buf_add_u8(token, '.', err));
	return cc_base64url_add(token, cc_span(signature.b, signature.len), err);
}

int cc_secret_token(const struct cc_secret_making *making, struct cc_secret_value *out,
		    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf payload = { 0 }, token = { 0 };

	out->from = making->now;
	if (making->entry->validity.seconds != 0)
		out->until = making->now + (int64_t)making->entry->validity.seconds;
	CC_TRY(make_payload(making, out->until, &payload, err));
	CC_TRY(cc_base64url_add(&token, cc_span_str(header), err));
	CC_TRY(cc_buf_add_u8(&token, '.', err));
	CC_TRY(cc_base64url_add(&token, cc_buf_span(&payload), err));
	CC_TRY(add_signature(making, &token, err));
	return cc_secret_from(cc_buf_span(&token), &out->bytes, err);
}
