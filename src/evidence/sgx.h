/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report body of an SGX enclave (Intel SDM volume 3D, REPORT structure): bytes to struct.
 * Nothing here is believed; dcap.h proves it. Integers are little-endian.
 */
#ifndef CC_EVIDENCE_SGX_H
#define CC_EVIDENCE_SGX_H

#include "evidence/claims.h"

#define CC_SGX_REPORT_LEN 384

#define CC_SGX_INIT ((uint64_t)1 << 0)
#define CC_SGX_DEBUG ((uint64_t)1 << 1)
#define CC_SGX_MODE64 ((uint64_t)1 << 2)
#define CC_SGX_PROVISION_KEY ((uint64_t)1 << 4)
#define CC_SGX_LAUNCH_KEY ((uint64_t)1 << 5)

struct cc_sgx_report {
	uint8_t cpusvn[16];
	uint32_t miscselect;
	uint8_t extended_product[16];
	uint64_t attributes, xfrm;
	struct cc_digest mrenclave, mrsigner;
	uint8_t config_id[64];
	uint16_t product, svn, config_svn;
	uint8_t family_id[16];
	uint8_t report_data[CC_REPORT_DATA_LEN];
	struct cc_span attribute_bytes; /* the 16 bytes as they stand: masks apply to them */
};

int cc_sgx_report_parse(struct cc_span bytes, struct cc_sgx_report *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* What the body says, not proven: measurement, report data, debug, and all that is SGX's own. */
void cc_sgx_claim(const struct cc_sgx_report *report, struct cc_claims *out) CC_NONNULL;

/*
 * What EREPORT gives one enclave for another of the same machine: the body, and a MAC by a key that
 * only that machine has. Who is elsewhere cannot verify it; a quoting enclave makes a quote of it.
 */
#define CC_SGX_LOCAL_LEN 432
struct cc_sgx_local {
	struct cc_sgx_report body;
	struct cc_span key_id, mac; /* KEYID, 32 bytes; AES-CMAC over the body */
};
/* CC_E_ARG, also for reserved bytes: nothing else tells a REPORT from any 432 bytes. */
int cc_sgx_local_parse(struct cc_span bytes, struct cc_sgx_local *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
