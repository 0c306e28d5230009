/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tpm-command.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void read_parameters(struct cc_span parameters)
{
	struct cc_span a = { 0 }, b = { 0 };
	struct cc_tpm_values values = { 0 };
	struct cc_tpm_nv nv = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_tpm_public_read(parameters, &a, &err));
	cc_ignore(cc_tpm_quoted_read(parameters, &a, &b, &err));
	cc_ignore(cc_tpm_pcrs_read(parameters, &values, &err));
	cc_ignore(cc_tpm_nv_public_read(parameters, &nv, &err));
	cc_ignore(cc_tpm_nv_data_read(parameters, CC_TPM_NV_CHUNK, &a, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct cc_tpm_call calls[] = {
		{ .command = CC_TPM_CREATE_PRIMARY, .handle_count = 1, .authorized = 1 },
		{ .command = CC_TPM_QUOTE, .handle_count = 1, .authorized = 1 },
		{ .command = CC_TPM_PCR_READ },
	};

	for (size_t i = 0; i < CC_COUNT(calls); i++) {
		struct cc_tpm_response response = { 0 };
		struct cc_err err = { 0 };

		if (cc_tpm_response_read(cc_span(at, len), &calls[i], &response, &err) == 0)
			read_parameters(response.parameters);
	}
	read_parameters(cc_span(at, len));
	return 0;
}
