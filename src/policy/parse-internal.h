/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the walk over a document (parse.c), the values of its keys (parse-values.c) and what
 * goes on after a mistake (mistakes.c).
 */
#ifndef CC_POLICY_PARSE_INTERNAL_H
#define CC_POLICY_PARSE_INTERNAL_H

#include "policy/policy.h"
#include "policy/schema-internal.h"

#define CC_SUGGESTIONS_MAX 64 /* keys or words of one place */

/* Values are read and written through memcpy: `at` is a member of any struct. */
static inline void cc_put(void *at, const void *value, size_t size)
{
	memcpy(at, value, size);
}

static inline void *cc_offset(void *at, size_t by)
{
	return (uint8_t *)at + by;
}

/* Step down into a key or an element; give the result to cc_path_leave. */
size_t cc_path_key(struct cc_parse *parse, const char *key) CC_NONNULL;
size_t cc_path_index(struct cc_parse *parse, size_t index) CC_NONNULL;
void cc_path_leave(struct cc_parse *parse, size_t before) CC_NONNULL;

/* The value of a key that is no variable, as its row says. */
int cc_read_member(struct cc_parse *parse, const struct cc_member *member,
		   const struct cc_yaml *node, void *at, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_read_text(struct cc_parse *parse, const struct cc_member *member, const struct cc_yaml *node,
		 void *at, struct cc_err *err) CC_MUST CC_NONNULL;
/* May a variable stand here, and does one? */
bool cc_is_variable(const struct cc_member *member, const struct cc_yaml *node) CC_NONNULL;
int cc_add_variable(struct cc_parse *parse, const struct cc_member *member,
		    const struct cc_yaml *node, bool is_element,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* Put line, column and path of where the parser stands before the error. */
int cc_parse_place(const struct cc_parse *parse, struct cc_err *err) CC_MUST CC_NONNULL;

/* Where the parser can go on after a mistake: behind the key or element that begins here. */
struct cc_parse_point {
	size_t path_len;
	void *owner;
};
struct cc_parse_point cc_parse_here(const struct cc_parse *parse) CC_NONNULL;
/*
 * Remember the mistake and go on from the point: 0, and `err` is empty again. -1 with the error
 * when nobody collects mistakes, there are too many, or it is none of the text's.
 */
int cc_parse_go_on(struct cc_parse *parse, const struct cc_parse_point *point,
		   struct cc_err *err) CC_MUST CC_NONNULL;
size_t cc_parse_mistakes(const struct cc_parse *parse) CC_NONNULL;

/* cc_policy_parse; with `mistakes` those before the one in `err` are there. */
int cc_policy_read_text(struct cc_span text, struct cc_mistakes *mistakes, struct cc_policy **out,
			struct cc_err *err) CC_MUST __attribute__((nonnull(3, 4)));

#endif
