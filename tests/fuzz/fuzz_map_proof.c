/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	const struct cc_digest zero = { 0 };
	struct cc_digest value;
	struct cc_err err;
	bool present;

	cc_ignore(cc_map_check(cc_span(at, len), &zero, &zero, &present, &value, &err));
	return 0;
}
