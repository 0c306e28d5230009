/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_NET_SERVER_INTERNAL_H
#define CC_NET_SERVER_INTERNAL_H

#include "net/server.h"

struct bufferevent;
struct event;
struct evconnlistener;

/*
 * The states of a connection, and what moves it on:
 *
 *   HANDSHAKE --TLS done--> IDLE --first byte--> HEAD --empty line--> BODY --last byte--> HANDLER
 *   HANDLER --cc_request_answer--> ANSWER --sent--> IDLE, or LINGER when it is to end
 *
 * LINGER reads and drops for a moment: closing with unread bytes makes the kernel send a reset,
 * which can take our last answer away from the client.
 */
enum cc_conn_state {
	CC_CONN_HANDSHAKE = 0,
	CC_CONN_IDLE,
	CC_CONN_HEAD,
	CC_CONN_BODY,
	CC_CONN_HANDLER,
	CC_CONN_ANSWER,
	CC_CONN_LINGER,
};

struct cc_conn {
	struct cc_server *server;
	struct cc_conn *prev, *next;
	struct bufferevent *bev;
	struct event *deadline;
	enum cc_conn_state state;
	uint64_t id;
	struct cc_digest exporter;
	struct cc_buf peer;
	struct cc_request *request; /* being read, or at the handler */
	struct cc_http_chunks chunks;
	size_t searched; /* of the head: no empty line ends before this byte */
	bool keep_alive;
	bool is_head; /* of the request: RFC 9110, 9.3.2 */
};

struct cc_server {
	struct cc_server_plan plan;
	struct evconnlistener *listener;
	struct cc_conn *first;
	size_t count;
	uint64_t last_id;
};

struct cc_request {
	struct cc_conn *conn; /* NULL: gone */
	/* The head; `head` points into it. Method, path and values are terminated where they stand.
	 */
	struct cc_buf bytes;
	struct cc_http_head head;
	struct cc_buf body, peer;
	struct cc_digest exporter;
	uint64_t connection;
};

void cc_conn_free(struct cc_conn *conn);
void cc_request_free(struct cc_request *request);
/* Answer what could not be made a request, and end the connection. */
void cc_conn_refuse(struct cc_conn *conn, unsigned int status, const struct cc_err *err) CC_NONNULL;
void cc_conn_deadline(struct cc_conn *conn, unsigned int ms) CC_NONNULL;
/* Read on what is there, until more is needed or the handler has a request. */
void cc_conn_advance(struct cc_conn *conn) CC_NONNULL;

#endif
