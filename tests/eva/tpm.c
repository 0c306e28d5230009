/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as TPMS_ATTEST, TPMT_SIGNATURE and TPMT_PUBLIC. */
#include "evidence/tpm.h"

#include "__fc_builtin.h"

static uint8_t bytes[1024];

int main(void)
{
	struct cc_tpm_signature signature = { 0 };
	struct cc_tpm_public public = { 0 };
	struct cc_tpm_quote quote = { 0 };
	struct cc_err err = { 0 };
	struct cc_span any = cc_span(bytes, (size_t)Frama_C_interval(0, sizeof(bytes)));

	Frama_C_make_unknown((char *)bytes, sizeof(bytes));
	if (Frama_C_nondet(0, 1) != 0)
		return cc_tpm_quote_parse(any, &quote, &err);
	if (Frama_C_nondet(0, 1) != 0)
		return cc_tpm_signature_parse(any, &signature, &err);
	return cc_tpm_public_parse(any, &public, &err);
}
