/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of a start that a line of `measurements` requires or forbids: what a PCR was extended
 * with, by digest, as an event log in the evidence proves. Names of events are anybody's words and
 * decide nothing.
 *
 * That an event is there says that it was measured, by whoever ran by then; what ran before it, and
 * could have measured it in its place, is there, too. So `only` closes a register: it has these
 * events and those that are required, and no other.
 */
#ifndef CC_POLICY_EVENTS_H
#define CC_POLICY_EVENTS_H

#include "evidence/claims.h"
#include "policy/model.h"

/* CC_E_ARG for digests of several banks, or on a platform without event logs. */
int cc_events_check(const struct cc_measurement_entry *entry,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Whether all lines hold of the events in the claims, whose registers the log must explain. */
bool cc_events_match(const struct cc_measurement_entry *entry,
		     const struct cc_claims *claims) CC_NONNULL;

#endif
