/* SPDX-License-Identifier: Apache-2.0 */
#include "volumed/ahead.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "base/fd.h"

/*
 * From `dir`, if it is sysfs that lies there: the host of a container may have put anything in its
 * place, a link into a volume as well, and what is not sysfs is not written to.
 */
static bool set_below(int dir, dev_t device)
{
	CC_AUTO_CLOSE int fd = -1;
	struct statfs kind = { 0 };
	char name[64], value[16];
	int len = snprintf(value, sizeof(value), "%u", CC_VOLUMED_AHEAD_KB);

	(void)snprintf(name, sizeof(name), "class/bdi/%u:%u/read_ahead_kb", major(device),
		       minor(device));
	fd = openat(dir, name, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && fstatfs(fd, &kind) == 0 && kind.f_type == SYSFS_MAGIC &&
	       write(fd, value, (size_t)len) == len;
}

/* Containers see a sysfs that is only read. One of our own lies nowhere in the tree. */
static int sysfs_own(void)
{
	CC_AUTO_CLOSE int context = fsopen("sysfs", FSOPEN_CLOEXEC);

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
		return -1;
	return fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

bool cc_volumed_read_ahead_by(const char *sysfs, int point)
{
	CC_AUTO_CLOSE int given = open(sysfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CC_AUTO_CLOSE int own = -1;
	struct statfs kind = { 0 };
	struct stat status = { 0 };

	if (fstatfs(point, &kind) != 0 || kind.f_type != FUSE_SUPER_MAGIC ||
	    fstat(point, &status) != 0)
		return false;
	if (given >= 0 && set_below(given, status.st_dev))
		return true;
	own = sysfs_own();
	return own >= 0 && set_below(own, status.st_dev);
}

bool cc_volumed_read_ahead(int point)
{
	return cc_volumed_read_ahead_by("/sys", point);
}
