/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/event_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_replay replay = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_event_log_replay(cc_span(at, len), CC_HASH_SHA256, &replay, &err));
	cc_ignore(cc_event_log_replay(cc_span(at, len), CC_HASH_SHA384, &replay, &err));
	return 0;
}
