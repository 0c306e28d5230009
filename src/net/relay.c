/* SPDX-License-Identifier: Apache-2.0 */
#include "net/relay.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/str.h"
#include "net/connect-internal.h"

#define CONNECTIONS_DEFAULT 64
#define CONNECT_DEFAULT_MS 10000
#define HELD_MAX ((size_t)256 * 1024)

struct link;

/* One of the two ends. Its output holds what the other has read. */
struct side {
	struct link *link;
	struct bufferevent *bev;
	bool has_ended; /* it sends no more */
	bool is_shut;   /* we send it no more */
};

enum { NEAR, FAR };

struct link {
	struct cc_relay *relay;
	struct link *prev, *next;
	struct cc_connect *connect;
	struct side sides[2];
};

struct cc_relay {
	struct cc_relay_plan plan;
	char *address;
	struct evconnlistener *listener;
	struct link *first;
	size_t count;
};

static void link_free(struct link *link)
{
	struct cc_relay *relay = link->relay;

	if (link->prev != NULL)
		link->prev->next = link->next;
	else
		relay->first = link->next;
	if (link->next != NULL)
		link->next->prev = link->prev;
	if (relay->count-- == relay->plan.connections_max && relay->listener != NULL)
		(void)evconnlistener_enable(relay->listener);
	cc_connect_free(link->connect);
	for (size_t i = 0; i < CC_COUNT(link->sides); i++)
		if (link->sides[i].bev != NULL)
			bufferevent_free(link->sides[i].bev);
	free(link);
}

static struct side *other(struct side *side)
{
	return &side->link->sides[side == &side->link->sides[NEAR] ? FAR : NEAR];
}

/* Pass the end of `from` on, once all that came before it is sent. May free the link. */
static void pass_end(struct side *from)
{
	struct side *to = other(from);

	if (!from->has_ended || to->is_shut || to->bev == NULL ||
	    evbuffer_get_length(bufferevent_get_output(to->bev)) != 0)
		return;
	to->is_shut = true;
	(void)shutdown(bufferevent_getfd(to->bev), SHUT_WR);
	if (from->is_shut)
		link_free(from->link);
}

static void on_readable(struct bufferevent *bev, void *context)
{
	struct side *from = context, *to = other(from);
	struct evbuffer *out = NULL;

	if (to->bev == NULL) /* not connected yet: the watermark holds the sender */
		return;
	out = bufferevent_get_output(to->bev);
	(void)evbuffer_add_buffer(out, bufferevent_get_input(bev));
	if (evbuffer_get_length(out) >= HELD_MAX)
		(void)bufferevent_disable(bev, EV_READ);
}

/* All that was held for this side is sent: the other may read on. */
static void on_written(struct bufferevent *bev, void *context)
{
	struct side *to = context, *from = other(to);

	(void)bev;
	if (from->bev != NULL && !from->has_ended)
		(void)bufferevent_enable(from->bev, EV_READ);
	pass_end(from);
}

static void on_event(struct bufferevent *bev, short what, void *context)
{
	struct side *side = context;

	if ((what & BEV_EVENT_ERROR) != 0) {
		link_free(side->link);
		return;
	}
	side->has_ended = true;
	(void)bufferevent_disable(bev, EV_READ);
	pass_end(side);
}

static bool attach(struct link *link, int which, evutil_socket_t fd)
{
	struct side *side = &link->sides[which];

	side->link = link;
	side->bev = bufferevent_socket_new(cc_loop_base(link->relay->plan.loop), fd,
					   BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (side->bev == NULL)
		return false;
	bufferevent_setcb(side->bev, on_readable, on_written, on_event, side);
	bufferevent_setwatermark(side->bev, EV_READ, 0, HELD_MAX);
	(void)bufferevent_enable(side->bev, EV_READ | EV_WRITE);
	return true;
}

static void on_connect(void *context, int fd, const struct cc_err *err)
{
	struct link *link = context;

	(void)err;
	if (fd < 0 || !attach(link, FAR, fd)) {
		cc_auto_close(&fd);
		link_free(link);
		return;
	}
	cc_connect_free(link->connect);
	link->connect = NULL;
	/* What has come in the meantime, and perhaps its end. */
	on_readable(link->sides[NEAR].bev, &link->sides[NEAR]);
	pass_end(&link->sides[NEAR]);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
		      int len, void *context)
{
	struct cc_relay *relay = context;
	struct link *link = calloc(1, sizeof(*link));
	struct cc_err err = { 0 };

	(void)from;
	(void)len;
	if (link == NULL) {
		evutil_closesocket(fd);
		return;
	}
	link->relay = relay;
	link->next = relay->first;
	if (link->next != NULL)
		link->next->prev = link;
	relay->first = link;
	if (++relay->count >= relay->plan.connections_max)
		(void)evconnlistener_disable(listener);
	if (!attach(link, NEAR, fd)) {
		evutil_closesocket(fd);
		link_free(link);
	} else if (cc_connect_start(relay->plan.loop, relay->address, relay->plan.connect_ms,
				    on_connect, link, &link->connect, &err) != 0) {
		link_free(link);
	}
}

int cc_relay_new(const struct cc_relay_plan *plan, struct cc_relay **out, struct cc_err *err)
{
	struct cc_relay *relay = NULL;
	struct cc_address checked = { 0 };

	CC_TRY(cc_address_parse(plan->address, &checked, err));
	relay = calloc(1, sizeof(*relay));
	if (relay == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a relay");
	relay->plan = *plan;
	if (plan->connections_max == 0)
		relay->plan.connections_max = CONNECTIONS_DEFAULT;
	if (plan->connect_ms == 0)
		relay->plan.connect_ms = CONNECT_DEFAULT_MS;
	if (cc_str_dup(plan->address, &relay->address, err) == 0)
		relay->listener = evconnlistener_new(cc_loop_base(plan->loop), on_accept, relay,
						     LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
						     0, plan->fd);
	if (relay->listener == NULL) {
		free(relay->address);
		free(relay);
		return cc_fail(err, CC_E_SYSTEM, "start a relay to '%s'", plan->address);
	}
	*out = relay;
	return 0;
}

void cc_relay_free(struct cc_relay *relay)
{
	if (relay == NULL)
		return;
	evconnlistener_free(relay->listener);
	relay->listener = NULL;
	while (relay->first != NULL)
		link_free(relay->first);
	free(relay->address);
	free(relay);
}

size_t cc_relay_connections(const struct cc_relay *relay)
{
	return relay->count;
}
