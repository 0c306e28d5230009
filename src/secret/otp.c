/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/otp.h"

#include "codec/text.h"

#define SKEW UINT64_C(1) /* steps */

int cc_otp_secret_from_text(struct cc_span text, struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 }, bytes = { 0 };

	for (size_t i = 0; i < text.len && text.at[i] != '='; i++) {
		uint8_t c = text.at[i];

		if (c == ' ')
			continue;
		CC_TRY(cc_buf_add_u8(&plain, c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c, err));
	}
	if (cc_base32_parse(cc_buf_span(&plain), &bytes, err) != 0)
		return cc_wrap(err, "the shared secret of one-time passwords");
	if (bytes.len < CC_OTP_SECRET_LEAST)
		return cc_fail(err, CC_E_ARG,
			       "the shared secret of one-time passwords has %zu bytes and not at "
			       "least %d",
			       bytes.len, CC_OTP_SECRET_LEAST);
	return cc_secret_from(cc_buf_span(&bytes), out, err);
}

/* RFC 4226 5.3. */
static int password_of(const struct cc_secret *secret, uint64_t step, char out[static 8],
		       struct cc_err *err)
{
	struct cc_digest20 mac = { 0 };
	uint8_t counter[8];
	size_t at = 0;
	uint32_t number = 0;

	for (size_t i = 0; i < sizeof(counter); i++)
		counter[i] = (uint8_t)(step >> (56 - 8 * i));
	CC_TRY(cc_hmac_sha1(cc_secret_span(secret), CC_SPAN(counter), &mac, err));
	at = mac.b[19] & 15;
	number = ((uint32_t)(mac.b[at] & 127) << 24) | ((uint32_t)mac.b[at + 1] << 16) |
		 ((uint32_t)mac.b[at + 2] << 8) | mac.b[at + 3];
	(void)snprintf(out, 8, "%06u", (unsigned int)(number % 1000000));
	return 0;
}

int cc_otp_check(const struct cc_secret *secret, struct cc_span password, int64_t now,
		 uint64_t *step, struct cc_err *err)
{
	uint64_t present = (uint64_t)(now < 0 ? 0 : now) / CC_OTP_STEP, found = 0;
	bool is_found = false;

	for (uint64_t i = 0; i <= 2 * SKEW && password.len == CC_OTP_DIGITS; i++) {
		uint64_t at = present + i < SKEW ? 0 : present + i - SKEW;
		char expected[8];

		CC_TRY(password_of(secret, at, expected, err));
		if (!cc_bytes_equal(expected, password.at, CC_OTP_DIGITS))
			continue;
		found = at;
		is_found = true;
	}
	if (!is_found)
		return cc_fail(err, CC_E_DENIED,
			       "The given One-time Password is invalid. Please try again.");
	*step = found;
	return 0;
}
