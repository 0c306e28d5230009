/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/wire.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>

/* What may wait to be written before we say that the other end does not read. */
#define BACKLOG_MAX ((size_t)256 * 1024 * 1024)

struct cc_wire {
	struct cc_wire_plan plan;
	struct bufferevent *socket;
	struct cc_link in, out;
	struct cc_buf bytes;
	bool dead;
};

static void die(struct cc_wire *wire, const struct cc_err *why)
{
	if (wire->dead)
		return;
	wire->dead = true;
	(void)bufferevent_disable(wire->socket, EV_READ | EV_WRITE);
	wire->plan.closed(wire->plan.context, wire, why);
}

static int take_messages(struct cc_wire *wire, struct cc_err *err)
{
	struct cc_message message = { 0 };
	size_t used = 0;

	for (;;) {
		CC_TRY(cc_message_next(&wire->in, cc_buf_span(&wire->bytes), &message, &used, err));
		if (used == 0 || wire->dead)
			return 0;
		wire->plan.message(wire->plan.context, wire, &message);
		cc_message_drop(&wire->bytes, used);
	}
}

static void on_read(struct bufferevent *socket, void *context)
{
	struct evbuffer *input = bufferevent_get_input(socket);
	size_t len = evbuffer_get_length(input);
	struct cc_wire *wire = context;
	struct cc_mut room = { 0 };
	struct cc_err err = { 0 };

	if (len == 0 || wire->dead)
		return;
	if (cc_buf_extend(&wire->bytes, len, &room, &err) != 0) {
		die(wire, &err);
		return;
	}
	(void)evbuffer_remove(input, room.at, len);
	if (take_messages(wire, &err) != 0)
		die(wire, &err);
}

static void on_event(struct bufferevent *socket, short what, void *context)
{
	struct cc_wire *wire = context;
	struct cc_err err = { 0 };

	(void)socket;
	(void)what;
	cc_err_set(&err, CC_E_UNAVAILABLE, "the other process has ended");
	die(wire, &err);
}

int cc_wire_new(const struct cc_wire_plan *plan, struct cc_wire **out, struct cc_err *err)
{
	struct cc_wire *wire = calloc(1, sizeof(*wire));

	if (wire == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a wire");
	wire->plan = *plan;
	wire->in = (struct cc_link){ plan->them, plan->us, CC_PHASE_START };
	wire->out = (struct cc_link){ plan->us, plan->them, CC_PHASE_START };
	wire->bytes.max = 2 * CC_MESSAGE_MAX;
	if (evutil_make_socket_nonblocking(plan->fd) == 0)
		wire->socket = bufferevent_socket_new(cc_loop_base(plan->loop), plan->fd,
						      BEV_OPT_CLOSE_ON_FREE);
	if (wire->socket == NULL) {
		free(wire);
		return cc_fail(err, CC_E_SYSTEM, "no events for a socket");
	}
	bufferevent_setcb(wire->socket, on_read, NULL, on_event, wire);
	(void)bufferevent_enable(wire->socket, EV_READ | EV_WRITE);
	*out = wire;
	return 0;
}

void cc_wire_free(struct cc_wire *wire)
{
	if (wire == NULL)
		return;
	bufferevent_free(wire->socket);
	cc_buf_clear(&wire->bytes);
	free(wire);
}

void cc_wire_phase(struct cc_wire *wire, enum cc_phase phase)
{
	wire->in.phase = wire->out.phase = phase;
}

int cc_wire_send(struct cc_wire *wire, const struct cc_message *message, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { .max = CC_MESSAGE_MAX + 16 };

	if (wire->dead)
		return cc_fail(err, CC_E_UNAVAILABLE, "the other process has ended");
	CC_TRY(cc_message_add(&wire->out, message, &bytes, err));
	if (evbuffer_get_length(bufferevent_get_output(wire->socket)) > BACKLOG_MAX)
		return cc_fail(err, CC_E_UNAVAILABLE, "the other process does not read");
	if (bufferevent_write(wire->socket, bytes.at, bytes.len) != 0)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a message");
	return 0;
}
