/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language, as tables. `since` "own" marks keys that SCONE does not have.
 *
 * Lists are sets unless the meaning of a thing lies in its order: the canonical
 * form sorts them. What is LATER is part of SCONE's language and refused by this
 * version with a sentence, for to ignore it would be to drop a promise.
 */
#include "policy/schema-internal.h"

static const struct cc_word tolerate_words[] = {
	{ "simulation", CC_TOLERATE_SIMULATION },
	{ "measured-only", CC_TOLERATE_MEASURED_ONLY },
	{ "unwitnessed", CC_TOLERATE_UNWITNESSED },
	{ "debug-mode", CC_TOLERATE_DEBUG },
	{ "debug", CC_TOLERATE_DEBUG },
	{ "hyperthreading", CC_TOLERATE_HYPERTHREADING },
	{ "insecure-igpu", CC_TOLERATE_INSECURE_IGPU },
	{ "software-hardening-needed", CC_TOLERATE_SOFTWARE_HARDENING },
	{ "aepic-leak", CC_TOLERATE_AEPIC_LEAK },
	{ "insecure-configuration", CC_TOLERATE_INSECURE_CONFIGURATION },
	{ "outdated-tcb", CC_TOLERATE_OUTDATED_TCB },
	{ "maa-managed-tcb", CC_TOLERATE_MAA_TCB },
	{ "local-attestation-trust-cas-tcb", CC_TOLERATE_LOCAL_TCB },
	{ NULL, 0 },
};
static const struct cc_word counted_words[] = {
	{ "completion", CC_COUNTED_COMPLETION },
	{ "start", CC_COUNTED_START },
	{ NULL, 0 },
};
static const struct cc_word console_words[] = {
	{ "encrypted", CC_CONSOLE_ENCRYPTED },
	{ "plain", CC_CONSOLE_PLAIN },
	{ NULL, 0 },
};
static const struct cc_word fspf_update_words[] = {
	{ "rollback_protected_reinitializable", CC_FSPF_REINITIALIZABLE },
	{ "no_rollback_protection", CC_FSPF_NO_ROLLBACK_PROTECTION },
	{ NULL, 0 },
};
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
static const struct cc_word secret_words[] = {
	{ "ascii", CC_SECRET_ASCII },
	{ "binary", CC_SECRET_BINARY },
	{ "private-key", CC_WORD_LATER },
	{ "public-key", CC_WORD_LATER },
	{ "x509", CC_WORD_LATER },
	{ "x509-ca", CC_WORD_LATER },
	{ "session-ca", CC_WORD_LATER },
	{ "aad-token", CC_WORD_LATER },
	{ "config-fragment", CC_WORD_LATER },
	{ "pgp-key", CC_WORD_LATER },
	{ "jwt", CC_WORD_LATER },
	{ NULL, 0 },
};
static const struct cc_word mode_words[] = {
	{ "hardware", CC_MODE_HARDWARE },
	{ "none", CC_MODE_NONE },
	{ "maa", CC_WORD_LATER },
	{ NULL, 0 },
};

/* services[].attestation[].signer */
static const struct cc_member signer_members[] = {
	{ ROW("mrsigner", "0.3.7", TEXT, struct cc_signer, mrsigner), NEEDED,
	  .check = cc_check_hex32 },
	{ ROW("isvprodid", "0.3.7", NUMBER, struct cc_signer, isvprodid), NEEDED, .max = 65535 },
	{ ROW("isvsvn", "0.3.7", NUMBER, struct cc_signer, isvsvn), .max = 65535,
	  .standard = CC_SVN_ANY },
	{ ROW("isvsvn_min", "0.3.7", NUMBER, struct cc_signer, isvsvn_min), .max = 65535 },
	{ ROW("isvsvn_max", "0.3.7", NUMBER, struct cc_signer, isvsvn_max), .max = 65535,
	  .standard = 65535 },
};

static int finish_signer(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_signer *signer = at;

	(void)parse;
	if (signer->isvsvn != CC_SVN_ANY &&
	    (signer->isvsvn_min != 0 || signer->isvsvn_max != 65535))
		return cc_fail(err, CC_E_ARG,
			       "'isvsvn' and 'isvsvn_min' or 'isvsvn_max' exclude each other");
	if (signer->isvsvn_min > signer->isvsvn_max)
		return cc_fail(err, CC_E_ARG, "'isvsvn_min' is greater than 'isvsvn_max'");
	return 0;
}

static const struct cc_shape shape_signer = {
	.noun = "signer",
	.size = sizeof(struct cc_signer),
	TABLE(signer_members),
	.finish = finish_signer,
};

static const struct cc_member variant_members[] = {
	{ ROW("mrenclave", "0.3.7", TEXTS, struct cc_variant, mrenclave), .flags = CC_MEMBER_ONE,
	  .check = cc_check_hex32 },
	{ ROW("signer", "0.3.7", STRUCT, struct cc_variant, signer), .shape = &shape_signer },
};

static int finish_variant(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_variant *variant = at;

	(void)parse;
	if (variant->mrenclave.count == 0 && variant->signer == NULL)
		return cc_fail(err, CC_E_ARG, "names neither 'mrenclave' nor 'signer'");
	return 0;
}

static const struct cc_shape shape_variant = {
	.noun = "attestation",
	.size = sizeof(struct cc_variant),
	TABLE(variant_members),
	.finish = finish_variant,
};

static const struct cc_member measurement_members[] = {
	{ ROW("platform", "own", TEXT, struct cc_measurement_entry, platform), NEEDED,
	  .check = cc_check_platform },
	{ ROW("value", "own", TEXT, struct cc_measurement_entry, value),
	  .check = cc_check_hex_any },
	{ ROW("runtime", "own", DIGEST, struct cc_measurement_entry, runtime) },
	{ ROW("content", "own", DIGEST, struct cc_measurement_entry, content) },
	{ ROW("options", "own", DIGEST, struct cc_measurement_entry, options) },
};

static int finish_measurement(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_measurement_entry *m = at;
	bool has_parts = m->runtime.is_set || m->content.is_set || m->options.is_set;

	(void)parse;
	if (m->value != NULL && has_parts)
		return cc_fail(err, CC_E_ARG,
			       "'value' excludes 'runtime', 'content' and 'options'");
	if (m->value == NULL && !(m->runtime.is_set && m->content.is_set))
		return cc_fail(err, CC_E_ARG, "needs 'runtime' and 'content', or 'value'");
	return 0;
}

static const struct cc_shape shape_measurement = {
	.noun = "measurement",
	.size = sizeof(struct cc_measurement_entry),
	TABLE(measurement_members),
	.from_text = cc_measurement_from_text,
	.finish = finish_measurement,
};

static const struct cc_member executions_members[] = {
	{ ROW("id", "own", TEXT, struct cc_executions, id), NEEDED, .check = cc_check_name },
	{ ROW("consumer", "own", TEXT, struct cc_executions, consumer), NEEDED,
	  .check = cc_check_consumer },
	{ ROW("creator", "own", OWN, struct cc_executions, creator), .own = &cc_own_creator },
	{ ROW("maximum", "own", NUMBER, struct cc_executions, maximum), NEEDED, .max = 1000000000 },
	{ ROW("counted", "own", CHOICE, struct cc_executions, counted), .words = counted_words },
	{ ROW("until", "own", TIME, struct cc_executions, until) },
	{ ROW("attempts", "own", NUMBER, struct cc_executions, attempts),
	  .standard = CC_ATTEMPTS_STANDARD, .max = 1000 },
	{ LATER("binding", "own"), .idle = "false" },
};

static int finish_executions(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_executions *line = at;

	(void)parse;
	if (line->attempts == 0)
		return cc_fail(err, CC_E_ARG, "'attempts' must be at least 1");
	return 0;
}

static const struct cc_shape shape_executions = {
	.noun = "executions line",
	.size = sizeof(struct cc_executions),
	TABLE(executions_members),
	.finish = finish_executions,
};

static const struct cc_member peer_members[] = {
	{ ROW("name", "own", TEXT, struct cc_peer, name), .check = cc_check_name },
	{ ROW("peer", "own", TEXT, struct cc_peer, peer), NEEDED, .check = cc_check_path_name },
	{ ROW("port", "own", NUMBER, struct cc_peer, port), NEEDED, .max = 65535 },
};
static const struct cc_shape shape_peer = {
	.noun = "peer",
	.size = sizeof(struct cc_peer),
	TABLE(peer_members),
};
static const struct cc_member network_members[] = {
	{ ROW("ingress", "own", LIST, struct cc_network, ingress), .shape = &shape_peer },
	{ ROW("egress", "own", LIST, struct cc_network, egress), .shape = &shape_peer },
};
static const struct cc_shape shape_network = {
	.noun = "network",
	.size = sizeof(struct cc_network),
	TABLE(network_members),
};

static const struct cc_member service_members[] = {
	{ ROW("name", "0.1", TEXT, struct cc_service, name), NEEDED, .check = cc_check_name },
	{ ROW("image_name", "0.1", TEXT, struct cc_service, image_name), .check = cc_check_label },
	{ ROW("command", "0.1", OWN, struct cc_service, command), .own = &cc_own_command },
	{ ROW("environment", "0.1", PAIRS, struct cc_service, environment) },
	{ ROW("pwd", "0.1", TEXT, struct cc_service, pwd), .check = cc_check_absolute },
	{ ROW("user", "own", TEXT, struct cc_service, user), .check = cc_check_account },
	{ ROW("group", "own", TEXT, struct cc_service, group), .check = cc_check_account },
	{ ROW("fspf_path", "0.1", TEXT, struct cc_service, fspf_path), .check = cc_check_absolute },
	{ ROW("fspf_key", "0.1", TEXT, struct cc_service, fspf_key), .check = cc_check_key },
	{ ROW("fspf_tag", "0.1", TEXT, struct cc_service, fspf_tag), .check = cc_check_tag },
	{ ROW("fspf_update_policy", "0.3.11", CHOICE, struct cc_service, fspf_update_policy),
	  .words = fspf_update_words },
	{ ROW("content_salt", "own", TEXT, struct cc_service, content_salt),
	  .check = cc_check_hex32 },
	{ ROW("mrenclaves", "0.1", TEXTS, struct cc_service, mrenclaves), .flags = CC_MEMBER_ONE,
	  .check = cc_check_hex32 },
	{ ROW("attestation", "0.3.7", LIST, struct cc_service, attestation), .flags = CC_MEMBER_ONE,
	  .shape = &shape_variant },
	{ ROW("measurements", "own", LIST, struct cc_service, measurements),
	  .shape = &shape_measurement },
	{ ROW("executions", "own", LIST, struct cc_service, executions),
	  .shape = &shape_executions },
	{ ROW("network", "own", STRUCT, struct cc_service, network), .flags = CC_MEMBER_EMPTY,
	  .shape = &shape_network },
	{ ROW("console", "own", CHOICE, struct cc_service, console), .words = console_words },
	{ LATER("platforms", "0.3") },
	{ LATER("one_time_password_shared_secret", "0.3.10") },
	{ LATER("sandbox", "own") },
	{ DROPPED("tags", "0.1") },
	{ DROPPED("persistency", "0.1") },
};
static const struct cc_shape shape_service = {
	.noun = "service",
	.size = sizeof(struct cc_service),
	TABLE(service_members),
};

static const struct cc_member mount_members[] = {
	{ ROW("name", "0.1", TEXT, struct cc_mount, name), NEEDED, .check = cc_check_name },
	{ ROW("path", "0.1", TEXT, struct cc_mount, path), NEEDED, .check = cc_check_absolute },
	{ ROW("update_policy", "0.3.2", CHOICE, struct cc_mount, update_policy),
	  .words = update_words },
	{ ROW("access", "own", CHOICE, struct cc_mount, access), .words = access_words },
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
	{ LATER("provide_secrets", "0.3.11") },
	{ LATER("mrenclaves", "0.1") },
	{ DROPPED("tags", "0.1") },
};
static const struct cc_shape shape_image = {
	.noun = "image",
	.size = sizeof(struct cc_image),
	TABLE(image_members),
};

/* volumes[].export[].to holds the same members as the short form. */
static const struct cc_member grantee_members[] = {
	{ ROW("session", "0.3", TEXT, struct cc_export, session), NEEDED,
	  .check = cc_check_path_name },
	{ ROW("session_hash", "0.3", DIGEST, struct cc_export, session_hash) },
	{ ROW("policy_hash", "own", DIGEST, struct cc_export, session_hash), ALIAS },
	{ ROW("service", "own", TEXT, struct cc_export, service), .check = cc_check_name },
};
static const struct cc_shape shape_grantee = {
	.noun = "grantee",
	.size = sizeof(struct cc_export),
	TABLE(grantee_members),
};
static const struct cc_member export_members[] = {
	{ ROW("session", "0.2", TEXT, struct cc_export, session), .check = cc_check_path_name },
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
	{ LATER("cas_url", "0.3") },
	{ LATER("cas_key", "0.3") },
	{ LATER("cas_software_key", "0.3") },
};

static int finish_export(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_export *export = at;

	(void)parse;
	if (export->session == NULL)
		return cc_fail(err, CC_E_ARG, "names no 'session'");
	return 0;
}

static const struct cc_shape shape_export = {
	.noun = "export",
	.size = sizeof(struct cc_export),
	TABLE(export_members),
	.scalar = "session",
	.finish = finish_export,
};

static const struct cc_member import_members[] = {
	{ ROW("session", "0.3", TEXT, struct cc_import, session), NEEDED,
	  .check = cc_check_path_name },
	{ ROW("session_hash", "0.3", DIGEST, struct cc_import, session_hash) },
	{ ROW("policy_hash", "own", DIGEST, struct cc_import, session_hash), ALIAS },
	{ ROW("volume", "0.3", TEXT, struct cc_import, volume), NEEDED, .check = cc_check_name },
	{ LATER("cas_url", "0.3") },
	{ LATER("cas_key", "0.3") },
	{ LATER("cas_software_key", "0.3") },
};
static const struct cc_shape shape_import = {
	.noun = "import",
	.size = sizeof(struct cc_import),
	TABLE(import_members),
};

static const struct cc_member volume_members[] = {
	{ ROW("name", "0.1", TEXT, struct cc_volume_entry, name), NEEDED, .check = cc_check_name },
	{ ROW("lifetime", "own", CHOICE, struct cc_volume_entry, lifetime),
	  .words = lifetime_words },
	{ ROW("strict", "own", FLAG, struct cc_volume_entry, strict) },
	{ ROW("fspf_key", "0.1", TEXT, struct cc_volume_entry, fspf_key), .check = cc_check_key },
	{ ROW("fspf_tag", "0.1", TEXT, struct cc_volume_entry, fspf_tag), .check = cc_check_tag },
	{ ROW("files", "0.3.11", CHOICE, struct cc_volume_entry, files), .words = files_words },
	{ ROW("export", "0.2", LIST, struct cc_volume_entry, export), .flags = CC_MEMBER_ONE,
	  .shape = &shape_export },
	{ ROW("import", "0.2", STRUCT, struct cc_volume_entry, import), .shape = &shape_import },
};
static const struct cc_shape shape_volume = {
	.noun = "volume",
	.size = sizeof(struct cc_volume_entry),
	TABLE(volume_members),
};

static const struct cc_member secret_members[] = {
	{ ROW("name", "0.2", TEXT, struct cc_secret_entry, name), NEEDED, .check = cc_check_name },
	{ ROW("kind", "0.2", CHOICE, struct cc_secret_entry, kind), NEEDED, .words = secret_words },
	{ ROW("size", "0.2", NUMBER, struct cc_secret_entry, size), .standard = 20, .max = 65536 },
	{ ROW("value", "0.2", TEXT, struct cc_secret_entry, value), .check = cc_check_plain },
	{ ROW("export_public", "0.2", FLAG, struct cc_secret_entry, export_public) },
	{ LATER("export", "0.2") },
	{ LATER("import", "0.2") },
	{ LATER("import_akv", "0.3.7") },
	{ LATER("migrate", "0.3.7"), .idle = "false" },
	{ LATER("key_type", "0.3.4") },
	{ LATER("private_key", "0.3") },
	{ LATER("issuer", "0.3") },
	{ LATER("common_name", "0.3") },
	{ LATER("endpoint", "0.3") },
	{ LATER("dns", "0.3") },
	{ LATER("san", "0.3.10") },
	{ LATER("valid_for", "0.3") },
	{ LATER("tenant_id", "0.3.7") },
	{ LATER("client_id", "0.3.7") },
	{ LATER("application_secret", "0.3.7") },
	{ LATER("certificate_thumbprint", "0.3.7") },
	{ LATER("signer", "0.3.12") },
	{ LATER("alg", "0.3.12") },
	{ LATER("validity", "0.3.12") },
	{ LATER("payload", "0.3.12") },
};

static int finish_secret(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_secret_entry *secret = at;
	char *copy = NULL;

	if (secret->size == 0)
		return cc_fail(err, CC_E_ARG, "'size' must be at least 1");
	if (secret->kind != CC_SECRET_BINARY || secret->value == NULL)
		return 0;
	CC_TRY(cc_arena_copy(parse->arena, cc_span_str(secret->value), &copy, err));
	return cc_check_hex_any(copy, err);
}

static const struct cc_shape shape_secret = {
	.noun = "secret",
	.size = sizeof(struct cc_secret_entry),
	TABLE(secret_members),
	.finish = finish_secret,
};

static const struct cc_member access_members[] = {
	{ ROW("read", "0.2", OWN, struct cc_access_policy, read), .own = &cc_own_access },
	{ ROW("update", "0.2", OWN, struct cc_access_policy, update), .own = &cc_own_access },
	{ ROW("create_sessions", "0.3.5", OWN, struct cc_access_policy, create_sessions),
	  .own = &cc_own_access },
	{ ROW("list_sessions", "0.3.12", OWN, struct cc_access_policy, list_sessions),
	  .own = &cc_own_access },
};
static const struct cc_shape shape_access = {
	.noun = "access_policy",
	.size = sizeof(struct cc_access_policy),
	TABLE(access_members),
};

static const struct cc_member attestation_members[] = {
	{ ROW("mode", "0.3.1", CHOICE, struct cc_attestation, mode), .words = mode_words },
	{ ROW("tolerate", "0.3.1", BITS, struct cc_attestation, tolerate), .flags = CC_MEMBER_ONE,
	  .words = tolerate_words },
	{ ROW("ignore_advisories", "0.3.1", TEXTS, struct cc_attestation, ignore_advisories),
	  .flags = CC_MEMBER_ONE, .check = cc_check_advisory },
	{ LATER("trusted_scone_qe_pubkeys", "0.3.1") },
	{ LATER("url", "0.3.7") },
	{ LATER("certificates", "0.3.7") },
	{ LATER("min_rsa_signing_key_size", "0.3.7") },
	{ LATER("one_time_password_shared_secret", "0.3.8") },
	{ LATER("must_be_sgx_local", "0.3.11"), .idle = "false" },
};
/* Room for those that words of `tolerate` add (appraise.c). */
#define IGNORED_MAX (CC_ADVISORIES_MAX - 4)

static int finish_attestation(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_attestation *attestation = at;

	(void)parse;
	if (attestation->ignore_advisories.count > IGNORED_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%zu advisories, more than %d",
			       attestation->ignore_advisories.count, IGNORED_MAX);
	return 0;
}

static const struct cc_shape shape_attestation = {
	.finish = finish_attestation,
	.noun = "attestation",
	.size = sizeof(struct cc_attestation),
	TABLE(attestation_members),
};
static const struct cc_member security_members[] = {
	{ ROW("attestation", "0.3.1", PART, struct cc_security, attestation),
	  .shape = &shape_attestation },
	{ LATER("singleton_enclaves", "0.3.9"), .idle = "false" },
	{ LATER("service_access_token", "0.3.9") },
};
static const struct cc_shape shape_security = {
	.noun = "security",
	.size = sizeof(struct cc_security),
	TABLE(security_members),
};

static const struct cc_member stage_members[] = {
	{ ROW("name", "own", TEXT, struct cc_stage, name), NEEDED, .check = cc_check_name },
	{ ROW("policy", "own", TEXT, struct cc_stage, policy), .check = cc_check_path_name },
	{ ROW("service", "own", TEXT, struct cc_stage, service), NEEDED, .check = cc_check_name },
	{ ROW("needs", "own", TEXTS, struct cc_stage, needs), .flags = CC_MEMBER_ONE,
	  .check = cc_check_name },
	{ ROW("attempts", "own", NUMBER, struct cc_stage, attempts), .max = 1000 },
};
static const struct cc_shape shape_stage = {
	.noun = "stage",
	.size = sizeof(struct cc_stage),
	TABLE(stage_members),
};
static const struct cc_member workflow_members[] = {
	{ ROW("stages", "own", LIST, struct cc_workflow, stages), NEEDED, .shape = &shape_stage },
};
static const struct cc_shape shape_workflow = {
	.noun = "workflow",
	.size = sizeof(struct cc_workflow),
	TABLE(workflow_members),
};

static const struct cc_member policy_members[] = {
	{ ROW("version", "0.1", TEXT, struct cc_policy, version), .check = cc_check_version },
	{ ROW("name", "0.1", TEXT, struct cc_policy, name), NEEDED, .check = cc_check_path_name },
	{ ROW("predecessor", "0.1", DIGEST, struct cc_policy, predecessor) },
	{ ROW("salt", "0.3.12", TEXT, struct cc_policy, salt), .check = cc_check_hex16 },
	{ ROW("services", "0.1", LIST, struct cc_policy, services), .shape = &shape_service },
	{ ROW("secrets", "0.2", LIST, struct cc_policy, secrets), .shape = &shape_secret },
	{ ROW("volumes", "0.1", LIST, struct cc_policy, volumes), .shape = &shape_volume },
	{ ROW("images", "0.1", LIST, struct cc_policy, images), .shape = &shape_image },
	{ ROW("access_policy", "0.2", PART, struct cc_policy, access_policy),
	  .shape = &shape_access },
	{ ROW("security", "0.3.1", PART, struct cc_policy, security), .shape = &shape_security },
	{ ROW("creator", "0.2", OWN, struct cc_policy, creator), .own = &cc_own_creator },
	{ ROW("tolerate", "own", BITS, struct cc_policy, tolerate), .flags = CC_MEMBER_ONE,
	  .words = tolerate_words },
	{ ROW("workflow", "own", STRUCT, struct cc_policy, workflow), .shape = &shape_workflow },
	{ LATER("namespace_hash", "0.3.11") },
	{ LATER("secret_config", "0.3.10") },
	{ ROW("board", "own", STRUCT, struct cc_policy, board), .shape = &cc_shape_board },
	{ LATER("code", "own") },
	{ LATER("board_members", "0.1") },
	{ DROPPED("board_policy", "0.1") },
	{ DROPPED("digest", "0.1") },
};

static void access_default(struct cc_access_rule *rule, const struct cc_access_rule *like)
{
	if (rule->count == 0)
		*rule = *like;
}

/* Defaults that hang on other keys (scone.md 1.13), and the second spelling of tolerate. */
static int finish_policy(struct cc_parse *parse, void *at, struct cc_err *err)
{
	struct cc_policy *policy = at;
	struct cc_access_policy *access = &policy->access_policy;
	void *creator = NULL;

	CC_TRY(cc_arena_take(parse->arena, 1, sizeof(struct cc_access_entry), &creator, err));
	((struct cc_access_entry *)creator)->kind = CC_ENTRY_CREATOR;
	access_default(&access->read, &(struct cc_access_rule){ creator, 1 });
	access_default(&access->update, &(struct cc_access_rule){ creator, 1 });
	access_default(&access->create_sessions, &access->update);
	access_default(&access->list_sessions, &access->read);
	policy->security.attestation.tolerate |= policy->tolerate;
	policy->tolerate = 0;
	if (policy->version == NULL) {
		policy->version = "0.1";
		policy->version_is_assumed = true;
	}
	return 0;
}

const struct cc_shape cc_shape_policy = {
	.noun = "policy",
	.size = sizeof(struct cc_policy),
	TABLE(policy_members),
	.finish = finish_policy,
};
