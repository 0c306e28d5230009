/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/der.h"

static int too_short(const char *what, struct cc_err *err)
{
	return cc_fail(err, CC_E_EVIDENCE, "%s is cut short", what);
}

static int read_length(struct cc_reader *r, const char *what, size_t *out, struct cc_err *err)
{
	uint8_t first = 0, byte = 0;
	size_t len = 0;

	if (cc_read_u8(r, what, &first, err) != 0)
		return too_short(what, err);
	*out = first;
	if (first < 0x80)
		return 0;
	/* 0x80 is the indefinite form of BER; more than two bytes are no extension of ours. */
	if (first != 0x81 && first != 0x82)
		return cc_fail(err, CC_E_EVIDENCE, "length of %s is not in a form we read", what);
	for (int left = first - 0x80; left > 0; left--) {
		if (cc_read_u8(r, what, &byte, err) != 0)
			return too_short(what, err);
		len = len << 8 | byte;
	}
	if (len < (first == 0x81 ? 0x80u : 0x100u))
		return cc_fail(err, CC_E_EVIDENCE, "length of %s is not in its shortest form",
			       what);
	*out = len;
	return 0;
}

int cc_der_read(struct cc_reader *r, enum cc_der_tag tag, const char *what, struct cc_span *out,
		struct cc_err *err)
{
	struct cc_reader at = *r;
	uint8_t byte = 0;
	size_t len = 0;

	if (cc_read_u8(&at, what, &byte, err) != 0)
		return too_short(what, err);
	if (byte != tag)
		return cc_fail(err, CC_E_EVIDENCE, "%s has tag 0x%02x, not 0x%02x", what, byte,
			       (unsigned int)tag);
	CC_TRY(read_length(&at, what, &len, err));
	if (cc_read_span(&at, len, what, out, err) != 0)
		return too_short(what, err);
	*r = at;
	return 0;
}

int cc_der_read_whole(struct cc_reader *r, enum cc_der_tag tag, const char *what,
		      struct cc_span *whole, struct cc_span *out, struct cc_err *err)
{
	struct cc_span before = r->rest;

	CC_TRY(cc_der_read(r, tag, what, out, err));
	*whole = cc_span_sub(before, 0, before.len - r->rest.len);
	return 0;
}

int cc_der_read_sole(struct cc_span bytes, enum cc_der_tag tag, const char *what,
		     struct cc_span *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);

	CC_TRY(cc_der_read(&r, tag, what, out, err));
	if (r.rest.len != 0)
		return cc_fail(err, CC_E_EVIDENCE, "%zu bytes behind %s", r.rest.len, what);
	return 0;
}

bool cc_der_is_next(const struct cc_reader *r, enum cc_der_tag tag)
{
	return r->rest.len > 0 && r->rest.at[0] == tag;
}

int cc_der_read_number(struct cc_reader *r, enum cc_der_tag tag, const char *what, uint64_t max,
		       uint64_t *out, struct cc_err *err)
{
	struct cc_span content = { 0 };
	uint64_t value = 0;

	CC_TRY(cc_der_read(r, tag, what, &content, err));
	if (content.len == 0 || content.len > 9)
		return cc_fail(err, CC_E_EVIDENCE, "%s has %zu bytes", what, content.len);
	if ((content.at[0] & 0x80) != 0)
		return cc_fail(err, CC_E_EVIDENCE, "%s is negative", what);
	if (content.len > 1 && content.at[0] == 0 && (content.at[1] & 0x80) == 0)
		return cc_fail(err, CC_E_EVIDENCE, "%s is not in its shortest form", what);
	if (content.len == 9 && content.at[0] != 0)
		return cc_fail(err, CC_E_EVIDENCE, "%s is too large", what);
	for (size_t i = 0; i < content.len; i++)
		value = value << 8 | content.at[i];
	if (value > max)
		return cc_fail(err, CC_E_EVIDENCE, "%s is too large", what);
	*out = value;
	return 0;
}

int cc_der_read_bool(struct cc_reader *r, const char *what, bool *out, struct cc_err *err)
{
	struct cc_span content = { 0 };

	CC_TRY(cc_der_read(r, CC_DER_BOOLEAN, what, &content, err));
	if (content.len != 1 || (content.at[0] != 0 && content.at[0] != 0xff))
		return cc_fail(err, CC_E_EVIDENCE, "%s is neither true nor false", what);
	*out = content.at[0] == 0xff;
	return 0;
}
