/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of a session: tags, completions, failures, votes (docs/protocol/attestation.md
 * section 3), decided like every change.
 *
 * An authentic frame that is refused ends its session: the runtime has nothing to
 * gain from going on, and a repeat finds the same end.
 */
#ifndef CC_CAS_FRAMES_H
#define CC_CAS_FRAMES_H

#include "cas/state.h"

struct cc_frame_result {
	struct cc_buf answer; /* the frame that goes back */
	const char *type;     /* of the entry; NULL: a repeat changes nothing */
	struct cc_json *fields;
};
void cc_frame_result_clear(struct cc_frame_result *result) CC_NONNULL;

/* -1: the frame is not authentic or its session unknown; nothing was changed then. */
int cc_frame_decide(struct cc_state *state, struct cc_span frame, struct cc_frame_result *result,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
