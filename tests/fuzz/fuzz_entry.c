/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_ENTRY struct cc_entry entry = { 0 };
	struct cc_err err;

	cc_ignore(cc_entry_parse(cc_span(at, len), &entry, &err));
	return 0;
}
