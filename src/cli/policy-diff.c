/* SPDX-License-Identifier: Apache-2.0 */
/* policy diff: what a change newly permits or forbids. */
#include "base/str.h"
#include "cli/ask.h"
#include "cli/policy-file.h"
#include "codec/text.h"
#include "policy/effects.h"

struct values {
	const char *first, *second; /* OLD and NEW; alone: NEW */
	const char *cas, *output;
	struct cc_policy_variables variables; /* of both */
};

static const struct cc_opt diff_opts[] = {
	CC_OPT_CAS(struct values),
	CC_OPT_VARIABLES(struct values, variables),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg diff_args[] = {
	{ "OLD", offsetof(struct values, first),
	  "a policy; when it stands alone it is the new one, and the old one is the CAS's", false,
	  false },
	{ "NEW", offsetof(struct values, second), "a policy; - is standard input", true, false },
};

/* The active version at the CAS. None there is no failure: then the policy is new. */
static int read_active(const char *cas, const char *name, struct cc_policy_file *out,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_FREE char *path = NULL;
	struct cc_err why = { 0 };

	CC_TRY(cc_ask_open(cas, &ask, err)); /* a CAS that is not known is a failure */
	CC_TRY(cc_strf(&path, err, "/v1/policies/%s", name));
	if (cc_api_call(ask.api, "GET", path, NULL, &answer, &why) == 0)
		return cc_policy_file_from_answer(answer, name, out, err);
	if (why.code == CC_E_NOTFOUND)
		return 0;
	*err = why;
	return cc_failed();
}

/* Members "old" and "new": the policy hashes, "old" absent when the policy is new. */
static int set_hash(struct cc_json *json, const char *name, const struct cc_policy *policy,
		    struct cc_err *err)
{
	struct cc_digest hash = { 0 };

	if (policy == NULL)
		return 0;
	CC_TRY(cc_policy_hash(policy, &hash, err));
	return cc_json_set_hex(json, name, CC_DIGEST_SPAN(hash), err);
}

static int print_json(const char *output, const struct cc_policy *old, const struct cc_policy *new,
		      const struct cc_effects *effects, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_json *list = NULL;
	struct cc_digest hash = { 0 };

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "policy", new->name, err));
	CC_TRY(set_hash(json, "old", old, err));
	CC_TRY(set_hash(json, "new", new, err));
	CC_TRY(cc_effects_hash(effects, &hash, err));
	CC_TRY(cc_json_set_hex(json, "effect_hash", CC_DIGEST_SPAN(hash), err));
	CC_TRY(cc_effects_json(effects, &list, err));
	CC_TRY(cc_json_set(json, "effects", list, err));
	return cc_print_data(output, json, err);
}

static int print_text(const struct cc_effects *effects, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_digest hash = { 0 };
	char hex[CC_HEX_DIGEST];

	CC_TRY(cc_effects_hash(effects, &hash, err));
	cc_hex_digest(&hash, hex);
	CC_TRY(cc_effects_print(effects, &text, err));
	CC_TRY(cc_buf_addf(&text, err, "%zu effects, hash %s\n", effects->list.count, hex));
	return cc_print(cc_buf_span(&text), err);
}

static int diff(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_POLICY_FILE struct cc_policy_file old = { 0 }, new = { 0 };
	CC_AUTO_EFFECTS struct cc_effects *effects = NULL;

	CC_TRY(cc_policy_file_read(values->second != NULL ? values->second : values->first,
				   &values->variables, &new, err));
	if (values->second != NULL)
		CC_TRY(cc_policy_file_read(values->first, &values->variables, &old, err));
	else
		CC_TRY(read_active(values->cas, new.policy->name, &old, err));
	CC_TRY(cc_effects_make(old.policy, new.policy, &effects, err));
	return cc_wants_data(values->output)
		       ? print_json(values->output, old.policy, new.policy, effects, err)
		       : print_text(effects, err);
}

const struct cc_command cc_command_policy_diff = {
	"policy diff",
	"Say what a change of a policy permits or forbids.",
	diff_opts,
	CC_COUNT(diff_opts),
	diff_args,
	CC_COUNT(diff_args),
	sizeof(struct values),
	NULL,
	diff,
};
