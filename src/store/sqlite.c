/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite behind the store. All SQL is constant and in two tables below. The file
 * may have been made by anyone, so its schema is not trusted (no triggers, views or
 * functions out of it), cells are checked and every length is compared first.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>

#include "base/dir.h"
#include "base/str.h"
#include "store/store-internal.h"

#define SCHEMA_VERSION 1
#define BUSY_MS 2000

/*
 * EXCLUSIVE stands first: the write-ahead log's index then lies in our memory and not in a file
 * that others may write, and a statement takes no locks: they are five system calls of each lookup.
 */
static const char pragmas[] = "PRAGMA locking_mode = EXCLUSIVE;"
			      "PRAGMA journal_mode = WAL;"
			      "PRAGMA synchronous = FULL;"
			      "PRAGMA trusted_schema = OFF;"
			      "PRAGMA cell_size_check = ON;"
			      "PRAGMA mmap_size = 0;"
			      "PRAGMA temp_store = MEMORY;"
			      "PRAGMA cache_size = -65536;"; /* KiB; 2 MB miss at each lookup */

static const char schema[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE store_schema (version INTEGER NOT NULL) STRICT;"
	"CREATE TABLE rows (name TEXT NOT NULL, key BLOB NOT NULL, sealed BLOB NOT NULL,"
	" PRIMARY KEY (name, key)) STRICT;"
	"CREATE TABLE nodes (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE entries (at INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
	"CREATE TABLE hashes (level INTEGER NOT NULL, at INTEGER NOT NULL, hash BLOB NOT NULL,"
	" PRIMARY KEY (level, at)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), note BLOB NOT NULL) STRICT;"
	"INSERT INTO store_schema VALUES (1);"
	"COMMIT;";

enum statement {
	VERSION = 0,
	BEGIN,
	COMMIT,
	ROLLBACK,
	PUT_ROW,
	DELETE_ROW,
	GET_ROW,
	LAST_KEY,
	PUT_NODE,
	DROP_NODE,
	GET_NODE,
	PUT_ENTRY,
	PUT_HASH,
	GET_ENTRY,
	GET_HASH,
	COUNT_ENTRIES,
	PUT_HEAD,
	GET_HEAD,
	STATEMENT_COUNT,
};

static const struct {
	const char *what; /* for errors */
	const char *sql;
	size_t max; /* bytes of the value that it reads; 0: it reads none */
} statements[STATEMENT_COUNT] = {
	[VERSION] = { "read the version", "SELECT version FROM store_schema", 0 },
	/* IMMEDIATE: a second writer is refused here and not in the middle. */
	[BEGIN] = { "begin", "BEGIN IMMEDIATE", 0 },
	[COMMIT] = { "commit", "COMMIT", 0 },
	[ROLLBACK] = { "roll back", "ROLLBACK", 0 },
	[PUT_ROW] = { "write a row",
		      "INSERT INTO rows (name, key, sealed) VALUES (?1, ?2, ?3)"
		      " ON CONFLICT (name, key) DO UPDATE SET sealed = ?3",
		      0 },
	[DELETE_ROW] = { "delete a row", "DELETE FROM rows WHERE name = ?1 AND key = ?2", 0 },
	[GET_ROW] = { "read a row", "SELECT sealed FROM rows WHERE name = ?1 AND key = ?2",
		      CC_STORE_ROW_MAX },
	[LAST_KEY] = { "find a key",
		       "SELECT key FROM rows WHERE name = ?1 AND key <= ?2"
		       " ORDER BY key DESC LIMIT 1",
		       CC_STORE_KEY_MAX },
	[PUT_NODE] = { "write a map node", "INSERT OR REPLACE INTO nodes VALUES (?1, ?2)", 0 },
	[DROP_NODE] = { "drop a map node", "DELETE FROM nodes WHERE hash = ?1", 0 },
	[GET_NODE] = { "read a map node", "SELECT bytes FROM nodes WHERE hash = ?1",
		       CC_STORE_NODE_MAX },
	[PUT_ENTRY] = { "append a ledger entry", "INSERT INTO entries VALUES (?1, ?2)", 0 },
	[PUT_HASH] = { "write a tree hash", "INSERT INTO hashes VALUES (?1, ?2, ?3)", 0 },
	[GET_ENTRY] = { "read a ledger entry", "SELECT bytes FROM entries WHERE at = ?1",
			CC_STORE_ENTRY_MAX },
	[GET_HASH] = { "read a tree hash", "SELECT hash FROM hashes WHERE level = ?1 AND at = ?2",
		       sizeof(struct cc_digest) },
	[COUNT_ENTRIES] = { "count the entries", "SELECT max(at) FROM entries", 0 },
	[PUT_HEAD] = { "write the head", "INSERT OR REPLACE INTO head VALUES (1, ?1)", 0 },
	[GET_HEAD] = { "read the head", "SELECT note FROM head WHERE one = 1", CC_STORE_HEAD_MAX },
};

struct sqlite {
	struct cc_store store; /* first */
	sqlite3 *db;
	sqlite3_stmt *prepared[STATEMENT_COUNT];
};

static struct sqlite *sqlite(struct cc_store *store)
{
	return (struct sqlite *)(void *)store;
}

static const struct {
	int code; /* SQLite's, primary */
	enum cc_code ours;
	int sys;
	const char *hint;
} errors[] = {
	{ SQLITE_BUSY, CC_E_UNAVAILABLE, 0,
	  "another process uses the store: only one keeper may run on it" },
	{ SQLITE_LOCKED, CC_E_UNAVAILABLE, 0,
	  "another process uses the store: only one keeper may run on it" },
	{ SQLITE_FULL, CC_E_SYSTEM, ENOSPC,
	  "make room on the disk of the store, then start again" },
	{ SQLITE_IOERR, CC_E_SYSTEM, EIO, "check the disk of the store" },
	{ SQLITE_READONLY, CC_E_SYSTEM, EROFS,
	  "make the store's file and its directory writable for the user of the CAS" },
	{ SQLITE_PERM, CC_E_SYSTEM, EACCES, "give the store's file to the user of the CAS" },
	{ SQLITE_CANTOPEN, CC_E_SYSTEM, 0, "check the path of the store and who may use it" },
	{ SQLITE_NOMEM, CC_E_SYSTEM, ENOMEM, "" },
	{ SQLITE_CORRUPT, CC_E_TAMPERED, 0,
	  "the file is damaged: put the latest copy of the whole store back" },
	{ SQLITE_NOTADB, CC_E_TAMPERED, 0,
	  "the file is no database: put the latest copy of the whole store back" },
	/* A statement that does not compile or a cell of another type: not our schema. */
	{ SQLITE_ERROR, CC_E_TAMPERED, 0, "the file is not a store of this program" },
	{ SQLITE_SCHEMA, CC_E_TAMPERED, 0, "the file is not a store of this program" },
	{ SQLITE_MISMATCH, CC_E_TAMPERED, 0, "the file is not a store of this program" },
	{ SQLITE_CONSTRAINT, CC_E_CONFLICT, 0,
	  "someone else wrote to the store: read its head again" },
	{ SQLITE_TOOBIG, CC_E_TOOBIG, 0, "" },
};

static int fail(sqlite3 *db, int code, const char *what, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(errors); i++) {
		if (errors[i].code != (code & 0xff))
			continue;
		cc_err_set(err, errors[i].ours, "store: %s: %s", what, sqlite3_errmsg(db));
		err->sys = errors[i].sys;
		if (errors[i].hint[0] != '\0')
			cc_err_hint(err, "%s", errors[i].hint);
		return -1;
	}
	return cc_fail(err, CC_E_BUG, "store: %s: %s", what, sqlite3_errmsg(db));
}

/* One parameter of a statement. */
struct value {
	const char *text;    /* or */
	struct cc_span blob; /* at != NULL, or */
	sqlite3_int64 number;
};
#define TEXT(t) ((struct value){ .text = (t) })
/* SQLite takes a NULL pointer for the NULL value, and an empty key is not NULL. */
#define BLOB(b) \
	((struct value){ .blob = { (b).at != NULL ? (b).at : (const uint8_t *)"", (b).len } })
#define NUMBER(n) ((struct value){ .number = (sqlite3_int64)(n) })

static int bind_value(sqlite3_stmt *stmt, int at, const struct value *value)
{
	if (value->text != NULL)
		return sqlite3_bind_text(stmt, at, value->text, -1, SQLITE_STATIC);
	if (value->blob.at != NULL)
		return sqlite3_bind_blob64(stmt, at, value->blob.at, value->blob.len,
					   SQLITE_STATIC);
	return sqlite3_bind_int64(stmt, at, value->number);
}

/* The statement is ready for its next use, and forgets what it was bound to. */
static void finish(sqlite3_stmt **stmt)
{
	(void)sqlite3_reset(*stmt);
	(void)sqlite3_clear_bindings(*stmt);
}
#define AUTO_FINISH CC_CLEANUP(finish)

/* Bind and make the first step: *row says whether it found something. */
static int start(struct sqlite *s, enum statement id, const struct value *values, size_t count,
		 bool *row, struct cc_err *err)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < count && code == SQLITE_OK; i++)
		code = bind_value(s->prepared[id], (int)i + 1, &values[i]);
	if (code == SQLITE_OK)
		code = sqlite3_step(s->prepared[id]);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return fail(s->db, code, statements[id].what, err);
	*row = code == SQLITE_ROW;
	return 0;
}

/* A statement without an answer. */
static int run(struct cc_store *store, enum statement id, const struct value *values, size_t count,
	       struct cc_err *err)
{
	struct sqlite *s = sqlite(store);
	AUTO_FINISH sqlite3_stmt *stmt = s->prepared[id];
	bool row = false;

	CC_TRY(start(s, id, values, count, &row, err));
	if (row)
		return cc_fail(err, CC_E_TAMPERED, "store: %s: it answers", statements[id].what);
	(void)stmt;
	return 0;
}

/* A column that must be bytes, and not too many of them. */
static int read_blob(struct sqlite *s, enum statement id, int column, size_t max,
		     struct cc_span *out, struct cc_err *err)
{
	sqlite3_stmt *stmt = s->prepared[id];
	const void *at = NULL;
	int len = 0;

	if (sqlite3_column_type(stmt, column) != SQLITE_BLOB)
		return cc_fail(err, CC_E_TAMPERED, "store: %s: a value is not bytes",
			       statements[id].what);
	/* In this order: the length is the one of the conversion that the pointer is from. */
	at = sqlite3_column_blob(stmt, column);
	len = sqlite3_column_bytes(stmt, column);
	if (len < 0 || (size_t)len > max)
		return cc_fail(err, CC_E_TAMPERED, "store: %s: %d bytes are more than %zu",
			       statements[id].what, len, max);
	if (at == NULL && sqlite3_errcode(s->db) == SQLITE_NOMEM)
		return fail(s->db, SQLITE_NOMEM, statements[id].what, err);
	*out = cc_span(at, at != NULL ? (size_t)len : 0);
	return 0;
}

/* The one value of a row, added to `out`. */
static int fetch(struct cc_store *store, enum statement id, const struct value *values,
		 size_t count, struct cc_buf *out, struct cc_err *err)
{
	struct sqlite *s = sqlite(store);
	AUTO_FINISH sqlite3_stmt *stmt = s->prepared[id];
	struct cc_span bytes = { 0 };
	bool row = false;

	CC_TRY(start(s, id, values, count, &row, err));
	if (!row)
		return cc_fail(err, CC_E_NOTFOUND, "store: %s: it is not there",
			       statements[id].what);
	CC_TRY(read_blob(s, id, 0, statements[id].max, &bytes, err));
	(void)stmt;
	return cc_buf_add(out, bytes, err);
}

static int begin(struct cc_store *store, struct cc_err *err)
{
	return run(store, BEGIN, NULL, 0, err);
}

static int commit(struct cc_store *store, struct cc_err *err)
{
	return run(store, COMMIT, NULL, 0, err);
}

static void rollback(struct cc_store *store)
{
	struct cc_err ignored;

	/* After a full disk SQLite may have rolled back by itself. */
	if (sqlite3_get_autocommit(sqlite(store)->db) == 0)
		cc_ignore(run(store, ROLLBACK, NULL, 0, &ignored));
}

static int put_row(struct cc_store *store, const char *table, struct cc_span key,
		   struct cc_span sealed, struct cc_err *err)
{
	const struct value values[] = { TEXT(table), BLOB(key), BLOB(sealed) };

	return run(store, PUT_ROW, values, CC_COUNT(values), err);
}

static int delete_row(struct cc_store *store, const char *table, struct cc_span key,
		      struct cc_err *err)
{
	const struct value values[] = { TEXT(table), BLOB(key) };

	return run(store, DELETE_ROW, values, CC_COUNT(values), err);
}

static int get_row(struct cc_store *store, const char *table, struct cc_span key,
		   struct cc_buf *out, struct cc_err *err)
{
	const struct value values[] = { TEXT(table), BLOB(key) };

	return fetch(store, GET_ROW, values, CC_COUNT(values), out, err);
}

static int last_key(struct cc_store *store, const char *table, struct cc_span from,
		    struct cc_buf *out, struct cc_err *err)
{
	const struct value values[] = { TEXT(table), BLOB(from) };

	return fetch(store, LAST_KEY, values, CC_COUNT(values), out, err);
}

static int put_node(struct cc_store *store, const struct cc_digest *hash, struct cc_span bytes,
		    struct cc_err *err)
{
	const struct value values[] = { BLOB(CC_DIGEST_SPAN(*hash)), BLOB(bytes) };

	return run(store, PUT_NODE, values, CC_COUNT(values), err);
}

static int drop_node(struct cc_store *store, const struct cc_digest *hash, struct cc_err *err)
{
	const struct value values[] = { BLOB(CC_DIGEST_SPAN(*hash)) };

	return run(store, DROP_NODE, values, CC_COUNT(values), err);
}

static int get_node(struct cc_store *store, const struct cc_digest *hash, struct cc_buf *out,
		    struct cc_err *err)
{
	const struct value values[] = { BLOB(CC_DIGEST_SPAN(*hash)) };

	return fetch(store, GET_NODE, values, CC_COUNT(values), out, err);
}

static int put_entry(struct cc_store *store, uint64_t index, struct cc_span bytes,
		     struct cc_err *err)
{
	const struct value values[] = { NUMBER(index), BLOB(bytes) };

	return run(store, PUT_ENTRY, values, CC_COUNT(values), err);
}

static int put_hash(struct cc_store *store, const struct cc_store_hash *hash, struct cc_err *err)
{
	const struct value values[] = { NUMBER(hash->level), NUMBER(hash->index),
					BLOB(CC_DIGEST_SPAN(hash->hash)) };

	return run(store, PUT_HASH, values, CC_COUNT(values), err);
}

static int get_entry(struct cc_store *store, uint64_t index, struct cc_buf *out, struct cc_err *err)
{
	const struct value values[] = { NUMBER(index) };

	return fetch(store, GET_ENTRY, values, CC_COUNT(values), out, err);
}

static int get_hash(struct cc_store *store, unsigned int level, uint64_t index, struct cc_buf *out,
		    struct cc_err *err)
{
	const struct value values[] = { NUMBER(level), NUMBER(index) };

	return fetch(store, GET_HASH, values, CC_COUNT(values), out, err);
}

static int count_entries(struct cc_store *store, uint64_t *out, struct cc_err *err)
{
	struct sqlite *s = sqlite(store);
	AUTO_FINISH sqlite3_stmt *stmt = s->prepared[COUNT_ENTRIES];
	sqlite3_int64 last = -1;
	bool row = false;

	CC_TRY(start(s, COUNT_ENTRIES, NULL, 0, &row, err));
	if (row && sqlite3_column_type(stmt, 0) == SQLITE_INTEGER)
		last = sqlite3_column_int64(stmt, 0);
	else if (!row || sqlite3_column_type(stmt, 0) != SQLITE_NULL)
		return cc_fail(err, CC_E_TAMPERED, "store: the last index is not a number");
	if (last < -1 || last == INT64_MAX)
		return cc_fail(err, CC_E_TAMPERED, "store: the last index is %lld",
			       (long long)last);
	*out = (uint64_t)(last + 1);
	return 0;
}

static int put_head(struct cc_store *store, struct cc_span note, struct cc_err *err)
{
	const struct value values[] = { BLOB(note) };

	return run(store, PUT_HEAD, values, CC_COUNT(values), err);
}

static int get_head(struct cc_store *store, struct cc_buf *out, struct cc_err *err)
{
	return fetch(store, GET_HEAD, NULL, 0, out, err);
}

static void close_sqlite(struct cc_store *store)
{
	struct sqlite *s = sqlite(store);

	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		(void)sqlite3_finalize(s->prepared[i]);
	(void)sqlite3_close(s->db);
	free(s);
}

static const struct cc_store_engine engine = {
	.close = close_sqlite,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.put_row = put_row,
	.delete_row = delete_row,
	.get_row = get_row,
	.last_key = last_key,
	.put_node = put_node,
	.drop_node = drop_node,
	.get_node = get_node,
	.put_entry = put_entry,
	.put_hash = put_hash,
	.get_entry = get_entry,
	.get_hash = get_hash,
	.count_entries = count_entries,
	.put_head = put_head,
	.get_head = get_head,
};

static int run_script(struct sqlite *s, const char *what, const char *script, struct cc_err *err)
{
	int code = sqlite3_exec(s->db, script, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : fail(s->db, code, what, err);
}

/* Before the file is looked at: what its content can make SQLite do. */
static int harden(struct sqlite *s, struct cc_err *err)
{
	static const struct {
		int option, value;
	} options[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
	};

	for (size_t i = 0; i < CC_COUNT(options); i++)
		if (sqlite3_db_config(s->db, options[i].option, options[i].value, NULL) !=
		    SQLITE_OK)
			return cc_fail(err, CC_E_UNSUPPORTED, "store: this SQLite is too old");
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, 2 * (int)CC_STORE_ROW_MAX);
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	return 0;
}

static int check_version(struct sqlite *s, struct cc_err *err)
{
	AUTO_FINISH sqlite3_stmt *stmt = s->prepared[VERSION];
	sqlite3_int64 version = 0;
	bool row = false;

	CC_TRY(start(s, VERSION, NULL, 0, &row, err));
	if (!row || sqlite3_column_type(stmt, 0) != SQLITE_INTEGER)
		return cc_fail(err, CC_E_TAMPERED, "store: it has no version");
	version = sqlite3_column_int64(stmt, 0);
	if (version == SCHEMA_VERSION)
		return 0;
	cc_err_set(err, CC_E_UNSUPPORTED, "store: its version is %lld, this program's is %d",
		   (long long)version, SCHEMA_VERSION);
	return cc_hint(err, "use the program that made the store");
}

static int prepare(struct sqlite *s, struct cc_err *err)
{
	for (size_t i = 0; i < STATEMENT_COUNT; i++) {
		int code = sqlite3_prepare_v3(s->db, statements[i].sql, -1,
					      SQLITE_PREPARE_PERSISTENT, &s->prepared[i], NULL);

		if (code != SQLITE_OK)
			return fail(s->db, code, statements[i].what, err);
	}
	return 0;
}

static int open_db(struct sqlite *s, const char *path, enum cc_store_mode mode, struct cc_err *err)
{
	int code = sqlite3_open_v2(
		path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
		NULL);

	if (code != SQLITE_OK)
		return fail(s->db, code, "open", err);
	CC_TRY(harden(s, err));
	CC_TRY(run_script(s, "set up", pragmas, err));
	if (mode == CC_STORE_CREATE)
		CC_TRY(run_script(s, "create the tables", schema, err));
	CC_TRY(prepare(s, err));
	return check_version(s, err);
}

/* SQLite gives its other files the mode of this one. */
static int create_file(const char *path, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST) {
		cc_err_set(err, CC_E_CONFLICT, "store '%s' is there already", path);
		return cc_hint(err, "start the CAS on it, or choose another path for a new one");
	}
	if (fd < 0)
		return cc_fail_sys(err, errno, "create store '%s'", path);
	return 0;
}

static int check_there(const char *path, struct cc_err *err)
{
	if (access(path, F_OK) == 0)
		return 0;
	cc_err_set_sys(err, errno, "open store '%s'", path);
	return cc_hint(err, "a new CAS is made by 'cas init', never by starting one");
}

static void close_half(struct sqlite **s)
{
	if (*s != NULL)
		close_sqlite(&(*s)->store);
}

int cc_store_sqlite_open(const char *path, enum cc_store_mode mode, struct cc_store **out,
			 struct cc_err *err)
{
	CC_CLEANUP(close_half) struct sqlite *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a store");
	s->store.engine = &engine;
	if (mode == CC_STORE_CREATE)
		CC_TRY(create_file(path, err));
	else
		CC_TRY(check_there(path, err));
	if (open_db(s, path, mode, err) != 0) {
		/* Half a store would stand in the way of the next attempt. */
		if (mode == CC_STORE_CREATE)
			(void)unlink(path);
		return cc_wrap(err, "store '%s'", path);
	}
	*out = &CC_TAKE(s)->store;
	return 0;
}
