/* SPDX-License-Identifier: Apache-2.0 */
/* Values of keys, by the kinds that the tables of language.c give them. */
#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "policy/parse-internal.h"

#define LIST_MAX 240 /* of words: less than a hint holds */

int cc_read_text(struct cc_parse *parse, const struct cc_member *member, const struct cc_yaml *node,
		 void *at, struct cc_err *err)
{
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	if (member->check != NULL)
		CC_TRY(member->check(text, err));
	cc_put(at, &text, sizeof(text));
	return 0;
}

static int read_session(struct cc_parse *parse, const struct cc_member *member,
			const struct cc_yaml *node, void *at, struct cc_err *err)
{
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_resolve_name(parse, &text, err));
	CC_TRY(member->check(text, err));
	cc_put(at, &text, sizeof(text));
	return 0;
}

static int read_digest(struct cc_parse *parse, const struct cc_member *member,
		       const struct cc_yaml *node, void *at, struct cc_err *err)
{
	struct cc_maybe_digest value = { .is_set = true };
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_hex_parse_fixed(cc_span_str(text), member->name, CC_MUT(value.digest.b), err));
	cc_put(at, &value, sizeof(value));
	return 0;
}

static int read_number(struct cc_parse *parse, const struct cc_member *member,
		       const struct cc_yaml *node, void *at, struct cc_err *err)
{
	char *text = NULL;
	uint64_t value = 0;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_parse_u64(cc_span_str(text), member->max, member->name, &value, err));
	cc_put(at, &value, sizeof(value));
	return 0;
}

static int read_flag(struct cc_parse *parse, const struct cc_member *member,
		     const struct cc_yaml *node, void *at, struct cc_err *err)
{
	/* Those of YAML 1.2; what 1.1 had beside them (yes, on) means text in other readers. */
	static const char *const spellings[] = {
		"true", "false", "True", "False", "TRUE", "FALSE"
	};
	char *text = NULL;
	bool value = false;

	(void)member;
	CC_TRY(cc_parse_text(parse, node, &text, err));
	for (size_t i = 0; i < CC_COUNT(spellings); i++)
		if (cc_str_eq(text, spellings[i])) {
			value = i % 2 == 0;
			cc_put(at, &value, sizeof(value));
			return 0;
		}
	return cc_fail(err, CC_E_ARG, "'%.64s' is neither 'true' nor 'false'", text);
}

/* As many as a hint has room for, in their order. */
static void list_words(const char *const *names, size_t count, char out[static LIST_MAX])
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		size_t need = strlen(names[i]) + 4; /* two quotes, comma, space */

		if (len + need + sizeof(" and others") > LIST_MAX) {
			(void)snprintf(out + len, LIST_MAX - len, " and others");
			return;
		}
		len += (size_t)snprintf(out + len, LIST_MAX - len, "%s'%s'", i == 0 ? "" : ", ",
					names[i]);
	}
}

static int find_word(const struct cc_member *member, const char *text, uint64_t *out,
		     struct cc_err *err)
{
	const char *names[CC_SUGGESTIONS_MAX];
	const char *near = NULL;
	char list[LIST_MAX];
	size_t count = 0;

	for (const struct cc_word *word = member->words; word->word != NULL; word++) {
		if (cc_str_eq(word->word, text)) {
			*out = word->value;
			return 0;
		}
		if (count < CC_SUGGESTIONS_MAX)
			names[count++] = word->word;
	}
	cc_err_set(err, CC_E_ARG, "'%.64s' is no value that this version knows here", text);
	near = cc_str_nearest(text, names, count);
	if (near != NULL)
		return cc_hint(err, "did you mean '%s'?", near);
	list_words(names, count, list);
	return cc_hint(err, "known are %s", list);
}

static int read_choice(struct cc_parse *parse, const struct cc_member *member,
		       const struct cc_yaml *node, void *at, struct cc_err *err)
{
	char *text = NULL;
	uint64_t value = 0;
	unsigned int choice = 0;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(find_word(member, text, &value, err));
	choice = (unsigned int)value;
	cc_put(at, &choice, sizeof(choice));
	return 0;
}

static int read_time(struct cc_parse *parse, const struct cc_member *member,
		     const struct cc_yaml *node, void *at, struct cc_err *err)
{
	char *text = NULL;
	int64_t value = 0;

	(void)member;
	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_time_parse(cc_span_str(text), &value, err));
	cc_put(at, &value, sizeof(value));
	return 0;
}

/* The elements of a list, or the one that stands for it where the language allows that. */
static int list_of(const struct cc_member *member, const struct cc_yaml *node,
		   const struct cc_yaml **first, size_t *count, struct cc_err *err)
{
	bool is_list = node->kind == CC_YAML_SEQUENCE;

	if (!is_list && (member->flags & CC_MEMBER_ONE) == 0)
		return cc_fail(err, CC_E_ARG, "a %s where a list is expected",
			       node->kind == CC_YAML_MAPPING ? "mapping" : "single value");
	*first = is_list ? node->values : node;
	*count = is_list ? node->count : 1;
	return 0;
}

bool cc_has_variable(const void *at, const char *key)
{
	const struct cc_place *place = at;

	for (const struct cc_variable *one = place->variables; one != NULL; one = one->next)
		if (cc_str_eq(one->key, key))
			return true;
	return false;
}

bool cc_is_variable(const struct cc_member *member, const struct cc_yaml *node)
{
	return (member->flags & CC_MEMBER_FRAGMENT) != 0 && node->kind == CC_YAML_SCALAR &&
	       cc_text_is_variable(node->text);
}

int cc_add_variable(struct cc_parse *parse, const struct cc_member *member,
		    const struct cc_yaml *node, bool is_element, struct cc_err *err)
{
	struct cc_variable *variable = NULL;
	struct cc_place *place = parse->owner;
	char *text = NULL;
	void *at = NULL;

	CC_TRY(cc_arena_take(parse->arena, 1, sizeof(*variable), &at, err));
	CC_TRY(cc_parse_text(parse, node, &text, err));
	variable = at;
	*variable = (struct cc_variable){ place->variables, member->name, text, is_element };
	place->variables = variable;
	parse->policy->variable_count++;
	return 0;
}

static int read_bits(struct cc_parse *parse, const struct cc_member *member,
		     const struct cc_yaml *node, void *at, struct cc_err *err)
{
	const struct cc_yaml *items = NULL;
	uint32_t bits = 0;
	size_t count = 0;

	CC_TRY(list_of(member, node, &items, &count, err));
	for (size_t i = 0; i < count; i++) {
		char *text = NULL;
		uint64_t value = 0;

		parse->node = &items[i];
		if (cc_is_variable(member, &items[i])) {
			CC_TRY(cc_add_variable(parse, member, &items[i], true, err));
			continue;
		}
		CC_TRY(cc_parse_text(parse, &items[i], &text, err));
		CC_TRY(find_word(member, text, &value, err));
		bits |= (uint32_t)value;
	}
	cc_put(at, &bits, sizeof(bits));
	return 0;
}

/* A '-' with nothing behind it: to drop it could be to drop what should have stood there. */
static int refuse_empty(const struct cc_yaml *item, struct cc_err *err)
{
	if (item->kind != CC_YAML_NULL)
		return 0;
	cc_err_set(err, CC_E_ARG, "an empty element");
	return cc_hint(err, "take out the '-', or write a value behind it");
}

/* One text, or a variable that stands for it. */
static int read_element(struct cc_parse *parse, const struct cc_member *member,
			const struct cc_yaml *item, size_t index, struct cc_items *list,
			struct cc_err *err)
{
	(void)cc_path_index(parse, index);
	parse->node = item;
	CC_TRY(refuse_empty(item, err));
	if (cc_is_variable(member, item))
		return cc_add_variable(parse, member, item, true, err);
	CC_TRY(cc_read_text(parse, member, item, cc_offset(list->at, list->count * sizeof(char *)),
			    err));
	list->count++;
	return 0;
}

static int read_texts(struct cc_parse *parse, const struct cc_member *member,
		      const struct cc_yaml *node, void *at, struct cc_err *err)
{
	const struct cc_yaml *items = NULL;
	struct cc_items list = { 0 };
	size_t count = 0;

	CC_TRY(list_of(member, node, &items, &count, err));
	CC_TRY(cc_arena_take(parse->arena, count, sizeof(char *), &list.at, err));
	for (size_t i = 0; i < count; i++) {
		const struct cc_parse_point point = cc_parse_here(parse);

		if (read_element(parse, member, &items[i], i, &list, err) != 0)
			CC_TRY(cc_parse_go_on(parse, &point, err));
		cc_path_leave(parse, point.path_len);
	}
	cc_put(at, &list, sizeof(list));
	return 0;
}

/* One variable; null is an empty value. */
static int read_pair(struct cc_parse *parse, const struct cc_member *member,
		     const struct cc_yaml *key, const struct cc_yaml *value, struct cc_pair *out,
		     struct cc_err *err)
{
	size_t before = cc_path_key(parse, key->text);
	char *name = NULL, *text = NULL;

	out->place = (struct cc_place){ .line = key->line, .column = key->column };
	parse->node = key;
	CC_TRY(cc_parse_text(parse, key, &name, err));
	CC_TRY(member->check(name, err));
	parse->node = value;
	if (value->kind == CC_YAML_NULL)
		CC_TRY(cc_arena_copy(parse->arena, cc_span_str(""), &text, err));
	else
		CC_TRY(cc_parse_text(parse, value, &text, err));
	out->name = name;
	out->value = text;
	cc_path_leave(parse, before);
	return 0;
}

/* `NAME=value`, also `NAME="value"`: some of SCONE's pages write lists of them. */
static int read_assigned(struct cc_parse *parse, const struct cc_member *member,
			 const struct cc_yaml *node, struct cc_pair *out, struct cc_err *err)
{
	char *text = NULL, *value = NULL;
	size_t len = 0;

	parse->node = node;
	out->place = (struct cc_place){ .line = node->line, .column = node->column };
	CC_TRY(cc_parse_text(parse, node, &text, err));
	value = strchr(text, '=');
	if (value == NULL)
		return cc_fail(err, CC_E_ARG, "'%.64s' is no 'NAME=value'", text);
	*value++ = '\0';
	CC_TRY(member->check(text, err));
	len = strlen(value);
	if (len >= 2 && (value[0] == '"' || value[0] == '\'') && value[len - 1] == value[0]) {
		value[len - 1] = '\0';
		value++;
	}
	out->name = text;
	out->value = value;
	return 0;
}

static int read_pairs(struct cc_parse *parse, const struct cc_member *member,
		      const struct cc_yaml *node, void *at, struct cc_err *err)
{
	bool is_list = node->kind == CC_YAML_SEQUENCE;
	struct cc_items list = { 0 };

	if (node->kind != CC_YAML_MAPPING &&
	    !(is_list && (member->flags & CC_MEMBER_ASSIGNED) != 0))
		return cc_fail(err, CC_E_ARG, "a mapping of names to values is expected");
	list.count = node->count;
	CC_TRY(cc_arena_take(parse->arena, list.count, sizeof(struct cc_pair), &list.at, err));
	for (size_t i = 0; i < node->count; i++) {
		const struct cc_parse_point point = cc_parse_here(parse);
		struct cc_pair pair = { 0 };

		if ((is_list ? read_assigned(parse, member, &node->values[i], &pair, err)
			     : read_pair(parse, member, &node->keys[i], &node->values[i], &pair,
					 err)) != 0)
			CC_TRY(cc_parse_go_on(parse, &point, err));
		cc_put(cc_offset(list.at, i * sizeof(pair)), &pair, sizeof(pair));
	}
	cc_put(at, &list, sizeof(list));
	return 0;
}

/* One thing of a list, or a variable that stands for it. */
static int read_item(struct cc_parse *parse, const struct cc_member *member,
		     const struct cc_yaml *node, size_t index, struct cc_items *list,
		     struct cc_err *err)
{
	void *item = cc_offset(list->at, list->count * member->shape->size);

	(void)cc_path_index(parse, index);
	parse->node = node;
	CC_TRY(refuse_empty(node, err));
	if (cc_is_variable(member, node))
		return cc_add_variable(parse, member, node, true, err);
	cc_schema_defaults(member->shape, item);
	CC_TRY(cc_schema_parse(parse, member->shape, node, item, err));
	list->count++;
	return 0;
}

static int read_list(struct cc_parse *parse, const struct cc_member *member,
		     const struct cc_yaml *node, void *at, struct cc_err *err)
{
	const struct cc_yaml *items = NULL;
	struct cc_items list = { 0 };
	size_t count = 0;

	CC_TRY(list_of(member, node, &items, &count, err));
	CC_TRY(cc_arena_take(parse->arena, count, member->shape->size, &list.at, err));
	for (size_t i = 0; i < count; i++) {
		const struct cc_parse_point point = cc_parse_here(parse);

		if (read_item(parse, member, &items[i], i, &list, err) != 0) {
			CC_TRY(cc_parse_go_on(parse, &point, err));
			/* The next one comes into its place. */
			memset(cc_offset(list.at, list.count * member->shape->size), 0,
			       member->shape->size);
		}
		cc_path_leave(parse, point.path_len);
	}
	cc_put(at, &list, sizeof(list));
	return 0;
}

static int read_part(struct cc_parse *parse, const struct cc_member *member,
		     const struct cc_yaml *node, void *at, struct cc_err *err)
{
	return cc_schema_parse(parse, member->shape, node, at, err);
}

static int read_struct(struct cc_parse *parse, const struct cc_member *member,
		       const struct cc_yaml *node, void *at, struct cc_err *err)
{
	void *item = NULL;

	CC_TRY(cc_arena_take(parse->arena, 1, member->shape->size, &item, err));
	cc_schema_defaults(member->shape, item);
	CC_TRY(cc_schema_parse(parse, member->shape, node, item, err));
	cc_put(at, &item, sizeof(item));
	return 0;
}

static int read_own(struct cc_parse *parse, const struct cc_member *member,
		    const struct cc_yaml *node, void *at, struct cc_err *err)
{
	return member->own->parse(parse, node, at, err);
}

static int read_dropped(struct cc_parse *parse, const struct cc_member *member,
			const struct cc_yaml *node, void *at, struct cc_err *err)
{
	(void)member;
	(void)at;
	return cc_parse_note(parse, node, CC_FINDING_WARNING, "has no meaning and is ignored", err);
}

typedef int read_fn(struct cc_parse *parse, const struct cc_member *member,
		    const struct cc_yaml *node, void *at, struct cc_err *err);
static read_fn *const readers[CC_MEMBER_KIND_COUNT] = {
	[CC_MEMBER_TEXT] = cc_read_text,    [CC_MEMBER_SESSION] = read_session,
	[CC_MEMBER_DIGEST] = read_digest,   [CC_MEMBER_NUMBER] = read_number,
	[CC_MEMBER_FLAG] = read_flag,       [CC_MEMBER_CHOICE] = read_choice,
	[CC_MEMBER_BITS] = read_bits,       [CC_MEMBER_TIME] = read_time,
	[CC_MEMBER_TEXTS] = read_texts,     [CC_MEMBER_PAIRS] = read_pairs,
	[CC_MEMBER_LIST] = read_list,       [CC_MEMBER_PART] = read_part,
	[CC_MEMBER_STRUCT] = read_struct,   [CC_MEMBER_OWN] = read_own,
	[CC_MEMBER_DROPPED] = read_dropped,
};

int cc_read_member(struct cc_parse *parse, const struct cc_member *member,
		   const struct cc_yaml *node, void *at, struct cc_err *err)
{
	return readers[member->kind](parse, member, node, at, err);
}
