/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an attempt does to volumes: the rows it holds, the commits it names, the epochs it goes on
 * in, and what becomes of all of it at its end. Decisions on the state.
 *
 * A volume is current "at completion" (one state for each attempt that completed) or "at commit"
 * (the state is the last commit that its writer named). In both there is one writer: the attempt
 * that has the lease, under a number that only grows. An attempt whose lease has ended names
 * nothing any more, whatever it still writes to the storage.
 */
#ifndef CC_CAS_OUTPUTS_H
#define CC_CAS_OUTPUTS_H

#include "cas/writers.h"

/* A volume as an attempt begins to use it: a lease and an epoch of its own, or a reader's place. */
int cc_output_begin(struct cc_state *state, const struct cc_rec_use *use,
		    const struct cc_writing *by, struct cc_rec_attempt *attempt,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* The output's state is now this commit. Only forwards; a repeat is fine. */
int cc_output_tag(struct cc_state *state, struct cc_rec_attempt *attempt,
		  const struct cc_report_output *report, struct cc_err *err) CC_MUST CC_NONNULL;
/* The same, as the last commit of its epoch: the output goes on under another state id and key. */
int cc_output_epoch(struct cc_state *state, struct cc_rec_attempt *attempt,
		    const struct cc_report_output *report, struct cc_err *err) CC_MUST CC_NONNULL;
/* All outputs become current, with these contents, and everything is given back. */
int cc_outputs_complete(struct cc_state *state, struct cc_rec_attempt *attempt,
			const struct cc_report_output *reports, size_t count,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* Without completion: leases and readers' places are given back, and the keys are gone. */
int cc_outputs_end(struct cc_state *state, struct cc_rec_attempt *attempt,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/* The output of this name, or NULL. */
struct cc_rec_output *cc_output_find(const struct cc_rec_attempt *attempt,
				     const char *name) CC_NONNULL;

#endif
