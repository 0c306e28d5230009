/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes of other policies under a name here; which services have which volumes, where. */
#include "base/str.h"
#include "policy/effects-internal.h"

/* Imports */

/* "volume 'x' of policy 'alice'[ in its version …]" */
static int describe_import(struct cc_making *making, const struct cc_node *import, const char **out,
			   struct cc_err *err)
{
	const char *volume = NULL, *owner = NULL, *version = NULL;

	CC_TRY(cc_quoted(making, cc_node_text(import, "volume", ""), &volume, err));
	CC_TRY(cc_elsewhere(making, import, &owner, err));
	CC_TRY(cc_version(making, import, &version, err));
	return cc_phrase(making, out, err, "volume %s of %s%s", volume, owner, version);
}

static bool is_pinned_only(const struct cc_node *old, const struct cc_node *new)
{
	static const char *const same[] = { "session", "volume", "cas_url", "cas_key",
					    "cas_software_key" };

	for (size_t i = 0; i < CC_COUNT(same); i++)
		if (!cc_node_eq(cc_node_get(old, same[i]), cc_node_get(new, same[i])))
			return false;
	return cc_node_get(old, "session_hash") == NULL;
}

static int compare_import(struct cc_making *making, const struct cc_node *was,
			  const struct cc_node *volume, struct cc_err *err)
{
	const struct cc_node *old = cc_node_get(was, "import"),
			     *new = cc_node_get(volume, "import");
	const char *what = "", *before = "";
	enum cc_text text = CC_TEXT_IMPORT_CHANGED;

	if (old == NULL && new == NULL)
		return 0;
	if (cc_node_eq(old, new)) /* the owner agreed to the version that was (share.c) */
		text = CC_TEXT_IMPORT_ASKS;
	else if (new == NULL)
		text = CC_TEXT_IMPORT_LOST;
	else if (old == NULL)
		text = CC_TEXT_IMPORT_GAINED;
	else if (is_pinned_only(old, new))
		text = CC_TEXT_IMPORT_PINNED;
	if (new != NULL)
		CC_TRY(describe_import(making, new, &what, err));
	if (old != NULL)
		CC_TRY(describe_import(making, old, &before, err));
	return CC_SAY(making, text, err, { "volume", cc_node_text(volume, "name", "") },
		      { "what", what }, { "before", before });
}

static int say_imports(struct cc_making *making, struct cc_err *err)
{
	return cc_compare_kept(making, "volumes", compare_import, err);
}

static const char *const import_claims[] = {
	"volumes[].import.session",
	"volumes[].import.session_hash",
	"volumes[].import.volume",
	"volumes[].import.cas_url",
	"volumes[].import.cas_key",
	"volumes[].import.cas_software_key",
	NULL,
};

const struct cc_comparator cc_compare_imports = { say_imports, import_claims };

/* Mounts */

static bool is_read_only(const struct cc_node *mount)
{
	return cc_str_eq(cc_node_text(mount, "access", ""), "read");
}

static const char *update_of(const struct cc_node *mount)
{
	return cc_node_text(mount, "update_policy", "rollback_protected");
}

static bool is_imported(const struct cc_node *policy, const char *volume)
{
	return cc_node_get(cc_node_find(cc_node_list(policy, "volumes"), "name", volume),
			   "import") != NULL;
}

/* "read and write volume 'v' at '/data'" */
static int describe_mount(struct cc_making *making, const struct cc_node *policy,
			  const struct cc_node *mount, const char **out, struct cc_err *err)
{
	const char *access = cc_node_text(mount, "access", NULL), *update = update_of(mount);
	const char *how = "read and write", *name = NULL, *path = NULL;

	if (is_read_only(mount))
		how = "read";
	else if (access == NULL && is_imported(policy, cc_node_text(mount, "name", "")))
		how = "use, as far as its owner grants,"; /* the export says */

	CC_TRY(cc_quoted(making, cc_node_text(mount, "name", ""), &name, err));
	CC_TRY(cc_quoted(making, cc_node_text(mount, "path", ""), &path, err));
	return cc_phrase(making, out, err, "%s volume %s at %s%s", how, name, path,
			 cc_str_eq(update, "ephemeral") ? ", in a copy that is forgotten"
			 : cc_str_eq(update, "no_rollback_protection")
				 ? ", even in an older state that the host puts back"
				 : "");
}

/*
 * Of an own volume, to read instead of to write permits nothing. Of an imported one it may:
 * a mount that asks for less than before can be within what its owner grants.
 */
static bool only_narrows(const struct cc_making *making, const struct cc_node *old,
			 const struct cc_node *new)
{
	const char *name = cc_node_text(new, "name", "");

	return cc_str_eq(cc_node_text(old, "name", ""), name) && !is_imported(making->old, name) &&
	       !is_imported(making->new, name) && (is_read_only(new) || !is_read_only(old)) &&
	       (cc_str_eq(update_of(old), update_of(new)) ||
		cc_str_eq(update_of(old), "no_rollback_protection"));
}

/* What a mount permits. Where its data lies meanwhile is another matter. */
static bool is_same_mount(const struct cc_node *old, const struct cc_node *new)
{
	static const char *const same[] = { "name", "path", "update_policy", "access" };

	for (size_t i = 0; i < CC_COUNT(same); i++)
		if (!cc_node_eq(cc_node_get(old, same[i]), cc_node_get(new, same[i])))
			return false;
	return true;
}

static int compare_mount(struct cc_making *making, const char *service, const struct cc_node *old,
			 const struct cc_node *new, struct cc_err *err)
{
	const char *how = NULL, *before = "";
	enum cc_text text = CC_TEXT_MOUNT_MORE;

	if (old != NULL && new != NULL && is_same_mount(old, new))
		return 0;
	if (old == NULL)
		text = CC_TEXT_MOUNT_GAINED;
	else if (new == NULL)
		text = CC_TEXT_MOUNT_LOST;
	else if (only_narrows(making, old, new))
		text = CC_TEXT_MOUNT_FEWER;
	if (old != NULL)
		CC_TRY(describe_mount(making, making->old, old, &before, err));
	how = before;
	if (new != NULL)
		CC_TRY(describe_mount(making, making->new, new, &how, err));
	return CC_SAY(making, text, err, { "service", service }, { "how", how },
		      { "before", before });
}

static int compare_service(struct cc_making *making, const struct cc_node *was,
			   const struct cc_node *service, struct cc_err *err)
{
	const char *name = cc_node_text(service, "name", "");
	const struct cc_node *old = cc_node_list(cc_image_of(making->old, was), "volumes"),
			     *new = cc_node_list(cc_image_of(making->new, service), "volumes");

	/* Mounts stand at the image: that is where the walk looks for who spoke of them. */
	making->origin.from = cc_node_text(service, "image_name", "");
	for (size_t i = 0; i < cc_node_count(new); i++) {
		const char *path = cc_node_text(&new->at[i], "path", "");

		CC_TRY(compare_mount(making, name, cc_node_find(old, "path", path), &new->at[i],
				     err));
	}
	for (size_t i = 0; i < cc_node_count(old); i++)
		if (cc_node_find(new, "path", cc_node_text(&old->at[i], "path", "")) == NULL)
			CC_TRY(compare_mount(making, name, &old->at[i], NULL, err));
	return 0;
}

static int say_mounts(struct cc_making *making, struct cc_err *err)
{
	return cc_compare_kept(making, "services", compare_service, err);
}

static const char *const mount_claims[] = {
	"images[].volumes[].name",
	"images[].volumes[].path",
	"images[].volumes[].update_policy",
	"images[].volumes[].access",
	NULL,
};

const struct cc_comparator cc_compare_mounts = { say_mounts, mount_claims };
