/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/ovmf.h"
#include "measure/rtmr.h"
#include "measure/snp.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* A firmware image and what it says about its launch. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cc_snp_firmware firmware = { 0 };
	struct cc_digest48 hob = { 0 };
	struct cc_ovmf ovmf = { 0 };
	struct cc_tdvf tdvf = { 0 };
	struct cc_err err = { 0 };

	if (cc_ovmf_parse(cc_span(at, len), &ovmf, &err) != 0)
		return 0;
	cc_ignore(cc_snp_firmware_parse(&ovmf, &firmware, &err));
	if (cc_tdvf_parse(&ovmf, &tdvf, &err) == 0)
		cc_ignore(cc_tdx_hob(&tdvf, (uint64_t)1 << 33, &hob, &err));
	return 0;
}
