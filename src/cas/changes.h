/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows as decisions left them, by table and key, before anything of them is stored.
 *
 * A group has thousands of rows when it opens large runs, and every reading of the state looks
 * here first: a row is found by its hash, in the same time however many there are. Whoever
 * chooses keys so that their hashes collide gets a search one by one, and no more.
 */
#ifndef CC_CAS_CHANGES_H
#define CC_CAS_CHANGES_H

#include "base/buf.h"

struct cc_change {
	const char *table; /* of a record type: lives for ever */
	char *key;         /* owned */
	struct cc_buf plain;
	bool gone;
};

/* A zeroed one is empty. */
struct cc_changes {
	struct cc_change *at; /* in the order in which rows first changed */
	size_t count, room;
	uint32_t
		*slots; /* 1 + an index of `at`, or 0; a power of two, at most half of them taken */
	size_t slot_count;
};

void cc_changes_clear(struct cc_changes *changes) CC_NONNULL;
/* NULL: the row has not changed. Borrowed until the next place is made. */
struct cc_change *cc_changes_find(const struct cc_changes *changes, const char *table,
				  const char *key) CC_NONNULL;
/* The place for a row, empty: an earlier change of it is forgotten. Borrowed likewise. */
int cc_changes_place(struct cc_changes *changes, const char *table, const char *key,
		     struct cc_change **out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
