/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/effects.h"

#include "base/str.h"
#include "policy/effects-internal.h"
#include "policy/schema-internal.h"

#define TEXT_MAX ((size_t)16 * 1024 * 1024) /* bytes of all sentences */
#define SCRATCH_MAX ((size_t)96 * 1024 * 1024)

static const struct cc_comparator *const comparators[] = {
	&cc_compare_access, &cc_compare_board,      &cc_compare_code,      &cc_compare_limits,
	&cc_compare_grants, &cc_compare_imports,    &cc_compare_mounts,    &cc_compare_network,
	&cc_compare_stages, &cc_compare_references, &cc_compare_fragments, &cc_compare_secrets,
	&cc_compare_mode,   &cc_compare_platform,
};

static const char *const class_names[CC_EFFECT_CLASS_COUNT] = {
	[CC_EFFECT_ANYTHING] = "anything",   [CC_EFFECT_OVERRIDE] = "override",
	[CC_EFFECT_BOARD] = "board",         [CC_EFFECT_ACCESS] = "access",
	[CC_EFFECT_CODE] = "code",           [CC_EFFECT_DATA] = "data",
	[CC_EFFECT_LIMITS] = "limits",       [CC_EFFECT_NETWORK] = "network",
	[CC_EFFECT_SECRETS] = "secrets",     [CC_EFFECT_WORKFLOW] = "workflow",
	[CC_EFFECT_TOLERANCE] = "tolerance", [CC_EFFECT_CONFIGURATION] = "configuration",
};

const char *cc_effect_class_name(enum cc_effect_class class)
{
	return class < CC_EFFECT_CLASS_COUNT ? class_names[class] : class_names[0];
}

enum cc_effect_class cc_effect_class_named(const char *name)
{
	for (unsigned int i = 0; i < CC_EFFECT_CLASS_COUNT; i++)
		if (cc_str_eq(class_names[i], name))
			return (enum cc_effect_class)i;
	return CC_EFFECT_ANYTHING;
}

const char *cc_effect_kind_name(enum cc_effect_kind kind)
{
	static const char *const names[CC_EFFECT_KIND_COUNT] = {
		[CC_EFFECT_PERMITS] = "permits",
		[CC_EFFECT_FORBIDS] = "forbids",
		[CC_EFFECT_CHANGES] = "changes",
	};

	return kind < CC_EFFECT_KIND_COUNT ? names[kind] : names[0];
}

const char *cc_effect_about_name(enum cc_effect_about about)
{
	static const char *const names[CC_ABOUT_COUNT] = {
		[CC_ABOUT_POLICY] = "policy", [CC_ABOUT_SERVICE] = "service",
		[CC_ABOUT_VOLUME] = "volume", [CC_ABOUT_SECRET] = "secret",
		[CC_ABOUT_IMAGE] = "image",
	};

	return about < CC_ABOUT_COUNT ? names[about] : names[0];
}

/* What needs the most care stands first. */
static unsigned int rank(const struct cc_effect *effect)
{
	static const unsigned int ranks[CC_EFFECT_KIND_COUNT] = {
		[CC_EFFECT_PERMITS] = 1,
		[CC_EFFECT_CHANGES] = 2,
		[CC_EFFECT_FORBIDS] = 3,
	};

	return effect->class == CC_EFFECT_OVERRIDE ? 0 : ranks[effect->kind];
}

static int compare_numbers(unsigned int a, unsigned int b)
{
	return a < b ? -1 : a > b;
}

static int by_order(const void *left, const void *right)
{
	const struct cc_effect *a = left, *b = right;
	int order = compare_numbers(rank(a), rank(b));

	if (order == 0)
		order = compare_numbers(a->class, b->class);
	if (order == 0)
		order = compare_numbers(a->about, b->about);
	if (order == 0)
		order = strcmp(a->subject, b->subject);
	return order == 0 ? strcmp(a->sentence, b->sentence) : order;
}

static void sort(struct cc_effects *effects)
{
	size_t kept = 0;

	if (effects->list.count == 0)
		return;
	qsort(effects->list.at, effects->list.count, sizeof(*effects->list.at), by_order);
	for (size_t i = 0; i < effects->list.count; i++)
		if (i == 0 || by_order(&effects->list.at[kept - 1], &effects->list.at[i]) != 0)
			effects->list.at[kept++] = effects->list.at[i];
	effects->list.count = kept;
}

int cc_effects_compare(struct cc_making *making, struct cc_err *err)
{
	if (cc_node_eq(making->old, making->new))
		return 0;
	for (size_t i = 0; i < CC_COUNT(comparators); i++) {
		making->origin = (struct cc_origin){ .speaker = i };
		CC_TRY(comparators[i]->say(making, err));
	}
	making->origin = (struct cc_origin){ .speaker = CC_SPEAKER_NONE };
	return cc_effects_walk(making, comparators, CC_COUNT(comparators), err);
}

static void arena_auto(struct cc_arena **arena)
{
	cc_arena_free(*arena);
}

static int load(const struct cc_policy *policy, struct cc_arena *arena, const struct cc_node **out,
		struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	if (policy == NULL)
		return 0;
	CC_TRY(cc_schema_print(&cc_shape_policy, policy, &json, err));
	return cc_node_make(json, arena, out, err);
}

static int make(const struct cc_policy *old, const struct cc_policy *new,
		struct cc_effects *effects, struct cc_err *err)
{
	CC_CLEANUP(arena_auto) struct cc_arena *scratch = NULL;
	struct cc_making making = { .effects = effects, .policy = new->name };

	CC_TRY(cc_arena_new(TEXT_MAX, &effects->arena, err));
	CC_TRY(cc_arena_new(SCRATCH_MAX, &scratch, err));
	making.scratch = scratch;
	CC_TRY(load(old, scratch, &making.old, err));
	CC_TRY(load(new, scratch, &making.new, err));
	CC_TRY(cc_effects_compare(&making, err));
	CC_TRY(cc_say_overrides(&making, new->board, err));
	sort(effects);
	return 0;
}

int cc_effects_make(const struct cc_policy *old, const struct cc_policy *new,
		    struct cc_effects **out, struct cc_err *err)
{
	CC_AUTO_EFFECTS struct cc_effects *effects = calloc(1, sizeof(*effects));

	if (effects == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for effects");
	if (make(old, new, effects, err) != 0)
		return cc_wrap(err, "effects of a change of policy '%.200s'", new->name);
	*out = CC_TAKE(effects);
	return 0;
}

void cc_effects_free(struct cc_effects *effects)
{
	if (effects == NULL)
		return;
	cc_arena_free(effects->arena);
	free(effects);
}

int cc_effects_print(const struct cc_effects *effects, struct cc_buf *out, struct cc_err *err)
{
	for (size_t i = 0; i < effects->list.count; i++) {
		const struct cc_effect *effect = &effects->list.at[i];

		CC_TRY(cc_buf_addf(out, err, "%s %s: ", cc_effect_kind_name(effect->kind),
				   cc_effect_class_name(effect->class)));
		CC_TRY(cc_buf_add_str(out, effect->sentence, err));
		CC_TRY(cc_buf_add_u8(out, '\n', err));
	}
	return 0;
}

int cc_effects_hash(const struct cc_effects *effects, struct cc_digest *out, struct cc_err *err)
{
	static const char label[] = "concordat effects 1\n";
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_span parts[2];

	CC_TRY(cc_effects_print(effects, &text, err));
	parts[0] = cc_span_str(label);
	parts[1] = cc_buf_span(&text);
	return cc_sha256v(parts, CC_COUNT(parts), out, err);
}

static int set_text(struct cc_json *json, const char *name, const char *text, struct cc_err *err)
{
	return text[0] == '\0' ? 0 : cc_json_set_str(json, name, text, err);
}

static int add_effect(struct cc_json *list, const struct cc_effect *effect, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(set_text(one, "kind", cc_effect_kind_name(effect->kind), err));
	CC_TRY(set_text(one, "class", cc_effect_class_name(effect->class), err));
	CC_TRY(set_text(one, "about", cc_effect_about_name(effect->about), err));
	CC_TRY(set_text(one, "subject", effect->subject, err));
	CC_TRY(set_text(one, "who", effect->who, err));
	CC_TRY(set_text(one, "often", effect->often, err));
	CC_TRY(set_text(one, "sentence", effect->sentence, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

int cc_effects_json(const struct cc_effects *effects, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < effects->list.count; i++)
		CC_TRY(add_effect(list, &effects->list.at[i], err));
	*out = CC_TAKE(list);
	return 0;
}
