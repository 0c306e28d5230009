/* SPDX-License-Identifier: Apache-2.0 */
/* policy hash, verify: which policy a file is, and whether a CAS has it. */
#include "base/str.h"
#include "cli/ask.h"
#include "cli/policy-file.h"
#include "codec/text.h"

struct values {
	const char *what; /* FILE */
	const char *creator, *config, *cas, *output;
	struct cc_policy_variables variables;
};

static const struct cc_opt hash_opts[] = {
	{ "config", 0, CC_OPT_STRING, offsetof(struct values, config), "SERVICE",
	  "the config digest of this service instead, for the 'config' of a grant", false, NULL },
	CC_OPT_VARIABLES(struct values, variables),
	CC_OPT_OUTPUT(struct values),
	{ "with-self-as-creator", 0, CC_OPT_STRING, offsetof(struct values, creator), "HOW",
	  "as if the text named you as creator, by your request or by your signature", false,
	  "tls signer" },
};
static const struct cc_opt verify_opts[] = {
	CC_OPT_CAS(struct values),
	CC_OPT_VARIABLES(struct values, variables),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg file_args[] = {
	{ "FILE", offsetof(struct values, what), "a policy; - is standard input", false, false },
};

static int print_hash(const struct values *values, const char *name, const struct cc_digest *hash,
		      struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	char hex[CC_HEX_DIGEST];

	cc_hex_digest(hash, hex);
	if (!cc_wants_data(values->output)) {
		(void)printf("%s\n", hex);
		return 0;
	}
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "name", name, err));
	CC_TRY(cc_json_set_str(json, "hash", hex, err));
	return cc_print_data(values->output, json, err);
}

/* The identity of this home, as `creator:` names it. The key's DER goes to `der`. */
static int self_as_creator(bool is_signer, struct cc_buf *der, struct cc_creator *out,
			   struct cc_err *err)
{
	CC_AUTO_HOME struct cc_home home = { .dir = CC_DIR_NONE };
	CC_AUTO_KEY struct cc_key *key = NULL;

	CC_TRY(cc_home_open(&home, err));
	CC_TRY(cc_home_identity(&home, &key, err));
	CC_TRY(cc_pubkey_to_der(cc_key_public(key), der, err));
	CC_TRY(cc_pubkey_hash(cc_key_public(key), &out->digest, err));
	out->is_set = true;
	out->is_signer = is_signer;
	out->spki = cc_buf_span(der);
	return 0;
}

static int print_config(const struct values *values, const struct cc_policy *policy,
			struct cc_err *err)
{
	const struct cc_service *service = cc_policy_service(policy, values->config);
	struct cc_digest digest = { 0 };

	if (service == NULL) {
		cc_err_set(err, CC_E_NOTFOUND, "'%s' has no service '%s'", values->what,
			   values->config);
		return cc_hint(err, "name one of its 'services'");
	}
	CC_TRY(cc_policy_config(policy, service, &digest, err));
	return print_hash(values, policy->name, &digest, err);
}

static int hash(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 };
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_policy as = { 0 };
	struct cc_digest digest = { 0 };

	CC_TRY(cc_policy_file_read(values->what, &values->variables, &file, err));
	if (values->config != NULL)
		return print_config(values, file.policy, err);
	as = *file.policy;
	if (values->creator != NULL && as.creator.is_set)
		return cc_fail(err, CC_E_ARG, "'%s' names its creator already", values->what);
	if (values->creator != NULL)
		CC_TRY(self_as_creator(cc_str_eq(values->creator, "signer"), &der, &as.creator,
				       err));
	CC_TRY(cc_policy_hash(&as, &digest, err));
	return print_hash(values, as.name, &digest, err);
}

static int verify(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 }, active = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;
	struct cc_digest ours = { 0 }, theirs = { 0 };

	CC_TRY(cc_policy_file_read(values->what, &values->variables, &file, err));
	CC_TRY(cc_ask_call(values->cas, "GET", NULL, &answer, err, "/v1/policies/%s",
			   file.policy->name));
	CC_TRY(cc_policy_file_from_answer(answer, file.policy->name, &active, err));
	CC_TRY(cc_policy_hash(file.policy, &ours, err));
	CC_TRY(cc_policy_hash(active.policy, &theirs, err));
	if (cc_digest_eq(&ours, &theirs))
		return print_hash(values, file.policy->name, &ours, err);
	cc_err_set(err, CC_E_CONFLICT, "policy '%s' is another one at the CAS than '%s'",
		   file.policy->name, values->what);
	return cc_hint(err, "see what differs: concordat policy diff %.100s", values->what);
}

const struct cc_command cc_command_policy_hash = {
	"policy hash",
	"Print the hash of a policy, without a CAS.",
	hash_opts,
	CC_COUNT(hash_opts),
	file_args,
	CC_COUNT(file_args),
	sizeof(struct values),
	NULL,
	hash,
};
const struct cc_command cc_command_policy_verify = {
	"policy verify",
	"Verify that the active version at a CAS is this one; print its hash.",
	verify_opts,
	CC_COUNT(verify_opts),
	file_args,
	CC_COUNT(file_args),
	sizeof(struct values),
	NULL,
	verify,
};
