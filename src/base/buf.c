/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>

#include "base/secret.h"

static size_t maximum(const struct cc_buf *buf)
{
	return buf->max != 0 ? buf->max : CC_BUF_MAX;
}

void cc_buf_reset(struct cc_buf *buf)
{
	if (buf->at != NULL)
		cc_wipe(buf->at, buf->len);
	buf->len = 0;
}

void cc_buf_clear(struct cc_buf *buf)
{
	cc_buf_reset(buf);
	free(buf->at);
	buf->at = NULL;
	buf->room = 0;
}

/* realloc would leave a copy of the old bytes behind: move by hand and wipe. */
static int grow(struct cc_buf *buf, size_t room, struct cc_err *err)
{
	uint8_t *at = malloc(room);

	if (at == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu bytes", room);
	if (buf->at != NULL) {
		memcpy(at, buf->at, buf->len);
		cc_wipe(buf->at, buf->len);
		free(buf->at);
	}
	buf->at = at;
	buf->room = room;
	return 0;
}

int cc_buf_reserve(struct cc_buf *buf, size_t more, struct cc_err *err)
{
	size_t max = maximum(buf), room = buf->room;

	if (more > max || buf->len > max - more)
		return cc_fail(err, CC_E_TOOBIG, "%zu bytes are over the maximum of %zu",
			       buf->len + more, max);
	if (more <= buf->room - buf->len)
		return 0;
	room = room < 64 ? 64 : room;
	while (room - buf->len < more)
		room = room > max / 2 ? max : room * 2;
	return grow(buf, room, err);
}

int cc_buf_extend(struct cc_buf *buf, size_t len, struct cc_mut *out, struct cc_err *err)
{
	CC_TRY(cc_buf_reserve(buf, len, err));
	*out = (struct cc_mut){ buf->at + buf->len, len };
	buf->len += len;
	return 0;
}

int cc_buf_add(struct cc_buf *buf, struct cc_span bytes, struct cc_err *err)
{
	struct cc_mut room = { 0 };

	if (bytes.len == 0)
		return 0;
	CC_TRY(cc_buf_extend(buf, bytes.len, &room, err));
	memcpy(room.at, bytes.at, bytes.len);
	return 0;
}

int cc_buf_add_str(struct cc_buf *buf, const char *text, struct cc_err *err)
{
	return cc_buf_add(buf, cc_span_str(text), err);
}

int cc_buf_addf(struct cc_buf *buf, struct cc_err *err, const char *fmt, ...)
{
	va_list args, again;
	int len = 0;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0 || cc_buf_reserve(buf, (size_t)len + 1, err) != 0) {
		va_end(again);
		return len < 0 ? cc_fail(err, CC_E_BUG, "format '%s'", fmt) : -1;
	}
	(void)vsnprintf((char *)buf->at + buf->len, (size_t)len + 1, fmt, again);
	va_end(again);
	buf->len += (size_t)len;
	return 0;
}

/* `len` bytes of `value`, most significant first or last. */
static int add_number(struct cc_buf *buf, uint64_t value, size_t len, bool big, struct cc_err *err)
{
	struct cc_mut room = { 0 };

	CC_TRY(cc_buf_extend(buf, len, &room, err));
	for (size_t i = 0; i < len; i++)
		room.at[big ? len - 1 - i : i] = (uint8_t)(value >> (8 * i));
	return 0;
}

#define DEFINE_ADD(name, type, big)                                    \
	int name(struct cc_buf *buf, type value, struct cc_err *err)   \
	{                                                              \
		return add_number(buf, value, sizeof(type), big, err); \
	}

DEFINE_ADD(cc_buf_add_u8, uint8_t, true)
DEFINE_ADD(cc_buf_add_u16le, uint16_t, false)
DEFINE_ADD(cc_buf_add_u32le, uint32_t, false)
DEFINE_ADD(cc_buf_add_u64le, uint64_t, false)
DEFINE_ADD(cc_buf_add_u16be, uint16_t, true)
DEFINE_ADD(cc_buf_add_u32be, uint32_t, true)
DEFINE_ADD(cc_buf_add_u64be, uint64_t, true)

int cc_buf_add_sized(struct cc_buf *buf, struct cc_span bytes, struct cc_err *err)
{
	if (bytes.len > UINT32_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%zu bytes do not fit a 32-bit length", bytes.len);
	CC_TRY(cc_buf_add_u32be(buf, (uint32_t)bytes.len, err));
	return cc_buf_add(buf, bytes, err);
}

int cc_buf_str(struct cc_buf *buf, const char **out, struct cc_err *err)
{
	CC_TRY(cc_buf_reserve(buf, 1, err));
	buf->at[buf->len] = '\0';
	*out = (const char *)buf->at;
	return 0;
}

int cc_buf_take_str(struct cc_buf *buf, char **out, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_buf_str(buf, &text, err));
	*out = (char *)buf->at;
	*buf = (struct cc_buf){ .max = buf->max };
	return 0;
}
