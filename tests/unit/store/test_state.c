/* SPDX-License-Identifier: Apache-2.0 */
/* The state map and the ledger's tree in a store: what a keeper does with them. */
#include "tests/unit/test.h"

#include <sqlite3.h>

#include "base/dir.h"
#include "ledger/map.h"
#include "ledger/tree.h"
#include "store/store.h"

#define KEYS 17000
#define KEPT 4096 /* nodes in memory: fewer than KEYS make */
#define GROUP 1000

static char folder[] = "/tmp/cc-state-XXXXXX";
static char path[64];
static struct cc_store *store;

static int get_node(void *context, const struct cc_digest *hash, struct cc_buf *out,
		    struct cc_err *err)
{
	return cc_store_get_node(context, hash, out, err);
}

static int drop_node(void *context, const struct cc_digest *hash, struct cc_err *err)
{
	return cc_store_drop_node(context, hash, err);
}

static int put_node(void *context, const struct cc_digest *hash, struct cc_span bytes,
		    struct cc_err *err)
{
	return cc_store_put_node(context, hash, bytes, err);
}

static int get_hash(void *context, unsigned int level, uint64_t index, struct cc_digest *out,
		    struct cc_err *err)
{
	return cc_store_get_hash(context, level, index, out, err);
}

static int open_new(void **state)
{
	struct cc_err err;

	(void)state;
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/cas.db", folder);
	return cc_store_open(path, CC_STORE_CREATE, &store, &err);
}

static int remove_all(void **state)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	struct cc_err err;

	(void)state;
	cc_store_close(store);
	return cc_dir_open("/tmp", CC_DIR_OWN, &dir, &err) != 0 ||
	       cc_dir_remove_tree(&dir, folder + strlen("/tmp/"), &err) != 0;
}

static struct cc_digest key_of(uint32_t number)
{
	struct cc_digest key;
	struct cc_err err;

	assert_int_equal(cc_map_key("counts", cc_span(&number, sizeof(number)), &key, &err), 0);
	return key;
}

static struct cc_map *new_map(const struct cc_digest *root)
{
	const struct cc_map_source source = { get_node, store };
	struct cc_map *map = NULL;
	struct cc_err err;

	assert_int_equal(cc_map_new(&source, root, &map, &err), 0);
	cc_map_keep(map, KEPT);
	return map;
}

static struct cc_digest write_group(struct cc_map *map)
{
	const struct cc_map_sink sink = { drop_node, put_node, store };
	struct cc_digest root;
	struct cc_err err;

	assert_int_equal(cc_map_root(map, &root, &err), 0);
	assert_int_equal(cc_store_begin(store, &err), 0);
	assert_int_equal(cc_map_changes(map, &sink, &err), 0);
	assert_int_equal(cc_store_commit(store, &err), 0);
	cc_map_settle(map);
	return root;
}

static struct cc_digest fill(struct cc_map *map, uint8_t value)
{
	struct cc_digest root = { 0 };
	struct cc_err err;

	for (uint32_t i = 0; i < KEYS; i++) {
		const struct cc_digest key = key_of(i), put = { { value, (uint8_t)i } };

		assert_int_equal(cc_map_set(map, &key, &put, &err), 0);
		if (i % GROUP == GROUP - 1)
			root = write_group(map);
	}
	return root;
}

static void a_map_larger_than_its_cache_keeps_every_key(void **state)
{
	const struct cc_digest empty = { 0 };
	struct cc_map *map = new_map(&empty);
	struct cc_digest root, found;
	struct cc_err err;
	bool present;

	(void)state;
	(void)fill(map, 1);
	root = fill(map, 2); /* every node replaced, long after most were forgotten */
	cc_map_free(map);
	map = new_map(&root);
	for (uint32_t i = 0; i < KEYS + 1000; i++) {
		struct cc_digest key = key_of(i);

		assert_int_equal(cc_map_get(map, &key, &present, &found, &err), 0);
		assert_int_equal(present, i < KEYS);
		assert_true(!present || (found.b[0] == 2 && found.b[1] == (uint8_t)i));
	}
	cc_map_free(map);
}

static void a_group_that_does_not_commit_has_not_happened(void **state)
{
	const struct cc_map_sink sink = { drop_node, put_node, store };
	const struct cc_digest empty = { 0 }, key = key_of(1), one = { { 1 } }, two = { { 2 } };
	CC_AUTO_MAP struct cc_map *map = new_map(&empty);
	struct cc_digest root, found;
	struct cc_err err;
	bool present;

	(void)state;
	assert_int_equal(cc_map_set(map, &key, &one, &err), 0);
	root = write_group(map);
	assert_int_equal(cc_map_set(map, &key, &two, &err), 0);
	assert_int_equal(cc_store_begin(store, &err), 0);
	assert_int_equal(cc_map_changes(map, &sink, &err), 0);
	cc_store_rollback(store);
	assert_int_equal(cc_map_reset(map, &root, &err), 0);
	assert_int_equal(cc_map_get(map, &key, &present, &found, &err), 0);
	assert_true(present && cc_digest_eq(&found, &one));
}

/* What whoever has the file can do between two starts. */
static void meddle(const char *sql)
{
	sqlite3 *db = NULL;
	struct cc_err err;

	cc_store_close(store);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(cc_store_open(path, CC_STORE_OPEN, &store, &err), 0);
}

/* One old map of rows put back under the root of today: the nodes of today are gone. */
static void an_old_node_put_back_by_sql_is_refused(void **state)
{
	const struct cc_digest empty = { 0 }, key = key_of(1), one = { { 1 } }, two = { { 2 } };
	CC_AUTO_MAP struct cc_map *first = new_map(&empty), *second = NULL, *map = NULL;
	struct cc_digest root, found;
	struct cc_err err;
	bool present;

	(void)state;
	assert_int_equal(cc_map_set(first, &key, &one, &err), 0);
	root = write_group(first);
	meddle("CREATE TABLE kept AS SELECT * FROM nodes");
	second = new_map(&root);
	assert_int_equal(cc_map_set(second, &key, &two, &err), 0);
	root = write_group(second);
	meddle("UPDATE nodes SET bytes = (SELECT bytes FROM kept)");
	map = new_map(&root);
	assert_int_equal(cc_map_get(map, &key, &present, &found, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
}

struct nodes {
	struct cc_store_hash list[CC_STORE_HASHES_MAX];
	size_t count;
};

static int note_node(void *context, unsigned int level, uint64_t index,
		     const struct cc_digest *hash, struct cc_err *err)
{
	struct nodes *nodes = context;

	(void)err;
	assert_true(nodes->count < CC_STORE_HASHES_MAX);
	nodes->list[nodes->count++] = (struct cc_store_hash){ level, index, *hash };
	return 0;
}

static void a_ledger_in_the_store_proves_its_growth(void **state)
{
	const struct cc_tree_source source = { get_hash, store };
	struct cc_tree_head heads[101], loaded_head;
	struct cc_frontier frontier = { 0 }, loaded;
	struct cc_tree_proof proof;
	struct cc_digest leaf;
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_store_begin(store, &err), 0);
	for (uint64_t i = 0; i <= 100; i++) {
		struct nodes nodes = { .count = 0 };
		const struct cc_tree_sink sink = { note_node, &nodes };
		const struct cc_span entry = cc_span(&i, sizeof(i));

		heads[i].size = i;
		assert_int_equal(cc_frontier_root(&frontier, &heads[i].root, &err), 0);
		assert_int_equal(cc_tree_leaf(entry, &leaf, &err), 0);
		assert_int_equal(cc_frontier_append(&frontier, &leaf, &sink, &err), 0);
		assert_int_equal(
			cc_store_append_entry(store, i, entry, nodes.list, nodes.count, &err), 0);
	}
	assert_int_equal(cc_store_commit(store, &err), 0);
	for (uint64_t from = 0; from <= 100; from += 7) {
		assert_int_equal(cc_tree_prove_consistency(&source, from, 100, &proof, &err), 0);
		assert_int_equal(cc_tree_check_consistency(&heads[from], &heads[100], &proof, &err),
				 0);
	}
	assert_int_equal(cc_frontier_load(&source, 100, &loaded, &err), 0);
	assert_int_equal(cc_frontier_root(&loaded, &loaded_head.root, &err), 0);
	assert_true(cc_digest_eq(&loaded_head.root, &heads[100].root));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_new, remove_all)
	const struct CMUnitTest tests[] = {
		CASE(a_map_larger_than_its_cache_keeps_every_key),
		CASE(a_group_that_does_not_commit_has_not_happened),
		CASE(an_old_node_put_back_by_sql_is_refused),
		CASE(a_ledger_in_the_store_proves_its_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
