/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

#include "base/dir.h"
#include "sandbox/confine.h"
#include "sandbox/landlock.h"

/* Runs `act` in a child after cc_confine_enter; its result is the child's status. */
static int confined(struct cc_confine *how, int (*act)(void))
{
	pid_t child = 0;
	int status = 0;
	struct cc_err err = { 0 };
	const struct cc_seccomp_more none = { 0 };
	struct cc_seccomp *filter = NULL;

	assert_int_equal(cc_seccomp_program(&none, &filter, &err), 0);
	assert_int_equal(cc_landlock_new(&how->landlock, &err), 0);
	assert_int_equal(cc_landlock_allow(how->landlock, "/", CC_LANDLOCK_RUN, &err), 0);
	how->seccomp = filter;
	child = fork();
	if (child == 0) {
		enum cc_confine_step step = CC_CONFINE_NONE;

		if (cc_confine_enter(how, &step) != 0)
			_exit(100 + (int)step);
		_exit(act());
	}
	assert_int_equal(close(how->landlock), 0);
	cc_seccomp_free(filter);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* 0 when the line of /proc/self/status that starts with `name` ends with `value`. */
static int status_is(const char *name, const char *value)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *all = NULL, *line = NULL;
	struct cc_err err = { 0 };

	if (cc_file_read("/proc/self/status", 65536, &text, &err) != 0 ||
	    cc_buf_str(&text, &all, &err) != 0)
		return -1;
	line = strstr(all, name);
	if (line == NULL)
		return -1;
	line += strlen(name);
	line += strspn(line, "\t ");
	return strncmp(line, value, strlen(value)) == 0 && line[strlen(value)] == '\n' ? 0 : -1;
}

static int has_nothing(void)
{
	static const char none[] = "0000000000000000";

	return status_is("\nCapEff:", none) == 0 && status_is("\nCapPrm:", none) == 0 &&
			       status_is("\nCapInh:", none) == 0 &&
			       status_is("\nCapBnd:", none) == 0 &&
			       status_is("\nCapAmb:", none) == 0 &&
			       status_is("\nNoNewPrivs:", "1") == 0 &&
			       status_is("\nSeccomp:", "2") == 0 && status_is("\nGroups:", "") == 0
		       ? 0
		       : 1;
}

static int is_the_user(void)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	return getresuid(&r, &e, &s) == 0 && getresgid(&rg, &eg, &sg) == 0 && r == 1000 &&
			       e == 1000 && s == 1000 && rg == 1001 && eg == 1001 && sg == 1001
		       ? 0
		       : 1;
}

static int cannot_write(void)
{
	return open("/tmp/concordat-must-not-be", O_CREAT | O_WRONLY, 0600) < 0 && errno == EACCES
		       ? 0
		       : 1;
}

static int dumps_no_core(void)
{
	struct rlimit core, files;

	return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max <= 1 &&
			       getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max == 64
		       ? 0
		       : 1;
}

static void need_root(void)
{
	if (geteuid() != 0) {
		print_message("# skipped: needs root\n");
		skip();
	}
}

static void nothing_is_left_of_capabilities_and_groups(void **state)
{
	struct cc_confine how = { 0 };

	(void)state;
	need_root();
	assert_int_equal(confined(&how, has_nothing), 0);
}

static void the_user_is_that_of_the_policy_for_good(void **state)
{
	struct cc_confine how = { .uid = 1000, .gid = 1001 };

	(void)state;
	need_root();
	assert_int_equal(confined(&how, is_the_user), 0);
}

static void landlock_holds_for_root(void **state)
{
	struct cc_confine how = { 0 };

	(void)state;
	need_root();
	assert_int_equal(confined(&how, cannot_write), 0);
}

static void limits_are_set_and_no_core_is_dumped(void **state)
{
	static const struct cc_confine_limit files[] = { { RLIMIT_NOFILE, 64 } };
	struct cc_confine how = { .limits = files, .limit_count = 1 };

	(void)state;
	need_root();
	assert_int_equal(confined(&how, dumps_no_core), 0);
}

static void a_step_that_fails_is_named(void **state)
{
	static const struct cc_confine_limit none[] = { { 9999, 1 } };
	struct cc_confine how = { .limits = none, .limit_count = 1 };
	struct cc_err err = { 0 };

	(void)state;
	need_root();
	assert_int_equal(confined(&how, has_nothing), 100 + CC_CONFINE_LIMIT);
	assert_int_equal(cc_confine_failed(CC_CONFINE_USER, EINVAL, &err), -1);
	assert_non_null(strstr(err.text, "user of the policy"));
	assert_non_null(strstr(err.hint, "CAP_SETUID"));
}

static void only_the_capabilities_that_are_kept_are_left(void **state)
{
	pid_t child = 0;
	int status = 0;

	(void)state;
	need_root();
	child = fork();
	if (child == 0) {
		struct cc_err err = { 0 };
		bool good = cc_capabilities_keep(1ULL << CAP_KILL, &err) == 0 &&
			    cc_capabilities_has(CAP_KILL) && !cc_capabilities_has(CAP_SYS_ADMIN) &&
			    prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0 &&
			    prctl(PR_CAPBSET_READ, CAP_KILL, 0, 0, 0) == 1;

		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_of_capabilities_and_groups),
		cmocka_unit_test(the_user_is_that_of_the_policy_for_good),
		cmocka_unit_test(landlock_holds_for_root),
		cmocka_unit_test(limits_are_set_and_no_core_is_dumped),
		cmocka_unit_test(a_step_that_fails_is_named),
		cmocka_unit_test(only_the_capabilities_that_are_kept_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
