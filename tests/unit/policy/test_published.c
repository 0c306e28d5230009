/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docs/policy.schema.json, the JSON Schema that editors complete and check policies by,
 * is what the tables say. `test_policy_published --print` writes it.
 *
 * It is more lenient than the parser, which also knows forms, references and what
 * excludes what; whatever the parser accepts, it accepts.
 */
#include "tests/unit/test.h"

#include "base/dir.h"
#include "base/str.h"
#include "policy/schema-internal.h"

#define SCHEMA_MAX ((size_t)1024 * 1024)
#define VARIABLE "^\\$\\$SCONE::.+\\$\\$$"

/* The test's own errors end it. */
static struct cc_err oops;
#define ok(call)                                   \
	do {                                       \
		if ((call) != 0)                   \
			fail_msg("%s", oops.text); \
	} while (0)

static struct cc_json *object(void)
{
	struct cc_json *json = NULL;

	ok(cc_json_object(&json, &oops));
	return json;
}

static struct cc_json *array(void)
{
	struct cc_json *json = NULL;

	ok(cc_json_array(&json, &oops));
	return json;
}

/* {"type": …} of one word, or of words split at spaces. */
static struct cc_json *typed(const char *types)
{
	struct cc_json *json = object(), *list = NULL;

	if (strchr(types, ' ') == NULL) {
		ok(cc_json_set_str(json, "type", types, &oops));
		return json;
	}
	list = array();
	for (const char *at = types; *at != '\0';) {
		size_t len = strcspn(at, " ");
		CC_AUTO_FREE char *word = NULL;

		ok(cc_strf(&word, &oops, "%.*s", (int)len, at));
		ok(cc_json_add_str(list, word, &oops));
		at += len + strspn(at + len, " ");
	}
	ok(cc_json_set(json, "type", list, &oops));
	return json;
}

static struct cc_json *ref(const char *name)
{
	struct cc_json *json = object();
	CC_AUTO_FREE char *path = NULL;

	ok(cc_strf(&path, &oops, "#/$defs/%s", name));
	ok(cc_json_set_str(json, "$ref", path, &oops));
	return json;
}

static struct cc_json *scalar(void)
{
	return ref("scalar");
}

static struct cc_json *words(const struct cc_word *word)
{
	struct cc_json *json = object(), *list = array();

	for (; word->word != NULL; word++)
		ok(cc_json_add_str(list, word->word, &oops));
	ok(cc_json_set(json, "enum", list, &oops));
	return json;
}

static struct cc_json *flag(void)
{
	struct cc_json *json = object(), *list = NULL;

	ok(cc_json_parse(cc_span_str("[true,false,\"true\",\"false\"]"), 64, &list, &oops));
	ok(cc_json_set(json, "enum", list, &oops));
	return json;
}

static struct cc_json *any_of(struct cc_json *one, struct cc_json *other)
{
	struct cc_json *json = object(), *list = array();

	ok(cc_json_add(list, one, &oops));
	ok(cc_json_add(list, other, &oops));
	ok(cc_json_set(json, "anyOf", list, &oops));
	return json;
}

static struct cc_json *variable(void)
{
	return ref("variable");
}

static struct cc_json *list_of(const struct cc_member *member, struct cc_json *item)
{
	struct cc_json *json = typed("array"), *one = NULL;

	if ((member->flags & CC_MEMBER_FRAGMENT) != 0)
		item = any_of(item, variable());
	ok(cc_json_copy(item, &one, &oops));
	ok(cc_json_set(json, "items", item, &oops));
	if ((member->flags & CC_MEMBER_ONE) != 0)
		return any_of(one, json);
	cc_json_free(one);
	return json;
}

static struct cc_json *pairs(const struct cc_member *member)
{
	struct cc_json *json = typed("object"), *list = NULL;

	ok(cc_json_set(json, "additionalProperties", typed("string number boolean null"), &oops));
	if ((member->flags & CC_MEMBER_ASSIGNED) == 0)
		return json;
	list = typed("array");
	ok(cc_json_set(list, "items", typed("string"), &oops));
	return any_of(json, list);
}

static struct cc_json *shape_of(const struct cc_shape *shape);

static struct cc_json *value_of(const struct cc_member *member)
{
	struct cc_json *json = NULL;

	switch (member->kind) {
	case CC_MEMBER_NUMBER:
		json = typed("integer string");
		ok(cc_json_set_u64(json, "maximum", member->max, &oops));
		return json;
	case CC_MEMBER_FLAG:
		return flag();
	case CC_MEMBER_CHOICE:
		return words(member->words);
	case CC_MEMBER_BITS:
		return list_of(member, words(member->words));
	case CC_MEMBER_TEXTS:
		return list_of(member, scalar());
	case CC_MEMBER_PAIRS:
		return pairs(member);
	case CC_MEMBER_LIST:
		return list_of(member, shape_of(member->shape));
	case CC_MEMBER_PART:
	case CC_MEMBER_STRUCT:
		return shape_of(member->shape);
	case CC_MEMBER_TEXT:
	case CC_MEMBER_SESSION:
	case CC_MEMBER_DIGEST:
	case CC_MEMBER_TIME:
		return scalar();
	case CC_MEMBER_OWN:
	case CC_MEMBER_DROPPED:
	case CC_MEMBER_KIND_COUNT:
		break;
	}
	return object(); /* a form of its own: anything */
}

static struct cc_json *member_of(const struct cc_member *member)
{
	struct cc_json *json = value_of(member);

	if ((member->flags & CC_MEMBER_FRAGMENT) != 0)
		json = any_of(json, variable());
	if ((member->flags & CC_MEMBER_REQUIRED) == 0 && cc_json_count(json) != 0)
		json = any_of(json, ref("null"));
	ok(cc_json_set_str(json, "$comment", member->since, &oops));
	return json;
}

static struct cc_json *shape_of(const struct cc_shape *shape)
{
	struct cc_json *json = typed("object"), *properties = object(), *required = array();

	for (size_t i = 0; i < shape->count; i++) {
		const struct cc_member *member = &shape->members[i];

		ok(cc_json_set(properties, member->name, member_of(member), &oops));
		if ((member->flags & CC_MEMBER_REQUIRED) != 0)
			ok(cc_json_add_str(required, member->name, &oops));
	}
	ok(cc_json_set(json, "properties", properties, &oops));
	ok(cc_json_set(json, "required", required, &oops));
	ok(cc_json_set_bool(json, "additionalProperties", false, &oops));
	if (shape->scalar == NULL && shape->from_text == NULL)
		return json;
	return any_of(json, scalar());
}

/* The whole document, as it is published. The caller clears. */
static void describe(struct cc_buf *out)
{
	CC_AUTO_JSON struct cc_json *json = shape_of(&cc_shape_policy);
	struct cc_json *defs = object(), *reference = typed("string");

	ok(cc_json_set_str(reference, "pattern", VARIABLE, &oops));
	ok(cc_json_set(defs, "variable", reference, &oops));
	/* Scalars count by their text: `0.3` is a number to others. */
	ok(cc_json_set(defs, "scalar", typed("string number boolean"), &oops));
	ok(cc_json_set(defs, "null", typed("null"), &oops));
	ok(cc_json_set(json, "$defs", defs, &oops));
	ok(cc_json_set_str(json, "$schema", "https://json-schema.org/draft/2020-12/schema", &oops));
	ok(cc_json_set_str(json, "title", "A policy of Concordat, as policy(5) says", &oops));
	ok(cc_json_print_pretty(json, out, &oops));
	ok(cc_buf_add_str(out, "\n", &oops));
}

static void the_published_schema_is_what_the_tables_say(void **state)
{
	const char *root = getenv("MESON_SOURCE_ROOT");
	CC_AUTO_BUF struct cc_buf made = { 0 }, published = { 0 };
	CC_AUTO_FREE char *path = NULL;

	(void)state;
	describe(&made);
	ok(cc_strf(&path, &oops, "%s/docs/policy.schema.json", root == NULL ? "." : root));
	ok(cc_file_read(path, SCHEMA_MAX, &published, &oops));
	if (made.len != published.len || memcmp(made.at, published.at, made.len) != 0)
		fail_msg("run test_policy_published --print > docs/policy.schema.json");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_schema_is_what_the_tables_say),
	};
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (argc != 2 || !cc_str_eq(argv[1], "--print"))
		return cmocka_run_group_tests(tests, NULL, NULL);
	describe(&text);
	return fwrite(text.at, 1, text.len, stdout) == text.len ? 0 : 1;
}
