/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines as tables.
 *
 * A command names its options and arguments in one table each; parsing, --help,
 * the shell completions and the check that every option has its line in the
 * manual all read those tables. Values land in a struct of the command, at the
 * offset that the table names: bool, const char *, uint64_t or cc_strings.
 * Strings point into argv.
 */
#ifndef CC_BASE_OPT_H
#define CC_BASE_OPT_H

#include "base/buf.h"

enum cc_opt_kind {
	CC_OPT_FLAG = 0, /* bool */
	CC_OPT_STRING,   /* const char * */
	CC_OPT_NUMBER,   /* uint64_t */
	CC_OPT_LIST,     /* struct cc_strings: the option may be repeated */
};

#define CC_STRINGS_MAX 64

struct cc_strings {
	const char *at[CC_STRINGS_MAX];
	size_t count;
};

struct cc_opt {
	const char *name; /* without dashes */
	char letter;      /* short form, or 0 */
	enum cc_opt_kind kind;
	size_t at; /* offsetof in the command's struct */
	const char
		*value; /* what follows, "FILE": NULL for flags; FILE and DIR complete to paths */
	const char *help;
	bool required;
	const char *choices; /* words separated by spaces that it may be, or NULL */
};

struct cc_opt_arg {
	const char *name; /* "POLICY"; of several words, "[POLICY] PATH": how to write them */
	size_t at;        /* of a const char *, or of a cc_strings when many */
	const char *help;
	bool optional;
	bool many; /* the last one may take all that is left */
};

struct cc_command {
	const char *name; /* "image seal", or the program's own name */
	const char *summary;
	const struct cc_opt *opts;
	size_t opt_count;
	const struct cc_opt_arg *args;
	size_t arg_count;
	size_t size;          /* of its struct of values */
	const void *defaults; /* such a struct to start from, or NULL: zeroes */
	int (*run)(const void *values, struct cc_err *err);
};

/*
 * Fill `values` (command->size bytes) from the words after the command's name.
 * `--` ends the options; `--name=value` and `--name value` are the same. A
 * wrong option is CC_E_ARG and names the nearest one. `*help` is set, and
 * nothing else checked, when --help or -h is there.
 */
int cc_opt_parse(const struct cc_command *command, int argc, char *const *argv, void *values,
		 bool *help, struct cc_err *err) CC_MUST CC_NONNULL;
/* The text of --help. */
int cc_opt_help(const char *program, const struct cc_command *command, struct cc_buf *out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The whole main of a program with one command: parses, answers --help and
 * --version, runs, prints the error as every program of ours does and gives
 * the exit status.
 */
int cc_opt_main(const struct cc_command *command, int argc, char *const *argv) CC_NONNULL;
/*
 * "concordat: error[limit]: <text>" and, on a line of its own, "  next: <hint>"
 * to standard error. Control characters are escaped: texts may quote the enemy.
 */
void cc_opt_print_error(const char *program, const struct cc_err *err) CC_NONNULL;

#endif
