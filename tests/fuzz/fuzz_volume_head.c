/* SPDX-License-Identifier: Apache-2.0 */
#include "volume/format-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_vol_head head = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_vol_head_parse(cc_span(at, len), &head, &err));
	return 0;
}
