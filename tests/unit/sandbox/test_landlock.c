/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

#include "base/dir.h"
#include "sandbox/landlock.h"

struct place {
	char path[64], open[96], shut[96], file[128], hidden[128];
};

static int set_up(void **state)
{
	static struct place p;
	struct cc_err err = { 0 };

	(void)snprintf(p.path, sizeof(p.path), "/tmp/concordat-test-XXXXXX");
	if (mkdtemp(p.path) == NULL)
		return -1;
	(void)snprintf(p.open, sizeof(p.open), "%s/open", p.path);
	(void)snprintf(p.shut, sizeof(p.shut), "%s/shut", p.path);
	(void)snprintf(p.file, sizeof(p.file), "%s/file", p.open);
	(void)snprintf(p.hidden, sizeof(p.hidden), "%s/file", p.shut);
	*state = &p;
	return mkdir(p.open, 0700) != 0 || mkdir(p.shut, 0700) != 0 ||
			       cc_file_write(p.file, 0700, cc_span_str("#!/bin/true\n"), &err) !=
				       0 ||
			       cc_file_write(p.hidden, 0600, cc_span_str("x"), &err) != 0
		       ? -1
		       : 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	CC_AUTO_DIR struct cc_dir top = CC_DIR_NONE;
	struct cc_err err = { 0 };

	if (cc_dir_open("/tmp", CC_DIR_OWN, &top, &err) != 0)
		return -1;
	return cc_dir_remove_tree(&top, p->path + strlen("/tmp/"), &err);
}

/* The errno of `act` in a child that may do `access` below `open` and nothing else. */
static int inside(const struct place *p, enum cc_landlock_access access,
		  int (*act)(const struct place *))
{
	pid_t child = 0;
	int ruleset = -1, status = 0;
	struct cc_err err = { 0 };

	assert_int_equal(cc_landlock_new(&ruleset, &err), 0);
	assert_int_equal(cc_landlock_allow(ruleset, p->open, access, &err), 0);
	child = fork();
	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || cc_landlock_enter(ruleset) != 0)
			_exit(255);
		_exit(act(p) < 0 ? errno : 0);
	}
	assert_int_equal(close(ruleset), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int read_open(const struct place *p)
{
	return open(p->file, O_RDONLY);
}

static int write_open(const struct place *p)
{
	return open(p->file, O_WRONLY);
}

static int cut_open(const struct place *p)
{
	return truncate(p->file, 1);
}

static int make_node(const struct place *p)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/node", p->open);
	return mknod(path, S_IFCHR | 0600, 0x0103);
}

static int read_shut(const struct place *p)
{
	return open(p->hidden, O_RDONLY);
}

static int write_shut(const struct place *p)
{
	return open(p->hidden, O_WRONLY);
}

static int run_open(const struct place *p)
{
	char *const argv[] = { (char *)(uintptr_t)p->file, NULL };
	char *const envp[] = { NULL };

	return execve(p->file, argv, envp);
}

static void what_is_not_allowed_is_denied_to_root_too(void **state)
{
	const struct place *p = *state;

	assert_int_equal(inside(p, CC_LANDLOCK_WRITE, read_shut), EACCES);
	assert_int_equal(inside(p, CC_LANDLOCK_WRITE, write_shut), EACCES);
}

static void reading_does_not_let_write_cut_or_run(void **state)
{
	const struct place *p = *state;

	assert_int_equal(inside(p, CC_LANDLOCK_READ, read_open), 0);
	assert_int_equal(inside(p, CC_LANDLOCK_READ, write_open), EACCES);
	assert_int_equal(inside(p, CC_LANDLOCK_READ, cut_open), EACCES);
	assert_int_equal(inside(p, CC_LANDLOCK_READ, run_open), EACCES);
	assert_int_equal(inside(p, CC_LANDLOCK_RUN, write_open), EACCES);
}

static void writing_lets_write_and_makes_no_devices(void **state)
{
	const struct place *p = *state;

	assert_int_equal(inside(p, CC_LANDLOCK_WRITE, write_open), 0);
	if (geteuid() != 0)
		skip(); /* mknod would be refused for another reason */
	assert_int_equal(inside(p, CC_LANDLOCK_WRITE, make_node), EACCES);
}

static void a_path_that_is_not_there_is_an_error_and_not_left_out(void **state)
{
	int ruleset = -1;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_landlock_new(&ruleset, &err), 0);
	assert_int_equal(cc_landlock_allow(ruleset, "/nowhere", CC_LANDLOCK_READ, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_int_equal(close(ruleset), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_not_allowed_is_denied_to_root_too, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(reading_does_not_let_write_cut_or_run, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(writing_lets_write_and_makes_no_devices, set_up,
						tear_down),
		cmocka_unit_test(a_path_that_is_not_there_is_an_error_and_not_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
