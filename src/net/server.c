/* SPDX-License-Identifier: Apache-2.0 */
#include "net/server.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "net/connect-internal.h"
#include "net/server-internal.h"

#define CONNECTIONS_DEFAULT 1024
#define HANDSHAKE_DEFAULT_MS 10000
#define IDLE_DEFAULT_MS 60000
#define REQUEST_DEFAULT_MS 30000
#define LINGER_DEFAULT_MS 1000
#define READ_SIZE ((size_t)64 * 1024)

void cc_conn_deadline(struct cc_conn *conn, unsigned int ms)
{
	struct timeval in = cc_milliseconds(ms);

	if (ms == 0)
		(void)event_del(conn->deadline);
	else if (event_add(conn->deadline, &in) != 0)
		event_active(conn->deadline, EV_TIMEOUT, 0);
}

static void on_deadline(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	cc_conn_free(context);
}

static void unlink_conn(struct cc_conn *conn)
{
	struct cc_server *server = conn->server;

	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		server->first = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	if (server->count-- == server->plan.connections_max && server->listener != NULL)
		(void)evconnlistener_enable(server->listener);
}

void cc_conn_free(struct cc_conn *conn)
{
	if (conn->request != NULL && conn->state == CC_CONN_HANDLER)
		conn->request->conn = NULL; /* the handler's: it frees it by its answer */
	else
		cc_request_free(conn->request);
	unlink_conn(conn);
	event_free(conn->deadline);
	bufferevent_free(conn->bev);
	cc_buf_clear(&conn->peer);
	free(conn);
}

static int take_identity(struct cc_conn *conn, struct cc_err *err)
{
	struct ssl_st *ssl = bufferevent_openssl_get_ssl(conn->bev);
	CC_AUTO_CERT struct cc_cert *peer = NULL;

	CC_TRY(cc_tls_exporter(ssl, &conn->exporter, err));
	if (cc_tls_peer(ssl, &peer, err) != 0)
		return err->code == CC_E_NOTFOUND ? 0 : -1;
	return cc_cert_to_der(peer, &conn->peer, err);
}

static void on_event(struct bufferevent *bev, short what, void *context)
{
	struct cc_conn *conn = context;
	struct cc_err err = { 0 };

	(void)bev;
	if ((what & BEV_EVENT_CONNECTED) == 0 || take_identity(conn, &err) != 0) {
		cc_conn_free(conn);
		return;
	}
	conn->state = CC_CONN_IDLE;
	cc_conn_deadline(conn, conn->server->plan.idle_ms);
	cc_conn_advance(conn);
}

static void on_readable(struct bufferevent *bev, void *context)
{
	(void)bev;
	cc_conn_advance(context);
}

/* The answer has left for the kernel. */
static void on_written(struct bufferevent *bev, void *context)
{
	struct cc_conn *conn = context;

	if (conn->state != CC_CONN_ANSWER || evbuffer_get_length(bufferevent_get_output(bev)) != 0)
		return;
	conn->state = conn->keep_alive ? CC_CONN_IDLE : CC_CONN_LINGER;
	cc_conn_deadline(conn, conn->keep_alive ? conn->server->plan.idle_ms
						: conn->server->plan.linger_ms);
	cc_conn_advance(conn);
}

static struct bufferevent *bufferevent_for(struct cc_server *server, evutil_socket_t fd)
{
	struct event_base *base = cc_loop_base(server->plan.loop);
	/* Deferred: no callback comes in the middle of a call of ours and frees under it. */
	const int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
	struct bufferevent *bev = NULL;
	struct ssl_st *ssl = NULL;
	struct cc_err err = { 0 };

	if (server->plan.tls == NULL)
		return bufferevent_socket_new(base, fd, options);
	if (cc_tls_connection(server->plan.tls, NULL, &ssl, &err) != 0)
		return NULL;
	/* Takes `ssl` over, also when it fails. */
	bev = bufferevent_openssl_socket_new(base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, options);
	return bev;
}

static struct cc_conn *conn_new(struct cc_server *server, evutil_socket_t fd)
{
	struct cc_conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL)
		return NULL;
	conn->server = server;
	conn->deadline = evtimer_new(cc_loop_base(server->plan.loop), on_deadline, conn);
	if (conn->deadline != NULL)
		conn->bev = bufferevent_for(server, fd);
	if (conn->bev == NULL) {
		if (conn->deadline != NULL)
			event_free(conn->deadline);
		free(conn);
		return NULL;
	}
	conn->id = ++server->last_id;
	conn->next = server->first;
	if (conn->next != NULL)
		conn->next->prev = conn;
	server->first = conn;
	server->count++;
	return conn;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
		      int len, void *context)
{
	struct cc_server *server = context;
	struct cc_conn *conn = conn_new(server, fd);

	(void)from;
	(void)len;
	if (conn == NULL) {
		evutil_closesocket(fd);
		return;
	}
	if (server->count >= server->plan.connections_max)
		(void)evconnlistener_disable(listener);
	conn->state = server->plan.tls != NULL ? CC_CONN_HANDSHAKE : CC_CONN_IDLE;
	cc_conn_deadline(conn, server->plan.tls != NULL ? server->plan.handshake_ms
							: server->plan.idle_ms);
	bufferevent_setcb(conn->bev, on_readable, on_written, on_event, conn);
	(void)bufferevent_set_max_single_read(conn->bev, READ_SIZE);
	(void)bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
}

int cc_server_new(const struct cc_server_plan *plan, struct cc_server **out, struct cc_err *err)
{
	struct cc_server *server = calloc(1, sizeof(*server));
	struct cc_server_plan *p = NULL;

	if (server == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a server");
	server->plan = *plan;
	p = &server->plan;
	p->connections_max = p->connections_max != 0 ? p->connections_max : CONNECTIONS_DEFAULT;
	p->body_max = p->body_max != 0 ? p->body_max : CC_HTTP_BODY_MAX;
	p->handshake_ms = p->handshake_ms != 0 ? p->handshake_ms : HANDSHAKE_DEFAULT_MS;
	p->idle_ms = p->idle_ms != 0 ? p->idle_ms : IDLE_DEFAULT_MS;
	p->request_ms = p->request_ms != 0 ? p->request_ms : REQUEST_DEFAULT_MS;
	p->linger_ms = p->linger_ms != 0 ? p->linger_ms : LINGER_DEFAULT_MS;
	server->listener =
		evconnlistener_new(cc_loop_base(p->loop), on_accept, server,
				   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, p->fd);
	if (server->listener == NULL) {
		free(server);
		return cc_fail(err, CC_E_SYSTEM, "start a server");
	}
	*out = server;
	return 0;
}

void cc_server_free(struct cc_server *server)
{
	if (server == NULL)
		return;
	evconnlistener_free(server->listener);
	server->listener = NULL;
	while (server->first != NULL)
		cc_conn_free(server->first);
	free(server);
}

size_t cc_server_connections(const struct cc_server *server)
{
	return server->count;
}
