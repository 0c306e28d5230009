/* SPDX-License-Identifier: Apache-2.0 */
/* services: programs, what they are known by, and who may run them how often. */
#include "policy/registers.h"
#include "policy/schema-internal.h"

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

/* services[].attestation[].signer */
static const struct cc_member signer_members[] = {
	{ ROW("mrsigner", "0.3.7", TEXT, struct cc_signer, mrsigner), FRAGMENT_NEEDED,
	  .check = cc_check_hex32 },
	{ ROW("isvprodid", "0.3.7", NUMBER, struct cc_signer, isvprodid), FRAGMENT_NEEDED,
	  .max = 65535 },
	{ ROW("isvsvn", "0.3.7", NUMBER, struct cc_signer, isvsvn), FRAGMENT, .max = 65535,
	  .standard = CC_SVN_ANY },
	{ ROW("isvsvn_min", "0.3.7", NUMBER, struct cc_signer, isvsvn_min), FRAGMENT,
	  .max = 65535 },
	{ ROW("isvsvn_max", "0.3.7", NUMBER, struct cc_signer, isvsvn_max), FRAGMENT, .max = 65535,
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
	{ ROW("mrenclave", "0.3.7", TEXTS, struct cc_variant, mrenclave), FRAGMENT_ONE,
	  .check = cc_check_hex32 },
	{ ROW("signer", "0.3.7", STRUCT, struct cc_variant, signer), FRAGMENT,
	  .shape = &shape_signer },
};

static int finish_variant(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_variant *variant = at;

	(void)parse;
	if (variant->mrenclave.count == 0 && variant->signer == NULL &&
	    variant->place.variables == NULL)
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
	{ ROW("registers", "own", OWN, struct cc_measurement_entry, registers),
	  .own = &cc_own_registers },
	{ ROW("log_pcrs", "own", BITS, struct cc_measurement_entry, log_pcrs),
	  .flags = CC_MEMBER_ONE, .words = cc_pcr_words },
	{ ROW("events", "own", LIST, struct cc_measurement_entry, events),
	  .shape = &cc_shape_boot_event },
};

static int blame_register(struct cc_parse *parse, const char *name)
{
	const struct cc_yaml *registers = cc_yaml_get(parse->node, "registers");

	if (name == NULL || registers == NULL)
		return -1;
	cc_parse_blame(parse, "registers");
	parse->node = registers;
	cc_parse_blame(parse, name);
	return -1;
}

static int finish_measurement(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_measurement_entry *m = at;
	const char *bad = NULL;

	if (m->value != NULL && (m->runtime.is_set || m->options.is_set))
		return cc_fail(err, CC_E_ARG, "'value' excludes 'runtime' and 'options'");
	if (m->value == NULL && m->runtime.is_set && !m->content.is_set)
		return cc_fail(err, CC_E_ARG, "needs 'runtime' and 'content', or 'value'");
	if (m->options.is_set && !m->runtime.is_set)
		return cc_fail(err, CC_E_ARG, "needs 'runtime' beside 'options'");
	if (cc_registers_check(m, &bad, err) != 0)
		return blame_register(parse, bad);
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
	{ ROW("consumer", "own", SESSION, struct cc_executions, consumer), NEEDED,
	  .check = cc_check_consumer },
	{ ROW("creator", "own", OWN, struct cc_executions, creator), .own = &cc_own_key_hash },
	{ ROW("maximum", "own", NUMBER, struct cc_executions, maximum), NEEDED, .max = 1000000000 },
	{ ROW("counted", "own", CHOICE, struct cc_executions, counted), .words = counted_words },
	{ ROW("until", "own", TIME, struct cc_executions, until) },
	{ ROW("attempts", "own", NUMBER, struct cc_executions, attempts),
	  .standard = CC_ATTEMPTS_STANDARD, .max = 1000 },
	{ ROW("binding", "own", FLAG, struct cc_executions, binding) },
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
	{ ROW("peer", "own", SESSION, struct cc_peer, peer), NEEDED, .check = cc_check_path_name },
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

static const struct cc_member sandbox_members[] = {
	{ ROW("memory", "own", NUMBER, struct cc_sandbox, memory), .max = (uint64_t)1 << 30 },
	{ ROW("processes", "own", NUMBER, struct cc_sandbox, processes), .max = 1 << 22 },
	{ ROW("open_files", "own", NUMBER, struct cc_sandbox, open_files), .max = 1 << 30 },
	{ ROW("sockets", "own", TEXTS, struct cc_sandbox, sockets), .flags = CC_MEMBER_ONE,
	  .check = cc_check_family },
	{ ROW("read", "own", TEXTS, struct cc_sandbox, read), .flags = CC_MEMBER_ONE,
	  .check = cc_check_absolute },
	{ ROW("write", "own", TEXTS, struct cc_sandbox, write), .flags = CC_MEMBER_ONE,
	  .check = cc_check_absolute },
	{ ROW("system_calls", "own", TEXTS, struct cc_sandbox, system_calls),
	  .flags = CC_MEMBER_ONE, .check = cc_check_call },
};
static const struct cc_shape shape_sandbox = {
	.noun = "sandbox",
	.size = sizeof(struct cc_sandbox),
	TABLE(sandbox_members),
};

static const struct cc_member service_members[] = {
	{ ROW("name", "0.1", TEXT, struct cc_service, name), NEEDED, .check = cc_check_name },
	{ ROW("image_name", "0.1", TEXT, struct cc_service, image_name), .check = cc_check_label },
	{ ROW("command", "0.1", OWN, struct cc_service, command), .own = &cc_own_command },
	{ ROW("environment", "0.1", PAIRS, struct cc_service, environment),
	  .flags = CC_MEMBER_ASSIGNED, .check = cc_check_variable },
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
	{ ROW("mrenclaves", "0.1", TEXTS, struct cc_service, mrenclaves), FRAGMENT_ONE,
	  .check = cc_check_hex32 },
	{ ROW("attestation", "0.3.7", LIST, struct cc_service, attestation), FRAGMENT_ONE,
	  .shape = &shape_variant },
	{ ROW("measurements", "own", LIST, struct cc_service, measurements),
	  .shape = &shape_measurement },
	{ ROW("executions", "own", LIST, struct cc_service, executions),
	  .shape = &shape_executions },
	{ ROW("network", "own", STRUCT, struct cc_service, network), .flags = CC_MEMBER_EMPTY,
	  .shape = &shape_network },
	{ ROW("console", "own", CHOICE, struct cc_service, console), .words = console_words },
	{ ROW("staged", "own", NUMBER, struct cc_service, staged), .max = CC_STAGED_MAX_MIB },
	{ ROW("platforms", "0.3", TEXTS, struct cc_service, platforms), FRAGMENT_ONE,
	  .check = cc_check_machine },
	{ ROW("one_time_password_shared_secret", "0.3.10", TEXT, struct cc_service,
	      one_time_password_shared_secret),
	  .check = cc_check_otp },
	{ ROW("sandbox", "own", STRUCT, struct cc_service, sandbox), .shape = &shape_sandbox },
	{ ROW("boards", "own", TEXTS, struct cc_service, boards), .flags = CC_MEMBER_ONE,
	  .check = cc_check_path_name },
	{ DROPPED("tags", "0.1") },
	{ DROPPED("persistency", "0.1") },
};
/* The CAS looks through the proposals of all of them at each start. */
static int finish_service(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_service *service = at;

	(void)parse;
	if (service->boards.count > CC_SERVICE_BOARDS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a service votes on at most %d policies, not %zu",
			       CC_SERVICE_BOARDS_MAX, service->boards.count);
	return 0;
}

const struct cc_shape cc_shape_service = {
	.noun = "service",
	.size = sizeof(struct cc_service),
	TABLE(service_members),
	.finish = finish_service,
};
