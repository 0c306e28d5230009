/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_tpm_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	if (cc_tpm_parse(cc_span(at, len), &evidence, &err) != 0)
		return 0;
	cc_ignore(cc_tpm_claim(&evidence, &claims, &err));
	cc_ignore(cc_tpm_prove_values(&evidence, &err));
	return 0;
}
