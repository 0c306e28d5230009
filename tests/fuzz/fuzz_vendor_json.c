/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/vendor_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_VENDOR_JSON struct cc_vendor_json json = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_vendor_json_read(cc_span(at, len), &json, &err));
	return 0;
}
