/* SPDX-License-Identifier: Apache-2.0 */
/* YAML nodes into structs, as the tables of language.c say. */
#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

#define ARENA_MAX ((size_t)32 * 1024 * 1024)
#define NAMES_MAX 64 /* keys of one thing, for suggestions */

/* Values are read and written through memcpy: `at` is a member of any struct. */
static void put(void *at, const void *value, size_t size)
{
	memcpy(at, value, size);
}

static void *offset(void *at, size_t by)
{
	return (uint8_t *)at + by;
}

int cc_parse_text(struct cc_parse *parse, const struct cc_yaml *node, char **out,
		  struct cc_err *err)
{
	if (node->kind != CC_YAML_SCALAR && node->kind != CC_YAML_NULL)
		return cc_fail(err, CC_E_ARG, "a %s where one value is expected",
			       node->kind == CC_YAML_MAPPING ? "mapping" : "list");
	if (memchr(node->text, '\0', node->text_len) != NULL)
		return cc_fail(err, CC_E_ARG, "text with a NUL character in it");
	return cc_arena_copy(parse->arena, cc_span(node->text, node->text_len), out, err);
}

int cc_finding_add(struct cc_policy *policy, const struct cc_finding *finding, struct cc_err *err)
{
	size_t count = policy->findings.count;
	struct cc_finding copy = *finding;
	char *text = NULL;

	if ((count & (count - 1)) == 0) { /* full at 0, 1, 2, 4, 8 …: twice the room */
		void *more = NULL;

		CC_TRY(cc_arena_take(policy->arena, count == 0 ? 1 : 2 * count, sizeof(copy), &more,
				     err));
		if (count != 0)
			memcpy(more, policy->findings.at, count * sizeof(copy));
		policy->findings.at = more;
	}
	CC_TRY(cc_arena_copy(policy->arena, cc_span_str(finding->text), &text, err));
	copy.text = text;
	policy->findings.at[count] = copy;
	policy->findings.count = count + 1;
	return 0;
}

int cc_parse_note(struct cc_parse *parse, const struct cc_yaml *node, enum cc_finding_level level,
		  const char *text, struct cc_err *err)
{
	struct cc_finding finding = { .place = { .line = node->line, .column = node->column },
				      .level = level };
	char *full = NULL;

	CC_TRY(cc_arena_printf(parse->arena, &full, err, "%s: %s", parse->path, text));
	finding.text = full;
	return cc_finding_add(parse->policy, &finding, err);
}

/* Step down into a key or an element; give the result to path_leave. */
static size_t path_key(struct cc_parse *parse, const char *key)
{
	size_t before = parse->path_len;
	size_t room = sizeof(parse->path) - before;
	int len = snprintf(parse->path + before, room, "%s%s", before == 0 ? "" : ".", key);

	if (len > 0)
		parse->path_len += (size_t)len < room ? (size_t)len : room - 1;
	return before;
}

static size_t path_index(struct cc_parse *parse, size_t index)
{
	size_t before = parse->path_len;
	size_t room = sizeof(parse->path) - before;
	int len = snprintf(parse->path + before, room, "[%zu]", index);

	if (len > 0)
		parse->path_len += (size_t)len < room ? (size_t)len : room - 1;
	return before;
}

static void path_leave(struct cc_parse *parse, size_t before)
{
	parse->path_len = before;
	parse->path[before] = '\0';
}

bool cc_parse_has(const struct cc_parse *parse, const char *key)
{
	const struct cc_yaml *value = cc_yaml_get(parse->node, key);

	return value != NULL && value->kind != CC_YAML_NULL;
}

void cc_parse_blame(struct cc_parse *parse, const char *key)
{
	const struct cc_yaml *node = parse->node;

	for (size_t i = 0; node->kind == CC_YAML_MAPPING && i < node->count; i++)
		if (cc_str_eq(node->keys[i].text, key)) {
			parse->node = &node->keys[i];
			(void)path_key(parse, key);
			return;
		}
}

static int read_text(struct cc_parse *parse, const struct cc_member *member,
		     const struct cc_yaml *node, void *at, struct cc_err *err)
{
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	if (member->check != NULL)
		CC_TRY(member->check(text, err));
	put(at, &text, sizeof(text));
	return 0;
}

static int read_session(struct cc_parse *parse, const struct cc_member *member,
			const struct cc_yaml *node, void *at, struct cc_err *err)
{
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_resolve_name(parse, &text, err));
	CC_TRY(member->check(text, err));
	put(at, &text, sizeof(text));
	return 0;
}

static int read_digest(struct cc_parse *parse, const struct cc_member *member,
		       const struct cc_yaml *node, void *at, struct cc_err *err)
{
	struct cc_maybe_digest value = { .is_set = true };
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_hex_parse_fixed(cc_span_str(text), member->name, CC_MUT(value.digest.b), err));
	put(at, &value, sizeof(value));
	return 0;
}

static int read_number(struct cc_parse *parse, const struct cc_member *member,
		       const struct cc_yaml *node, void *at, struct cc_err *err)
{
	char *text = NULL;
	uint64_t value = 0;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_parse_u64(cc_span_str(text), member->max, member->name, &value, err));
	put(at, &value, sizeof(value));
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
			put(at, &value, sizeof(value));
			return 0;
		}
	return cc_fail(err, CC_E_ARG, "'%.64s' is neither 'true' nor 'false'", text);
}

static int find_word(const struct cc_member *member, const char *text, uint64_t *out,
		     struct cc_err *err)
{
	const char *names[NAMES_MAX];
	const char *near = NULL;
	size_t count = 0;

	for (const struct cc_word *word = member->words; word->word != NULL; word++) {
		if (cc_str_eq(word->word, text)) {
			*out = word->value;
			return 0;
		}
		if (count < NAMES_MAX)
			names[count++] = word->word;
	}
	cc_err_set(err, CC_E_ARG, "'%.64s' is no value that this version knows here", text);
	near = cc_str_nearest(text, names, count);
	if (near != NULL)
		return cc_hint(err, "did you mean '%s'?", near);
	return cc_hint(err, "known are '%s'%s%s%s", names[0], count > 1 ? ", '" : "",
		       count > 1 ? names[1] : "",
		       count > 2   ? "' and others"
		       : count > 1 ? "'"
				   : "");
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
	put(at, &choice, sizeof(choice));
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
	put(at, &value, sizeof(value));
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

static bool is_variable(const struct cc_member *member, const struct cc_yaml *node)
{
	return (member->flags & CC_MEMBER_FRAGMENT) != 0 && node->kind == CC_YAML_SCALAR &&
	       cc_text_is_variable(node->text);
}

static int add_variable(struct cc_parse *parse, const struct cc_member *member,
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
		if (is_variable(member, &items[i])) {
			CC_TRY(add_variable(parse, member, &items[i], true, err));
			continue;
		}
		CC_TRY(cc_parse_text(parse, &items[i], &text, err));
		CC_TRY(find_word(member, text, &value, err));
		bits |= (uint32_t)value;
	}
	put(at, &bits, sizeof(bits));
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

static int read_texts(struct cc_parse *parse, const struct cc_member *member,
		      const struct cc_yaml *node, void *at, struct cc_err *err)
{
	const struct cc_yaml *items = NULL;
	struct cc_items list = { 0 };
	size_t count = 0;

	CC_TRY(list_of(member, node, &items, &count, err));
	CC_TRY(cc_arena_take(parse->arena, count, sizeof(char *), &list.at, err));
	for (size_t i = 0; i < count; i++) {
		size_t before = path_index(parse, i);

		parse->node = &items[i];
		CC_TRY(refuse_empty(&items[i], err));
		if (is_variable(member, &items[i]))
			CC_TRY(add_variable(parse, member, &items[i], true, err));
		else
			CC_TRY(read_text(parse, member, &items[i],
					 offset(list.at, list.count++ * sizeof(char *)), err));
		path_leave(parse, before);
	}
	put(at, &list, sizeof(list));
	return 0;
}

/* One variable; null is an empty value. */
static int read_pair(struct cc_parse *parse, const struct cc_member *member,
		     const struct cc_yaml *key, const struct cc_yaml *value, struct cc_pair *out,
		     struct cc_err *err)
{
	size_t before = path_key(parse, key->text);
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
	path_leave(parse, before);
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
		struct cc_pair pair = { 0 };

		CC_TRY(is_list ? read_assigned(parse, member, &node->values[i], &pair, err)
			       : read_pair(parse, member, &node->keys[i], &node->values[i], &pair,
					   err));
		put(offset(list.at, i * sizeof(pair)), &pair, sizeof(pair));
	}
	put(at, &list, sizeof(list));
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
		size_t before = path_index(parse, i);
		void *item = offset(list.at, list.count * member->shape->size);

		parse->node = &items[i];
		CC_TRY(refuse_empty(&items[i], err));
		if (is_variable(member, &items[i])) {
			CC_TRY(add_variable(parse, member, &items[i], true, err));
		} else {
			cc_schema_defaults(member->shape, item);
			CC_TRY(cc_schema_parse(parse, member->shape, &items[i], item, err));
			list.count++;
		}
		path_leave(parse, before);
	}
	put(at, &list, sizeof(list));
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
	put(at, &item, sizeof(item));
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
	[CC_MEMBER_TEXT] = read_text,       [CC_MEMBER_SESSION] = read_session,
	[CC_MEMBER_DIGEST] = read_digest,   [CC_MEMBER_NUMBER] = read_number,
	[CC_MEMBER_FLAG] = read_flag,       [CC_MEMBER_CHOICE] = read_choice,
	[CC_MEMBER_BITS] = read_bits,       [CC_MEMBER_TIME] = read_time,
	[CC_MEMBER_TEXTS] = read_texts,     [CC_MEMBER_PAIRS] = read_pairs,
	[CC_MEMBER_LIST] = read_list,       [CC_MEMBER_PART] = read_part,
	[CC_MEMBER_STRUCT] = read_struct,   [CC_MEMBER_OWN] = read_own,
	[CC_MEMBER_DROPPED] = read_dropped,
};

/* Before any key is read: what an absent key means. */
void cc_schema_defaults(const struct cc_shape *shape, void *at)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct cc_member *member = &shape->members[i];
		void *to = offset(at, member->at);
		unsigned int choice = (unsigned int)member->standard;
		bool flag = member->standard != 0;

		if ((member->flags & CC_MEMBER_ALIAS) != 0)
			continue;
		if (member->kind == CC_MEMBER_NUMBER ||
		    (member->kind == CC_MEMBER_OWN && member->standard != 0))
			put(to, &member->standard, sizeof(member->standard));
		else if (member->kind == CC_MEMBER_CHOICE)
			put(to, &choice, sizeof(choice));
		else if (member->kind == CC_MEMBER_FLAG)
			put(to, &flag, sizeof(flag));
		else if (member->kind == CC_MEMBER_PART)
			cc_schema_defaults(member->shape, to);
	}
}

/* "0.3.8" is 8; "0.3" and what is older, and "own", are 0. */
static unsigned int minor_of(const char *version)
{
	unsigned int minor = 0;

	if (!cc_str_starts(version, "0.3."))
		return 0;
	for (const char *c = version + 4; *c >= '0' && *c <= '9'; c++)
		minor = minor * 10 + (unsigned int)(*c - '0');
	return minor;
}

const struct cc_member *cc_schema_find(const struct cc_shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->count; i++)
		if (cc_str_eq(shape->members[i].name, name))
			return &shape->members[i];
	return NULL;
}

static int unknown_key(const struct cc_shape *shape, const char *name, struct cc_err *err)
{
	const char *names[NAMES_MAX];
	const char *near = NULL;
	size_t count = shape->count < NAMES_MAX ? shape->count : NAMES_MAX;

	for (size_t i = 0; i < count; i++)
		names[i] = shape->members[i].name;
	cc_err_set(err, CC_E_ARG, "'%.64s' is no key of this %s", name, shape->noun);
	near = cc_str_nearest(name, names, count);
	if (near != NULL)
		return cc_hint(err, "did you mean '%s'?", near);
	return cc_hint(err, "policy(5) lists the keys");
}

/* Two spellings of one member, both given: neither may win silently. */
static bool is_taken(const struct cc_member *member, void *at)
{
	const char *text = NULL;
	bool is_set = false;

	if (member->kind == CC_MEMBER_TEXT || member->kind == CC_MEMBER_SESSION)
		memcpy(&text, offset(at, member->at), sizeof(text));
	if (member->kind == CC_MEMBER_DIGEST)
		memcpy(&is_set, offset(at, member->at), sizeof(is_set));
	return text != NULL || is_set;
}

static bool is_list_kind(const struct cc_member *member)
{
	return member->kind == CC_MEMBER_TEXTS || member->kind == CC_MEMBER_LIST ||
	       member->kind == CC_MEMBER_BITS;
}

/* The value of a key: itself, or a variable that stands for it. */
static int read_value(struct cc_parse *parse, const struct cc_member *member,
		      const struct cc_yaml *value, void *at, struct cc_err *err)
{
	void *owner = parse->owner;

	parse->owner = at;
	/* One variable for a list is a list of one. */
	if (is_variable(member, value) && !is_list_kind(member))
		CC_TRY(add_variable(parse, member, value, false, err));
	else
		CC_TRY(readers[member->kind](parse, member, value, offset(at, member->at), err));
	parse->owner = owner;
	return 0;
}

static int parse_member(struct cc_parse *parse, const struct cc_shape *shape,
			const struct cc_yaml *key, const struct cc_yaml *value, void *at,
			struct cc_err *err)
{
	const struct cc_member *member = cc_schema_find(shape, key->text);
	size_t before = path_key(parse, key->text);

	parse->node = key;
	if (member == NULL)
		return unknown_key(shape, key->text, err);
	if (parse->minor != 0 && minor_of(member->since) > parse->minor)
		CC_TRY(cc_parse_note(parse, key, CC_FINDING_WARNING,
				     "came with a later version of the language", err));
	if (is_taken(member, at))
		return cc_fail(err, CC_E_ARG, "'%s' is given twice", member->name);
	parse->node = value;
	if (value->kind != CC_YAML_NULL || (member->flags & CC_MEMBER_EMPTY) != 0)
		CC_TRY(read_value(parse, member, value, at, err));
	path_leave(parse, before);
	return 0;
}

static int check_required(const struct cc_shape *shape, const struct cc_yaml *node,
			  struct cc_err *err)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct cc_member *member = &shape->members[i];
		const struct cc_yaml *value = NULL;

		if ((member->flags & CC_MEMBER_REQUIRED) == 0)
			continue;
		value = node->kind == CC_YAML_MAPPING ? cc_yaml_get(node, member->name) : NULL;
		if (value == NULL || value->kind == CC_YAML_NULL)
			return cc_fail(err, CC_E_ARG, "'%s' is missing in this %s", member->name,
				       shape->noun);
	}
	return 0;
}

/* A bare scalar: the one member that it stands for, or a form of its own. */
static int parse_scalar(struct cc_parse *parse, const struct cc_shape *shape,
			const struct cc_yaml *node, void *at, struct cc_err *err)
{
	const struct cc_member *member = NULL;
	char *text = NULL;

	if (shape->scalar != NULL)
		member = cc_schema_find(shape, shape->scalar);
	if (member != NULL)
		return read_text(parse, member, node, offset(at, member->at), err);
	CC_TRY(cc_parse_text(parse, node, &text, err));
	if (shape->from_text != NULL)
		return shape->from_text(parse, text, at, err);
	return cc_fail(err, CC_E_ARG, "a single value where a mapping is expected");
}

int cc_schema_parse(struct cc_parse *parse, const struct cc_shape *shape,
		    const struct cc_yaml *node, void *at, struct cc_err *err)
{
	struct cc_place place = { .line = node->line, .column = node->column };

	parse->node = node;
	put(at, &place, sizeof(place));
	if (node->kind == CC_YAML_SCALAR) {
		CC_TRY(parse_scalar(parse, shape, node, at, err));
	} else if (node->kind == CC_YAML_SEQUENCE) {
		return cc_fail(err, CC_E_ARG, "a list where a mapping is expected");
	} else {
		for (size_t i = 0; node->kind == CC_YAML_MAPPING && i < node->count; i++)
			CC_TRY(parse_member(parse, shape, &node->keys[i], &node->values[i], at,
					    err));
		parse->node = node;
		CC_TRY(check_required(shape, node, err));
	}
	parse->node = node;
	return shape->finish == NULL ? 0 : shape->finish(parse, at, err);
}

/* Tags stand at one place of the language; elsewhere they would be ignored. */
static int check_tags(struct cc_parse *parse, const struct cc_yaml *node,
		      const struct cc_yaml *tagged, struct cc_err *err)
{
	if (node->tag != NULL && node != tagged) {
		parse->node = node;
		return cc_fail(err, CC_E_ARG, "the tag '%.32s' has no place here", node->tag);
	}
	for (size_t i = 0; i < node->count; i++)
		CC_TRY(check_tags(parse, &node->values[i], tagged, err));
	return 0;
}

static int parse_root(struct cc_parse *parse, const struct cc_yaml *root, struct cc_err *err)
{
	const struct cc_yaml *version = NULL, *name = NULL, *store = NULL;

	if (root->kind != CC_YAML_MAPPING)
		return cc_fail(err, CC_E_ARG, "a policy is a mapping of keys to values");
	store = cc_yaml_get(root, "secret_config");
	CC_TRY(check_tags(parse, root, store == NULL ? NULL : cc_yaml_get(store, "store_in"), err));
	version = cc_yaml_get(root, "version");
	if (version != NULL && version->kind == CC_YAML_SCALAR) {
		parse->minor = minor_of(version->text);
		parse->is_03 = cc_str_starts(version->text, "0.3");
	}
	/* Relative names rest on it, and may stand before it in the text. */
	name = cc_yaml_get(root, "name");
	if (name != NULL && name->kind == CC_YAML_SCALAR)
		parse->name = name->text;
	cc_schema_defaults(&cc_shape_policy, parse->policy);
	return cc_schema_parse(parse, &cc_shape_policy, root, parse->policy, err);
}

static int parse_into(struct cc_policy *policy, struct cc_span text, struct cc_err *err)
{
	CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;
	static const char *const tags[] = { "!akv", "!cas", NULL };
	struct cc_parse parse = { .arena = policy->arena, .policy = policy };

	if (text.len > CC_POLICY_TEXT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the policy has %zu bytes, more than %zu",
			       text.len, CC_POLICY_TEXT_MAX);
	CC_TRY(cc_yaml_parse(text, tags, &doc, err));
	parse.node = cc_yaml_root(doc);
	/* The path is not unwound on failure: it names the innermost key that was read. */
	if (parse_root(&parse, parse.node, err) != 0)
		return cc_wrap(err, "line %u, column %u%s%s", parse.node->line, parse.node->column,
			       parse.path_len == 0 ? "" : ": ", parse.path);
	return 0;
}

int cc_policy_parse(struct cc_span text, struct cc_policy **out, struct cc_err *err)
{
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	struct cc_arena *arena = NULL;
	void *at = NULL;

	CC_TRY(cc_arena_new(ARENA_MAX, &arena, err));
	if (cc_arena_take(arena, 1, sizeof(*policy), &at, err) != 0) {
		cc_arena_free(arena);
		return cc_failed();
	}
	policy = at;
	policy->arena = arena;
	CC_TRY(parse_into(policy, text, err));
	CC_TRY(cc_policy_check(policy, err));
	*out = CC_TAKE(policy);
	return 0;
}

void cc_policy_free(struct cc_policy *policy)
{
	if (policy != NULL)
		cc_arena_free(policy->arena); /* the policy itself lies in it */
}
