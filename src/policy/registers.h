/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single values of evidence that a line of `measurements` can demand beside the measurement, or in
 * its place: what grew while the guest started, and what its host chose at the launch.
 *
 *   pcr0 … pcr23     PCRs of a TPM, or of the virtual one of a guest of SNP or TDX
 *   pcr0 … pcr15     those of Nitro, which it can lock
 *   rtmr0 … rtmr3, mrseam, mrsignerseam, mrconfigid, mrowner, mrownerconfig,
 *   mrservicetd                                                                TDX
 *   host_data, id_key, author_key, family_id, image_id                         SEV-SNP
 *   launch           launch digest, or MRTD with RTMRs that nothing extended, below a virtual TPM:
 *                    the measurement covers all its PCRs, too
 *   rem0 … rem3, personalization                                               Arm CCA
 *
 * A value has one length on its platform; that of a PCR says its bank, of which a quote has one.
 */
#ifndef CC_POLICY_REGISTERS_H
#define CC_POLICY_REGISTERS_H

#include "evidence/claims.h"
#include "policy/model.h"

/*
 * Whether the evidence of this platform has each of them, in these lengths, and they say what
 * runs where no measurement does. CC_E_ARG, with the name that is wrong in `bad`, NULL: none.
 */
int cc_registers_check(const struct cc_measurement_entry *entry, const char **bad,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Whether each has a value that the entry names, and the event log leads to those that it is asked
 * to explain; if not, `*failing` is the first that does not. What evidence does not say has no
 * value.
 */
bool cc_registers_match(const struct cc_measurement_entry *entry, const struct cc_claims *claims,
			const char **failing) CC_NONNULL;

/* By its parts: neither by a number nor by registers alone. */
static inline bool cc_measurement_is_computed(const struct cc_measurement_entry *entry)
{
	return entry->runtime.is_set;
}

#endif
