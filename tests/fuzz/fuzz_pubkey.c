/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_PUBKEY struct cc_pubkey *out = NULL;
	struct cc_err err = { 0 };

	cc_ignore(cc_pubkey_from_der(cc_span(data, size), &out, &err));
	return 0;
}
