/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/str.h"

/* The directory of this executable, without its last name. */
static int own_directory(char *out, size_t room, struct cc_err *err)
{
	ssize_t len = readlink("/proc/self/exe", out, room - 1);
	char *slash = NULL;

	if (len < 0)
		return cc_fail_sys(err, errno, "read '/proc/self/exe'");
	out[len] = '\0';
	slash = strrchr(out, '/');
	if (slash == NULL)
		return cc_fail(err, CC_E_BUG, "'/proc/self/exe' is not a path");
	*slash = '\0';
	return 0;
}

int cc_program_find(const char *folder, const char *name, char **out, struct cc_err *err)
{
	CC_AUTO_FREE char *beside = NULL, *installed = NULL;
	char own[PATH_MAX];

	CC_TRY(own_directory(own, sizeof(own), err));
	CC_TRY(cc_strf(&beside, err, "%s/../%s/%s", own, folder, name));
	CC_TRY(cc_strf(&installed, err, "%s/%s", CC_LIBEXEC_DIR, name));
	if (access(beside, X_OK) == 0)
		*out = CC_TAKE(beside);
	else if (access(installed, X_OK) == 0)
		*out = CC_TAKE(installed);
	else {
		cc_err_set(err, CC_E_NOTFOUND, "the program '%s' is not there", installed);
		return cc_hint(err, "install it, or build it: make");
	}
	return 0;
}

char *const *cc_program_argv(const char *const *argv)
{
	/* exec takes no const for reasons of history and changes nothing. */
	union {
		const char *const *given;
		char *const *wanted;
	} same = { argv };

	return same.wanted;
}

int cc_program_become(const char *const *argv, struct cc_err *err)
{
	(void)execv(argv[0], cc_program_argv(argv));
	return cc_fail_sys(err, errno, "run '%s'", argv[0]);
}

/* A file in memory, so that a program that does not read cannot block or kill us. */
static int input_file(struct cc_span input, int *out, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0)
		return cc_fail_sys(err, errno, "make a file in memory");
	CC_TRY(cc_write_all(fd, input, err));
	if (lseek(fd, 0, SEEK_SET) != 0)
		return cc_fail_sys(err, errno, "rewind a file in memory");
	*out = CC_TAKE_FD(fd);
	return 0;
}

static int spawn(const char *const *argv, int in, int out, pid_t *pid, struct cc_err *err)
{
	posix_spawn_file_actions_t actions;
	int failed = posix_spawn_file_actions_init(&actions);

	if (failed != 0)
		return cc_fail_sys(err, failed, "run '%s'", argv[0]);
	failed = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (failed == 0)
		failed = posix_spawn(pid, argv[0], &actions, NULL, cc_program_argv(argv), environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return failed == 0 ? 0 : cc_fail_sys(err, failed, "run '%s'", argv[0]);
}

static enum cc_code code_of(int exit_status)
{
	for (int code = CC_E_ARG; code < CC_CODE_COUNT; code++)
		if (cc_code_info((enum cc_code)code)->exit_status == exit_status)
			return (enum cc_code)code;
	return CC_E_SYSTEM;
}

static int await(pid_t pid, const char *name, struct cc_err *err)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return cc_fail_sys(err, errno, "wait for '%s'", name);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (!WIFEXITED(status))
		return cc_fail(err, CC_E_SYSTEM, "'%s' was ended by signal %d", name,
			       WTERMSIG(status));
	return cc_fail(err, code_of(WEXITSTATUS(status)), "'%s' failed: see above", name);
}

int cc_program_run(const char *const *argv, struct cc_span input, size_t max, struct cc_buf *output,
		   struct cc_err *err)
{
	CC_AUTO_CLOSE int in = -1, from = -1, to = -1;
	struct cc_err failed = { 0 };
	int ends[2], read = 0;
	pid_t pid = 0;

	CC_TRY(input_file(input, &in, err));
	if (pipe2(ends, O_CLOEXEC) != 0)
		return cc_fail_sys(err, errno, "make a pipe");
	from = ends[0];
	to = ends[1];
	CC_TRY(spawn(argv, in, to, &pid, err));
	cc_auto_close(&to);
	to = -1;
	read = cc_read_to_end(from, max, output, &failed);
	/* One that prints too much must not wait for us while we wait for it. */
	cc_auto_close(&from);
	from = -1;
	/* Its end says more than our failure to read what it printed. */
	CC_TRY(await(pid, argv[0], err));
	if (read == 0)
		return 0;
	*err = failed;
	return -1;
}
