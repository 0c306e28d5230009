/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SIMULATED TPM 2.0: quotes byte for byte as TPM2_Quote makes them, by an attestation key that a
 * root of its own certifies (P-256), or that somebody enrols (RSA, too). The organisation of every
 * certificate is "Concordat SIMULATION". A plan says what the TPM does; tests make wrong ones.
 */
#ifndef CC_PLATFORM_TPM_H
#define CC_PLATFORM_TPM_H

#include "base/dir.h"
#include "evidence/tpm.h"

struct cc_sim_tpm_plan {
	int64_t now;
	int64_t cert_seconds, crl_seconds; /* how long from then certificates and lists hold */
	enum cc_tpm_alg scheme;            /* of the key: ECDSA, RSASSA, RSAPSS */
	uint32_t attributes;
	uint8_t role; /* last number of the certificate's extended key usage 2.23.133.8.n */
	bool leaf_is_ca, leaf_is_revoked, issuer_is_revoked;
	uint64_t crl_number; /* of both lists */
	bool is_enrolled;    /* the evidence has no certificate */

	uint32_t magic;
	uint16_t type;
	enum cc_hash bank;
	uint32_t pcrs; /* 1u << index */
	uint8_t pcr[CC_TPM_PCRS][CC_HASH_LEN_MAX];
	uint64_t clock, firmware;
	uint32_t resets, restarts;
	bool clock_is_unsafe;
	struct cc_span log; /* or empty */
	struct cc_digest64 report_data;
	bool has_no_report_data;
};

struct cc_sim_tpm {
	struct cc_key *root_key, *issuer_key, *leaf_key;
	struct cc_rsa *leaf_rsa; /* in the place of leaf_key */
	struct cc_cert *root, *issuer, *leaf;
	struct cc_buf public;      /* TPMT_PUBLIC */
	struct cc_buf certs, crls; /* for cc_collateral: the issuers and their lists */
};
#define CC_AUTO_SIM_TPM CC_CLEANUP(cc_sim_tpm_clear)

/* P-256, PCR 0 to 7 of SHA-256; certificates of a year, lists of a day. */
void cc_sim_tpm_plan_good(int64_t now, struct cc_sim_tpm_plan *out) CC_NONNULL;
/* `out` is zeroed before the call, but for an RSA key that it is to have: making one takes long. */
int cc_sim_tpm_make(const struct cc_sim_tpm_plan *plan, struct cc_sim_tpm *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Certificates of the issuers and lists anew, by the keys that are there. Of P-256 alone. */
int cc_sim_tpm_publish(const struct cc_sim_tpm_plan *plan, struct cc_sim_tpm *tpm,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* The public part anew: its attributes are the plan's. */
int cc_sim_tpm_describe(const struct cc_sim_tpm_plan *plan, struct cc_sim_tpm *tpm,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* Another key's certificate, by the same issuer: of one that a TPM of yours has. */
int cc_sim_tpm_certify(const struct cc_sim_tpm *tpm, const struct cc_sim_tpm_plan *plan,
		       const struct cc_pubkey *key, struct cc_cert **out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
void cc_sim_tpm_clear(struct cc_sim_tpm *tpm) CC_NONNULL;
/* The root to put into a list: the one above the certificate, or the key that was enrolled. */
int cc_sim_tpm_root(const struct cc_sim_tpm *tpm, const struct cc_sim_tpm_plan *plan,
		    struct cc_root *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* Make one, in the directory of an installation (platform/pki.h), of which these are two parts. */
int cc_sim_tpm_dir_init(const struct cc_dir *secret, const struct cc_dir *public, int64_t now,
			struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Load it, and publish its lists of today; the plan is that of a good TPM. A directory that was
 * made before simulated machines had a TPM is given one.
 */
int cc_sim_tpm_dir_load(const char *path, int64_t now, struct cc_sim_tpm_plan *plan,
			struct cc_sim_tpm *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Publish, in that directory, its certificates and lists as the plan says. */
int cc_sim_tpm_dir_publish(const char *path, const struct cc_sim_tpm_plan *plan,
			   struct cc_sim_tpm *tpm, struct cc_err *err) CC_MUST CC_NONNULL;

/* The values that the plan selects, one after another, and how many they are. */
size_t cc_sim_tpm_pcrs(const struct cc_sim_tpm_plan *plan,
		       struct cc_span out[static CC_TPM_PCRS]) CC_NONNULL;
/* TPMS_ATTEST over what the plan says and TPMT_SIGNATURE over it. */
int cc_sim_tpm_sign(const struct cc_sim_tpm *tpm, const struct cc_sim_tpm_plan *plan,
		    struct cc_buf *quote, struct cc_buf *signature,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Both in a container with the values of the PCRs. */
int cc_sim_tpm_quote(const struct cc_sim_tpm *tpm, const struct cc_sim_tpm_plan *plan,
		     struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
