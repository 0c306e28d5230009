/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/str.h"
#include "net/connect-internal.h"

#define READ_SIZE ((size_t)64 * 1024)

struct cc_stream {
	struct cc_stream_plan plan;
	char *address;
	struct cc_connect *connect; /* at work; NULL: it is over */
	struct bufferevent *bev;    /* NULL: not connected, or ended */
	struct cc_buf early;        /* what is said before it is connected */
	bool has_ended;
};

/* The last that is done with the stream. */
static void end(struct cc_stream *stream, const struct cc_err *why)
{
	stream->has_ended = true;
	stream->plan.on_end(stream->plan.context, why);
}

static void on_readable(struct bufferevent *bev, void *context)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_stream *stream = context;
	struct cc_mut room = { 0 };
	struct cc_err err = { 0 };

	if (stream->has_ended || evbuffer_get_length(in) == 0)
		return;
	if (cc_buf_extend(&bytes, evbuffer_get_length(in), &room, &err) != 0) {
		end(stream, &err);
		return;
	}
	(void)evbuffer_remove(in, room.at, room.len);
	stream->plan.on_bytes(stream->plan.context, cc_buf_span(&bytes));
}

static void on_event(struct bufferevent *bev, short what, void *context)
{
	struct cc_stream *stream = context;
	struct cc_err err = { 0 };

	(void)bev;
	if (stream->has_ended)
		return;
	cc_err_set(&err, CC_E_UNAVAILABLE, "the connection to '%s' %s", stream->address,
		   (what & BEV_EVENT_EOF) != 0 ? "has ended" : "has failed");
	end(stream, &err);
}

/* The bufferevent of a connected socket, which it takes over. */
static int attach(struct cc_stream *stream, int fd, struct cc_err *err)
{
	CC_AUTO_CLOSE int owned = fd;

	stream->bev = bufferevent_socket_new(cc_loop_base(stream->plan.loop), fd,
					     BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (stream->bev == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a connection");
	owned = -1;
	bufferevent_setcb(stream->bev, on_readable, NULL, on_event, stream);
	(void)bufferevent_set_max_single_read(stream->bev, READ_SIZE);
	(void)bufferevent_enable(stream->bev, EV_READ | EV_WRITE);
	if (bufferevent_write(stream->bev, stream->early.at, stream->early.len) != 0)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a connection");
	cc_buf_clear(&stream->early);
	return 0;
}

static void on_connect(void *context, int fd, const struct cc_err *why)
{
	struct cc_stream *stream = context;
	struct cc_err err = { 0 };

	if (fd < 0) {
		end(stream, why);
		return;
	}
	cc_connect_free(stream->connect);
	stream->connect = NULL;
	if (attach(stream, fd, &err) != 0)
		end(stream, &err);
}

int cc_stream_new(const struct cc_stream_plan *plan, struct cc_stream **out, struct cc_err *err)
{
	CC_AUTO_STREAM struct cc_stream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a connection");
	stream->plan = *plan;
	stream->early.max = CC_STREAM_QUEUE_MAX;
	CC_TRY(cc_str_dup(plan->address, &stream->address, err));
	CC_TRY(cc_connect_start(plan->loop, stream->address, plan->connect_ms, on_connect, stream,
				&stream->connect, err));
	*out = CC_TAKE(stream);
	return 0;
}

void cc_stream_free(struct cc_stream *stream)
{
	if (stream == NULL)
		return;
	cc_connect_free(stream->connect);
	if (stream->bev != NULL)
		bufferevent_free(stream->bev);
	cc_buf_clear(&stream->early);
	free(stream->address);
	free(stream);
}

int cc_stream_send(struct cc_stream *stream, struct cc_span bytes, struct cc_err *err)
{
	if (stream->has_ended)
		return cc_fail(err, CC_E_UNAVAILABLE, "the connection has ended");
	if (stream->bev == NULL)
		return cc_buf_add(&stream->early, bytes, err);
	if (evbuffer_get_length(bufferevent_get_output(stream->bev)) + bytes.len >
	    CC_STREAM_QUEUE_MAX)
		return cc_fail(err, CC_E_UNAVAILABLE, "the other side does not read");
	if (bufferevent_write(stream->bev, bytes.at, bytes.len) != 0)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a connection");
	return 0;
}
