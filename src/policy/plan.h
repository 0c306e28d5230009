/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a workflow: its stages in order, what each may use, and everything
 * that is still missing with the policy whose owner must act.
 *
 * A stage depends on those that it `needs` and on those that write a volume it
 * reads. The order depends on the canonical form alone: where there is a choice
 * the smaller name comes first. A plan with an empty `missing` may be run.
 */
#ifndef CC_POLICY_PLAN_H
#define CC_POLICY_PLAN_H

#include "policy/decide.h"

struct cc_plan_volume {
	const char *name;   /* as the service's policy calls it */
	const char *path;   /* where it is mounted */
	const char *owner;  /* the policy that owns it, … */
	const char *volume; /* … and its name over there */
	enum cc_lifetime lifetime;
	enum cc_access access; /* CC_ACCESS_NONE: the grant is missing */
	enum cc_update_policy update_policy;
	uint64_t staged; /* MiB: as the mount says */
	bool strict;     /* with the next two, what its owner says: model.h */
	struct cc_window window;
	enum cc_current current;
};

/* Does what the stage writes become the volume's? Of an ephemeral mount nothing does. */
static inline bool cc_plan_writes(const struct cc_plan_volume *volume)
{
	return volume->access == CC_ACCESS_WRITE && volume->update_policy != CC_UPDATE_EPHEMERAL;
}

struct cc_plan_stage {
	const char *name;
	const char *policy;
	const char *service;
	bool is_known; /* policy and service are there */
	struct cc_digest policy_hash;
	const char *grant; /* id of the executions line; NULL: nothing limits it */
	enum cc_counted counted;
	uint64_t attempts;     /* for each completion: the smaller of what grant and stage say */
	struct cc_texts needs; /* all stages that must be complete before, also inferred ones */
	CC_MODEL_LIST(cc_plan_volume) volumes;
};

struct cc_plan_missing {
	const char *stage;
	const char *owner; /* the policy whose owner must act */
	enum cc_code code;
	const char *text; /* what is missing */
	const char *hint; /* what its owner can do */
};

/* Who can learn what is in a volume (design: information flow). */
struct cc_plan_reader {
	const char *owner;
	const char *volume;
	const char *policy;  /* of the service that reads it; the owner itself: its creator */
	const char *service; /* NULL: any service of it, or the creator */
	const char *stage;   /* NULL: by a grant that this workflow does not use */
};

struct cc_plan {
	struct cc_arena *arena;
	CC_MODEL_LIST(cc_plan_stage) stages; /* in the order in which they can run */
	CC_MODEL_LIST(cc_plan_missing) missing;
	CC_MODEL_LIST(cc_plan_reader) readers; /* sorted */
};

#define CC_AUTO_PLAN CC_CLEANUP(cc_plan_auto)

struct cc_plan_ask {
	const struct cc_known *workflow; /* its `creator` is the consumer's */
	const struct cc_view *view;
	enum cc_class class; /* where the services will run; CC_CLASS_NONE: not known */
	int64_t now;
	/* As cc_used_fn, of a service of a policy. Reservations of this plan are added. */
	int (*used)(void *context, const char *policy, const char *service, const char *grant,
		    uint64_t *used, uint64_t *open, struct cc_err *err);
	void *context;
};

/*
 * Everything is copied: the plan outlives the policies. What is missing is no
 * failure; CC_E_NOTFOUND when the policy has no workflow.
 */
int cc_plan_make(const struct cc_plan_ask *ask, struct cc_plan **out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
void cc_plan_free(struct cc_plan *plan);
static inline void cc_plan_auto(struct cc_plan **plan)
{
	cc_plan_free(*plan);
}

#endif
