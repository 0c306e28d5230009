/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/pe.h"
#include "measure/rtmr.h"
#include "measure/uki.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* An executable, perhaps a unified kernel image, and a kernel that QEMU writes into. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct cc_tdx_machine machine = { (uint64_t)1 << 32, 4096 };
	CC_AUTO_BUF struct cc_buf patched = { 0 };
	struct cc_hashed hashed = { 0 };
	struct cc_pe pe = { 0 };
	struct cc_uki uki = { 0 };
	struct cc_err err = { 0 };

	if (cc_pe_parse(cc_span(at, len), &pe, &err) == 0) {
		cc_ignore(cc_pe_authenticode(&pe, CC_HASH_SHA256, &hashed, &err));
		if (cc_uki_parse(&pe, &uki, &err) == 0)
			cc_ignore(cc_uki_pcr11(&uki, CC_HASH_SHA256, "", &hashed, &err));
	}
	cc_ignore(cc_tdx_patch_kernel(cc_span(at, len), &machine, &patched, &err));
	return 0;
}
