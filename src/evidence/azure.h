/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Azure's confidential guests: a paravisor (the "host compatibility layer") runs below the guest in
 * the same SEV-SNP guest or TD, and has a virtual TPM for it. What the hardware measured is the
 * paravisor; what the guest started stands in PCRs. Both together say what runs.
 *
 * The paravisor's report (NV index 0x01400001; Microsoft, "Azure confidential VMs: guest
 * attestation") is a header, a report of the hardware and JSON with the public keys of the TPM; the
 * hash of the JSON is the report data of the hardware's. That is made at the start and holds no
 * nonce: fresh is the quote of the virtual TPM alone. Proven, in this order:
 *
 *   1. container, HCL report, its JSON: bytes alone
 *   2. the quote, by the attestation key in the JSON; PCR values, report data, event log
 *   3. the hardware's evidence, with its chain and collateral, as that of any guest (snp.h, dcap.h)
 *   4. the hash of the JSON is its report data, and who asked was the paravisor: VMPL 0
 *
 * The class is the hardware's. The measurement is SHA-256 over what the hardware measured, RTMRs
 * with it, and TPMS_QUOTE_INFO, so that neither goes without the other; registers are the PCRs. Of
 * a TD the report is its MAC'ed TDREPORT, which only its machine can check: a quote of the same
 * report data stands beside it.
 */
#ifndef CC_EVIDENCE_AZURE_H
#define CC_EVIDENCE_AZURE_H

#include "evidence/tpm.h"

#define CC_HCL_MAX ((size_t)16 * 1024)
#define CC_HCL_HARDWARE_LEN 1184

/* Borrowed. */
struct cc_hcl_report {
	enum cc_platform_kind platform; /* snp or tdx */
	struct cc_span hardware;        /* SNP report, or TDREPORT and zeroes */
	struct cc_span report_data;     /* of the hardware's: 64 bytes */
	struct cc_span runtime;         /* JSON */
};
/* Behind its end only zeroes: an NV index has a fixed size. CC_E_ARG, CC_E_UNSUPPORTED. */
int cc_hcl_parse(struct cc_span bytes, struct cc_hcl_report *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* The modulus of the one key "HCLAkPub". CC_E_EVIDENCE when it is not one for signing alone. */
int cc_hcl_attestation_key(struct cc_span runtime, struct cc_buf *modulus,
			   struct cc_err *err) CC_MUST CC_NONNULL;

/* Of which platform a container is: snp or tdx with an HCL report, else tpm. */
enum cc_platform_kind cc_azure_kind(const struct cc_tpm_evidence *evidence) CC_NONNULL;

/* cc_evidence_read. */
int cc_azure_read(struct cc_span bytes, struct cc_claims *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_azure_prove(const struct cc_evidence *evidence, struct cc_claims *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* cc_evidence_recheck: both signatures, the hardware's as of any guest. */
int cc_azure_recheck(struct cc_span evidence, const struct cc_claims *claims,
		     const struct cc_digest64 *expected, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
