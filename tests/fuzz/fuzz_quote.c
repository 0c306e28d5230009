/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_quote quote = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_quote_parse(cc_span(at, len), &quote, &err));
	return 0;
}
