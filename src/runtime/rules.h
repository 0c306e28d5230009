/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox of a policy as limits, landlock rules and system calls: each narrows what the runtime
 * allows anyway. What this kernel cannot hold stops the start; nothing is left out.
 */
#ifndef CC_RUNTIME_RULES_H
#define CC_RUNTIME_RULES_H

#include "runtime/launch.h"

#define CC_RULES_LIMITS 3

/* Adds to `out`, which has room for CC_RULES_LIMITS. */
void cc_rules_limits(const struct cc_config_sandbox *sandbox, struct cc_confine_limit *out,
		     size_t *count) CC_NONNULL;
/* `launch` has what is writable without the policy's sandbox; "/" is the program's root. */
int cc_rules_paths(const struct cc_launch *launch, int ruleset,
		   struct cc_err *err) CC_MUST CC_NONNULL;
int cc_rules_calls(const struct cc_config_sandbox *sandbox, struct cc_seccomp **out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * In the child, confined: whether the kernel holds its limit of processes, which it does not for
 * some users (root of the host). System calls only. 0, or -1 with errno.
 */
int cc_rules_probe(const struct cc_config_sandbox *sandbox) CC_MUST CC_NONNULL;

#endif
