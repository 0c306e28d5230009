/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/measure.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_measured record = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_measured_parse(cc_span(at, len), &record, &err));
	return 0;
}
