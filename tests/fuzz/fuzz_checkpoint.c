/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_checkpoint checkpoint;
	struct cc_err err;

	if (cc_checkpoint_parse(cc_span(at, len), &checkpoint, &err) == 0)
		cc_ignore(cc_checkpoint_print(&checkpoint, &out, &err));
	return 0;
}
