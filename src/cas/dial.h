/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to other CAS instances, which web makes for its keeper: the keeper has no network,
 * web has no part in what goes over them. What it says of them (the exporter, an answer) is
 * believed no further than evidence and signatures of the other keeper bear it out.
 */
#ifndef CC_CAS_DIAL_H
#define CC_CAS_DIAL_H

#include "cas/wire.h"

#define CC_LINKS_MAX 64 /* at once */

struct cc_dialer;
int cc_dialer_new(struct cc_loop *loop, struct cc_dialer **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
void cc_dialer_free(struct cc_dialer *dialer);
/* A message of type CC_PEER_ASK; the answer goes back over `keeper`. */
void cc_dialer_ask(struct cc_dialer *dialer, struct cc_wire *keeper,
		   const struct cc_message *message) CC_NONNULL;

#endif
