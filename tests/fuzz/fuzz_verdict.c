/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/vote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cc_verdict verdict = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_verdict_parse(cc_span(data, size), &verdict, &err));
	return 0;
}
