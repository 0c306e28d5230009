/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who wrote a volume, and when: a row for each lease that it gave, from the lease's beginning, with
 * the state that it left. Owners ask for it in pages; no key leaves with it.
 */
#ifndef CC_CAS_WRITERS_H
#define CC_CAS_WRITERS_H

#include "cas/runs.h"

/* On whose behalf an attempt writes. Both NULL: its owner's. Borrowed. */
struct cc_writing {
	const struct cc_rec_run *run;
	const struct cc_rec_stage *stage;
};

/* The lease that the volume has given just now, before any epoch is drawn under it. */
int cc_writer_begin(struct cc_state *state, const char *row, const struct cc_rec_volume *volume,
		    const struct cc_writing *by, struct cc_err *err) CC_MUST CC_NONNULL;
/* It ends, with the state that the volume now has; `complete`: its writer came to its end. */
int cc_writer_end(struct cc_state *state, const char *row, const struct cc_rec_volume *volume,
		  bool complete, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
