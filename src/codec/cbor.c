/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cbor.h"

#define BREAK 0xff
#define INDEFINITE 31

struct head {
	enum cc_cbor_type type;
	uint64_t value; /* the integer, a length, a count, a tag */
	bool is_indefinite;
};

/* The 1, 2, 4 or 8 bytes behind the first one. */
static int read_argument(struct cc_reader *r, const char *what, uint8_t info, uint64_t *out,
			 struct cc_err *err)
{
	size_t len = (size_t)1 << (info - 24);
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t byte = 0;

		CC_TRY(cc_read_u8(r, what, &byte, err));
		value = value << 8 | byte;
	}
	if (value < 24 || (len > 1 && value >> (4 * len) == 0))
		return cc_fail(err, CC_E_ARG, "%s: a CBOR head is not in its shortest form", what);
	*out = value;
	return 0;
}

static int read_head(struct cc_reader *r, const char *what, struct head *out, struct cc_err *err)
{
	struct head head = { 0 };
	uint8_t first = 0, info = 0;

	CC_TRY(cc_read_u8(r, what, &first, err));
	head.type = (enum cc_cbor_type)(first >> 5);
	info = first & 31;
	if (info < 24)
		head.value = info;
	else if (info < 28 && head.type != CC_CBOR_SIMPLE)
		CC_TRY(read_argument(r, what, info, &head.value, err));
	else if (info == INDEFINITE && (head.type == CC_CBOR_ARRAY || head.type == CC_CBOR_MAP))
		head.is_indefinite = true;
	else
		return cc_fail(err, CC_E_ARG, "%s: CBOR of a kind that is not read here (0x%02x)",
			       what, first);
	if (head.type == CC_CBOR_SIMPLE && (head.value < 20 || head.value > 22))
		return cc_fail(err, CC_E_ARG, "%s: simple value %u of CBOR is not read here", what,
			       (unsigned int)head.value);
	*out = head;
	return 0;
}

/* Containers that are open, innermost last; how many values each still has. */
struct open {
	uint64_t left[CC_CBOR_DEPTH];
	bool is_indefinite[CC_CBOR_DEPTH];
	size_t depth;
};

static int open_container(struct open *open, const struct head *head, const char *what,
			  struct cc_err *err)
{
	uint64_t each = head->type == CC_CBOR_MAP ? 2 : 1;

	if (open->depth == CC_CBOR_DEPTH)
		return cc_fail(err, CC_E_ARG, "%s: CBOR is deeper than %d", what, CC_CBOR_DEPTH);
	if (!head->is_indefinite && head->value > CC_CBOR_ITEMS)
		return cc_fail(err, CC_E_ARG, "%s: CBOR has more than %d members", what,
			       CC_CBOR_ITEMS);
	open->left[open->depth] = head->is_indefinite ? 0 : head->value * each;
	open->is_indefinite[open->depth] = head->is_indefinite;
	if (head->type == CC_CBOR_TAG)
		open->left[open->depth] = 1;
	open->depth++;
	return 0;
}

/* A value ended: so do the containers that it was the last one of. */
static void close_full(struct open *open)
{
	while (open->depth > 0 && !open->is_indefinite[open->depth - 1] &&
	       open->left[open->depth - 1] == 0)
		open->depth--;
}

static bool take_break(struct cc_reader *r, struct open *open)
{
	if (open->depth == 0 || !open->is_indefinite[open->depth - 1] || r->rest.len == 0 ||
	    r->rest.at[0] != BREAK)
		return false;
	r->rest = cc_span(r->rest.at + 1, r->rest.len - 1);
	open->depth--;
	return true;
}

/* One head with its string; what it opens is open now. */
static int step(struct cc_reader *r, const char *what, struct open *open, struct cc_err *err)
{
	struct cc_span ignored = { 0 };
	struct head head = { 0 };

	CC_TRY(read_head(r, what, &head, err));
	if (open->depth > 0 && !open->is_indefinite[open->depth - 1])
		open->left[open->depth - 1]--;
	if (head.type == CC_CBOR_BYTES || head.type == CC_CBOR_TEXT) {
		if (head.value > r->rest.len)
			return cc_fail(err, CC_E_ARG, "%s: a string of CBOR is cut", what);
		return cc_read_span(r, (size_t)head.value, what, &ignored, err);
	}
	if (head.type == CC_CBOR_TAG)
		head.value = 1;
	if (head.type == CC_CBOR_ARRAY || head.type == CC_CBOR_MAP || head.type == CC_CBOR_TAG)
		return open_container(open, &head, what, err);
	return 0;
}

/* The next value with all that is in it. No recursion: depth is the enemy's to choose. */
static int read_value(struct cc_reader *r, const char *what, struct cc_span *out,
		      struct cc_err *err)
{
	struct cc_span start = r->rest;
	struct open open = { 0 };

	do {
		if (!take_break(r, &open))
			CC_TRY(step(r, what, &open, err));
		close_full(&open);
	} while (open.depth > 0);
	*out = cc_span(start.at, start.len - r->rest.len);
	return 0;
}

static int missing_or(struct cc_span text, const char *what, struct cc_err *err)
{
	if (text.len == 0)
		return cc_fail(err, CC_E_ARG, "%s is missing", what);
	return 0;
}

static int read_typed(struct cc_reader *r, enum cc_cbor_type type, const char *what,
		      struct head *out, struct cc_err *err)
{
	CC_TRY(missing_or(r->rest, what, err));
	CC_TRY(read_head(r, what, out, err));
	if (out->type != type)
		return cc_fail(err, CC_E_ARG, "%s is of another type of CBOR", what);
	return 0;
}

/* Does the container go on? The break of an indefinite one is taken. */
static bool goes_on(struct cc_reader *r, const struct head *head, size_t count)
{
	if (!head->is_indefinite)
		return count < head->value;
	if (r->rest.len == 0 || r->rest.at[0] != BREAK)
		return true;
	r->rest = cc_span(r->rest.at + 1, r->rest.len - 1);
	return false;
}

int cc_cbor_array(struct cc_span text, const char *what, struct cc_cbor_array *out,
		  struct cc_err *err)
{
	struct cc_reader r = cc_reader(text);
	struct head head = { 0 };

	out->count = 0;
	CC_TRY(read_typed(&r, CC_CBOR_ARRAY, what, &head, err));
	while (goes_on(&r, &head, out->count)) {
		if (out->count >= CC_CBOR_ITEMS)
			return cc_fail(err, CC_E_ARG, "%s: CBOR has more than %d members", what,
				       CC_CBOR_ITEMS);
		CC_TRY(read_value(&r, what, &out->at[out->count], err));
		out->count++;
	}
	return cc_read_end(&r, what, err);
}

static int read_key(struct cc_reader *r, const char *what, struct cc_cbor_map *out,
		    struct cc_err *err)
{
	struct cc_span key = { 0 };

	CC_TRY(read_value(r, what, &key, err));
	if (key.at[0] >> 5 > CC_CBOR_TEXT || key.at[0] >> 5 == CC_CBOR_BYTES)
		return cc_fail(err, CC_E_ARG, "%s: a key is no integer or text", what);
	for (size_t i = 0; i < out->count; i++)
		if (cc_span_eq(out->keys[i], key))
			return cc_fail(err, CC_E_ARG, "%s: a key stands there twice", what);
	out->keys[out->count] = key;
	return 0;
}

int cc_cbor_map(struct cc_span text, const char *what, struct cc_cbor_map *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(text);
	struct head head = { 0 };

	out->count = 0;
	CC_TRY(read_typed(&r, CC_CBOR_MAP, what, &head, err));
	while (goes_on(&r, &head, out->count)) {
		if (out->count >= CC_CBOR_ITEMS)
			return cc_fail(err, CC_E_ARG, "%s: CBOR has more than %d members", what,
				       CC_CBOR_ITEMS);
		CC_TRY(read_key(&r, what, out, err));
		CC_TRY(read_value(&r, what, &out->values[out->count], err));
		out->count++;
	}
	return cc_read_end(&r, what, err);
}

bool cc_cbor_is_tag(struct cc_span text, uint64_t tag)
{
	struct cc_reader r = cc_reader(text);
	struct cc_err ignored = { 0 };
	struct head head = { 0 };

	return read_head(&r, "tag", &head, &ignored) == 0 && head.type == CC_CBOR_TAG &&
	       head.value == tag;
}

int cc_cbor_tagged(struct cc_span text, uint64_t tag, const char *what, struct cc_span *out,
		   struct cc_err *err)
{
	struct cc_reader r = cc_reader(text);
	struct cc_span value = { 0 };
	struct head head = { 0 };

	CC_TRY(read_typed(&r, CC_CBOR_TAG, what, &head, err));
	if (head.value != tag)
		return cc_fail(err, CC_E_ARG, "%s has another tag of CBOR", what);
	CC_TRY(read_value(&r, what, &value, err));
	CC_TRY(cc_read_end(&r, what, err));
	*out = value;
	return 0;
}

int cc_cbor_integer(struct cc_span value, const char *what, int64_t *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(value);
	struct head head = { 0 };

	CC_TRY(missing_or(value, what, err));
	CC_TRY(read_head(&r, what, &head, err));
	if (head.type > CC_CBOR_NEGATIVE || head.value > INT64_MAX)
		return cc_fail(err, CC_E_ARG, "%s is no integer of 64 bits", what);
	CC_TRY(cc_read_end(&r, what, err));
	*out = head.type == CC_CBOR_UNSIGNED ? (int64_t)head.value : -1 - (int64_t)head.value;
	return 0;
}

struct cc_span cc_cbor_find(const struct cc_cbor_map *map, int64_t key)
{
	for (size_t i = 0; i < map->count; i++) {
		struct cc_err ignored = { 0 };
		int64_t is = 0;

		if (cc_cbor_integer(map->keys[i], "key", &is, &ignored) == 0 && is == key)
			return map->values[i];
	}
	return cc_span(NULL, 0);
}

struct cc_span cc_cbor_find_text(const struct cc_cbor_map *map, const char *key)
{
	for (size_t i = 0; i < map->count; i++) {
		struct cc_err ignored = { 0 };
		struct cc_span is = { 0 };

		if (cc_cbor_text(map->keys[i], "key", &is, &ignored) == 0 &&
		    cc_span_eq_str(is, key))
			return map->values[i];
	}
	return cc_span(NULL, 0);
}

static int read_string(struct cc_span value, enum cc_cbor_type type, const char *what,
		       struct cc_span *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(value);
	struct cc_span string = { 0 };
	struct head head = { 0 };

	CC_TRY(read_typed(&r, type, what, &head, err));
	if (head.value > r.rest.len)
		return cc_fail(err, CC_E_ARG, "%s: a string of CBOR is cut", what);
	CC_TRY(cc_read_span(&r, (size_t)head.value, what, &string, err));
	CC_TRY(cc_read_end(&r, what, err));
	*out = string;
	return 0;
}

int cc_cbor_bytes(struct cc_span value, const char *what, struct cc_span *out, struct cc_err *err)
{
	return read_string(value, CC_CBOR_BYTES, what, out, err);
}

int cc_cbor_text(struct cc_span value, const char *what, struct cc_span *out, struct cc_err *err)
{
	return read_string(value, CC_CBOR_TEXT, what, out, err);
}

int cc_cbor_unsigned(struct cc_span value, const char *what, uint64_t *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(value);
	struct head head = { 0 };

	CC_TRY(read_typed(&r, CC_CBOR_UNSIGNED, what, &head, err));
	CC_TRY(cc_read_end(&r, what, err));
	*out = head.value;
	return 0;
}

bool cc_cbor_is_null(struct cc_span value)
{
	return value.len == 1 && value.at[0] == 0xf6;
}
