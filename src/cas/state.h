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

#include "cas/keys.h"
#include "cas/records.h"
#include "store/store.h"

struct cc_state;
#define CC_AUTO_STATE CC_CLEANUP(cc_state_auto)

/*
 * The state of a store that has been proven to end in `head` with this state
 * root (all zero: empty). `store`, `keys` must outlive it.
 */
struct cc_state_start {
	struct cc_store *store;
	const struct cc_cas_keys *keys;
	struct cc_frontier frontier;
	struct cc_digest root;
	int64_t time; /* of the last entry */
};
int cc_state_new(const struct cc_state_start *start, struct cc_state **out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
void cc_state_free(struct cc_state *state);
static inline void cc_state_auto(struct cc_state **state)
{
	cc_state_free(*state);
}

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

/*
 * A decision begins at `now` (the host's clock: taken only forwards). What it
 * put becomes part of the group by cc_state_seal, with an entry of this type and
 * these public fields (or NULL), or is forgotten by cc_state_undo. When sealing fails
 * the whole group is forgotten.
 */
void cc_state_begin(struct cc_state *state, int64_t now) CC_NONNULL;
void cc_state_undo(struct cc_state *state) CC_NONNULL;
int cc_state_seal(struct cc_state *state, const char *type, const struct cc_json *fields,
		  struct cc_err *err) CC_MUST __attribute__((nonnull(1, 2, 4)));
/*
 * What a decision came across that has to be done before it (due.h): the decision is to be undone,
 * whatever it says. Forgotten when the next one begins, unless it is taken.
 */
struct cc_owed {
	char *policy; /* NULL: nothing */
	bool is_settling;
};
struct cc_owed *cc_state_owed(struct cc_state *state) CC_NONNULL;
/* Entries of the group: 0 when there is nothing to make durable. */
size_t cc_state_group(const struct cc_state *state) CC_NONNULL;
/*
 * Make the group durable: entries, rows, map and the signed checkpoint in one
 * transaction. On failure nothing of it has happened and the group is forgotten.
 */
int cc_state_commit(struct cc_state *state, struct cc_err *err) CC_MUST CC_NONNULL;
/* The checkpoint of the last commit, signed by the log key: valid until the next commit. */
struct cc_span cc_state_checkpoint(const struct cc_state *state) CC_NONNULL;
const struct cc_frontier *cc_state_frontier(const struct cc_state *state) CC_NONNULL;
/* The store has shown us something that is not ours: the keeper must end. Filled when true. */
bool cc_state_broken(const struct cc_state *state, struct cc_err *why) CC_NONNULL;
struct cc_store *cc_state_store(const struct cc_state *state) CC_NONNULL;
const struct cc_cas_keys *cc_state_keys(const struct cc_state *state) CC_NONNULL;

/* The ledger index of the entry that the decision under way will have. */
uint64_t cc_state_index(const struct cc_state *state) CC_NONNULL;
/* The time of this decision: never earlier than that of the entry before. */
int64_t cc_state_time(const struct cc_state *state) CC_NONNULL;

#endif
