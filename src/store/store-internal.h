/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an engine provides. store.c has checked every argument against the maxima
 * of store.h and that writes happen inside a transaction; the engine bounds what
 * it reads. The numbers are below 2^63.
 */
#ifndef CC_STORE_STORE_INTERNAL_H
#define CC_STORE_STORE_INTERNAL_H

#include "store/store.h"

struct cc_store_engine {
	void (*close)(struct cc_store *store);
	int (*begin)(struct cc_store *store, struct cc_err *err);
	int (*commit)(struct cc_store *store, struct cc_err *err);
	void (*rollback)(struct cc_store *store);
	int (*put_row)(struct cc_store *store, const char *table, struct cc_span key,
		       struct cc_span sealed, struct cc_err *err);
	int (*delete_row)(struct cc_store *store, const char *table, struct cc_span key,
			  struct cc_err *err);
	int (*get_row)(struct cc_store *store, const char *table, struct cc_span key,
		       struct cc_buf *out, struct cc_err *err);
	int (*last_key)(struct cc_store *store, const char *table, struct cc_span from,
			struct cc_buf *out, struct cc_err *err);
	int (*put_node)(struct cc_store *store, const struct cc_digest *hash, struct cc_span bytes,
			struct cc_err *err);
	int (*drop_node)(struct cc_store *store, const struct cc_digest *hash, struct cc_err *err);
	int (*get_node)(struct cc_store *store, const struct cc_digest *hash, struct cc_buf *out,
			struct cc_err *err);
	int (*put_entry)(struct cc_store *store, uint64_t index, struct cc_span bytes,
			 struct cc_err *err);
	int (*put_hash)(struct cc_store *store, const struct cc_store_hash *hash,
			struct cc_err *err);
	int (*get_entry)(struct cc_store *store, uint64_t index, struct cc_buf *out,
			 struct cc_err *err);
	int (*get_hash)(struct cc_store *store, unsigned int level, uint64_t index,
			struct cc_buf *out, struct cc_err *err);
	int (*count_entries)(struct cc_store *store, uint64_t *out, struct cc_err *err);
	int (*put_head)(struct cc_store *store, struct cc_span note, struct cc_err *err);
	int (*get_head)(struct cc_store *store, struct cc_buf *out, struct cc_err *err);
};

/* The first member of each engine's own struct. */
struct cc_store {
	const struct cc_store_engine *engine;
	bool writing; /* between begin and commit */
};

int cc_store_sqlite_open(const char *path, enum cc_store_mode mode, struct cc_store **out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
