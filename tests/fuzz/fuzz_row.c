/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_row row = { "counts", { 0 }, 0, 0 };
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err;

	if (cc_secret_new(CC_ROW_KEY_LEN, &key, &err) == 0)
		cc_ignore(cc_row_open(key, &row, cc_span(at, len), &out, &err));
	return 0;
}
