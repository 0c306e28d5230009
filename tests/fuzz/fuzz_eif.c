/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/x509.h"
#include "measure/eif.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* An enclave image, with who signed it. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_EIF_SIGNATURE struct cc_eif_signature signature = { 0 };
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	struct cc_digest48 pcrs[CC_EIF_PCRS] = { 0 };
	struct cc_eif eif = { 0 };
	struct cc_err err = { 0 };

	if (cc_eif_parse(cc_span(at, len), &eif, &err) != 0)
		return 0;
	cc_ignore(cc_eif_measure(&eif, pcrs, &err));
	if (cc_eif_signature_read(&eif, &signature, &err) == 0)
		cc_ignore(cc_eif_signature_verify(&eif, &signature, &cert, &err));
	return 0;
}
