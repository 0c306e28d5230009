/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grants of volumes between policies.
 *
 * The rule for who sees the data: the giver trusts a program that it can name by
 * its parts; a program that only the grantee's owner can name must be granted as
 * `opaque`. And what the giver consented to is a policy as it was, so that a
 * later change of the command or of the program closes the grant.
 */
#include "base/str.h"
#include "codec/text.h"
#include "policy/decide.h"
#include "policy/registers.h"

static bool export_is_for(const struct cc_export *export, const struct cc_volume_entry *volume,
			  const struct cc_volume_ask *ask, const char *name)
{
	const char *known_as = export->volume_alias != NULL ? export->volume_alias : volume->name;

	/* A policy of that name at another CAS is somebody else's. */
	return export->cas.url == NULL && cc_str_eq(export->session, ask->known->policy->name) &&
	       cc_str_eq(known_as, name) &&
	       (export->service == NULL || cc_str_eq(export->service, ask->service->name));
}

/* The export that names the service goes before one for all services of the policy. */
static bool find_export(const struct cc_policy *giver, const struct cc_volume_ask *ask,
			const char *name, struct cc_volume_use *out)
{
	for (size_t i = 0; i < giver->volumes.count; i++) {
		const struct cc_volume_entry *volume = &giver->volumes.at[i];

		for (size_t k = 0; k < volume->export.count; k++) {
			const struct cc_export *export = &volume->export.at[k];

			if (!export_is_for(export, volume, ask, name))
				continue;
			if (out->export == NULL ||
			    (out->export->service == NULL && export->service != NULL)) {
				out->export = export;
				out->volume = volume;
			}
		}
	}
	return out->export != NULL;
}

static int not_exported(const struct cc_policy *giver, const struct cc_volume_ask *ask,
			const char *name, struct cc_err *err)
{
	const char *grantee = ask->known->policy->name;

	cc_err_set(err, CC_E_DENIED, "policy '%s' does not export volume '%s' to '%s/%s'",
		   giver->name, name, grantee, ask->service->name);
	return cc_hint(err,
		       "the owner of '%.80s' can add to volume '%.40s': export: [{session: "
		       "%.80s}]",
		       giver->name, name, grantee);
}

/* The policy that gets the volume must be the pinned one, or the one that was consented to. */
static int check_version(const struct cc_view *view, const struct cc_policy *giver,
			 const struct cc_export *export, const struct cc_known *grantee,
			 struct cc_err *err)
{
	struct cc_digest recorded = { 0 };
	char hex[CC_HEX_DIGEST];
	bool is_recorded = false;

	cc_hex_digest(&grantee->hash, hex);
	if (export->session_hash.is_set) {
		if (cc_digest_eq(&export->session_hash.digest, &grantee->hash))
			return 0;
		cc_err_set(err, CC_E_DENIED, "policy '%s' is not the version that '%s' pins",
			   grantee->policy->name, giver->name);
		return cc_hint(err, "the owner of '%.80s' can set session_hash: %s", giver->name,
			       hex);
	}
	CC_TRY(view->consent(view->context, giver->name, grantee->policy->name, &is_recorded,
			     &recorded, err));
	if (is_recorded && cc_digest_eq(&recorded, &grantee->hash))
		return 0;
	cc_err_set(err, CC_E_DENIED, "policy '%s' %s since '%s' granted it a volume",
		   grantee->policy->name, is_recorded ? "has changed" : "was not there",
		   giver->name);
	return cc_hint(err,
		       "the owner of '%.80s' looks at it and updates its own policy to consent",
		       giver->name);
}

static bool is_on(const struct cc_texts *platforms, enum cc_platform_kind platform)
{
	for (size_t i = 0; i < platforms->count; i++)
		if (cc_platform_named(platforms->at[i]) == platform)
			return true;
	return false;
}

/* Is this program one that the grant trusts? NULL: yes; otherwise why not. */
static const char *distrust(const struct cc_export *export, const struct cc_program *program)
{
	if (!program->is_authenticated)
		return "the service is not authenticated ('mode: none')";
	if (export->platforms.count != 0 && !is_on(&export->platforms, program->platform))
		return "the grant is for other platforms";
	if (!program->is_computed)
		return export->runtime.is_set || export->content.is_set || export->config.is_set
			       ? "the grant pins a program, and the service's is given by a bare "
				 "measurement"
		       : export->opaque
			       ? NULL
			       : "the service is known by a bare measurement, and the grant "
				 "is not 'opaque'";
	if (export->runtime.is_set && !cc_digest_eq(&export->runtime.digest, &program->runtime))
		return "the runtime build is not the one that the grant pins";
	if (export->content.is_set && !cc_digest_eq(&export->content.digest, &program->content))
		return "the content of the image is not the one that the grant pins";
	return NULL;
}

/* The runtime, which is measured, keeps to what its policy says: that is what is compared. */
static int check_config(const struct cc_policy *giver, const struct cc_export *export,
			const struct cc_volume_ask *ask, struct cc_err *err)
{
	struct cc_digest config = { 0 };
	char hex[CC_HEX_DIGEST];

	if (!export->config.is_set)
		return 0;
	CC_TRY(cc_policy_config(ask->known->policy, ask->service, &config, err));
	if (cc_digest_eq(&config, &export->config.digest))
		return 0;
	cc_hex_digest(&config, hex);
	cc_err_set(err, CC_E_DENIED,
		   "the configuration of '%s/%s' is not the one that '%s' pins for volume '%s'",
		   ask->known->policy->name, ask->service->name, giver->name, ask->mount->name);
	return cc_hint(err, "the owner of '%.80s' looks at it, and can set config: %s", giver->name,
		       hex);
}

/* Beforehand: is there a program that the policy accepts and the grant trusts? */
static const char *distrust_all(const struct cc_export *export, const struct cc_policy *policy,
				const struct cc_service *service)
{
	bool is_authenticated = policy->security.attestation.mode != CC_MODE_NONE;
	struct cc_program enclave = { .is_authenticated = is_authenticated,
				      .platform = CC_PLATFORM_SGX };
	const char *why = distrust(export, &enclave);

	if (why == NULL && service->mrenclaves.count + service->attestation.count != 0)
		return NULL;
	for (size_t i = 0; i < service->measurements.count && is_authenticated; i++) {
		const struct cc_measurement_entry *entry = &service->measurements.at[i];
		struct cc_program program = { .is_authenticated = true,
					      .is_computed = cc_measurement_is_computed(entry),
					      .platform = cc_platform_named(entry->platform),
					      .runtime = entry->runtime.digest,
					      .content = entry->content.digest };

		why = distrust(export, &program);
		if (why == NULL)
			return NULL;
	}
	return why == NULL ? "the service names no program" : why;
}

static int check_program(const struct cc_policy *giver, const struct cc_export *export,
			 const struct cc_volume_ask *ask, struct cc_err *err)
{
	const char *why = ask->program != NULL
				  ? distrust(export, ask->program)
				  : distrust_all(export, ask->known->policy, ask->service);
	enum cc_class class = ask->program != NULL ? ask->program->class : ask->class;

	if (why != NULL) {
		cc_err_set(err, CC_E_DENIED, "policy '%s' does not trust '%s/%s' with volume: %s",
			   giver->name, ask->known->policy->name, ask->service->name, why);
		return cc_hint(err,
			       "give 'measurements' by runtime and content, or the owner of "
			       "'%.80s' adds 'opaque: true'",
			       giver->name);
	}
	if (class == CC_CLASS_NONE && ask->program == NULL)
		return 0;
	return cc_decide_class(giver, class, err);
}

/* The export is an upper bound (scone.md 1.11): ephemeral for all, no protection for few. */
static bool update_is_within(enum cc_update_policy asked, enum cc_update_policy granted)
{
	return asked == CC_UPDATE_EPHEMERAL || asked == granted ||
	       granted == CC_UPDATE_NO_ROLLBACK_PROTECTION;
}

static int check_use(const struct cc_policy *giver, const struct cc_volume_ask *ask,
		     struct cc_volume_use *use, struct cc_err *err)
{
	const struct cc_mount *mount = ask->mount;
	const struct cc_export *export = use->export;

	use->access = mount->access != CC_ACCESS_NONE ? mount->access : export->access;
	if (use->access == CC_ACCESS_WRITE && export->access != CC_ACCESS_WRITE) {
		cc_err_set(err, CC_E_DENIED,
			   "'%s/%s' wants to write volume '%s', and '%s' grants reading",
			   ask->known->policy->name, ask->service->name, use->volume->name,
			   giver->name);
		return cc_hint(err,
			       "mount it with 'access: read', or the owner of '%.80s' grants "
			       "'access: write'",
			       giver->name);
	}
	if (update_is_within(mount->update_policy, export->update_policy))
		return 0;
	return cc_fail(err, CC_E_DENIED,
		       "'%s/%s' mounts volume '%s' with an update policy that '%s' does not grant",
		       ask->known->policy->name, ask->service->name, use->volume->name,
		       giver->name);
}

static int find_giver(const struct cc_view *view, const struct cc_import *import,
		      struct cc_known *out, struct cc_err *err)
{
	if (import->cas.url != NULL)
		return cc_fail(
			err, CC_E_UNSUPPORTED,
			"volume '%s' lies at the CAS '%s': volumes of other CAS instances are "
			"not supported yet by this version",
			import->volume, import->cas.url);
	if (view->find(view->context, import->session, out, err) != 0) {
		if (err->code != CC_E_NOTFOUND)
			return cc_failed();
		cc_err_set(err, CC_E_NOTFOUND, "policy '%s', which has volume '%s', is not there",
			   import->session, import->volume);
		return cc_hint(err, "its owner creates it first");
	}
	if (import->session_hash.is_set && !cc_digest_eq(&import->session_hash.digest, &out->hash))
		return cc_fail(err, CC_E_DENIED,
			       "policy '%s' is not the version from which volume '%s' is imported",
			       import->session, import->volume);
	return 0;
}

static void use_own(const struct cc_volume_ask *ask, const struct cc_volume_entry *volume,
		    struct cc_volume_use *out)
{
	*out = (struct cc_volume_use){
		.mount = ask->mount,
		.owner = ask->known->policy->name,
		.volume = volume,
		.access =
			ask->mount->access != CC_ACCESS_NONE ? ask->mount->access : CC_ACCESS_WRITE,
		.update_policy = ask->mount->update_policy,
	};
}

int cc_decide_volume(const struct cc_view *view, const struct cc_volume_ask *ask,
		     struct cc_volume_use *out, struct cc_err *err)
{
	const struct cc_volume_entry *mine = cc_policy_volume(ask->known->policy, ask->mount->name);
	struct cc_volume_use use = { .mount = ask->mount };
	struct cc_known giver = { 0 };

	if (mine == NULL)
		return cc_fail(err, CC_E_NOTFOUND, "policy '%s' has no volume '%s'",
			       ask->known->policy->name, ask->mount->name);
	if (mine->import == NULL) {
		use_own(ask, mine, out);
		return 0;
	}
	CC_TRY(find_giver(view, mine->import, &giver, err));
	if (!find_export(giver.policy, ask, mine->import->volume, &use))
		return not_exported(giver.policy, ask, mine->import->volume, err);
	CC_TRY(check_use(giver.policy, ask, &use, err));
	CC_TRY(check_version(view, giver.policy, use.export, ask->known, err));
	CC_TRY(check_program(giver.policy, use.export, ask, err));
	CC_TRY(check_config(giver.policy, use.export, ask, err));
	use.owner = giver.policy->name;
	use.update_policy = ask->mount->update_policy;
	*out = use;
	return 0;
}
