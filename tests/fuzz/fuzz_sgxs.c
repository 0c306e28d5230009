/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/sgx.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* A stream of steps, a SIGSTRUCT, or a layout. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_sigstruct sigstruct = { 0 };
	struct cc_sgx_layout layout = { 0 };
	struct cc_sgxs sgxs = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_sgxs_measure(cc_span(at, len), &sgxs, &err));
	cc_ignore(cc_sigstruct_parse(cc_span(at, len), &sigstruct, &err));
	if (cc_json_parse(cc_span(at, len), CC_SGX_LAYOUT_MAX, &json, &err) == 0)
		cc_ignore(cc_sgx_layout_read(json, &layout, &err));
	return 0;
}
