/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/plan.h"

#include "base/arena.h"
#include "base/str.h"
#include "policy/graph-internal.h"
#include "policy/readers-internal.h"

#define ARENA_MAX ((size_t)64 * 1024 * 1024)

/* One plan in the making. Stages are those of the graph: sorted by name until the end. */
struct making {
	const struct cc_plan_ask *ask;
	struct cc_plan *plan;
	struct cc_stages sorted;
	struct cc_graph graph;
	struct cc_plan_stage *stages;   /* of `sorted` */
	const struct cc_policy *policy; /* of the workflow */
};

static int copy(struct making *making, const char *text, const char **out, struct cc_err *err)
{
	char *at = NULL;

	CC_TRY(cc_arena_copy(making->plan->arena, cc_span_str(text), &at, err));
	*out = at;
	return 0;
}

static bool has_room(size_t count)
{
	return (count & (count - 1)) != 0; /* lists grow at 0, 1, 2, 4, 8 … */
}

/* Remember what is missing; `*cause` is the refusal. */
static int add_missing(struct making *making, const struct cc_plan_stage *stage, const char *owner,
		       const struct cc_err *cause, struct cc_err *err)
{
	struct cc_plan *plan = making->plan;
	struct cc_plan_missing missing = { .stage = stage->name, .code = cause->code };
	size_t count = plan->missing.count;

	if (!has_room(count)) {
		void *more = NULL;

		CC_TRY(cc_arena_take(plan->arena, count == 0 ? 1 : 2 * count, sizeof(missing),
				     &more, err));
		if (count != 0)
			memcpy(more, plan->missing.at, count * sizeof(missing));
		plan->missing.at = more;
	}
	CC_TRY(copy(making, owner, &missing.owner, err));
	CC_TRY(copy(making, cause->text, &missing.text, err));
	CC_TRY(copy(making, cause->hint, &missing.hint, err));
	plan->missing.at[count] = missing;
	plan->missing.count = count + 1;
	return 0;
}

/* A refusal is part of the plan; that we could not find out is a failure of planning. */
static bool is_refusal(const struct cc_err *why)
{
	return why->code == CC_E_DENIED || why->code == CC_E_NOTFOUND || why->code == CC_E_LIMIT ||
	       why->code == CC_E_EXPIRED || why->code == CC_E_UNSUPPORTED;
}

static int missing_or_fail(struct making *making, const struct cc_plan_stage *stage,
			   const char *owner, const struct cc_err *why, struct cc_err *err)
{
	if (is_refusal(why))
		return add_missing(making, stage, owner, why, err);
	*err = *why;
	return cc_failed();
}

struct counting {
	struct making *making;
	const struct cc_plan_stage *stage;
};

/* What is used so far, and by the stages that this plan has placed already. */
static int count_used(void *context, const char *grant, uint64_t *used, uint64_t *open,
		      struct cc_err *err)
{
	const struct counting *counting = context;
	struct making *making = counting->making;
	const struct cc_plan_stage *stage = counting->stage;

	CC_TRY(making->ask->used(making->ask->context, stage->policy, stage->service, grant, used,
				 open, err));
	for (const struct cc_plan_stage *other = making->stages; other != stage; other++)
		if (other->grant != NULL && cc_str_eq(other->grant, grant) &&
		    cc_str_eq(other->policy, stage->policy) &&
		    cc_str_eq(other->service, stage->service))
			++*open;
	return 0;
}

static int plan_executions(struct making *making, const struct cc_stage *from,
			   const struct cc_known *known, const struct cc_service *service,
			   struct cc_plan_stage *stage, struct cc_err *err)
{
	struct counting counting = { making, stage };
	const struct cc_known *workflow = making->ask->workflow;
	const struct cc_consumer consumer = { making->policy->name, workflow->creator,
					      workflow->transport };
	const struct cc_executions_ask ask = { .policy = known->policy,
					       .service = service,
					       .consumer = &consumer,
					       .now = making->ask->now,
					       .used = count_used,
					       .context = &counting };
	const struct cc_executions *line = NULL;
	struct cc_err why = { 0 };

	stage->attempts = from->attempts != 0 ? from->attempts : CC_ATTEMPTS_STANDARD;
	if (cc_decide_executions(&ask, &line, &why) != 0)
		return missing_or_fail(making, stage, known->policy->name, &why, err);
	if (line == NULL)
		return 0;
	stage->counted = line->counted;
	if (from->attempts == 0 || line->attempts < from->attempts)
		stage->attempts = line->attempts;
	return copy(making, line->id, &stage->grant, err);
}

/* Before the policy of the workflow is created, nobody but us knows it. */
static int find_also_own(void *context, const char *name, struct cc_known *out, struct cc_err *err)
{
	const struct making *making = context;
	const struct cc_view *view = making->ask->view;

	if (!cc_str_eq(name, making->policy->name))
		return view->find(view->context, name, out, err);
	*out = *making->ask->workflow;
	return 0;
}

static int consent(void *context, const char *giver, const char *grantee, bool *is_recorded,
		   struct cc_digest *out, struct cc_err *err)
{
	const struct making *making = context;
	const struct cc_view *view = making->ask->view;

	return view->consent(view->context, giver, grantee, is_recorded, out, err);
}

static int plan_volume(struct making *making, const struct cc_volume_ask *ask,
		       const struct cc_plan_stage *stage, struct cc_plan_volume *out,
		       struct cc_err *err)
{
	const struct cc_volume_entry *mine = cc_policy_volume(ask->known->policy, ask->mount->name);
	bool is_import = mine != NULL && mine->import != NULL;
	const char *owner = is_import ? mine->import->session : ask->known->policy->name;
	const char *volume = is_import ? mine->import->volume : ask->mount->name;
	const struct cc_view view = { find_also_own, consent, making };
	struct cc_volume_use use = { 0 };
	struct cc_err why = { 0 };

	CC_TRY(copy(making, ask->mount->name, &out->name, err));
	CC_TRY(copy(making, ask->mount->path, &out->path, err));
	CC_TRY(copy(making, owner, &out->owner, err));
	if (cc_decide_volume(&view, ask, &use, &why) != 0) {
		CC_TRY(copy(making, volume, &out->volume, err));
		return missing_or_fail(making, stage, owner, &why, err);
	}
	out->lifetime = use.volume->lifetime;
	out->strict = use.volume->strict;
	out->window = use.volume->window;
	out->current = use.volume->current;
	out->access = use.access;
	out->update_policy = use.update_policy;
	out->staged = ask->mount->staged;
	return copy(making, use.volume->name, &out->volume, err);
}

static int plan_volumes(struct making *making, const struct cc_known *known,
			const struct cc_service *service, struct cc_plan_stage *stage,
			struct cc_err *err)
{
	const struct cc_image *image =
		service->image_name == NULL ? NULL
					    : cc_policy_image(known->policy, service->image_name);
	size_t count = image == NULL ? 0 : image->volumes.count;
	void *at = NULL;

	CC_TRY(cc_arena_take(making->plan->arena, count, sizeof(*stage->volumes.at), &at, err));
	stage->volumes.at = at;
	for (size_t i = 0; i < count; i++) {
		const struct cc_volume_ask ask = { .known = known,
						   .service = service,
						   .mount = &image->volumes.at[i],
						   .class = making->ask->class };

		stage->volumes.count = i + 1;
		CC_TRY(plan_volume(making, &ask, stage, &stage->volumes.at[i], err));
	}
	return 0;
}

/*
 * What is counted at completion is not there before: a volume whose state each commit is would
 * let a consumer have the work and abort the run.
 */
static int check_counted(struct making *making, const struct cc_plan_stage *stage,
			 struct cc_err *err)
{
	if (stage->grant == NULL || stage->counted != CC_COUNTED_COMPLETION)
		return 0;
	for (size_t i = 0; i < stage->volumes.count; i++) {
		const struct cc_plan_volume *volume = &stage->volumes.at[i];
		struct cc_err why = { 0 };

		if (!cc_plan_writes(volume) || volume->current != CC_CURRENT_COMMIT)
			continue;
		cc_err_set(&why, CC_E_DENIED,
			   "service '%s' is counted at completion, and volume '%s' of '%s' is "
			   "current with each commit",
			   stage->service, volume->volume, volume->owner);
		cc_err_hint(&why, "its owner says 'counted: start', or that of the volume "
				  "'current: completion'");
		CC_TRY(add_missing(making, stage, stage->policy, &why, err));
	}
	return 0;
}

/* Could the service start at all, on the platforms that there are? */
static int plan_service(struct making *making, const struct cc_known *known,
			const struct cc_service *service, const struct cc_plan_stage *stage,
			struct cc_err *err)
{
	struct cc_err why = { 0 };

	if (cc_decide_usable(known->policy, service, &why) != 0)
		CC_TRY(missing_or_fail(making, stage, known->policy->name, &why, err));
	if (making->ask->class != CC_CLASS_NONE &&
	    cc_decide_class(known->policy, making->ask->class, &why) != 0)
		CC_TRY(missing_or_fail(making, stage, known->policy->name, &why, err));
	return 0;
}

static int find_service(struct making *making, const struct cc_plan_stage *stage,
			struct cc_known *known, const struct cc_service **out, struct cc_err *err)
{
	if (find_also_own(making, stage->policy, known, err) != 0) {
		if (err->code == CC_E_NOTFOUND)
			cc_err_set(err, CC_E_NOTFOUND, "policy '%s' is not there", stage->policy);
		return cc_hint(err, "the owner of service '%.80s' creates it", stage->service);
	}
	*out = cc_policy_service(known->policy, stage->service);
	if (*out == NULL)
		return cc_fail(err, CC_E_NOTFOUND, "policy '%s' has no service '%s'", stage->policy,
			       stage->service);
	return 0;
}

static int plan_stage(struct making *making, const struct cc_stage *from,
		      struct cc_plan_stage *stage, struct cc_err *err)
{
	const struct cc_service *service = NULL;
	struct cc_known known = { 0 };
	struct cc_err why = { 0 };

	CC_TRY(copy(making, from->name, &stage->name, err));
	CC_TRY(copy(making, from->policy != NULL ? from->policy : making->policy->name,
		    &stage->policy, err));
	CC_TRY(copy(making, from->service, &stage->service, err));
	if (find_service(making, stage, &known, &service, &why) != 0)
		return missing_or_fail(making, stage, stage->policy, &why, err);
	stage->is_known = true;
	stage->policy_hash = known.hash;
	CC_TRY(plan_service(making, &known, service, stage, err));
	CC_TRY(plan_executions(making, from, &known, service, stage, err));
	CC_TRY(plan_volumes(making, &known, service, stage, err));
	return check_counted(making, stage, err);
}

/* A stage's use of a volume. Sorted, those of one volume are neighbours. */
struct use {
	const struct cc_plan_volume *volume;
	size_t stage;
};

static int by_volume(const struct use *a, const struct use *b)
{
	int order = strcmp(a->volume->owner, b->volume->owner);

	return order != 0 ? order : strcmp(a->volume->volume, b->volume->volume);
}

/* Of one volume by stage, and a stage's writing before its reading. */
static int by_use(const void *a, const void *b)
{
	const struct use *one = a, *other = b;
	int order = by_volume(one, other);

	if (order != 0)
		return order;
	if (one->stage != other->stage)
		return one->stage < other->stage ? -1 : 1;
	return (int)cc_plan_writes(other->volume) - (int)cc_plan_writes(one->volume);
}

static size_t list_uses(const struct making *making, struct use *uses)
{
	size_t count = 0;

	for (size_t i = 0; i < making->sorted.count; i++) {
		const struct cc_plan_stage *stage = &making->stages[i];

		for (size_t k = 0; k < stage->volumes.count; k++) {
			const struct cc_plan_volume *volume = &stage->volumes.at[k];

			if (volume->access != CC_ACCESS_NONE && uses != NULL)
				uses[count] = (struct use){ volume, i };
			count += volume->access != CC_ACCESS_NONE ? 1 : 0;
		}
	}
	return count;
}

static int two_writers(struct making *making, const struct use *one, const struct use *other,
		       struct cc_err *err)
{
	const struct cc_plan_stage *stage = &making->stages[one->stage];
	struct cc_err why = { 0 };

	cc_err_set(&why, CC_E_DENIED, "stages '%s' and '%s' both write volume '%s' of '%s'",
		   stage->name, making->stages[other->stage].name, one->volume->volume,
		   one->volume->owner);
	cc_err_hint(&why,
		    "order them by 'needs', or grant or mount it with 'access: read' where it "
		    "is read only");
	return add_missing(making, stage, making->policy->name, &why, err);
}

/*
 * A reader waits for the writer, unless `needs` puts it before: then it reads the
 * state from before. Two writers are ordered by their owner or not at all: which
 * of them has the last word is nothing to guess. Of each writer one such conflict
 * is said, for of n writers there are n * n.
 */
static int infer_from(struct making *making, const struct cc_graph *needs, const struct use *uses,
		      size_t count, size_t writer, struct cc_err *err)
{
	size_t a = uses[writer].stage;
	bool is_said = false;

	for (size_t i = 0; i < count; i++) {
		size_t b = uses[i].stage;

		if (a == b || cc_graph_has(needs, a, b) || cc_graph_has(needs, b, a))
			continue;
		if (!cc_plan_writes(uses[i].volume)) {
			cc_graph_add(&making->graph, a, b);
		} else if (a < b && !is_said) {
			is_said = true;
			CC_TRY(two_writers(making, &uses[writer], &uses[i], err));
		}
	}
	return 0;
}

/* The uses of one volume: of each stage only the strongest counts. */
static int infer_volume(struct making *making, const struct cc_graph *needs, struct use *uses,
			size_t count, struct cc_err *err)
{
	size_t stages = 0;

	for (size_t i = 0; i < count; i++)
		if (stages == 0 || uses[stages - 1].stage != uses[i].stage)
			uses[stages++] = uses[i];
	for (size_t i = 0; i < stages; i++)
		if (cc_plan_writes(uses[i].volume))
			CC_TRY(infer_from(making, needs, uses, stages, i, err));
	return 0;
}

static int infer_all(struct making *making, struct cc_err *err)
{
	CC_AUTO_GRAPH struct cc_graph needs = { 0 };
	size_t count = list_uses(making, NULL), end = 0;
	CC_AUTO_FREE struct use *uses = calloc(count + 1, sizeof(*uses));

	if (uses == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu uses of volumes", count);
	(void)list_uses(making, uses);
	qsort(uses, count, sizeof(*uses), by_use);
	CC_TRY(cc_graph_needs(&making->sorted, &needs, err));
	cc_graph_close(&needs);
	for (size_t from = 0; from < count; from = end) {
		for (end = from + 1; end < count && by_volume(&uses[from], &uses[end]) == 0;)
			end++;
		CC_TRY(infer_volume(making, &needs, uses + from, end - from, err));
	}
	return 0;
}

static int list_needs(struct making *making, size_t node, struct cc_err *err)
{
	struct cc_texts needs = { 0 };
	void *at = NULL;

	for (size_t other = 0; other < making->graph.count; other++)
		needs.count += cc_graph_has(&making->graph, other, node) ? 1 : 0;
	CC_TRY(cc_arena_take(making->plan->arena, needs.count, sizeof(char *), &at, err));
	needs.at = at;
	needs.count = 0;
	for (size_t other = 0; other < making->graph.count; other++)
		if (cc_graph_has(&making->graph, other, node))
			needs.at[needs.count++] = making->stages[other].name;
	making->stages[node].needs = needs;
	return 0;
}

/* The stages in the order in which they can run, into the plan. */
static int put_in_order(struct making *making, struct cc_err *err)
{
	size_t count = making->sorted.count, placed = 0;
	CC_AUTO_FREE size_t *order = calloc(count + 1, sizeof(*order));
	struct cc_err why = { 0 };
	void *at = NULL;

	if (order == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu stages", count);
	CC_TRY(cc_graph_order(&making->graph, order, &placed, err));
	CC_TRY(cc_arena_take(making->plan->arena, count, sizeof(*making->stages), &at, err));
	for (size_t i = 0; i < count; i++)
		CC_TRY(list_needs(making, i, err));
	for (size_t i = 0; i < count; i++)
		((struct cc_plan_stage *)at)[i] = making->stages[order[i]];
	making->plan->stages.at = at;
	making->plan->stages.count = count;
	if (placed == count)
		return 0;
	cc_err_set(&why, CC_E_DENIED,
		   "stage '%s' waits for itself: through volumes that it and "
		   "others read and write in turn",
		   making->stages[order[placed]].name);
	cc_err_hint(&why, "order the stages by 'needs'");
	return add_missing(making, &making->stages[order[placed]], making->policy->name, &why, err);
}

static int make(struct making *making, struct cc_err *err)
{
	void *at = NULL;

	CC_TRY(cc_stages_sort(making->policy->workflow, &making->sorted, err));
	CC_TRY(cc_arena_take(making->plan->arena, making->sorted.count, sizeof(*making->stages),
			     &at, err));
	making->stages = at;
	for (size_t i = 0; i < making->sorted.count; i++)
		CC_TRY(plan_stage(making, making->sorted.at[i], &making->stages[i], err));
	CC_TRY(cc_graph_needs(&making->sorted, &making->graph, err));
	CC_TRY(infer_all(making, err));
	CC_TRY(put_in_order(making, err));
	return cc_plan_readers(making->ask, making->plan, err);
}

int cc_plan_make(const struct cc_plan_ask *ask, struct cc_plan **out, struct cc_err *err)
{
	CC_AUTO_PLAN struct cc_plan *plan = NULL;
	struct making making = { .ask = ask, .policy = ask->workflow->policy };
	int result = 0;

	if (making.policy->workflow == NULL)
		return cc_fail(err, CC_E_NOTFOUND, "policy '%s' has no workflow",
			       making.policy->name);
	plan = calloc(1, sizeof(*plan));
	if (plan == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a plan");
	CC_TRY(cc_arena_new(ARENA_MAX, &plan->arena, err));
	making.plan = plan;
	result = make(&making, err);
	cc_graph_clear(&making.graph);
	cc_stages_clear(&making.sorted);
	if (result == 0)
		*out = CC_TAKE(plan);
	return result;
}

void cc_plan_free(struct cc_plan *plan)
{
	if (plan != NULL)
		cc_arena_free(plan->arena);
	free(plan);
}
