/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/str.h"
#include "cli/ask.h"
#include "workflow/drive.h"

struct values {
	const char *workflow, *storage, *runtime, *cas, *output;
	struct cc_strings platforms, images, arguments, variables, passwords, without_fuse;
	uint64_t patience;
	bool quiet;
};

static const struct cc_opt opts[] = {
	{ "storage", 0, CC_OPT_STRING, offsetof(struct values, storage), "DIR",
	  "where ciphertext of volumes and images is kept", true, NULL },
	{ "platform", 0, CC_OPT_LIST, offsetof(struct values, platforms), "ADDRESS",
	  "what makes evidence on this host: a socket, configfs:, gramine:, nsm: or tpm:; two, "
	  "where a policy asks for two roots",
	  true, NULL },
	{ "image", 'i', CC_OPT_LIST, offsetof(struct values, images), "STAGE=LAYOUT[:TAG]",
	  "the sealed image of a stage; once for each", true, NULL },
	{ "argument", 0, CC_OPT_LIST, offsetof(struct values, arguments), "STAGE=TEXT",
	  "what a stage's policy takes as @@1, @@2, ...; in order", false, NULL },
	{ "variable", 0, CC_OPT_LIST, offsetof(struct values, variables), "STAGE=NAME=VALUE",
	  "a variable that a stage's policy takes from the host", false, NULL },
	{ "password", 0, CC_OPT_LIST, offsetof(struct values, passwords), "STAGE=DIGITS",
	  "a one-time password that a stage's policy asks for", false, NULL },
	{ "without-fuse", 0, CC_OPT_LIST, offsetof(struct values, without_fuse), "STAGE",
	  "give this stage no /dev/fuse: its policy stages all that it has", false, NULL },
	{ "patience", 0, CC_OPT_NUMBER, offsetof(struct values, patience), "SECONDS",
	  "how long a stage waits for a CAS that is away (default: 60)", false, NULL },
	{ "runtime", 0, CC_OPT_STRING, offsetof(struct values, runtime), "COMMAND",
	  "OCI runtime (default: runc or crun, whichever works)", false, NULL },
	{ "cas", 0, CC_OPT_STRING, offsetof(struct values, cas), "NAME",
	  "a CAS that was attested (default: default)", false, NULL },
	CC_OPT_OUTPUT(struct values),
	{ "quiet", 'q', CC_OPT_FLAG, offsetof(struct values, quiet), NULL, "no progress", false,
	  NULL },
};

static const struct cc_opt_arg args[] = {
	{ "WORKFLOW", offsetof(struct values, workflow), "name of the workflow's policy", false,
	  false },
};

/* Bind mounts take absolute paths only, and the storage may not be there yet. */
static int absolute(const char *path, char **out, struct cc_err *err)
{
	CC_AUTO_FREE char *here = NULL;

	if (path[0] == '/')
		return cc_str_dup(path, out, err);
	here = getcwd(NULL, 0);
	if (here == NULL)
		return cc_fail(err, CC_E_SYSTEM, "find the current directory");
	return cc_strf(out, err, "%s/%s", here, path);
}

static int print_text(const struct cc_json *run, struct cc_err *err)
{
	const char *id = NULL, *state = NULL;

	CC_TRY(cc_json_get_str(run, "run", &id, err));
	CC_TRY(cc_json_get_str(run, "state", &state, err));
	(void)printf("run %s is %s\n", id, state);
	return 0;
}

static int run(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_FREE char *storage = NULL;
	CC_AUTO_JSON struct cc_json *end = NULL;
	bool data = cc_wants_data(values->output);
	struct cc_drive drive = { .workflow = values->workflow,
				  .images = &values->images,
				  .arguments = &values->arguments,
				  .variables = &values->variables,
				  .passwords = &values->passwords,
				  .without_fuse = &values->without_fuse,
				  .patience = values->patience,
				  .platforms = &values->platforms,
				  .runtime = values->runtime,
				  .show = !values->quiet && !data };

	CC_TRY(absolute(values->storage, &storage, err));
	CC_TRY(cc_ask_open(values->cas, &ask, err));
	drive.home = &ask.home;
	drive.cas = &ask.cas;
	drive.api = ask.api;
	drive.storage = storage;
	CC_TRY(cc_drive_run(&drive, &end, err));
	return data ? cc_print_data(values->output, end, err) : print_text(end, err);
}

static const struct values defaults = { .patience = 60 };

const struct cc_command cc_command_workflow_run = {
	"workflow run",
	"Run a workflow on this host: a container for each stage, as its inputs are complete.",
	opts,
	CC_COUNT(opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	&defaults,
	run,
};
