/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a connection to a request: one step for each state that waits for bytes. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "net/server-internal.h"

#define HEAD_END "\r\n\r\n"
/* What a client may send ahead of its answer before we take it for a flood. */
#define AHEAD_MAX ((size_t)256 * 1024)

static struct evbuffer *input(struct cc_conn *conn)
{
	return bufferevent_get_input(conn->bev);
}

/* The status of what could not be made a request. */
static unsigned int status_of(const struct cc_err *err)
{
	return (unsigned int)cc_code_info(err->code)->http_status;
}

/* The length of the head with its empty line, or 0 when it is not all there. */
static size_t head_length(struct cc_conn *conn)
{
	struct evbuffer_ptr from = { 0 }, found = { 0 };
	size_t len = evbuffer_get_length(input(conn));
	const size_t overlap = sizeof(HEAD_END) - 2;

	if (evbuffer_ptr_set(input(conn), &from, conn->searched, EVBUFFER_PTR_SET) != 0)
		return 0;
	found = evbuffer_search(input(conn), HEAD_END, sizeof(HEAD_END) - 1, &from);
	if (found.pos >= 0)
		return (size_t)found.pos + sizeof(HEAD_END) - 1;
	/* Not from the front again for each byte that comes in. */
	conn->searched = len > overlap ? len - overlap : 0;
	return 0;
}

static int take(struct cc_conn *conn, size_t len, struct cc_buf *out, struct cc_err *err)
{
	struct cc_mut room = { 0 };

	CC_TRY(cc_buf_extend(out, len, &room, err));
	if (len != 0 && evbuffer_remove(input(conn), room.at, len) != (int)len)
		return cc_fail(err, CC_E_BUG, "take %zu bytes of a connection", len);
	return 0;
}

/* Behind each of them stands a space, '?' or CR that nobody reads again. */
static void terminate(struct cc_request *request)
{
	const struct cc_http_head *head = &request->head;
	uint8_t *at = request->bytes.at;

	at[head->method.at - at + (ptrdiff_t)head->method.len] = '\0';
	at[head->path.at - at + (ptrdiff_t)head->path.len] = '\0';
	for (size_t i = 0; i < head->count; i++)
		if (head->fields[i].value.len != 0)
			at[head->fields[i].value.at - at + (ptrdiff_t)head->fields[i].value.len] =
				'\0';
}

static int request_new(struct cc_conn *conn, size_t len, struct cc_err *err)
{
	struct cc_request *request = calloc(1, sizeof(*request));

	if (request == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a request");
	conn->request = request;
	request->conn = conn;
	request->connection = conn->id;
	request->exporter = conn->exporter;
	request->body.max = conn->server->plan.body_max;
	CC_TRY(cc_buf_add(&request->peer, cc_buf_span(&conn->peer), err));
	CC_TRY(take(conn, len, &request->bytes, err));
	CC_TRY(cc_http_parse_request(cc_buf_span(&request->bytes), &request->head, err));
	terminate(request);
	if (request->head.length > conn->server->plan.body_max)
		return cc_fail(err, CC_E_TOOBIG, "a body of %llu bytes, more than %zu",
			       (unsigned long long)request->head.length,
			       conn->server->plan.body_max);
	return 0;
}

static bool read_head(struct cc_conn *conn)
{
	const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	size_t len = head_length(conn);
	struct cc_err err = { 0 };

	if (len > CC_HTTP_HEAD_MAX ||
	    (len == 0 && evbuffer_get_length(input(conn)) > CC_HTTP_HEAD_MAX)) {
		cc_err_set(&err, CC_E_TOOBIG, "an http head over %zu bytes", CC_HTTP_HEAD_MAX);
		cc_conn_refuse(conn, 431, &err);
		return false;
	}
	if (len == 0)
		return false;
	if (request_new(conn, len, &err) != 0) {
		cc_conn_refuse(conn, status_of(&err), &err);
		return false;
	}
	conn->keep_alive = conn->request->head.keep_alive;
	conn->is_head = cc_span_eq_str(conn->request->head.method, "HEAD");
	conn->chunks = (struct cc_http_chunks){ 0 };
	conn->searched = 0;
	conn->state = CC_CONN_BODY;
	if (conn->request->head.expects_continue)
		(void)bufferevent_write(conn->bev, go_on, sizeof(go_on) - 1);
	return true;
}

/* Whether the body is whole. */
static int read_chunks(struct cc_conn *conn, bool *whole, struct cc_err *err)
{
	size_t len = evbuffer_get_length(input(conn)), used = 0;
	const uint8_t *at = evbuffer_pullup(input(conn), (ev_ssize_t)len);
	struct cc_request *request = conn->request;

	CC_TRY(cc_http_chunks_take(&conn->chunks, cc_span(at, len), conn->server->plan.body_max,
				   &request->body, &used, err));
	(void)evbuffer_drain(input(conn), used);
	*whole = conn->chunks.state == CC_CHUNK_DONE;
	return 0;
}

static int read_length(struct cc_conn *conn, bool *whole, struct cc_err *err)
{
	struct cc_request *request = conn->request;
	size_t left = (size_t)request->head.length - request->body.len;
	size_t len = evbuffer_get_length(input(conn));

	CC_TRY(take(conn, len < left ? len : left, &request->body, err));
	*whole = len >= left;
	return 0;
}

static bool read_body(struct cc_conn *conn)
{
	struct cc_server *server = conn->server;
	struct cc_err err = { 0 };
	bool whole = false;

	if ((conn->request->head.chunked ? read_chunks(conn, &whole, &err)
					 : read_length(conn, &whole, &err)) != 0) {
		cc_conn_refuse(conn, status_of(&err), &err);
		return false;
	}
	if (!whole)
		return false;
	conn->state = CC_CONN_HANDLER;
	cc_conn_deadline(conn, 0);
	server->plan.handle(conn->request, server->plan.context);
	return false;
}

static bool start_request(struct cc_conn *conn)
{
	if (evbuffer_get_length(input(conn)) == 0)
		return false;
	conn->state = CC_CONN_HEAD;
	conn->is_head = false;
	cc_conn_deadline(conn, conn->server->plan.request_ms);
	return true;
}

/* Nothing is read here, but a client that goes on sending must not fill our memory. */
static bool hold(struct cc_conn *conn)
{
	if (evbuffer_get_length(input(conn)) > AHEAD_MAX)
		cc_conn_free(conn);
	return false;
}

static bool drop(struct cc_conn *conn)
{
	(void)evbuffer_drain(input(conn), evbuffer_get_length(input(conn)));
	return false;
}

void cc_conn_advance(struct cc_conn *conn)
{
	static bool (*const steps[])(struct cc_conn *) = {
		[CC_CONN_HANDSHAKE] = hold, [CC_CONN_IDLE] = start_request,
		[CC_CONN_HEAD] = read_head, [CC_CONN_BODY] = read_body,
		[CC_CONN_HANDLER] = hold,   [CC_CONN_ANSWER] = hold,
		[CC_CONN_LINGER] = drop,
	};

	while (steps[conn->state](conn))
		continue;
}
