/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "sandbox/landlock.h"

/* A capability number that no kernel has reached; the bounding set ends with EINVAL before it. */
#define CAPABILITY_END 64

struct capabilities {
	struct __user_cap_data_struct half[2];
};

static int capabilities_set(const struct capabilities *set)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capset, &head, set->half) == 0 ? 0 : -1;
}

static int capabilities_get(struct capabilities *set)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &head, set->half) == 0 ? 0 : -1;
}

/* Take everything but `keep` from the bounding set, so that no exec brings it back. */
static int bounding_keep(uint64_t keep)
{
	for (int at = 0; at < CAPABILITY_END; at++) {
		int there = prctl(PR_CAPBSET_READ, at, 0, 0, 0);

		if (there < 0)
			return errno == EINVAL ? 0 : -1; /* past the last one of this kernel */
		if (there == 1 && (keep >> at & 1) == 0 && prctl(PR_CAPBSET_DROP, at, 0, 0, 0) != 0)
			return -1;
	}
	return 0;
}

static int limits_set(const struct cc_confine *how)
{
	/*
	 * 1 and not 0: a kernel whose core_pattern is a pipe hands the dump to that
	 * program whatever the limit is, unless it is 1 (do_coredump). A file of
	 * one byte is not written either.
	 */
	const struct rlimit core = { 1, 1 }, none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &core) != 0 && setrlimit(RLIMIT_CORE, &none) != 0)
		return -1;
	for (size_t i = 0; i < how->limit_count; i++) {
		const struct cc_confine_limit *limit = &how->limits[i];
		struct rlimit now = { 0 };

		/* the container's own may be narrower: only a privilege could widen it */
		if (getrlimit((__rlimit_resource_t)limit->resource, &now) != 0)
			return -1;
		if (limit->most < now.rlim_max)
			now.rlim_max = limit->most;
		if (now.rlim_cur > now.rlim_max)
			now.rlim_cur = now.rlim_max;
		if (setrlimit((__rlimit_resource_t)limit->resource, &now) != 0)
			return -1;
	}
	return 0;
}

static int bounding_drop(const struct cc_confine *how)
{
	(void)how;
	return bounding_keep(0);
}

/* The system calls themselves: glibc's wrappers stop all threads, and a forked child has none. */
static int groups_drop(const struct cc_confine *how)
{
	return how->keep_groups || syscall(SYS_setgroups, 0, NULL) == 0 ? 0 : -1;
}

static int user_set(const struct cc_confine *how)
{
	if (syscall(SYS_setresgid, how->gid, how->gid, how->gid) != 0)
		return -1;
	return syscall(SYS_setresuid, how->uid, how->uid, how->uid) == 0 ? 0 : -1;
}

static int capabilities_drop(const struct cc_confine *how)
{
	const struct capabilities none = { 0 };

	(void)how;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return -1;
	return capabilities_set(&none);
}

static int privileges_shut(const struct cc_confine *how)
{
	(void)how;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int landlock_enter(const struct cc_confine *how)
{
	return cc_landlock_enter(how->landlock);
}

static int seccomp_enter(const struct cc_confine *how)
{
	return cc_seccomp_install(how->seccomp);
}

/*
 * In this order: the bounding set needs CAP_SETPCAP and the user CAP_SETUID, so both
 * come before the capabilities go; the filter comes last because it forbids the others.
 */
static const struct {
	int (*enter)(const struct cc_confine *how);
	const char *what;
	const char *hint;
} steps[CC_CONFINE_COUNT] = {
	[CC_CONFINE_NONE] = { NULL, "enter the sandbox", "" },
	[CC_CONFINE_LIMIT] = { limits_set, "set the resource limits",
			       "a limit may not be above the container's own" },
	[CC_CONFINE_BOUNDING] = { bounding_drop, "drop the bounding set",
				  "start the container with CAP_SETPCAP" },
	[CC_CONFINE_GROUPS] = { groups_drop, "drop the supplementary groups",
				"start the container with CAP_SETGID" },
	[CC_CONFINE_USER] = { user_set, "become the user of the policy",
			      "start the container with CAP_SETUID and CAP_SETGID and with that user "
			      "mapped, or let the policy name user 0" },
	[CC_CONFINE_CAPABILITIES] = { capabilities_drop, "drop the capabilities", "" },
	[CC_CONFINE_PRIVILEGES] = { privileges_shut, "set no_new_privs", "" },
	[CC_CONFINE_LANDLOCK] = { landlock_enter, "enter the landlock rule set",
				  "the host needs CONFIG_SECURITY_LANDLOCK=y" },
	[CC_CONFINE_SECCOMP] = { seccomp_enter, "install the seccomp filter",
				 "the host needs CONFIG_SECCOMP_FILTER=y" },
};

int cc_confine_enter(const struct cc_confine *how, enum cc_confine_step *step)
{
	for (int at = CC_CONFINE_NONE + 1; at < CC_CONFINE_COUNT; at++) {
		*step = (enum cc_confine_step)at;
		if (steps[at].enter(how) != 0)
			return -1;
	}
	return 0;
}

int cc_confine_failed(enum cc_confine_step step, int sys, struct cc_err *err)
{
	unsigned int at = (unsigned int)step < CC_CONFINE_COUNT ? (unsigned int)step : 0;

	cc_err_set_sys(err, sys, "%s", steps[at].what);
	if (steps[at].hint[0] != '\0')
		cc_err_hint(err, "%s", steps[at].hint);
	return -1;
}

int cc_capabilities_keep(uint64_t mask, struct cc_err *err)
{
	struct capabilities now = { 0 };

	if (capabilities_get(&now) != 0)
		return cc_fail_sys(err, errno, "read our capabilities");
	if (bounding_keep(mask) != 0)
		return cc_fail_sys(err, errno, "drop the bounding set");
	for (int half = 0; half < 2; half++) {
		uint32_t keep = (uint32_t)(mask >> (32 * half));

		now.half[half].effective &= keep;
		now.half[half].permitted &= keep;
		now.half[half].inheritable = 0;
	}
	if (capabilities_set(&now) != 0)
		return cc_fail_sys(err, errno, "drop our capabilities");
	return 0;
}

bool cc_capabilities_has(int capability)
{
	struct capabilities now = { 0 };

	if (capability < 0 || capability >= CAPABILITY_END || capabilities_get(&now) != 0)
		return false;
	return (now.half[capability / 32].effective >> (capability % 32) & 1) != 0;
}
