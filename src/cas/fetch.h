/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's way to another CAS for one secret (docs/protocol/attestation.md, section 6):
 *
 *     who is it ─▶ its evidence ─▶ (verifier) ─▶ its challenge ─▶ our ask ─▶ its answer
 *
 * All over one connection that web makes. Nothing of ours goes out before the other keeper is
 * appraised and pinned; whatever fails ends it, and the request hears which step it was.
 */
#ifndef CC_CAS_FETCH_H
#define CC_CAS_FETCH_H

#include "cas/asked.h"

#define CC_FETCH_LIFE_MS 20000 /* of all steps together */

/*
 * Fetch what `asked->peers` lacks, then `done(asked, NULL)`; or `done(asked, why)`. Once, and
 * never from here. `asked` stays until then.
 */
int cc_fetch_start(struct cc_asked *asked,
		   void (*done)(struct cc_asked *asked, const struct cc_err *why),
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* What web says of a connection: CC_PEER_REPLY. */
void cc_fetch_heard(struct cc_keeper *keeper, const struct cc_message *message) CC_NONNULL;
/* Those whose time is over end. */
void cc_fetch_tick(struct cc_keeper *keeper, uint64_t now_ms) CC_NONNULL;
/* At the end of the process. */
void cc_fetch_free(struct cc_fetch *fetch);

#endif
