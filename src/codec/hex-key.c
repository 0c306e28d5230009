/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/hex-key.h"

#include "base/dir.h"
#include "codec/text.h"

static int parse_key(const char *path, struct cc_span text, struct cc_secret **out,
		     struct cc_err *err)
{
	CC_WIPED(bytes, CC_HEX_KEY_LEN);

	if (text.len > 0 && text.at[text.len - 1] == '\n')
		text.len--;
	if (cc_hex_parse_fixed(text, "the key", CC_MUT(bytes), err) != 0)
		return cc_wrap(err, "key file '%s'", path);
	return cc_secret_from(CC_SPAN(bytes), out, err);
}

static int make_key(const char *path, struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_secret_random(CC_HEX_KEY_LEN, &key, err));
	CC_TRY(cc_hex_add(&text, cc_secret_span(key), err));
	CC_TRY(cc_buf_add_u8(&text, '\n', err));
	if (cc_file_write(path, 0600, cc_buf_span(&text), err) != 0)
		return cc_wrap(err, "key file");
	*out = CC_TAKE(key);
	return 0;
}

int cc_hex_key_read(const char *path, struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (cc_file_read_private(path, 1024, &text, err) != 0)
		return cc_wrap(err, "key file");
	return parse_key(path, cc_buf_span(&text), out, err);
}

int cc_hex_key_open(const char *path, struct cc_secret **out, struct cc_err *err)
{
	struct cc_err why = { 0 };

	if (cc_hex_key_read(path, out, &why) == 0)
		return 0;
	if (why.code == CC_E_NOTFOUND)
		return make_key(path, out, err);
	*err = why;
	return -1;
}
