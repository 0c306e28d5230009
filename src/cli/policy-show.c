/* SPDX-License-Identifier: Apache-2.0 */
/* policy show: what a policy means. */
#include "base/str.h"
#include "cli/ask.h"
#include "cli/policy-file.h"

struct values {
	const char *what; /* FILE */
	const char *output;
	bool defaults;
	struct cc_policy_variables variables;
};

static const struct cc_opt show_opts[] = {
	{ "defaults", 0, CC_OPT_FLAG, offsetof(struct values, defaults), NULL,
	  "write defaults out, too", false, NULL },
	CC_OPT_VARIABLES(struct values, variables),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg file_args[] = {
	{ "FILE", offsetof(struct values, what), "a policy; - is standard input", false, false },
};

static int show(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_policy_file_read(values->what, &values->variables, &file, err));
	cc_policy_file_say_unresolved(&file);
	CC_TRY(cc_policy_show(file.policy, values->defaults, &json, err));
	return cc_print_data(cc_wants_data(values->output) ? values->output : "yaml", json, err);
}

const struct cc_command cc_command_policy_show = {
	"policy show",
	"Print what a policy means, in one spelling.",
	show_opts,
	CC_COUNT(show_opts),
	file_args,
	CC_COUNT(file_args),
	sizeof(struct values),
	NULL,
	show,
};
