/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the certificates of a quote's machine come from. A quote brings its PCK chain
 * (certification data of type 5), or it only says which machine it is of, by an identifier that
 * none but Intel reads, with the CPUSVN, PCESVN and PCE-ID that Intel issues a certificate for.
 * Then the chain is looked for in the collateral: the PCK certificate whose key has signed the
 * report of the quoting enclave is this machine's, whatever the identifier says. NOTHING PROVEN:
 * dcap.h proves the chain.
 */
#ifndef CC_EVIDENCE_PCK_CHAIN_H
#define CC_EVIDENCE_PCK_CHAIN_H

#include "crypto/x509.h"
#include "evidence/evidence.h"

/* `known` as in cc_chain_from_pem_known. CC_E_EVIDENCE with the next step when it is not there. */
int cc_pck_chain_find(const struct cc_evidence *evidence, const struct cc_quote *quote,
		      const struct cc_chain *known, struct cc_chain *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
