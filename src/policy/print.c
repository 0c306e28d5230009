/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical form: what differs from the defaults, as RFC 8785 JSON.
 *
 * Defaults are left out and not written down, so that a key which a later
 * version adds does not change the hash of policies that lack it. Lists are
 * sets: sorted by their canonical bytes, each element once.
 */
#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

typedef int print_fn(const struct cc_member *member, const void *at, struct cc_json *json,
		     struct cc_err *err);

static bool is_required(const struct cc_member *member)
{
	return (member->flags & CC_MEMBER_REQUIRED) != 0;
}

static int print_text(const struct cc_member *member, const void *at, struct cc_json *json,
		      struct cc_err *err)
{
	const char *text = NULL;

	memcpy(&text, at, sizeof(text));
	return text == NULL ? 0 : cc_json_set_str(json, member->name, text, err);
}

static int print_digest(const struct cc_member *member, const void *at, struct cc_json *json,
			struct cc_err *err)
{
	const struct cc_maybe_digest *digest = at;

	if (!digest->is_set)
		return 0;
	return cc_json_set_hex(json, member->name, CC_DIGEST_SPAN(digest->digest), err);
}

static int print_number(const struct cc_member *member, const void *at, struct cc_json *json,
			struct cc_err *err)
{
	uint64_t value = 0;

	memcpy(&value, at, sizeof(value));
	if (value == member->standard && !is_required(member))
		return 0;
	return cc_json_set_u64(json, member->name, value, err);
}

static int print_flag(const struct cc_member *member, const void *at, struct cc_json *json,
		      struct cc_err *err)
{
	bool value = false;

	memcpy(&value, at, sizeof(value));
	if (value == (member->standard != 0))
		return 0;
	return cc_json_set_bool(json, member->name, value, err);
}

static int print_choice(const struct cc_member *member, const void *at, struct cc_json *json,
			struct cc_err *err)
{
	unsigned int value = 0;

	memcpy(&value, at, sizeof(value));
	if (value == member->standard && !is_required(member))
		return 0;
	for (const struct cc_word *word = member->words; word->word != NULL; word++)
		if (word->value == value)
			return cc_json_set_str(json, member->name, word->word, err);
	return cc_fail(err, CC_E_BUG, "'%s' has the value %u", member->name, value);
}

static int print_bits(const struct cc_member *member, const void *at, struct cc_json *json,
		      struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;
	uint32_t bits = 0;

	memcpy(&bits, at, sizeof(bits));
	if (bits == 0)
		return 0;
	CC_TRY(cc_json_array(&list, err));
	for (const struct cc_word *word = member->words; word->word != NULL; word++) {
		if ((bits & (uint32_t)word->value) != 0)
			CC_TRY(cc_json_add_str(list, word->word, err));
		bits &= ~(uint32_t)word->value; /* an alias is not printed too */
	}
	CC_TRY(cc_json_sort(list, err));
	return cc_json_set(json, member->name, CC_TAKE(list), err);
}

static int print_time(const struct cc_member *member, const void *at, struct cc_json *json,
		      struct cc_err *err)
{
	char text[CC_TIME_TEXT];
	int64_t value = 0;

	memcpy(&value, at, sizeof(value));
	if (value == 0)
		return 0;
	cc_time_print(value, text);
	return cc_json_set_str(json, member->name, text, err);
}

static int print_texts(const struct cc_member *member, const void *at, struct cc_json *json,
		       struct cc_err *err)
{
	const struct cc_texts *texts = at;
	CC_AUTO_JSON struct cc_json *list = NULL;

	if (texts->count == 0)
		return 0;
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < texts->count; i++)
		CC_TRY(cc_json_add_str(list, texts->at[i], err));
	CC_TRY(cc_json_sort(list, err));
	return cc_json_set(json, member->name, CC_TAKE(list), err);
}

static int print_pairs(const struct cc_member *member, const void *at, struct cc_json *json,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *map = NULL;
	const struct cc_pair *pairs = NULL;
	struct cc_items list = { 0 };

	memcpy(&list, at, sizeof(list));
	if (list.count == 0)
		return 0;
	pairs = list.at;
	CC_TRY(cc_json_object(&map, err));
	for (size_t i = 0; i < list.count; i++)
		CC_TRY(cc_json_set_str(map, pairs[i].name, pairs[i].value, err));
	return cc_json_set(json, member->name, CC_TAKE(map), err);
}

static int print_list(const struct cc_member *member, const void *at, struct cc_json *json,
		      struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *array = NULL;
	struct cc_items list = { 0 };

	memcpy(&list, at, sizeof(list));
	if (list.count == 0)
		return 0;
	CC_TRY(cc_json_array(&array, err));
	for (size_t i = 0; i < list.count; i++) {
		struct cc_json *item = NULL;

		CC_TRY(cc_schema_print(member->shape,
				       (const uint8_t *)list.at + i * member->shape->size, &item,
				       err));
		CC_TRY(cc_json_add(array, item, err));
	}
	CC_TRY(cc_json_sort(array, err));
	return cc_json_set(json, member->name, CC_TAKE(array), err);
}

static int print_part(const struct cc_member *member, const void *at, struct cc_json *json,
		      struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *part = NULL;

	CC_TRY(cc_schema_print(member->shape, at, &part, err));
	if (cc_json_count(part) == 0)
		return 0;
	return cc_json_set(json, member->name, CC_TAKE(part), err);
}

/* Printed even when it is empty: that it is there has a meaning. */
static int print_struct(const struct cc_member *member, const void *at, struct cc_json *json,
			struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *part = NULL;
	const void *item = NULL;

	memcpy(&item, at, sizeof(item));
	if (item == NULL)
		return 0;
	CC_TRY(cc_schema_print(member->shape, item, &part, err));
	return cc_json_set(json, member->name, CC_TAKE(part), err);
}

static int print_own(const struct cc_member *member, const void *at, struct cc_json *json,
		     struct cc_err *err)
{
	return member->own->print(at, member->name, json, err);
}

static int print_nothing(const struct cc_member *member, const void *at, struct cc_json *json,
			 struct cc_err *err)
{
	(void)member;
	(void)at;
	(void)json;
	(void)err;
	return 0;
}

static print_fn *const printers[CC_MEMBER_KIND_COUNT] = {
	[CC_MEMBER_TEXT] = print_text,       [CC_MEMBER_SESSION] = print_text,
	[CC_MEMBER_DIGEST] = print_digest,   [CC_MEMBER_NUMBER] = print_number,
	[CC_MEMBER_FLAG] = print_flag,       [CC_MEMBER_CHOICE] = print_choice,
	[CC_MEMBER_BITS] = print_bits,       [CC_MEMBER_TIME] = print_time,
	[CC_MEMBER_TEXTS] = print_texts,     [CC_MEMBER_PAIRS] = print_pairs,
	[CC_MEMBER_LIST] = print_list,       [CC_MEMBER_PART] = print_part,
	[CC_MEMBER_STRUCT] = print_struct,   [CC_MEMBER_OWN] = print_own,
	[CC_MEMBER_DROPPED] = print_nothing,
};

/* The elements that the list of this key has already. */
static int start_list(const struct cc_json *json, const char *key, struct cc_json **out,
		      struct cc_err *err)
{
	const struct cc_json *list = NULL;

	if (!cc_json_has(json, key))
		return cc_json_array(out, err);
	CC_TRY(cc_json_get_array(json, key, &list, err));
	return cc_json_copy(list, out, err);
}

/* Variables of one thing: for a key, or among the elements of its list. */
static int print_variables(const struct cc_variable *at, struct cc_json *json, struct cc_err *err)
{
	while (at != NULL) {
		CC_AUTO_JSON struct cc_json *list = NULL;
		const char *key = at->key;

		if (!at->is_element) {
			CC_TRY(cc_json_set_str(json, key, at->text, err));
			at = at->next;
			continue;
		}
		CC_TRY(start_list(json, key, &list, err));
		for (; at != NULL && at->is_element && cc_str_eq(at->key, key); at = at->next)
			CC_TRY(cc_json_add_str(list, at->text, err));
		CC_TRY(cc_json_sort(list, err));
		CC_TRY(cc_json_set(json, key, CC_TAKE(list), err));
	}
	return 0;
}

int cc_schema_print(const struct cc_shape *shape, const void *at, struct cc_json **out,
		    struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	const struct cc_place *place = at;

	CC_TRY(cc_json_object(&json, err));
	for (size_t i = 0; i < shape->count; i++) {
		const struct cc_member *member = &shape->members[i];

		if ((member->flags & CC_MEMBER_ALIAS) != 0)
			continue;
		CC_TRY(printers[member->kind](member, (const uint8_t *)at + member->at, json, err));
	}
	CC_TRY(print_variables(place->variables, json, err));
	*out = CC_TAKE(json);
	return 0;
}

int cc_policy_print(const struct cc_policy *policy, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_schema_print(&cc_shape_policy, policy, &json, err));
	return cc_json_print(json, out, err);
}

int cc_policy_hash(const struct cc_policy *policy, struct cc_digest *out, struct cc_err *err)
{
	static const char label[] = "concordat policy 1\n";
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_span parts[2];

	CC_TRY(cc_policy_print(policy, &text, err));
	parts[0] = cc_span_str(label);
	parts[1] = cc_buf_span(&text);
	return cc_sha256v(parts, CC_COUNT(parts), out, err);
}

int cc_policy_follows(const struct cc_policy *policy, const struct cc_digest *active,
		      struct cc_err *err)
{
	char hex[CC_HEX_DIGEST];
	bool is_same = policy->predecessor.is_set && active != NULL &&
		       cc_digest_eq(&policy->predecessor.digest, active);

	if (active == NULL && policy->predecessor.is_set) {
		cc_err_set(err, CC_E_CONFLICT,
			   "create policy '%s': it names a predecessor, but there is none",
			   policy->name);
		return cc_hint(err, "remove 'predecessor' from the text");
	}
	if (active == NULL || is_same)
		return 0;
	cc_hex_digest(active, hex);
	cc_err_set(err, CC_E_CONFLICT,
		   "update policy '%s': its predecessor is not the active version", policy->name);
	return cc_hint(err, "read what has changed, then set predecessor: %s", hex);
}
