/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"

/* RFC 4648, section 6. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* Characters that so many bytes of a last, short group take, and back. */
static const uint8_t chars_of[] = { 0, 2, 4, 5, 7 };

int cc_base32_add(struct cc_buf *out, struct cc_span bytes, bool padding, struct cc_err *err)
{
	size_t chars = 0, len = 0;
	struct cc_mut room = { 0 };

	if (bytes.len > CC_BUF_MAX / 2)
		return cc_fail(err, CC_E_TOOBIG, "write %zu bytes as base32: over %zu", bytes.len,
			       CC_BUF_MAX / 2);
	chars = bytes.len / 5 * 8 + chars_of[bytes.len % 5];
	len = padding ? (bytes.len + 4) / 5 * 8 : chars;
	CC_TRY(cc_buf_extend(out, len, &room, err));
	if (len > chars)
		memset(room.at + chars, '=', len - chars);
	for (size_t i = 0; i < chars; i++) {
		size_t byte = i * 5 / 8;
		unsigned int two = (unsigned int)bytes.at[byte] << 8;

		if (byte + 1 < bytes.len)
			two |= bytes.at[byte + 1];
		room.at[i] = (uint8_t)alphabet[two >> (11 - i * 5 % 8) & 31U];
	}
	return 0;
}

/* The number of characters before the padding, or -1 when neither form fits. */
static ptrdiff_t unpadded(struct cc_span text)
{
	size_t len = text.len;

	while (len > 0 && text.at[len - 1] == '=')
		len--;
	if (len != text.len && (text.len % 8 != 0 || text.len - len >= 8))
		return -1;
	for (size_t bytes = 0; bytes < CC_COUNT(chars_of); bytes++)
		if (len % 8 == chars_of[bytes])
			return (ptrdiff_t)len;
	return -1;
}

static bool decode(struct cc_span text, struct cc_mut out)
{
	unsigned int bits = 0, have = 0;
	size_t at = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *found = memchr(alphabet, text.at[i], sizeof(alphabet) - 1);

		if (found == NULL)
			return false;
		bits = bits << 5 | (unsigned int)(found - alphabet);
		have += 5;
		if (have >= 8) {
			have -= 8;
			out.at[at++] = (uint8_t)(bits >> have);
			bits &= (1U << have) - 1U;
		}
	}
	return bits == 0;
}

int cc_base32_parse(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	ptrdiff_t len = unpadded(text);
	struct cc_mut room = { 0 };

	if (len < 0)
		return cc_fail(err, CC_E_ARG,
			       "base32 text of %zu characters is cut or wrongly padded", text.len);
	CC_TRY(cc_buf_extend(out, (size_t)len * 5 / 8, &room, err));
	if (decode(cc_span(text.at, (size_t)len), room))
		return 0;
	out->len -= room.len;
	return cc_fail(err, CC_E_ARG, "text is not base32");
}
