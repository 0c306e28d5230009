/* SPDX-License-Identifier: Apache-2.0 */
/* The serving thread: requests, what is due between them, the end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "base/time.h"
#include "volumed/spin.h"
#include "volumed/volumed-internal.h"

static uint64_t now_ns(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Somebody waits for what cc_volumed_advance would do now. */
static bool is_awaited(struct cc_volumed *d)
{
	return d->uncommitted > 0 ||
	       (d->teller != NULL && !d->failed && cc_volumed_teller_has_answer(d->teller));
}

/* The next request: > 0 there is one, 0 the kernel has ended the session, else -errno. */
static int receive(struct cc_volumed *d, struct fuse_buf *buf, struct cc_volumed_spin *spin)
{
	uint64_t start = 0;
	int got = 0;

	if (d->held_count == CC_VOLUMED_HELD_MAX)
		return -EAGAIN;
	got = fuse_session_receive_buf(d->session, buf);
	if (got != -EAGAIN || !cc_volumed_spin_pays(spin))
		return got;
	start = now_ns();
	while (got == -EAGAIN && !is_awaited(d) && now_ns() - start < CC_VOLUMED_SPIN_NS)
		got = fuse_session_receive_buf(d->session, buf);
	if (got == -EAGAIN && !is_awaited(d))
		cc_volumed_spin_lost(spin, cc_volumed_preemptions());
	else
		cc_volumed_spin_won(spin);
	return got;
}

/* Sleep until there is a request, an answer, something due or the end has come (then true). */
static bool sleep_until_needed(struct cc_volumed *d, int due, struct cc_volumed_spin *spin)
{
	bool listens = d->teller != NULL && !d->failed;
	struct pollfd fds[3] = { { .fd = fuse_session_fd(d->session), .events = POLLIN },
				 { .fd = d->stop_fd, .events = POLLIN },
				 { .fd = listens ? cc_volumed_teller_fd(d->teller) : -1,
				   .events = POLLIN } };
	uint64_t start = now_ns();

	if (d->held_count == CC_VOLUMED_HELD_MAX)
		fds[0].fd = -1;
	(void)poll(fds, CC_COUNT(fds), due);
	if ((fds[0].revents & POLLIN) != 0)
		cc_volumed_spin_slept(spin, now_ns() - start);
	return fds[0].revents == 0 && (fds[1].revents & POLLIN) != 0;
}

/* There is no request. True at the end. */
static bool idle(struct cc_volumed *d, struct cc_volumed_spin *spin)
{
	bool awaited = is_awaited(d);
	int due = cc_volumed_advance(d);

	/* Who was answered comes back at once. */
	if (cc_volumed_let_go(d) || (awaited && !is_awaited(d)))
		return false;
	return sleep_until_needed(d, due, spin);
}

/* Nobody asks any more: commit what there is and see it told. */
static void finish(struct cc_volumed *d)
{
	d->ending = true;
	for (;;) {
		int due = cc_volumed_advance(d);
		struct pollfd answer = { .fd = -1, .events = POLLIN };

		if (cc_volumed_let_go(d))
			continue;
		if (!cc_volumed_is_behind(d))
			return;
		if (d->teller != NULL)
			answer.fd = cc_volumed_teller_fd(d->teller);
		(void)poll(&answer, 1, due);
	}
}

static void *serve(void *arg)
{
	struct cc_volumed *d = arg;
	struct fuse_buf buf = { 0 };
	struct cc_volumed_spin spin = { 0 };
	unsigned int round = 0;
	bool over = false;

	/*
	 * Who serves must not be made to write back or to forget what only it can write or forget:
	 * its allocations reclaim nothing of file systems. Needs CAP_SYS_RESOURCE, else it is as
	 * before.
	 */
	(void)prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
	cc_volumed_spin_begin(&spin);
	while (!over && fuse_session_exited(d->session) == 0) {
		int got = receive(d, &buf, &spin);

		if (got == -EAGAIN) {
			over = idle(d, &spin);
			continue;
		}
		if (got == -EINTR)
			continue;
		if (got <= 0)
			break;
		if (!cc_volumed_hold_back(d, &buf))
			cc_volumed_process(d, &buf);
		if (++round >= CC_VOLUMED_ROUND ||
		    d->written - d->saved >= d->options.commit_bytes) {
			round = 0;
			cc_ignore(cc_volumed_advance(d) < 0);
			cc_ignore(cc_volumed_let_go(d));
		}
	}
	free(buf.mem);
	finish(d);
	return NULL;
}

static void daemon_free(struct cc_volumed *d)
{
	const struct cc_volume_second nobody = { 0 };

	cc_volumed_teller_free(d->teller);
	cc_volume_set_second(d->volume, &nobody);
	cc_volumed_second_free(d->second);
	if (d->session != NULL)
		fuse_session_destroy(d->session);
	if (d->stop_fd >= 0)
		(void)close(d->stop_fd);
	free(d->fsyncs);
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
	int flags = 0;

	d->session = fuse_session_new(&args, cc_volumed_ops(d->options.read_only),
				      sizeof(struct fuse_lowlevel_ops), d);
	fuse_opt_free_args(&args);
	if (d->session == NULL)
		return cc_fail(err, CC_E_SYSTEM, "start a FUSE session");
	flags = fcntl(*fuse_fd, F_GETFL);
	if (flags < 0 || fcntl(*fuse_fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return cc_fail_sys(err, errno, "make the FUSE descriptor non-blocking");
	return cc_volumed_connect(d, fuse_fd, err);
}

static void defaults(struct cc_volumed_options *o)
{
	struct cc_volumed_window *window = &o->window;

	o->commit_bytes = o->commit_bytes != 0 ? o->commit_bytes : CC_VOLUMED_COMMIT_BYTES;
	o->commit_seconds = o->commit_seconds != 0 ? o->commit_seconds : CC_VOLUMED_COMMIT_SECONDS;
	o->timeout_seconds =
		o->timeout_seconds != 0 ? o->timeout_seconds : CC_VOLUMED_TIMEOUT_SECONDS;
	o->epoch_room = o->epoch_room != 0 ? o->epoch_room : CC_VOLUMED_EPOCH_ROOM;
	if (window->commits == 0 || window->commits > CC_VOLUMED_WINDOW_COMMITS)
		window->commits = CC_VOLUMED_WINDOW_COMMITS;
	window->bytes = window->bytes != 0 ? window->bytes : CC_VOLUMED_WINDOW_BYTES;
	window->seconds = window->seconds != 0 ? window->seconds : CC_VOLUMED_WINDOW_SECONDS;
	/* Else a window of bytes would be full before there is anything to acknowledge. */
	if (o->commit_bytes > window->bytes)
		o->commit_bytes = window->bytes;
}

static int second_lend(struct cc_volumed *d, struct cc_err *err)
{
	struct cc_volume_second second = { 0 };

	CC_TRY(cc_volumed_second_new(&d->second, err));
	second = cc_volumed_second_of(d->second);
	cc_volume_set_second(d->volume, &second);
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
	defaults(&d->options);
	d->transfer = malloc(CC_VOLUMED_TRANSFER);
	if (d->stop_fd < 0 || d->transfer == NULL)
		return cc_fail_sys(err, errno, "serve a volume");
	CC_TRY(session_make(d, &fd, err));
	CC_TRY(second_lend(d, err));
	if (d->options.committed != NULL && !d->options.read_only)
		CC_TRY(cc_volumed_teller_start(&d->options, &d->teller, err));
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
	CC_TRY(cc_write_back(fd, mount_point, err));
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
	*last = daemon->told;
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
