/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_CLEANUP(cc_words_clear) struct cc_words words = { 0 };
	struct cc_err err = { 0 };

	if (cc_command_split(cc_span(data, size), &words, &err) == 0 && words.count > size)
		abort();
	return 0;
}
