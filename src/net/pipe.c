/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pipe.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#define LENGTH 4
#define READ_SIZE ((size_t)256 * 1024)

struct cc_pipe {
	struct cc_pipe_plan plan;
	struct bufferevent *bev;
	bool has_ended;
	bool in_call, is_dead; /* freed within its own callback */
};

static void end(struct cc_pipe *pipe, const struct cc_err *err)
{
	if (pipe->has_ended)
		return;
	pipe->has_ended = true;
	(void)bufferevent_disable(pipe->bev, EV_READ | EV_WRITE);
	pipe->plan.on_end(pipe->plan.context, err);
}

static size_t length_of(const uint8_t at[static LENGTH])
{
	return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

/* One frame, when it is all there: 1 when it was. */
static int take_frame(struct cc_pipe *pipe, struct cc_err *err)
{
	struct evbuffer *in = bufferevent_get_input(pipe->bev);
	size_t have = evbuffer_get_length(in), len = 0;
	uint8_t front[LENGTH] = { 0 };
	const uint8_t *at = NULL;

	if (have < LENGTH)
		return 0;
	(void)evbuffer_copyout(in, front, LENGTH);
	len = length_of(front);
	if (len == 0 || len > CC_PIPE_FRAME_MAX)
		return cc_fail(err, CC_E_ARG, "a frame of %zu bytes, not 1 to %zu", len,
			       CC_PIPE_FRAME_MAX);
	if (have < LENGTH + len)
		return 0;
	at = evbuffer_pullup(in, (ev_ssize_t)(LENGTH + len));
	if (at == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a frame");
	pipe->plan.on_frame(pipe->plan.context, cc_span(at + LENGTH, len));
	(void)evbuffer_drain(in, LENGTH + len);
	return 1;
}

static void leave(struct cc_pipe *pipe)
{
	pipe->in_call = false;
	if (pipe->is_dead)
		cc_pipe_free(pipe);
}

static void on_readable(struct bufferevent *bev, void *context)
{
	struct cc_pipe *pipe = context;
	struct cc_err err = { 0 };
	int taken = 1;

	(void)bev;
	pipe->in_call = true;
	while (taken == 1 && !pipe->is_dead && !pipe->has_ended)
		taken = take_frame(pipe, &err);
	if (taken < 0 && !pipe->is_dead)
		end(pipe, &err);
	leave(pipe);
}

static void on_event(struct bufferevent *bev, short what, void *context)
{
	int error = EVUTIL_SOCKET_ERROR();
	struct cc_pipe *pipe = context;
	struct cc_err err = { 0 };

	(void)bev;
	if ((what & BEV_EVENT_ERROR) != 0 && error != 0)
		cc_err_set_sys(&err, error, "read from another process");
	else
		cc_err_set(&err, CC_E_UNAVAILABLE, "the other process has ended");
	err.code = CC_E_UNAVAILABLE;
	pipe->in_call = true;
	end(pipe, &err);
	leave(pipe);
}

int cc_pipe_new(const struct cc_pipe_plan *plan, struct cc_pipe **out, struct cc_err *err)
{
	struct cc_pipe *pipe = calloc(1, sizeof(*pipe));

	if (pipe == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a pipe");
	pipe->plan = *plan;
	pipe->plan.queue_max = plan->queue_max != 0 ? plan->queue_max : CC_PIPE_QUEUE_MAX;
	if (evutil_make_socket_nonblocking(plan->fd) == 0)
		pipe->bev = bufferevent_socket_new(cc_loop_base(plan->loop), plan->fd,
						   BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (pipe->bev == NULL) {
		free(pipe);
		return cc_fail(err, CC_E_SYSTEM, "start a pipe");
	}
	bufferevent_setcb(pipe->bev, on_readable, NULL, on_event, pipe);
	/* One frame at most waits in memory; the kernel holds what comes behind it. */
	bufferevent_setwatermark(pipe->bev, EV_READ, 0, LENGTH + CC_PIPE_FRAME_MAX + READ_SIZE);
	(void)bufferevent_set_max_single_read(pipe->bev, READ_SIZE);
	(void)bufferevent_enable(pipe->bev, EV_READ | EV_WRITE);
	*out = pipe;
	return 0;
}

void cc_pipe_free(struct cc_pipe *pipe)
{
	if (pipe == NULL)
		return;
	if (pipe->in_call) {
		pipe->is_dead = true;
		return;
	}
	bufferevent_free(pipe->bev);
	free(pipe);
}

size_t cc_pipe_queued(const struct cc_pipe *pipe)
{
	return evbuffer_get_length(bufferevent_get_output(pipe->bev));
}

int cc_pipe_send(struct cc_pipe *pipe, struct cc_span frame, struct cc_err *err)
{
	const uint8_t front[LENGTH] = { (uint8_t)(frame.len >> 24), (uint8_t)(frame.len >> 16),
					(uint8_t)(frame.len >> 8), (uint8_t)frame.len };
	struct evbuffer *out = bufferevent_get_output(pipe->bev);

	if (frame.len == 0 || frame.len > CC_PIPE_FRAME_MAX)
		return cc_fail(err, CC_E_TOOBIG, "send a frame of %zu bytes, not 1 to %zu",
			       frame.len, CC_PIPE_FRAME_MAX);
	if (pipe->has_ended || pipe->is_dead)
		return cc_fail(err, CC_E_UNAVAILABLE, "the other process has ended");
	if (evbuffer_get_length(out) + LENGTH + frame.len > pipe->plan.queue_max)
		return cc_fail(err, CC_E_UNAVAILABLE, "the other process does not keep up");
	/* Room for both first, so that never half a frame is queued. */
	if (evbuffer_expand(out, LENGTH + frame.len) != 0 ||
	    evbuffer_add(out, front, LENGTH) != 0 || evbuffer_add(out, frame.at, frame.len) != 0)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a frame");
	return 0;
}
