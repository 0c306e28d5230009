/* SPDX-License-Identifier: Apache-2.0 */
/* workflow plan, open, status, abort: runs as the CAS knows them. */
#include "base/str.h"
#include "cli/ask.h"

struct values {
	const char *what; /* a workflow's name or a run's id */
	const char *cas, *output;
};

static const struct cc_opt opts[] = {
	CC_OPT_CAS(struct values),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg workflow_args[] = {
	{ "NAME", offsetof(struct values, what), "the policy that has the workflow", false, false },
};
static const struct cc_opt_arg run_args[] = {
	{ "RUN", offsetof(struct values, what), "the id of a run", false, false },
};

/* "a, b" of an array of texts, with a word before it when there are any. */
static int add_list(const struct cc_json *json, const char *name, const char *before,
		    struct cc_buf *out, struct cc_err *err)
{
	const struct cc_json *list = NULL;

	CC_TRY(cc_json_get_array(json, name, &list, err));
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const char *text = cc_json_str(cc_json_at(list, i));

		CC_TRY(cc_buf_addf(out, err, "%s%s", i == 0 ? before : ", ",
				   text != NULL ? text : ""));
	}
	return 0;
}

/* workflow plan */

static int add_volumes(const struct cc_json *stage, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_json *volumes = NULL;

	CC_TRY(cc_json_get_array(stage, "volumes", &volumes, err));
	for (size_t i = 0; i < cc_json_count(volumes); i++) {
		const struct cc_json *one = cc_json_at(volumes, i);

		CC_TRY(cc_buf_addf(out, err, "     %-6s volume %s of %s, as %s\n",
				   cc_text_of(one, "access"), cc_text_of(one, "volume"),
				   cc_text_of(one, "owner"), cc_text_of(one, "name")));
	}
	return 0;
}

static int add_stages(const struct cc_json *plan, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_json *stages = NULL;

	CC_TRY(cc_json_get_array(plan, "stages", &stages, err));
	CC_TRY(cc_buf_addf(out, err, "%s: %zu stages in this order\n", cc_text_of(plan, "workflow"),
			   cc_json_count(stages)));
	for (size_t i = 0; i < cc_json_count(stages); i++) {
		const struct cc_json *one = cc_json_at(stages, i);
		const char *grant = cc_text_of(one, "grant");

		CC_TRY(cc_buf_addf(out, err, "%3zu  %s: service %s of %s", i + 1,
				   cc_text_of(one, "stage"), cc_text_of(one, "service"),
				   cc_text_of(one, "policy")));
		if (grant[0] != '\0')
			CC_TRY(cc_buf_addf(out, err, ", counted on %s", grant));
		CC_TRY(add_list(one, "needs", ", after ", out, err));
		CC_TRY(cc_buf_add_str(out, "\n", err));
		CC_TRY(add_volumes(one, out, err));
	}
	return 0;
}

static int add_readers(const struct cc_json *plan, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_json *readers = NULL;

	CC_TRY(cc_json_get_array(plan, "readers", &readers, err));
	if (cc_json_count(readers) != 0)
		CC_TRY(cc_buf_add_str(out, "\nWho can read what:\n", err));
	for (size_t i = 0; i < cc_json_count(readers); i++) {
		const struct cc_json *one = cc_json_at(readers, i);
		const char *service = cc_text_of(one, "service"), *stage = cc_text_of(one, "stage");
		bool is_owner = cc_str_eq(cc_text_of(one, "owner"), cc_text_of(one, "reader"));

		CC_TRY(cc_buf_addf(out, err, "     %s of %s: ", cc_text_of(one, "volume"),
				   cc_text_of(one, "owner")));
		if (service[0] != '\0')
			CC_TRY(cc_buf_addf(out, err, "service %s of ", service));
		else if (is_owner)
			CC_TRY(cc_buf_add_str(out, "the creator of ", err));
		else
			CC_TRY(cc_buf_add_str(out, "any service of ", err));
		CC_TRY(cc_buf_add_str(out, cc_text_of(one, "reader"), err));
		if (stage[0] != '\0')
			CC_TRY(cc_buf_addf(out, err, ", as stage %s", stage));
		else if (!is_owner)
			CC_TRY(cc_buf_add_str(out, ", by a grant that this workflow does not use",
					      err));
		CC_TRY(cc_buf_add_str(out, "\n", err));
	}
	return 0;
}

/* A line each: what, whose, and what its owner can do. */
static int add_missing(const struct cc_json *plan, struct cc_buf *out, size_t *count,
		       struct cc_err *err)
{
	const struct cc_json *missing = NULL;

	CC_TRY(cc_json_get_array(plan, "missing", &missing, err));
	*count = cc_json_count(missing);
	if (*count != 0)
		CC_TRY(cc_buf_add_str(out, "\nMissing:\n", err));
	for (size_t i = 0; i < *count; i++) {
		const struct cc_json *one = cc_json_at(missing, i);
		const char *key = cc_text_of(one, "owner_key"), *hint = cc_text_of(one, "hint");

		CC_TRY(cc_buf_addf(out, err, "     stage %s: %s (owner of %s: %s)",
				   cc_text_of(one, "stage"), cc_text_of(one, "text"),
				   cc_text_of(one, "owner"), key[0] != '\0' ? key : "nobody yet"));
		if (hint[0] != '\0')
			CC_TRY(cc_buf_addf(out, err, "; next: %s", hint));
		CC_TRY(cc_buf_add_str(out, "\n", err));
	}
	return 0;
}

static int plan(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_JSON struct cc_json *answer = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	size_t missing = 0;

	CC_TRY(cc_ask_call(values->cas, "POST", NULL, &answer, err, "/v1/workflows/%s/plan",
			   values->what));
	CC_TRY(add_stages(answer, &text, err));
	CC_TRY(add_readers(answer, &text, err));
	CC_TRY(add_missing(answer, &text, &missing, err));
	if (cc_wants_data(values->output))
		CC_TRY(cc_print_data(values->output, answer, err));
	else
		CC_TRY(cc_print(cc_buf_span(&text), err));
	if (missing == 0)
		return 0;
	cc_err_set(err, CC_E_DENIED, "'%s' cannot run: %zu %s missing", values->what, missing,
		   missing == 1 ? "thing is" : "things are");
	return cc_hint(err, "ask the owners that are named, then plan again");
}

/* Runs */

static int add_run(const struct cc_json *run, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_json *stages = NULL;

	CC_TRY(cc_json_get_array(run, "stages", &stages, err));
	CC_TRY(cc_buf_addf(out, err, "run %s of %s, opened %s: %s\n", cc_text_of(run, "run"),
			   cc_text_of(run, "workflow"), cc_text_of(run, "opened"),
			   cc_text_of(run, "state")));
	for (size_t i = 0; i < cc_json_count(stages); i++) {
		const struct cc_json *one = cc_json_at(stages, i);
		const char *ticket = cc_text_of(one, "ticket");
		unsigned long long attempts = cc_number_of(one, "attempts"),
				   exit = cc_number_of(one, "exit");

		CC_TRY(cc_buf_addf(out, err, "     %-20s %-9s %llu attempt%s",
				   cc_text_of(one, "stage"), cc_text_of(one, "state"), attempts,
				   attempts == 1 ? "" : "s"));
		if (exit != 0)
			CC_TRY(cc_buf_addf(out, err, ", last exit %llu", exit));
		if (ticket[0] != '\0')
			CC_TRY(cc_buf_addf(out, err, ", ticket %s", ticket));
		CC_TRY(cc_buf_add_str(out, "\n", err));
	}
	return 0;
}

static int print_run(const struct values *values, const struct cc_json *run, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (cc_wants_data(values->output))
		return cc_print_data(values->output, run, err);
	CC_TRY(add_run(run, &text, err));
	return cc_print(cc_buf_span(&text), err);
}

static int open_run(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_JSON struct cc_json *body = NULL, *answer = NULL;

	CC_TRY(cc_json_object(&body, err));
	CC_TRY(cc_json_set_str(body, "workflow", values->what, err));
	CC_TRY(cc_ask_call(values->cas, "POST", body, &answer, err, "/v1/runs"));
	return print_run(values, answer, err);
}

static int status(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_JSON struct cc_json *answer = NULL;

	CC_TRY(cc_ask_call(values->cas, "GET", NULL, &answer, err, "/v1/runs/%s", values->what));
	return print_run(values, answer, err);
}

static int abort_run(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_JSON struct cc_json *answer = NULL;

	CC_TRY(cc_ask_call(values->cas, "POST", NULL, &answer, err, "/v1/runs/%s/abort",
			   values->what));
	return print_run(values, answer, err);
}

#define COMMAND(name, summary, args, run)                                                      \
	{                                                                                      \
		name, summary, opts, CC_COUNT(opts), args, 1, sizeof(struct values), NULL, run \
	}

const struct cc_command cc_command_workflow_plan =
	COMMAND("workflow plan", "Show what a workflow would do, and everything that is missing.",
		workflow_args, plan);
const struct cc_command cc_command_workflow_open =
	COMMAND("workflow open", "Open a run and print its tickets, without starting anything.",
		workflow_args, open_run);
const struct cc_command cc_command_workflow_status =
	COMMAND("workflow status", "Show how far a run is.", run_args, status);
const struct cc_command cc_command_workflow_abort = COMMAND(
	"workflow abort", "End a run; what it has reserved goes back.", run_args, abort_run);
