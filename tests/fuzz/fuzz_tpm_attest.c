/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm-attest.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_tpm_value_file values = { 0 };
	struct cc_tpm_answer answer = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_tpm_answer_parse(cc_span(at, len), &answer, &err));
	cc_ignore(cc_tpm_value_file_parse(cc_span(at, len), &values, &err));
	return 0;
}
