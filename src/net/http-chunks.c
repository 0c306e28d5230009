/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 9112, section 7.1. Extensions and trailer fields are read over, within their line maximum. */
#include "net/http.h"

/* A whole line without CRLF: 1 when there is one, 0 when more bytes are needed. */
static int line_of(struct cc_span in, struct cc_span *out, struct cc_err *err)
{
	struct cc_span window = cc_span_sub(in, 0, CC_HTTP_CHUNK_LINE_MAX);
	const uint8_t *end = window.len == 0 ? NULL : memchr(window.at, '\n', window.len);

	if (end == NULL && window.len == CC_HTTP_CHUNK_LINE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a chunk line over %d bytes",
			       CC_HTTP_CHUNK_LINE_MAX);
	if (end == NULL)
		return 0;
	*out = cc_span(in.at, (size_t)(end - in.at));
	if (out->len == 0 || out->at[out->len - 1] != '\r')
		return cc_fail(err, CC_E_ARG, "a chunk line does not end in CRLF");
	out->len--;
	return cc_http_is_value(*out)
		       ? 1
		       : cc_fail(err, CC_E_ARG, "a chunk line with a control character");
}

static int parse_size(struct cc_span line, uint64_t *out, struct cc_err *err)
{
	uint64_t size = 0;
	size_t i = 0;

	for (; i < line.len && i < 8; i++) {
		uint8_t c = line.at[i], lower = c | 0x20;

		if (c >= '0' && c <= '9')
			size = size << 4 | (uint64_t)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			size = size << 4 | (uint64_t)(lower - 'a' + 10);
		else
			break;
	}
	if (i == 0 || (i < line.len && line.at[i] != ';'))
		return cc_fail(err, CC_E_ARG, "a chunk without a valid size");
	*out = size;
	return 0;
}

static int take_data(struct cc_http_chunks *c, struct cc_span in, struct cc_buf *body, size_t *used,
		     struct cc_err *err)
{
	struct cc_span data = cc_span_sub(in, 0, c->left);

	CC_TRY(cc_buf_add(body, data, err));
	c->left -= data.len;
	*used += data.len;
	if (c->left == 0)
		c->state = CC_CHUNK_END;
	return 0;
}

static int take_line(struct cc_http_chunks *c, struct cc_span line, size_t room, struct cc_err *err)
{
	if (c->state == CC_CHUNK_SIZE) {
		CC_TRY(parse_size(line, &c->left, err));
		if (c->left > room)
			return cc_fail(err, CC_E_TOOBIG, "a chunked body over its maximum");
		c->state = c->left == 0 ? CC_CHUNK_TRAILER : CC_CHUNK_DATA;
	} else if (c->state == CC_CHUNK_END) {
		if (line.len != 0)
			return cc_fail(err, CC_E_ARG, "a chunk is longer than it says");
		c->state = CC_CHUNK_SIZE;
	} else if (line.len == 0) {
		c->state = CC_CHUNK_DONE;
	} else if (++c->left > CC_HTTP_FIELDS_MAX) { /* counts the lines of the trailer */
		return cc_fail(err, CC_E_TOOBIG, "a chunked body with too long a trailer");
	}
	return 0;
}

int cc_http_chunks_take(struct cc_http_chunks *c, struct cc_span in, size_t max,
			struct cc_buf *body, size_t *used, struct cc_err *err)
{
	*used = 0;
	while (c->state != CC_CHUNK_DONE) {
		struct cc_span rest = cc_span_sub(in, *used, in.len), line = { 0 };
		int found = 0;

		if (c->state == CC_CHUNK_DATA) {
			if (rest.len == 0)
				return 0;
			CC_TRY(take_data(c, rest, body, used, err));
			continue;
		}
		found = line_of(rest, &line, err);
		if (found <= 0)
			return found;
		CC_TRY(take_line(c, line, max - body->len, err));
		*used += line.len + 2;
	}
	return 0;
}
