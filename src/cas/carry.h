/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to services outside, which web makes for its keeper and whose bytes it carries. TLS
 * ends in the keeper: web learns hosts, lengths and times, and can only delay.
 */
#ifndef CC_CAS_CARRY_H
#define CC_CAS_CARRY_H

#include "cas/wire.h"

#define CC_CARRIES_MAX 64 /* at once */

struct cc_carrier;
int cc_carrier_new(struct cc_loop *loop, struct cc_carrier **out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
void cc_carrier_free(struct cc_carrier *carrier);
/* A message of type CC_STREAM_SAY; what is heard goes back over `keeper`. */
void cc_carrier_say(struct cc_carrier *carrier, struct cc_wire *keeper,
		    const struct cc_message *message) CC_NONNULL;

#endif
