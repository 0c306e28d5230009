/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"
#include "codec/utf8-internal.h"

struct sequence {
	uint8_t mask, lead; /* of the first byte */
	uint8_t len;
	uint32_t least; /* below it the sequence is overlong */
};

static const struct sequence sequences[] = {
	{ 0x80, 0x00, 1, 0 },
	{ 0xe0, 0xc0, 2, 0x80 },
	{ 0xf0, 0xe0, 3, 0x800 },
	{ 0xf8, 0xf0, 4, 0x10000 },
};

static uint32_t decode(const struct sequence *s, struct cc_span at)
{
	uint32_t c = 0;

	if (at.len < s->len)
		return CC_NOT_UTF8;
	c = at.at[0] & (uint8_t)~s->mask;
	for (size_t i = 1; i < s->len; i++) {
		if ((at.at[i] & 0xc0) != 0x80)
			return CC_NOT_UTF8;
		c = c << 6 | (at.at[i] & 0x3fU);
	}
	return c < s->least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? CC_NOT_UTF8 : c;
}

uint32_t cc_utf8_front(struct cc_span at, size_t *len)
{
	for (size_t i = 0; i < CC_COUNT(sequences); i++)
		if ((at.at[0] & sequences[i].mask) == sequences[i].lead) {
			*len = sequences[i].len;
			return decode(&sequences[i], at);
		}
	return CC_NOT_UTF8;
}

bool cc_utf8_is_valid(struct cc_span text)
{
	size_t len = 1;

	for (size_t i = 0; i < text.len; i += len)
		if (cc_utf8_front(cc_span_sub(text, i, text.len), &len) == CC_NOT_UTF8)
			return false;
	return true;
}
