/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets come as base64, so the characters are computed and not looked up: no
 * memory access and no branch depends on the content. Only the verdict does,
 * and errors do not quote the text.
 */
#include "codec/text.h"

/* What tells the two alphabets apart: the characters of 62 and 63, and padding. */
struct variant {
	const char *name;
	unsigned int c62, c63;
	bool padded;
};

static const struct variant standard = { "base64", '+', '/', true };
static const struct variant url = { "base64url", '-', '_', false };

/* All ones when a < b, for values below 2^31. */
static unsigned int below(unsigned int a, unsigned int b)
{
	return 0U - ((a - b) >> 31);
}

static unsigned int equal(unsigned int a, unsigned int b)
{
	return below(a ^ b, 1);
}

static unsigned int within(unsigned int c, unsigned int low, unsigned int high)
{
	return ~below(c, low) & below(c, high + 1U);
}

static uint8_t letter(const struct variant *v, unsigned int six)
{
	unsigned int c = (below(six, 26) & (six + 'A')) | (within(six, 26, 51) & (six - 26 + 'a')) |
			 (within(six, 52, 61) & (six - 52 + '0')) | (equal(six, 62) & v->c62) |
			 (equal(six, 63) & v->c63);

	return (uint8_t)c;
}

/* The six bits of a character, or all bits set. */
static unsigned int value_of(const struct variant *v, unsigned int c)
{
	unsigned int plus_one = (within(c, 'A', 'Z') & (c - 'A' + 1)) |
				(within(c, 'a', 'z') & (c - 'a' + 27)) |
				(within(c, '0', '9') & (c - '0' + 53)) | (equal(c, v->c62) & 63U) |
				(equal(c, v->c63) & 64U);

	return plus_one - 1U;
}

static int add(const struct variant *v, struct cc_buf *out, struct cc_span bytes,
	       struct cc_err *err)
{
	size_t rest = bytes.len % 3, full = bytes.len / 3 * 4;
	size_t len = full + (rest == 0 ? 0 : v->padded ? 4 : rest + 1);
	struct cc_mut room = { 0 };

	if (bytes.len > CC_BUF_MAX / 2)
		return cc_fail(err, CC_E_TOOBIG, "write %zu bytes as %s: over %zu", bytes.len,
			       v->name, CC_BUF_MAX / 2);
	CC_TRY(cc_buf_extend(out, len, &room, err));
	for (size_t i = 0; i < len; i++) {
		size_t from = i / 4 * 3;
		unsigned int three = (unsigned int)bytes.at[from] << 16;

		if (i >= full && i - full > rest) {
			room.at[i] = '=';
			continue;
		}
		if (from + 1 < bytes.len)
			three |= (unsigned int)bytes.at[from + 1] << 8;
		if (from + 2 < bytes.len)
			three |= bytes.at[from + 2];
		room.at[i] = letter(v, three >> (18 - 6 * (i % 4)) & 63U);
	}
	return 0;
}

/* The number of characters without padding; text whose padding is wrong has a length mod 4 of 1. */
static size_t unpadded(const struct variant *v, struct cc_span text)
{
	size_t pads = 0;

	if (!v->padded)
		return text.len;
	while (pads < 2 && pads < text.len && text.at[text.len - 1 - pads] == '=')
		pads++;
	if (text.len % 4 != 0 || (pads != 0 && (4 - (text.len - pads) % 4) % 4 != pads))
		return 1;
	return text.len - pads;
}

/* False for another character, or for bits set that no byte takes. */
static bool decode(const struct variant *v, struct cc_span text, struct cc_mut out)
{
	unsigned int seen = 0, bits = 0, have = 0;
	size_t at = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned int six = value_of(v, text.at[i]);

		seen |= six;
		bits = bits << 6 | (six & 63U);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out.at[at++] = (uint8_t)(bits >> have);
			bits &= (1U << have) - 1U;
		}
	}
	return (seen & 64U) == 0 && bits == 0;
}

static int parse(const struct variant *v, struct cc_span text, struct cc_buf *out,
		 struct cc_err *err)
{
	size_t len = unpadded(v, text);
	struct cc_mut room = { 0 };

	if (len % 4 == 1)
		return cc_fail(err, CC_E_ARG, "%s text of %zu characters is cut or wrongly padded",
			       v->name, text.len);
	CC_TRY(cc_buf_extend(out, len / 4 * 3 + len % 4 * 3 / 4, &room, err));
	if (decode(v, cc_span(text.at, len), room))
		return 0;
	memset(room.at, 0, room.len);
	out->len -= room.len;
	return cc_fail(err, CC_E_ARG, "text is not %s", v->name);
}

int cc_base64_add(struct cc_buf *out, struct cc_span bytes, struct cc_err *err)
{
	return add(&standard, out, bytes, err);
}

int cc_base64_parse(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	return parse(&standard, text, out, err);
}

int cc_base64url_add(struct cc_buf *out, struct cc_span bytes, struct cc_err *err)
{
	return add(&url, out, bytes, err);
}

int cc_base64url_parse(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	return parse(&url, text, out, err);
}
