/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that other policies may use, and secrets of others under a name here.
 *
 * Exports of a secret add up: any one suffices. So each that comes permits, and each that goes
 * takes away what it gave.
 */
#include "policy/effects-internal.h"

static int say_exports(struct cc_making *making, enum cc_text text, const char *secret,
		       const struct cc_node *exports, const struct cc_node *but, struct cc_err *err)
{
	for (size_t i = 0; i < cc_node_count(exports); i++) {
		const char *who = NULL, *version = NULL;

		if (cc_node_has(but, &exports->at[i]))
			continue;
		CC_TRY(cc_elsewhere(making, &exports->at[i], &who, err));
		CC_TRY(cc_version(making, &exports->at[i], &version, err));
		CC_TRY(CC_SAY(making, text, err, { "secret", secret }, { "who", who },
			      { "version", version }));
	}
	return 0;
}

/* "the secret 'x' of policy 'alice'" */
static int describe_import(struct cc_making *making, const struct cc_node *import, const char **out,
			   struct cc_err *err)
{
	const char *name = NULL, *owner = NULL, *version = NULL;

	CC_TRY(cc_quoted(making, cc_node_text(import, "secret", ""), &name, err));
	CC_TRY(cc_elsewhere(making, import, &owner, err));
	CC_TRY(cc_version(making, import, &version, err));
	return cc_phrase(making, out, err, "the secret %s of %s%s", name, owner, version);
}

static int compare_import(struct cc_making *making, const char *secret, const struct cc_node *old,
			  const struct cc_node *new, struct cc_err *err)
{
	const char *what = "", *was = NULL, *before = "";

	if (cc_node_eq(old, new))
		return 0;
	if (new != NULL)
		CC_TRY(describe_import(making, new, &what, err));
	if (old != NULL) {
		CC_TRY(describe_import(making, old, &was, err));
		CC_TRY(cc_phrase(making, &before, err, "; before: %s", was));
	}
	return CC_SAY(making, new != NULL ? CC_TEXT_SECRET_IMPORTED : CC_TEXT_SECRET_OWN, err,
		      { "secret", secret }, { "what", what }, { "before", before });
}

/* Also of a secret that is gone: the walk says only that. */
static int compare_secret(struct cc_making *making, const struct cc_node *old,
			  const struct cc_node *new, struct cc_err *err)
{
	const struct cc_node *was = cc_node_list(old, "export"), *is = cc_node_list(new, "export");
	const char *name = cc_node_text(new != NULL ? new : old, "name", "");

	CC_TRY(say_exports(making, CC_TEXT_SECRET_GRANTED, name, is, was, err));
	CC_TRY(say_exports(making, CC_TEXT_SECRET_REVOKED, name, was, is, err));
	if (new == NULL)
		return 0;
	return compare_import(making, name, cc_node_get(old, "import"), cc_node_get(new, "import"),
			      err);
}

static int say(struct cc_making *making, struct cc_err *err)
{
	return cc_compare_named(making, cc_node_list(making->old, "secrets"),
				cc_node_list(making->new, "secrets"), compare_secret, err);
}

static const char *const claims[] = {
	"secrets[].export[].session",
	"secrets[].export[].session_hash",
	"secrets[].export[].namespace",
	"secrets[].export[].cas_url",
	"secrets[].export[].cas_key",
	"secrets[].export[].cas_software_key",
	"secrets[].import.session",
	"secrets[].import.session_hash",
	"secrets[].import.secret",
	"secrets[].import.cas_url",
	"secrets[].import.cas_key",
	"secrets[].import.cas_software_key",
	NULL,
};

const struct cc_comparator cc_compare_secrets = { say, claims };
