/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/nsm.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_span document = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_nsm_document(cc_span(at, len), &document, &err));
	return 0;
}
