/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *again = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	if (cc_json_parse(cc_span(at, len), (size_t)1024 * 1024, &json, &err) != 0 ||
	    cc_json_print(json, &text, &err) != 0)
		return 0;
	if (cc_json_parse(cc_buf_span(&text), CC_BUF_MAX, &again, &err) != 0)
		abort();
	return 0;
}
