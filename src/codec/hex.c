/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys are written as hexadecimal too, so neither direction looks a character
 * up in a table: which cache line was read would tell a neighbour the key.
 */
#include "codec/text.h"

static char digit(unsigned int value)
{
	/* '0' + value, and 39 more ('a' - '0' - 10) when value is over 9. */
	return (char)('0' + value + (((9U - value) >> 8) & 39U));
}

static void encode(struct cc_span bytes, char *out)
{
	for (size_t i = 0; i < bytes.len; i++) {
		out[2 * i] = digit(bytes.at[i] >> 4);
		out[2 * i + 1] = digit(bytes.at[i] & 15U);
	}
}

/* All ones when low <= c <= high, else zero. */
static unsigned int within(unsigned int c, unsigned int low, unsigned int high)
{
	return ((low - 1U - c) & (c - high - 1U)) >> 8;
}

/* The value of a digit, or a number over 15. */
static unsigned int value_of(unsigned int c)
{
	unsigned int number = within(c, '0', '9') & (c - '0' + 1U);
	unsigned int letter = within(c | 32U, 'a', 'f') & ((c | 32U) - 'a' + 11U);

	return (number | letter) - 1U;
}

static bool decode(struct cc_span text, uint8_t *out)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < text.len / 2; i++) {
		unsigned int high = value_of(text.at[2 * i]), low = value_of(text.at[2 * i + 1]);

		seen |= high | low;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return seen <= 15U;
}

int cc_hex_add(struct cc_buf *out, struct cc_span bytes, struct cc_err *err)
{
	struct cc_mut room = { 0 };

	if (bytes.len > CC_BUF_MAX / 2)
		return cc_fail(err, CC_E_TOOBIG, "write %zu bytes as hexadecimal: over %zu",
			       bytes.len, CC_BUF_MAX / 2);
	CC_TRY(cc_buf_extend(out, bytes.len * 2, &room, err));
	encode(bytes, (char *)room.at);
	return 0;
}

void cc_hex_digest(const struct cc_digest *digest, char out[static CC_HEX_DIGEST])
{
	encode(CC_DIGEST_SPAN(*digest), out);
	out[CC_HEX_DIGEST - 1] = '\0';
}

int cc_hex_parse(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	struct cc_mut room = { 0 };

	if (text.len % 2 != 0)
		return cc_fail(err, CC_E_ARG, "hexadecimal text has an odd count of digits, %zu",
			       text.len);
	CC_TRY(cc_buf_extend(out, text.len / 2, &room, err));
	if (decode(text, room.at))
		return 0;
	out->len -= room.len;
	return cc_fail(err, CC_E_ARG, "text is not hexadecimal");
}

int cc_hex_parse_fixed(struct cc_span text, const char *what, struct cc_mut out, struct cc_err *err)
{
	if (text.len != out.len * 2)
		return cc_fail(err, CC_E_ARG, "%s has %zu characters instead of %zu hex digits",
			       what, text.len, out.len * 2);
	if (decode(text, out.at))
		return 0;
	memset(out.at, 0, out.len);
	return cc_fail(err, CC_E_ARG, "%s is not hexadecimal", what);
}
