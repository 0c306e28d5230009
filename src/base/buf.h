/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing run of bytes with a hard maximum.
 *
 * A zeroed cc_buf is empty and has the maximum CC_BUF_MAX. Growing wipes the
 * memory it leaves and clearing wipes all of it, so a buffer may carry what a
 * secret passed through. Strings in a buffer are not terminated; cc_buf_str
 * gives a terminated view.
 */
#ifndef CC_BASE_BUF_H
#define CC_BASE_BUF_H

#include "base/span.h"

#define CC_BUF_MAX ((size_t)64 * 1024 * 1024)

struct cc_buf {
	uint8_t *at;
	size_t len;
	size_t room;
	size_t max; /* 0: CC_BUF_MAX */
};

#define CC_AUTO_BUF CC_CLEANUP(cc_buf_clear)

void cc_buf_clear(struct cc_buf *buf) CC_NONNULL;
/* Forget the content (wiped), keep the memory. */
void cc_buf_reset(struct cc_buf *buf) CC_NONNULL;
/* Make room for `more` bytes behind the end. Fails with CC_E_TOOBIG over the maximum. */
int cc_buf_reserve(struct cc_buf *buf, size_t more, struct cc_err *err) CC_MUST CC_NONNULL;
/* Add `len` bytes of unspecified content and return them: valid until the next change. */
int cc_buf_extend(struct cc_buf *buf, size_t len, struct cc_mut *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_buf_add(struct cc_buf *buf, struct cc_span bytes, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_buf_add_str(struct cc_buf *buf, const char *text, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_buf_addf(struct cc_buf *buf, struct cc_err *err, const char *fmt, ...) CC_MUST CC_NONNULL
	CC_PRINTF(3, 4);
int cc_buf_add_u8(struct cc_buf *buf, uint8_t value, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_buf_add_u16le(struct cc_buf *buf, uint16_t value, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_buf_add_u32le(struct cc_buf *buf, uint32_t value, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_buf_add_u64le(struct cc_buf *buf, uint64_t value, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_buf_add_u16be(struct cc_buf *buf, uint16_t value, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_buf_add_u32be(struct cc_buf *buf, uint32_t value, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_buf_add_u64be(struct cc_buf *buf, uint64_t value, struct cc_err *err) CC_MUST CC_NONNULL;
/* A u32be length, then the bytes: what cc_read_sized reads. */
int cc_buf_add_sized(struct cc_buf *buf, struct cc_span bytes,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* The bytes as a terminated string, valid until the next change. */
int cc_buf_str(struct cc_buf *buf, const char **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Give the content away as a terminated, malloc'd string; the buffer is empty afterwards. */
int cc_buf_take_str(struct cc_buf *buf, char **out, struct cc_err *err) CC_MUST CC_NONNULL;

static inline struct cc_span cc_buf_span(const struct cc_buf *buf)
{
	return cc_span(buf->at, buf->len);
}

#endif
