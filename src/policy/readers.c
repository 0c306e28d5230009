/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who can read each volume that a workflow uses: its owner's creator, the stages,
 * and whoever else the owner exports it to. The last are listed because a grant
 * that the workflow does not use still lets data out.
 */
#include "policy/readers-internal.h"

#include "base/arena.h"
#include "base/str.h"

static int compare(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b ? 0 : a == NULL ? -1 : 1;
	return strcmp(a, b);
}

static int by_all(const void *a, const void *b)
{
	const struct cc_plan_reader *one = a, *other = b;
	const char *const mine[] = { one->owner, one->volume, one->policy, one->service,
				     one->stage };
	const char *const theirs[] = { other->owner, other->volume, other->policy, other->service,
				       other->stage };
	int order = 0;

	for (size_t i = 0; order == 0 && i < CC_COUNT(mine); i++)
		order = compare(mine[i], theirs[i]);
	return order;
}

struct readers {
	struct cc_plan *plan;
	size_t room;
};

/* The texts of `reader` lie in the plan's arena. */
static int add(struct readers *readers, const struct cc_plan_reader *reader, struct cc_err *err)
{
	struct cc_plan *plan = readers->plan;
	void *more = NULL;

	if (plan->readers.count == readers->room) {
		readers->room = readers->room == 0 ? 8 : 2 * readers->room;
		CC_TRY(cc_arena_take(plan->arena, readers->room, sizeof(*reader), &more, err));
		if (plan->readers.count != 0)
			memcpy(more, plan->readers.at, plan->readers.count * sizeof(*reader));
		plan->readers.at = more;
	}
	plan->readers.at[plan->readers.count++] = *reader;
	return 0;
}

static int add_stages(struct readers *readers, struct cc_err *err)
{
	const struct cc_plan *plan = readers->plan;

	for (size_t i = 0; i < plan->stages.count; i++) {
		const struct cc_plan_stage *stage = &plan->stages.at[i];

		for (size_t k = 0; k < stage->volumes.count; k++) {
			const struct cc_plan_volume *volume = &stage->volumes.at[k];
			const struct cc_plan_reader reader = { volume->owner, volume->volume,
							       stage->policy, stage->service,
							       stage->name };

			if (volume->access != CC_ACCESS_NONE)
				CC_TRY(add(readers, &reader, err));
		}
	}
	return 0;
}

static int copy(struct cc_arena *arena, const char *text, const char **out, struct cc_err *err)
{
	char *at = NULL;

	*out = NULL;
	if (text == NULL)
		return 0;
	CC_TRY(cc_arena_copy(arena, cc_span_str(text), &at, err));
	*out = at;
	return 0;
}

/* Beside the stages: the owner, and those it exports the volume to. */
static int add_granted(const struct cc_plan_ask *ask, struct readers *readers,
		       const struct cc_plan_reader *of, struct cc_err *err)
{
	struct cc_plan_reader reader = { of->owner, of->volume, of->owner, NULL, NULL };
	const struct cc_volume_entry *entry = NULL;
	struct cc_known known = *ask->workflow;

	if (!cc_str_eq(of->owner, ask->workflow->policy->name))
		CC_TRY(ask->view->find(ask->view->context, of->owner, &known, err));
	entry = cc_policy_volume(known.policy, of->volume);
	CC_TRY(add(readers, &reader, err));
	for (size_t i = 0; entry != NULL && i < entry->export.count; i++) {
		struct cc_arena *arena = readers->plan->arena;

		CC_TRY(copy(arena, entry->export.at[i].session, &reader.policy, err));
		CC_TRY(copy(arena, entry->export.at[i].service, &reader.service, err));
		CC_TRY(add(readers, &reader, err));
	}
	return 0;
}

static bool is_same_volume(const struct cc_plan_reader *a, const struct cc_plan_reader *b)
{
	return cc_str_eq(a->owner, b->owner) && cc_str_eq(a->volume, b->volume);
}

static void sort(struct cc_plan *plan)
{
	size_t kept = 0;

	if (plan->readers.count != 0)
		qsort(plan->readers.at, plan->readers.count, sizeof(*plan->readers.at), by_all);
	for (size_t i = 0; i < plan->readers.count; i++)
		if (kept == 0 || by_all(&plan->readers.at[kept - 1], &plan->readers.at[i]) != 0)
			plan->readers.at[kept++] = plan->readers.at[i];
	plan->readers.count = kept;
}

/* Sorted in between, so that each volume's grants are looked up once and not once a stage. */
int cc_plan_readers(const struct cc_plan_ask *ask, struct cc_plan *plan, struct cc_err *err)
{
	struct readers readers = { .plan = plan };
	size_t uses = 0;

	CC_TRY(add_stages(&readers, err));
	sort(plan);
	uses = plan->readers.count;
	for (size_t i = 0; i < uses; i++) {
		const struct cc_plan_reader reader = plan->readers.at[i];

		if (i == 0 || !is_same_volume(&plan->readers.at[i - 1], &reader))
			CC_TRY(add_granted(ask, &readers, &reader, err));
	}
	sort(plan);
	return 0;
}
