/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SIMULATED Nitro hypervisor: attestation documents byte for byte as its NSM makes them, under
 * a root of its own whose certificates say "Concordat SIMULATION". Tests make wrong ones.
 */
#ifndef CC_PLATFORM_NITRO_H
#define CC_PLATFORM_NITRO_H

#include "crypto/x509.h"
#include "evidence/nitro.h"

struct cc_sim_nitro_plan {
	int64_t now;
	const char *digest; /* "SHA384" */
	const char *extra;  /* one more member, or NULL */
	uint8_t pcr[48];    /* of all three of the image; zero: debug mode */
	size_t pcr_len;
	bool is_indefinite; /* the map, as some devices write it */
	bool has_no_bundle; /* cabundle is null */
	bool is_of_p256;    /* the leaf */
	struct cc_digest64 user_data;
};

struct cc_sim_nitro {
	struct cc_key *root_key, *issuer_key, *leaf_key;
	struct cc_cert *root, *issuer, *leaf;
};
#define CC_AUTO_SIM_NITRO CC_CLEANUP(cc_sim_nitro_clear)

void cc_sim_nitro_plan_good(int64_t now, struct cc_sim_nitro_plan *out) CC_NONNULL;
/* `out` is zeroed before the call. */
int cc_sim_nitro_make(const struct cc_sim_nitro_plan *plan, struct cc_sim_nitro *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
void cc_sim_nitro_clear(struct cc_sim_nitro *nitro) CC_NONNULL;
int cc_sim_nitro_root(const struct cc_sim_nitro *nitro, struct cc_root *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_sim_nitro_document(const struct cc_sim_nitro *nitro, const struct cc_sim_nitro_plan *plan,
			  struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
