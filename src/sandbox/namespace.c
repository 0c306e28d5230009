/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/str.h"
#include "sandbox/confine.h"
#include "sandbox/mount.h"

/* "0 0 4294967295": the one line of a namespace that maps everyone. */
#define ALL_USERS 4294967295U

const char *cc_launch_mode_name(enum cc_launch_mode mode)
{
	static const char *const names[] = {
		[CC_LAUNCH_NONE] = "none",
		[CC_LAUNCH_PRIVILEGED] = "privileged",
		[CC_LAUNCH_ROOTLESS] = "rootless",
		[CC_LAUNCH_BARE] = "bare",
	};

	return (unsigned int)mode < CC_COUNT(names) ? names[mode] : "?";
}

/* Whether every user of the host has a number here. */
static int all_users_mapped(bool *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *line = NULL;
	char *rest = NULL;

	CC_TRY(cc_file_read("/proc/self/uid_map", 4096, &text, err));
	CC_TRY(cc_buf_str(&text, &line, err));
	*out = strtoul(line, &rest, 10) == 0 && strtoul(rest, &rest, 10) == 0 &&
	       strtoul(rest, &rest, 10) == ALL_USERS;
	return 0;
}

/* These files of /proc take one write and no more; an error of it is the kernel's verdict. */
static int proc_write(const char *path, const char *text, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		return cc_fail_sys(err, errno, "write '%s'", path);
	return 0;
}

static int user_namespace_enter(struct cc_err *err)
{
	char uids[64], gids[64];
	uid_t uid = geteuid();

	(void)snprintf(uids, sizeof(uids), "0 %u 1\n", (unsigned int)uid);
	(void)snprintf(gids, sizeof(gids), "0 %u 1\n", (unsigned int)getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
		cc_err_set_sys(err, errno, "make a user namespace");
		err->code = CC_E_UNSUPPORTED;
		return cc_hint(
			err, "allow unshare and mount in the container's seccomp profile and user "
			     "namespaces on the host, or start it with CAP_SYS_ADMIN");
	}
	if (proc_write("/proc/self/setgroups", "deny", err) != 0 ||
	    proc_write("/proc/self/uid_map", uids, err) != 0 ||
	    proc_write("/proc/self/gid_map", gids, err) != 0) {
		err->code = CC_E_UNSUPPORTED;
		if (uid == 0)
			return cc_hint(err,
				       "user 0 needs CAP_SETFCAP for this: start the container "
				       "as another user, or with that capability");
		return cc_hint(err, "the host forbids user namespaces: see "
				    "kernel.unprivileged_userns_clone and AppArmor, or start with "
				    "CAP_SYS_ADMIN");
	}
	return 0;
}

int cc_launch_enter(enum cc_launch_mode *out, struct cc_err *err)
{
	enum cc_launch_mode mode = CC_LAUNCH_BARE;
	bool all = false;

	if (cc_capabilities_has(CAP_SYS_ADMIN)) {
		CC_TRY(all_users_mapped(&all, err));
		mode = all ? CC_LAUNCH_PRIVILEGED : CC_LAUNCH_ROOTLESS;
		if (unshare(CLONE_NEWNS) != 0) {
			cc_err_set_sys(err, errno, "make a mount namespace");
			err->code = CC_E_UNSUPPORTED;
			return cc_hint(err, "allow unshare in the container's seccomp profile");
		}
	} else {
		CC_TRY(user_namespace_enter(err));
	}
	CC_TRY(cc_mount_private(err));
	*out = mode;
	return 0;
}

static int loopback_up(struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = { .ifr_name = "lo" };

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &lo) != 0)
		return cc_fail_sys(err, errno, "find the loopback interface");
	lo.ifr_flags = (short)(lo.ifr_flags | IFF_UP);
	if (ioctl(fd, SIOCSIFFLAGS, &lo) != 0) {
		cc_err_set_sys(err, errno, "raise the loopback interface");
		return cc_hint(err, "start the container with CAP_NET_ADMIN");
	}
	return 0;
}

int cc_namespace_isolate(struct cc_err *err)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0) {
		cc_err_set_sys(err, errno, "make a network namespace");
		return cc_hint(err, "the host limits namespaces: see user.max_net_namespaces and "
				    "user.max_mnt_namespaces");
	}
	return loopback_up(err);
}
