/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Framed messages over a socket pair, on a loop: between web, keeper and
 * verifier. A frame is a 32-bit big-endian length and so many bytes, 1 to 8 MiB
 * (docs/protocol/processes.md); what is in it is the caller's. A frame of another
 * length ends the pipe, for the other side is broken or hostile.
 */
#ifndef CC_NET_PIPE_H
#define CC_NET_PIPE_H

#include "base/span.h"
#include "net/loop.h"

#define CC_PIPE_FRAME_MAX ((size_t)8 * 1024 * 1024)
#define CC_PIPE_QUEUE_MAX ((size_t)64 * 1024 * 1024)

struct cc_pipe;

struct cc_pipe_plan {
	struct cc_loop *loop;
	int fd;           /* taken over when cc_pipe_new succeeds */
	size_t queue_max; /* bytes that wait to be sent; 0: CC_PIPE_QUEUE_MAX */
	/* The frame without its length, valid for the call. It may free the pipe. */
	void (*on_frame)(void *context, struct cc_span frame);
	/* The pipe has ended, once: CC_E_UNAVAILABLE (the other side is gone) or CC_E_ARG. */
	void (*on_end)(void *context, const struct cc_err *err);
	void *context;
};

#define CC_AUTO_PIPE CC_CLEANUP(cc_pipe_auto)
int cc_pipe_new(const struct cc_pipe_plan *plan, struct cc_pipe **out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/* What is queued and not sent is lost. */
void cc_pipe_free(struct cc_pipe *pipe);
static inline void cc_pipe_auto(struct cc_pipe **pipe)
{
	cc_pipe_free(*pipe);
}
/*
 * Queue a frame, its length is put before it. CC_E_TOOBIG: not 1 to 8 MiB; CC_E_UNAVAILABLE: the
 * pipe has ended, or so much is queued that the other side does not keep up.
 */
int cc_pipe_send(struct cc_pipe *pipe, struct cc_span frame, struct cc_err *err) CC_MUST CC_NONNULL;
/* Bytes that wait to be sent. */
size_t cc_pipe_queued(const struct cc_pipe *pipe) CC_NONNULL;

#endif
