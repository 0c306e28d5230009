/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last steps before somebody else's program runs: limits, user, no
 * capability, no new privileges, landlock, seccomp. The order is the security:
 * what needs a capability first, the filter that would forbid the rest last.
 *
 * cc_confine_enter runs in a child forked from a process with threads, so it
 * makes system calls only and reports by a step and errno.
 */
#ifndef CC_SANDBOX_CONFINE_H
#define CC_SANDBOX_CONFINE_H

#include <sys/resource.h>
#include <sys/types.h>

#include "base/span.h"
#include "sandbox/seccomp.h"

struct cc_confine_limit {
	int resource; /* RLIMIT_… */
	rlim_t most;  /* soft and hard; one that is lower already stays */
};

struct cc_confine {
	uid_t uid;
	gid_t gid;
	/* Rootless user namespaces forbid setgroups: the host's groups are not mapped then. */
	bool keep_groups;
	const struct cc_confine_limit *limits; /* beside RLIMIT_CORE, which is always shut */
	size_t limit_count;
	int landlock; /* a rule set */
	const struct cc_seccomp *seccomp;
};

enum cc_confine_step {
	CC_CONFINE_NONE = 0,
	CC_CONFINE_LIMIT,
	CC_CONFINE_BOUNDING,
	CC_CONFINE_GROUPS,
	CC_CONFINE_USER,
	CC_CONFINE_CAPABILITIES,
	CC_CONFINE_PRIVILEGES,
	CC_CONFINE_LANDLOCK,
	CC_CONFINE_SECCOMP,
	CC_CONFINE_COUNT,
};

/* 0, or -1 with errno and the step that failed. Nothing can be undone: exit then. */
int cc_confine_enter(const struct cc_confine *how, enum cc_confine_step *step) CC_MUST CC_NONNULL;
/* Fill *err with what the step was, why it failed and what to do; be -1. */
int cc_confine_failed(enum cc_confine_step step, int sys, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Keep only these capabilities (a mask of 1 << CAP_…) in the calling thread, and
 * none beyond in the bounding set. For a process of our own whose work needs few.
 */
int cc_capabilities_keep(uint64_t mask, struct cc_err *err) CC_MUST CC_NONNULL;
/* Whether the calling thread has the capability in effect. */
bool cc_capabilities_has(int capability);

#endif
