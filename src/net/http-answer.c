/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http.h"

#define HEAD_END "\r\n\r\n"

static int take_chunks(struct cc_span rest, size_t body_max, struct cc_buf *body, bool *is_whole,
		       struct cc_err *err)
{
	struct cc_http_chunks chunks = { 0 };
	size_t used = 0;

	CC_TRY(cc_http_chunks_take(&chunks, rest, body_max, body, &used, err));
	*is_whole = chunks.state == CC_CHUNK_DONE;
	if (!*is_whole)
		cc_buf_reset(body);
	return 0;
}

int cc_http_take_answer(struct cc_span bytes, size_t body_max, struct cc_http_head *head,
			struct cc_buf *body, bool *is_whole, struct cc_err *err)
{
	size_t end = cc_span_find(bytes, HEAD_END);
	size_t len = end == bytes.len ? end : end + strlen(HEAD_END);
	struct cc_span rest = cc_span_sub(bytes, len, bytes.len);

	*is_whole = false;
	if (len > CC_HTTP_HEAD_MAX)
		return cc_fail(err, CC_E_TOOBIG, "an http head over %zu bytes", CC_HTTP_HEAD_MAX);
	if (end == bytes.len)
		return 0;
	CC_TRY(cc_http_parse_answer(cc_span_sub(bytes, 0, len), head, err));
	if (head->status < 200)
		return cc_fail(err, CC_E_ARG, "an interim http answer, %u", head->status);
	if (head->chunked)
		return take_chunks(rest, body_max, body, is_whole, err);
	if (head->length > body_max)
		return cc_fail(err, CC_E_TOOBIG, "a body of %llu bytes, more than %zu",
			       (unsigned long long)head->length, body_max);
	if (rest.len < head->length)
		return 0;
	*is_whole = true;
	return cc_buf_add(body, cc_span_sub(rest, 0, (size_t)head->length), err);
}
