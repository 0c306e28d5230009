/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AMD SEV-SNP attestation reports of versions 2, 3 and 5 (AMD 56860, "SEV Secure Nested Paging
 * Firmware ABI", table ATTESTATION_REPORT), what certifies them (AMD 57230, "VCEK Certificate
 * and KDS Interface Specification"), and their proof in this order:
 *
 *   1. the report: versions, reserved bytes, who signed it (VCEK or VLEK, by its own words)
 *   2. the leaf: its name, issuer and product are those that the report speaks of
 *   3. chain ARK → ASK or ASVK → leaf to a pinned root of this product, revocation
 *   4. the leaf's TCB is the report's, component by component; the VCEK is of this chip
 *   5. the signature over the report
 *
 * Evidence is the report alone, the firmware's response around it (MSG_REPORT_RSP), or the
 * report with the host's certificate table behind it (GHCB, SNP_EXT_GUEST_REQUEST). Integers are
 * little-endian, also R and S of the signature.
 */
#ifndef CC_EVIDENCE_SNP_H
#define CC_EVIDENCE_SNP_H

#include "crypto/x509.h"
#include "evidence/evidence.h"

#define CC_SNP_REPORT_LEN 1184
#define CC_SNP_SIGNED 0x2a0
#define CC_SNP_VMPL_HOST UINT32_MAX /* asked for by the host, not by a guest */

/* Guest policy (AMD 56860, table GUEST_POLICY). */
#define CC_SNP_POLICY_SMT (UINT64_C(1) << 16)
#define CC_SNP_POLICY_ONE (UINT64_C(1) << 17)
#define CC_SNP_POLICY_MIGRATE (UINT64_C(1) << 18)
#define CC_SNP_POLICY_DEBUG (UINT64_C(1) << 19)
#define CC_SNP_POLICY_RESERVED (~((UINT64_C(1) << 26) - 1))

struct cc_snp_report {
	uint32_t version, guest_svn;
	uint64_t policy;
	uint8_t family_id[16], image_id[16];
	uint32_t vmpl;
	uint8_t current_tcb[CC_SNP_TCB_LEN];
	uint64_t platform_info;
	bool has_author_key, masks_chip;
	enum cc_snp_signer signer;
	uint8_t report_data[CC_REPORT_DATA_LEN];
	struct cc_digest48 measurement, id_key, author_key;
	struct cc_digest host_data, report_id, migration_agent;
	uint8_t reported_tcb[CC_SNP_TCB_LEN];
	uint8_t cpuid[3]; /* family, model, stepping; zero in version 2 */
	uint8_t chip[64];
	uint8_t committed_tcb[CC_SNP_TCB_LEN];
	uint8_t current_build[3], committed_build[3]; /* build, minor, major */
	uint8_t launch_tcb[CC_SNP_TCB_LEN];
	uint64_t launch_mitigations, current_mitigations; /* version 5 */
	struct cc_span signed_range;
	uint8_t signature[96]; /* r ‖ s, big-endian */
};

/* A report and whatever certificates came with it, borrowed. */
struct cc_snp_evidence {
	struct cc_snp_report report;
	struct cc_span vcek, vlek, ask, ark, crl; /* DER, as the host says; empty when absent */
};

/* CC_E_ARG when malformed, CC_E_UNSUPPORTED for another version or algorithm. */
int cc_snp_parse(struct cc_span bytes, struct cc_snp_evidence *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* The host's table alone; there is no report then. CC_E_ARG when it has nothing that we know. */
int cc_snp_table_parse(struct cc_span bytes, struct cc_snp_evidence *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* The product whose processors have this family and model. */
enum cc_snp_product cc_snp_product_of(const uint8_t cpuid[3]) CC_NONNULL;

/* The parts of a TCB that have a name. */
enum cc_snp_component {
	CC_SNP_BOOTLOADER = 0,
	CC_SNP_TEE,
	CC_SNP_FIRMWARE,
	CC_SNP_MICROCODE,
	CC_SNP_FMC, /* of Turin alone */
	CC_SNP_COMPONENT_COUNT,
};
/* Its byte of this product's TCBs (AMD 56860, table TCB_VERSION); -1: the product has none. */
int cc_snp_component_at(enum cc_snp_product product, enum cc_snp_component component);

/* What a VCEK or VLEK certificate says in its extensions 1.3.6.1.4.1.3704.1. */
struct cc_snp_leaf {
	enum cc_snp_product product;
	uint8_t tcb[CC_SNP_TCB_LEN]; /* in the places of the report's */
	bool has_chip;
	uint8_t chip[64]; /* VCEK; 8 bytes and zeroes on Turin */
};
int cc_snp_leaf_parse(const struct cc_cert *leaf, struct cc_snp_leaf *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* cc_evidence_read. */
int cc_snp_read(struct cc_span bytes, struct cc_claims *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_snp_prove(const struct cc_evidence *evidence, struct cc_claims *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* cc_evidence_recheck: fixed offsets of the report, its signature by the leaf in the evidence. */
int cc_snp_recheck(struct cc_span evidence, const struct cc_claims *claims,
		   const struct cc_digest64 *expected, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
