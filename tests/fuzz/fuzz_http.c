/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct cc_http_head head;
	struct cc_http_chunks chunks = { 0 };
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_err err = { 0 };
	size_t used = 0;
	bool is_whole = false;

	cc_ignore(cc_http_parse_request(cc_span(at, len), &head, &err));
	cc_ignore(cc_http_parse_answer(cc_span(at, len), &head, &err));
	cc_ignore(cc_http_query(cc_span(at, len), "a", &body, &err));
	body.len = 0;
	cc_ignore(cc_http_chunks_take(&chunks, cc_span(at, len), 256, &body, &used, &err));
	cc_buf_reset(&body);
	cc_ignore(cc_http_take_answer(cc_span(at, len), 256, &head, &body, &is_whole, &err));
	if (body.len > 256)
		abort();
	return 0;
}
