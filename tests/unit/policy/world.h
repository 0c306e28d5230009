/* SPDX-License-Identifier: Apache-2.0 */
/* A few policies that know each other, as a CAS would show them to a decision. */
#ifndef CC_TESTS_UNIT_POLICY_WORLD_H
#define CC_TESTS_UNIT_POLICY_WORLD_H

#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "policy/plan.h"

#define WORLD_MAX 8

struct world {
	struct cc_known at[WORLD_MAX];
	struct cc_policy *owned[WORLD_MAX];
	size_t count;
	struct cc_digest consented[WORLD_MAX]; /* hash of at[i] when everyone last consented */
	bool is_consented[WORLD_MAX];
	uint64_t used;  /* of every grant */
	bool is_broken; /* lookups fail, as on a tampered store */
	struct cc_view view;
};

static inline size_t world_index(const struct world *world, const char *name)
{
	size_t i = 0;

	while (i < world->count && !cc_str_eq(world->at[i].policy->name, name))
		i++;
	return i;
}

static inline int world_find(void *context, const char *name, struct cc_known *out,
			     struct cc_err *err)
{
	const struct world *world = context;
	size_t i = world_index(world, name);

	if (world->is_broken)
		return cc_fail(err, CC_E_TAMPERED, "row does not lead to the root");
	if (i == world->count)
		return cc_fail(err, CC_E_NOTFOUND, "no policy '%s'", name);
	*out = world->at[i];
	return 0;
}

static inline int world_consent(void *context, const char *giver, const char *grantee,
				bool *is_recorded, struct cc_digest *out, struct cc_err *err)
{
	const struct world *world = context;
	size_t i = world_index(world, grantee);

	(void)giver;
	(void)err;
	*is_recorded = i < world->count && world->is_consented[i];
	if (*is_recorded)
		*out = world->consented[i];
	return 0;
}

static inline int world_used(void *context, const char *policy, const char *service,
			     const char *grant, uint64_t *used, uint64_t *open, struct cc_err *err)
{
	const struct world *world = context;

	(void)policy;
	(void)service;
	(void)grant;
	(void)err;
	*used = world->used;
	*open = 0;
	return 0;
}

/* Add a policy, or put its next version in the place of the former one; nobody consents again. */
static inline void world_put(struct world *world, const char *text)
{
	struct cc_policy *policy = given(text);
	struct cc_err err = { 0 };
	size_t i = world_index(world, policy->name);

	assert_true(i < WORLD_MAX);
	cc_policy_free(world->owned[i]);
	world->owned[i] = policy;
	world->at[i].policy = policy;
	assert_int_equal(cc_policy_hash(policy, &world->at[i].hash, &err), 0);
	memset(world->at[i].creator.b, (int)i + 1, sizeof(world->at[i].creator.b));
	if (i == world->count)
		world->count++;
	world->view = (struct cc_view){ world_find, world_consent, world };
}

/* Everyone looks at everyone's policy and writes its own again. */
static inline void world_consent_all(struct world *world)
{
	for (size_t i = 0; i < world->count; i++) {
		world->consented[i] = world->at[i].hash;
		world->is_consented[i] = true;
	}
}

static inline void world_clear(struct world *world)
{
	for (size_t i = 0; i < WORLD_MAX; i++)
		cc_policy_free(world->owned[i]);
}

#define PARTS "measurements: [{platform: sgx, runtime: " HEX_A ", content: " HEX_B "}]"

#endif
