/* SPDX-License-Identifier: Apache-2.0 */
/* A policy for people: its members in the order of the tables, with defaults when asked for. */
#include "base/str.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

/* In what may be added to a text of this version: 0.3.x, or 0 when the version says nothing. */
struct adding {
	uint64_t minor;
};

static const struct cc_json *member_of(const struct cc_json *json, const char *name)
{
	for (size_t i = 0; i < cc_json_count(json); i++)
		if (cc_str_eq(cc_json_name_at(json, i), name))
			return cc_json_at(json, i);
	return NULL;
}

static int set_copy(struct cc_json *json, const char *name, const struct cc_json *value,
		    struct cc_err *err)
{
	struct cc_json *copy = NULL;

	CC_TRY(cc_json_copy(value, &copy, err));
	return cc_json_set(json, name, copy, err);
}

static int with_defaults(const struct adding *adding, const struct cc_shape *shape,
			 const struct cc_json *from, struct cc_json **out, struct cc_err *err);

typedef int default_fn(const struct adding *adding, const struct cc_member *member,
		       struct cc_json *json, struct cc_err *err);

/* One that stands for absence is more than may be written. */
static int set_number(const struct adding *adding, const struct cc_member *member,
		      struct cc_json *json, struct cc_err *err)
{
	(void)adding;
	if (member->max != 0 && member->standard > member->max)
		return 0;
	return cc_json_set_u64(json, member->name, member->standard, err);
}

static int set_flag(const struct adding *adding, const struct cc_member *member,
		    struct cc_json *json, struct cc_err *err)
{
	(void)adding;
	return cc_json_set_bool(json, member->name, member->standard != 0, err);
}

static int set_choice(const struct adding *adding, const struct cc_member *member,
		      struct cc_json *json, struct cc_err *err)
{
	(void)adding;
	for (const struct cc_word *word = member->words; word->word != NULL; word++)
		if (word->value == member->standard)
			return cc_json_set_str(json, member->name, word->word, err);
	return 0;
}

static int set_list(const struct adding *adding, const struct cc_member *member,
		    struct cc_json *json, struct cc_err *err)
{
	struct cc_json *empty = NULL;

	(void)adding;
	CC_TRY(cc_json_array(&empty, err));
	return cc_json_set(json, member->name, empty, err);
}

static int set_pairs(const struct adding *adding, const struct cc_member *member,
		     struct cc_json *json, struct cc_err *err)
{
	struct cc_json *empty = NULL;

	(void)adding;
	CC_TRY(cc_json_object(&empty, err));
	return cc_json_set(json, member->name, empty, err);
}

/* A part that is not there at all has its own defaults. */
static int set_part(const struct adding *adding, const struct cc_member *member,
		    struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *none = NULL;
	struct cc_json *part = NULL;

	CC_TRY(cc_json_object(&none, err));
	CC_TRY(with_defaults(adding, member->shape, none, &part, err));
	return cc_json_set(json, member->name, part, err);
}

/* What absence means, where that can be written. */
static default_fn *const defaults_of[CC_MEMBER_KIND_COUNT] = {
	[CC_MEMBER_NUMBER] = set_number, [CC_MEMBER_FLAG] = set_flag,
	[CC_MEMBER_CHOICE] = set_choice, [CC_MEMBER_BITS] = set_list,
	[CC_MEMBER_TEXTS] = set_list,    [CC_MEMBER_LIST] = set_list,
	[CC_MEMBER_PAIRS] = set_pairs,   [CC_MEMBER_PART] = set_part,
};

static bool is_newer(const struct adding *adding, const struct cc_member *member)
{
	uint64_t since = 0;
	struct cc_err ignored = { 0 };

	return adding->minor != 0 && cc_str_starts(member->since, "0.3.") &&
	       cc_parse_u64(cc_span_str(member->since + strlen("0.3.")), UINT32_MAX, "since",
			    &since, &ignored) == 0 &&
	       since > adding->minor;
}

static int set_default(const struct adding *adding, const struct cc_member *member,
		       struct cc_json *json, struct cc_err *err)
{
	default_fn *set = defaults_of[member->kind];

	return set == NULL || is_newer(adding, member) ? 0 : set(adding, member, json, err);
}

static int fill_list(const struct adding *adding, const struct cc_member *member,
		     const struct cc_json *list, struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *filled = NULL;

	CC_TRY(cc_json_array(&filled, err));
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const struct cc_json *item = cc_json_at(list, i);
		struct cc_json *one = NULL;

		CC_TRY(cc_json_is_object(item)
			       ? with_defaults(adding, member->shape, item, &one, err)
			       : cc_json_copy(item, &one, err));
		CC_TRY(cc_json_add(filled, one, err));
	}
	return cc_json_set(json, member->name, CC_TAKE(filled), err);
}

static int fill(const struct adding *adding, const struct cc_member *member,
		const struct cc_json *value, struct cc_json *json, struct cc_err *err)
{
	struct cc_json *part = NULL;

	if (member->kind == CC_MEMBER_LIST && cc_json_is_array(value))
		return fill_list(adding, member, value, json, err);
	if ((member->kind != CC_MEMBER_PART && member->kind != CC_MEMBER_STRUCT) ||
	    !cc_json_is_object(value))
		return set_copy(json, member->name, value, err);
	CC_TRY(with_defaults(adding, member->shape, value, &part, err));
	return cc_json_set(json, member->name, part, err);
}

/* A secret's keys depend on its kind, so only what is there is shown. */
static int with_defaults(const struct adding *adding, const struct cc_shape *shape,
			 const struct cc_json *from, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	if (shape == &cc_shape_secret)
		return cc_json_copy(from, out, err);
	CC_TRY(cc_json_object(&json, err));
	for (size_t i = 0; i < shape->count; i++) {
		const struct cc_member *member = &shape->members[i];
		const struct cc_json *value = member_of(from, member->name);

		if (value != NULL)
			CC_TRY(fill(adding, member, value, json, err));
		else if ((member->flags & CC_MEMBER_ALIAS) == 0)
			CC_TRY(set_default(adding, member, json, err));
	}
	*out = CC_TAKE(json);
	return 0;
}

int cc_policy_show(const struct cc_policy *policy, bool defaults, struct cc_json **out,
		   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct adding adding = { 0 };
	struct cc_err ignored = { 0 };

	CC_TRY(cc_schema_print(&cc_shape_policy, policy, &json, err));
	if (!defaults) {
		*out = CC_TAKE(json);
		return 0;
	}
	if (cc_str_starts(policy->version, "0.3."))
		cc_ignore(cc_parse_u64(cc_span_str(policy->version + strlen("0.3.")), UINT32_MAX,
				       "version", &adding.minor, &ignored));
	return with_defaults(&adding, &cc_shape_policy, json, out, err);
}
