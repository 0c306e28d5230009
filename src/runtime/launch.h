/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a finished tree to a running program.
 *
 * A thread of its own takes a mount and a network namespace that it can never
 * leave, makes the tree its root, and forks. So the program finds nothing of the
 * container: no socket of CAS or platform, no host directory, no interface but
 * loopback; while the other threads keep all of these and go on serving volumes.
 *
 * Between fork and exec only system calls are made: the threads of the parent are
 * not there, and a lock that one of them held stays locked for ever.
 */
#ifndef CC_RUNTIME_LAUNCH_H
#define CC_RUNTIME_LAUNCH_H

#include "proto/config.h"
#include "runtime/program.h"
#include "sandbox/confine.h"

struct cc_launch {        /* all borrowed */
	const char *root; /* path of the image's tree, a mount */
	const struct cc_program *program;
	struct cc_confine confine; /* limits, landlock and seccomp are filled in here */
	const struct cc_config_sandbox *sandbox; /* of the policy; all zero: none */
	const char *const *writable;             /* directories of the tree where it may write */
	size_t writable_count;
	int input, output, error; /* become 0, 1 and 2; none of them is one already */
};

/*
 * Returns when the program runs (exec has happened) with its process in `*child`. When a
 * step fails nothing of it is left; exec's failures say what to change in the policy.
 */
int cc_launch_program(const struct cc_launch *launch, pid_t *child,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
