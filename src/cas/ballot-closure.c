/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals: which versions of other policies are voted on with the proposed one. */
#include "cas/ballot-internal.h"
#include "cas/due.h"
#include "cas/policies.h"
#include "policy/closure.h"

/* What imports rest on. A policy in several versions is in it with each of them. */
struct walk {
	struct cc_ballot *ballot;
	const char *self;    /* what comes back to the policy itself adds nothing to its text */
	struct cc_list *out; /* cc_rec_consent */
};

static bool is_known(const struct walk *walk, const char *name, const struct cc_digest *hash)
{
	for (size_t i = 0; i < walk->out->count; i++) {
		const struct cc_rec_consent *one = CC_LIST_AT(*walk->out, struct cc_rec_consent, i);

		if (cc_str_eq(one->policy, name) &&
		    memcmp(one->hash, hash->b, sizeof(one->hash)) == 0)
			return true;
	}
	return false;
}

static int add(const struct walk *walk, const char *name, const struct cc_digest *hash,
	       struct cc_err *err)
{
	struct cc_rec_consent *one = NULL;
	void *at = NULL;

	if (walk->out->count == CC_CLOSURE_FURTHER_MAX)
		return cc_fail(err, CC_E_TOOBIG, "'%s' rests on more than %d other policies",
			       walk->self, CC_CLOSURE_FURTHER_MAX);
	CC_TRY(cc_list_add(walk->out, &cc_rec_consent, &at, err));
	one = at;
	memcpy(one->hash, hash->b, sizeof(one->hash));
	return cc_str_dup(name, &one->policy, err);
}

/* The version that an import names, or the active one; `*out` is NULL when there is none. */
static int find_version(const struct walk *walk, const struct cc_closure_import *import,
			struct cc_policy **out, struct cc_digest *hash, struct cc_err *err)
{
	CC_AUTO_FREE char *text = NULL;
	struct cc_rec_policy row = { 0 };
	struct cc_err none = { 0 };
	bool found = true;

	*hash = import->hash->digest;
	if (!import->hash->is_set) {
		CC_TRY(cc_due_require(walk->ballot->state, import->policy, err));
		CC_TRY(cc_state_find(walk->ballot->state, &cc_rec_policy, import->policy, &row,
				     &found, err));
		memcpy(hash->b, row.hash, sizeof(hash->b));
		cc_record_clear(&cc_rec_policy, &row);
	}
	if (!found || cc_policy_version_text(walk->ballot->state, import->policy, hash->b, &text,
					     &none) != 0) {
		if (none.code == CC_OK || none.code == CC_E_NOTFOUND)
			return 0;
		*err = none;
		return cc_failed();
	}
	return cc_policy_parse(cc_span_str(text), out, err);
}

/*
 * Each version is visited once, so that policies which import from each other, as the two ends of a
 * mutual TLS connection do, end the walk; its depth is at most the maximum of versions.
 */
static int rest_on(const struct walk *walk, const struct cc_policy *policy, bool is_first,
		   struct cc_err *err)
{
	struct cc_closure_import import = { 0 };

	for (size_t i = 0; cc_closure_import_at(policy, i, &import); i++) {
		CC_AUTO_POLICY struct cc_policy *version = NULL;
		struct cc_digest hash = { 0 };

		if (import.policy == NULL || cc_str_eq(import.policy, walk->self))
			continue;
		CC_TRY(find_version(walk, &import, &version, &hash, err));
		if (version == NULL || is_known(walk, import.policy, &hash))
			continue;
		/* What the policy imports itself has its own place in the closure. */
		if (!is_first)
			CC_TRY(add(walk, import.policy, &hash, err));
		CC_TRY(rest_on(walk, version, false, err));
	}
	return 0;
}

static const struct cc_policy *voted_on(const struct cc_ballot *ballot)
{
	return ballot->proposed != NULL ? ballot->proposed : ballot->active.policy;
}

static int find_further(struct cc_ballot *ballot, struct cc_list *out, struct cc_err *err)
{
	const struct walk walk = { ballot, ballot->row.policy, out };

	return rest_on(&walk, voted_on(ballot), true, err);
}

static int find_grants(struct cc_ballot *ballot, struct cc_err *err)
{
	struct cc_rec_proposal *row = &ballot->row;

	CC_TRY(cc_policy_consents(ballot->state, ballot->proposed, &row->grants, err));
	for (size_t i = row->grants.count; i > 0; i--)
		if (!cc_closure_grants_to(
			    ballot->proposed,
			    CC_LIST_AT(row->grants, struct cc_rec_consent, i - 1)->policy))
			cc_list_drop(&row->grants, &cc_rec_consent, i - 1);
	return 0;
}

/* `room` is freed by the caller; names point into the list. */
static int versions_of(const struct cc_list *list, struct cc_closure_version **room,
		       struct cc_closure_versions *out, struct cc_err *err)
{
	*room = calloc(list->count + 1, sizeof(**room));
	if (*room == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu versions", list->count);
	for (size_t i = 0; i < list->count; i++) {
		const struct cc_rec_consent *one = CC_LIST_AT(*list, struct cc_rec_consent, i);

		(*room)[i].policy = one->policy;
		memcpy((*room)[i].hash.b, one->hash, sizeof(one->hash));
	}
	*out = (struct cc_closure_versions){ *room, list->count };
	return 0;
}

static int hash_closure(const struct cc_ballot *ballot, const struct cc_list *further,
			uint8_t out[static 32], struct cc_err *err)
{
	CC_AUTO_FREE struct cc_closure_version *granted = NULL, *rested = NULL;
	struct cc_closure_versions grants = { 0 }, rests = { 0 };
	struct cc_digest digest = { 0 };

	CC_TRY(versions_of(&ballot->row.grants, &granted, &grants, err));
	CC_TRY(versions_of(further, &rested, &rests, err));
	CC_TRY(cc_closure_hash(voted_on(ballot), &grants, &rests, &digest, err));
	memcpy(out, digest.b, sizeof(digest.b));
	return 0;
}

int cc_ballot_close(struct cc_ballot *ballot, struct cc_err *err)
{
	struct cc_rec_proposal *row = &ballot->row;

	if (ballot->proposed != NULL)
		CC_TRY(find_grants(ballot, err));
	CC_TRY(find_further(ballot, &row->further, err));
	return hash_closure(ballot, &row->further, row->closure, err);
}

static void clear_further(struct cc_list *list)
{
	while (list->count != 0)
		cc_list_drop(list, &cc_rec_consent, list->count - 1);
	free(list->at);
}

int cc_ballot_look_around(struct cc_ballot *ballot, struct cc_err *err)
{
	CC_CLEANUP(clear_further) struct cc_list further = { 0 };
	struct cc_err why = { 0 };
	uint8_t hash[32];

	/* What is in force, or over, is not voted on any more. */
	if (!is_about_version(ballot) || cc_ballot_is_over(ballot) || is_in(ballot, "in-force"))
		return 0;
	if (find_further(ballot, &further, &why) != 0) {
		ballot->has_moved = why.code == CC_E_TOOBIG;
		if (ballot->has_moved)
			return 0;
		*err = why;
		return cc_failed();
	}
	CC_TRY(hash_closure(ballot, &further, hash, err));
	ballot->has_moved = memcmp(hash, ballot->row.closure, sizeof(hash)) != 0;
	return 0;
}
