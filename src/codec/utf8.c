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

#define EACH 0x0101010101010101U
#define TOPS (EACH << 7)

/*
 * Is each of the eight bytes from 0x20 to 0x7e, or a line feed? With the top bit of a byte clear,
 * adding 0x80 - n sets it exactly when the byte is at least n, and no carry leaves the byte.
 */
static bool is_printable(const uint8_t *at)
{
	uint64_t word = 0, low = 0, bad = 0, other = 0;

	memcpy(&word, at, sizeof(word));
	low = word & ~TOPS;
	bad = word | ~(low + EACH * (0x80 - ' ')) | (low + EACH * (0x80 - 0x7f));
	other = (low ^ EACH * '\n') + EACH * 0x7f; /* top bit: it is no line feed */
	return (bad & (other | word) & TOPS) == 0;
}

size_t cc_ascii_len(struct cc_span at)
{
	size_t i = 0;

	while (i < at.len) {
		if (at.len - i >= sizeof(uint64_t) && is_printable(at.at + i))
			i += sizeof(uint64_t);
		else if ((at.at[i] >= ' ' && at.at[i] < 0x7f) || at.at[i] == '\n')
			i++;
		else
			break;
	}
	return i;
}

bool cc_utf8_is_valid(struct cc_span text)
{
	size_t len = 1;

	for (size_t i = cc_ascii_len(text); i < text.len;
	     i += len, i += cc_ascii_len(cc_span_sub(text, i, text.len)))
		if (cc_utf8_front(cc_span_sub(text, i, text.len), &len) == CC_NOT_UTF8)
			return false;
	return true;
}
