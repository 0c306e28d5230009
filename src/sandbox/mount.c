/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "base/str.h"

/* "/proc/self/fd/" and a descriptor: how a descriptor is named to mount(2). */
#define FD_PATH 40

static void fd_path(int fd, char out[static FD_PATH])
{
	(void)snprintf(out, FD_PATH, "/proc/self/fd/%d", fd);
}

/* A mount point below `root`, links resolved inside it. */
static int point_open(const struct cc_dir *root, const char *path, int *out, struct cc_err *err)
{
	const char *below = path[0] == '/' ? path + 1 : path;

	if (cc_dir_openat(root, *below != '\0' ? below : ".", O_PATH, 0, out, err) != 0) {
		cc_err_wrap(err, "find the mount point '%s'", path);
		return cc_hint(err,
			       "the image needs a directory there: seal it again with this path "
			       "among its volumes");
	}
	return 0;
}

/* One mount(2) onto a point in the tree. `what` for the error: "tmpfs", "/proc". */
static int mount_at(const struct cc_dir *root, const char *path, const char *source,
		    const char *type, unsigned long flags, const char *data, struct cc_err *err)
{
	CC_AUTO_CLOSE int point = -1;
	char target[FD_PATH];

	CC_TRY(point_open(root, path, &point, err));
	fd_path(point, target);
	if (mount(source, target, type, flags, data) != 0)
		return cc_fail_sys(err, errno, "mount %s at '%s'", type != NULL ? type : "a bind",
				   path);
	return 0;
}

int cc_mount_private(struct cc_err *err)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return cc_fail_sys(err, errno, "make the mounts private");
	return 0;
}

static int fuse_open(int *out, struct cc_err *err)
{
	/* one row for each way in which hosts lack it */
	static const struct {
		int sys;
		const char *hint;
	} reasons[] = {
		{ ENOENT, "give the container the device /dev/fuse (docker and podman: --device "
			  "/dev/fuse; a bundle: a device or bind mount)" },
		{ EPERM,
		  "the container's device rules forbid it: allow 'c 10:229 rw' (Kubernetes: a "
		  "FUSE device plugin)" },
		{ EACCES,
		  "the container's user may not open it: make /dev/fuse mode 0666 on the host "
		  "or start as another user" },
		{ ENODEV, "the host's kernel has no FUSE: it needs CONFIG_FUSE_FS" },
		{ ENXIO, "the host's kernel has no FUSE: it needs CONFIG_FUSE_FS" },
	};
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC), sys = errno;

	if (fd >= 0) {
		*out = fd;
		return 0;
	}
	cc_err_set_sys(err, sys, "open '/dev/fuse'");
	err->code = CC_E_UNSUPPORTED;
	for (size_t i = 0; i < CC_COUNT(reasons); i++)
		if (reasons[i].sys == sys)
			cc_err_hint(err, "%s", reasons[i].hint);
	return -1;
}

int cc_mount_fuse_probe(struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;

	return fuse_open(&fd, err);
}

int cc_mount_fuse(const struct cc_dir *root, const char *path, bool writable, int *device,
		  struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;
	unsigned long flags = MS_NOSUID | MS_NODEV | (writable ? 0 : MS_RDONLY);
	char data[160];

	CC_TRY(fuse_open(&fd, err));
	(void)snprintf(data, sizeof(data),
		       "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions",
		       fd);
	CC_TRY(mount_at(root, path, "concordat", "fuse.concordat", flags, data, err));
	*device = CC_TAKE_FD(fd);
	return 0;
}

int cc_mount_tmpfs(const struct cc_dir *root, const char *path, mode_t mode, struct cc_err *err)
{
	char data[32];

	(void)snprintf(data, sizeof(data), "mode=%o", (unsigned int)mode);
	return mount_at(root, path, "tmpfs", "tmpfs", MS_NOSUID | MS_NODEV, data, err);
}

int cc_mount_bounded(const struct cc_dir *root, const char *path, uint64_t bytes,
		     struct cc_err *err)
{
	char data[80];

	(void)snprintf(data, sizeof(data), "mode=700,size=%" PRIu64 ",nr_inodes=%" PRIu64, bytes,
		       bytes / 2048);
	return mount_at(root, path, "tmpfs", "tmpfs", MS_NOSUID | MS_NODEV, data, err);
}

int cc_mount_freeze(const struct cc_dir *root, const char *path, struct cc_err *err)
{
	return mount_at(root, path, NULL, NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL,
			err);
}

int cc_mount_bind(const struct cc_dir *root, const char *path, int source, bool recursive,
		  struct cc_err *err)
{
	char from[FD_PATH];

	fd_path(source, from);
	return mount_at(root, path, from, NULL, MS_BIND | (recursive ? MS_REC : 0), NULL, err);
}

int cc_mount_bind_ro(const struct cc_dir *root, const char *path, int source, struct cc_err *err)
{
	CC_TRY(cc_mount_bind(root, path, source, false, err));
	/* mount(2) ignores flags when it binds: a second call sets them */
	return mount_at(root, path, NULL, NULL,
			MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL, err);
}

int cc_mount_layer(const struct cc_dir *root, const char *path, int layer, struct cc_err *err)
{
	CC_AUTO_CLOSE int below = -1;
	char data[160];

	CC_TRY(point_open(root, path, &below, err));
	(void)snprintf(data, sizeof(data), "lowerdir=/proc/self/fd/%d:/proc/self/fd/%d", layer,
		       below);
	if (mount_at(root, path, "concordat", "overlay", MS_RDONLY | MS_NOSUID | MS_NODEV, data,
		     err) != 0) {
		return cc_hint(
			err, "files that the image does not have are injected by overlayfs, which "
			     "this host lacks: add an empty file to the image, or load it");
	}
	return 0;
}

/* The host made /dev: what is bound must be the device that its name says. */
static int node_open(const char *name, unsigned int major_no, unsigned int minor_no, int *out,
		     struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;
	CC_AUTO_FREE char *path = NULL;
	struct stat st;

	CC_TRY(cc_strf(&path, err, "/dev/%s", name));
	fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0)
		return cc_fail_sys(err, errno, "open '%s'", path);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(major_no, minor_no)) {
		cc_err_set(err, CC_E_UNSUPPORTED, "'%s' is not the character device %u:%u", path,
			   major_no, minor_no);
		return cc_hint(err,
			       "the host replaced it: start the container with its usual /dev");
	}
	*out = CC_TAKE_FD(fd);
	return 0;
}

static const struct {
	const char *name;
	unsigned int major_no, minor_no;
	bool optional;
} nodes[] = {
	{ "null", 1, 3, false },   { "zero", 1, 5, false },    { "full", 1, 7, false },
	{ "random", 1, 8, false }, { "urandom", 1, 9, false }, { "tty", 5, 0, true },
};

static const struct {
	const char *name;
	const char *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

static int nodes_bind(const struct cc_dir *dev, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(nodes); i++) {
		CC_AUTO_CLOSE int source = -1, made = -1;
		struct cc_err why = { 0 };

		if (node_open(nodes[i].name, nodes[i].major_no, nodes[i].minor_no, &source, &why) !=
		    0) {
			if (nodes[i].optional)
				continue;
			*err = why;
			return -1;
		}
		/* a plain file to bind on: in a user namespace nobody may mknod */
		CC_TRY(cc_dir_openat(dev, nodes[i].name, O_CREAT | O_EXCL | O_WRONLY, 0600, &made,
				     err));
		CC_TRY(cc_mount_bind(dev, nodes[i].name, source, false, err));
	}
	return 0;
}

int cc_mount_dev(const struct cc_dir *root, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dev = CC_DIR_NONE;

	CC_TRY(cc_mount_tmpfs(root, "/dev", 0755, err));
	CC_TRY(cc_dir_sub(root, "dev", &dev, err));
	CC_TRY(nodes_bind(&dev, err));
	for (size_t i = 0; i < CC_COUNT(links); i++)
		if (symlinkat(links[i].target, dev.fd, links[i].name) != 0)
			return cc_fail_sys(err, errno, "link '/dev/%s'", links[i].name);
	CC_TRY(cc_dir_mkdir(&dev, "shm", 01777, err));
	CC_TRY(cc_mount_tmpfs(&dev, "shm", 01777, err));
	return mount_at(root, "/dev", NULL, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID,
			NULL, err);
}

int cc_mount_proc(const struct cc_dir *root, struct cc_err *err)
{
	CC_AUTO_CLOSE int proc = open("/proc", O_PATH | O_CLOEXEC | O_DIRECTORY);

	if (proc < 0)
		return cc_fail_sys(err, errno, "open '/proc'");
	return cc_mount_bind(root, "/proc", proc, true, err);
}

int cc_mount_pivot(const struct cc_dir *root, struct cc_err *err)
{
	/* ".", "." puts the old root on top of the new one, so no directory for it is needed */
	if (fchdir(root->fd) != 0 || syscall(SYS_pivot_root, ".", ".") != 0)
		return cc_fail_sys(err, errno, "enter the image's root");
	if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		return cc_fail_sys(err, errno, "let go of the container's root");
	return 0;
}
