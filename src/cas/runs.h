/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of runs, stages and attempts after they were opened: what becomes
 * of them, of their counts and of their volumes. Pure decisions on the state.
 *
 *     stage:    waiting ─▶ ready ─▶ running ─▶ complete
 *                            ▲         │
 *                            └─────────┤ attempt failed, attempts left
 *                                      └▶ failed          (any) ─▶ aborted
 *
 * Invariants. (1) A reservation in "executions" exists exactly for the stages
 * of open runs that are not counted yet. (2) A volume is
 * leased exactly by an attempt that is open, and counts as its readers those that are open and have
 * it without a lease. (3) The key of an attempt's output
 * lies in the attempt until completion moves it to the volume; however else the
 * attempt ends, the key is gone. Of a volume that is current at commit the volume's row has a
 * copy, from the first commit that the attempt named.
 */
#ifndef CC_CAS_RUNS_H
#define CC_CAS_RUNS_H

#include "cas/state.h"

int cc_run_load(struct cc_state *state, const uint8_t id[static CC_ID_LEN], struct cc_rec_run *out,
		struct cc_err *err) CC_MUST CC_NONNULL;
int cc_run_store(struct cc_state *state, const struct cc_rec_run *run,
		 struct cc_err *err) CC_MUST CC_NONNULL;
int cc_attempt_load(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
		    struct cc_rec_attempt *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_attempt_store(struct cc_state *state, const struct cc_rec_attempt *attempt,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Entries of the ledger that one attempt may lead to before its end: commits, signs of life,
 * repeated releases. One a second is eleven days; with the attempts of its stage it bounds what
 * whoever runs a stage can add. CC_E_LIMIT: the attempt has used them.
 */
#define CC_ATTEMPT_ENTRIES_MAX ((uint64_t)1000000)
int cc_attempt_count(struct cc_rec_attempt *attempt, struct cc_err *err) CC_MUST CC_NONNULL;
/* The attempt says that it lives. */
int cc_attempt_renew(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* A commit of an output, as a runtime reports it. */
struct cc_report_output {
	const char *volume;
	uint64_t number;
	uint8_t tag[32];
	/* At completion only: */
	uint8_t content[32];
	uint64_t oldest; /* epoch whose key opens a part of the state; 0: not known */
};

/* The attempt state of a volume is now this one. Only forwards; a repeat is fine. */
int cc_attempt_tag(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
		   const struct cc_report_output *report, struct cc_err *err) CC_MUST CC_NONNULL;
/* The same, as the last commit of its epoch: the volume goes on under a state and key of its own.
 */
int cc_attempt_epoch(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
		     const struct cc_report_output *report, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The attempt is complete: every output becomes current, the execution is
 * counted, stages that waited for this one become ready, all in one decision. A
 * run whose last stage this was is complete, and the latest of its workflow.
 * `*used` is the count of the grant afterwards (0: no grant).
 */
int cc_attempt_complete(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
			const struct cc_report_output *outputs, size_t count, uint64_t *used,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* The attempt has failed with this exit status; its stage may be tried again if attempts are left.
 */
int cc_attempt_fail(struct cc_state *state, const uint8_t id[static CC_ID_LEN], uint64_t exit,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* An attempt of a stage that is counted at the start: the reservation, or a further execution. */
int cc_run_count_start(struct cc_state *state, const struct cc_rec_run *run,
		       const struct cc_rec_stage *stage, struct cc_err *err) CC_MUST CC_NONNULL;
/* End an open attempt: its leases and keys are gone, its session is over. `word` is its new state.
 */
int cc_attempt_end(struct cc_state *state, struct cc_rec_attempt *attempt, const char *word,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* End an open run as `word` ("aborted"): open attempts end, reservations are given back. */
int cc_run_end(struct cc_state *state, struct cc_rec_run *run, const char *word,
	       struct cc_err *err) CC_MUST CC_NONNULL;

/* The key of a row of "executions". The caller frees. */
int cc_executions_key(const char *policy, const char *service, const char *grant, char **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* Ids as they are in keys, entries and answers: 32 hexadecimal digits and a NUL. */
#define CC_ID_TEXT (2 * CC_ID_LEN + 1)
void cc_id_print(const uint8_t id[static CC_ID_LEN], char out[static CC_ID_TEXT]);

/* Replace an owned text. */
int cc_text_set(char **at, const char *text, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
