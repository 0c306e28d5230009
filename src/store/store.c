/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that hold for every engine, then the engine. */
#include "base/str.h"
#include "store/store-internal.h"

static const struct {
	const char *prefix;
	int (*open)(const char *where, enum cc_store_mode mode, struct cc_store **out,
		    struct cc_err *err); /* NULL: not in this build */
} engines[] = {
	{ "sqlite:", cc_store_sqlite_open },
	{ "postgresql:", NULL },
	{ "postgres:", NULL },
};

int cc_store_open(const char *where, enum cc_store_mode mode, struct cc_store **out,
		  struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(engines); i++) {
		if (!cc_str_starts(where, engines[i].prefix))
			continue;
		if (engines[i].open == NULL) {
			cc_err_set(err, CC_E_UNSUPPORTED, "this build has no engine for '%s'",
				   engines[i].prefix);
			return cc_hint(err, "name a file: sqlite:<path>");
		}
		return engines[i].open(where + strlen(engines[i].prefix), mode, out, err);
	}
	return cc_store_sqlite_open(where, mode, out, err);
}

void cc_store_close(struct cc_store *store)
{
	if (store == NULL)
		return;
	cc_store_rollback(store);
	store->engine->close(store);
}

int cc_store_begin(struct cc_store *store, struct cc_err *err)
{
	if (store->writing)
		return cc_fail(err, CC_E_BUG, "a transaction is open already");
	CC_TRY(store->engine->begin(store, err));
	store->writing = true;
	return 0;
}

int cc_store_commit(struct cc_store *store, struct cc_err *err)
{
	if (!store->writing)
		return cc_fail(err, CC_E_BUG, "no transaction is open");
	if (store->engine->commit(store, err) != 0) {
		cc_store_rollback(store);
		return -1;
	}
	store->writing = false;
	return 0;
}

void cc_store_rollback(struct cc_store *store)
{
	if (store->writing)
		store->engine->rollback(store);
	store->writing = false;
}

static int check_writing(const struct cc_store *store, struct cc_err *err)
{
	return store->writing ? 0 : cc_fail(err, CC_E_BUG, "write outside of a transaction");
}

static int check_size(const char *what, struct cc_span bytes, size_t max, struct cc_err *err)
{
	if (bytes.len > max)
		return cc_fail(err, CC_E_TOOBIG, "%s has %zu bytes, the maximum is %zu", what,
			       bytes.len, max);
	return 0;
}

static int check_place(const char *table, struct cc_span key, struct cc_err *err)
{
	size_t len = strspn(table, "abcdefghijklmnopqrstuvwxyz_");

	if (len == 0 || len > CC_STORE_TABLE_MAX || table[len] != '\0')
		return cc_fail(err, CC_E_BUG, "'%.40s' is not the name of a table", table);
	return check_size("key of a row", key, CC_STORE_KEY_MAX, err);
}

/* Of a row: an empty key is none. */
static int check_row(const char *table, struct cc_span key, struct cc_err *err)
{
	if (key.len == 0)
		return cc_fail(err, CC_E_BUG, "a row of table '%.40s' without a key", table);
	return check_place(table, key, err);
}

/* Databases have signed numbers. */
static int check_index(uint64_t index, struct cc_err *err)
{
	if (index > INT64_MAX)
		return cc_fail(err, CC_E_TOOBIG, "index %llu is over the maximum",
			       (unsigned long long)index);
	return 0;
}

int cc_store_put_row(struct cc_store *store, const char *table, struct cc_span key,
		     struct cc_span sealed, struct cc_err *err)
{
	CC_TRY(check_writing(store, err));
	CC_TRY(check_row(table, key, err));
	CC_TRY(check_size("row", sealed, CC_STORE_ROW_MAX, err));
	return store->engine->put_row(store, table, key, sealed, err);
}

int cc_store_delete_row(struct cc_store *store, const char *table, struct cc_span key,
			struct cc_err *err)
{
	CC_TRY(check_writing(store, err));
	CC_TRY(check_row(table, key, err));
	return store->engine->delete_row(store, table, key, err);
}

int cc_store_get_row(struct cc_store *store, const char *table, struct cc_span key,
		     struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(check_row(table, key, err));
	return store->engine->get_row(store, table, key, out, err);
}

int cc_store_last_key(struct cc_store *store, const char *table, struct cc_span from,
		      struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(check_row(table, from, err));
	return store->engine->last_key(store, table, from, out, err);
}

int cc_store_put_node(struct cc_store *store, const struct cc_digest *hash, struct cc_span bytes,
		      struct cc_err *err)
{
	CC_TRY(check_writing(store, err));
	CC_TRY(check_size("map node", bytes, CC_STORE_NODE_MAX, err));
	return store->engine->put_node(store, hash, bytes, err);
}

int cc_store_drop_node(struct cc_store *store, const struct cc_digest *hash, struct cc_err *err)
{
	CC_TRY(check_writing(store, err));
	return store->engine->drop_node(store, hash, err);
}

int cc_store_get_node(struct cc_store *store, const struct cc_digest *hash, struct cc_buf *out,
		      struct cc_err *err)
{
	return store->engine->get_node(store, hash, out, err);
}

int cc_store_append_entry(struct cc_store *store, uint64_t index, struct cc_span bytes,
			  const struct cc_store_hash *hashes, size_t count, struct cc_err *err)
{
	CC_TRY(check_writing(store, err));
	CC_TRY(check_index(index, err));
	CC_TRY(check_size("ledger entry", bytes, CC_STORE_ENTRY_MAX, err));
	if (count > CC_STORE_HASHES_MAX)
		return cc_fail(err, CC_E_BUG, "an entry completes %zu tree nodes", count);
	CC_TRY(store->engine->put_entry(store, index, bytes, err));
	for (size_t i = 0; i < count; i++) {
		CC_TRY(check_index(hashes[i].index, err));
		CC_TRY(store->engine->put_hash(store, &hashes[i], err));
	}
	return 0;
}

int cc_store_get_entry(struct cc_store *store, uint64_t index, struct cc_buf *out,
		       struct cc_err *err)
{
	CC_TRY(check_index(index, err));
	return store->engine->get_entry(store, index, out, err);
}

int cc_store_get_hash(struct cc_store *store, unsigned int level, uint64_t index,
		      struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf hash = { 0 };

	CC_TRY(check_index(index, err));
	CC_TRY(store->engine->get_hash(store, level, index, &hash, err));
	if (hash.len != sizeof(out->b))
		return cc_fail(err, CC_E_TAMPERED, "tree hash in the store has %zu bytes",
			       hash.len);
	memcpy(out->b, hash.at, sizeof(out->b));
	return 0;
}

int cc_store_count_entries(struct cc_store *store, uint64_t *out, struct cc_err *err)
{
	return store->engine->count_entries(store, out, err);
}

int cc_store_put_head(struct cc_store *store, struct cc_span note, struct cc_err *err)
{
	CC_TRY(check_writing(store, err));
	CC_TRY(check_size("head note", note, CC_STORE_HEAD_MAX, err));
	return store->engine->put_head(store, note, err);
}

int cc_store_get_head(struct cc_store *store, struct cc_buf *out, struct cc_err *err)
{
	return store->engine->get_head(store, out, err);
}
