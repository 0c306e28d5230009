/* SPDX-License-Identifier: Apache-2.0 */
/* YAML nodes into structs, as the tables of language.c say. */
#include "base/str.h"
#include "policy/parse-internal.h"

#define ARENA_MAX ((size_t)32 * 1024 * 1024)

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

/* What does not fit is cut off: the path is for people. */
static void path_add(struct cc_parse *parse, struct cc_span text)
{
	size_t room = sizeof(parse->path) - 1 - parse->path_len;
	size_t len = text.len < room ? text.len : room;

	memcpy(parse->path + parse->path_len, text.at, len);
	parse->path_len += len;
	parse->path[parse->path_len] = '\0';
}

/* Step down into a key or an element; give the result to path_leave. */
size_t cc_path_key(struct cc_parse *parse, const char *key)
{
	size_t before = parse->path_len;

	if (before != 0)
		path_add(parse, cc_span_str("."));
	path_add(parse, cc_span_str(key));
	return before;
}

size_t cc_path_index(struct cc_parse *parse, size_t index)
{
	size_t before = parse->path_len, at = 24;
	char text[24];

	text[--at] = ']';
	for (; index >= 10; index /= 10)
		text[--at] = (char)('0' + index % 10);
	text[--at] = (char)('0' + index);
	text[--at] = '[';
	path_add(parse, cc_span(text + at, sizeof(text) - at));
	return before;
}

void cc_path_leave(struct cc_parse *parse, size_t before)
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
			(void)cc_path_key(parse, key);
			return;
		}
}

/* Before any key is read: what an absent key means. */
void cc_schema_defaults(const struct cc_shape *shape, void *at)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct cc_member *member = &shape->members[i];
		void *to = cc_offset(at, member->at);
		unsigned int choice = (unsigned int)member->standard;
		bool flag = member->standard != 0;

		if ((member->flags & CC_MEMBER_ALIAS) != 0)
			continue;
		if (member->kind == CC_MEMBER_NUMBER ||
		    (member->kind == CC_MEMBER_OWN && member->standard != 0))
			cc_put(to, &member->standard, sizeof(member->standard));
		else if (member->kind == CC_MEMBER_CHOICE)
			cc_put(to, &choice, sizeof(choice));
		else if (member->kind == CC_MEMBER_FLAG)
			cc_put(to, &flag, sizeof(flag));
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
	const char *names[CC_SUGGESTIONS_MAX];
	const char *near = NULL;
	size_t count = shape->count < CC_SUGGESTIONS_MAX ? shape->count : CC_SUGGESTIONS_MAX;

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
		memcpy(&text, cc_offset(at, member->at), sizeof(text));
	if (member->kind == CC_MEMBER_DIGEST)
		memcpy(&is_set, cc_offset(at, member->at), sizeof(is_set));
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
	if (cc_is_variable(member, value) && !is_list_kind(member))
		CC_TRY(cc_add_variable(parse, member, value, false, err));
	else
		CC_TRY(cc_read_member(parse, member, value, cc_offset(at, member->at), err));
	parse->owner = owner;
	return 0;
}

static int parse_member(struct cc_parse *parse, const struct cc_shape *shape,
			const struct cc_yaml *key, const struct cc_yaml *value, void *at,
			struct cc_err *err)
{
	const struct cc_member *member = cc_schema_find(shape, key->text);
	size_t before = cc_path_key(parse, key->text);

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
	cc_path_leave(parse, before);
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
		return cc_read_text(parse, member, node, cc_offset(at, member->at), err);
	CC_TRY(cc_parse_text(parse, node, &text, err));
	if (shape->from_text != NULL)
		return shape->from_text(parse, text, at, err);
	return cc_fail(err, CC_E_ARG, "a single value where a mapping is expected");
}

int cc_schema_parse(struct cc_parse *parse, const struct cc_shape *shape,
		    const struct cc_yaml *node, void *at, struct cc_err *err)
{
	struct cc_place place = { .line = node->line, .column = node->column };
	size_t before = cc_parse_mistakes(parse);

	parse->node = node;
	cc_put(at, &place, sizeof(place));
	if (node->kind == CC_YAML_SCALAR) {
		CC_TRY(parse_scalar(parse, shape, node, at, err));
	} else if (node->kind == CC_YAML_SEQUENCE) {
		return cc_fail(err, CC_E_ARG, "a list where a mapping is expected");
	} else {
		for (size_t i = 0; node->kind == CC_YAML_MAPPING && i < node->count; i++) {
			const struct cc_parse_point point = cc_parse_here(parse);

			if (parse_member(parse, shape, &node->keys[i], &node->values[i], at, err))
				CC_TRY(cc_parse_go_on(parse, &point, err));
		}
		parse->node = node;
		/* What is missing may be what stands there misspelled. */
		if (cc_parse_mistakes(parse) != before)
			return 0;
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
	if (cc_yaml_get(root, "apiVersion") != NULL) {
		cc_err_set(err, CC_E_ARG, "a resource of Kubernetes and no policy");
		return cc_hint(err, "where it has one, its text stands in 'spec.policy'");
	}
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

static int parse_into(struct cc_policy *policy, struct cc_span text, struct cc_mistakes *mistakes,
		      struct cc_err *err)
{
	CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;
	static const char *const tags[] = { "!akv", "!cas", NULL };
	struct cc_parse parse = { .arena = policy->arena, .policy = policy, .mistakes = mistakes };

	if (text.len > CC_POLICY_TEXT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the policy has %zu bytes, more than %zu",
			       text.len, CC_POLICY_TEXT_MAX);
	CC_TRY(cc_yaml_parse(text, tags, &doc, err));
	parse.node = cc_yaml_root(doc);
	/* The path is not unwound on failure: it names the innermost key that was read. */
	if (parse_root(&parse, parse.node, err) != 0)
		return cc_parse_place(&parse, err);
	return cc_parse_mistakes(&parse) == 0 ? 0 : cc_failed();
}

int cc_policy_read_text(struct cc_span text, struct cc_mistakes *mistakes, struct cc_policy **out,
			struct cc_err *err)
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
	CC_TRY(parse_into(policy, text, mistakes, err));
	CC_TRY(cc_policy_check(policy, err));
	*out = CC_TAKE(policy);
	return 0;
}

int cc_policy_parse(struct cc_span text, struct cc_policy **out, struct cc_err *err)
{
	return cc_policy_read_text(text, NULL, out, err);
}

void cc_policy_free(struct cc_policy *policy)
{
	if (policy != NULL)
		cc_arena_free(policy->arena); /* the policy itself lies in it */
}
