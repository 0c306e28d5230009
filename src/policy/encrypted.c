/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/encrypted.h"

#define INFO "concordat encrypted policy 1"
#define OVERHEAD (CC_HPKE_KEY_LEN + CC_HPKE_TAG_LEN)

int cc_encrypted_policy_make(const struct cc_hpke_public *to, struct cc_span document,
			     struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf sealed = { .max = CC_ENCRYPTED_POLICY_MAX + OVERHEAD };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_hpke_seal_to(to, cc_span_str(INFO), CC_SPAN(to->b), document, &sealed, err));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_base64(json, "encrypted", cc_buf_span(&sealed), err));
	CC_TRY(cc_json_set_hex(json, "to", CC_SPAN(to->b), err));
	*out = CC_TAKE(json);
	return 0;
}

static int open_for(const struct cc_hpke_key *key, const struct cc_json *json, struct cc_buf *out,
		    struct cc_err *err)
{
	static const char *const known[] = { "encrypted", "to" };
	const struct cc_hpke_public *ours = cc_hpke_key_public(key);
	CC_AUTO_BUF struct cc_buf sealed = { .max = CC_ENCRYPTED_POLICY_MAX + OVERHEAD };
	struct cc_hpke_public to = { 0 };

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_hex(json, "to", CC_MUT(to.b), err));
	CC_TRY(cc_json_get_base64(json, "encrypted", sealed.max, &sealed, err));
	if (memcmp(to.b, ours->b, sizeof(to.b)) != 0) {
		cc_err_set(err, CC_E_DENIED, "it is for another CAS");
		return cc_hint(err, "its owner encrypts it for this one: concordat policy encrypt");
	}
	return cc_hpke_open_with(key, cc_span_str(INFO), CC_SPAN(to.b), cc_buf_span(&sealed), out,
				 err);
}

int cc_encrypted_policy_open(const struct cc_hpke_key *key, const struct cc_json *json,
			     struct cc_buf *out, struct cc_err *err)
{
	if (open_for(key, json, out, err) != 0)
		return cc_wrap(err, "an encrypted policy");
	return 0;
}
