/* SPDX-License-Identifier: Apache-2.0 */
/* A DCAP quote, version 3, byte for byte as Intel's quoting enclave makes it, SIMULATED. */
#ifndef CC_PLATFORM_QUOTE_H
#define CC_PLATFORM_QUOTE_H

#include "platform/pki.h"

/* MRSIGNER of what the simulation measures is SHA-256 of this (docs/format/measurement.md). */
#define CC_SIM_SIGNER "concordat simulated signer"

struct cc_sim_enclave {
	struct cc_digest mrenclave, mrsigner;
	uint64_t attributes; /* CC_SGX_INIT | CC_SGX_MODE64, and CC_SGX_DEBUG for tests */
	uint16_t product, svn;
	struct cc_digest64 report_data;
};

int cc_sim_quote(const struct cc_sim_pki *pki, const struct cc_sim_enclave *enclave,
		 struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
