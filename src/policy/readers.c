/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who can read each volume that a workflow uses: its owner's creator, the stages,
 * and whoever else the owner exports it to. The last are listed because a grant
 * that the workflow does not use still lets data out.
 */
#include "policy/readers-internal.h"

#include "base/str.h"
#include "policy/arena.h"

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

static int add(struct readers *readers, const struct cc_plan_reader *reader, struct cc_err *err)
{
	struct cc_plan *plan = readers->plan;
	const char *const from[] = { reader->owner, reader->volume, reader->policy, reader->service,
				     reader->stage };
	char *to[CC_COUNT(from)] = { NULL };
	void *more = NULL;

	for (size_t i = 0; i < plan->readers.count; i++)
		if (by_all(&plan->readers.at[i], reader) == 0)
			return 0;
	if (plan->readers.count == readers->room) {
		readers->room = readers->room == 0 ? 8 : 2 * readers->room;
		CC_TRY(cc_arena_take(plan->arena, readers->room, sizeof(*reader), &more, err));
		if (plan->readers.count != 0)
			memcpy(more, plan->readers.at, plan->readers.count * sizeof(*reader));
		plan->readers.at = more;
	}
	for (size_t i = 0; i < CC_COUNT(from); i++)
		if (from[i] != NULL)
			CC_TRY(cc_arena_copy(plan->arena, cc_span_str(from[i]), &to[i], err));
	plan->readers.at[plan->readers.count++] =
		(struct cc_plan_reader){ to[0], to[1], to[2], to[3], to[4] };
	return 0;
}

/* Beside the stages: the owner, and those it exports the volume to. */
static int add_granted(const struct cc_plan_ask *ask, struct readers *readers,
		       const struct cc_plan_volume *volume, struct cc_err *err)
{
	const struct cc_volume_entry *entry = NULL;
	struct cc_known known = { 0 };

	if (cc_str_eq(volume->owner, ask->workflow->policy->name))
		known = *ask->workflow;
	else
		CC_TRY(ask->view->find(ask->view->context, volume->owner, &known, err));
	entry = cc_policy_volume(known.policy, volume->volume);
	CC_TRY(add(readers,
		   &(struct cc_plan_reader){ .owner = volume->owner,
					     .volume = volume->volume,
					     .policy = volume->owner },
		   err));
	for (size_t i = 0; entry != NULL && i < entry->export.count; i++)
		CC_TRY(add(readers,
			   &(struct cc_plan_reader){ .owner = volume->owner,
						     .volume = volume->volume,
						     .policy = entry->export.at[i].session,
						     .service = entry->export.at[i].service },
			   err));
	return 0;
}

int cc_plan_readers(const struct cc_plan_ask *ask, struct cc_plan *plan, struct cc_err *err)
{
	struct readers readers = { .plan = plan };

	for (size_t i = 0; i < plan->stages.count; i++) {
		const struct cc_plan_stage *stage = &plan->stages.at[i];

		for (size_t k = 0; k < stage->volumes.count; k++) {
			const struct cc_plan_volume *volume = &stage->volumes.at[k];

			if (volume->access == CC_ACCESS_NONE)
				continue;
			CC_TRY(add(&readers,
				   &(struct cc_plan_reader){ .owner = volume->owner,
							     .volume = volume->volume,
							     .policy = stage->policy,
							     .service = stage->service,
							     .stage = stage->name },
				   err));
			CC_TRY(add_granted(ask, &readers, volume, err));
		}
	}
	if (plan->readers.count != 0)
		qsort(plan->readers.at, plan->readers.count, sizeof(*plan->readers.at), by_all);
	return 0;
}
