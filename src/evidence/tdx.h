/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TD report body of a quote (Intel, "TDX DCAP Quote Generation Library", A.3; TDX Module
 * ABI, TDREPORT_STRUCT): bytes to struct. Nothing here is believed; dcap.h proves it.
 *
 * Version 1.0 has 584 bytes, 1.5 appends the TCB of now and MRSERVICETD. Integers are
 * little-endian.
 */
#ifndef CC_EVIDENCE_TDX_H
#define CC_EVIDENCE_TDX_H

#include "evidence/claims.h"

#define CC_TD_REPORT_10_LEN 584
#define CC_TD_REPORT_15_LEN 648
#define CC_RTMRS 4

/* TDATTRIBUTES: any bit of the first byte puts the TD under debug. */
#define CC_TD_DEBUG_BITS UINT64_C(0xff)
#define CC_TD_SEPT_VE_DISABLE (UINT64_C(1) << 28)
#define CC_TD_MIGRATABLE (UINT64_C(1) << 29)
/* LASS, SEPT_VE_DISABLE, MIGRATABLE, PKS, KL, TPA, PERFMON; the others are reserved. */
#define CC_TD_KNOWN_BITS \
	(CC_TD_DEBUG_BITS | UINT64_C(0x1f) << 27 | UINT64_C(1) << 62 | UINT64_C(1) << 63)
/* XFAM must have x87 and SSE (TDX Module ABI 3.4.2). */
#define CC_TD_XFAM_FIXED UINT64_C(3)

struct cc_td_report {
	uint8_t tcb_svn[16]; /* TEE_TCB_SVN: [0] SVN of the module, [1] its major version */
	struct cc_digest48 module, module_signer;
	uint64_t module_attributes;
	struct cc_span module_attribute_bytes; /* the 8 as they stand: masks apply to them */
	uint64_t attributes, xfam;
	struct cc_digest48 mrtd, config, owner, owner_config;
	struct cc_digest48 rtmr[CC_RTMRS];
	uint8_t report_data[CC_REPORT_DATA_LEN];
	bool has_current; /* version 1.5 */
	uint8_t current_tcb_svn[16];
	struct cc_digest48 service_td;
};

/* `bytes` has one of the two lengths. CC_E_ARG. */
int cc_td_report_parse(struct cc_span bytes, struct cc_td_report *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* What the body says, not proven: measurement, RTMRs, report data, debug, and all that is TDX's. */
void cc_td_claim(const struct cc_td_report *report, struct cc_claims *out) CC_NONNULL;

/*
 * TDREPORT_STRUCT, what TDG.MR.REPORT gives a TD: REPORTMACSTRUCT, TEE_TCB_INFO and TDINFO. Its MAC
 * is by a key that only this machine has. Who is elsewhere cannot verify it; a quoting enclave
 * makes a quote of it. Reserved bytes are zero, which tells it from other files of its length.
 */
#define CC_TD_LOCAL_LEN 1024
struct cc_td_local {
	uint8_t version;                            /* of REPORTTYPE: 1 has SERVTD_HASH */
	struct cc_span cpusvn;                      /* 16 bytes */
	struct cc_span tcb_info_hash, td_info_hash; /* SHA-384, as the MAC covers them … */
	struct cc_span tcb_info, td_info;           /* … of these, which it does not */
	struct cc_span mac;                         /* HMAC-SHA-256 over the first 224 bytes */
	uint64_t valid;                             /* a bit for each field of TEE_TCB_INFO */
	struct cc_td_report body;
};
/* CC_E_ARG. */
int cc_td_local_parse(struct cc_span bytes, struct cc_td_local *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
