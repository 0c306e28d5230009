/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: claims of the policy, signed with ES384. */
#include "base/str.h"
#include "codec/json.h"
#include "codec/jws.h"
#include "secret/substitute.h"
#include "secret/value-internal.h"

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

static int find_signer(const struct cc_secret_making *making, struct cc_key **out,
		       struct cc_err *err)
{
	CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;

	CC_TRY(cc_secret_find_key(making->others, making->entry->signer, "signer", &pair, err));
	if (cc_keypair_kind(pair) != CC_KEYPAIR_P384)
		return cc_fail(err, CC_E_ARG, "signer '%.128s' is no P-384 key",
			       making->entry->signer);
	return cc_keypair_signer(pair, out, err);
}

int cc_secret_token(const struct cc_secret_making *making, struct cc_secret_value *out,
		    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf payload = { 0 }, token = { 0 };
	CC_AUTO_KEY struct cc_key *key = NULL;

	out->from = making->now;
	if (making->entry->validity.seconds != 0)
		out->until = making->now + (int64_t)making->entry->validity.seconds;
	CC_TRY(find_signer(making, &key, err));
	CC_TRY(make_payload(making, out->until, &payload, err));
	CC_TRY(cc_jws_add(key, cc_buf_span(&payload), &token, err));
	return cc_secret_from(cc_buf_span(&token), &out->bytes, err);
}
