/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of volumes: how they are named, made and read. Decisions on the state. */
#ifndef CC_CAS_VOLUMES_H
#define CC_CAS_VOLUMES_H

#include "cas/runs.h"

/* Key of a volume's row. `run` NULL: it lives as long as its policy. */
int cc_volume_row(const char *policy, const char *volume, const uint8_t *run, char **out,
		  struct cc_err *err) CC_MUST __attribute__((nonnull(1, 2, 4, 5)));
/* Of the log of a stage: owned by the workflow's policy. */
int cc_volume_log_row(const char *workflow, const uint8_t run[static CC_ID_LEN], const char *stage,
		      char **out, struct cc_err *err) CC_MUST CC_NONNULL;

/* The row, or a new one (random id, no state) that is not stored yet. */
int cc_volume_load(struct cc_state *state, const char *row, struct cc_rec_volume *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_DENIED unless it is a signed request of the policy's owner: volumes are nobody else's. */
struct cc_operation_call;
int cc_volume_owner(struct cc_state *state, const struct cc_operation_call *call,
		    const char *policy, struct cc_err *err) CC_MUST CC_NONNULL;
/* Key of the row that the request's body is about: of a log, or a volume of a run or of none. */
int cc_volume_asked(struct cc_state *state, const struct cc_operation_call *call,
		    const char *policy, char **row, struct cc_err *err) CC_MUST CC_NONNULL;
/* Add what names the volume's state to `out`: id, state, epoch, number, tag. */
struct cc_json;
int cc_volume_name(const struct cc_rec_volume *volume, struct cc_json *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* The same and its key, which leaves the CAS. */
int cc_volume_answer(const struct cc_rec_volume *volume, struct cc_json *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* The key of the present state leaves: it opens this epoch and those before. */
void cc_volume_expose(struct cc_rec_volume *volume) CC_NONNULL;

#endif
