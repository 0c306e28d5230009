/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate that carries evidence. */
#include "evidence/ratls.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	struct cc_ratls ratls = { 0 };
	struct cc_err err = { 0 };

	if (len <= CC_CERT_MAX && cc_cert_from_der(cc_span(at, len), &cert, &err) == 0)
		cc_ignore(cc_ratls_read(cert, &ratls, &err));
	return 0;
}
