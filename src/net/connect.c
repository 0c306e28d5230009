/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/fd.h"
#include "net/connect-internal.h"

#define CANDIDATES_MAX 8

struct cc_connect {
	struct cc_loop *loop;
	cc_connect_fn fn;
	void *context;
	char text[CC_ADDRESS_TEXT];
	struct cc_address address;
	struct cc_address candidates[CANDIDATES_MAX];
	size_t count, at; /* `at` is the one being tried */
	int fd;
	struct event *ready;   /* the socket is connected or has failed */
	struct event *timeout; /* of all; made active by hand to report early failures */
	struct evdns_getaddrinfo_request *query;
	struct cc_err last;
	bool freed_in_query;
};

static void stop(struct cc_connect *c)
{
	if (c->ready != NULL)
		event_free(c->ready);
	c->ready = NULL;
	cc_auto_close(&c->fd);
	c->fd = -1;
}

static void finish(struct cc_connect *c, int fd)
{
	if (c->ready != NULL)
		event_free(c->ready);
	c->ready = NULL;
	c->fd = -1;
	(void)event_del(c->timeout);
	if (fd < 0)
		cc_err_hint(&c->last, "check that it runs, and the address");
	c->fn(c->context, fd, &c->last);
}

static void try_next(struct cc_connect *c);

static void failed(struct cc_connect *c, int error)
{
	cc_err_set_sys(&c->last, error, "connect to '%s'", c->text);
	c->last.code = CC_E_UNAVAILABLE; /* also of a socket file that is not there */
	stop(c);
	c->at++;
	try_next(c);
}

static void on_ready(evutil_socket_t fd, short what, void *context)
{
	struct cc_connect *c = context;
	socklen_t len = sizeof(int);
	int error = 0;

	(void)what;
	if (getsockopt((int)fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0)
		failed(c, error);
	else
		finish(c, (int)fd);
}

static bool try_one(struct cc_connect *c, const struct cc_address *to)
{
	const int on = 1;

	c->fd = socket(to->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return false;
	if (to->kind != CC_ADDRESS_UNIX)
		(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(c->fd, (const struct sockaddr *)&to->at, to->len) != 0 && errno != EINPROGRESS)
		return false;
	c->ready = event_new(cc_loop_base(c->loop), c->fd, EV_WRITE, on_ready, c);
	if (c->ready != NULL && event_add(c->ready, NULL) == 0)
		return true;
	errno = ENOMEM;
	return false;
}

static void try_next(struct cc_connect *c)
{
	while (c->at < c->count) {
		if (try_one(c, &c->candidates[c->at]))
			return;
		cc_err_set_sys(&c->last, errno, "connect to '%s'", c->text);
		c->last.code = CC_E_UNAVAILABLE;
		stop(c);
		c->at++;
	}
	finish(c, -1);
}

static void on_timeout(evutil_socket_t fd, short what, void *context)
{
	struct cc_connect *c = context;

	(void)fd;
	(void)what;
	if (c->last.code == CC_OK || c->at < c->count)
		cc_err_set(&c->last, CC_E_UNAVAILABLE, "connect to '%s': no answer in time",
			   c->text);
	stop(c);
	finish(c, -1);
}

static void add_candidate(struct cc_connect *c, const struct evutil_addrinfo *info)
{
	struct cc_address *to = &c->candidates[c->count];

	if (c->count == CANDIDATES_MAX || info->ai_addrlen > sizeof(to->at) ||
	    (info->ai_family != AF_INET && info->ai_family != AF_INET6))
		return;
	to->kind = CC_ADDRESS_IP;
	memcpy(&to->at, info->ai_addr, info->ai_addrlen);
	to->len = (socklen_t)info->ai_addrlen;
	c->count++;
}

/* May be called from within evdns_getaddrinfo, so the rest is left to the loop. */
static void on_resolved(int result, struct evutil_addrinfo *found, void *context)
{
	struct cc_connect *c = context;

	/* Cancelled: the struct outlived cc_connect_free only for this call. */
	if (c->freed_in_query) {
		free(c);
		return;
	}
	c->query = NULL;
	for (const struct evutil_addrinfo *i = found; i != NULL; i = i->ai_next)
		add_candidate(c, i);
	if (found != NULL)
		evutil_freeaddrinfo(found);
	if (c->ready == NULL) /* the time is over already */
		return;
	if (c->count == 0) {
		cc_err_set(&c->last, CC_E_UNAVAILABLE, "resolve the name of '%s': %s", c->text,
			   result == 0 ? "no address" : evutil_gai_strerror(result));
		cc_err_hint(&c->last, "check the name, /etc/resolv.conf and /etc/hosts");
	}
	event_active(c->ready, EV_TIMEOUT, 0);
}

/* The first event of all: from the loop, candidates or a failure are there. */
static void on_started(evutil_socket_t fd, short what, void *context)
{
	struct cc_connect *c = context;

	(void)fd;
	(void)what;
	event_free(c->ready);
	c->ready = NULL;
	try_next(c);
}

static int start(struct cc_connect *c, struct cc_err *err)
{
	struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC,
					 .ai_socktype = SOCK_STREAM,
					 .ai_protocol = IPPROTO_TCP,
					 .ai_flags = EVUTIL_AI_NUMERICSERV };
	struct evdns_base *dns = NULL;
	char port[6] = "";

	if (c->address.kind != CC_ADDRESS_NAME) {
		c->candidates[c->count++] = c->address;
		event_active(c->ready, EV_TIMEOUT, 0);
		return 0;
	}
	CC_TRY(cc_loop_dns(c->loop, &dns, err));
	(void)snprintf(port, sizeof(port), "%u", c->address.port);
	c->query = evdns_getaddrinfo(dns, c->address.host, port, &hints, on_resolved, c);
	return 0;
}

int cc_connect_start(struct cc_loop *loop, const char *address, unsigned int timeout_ms,
		     cc_connect_fn fn, void *context, struct cc_connect **out, struct cc_err *err)
{
	struct timeval in = cc_milliseconds(timeout_ms);
	struct cc_address parsed = { 0 };
	struct cc_connect *c = NULL;

	CC_TRY(cc_address_parse(address, &parsed, err));
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a connection");
	*c = (struct cc_connect){ .loop = loop, .fn = fn, .context = context, .fd = -1 };
	c->address = parsed;
	(void)snprintf(c->text, sizeof(c->text), "%s", address);
	c->timeout = evtimer_new(cc_loop_base(loop), on_timeout, c);
	c->ready = event_new(cc_loop_base(loop), -1, 0, on_started, c);
	if (c->timeout == NULL || c->ready == NULL || event_add(c->timeout, &in) != 0 ||
	    start(c, err) != 0) {
		cc_connect_free(c);
		return cc_fail(err, CC_E_SYSTEM, "start to connect to '%s'", address);
	}
	*out = c;
	return 0;
}

void cc_connect_free(struct cc_connect *c)
{
	if (c == NULL)
		return;
	stop(c);
	if (c->timeout != NULL)
		event_free(c->timeout);
	c->timeout = NULL;
	if (c->query == NULL) {
		free(c);
		return;
	}
	c->freed_in_query = true;
	evdns_getaddrinfo_cancel(c->query);
}
