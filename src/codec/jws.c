/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jws.h"

#include "codec/text.h"

typedef int sign_fn(const struct cc_key *key, struct cc_span message, struct cc_signature *out,
		    struct cc_err *err);

static const struct algorithm {
	const char *header;
	sign_fn *sign; /* of ECDSA the raw form, r and s */
} algorithms[] = {
	[CC_KEY_ED25519] = { "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", cc_sign },
	[CC_KEY_P256] = { "{\"alg\":\"ES256\",\"typ\":\"JWT\"}", cc_sign_raw },
	[CC_KEY_P384] = { "{\"alg\":\"ES384\",\"typ\":\"JWT\"}", cc_sign_raw },
};

int cc_jws_add(const struct cc_key *key, struct cc_span payload, struct cc_buf *out,
	       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const struct algorithm *algorithm = &algorithms[cc_key_kind(key)];
	struct cc_signature signature = { 0 };

	if (algorithm->sign == NULL)
		return cc_fail(err, CC_E_UNSUPPORTED, "a token cannot be signed by such a key");
	CC_TRY(cc_base64url_add(&text, cc_span_str(algorithm->header), err));
	CC_TRY(cc_buf_add_u8(&text, '.', err));
	CC_TRY(cc_base64url_add(&text, payload, err));
	CC_TRY(algorithm->sign(key, cc_buf_span(&text), &signature, err));
	CC_TRY(cc_buf_add_u8(&text, '.', err));
	CC_TRY(cc_base64url_add(&text, cc_span(signature.b, signature.len), err));
	return cc_buf_add(out, cc_buf_span(&text), err);
}
