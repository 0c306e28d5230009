/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t session[CC_SESSION_LEN] = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_frame_session(cc_span(data, size), session, &err));
	return 0;
}
