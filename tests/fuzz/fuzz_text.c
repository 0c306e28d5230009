/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_BUF struct cc_buf out = { 0 }, back = { 0 };
	struct cc_err err = { 0 };
	uint8_t version = 0;

	cc_ignore(cc_base32_parse(cc_span(at, len), &out, &err));
	cc_ignore(cc_base58check_parse(cc_span(at, len), &version, &out, &err));
	cc_buf_reset(&out);
	if (cc_base64_parse(cc_span(at, len), &out, &err) == 0 &&
	    (cc_base64_add(&back, cc_buf_span(&out), &err) != 0 ||
	     !cc_span_eq(cc_buf_span(&back), cc_span(at, len))))
		abort();
	return 0;
}
