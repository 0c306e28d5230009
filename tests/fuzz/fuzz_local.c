/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sgx.h"
#include "evidence/tdx.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_sgx_local enclave = { 0 };
	struct cc_td_local domain = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	if (cc_sgx_local_parse(cc_span(at, len), &enclave, &err) == 0)
		cc_sgx_claim(&enclave.body, &claims);
	if (cc_td_local_parse(cc_span(at, len), &domain, &err) == 0)
		cc_td_claim(&domain.body, &claims);
	return 0;
}
