/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/binding.h"

#include "base/str.h"

static const struct cc_executions *find_line(const struct cc_policy *policy, const char *service,
					     const char *id)
{
	const struct cc_service *found = cc_policy_service(policy, service);

	for (size_t i = 0; found != NULL && i < found->executions.count; i++)
		if (cc_str_eq(found->executions.at[i].id, id))
			return &found->executions.at[i];
	return NULL;
}

static bool is_same_consumer(const struct cc_executions *old, const struct cc_executions *new)
{
	if (!cc_str_eq(old->consumer, new->consumer) || old->creator.is_set != new->creator.is_set)
		return false;
	return !old->creator.is_set || cc_digest_eq(&old->creator.digest, &new->creator.digest);
}

static bool ends_earlier(const struct cc_executions *old, const struct cc_executions *new)
{
	return new->until != 0 && (old->until == 0 || new->until < old->until);
}

/* What the new version does to the line; NULL: it stands, or grants more. */
static const char *broken_how(const struct cc_executions *old, const struct cc_executions *new)
{
	if (new == NULL)
		return "is dropped";
	if (!is_same_consumer(old, new))
		return "gets another consumer";
	if (new->maximum < old->maximum || new->attempts < old->attempts)
		return "is lowered";
	if (ends_earlier(old, new))
		return "ends earlier";
	/* a start that never completes costs nothing before, and an execution afterwards */
	if (old->counted == CC_COUNTED_COMPLETION && new->counted != CC_COUNTED_COMPLETION)
		return "is counted at the start";
	return new->binding ? NULL : "is not binding any more";
}

bool cc_binding_broken(const struct cc_policy *old, const struct cc_policy *new, size_t *at,
		       struct cc_broken *out)
{
	size_t number = 0;

	for (size_t s = 0; s < old->services.count; s++) {
		const struct cc_service *service = &old->services.at[s];

		for (size_t i = 0; i < service->executions.count; i++) {
			const struct cc_executions *line = &service->executions.at[i];
			const char *how = NULL;

			if (number++ < *at || !line->binding)
				continue;
			how = broken_how(line, find_line(new, service->name, line->id));
			if (how == NULL)
				continue;
			*at = number;
			*out = (struct cc_broken){ service, line, how };
			return true;
		}
	}
	return false;
}
