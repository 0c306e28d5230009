/* SPDX-License-Identifier: Apache-2.0 */
/* policy lint: what is allowed and may be regretted (docs/lint.md). */
#include "base/str.h"
#include "cli/ask.h"
#include "cli/policy-file.h"
#include "policy/lint.h"

struct values {
	const char *what; /* FILE */
	const char *output;
	bool fail_on_warning;
	struct cc_policy_variables variables;
};

static const struct cc_opt lint_opts[] = {
	CC_OPT_VARIABLES(struct values, variables),
	{ "fail-on-warning", 0, CC_OPT_FLAG, offsetof(struct values, fail_on_warning), NULL,
	  "fail when anything is found", false, NULL },
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg file_args[] = {
	{ "FILE", offsetof(struct values, what), "a policy; - is standard input", false, false },
};

static int add_finding(const struct cc_lint_finding *finding, struct cc_json *list,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_str(one, "rule", finding->rule->id, err));
	CC_TRY(cc_json_set_u64(one, "line", finding->place.line, err));
	CC_TRY(cc_json_set_u64(one, "column", finding->place.column, err));
	CC_TRY(cc_json_set_str(one, "what", finding->what, err));
	CC_TRY(cc_json_set_str(one, "reason", finding->rule->reason, err));
	CC_TRY(cc_json_set_str(one, "instead", finding->rule->instead, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

static int print_data(const struct values *values, const struct cc_policy_file *file,
		      const struct cc_lint *found, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *list = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_array(&list, err));
	CC_TRY(cc_json_set_str(json, "name", file->policy->name, err));
	for (size_t i = 0; i < found->count; i++)
		CC_TRY(add_finding(&found->at[i], list, err));
	CC_TRY(cc_json_set(json, "findings", CC_TAKE(list), err));
	return cc_print_data(values->output, json, err);
}

static int print_finding(const char *path, const struct cc_lint_finding *one, struct cc_buf *out,
			 struct cc_err *err)
{
	CC_TRY(cc_buf_addf(out, err, "%s:%u:%u: %s: ", path, one->place.line, one->place.column,
			   one->rule->id));
	CC_TRY(cc_name_escape(cc_span_str(one->what), out, err));
	return cc_buf_addf(out, err, ": %s\n  instead: %s\n", one->rule->reason,
			   one->rule->instead);
}

static int print_text(const struct values *values, const struct cc_lint *found, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { .max = SIZE_MAX };

	for (size_t i = 0; i < found->count; i++)
		CC_TRY(print_finding(values->what, &found->at[i], &text, err));
	CC_TRY(cc_buf_addf(&text, err, "%zu findings\n", found->count));
	return cc_print(cc_buf_span(&text), err);
}

static int lint(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 };
	CC_AUTO_LINT struct cc_lint found = { 0 };

	CC_TRY(cc_policy_file_read(values->what, &values->variables, &file, err));
	CC_TRY(cc_policy_lint(file.policy, &found, err));
	CC_TRY(cc_wants_data(values->output) ? print_data(values, &file, &found, err)
					     : print_text(values, &found, err));
	if (!values->fail_on_warning || found.count == 0)
		return 0;
	return cc_fail(err, CC_E_ARG, "'%s' has %zu findings", values->what, found.count);
}

const struct cc_command cc_command_policy_lint = {
	"policy lint",
	"Say what is allowed in a policy and may be regretted.",
	lint_opts,
	CC_COUNT(lint_opts),
	file_args,
	CC_COUNT(file_args),
	sizeof(struct values),
	NULL,
	lint,
};
