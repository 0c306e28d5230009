/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock rules (kernel 5.13): which files a process may touch, whatever its
 * uid. A rule set is a descriptor, made before fork; entering it is one call.
 *
 * What is not allowed is denied. A rule on a directory holds for all below it
 * and rules add up. Signals leave the sandbox only where the kernel cannot
 * scope them (below landlock ABI 6).
 */
#ifndef CC_SANDBOX_LANDLOCK_H
#define CC_SANDBOX_LANDLOCK_H

#include "base/err.h"

enum cc_landlock_access {
	CC_LANDLOCK_READ = 0, /* read files, list directories */
	CC_LANDLOCK_RUN,      /* and execute */
	CC_LANDLOCK_WRITE,    /* read, change, create and remove; no device nodes */
};

/* CC_E_UNSUPPORTED, with the kernel option in the hint, where there is no landlock. */
int cc_landlock_new(int *ruleset, struct cc_err *err) CC_MUST CC_NONNULL;
/* A path that is not there is CC_E_NOTFOUND. */
int cc_landlock_allow(int ruleset, const char *path, enum cc_landlock_access access,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* For good; no_new_privs must be set. Safe between fork and exec: -1 with errno. */
int cc_landlock_enter(int ruleset) CC_MUST;

#endif
