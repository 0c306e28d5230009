/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single machines, as `platforms` of a service names them: the vendor's word for the kind of
 * number, a colon, the number in hexadecimal.
 *
 * A number that the vendor certifies holds against who broke another machine: the chip of a
 * VCEK, the platform instance of a PCK certificate, the instance of a CCA platform. A QE id is the
 * machine's own word. A VLEK is the key of all chips of a provider and certifies none.
 */
#ifndef CC_POLICY_MACHINE_H
#define CC_POLICY_MACHINE_H

#include "evidence/claims.h"
#include "policy/model.h"

/* May the service run on the machine that these claims are of? CC_E_DENIED. */
int cc_decide_machine(const struct cc_service *service, const struct cc_claims *claims,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
