/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SIMULATED guest of Azure: a paravisor's report with the keys of its virtual TPM, over a
 * simulated processor of AMD or Intel, and a quote of that TPM. A plan says what is true of it;
 * tests make wrong ones.
 */
#ifndef CC_PLATFORM_AZURE_H
#define CC_PLATFORM_AZURE_H

#include "evidence/azure.h"
#include "platform/snp.h"
#include "platform/tdx.h"
#include "platform/tpm.h"

struct cc_sim_azure_plan {
	enum cc_platform_kind platform; /* snp or tdx */
	struct cc_sim_tpm_plan tpm;
	struct cc_sim_snp_plan snp;
	struct cc_sim_plan tdx;
	uint8_t launch; /* each byte of what the hardware measured */
	uint32_t vmpl;
	const char *name, *use; /* of the attestation key: "HCLAkPub", "sign" */
	bool is_named_twice;
	bool is_of_another; /* the hardware's report speaks of other keys */
	bool has_tail;      /* something in its report data behind the hash */
};

struct cc_sim_azure {
	struct cc_sim_tpm tpm;
	struct cc_sim_snp snp;
	struct cc_sim_pki tdx;
	struct cc_buf hcl, td_quote;
};
#define CC_AUTO_SIM_AZURE CC_CLEANUP(cc_sim_azure_clear)

int cc_sim_azure_plan_good(int64_t now, enum cc_platform_kind platform,
			   struct cc_sim_azure_plan *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* `out` is zeroed before the call. */
int cc_sim_azure_make(const struct cc_sim_azure_plan *plan, struct cc_sim_azure *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
void cc_sim_azure_clear(struct cc_sim_azure *azure) CC_NONNULL;
int cc_sim_azure_root(const struct cc_sim_azure *azure, const struct cc_sim_azure_plan *plan,
		      struct cc_root *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Borrowed. */
void cc_sim_azure_collateral(const struct cc_sim_azure *azure, const struct cc_sim_azure_plan *plan,
			     struct cc_collateral *out) CC_NONNULL;
/* The container: `hcl` and `td_quote` as they are, and a quote of the TPM. */
int cc_sim_azure_evidence(const struct cc_sim_azure *azure, const struct cc_sim_azure_plan *plan,
			  struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
