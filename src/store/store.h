/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the CAS keeps: sealed rows, nodes of the state map, the ledger with its
 * tree hashes, and the head note. One interface, an engine behind it.
 *
 * The database is the enemy's. It gives durability and speed, never truth: what
 * comes out of here is bytes of a bounded length and nothing more. A row is
 * believed by its path in the state map, a node and a tree hash by hashing, an
 * entry by the tree, the head by its signatures.
 *
 * All writing is done between begin and commit, and by one process: who opens a
 * store that another has open gets CC_E_UNAVAILABLE. When commit fails, what is
 * stored is unknown (a connection may be lost behind the commit): read the head
 * again before anything else. One store belongs to one thread.
 *
 * Errors: CC_E_NOTFOUND nothing under this key; CC_E_TAMPERED not what a store of
 * ours holds (a corrupt file, another type, too long); CC_E_UNAVAILABLE locked by
 * someone else; CC_E_CONFLICT the entry is there already; CC_E_SYSTEM the disk (sys
 * is ENOSPC when it is full). What an operator can do is in the hint.
 */
#ifndef CC_STORE_STORE_H
#define CC_STORE_STORE_H

#include "base/buf.h"
#include "crypto/hash.h"

#define CC_STORE_TABLE_MAX 32
#define CC_STORE_KEY_MAX ((size_t)1024)
#define CC_STORE_ROW_MAX ((size_t)4 * 1024 * 1024 + 1024)
#define CC_STORE_NODE_MAX ((size_t)128)
#define CC_STORE_ENTRY_MAX ((size_t)65535)
#define CC_STORE_HEAD_MAX ((size_t)64 * 1024)
/* An entry completes at most one node a level of the tree. */
#define CC_STORE_HASHES_MAX 64

struct cc_store;
#define CC_AUTO_STORE CC_CLEANUP(cc_store_auto)

enum cc_store_mode {
	CC_STORE_OPEN = 0, /* must be there: CC_E_NOTFOUND */
	CC_STORE_CREATE,   /* must not be there: CC_E_CONFLICT. Never a side effect of opening */
};
/* "<path>" or "sqlite:<path>"; other engines are CC_E_UNSUPPORTED in this build. */
int cc_store_open(const char *where, enum cc_store_mode mode, struct cc_store **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* What is not committed is rolled back. */
void cc_store_close(struct cc_store *store);
static inline void cc_store_auto(struct cc_store **store)
{
	cc_store_close(*store);
}

int cc_store_begin(struct cc_store *store, struct cc_err *err) CC_MUST CC_NONNULL;
/* Durable when it returns 0. On failure the transaction is over too. */
int cc_store_commit(struct cc_store *store, struct cc_err *err) CC_MUST CC_NONNULL;
/* Also when no transaction is open. */
void cc_store_rollback(struct cc_store *store) CC_NONNULL;

/* Table names are lower-case letters and underscores, keys not empty. Replaces what is there. */
int cc_store_put_row(struct cc_store *store, const char *table, struct cc_span key,
		     struct cc_span sealed, struct cc_err *err) CC_MUST CC_NONNULL;
/* Deleting what is not there is fine: the state map knows what was. */
int cc_store_delete_row(struct cc_store *store, const char *table, struct cc_span key,
			struct cc_err *err) CC_MUST CC_NONNULL;
int cc_store_get_row(struct cc_store *store, const char *table, struct cc_span key,
		     struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * The greatest key of a table that is not behind `from`, in the order of their bytes, added to
 * `out`. As everything else that the database says, it may be a lie: another key, or none.
 */
int cc_store_last_key(struct cc_store *store, const char *table, struct cc_span from,
		      struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

int cc_store_put_node(struct cc_store *store, const struct cc_digest *hash, struct cc_span bytes,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_store_drop_node(struct cc_store *store, const struct cc_digest *hash,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_store_get_node(struct cc_store *store, const struct cc_digest *hash, struct cc_buf *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* A node of the ledger's tree (see ledger/tree.h). */
struct cc_store_hash {
	unsigned int level;
	uint64_t index;
	struct cc_digest hash;
};
/* An entry with the `count` tree nodes that it completes (`hashes` may be NULL for none). */
int cc_store_append_entry(struct cc_store *store, uint64_t index, struct cc_span bytes,
			  const struct cc_store_hash *hashes, size_t count,
			  struct cc_err *err) CC_MUST __attribute__((nonnull(1, 6)));
int cc_store_get_entry(struct cc_store *store, uint64_t index, struct cc_buf *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_store_get_hash(struct cc_store *store, unsigned int level, uint64_t index,
		      struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* One more than the greatest index of an entry; 0 when there is none. */
int cc_store_count_entries(struct cc_store *store, uint64_t *out,
			   struct cc_err *err) CC_MUST CC_NONNULL;

/* The signed checkpoint with its cosignatures. */
int cc_store_put_head(struct cc_store *store, struct cc_span note,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_store_get_head(struct cc_store *store, struct cc_buf *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
