/* SPDX-License-Identifier: Apache-2.0 */
#include "net/channel.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>

#include "base/fd.h"
#include "base/str.h"
#include "net/connect-internal.h"

#define CONNECT_DEFAULT_MS 10000
#define ANSWER_DEFAULT_MS 60000
#define READ_SIZE ((size_t)64 * 1024)
#define HEAD_END "\r\n\r\n"

enum state {
	CLOSED = 0,
	CONNECTING, /* `connect` is at work */
	SHAKING,    /* TLS */
	READY,
	HEAD, /* a request is sent, its answer's head is awaited */
	BODY,
};

struct cc_channel {
	struct cc_channel_plan plan;
	char *address;
	enum state state;
	struct cc_connect *connect;
	struct bufferevent *bev;
	struct event *deadline;
	cc_channel_fn fn;
	void *context;
	struct cc_reply reply;
	struct cc_http_chunks chunks;
	struct cc_digest exporter;
	struct cc_err gone;    /* why there is no connection any more */
	bool in_call, is_dead; /* freed within its own callback */
};

void cc_reply_clear(struct cc_reply *reply)
{
	cc_buf_clear(&reply->bytes);
	cc_buf_clear(&reply->body);
	memset(reply, 0, sizeof(*reply));
}

static void hang_up(struct cc_channel *c)
{
	(void)event_del(c->deadline);
	cc_connect_free(c->connect);
	c->connect = NULL;
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	c->bev = NULL;
	memset(&c->exporter, 0, sizeof(c->exporter));
	c->state = CLOSED;
}

/* Call back, once for each connect or request. The channel may be gone afterwards. */
static void report(struct cc_channel *c, struct cc_reply *reply, const struct cc_err *err)
{
	cc_channel_fn fn = c->fn;
	struct cc_reply taken = { 0 };

	if (fn == NULL)
		return;
	c->fn = NULL;
	if (reply != NULL) {
		taken = *reply;
		memset(reply, 0, sizeof(*reply));
	}
	c->in_call = true;
	fn(c->context, reply != NULL ? &taken : NULL, err);
	c->in_call = false;
	cc_reply_clear(&taken);
	if (c->is_dead)
		cc_channel_free(c);
}

static void fail(struct cc_channel *c, const struct cc_err *cause)
{
	c->gone = *cause; /* it may live in what is freed */
	hang_up(c);
	cc_reply_clear(&c->reply);
	report(c, NULL, &c->gone);
}

static void on_deadline(evutil_socket_t fd, short what, void *context)
{
	struct cc_channel *c = context;
	struct cc_err err = { 0 };

	(void)fd;
	(void)what;
	cc_err_set(&err, CC_E_UNAVAILABLE, "%s '%s': no answer in time",
		   c->state == SHAKING ? "TLS with" : "request to", c->address);
	fail(c, &err);
}

static void set_deadline(struct cc_channel *c, unsigned int ms)
{
	struct timeval in = cc_milliseconds(ms);

	if (event_add(c->deadline, &in) != 0)
		event_active(c->deadline, EV_TIMEOUT, 0);
}

int cc_channel_new(const struct cc_channel_plan *plan, struct cc_channel **out, struct cc_err *err)
{
	struct cc_channel *c = calloc(1, sizeof(*c));
	struct cc_address checked = { 0 };

	if (c == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a channel");
	c->plan = *plan;
	c->plan.connect_ms = plan->connect_ms != 0 ? plan->connect_ms : CONNECT_DEFAULT_MS;
	c->plan.answer_ms = plan->answer_ms != 0 ? plan->answer_ms : ANSWER_DEFAULT_MS;
	c->plan.body_max = plan->body_max != 0 ? plan->body_max : CC_HTTP_BODY_MAX;
	c->deadline = evtimer_new(cc_loop_base(plan->loop), on_deadline, c);
	if (c->deadline == NULL)
		cc_err_set(err, CC_E_SYSTEM, "out of memory for a channel");
	if (c->deadline == NULL || cc_address_parse(plan->address, &checked, err) != 0 ||
	    cc_str_dup(plan->address, &c->address, err) != 0) {
		cc_channel_free(c);
		return -1;
	}
	*out = c;
	return 0;
}

void cc_channel_free(struct cc_channel *c)
{
	if (c == NULL)
		return;
	if (c->deadline != NULL)
		hang_up(c);
	c->fn = NULL;
	if (c->in_call) {
		c->is_dead = true;
		return;
	}
	if (c->deadline != NULL)
		event_free(c->deadline);
	cc_reply_clear(&c->reply);
	free(c->address);
	free(c);
}

static void ready(struct cc_channel *c)
{
	(void)event_del(c->deadline);
	c->state = READY;
	report(c, NULL, NULL);
}

/* A connection that was there is gone: why, by the state it was in. */
static void explain(struct cc_channel *c, short what, int error, struct cc_err *err)
{
	struct cc_err tls = { 0 };

	if (c->plan.tls != NULL)
		cc_tls_failure(bufferevent_openssl_get_ssl(c->bev),
			       bufferevent_get_openssl_error(c->bev), &tls);
	/* In TLS 1.3 the server judges our certificate after we are done with the handshake. */
	if (c->state == SHAKING || tls.code == CC_E_EXPIRED) {
		*err = tls;
		cc_err_wrap(err, "connect to '%s'", c->address);
	} else if ((what & BEV_EVENT_ERROR) != 0 && error != 0) {
		cc_err_set_sys(err, error, "request to '%s'", c->address);
		err->code = CC_E_UNAVAILABLE;
	} else {
		cc_err_set(err, CC_E_UNAVAILABLE, "request to '%s': the connection has ended",
			   c->address);
		cc_err_hint(err, "connect again");
	}
}

static void lost(struct cc_channel *c, short what)
{
	int error = EVUTIL_SOCKET_ERROR();
	struct cc_err err = { 0 };

	explain(c, what, error, &err);
	fail(c, &err);
}

static void on_event(struct bufferevent *bev, short what, void *context)
{
	struct cc_channel *c = context;
	struct cc_err err = { 0 };

	if ((what & BEV_EVENT_CONNECTED) == 0) {
		lost(c, what);
		return;
	}
	if (cc_tls_exporter(bufferevent_openssl_get_ssl(bev), &c->exporter, &err) != 0)
		fail(c, &err);
	else
		ready(c);
}

static int parse_head(struct cc_channel *c, size_t len, struct cc_err *err)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct cc_mut room = { 0 };

	CC_TRY(cc_buf_extend(&c->reply.bytes, len, &room, err));
	(void)evbuffer_remove(in, room.at, len);
	CC_TRY(cc_http_parse_answer(cc_buf_span(&c->reply.bytes), &c->reply.head, err));
	if (c->reply.head.status == 101)
		return cc_fail(err, CC_E_ARG, "an http answer that changes the protocol");
	if (c->reply.head.length > c->plan.body_max)
		return cc_fail(err, CC_E_TOOBIG, "a body of %llu bytes, more than %zu",
			       (unsigned long long)c->reply.head.length, c->plan.body_max);
	return 0;
}

/* Each step: 1 when it moved on, 0 when it needs more bytes, -1 when it failed. */
static int step_head(struct cc_channel *c, struct cc_err *err)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct evbuffer_ptr end = evbuffer_search(in, HEAD_END, sizeof(HEAD_END) - 1, NULL);
	size_t len = end.pos < 0 ? evbuffer_get_length(in) : (size_t)end.pos + sizeof(HEAD_END) - 1;

	if (len > CC_HTTP_HEAD_MAX)
		return cc_fail(err, CC_E_TOOBIG, "an http head over %zu bytes", CC_HTTP_HEAD_MAX);
	if (end.pos < 0)
		return 0;
	CC_TRY(parse_head(c, len, err));
	if (c->reply.head.status < 200) { /* 100 Continue, 103: the answer comes behind it */
		cc_reply_clear(&c->reply);
		return 1;
	}
	c->chunks = (struct cc_http_chunks){ 0 };
	c->state = BODY;
	return 1;
}

static int step_body(struct cc_channel *c, struct cc_err *err)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len = evbuffer_get_length(in), used = 0;
	const uint8_t *at = evbuffer_pullup(in, (ev_ssize_t)len);
	struct cc_reply *reply = &c->reply;
	bool whole = false;

	if (reply->head.chunked) {
		CC_TRY(cc_http_chunks_take(&c->chunks, cc_span(at, len), c->plan.body_max,
					   &reply->body, &used, err));
		whole = c->chunks.state == CC_CHUNK_DONE;
	} else {
		used = (size_t)reply->head.length - reply->body.len;
		used = used < len ? used : len;
		CC_TRY(cc_buf_add(&reply->body, cc_span(at, used), err));
		whole = reply->body.len == reply->head.length;
	}
	(void)evbuffer_drain(in, used);
	return whole ? 1 : 0;
}

static void done(struct cc_channel *c)
{
	(void)event_del(c->deadline);
	c->state = READY;
	c->reply.status = c->reply.head.status;
	if (!c->reply.head.keep_alive)
		hang_up(c);
	report(c, &c->reply, NULL);
}

static void on_readable(struct bufferevent *bev, void *context)
{
	struct cc_channel *c = context;
	struct cc_err err = { 0 };
	int moved = 1;

	while (moved == 1 && c->state == HEAD)
		moved = step_head(c, &err);
	if (moved == 1 && c->state == BODY)
		moved = step_body(c, &err);
	/* Bytes that nobody asked for would be taken for the next answer. */
	if (c->state == READY && evbuffer_get_length(bufferevent_get_input(bev)) != 0)
		moved = cc_fail(&err, CC_E_ARG, "an answer without a request");
	if (moved < 0) {
		cc_err_wrap(&err, "answer of '%s'", c->address);
		fail(c, &err);
	} else if (moved == 1 && c->state == BODY) {
		done(c);
	}
}

/* The bufferevent of a connected socket, which it takes over. */
static int attach(struct cc_channel *c, int fd, struct cc_err *err)
{
	struct event_base *base = cc_loop_base(c->plan.loop);
	const int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
	CC_AUTO_CLOSE int owned = fd;
	struct ssl_st *ssl = NULL;

	if (c->plan.tls != NULL) {
		CC_TRY(cc_tls_connection(c->plan.tls, NULL, &ssl, err));
		c->bev = bufferevent_openssl_socket_new(base, fd, ssl, BUFFEREVENT_SSL_CONNECTING,
							options);
	} else {
		c->bev = bufferevent_socket_new(base, fd, options);
	}
	if (c->bev == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a connection");
	owned = -1;
	bufferevent_setcb(c->bev, on_readable, NULL, on_event, c);
	(void)bufferevent_set_max_single_read(c->bev, READ_SIZE);
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	return 0;
}

static void on_connect(void *context, int fd, const struct cc_err *why)
{
	struct cc_channel *c = context;
	struct cc_err err = { 0 };

	if (fd < 0) {
		fail(c, why);
		return;
	}
	cc_connect_free(c->connect);
	c->connect = NULL;
	if (attach(c, fd, &err) != 0)
		fail(c, &err);
	else if (c->plan.tls == NULL)
		ready(c);
	else
		c->state = SHAKING;
}

int cc_channel_connect(struct cc_channel *c, cc_channel_fn fn, void *context, struct cc_err *err)
{
	if (c->fn != NULL)
		return cc_fail(err, CC_E_BUG, "connect a channel that is at work");
	hang_up(c);
	CC_TRY(cc_connect_start(c->plan.loop, c->address, c->plan.connect_ms, on_connect, c,
				&c->connect, err));
	set_deadline(c, c->plan.connect_ms);
	c->state = CONNECTING;
	c->gone = (struct cc_err){ 0 };
	c->fn = fn;
	c->context = context;
	return 0;
}

/* "unix:/path" has no host: RFC 9112, 3.2 then wants one that is empty. */
static int print_call(const struct cc_channel *c, const struct cc_call *call, struct cc_buf *out,
		      struct cc_err *err)
{
	CC_TRY(cc_buf_addf(out, err, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n",
			   call->method, call->path,
			   cc_str_starts(c->address, "unix:") ? "" : c->address, call->body.len));
	for (size_t i = 0; i < call->count; i++) {
		const struct cc_call_field *f = &call->fields[i];

		if (!cc_http_is_token(cc_span_str(f->name)) ||
		    !cc_http_is_value(cc_span_str(f->value)))
			return cc_fail(err, CC_E_ARG, "request with the field '%s'", f->name);
		CC_TRY(cc_buf_addf(out, err, "%s: %s\r\n", f->name, f->value));
	}
	CC_TRY(cc_buf_add_str(out, "\r\n", err));
	return cc_buf_add(out, call->body, err);
}

static int check_call(const struct cc_call *call, struct cc_err *err)
{
	const char *path = call->path;

	if (!cc_http_is_token(cc_span_str(call->method)))
		return cc_fail(err, CC_E_ARG, "request with the method '%s'", call->method);
	for (size_t i = 0; path[i] != '\0'; i++)
		if (path[i] <= ' ' || path[i] >= 0x7f)
			return cc_fail(err, CC_E_ARG,
				       "request for a path with a foreign character");
	if (path[0] != '/')
		return cc_fail(err, CC_E_ARG, "request for a path without a slash in front");
	return 0;
}

int cc_channel_call(struct cc_channel *c, const struct cc_call *call, cc_channel_fn fn,
		    void *context, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };

	if (c->fn != NULL)
		return cc_fail(err, CC_E_BUG, "a request while another one is under way");
	CC_TRY(check_call(call, err));
	if (c->state != READY && c->gone.code != CC_OK) {
		*err = c->gone;
		return -1;
	}
	if (c->state != READY)
		return cc_fail(err, CC_E_UNAVAILABLE, "request to '%s': not connected", c->address);
	CC_TRY(print_call(c, call, &out, err));
	if (bufferevent_write(c->bev, out.at, out.len) != 0)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a request");
	cc_reply_clear(&c->reply);
	set_deadline(c, c->plan.answer_ms);
	c->state = HEAD;
	c->fn = fn;
	c->context = context;
	return 0;
}

bool cc_channel_is_connected(const struct cc_channel *c)
{
	return c->state >= READY;
}

const struct cc_digest *cc_channel_exporter(const struct cc_channel *c)
{
	return c->state >= READY && c->plan.tls != NULL ? &c->exporter : NULL;
}
