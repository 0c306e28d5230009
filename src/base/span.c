/* SPDX-License-Identifier: Apache-2.0 */
#include "base/span.h"

struct cc_span cc_span_str(const char *text)
{
	return cc_span(text, strlen(text));
}

bool cc_span_eq(struct cc_span a, struct cc_span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool cc_span_eq_str(struct cc_span a, const char *text)
{
	return cc_span_eq(a, cc_span_str(text));
}

bool cc_span_is_zero(struct cc_span a)
{
	/* Each byte is the one after it, and the first is zero: libc compares many at once. */
	return a.len == 0 || (a.at[0] == 0 && memcmp(a.at, a.at + 1, a.len - 1) == 0);
}

size_t cc_span_find(struct cc_span a, const char *text)
{
	/* An empty range may have no place, and memmem wants one. */
	const uint8_t *found = a.len == 0 ? NULL : memmem(a.at, a.len, text, strlen(text));

	return found == NULL ? a.len : (size_t)(found - a.at);
}

struct cc_span cc_span_sub(struct cc_span a, size_t at, size_t len)
{
	if (at >= a.len)
		return cc_span(NULL, 0);
	return cc_span(a.at + at, len < a.len - at ? len : a.len - at);
}

bool cc_bytes_equal(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t differs = 0;

	for (size_t i = 0; i < len; i++)
		differs |= (uint8_t)(x[i] ^ y[i]);
	return differs == 0;
}

int cc_read_span(struct cc_reader *r, size_t len, const char *what, struct cc_span *out,
		 struct cc_err *err)
{
	if (r->rest.len < len)
		return cc_fail(err, CC_E_ARG, "%s needs %zu bytes, %zu left", what, len,
			       r->rest.len);
	*out = cc_span(r->rest.at, len);
	r->rest = cc_span(r->rest.at + len, r->rest.len - len);
	return 0;
}

/* An unsigned number of `len` bytes, most significant first or last. */
static int read_number(struct cc_reader *r, size_t len, bool big, const char *what, uint64_t *out,
		       struct cc_err *err)
{
	struct cc_span bytes = { 0 };
	uint64_t value = 0;

	CC_TRY(cc_read_span(r, len, what, &bytes, err));
	for (size_t i = 0; i < len; i++)
		value = value << 8 | bytes.at[big ? i : len - 1 - i];
	*out = value;
	return 0;
}

#define DEFINE_READ(name, type, big)                                                   \
	int name(struct cc_reader *r, const char *what, type *out, struct cc_err *err) \
	{                                                                              \
		uint64_t value = 0;                                                    \
                                                                                       \
		CC_TRY(read_number(r, sizeof(type), big, what, &value, err));          \
		*out = (type)value;                                                    \
		return 0;                                                              \
	}

DEFINE_READ(cc_read_u8, uint8_t, true)
DEFINE_READ(cc_read_u16le, uint16_t, false)
DEFINE_READ(cc_read_u32le, uint32_t, false)
DEFINE_READ(cc_read_u64le, uint64_t, false)
DEFINE_READ(cc_read_u16be, uint16_t, true)
DEFINE_READ(cc_read_u32be, uint32_t, true)
DEFINE_READ(cc_read_u64be, uint64_t, true)

int cc_read_copy(struct cc_reader *r, const char *what, struct cc_mut out, struct cc_err *err)
{
	struct cc_span bytes = { 0 };

	CC_TRY(cc_read_span(r, out.len, what, &bytes, err));
	if (out.len != 0)
		memcpy(out.at, bytes.at, out.len);
	return 0;
}

int cc_read_sized(struct cc_reader *r, size_t max, const char *what, struct cc_span *out,
		  struct cc_err *err)
{
	uint32_t len = 0;

	CC_TRY(cc_read_u32be(r, what, &len, err));
	if (len > max)
		return cc_fail(err, CC_E_TOOBIG, "%s is %u bytes long, the maximum is %zu", what,
			       len, max);
	return cc_read_span(r, len, what, out, err);
}

int cc_read_end(const struct cc_reader *r, const char *what, struct cc_err *err)
{
	if (r->rest.len != 0)
		return cc_fail(err, CC_E_ARG, "%s has %zu bytes too many", what, r->rest.len);
	return 0;
}
