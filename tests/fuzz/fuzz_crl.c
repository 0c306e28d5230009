/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_CRL struct cc_crl *out = NULL;
	struct cc_err err = { 0 };

	cc_ignore(cc_crl_parse(cc_span(data, size), &out, &err));
	return 0;
}
