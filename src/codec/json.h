/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (RFC 8259), strictly: stated maxima, no duplicate members, UTF-8 only,
 * no NUL character, integers as integers, nothing behind the value. jansson
 * holds the values and this folder alone includes it.
 *
 * Every value may carry a secret, so jansson's memory is wiped when it is given
 * back, and errors name members and places but never quote the text.
 *
 * A reader asks for each member it knows, then cc_json_closed refuses others.
 * Errors name the member ("'pcesvn' is missing"); whoever reads nested objects
 * puts the path before it by cc_wrap: "tcbInfo.tcbLevels[3]: 'pcesvn' is missing".
 */
#ifndef CC_CODEC_JSON_H
#define CC_CODEC_JSON_H

#include "base/buf.h"
#include "base/secret.h"
#include "crypto/hash.h"

struct cc_json; /* owned by whoever parsed or made the top; members are borrowed */
#define CC_AUTO_JSON CC_CLEANUP(cc_json_auto)

#define CC_JSON_DEPTH_MAX 64
/* Of one object or array, and of the whole text: a short text must not become much memory. */
#define CC_JSON_MEMBERS_MAX 16384
#define CC_JSON_ELEMENTS_MAX 200000
#define CC_JSON_VALUES_MAX 500000
/* What every reader of JSON keeps exactly. */
#define CC_JSON_INTEGER_MAX (((uint64_t)1 << 53) - 1)

/*
 * `text` of at most `max` bytes: any value, not only an object. Over a maximum:
 * CC_E_TOOBIG; not JSON as above: CC_E_ARG with line and column, both from 1.
 */
int cc_json_parse(struct cc_span text, size_t max, struct cc_json **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
void cc_json_free(struct cc_json *json);
static inline void cc_json_auto(struct cc_json **json)
{
	cc_json_free(*json);
}
/*
 * Canonical form (RFC 8785): members sorted by UTF-16 code units, no white
 * space. A number that is not an integer of at most 2^53 - 1 is CC_E_ARG:
 * nothing of ours that is signed has one.
 */
int cc_json_print(const struct cc_json *json, struct cc_buf *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* Indented, for people; members in the order in which they were set. */
int cc_json_print_pretty(const struct cc_json *json, struct cc_buf *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Members of an object. `get` fails with CC_E_ARG when `json` is no object, or the
 * member is missing, null or of another kind; `out` is untouched then.
 */
int cc_json_get_object(const struct cc_json *json, const char *name, const struct cc_json **out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_get_array(const struct cc_json *json, const char *name, const struct cc_json **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* Borrowed, terminated, without NUL inside. */
int cc_json_get_str(const struct cc_json *json, const char *name, const char **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* An integer from 0 to 2^53 - 1 (7.0 is none), and at most `max` (else CC_E_TOOBIG). */
int cc_json_get_u64(const struct cc_json *json, const char *name, uint64_t max, uint64_t *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_get_bool(const struct cc_json *json, const char *name, bool *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Bytes written as hexadecimal, exactly out.len of them. */
int cc_json_get_hex(const struct cc_json *json, const char *name, struct cc_mut out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_get_digest(const struct cc_json *json, const char *name, struct cc_digest *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Bytes written as base64, at most `max` (else CC_E_TOOBIG), added to `out`. */
int cc_json_get_base64(const struct cc_json *json, const char *name, size_t max, struct cc_buf *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Bytes written as base64, exactly out.len of them. */
int cc_json_get_base64_fixed(const struct cc_json *json, const char *name, struct cc_mut out,
			     struct cc_err *err) CC_MUST CC_NONNULL;
/* A text of 1 to `most` bytes, copied. */
int cc_json_get_name(const struct cc_json *json, const char *name, size_t most, char **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Bytes written as base64, as a secret. */
int cc_json_get_secret(const struct cc_json *json, const char *name, size_t max,
		       struct cc_secret **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Whether a member is there and not null. */
bool cc_json_has(const struct cc_json *json, const char *name) CC_NONNULL;
/* Any member but the `count` known ones is CC_E_ARG and named, with the nearest known one. */
int cc_json_closed(const struct cc_json *json, const char *const *known, size_t count,
		   struct cc_err *err) CC_MUST CC_NONNULL;

bool cc_json_is_object(const struct cc_json *json) CC_NONNULL;
bool cc_json_is_array(const struct cc_json *json) CC_NONNULL;
/* NULL when it is not a string. */
const char *cc_json_str(const struct cc_json *json) CC_NONNULL;
/* A number as cc_json_get_u64 reads it; `what` names it in the error. */
int cc_json_u64(const struct cc_json *json, const char *what, uint64_t max, uint64_t *out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/* Elements of an array (or members of an object, in order), 0 for anything else. */
size_t cc_json_count(const struct cc_json *json) CC_NONNULL;
/* NULL behind the end. Of an object it takes time in proportion to `at`. */
const struct cc_json *cc_json_at(const struct cc_json *json, size_t at) CC_NONNULL;
/* The name of the member at `at` of an object, or NULL. */
const char *cc_json_name_at(const struct cc_json *json, size_t at) CC_NONNULL;

/*
 * Building. The setters copy and replace a member of that name; `set` and `add` take the
 * value over, also when they fail.
 */
int cc_json_object(struct cc_json **out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_array(struct cc_json **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* UTF-8 without NUL. */
int cc_json_string(struct cc_span value, struct cc_json **out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_set(struct cc_json *json, const char *name, struct cc_json *value,
		struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_set_str(struct cc_json *json, const char *name, const char *value,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Bytes that must be UTF-8 without NUL. */
int cc_json_set_text(struct cc_json *json, const char *name, struct cc_span value,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_set_u64(struct cc_json *json, const char *name, uint64_t value,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_set_bool(struct cc_json *json, const char *name, bool value,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Take a member out, if it is there. */
void cc_json_drop(struct cc_json *json, const char *name) CC_NONNULL;
int cc_json_set_null(struct cc_json *json, const char *name, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_set_hex(struct cc_json *json, const char *name, struct cc_span value,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_set_base64(struct cc_json *json, const char *name, struct cc_span value,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_add(struct cc_json *array, struct cc_json *value,
		struct cc_err *err) CC_MUST CC_NONNULL;
int cc_json_add_str(struct cc_json *array, const char *value,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Elements in the order of their canonical bytes, each once. After a failure it has any of them. */
int cc_json_sort(struct cc_json *array, struct cc_err *err) CC_MUST CC_NONNULL;
/* A deep copy. */
int cc_json_copy(const struct cc_json *json, struct cc_json **out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
