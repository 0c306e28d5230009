/* SPDX-License-Identifier: Apache-2.0 */
/* images and volumes: what a service finds in its file system, and who else gets it. */
#include "policy/schema-internal.h"

static const struct cc_word update_words[] = {
	{ "rollback_protected", CC_UPDATE_ROLLBACK_PROTECTED },
	{ "ephemeral", CC_UPDATE_EPHEMERAL },
	{ "no_rollback_protection", CC_UPDATE_NO_ROLLBACK_PROTECTION },
	{ NULL, 0 },
};
static const struct cc_word access_words[] = {
	{ "read", CC_ACCESS_READ },
	{ "write", CC_ACCESS_WRITE },
	{ NULL, 0 },
};
static const struct cc_word lifetime_words[] = {
	{ "policy", CC_LIFETIME_POLICY },
	{ "run", CC_LIFETIME_RUN },
	{ NULL, 0 },
};
static const struct cc_word files_words[] = {
	{ "encrypted", CC_FILES_ENCRYPTED },
	{ "authenticated-only", CC_FILES_AUTHENTICATED_ONLY },
	{ NULL, 0 },
};

static const struct cc_member mount_members[] = {
	{ ROW("name", "0.1", TEXT, struct cc_mount, name), NEEDED, .check = cc_check_name },
	{ ROW("path", "0.1", TEXT, struct cc_mount, path), NEEDED, .check = cc_check_absolute },
	{ ROW("update_policy", "0.3.2", CHOICE, struct cc_mount, update_policy),
	  .words = update_words },
	{ ROW("access", "own", CHOICE, struct cc_mount, access), .words = access_words },
	{ ROW("staged", "own", NUMBER, struct cc_mount, staged), .max = CC_STAGED_MAX_MIB },
};
static const struct cc_shape shape_mount = {
	.noun = "volume",
	.size = sizeof(struct cc_mount),
	TABLE(mount_members),
};
static const struct cc_member injected_members[] = {
	{ ROW("path", "0.2", TEXT, struct cc_injected, path), NEEDED, .check = cc_check_absolute },
	{ ROW("permission", "0.3.10", OWN, struct cc_injected, permission),
	  .own = &cc_own_permission, .standard = 0700 },
	{ ROW("content", "0.2", TEXT, struct cc_injected, content) },
};
static const struct cc_shape shape_injected = {
	.noun = "injection file",
	.size = sizeof(struct cc_injected),
	TABLE(injected_members),
	.scalar = "path",
};
static const struct cc_member image_members[] = {
	{ ROW("name", "0.1", TEXT, struct cc_image, name), NEEDED, .check = cc_check_label },
	{ ROW("volumes", "0.1", LIST, struct cc_image, volumes), .shape = &shape_mount },
	{ ROW("injection_files", "0.2", LIST, struct cc_image, injection_files),
	  .shape = &shape_injected },
	{ ROW("provide_secrets", "0.3.11", OWN, struct cc_image, provide_secrets),
	  .own = &cc_own_provided },
	{ ROW("mrenclaves", "0.1", TEXTS, struct cc_image, mrenclaves), .flags = CC_MEMBER_ONE,
	  .check = cc_check_hex32 },
	{ DROPPED("tags", "0.1") },
};
const struct cc_shape cc_shape_image = {
	.noun = "image",
	.size = sizeof(struct cc_image),
	TABLE(image_members),
};

/* volumes[].export[].to holds the same members as the short form. */
static const struct cc_member grantee_members[] = {
	{ ROW("session", "0.3", SESSION, struct cc_export, session), NEEDED,
	  .check = cc_check_policy_name },
	{ ROW("session_hash", "0.3", DIGEST, struct cc_export, session_hash) },
	{ ROW("policy_hash", "own", DIGEST, struct cc_export, session_hash), ALIAS },
	{ ROW("service", "own", TEXT, struct cc_export, service), .check = cc_check_name },
	{ CAS_URL(struct cc_export, cas) },
	{ CAS_KEY(struct cc_export, cas) },
	{ CAS_SOFTWARE_KEY(struct cc_export, cas) },
};
static const struct cc_shape shape_grantee = {
	.noun = "grantee",
	.size = sizeof(struct cc_export),
	TABLE(grantee_members),
};
static const struct cc_member export_members[] = {
	{ ROW("session", "0.2", SESSION, struct cc_export, session),
	  .check = cc_check_policy_name },
	{ ROW("session_hash", "0.3", DIGEST, struct cc_export, session_hash) },
	{ ROW("policy_hash", "own", DIGEST, struct cc_export, session_hash), ALIAS },
	{ ROW("service", "own", TEXT, struct cc_export, service), .check = cc_check_name },
	{ .name = "to", .since = "0.3.2", .kind = CC_MEMBER_PART, ALIAS, .shape = &shape_grantee },
	{ ROW("update_policy", "0.3.2", CHOICE, struct cc_export, update_policy),
	  .words = update_words },
	{ ROW("volume_alias", "0.3.10", TEXT, struct cc_export, volume_alias),
	  .check = cc_check_name },
	{ ROW("access", "own", CHOICE, struct cc_export, access), .words = access_words,
	  .standard = CC_ACCESS_WRITE },
	{ ROW("opaque", "own", FLAG, struct cc_export, opaque) },
	{ ROW("runtime", "own", DIGEST, struct cc_export, runtime) },
	{ ROW("content", "own", DIGEST, struct cc_export, content) },
	{ ROW("config", "own", DIGEST, struct cc_export, config) },
	{ ROW("platforms", "own", TEXTS, struct cc_export, platforms), .flags = CC_MEMBER_ONE,
	  .check = cc_check_platform },
	{ CAS_URL(struct cc_export, cas) },
	{ CAS_KEY(struct cc_export, cas) },
	{ CAS_SOFTWARE_KEY(struct cc_export, cas) },
};

static int finish_export(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_export *export = at;

	(void)parse;
	if (export->session == NULL)
		return cc_fail(err, CC_E_ARG, "names no 'session'");
	return cc_check_cas(&export->cas, err);
}

static int export_from_text(struct cc_parse *parse, char *text, void *at, struct cc_err *err)
{
	struct cc_export *export = at;
	struct cc_share share = { 0 };

	CC_TRY(cc_share_from_text(parse, text, &share, err));
	if (share.namespace != NULL || share.secret != NULL)
		return cc_fail(err, CC_E_ARG, "a volume is exported to one 'session'");
	export->session = share.session;
	export->session_hash = share.session_hash;
	export->cas = share.cas;
	return 0;
}

static const struct cc_shape shape_export = {
	.noun = "export",
	.size = sizeof(struct cc_export),
	TABLE(export_members),
	.from_text = export_from_text,
	.finish = finish_export,
};

static const struct cc_member import_members[] = {
	{ ROW("session", "0.3", SESSION, struct cc_import, session), NEEDED,
	  .check = cc_check_policy_name },
	{ ROW("session_hash", "0.3", DIGEST, struct cc_import, session_hash) },
	{ ROW("policy_hash", "own", DIGEST, struct cc_import, session_hash), ALIAS },
	{ ROW("volume", "0.3", TEXT, struct cc_import, volume), NEEDED, .check = cc_check_name },
	{ CAS_URL(struct cc_import, cas) },
	{ CAS_KEY(struct cc_import, cas) },
	{ CAS_SOFTWARE_KEY(struct cc_import, cas) },
};
static int finish_import(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_import *import = at;

	(void)parse;
	return cc_check_cas(&import->cas, err);
}

/* 0.2: the policy alone, whose volume has the same name (finish_volume). */
static int import_from_text(struct cc_parse *parse, char *text, void *at, struct cc_err *err)
{
	struct cc_import *import = at;
	struct cc_share share = { 0 };

	CC_TRY(cc_share_from_text(parse, text, &share, err));
	if (share.namespace != NULL || share.secret != NULL || share.session == NULL)
		return cc_fail(err, CC_E_ARG, "a volume is imported from one 'session'");
	import->session = share.session;
	import->session_hash = share.session_hash;
	import->cas = share.cas;
	return 0;
}

static const struct cc_shape shape_import = {
	.noun = "import",
	.size = sizeof(struct cc_import),
	TABLE(import_members),
	.from_text = import_from_text,
	.finish = finish_import,
};

static const struct cc_word current_words[] = {
	{ "completion", CC_CURRENT_COMPLETION },
	{ "commit", CC_CURRENT_COMMIT },
	{ NULL, 0 },
};

static const struct cc_member window_members[] = {
	{ ROW("commits", "own", NUMBER, struct cc_window, commits), .standard = CC_WINDOW_COMMITS,
	  .max = CC_WINDOW_COMMITS_MAX },
	{ ROW("bytes", "own", NUMBER, struct cc_window, bytes), .standard = CC_WINDOW_BYTES,
	  .max = CC_WINDOW_BYTES_MAX },
	{ ROW("seconds", "own", NUMBER, struct cc_window, seconds), .standard = CC_WINDOW_SECONDS,
	  .max = CC_WINDOW_SECONDS_MAX },
};

static int finish_window(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_window *window = at;

	(void)parse;
	if (window->commits != 0 && window->bytes != 0 && window->seconds != 0)
		return 0;
	cc_err_set(err, CC_E_ARG, "a window of 0 lets nothing be written");
	return cc_hint(err, "'strict: true' is the volume that is never ahead of the CAS");
}

static const struct cc_shape shape_window = {
	.noun = "window",
	.size = sizeof(struct cc_window),
	TABLE(window_members),
	.finish = finish_window,
};

static const struct cc_member volume_members[] = {
	{ ROW("name", "0.1", TEXT, struct cc_volume_entry, name), NEEDED, .check = cc_check_name },
	{ ROW("lifetime", "own", CHOICE, struct cc_volume_entry, lifetime),
	  .words = lifetime_words },
	{ ROW("strict", "own", FLAG, struct cc_volume_entry, strict) },
	{ ROW("window", "own", PART, struct cc_volume_entry, window), .shape = &shape_window },
	{ ROW("current", "own", CHOICE, struct cc_volume_entry, current), .words = current_words },
	{ ROW("fspf_key", "0.1", TEXT, struct cc_volume_entry, fspf_key), .check = cc_check_key },
	{ ROW("fspf_tag", "0.1", TEXT, struct cc_volume_entry, fspf_tag), .check = cc_check_tag },
	{ ROW("files", "0.3.11", CHOICE, struct cc_volume_entry, files), .words = files_words },
	{ ROW("export", "0.2", LIST, struct cc_volume_entry, export), .flags = CC_MEMBER_ONE,
	  .shape = &shape_export },
	{ ROW("import", "0.2", STRUCT, struct cc_volume_entry, import), .shape = &shape_import },
};
static int finish_volume(struct cc_parse *parse, void *at, struct cc_err *err)
{
	struct cc_volume_entry *volume = at;

	(void)parse;
	(void)err;
	if (volume->import != NULL && volume->import->volume == NULL)
		volume->import->volume = volume->name;
	return 0;
}

const struct cc_shape cc_shape_volume = {
	.noun = "volume",
	.size = sizeof(struct cc_volume_entry),
	TABLE(volume_members),
	.finish = finish_volume,
};
