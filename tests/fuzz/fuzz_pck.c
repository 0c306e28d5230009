/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/pck.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_pck pck = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_pck_parse(cc_span(at, len), &pck, &err));
	return 0;
}
