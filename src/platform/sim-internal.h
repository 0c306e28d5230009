/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the simulated platform share: the facts about its one machine. */
#ifndef CC_PLATFORM_SIM_INTERNAL_H
#define CC_PLATFORM_SIM_INTERNAL_H

#include "evidence/pck.h"
#include "platform/pki.h"

#define CC_SIM_SVN 8 /* of the machine's first component and of the QE */
#define CC_SIM_PCESVN 13
#define CC_SIM_QE_PRODUCT 1
#define CC_SIM_MODULE 1 /* major version of the TDX module, and its SVN */
#define CC_SIM_MODULE_SVN 5
#define CC_SIM_QE_SIGNER "concordat simulated quoting enclave signer"

/* SVNs of the machine; the TCB info lists the same with another first one by plan. */
void cc_sim_components(uint8_t first, uint8_t out[CC_SGX_COMPONENTS]) CC_NONNULL;
extern const uint8_t cc_sim_fmspc[6];
extern const uint8_t cc_sim_instance[16];

/* The SGX extension of the PCK certificate of this machine, in DER. */
int cc_sim_pck_extension(struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* A quote in the making: header, then the body by the caller, then what signs and certifies both.
 */
int cc_sim_quote_begin(uint16_t version, uint32_t tee, struct cc_buf *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_sim_quote_end(const struct cc_sim_pki *pki, uint16_t version, struct cc_buf *quote,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
