/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

#include "base/fd.h"
#include "base/secret.h"

#define PIECE 65536 /* a pipe's usual size: one read empties it */

struct cc_console {
	struct cc_console_sink sink;
	uint64_t max;
	int fds[CC_CONSOLE_STREAMS];
	uint64_t kept[CC_CONSOLE_STREAMS];
	uint64_t lost;
	bool failed;
	struct cc_err err;
	pthread_t thread;
	uint8_t piece[PIECE];
};

static void take(struct cc_console *console, enum cc_console_stream stream, size_t len)
{
	uint64_t room = console->max - console->kept[stream];
	size_t keep = len < room ? len : (size_t)room;

	if (console->failed)
		keep = 0;
	if (keep > 0 && console->sink.write(console->sink.ctx, stream, console->kept[stream],
					    cc_span(console->piece, keep), &console->err) != 0) {
		console->failed = true;
		keep = 0;
	}
	console->kept[stream] += keep;
	console->lost += len - keep;
}

/* Read once; false when the stream has ended. */
static bool drain(struct cc_console *console, enum cc_console_stream stream)
{
	ssize_t got = read(console->fds[stream], console->piece, sizeof(console->piece));

	if (got > 0)
		take(console, stream, (size_t)got);
	return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

static void *run(void *ctx)
{
	struct cc_console *console = ctx;
	struct pollfd polls[CC_CONSOLE_STREAMS];
	int open_count = CC_CONSOLE_STREAMS;

	for (int i = 0; i < CC_CONSOLE_STREAMS; i++)
		polls[i] = (struct pollfd){ .fd = console->fds[i], .events = POLLIN };
	while (open_count > 0) {
		if (poll(polls, CC_CONSOLE_STREAMS, -1) < 0 && errno != EINTR)
			break;
		for (int i = 0; i < CC_CONSOLE_STREAMS; i++) {
			if (polls[i].fd < 0 || polls[i].revents == 0)
				continue;
			if (!drain(console, (enum cc_console_stream)i)) {
				polls[i].fd = -1; /* poll passes over it */
				open_count--;
			}
		}
	}
	return NULL;
}

static void console_free(struct cc_console *console)
{
	for (int i = 0; i < CC_CONSOLE_STREAMS; i++)
		cc_auto_close(&console->fds[i]);
	cc_wipe(console, sizeof(*console));
	free(console);
}

static void console_auto(struct cc_console **console)
{
	if (*console != NULL)
		console_free(*console);
}

static int pipes_open(struct cc_console *console, int ends[static CC_CONSOLE_STREAMS],
		      struct cc_err *err)
{
	for (int i = 0; i < CC_CONSOLE_STREAMS; i++) {
		int pair[2];

		if (pipe2(pair, O_CLOEXEC) != 0)
			return cc_fail_sys(err, errno, "make the program's output");
		console->fds[i] = pair[0];
		ends[i] = pair[1];
	}
	return 0;
}

int cc_console_start(const struct cc_console_sink *sink, uint64_t max, struct cc_console **out,
		     int ends[static CC_CONSOLE_STREAMS], struct cc_err *err)
{
	CC_CLEANUP(console_auto) struct cc_console *console = calloc(1, sizeof(*console));
	CC_AUTO_CLOSE int first = -1, second = -1;
	int mine[CC_CONSOLE_STREAMS] = { -1, -1 }, failed = 0;

	if (console == NULL)
		return cc_fail_sys(err, ENOMEM, "make the program's output");
	console->fds[0] = console->fds[1] = -1;
	console->sink = *sink;
	console->max = max;
	failed = pipes_open(console, mine, err);
	first = mine[CC_CONSOLE_OUT];
	second = mine[CC_CONSOLE_ERR];
	if (failed != 0)
		return -1;
	failed = pthread_create(&console->thread, NULL, run, console);
	if (failed != 0)
		return cc_fail_sys(err, failed, "start the thread of the program's output");
	ends[CC_CONSOLE_OUT] = CC_TAKE_FD(first);
	ends[CC_CONSOLE_ERR] = CC_TAKE_FD(second);
	*out = CC_TAKE(console);
	return 0;
}

int cc_console_end(struct cc_console *console, uint64_t *lost, struct cc_err *err)
{
	struct cc_err failure = { 0 };
	bool failed = false;

	(void)pthread_join(console->thread, NULL);
	*lost = console->lost;
	failed = console->failed;
	failure = console->err;
	console_free(console);
	if (!failed)
		return 0;
	*err = failure;
	return cc_wrap(err, "keep the program's output");
}
