/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pipeline for every change: decided, durable, co-signed, answered.
 *
 *     queued ─▶ decided on the state ─▶ one store transaction for the group
 *            ─▶ checkpoint to the witnesses ─▶ quorum ─▶ answered
 *
 * Commands that arrive while a group waits for its witnesses form the next one.
 * Without the quorum the answers are `unavailable` and name the missing
 * witnesses; what was decided stands, is covered by the next checkpoint, and
 * whoever retries is answered from it. A quorum that was lost is asked for again
 * from time to time, also when no change comes. Never co-signed before durable: a crash
 * would leave the witnesses ahead of us for ever.
 *
 * No I/O and no clock: the owner moves requests and answers of witnesses and
 * calls cc_pipeline_tick with the time.
 */
#ifndef CC_CAS_PIPELINE_H
#define CC_CAS_PIPELINE_H

#include "cas/policy.h"
#include "cas/state.h"

#define CC_GROUP_MAX 256                        /* commands decided at once */
#define CC_QUEUE_MAX 4096                       /* commands that wait */
#define CC_WITNESS_PATIENCE_MS ((uint64_t)5000) /* for the quorum of one group */
#define CC_WITNESS_RETRY_MS ((uint64_t)5000)    /* until it is asked for without a group */

/*
 * A change. `decide` reads and writes the state, fills type and fields of the
 * entry and keeps its answer in `context`; it fails to refuse. `answer` is called
 * exactly once, with NULL when the change stands and is co-signed.
 */
struct cc_command_job {
	int (*decide)(void *context, struct cc_state *state, const char **type,
		      struct cc_json **fields, struct cc_err *err);
	void (*answer)(void *context, const struct cc_err *failure);
	void *context;
};

struct cc_pipeline_io {
	/* Send an add-checkpoint body to the witness that this question is for. */
	void (*ask)(void *context, uint32_t question, struct cc_span body);
	/* The state or a witness proves that this store is not the newest: end the process. */
	void (*fatal)(void *context, const struct cc_err *why);
	void *context;
};

/* The index in the policy of the witness that is asked. */
static inline size_t cc_pipeline_asked(uint32_t question)
{
	return question % CC_WITNESSES_MAX;
}

struct cc_pipeline;
#define CC_AUTO_PIPELINE CC_CLEANUP(cc_pipeline_auto)
/* `state` and `policy` must outlive it. */
int cc_pipeline_new(struct cc_state *state, const struct cc_cas_policy *policy,
		    const struct cc_pipeline_io *io, struct cc_pipeline **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Jobs that wait are answered with `unavailable`. */
void cc_pipeline_free(struct cc_pipeline *pipeline);
static inline void cc_pipeline_auto(struct cc_pipeline **pipeline)
{
	cc_pipeline_free(*pipeline);
}

/* Queue a change and, when nothing is under way, go on at once. `now`: Unix time. */
void cc_pipeline_submit(struct cc_pipeline *pipeline, const struct cc_command_job *job, int64_t now,
			uint64_t now_ms) CC_NONNULL;
/*
 * What a witness answered; status 0: it was not reached. Only the first answer to the
 * newest question to it counts, also when the quorum did without it: from then on it is asked
 * from where it stands. It has one question at a time, for the size in an answer to another
 * one would look like a fork; a group that ends without its quorum gives up on open ones.
 */
void cc_pipeline_witness(struct cc_pipeline *pipeline, uint32_t question, unsigned int status,
			 struct cc_span body, int64_t now, uint64_t now_ms) CC_NONNULL;
/* Time has passed: gives up on a group whose witnesses do not answer. */
void cc_pipeline_tick(struct cc_pipeline *pipeline, int64_t now, uint64_t now_ms) CC_NONNULL;

/* CC_E_UNAVAILABLE, with the missing witnesses, while the newest entries lack their quorum. */
int cc_pipeline_health(const struct cc_pipeline *pipeline, struct cc_err *err) CC_MUST CC_NONNULL;
/* The greatest checkpoint that the quorum has co-signed, with the cosignatures; empty: none yet. */
struct cc_span cc_pipeline_checkpoint(const struct cc_pipeline *pipeline) CC_NONNULL;

#endif
