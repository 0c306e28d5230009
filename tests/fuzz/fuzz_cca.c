/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/cca.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_cca_token token = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_cca_parse(cc_span(at, len), &token, &err));
	return 0;
}
