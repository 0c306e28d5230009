/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* A report with whatever lies behind it, and its leaf as a certificate. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_CERT struct cc_cert *leaf = NULL;
	struct cc_snp_evidence evidence = { 0 };
	struct cc_snp_leaf parsed = { 0 };
	struct cc_err err = { 0 };

	if (cc_snp_parse(cc_span(at, len), &evidence, &err) == 0 && evidence.vcek.len > 0 &&
	    cc_cert_from_der(evidence.vcek, &leaf, &err) == 0)
		cc_ignore(cc_snp_leaf_parse(leaf, &parsed, &err));
	cc_ignore(cc_snp_table_parse(cc_span(at, len), &evidence, &err));
	return 0;
}
