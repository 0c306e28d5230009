/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cbor.h"

int cc_cbor_add_head(struct cc_buf *out, enum cc_cbor_type type, uint64_t value, struct cc_err *err)
{
	uint8_t major = (uint8_t)(type << 5);
	size_t len = 1, info = 24;

	if (value < 24)
		return cc_buf_add_u8(out, (uint8_t)(major | value), err);
	while (len < 8 && value >> (8 * len) != 0) {
		len *= 2;
		info++;
	}
	CC_TRY(cc_buf_add_u8(out, (uint8_t)(major | info), err));
	for (size_t i = len; i > 0; i--)
		CC_TRY(cc_buf_add_u8(out, (uint8_t)(value >> (8 * (i - 1))), err));
	return 0;
}

int cc_cbor_add_integer(struct cc_buf *out, int64_t value, struct cc_err *err)
{
	if (value >= 0)
		return cc_cbor_add_head(out, CC_CBOR_UNSIGNED, (uint64_t)value, err);
	return cc_cbor_add_head(out, CC_CBOR_NEGATIVE, (uint64_t)(-1 - value), err);
}

int cc_cbor_add_bytes(struct cc_buf *out, struct cc_span bytes, struct cc_err *err)
{
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_BYTES, bytes.len, err));
	return cc_buf_add(out, bytes, err);
}

int cc_cbor_add_text(struct cc_buf *out, const char *text, struct cc_err *err)
{
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_TEXT, strlen(text), err));
	return cc_buf_add_str(out, text, err);
}
