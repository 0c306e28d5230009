/* SPDX-License-Identifier: Apache-2.0 */
/* workflow logs: what the program of a stage printed, from the log volume of its run. */
#include <stdio.h>

#include "cli/ask.h"
#include "cli/volume-read.h"

struct values {
	const char *run, *stage, *storage, *cas;
	bool errors;
};

static const struct cc_opt opts[] = {
	{ "storage", 0, CC_OPT_STRING, offsetof(struct values, storage), "DIR",
	  "where the ciphertext of volumes lies", true, NULL },
	{ "stderr", 0, CC_OPT_FLAG, offsetof(struct values, errors), NULL,
	  "only what went to standard error", false, NULL },
	CC_OPT_CAS(struct values),
};

static const struct cc_opt_arg args[] = {
	{ "RUN", offsetof(struct values, run), "the id of a run", false, false },
	{ "STAGE", offsetof(struct values, stage), "name of the stage", false, false },
};

static const char *const files[] = { "/stdout", "/stderr" };

/* Logs belong to the workflow's policy, which the run knows. */
static int open_log(const struct values *values, struct cc_volume_reader *out, struct cc_err *err)
{
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_JSON struct cc_json *run = NULL, *body = NULL;
	const char *workflow = NULL;
	char path[256];
	int len = snprintf(path, sizeof(path), "/v1/runs/%s", values->run);

	if (len < 0 || (size_t)len >= sizeof(path))
		return cc_fail(err, CC_E_ARG, "a run's id of %zu characters", strlen(values->run));
	CC_TRY(cc_ask_open(values->cas, &ask, err));
	CC_TRY(cc_api_call(ask.api, "GET", path, NULL, &run, err));
	CC_TRY(cc_json_get_str(run, "workflow", &workflow, err));
	CC_TRY(cc_json_object(&body, err));
	CC_TRY(cc_json_set_str(body, "policy", workflow, err));
	CC_TRY(cc_json_set_str(body, "run", values->run, err));
	CC_TRY(cc_json_set_str(body, "log", values->stage, err));
	if (cc_volume_reader_ask(ask.api, body, values->storage, out, err) != 0)
		return cc_wrap(err, "log of stage '%s' of run %s", values->stage, values->run);
	return 0;
}

static int logs(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_VOLUME_READER struct cc_volume_reader reader = { 0 };

	CC_TRY(open_log(values, &reader, err));
	for (size_t i = values->errors ? 1 : 0; i < CC_COUNT(files); i++)
		CC_TRY(cc_volume_reader_print(&reader, files[i], err));
	return 0;
}

const struct cc_command cc_command_workflow_logs = {
	"workflow logs",
	"Print what the program of a stage printed: standard output, then standard error.",
	opts,
	CC_COUNT(opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	logs,
};
