/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_CHAIN struct cc_chain out = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_chain_from_pem(cc_span(data, size), &out, &err));
	return 0;
}
