/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language, as tables. `since` "own" marks keys that SCONE does not have.
 *
 * Lists are sets unless the meaning of a thing lies in its order: the canonical
 * form sorts them. All of SCONE's language is here; what this version could only
 * drop stops the start of a service (remark.c), for to ignore it would be to break a promise.
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
	{ "migration", CC_TOLERATE_MIGRATION },
	{ "ve-on-private-memory", CC_TOLERATE_VE },
	{ "milan", CC_TOLERATE_MILAN },
	{ NULL, 0 },
};
static const struct cc_word mode_words[] = {
	{ "hardware", CC_MODE_HARDWARE },
	{ "none", CC_MODE_NONE },
	{ "maa", CC_MODE_MAA },
	{ NULL, 0 },
};

static const struct cc_member access_members[] = {
	{ ROW("read", "0.2", OWN, struct cc_access_policy, read), .own = &cc_own_reading },
	{ ROW("update", "0.2", OWN, struct cc_access_policy, update), .own = &cc_own_changing },
	{ ROW("create_sessions", "0.3.5", OWN, struct cc_access_policy, create_sessions),
	  .own = &cc_own_changing },
	{ ROW("list_sessions", "0.3.12", OWN, struct cc_access_policy, list_sessions),
	  .own = &cc_own_reading },
};
static const struct cc_shape shape_access = {
	.noun = "access_policy",
	.size = sizeof(struct cc_access_policy),
	TABLE(access_members),
};

static const struct cc_member attestation_members[] = {
	{ ROW("mode", "0.3.1", CHOICE, struct cc_attestation, mode), FRAGMENT,
	  .words = mode_words },
	{ ROW("tolerate", "0.3.1", BITS, struct cc_attestation, tolerate), FRAGMENT_ONE,
	  .words = tolerate_words },
	{ ROW("ignore_advisories", "0.3.1", TEXTS, struct cc_attestation, ignore_advisories),
	  FRAGMENT_ONE, .check = cc_check_advisory },
	{ ROW("trusted_scone_qe_pubkeys", "0.3.1", TEXTS, struct cc_attestation,
	      trusted_scone_qe_pubkeys),
	  FRAGMENT_ONE, .check = cc_check_hex32 },
	{ ROW("url", "0.3.7", TEXT, struct cc_attestation, url), FRAGMENT, .check = cc_check_url },
	{ ROW("certificates", "0.3.7", TEXTS, struct cc_attestation, certificates), FRAGMENT_ONE },
	{ ROW("min_rsa_signing_key_size", "0.3.7", NUMBER, struct cc_attestation,
	      min_rsa_signing_key_size),
	  FRAGMENT, .standard = 2048, .max = 16384 },
	{ ROW("one_time_password_shared_secret", "0.3.8", TEXT, struct cc_attestation,
	      one_time_password_shared_secret),
	  .check = cc_check_otp },
	{ ROW("must_be_sgx_local", "0.3.11", FLAG, struct cc_attestation, must_be_sgx_local),
	  FRAGMENT },
	{ ROW("maximum_vmpl", "own", NUMBER, struct cc_attestation, maximum_vmpl), .max = 3 },
	{ ROW("minimum_tcb", "own", STRUCT, struct cc_attestation, minimum_tcb),
	  .shape = &cc_shape_minimum_tcb },
	{ ROW("independent_roots", "own", NUMBER, struct cc_attestation, independent_roots),
	  .standard = 1, .max = 2 },
	{ ROW("exceptions", "own", LIST, struct cc_attestation, exceptions),
	  .shape = &cc_shape_exception },
};
/* Room for those that words of `tolerate` add (appraise.c). */
#define IGNORED_MAX (CC_ADVISORIES_MAX - 4)

static int finish_attestation(struct cc_parse *parse, void *at, struct cc_err *err)
{
	struct cc_attestation *attestation = at;
	size_t ignored = 0;

	if (attestation->url != NULL && attestation->url[0] == '\0')
		attestation->url = NULL; /* generated files have it, without a meaning */
	if (attestation->mode == CC_MODE_MAA && attestation->url == NULL &&
	    !cc_has_variable(at, "url"))
		return cc_fail(err, CC_E_ARG, "'mode: maa' needs a 'url'");
	if (attestation->must_be_sgx_local && !cc_has_variable(at, "tolerate") &&
	    (attestation->tolerate & CC_TOLERATE_LOCAL_TCB) == 0) {
		cc_parse_blame(parse, "must_be_sgx_local");
		return cc_fail(err, CC_E_ARG,
			       "'must_be_sgx_local' needs tolerate: "
			       "[local-attestation-trust-cas-tcb]");
	}
	if (attestation->independent_roots == 0) {
		cc_parse_blame(parse, "independent_roots");
		return cc_fail(err, CC_E_ARG, "evidence ends in a root: at least 1");
	}
	ignored = attestation->ignore_advisories.count;
	for (size_t i = 0; i < attestation->exceptions.count; i++)
		ignored += attestation->exceptions.at[i].ignore_advisories.count;
	if (ignored > IGNORED_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%zu advisories, more than %d", ignored,
			       IGNORED_MAX);
	return 0;
}

static const struct cc_shape shape_attestation = {
	.finish = finish_attestation,
	.noun = "attestation",
	.size = sizeof(struct cc_attestation),
	TABLE(attestation_members),
};
static const struct cc_member security_members[] = {
	{ ROW("attestation", "0.3.1", PART, struct cc_security, attestation), FRAGMENT,
	  .shape = &shape_attestation },
	{ ROW("singleton_enclaves", "0.3.9", FLAG, struct cc_security, singleton_enclaves),
	  FRAGMENT },
	{ ROW("service_access_token", "0.3.9", TEXT, struct cc_security, service_access_token) },
};
static const struct cc_shape shape_security = {
	.noun = "security",
	.size = sizeof(struct cc_security),
	TABLE(security_members),
};

static const struct cc_member stage_members[] = {
	{ ROW("name", "own", TEXT, struct cc_stage, name), NEEDED, .check = cc_check_name },
	{ ROW("policy", "own", SESSION, struct cc_stage, policy), .check = cc_check_path_name },
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

static const struct cc_word identity_words[] = {
	{ "transport", CC_IDENTITY_TRANSPORT },
	{ "signed", CC_IDENTITY_SIGNED },
	{ NULL, 0 },
};
static const struct cc_member secret_config_members[] = {
	{ ROW("store_in", "0.3.10", OWN, struct cc_secret_config, place), .flags = CC_MEMBER_EMPTY,
	  .own = &cc_own_store },
};
static const struct cc_shape shape_secret_config = {
	.noun = "secret_config",
	.size = sizeof(struct cc_secret_config),
	TABLE(secret_config_members),
};

static const struct cc_member builders_members[] = {
	{ ROW("least", "own", NUMBER, struct cc_builders, least), .max = 1000 },
	{ ROW("of", "own", TEXTS, struct cc_builders, of), .flags = CC_MEMBER_ONE,
	  .check = cc_check_path_name },
};

static int finish_builders(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_builders *builders = at;

	if (builders->least <= builders->of.count)
		return 0;
	cc_parse_blame(parse, "least");
	return cc_fail(err, CC_E_ARG, "%llu of %zu builders can never agree",
		       (unsigned long long)builders->least, builders->of.count);
}

static const struct cc_shape shape_builders = {
	.noun = "builders",
	.size = sizeof(struct cc_builders),
	TABLE(builders_members),
	.finish = finish_builders,
};
static const struct cc_member code_members[] = {
	{ ROW("repository", "own", TEXT, struct cc_code_entry, repository), NEEDED,
	  .check = cc_check_label },
	{ ROW("commits", "own", TEXTS, struct cc_code_entry, commits), .flags = CC_MEMBER_ONE,
	  .check = cc_check_commit },
	{ ROW("recipe", "own", TEXT, struct cc_code_entry, recipe), .check = cc_check_inside },
	{ ROW("builders", "own", PART, struct cc_code_entry, builders), .shape = &shape_builders },
};
static const struct cc_shape shape_code = {
	.noun = "code",
	.size = sizeof(struct cc_code_entry),
	TABLE(code_members),
};

static const struct cc_member policy_members[] = {
	{ ROW("version", "0.1", TEXT, struct cc_policy, version), .check = cc_check_version },
	{ ROW("name", "0.1", TEXT, struct cc_policy, name), NEEDED, .check = cc_check_policy_name },
	{ ROW("predecessor", "0.1", DIGEST, struct cc_policy, predecessor) },
	{ ROW("salt", "0.3.12", TEXT, struct cc_policy, salt), .check = cc_check_hex16 },
	{ ROW("services", "0.1", LIST, struct cc_policy, services), .shape = &cc_shape_service },
	{ ROW("secrets", "0.2", LIST, struct cc_policy, secrets), .shape = &cc_shape_secret },
	{ ROW("volumes", "0.1", LIST, struct cc_policy, volumes), .shape = &cc_shape_volume },
	{ ROW("images", "0.1", LIST, struct cc_policy, images), .shape = &cc_shape_image },
	{ ROW("access_policy", "0.2", PART, struct cc_policy, access_policy), FRAGMENT,
	  .shape = &shape_access },
	{ ROW("security", "0.3.1", PART, struct cc_policy, security), FRAGMENT,
	  .shape = &shape_security },
	{ ROW("creator", "0.2", OWN, struct cc_policy, creator), .own = &cc_own_creator },
	{ ROW("identity", "own", CHOICE, struct cc_policy, identity), .words = identity_words },
	{ ROW("tolerate", "own", BITS, struct cc_policy, tolerate), .flags = CC_MEMBER_ONE,
	  .words = tolerate_words },
	{ ROW("workflow", "own", STRUCT, struct cc_policy, workflow), .shape = &shape_workflow },
	{ ROW("namespace_hash", "0.3.11", DIGEST, struct cc_policy, namespace_hash) },
	{ ROW("secret_config", "0.3.10", PART, struct cc_policy, secret_config),
	  .shape = &shape_secret_config },
	{ ROW("board", "own", STRUCT, struct cc_policy, board), .shape = &cc_shape_board },
	{ ROW("code", "own", STRUCT, struct cc_policy, code), .shape = &shape_code },
	{ ROW("board_members", "0.1", OWN, struct cc_policy, place), .own = &cc_own_old_members },
	{ ROW("board_policy", "0.1", OWN, struct cc_policy, place), .own = &cc_own_old_policy },
	{ ROW("digest", "0.1", OWN, struct cc_policy, place), .own = &cc_own_create },
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
	/* A fragment that is not looked up yet may mean anybody: until then nobody. */
	if (!cc_has_variable(policy, "access_policy"))
		((struct cc_access_entry *)creator)->kind = CC_ENTRY_CREATOR;
	access_default(&access->read, &(struct cc_access_rule){ creator, 1 });
	access_default(&access->update, &(struct cc_access_rule){ creator, 1 });
	access_default(&access->create_sessions, &access->update);
	access_default(&access->list_sessions, &access->read);
	policy->security.attestation.tolerate |= policy->tolerate;
	policy->tolerate = 0;
	if (policy->namespace_hash.is_set && policy->predecessor.is_set) {
		cc_parse_blame(parse, "namespace_hash");
		return cc_fail(err, CC_E_ARG,
			       "'namespace_hash' counts when a policy is created and excludes "
			       "'predecessor'");
	}
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
