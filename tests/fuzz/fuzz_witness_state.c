/* SPDX-License-Identifier: Apache-2.0 */
#include "witness/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_witness_log log;
	struct cc_err err;

	cc_ignore(cc_witness_log_parse(cc_span(at, len), &log, &err));
	return 0;
}
