/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/effects.h"

#include "tests/unit/policy/changes-program.h"

#include "base/str.h"
#include "policy/effects-internal.h"
#include "policy/schema-internal.h"

static struct cc_effects *effects_of(const struct cc_policy *old, const struct cc_policy *new)
{
	struct cc_effects *effects = NULL;
	struct cc_err err = { 0 };

	if (cc_effects_make(old, new, &effects, &err) != 0)
		fail_msg("%s", err.text);
	return effects;
}

/* Of two texts, the first of which may be NULL. */
static struct cc_effects *effects_between(const char *old_text, const char *new_text)
{
	CC_AUTO_POLICY struct cc_policy *old = old_text == NULL ? NULL : given(old_text);
	CC_AUTO_POLICY struct cc_policy *new = given(new_text);

	return effects_of(old, new);
}

static char *printed(const struct cc_effects *effects)
{
	CC_AUTO_BUF struct cc_buf buf = { 0 };
	struct cc_err err = { 0 };
	char *text = NULL;

	assert_int_equal(cc_effects_print(effects, &buf, &err), 0);
	assert_int_equal(cc_buf_take_str(&buf, &text, &err), 0);
	return text;
}

/* The policy of a row after its change. */
static char *changed(const struct change *change)
{
	const char *at = strstr(change->policy, change->from);
	struct cc_err err = { 0 };
	char *text = NULL;

	if (at == NULL || strstr(at + 1, change->from) != NULL)
		fail_msg("%s: '%s' does not stand in its policy once", change->what, change->from);
	assert_int_equal(cc_strf(&text, &err, "%.*s%s%s", (int)(at - change->policy),
				 change->policy, change->to, at + strlen(change->from)),
			 0);
	return text;
}

static void assert_sentences(const struct change *change)
{
	CC_AUTO_FREE char *text = changed(change), *said = NULL;
	CC_AUTO_EFFECTS struct cc_effects *effects = effects_between(change->policy, text);

	said = printed(effects);
	if (!cc_str_eq(said, change->effects))
		fail_msg("%s: expected\n%sbut there is\n%s", change->what, change->effects, said);
}

static void each_change_has_these_sentences_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(changes); i++)
		assert_sentences(&changes[i]);
	for (size_t i = 0; i < CC_COUNT(program_changes); i++)
		assert_sentences(&program_changes[i]);
}

static void a_new_policy_newly_permits_all_that_it_permits(void **state)
{
	CC_AUTO_EFFECTS struct cc_effects *effects = effects_between(
		NULL, "name: p\nservices: [{name: s, mrenclaves: [" HEX_A "], executions: "
		      "[{id: a, consumer: bob, maximum: 2}]}]\naccess_policy: {read: ANY}\n");
	CC_AUTO_FREE char *said = printed(effects);

	(void)state;
	assert_string_equal(
		said,
		"permits access: anyone may read the policy\n"
		"permits access: anyone may see it in lists\n"
		"permits access: the creator may change the policy\n"
		"permits access: the creator may create policies below it\n"
		"permits code: service 's' is new\n"
		"permits code: the program with MRENCLAVE '" HEX_A
		"' may be service 's'; the owner "
		"of policy 'p' alone says what it is\n"
		"permits limits: policy 'bob' may run service 's' 2 times on grant 'a', counted at "
		"completion, at most 3 attempts for each\n"
		"changes configuration: policy 'p' is new\n"
		"changes configuration: the policy is read by the rules of version '0.1' of the "
		"language\n");
}

static void an_effect_says_who_and_how_often(void **state)
{
	CC_AUTO_EFFECTS struct cc_effects *effects = effects_between(
		"name: p\nservices: [{name: s, mrenclaves: [" HEX_A "], executions: "
		"[{id: a, consumer: bob, maximum: 2}]}]\n",
		"name: p\nservices: [{name: s, mrenclaves: [" HEX_A "], executions: "
		"[{id: a, consumer: bob, maximum: 4}]}]\n");
	const struct cc_effect *effect = effects->list.at;

	(void)state;
	assert_int_equal(effects->list.count, 1);
	assert_int_equal(effect->class, CC_EFFECT_LIMITS);
	assert_int_equal(effect->kind, CC_EFFECT_PERMITS);
	assert_int_equal(effect->about, CC_ABOUT_SERVICE);
	assert_string_equal(effect->subject, "s");
	assert_string_equal(effect->who, "policy 'bob'");
	assert_string_equal(effect->often, "4 times");
}

/* A board has to tell what a change brings from what was so before (policy/board.h). */
static void an_override_is_said_as_long_as_it_stands(void **state)
{
	static const char text[] = "name: p\nboard:\n  members: [{name: ann, key: "
				   "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1}]\n"
				   "  rule: ann\n  self_approval: true\n";
	CC_AUTO_EFFECTS struct cc_effects *effects = effects_between(text, text);
	CC_AUTO_FREE char *said = printed(effects);

	(void)state;
	assert_string_equal(said, "permits override: member 'ann' of the board alone can agree to "
				  "any change of all this\n");
}

/* Whoever votes reads it before all that the change does. */
static void an_override_is_the_first_sentence(void **state)
{
	static const char alone[] = "name: p\naccess_policy: {read: ANY}\nboard:\n  members: "
				    "[{name: ann, key: "
				    "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1}]\n"
				    "  rule: ann\n  self_approval: true\n";
	CC_AUTO_EFFECTS struct cc_effects *effects = effects_between("name: p\n", alone);

	(void)state;
	assert_true(effects->list.count > 2);
	assert_int_equal(effects->list.at[0].class, CC_EFFECT_OVERRIDE);
	assert_string_equal(effects->list.at[0].who, "'ann'");
}

/* Key and value of a secret, and of what the language calls a key. */
static void no_sentence_shows_a_secret(void **state)
{
	static const char *const hidden[] = {
		"secrets: [{name: k, kind: ascii, value: canary}]",
		"services: [{name: s, mrenclaves: [" HEX_A "], fspf_key: " HEX_F "}]",
		"services: [{name: s, mrenclaves: [" HEX_A "], content_salt: " HEX_F "}]",
		"volumes: [{name: v, fspf_key: " HEX_F "}]",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(hidden); i++) {
		CC_AUTO_EFFECTS struct cc_effects *effects = NULL;
		CC_AUTO_FREE char *text = NULL, *said = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&text, &err, "name: p\n%s\n", hidden[i]), 0);
		effects = effects_between(NULL, text);
		said = printed(effects);
		assert_null(strstr(said, "canary"));
		assert_null(strstr(said, HEX_F));
	}
}

/* A value that ends its quotes, a line break, letters that look like others. */
static void no_value_can_forge_a_sentence(void **state)
{
	CC_AUTO_EFFECTS struct cc_effects *effects = effects_between(
		"name: p\nservices: [{name: s, mrenclaves: [" HEX_A "]}]\n",
		"name: p\nservices: [{name: s, mrenclaves: [" HEX_A "], environment: {A: "
		"\"x'\\nforbids access: 'y\\\\\u202eu\"}}]\n");
	CC_AUTO_FREE char *said = printed(effects);

	(void)state;
	assert_string_equal(said, "changes configuration: service 's' has "
				  "'x\\'\\x0aforbids access: \\'y\\\\\\xe2\\x80\\xaeu' in its "
				  "environment as 'A'\n");
}

static void sentences_are_printable_and_in_order(void **state)
{
	static const enum cc_effect_kind order[] = { CC_EFFECT_PERMITS, CC_EFFECT_CHANGES,
						     CC_EFFECT_FORBIDS };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(changes); i++) {
		CC_AUTO_FREE char *text = changed(&changes[i]);
		CC_AUTO_EFFECTS struct cc_effects *effects =
			effects_between(changes[i].policy, text);
		size_t reached = 0;

		for (size_t k = 0; k < effects->list.count; k++) {
			const struct cc_effect *effect = &effects->list.at[k];

			for (const char *c = effect->sentence; *c != '\0'; c++)
				assert_in_range((unsigned char)*c, ' ', '~');
			if (effect->class == CC_EFFECT_OVERRIDE) {
				assert_int_equal(k, 0);
				continue;
			}
			while (reached < CC_COUNT(order) && order[reached] != effect->kind)
				reached++;
			assert_in_range(reached, 0, CC_COUNT(order) - 1);
		}
	}
}

static void the_order_of_the_text_does_not_matter(void **state)
{
	static const char one[] = "name: p\ntolerate: [debug, simulation]\nservices:\n"
				  "- {name: a, mrenclaves: [" HEX_A ", " HEX_B "]}\n"
				  "- {name: b, mrenclaves: [" HEX_C "]}\n";
	static const char other[] = "services:\n"
				    "- {mrenclaves: " HEX_C ", name: b}\n"
				    "- {name: a, mrenclaves: [" HEX_B ", " HEX_A "]}\n"
				    "tolerate: [simulation, debug]\nname: p\n";
	CC_AUTO_EFFECTS struct cc_effects *first = effects_between("name: p\n", one);
	CC_AUTO_EFFECTS struct cc_effects *second = effects_between("name: p\n", other);
	CC_AUTO_EFFECTS struct cc_effects *none = effects_between(one, other);
	struct cc_digest a = { 0 }, b = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(none->list.count, 0);
	assert_int_equal(cc_effects_hash(first, &a, &err), 0);
	assert_int_equal(cc_effects_hash(second, &b, &err), 0);
	assert_true(cc_digest_eq(&a, &b));
}

static void the_hash_is_over_a_label_and_the_text(void **state)
{
	CC_AUTO_EFFECTS struct cc_effects *effects =
		effects_between("name: p\n", "name: p\naccess_policy: {read: ANY}\n");
	static const char text[] = "concordat effects 1\n"
				   "permits access: anyone may read the policy\n"
				   "permits access: anyone may see it in lists\n";
	struct cc_digest expected = { 0 }, hash = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sha256(cc_span_str(text), &expected, &err), 0);
	assert_int_equal(cc_effects_hash(effects, &hash, &err), 0);
	assert_true(cc_digest_eq(&hash, &expected));
}

static void classes_have_names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < CC_EFFECT_CLASS_COUNT; i++)
		assert_int_equal(
			cc_effect_class_named(cc_effect_class_name((enum cc_effect_class)i)), i);
	assert_int_equal(cc_effect_class_named("what is this"), CC_EFFECT_ANYTHING);
}

/* Every key of the language */

#define DEPTH_MAX 8

/* The keys from the top to the one that changes. */
struct path {
	const struct cc_member *members[DEPTH_MAX];
	size_t count;
	char name[256];
};

static struct cc_json *object(void)
{
	struct cc_json *json = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_json_object(&json, &err), 0);
	return json;
}

static struct cc_json *list_of(struct cc_json *item)
{
	struct cc_json *list = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_json_array(&list, &err), 0);
	if (item != NULL)
		assert_int_equal(cc_json_add(list, item, &err), 0);
	return list;
}

/* One of two values that a key may have. */
static void set_value(struct cc_json *json, const struct cc_member *member, bool is_first)
{
	const char *text = is_first ? "a" : "b";
	struct cc_json *item = NULL;
	struct cc_err err = { 0 };
	int result = 0;

	if (member->words != NULL && member->words[is_first ? 0 : 1].word != NULL)
		text = member->words[is_first ? 0 : 1].word;
	if (member->kind == CC_MEMBER_NUMBER) {
		result = cc_json_set_u64(json, member->name, is_first ? 1 : 2, &err);
	} else if (member->kind == CC_MEMBER_FLAG) {
		result = cc_json_set_bool(json, member->name, is_first, &err);
	} else if (member->kind == CC_MEMBER_BITS || member->kind == CC_MEMBER_TEXTS) {
		item = list_of(NULL);
		assert_int_equal(cc_json_add_str(item, text, &err), 0);
		result = cc_json_set(json, member->name, item, &err);
	} else if (member->kind == CC_MEMBER_PAIRS) {
		item = object();
		assert_int_equal(cc_json_set_str(item, "A", text, &err), 0);
		result = cc_json_set(json, member->name, item, &err);
	} else {
		result = cc_json_set_str(json, member->name, text, &err);
	}
	assert_int_equal(result, 0);
}

/* What must be there, so that elements have names and the rest stays as it is. */
static void set_required(struct cc_json *json, const struct cc_shape *shape)
{
	for (size_t i = 0; i < shape->count; i++)
		if ((shape->members[i].flags & CC_MEMBER_REQUIRED) != 0 &&
		    shape->members[i].shape == NULL)
			set_value(json, &shape->members[i], true);
}

enum value {
	ABSENT,
	FIRST,
	SECOND,
};

static struct cc_json *policy_with(const struct path *path, enum value value)
{
	struct cc_json *top = object(), *at = top;
	const struct cc_shape *shape = &cc_shape_policy;
	struct cc_err err = { 0 };

	for (size_t i = 0; i < path->count; i++) {
		const struct cc_member *member = path->members[i];
		struct cc_json *below = NULL;

		set_required(at, shape);
		if (i + 1 == path->count)
			break;
		shape = member->shape;
		below = object();
		assert_int_equal(
			cc_json_set(at, member->name,
				    member->kind == CC_MEMBER_LIST ? list_of(below) : below, &err),
			0);
		at = below;
	}
	if (value != ABSENT)
		set_value(at, path->members[path->count - 1], value == FIRST);
	return top;
}

/*
 * Keys that a board's strictest rule is for, and those that stand here in a form in which no policy
 * has them: alone in an export, a mount or a variant that other keys make what it is, or
 * with a value that the canonical form leaves out.
 */
static bool may_be_anything(const char *name)
{
	static const char *const starts[] = {
		".name",
		".images.volumes.",
		".volumes.export.",
		".secrets.export.",
		".services.attestation.mrenclave",
		".services.executions.counted",
		".security.attestation.exceptions.until",
		".tolerate",
		".digest",
		".board_",
	};

	for (size_t i = 0; i < CC_COUNT(starts); i++)
		if (cc_str_starts(name, starts[i]))
			return true;
	return false;
}

static void check_classes(const struct path *path, const struct cc_effects *effects)
{
	for (size_t i = 0; i < effects->list.count; i++)
		if (effects->list.at[i].class == CC_EFFECT_ANYTHING && !may_be_anything(path->name))
			fail_msg("%s has no sentence: %s", path->name,
				 effects->list.at[i].sentence);
}

static size_t sentences(const struct path *path, enum value before, enum value after)
{
	CC_AUTO_JSON struct cc_json *old = policy_with(path, before),
				    *new = policy_with(path, after);
	CC_AUTO_EFFECTS struct cc_effects *effects = calloc(1, sizeof(*effects));
	struct cc_making making = { .effects = effects, .policy = "p" };
	struct cc_err err = { 0 };
	int result = 0;

	assert_non_null(effects);
	assert_int_equal(cc_arena_new((size_t)1 << 24, &effects->arena, &err), 0);
	assert_int_equal(cc_arena_new((size_t)1 << 24, &making.scratch, &err), 0);
	result = cc_node_make(old, making.scratch, &making.old, &err) != 0 ||
		 cc_node_make(new, making.scratch, &making.new, &err) != 0 ||
		 cc_effects_compare(&making, &err) != 0;
	cc_arena_free(making.scratch);
	if (result != 0)
		fail_msg("%s: %s", path->name, err.text);
	check_classes(path, effects);
	return effects->list.count;
}

static void check_key(const struct path *path)
{
	const struct cc_member *member = path->members[path->count - 1];
	bool is_required = (member->flags & CC_MEMBER_REQUIRED) != 0;

	if (cc_str_eq(path->name, ".predecessor")) /* it has no effect: effects-rows.c says why */
		return;
	if (!is_required && sentences(path, ABSENT, FIRST) == 0)
		fail_msg("nothing is said when %s comes", path->name);
	if (!is_required && sentences(path, FIRST, ABSENT) == 0)
		fail_msg("nothing is said when %s goes", path->name);
	if (sentences(path, FIRST, SECOND) == 0)
		fail_msg("nothing is said when %s changes", path->name);
}

/* Number of keys below. */
static size_t check_keys(const struct cc_shape *shape, struct path *path)
{
	size_t count = 0, len = strlen(path->name);

	assert_true(path->count < DEPTH_MAX);
	for (size_t i = 0; i < shape->count; i++) {
		const struct cc_member *member = &shape->members[i];

		if ((member->flags & CC_MEMBER_ALIAS) != 0 || member->kind == CC_MEMBER_DROPPED)
			continue;
		path->members[path->count++] = member;
		(void)snprintf(path->name + len, sizeof(path->name) - len, ".%s", member->name);
		if (member->shape != NULL) {
			count += check_keys(member->shape, path);
		} else {
			check_key(path);
			count++;
		}
		path->count--;
		path->name[len] = '\0';
	}
	return count;
}

/* Also of keys that the language gains later, which then need a sentence of their own. */
static void a_change_of_every_key_of_the_language_is_said(void **state)
{
	struct path path = { 0 };

	(void)state;
	assert_true(check_keys(&cc_shape_policy, &path) > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_change_has_these_sentences_and_no_other),
		cmocka_unit_test(a_new_policy_newly_permits_all_that_it_permits),
		cmocka_unit_test(an_effect_says_who_and_how_often),
		cmocka_unit_test(an_override_is_said_as_long_as_it_stands),
		cmocka_unit_test(an_override_is_the_first_sentence),
		cmocka_unit_test(no_sentence_shows_a_secret),
		cmocka_unit_test(no_value_can_forge_a_sentence),
		cmocka_unit_test(sentences_are_printable_and_in_order),
		cmocka_unit_test(the_order_of_the_text_does_not_matter),
		cmocka_unit_test(the_hash_is_over_a_label_and_the_text),
		cmocka_unit_test(classes_have_names),
		cmocka_unit_test(a_change_of_every_key_of_the_language_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
