/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/yaml.h"

#include <yaml.h>

#include "base/secret.h"
#include "base/str.h"
#include "codec/quote-internal.h"
#include "codec/utf8-internal.h"
#include "codec/yaml-quick-internal.h"

/* The text twice, and 10,000 nodes in arrays that grew by doubling. */
#define ARENA_MAX ((size_t)16 * 1024 * 1024)

struct cc_yaml_doc {
	struct cc_arena *arena; /* of all nodes and this; it is wiped at the end */
	struct cc_yaml root;
};

/* libyaml does not wipe what it gives back. */
static void end_event(yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT && event->data.scalar.value != NULL)
		cc_wipe(event->data.scalar.value, event->data.scalar.length);
	yaml_event_delete(event);
}

struct builder {
	yaml_parser_t parser;
	struct cc_span text;
	struct cc_arena *arena;
	const char *const *tags;
	size_t nodes, depth;
};

static int refuse(yaml_mark_t at, enum cc_code code, const char *reason, struct cc_err *err)
{
	return cc_fail(err, code, "yaml line %zu column %zu: %s", at.line + 1, at.column + 1,
		       reason);
}

/* The character under a mark, which counts characters and not bytes; 0 behind the end. */
static uint8_t character_at(struct cc_span text, yaml_mark_t at)
{
	size_t i = 0;

	for (size_t passed = 0; i < text.len; i++)
		if ((text.at[i] & 0xc0) != 0x80 && passed++ == at.index)
			return text.at[i];
	return 0;
}

/* What people mostly meant who wrote something that no token begins with. */
static int hint_at(const struct builder *b, yaml_mark_t at, struct cc_err *err)
{
	uint8_t c = character_at(b->text, at);

	if (c == '\t')
		return cc_hint(err, "indent with spaces: YAML takes no tabs there");
	if (c == '@' || c == '`' || c == '%')
		return cc_hint(err, "put the text in quotes: no plain one begins with '%c'", c);
	return cc_failed();
}

/* libyaml's texts name what it expected and never quote the text. */
static int parser_failure(const struct builder *b, struct cc_err *err)
{
	const yaml_parser_t *parser = &b->parser;
	char reason[256] = "";

	if (parser->error == YAML_MEMORY_ERROR)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for yaml");
	if (parser->context == NULL) {
		cc_ignore(refuse(parser->problem_mark, CC_E_ARG, parser->problem, err));
		return hint_at(b, parser->problem_mark, err);
	}
	(void)snprintf(reason, sizeof(reason), "%s (%s from line %zu column %zu)", parser->problem,
		       parser->context, parser->context_mark.line + 1,
		       parser->context_mark.column + 1);
	cc_ignore(refuse(parser->problem_mark, CC_E_ARG, reason, err));
	return hint_at(b, parser->problem_mark, err);
}

/* The caller deletes the event: it is empty when this fails. */
static int next(struct builder *b, yaml_event_t *event, struct cc_err *err)
{
	if (yaml_parser_parse(&b->parser, event) == 1)
		return 0;
	return parser_failure(b, err);
}

static bool is_allowed(const struct builder *b, const char *tag)
{
	for (size_t i = 0; b->tags != NULL && b->tags[i] != NULL; i++)
		if (cc_str_eq(tag, b->tags[i]))
			return true;
	return false;
}

/* What every node has: a place among the counted, no anchor, an allowed tag or none. */
static int begin(struct builder *b, const yaml_event_t *event, const yaml_char_t *anchor,
		 const yaml_char_t *tag, struct cc_yaml *node, struct cc_err *err)
{
	char *copy = NULL;

	if (++b->nodes > CC_YAML_NODES_MAX)
		return refuse(event->start_mark, CC_E_TOOBIG, "more than 10000 values and keys",
			      err);
	if (anchor != NULL)
		return refuse(event->start_mark, CC_E_ARG, "an anchor: write the value out", err);
	if (tag != NULL && !is_allowed(b, (const char *)tag))
		return refuse(event->start_mark, CC_E_ARG, "a tag that is not known here", err);
	node->line = (unsigned int)event->start_mark.line + 1;
	node->column = (unsigned int)event->start_mark.column + 1;
	if (tag != NULL)
		CC_TRY(cc_arena_copy(b->arena, cc_span_str((const char *)tag), &copy, err));
	node->tag = copy;
	return 0;
}

bool cc_yaml_is_null(const char *text)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

	for (size_t i = 0; i < CC_COUNT(nulls); i++)
		if (cc_str_eq(text, nulls[i]))
			return true;
	return false;
}

static int take_scalar(struct builder *b, const yaml_event_t *event, struct cc_yaml *node,
		       struct cc_err *err)
{
	const yaml_char_t *value = event->data.scalar.value;
	size_t len = event->data.scalar.length;
	char *text = NULL;

	CC_TRY(begin(b, event, event->data.scalar.anchor, event->data.scalar.tag, node, err));
	if (memchr(value, '\0', len) != NULL)
		return refuse(event->start_mark, CC_E_ARG, "a NUL character", err);
	CC_TRY(cc_arena_copy(b->arena, cc_span(value, len), &text, err));
	node->text = text;
	node->text_len = len;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->kind = node->plain && cc_yaml_is_null(text) ? CC_YAML_NULL : CC_YAML_SCALAR;
	return 0;
}

static int take_node(struct builder *b, const yaml_event_t *event, struct cc_yaml *node,
		     struct cc_err *err);

/* Room for one more element (and key), zeroed; `count` is not raised yet. */
static int grow(struct builder *b, struct cc_yaml **array, size_t count, struct cc_err *err)
{
	void *more = NULL;

	/* Powers of two: full exactly when count is one. */
	if ((count & (count - 1)) != 0)
		return 0;
	CC_TRY(cc_arena_take(b->arena, count == 0 ? 1 : count * 2, sizeof(**array), &more, err));
	if (count != 0)
		memcpy(more, *array, count * sizeof(**array));
	*array = more;
	return 0;
}

static int descend(struct builder *b, const yaml_event_t *event, struct cc_err *err)
{
	if (b->depth == CC_YAML_DEPTH_MAX)
		return refuse(event->start_mark, CC_E_TOOBIG, "nested deeper than 64", err);
	b->depth++;
	return 0;
}

static int take_sequence(struct builder *b, const yaml_event_t *event, struct cc_yaml *node,
			 struct cc_err *err)
{
	CC_TRY(begin(b, event, event->data.sequence_start.anchor, event->data.sequence_start.tag,
		     node, err));
	node->kind = CC_YAML_SEQUENCE;
	CC_TRY(descend(b, event, err));
	for (;;) {
		CC_CLEANUP(end_event) yaml_event_t item = { 0 };

		CC_TRY(next(b, &item, err));
		if (item.type == YAML_SEQUENCE_END_EVENT)
			break;
		CC_TRY(grow(b, &node->values, node->count, err));
		CC_TRY(take_node(b, &item, &node->values[node->count++], err));
	}
	b->depth--;
	return 0;
}

static int check_key(const struct cc_yaml *mapping, const yaml_event_t *event, struct cc_err *err)
{
	const struct cc_yaml *key = &mapping->keys[mapping->count - 1];

	if (key->tag != NULL)
		return refuse(event->start_mark, CC_E_ARG, "a tag on a key", err);
	if (key->kind == CC_YAML_NULL)
		return refuse(event->start_mark, CC_E_ARG, "a key that is null or missing", err);
	if (key->plain && cc_str_eq(key->text, "<<"))
		return refuse(event->start_mark, CC_E_ARG, "a merge key '<<': write the values out",
			      err);
	for (size_t i = 0; i + 1 < mapping->count; i++)
		if (cc_str_eq(mapping->keys[i].text, key->text))
			return cc_fail(err, CC_E_ARG,
				       "yaml line %u column %u: key '%.*s' for the second time, "
				       "first in line %u",
				       key->line, key->column, cc_quote_len(key->text), key->text,
				       mapping->keys[i].line);
	return 0;
}

static int take_pair(struct builder *b, const yaml_event_t *event, struct cc_yaml *node,
		     struct cc_err *err)
{
	CC_CLEANUP(end_event) yaml_event_t value = { 0 };

	if (event->type == YAML_ALIAS_EVENT)
		return refuse(event->start_mark, CC_E_ARG, "an alias: write the value out", err);
	if (event->type != YAML_SCALAR_EVENT) {
		cc_ignore(refuse(event->start_mark, CC_E_ARG, "a key that is not a simple text",
				 err));
		if (event->type == YAML_MAPPING_START_EVENT)
			return cc_hint(err, "'{{…}}' is a place that another program fills in "
					    "first; in a text it needs quotes");
		return cc_failed();
	}
	CC_TRY(grow(b, &node->keys, node->count, err));
	CC_TRY(grow(b, &node->values, node->count, err));
	node->count++;
	CC_TRY(take_scalar(b, event, &node->keys[node->count - 1], err));
	CC_TRY(check_key(node, event, err));
	CC_TRY(next(b, &value, err));
	return take_node(b, &value, &node->values[node->count - 1], err);
}

static int take_mapping(struct builder *b, const yaml_event_t *event, struct cc_yaml *node,
			struct cc_err *err)
{
	CC_TRY(begin(b, event, event->data.mapping_start.anchor, event->data.mapping_start.tag,
		     node, err));
	node->kind = CC_YAML_MAPPING;
	CC_TRY(descend(b, event, err));
	for (;;) {
		CC_CLEANUP(end_event) yaml_event_t key = { 0 };

		CC_TRY(next(b, &key, err));
		if (key.type == YAML_MAPPING_END_EVENT)
			break;
		CC_TRY(take_pair(b, &key, node, err));
	}
	b->depth--;
	return 0;
}

static int take_node(struct builder *b, const yaml_event_t *event, struct cc_yaml *node,
		     struct cc_err *err)
{
	if (event->type == YAML_SCALAR_EVENT)
		return take_scalar(b, event, node, err);
	if (event->type == YAML_SEQUENCE_START_EVENT)
		return take_sequence(b, event, node, err);
	if (event->type == YAML_MAPPING_START_EVENT)
		return take_mapping(b, event, node, err);
	return refuse(event->start_mark, CC_E_ARG, "an alias: write the value out", err);
}

static int start_document(struct builder *b, struct cc_err *err)
{
	CC_CLEANUP(end_event) yaml_event_t stream = { 0 };
	CC_CLEANUP(end_event) yaml_event_t start = { 0 };

	CC_TRY(next(b, &stream, err));
	CC_TRY(next(b, &start, err));
	if (start.type != YAML_DOCUMENT_START_EVENT)
		return refuse(start.start_mark, CC_E_ARG, "there is no document", err);
	if (start.data.document_start.version_directive != NULL ||
	    start.data.document_start.tag_directives.start !=
		    start.data.document_start.tag_directives.end)
		return refuse(start.start_mark, CC_E_ARG, "a directive", err);
	return 0;
}

static int end_document(struct builder *b, struct cc_err *err)
{
	CC_CLEANUP(end_event) yaml_event_t end = { 0 };
	CC_CLEANUP(end_event) yaml_event_t last = { 0 };

	CC_TRY(next(b, &end, err));
	CC_TRY(next(b, &last, err));
	if (last.type != YAML_STREAM_END_EVENT)
		return refuse(last.start_mark, CC_E_ARG, "a second document", err);
	return 0;
}

static int build(struct builder *b, struct cc_yaml *root, struct cc_err *err)
{
	CC_CLEANUP(end_event) yaml_event_t event = { 0 };

	CC_TRY(start_document(b, err));
	CC_TRY(next(b, &event, err));
	CC_TRY(take_node(b, &event, root, err));
	return end_document(b, err);
}

static void end_parser(struct builder *b)
{
	yaml_parser_t *parser = &b->parser;

	if (parser->raw_buffer.start != NULL)
		cc_wipe(parser->raw_buffer.start,
			(size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
	if (parser->buffer.start != NULL)
		cc_wipe(parser->buffer.start, (size_t)(parser->buffer.end - parser->buffer.start));
	yaml_parser_delete(parser);
}

/* The mark that some editors put before UTF-8 says nothing (YAML 1.2, 5.2). */
static struct cc_span without_mark(struct cc_span text)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };

	if (text.len < sizeof(mark) || memcmp(text.at, mark, sizeof(mark)) != 0)
		return text;
	return cc_span_sub(text, sizeof(mark), text.len);
}

/* By libyaml, whose errors are ours. */
static int read_slowly(struct cc_span text, const char *const *tags, struct cc_yaml_doc *doc,
		       struct cc_err *err)
{
	CC_CLEANUP(end_parser)
	struct builder b = { .tags = tags, .text = text, .arena = doc->arena };

	if (yaml_parser_initialize(&b.parser) != 1)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for yaml");
	/* Named, so that no byte order mark makes it UTF-16. */
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, text.len == 0 ? (const uint8_t *)"" : text.at,
				     text.len);
	return build(&b, &doc->root, err);
}

static bool read_quickly(struct cc_span text, struct cc_yaml_doc *doc)
{
	struct cc_quick q = { .arena = doc->arena, .line = 1 };
	struct cc_err why = { 0 };
	char *copy = NULL;
	bool is_read = false;

	if ((text.len != 0 && memchr(text.at, '\r', text.len) != NULL) ||
	    cc_arena_copy(doc->arena, text, &copy, &why) != 0)
		return false;
	q.at = q.line_start = copy;
	q.is_ascii = cc_ascii_len(text) == text.len;
	is_read = cc_quick_read(&q, &doc->root);
	free(q.stack);
	return is_read;
}

static int new_doc(struct cc_yaml_doc **out, struct cc_err *err)
{
	struct cc_arena *arena = NULL;
	void *at = NULL;

	CC_TRY(cc_arena_new(ARENA_MAX, &arena, err));
	if (cc_arena_take(arena, 1, sizeof(**out), &at, err) != 0) {
		cc_arena_free(arena);
		return cc_failed();
	}
	*out = at;
	(*out)->arena = arena;
	return 0;
}

int cc_yaml_parse_by(enum cc_yaml_reader reader, struct cc_span text, const char *const *tags,
		     struct cc_yaml_doc **out, struct cc_err *err)
{
	CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;
	bool is_read = false;

	if (text.len > CC_YAML_SIZE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "yaml has %zu bytes, more than %zu", text.len,
			       CC_YAML_SIZE_MAX);
	CC_TRY(cc_yaml_check_characters(text, err));
	CC_TRY(new_doc(&doc, err));
	text = without_mark(text);
	is_read = reader != CC_YAML_SLOWLY && read_quickly(text, doc);
	if (!is_read && reader == CC_YAML_QUICKLY)
		return cc_fail(err, CC_E_UNSUPPORTED, "the quick reader does not know this yaml");
	if (!is_read) {
		doc->root = (struct cc_yaml){ 0 };
		CC_TRY(read_slowly(text, tags, doc, err));
	}
	*out = CC_TAKE(doc);
	return 0;
}

int cc_yaml_parse(struct cc_span text, const char *const *tags, struct cc_yaml_doc **out,
		  struct cc_err *err)
{
	return cc_yaml_parse_by(CC_YAML_EITHER, text, tags, out, err);
}

const struct cc_yaml *cc_yaml_root(const struct cc_yaml_doc *doc)
{
	return &doc->root;
}

void cc_yaml_free(struct cc_yaml_doc *doc)
{
	if (doc != NULL)
		cc_arena_free(doc->arena); /* the document itself lies in it */
}

const struct cc_yaml *cc_yaml_get(const struct cc_yaml *mapping, const char *key)
{
	if (mapping->kind != CC_YAML_MAPPING)
		return NULL;
	for (size_t i = 0; i < mapping->count; i++)
		if (cc_str_eq(mapping->keys[i].text, key))
			return &mapping->values[i];
	return NULL;
}
