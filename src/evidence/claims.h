/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What evidence says once it is proven.
 *
 * Four questions, four answers, never one boolean:
 *
 *   1. Is it authentic?      cc_evidence_prove (evidence.h) → claims, or an error
 *   2. Is it bound to us?    cc_claims_bound: the report data that we computed ourselves
 *   3. Is the platform well? cc_claims_platform: debug, TCB status, advisories
 *   4. Is it what we want?   the policy: measurement, signer, versions, class
 *
 * A debug enclave on an outdated machine has a perfect signature: 1 and 2 hold and
 * 3 says no. The zero of every enumeration is the weakest value, so that a claim
 * that nobody filled in grants nothing. Claims are a value: nothing is owned.
 */
#ifndef CC_EVIDENCE_CLAIMS_H
#define CC_EVIDENCE_CLAIMS_H

#include "codec/json.h"

enum cc_platform_kind {
	CC_PLATFORM_NONE = 0,
	CC_PLATFORM_SGX,
	CC_PLATFORM_TDX,
	CC_PLATFORM_SNP,
	CC_PLATFORM_TPM,
	CC_PLATFORM_NITRO,
	CC_PLATFORM_CCA,
	CC_PLATFORM_COUNT,
};

/* What the chain of evidence ended in, weakest first: a greater class is a stronger one. */
enum cc_class {
	CC_CLASS_NONE = 0,
	CC_CLASS_SIMULATED,
	CC_CLASS_MEASURED_ONLY,
	CC_CLASS_CONFIDENTIAL,
	CC_CLASS_COUNT,
};

/* Intel's words, in no order: what is acceptable is a set, not a threshold. */
enum cc_tcb_status {
	CC_TCB_NOT_SUPPORTED = 0, /* no TCB level matches */
	CC_TCB_NOT_STATED,        /* ours: this vendor gives numbers and no verdict on them */
	CC_TCB_REVOKED,
	CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	CC_TCB_OUT_OF_DATE,
	CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
	CC_TCB_CONFIGURATION_NEEDED,
	CC_TCB_SW_HARDENING_NEEDED,
	CC_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
	CC_TCB_TD_RELAUNCH_ADVISED, /* the machine is patched, the TD runs from before */
	CC_TCB_UP_TO_DATE,
	CC_TCB_STATUS_COUNT,
};

#define CC_ADVISORIES_MAX 64
#define CC_ADVISORY_LEN 24 /* "INTEL-SA-00615" and its NUL, with room */
#define CC_MEASUREMENT_MAX 64
#define CC_REPORT_DATA_LEN 64
#define CC_REGISTERS_MAX 32
#define CC_EVENTS_MAX 256
#define CC_MACHINE_MAX 64
#define CC_QE_ID_LEN 16

/* Sorted, without repetition. */
struct cc_advisories {
	char at[CC_ADVISORIES_MAX][CC_ADVISORY_LEN];
	size_t count;
};

/* A value that grows at run time or is one of several: RTMR, PCR, REM. */
struct cc_register {
	uint16_t index;
	uint16_t len; /* 20, 32, 48 or 64: which one says the hash */
	uint8_t value[CC_MEASUREMENT_MAX];
};

/* In the order in which the evidence has them. */
struct cc_registers {
	struct cc_register at[CC_REGISTERS_MAX];
	size_t count;
};

/* What PCRs were extended with, in the order of the log. */
struct cc_events {
	struct cc_register at[CC_EVENTS_MAX];
	size_t count;
	bool omitted; /* there are more than fit: none is listed */
};
bool cc_events_equal(const struct cc_events *a, const struct cc_events *b) CC_NONNULL;

/* In constant time; indexes, lengths and values. */
bool cc_registers_equal(const struct cc_registers *a, const struct cc_registers *b) CC_NONNULL;

/* What SGX says beside the common part (Intel SDM volume 3D, REPORT). */
struct cc_sgx_claims {
	bool initialized, mode64; /* ATTRIBUTES.INIT and MODE64BIT */
	bool privileged_keys;     /* PROVISION_KEY or EINITTOKEN_KEY */
	bool signer_is_published; /* the signer's private key is in a public SDK */
	struct cc_digest signer;  /* MRSIGNER */
	uint16_t product, svn, config_svn;
	uint8_t config_id[64];
	uint8_t family_id[16], extended_product[16];
	uint64_t attributes, xfrm;
	uint32_t miscselect;
};

/* What TDX says (Intel TDX Module ABI, TDREPORT_STRUCT); RTMR 0 to 3 are registers. */
struct cc_tdx_claims {
	uint8_t tcb_svn[16], current_tcb_svn[16]; /* at launch, and now (zero before TDX 1.5) */
	struct cc_digest48 module, module_signer; /* MRSEAM, MRSIGNERSEAM */
	uint64_t module_attributes, attributes, xfam;
	struct cc_digest48 config, owner, owner_config; /* MRCONFIGID, MROWNER, MROWNERCONFIG */
	struct cc_digest48 service_td;                  /* MRSERVICETD, zero before TDX 1.5 */
	enum cc_tcb_status module_tcb;                  /* of the TDX module alone */
};

#define CC_SNP_TCB_LEN 8
#define CC_SNP_CSP_MAX 64

enum cc_snp_product {
	CC_SNP_UNKNOWN = 0,
	CC_SNP_MILAN,
	CC_SNP_GENOA, /* with Bergamo and Siena */
	CC_SNP_TURIN,
	CC_SNP_PRODUCT_COUNT,
};

enum cc_snp_signer {
	CC_SNP_SIGNER_NONE = 0,
	CC_SNP_VCEK, /* key of one chip */
	CC_SNP_VLEK, /* key that AMD gave a cloud provider for all its chips */
	CC_SNP_SIGNER_COUNT,
};

/* What SEV-SNP says (AMD 56860, ATTESTATION_REPORT); TCBs as they stand in the report. */
struct cc_snp_claims {
	enum cc_snp_product product;
	enum cc_snp_signer signer;
	uint32_t guest_svn, vmpl;
	uint64_t policy, platform_info;
	uint8_t family_id[16], image_id[16];
	uint8_t reported_tcb[CC_SNP_TCB_LEN], committed_tcb[CC_SNP_TCB_LEN];
	uint8_t current_tcb[CC_SNP_TCB_LEN], launch_tcb[CC_SNP_TCB_LEN];
	struct cc_digest48 id_key, author_key;
	struct cc_digest host_data, report_id, migration_agent;
	uint8_t cpuid[3], current_build[3], committed_build[3];
	uint64_t launch_mitigations, current_mitigations;
	bool has_author_key, masks_chip;
	uint8_t key[96];          /* of the VCEK or VLEK: x ‖ y */
	char csp[CC_SNP_CSP_MAX]; /* of a VLEK: whom AMD gave it to; otherwise empty */
};

/* What an AWS Nitro document says; its PCRs are registers, PCR 0 is the measurement. */
struct cc_nitro_claims {
	uint8_t nonce[CC_REPORT_DATA_LEN];
	size_t nonce_len;  /* 0: none, or one that does not fit */
	int64_t timestamp; /* the hypervisor's clock, not ours */
	uint8_t key[96];   /* of the leaf: x ‖ y */
};

/* What an Arm CCA token says; its REMs are registers, the RIM is the measurement. */
struct cc_cca_claims {
	uint8_t implementation[32], personalization[64];
	uint32_t lifecycle; /* 3000h to 30ffh: secured; whatever is not is debug here */
};

#define CC_TPM_QUALIFYING_MAX 66

/* What a TPM's quote says; its PCRs are registers, the measurement covers which ones they are. */
struct cc_tpm_claims {
	bool quoted; /* there is a quote: of a TPM, or of a virtual one that a guest has */
	enum cc_hash bank;
	uint32_t pcrs;           /* 1u << index of each that is quoted */
	uint32_t log_pcrs;       /* of these, those to which an event log leads */
	struct cc_events events; /* of log_pcrs alone: no other is proven */
	uint8_t pcr_digest[CC_HASH_LEN_MAX];
	size_t pcr_digest_len;
	uint8_t qualifying[CC_TPM_QUALIFYING_MAX];
	size_t qualifying_len;
	uint64_t clock;            /* milliseconds that it had power */
	uint32_t resets, restarts; /* since it was cleared; since the last reset */
	bool clock_is_safe;
	uint64_t firmware;    /* version, as its vendor numbers them */
	struct cc_digest key; /* the attestation key: the digest in its Name, or a key hash */
	/* Of a guest that has a virtual one: what its hardware measured. */
	uint8_t launch[48];
	size_t launch_len;
	bool launch_is_all; /* and nothing was extended since in registers of the hardware */
};

/* What Intel's collateral says of the machine, SGX and TDX alike. */
struct cc_intel_claims {
	enum cc_tcb_status machine_tcb, qe_tcb; /* of the levels alone, before they are converged */
	uint32_t evaluation_number;             /* the lower one of TCB info and QE identity */
	uint8_t fmspc[6];                       /* processor family and model */
	/*
	 * Which quoting enclave made the quote: its signed header says so (DCAP, user data).
	 * The QE's own word: as good as the machine, no proof against who broke one.
	 */
	uint8_t qe_id[CC_QE_ID_LEN];
};

struct cc_claims {
	enum cc_platform_kind platform;
	enum cc_class class; /* of the root that the chain ended in, never of the format */
	struct cc_digest root;
	uint16_t version; /* of the format of the evidence: quote 3 to 5 */

	/* What was launched: MRENCLAVE, MRTD, the launch digest of SNP, PCR 0 of Nitro, RIM of
	 * CCA; of a TPM SHA-256 over TPMS_QUOTE_INFO. */
	uint8_t measurement[CC_MEASUREMENT_MAX];
	size_t measurement_len;
	uint8_t report_data[CC_REPORT_DATA_LEN];
	struct cc_registers registers;

	bool debug;              /* whoever runs the machine can read and change it */
	bool without_revocation; /* nobody looked whether a certificate is revoked */

	enum cc_tcb_status tcb; /* of everything that is measured there, converged */
	int64_t tcb_date;       /* of the matched level; 0: none matched */
	struct cc_advisories advisories;
	int64_t valid_from, valid_until; /* the window in which all collateral holds */
	/* Which machine this is, as its vendor numbers them; 0 bytes: it does not say. */
	uint8_t machine[CC_MACHINE_MAX];
	size_t machine_len;

	struct cc_intel_claims intel; /* sgx and tdx */
	struct cc_sgx_claims sgx;
	struct cc_tdx_claims tdx;
	struct cc_snp_claims snp;
	struct cc_nitro_claims nitro;
	struct cc_cca_claims cca;
	struct cc_tpm_claims tpm;
};

/* Stable names: "sgx", "simulated", "UpToDate". Unknown values are "none" or "NotSupported". */
const char *cc_platform_name(enum cc_platform_kind platform);
const char *cc_class_name(enum cc_class class);
const char *cc_tcb_name(enum cc_tcb_status status);
/* The value with this name, or the zero of the enumeration. */
enum cc_platform_kind cc_platform_named(const char *name) CC_NONNULL;
enum cc_class cc_class_named(const char *name) CC_NONNULL;
/* False when the word is none of the vendor's: what is unknown fails. */
bool cc_tcb_named(const char *name, enum cc_tcb_status *out) CC_NONNULL;
const char *cc_snp_product_name(enum cc_snp_product product);
enum cc_snp_product cc_snp_product_named(const char *name) CC_NONNULL;
const char *cc_snp_signer_name(enum cc_snp_signer signer);
/* For people: "SIMULATION", so that nobody takes one for the other. */
const char *cc_class_text(enum cc_class class);
static inline bool cc_class_not_weaker(enum cc_class class, enum cc_class than)
{
	return class != CC_CLASS_NONE && class >= than;
}

/* Insert in order, once. CC_E_TOOBIG over the maximum, CC_E_ARG for another shape of name. */
int cc_advisories_add(struct cc_advisories *list, const char *name,
		      struct cc_err *err) CC_MUST CC_NONNULL;
bool cc_advisories_have(const struct cc_advisories *list, const char *name) CC_NONNULL;

/* Question 2. All 64 bytes, in constant time; CC_E_EVIDENCE when they differ. */
int cc_claims_bound(const struct cc_claims *claims, const struct cc_digest64 *expected,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* What the asker puts up with. Zeroed it accepts only an up-to-date production platform. */
struct cc_tolerance {
	bool debug;
	bool privileged_keys;
	bool without_revocation;
	bool sept_ve; /* a TD whose host can inject exceptions on private memory */
	bool migratable;
	/* A processor whose root keys were read out in software vouches for nothing by itself. */
	bool milan;
	uint32_t greatest_vmpl;                /* of the level that asked for an SNP report */
	uint8_t least_snp_tcb[CC_SNP_TCB_LEN]; /* of every TCB in the report, by component */
	uint32_t tcb;      /* 1u << status of each status accepted beside UpToDate */
	bool any_advisory; /* else a status that is not UpToDate needs all of its ... */
	struct cc_advisories advisories;  /* ... advisories in this list */
	uint32_t least_evaluation_number; /* 0: any */
	int64_t least_tcb_date;           /* 0: any; a grace period ends by raising it */
};
/*
 * Question 3. CC_E_DENIED names the cause. Revoked, NotSupported, an enclave that
 * is not initialised, a signer whose key is published and reserved attributes of a TD
 * are tolerated by nothing.
 */
int cc_claims_platform(const struct cc_claims *claims, const struct cc_tolerance *tolerance,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* The class alone: CC_E_DENIED when it is weaker than `least`. */
int cc_claims_class(const struct cc_claims *claims, enum cc_class least,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Between verifier and keeper and for output: the common members and those of the platform.
 * The reader refuses unknown and missing members.
 */
int cc_claims_to_json(const struct cc_claims *claims, struct cc_json **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_claims_from_json(const struct cc_json *json, struct cc_claims *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

#endif
