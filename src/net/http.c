/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http.h"

#include <strings.h>

#include "base/str.h"

#define VERSION_LEN 8 /* "HTTP/1.1" */
#define METHOD_MAX 16

static bool is_token_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool cc_http_is_token(struct cc_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_token_char(text.at[i]))
			return false;
	return text.len != 0;
}

bool cc_http_is_value(struct cc_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((text.at[i] < ' ' && text.at[i] != '\t') || text.at[i] == 0x7f)
			return false;
	return true;
}

static bool same(struct cc_span a, const char *b)
{
	return a.len == strlen(b) && (a.len == 0 || strncasecmp((const char *)a.at, b, a.len) == 0);
}

/* Everything before `c`, which is dropped from `text`; false when there is none. */
static bool cut(struct cc_span *text, char c, struct cc_span *out)
{
	const uint8_t *found = text->len == 0 ? NULL : memchr(text->at, c, text->len);

	if (found == NULL)
		return false;
	*out = cc_span(text->at, (size_t)(found - text->at));
	*text = cc_span(found + 1, text->len - out->len - 1);
	return true;
}

/* The next line without its CRLF. A CR or LF anywhere else is found by cc_http_is_value. */
static int next_line(struct cc_span *bytes, struct cc_span *out, struct cc_err *err)
{
	if (!cut(bytes, '\n', out) || out->len == 0 || out->at[out->len - 1] != '\r')
		return cc_fail(err, CC_E_ARG, "an http line does not end in CRLF");
	out->len--;
	if (!cc_http_is_value(*out))
		return cc_fail(err, CC_E_ARG, "an http line with a control character");
	return 0;
}

static struct cc_span trim(struct cc_span text)
{
	while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t'))
		text = cc_span(text.at + 1, text.len - 1);
	while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

static int parse_fields(struct cc_span *bytes, struct cc_http_head *head, struct cc_err *err)
{
	for (;;) {
		struct cc_span line = { 0 }, name = { 0 };

		CC_TRY(next_line(bytes, &line, err));
		if (line.len == 0)
			break;
		if (head->count == CC_HTTP_FIELDS_MAX)
			return cc_fail(err, CC_E_TOOBIG, "more than %d http fields",
				       CC_HTTP_FIELDS_MAX);
		/* A folded line starts with white space, which is no token. */
		if (!cut(&line, ':', &name) || !cc_http_is_token(name))
			return cc_fail(err, CC_E_ARG, "http field %zu has no valid name",
				       head->count + 1);
		head->fields[head->count++] = (struct cc_http_field){ name, trim(line) };
	}
	if (bytes->len != 0)
		return cc_fail(err, CC_E_ARG, "bytes behind an http head");
	return 0;
}

const struct cc_http_field *cc_http_field(const struct cc_http_head *head, const char *name)
{
	for (size_t i = 0; i < head->count; i++)
		if (same(head->fields[i].name, name))
			return &head->fields[i];
	return NULL;
}

int cc_http_only(const struct cc_http_head *head, const char *name,
		 const struct cc_http_field **out, struct cc_err *err)
{
	const struct cc_http_field *first = cc_http_field(head, name);

	for (size_t i = 0; i < head->count; i++)
		if (&head->fields[i] != first && same(head->fields[i].name, name))
			return cc_fail(err, CC_E_ARG, "two http fields '%s'", name);
	*out = first;
	return 0;
}

/* RFC 9112, section 6: how long the body is. */
static int find_length(struct cc_http_head *head, bool *known, struct cc_err *err)
{
	const struct cc_http_field *coding = NULL, *length = NULL;

	CC_TRY(cc_http_only(head, "Transfer-Encoding", &coding, err));
	CC_TRY(cc_http_only(head, "Content-Length", &length, err));
	if (coding != NULL && length != NULL)
		return cc_fail(err, CC_E_ARG, "http with Transfer-Encoding and Content-Length");
	if (coding != NULL && !same(coding->value, "chunked"))
		return cc_fail(err, CC_E_UNSUPPORTED, "a Transfer-Encoding that is not chunked");
	if (coding != NULL && !head->keep_alive) /* so far it tells the version */
		return cc_fail(err, CC_E_ARG, "HTTP/1.0 with Transfer-Encoding");
	head->chunked = coding != NULL;
	*known = coding != NULL || length != NULL;
	if (length != NULL)
		CC_TRY(cc_parse_u64(length->value, UINT64_MAX, "Content-Length", &head->length,
				    err));
	return 0;
}

static bool has_close(const struct cc_http_head *head)
{
	const struct cc_http_field *field = cc_http_field(head, "Connection");

	for (size_t i = 0; field != NULL && i + 5 <= field->value.len; i++)
		if (same(cc_span_sub(field->value, i, 5), "close"))
			return true;
	return false;
}

static int parse_version(struct cc_span text, struct cc_http_head *head, struct cc_err *err)
{
	if (!cc_span_eq_str(text, "HTTP/1.1") && !cc_span_eq_str(text, "HTTP/1.0"))
		return cc_fail(err, CC_E_UNSUPPORTED, "http of another version than 1.0 and 1.1");
	head->keep_alive = cc_span_eq_str(text, "HTTP/1.1");
	return 0;
}

static int parse_target(struct cc_span target, struct cc_http_head *head, struct cc_err *err)
{
	for (size_t i = 0; i < target.len; i++)
		if (target.at[i] <= ' ' || target.at[i] >= 0x7f || target.at[i] == '#')
			return cc_fail(err, CC_E_ARG, "an http target with a foreign character");
	if (target.len == 0 || target.at[0] != '/')
		return cc_fail(err, CC_E_ARG, "an http target that does not start with '/'");
	head->query = cc_span_sub(target, target.len, 0);
	head->path = target;
	if (cut(&target, '?', &head->path))
		head->query = target;
	return 0;
}

static int parse_request_line(struct cc_span line, struct cc_http_head *head, struct cc_err *err)
{
	struct cc_span target = { 0 };

	if (!cut(&line, ' ', &head->method) || !cut(&line, ' ', &target) ||
	    !cc_http_is_token(head->method) || head->method.len > METHOD_MAX)
		return cc_fail(err, CC_E_ARG, "the first line is not an http request");
	CC_TRY(parse_version(line, head, err));
	return parse_target(target, head, err);
}

int cc_http_parse_request(struct cc_span bytes, struct cc_http_head *out, struct cc_err *err)
{
	const struct cc_http_field *host = NULL, *expect = NULL;
	struct cc_http_head head = { 0 };
	struct cc_span line = { 0 };
	bool known = false;

	if (bytes.len > CC_HTTP_HEAD_MAX)
		return cc_fail(err, CC_E_TOOBIG, "an http head over %zu bytes", CC_HTTP_HEAD_MAX);
	CC_TRY(next_line(&bytes, &line, err));
	CC_TRY(parse_request_line(line, &head, err));
	CC_TRY(parse_fields(&bytes, &head, err));
	CC_TRY(cc_http_only(&head, "Host", &host, err));
	if (host == NULL && head.keep_alive)
		return cc_fail(err, CC_E_ARG, "an http request without Host");
	CC_TRY(find_length(&head, &known, err));
	CC_TRY(cc_http_only(&head, "Expect", &expect, err));
	head.expects_continue = expect != NULL && same(expect->value, "100-continue");
	if (expect != NULL && !head.expects_continue)
		return cc_fail(err, CC_E_UNSUPPORTED, "an Expect that is not 100-continue");
	head.keep_alive = head.keep_alive && !has_close(&head);
	*out = head;
	return 0;
}

static int parse_status_line(struct cc_span line, struct cc_http_head *head, struct cc_err *err)
{
	struct cc_span version = cc_span_sub(line, 0, VERSION_LEN);
	struct cc_span code = cc_span_sub(line, VERSION_LEN + 1, 3);
	uint64_t status = 0;

	CC_TRY(parse_version(version, head, err));
	if (line.len < VERSION_LEN + 4)
		return cc_fail(err, CC_E_ARG, "the first line is not an http answer");
	if (line.at[VERSION_LEN] != ' ' ||
	    (line.len > VERSION_LEN + 4 && line.at[VERSION_LEN + 4] != ' ') ||
	    cc_parse_u64(code, 599, "status", &status, err) != 0 || status < 100)
		return cc_fail(err, CC_E_ARG, "the first line is not an http answer");
	head->status = (unsigned int)status;
	return 0;
}

int cc_http_parse_answer(struct cc_span bytes, struct cc_http_head *out, struct cc_err *err)
{
	struct cc_http_head head = { 0 };
	struct cc_span line = { 0 };
	bool known = false;

	if (bytes.len > CC_HTTP_HEAD_MAX)
		return cc_fail(err, CC_E_TOOBIG, "an http head over %zu bytes", CC_HTTP_HEAD_MAX);
	CC_TRY(next_line(&bytes, &line, err));
	CC_TRY(parse_status_line(line, &head, err));
	CC_TRY(parse_fields(&bytes, &head, err));
	CC_TRY(find_length(&head, &known, err));
	/* RFC 9112, 6.3: these have no body whatever they say. */
	if (head.status < 200 || head.status == 204 || head.status == 304) {
		head.chunked = false;
		head.length = 0;
	} else if (!known) {
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "an http answer that does not say its length");
	}
	head.keep_alive = head.keep_alive && !has_close(&head);
	*out = head;
	return 0;
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int cc_http_decode(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	for (size_t i = 0; i < text.len; i++) {
		int high = 0, low = 0;

		if (text.at[i] != '%') {
			CC_TRY(cc_buf_add_u8(out, text.at[i], err));
			continue;
		}
		high = i + 2 < text.len ? hex_value(text.at[i + 1]) : -1;
		low = i + 2 < text.len ? hex_value(text.at[i + 2]) : -1;
		if (high < 0 || low < 0 || (high == 0 && low == 0))
			return cc_fail(err, CC_E_ARG, "percent escape at character %zu is not one",
				       i + 1);
		CC_TRY(cc_buf_add_u8(out, (uint8_t)(high << 4 | low), err));
		i += 2;
	}
	return 0;
}

/* Cut "name=value" or "name" off the front; false at the end. */
static bool next_pair(struct cc_span *query, struct cc_span *name, struct cc_span *value)
{
	if (query->len == 0)
		return false;
	if (!cut(query, '&', value)) {
		*value = *query;
		query->len = 0;
	}
	*name = *value;
	if (!cut(value, '=', name))
		value->len = 0;
	return true;
}

int cc_http_query(struct cc_span query, const char *name, struct cc_buf *out, struct cc_err *err)
{
	struct cc_span key = { 0 }, value = { 0 }, found = { 0 };
	size_t times = 0;

	while (next_pair(&query, &key, &value)) {
		if (!cc_span_eq_str(key, name))
			continue;
		found = value;
		times++;
	}
	if (times == 0)
		return cc_fail(err, CC_E_NOTFOUND, "the query has no '%s'", name);
	if (times > 1)
		return cc_fail(err, CC_E_ARG, "the query has '%s' more than once", name);
	return cc_http_decode(found, out, err);
}

static bool is_among(struct cc_span name, const char *const *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (cc_span_eq_str(name, known[i]))
			return true;
	return false;
}

int cc_http_query_closed(struct cc_span query, const char *const *known, size_t count,
			 struct cc_err *err)
{
	struct cc_span name = { 0 }, value = { 0 };

	while (next_pair(&query, &name, &value)) {
		CC_AUTO_FREE char *text = NULL;
		const char *nearest = NULL;

		if (name.len == 0 || is_among(name, known, count))
			continue;
		CC_TRY(cc_strf(&text, err, "%.*s", name.len < 64 ? (int)name.len : 64,
			       (const char *)name.at));
		nearest = count == 0 ? NULL : cc_str_nearest(text, known, count);
		cc_err_set(err, CC_E_ARG, "the query has '%s', which is not known here", text);
		return nearest != NULL ? cc_hint(err, "did you mean '%s'?", nearest) : cc_failed();
	}
	return 0;
}

const char *cc_http_reason(unsigned int status)
{
	static const struct {
		unsigned int status;
		const char *reason;
	} rows[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 204, "No Content" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < CC_COUNT(rows); i++)
		if (rows[i].status == status)
			return rows[i].reason;
	return "Status";
}
