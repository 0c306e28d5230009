/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof of an Intel DCAP quote, in the order of Intel's Quote Verification Library:
 *
 *   1. chain of the PCK certificate, roles by name, revocation lists, to a pinned root
 *   2. TCB info and QE identity: chain to the same root, signature over the raw range
 *   3. FMSPC and PCE-ID of the certificate are those of the TCB info
 *   4. QE report signed by the PCK key, and it binds the attestation key
 *   5. the QE is the one that Intel describes
 *   6. header and body signed by the attestation key
 *   7. TCB level
 *
 * Each step uses only what the steps before it have proven. Skipping 5 accepts any
 * enclave as quoting enclave (CVE-2026-22696).
 */
#ifndef CC_EVIDENCE_DCAP_H
#define CC_EVIDENCE_DCAP_H

#include "evidence/evidence.h"
#include "evidence/prepared.h"

/*
 * Step 2, and the revocation lists of step 1, for quotes to come (evidence.h). The signatures of
 * what all machines of one CA share are left in the memory of `evidence`.
 */
int cc_dcap_prepare(const struct cc_evidence *evidence, struct cc_dcap_prepared **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
void cc_dcap_prepared_free(struct cc_dcap_prepared *prepared);
/* cc_evidence_read. */
int cc_dcap_read(struct cc_span bytes, struct cc_claims *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
int cc_dcap_prove(const struct cc_evidence *evidence, struct cc_claims *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;

#endif
