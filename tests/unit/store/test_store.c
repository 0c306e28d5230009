/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/dir.h"
#include "store/store.h"

static char folder[] = "/tmp/cc-store-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/cas.db", folder);
	return 0;
}

static int remove_folder(void **state)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	struct cc_err err;

	(void)state;
	return cc_dir_open("/tmp", CC_DIR_OWN, &dir, &err) != 0 ||
	       cc_dir_remove_tree(&dir, folder + strlen("/tmp/"), &err) != 0;
}

static struct cc_store *open_store(enum cc_store_mode mode)
{
	struct cc_store *store = NULL;
	struct cc_err err = { 0 };

	if (cc_store_open(path, mode, &store, &err) != 0)
		fail_msg("%s", err.text);
	return store;
}

static void assert_not_opened(enum cc_store_mode mode, enum cc_code code)
{
	struct cc_store *store = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_store_open(path, mode, &store, &err), -1);
	assert_null(store);
	assert_int_equal(err.code, code);
	assert_true(err.hint[0] != '\0');
}

/* SQL of a hostile or damaged database, made beside our interface. */
static void sql(const char *script)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, script, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void put(struct cc_store *store, const char *table, const char *key, const char *sealed)
{
	struct cc_err err = { 0 };

	if (cc_store_put_row(store, table, cc_span_str(key), cc_span_str(sealed), &err) != 0)
		fail_msg("%s", err.text);
}

static void assert_row(struct cc_store *store, const char *table, const char *key,
		       const char *sealed)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };
	int done = cc_store_get_row(store, table, cc_span_str(key), &out, &err);

	if (sealed == NULL) {
		assert_int_equal(done, -1);
		assert_int_equal(err.code, CC_E_NOTFOUND);
		return;
	}
	assert_int_equal(done, 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), sealed));
}

static void begin(struct cc_store *store)
{
	struct cc_err err;

	assert_int_equal(cc_store_begin(store, &err), 0);
}

static void commit(struct cc_store *store)
{
	struct cc_err err;

	assert_int_equal(cc_store_commit(store, &err), 0);
}

static void what_is_committed_is_there_after_opening_again(void **state)
{
	struct cc_store *store = open_store(CC_STORE_CREATE);
	struct stat status;

	(void)state;
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	begin(store);
	put(store, "policies", "a", "one");
	put(store, "counts", "a", "other table");
	put(store, "policies", "a", "two");
	put(store, "policies", "b", "");
	commit(store);
	cc_store_close(store);
	store = open_store(CC_STORE_OPEN);
	assert_row(store, "policies", "a", "two");
	assert_row(store, "counts", "a", "other table");
	assert_row(store, "policies", "b", "");
	assert_row(store, "counts", "b", NULL);
	cc_store_close(store);
}

static void what_is_not_committed_is_gone(void **state)
{
	struct cc_store *store = open_store(CC_STORE_CREATE);

	(void)state;
	begin(store);
	put(store, "policies", "a", "one");
	commit(store);
	begin(store);
	put(store, "policies", "a", "two");
	cc_store_rollback(store);
	assert_row(store, "policies", "a", "one");
	begin(store);
	put(store, "policies", "a", "three");
	cc_store_close(store);
	store = open_store(CC_STORE_OPEN);
	assert_row(store, "policies", "a", "one");
	cc_store_close(store);
}

static void a_killed_process_leaves_what_it_committed(void **state)
{
	struct cc_store *store = NULL;
	int status = 0;
	pid_t child = 0;

	(void)state;
	cc_store_close(open_store(CC_STORE_CREATE));
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		store = open_store(CC_STORE_OPEN);
		begin(store);
		put(store, "policies", "a", "one");
		commit(store);
		begin(store);
		put(store, "policies", "a", "two");
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	store = open_store(CC_STORE_OPEN);
	assert_row(store, "policies", "a", "one");
	cc_store_close(store);
}

static void deleting_is_for_the_row_alone_and_repeatable(void **state)
{
	CC_AUTO_STORE struct cc_store *store = open_store(CC_STORE_CREATE);
	struct cc_err err;

	(void)state;
	begin(store);
	put(store, "policies", "a", "one");
	put(store, "policies", "b", "two");
	assert_int_equal(cc_store_delete_row(store, "policies", cc_span_str("a"), &err), 0);
	assert_int_equal(cc_store_delete_row(store, "policies", cc_span_str("a"), &err), 0);
	commit(store);
	assert_row(store, "policies", "a", NULL);
	assert_row(store, "policies", "b", "two");
}

/* "" when there is none. */
static void assert_last_key(struct cc_store *store, const char *table, const char *from,
			    const char *expected)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };
	int done = cc_store_last_key(store, table, cc_span_str(from), &out, &err);

	assert_int_equal(err.code, done == 0 ? CC_OK : CC_E_NOTFOUND);
	assert_true(cc_span_eq_str(cc_buf_span(&out), expected));
}

static void the_last_key_is_that_by_its_bytes_in_its_table(void **state)
{
	static const char *const keys[] = { "b", "a", "\xff", "ab", "Z", "a\x01" };
	CC_AUTO_STORE struct cc_store *store = open_store(CC_STORE_CREATE);

	(void)state;
	begin(store);
	for (size_t i = 0; i < CC_COUNT(keys); i++)
		put(store, "policies", keys[i], "v");
	put(store, "other", "aa", "v");
	commit(store);
	assert_last_key(store, "policies", "A", "");
	assert_last_key(store, "policies", "Z", "Z");
	assert_last_key(store, "policies", "aa", "a\x01");
	assert_last_key(store, "policies", "az", "ab");
	assert_last_key(store, "policies", "\xfe", "b");
	assert_last_key(store, "policies", "\xff\xff", "\xff");
	assert_last_key(store, "other", "z", "aa");
	assert_last_key(store, "none", "z", "");
}

static void map_nodes_come_and_go(void **state)
{
	CC_AUTO_STORE struct cc_store *store = open_store(CC_STORE_CREATE);
	const struct cc_digest hash = { { 1, 2, 3 } };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err;

	(void)state;
	begin(store);
	assert_int_equal(cc_store_drop_node(store, &hash, &err), 0);
	assert_int_equal(cc_store_put_node(store, &hash, cc_span_str("node"), &err), 0);
	commit(store);
	assert_int_equal(cc_store_get_node(store, &hash, &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "node"));
	begin(store);
	assert_int_equal(cc_store_drop_node(store, &hash, &err), 0);
	commit(store);
	assert_int_equal(cc_store_get_node(store, &hash, &out, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

static void an_entry_is_appended_once_with_the_tree_nodes_it_completes(void **state)
{
	static const struct cc_store_hash hashes[] = { { 0, 1, { { 7 } } }, { 1, 0, { { 8 } } } };
	CC_AUTO_STORE struct cc_store *store = open_store(CC_STORE_CREATE);
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_digest hash;
	struct cc_err err;
	uint64_t count = 9;

	(void)state;
	assert_int_equal(cc_store_count_entries(store, &count, &err), 0);
	assert_int_equal(count, 0);
	begin(store);
	assert_int_equal(cc_store_append_entry(store, 1, cc_span_str("e1"), hashes, 2, &err), 0);
	commit(store);
	assert_int_equal(cc_store_count_entries(store, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_int_equal(cc_store_get_entry(store, 1, &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "e1"));
	assert_int_equal(cc_store_get_entry(store, 0, &out, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_int_equal(cc_store_get_hash(store, 1, 0, &hash, &err), 0);
	assert_int_equal(hash.b[0], 8);
	assert_int_equal(cc_store_get_hash(store, 0, 0, &hash, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	/* Two keepers on one store: the second one learns it. */
	begin(store);
	assert_int_equal(cc_store_append_entry(store, 1, cc_span_str("other"), NULL, 0, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_true(err.hint[0] != '\0');
}

static void the_head_is_replaced(void **state)
{
	CC_AUTO_STORE struct cc_store *store = open_store(CC_STORE_CREATE);
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_store_get_head(store, &out, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	begin(store);
	assert_int_equal(cc_store_put_head(store, cc_span_str("one"), &err), 0);
	assert_int_equal(cc_store_put_head(store, cc_span_str("two"), &err), 0);
	commit(store);
	assert_int_equal(cc_store_get_head(store, &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "two"));
}

static void writing_needs_a_transaction_and_there_is_one_at_a_time(void **state)
{
	CC_AUTO_STORE struct cc_store *store = open_store(CC_STORE_CREATE);
	const struct cc_digest hash = { { 1 } };
	const struct cc_span bytes = cc_span_str("x");
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_store_put_row(store, "t", bytes, bytes, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	assert_int_equal(cc_store_delete_row(store, "t", bytes, &err), -1);
	assert_int_equal(cc_store_put_node(store, &hash, bytes, &err), -1);
	assert_int_equal(cc_store_drop_node(store, &hash, &err), -1);
	assert_int_equal(cc_store_append_entry(store, 0, bytes, NULL, 0, &err), -1);
	assert_int_equal(cc_store_put_head(store, bytes, &err), -1);
	assert_int_equal(cc_store_commit(store, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	begin(store);
	assert_int_equal(cc_store_begin(store, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
}

static void what_is_over_a_maximum_is_refused(void **state)
{
	static const uint8_t zeroes[CC_STORE_ROW_MAX + 1];
	static const struct cc_store_hash hashes[CC_STORE_HASHES_MAX + 1];
	CC_AUTO_STORE struct cc_store *store = open_store(CC_STORE_CREATE);
	const struct cc_digest hash = { { 1 } };
	const struct cc_span x = cc_span_str("x");
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err;

	(void)state;
	begin(store);
	assert_int_equal(cc_store_put_row(store, "t", x, CC_SPAN(zeroes), &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(
		cc_store_put_row(store, "t", cc_span(zeroes, CC_STORE_KEY_MAX + 1), x, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(
		cc_store_put_node(store, &hash, cc_span(zeroes, CC_STORE_NODE_MAX + 1), &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_store_append_entry(store, 0, cc_span(zeroes, CC_STORE_ENTRY_MAX + 1),
					       NULL, 0, &err),
			 -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_store_append_entry(store, 0, x, hashes, CC_COUNT(hashes), &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	assert_int_equal(cc_store_append_entry(store, UINT64_MAX, x, NULL, 0, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_store_put_head(store, cc_span(zeroes, CC_STORE_HEAD_MAX + 1), &err),
			 -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_store_last_key(store, "t", (struct cc_span){ 0 }, &out, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	assert_int_equal(cc_store_get_row(store, "T'; DROP", x, &out, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	assert_int_equal(cc_store_put_row(store, "t", (struct cc_span){ 0 }, x, &err), -1);
	assert_int_equal(cc_store_get_row(store, "t", (struct cc_span){ 0 }, &out, &err), -1);
	assert_int_equal(cc_store_delete_row(store, "t", (struct cc_span){ 0 }, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	/* The greatest that are allowed do go in and come out. */
	assert_int_equal(cc_store_put_row(store, "t", cc_span(zeroes, CC_STORE_KEY_MAX),
					  cc_span(zeroes, CC_STORE_ROW_MAX), &err),
			 0);
	assert_int_equal(
		cc_store_get_row(store, "t", cc_span(zeroes, CC_STORE_KEY_MAX), &out, &err), 0);
	assert_int_equal(out.len, CC_STORE_ROW_MAX);
}

static void creating_and_opening_are_not_each_other(void **state)
{
	(void)state;
	assert_not_opened(CC_STORE_OPEN, CC_E_NOTFOUND);
	assert_int_equal(access(path, F_OK), -1);
	cc_store_close(open_store(CC_STORE_CREATE));
	assert_not_opened(CC_STORE_CREATE, CC_E_CONFLICT);
	cc_store_close(open_store(CC_STORE_OPEN));
}

static void engines_are_named_by_a_prefix(void **state)
{
	struct cc_store *store = NULL;
	struct cc_err err = { 0 };
	char where[80];

	(void)state;
	assert_int_equal(cc_store_open("postgresql://db/cas", CC_STORE_OPEN, &store, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	(void)snprintf(where, sizeof(where), "sqlite:%s", path);
	assert_int_equal(cc_store_open(where, CC_STORE_CREATE, &store, &err), 0);
	cc_store_close(store);
	assert_int_equal(access(path, F_OK), 0);
}

static void a_store_that_another_has_open_is_refused(void **state)
{
	CC_AUTO_STORE struct cc_store *one = open_store(CC_STORE_CREATE);
	CC_AUTO_STORE struct cc_store *two = NULL;
	struct cc_err err = { 0 };

	(void)state;
	begin(one);
	put(one, "policies", "a", "one");
	commit(one);
	assert_int_equal(cc_store_open(path, CC_STORE_OPEN, &two, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_non_null(strstr(err.hint, "only one keeper"));
	cc_store_close(CC_TAKE(one));
	two = open_store(CC_STORE_OPEN);
	assert_row(two, "policies", "a", "one");
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_file_write(path, 0600,
				       cc_span_str("this is no database, but a text "
						   "of some length"),
				       &err),
			 0);
	assert_not_opened(CC_STORE_OPEN, CC_E_TAMPERED);
	assert_int_equal(cc_file_write(path, 0600, (struct cc_span){ 0 }, &err), 0);
	assert_not_opened(CC_STORE_OPEN, CC_E_TAMPERED);
}

/* Every page of the file is overwritten in turn: an error or the row, nothing else. */
static void a_damaged_file_gives_an_error_and_never_another_row(void **state)
{
	CC_AUTO_BUF struct cc_buf whole = { 0 };
	struct cc_store *store = open_store(CC_STORE_CREATE);
	size_t refused = 0;
	struct cc_err err;

	(void)state;
	begin(store);
	put(store, "policies", "a", "one");
	commit(store);
	cc_store_close(store);
	assert_int_equal(cc_file_read(path, 1 << 20, &whole, &err), 0);
	for (size_t page = 0; page * 4096 < whole.len; page++) {
		uint8_t kept[4096];
		CC_AUTO_BUF struct cc_buf out = { 0 };

		memcpy(kept, whole.at + page * 4096, sizeof(kept));
		memset(whole.at + page * 4096, 0xa5, sizeof(kept));
		assert_int_equal(cc_file_write(path, 0600, cc_buf_span(&whole), &err), 0);
		memcpy(whole.at + page * 4096, kept, sizeof(kept));
		store = NULL;
		if (cc_store_open(path, CC_STORE_OPEN, &store, &err) != 0 ||
		    cc_store_get_row(store, "policies", cc_span_str("a"), &out, &err) != 0) {
			assert_int_equal(err.code, CC_E_TAMPERED);
			refused++;
		} else {
			assert_true(cc_span_eq_str(cc_buf_span(&out), "one"));
		}
		cc_store_close(store);
	}
	assert_true(refused >= 3); /* the header, the schema, the row and its index */
}

static void values_of_another_type_or_length_are_refused(void **state)
{
	static const struct {
		const char *sql;
	} lies[] = {
		{ "INSERT INTO rows VALUES ('t', x'78', 'text')" },
		{ "INSERT INTO rows VALUES ('t', x'78', 42)" },
		{ "INSERT INTO rows VALUES ('t', x'78', NULL)" },
		{ "INSERT INTO rows VALUES ('t', x'78', zeroblob(5000000))" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(lies); i++) {
		struct cc_store *store = open_store(CC_STORE_CREATE);
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		cc_store_close(store);
		sql("DROP TABLE rows; CREATE TABLE rows (name, key, sealed,"
		    " PRIMARY KEY (name, key));");
		sql(lies[i].sql);
		store = open_store(CC_STORE_OPEN);
		assert_int_equal(cc_store_get_row(store, "t", cc_span_str("x"), &out, &err), -1);
		assert_int_equal(err.code, CC_E_TAMPERED);
		assert_int_equal(out.len, 0);
		cc_store_close(store);
		assert_int_equal(unlink(path), 0);
	}
}

static void hashes_and_indexes_that_are_none_are_refused(void **state)
{
	struct cc_store *store = open_store(CC_STORE_CREATE);
	struct cc_digest hash;
	struct cc_err err = { 0 };
	uint64_t count = 0;

	(void)state;
	cc_store_close(store);
	sql("INSERT INTO hashes VALUES (0, 0, zeroblob(31)), (0, 1, zeroblob(33));"
	    "INSERT INTO entries VALUES (9223372036854775807, x'00');");
	store = open_store(CC_STORE_OPEN);
	assert_int_equal(cc_store_get_hash(store, 0, 0, &hash, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_int_equal(cc_store_get_hash(store, 0, 1, &hash, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_int_equal(cc_store_count_entries(store, &count, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	cc_store_close(store);
}

static void a_store_of_another_version_or_shape_is_refused(void **state)
{
	(void)state;
	cc_store_close(open_store(CC_STORE_CREATE));
	sql("UPDATE store_schema SET version = 2");
	assert_not_opened(CC_STORE_OPEN, CC_E_UNSUPPORTED);
	sql("UPDATE store_schema SET version = 1; DROP TABLE nodes;");
	assert_not_opened(CC_STORE_OPEN, CC_E_TAMPERED);
}

/* A trigger in the file would change what we write, in our own process. */
static void triggers_in_the_file_do_not_run(void **state)
{
	struct cc_store *store = open_store(CC_STORE_CREATE);

	(void)state;
	cc_store_close(store);
	sql("CREATE TRIGGER evil AFTER INSERT ON rows BEGIN"
	    " UPDATE rows SET sealed = x'00' WHERE name = new.name; END;");
	store = open_store(CC_STORE_OPEN);
	begin(store);
	put(store, "policies", "a", "one");
	commit(store);
	assert_row(store, "policies", "a", "one");
	cc_store_close(store);
}

/* In a mount namespace of its own (root alone), a child fills a small file system: 0 is success, 77
 * a skip. */
static int fill_disk(void)
{
	static const uint8_t zeroes[64 * 1024];
	CC_AUTO_STORE struct cc_store *store = NULL;
	struct cc_err err = { 0 };
	int done = 0;

	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", folder, "tmpfs", 0, "size=512k") != 0)
		return 77;
	if (cc_store_open(path, CC_STORE_CREATE, &store, &err) != 0 ||
	    cc_store_begin(store, &err) != 0)
		return 1;
	put(store, "policies", "a", "one");
	if (cc_store_commit(store, &err) != 0 || cc_store_begin(store, &err) != 0)
		return 2;
	for (uint8_t i = 0; i < 200 && done == 0; i++)
		done = cc_store_put_row(store, "t", cc_span(&i, 1), CC_SPAN(zeroes), &err);
	if (done == 0)
		done = cc_store_commit(store, &err);
	if (done == 0 || err.sys != ENOSPC || err.code != CC_E_SYSTEM || err.hint[0] == '\0')
		return 3;
	cc_store_rollback(store);
	assert_row(store, "policies", "a", "one");
	assert_row(store, "t", "b", NULL);
	return 0;
}

static void a_full_disk_is_an_error_with_a_hint_and_keeps_what_was(void **state)
{
	int status = 0;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(fill_disk());
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("# skipped: only root can mount a small file system\n");
		skip();
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		CASE(what_is_committed_is_there_after_opening_again),
		CASE(what_is_not_committed_is_gone),
		CASE(a_killed_process_leaves_what_it_committed),
		CASE(deleting_is_for_the_row_alone_and_repeatable),
		CASE(the_last_key_is_that_by_its_bytes_in_its_table),
		CASE(map_nodes_come_and_go),
		CASE(an_entry_is_appended_once_with_the_tree_nodes_it_completes),
		CASE(the_head_is_replaced),
		CASE(writing_needs_a_transaction_and_there_is_one_at_a_time),
		CASE(what_is_over_a_maximum_is_refused),
		CASE(creating_and_opening_are_not_each_other),
		CASE(engines_are_named_by_a_prefix),
		CASE(a_store_that_another_has_open_is_refused),
		CASE(a_file_that_is_no_database_is_refused),
		CASE(a_damaged_file_gives_an_error_and_never_another_row),
		CASE(values_of_another_type_or_length_are_refused),
		CASE(hashes_and_indexes_that_are_none_are_refused),
		CASE(a_store_of_another_version_or_shape_is_refused),
		CASE(triggers_in_the_file_do_not_run),
		CASE(a_full_disk_is_an_error_with_a_hint_and_keeps_what_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
