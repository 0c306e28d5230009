/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

#include "sandbox/mount.h"

/* Each check runs in a child with a mount namespace of its own and a tmpfs as the image. */
#define TREE "/mnt"

static bool tree_made(struct cc_dir *root)
{
	static const char *const dirs[] = { "dev", "proc", "tmp", "etc", "data", "real" };
	struct cc_err err = { 0 };

	if (unshare(CLONE_NEWNS) != 0 || cc_mount_private(&err) != 0 ||
	    mount("t", TREE, "tmpfs", 0, NULL) != 0 ||
	    cc_dir_open(TREE, CC_DIR_ROOT, root, &err) != 0)
		return false;
	for (size_t i = 0; i < CC_COUNT(dirs); i++)
		if (mkdirat(root->fd, dirs[i], 0755) != 0)
			return false;
	return symlinkat("/real", root->fd, "link") == 0 &&
	       symlinkat("../../../../etc", root->fd, "out") == 0;
}

static void holds(bool (*act)(const struct cc_dir *root))
{
	pid_t child = 0;
	int status = 0;

	if (geteuid() != 0) {
		print_message("# skipped: needs root\n");
		skip();
	}
	child = fork();
	if (child == 0) {
		struct cc_dir root = CC_DIR_NONE;

		_exit(!tree_made(&root) ? 2 : act(&root) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool said(bool good, const struct cc_err *err)
{
	if (!good)
		print_message("# %s; %s\n", err->text, err->hint);
	return good;
}

static bool file_is(const char *path, const char *text)
{
	CC_AUTO_BUF struct cc_buf buf = { 0 };
	struct cc_err err = { 0 };

	return cc_file_read(path, 4096, &buf, &err) == 0 && cc_span_eq_str(cc_buf_span(&buf), text);
}

static bool device_is(const char *path, unsigned int major_no, unsigned int minor_no)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == makedev(major_no, minor_no);
}

static bool dev(const struct cc_dir *root)
{
	struct cc_err err = { 0 };
	struct stat st;

	return said(cc_mount_dev(root, &err) == 0, &err) && device_is(TREE "/dev/null", 1, 3) &&
	       device_is(TREE "/dev/urandom", 1, 9) && device_is(TREE "/dev/full", 1, 7) &&
	       stat(TREE "/dev/fuse", &st) != 0 && stat(TREE "/dev/kmsg", &st) != 0 &&
	       stat(TREE "/dev/shm", &st) == 0 && (st.st_mode & 07777) == 01777 &&
	       open(TREE "/dev/new", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS &&
	       open(TREE "/dev/null", O_WRONLY) >= 0;
}

static bool replaced_node(const struct cc_dir *root)
{
	struct cc_err err = { 0 };

	/* the host lays /dev/zero over /dev/urandom: keys would be zeroes */
	return mount("/dev/zero", "/dev/urandom", NULL, MS_BIND, NULL) == 0 &&
	       cc_mount_dev(root, &err) == -1 && err.code == CC_E_UNSUPPORTED &&
	       strstr(err.text, "'/dev/urandom' is not the character device 1:9") != NULL;
}

static bool links_stay_inside(const struct cc_dir *root)
{
	struct cc_err err = { 0 };
	struct stat before, after;

	if (stat("/etc", &before) != 0 ||
	    !said(cc_mount_tmpfs(root, "/out", 0711, &err) == 0, &err) ||
	    !said(cc_mount_tmpfs(root, "/link", 0700, &err) == 0, &err))
		return false;
	return stat("/etc", &after) == 0 && before.st_ino == after.st_ino &&
	       stat(TREE "/etc", &after) == 0 && (after.st_mode & 07777) == 0711 &&
	       stat(TREE "/real", &after) == 0 && (after.st_mode & 07777) == 0700;
}

static bool missing_point(const struct cc_dir *root)
{
	struct cc_err err = { 0 };

	return cc_mount_tmpfs(root, "/nowhere", 0700, &err) == -1 && err.code == CC_E_NOTFOUND &&
	       strstr(err.text, "'/nowhere'") != NULL && err.hint[0] != '\0';
}

static bool layer(const struct cc_dir *root)
{
	struct cc_err err = { 0 };
	CC_AUTO_DIR struct cc_dir top = CC_DIR_NONE;

	if (cc_file_write(TREE "/etc/kept", 0600, cc_span_str("image"), &err) != 0 ||
	    cc_file_write(TREE "/etc/both", 0600, cc_span_str("image"), &err) != 0 ||
	    cc_mount_tmpfs(root, "/data", 0755, &err) != 0 ||
	    cc_dir_sub(root, "data", &top, &err) != 0 ||
	    cc_dir_write_new(&top, "both", 0600, cc_span_str("layer"), &err) != 0 ||
	    cc_dir_write_new(&top, "new", 0600, cc_span_str("layer"), &err) != 0)
		return false;
	return said(cc_mount_layer(root, "/etc", top.fd, &err) == 0, &err) &&
	       file_is(TREE "/etc/kept", "image") && file_is(TREE "/etc/both", "layer") &&
	       file_is(TREE "/etc/new", "layer") && open(TREE "/etc/kept", O_WRONLY) < 0 &&
	       errno == EROFS;
}

static bool bounded(const struct cc_dir *root)
{
	static const uint8_t much[65537] = { 0 };
	struct cc_err err = { 0 };
	int fd = -1;

	if (!said(cc_mount_bounded(root, "/data", 65536, &err) == 0, &err))
		return false;
	for (unsigned int i = 0; i < 64; i++) { /* a file for each 2 KiB, but for the root */
		char name[sizeof(TREE) + 16];
		bool fits = i < 31;

		(void)snprintf(name, sizeof(name), TREE "/data/%u", i);
		fd = open(name, O_CREAT | O_WRONLY, 0600);
		if ((fd >= 0) != fits)
			return false;
		if (fd >= 0)
			(void)close(fd);
	}
	fd = open(TREE "/data/0", O_WRONLY);
	return write(fd, much, sizeof(much)) == 65536 && write(fd, much, 1) == -1 &&
	       errno == ENOSPC;
}

/* A second view of it, which a bind that is read only would leave writable. */
static bool frozen(const struct cc_dir *root)
{
	struct cc_err err = { 0 };

	return said(cc_mount_bounded(root, "/data", 65536, &err) == 0, &err) &&
	       cc_file_write(TREE "/data/f", 0600, cc_span_str("f"), &err) == 0 &&
	       mount(TREE "/data", TREE "/out", NULL, MS_BIND, NULL) == 0 &&
	       said(cc_mount_freeze(root, "/data", &err) == 0, &err) &&
	       file_is(TREE "/out/f", "f") && open(TREE "/out/f", O_WRONLY) < 0 && errno == EROFS &&
	       open(TREE "/data/f", O_WRONLY) < 0 && errno == EROFS;
}

static bool bound(const struct cc_dir *root)
{
	struct cc_err err = { 0 };
	int source = -1;

	if (cc_file_write(TREE "/etc/source", 0600, cc_span_str("s"), &err) != 0 ||
	    cc_file_write(TREE "/etc/target", 0600, cc_span_str("t"), &err) != 0)
		return false;
	source = open(TREE "/etc/source", O_PATH);
	return said(cc_mount_bind_ro(root, "/etc/target", source, &err) == 0, &err) &&
	       file_is(TREE "/etc/target", "s") && open(TREE "/etc/target", O_WRONLY) < 0 &&
	       errno == EROFS && open(TREE "/etc/source", O_WRONLY) >= 0;
}

static bool pivoted(const struct cc_dir *root)
{
	struct cc_err err = { 0 };
	struct cc_dir fresh = CC_DIR_NONE;
	struct stat st;

	(void)root;
	/* reopened: before the mount it was another directory */
	return cc_dir_open(TREE, CC_DIR_ROOT, &fresh, &err) == 0 &&
	       said(cc_mount_proc(&fresh, &err) == 0, &err) &&
	       said(cc_mount_pivot(&fresh, &err) == 0, &err) && stat("/real", &st) == 0 &&
	       stat("/usr", &st) != 0 && stat("/../usr", &st) != 0 &&
	       stat("/proc/self/status", &st) == 0;
}

static void a_device_directory_has_six_devices_and_no_way_to_evidence(void **state)
{
	(void)state;
	holds(dev);
}

static void a_device_that_the_host_replaced_is_refused(void **state)
{
	(void)state;
	holds(replaced_node);
}

static void links_in_the_image_cannot_lead_a_mount_outside(void **state)
{
	(void)state;
	holds(links_stay_inside);
}

static void a_missing_mount_point_is_named(void **state)
{
	(void)state;
	holds(missing_point);
}

static void a_layer_adds_and_replaces_files_and_nobody_writes(void **state)
{
	(void)state;
	holds(layer);
}

static void memory_of_a_size_takes_no_more_bytes_and_files(void **state)
{
	(void)state;
	holds(bounded);
}

static void what_is_frozen_nobody_writes_anywhere(void **state)
{
	(void)state;
	holds(frozen);
}

static void a_bound_file_is_read_only(void **state)
{
	(void)state;
	holds(bound);
}

static void after_the_pivot_the_old_root_is_gone(void **state)
{
	(void)state;
	holds(pivoted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_directory_has_six_devices_and_no_way_to_evidence),
		cmocka_unit_test(a_device_that_the_host_replaced_is_refused),
		cmocka_unit_test(links_in_the_image_cannot_lead_a_mount_outside),
		cmocka_unit_test(a_missing_mount_point_is_named),
		cmocka_unit_test(a_layer_adds_and_replaces_files_and_nobody_writes),
		cmocka_unit_test(memory_of_a_size_takes_no_more_bytes_and_files),
		cmocka_unit_test(what_is_frozen_nobody_writes_anywhere),
		cmocka_unit_test(a_bound_file_is_read_only),
		cmocka_unit_test(after_the_pivot_the_old_root_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
