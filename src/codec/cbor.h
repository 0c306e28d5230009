/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CBOR (RFC 8949) as attestation evidence uses it, strictly and in place: spans borrow from the
 * text, nothing is allocated, nothing is believed.
 *
 * Read are unsigned and negative integers, byte and text strings, arrays, maps, tags, false, true
 * and null. Arrays and maps may have an indefinite length, strings may not. Heads have their
 * shortest form, so that one key has one encoding and a duplicate cannot hide. Everything else
 * (floats, other simple values) is refused, as are depth over CC_CBOR_DEPTH and more than
 * CC_CBOR_ITEMS members of one array or map. Errors are CC_E_ARG.
 */
#ifndef CC_CODEC_CBOR_H
#define CC_CODEC_CBOR_H

#include "base/buf.h"

#define CC_CBOR_DEPTH 8
#define CC_CBOR_ITEMS 64

enum cc_cbor_type {
	CC_CBOR_UNSIGNED = 0,
	CC_CBOR_NEGATIVE,
	CC_CBOR_BYTES,
	CC_CBOR_TEXT,
	CC_CBOR_ARRAY,
	CC_CBOR_MAP,
	CC_CBOR_TAG,
	CC_CBOR_SIMPLE, /* false, true, null */
};

/* One encoded value each, whole. */
struct cc_cbor_array {
	struct cc_span at[CC_CBOR_ITEMS];
	size_t count;
};

struct cc_cbor_map {
	struct cc_span keys[CC_CBOR_ITEMS], values[CC_CBOR_ITEMS];
	size_t count;
};

/* The one value that `text` is: nothing may follow. `what` names it in errors. */
int cc_cbor_array(struct cc_span text, const char *what, struct cc_cbor_array *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* Keys are integers or texts; one that stands there twice is refused. */
int cc_cbor_map(struct cc_span text, const char *what, struct cc_cbor_map *out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/* The value inside of this tag. */
int cc_cbor_tagged(struct cc_span text, uint64_t tag, const char *what, struct cc_span *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
bool cc_cbor_is_tag(struct cc_span text, uint64_t tag) CC_NONNULL;
/* The encoded value of a key, or an empty span. */
struct cc_span cc_cbor_find(const struct cc_cbor_map *map, int64_t key) CC_NONNULL;
struct cc_span cc_cbor_find_text(const struct cc_cbor_map *map, const char *key) CC_NONNULL;

/* A value of this type, whole; an empty span (a key that is absent) is "'what' is missing". */
int cc_cbor_bytes(struct cc_span value, const char *what, struct cc_span *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* Bytes; it need not be UTF-8, whoever prints it checks. */
int cc_cbor_text(struct cc_span value, const char *what, struct cc_span *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
int cc_cbor_unsigned(struct cc_span value, const char *what, uint64_t *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* An integer from INT64_MIN to INT64_MAX. */
int cc_cbor_integer(struct cc_span value, const char *what, int64_t *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
bool cc_cbor_is_null(struct cc_span value);

/* Add a head in its shortest form: of an array or map, `value` members follow; of a tag, one. */
int cc_cbor_add_head(struct cc_buf *out, enum cc_cbor_type type, uint64_t value,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_cbor_add_integer(struct cc_buf *out, int64_t value, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_cbor_add_bytes(struct cc_buf *out, struct cc_span bytes,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_cbor_add_text(struct cc_buf *out, const char *text, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
