/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cc_signature_input out = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_signature_input_parse(cc_span(data, size), &out, &err));
	return 0;
}
