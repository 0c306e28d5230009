/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_CONFIG struct cc_config out = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_config_parse(cc_span(data, size), &out, &err));
	return 0;
}
