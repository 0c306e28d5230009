/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs of ours, beside this one in a build tree or where they are installed. */
#ifndef CC_CLI_PROGRAM_H
#define CC_CLI_PROGRAM_H

#include "base/buf.h"

/*
 * The path of program `name`, whose sources are in src/<folder>: in a build tree beside the
 * folder of this executable, else in the libexec directory of the installation. CC_E_NOTFOUND.
 */
int cc_program_find(const char *folder, const char *name, char **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* Words as exec(3) takes them, which promises not to write them but is older than const. */
char *const *cc_program_argv(const char *const *argv) CC_NONNULL;

/* Become the program; argv[0] is its path. Returns only when that fails. */
int cc_program_become(const char *const *argv, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Run the program with `input` on its standard input, which must fit into memory, and add
 * what it prints (at most `max` bytes) to `output`. Its standard error is ours. When it
 * fails, so does this, with the code that its exit status stands for.
 */
int cc_program_run(const char *const *argv, struct cc_span input, size_t max, struct cc_buf *output,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
