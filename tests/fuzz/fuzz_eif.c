/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/eif.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* An enclave image, with who signed it. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	struct cc_digest48 pcrs[CC_EIF_PCRS] = { 0 };
	struct cc_eif eif = { 0 };
	struct cc_err err = { 0 };

	if (cc_eif_parse(cc_span(at, len), &eif, &err) != 0)
		return 0;
	cc_ignore(cc_eif_measure(&eif, pcrs, &err));
	cc_ignore(cc_eif_certificate(&eif, &pem, &err));
	return 0;
}
