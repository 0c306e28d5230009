/* SPDX-License-Identifier: Apache-2.0 */
/* The thread: requests, commits, the end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>

#include "base/fd.h"
#include "base/time.h"
#include "volumed/volumed-internal.h"

/* Half of a round trip is the wake-up of an idle core: worth waiting so long for the next. */
#define SPIN_NS UINT64_C(50000)
/* After so many vain waits in a row the program is busy elsewhere. */
#define SPIN_MISSES 16u

static uint64_t now_ns(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int commit(struct cc_volumed *d, struct cc_err *err)
{
	struct cc_volume_commit done = { 0 };
	bool acknowledged = true;

	CC_TRY(cc_volume_commit(d->volume, &done, err));
	if (done.number == d->last.number)
		return 0;
	if (d->options.committed != NULL) {
		acknowledged = false;
		CC_TRY(d->options.committed(d->options.ctx, &done, &acknowledged, err));
	}
	if (acknowledged)
		cc_volume_acknowledged(d->volume, done.number);
	d->last = done;
	return 0;
}

int cc_volumed_commit(struct cc_volumed *d)
{
	if (d->failed)
		return -1;
	d->unsaved = 0;
	if (d->options.read_only || !cc_volume_is_dirty(d->volume))
		return 0;
	if (commit(d, &d->failure) == 0)
		return 0;
	d->failed = true;
	if (d->options.report != NULL)
		d->options.report(d->options.ctx, &d->failure);
	return -1;
}

/* Milliseconds until a commit is due, -1 when nothing waits for one. */
static int commit_due(struct cc_volumed *d)
{
	uint64_t limit = (uint64_t)d->options.commit_seconds * 1000;
	uint64_t now = cc_time_monotonic_ms();

	if (d->failed || d->options.read_only || !cc_volume_is_dirty(d->volume)) {
		d->dirty_since_ms = 0;
		return -1;
	}
	if (d->dirty_since_ms == 0)
		d->dirty_since_ms = now;
	if (d->unsaved >= d->options.commit_bytes || now - d->dirty_since_ms >= limit)
		return 0;
	return (int)(limit - (now - d->dirty_since_ms));
}

static int commit_when_due(struct cc_volumed *d)
{
	int due = commit_due(d);

	if (due == 0) {
		cc_ignore(cc_volumed_commit(d));
		d->dirty_since_ms = 0;
		return commit_due(d);
	}
	return due;
}

/* The next request: > 0 there is one, 0 the kernel has ended the session, else -errno. */
static int receive(struct cc_volumed *d, struct fuse_buf *buf, unsigned int *misses)
{
	int got = fuse_session_receive_buf(d->session, buf);
	uint64_t start = 0;

	if (got != -EAGAIN || *misses >= SPIN_MISSES)
		return got;
	start = now_ns();
	while (got == -EAGAIN && now_ns() - start < SPIN_NS)
		got = fuse_session_receive_buf(d->session, buf);
	*misses = got == -EAGAIN ? *misses + 1 : 0;
	return got;
}

/* Sleep until there is a request, a commit is due or the end has come (then true). */
static bool sleep_until_needed(struct cc_volumed *d, unsigned int *misses)
{
	struct pollfd fds[2] = { { .fd = fuse_session_fd(d->session), .events = POLLIN },
				 { .fd = d->stop_fd, .events = POLLIN } };
	uint64_t start = now_ns();

	(void)poll(fds, 2, commit_when_due(d));
	/* A short sleep: waiting awake would have caught it. */
	if ((fds[0].revents & POLLIN) != 0 && now_ns() - start < 4 * SPIN_NS)
		*misses = 0;
	return fds[0].revents == 0 && (fds[1].revents & POLLIN) != 0;
}

static void *serve(void *arg)
{
	struct cc_volumed *d = arg;
	struct fuse_buf buf = { 0 };
	unsigned int misses = 0;
	bool over = false;

	while (!over && fuse_session_exited(d->session) == 0) {
		int got = receive(d, &buf, &misses);

		if (got == -EAGAIN) {
			over = sleep_until_needed(d, &misses);
			continue;
		}
		if (got == -EINTR)
			continue;
		if (got <= 0)
			break;
		fuse_session_process_buf(d->session, &buf);
		if (d->unsaved >= d->options.commit_bytes)
			(void)commit_when_due(d);
	}
	free(buf.mem);
	cc_ignore(cc_volumed_commit(d));
	return NULL;
}

static void daemon_free(struct cc_volumed *d)
{
	if (d->session != NULL)
		fuse_session_destroy(d->session);
	if (d->stop_fd >= 0)
		(void)close(d->stop_fd);
	free(d->transfer);
	free(d);
}

static void daemon_auto(struct cc_volumed *const *d)
{
	if (*d != NULL)
		daemon_free(*d);
}

static int session_make(struct cc_volumed *d, int *fuse_fd, struct cc_err *err)
{
	char name[] = "concordat";
	char *argv[] = { name, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	char path[32] = "";
	int flags = 0;

	d->session = fuse_session_new(&args, cc_volumed_ops(d->options.read_only),
				      sizeof(struct fuse_lowlevel_ops), d);
	fuse_opt_free_args(&args);
	if (d->session == NULL)
		return cc_fail(err, CC_E_SYSTEM, "start a FUSE session");
	flags = fcntl(*fuse_fd, F_GETFL);
	if (flags < 0 || fcntl(*fuse_fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return cc_fail_sys(err, errno, "make the FUSE descriptor non-blocking");
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", *fuse_fd);
	if (fuse_session_mount(d->session, path) != 0)
		return cc_fail(err, CC_E_SYSTEM, "use descriptor %d as a FUSE session", *fuse_fd);
	*fuse_fd = -1;
	return 0;
}

int cc_volumed_start(int fuse_fd, struct cc_volume *volume,
		     const struct cc_volumed_options *options, struct cc_volumed **out,
		     struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = fuse_fd;
	CC_CLEANUP(daemon_auto) struct cc_volumed *d = calloc(1, sizeof(*d));
	int failed = 0;

	if (d == NULL)
		return cc_fail_sys(err, ENOMEM, "serve a volume");
	d->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	d->volume = volume;
	d->options = *options;
	if (d->options.commit_bytes == 0)
		d->options.commit_bytes = CC_VOLUMED_COMMIT_BYTES;
	if (d->options.commit_seconds == 0)
		d->options.commit_seconds = CC_VOLUMED_COMMIT_SECONDS;
	d->transfer = malloc(CC_VOLUMED_TRANSFER);
	if (d->stop_fd < 0 || d->transfer == NULL)
		return cc_fail_sys(err, errno, "serve a volume");
	CC_TRY(session_make(d, &fd, err));
	failed = pthread_create(&d->thread, NULL, serve, d);
	if (failed != 0)
		return cc_fail_sys(err, failed, "start the thread of a volume");
	*out = CC_TAKE(d);
	return 0;
}

/*
 * The order matters: the thread must still serve while the kernel writes back
 * and lets go, otherwise this waits for ever. A detached mount that somebody
 * still uses does not end the session: that is what stop_fd is for.
 */
static int unmount(const char *mount_point, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return cc_fail_sys(err, errno, "open '%s' before it is unmounted", mount_point);
	if (syncfs(fd) != 0)
		return cc_fail_sys(err, errno, "write back '%s'", mount_point);
	(void)close(CC_TAKE_FD(fd));
	if (umount2(mount_point, MNT_DETACH) != 0)
		return cc_fail_sys(err, errno, "unmount '%s'", mount_point);
	return 0;
}

int cc_volumed_stop(struct cc_volumed *daemon, const char *mount_point,
		    struct cc_volume_commit *last, struct cc_err *err)
{
	struct cc_err failure = { 0 };
	int unmounted = 0;

	if (mount_point != NULL)
		unmounted = unmount(mount_point, &failure);
	(void)eventfd_write(daemon->stop_fd, 1);
	(void)pthread_join(daemon->thread, NULL);
	*last = daemon->last;
	if (daemon->failed) {
		failure = daemon->failure;
		unmounted = -1;
	}
	daemon_free(daemon);
	if (unmounted == 0)
		return 0;
	*err = failure;
	return cc_wrap(err, "close the volume");
}
