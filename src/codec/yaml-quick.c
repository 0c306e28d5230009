/* SPDX-License-Identifier: Apache-2.0 */
/* Collections of the quick reader. */
#include "codec/yaml-quick-internal.h"

#include <stdlib.h>

/* libyaml gives up on a key whose ':' is more than 1024 characters behind its start. */
#define KEY_MAX 1000

bool cc_quick_begin(struct cc_quick *q, enum cc_yaml_kind kind, struct cc_yaml *node)
{
	unsigned int column = 1;

	if (++q->nodes > CC_YAML_NODES_MAX)
		return false;
	if (q->is_ascii)
		column += (unsigned int)(q->at - q->line_start);
	for (const char *at = q->line_start; !q->is_ascii && at < q->at; at++)
		column += ((unsigned char)*at & 0xc0) != 0x80;
	*node = (struct cc_yaml){ .kind = kind, .line = q->line, .column = column };
	return true;
}

static bool push(struct cc_quick *q, const struct cc_yaml *node)
{
	if (q->stack_count == q->stack_room) {
		size_t room = q->stack_room == 0 ? 64 : 2 * q->stack_room;
		struct cc_yaml *more = reallocarray(q->stack, room, sizeof(*more));

		if (more == NULL)
			return false;
		q->stack = more;
		q->stack_room = room;
	}
	q->stack[q->stack_count++] = *node;
	return true;
}

static bool take_nodes(struct cc_quick *q, size_t count, struct cc_yaml **out)
{
	struct cc_err why = { 0 };
	void *at = NULL;

	if (cc_arena_take(q->arena, count, sizeof(**out), &at, &why) != 0)
		return false;
	*out = at;
	return true;
}

/* A collection ends: what lies on the stack from `base` on is in it. */
static bool end_sequence(struct cc_quick *q, size_t base, struct cc_yaml *node)
{
	node->count = q->stack_count - base;
	q->stack_count = base;
	q->depth--;
	if (node->count == 0)
		return true;
	if (!take_nodes(q, node->count, &node->values))
		return false;
	memcpy(node->values, &q->stack[base], node->count * sizeof(*node->values));
	return true;
}

/* The same; keys and values lie there in turn. */
static bool end_mapping(struct cc_quick *q, size_t base, struct cc_yaml *node)
{
	node->count = (q->stack_count - base) / 2;
	q->stack_count = base;
	q->depth--;
	if (node->count == 0)
		return true;
	if (!take_nodes(q, node->count, &node->keys) || !take_nodes(q, node->count, &node->values))
		return false;
	for (size_t i = 0; i < node->count; i++) {
		node->keys[i] = q->stack[base + 2 * i];
		node->values[i] = q->stack[base + 2 * i + 1];
	}
	return true;
}

static bool begin_collection(struct cc_quick *q, enum cc_yaml_kind kind, struct cc_yaml *node)
{
	return cc_quick_begin(q, kind, node) && q->depth++ < CC_YAML_DEPTH_MAX;
}

/* A key of the mapping whose pairs begin at `base`: no null, no merge, none that is there. */
static bool push_key(struct cc_quick *q, size_t base, const struct cc_yaml *key)
{
	if (key->kind == CC_YAML_NULL || (key->plain && strcmp(key->text, "<<") == 0))
		return false;
	for (size_t i = base; i < q->stack_count; i += 2)
		if (q->stack[i].text_len == key->text_len &&
		    memcmp(q->stack[i].text, key->text, key->text_len) == 0)
			return false;
	return push(q, key);
}

static void skip_spaces(struct cc_quick *q)
{
	while (*q->at == ' ')
		q->at++;
}

static void skip_comment(struct cc_quick *q)
{
	if (*q->at == '#')
		while (!cc_quick_is_end(*q->at))
			q->at++;
}

/*
 * Over what is left of this line, which says nothing more, and over lines that say nothing: to the
 * first word of the next, or the end.
 */
static bool next_word(struct cc_quick *q)
{
	bool is_spaced = q->at == q->line_start || q->at[-1] == ' ';

	for (;;) {
		is_spaced = is_spaced || *q->at == ' ';
		skip_spaces(q);
		if (is_spaced)
			skip_comment(q);
		if (*q->at != '\n')
			break;
		if (!cc_quick_new_line(q))
			return false;
		is_spaced = true;
	}
	return *q->at != '\t' && *q->at != '#';
}

/* The line says nothing more; the reader goes to the next word. */
static bool end_line(struct cc_quick *q)
{
	unsigned int line = q->line;

	return next_word(q) && (q->line != line || *q->at == '\0');
}

static bool is_entry(const struct cc_quick *q)
{
	return q->at[0] == '-' && (q->at[1] == ' ' || cc_quick_is_end(q->at[1]));
}

/* Behind a key: over its ':'. */
static bool take_colon(struct cc_quick *q, const char *key)
{
	skip_spaces(q);
	if (*q->at != ':' || q->at - key > KEY_MAX ||
	    (q->at[1] != ' ' && !cc_quick_is_end(q->at[1])))
		return false;
	q->at++;
	return true;
}

static bool flow_node(struct cc_quick *q, struct cc_yaml *node);

/* Behind an element: *is_last behind the closing bracket. */
static bool flow_next(struct cc_quick *q, char closing, bool *is_last)
{
	if (!next_word(q) || (*q->at != ',' && *q->at != closing))
		return false;
	*is_last = *q->at++ == closing;
	return *is_last || next_word(q);
}

static bool flow_sequence(struct cc_quick *q, struct cc_yaml *node)
{
	size_t base = q->stack_count;
	bool is_last = false;

	if (!begin_collection(q, CC_YAML_SEQUENCE, node))
		return false;
	q->at++;
	if (!next_word(q))
		return false;
	is_last = *q->at == ']';
	q->at += is_last;
	while (!is_last) {
		struct cc_yaml item;

		if (!flow_node(q, &item) || !push(q, &item) || !flow_next(q, ']', &is_last))
			return false;
	}
	return end_sequence(q, base, node);
}

static bool flow_pair(struct cc_quick *q, size_t base)
{
	const char *from = q->at;
	struct cc_yaml key, value;

	return (*from == '"' || *from == '\'' ? cc_quick_scalar(q, CC_QUICK_LINE, 0, &key)
					      : cc_quick_scalar(q, CC_QUICK_FLOW, 0, &key)) &&
	       push_key(q, base, &key) && take_colon(q, from) && next_word(q) &&
	       flow_node(q, &value) && push(q, &value);
}

static bool flow_mapping(struct cc_quick *q, struct cc_yaml *node)
{
	size_t base = q->stack_count;
	bool is_last = false;

	if (!begin_collection(q, CC_YAML_MAPPING, node))
		return false;
	q->at++;
	if (!next_word(q))
		return false;
	is_last = *q->at == '}';
	q->at += is_last;
	while (!is_last)
		if (!flow_pair(q, base) || !flow_next(q, '}', &is_last))
			return false;
	return end_mapping(q, base, node);
}

static bool flow_node(struct cc_quick *q, struct cc_yaml *node)
{
	if (*q->at == '[')
		return flow_sequence(q, node);
	if (*q->at == '{')
		return flow_mapping(q, node);
	return cc_quick_scalar(q, CC_QUICK_FLOW, 0, node);
}

static bool is_flow(const struct cc_quick *q)
{
	return *q->at == '[' || *q->at == '{';
}

/* What may follow "key: " in its line, and is no collection in block style. */
static bool inline_node(struct cc_quick *q, int indent, struct cc_yaml *node)
{
	if (is_flow(q))
		return flow_node(q, node) && end_line(q);
	if (*q->at == '|' || *q->at == '>')
		return cc_quick_block_scalar(q, indent, node) && next_word(q);
	return cc_quick_scalar(q, CC_QUICK_BLOCK, indent, node) && end_line(q);
}

static bool block_sequence(struct cc_quick *q, int column, struct cc_yaml *node);
static bool block_mapping(struct cc_quick *q, int column, struct cc_yaml *node);

/* Does the line go on as "key:"? Only then it is a mapping. */
static bool is_pair(const struct cc_quick *q)
{
	struct cc_quick ahead = *q;
	const char *at = NULL;

	if (*q->at == '"' || *q->at == '\'') {
		char quote = *q->at;

		for (at = q->at + 1; *at != quote; at++) {
			if (cc_quick_is_end(*at))
				return false;
			at += *at == '\\' && quote == '"' && !cc_quick_is_end(at[1]);
		}
		ahead.at = at + 1;
	} else {
		ahead.at = q->at;
		while (!cc_quick_is_end(*ahead.at) &&
		       !(ahead.at[0] == ':' &&
			 (ahead.at[1] == ' ' || cc_quick_is_end(ahead.at[1]))) &&
		       !(ahead.at[0] == '#' && ahead.at[-1] == ' '))
			ahead.at++;
	}
	return take_colon(&ahead, q->at);
}

/* A node at the start of a line or behind "- ". `indent` is the column of the block around it. */
static bool block_node(struct cc_quick *q, int indent, struct cc_yaml *node)
{
	int column = cc_quick_column(q);

	if (is_entry(q))
		return block_sequence(q, column, node);
	if (!is_flow(q) && *q->at != '|' && *q->at != '>' && is_pair(q))
		return block_mapping(q, column, node);
	return inline_node(q, indent, node);
}

/* Nothing behind an indicator: null, at the place behind it. */
static bool null_node(struct cc_quick *q, const struct cc_quick *behind, struct cc_yaml *node)
{
	struct cc_quick place = *behind;

	place.nodes = q->nodes;
	if (!cc_quick_begin(&place, CC_YAML_NULL, node))
		return false;
	q->nodes = place.nodes;
	node->plain = true;
	node->text = "";
	return true;
}

/* Behind the '-' or ':' of a block in column `indent`; of a key, entries may stand in its column.
 */
static bool block_value(struct cc_quick *q, int indent, bool is_entry_value, struct cc_yaml *node)
{
	const struct cc_quick behind = *q;
	int column = 0;

	if (!next_word(q))
		return false;
	if (q->line == behind.line && *q->at != '\0')
		return is_entry_value ? block_node(q, indent, node) : inline_node(q, indent, node);
	column = cc_quick_column(q);
	if (*q->at != '\0' && column > indent)
		return block_node(q, indent, node);
	if (*q->at != '\0' && column == indent && !is_entry_value && is_entry(q))
		return block_sequence(q, column, node);
	return null_node(q, &behind, node);
}

/* Whether the block in this column goes on; false in *fits when the line belongs to no block. */
static bool block_goes_on(const struct cc_quick *q, int column)
{
	return *q->at != '\0' && cc_quick_column(q) == column;
}

static bool block_sequence(struct cc_quick *q, int column, struct cc_yaml *node)
{
	size_t base = q->stack_count;

	if (!begin_collection(q, CC_YAML_SEQUENCE, node))
		return false;
	while (block_goes_on(q, column) && is_entry(q)) {
		struct cc_yaml item;

		q->at++;
		if (!block_value(q, column, true, &item) || !push(q, &item))
			return false;
	}
	/* Deeper than this block and not in it: no block has this column. */
	if (*q->at != '\0' && cc_quick_column(q) > column)
		return false;
	return end_sequence(q, base, node);
}

static bool block_pair(struct cc_quick *q, int column, size_t base)
{
	const char *from = q->at;
	struct cc_yaml key, value;

	return !is_entry(q) && cc_quick_scalar(q, CC_QUICK_LINE, 0, &key) &&
	       push_key(q, base, &key) && take_colon(q, from) &&
	       block_value(q, column, false, &value) && push(q, &value);
}

static bool block_mapping(struct cc_quick *q, int column, struct cc_yaml *node)
{
	size_t base = q->stack_count;

	if (!begin_collection(q, CC_YAML_MAPPING, node))
		return false;
	while (block_goes_on(q, column))
		if (!block_pair(q, column, base))
			return false;
	if (*q->at != '\0' && cc_quick_column(q) > column)
		return false;
	return end_mapping(q, base, node);
}

/* To the first word; before it may be lines that say nothing, and a "---" in one of its own. */
static bool skip_prolog(struct cc_quick *q)
{
	for (;;) {
		skip_spaces(q);
		skip_comment(q);
		if (*q->at != '\n')
			break;
		q->line_start = ++q->at;
		q->line++;
	}
	if (q->at == q->line_start && strncmp(q->at, "---", 3) == 0) {
		q->at += 3;
		return end_line(q);
	}
	return *q->at != '%' && *q->at != '\t' && strncmp(q->at, "...", 3) != 0;
}

bool cc_quick_read(struct cc_quick *q, struct cc_yaml *root)
{
	/* libyaml has no block around the root, and another rule for scalars there: those are rare.
	 */
	if (!skip_prolog(q) || *q->at == '\0')
		return false;
	if (is_flow(q))
		return flow_node(q, root) && (*q->at == '\0' || end_line(q)) && *q->at == '\0';
	if (!is_entry(q) && !is_pair(q))
		return false;
	return block_node(q, -1, root) && *q->at == '\0';
}
