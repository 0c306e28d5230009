/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

#include "base/dir.h"
#include "runtime/launch.h"
#include "sandbox/mount.h"

/* An image whose programs are the host's /usr, below a tmpfs, in a mount namespace of the test. */
#define TREE "/mnt"

static bool tree_made(void)
{
	static const char *const dirs[] = { "usr", "dev", "proc", "tmp", "data", "shut" };
	struct cc_err err = { 0 };
	CC_AUTO_DIR struct cc_dir root = CC_DIR_NONE;
	int usr = -1;

	if (unshare(CLONE_NEWNS) != 0 || cc_mount_private(&err) != 0 ||
	    mount("t", TREE, "tmpfs", 0, NULL) != 0 ||
	    cc_dir_open(TREE, CC_DIR_ROOT, &root, &err) != 0)
		return false;
	for (size_t i = 0; i < CC_COUNT(dirs); i++)
		if (mkdirat(root.fd, dirs[i], 0777) != 0)
			return false;
	/* opened in the namespace where it is bound: mounts of another one cannot be */
	usr = open("/usr", O_PATH | O_CLOEXEC);
	return symlinkat("usr/bin", root.fd, "bin") == 0 &&
	       symlinkat("usr/lib", root.fd, "lib") == 0 &&
	       symlinkat("usr/lib64", root.fd, "lib64") == 0 &&
	       cc_mount_bind_ro(&root, "/usr", usr, &err) == 0 && cc_mount_dev(&root, &err) == 0 &&
	       cc_mount_proc(&root, &err) == 0 && cc_mount_tmpfs(&root, "/tmp", 01777, &err) == 0 &&
	       cc_file_write(TREE "/text", 0644, cc_span_str("not a program"), &err) == 0 &&
	       cc_file_write(TREE "/noexec", 0755, cc_span_str("neither"), &err) == 0;
}

/* Of the policy whose program is run next. */
static struct cc_config_sandbox sandbox;
static uid_t user;

/* Runs the command in the tree; its output is added to `out`. Exit status, or -1 with *err. */
static int run(const char *const *command, size_t count, const char *pwd, struct cc_buf *out,
	       struct cc_err *err)
{
	static const char *const writable[] = { "/data", "/tmp", "/dev" };
	static const char *const names[] = { "ONLY" }, *const values[] = { "this" };
	const struct cc_program_plan plan = { command, count, names, values, 1, pwd };
	CC_AUTO_PROGRAM struct cc_program program = { 0 };
	struct cc_launch launch = { .root = TREE,
				    .program = &program,
				    .sandbox = &sandbox,
				    .confine = { .uid = user, .gid = user },
				    .writable = writable,
				    .writable_count = CC_COUNT(writable) };
	int pair[2], status = 0;
	pid_t child = 0;

	launch.input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (launch.input < 0 || pipe2(pair, O_CLOEXEC) != 0 ||
	    cc_program_make(&plan, &program, err) != 0)
		return -1;
	launch.output = launch.error = pair[1];
	CC_TRY(cc_launch_program(&launch, &child, err));
	(void)close(pair[1]);
	CC_TRY(cc_read_to_end(pair[0], 65536, out, err));
	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Whether a shell script in the sandbox ends with 0; what it said is shown when not. */
static bool script_holds(const char *script)
{
	const char *const command[] = { "sh", "-ec", script };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };
	int status = run(command, 3, "/data", &out, &err);

	if (status != 0)
		print_message("# status %d, '%s' %s\n# %.*s\n", status, err.text, err.hint,
			      (int)out.len, (const char *)out.at);
	return status == 0;
}

static void holds(bool (*act)(void))
{
	pid_t child = 0;
	int status = 0;

	if (geteuid() != 0) {
		print_message("# skipped: needs root\n");
		skip();
	}
	child = fork();
	if (child == 0)
		_exit(!tree_made() ? 2 : act() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool descriptors(void)
{
	/* one that is not marked close-on-exec, as a careless library leaves them */
	if (dup2(open("/etc/passwd", O_RDONLY), 77) != 77)
		return false;
	/* 3 is the listing's own */
	return script_holds("test \"$(echo $(ls /proc/self/fd))\" = '0 1 2 3'");
}

static bool environment(void)
{
	return setenv("LD_PRELOAD", "/planted.so", 1) == 0 &&
	       script_holds("test \"$(tr '\\0' ' ' < /proc/$$/environ)\" = 'ONLY=this '");
}

static bool old_root(void)
{
	return script_holds(
		"test ! -e /etc; test ! -e /../etc; test ! -e /proc/1/root/etc || exit 1; "
		"test -d /usr; test \"$(pwd)\" = /data; test ! -e /dev/fuse");
}

static bool network(void)
{
	return script_holds(
		"n=0; while read -r line; do n=$((n+1)); last=$line; done "
		"< /proc/self/net/dev; test $n = 3; case $last in lo:*) ;; *) exit 1; esac");
}

static bool rights(void)
{
	return script_holds("grep -q '^CapBnd:.0000000000000000$' /proc/self/status; "
			    "grep -q '^Seccomp:.2$' /proc/self/status; "
			    "grep -q '^NoNewPrivs:.1$' /proc/self/status; "
			    "grep -q '^SigBlk:.0000000000000000$' /proc/self/status; "
			    "grep -q '^SigIgn:.0000000000000000$' /proc/self/status; "
			    "echo x > /data/x; echo x > /tmp/x; echo x > /dev/null; "
			    "! echo x > /shut/x; ! echo x > /x; ! echo x > /usr/x; "
			    "! unshare -U true; ! mount -t tmpfs t /tmp");
}

static bool refusals(void)
{
	static const struct {
		const char *command;
		const char *pwd;
		enum cc_code code;
		const char *text, *hint;
	} rows[] = {
		{ "absent", "/", CC_E_NOTFOUND, "run 'absent'", "PATH" },
		{ "/absent", "/", CC_E_NOTFOUND, "run '/absent'", "command" },
		{ "/text", "/", CC_E_SYSTEM, "run '/text'", "mode" },
		{ "/noexec", "/", CC_E_SYSTEM, "run '/noexec'", "#!" },
		{ "sh", "/absent", CC_E_NOTFOUND, "working directory '/absent'", "pwd" },
	};

	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		if (run(&rows[i].command, 1, rows[i].pwd, &out, &err) != -1 ||
		    err.code != rows[i].code || strstr(err.text, rows[i].text) == NULL ||
		    strstr(err.hint, rows[i].hint) == NULL) {
			print_message("# row %zu: %s; %s\n", i, err.text, err.hint);
			return false;
		}
		/* and the child that could not become the program has been taken */
		if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
			return false;
	}
	return true;
}

#define TEXT(text) ((char[]){ text })
#define WORDS(...)                                                                            \
	{                                                                                     \
		(char *[]){ __VA_ARGS__ }, sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *) \
	}
#define SOCKET(family) "perl -e 'exit !socket(S, " family ", 1, 0)'"
#define BIG "x=$(head -c 100000000 /dev/zero | tr \"\\000\" a)"

static struct {
	struct cc_config_sandbox sandbox;
	const char *script; /* holds under it, and its opposite without it */
} narrower[] = {
	{ { .memory = 64 }, "! sh -c '" BIG "'" },
	{ { .open_files = 12 },
	  "! perl -e 'open($f[$_], \"<\", \"/dev/null\") or exit 1 for 1..16'" },
	{ { .sockets = WORDS(TEXT("inet6")) }, "! " SOCKET("1") " && ! " SOCKET("2") },
	{ { .read = WORDS(TEXT("/usr"), TEXT("/dev")) }, "! cat /text" },
	{ { .write = WORDS(TEXT("/data")) }, "! touch /tmp/y" },
	{ { .system_calls = WORDS(TEXT("mkdir"), TEXT("mkdirat")) }, "! mkdir /tmp/d" },
	{ { .system_calls = WORDS(TEXT("socket"), TEXT("ptrace")) }, "! " SOCKET("1") },
};

static bool sandboxes(void)
{
	for (size_t i = 0; i < CC_COUNT(narrower); i++) {
		sandbox = narrower[i].sandbox;
		if (!script_holds(narrower[i].script) || !script_holds("echo x > /data/x")) {
			print_message("# row %zu\n", i);
			return false;
		}
		sandbox = (struct cc_config_sandbox){ 0 };
		if (script_holds(narrower[i].script)) {
			print_message("# row %zu holds without its sandbox\n", i);
			return false;
		}
	}
	return true;
}

/* A user of whom no process is there but the program's. */
static bool processes(void)
{
	const char *const command[] = { "sh", "-ec", "(exit 3)" };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	user = 54321;
	sandbox = (struct cc_config_sandbox){ .processes = 2 };
	if (run(command, 3, "/tmp", &out, &err) != 3)
		return false;
	sandbox.processes = 1;
	return run(command, 3, "/tmp", &out, &err) == 2 &&
	       memmem(out.at, out.len, "fork", 4) != NULL;
}

/* Where the kernel does not count (root of the host), the program does not start. */
static bool processes_of_root(void)
{
	const char *const command[] = { "sh", "-ec", "(exit 3)" };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };
	int status = 0;

	sandbox = (struct cc_config_sandbox){ .processes = 1 };
	status = run(command, 3, "/tmp", &out, &err);
	return status == 2 || (status == -1 && err.code == CC_E_UNSUPPORTED);
}

static bool unknown(void)
{
	const char *const command[] = { "true" };
	const struct {
		struct cc_config_sandbox sandbox;
		enum cc_code code;
	} rows[] = {
		{ { .system_calls = WORDS(TEXT("no_such_call")) }, CC_E_ARG },
		{ { .read = WORDS(TEXT("/absent")) }, CC_E_NOTFOUND },
		{ { .write = WORDS(TEXT("/data/absent")) }, CC_E_NOTFOUND },
		{ { .write = WORDS(TEXT("/data/../shut")) }, CC_E_ARG },
	};

	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		sandbox = rows[i].sandbox;
		if (run(command, 1, "/", &out, &err) != -1 || err.code != rows[i].code ||
		    strstr(err.hint, "'sandbox' of the policy") == NULL)
			return false;
	}
	return true;
}

static bool others_stay(void)
{
	struct stat st;

	/* after a launch this thread still has the container's root and its network */
	return script_holds("true") && stat("/etc/passwd", &st) == 0 &&
	       stat(TREE "/data", &st) == 0;
}

static void the_program_has_three_descriptors(void **state)
{
	(void)state;
	holds(descriptors);
}

static void the_environment_is_the_configured_one(void **state)
{
	(void)state;
	holds(environment);
}

static void nothing_of_the_container_is_in_sight(void **state)
{
	(void)state;
	holds(old_root);
}

static void there_is_no_network_but_loopback(void **state)
{
	(void)state;
	holds(network);
}

static void the_program_may_write_where_it_is_allowed_and_nowhere_else(void **state)
{
	(void)state;
	holds(rights);
}

static void the_sandbox_of_the_policy_holds_beside_the_walls(void **state)
{
	(void)state;
	holds(sandboxes);
}

static void the_processes_of_the_program_s_user_are_counted(void **state)
{
	(void)state;
	holds(processes);
}

static void a_limit_that_the_kernel_does_not_hold_stops_the_start(void **state)
{
	(void)state;
	holds(processes_of_root);
}

static void what_the_sandbox_names_must_be_there(void **state)
{
	(void)state;
	holds(unknown);
}

static void what_cannot_be_run_says_what_to_change(void **state)
{
	(void)state;
	holds(refusals);
}

static void the_other_threads_stay_outside(void **state)
{
	(void)state;
	holds(others_stay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_has_three_descriptors),
		cmocka_unit_test(the_environment_is_the_configured_one),
		cmocka_unit_test(nothing_of_the_container_is_in_sight),
		cmocka_unit_test(there_is_no_network_but_loopback),
		cmocka_unit_test(the_program_may_write_where_it_is_allowed_and_nowhere_else),
		cmocka_unit_test(the_sandbox_of_the_policy_holds_beside_the_walls),
		cmocka_unit_test(the_processes_of_the_program_s_user_are_counted),
		cmocka_unit_test(a_limit_that_the_kernel_does_not_hold_stops_the_start),
		cmocka_unit_test(what_the_sandbox_names_must_be_there),
		cmocka_unit_test(what_cannot_be_run_says_what_to_change),
		cmocka_unit_test(the_other_threads_stay_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
