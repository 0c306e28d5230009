/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cc_link link = { CC_WEB, CC_KEEPER, CC_PHASE_SERVING };
	struct cc_message out = { 0 };
	struct cc_err err = { 0 };
	size_t used = 0;

	cc_ignore(cc_message_next(&link, cc_span(data, size), &out, &used, &err));
	return 0;
}
