/* SPDX-License-Identifier: Apache-2.0 */
/* platform init, platform run: a SIMULATED platform on this machine. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/time.h"
#include "cli/commands.h"
#include "platform/knobs.h"

#define SIM "concordat-platform-sim"

struct values {
	const char *dir, *socket;
	struct cc_sim_knobs knobs;
};

static const struct cc_opt_arg args[] = {
	{ "DIR", offsetof(struct values, dir), "directory of the platform's keys and collateral",
	  false, false },
};

static int init(const void *at, struct cc_err *err)
{
	const struct values *values = at;

	/* Collateral is for everybody to read; what is secret says so by its own mode. */
	(void)umask(022);
	if (cc_sim_dir_init(values->dir, cc_time_now(), err) != 0) {
		if (err->code == CC_E_CONFLICT)
			cc_err_hint(err, "a platform is made once: run it, or make one elsewhere");
		return cc_failed();
	}
	return printf("made a SIMULATION of a platform in '%s'\n"
		      "Whoever can read '%s/secret' can forge everything that it says: it protects\n"
		      "nothing from the owner of this machine. For development and tests only.\n",
		      values->dir, values->dir) < 0
		       ? cc_fail_sys(err, errno, "write to standard output")
		       : 0;
}

const struct cc_command cc_command_platform_init = {
	"platform init",
	"Make the keys and collateral of a SIMULATED platform.",
	NULL,
	0,
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	init,
};

static const struct cc_opt run_opts[] = {
	{ "socket", 's', CC_OPT_STRING, offsetof(struct values, socket), "SOCKET",
	  "where runtimes and CAS instances ask for evidence", true, NULL },
	CC_OPT_SIM_KNOBS(struct values, knobs),
};

static int own_directory(char *out, size_t room, struct cc_err *err)
{
	ssize_t len = readlink("/proc/self/exe", out, room - 1);
	char *slash = NULL;

	if (len < 0)
		return cc_fail_sys(err, errno, "read '/proc/self/exe'");
	out[len] = '\0';
	slash = strrchr(out, '/');
	if (slash == NULL)
		return cc_fail(err, CC_E_BUG, "'/proc/self/exe' leads to '%s', not to a path", out);
	*slash = '\0';
	return 0;
}

/* In a build tree it lies in the folder of its sources, installed it lies beside us. */
static int find_sim(char **out, struct cc_err *err)
{
	CC_AUTO_FREE char *built = NULL, *installed = NULL;
	char own[PATH_MAX];

	CC_TRY(own_directory(own, sizeof(own), err));
	CC_TRY(cc_strf(&built, err, "%s/../platform/" SIM, own));
	CC_TRY(cc_strf(&installed, err, "%s/" SIM, own));
	if (access(built, X_OK) == 0)
		*out = CC_TAKE(built);
	else if (access(installed, X_OK) == 0)
		*out = CC_TAKE(installed);
	else {
		cc_err_set(err, CC_E_NOTFOUND, "find '" SIM "' beside '%s'", own);
		return cc_hint(err, "install it beside this program, or build it: make");
	}
	return 0;
}

struct words {
	const char *at[4 + 2 * CC_COUNT(run_opts)]; /* program, --dir DIR, options, NULL */
	char names[CC_COUNT(run_opts)][32];
	size_t count;
};

/* The program has the same options, which are flags and texts alone. */
static void add_options(const struct values *values, struct words *words)
{
	for (size_t i = 0; i < CC_COUNT(run_opts); i++) {
		const char *text = NULL;
		bool is_set = false;

		if (run_opts[i].kind == CC_OPT_FLAG)
			memcpy(&is_set, (const char *)values + run_opts[i].at, sizeof(is_set));
		else
			memcpy(&text, (const char *)values + run_opts[i].at, sizeof(text));
		if (!is_set && text == NULL)
			continue;
		(void)snprintf(words->names[i], sizeof(words->names[i]), "--%s", run_opts[i].name);
		words->at[words->count++] = words->names[i];
		if (text != NULL)
			words->at[words->count++] = text;
	}
}

static int run(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_FREE char *sim = NULL;
	struct words words = { 0 };

	CC_TRY(find_sim(&sim, err));
	words = (struct words){ .at = { sim, "--dir", values->dir }, .count = 3 };
	add_options(values, &words);
	/* It publishes fresh collateral at times, for everybody to read. */
	(void)umask(022);
	/* It becomes this process, so that a supervisor's signals reach it. */
	(void)execv(sim, (char *const *)(uintptr_t)words.at);
	return cc_fail_sys(err, errno, "run '%s'", sim);
}

const struct cc_command cc_command_platform_run = {
	"platform run",
	"Answer requests for SIMULATED evidence until SIGTERM.",
	run_opts,
	CC_COUNT(run_opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	run,
};
