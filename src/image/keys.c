/* SPDX-License-Identifier: Apache-2.0 */
#include "image/keys-internal.h"

#include "crypto/kdf.h"

#define FORMAT 1

int cc_image_key_derive(const struct cc_secret *image_key, const struct cc_image_input *input,
			struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_digest salt = { 0 };

	CC_TRY(cc_buf_add_str(&text, "concordat image salt 1", err));
	CC_TRY(cc_buf_add_u32be(&text, FORMAT, err));
	CC_TRY(cc_buf_add(&text, CC_DIGEST_SPAN(input->content), err));
	CC_TRY(cc_buf_add(&text, CC_DIGEST_SPAN(input->calls), err));
	CC_TRY(cc_buf_add(&text, CC_DIGEST_SPAN(input->options), err));
	CC_TRY(cc_hmac_sha256(cc_secret_span(image_key), cc_buf_span(&text), &salt, err));
	return cc_hkdf(image_key, CC_DIGEST_SPAN(salt), cc_span_str("concordat image key 1"),
		       CC_HEX_KEY_LEN, out, err);
}

int cc_image_names_derive(const struct cc_secret *key, struct cc_image_names *out,
			  struct cc_err *err)
{
	CC_WIPED(bytes, 64);

	CC_TRY(cc_hkdf_expand(cc_secret_span(key), cc_span_str("concordat image volume 1"),
			      CC_MUT(bytes), err));
	CC_TRY(cc_secret_from(cc_span(bytes + 32, 32), &out->epoch_key, err));
	memcpy(out->id.b, bytes, sizeof(out->id.b));
	memcpy(out->state.b, bytes + 16, sizeof(out->state.b));
	return 0;
}

void cc_image_names_clear(struct cc_image_names *names)
{
	cc_secret_free(names->epoch_key);
	names->epoch_key = NULL;
}

int cc_image_content_salt(const struct cc_secret *image_key, const struct cc_digest *content,
			  struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_buf_add_str(&text, "concordat image content salt 1", err));
	CC_TRY(cc_buf_add(&text, CC_DIGEST_SPAN(*content), err));
	return cc_hmac_sha256(cc_secret_span(image_key), cc_buf_span(&text), out, err);
}
