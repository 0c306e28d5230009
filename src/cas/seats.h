/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs as members of boards (docs/protocol/board.md, section 5).
 *
 * A program shows that it is the member by what released its configuration to it: its evidence,
 * the session that is bound to it, and a signature by the key that its evidence names. Policy and
 * service of its attempt are the member's; the version is the pinned one or still the active one.
 */
#ifndef CC_CAS_SEATS_H
#define CC_CAS_SEATS_H

#include "cas/operation.h"
#include "cas/votes.h"
#include "proto/config.h"

/*
 * Put the proposals of `boards` that wait for this program into its configuration, oldest first, as
 * many as fit into `room` bytes of it. The rest waits for a later run.
 */
int cc_seat_proposals(struct cc_state *state, const struct cc_seat *seat,
		      const struct cc_texts *boards, size_t room, struct cc_config *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * What an attempt that is open says of a proposal: {"proposal", "type", "vote": a paper}. Adds to
 * the fields of the entry and says its type.
 */
int cc_seat_vote(struct cc_state *state, const uint8_t attempt[static CC_ID_LEN],
		 const struct cc_json *message, struct cc_json *fields, const char **type,
		 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
