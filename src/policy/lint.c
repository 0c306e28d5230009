/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/lint.h"

#include <stdarg.h>
#include <strings.h>

#include "base/str.h"
#include "policy/schema-internal.h"

struct looking {
	const struct cc_policy *policy;
	const struct cc_lint_rule *rule;
	struct cc_lint *found;
	struct cc_err *err;
};

void cc_lint_clear(struct cc_lint *lint)
{
	free(lint->at);
	*lint = (struct cc_lint){ 0 };
}

static int CC_PRINTF(3, 4)
	found(const struct looking *l, const struct cc_place *place, const char *fmt, ...)
{
	struct cc_lint *list = l->found;
	struct cc_lint_finding *one = NULL;
	va_list args;

	if (list->count == CC_LINT_MAX)
		return 0;
	if ((list->count & (list->count - 1)) == 0) {
		size_t room = list->count == 0 ? 1 : 2 * list->count;

		one = reallocarray(list->at, room, sizeof(*one));
		if (one == NULL)
			return cc_fail(l->err, CC_E_SYSTEM, "out of memory for a finding");
		list->at = one;
	}
	one = &list->at[list->count++];
	/* What is not in the text, but its default, has the place of the policy. */
	*one = (struct cc_lint_finding){ .rule = l->rule,
					 .place = place->line != 0 ? *place : l->policy->place };
	va_start(args, fmt);
	(void)vsnprintf(one->what, sizeof(one->what), fmt, args);
	va_end(args);
	return 0;
}

/* Who may. */

static bool is_met_by_one(const struct cc_access_rule *rule)
{
	for (size_t i = 0; i < rule->count; i++) {
		const struct cc_access_entry *entry = &rule->at[i];
		bool needs_one = entry->kind == CC_ENTRY_AT_LEAST ? entry->least == 1
				 : entry->kind == CC_ENTRY_ALL    ? entry->of.count == 1
								  : false;

		if (entry->kind == CC_ENTRY_KEY || entry->kind == CC_ENTRY_SIGNER ||
		    entry->kind == CC_ENTRY_CREATOR || entry->kind == CC_ENTRY_ANY ||
		    (needs_one && is_met_by_one(&entry->of)))
			return true;
	}
	return false;
}

static bool names_any(const struct cc_access_rule *rule)
{
	return rule->count == 1 && rule->at[0].kind == CC_ENTRY_ANY;
}

/* Somebody else than the creator may read the text. */
static bool is_shared(const struct cc_policy *policy)
{
	const struct cc_access_rule *read = &policy->access_policy.read;

	for (size_t i = 0; i < read->count; i++)
		if (read->at[i].kind != CC_ENTRY_CREATOR && read->at[i].kind != CC_ENTRY_NONE)
			return true;
	return false;
}

static int look_at_changes_by_any(const struct looking *l)
{
	const struct cc_access_policy *access = &l->policy->access_policy;

	/* Beside a board it says that the board alone decides. */
	if (names_any(&access->update) && l->policy->board == NULL)
		CC_TRY(found(l, &access->place, "access_policy.update is ANY"));
	if (names_any(&access->create_sessions))
		CC_TRY(found(l, &access->place, "access_policy.create_sessions is ANY"));
	return 0;
}

static int look_at_single_key(const struct looking *l)
{
	const struct cc_access_policy *access = &l->policy->access_policy;

	if (l->policy->board != NULL || names_any(&access->update) ||
	    !is_met_by_one(&access->update))
		return 0;
	return found(l, &access->place, "one key alone can update '%s'", l->policy->name);
}

static int look_at_identity(const struct looking *l)
{
	if (l->policy->identity != CC_IDENTITY_TRANSPORT)
		return 0;
	return found(l, &l->policy->place, "policy '%s'", l->policy->name);
}

/* Values in the text. */

static bool is_secret_kind(enum cc_secret_kind kind)
{
	return kind == CC_SECRET_ASCII || kind == CC_SECRET_BINARY ||
	       kind == CC_SECRET_PRIVATE_KEY || kind == CC_SECRET_PGP_KEY;
}

static bool is_explicit(const struct cc_secret_entry *secret)
{
	return is_secret_kind(secret->kind) && secret->value != NULL && !secret->export_public &&
	       !cc_text_has_reference(secret->value);
}

static int look_at_values(const struct looking *l)
{
	for (size_t i = 0; i < l->policy->secrets.count; i++) {
		const struct cc_secret_entry *secret = &l->policy->secrets.at[i];

		if (is_explicit(secret))
			CC_TRY(found(l, &secret->place, "secret '%s'", secret->name));
	}
	return 0;
}

/* A value in the text that is given to whoever knows it. */
static bool is_literal(const char *text)
{
	return text != NULL && !cc_text_has_reference(text);
}

static int look_at_tokens(const struct looking *l)
{
	const struct cc_security *security = &l->policy->security;

	if (is_literal(security->service_access_token))
		CC_TRY(found(l, &security->place, "service_access_token"));
	if (is_literal(security->attestation.one_time_password_shared_secret))
		CC_TRY(found(l, &security->attestation.place, "one_time_password_shared_secret"));
	for (size_t i = 0; i < l->policy->services.count; i++) {
		const struct cc_service *service = &l->policy->services.at[i];

		if (is_literal(service->one_time_password_shared_secret))
			CC_TRY(found(l, &service->place,
				     "one_time_password_shared_secret of service '%s'",
				     service->name));
	}
	return 0;
}

static int look_at_salt(const struct looking *l)
{
	if (l->policy->salt != NULL)
		return 0;
	for (size_t i = 0; i < l->policy->secrets.count; i++)
		if (is_explicit(&l->policy->secrets.at[i]))
			return found(l, &l->policy->place, "policy '%s' without 'salt'",
				     l->policy->name);
	return 0;
}

static int look_at_shared_keys(const struct looking *l)
{
	if (!is_shared(l->policy))
		return 0;
	for (size_t i = 0; i < l->policy->services.count; i++) {
		const struct cc_service *service = &l->policy->services.at[i];

		if (is_literal(service->fspf_key))
			CC_TRY(found(l, &service->place, "fspf_key of service '%s'",
				     service->name));
	}
	for (size_t i = 0; i < l->policy->volumes.count; i++) {
		const struct cc_volume_entry *volume = &l->policy->volumes.at[i];

		if (is_literal(volume->fspf_key))
			CC_TRY(found(l, &volume->place, "fspf_key of volume '%s'", volume->name));
	}
	return 0;
}

/* Names of variables that hold what should not be read, by their last word. */
static bool is_secret_name(const char *name)
{
	static const char *const ends[] = { "PASSWORD", "PASSWD",      "SECRET",     "TOKEN",
					    "API_KEY",  "PRIVATE_KEY", "SECRET_KEY", "ACCESS_KEY" };
	size_t len = strlen(name);

	for (size_t i = 0; i < CC_COUNT(ends); i++) {
		size_t end = strlen(ends[i]);

		if (len >= end && strcasecmp(name + len - end, ends[i]) == 0)
			return true;
	}
	return false;
}

static int look_at_environment(const struct looking *l)
{
	for (size_t i = 0; i < l->policy->services.count; i++) {
		const struct cc_service *service = &l->policy->services.at[i];

		for (size_t k = 0; k < service->environment.count; k++) {
			const struct cc_pair *pair = &service->environment.at[k];

			if (is_secret_name(pair->name) && is_literal(pair->value) &&
			    pair->value[0] != '\0')
				CC_TRY(found(l, &pair->place, "variable '%.64s' of service '%s'",
					     pair->name, service->name));
		}
	}
	return 0;
}

static int look_at_public_keys(const struct looking *l)
{
	for (size_t i = 0; i < l->policy->secrets.count; i++) {
		const struct cc_secret_entry *secret = &l->policy->secrets.at[i];

		if (secret->export_public && secret->kind == CC_SECRET_PRIVATE_KEY)
			CC_TRY(found(l, &secret->place, "secret '%s'", secret->name));
	}
	return 0;
}

static int look_at_self_approval(const struct looking *l)
{
	if (l->policy->board == NULL || !l->policy->board->self_approval)
		return 0;
	return found(l, &l->policy->board->place, "board.self_approval");
}

/* What is attested. */

static int look_at_mode(const struct looking *l)
{
	const struct cc_attestation *attestation = &l->policy->security.attestation;

	if (attestation->mode != CC_MODE_NONE)
		return 0;
	return found(l, &attestation->place, "security.attestation.mode is 'none'");
}

static int look_at_debug(const struct looking *l)
{
	const struct cc_attestation *attestation = &l->policy->security.attestation;

	if ((attestation->tolerate & CC_TOLERATE_DEBUG) == 0)
		return 0;
	return found(l, &attestation->place, "tolerate: debug-mode");
}

static const struct {
	enum cc_tolerate bit;
	const char *word;
} weaknesses[] = {
	{ CC_TOLERATE_SIMULATION, "simulation" },
	{ CC_TOLERATE_MEASURED_ONLY, "measured-only" },
	{ CC_TOLERATE_UNWITNESSED, "unwitnessed" },
	{ CC_TOLERATE_AEPIC_LEAK, "aepic-leak" },
	{ CC_TOLERATE_INSECURE_CONFIGURATION, "insecure-configuration" },
	{ CC_TOLERATE_INSECURE_IGPU, "insecure-igpu" },
	{ CC_TOLERATE_OUTDATED_TCB, "outdated-tcb" },
	{ CC_TOLERATE_MIGRATION, "migration" },
	{ CC_TOLERATE_VE, "ve-on-private-memory" },
	{ CC_TOLERATE_MILAN, "milan" },
};

static int look_at_tolerance(const struct looking *l)
{
	const struct cc_attestation *attestation = &l->policy->security.attestation;

	for (size_t i = 0; i < CC_COUNT(weaknesses); i++)
		if ((attestation->tolerate & weaknesses[i].bit) != 0)
			CC_TRY(found(l, &attestation->place, "tolerate: %s", weaknesses[i].word));
	for (size_t i = 0; i < attestation->exceptions.count; i++)
		CC_TRY(found(l, &attestation->exceptions.at[i].place, "exceptions[%zu]", i));
	return 0;
}

static int look_at_advisories(const struct looking *l)
{
	const struct cc_attestation *attestation = &l->policy->security.attestation;

	for (size_t i = 0; i < attestation->ignore_advisories.count; i++)
		if (cc_str_eq(attestation->ignore_advisories.at[i], "*"))
			return found(l, &attestation->place, "ignore_advisories: '*'");
	return 0;
}

static int look_at_signers(const struct looking *l)
{
	for (size_t i = 0; i < l->policy->services.count; i++) {
		const struct cc_service *service = &l->policy->services.at[i];

		for (size_t k = 0; k < service->attestation.count; k++) {
			const struct cc_variant *variant = &service->attestation.at[k];

			if (variant->mrenclave.count == 0 && variant->signer != NULL &&
			    variant->signer->isvsvn == CC_SVN_ANY &&
			    variant->signer->isvsvn_min == 0)
				CC_TRY(found(l, &variant->place, "attestation of service '%s'",
					     service->name));
		}
	}
	return 0;
}

/* What is shared. */

static int look_at_secret_exports(const struct looking *l)
{
	for (size_t i = 0; i < l->policy->secrets.count; i++) {
		const struct cc_secret_entry *secret = &l->policy->secrets.at[i];

		for (size_t k = 0; k < secret->export.count; k++) {
			const struct cc_secret_export *export = &secret->export.at[k];

			if (export->session != NULL && !export->session_hash.is_set)
				CC_TRY(found(l, &export->place, "secret '%s' to '%s'", secret->name,
					     export->session));
		}
	}
	return 0;
}

static int look_at_namespaces(const struct looking *l)
{
	for (size_t i = 0; i < l->policy->secrets.count; i++) {
		const struct cc_secret_entry *secret = &l->policy->secrets.at[i];

		for (size_t k = 0; k < secret->export.count; k++)
			if (secret->export.at[k].namespace != NULL)
				CC_TRY(found(l, &secret->export.at[k].place,
					     "secret '%s' to namespace '%s'", secret->name,
					     secret->export.at[k].namespace));
	}
	return 0;
}

typedef bool export_fn(const struct cc_export *export);

static int look_at_volume_exports(const struct looking *l, export_fn *is_risky)
{
	for (size_t i = 0; i < l->policy->volumes.count; i++) {
		const struct cc_volume_entry *volume = &l->policy->volumes.at[i];

		for (size_t k = 0; k < volume->export.count; k++)
			if (is_risky(&volume->export.at[k]))
				CC_TRY(found(l, &volume->export.at[k].place, "volume '%s' to '%s'",
					     volume->name, volume->export.at[k].session));
	}
	return 0;
}

static bool is_unpinned(const struct cc_export *export)
{
	return !export->session_hash.is_set && !(export->runtime.is_set && export->content.is_set);
}

static bool is_opaque(const struct cc_export *export)
{
	return export->opaque;
}

static int look_at_grants(const struct looking *l)
{
	return look_at_volume_exports(l, is_unpinned);
}

static int look_at_opaque_grants(const struct looking *l)
{
	return look_at_volume_exports(l, is_opaque);
}

static int look_at_imports(const struct looking *l)
{
	for (size_t i = 0; i < l->policy->secrets.count; i++) {
		const struct cc_secret_entry *secret = &l->policy->secrets.at[i];

		if (secret->import != NULL && !secret->import->session_hash.is_set)
			CC_TRY(found(l, &secret->import->place, "secret '%s' of '%s'", secret->name,
				     secret->import->session));
	}
	for (size_t i = 0; i < l->policy->volumes.count; i++) {
		const struct cc_volume_entry *volume = &l->policy->volumes.at[i];

		if (volume->import != NULL && !volume->import->session_hash.is_set)
			CC_TRY(found(l, &volume->import->place, "volume '%s' of '%s'", volume->name,
				     volume->import->session));
	}
	return 0;
}

/* How programs run. */

typedef int service_fn(const struct looking *l, const struct cc_service *service);

static int look_at_services(const struct looking *l, service_fn *look)
{
	for (size_t i = 0; i < l->policy->services.count; i++)
		CC_TRY(look(l, &l->policy->services.at[i]));
	return 0;
}

static int is_without_network(const struct looking *l, const struct cc_service *service)
{
	return service->network != NULL
		       ? 0
		       : found(l, &service->place, "service '%s' without 'network'", service->name);
}

static int takes_from_host(const struct looking *l, const struct cc_service *service)
{
	for (size_t i = 0; i < service->command.count; i++)
		if (cc_text_has_argument(service->command.at[i]))
			return found(l, &service->place, "command of service '%s'", service->name);
	for (size_t i = 0; i < service->environment.count; i++)
		if (strstr(service->environment.at[i].name, "\\@\\@") != NULL)
			return found(l, &service->environment.at[i].place,
				     "environment of service '%s'", service->name);
	return 0;
}

static int prints_plainly(const struct looking *l, const struct cc_service *service)
{
	return service->console != CC_CONSOLE_PLAIN
		       ? 0
		       : found(l, &service->place, "console of service '%s'", service->name);
}

static int runs_for_any(const struct looking *l, const struct cc_service *service)
{
	for (size_t i = 0; i < service->executions.count; i++)
		if (cc_str_eq(service->executions.at[i].consumer, "*"))
			CC_TRY(found(l, &service->executions.at[i].place,
				     "executions '%s' of service '%s'",
				     service->executions.at[i].id, service->name));
	return 0;
}

static int look_at_consumers(const struct looking *l)
{
	return look_at_services(l, runs_for_any);
}

static int look_at_files(const struct looking *l)
{
	for (size_t i = 0; i < l->policy->volumes.count; i++) {
		const struct cc_volume_entry *volume = &l->policy->volumes.at[i];

		if (volume->files == CC_FILES_AUTHENTICATED_ONLY)
			CC_TRY(found(l, &volume->place, "volume '%s'", volume->name));
	}
	return 0;
}

static int look_at_network(const struct looking *l)
{
	return look_at_services(l, is_without_network);
}

static int look_at_host(const struct looking *l)
{
	return look_at_services(l, takes_from_host);
}

static int look_at_console(const struct looking *l)
{
	return look_at_services(l, prints_plainly);
}

static int look_at_rollback(const struct looking *l)
{
	for (size_t i = 0; i < l->policy->images.count; i++) {
		const struct cc_image *image = &l->policy->images.at[i];

		for (size_t k = 0; k < image->volumes.count; k++)
			if (image->volumes.at[k].update_policy == CC_UPDATE_NO_ROLLBACK_PROTECTION)
				CC_TRY(found(l, &image->volumes.at[k].place,
					     "volume '%s' of image '%s'", image->volumes.at[k].name,
					     image->name));
	}
	for (size_t i = 0; i < l->policy->services.count; i++)
		if (l->policy->services.at[i].fspf_update_policy == CC_FSPF_NO_ROLLBACK_PROTECTION)
			CC_TRY(found(l, &l->policy->services.at[i].place,
				     "file system of service '%s'",
				     l->policy->services.at[i].name));
	return 0;
}

static int look_at_version(const struct looking *l)
{
	if (!cc_str_eq(l->policy->version, "0.1") && !cc_str_eq(l->policy->version, "0.2"))
		return 0;
	return found(l, &l->policy->place, "version '%s'", l->policy->version);
}

static const struct {
	struct cc_lint_rule rule;
	int (*look)(const struct looking *l);
} rules[] = {
	{ { "explicit-secret", "whoever may read the policy reads the value",
	    "leave 'value' out so that the CAS draws it, or import it from a policy with "
	    "'read: NONE'" },
	  look_at_values },
	{ { "explicit-token", "whoever may read the policy can use it",
	    "refer to a secret: $$SCONE::name$$" },
	  look_at_tokens },
	{ { "secret-in-environment", "whoever may read the policy reads the value",
	    "refer to a secret: $$SCONE::name$$" },
	  look_at_environment },
	{ { "unsalted", "a guessable value in the text can be tried against the policy hash",
	    "salt: 32 random hexadecimal digits, in the first version" },
	  look_at_salt },
	{ { "shared-key", "others than the creator may read the policy, and so decrypt the files",
	    "read: [CREATOR], or NONE" },
	  look_at_shared_keys },
	{ { "public-private-key", "anyone may read the key, and be who it stands for",
	    "export its 'public-key' or a certificate" },
	  look_at_public_keys },
	{ { "changed-by-any", "anyone can take the policy over",
	    "name keys, signers, or a rule over them" },
	  look_at_changes_by_any },
	{ { "one-key", "one stolen key changes everything",
	    "require-at-least-N of several signers, or a 'board'" },
	  look_at_single_key },
	{ { "self-approval", "who proposes a change is one of those who agree to it",
	    "leave 'self_approval' out" },
	  look_at_self_approval },
	{ { "transport-identity", "what a TLS certificate proves, the web process can pretend",
	    "leave 'identity' out, or identity: signed" },
	  look_at_identity },
	{ { "not-attested", "any program is taken for the service", "mode: hardware" },
	  look_at_mode },
	{ { "debug-mode", "whoever runs the machine reads the memory of the program",
	    "tolerate nothing in production" },
	  look_at_debug },
	{ { "tolerance", "what is tolerated can be exploited", "tolerate nothing in production" },
	  look_at_tolerance },
	{ { "all-advisories", "every vulnerability to come is ignored, too",
	    "name the advisories that do not concern the program" },
	  look_at_advisories },
	{ { "any-version", "every program of this signer and product is accepted, old ones too",
	    "name 'mrenclave', or a smallest version 'isvsvn_min'" },
	  look_at_signers },
	{ { "unpinned-secret", "whoever may update that policy gets the secret",
	    "session_hash: the hash of the version that you have read" },
	  look_at_secret_exports },
	{ { "namespace-export", "whoever may create a policy there gets the secret",
	    "export to one session, with its hash" },
	  look_at_namespaces },
	{ { "unpinned-grant",
	    "nothing says which program gets the data, and it ends with the next "
	    "change of that policy",
	    "'runtime' and 'content' of the program, or 'session_hash'" },
	  look_at_grants },
	{ { "opaque-grant", "the owner of that policy chooses the program that sees the data",
	    "'measurements' over there by runtime and content, which the grant can pin" },
	  look_at_opaque_grants },
	{ { "unpinned-import", "whoever may update that policy can give you another one",
	    "session_hash: the hash of the version that you have read" },
	  look_at_imports },
	{ { "any-consumer", "whoever opens a run uses the limit up",
	    "consumer: the policy that paid, and its creator" },
	  look_at_consumers },
	{ { "open-network", "every port and every peer is open to the program",
	    "'network: {}', and the peers that it needs" },
	  look_at_network },
	{ { "from-the-host", "whoever runs the machine chooses arguments or environment",
	    "write them into the policy" },
	  look_at_host },
	{ { "plain-console", "whoever runs the machine reads what the program prints",
	    "leave 'console' out: it is encrypted to the owner of the data" },
	  look_at_console },
	{ { "readable-files", "whoever runs the machine reads the files",
	    "files: encrypted, or leave 'files' out" },
	  look_at_files },
	{ { "rollback", "whoever runs the machine can bring old files back",
	    "update_policy: rollback_protected" },
	  look_at_rollback },
	{ { "old-language", "grants cannot be pinned as in later versions", "version: '0.3.12'" },
	  look_at_version },
};

const struct cc_lint_rule *cc_lint_rule_at(size_t at)
{
	return at < CC_COUNT(rules) ? &rules[at].rule : NULL;
}

/* The rules of one place stay in their order. */
static int by_place(const void *one, const void *other)
{
	const struct cc_lint_finding *a = one, *b = other;

	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	if (a->place.column != b->place.column)
		return a->place.column < b->place.column ? -1 : 1;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	return strcmp(a->what, b->what);
}

int cc_policy_lint(const struct cc_policy *policy, struct cc_lint *out, struct cc_err *err)
{
	CC_AUTO_LINT struct cc_lint list = { 0 };
	struct looking l = { .policy = policy, .found = &list, .err = err };

	for (size_t i = 0; i < CC_COUNT(rules); i++) {
		l.rule = &rules[i].rule;
		CC_TRY(rules[i].look(&l));
	}
	if (list.count != 0)
		qsort(list.at, list.count, sizeof(*list.at), by_place);
	*out = list;
	list = (struct cc_lint){ 0 };
	return 0;
}
