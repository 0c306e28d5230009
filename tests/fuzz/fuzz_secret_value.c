/* SPDX-License-Identifier: Apache-2.0 */
/* What is read as a stored secret is written as the same bytes. */
#include "secret/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_SECRET_VALUE struct cc_secret_value value = { 0 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	if (cc_secret_value_parse(cc_span(data, size), &value, &err) == 0 &&
	    (cc_secret_value_print(&value, &out, &err) != 0 ||
	     !cc_span_eq(cc_buf_span(&out), cc_span(data, size))))
		abort();
	return 0;
}
