/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's state: rows believed only with their path to the state root.
 *
 * Decisions read and write records here and nothing else. What they write
 * stays in memory until the group is made durable: cc_state_mark before a
 * decision, cc_state_undo when it fails, cc_state_seal when it stands. The
 * database below is the enemy's; a row or node that does not lead to the root
 * is CC_E_TAMPERED and names table and key, and after that the keeper ends.
 */
#ifndef CC_CAS_STATE_H
#define CC_CAS_STATE_H

#include "cas/records.h"

struct cc_state;

/* Fill `record` (zeroed). `*found` is false, proven by the map, when there is no such row. */
int cc_state_find(struct cc_state *state, const struct cc_record_type *type, const char *key,
		  void *record, bool *found, struct cc_err *err) CC_MUST CC_NONNULL;
/* The same; a row that is not there is CC_E_NOTFOUND, "<table> '<key>' …". */
int cc_state_get(struct cc_state *state, const struct cc_record_type *type, const char *key,
		 void *record, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_state_put(struct cc_state *state, const struct cc_record_type *type, const char *key,
		 const void *record, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_state_drop(struct cc_state *state, const struct cc_record_type *type, const char *key,
		  struct cc_err *err) CC_MUST CC_NONNULL;

/* The ledger index of the entry that the decision under way will have. */
uint64_t cc_state_index(const struct cc_state *state) CC_NONNULL;
/* The time of this decision: never earlier than that of the entry before. */
int64_t cc_state_time(const struct cc_state *state) CC_NONNULL;

#endif
