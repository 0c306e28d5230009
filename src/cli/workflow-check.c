/* SPDX-License-Identifier: Apache-2.0 */
/* workflow check: the plan from files alone, before anybody else hears of it. */
#include "base/str.h"
#include "base/time.h"
#include "cli/ask.h"
#include "cli/policy-file.h"
#include "policy/plan.h"

struct values {
	struct cc_strings files;
	const char *output;
	struct cc_policy_variables variables; /* of all files */
};

struct files {
	struct cc_policy_file at[CC_STRINGS_MAX];
	size_t count;
};
#define AUTO_FILES CC_CLEANUP(clear_files)

static void clear_files(struct files **files)
{
	for (size_t i = 0; *files != NULL && i < (*files)->count; i++)
		cc_policy_file_clear(&(*files)->at[i]);
	free(*files);
}

static int find(void *context, const char *name, struct cc_known *out, struct cc_err *err)
{
	const struct files *files = context;

	for (size_t i = 0; i < files->count; i++) {
		struct cc_known known = { .policy = files->at[i].policy };

		if (!cc_str_eq(known.policy->name, name))
			continue;
		/* Who creates a policy is not in its text, but where the text names it. */
		if (known.policy->creator.is_set)
			known.creator = known.policy->creator.digest;
		CC_TRY(cc_policy_hash(known.policy, &known.hash, err));
		*out = known;
		return 0;
	}
	return cc_fail(err, CC_E_NOTFOUND, "policy '%s' is not among the files", name);
}

/* As if every owner had seen all of these files. */
static int consent(void *context, const char *giver, const char *grantee, bool *is_recorded,
		   struct cc_digest *out, struct cc_err *err)
{
	struct cc_known known = { 0 };
	struct cc_err why = { 0 };

	(void)giver;
	(void)err;
	*is_recorded = find(context, grantee, &known, &why) == 0;
	*out = known.hash;
	return 0;
}

static int nothing_used(void *context, const char *policy, const char *service, const char *grant,
			uint64_t *used, uint64_t *open, struct cc_err *err)
{
	(void)context;
	(void)policy;
	(void)service;
	(void)grant;
	(void)err;
	*used = *open = 0;
	return 0;
}

static int read_files(const struct values *values, struct files *files, struct cc_err *err)
{
	for (size_t i = 0; i < values->files.count; i++) {
		struct cc_known known = { 0 };
		struct cc_policy_file *file = &files->at[files->count];
		struct cc_err why = { 0 };

		if (cc_policy_file_read(values->files.at[i], &values->variables, file, err) != 0) {
			cc_policy_file_clear(file);
			return -1;
		}
		if (find(files, file->policy->name, &known, &why) == 0) {
			cc_err_set(err, CC_E_CONFLICT, "two files have a policy '%s'",
				   file->policy->name);
			cc_policy_file_clear(file);
			return -1;
		}
		cc_policy_file_say_findings(file);
		files->count++;
	}
	return 0;
}

/* Whether a policy is absent from the files: nothing that we could judge. */
static bool is_elsewhere(struct files *files, const struct cc_plan_missing *missing)
{
	struct cc_known known = { 0 };
	struct cc_err why = { 0 };

	return missing->code == CC_E_NOTFOUND && find(files, missing->owner, &known, &why) != 0;
}

static int add_missing(const struct cc_plan_missing *missing, bool elsewhere, struct cc_json *list,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_str(one, "stage", missing->stage, err));
	CC_TRY(cc_json_set_str(one, "owner", missing->owner, err));
	CC_TRY(cc_json_set_bool(one, "elsewhere", elsewhere, err));
	CC_TRY(cc_json_set_str(one, "text", missing->text, err));
	CC_TRY(cc_json_set_str(one, "hint", missing->hint, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

static int describe(struct files *files, const struct cc_plan *plan, struct cc_json **out,
		    size_t *wrong, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *stages = NULL, *missing = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_array(&stages, err));
	CC_TRY(cc_json_array(&missing, err));
	for (size_t i = 0; i < plan->stages.count; i++)
		CC_TRY(cc_json_add_str(stages, plan->stages.at[i].name, err));
	for (size_t i = 0; i < plan->missing.count; i++) {
		bool elsewhere = is_elsewhere(files, &plan->missing.at[i]);

		*wrong += elsewhere ? 0 : 1;
		CC_TRY(add_missing(&plan->missing.at[i], elsewhere, missing, err));
	}
	CC_TRY(cc_json_set_str(json, "workflow", files->at[0].policy->name, err));
	CC_TRY(cc_json_set(json, "stages", CC_TAKE(stages), err));
	CC_TRY(cc_json_set(json, "missing", CC_TAKE(missing), err));
	*out = CC_TAKE(json);
	return 0;
}

static int print_text(const struct cc_json *json, struct cc_err *err)
{
	const struct cc_json *stages = NULL, *missing = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_json_get_array(json, "stages", &stages, err));
	CC_TRY(cc_json_get_array(json, "missing", &missing, err));
	CC_TRY(cc_buf_addf(&text, err, "%s: ", cc_text_of(json, "workflow")));
	for (size_t i = 0; i < cc_json_count(stages); i++)
		CC_TRY(cc_buf_addf(&text, err, "%s%s", i == 0 ? "" : ", then ",
				   cc_json_str(cc_json_at(stages, i))));
	CC_TRY(cc_buf_add_str(&text, "\n", err));
	for (size_t i = 0; i < cc_json_count(missing); i++) {
		const struct cc_json *one = cc_json_at(missing, i);
		bool elsewhere = false;

		CC_TRY(cc_json_get_bool(one, "elsewhere", &elsewhere, err));
		CC_TRY(cc_buf_addf(
			&text, err, "  %s: stage %s: %s (policy %s)%s%s\n",
			elsewhere ? "not checked" : "missing", cc_text_of(one, "stage"),
			cc_text_of(one, "text"), cc_text_of(one, "owner"),
			elsewhere ? "" : "; next: ", elsewhere ? "" : cc_text_of(one, "hint")));
	}
	return cc_print(cc_buf_span(&text), err);
}

static int make_plan(struct files *files, struct cc_plan **out, struct cc_err *err)
{
	const struct cc_view view = { find, consent, files };
	struct cc_known workflow = { 0 };
	struct cc_plan_ask ask = {
		.workflow = &workflow, .view = &view, .now = cc_time_now(), .used = nothing_used
	};

	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): reading fills every element */
	CC_TRY(find(files, files->at[0].policy->name, &workflow, err));
	return cc_plan_make(&ask, out, err);
}

static int check(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	AUTO_FILES struct files *files = calloc(1, sizeof(*files));
	CC_AUTO_PLAN struct cc_plan *plan = NULL;
	CC_AUTO_JSON struct cc_json *json = NULL;
	size_t wrong = 0;

	if (files == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for files");
	CC_TRY(read_files(values, files, err));
	CC_TRY(make_plan(files, &plan, err));
	CC_TRY(describe(files, plan, &json, &wrong, err));
	if (cc_wants_data(values->output))
		CC_TRY(cc_print_data(values->output, json, err));
	else
		CC_TRY(print_text(json, err));
	if (wrong == 0)
		return 0;
	return cc_fail(err, CC_E_DENIED, "'%s' could not run: %zu %s missing",
		       files->at[0].policy->name, wrong, wrong == 1 ? "thing is" : "things are");
}

static const struct cc_opt opts[] = {
	CC_OPT_VARIABLES(struct values, variables),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg args[] = {
	{ "FILE", offsetof(struct values, files),
	  "the policy with the workflow, then those of its services as far as you have them", false,
	  true },
};

const struct cc_command cc_command_workflow_check = {
	"workflow check",
	"Check a workflow here, without a CAS, together with the policies given.",
	opts,
	CC_COUNT(opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	check,
};
