/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_witness_ask ask;
	struct cc_err err;

	cc_ignore(cc_witness_ask_parse(cc_span(at, len), &ask, &err));
	return 0;
}
