/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyaml takes a NUL for the end, guesses UTF-16 and splits lines at U+2028:
 * three ways to show one text to a reviewer and another to the parser.
 */
#include "codec/yaml-internal.h"

#define NOT_UTF8 0xffffffffU

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
		return NOT_UTF8;
	c = at.at[0] & (uint8_t)~s->mask;
	for (size_t i = 1; i < s->len; i++) {
		if ((at.at[i] & 0xc0) != 0x80)
			return NOT_UTF8;
		c = c << 6 | (at.at[i] & 0x3fU);
	}
	return c < s->least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? NOT_UTF8 : c;
}

/* The character at the front of `at`, and how many bytes it takes. */
static uint32_t character(struct cc_span at, size_t *len)
{
	for (size_t i = 0; i < CC_COUNT(sequences); i++)
		if ((at.at[0] & sequences[i].mask) == sequences[i].lead) {
			*len = sequences[i].len;
			return decode(&sequences[i], at);
		}
	return NOT_UTF8;
}

static const char *refusal(uint32_t c, bool first)
{
	if (c == NOT_UTF8)
		return "not UTF-8";
	if (c == 0)
		return "a NUL character";
	if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') ||
	    (c >= 0x7f && c < 0xa0 && c != 0x85))
		return "a control character";
	if (c == 0x85 || c == 0x2028 || c == 0x2029)
		return "a line break that YAML 1.1 and 1.2 read differently";
	if ((c == 0xfeff && !first) || c == 0xfffe || c == 0xffff)
		return "a character that YAML does not allow";
	return NULL;
}

int cc_yaml_check_characters(struct cc_span text, struct cc_err *err)
{
	unsigned int line = 1, column = 1;
	size_t len = 1;

	for (size_t i = 0; i < text.len; i += len) {
		uint32_t c = character(cc_span_sub(text, i, text.len), &len);
		const char *reason = refusal(c, i == 0);

		if (reason != NULL)
			return cc_fail(err, CC_E_ARG, "yaml line %u column %u: %s", line, column,
				       reason);
		column++;
		if (c == '\n' || (c == '\r' && (i + 1 == text.len || text.at[i + 1] != '\n'))) {
			line++;
			column = 1;
		}
	}
	return 0;
}
