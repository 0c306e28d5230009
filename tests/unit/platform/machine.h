/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated machine that a stand-in gives evidence of, whichever kind it was started as. */
#ifndef CC_TESTS_UNIT_PLATFORM_MACHINE_H
#define CC_TESTS_UNIT_PLATFORM_MACHINE_H

#include "platform/machine.h"

struct machine {
	const char *driver; /* as `provider` says: "sev_guest" */
	bool is_snp;
	struct cc_digest48 measurement; /* what was launched */
	struct cc_sim_machine sim;
};

/*
 * `kind` is "snp" or "tdx". Zeroed before the call. The keys are those of the simulated platform in
 * the directory, or fresh ones for NULL.
 */
int machine_make(const char *kind, const char *dir, struct machine *out, struct cc_err *err) CC_MUST
	__attribute__((nonnull(1, 3, 4)));
void machine_clear(struct machine *machine) CC_NONNULL;
/* What the driver puts into outblob and auxblob. */
int machine_evidence(const struct machine *machine, const struct cc_digest64 *data,
		     unsigned int level, struct cc_buf *evidence, struct cc_buf *certificates,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* What Gramine would have the quoting enclave make; the first 32 bytes are the measurement. */
int machine_sgx_quote(const struct machine *machine, const struct cc_digest64 *data,
		      struct cc_buf *quote, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
