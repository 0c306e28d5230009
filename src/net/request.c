/* SPDX-License-Identifier: Apache-2.0 */
#include <event2/bufferevent.h>

#include "base/fd.h"
#include "base/str.h"
#include "codec/json.h"
#include "net/server-internal.h"

void cc_request_free(struct cc_request *request)
{
	if (request == NULL)
		return;
	cc_buf_clear(&request->bytes);
	cc_buf_clear(&request->body);
	cc_buf_clear(&request->peer);
	free(request);
}

const char *cc_request_method(const struct cc_request *request)
{
	return (const char *)request->head.method.at;
}

const char *cc_request_path(const struct cc_request *request)
{
	return (const char *)request->head.path.at;
}

struct cc_span cc_request_query(const struct cc_request *request)
{
	return request->head.query;
}

int cc_request_header(const struct cc_request *request, const char *name, const char **out,
		      struct cc_err *err)
{
	const struct cc_http_field *field = NULL;

	CC_TRY(cc_http_only(&request->head, name, &field, err));
	*out = NULL;
	if (field != NULL)
		*out = field->value.len == 0 ? "" : (const char *)field->value.at;
	return 0;
}

struct cc_span cc_request_body(const struct cc_request *request)
{
	return cc_buf_span(&request->body);
}

struct cc_span cc_request_peer(const struct cc_request *request)
{
	return cc_buf_span(&request->peer);
}

const struct cc_digest *cc_request_exporter(const struct cc_request *request)
{
	return &request->exporter;
}

uint64_t cc_request_connection(const struct cc_request *request)
{
	return request->connection;
}

bool cc_request_is_gone(const struct cc_request *request)
{
	return request->conn == NULL;
}

static int print_fields(const struct cc_answer *answer, struct cc_buf *out, struct cc_err *err)
{
	for (size_t i = 0; i < answer->count; i++) {
		const struct cc_answer_field *f = &answer->fields[i];

		/* A line break in a value would be a second header, or a second answer. */
		if (!cc_http_is_token(cc_span_str(f->name)) ||
		    !cc_http_is_value(cc_span_str(f->value)))
			return cc_fail(err, CC_E_BUG, "answer with the field '%s'", f->name);
		CC_TRY(cc_buf_addf(out, err, "%s: %s\r\n", f->name, f->value));
	}
	return 0;
}

static int print_answer(const struct cc_conn *conn, const struct cc_answer *answer,
			struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_addf(out, err, "HTTP/1.1 %u %s\r\n", answer->status,
			   cc_http_reason(answer->status)));
	CC_TRY(print_fields(answer, out, err));
	if (answer->type != NULL) {
		if (!cc_http_is_value(cc_span_str(answer->type)))
			return cc_fail(err, CC_E_BUG, "answer with a broken content type");
		CC_TRY(cc_buf_addf(out, err, "Content-Type: %s\r\n", answer->type));
	}
	/* RFC 9110, 8.6: a 204 has no Content-Length. */
	if (answer->status != 204)
		CC_TRY(cc_buf_addf(out, err, "Content-Length: %zu\r\n", answer->body.len));
	CC_TRY(cc_buf_addf(out, err, "Cache-Control: no-store\r\n%s\r\n",
			   conn->keep_alive ? "" : "Connection: close\r\n"));
	return conn->is_head ? 0 : cc_buf_add(out, answer->body, err);
}

static void send_answer(struct cc_conn *conn, const struct cc_answer *answer)
{
	static const struct cc_answer failure = { .status = 500 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	conn->keep_alive = conn->keep_alive && !answer->close;
	if (print_answer(conn, answer, &out, &err) != 0) {
		cc_buf_reset(&out);
		conn->keep_alive = false;
		cc_ignore(print_answer(conn, &failure, &out, &err));
	}
	conn->state = CC_CONN_ANSWER;
	cc_conn_deadline(conn, conn->server->plan.request_ms);
	if (out.len == 0 || bufferevent_write(conn->bev, out.at, out.len) != 0)
		cc_conn_free(conn);
}

void cc_request_answer(struct cc_request *request, const struct cc_answer *answer)
{
	struct cc_conn *conn = request->conn;

	if (conn != NULL) {
		conn->request = NULL;
		send_answer(conn, answer);
	}
	cc_request_free(request);
}

/* docs/protocol/attestation.md, section 5. */
static int print_problem(const struct cc_err *problem, unsigned int status, bool full,
			 struct cc_buf *out, struct cc_err *err)
{
	const char *name = cc_code_info(problem->code)->name;
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_FREE char *type = NULL;

	CC_TRY(cc_strf(&type, err, "urn:concordat:error:%s", name));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "code", name, err));
	CC_TRY(cc_json_set_str(json, "title", name, err));
	CC_TRY(cc_json_set_str(json, "type", type, err));
	CC_TRY(cc_json_set_u64(json, "status", status, err));
	if (full)
		CC_TRY(cc_json_set_str(json, "detail", problem->text, err));
	if (full && problem->hint[0] != '\0')
		CC_TRY(cc_json_set_str(json, "hint", problem->hint, err));
	return cc_json_print(json, out, err);
}

static void fill_problem(const struct cc_err *problem, unsigned int status, bool full,
			 struct cc_buf *body, struct cc_answer *answer)
{
	struct cc_err err = { 0 };

	/* A text that was cut within a character is no JSON: then the name alone. */
	if (print_problem(problem, status, full, body, &err) != 0)
		cc_ignore(print_problem(problem, status, false, body, &err));
	*answer = (struct cc_answer){ .status = status,
				      .type = "application/problem+json",
				      .body = cc_buf_span(body) };
}

void cc_request_problem(struct cc_request *request, const struct cc_err *problem, bool full)
{
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_answer answer = { 0 };

	fill_problem(problem, (unsigned int)cc_code_info(problem->code)->http_status, full, &body,
		     &answer);
	cc_request_answer(request, &answer);
}

void cc_request_not_allowed(struct cc_request *request, const struct cc_err *problem,
			    const char *methods)
{
	const struct cc_answer_field allow = { "Allow", methods };
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_answer answer = { 0 };

	fill_problem(problem, 405, true, &body, &answer);
	answer.fields = &allow;
	answer.count = 1;
	cc_request_answer(request, &answer);
}

void cc_conn_refuse(struct cc_conn *conn, unsigned int status, const struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_answer answer = { 0 };

	cc_request_free(conn->request);
	conn->request = NULL;
	fill_problem(err, status, true, &body, &answer);
	answer.close = true;
	send_answer(conn, &answer);
}
