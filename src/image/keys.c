/* SPDX-License-Identifier: Apache-2.0 */
#include "image/keys-internal.h"

#include "base/dir.h"
#include "codec/text.h"
#include "crypto/kdf.h"

#define FORMAT 1

/* 64 digits and a newline: a key that people can carry, in a file that nobody else reads. */
static int parse_key(const char *path, struct cc_span text, struct cc_secret **out,
		     struct cc_err *err)
{
	CC_WIPED(bytes, CC_IMAGE_KEY_LEN);

	if (text.len > 0 && text.at[text.len - 1] == '\n')
		text.len--;
	if (cc_hex_parse_fixed(text, "image key", CC_MUT(bytes), err) != 0)
		return cc_wrap(err, "key file '%s'", path);
	return cc_secret_from(CC_SPAN(bytes), out, err);
}

static int make_key(const char *path, struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_secret_random(CC_IMAGE_KEY_LEN, &key, err));
	CC_TRY(cc_hex_add(&text, cc_secret_span(key), err));
	CC_TRY(cc_buf_add_u8(&text, '\n', err));
	if (cc_file_write(path, 0600, cc_buf_span(&text), err) != 0)
		return cc_wrap(err, "key file");
	*out = CC_TAKE(key);
	return 0;
}

int cc_image_key_read(const char *path, struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (cc_file_read(path, 1024, &text, err) != 0)
		return cc_wrap(err, "key file");
	return parse_key(path, cc_buf_span(&text), out, err);
}

int cc_image_key_open(const char *path, struct cc_secret **out, struct cc_err *err)
{
	struct cc_err why = { 0 };

	if (path == NULL)
		return cc_secret_random(CC_IMAGE_KEY_LEN, out, err);
	if (cc_image_key_read(path, out, &why) == 0)
		return 0;
	if (why.code == CC_E_NOTFOUND)
		return make_key(path, out, err);
	*err = why;
	return -1;
}

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
		       CC_IMAGE_KEY_LEN, out, err);
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
