/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames between an attested caller and the keeper, which `web` only moves
 * (docs/protocol/attestation.md, section 3).
 *
 * Up goes from the caller to the keeper, down back. The caller asks, waits for
 * the answer to that number, then asks again; when it hears nothing it sends
 * the *same bytes* again. The keeper takes the next number, or the last one
 * again if the bytes are the same.
 *
 * A cc_frames owns its keys. The keeper may keep its fields in a row between
 * frames: they are the whole state.
 */
#ifndef CC_PROTO_FRAME_H
#define CC_PROTO_FRAME_H

#include "crypto/hash.h"
#include "crypto/hpke.h"

#define CC_SESSION_LEN 16
#define CC_FRAME_HEAD (1 + CC_SESSION_LEN + 8 + 32)
#define CC_FRAME_MAX ((size_t)1024 * 1024) /* of a whole frame */

struct cc_frames {
	uint8_t session[CC_SESSION_LEN];
	struct cc_secret *up, *down;
	uint64_t next;         /* number of the next question */
	struct cc_digest last; /* keeper: SHA-256 of the last question, when next > 0 */
	bool asked;            /* caller: a question waits for its answer */
};

#define CC_AUTO_FRAMES CC_CLEANUP(cc_frames_clear)
void cc_frames_clear(struct cc_frames *frames) CC_NONNULL;
/* The keys of a session, from the HPKE context of its release. `out` must be empty. */
int cc_frames_from(const struct cc_hpke *hpke, const uint8_t session[static CC_SESSION_LEN],
		   struct cc_frames *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The session that a frame names, to look its keys up: not yet proven. */
int cc_frame_session(struct cc_span frame, uint8_t out[static CC_SESSION_LEN],
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* Caller: seal a question, added to `out`. CC_E_BUG while another waits for its answer. */
int cc_frame_ask(struct cc_frames *frames, struct cc_span plain, struct cc_buf *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* Caller: open the answer. CC_E_TAMPERED: not authentic; CC_E_STALE: of another number. */
int cc_frame_answered(struct cc_frames *frames, struct cc_span frame, struct cc_buf *plain,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Keeper: open a question. `repeated`: the last one again, with the same bytes: answer it from
 * the state it led to. CC_E_TAMPERED: not authentic, the session goes on; CC_E_STALE: authentic,
 * but other bytes under the last number or another number: the session must end.
 */
int cc_frame_take(struct cc_frames *frames, struct cc_span frame, struct cc_buf *plain,
		  bool *repeated, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Keeper, of a session that is over: take whatever is authentic, under any number, to be answered
 * with just that. Its caller asked before the session ended, or never heard that it did.
 */
int cc_frame_take_late(struct cc_frames *frames, struct cc_span frame,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Keeper: seal the answer to the question taken last. */
int cc_frame_answer(const struct cc_frames *frames, struct cc_span plain, struct cc_buf *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
