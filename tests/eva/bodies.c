/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the bodies of quotes: an enclave's report, and those of TDX 1.0 and 1.5. */
#include "__fc_builtin.h"
#include "evidence/sgx.h"
#include "evidence/tdx.h"

static uint8_t enclave[384], domain[584], domain_15[648];

int main(void)
{
	struct cc_sgx_report report = { 0 };
	struct cc_td_report td = { 0 };
	struct cc_err err = { 0 };

	Frama_C_make_unknown((char *)enclave, sizeof(enclave));
	Frama_C_make_unknown((char *)domain, sizeof(domain));
	Frama_C_make_unknown((char *)domain_15, sizeof(domain_15));
	if (cc_sgx_report_parse(CC_SPAN(enclave), &report, &err) != 0 ||
	    cc_td_report_parse(CC_SPAN(domain), &td, &err) != 0)
		return 1;
	return cc_td_report_parse(CC_SPAN(domain_15), &td, &err);
}
