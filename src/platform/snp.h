/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SIMULATED AMD processor: the keys that AMD and the chip would hold, and SEV-SNP reports byte
 * for byte as its firmware makes them. Names of roles are AMD's, because the verifier checks
 * them; the organisation of every certificate is "Concordat SIMULATION". Where AMD signs with RSA,
 * it signs with P-384.
 *
 * A plan says what is true of the chip; tests make one with a revoked issuer or the key of another
 * chip and see that the verifier notices.
 */
#ifndef CC_PLATFORM_SNP_H
#define CC_PLATFORM_SNP_H

#include "base/dir.h"
#include "evidence/snp.h"

struct cc_sim_snp_plan {
	int64_t now;
	enum cc_snp_product product;
	enum cc_snp_signer signer;
	const char *leaf_name, *issuer_name, *root_name; /* common names */
	const char *product_name;                        /* in the leaf */
	uint8_t tcb[CC_SNP_TCB_LEN];                     /* of the leaf, in the report's places */
	uint8_t chip[64];
	bool leaf_names_chip;
	bool issuer_is_revoked;
};

struct cc_sim_snp {
	struct cc_key *root_key, *issuer_key, *leaf_key;
	struct cc_cert *root, *issuer, *leaf;
	struct cc_buf certs, crls; /* for cc_collateral; the leaf is among the certificates */
};
#define CC_AUTO_SIM_SNP CC_CLEANUP(cc_sim_snp_clear)

/* A Genoa with nothing wrong, its TCB everywhere the same. */
int cc_sim_snp_plan_good(int64_t now, struct cc_sim_snp_plan *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* The report that such a chip makes of a guest, to be changed before it is signed. */
void cc_sim_snp_report_good(const struct cc_sim_snp_plan *plan,
			    struct cc_snp_report *out) CC_NONNULL;
/* `out` is zeroed before the call. */
int cc_sim_snp_make(const struct cc_sim_snp_plan *plan, struct cc_sim_snp *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Certificates and lists anew, by the keys that are there. */
int cc_sim_snp_publish(const struct cc_sim_snp_plan *plan, struct cc_sim_snp *snp,
		       struct cc_err *err) CC_MUST CC_NONNULL;
void cc_sim_snp_clear(struct cc_sim_snp *snp) CC_NONNULL;
/* The root to put into a list: class simulated. */
int cc_sim_snp_root(const struct cc_sim_snp *snp, struct cc_root *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* The report signed by the leaf; `signed_range` and `signature` are not looked at. */
int cc_sim_snp_sign(const struct cc_sim_snp *snp, const struct cc_snp_report *report,
		    struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The host's certificate table with the leaf in it, to stand behind a report. */
int cc_sim_snp_table(const struct cc_sim_snp *snp, enum cc_snp_signer signer, struct cc_buf *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* Into the directory of an installation (platform/pki.h), of which these are two parts. */
int cc_sim_snp_save(const struct cc_sim_snp *snp, const struct cc_dir *secret,
		    const struct cc_dir *public, struct cc_err *err) CC_MUST CC_NONNULL;
/* Load it, and publish its lists of today; the plan is that of the chip that it is. */
int cc_sim_snp_load(const char *path, int64_t now, struct cc_sim_snp_plan *plan,
		    struct cc_sim_snp *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* Publish, in that directory, its certificates and lists as the plan says. */
int cc_sim_snp_dir_publish(const char *path, const struct cc_sim_snp_plan *plan,
			   struct cc_sim_snp *snp, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
