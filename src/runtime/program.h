/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What will be executed: argument vector, environment, and the places where the
 * command may lie. Pure: nothing is looked up, because between fork and exec
 * nothing may be allocated; the child tries the places in order.
 */
#ifndef CC_RUNTIME_PROGRAM_H
#define CC_RUNTIME_PROGRAM_H

#include "base/span.h"

/* Used when the configuration sets no PATH: what a shell of the image would use as root. */
#define CC_PROGRAM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define CC_PROGRAM_PLACES_MAX 64

struct cc_program_plan { /* all borrowed */
	const char *const *command;
	size_t command_count;
	const char *const *names; /* environment: names and their values */
	const char *const *values;
	size_t variable_count;
	const char *pwd; /* absolute */
};

struct cc_program { /* vectors end with NULL, as execve wants them */
	char **argv;
	char **envp;
	char **places; /* absolute paths to try */
	char *pwd;
};
#define CC_AUTO_PROGRAM CC_CLEANUP(cc_program_clear)

/*
 * A command with a slash is one place, relative to pwd when it does not start with one.
 * Entries of PATH that are empty or relative are left out: they would run what lies in a
 * volume. CC_E_ARG: no command, a variable's name with '=', a pwd that is not absolute.
 */
int cc_program_make(const struct cc_program_plan *plan, struct cc_program *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Wipes: the environment may hold what a policy calls a secret. */
void cc_program_clear(struct cc_program *program) CC_NONNULL;

#endif
