/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cc_err out = { 0 }, err = { 0 };

	cc_ignore(cc_problem_parse(cc_span(data, size), &out, &err));
	return 0;
}
