/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/confine.h"

#include <errno.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp.h"

/*
 * What SQLite, libevent, OpenSSL and the secrets' memory call. `openat` is SQLite's, for its log
 * and its directory: landlock says where. `sigaltstack` is the sanitizers'.
 */
static const char *const calls[] = {
	"access",
	"brk",
	"clock_gettime",
	"clock_nanosleep",
	"close",
	"epoll_ctl",
	"epoll_pwait",
	"epoll_wait",
	"exit",
	"exit_group",
	"fchmod",
	"fchown",
	"fcntl",
	"fdatasync",
	"fstat",
	"fsync",
	"ftruncate",
	"futex",
	"getcwd",
	"geteuid",
	"getpid",
	"getrandom",
	"gettid",
	"gettimeofday",
	"getuid",
	"ioctl",
	"lseek",
	"madvise",
	"mlock",
	"mlock2",
	"mmap",
	"mprotect",
	"mremap",
	"munlock",
	"munmap",
	"nanosleep",
	"newfstatat",
	"openat",
	"poll",
	"pread64",
	"pwrite64",
	"read",
	"readlink",
	"readv",
	"recvfrom",
	"recvmsg",
	"restart_syscall",
	"rseq",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sched_yield",
	"sendmsg",
	"sendto",
	"sigaltstack",
	"sysinfo",
	"tgkill",
	"unlink",
	"write",
	"writev",
};

static int enter_landlock(const char *dir, struct cc_err *err)
{
	CC_AUTO_CLOSE int rules = -1;

	CC_TRY(cc_landlock_new(&rules, err));
	CC_TRY(cc_landlock_allow(rules, dir, CC_LANDLOCK_WRITE, err));
	CC_TRY(cc_landlock_allow(rules, "/dev/urandom", CC_LANDLOCK_READ, err));
	if (cc_landlock_enter(rules) != 0)
		return cc_fail_sys(err, errno, "enter landlock");
	return 0;
}

int cc_keeper_confine(const char *dir, struct cc_err *err)
{
	CC_AUTO_SECCOMP struct cc_seccomp *filter = NULL;

	CC_TRY(cc_seccomp_only(calls, CC_COUNT(calls), &filter, err));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return cc_fail_sys(err, errno, "give up privileges");
	CC_TRY(enter_landlock(dir, err));
	if (cc_seccomp_install(filter) != 0)
		return cc_fail_sys(err, errno, "install the system call filter");
	return 0;
}
