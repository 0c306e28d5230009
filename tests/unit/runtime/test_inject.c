/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

#include "runtime/inject.h"
#include "sandbox/mount.h"

/* A tmpfs over /mnt, in a mount namespace of the test: nothing of it is on the host. */
#define WORK "/mnt"
#define TREE WORK "/tree"

static struct cc_inject file(const char *path, mode_t mode, const char *text)
{
	return (struct cc_inject){ path, mode, cc_span_str(text) };
}

static void paths_that_are_not_plain_are_refused(void **state)
{
	static const struct {
		const char *path;
		const char *other; /* a second file, or NULL */
		const char *text;
	} rows[] = {
		{ "etc/x", NULL, "normal form" },
		{ "/etc/../x", NULL, "normal form" },
		{ "/etc//x", NULL, "normal form" },
		{ "/etc/./x", NULL, "normal form" },
		{ "/", NULL, "normal form" },
		{ "/etc/x/", NULL, "normal form" },
		{ "/vol/x", NULL, "mounted over it" },
		{ "/vol", NULL, "mounted over it" },
		{ "/etc/x", "/etc/x", "injected too" },
		{ "/etc/x", "/etc/x/y", "injected too" },
		{ "/etc/x/y", "/etc/x", "injected too" },
	};
	static const char *const mounts[] = { "/vol" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		const struct cc_inject files[] = { file(rows[i].path, 0600, ""),
						   file(rows[i].other ? rows[i].other : "", 0600,
							"") };
		const struct cc_inject_plan plan = { .files = files,
						     .count = rows[i].other != NULL ? 2 : 1,
						     .mounts = mounts,
						     .mount_count = 1 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_inject_check(&plan, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_non_null(strstr(err.text, rows[i].text));
	}
}

static void names_that_only_begin_alike_are_apart(void **state)
{
	static const char *const mounts[] = { "/vol" };
	const struct cc_inject files[] = { file("/volume/x", 0600, ""),
					   file("/volume/xy", 0600, "") };
	const struct cc_inject_plan plan = { files, 2, 0, 0, mounts, 1 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_inject_check(&plan, &err), 0);
}

static bool made(const char *path, const char *text)
{
	struct cc_err err = { 0 };

	return cc_file_write(path, 0644, cc_span_str(text), &err) == 0;
}

/* An image's tree that nobody may change: /etc (0710), /etc/sub, /etc/old, /usr, /lib -> usr/lib.
 */
static bool tree_made(struct cc_dir *work)
{
	struct cc_err err = { 0 };

	(void)umask(0);
	return unshare(CLONE_NEWNS) == 0 && cc_mount_private(&err) == 0 &&
	       mount("t", WORK, "tmpfs", 0, NULL) == 0 && mkdir(TREE, 0755) == 0 &&
	       mkdir(WORK "/inject", 0700) == 0 && mount("t", TREE, "tmpfs", 0, NULL) == 0 &&
	       mkdir(TREE "/etc", 0710) == 0 && chown(TREE "/etc", 7, 8) == 0 &&
	       mkdir(TREE "/etc/sub", 0750) == 0 && mkdir(TREE "/usr", 0755) == 0 &&
	       mkdir(TREE "/usr/lib", 0755) == 0 && symlink("usr/lib", TREE "/lib") == 0 &&
	       symlink("/etc/old", TREE "/named") == 0 && made(TREE "/etc/old", "image") &&
	       made(TREE "/etc/kept", "image") && made(TREE "/etc/sub/kept", "image") &&
	       mount(NULL, TREE, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0 &&
	       cc_dir_open(WORK, CC_DIR_OWN, work, &err) == 0;
}

static bool file_is(const char *path, const char *text, mode_t mode, uid_t uid)
{
	CC_AUTO_BUF struct cc_buf buf = { 0 };
	struct cc_err err = { 0 };
	struct stat st;

	return cc_file_read(path, 4096, &buf, &err) == 0 &&
	       cc_span_eq_str(cc_buf_span(&buf), text) && stat(path, &st) == 0 &&
	       (st.st_mode & 07777) == mode && st.st_uid == uid && open(path, O_WRONLY) < 0 &&
	       errno == EROFS;
}

static bool directory_is(const char *path, mode_t mode, uid_t uid)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 07777) == mode &&
	       st.st_uid == uid;
}

static bool everywhere(const struct cc_dir *work)
{
	const struct cc_inject files[] = {
		file("/etc/sub/deep/er/x", 0400,
		     "1"), /* below /etc/sub, which shares /etc's layer */
		file("/etc/new", 0755, "2"), file("/etc/old", 0600, "3"),
		file("/lib/y", 0644, "4"), /* through a link of the image */
	};
	const struct cc_inject_plan plan = {
		.files = files, .count = CC_COUNT(files), .uid = 1000, .gid = 1000
	};
	struct cc_err err = { 0 };

	if (cc_inject_files(work, &plan, &err) != 0) {
		print_message("# %s; %s\n", err.text, err.hint);
		return false;
	}
	return file_is(TREE "/etc/sub/deep/er/x", "1", 0400, 1000) &&
	       file_is(TREE "/etc/new", "2", 0755, 1000) &&
	       file_is(TREE "/etc/old", "3", 0600, 1000) &&
	       file_is(TREE "/usr/lib/y", "4", 0644, 1000) &&
	       file_is(TREE "/etc/kept", "image", 0644, 0) &&
	       file_is(TREE "/etc/sub/kept", "image", 0644, 0) &&
	       directory_is(TREE "/etc", 0710, 7) && directory_is(TREE "/etc/sub", 0750, 0) &&
	       directory_is(TREE "/etc/sub/deep", 0755, 0);
}

static bool into_the_root(const struct cc_dir *work)
{
	const struct cc_inject files[] = { file("/top", 0600, "1"), file("/etc/new", 0600, "2"),
					   file("/named", 0600, "3") };
	const struct cc_inject_plan plan = { .files = files, .count = CC_COUNT(files) };
	struct cc_err err = { 0 };

	if (cc_inject_files(work, &plan, &err) != 0) {
		print_message("# %s; %s\n", err.text, err.hint);
		return false;
	}
	return file_is(TREE "/top", "1", 0600, 0) && file_is(TREE "/etc/new", "2", 0600, 0) &&
	       file_is(TREE "/etc/old", "3", 0600, 0) &&
	       file_is(TREE "/etc/kept", "image", 0644, 0);
}

static bool onto_a_directory(const struct cc_dir *work)
{
	const struct cc_inject files[] = { file("/etc/sub", 0600, "1") };
	const struct cc_inject_plan plan = { .files = files, .count = 1 };
	struct cc_err err = { 0 };

	return cc_inject_files(work, &plan, &err) == -1 && err.code == CC_E_CONFLICT &&
	       strstr(err.text, "'/etc/sub'") != NULL;
}

static void holds(bool (*act)(const struct cc_dir *work))
{
	pid_t child = 0;
	int status = 0;

	if (geteuid() != 0) {
		print_message("# skipped: needs root\n");
		skip();
	}
	child = fork();
	if (child == 0) {
		struct cc_dir work = CC_DIR_NONE;

		_exit(!tree_made(&work) ? 2 : act(&work) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void files_appear_with_their_modes_and_the_rest_stays(void **state)
{
	(void)state;
	holds(everywhere);
}

static void a_file_in_the_root_brings_a_layer_over_the_root(void **state)
{
	(void)state;
	holds(into_the_root);
}

static void a_directory_is_not_replaced_by_a_file(void **state)
{
	(void)state;
	holds(onto_a_directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_that_are_not_plain_are_refused),
		cmocka_unit_test(names_that_only_begin_alike_are_apart),
		cmocka_unit_test(files_appear_with_their_modes_and_the_rest_stays),
		cmocka_unit_test(a_file_in_the_root_brings_a_layer_over_the_root),
		cmocka_unit_test(a_directory_is_not_replaced_by_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
