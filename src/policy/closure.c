/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/closure.h"

#include "base/str.h"

#define IMPORT 1
#define GRANT 2
#define FURTHER 3

struct item {
	uint8_t kind;
	const char *name;
	struct cc_digest hash;
};

struct items {
	struct item *at;
	size_t count;
};
#define AUTO_ITEMS CC_CLEANUP(clear_items)

static void clear_items(struct items *items)
{
	free(items->at);
}

bool cc_closure_grants_to(const struct cc_policy *policy, const char *grantee)
{
	for (size_t i = 0; i < policy->volumes.count; i++) {
		const struct cc_volume_entry *volume = &policy->volumes.at[i];

		for (size_t k = 0; k < volume->export.count; k++)
			if (!volume->export.at[k].session_hash.is_set &&
			    cc_str_eq(volume->export.at[k].session, grantee))
				return true;
	}
	return false;
}

bool cc_closure_import_at(const struct cc_policy *policy, size_t i, struct cc_closure_import *out)
{
	size_t volumes = policy->volumes.count;

	*out = (struct cc_closure_import){ 0 };
	if (i < volumes) {
		const struct cc_import *import = policy->volumes.at[i].import;

		if (import != NULL && import->cas.url == NULL)
			*out = (struct cc_closure_import){ import->session, &import->session_hash };
		return true;
	}
	if (i - volumes < policy->secrets.count) {
		const struct cc_secret_import *import = policy->secrets.at[i - volumes].import;

		if (import != NULL && import->cas.url == NULL)
			*out = (struct cc_closure_import){ import->session, &import->session_hash };
		return true;
	}
	return false;
}

static int add_import(struct items *items, const char *what, const char *session,
		      const struct cc_maybe_digest *hash, struct cc_err *err)
{
	if (!hash->is_set)
		return cc_fail(err, CC_E_ARG, "%s is imported by name from '%.80s'", what, session);
	items->at[items->count++] = (struct item){ IMPORT, session, hash->digest };
	return 0;
}

static int add_imports(const struct cc_policy *policy, struct items *items, struct cc_err *err)
{
	for (size_t i = 0; i < policy->volumes.count; i++) {
		const struct cc_import *import = policy->volumes.at[i].import;

		if (import != NULL)
			CC_TRY(add_import(items, "a volume", import->session, &import->session_hash,
					  err));
	}
	for (size_t i = 0; i < policy->secrets.count; i++) {
		const struct cc_secret_import *import = policy->secrets.at[i].import;

		if (import != NULL)
			CC_TRY(add_import(items, "a secret", import->session, &import->session_hash,
					  err));
	}
	return 0;
}

static int add_grants(const struct cc_policy *policy, const struct cc_closure_versions *grants,
		      struct items *items, struct cc_err *err)
{
	for (size_t i = 0; i < grants->count; i++) {
		const struct cc_closure_version *grant = &grants->at[i];

		if (!cc_closure_grants_to(policy, grant->policy))
			return cc_fail(err, CC_E_ARG, "policy '%s' grants nothing to '%.80s'",
				       policy->name, grant->policy);
		for (size_t k = 0; k < i; k++)
			if (cc_str_eq(grants->at[k].policy, grant->policy))
				return cc_fail(err, CC_E_ARG, "'%.80s' is granted to twice",
					       grant->policy);
		items->at[items->count++] = (struct item){ GRANT, grant->policy, grant->hash };
	}
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	const struct item *one = a, *other = b;
	size_t len = strlen(one->name), other_len = strlen(other->name);
	int order = 0;

	if (one->kind != other->kind)
		return one->kind < other->kind ? -1 : 1;
	if (len != other_len) /* the length goes first in the bytes */
		return len < other_len ? -1 : 1;
	order = memcmp(one->name, other->name, len);
	return order != 0 ? order : memcmp(one->hash.b, other->hash.b, sizeof(one->hash.b));
}

static int print(const struct items *items, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_sized(out, cc_span_str("concordat closure 1"), err));
	for (size_t i = 0; i < items->count; i++) {
		const struct item *item = &items->at[i];

		if (i != 0 && by_bytes(&items->at[i - 1], item) == 0)
			continue;
		CC_TRY(cc_buf_add_u8(out, item->kind, err));
		CC_TRY(cc_buf_add_sized(out, cc_span_str(item->name), err));
		CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(item->hash), err));
	}
	return 0;
}

int cc_closure_hash(const struct cc_policy *policy, const struct cc_closure_versions *grants,
		    const struct cc_closure_versions *further, struct cc_digest *out,
		    struct cc_err *err)
{
	size_t most =
		policy->volumes.count + policy->secrets.count + grants->count + further->count;
	AUTO_ITEMS struct items items = { calloc(most + 1, sizeof(struct item)), 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (items.at == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu imports and grants", most);
	CC_TRY(add_imports(policy, &items, err));
	CC_TRY(add_grants(policy, grants, &items, err));
	for (size_t i = 0; i < further->count; i++)
		items.at[items.count++] =
			(struct item){ FURTHER, further->at[i].policy, further->at[i].hash };
	qsort(items.at, items.count, sizeof(*items.at), by_bytes);
	CC_TRY(print(&items, &text, err));
	return cc_sha256(cc_buf_span(&text), out, err);
}
