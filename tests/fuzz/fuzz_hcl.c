/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/azure.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_BUF struct cc_buf modulus = { 0 };
	struct cc_hcl_report report = { 0 };
	struct cc_err err = { 0 };

	if (cc_hcl_parse(cc_span(at, len), &report, &err) == 0)
		cc_ignore(cc_hcl_attestation_key(report.runtime, &modulus, &err));
	return 0;
}
