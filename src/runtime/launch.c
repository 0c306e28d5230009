/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/dir.h"
#include "runtime/rules.h"
#include "sandbox/landlock.h"
#include "sandbox/mount.h"
#include "sandbox/namespace.h"

/* What a child says before it ends without having become the program. */
enum stage {
	STAGE_NONE = 0,
	STAGE_STREAMS,
	STAGE_CONFINE,
	STAGE_PROCESSES,
	STAGE_DIRECTORY,
	STAGE_EXEC,
};
struct report {
	int stage;
	int step; /* of the sandbox */
	int sys;
};

struct job {
	const struct cc_launch *launch;
	struct cc_confine confine;
	int report[2]; /* a pipe: 0 is ours, 1 the child's */
	pid_t child;
	int failed;
	struct cc_err *err;
};

/* From here to exec_places: after fork, system calls only. */

/* The kernel's own struct sigaction of x86-64 and arm64, all zero: the default, no flags. */
struct kernel_action {
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

/*
 * By the system call itself: the C library refuses the two signals that it keeps for
 * threads, and whoever started us may have had them ignored, which exec hands on.
 */
static void signals_reset(void)
{
	const struct kernel_action plain = { 0 };
	sigset_t none;

	for (int at = 1; at <= 64; at++)
		(void)syscall(SYS_rt_sigaction, at, &plain, NULL, sizeof(plain.mask));
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int streams_set(const struct cc_launch *launch)
{
	if (dup2(launch->input, STDIN_FILENO) < 0 || dup2(launch->output, STDOUT_FILENO) < 0 ||
	    dup2(launch->error, STDERR_FILENO) < 0)
		return -1;
	/* not closed but marked: the report and the rule set are needed until exec */
	return syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) == 0 ? 0 : -1;
}

/* Returns only when no place could be executed, with the errno that says most. */
static int exec_places(const struct cc_program *program)
{
	int best = ENOENT;

	for (char **place = program->places; *place != NULL; place++) {
		(void)execve(*place, program->argv, program->envp);
		if (errno != ENOENT && errno != ENOTDIR && best == ENOENT)
			best = errno;
	}
	return best;
}

static CC_NORETURN void child_end(const struct job *job, enum stage stage, int step, int sys)
{
	const struct report report = { (int)stage, step, sys };

	if (write(job->report[1], &report, sizeof(report)) != (ssize_t)sizeof(report))
		_exit(126);
	_exit(127);
}

static CC_NORETURN void child_run(const struct job *job)
{
	enum cc_confine_step step = CC_CONFINE_NONE;

	signals_reset();
	(void)setsid();
	(void)umask(022); /* whatever the container was started with */
	if (streams_set(job->launch) != 0)
		child_end(job, STAGE_STREAMS, 0, errno);
	if (cc_confine_enter(&job->confine, &step) != 0)
		child_end(job, STAGE_CONFINE, (int)step, errno);
	if (cc_rules_probe(job->launch->sandbox) != 0)
		child_end(job, STAGE_PROCESSES, 0, errno);
	/* as the program's user: its directory must be one that it may enter */
	if (chdir(job->launch->program->pwd) != 0)
		child_end(job, STAGE_DIRECTORY, 0, errno);
	child_end(job, STAGE_EXEC, 0, exec_places(job->launch->program));
}

static int rules_make(const struct cc_launch *launch, int *out, struct cc_err *err)
{
	CC_AUTO_CLOSE int rules = -1;

	CC_TRY(cc_landlock_new(&rules, err));
	CC_TRY(cc_rules_paths(launch, rules, err));
	*out = CC_TAKE_FD(rules);
	return 0;
}

/* On the launcher thread: the walls, then the fork. */
static int isolate_and_fork(struct job *job, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir root = CC_DIR_NONE;
	CC_AUTO_CLOSE int rules = -1;
	pid_t child = -1;

	CC_TRY(cc_namespace_isolate(err));
	/* by path: a descriptor from before leads into the mounts that the others have */
	CC_TRY(cc_dir_open(job->launch->root, CC_DIR_ROOT, &root, err));
	CC_TRY(cc_mount_pivot(&root, err));
	CC_TRY(rules_make(job->launch, &rules, err));
	job->confine.landlock = rules;
	child = fork();
	if (child < 0)
		return cc_fail_sys(err, errno, "fork");
	if (child == 0)
		child_run(job);
	job->child = child;
	return 0;
}

static void *thread_run(void *ctx)
{
	struct job *job = ctx;

	job->failed = isolate_and_fork(job, job->err);
	return NULL;
}

static int exec_failed(const struct cc_launch *launch, int sys, struct cc_err *err)
{
	const char *command = launch->program->argv[0];

	cc_err_set_sys(err, sys, "run '%s'", command);
	if (sys == ENOENT)
		return cc_hint(err,
			       "neither the command nor its interpreter is in the image: look at "
			       "'command' and the PATH of 'environment' in the policy");
	if (sys == EACCES || sys == EPERM)
		return cc_hint(err,
			       "the file is there and may not be executed by user %u: look at its "
			       "mode in the image and at the policy's user",
			       (unsigned int)launch->confine.uid);
	if (sys == ENOEXEC)
		return cc_hint(
			err, "a script needs a first line with its interpreter (#!), a program the "
			     "architecture of the host");
	return -1;
}

/* Why the child ended before it was the program. */
static int report_read(const struct cc_launch *launch, const struct report *report,
		       struct cc_err *err)
{
	if (report->stage == STAGE_CONFINE)
		return cc_confine_failed((enum cc_confine_step)report->step, report->sys, err);
	if (report->stage == STAGE_PROCESSES) {
		cc_err_set(err, CC_E_UNSUPPORTED,
			   "the kernel does not limit the processes of user %u",
			   (unsigned int)launch->confine.uid);
		return cc_hint(err, "name another 'user' in the policy, or leave 'processes' out "
				    "of 'sandbox'");
	}
	if (report->stage == STAGE_DIRECTORY) {
		cc_err_set_sys(err, report->sys, "enter the working directory '%s'",
			       launch->program->pwd);
		return cc_hint(err, "look at 'pwd' in the policy");
	}
	if (report->stage == STAGE_EXEC)
		return exec_failed(launch, report->sys, err);
	return cc_fail_sys(err, report->sys, "give the program its streams");
}

/* Wait for exec, which closes the child's end, or for the child's report. */
static int outcome(struct job *job, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf said = { 0 };
	struct report report = { 0 };

	CC_TRY(cc_read_to_end(job->report[0], sizeof(report), &said, err));
	if (said.len == 0)
		return 0;
	(void)waitpid(job->child, NULL, 0);
	if (said.len != sizeof(report))
		return cc_fail(err, CC_E_BUG, "the program's process gave half a report");
	memcpy(&report, said.at, sizeof(report));
	return report_read(job->launch, &report, err);
}

int cc_launch_program(const struct cc_launch *launch, pid_t *child, struct cc_err *err)
{
	CC_AUTO_SECCOMP struct cc_seccomp *filter = NULL;
	struct cc_confine_limit limits[CC_RULES_LIMITS];
	struct job job = { .launch = launch, .confine = launch->confine, .err = err };
	CC_AUTO_CLOSE int mine = -1;
	pthread_t thread;
	int failed = 0;

	CC_TRY(cc_rules_calls(launch->sandbox, &filter, err));
	job.confine.seccomp = filter;
	cc_rules_limits(launch->sandbox, limits, &job.confine.limit_count);
	job.confine.limits = limits;
	if (pipe2(job.report, O_CLOEXEC) != 0)
		return cc_fail_sys(err, errno, "make a pipe");
	mine = job.report[0];
	failed = pthread_create(&thread, NULL, thread_run, &job);
	if (failed == 0)
		(void)pthread_join(thread, NULL);
	(void)close(job.report[1]);
	if (failed != 0)
		return cc_fail_sys(err, failed, "start the launcher thread");
	if (job.failed != 0 || outcome(&job, err) != 0)
		return cc_wrap(err, "start the program");
	*child = job.child;
	return 0;
}
