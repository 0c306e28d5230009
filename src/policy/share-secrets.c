/* SPDX-License-Identifier: Apache-2.0 */
/* Sharing of secrets between policies (scone.md 1.9). */
#include "base/str.h"
#include "policy/decide.h"

/* A namespace is the policy of that name and everything nested in it. */
static bool is_within(const char *name, const char *namespace)
{
	size_t len = strlen(namespace);

	if (cc_str_eq(namespace, "/"))
		return true;
	return cc_str_starts(name, namespace) && (name[len] == '\0' || name[len] == '/');
}

/* To a session its nested ones do not count. */
static bool names(const struct cc_secret_export *export, const char *name)
{
	return export->session != NULL ? cc_str_eq(export->session, name)
				       : is_within(name, export->namespace);
}

static bool is_version(const struct cc_secret_export *export, const struct cc_digest *hash)
{
	return !export->session_hash.is_set || cc_digest_eq(&export->session_hash.digest, hash);
}

static bool is_exported(const struct cc_secret_entry *secret, const struct cc_known *asker,
			bool *is_other_version)
{
	for (size_t i = 0; i < secret->export.count; i++) {
		const struct cc_secret_export *export = &secret->export.at[i];

		/* A name at another CAS is somebody else's. */
		if (export->cas.url != NULL || !names(export, asker->policy->name))
			continue;
		if (is_version(export, &asker->hash))
			return true;
		*is_other_version = true;
	}
	return false;
}

static int find_giver(const struct cc_view *view, const struct cc_secret_entry *mine,
		      struct cc_known *out, struct cc_err *err)
{
	const struct cc_secret_import *import = mine->import;

	if (import->cas.url != NULL)
		return cc_fail(
			err, CC_E_UNSUPPORTED,
			"secret '%.128s' lies at the CAS '%.128s', which gives it to programs "
			"that start and to nobody else",
			mine->name, import->cas.url);
	if (view->find(view->context, import->session, out, err) != 0) {
		if (err->code != CC_E_NOTFOUND)
			return cc_failed();
		cc_err_set(err, CC_E_NOTFOUND,
			   "policy '%.128s', which has secret '%.128s', is not there",
			   import->session, import->secret);
		return cc_hint(err, "its owner creates it first");
	}
	if (import->session_hash.is_set && !cc_digest_eq(&import->session_hash.digest, &out->hash))
		return cc_fail(err, CC_E_DENIED,
			       "policy '%.128s' is not the version from which secret '%.128s' is "
			       "imported",
			       import->session, import->secret);
	return 0;
}

/* In the same words whether it is there or not: who has no share learns no names. */
static int not_exported(const struct cc_secret_entry *mine, const struct cc_known *asker,
			bool is_other_version, struct cc_err *err)
{
	char hex[2 * sizeof(asker->hash.b) + 1];

	if (is_other_version) {
		for (size_t i = 0; i < sizeof(asker->hash.b); i++)
			(void)snprintf(hex + 2 * i, 3, "%02x", asker->hash.b[i]);
		cc_err_set(err, CC_E_DENIED,
			   "policy '%.128s' is not the version to which '%.128s' exports secret "
			   "'%.128s'",
			   asker->policy->name, mine->import->session, mine->import->secret);
		return cc_hint(err, "the owner of '%.80s' can set session_hash: %s",
			       mine->import->session, hex);
	}
	cc_err_set(err, CC_E_DENIED, "policy '%.128s' does not export secret '%.128s' to '%.128s'",
		   mine->import->session, mine->import->secret, asker->policy->name);
	return cc_hint(err, "the owner of '%.80s' can add to '%.40s': export: [{session: %.80s}]",
		       mine->import->session, mine->import->secret, asker->policy->name);
}

int cc_decide_secret(const struct cc_view *view, const struct cc_known *asker,
		     const struct cc_secret_entry *mine, struct cc_secret_use *out,
		     struct cc_err *err)
{
	struct cc_secret_use use = { 0 };
	const struct cc_secret_entry *key = NULL;
	bool is_other_version = false, unused = false;

	CC_TRY(find_giver(view, mine, &use.giver, err));
	use.secret = cc_policy_secret(use.giver.policy, mine->import->secret);
	if (use.secret == NULL || !is_exported(use.secret, asker, &is_other_version))
		return not_exported(mine, asker, is_other_version, err);
	if (mine->kind != CC_SECRET_NONE && use.secret->kind != CC_SECRET_NONE &&
	    mine->kind != use.secret->kind)
		return cc_fail(err, CC_E_ARG,
			       "secret '%.128s' is of another kind where policy '%.128s' has it",
			       mine->name, use.giver.policy->name);
	if (use.secret->private_key != NULL)
		key = cc_policy_secret(use.giver.policy, use.secret->private_key);
	if (key != NULL && is_exported(key, asker, &unused))
		use.key = key;
	*out = use;
	return 0;
}

bool cc_cas_is_pinned(const struct cc_cas_ref *ref, const struct cc_digest *cas_key,
		      const struct cc_digest *software_key)
{
	if (!ref->key.is_set && !ref->software_key.is_set)
		return false;
	if (ref->key.is_set && !cc_digest_eq(&ref->key.digest, cas_key))
		return false;
	return !ref->software_key.is_set || cc_digest_eq(&ref->software_key.digest, software_key);
}

static bool is_exported_to_peer(const struct cc_secret_entry *secret,
				const struct cc_peer_policy *asker)
{
	for (size_t i = 0; i < secret->export.count; i++) {
		const struct cc_secret_export *export = &secret->export.at[i];

		if (export->cas.url == NULL || !names(export, asker->name))
			continue;
		if (!cc_cas_is_pinned(&export->cas, &asker->cas_key, &asker->software_key))
			continue;
		if (is_version(export, &asker->hash))
			return true;
	}
	return false;
}

int cc_decide_peer_secret(const struct cc_policy *giver, const struct cc_peer_policy *asker,
			  const char *name, struct cc_secret_use *out, struct cc_err *err)
{
	struct cc_secret_use use = { .secret = cc_policy_secret(giver, name) };
	const struct cc_secret_entry *key = NULL;

	/* In the same words whether it is there or not, and whichever pin it was. */
	if (use.secret == NULL || !is_exported_to_peer(use.secret, asker)) {
		cc_err_set(err, CC_E_DENIED,
			   "policy '%.128s' does not export secret '%.128s' to this version of "
			   "'%.128s' at this CAS",
			   giver->name, name, asker->name);
		return cc_hint(err,
			       "the owner of '%.80s' can add an export with cas_url, the cas_key "
			       "of this CAS and session: %.80s",
			       giver->name, asker->name);
	}
	if (use.secret->private_key != NULL)
		key = cc_policy_secret(giver, use.secret->private_key);
	if (key != NULL && is_exported_to_peer(key, asker))
		use.key = key;
	*out = use;
	return 0;
}
