/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames to the keeper: one question at a time, from whichever thread.
 *
 * A question is sent again, the same bytes, until its answer comes: over a new
 * connection, with pauses that grow, for `patience_ms`. Whatever arrives that is
 * not an authentic answer counts as none, for anybody on the way can say it. An
 * answer that does not come in that time ends the session: nothing is asked again, so a
 * volume cannot believe that a later commit was acknowledged.
 */
#ifndef CC_RUNTIME_SESSION_H
#define CC_RUNTIME_SESSION_H

#include "base/secret.h"
#include "proto/frame.h"
#include "proto/vote.h"
#include "runtime/link.h"

#define CC_SESSION_PATIENCE_MS ((uint64_t)60000)

struct cc_session;
#define CC_AUTO_SESSION CC_CLEANUP(cc_session_auto)

/* Takes the frames over. `link` is copied; its ctx must outlive the session. */
int cc_session_new(const struct cc_link *link, struct cc_frames *frames, uint64_t patience_ms,
		   struct cc_session **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_session_free(struct cc_session *session);
static inline void cc_session_auto(struct cc_session **session)
{
	cc_session_free(*session);
}

/* What a volume's state is called; ids and tags are written as hexadecimal. */
struct cc_session_commit {
	const char *volume; /* id */
	uint64_t number;
	struct cc_digest tag;
	struct cc_digest content; /* of `complete`: content digest */
	uint64_t oldest;          /* of `complete`: the oldest epoch that the state needs */
};

/*
 * The messages of a run (docs/protocol/attestation.md, section 3). They return when
 * the keeper has acknowledged; its refusals come as they were put. CC_E_UNAVAILABLE: no answer.
 */
int cc_session_tag(struct cc_session *session, const struct cc_session_commit *commit,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* What a volume goes on in. The key is the caller's. */
struct cc_session_epoch {
	uint8_t state[16];
	uint64_t epoch;
	struct cc_secret *key;
};
/* The same as a tag, of the last commit of an epoch: the next one is drawn. */
int cc_session_epoch(struct cc_session *session, const struct cc_session_commit *last,
		     struct cc_session_epoch *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_session_complete(struct cc_session *session, const struct cc_session_commit *commits,
			size_t count, struct cc_err *err) CC_MUST __attribute__((nonnull(1, 4)));
/* The vote of a program that is a member of a board, signed by its instance's key. */
int cc_session_vote(struct cc_session *session, const struct cc_vote *vote,
		    const struct cc_key *signer, struct cc_err *err) CC_MUST CC_NONNULL;
/* `by_signal`: `number` is a signal, else an exit status. */
int cc_session_fail(struct cc_session *session, bool by_signal, unsigned int number,
		    const char *reason, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
