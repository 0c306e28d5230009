/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The YAML that people write, read in one pass.
 *
 * libyaml decides what a text means and says what is wrong with it. Most of a policy's reading is
 * its scanner, though, so texts go through this reader first. It knows block and flow collections,
 * plain, quoted, literal and folded scalars and comments, as long as nothing about them is
 * unusual: no tabs or carriage returns between things, no tags, anchors, explicit keys or
 * indentations, no escapes by number. Every function returns false for what it does not know
 * *for certain*; then its work is thrown away and libyaml reads the text from the start. It has no
 * errors of its own.
 *
 * The invariant: what it accepts libyaml accepts, with the same tree and the same places
 * (tests/fuzz/fuzz_yaml.c and tests/unit/codec/test_yaml.c hold it to that).
 */
#ifndef CC_CODEC_YAML_QUICK_INTERNAL_H
#define CC_CODEC_YAML_QUICK_INTERNAL_H

#include "base/arena.h"
#include "codec/yaml-internal.h"

struct cc_quick {
	struct cc_arena *arena; /* of what is read */
	const char *at;         /* in the text, which ends with a NUL and has no other */
	const char *line_start;
	unsigned int line; /* from 1 */
	bool is_ascii;     /* a byte is a column */
	size_t nodes, depth;
	struct cc_yaml *stack; /* children of collections that have not ended */
	size_t stack_count, stack_room;
};

/* The text is one that cc_yaml_check_characters takes. */
bool cc_quick_read(struct cc_quick *q, struct cc_yaml *root) CC_NONNULL;

/* For the two parts of the reader. */
static inline bool cc_quick_is_end(char c)
{
	return c == '\n' || c == '\0';
}

static inline int cc_quick_column(const struct cc_quick *q)
{
	return (int)(q->at - q->line_start);
}

/* Does the line begin a document, end it, or give a directive? Maybe: then it is not for us. */
static inline bool cc_quick_is_marker(const char *line)
{
	return *line == '%' || strncmp(line, "---", 3) == 0 || strncmp(line, "...", 3) == 0;
}

/* Go over a line break. False before a marker. */
static inline bool cc_quick_new_line(struct cc_quick *q)
{
	q->line_start = ++q->at;
	q->line++;
	return !cc_quick_is_marker(q->at);
}

/* A node that begins here, counted. */
bool cc_quick_begin(struct cc_quick *q, enum cc_yaml_kind kind, struct cc_yaml *node) CC_NONNULL;

enum cc_quick_place {
	CC_QUICK_BLOCK = 0, /* a scalar may go on in lines that are indented deeper */
	CC_QUICK_FLOW,
	CC_QUICK_LINE, /* of one line, in a block: what may be a key */
};
/* A plain or quoted scalar; the reader then stands behind it. `indent`: of the block around it. */
bool cc_quick_scalar(struct cc_quick *q, enum cc_quick_place place, int indent,
		     struct cc_yaml *node) CC_NONNULL;
/* A literal or folded one; the reader then stands at the start of a line. */
bool cc_quick_block_scalar(struct cc_quick *q, int indent, struct cc_yaml *node) CC_NONNULL;

#endif
