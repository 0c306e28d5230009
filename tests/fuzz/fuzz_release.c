/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_RELEASE struct cc_release release = { 0 };
	CC_AUTO_ATTEST struct cc_attest attest = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_release_parse(cc_span(data, size), &release, &err));
	cc_ignore(cc_attest_parse(cc_span(data, size), &attest, &err));
	return 0;
}
