/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes we may read and do not own. A pointer and its length travel together
 * from the socket to the parser: no function takes the two apart.
 */
#ifndef CC_BASE_SPAN_H
#define CC_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct cc_span {
	const uint8_t *at;
	size_t len;
};

/* Memory that a callee fills: the same, writable. */
struct cc_mut {
	uint8_t *at;
	size_t len;
};

#define CC_SPAN(array) ((struct cc_span){ (const uint8_t *)(array), sizeof(array) })
#define CC_MUT(array) ((struct cc_mut){ (uint8_t *)(array), sizeof(array) })

static inline struct cc_span cc_span(const void *at, size_t len)
{
	return (struct cc_span){ at, len };
}

/* The characters of a string, without its NUL. */
struct cc_span cc_span_str(const char *text) CC_NONNULL;
/* Equal in length and content. Not for secrets: see cc_secret_equal, cc_bytes_equal. */
bool cc_span_eq(struct cc_span a, struct cc_span b);
bool cc_span_eq_str(struct cc_span a, const char *text) CC_NONNULL;
bool cc_span_is_zero(struct cc_span a);
/* At most `len` bytes from `at`; empty when `at` lies behind the end. */
struct cc_span cc_span_sub(struct cc_span a, size_t at, size_t len);
/* Where `text`, which is not empty, begins in `a`; a.len: nowhere. */
size_t cc_span_find(struct cc_span a, const char *text) CC_NONNULL;
/* Equal content of two equally long ranges; the time depends on the length alone. */
bool cc_bytes_equal(const void *a, const void *b, size_t len) CC_NONNULL;

/*
 * Reading a message from front to back. Each call checks that the bytes are
 * there, then moves on; `what` names the field in the error (CC_E_ARG).
 */
struct cc_reader {
	struct cc_span rest;
};

static inline struct cc_reader cc_reader(struct cc_span bytes)
{
	return (struct cc_reader){ bytes };
}

int cc_read_u8(struct cc_reader *r, const char *what, uint8_t *out,
	       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_read_u16le(struct cc_reader *r, const char *what, uint16_t *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_read_u32le(struct cc_reader *r, const char *what, uint32_t *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_read_u64le(struct cc_reader *r, const char *what, uint64_t *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_read_u16be(struct cc_reader *r, const char *what, uint16_t *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_read_u32be(struct cc_reader *r, const char *what, uint32_t *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_read_u64be(struct cc_reader *r, const char *what, uint64_t *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* The next `len` bytes, still owned by whoever owns the message. */
int cc_read_span(struct cc_reader *r, size_t len, const char *what, struct cc_span *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* Copy the next out.len bytes. */
int cc_read_copy(struct cc_reader *r, const char *what, struct cc_mut out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* A u32be length of at most `max`, then so many bytes. */
int cc_read_sized(struct cc_reader *r, size_t max, const char *what, struct cc_span *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* Nothing may be left. */
int cc_read_end(const struct cc_reader *r, const char *what, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
