/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base58Check: version ‖ payload ‖ SHA-256(SHA-256(version ‖ payload))[0:4] as
 * one big number to the base 58, each leading zero byte as a '1'. The
 * conversion is quadratic, hence the small maximum.
 */
#include "codec/text.h"

#define CHECK 4
#define BYTES_MAX (1 + CC_BASE58_PAYLOAD_MAX + CHECK)
#define CHARS_MAX (BYTES_MAX * 138 / 100 + 1) /* log 256 / log 58 < 1.38 */

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

static int checksum(struct cc_span bytes, uint8_t out[static CHECK], struct cc_err *err)
{
	struct cc_digest once = { 0 }, twice = { 0 };

	CC_TRY(cc_sha256(bytes, &once, err));
	CC_TRY(cc_sha256(CC_DIGEST_SPAN(once), &twice, err));
	memcpy(out, twice.b, CHECK);
	return 0;
}

/*
 * Write the number `from` (big-endian digits to base `from_base`) with digits to
 * base `to_base` at the end of `to`; return how many digits it took.
 */
static size_t convert(struct cc_span from, unsigned int from_base, struct cc_mut to,
		      unsigned int to_base)
{
	size_t used = 0;

	for (size_t i = 0; i < from.len; i++) {
		unsigned int carry = from.at[i];

		for (size_t j = 0; j < used || carry != 0; j++) {
			uint8_t *place = &to.at[to.len - 1 - j];

			if (j == used)
				*place = 0;
			carry += *place * from_base;
			*place = (uint8_t)(carry % to_base);
			carry /= to_base;
			used = j < used ? used : j + 1;
		}
	}
	return used;
}

static size_t leading(struct cc_span digits)
{
	size_t count = 0;

	while (count < digits.len && digits.at[count] == 0)
		count++;
	return count;
}

int cc_base58check_add(struct cc_buf *out, uint8_t version, struct cc_span payload,
		       struct cc_err *err)
{
	uint8_t bytes[BYTES_MAX] = { version }, digits[CHARS_MAX];
	struct cc_span whole = { bytes, 1 + payload.len + CHECK };
	struct cc_mut room = { 0 };
	size_t zeroes = 0, used = 0;

	if (payload.len > CC_BASE58_PAYLOAD_MAX)
		return cc_fail(err, CC_E_TOOBIG, "write %zu bytes as base58: over %d", payload.len,
			       CC_BASE58_PAYLOAD_MAX);
	if (payload.len != 0)
		memcpy(bytes + 1, payload.at, payload.len);
	CC_TRY(checksum(cc_span(bytes, 1 + payload.len), bytes + 1 + payload.len, err));
	zeroes = leading(whole);
	used = convert(whole, 256, CC_MUT(digits), 58);
	CC_TRY(cc_buf_extend(out, zeroes + used, &room, err));
	memset(room.at, alphabet[0], zeroes);
	for (size_t i = 0; i < used; i++)
		room.at[zeroes + i] = (uint8_t)alphabet[digits[CHARS_MAX - used + i]];
	return 0;
}

/* The characters as numbers below 58. */
static int digits_of(struct cc_span text, uint8_t *out, struct cc_err *err)
{
	if (text.len == 0 || text.len > CHARS_MAX)
		return cc_fail(err, CC_E_ARG, "base58 text has %zu characters, not 1 to %d",
			       text.len, CHARS_MAX);
	for (size_t i = 0; i < text.len; i++) {
		const char *found = memchr(alphabet, text.at[i], sizeof(alphabet) - 1);

		if (found == NULL)
			return cc_fail(err, CC_E_ARG, "character %zu of the text is not base58",
				       i + 1);
		out[i] = (uint8_t)(found - alphabet);
	}
	return 0;
}

int cc_base58check_parse(struct cc_span text, uint8_t *version, struct cc_buf *payload,
			 struct cc_err *err)
{
	uint8_t digits[CHARS_MAX], room[CHARS_MAX + CHARS_MAX], check[CHECK];
	size_t zeroes = 0, used = 0, len = 0;
	uint8_t *bytes = NULL;

	CC_TRY(digits_of(text, digits, err));
	zeroes = leading(cc_span(digits, text.len));
	used = convert(cc_span(digits, text.len), 58, CC_MUT(room), 256);
	len = zeroes + used;
	if (len < 1 + CHECK || len > BYTES_MAX)
		return cc_fail(err, CC_E_ARG, "base58 text of %zu characters is %s", text.len,
			       len < 1 + CHECK ? "too short for its checksum" : "too long");
	bytes = room + sizeof(room) - len;
	memset(bytes, 0, zeroes);
	CC_TRY(checksum(cc_span(bytes, len - CHECK), check, err));
	if (memcmp(check, bytes + len - CHECK, CHECK) != 0)
		return cc_fail(err, CC_E_ARG, "base58 text has a wrong checksum: mistyped or cut");
	CC_TRY(cc_buf_add(payload, cc_span(bytes + 1, len - 1 - CHECK), err));
	*version = bytes[0];
	return 0;
}
