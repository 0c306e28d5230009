/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/binding.h"

#include "base/str.h"

void cc_bindings_clear(struct cc_bindings *bindings)
{
	free(bindings->at);
	*bindings = (struct cc_bindings){ 0 };
}

static int consumer_key(struct cc_cas_view *view, const struct cc_executions *line, bool *is_there,
			struct cc_digest *out, struct cc_err *err)
{
	struct cc_known known = { 0 };
	struct cc_err why = { 0 };

	*is_there = true;
	if (line->creator.is_set) {
		*out = line->creator.digest;
		return 0;
	}
	if (cc_cas_view_raw(view, line->consumer, &known, &why) == 0) {
		*out = known.creator;
		return 0;
	}
	*is_there = false;
	if (why.code == CC_E_NOTFOUND)
		return 0;
	*err = why;
	return cc_failed();
}

static int add(struct cc_bindings *bindings, const struct cc_broken *broken,
	       const struct cc_digest *key, struct cc_err *err)
{
	struct cc_bound *more =
		reallocarray(bindings->at, bindings->count + 1, sizeof(*bindings->at));

	if (more == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for binding lines");
	bindings->at = more;
	more[bindings->count++] = (struct cc_bound){ *broken, *key };
	return 0;
}

int cc_bindings_find(struct cc_cas_view *view, const struct cc_policy *old,
		     const struct cc_policy *new, struct cc_bindings *out, struct cc_err *err)
{
	struct cc_broken broken = { 0 };
	size_t at = 0;

	while (cc_binding_broken(old, new, &at, &broken)) {
		struct cc_digest key = { 0 };
		bool is_there = false;

		CC_TRY(consumer_key(view, broken.line, &is_there, &key, err));
		if (is_there)
			CC_TRY(add(out, &broken, &key, err));
	}
	return 0;
}

static bool has_key(const struct cc_digest *keys, size_t count, const struct cc_digest *key)
{
	for (size_t i = 0; i < count; i++)
		if (cc_digest_eq(&keys[i], key))
			return true;
	return false;
}

const struct cc_bound *cc_bindings_missing(const struct cc_bindings *bindings,
					   const struct cc_digest *keys, size_t count)
{
	for (size_t i = 0; i < bindings->count; i++)
		if (!has_key(keys, count, &bindings->at[i].key))
			return &bindings->at[i];
	return NULL;
}

bool cc_bindings_ask(const struct cc_bindings *bindings, const struct cc_digest *key)
{
	for (size_t i = 0; i < bindings->count; i++)
		if (cc_digest_eq(&bindings->at[i].key, key))
			return true;
	return false;
}

static int check(const struct cc_bindings *bindings, const struct cc_caller *caller,
		 struct cc_err *err)
{
	struct cc_digest keys[CC_SIGNERS_MAX + 1];
	const struct cc_bound *missing = NULL;
	size_t count = 0;

	for (; count < caller->signer_count && count < CC_SIGNERS_MAX; count++)
		keys[count] = caller->signers[count];
	if (caller->known && !caller->transport)
		keys[count++] = caller->key;
	missing = cc_bindings_missing(bindings, keys, count);
	if (missing == NULL)
		return 0;
	cc_err_set(err, CC_E_DENIED,
		   "grant '%s' of service '%s' is binding and %s: the creator of '%s' has not "
		   "consented",
		   missing->broken.line->id, missing->broken.service->name, missing->broken.how,
		   missing->broken.line->consumer);
	return cc_hint(err, "let it sign the new version (concordat policy sign FILE), and update "
			    "with that");
}

int cc_bindings_check(struct cc_cas_view *view, const struct cc_policy *old,
		      const struct cc_policy *new, const struct cc_caller *caller,
		      struct cc_err *err)
{
	CC_CLEANUP(cc_bindings_clear) struct cc_bindings bindings = { 0 };

	CC_TRY(cc_bindings_find(view, old, new, &bindings, err));
	return check(&bindings, caller, err);
}
