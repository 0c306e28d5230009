/* SPDX-License-Identifier: Apache-2.0 */
/* A SIMULATED Arm CCA platform: tokens byte for byte as its firmware makes them, and wrong ones. */
#ifndef CC_PLATFORM_CCA_H
#define CC_PLATFORM_CCA_H

#include "evidence/cca.h"

struct cc_sim_cca_plan {
	uint16_t lifecycle;
	const char *key_digest;   /* "sha-256", "sha-384", "sha-512" */
	bool is_cose_key;         /* the realm's key, instead of a point */
	bool is_of_another_realm; /* the platform token */
	bool has_no_components;
	size_t rem_count, rem_len; /* good: 4 of 48 */
	uint8_t instance_type;     /* good: 1 */
	struct cc_digest64 challenge;
};

struct cc_sim_cca {
	struct cc_key *platform_key, *realm_key;
	struct cc_buf keys; /* for cc_collateral */
};
#define CC_AUTO_SIM_CCA CC_CLEANUP(cc_sim_cca_clear)

void cc_sim_cca_plan_good(struct cc_sim_cca_plan *out) CC_NONNULL;
/* `out` is zeroed before the call. */
int cc_sim_cca_make(struct cc_sim_cca *out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_sim_cca_clear(struct cc_sim_cca *cca) CC_NONNULL;
int cc_sim_cca_root(const struct cc_sim_cca *cca, struct cc_root *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_sim_cca_token(const struct cc_sim_cca *cca, const struct cc_sim_cca_plan *plan,
		     struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
