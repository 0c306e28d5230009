/* SPDX-License-Identifier: Apache-2.0 */
/* volume mount: a volume as a directory of this machine, until it is unmounted. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "cli/fusermount.h"
#include "cli/volume-name.h"
#include "volumed/ahead.h"
#include "volumed/volumed.h"

struct values {
	struct cc_volume_name name;
	bool read_only, background;
};

/* Who waits until the mount is there: the process that the user started. -1: nobody. */
struct mount {
	char *point; /* absolute */
	int waiter;
	int signals;
	int watch; /* the descriptor that is served, once more: it fails when the mount is gone */
};

static void mount_close(struct mount *mount)
{
	free(mount->point);
	cc_auto_close(&mount->waiter);
	cc_auto_close(&mount->signals);
	cc_auto_close(&mount->watch);
}

static void report(void *ctx, const struct cc_err *err)
{
	(void)ctx;
	cc_opt_print_error("concordat", err);
}

/* From the thread that tells: an fsync returns when the state file names what it wrote. */
static int record(void *ctx, const struct cc_volume_commit *commit, bool *acknowledged,
		  struct cc_err *err)
{
	CC_TRY(cc_volume_writer_record(ctx, commit, err));
	*acknowledged = true;
	return 0;
}

/* The mount is there: the process that waits may end, and nothing is said any more. */
static int settle(struct mount *mount, struct cc_err *err)
{
	CC_AUTO_CLOSE int null = -1;

	if (mount->waiter < 0)
		return 0;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || write(mount->waiter, "", 1) != 1)
		return cc_fail_sys(err, errno, "go on in the background");
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
	return 0;
}

/* Until a signal, which unmounts, or until somebody has unmounted. */
static int wait_for_end(const struct mount *mount, struct cc_err *err)
{
	struct pollfd fds[2] = { { .fd = mount->signals, .events = POLLIN },
				 { .fd = mount->watch } };

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return cc_fail_sys(err, errno, "wait for the mount to end");
	return fds[1].revents != 0 ? 0 : cc_fuserunmount(mount->point, err);
}

/* Not root: then the kernel reads as little ahead as it does for others. */
static void read_ahead(const char *point)
{
	CC_AUTO_CLOSE int fd = open(point, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		cc_ignore(cc_volumed_read_ahead(fd));
}

static int serve(struct mount *mount, struct cc_volume *volume,
		 const struct cc_volumed_options *options, struct cc_err *err)
{
	struct cc_volumed *served = NULL;
	struct cc_volume_commit last = { 0 };
	struct cc_err failure = { 0 };
	int fd = -1, ended = 0;

	CC_TRY(cc_fusermount(mount->point, !options->read_only, &fd, err));
	mount->watch = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (cc_volumed_start(fd, volume, options, &served, err) != 0) {
		cc_ignore(cc_fuserunmount(mount->point, &failure));
		return cc_failed();
	}
	read_ahead(mount->point);
	ended = settle(mount, &failure);
	if (ended == 0)
		ended = wait_for_end(mount, &failure);
	CC_TRY(cc_volumed_stop(served, NULL, &last, err));
	if (ended == 0)
		return 0;
	*err = failure;
	return -1;
}

/* Whoever mounts sees everything as the own, unless that is root, who may tell owners apart. */
static struct cc_volumed_options options_of(bool read_only)
{
	return (struct cc_volumed_options){ .read_only = read_only,
					    .writeback = !read_only,
					    .one_owner = geteuid() != 0,
					    .uid = geteuid(),
					    .gid = getegid(),
					    .strict = true,
					    .report = report };
}

static int serve_read(const struct values *values, struct mount *mount, struct cc_err *err)
{
	CC_AUTO_VOLUME_OPENED struct cc_volume_opened opened = CC_VOLUME_OPENED_NONE;
	const struct cc_volumed_options options = options_of(true);

	CC_TRY(cc_volume_name_open(&values->name, &opened, err));
	return serve(mount, opened.reader.volume, &options, err);
}

static int serve_write(const struct values *values, struct mount *mount, struct cc_err *err)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = CC_VOLUME_LOCAL_NONE;
	CC_AUTO_VOLUME_WRITER struct cc_volume_writer writer = { 0 };
	struct cc_volumed_options options = options_of(false);
	const struct cc_volume_place place = cc_volume_name_place(&values->name);

	CC_TRY(cc_volume_local_open(&place, true, &local, err));
	CC_TRY(cc_volume_writer_open(&local, false, &writer, err));
	options.committed = record;
	options.ctx = &writer;
	CC_TRY(serve(mount, writer.volume, &options, err));
	/* Nothing was written: there is nothing of this epoch to keep. */
	return writer.is_named ? cc_volume_writer_sweep(&writer, err) : 0;
}

/* They come by a descriptor: no thread is interrupted, all of them leave them alone. */
static int take_signals(struct mount *mount, struct cc_err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	mount->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return mount->signals >= 0 ? 0 : cc_fail_sys(err, errno, "wait for signals");
}

/*
 * Before anything is opened, for a fork leaves secrets and threads behind. The parent ends as
 * soon as the mount is there, or as the child does when that fails.
 */
static int go_behind(struct mount *mount, struct cc_err *err)
{
	int ends[2], status = 0;
	char byte = 0;
	pid_t child = -1;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return cc_fail_sys(err, errno, "make a pipe");
	child = fork();
	if (child < 0)
		return cc_fail_sys(err, errno, "go to the background");
	if (child == 0) {
		(void)close(ends[0]);
		(void)setsid();
		mount->waiter = ends[1];
		return 0;
	}
	(void)close(ends[1]);
	if (read(ends[0], &byte, 1) == 1)
		_exit(0);
	(void)waitpid(child, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static int mount(const void *at, struct cc_err *err)
{
	static const struct cc_volume_words words = { "DIR", 1, 1 };
	CC_CLEANUP(mount_close) struct mount mount = { .waiter = -1, .signals = -1, .watch = -1 };
	const struct values *values = at;
	struct cc_strings rest = { .count = 0 };
	bool read_only = values->read_only || !cc_volume_name_is_local(&values->name);

	CC_TRY(cc_volume_name_rest(&values->name, &words, &rest, err));
	mount.point = realpath(rest.at[0], NULL);
	if (mount.point == NULL) {
		cc_err_set_sys(err, errno, "mount at '%s'", rest.at[0]);
		return cc_hint(err, "name a directory that is there");
	}
	if (values->background)
		CC_TRY(go_behind(&mount, err));
	CC_TRY(take_signals(&mount, err));
	return read_only ? serve_read(values, &mount, err) : serve_write(values, &mount, err);
}

static const struct cc_opt opts[] = {
	{ "read-only", 'r', CC_OPT_FLAG, offsetof(struct values, read_only), NULL,
	  "nothing is written; volumes of a CAS always are mounted so", false, NULL },
	{ "background", 'b', CC_OPT_FLAG, offsetof(struct values, background), NULL,
	  "return when it is mounted", false, NULL },
	CC_OPT_VOLUME(struct values),
};
static const struct cc_opt_arg args[] = {
	{ "[POLICY VOLUME] DIR", offsetof(struct values, name.words),
	  "whose volume, unless --state names one; where it appears", true, true },
};
const struct cc_command cc_command_volume_mount = {
	"volume mount",
	"Mount a volume until it is unmounted. One of a CAS counts as exposed from then on.",
	opts,
	CC_COUNT(opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	mount,
};
