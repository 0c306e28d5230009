/* SPDX-License-Identifier: Apache-2.0 */
/* A CAS's directory: made once, opened as it was left, refused when it was not. */
#include "tests/unit/cas/world.h"

#include <sqlite3.h>

#include "cas/boot.h"
#include "cas/records.h"

#define OTHER_MEASUREMENT 2

int __wrap_cc_platform_key(struct cc_platform *platform, struct cc_span label,
			   struct cc_secret **out, struct cc_err *err);

/* What this program measures as: the platform's key for a label depends on it. */
static uint8_t measured = 1;
static bool platform_dies;
static struct cc_platform *const platform = (struct cc_platform *)&measured;

int __wrap_cc_platform_key(struct cc_platform *asked, struct cc_span label, struct cc_secret **out,
			   struct cc_err *err)
{
	uint8_t key[CC_PLATFORM_KEY_LEN] = { 0 };
	struct cc_digest digest;

	assert_ptr_equal(asked, platform);
	if (platform_dies)
		return cc_fail(err, CC_E_UNAVAILABLE, "the platform is gone");
	CC_TRY(cc_sha256(label, &digest, err));
	memcpy(key, digest.b, sizeof(key));
	key[0] ^= measured;
	return cc_secret_from(CC_SPAN(key), out, err);
}

/* A directory with a CAS in it, closed; the world lends its policy and its end. */
static void init(struct world *world)
{
	world->now = WORLD_NOW;
	(void)snprintf(world->cas.name, sizeof(world->cas.name), WORLD_NAME);
	name_witnesses(world, 2, 2);
	for (size_t i = 0; i < 2; i++)
		(void)snprintf(world->cas.urls[i], sizeof(world->cas.urls[i]),
			       "http://w%zu.example", i);
	(void)snprintf(world->path, sizeof(world->path), "/tmp/cc-cas-XXXXXX");
	assert_non_null(mkdtemp(world->path));
	(void)snprintf(world->file, sizeof(world->file), "%s/store.db", world->path);
	measured = 1;
	ok(cc_cas_init(world->path, &world->cas, platform, &oops));
}

static int open_cas(struct world *world, struct cc_cas *cas, struct cc_err *err)
{
	return cc_cas_open(world->path, platform, cas, err);
}

static void assert_refused(struct world *world, enum cc_code code, const char *says)
{
	CC_AUTO_CAS struct cc_cas cas = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(open_cas(world, &cas, &err), -1);
	assert_code(err, code);
	assert_says(err, says);
}

/* One more entry with a row, as a running CAS makes them. */
static void live(struct world *world, const char *key)
{
	CC_AUTO_CAS struct cc_cas cas = { 0 };
	const struct cc_rec_count row = { 5 };

	ok(open_cas(world, &cas, &oops));
	cc_state_begin(cas.state, world->now);
	ok(cc_state_put(cas.state, &cc_rec_count, key, &row, &oops));
	ok(cc_state_seal(cas.state, "test", NULL, &oops));
	ok(cc_state_commit(cas.state, &oops));
}

static void what_was_made_is_opened_as_it_was_left(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_CAS struct cc_cas cas = { 0 };
	struct cc_rec_count row = { 0 };
	struct cc_digest hash = { 0 };

	(void)state;
	init(&world);
	live(&world, "a");
	live(&world, "b");
	ok(open_cas(&world, &cas, &oops));
	ok(cc_cas_policy_hash(&world.cas, &hash, &oops));
	assert_true(cc_digest_eq(&cas.policy_hash, &hash));
	assert_int_equal(cas.policy.witness_count, 2);
	assert_int_equal(cc_state_frontier(cas.state)->size, 3);
	ok(cc_state_get(cas.state, &cc_rec_count, "a", &row, &oops));
	assert_int_equal(row.rows, 5);
	assert_int_equal(cc_state_time(cas.state), world.now);
}

static void a_second_init_is_refused_and_harms_nothing(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	init(&world);
	assert_int_equal(cc_cas_init(world.path, &world.cas, platform, &err), -1);
	assert_code(err, CC_E_CONFLICT);
	live(&world, "a");
}

static void remove_file(const struct world *world, const char *name)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;

	ok(cc_dir_open(world->path, CC_DIR_OWN, &dir, &oops));
	ok(cc_dir_remove(&dir, name, &oops));
}

static void a_sealed_key_without_its_store_is_no_first_start(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	init(&world);
	remove_file(&world, "store.db");
	assert_refused(&world, CC_E_TAMPERED, "a sealed root key and no store");
	assert_int_equal(cc_cas_init(world.path, &world.cas, platform, &err), -1);
	assert_code(err, CC_E_CONFLICT);
}

static void a_store_without_its_key_is_no_cas(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	init(&world);
	remove_file(&world, "root.sealed");
	assert_refused(&world, CC_E_TAMPERED, "a store and no root key");
	remove_file(&world, "store.db");
	assert_refused(&world, CC_E_NOTFOUND, "holds no CAS");
}

/* Between the store and its sealed key: there is nothing to start, and nothing to go on with. */
static void an_init_that_was_cut_short_says_what_to_do(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	init(&world);
	remove_file(&world, "store.db");
	remove_file(&world, "root.sealed");
	platform_dies = true;
	assert_int_equal(cc_cas_init(world.path, &world.cas, platform, &err), -1);
	assert_code(err, CC_E_UNAVAILABLE);
	platform_dies = false;
	assert_int_equal(cc_cas_init(world.path, &world.cas, platform, &err), -1);
	assert_code(err, CC_E_CONFLICT);
	assert_says(err, "a store and no root key");
	assert_non_null(strstr(err.hint, "remove the directory and repeat it"));
	assert_refused(&world, CC_E_TAMPERED, "a store and no root key");
	remove_file(&world, "store.db");
	ok(cc_cas_init(world.path, &world.cas, platform, &oops));
	live(&world, "a");
}

static void another_program_does_not_unseal_the_root_key(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	init(&world);
	measured = OTHER_MEASUREMENT;
	assert_refused(&world, CC_E_DENIED, "does not unseal");
	measured = 1;
	live(&world, "a");
}

static void a_changed_sealed_key_is_refused(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	CC_AUTO_BUF struct cc_buf file = { 0 };

	(void)state;
	init(&world);
	ok(cc_dir_open(world.path, CC_DIR_OWN, &dir, &oops));
	ok(cc_dir_read(&dir, "root.sealed", 4096, &file, &oops));
	for (size_t i = 0; i < file.len; i += 5) {
		CC_AUTO_CAS struct cc_cas cas = { 0 };
		struct cc_err err = { 0 };

		file.at[i] ^= 1;
		ok(cc_dir_write(&dir, "root.sealed", 0600, cc_buf_span(&file), &oops));
		assert_int_equal(open_cas(&world, &cas, &err), -1);
		file.at[i] ^= 1;
	}
}

static void the_store_of_another_cas_is_refused(void **state)
{
	AUTO_WORLD struct world mine = { 0 }, other = { 0 };
	CC_AUTO_BUF struct cc_buf store = { .max = (size_t)8 * 1024 * 1024 };

	(void)state;
	init(&mine);
	init(&other);
	ok(cc_file_read(other.file, store.max, &store, &oops));
	ok(cc_file_write(mine.file, 0600, cc_buf_span(&store), &oops));
	assert_refused(&mine, CC_E_TAMPERED, "not of this CAS");
}

/* Write the ledger anew: entries 0 to `size`, the first with other bytes when given. */
static void forge(struct world *world, uint64_t size, struct cc_span genesis)
{
	CC_AUTO_STORE struct cc_store *from = NULL, *to = NULL;
	CC_AUTO_BUF struct cc_buf head = { 0 };
	char file[sizeof(world->file) + 8];

	(void)snprintf(file, sizeof(file), "%s.new", world->file);
	ok(cc_store_open(world->file, CC_STORE_OPEN, &from, &oops));
	ok(cc_store_open(file, CC_STORE_CREATE, &to, &oops));
	ok(cc_store_begin(to, &oops));
	for (uint64_t i = 0; i < size; i++) {
		CC_AUTO_BUF struct cc_buf entry = { 0 };
		struct cc_store_hash hashes[CC_STORE_HASHES_MAX];
		size_t count = 0;

		/* The nodes that entry i completes: as many as i + 1 has trailing zeros, and one.
		 */
		for (uint64_t at = i;; at >>= 1) {
			struct cc_store_hash *hash = &hashes[count];

			*hash = (struct cc_store_hash){ .level = (unsigned int)count, .index = at };
			ok(cc_store_get_hash(from, hash->level, at, &hash->hash, &oops));
			count++;
			if ((at & 1) == 0)
				break;
		}
		ok(cc_store_get_entry(from, i, &entry, &oops));
		ok(cc_store_append_entry(to, i,
					 i == 0 && genesis.len != 0 ? genesis : cc_buf_span(&entry),
					 hashes, count, &oops));
	}
	ok(cc_store_get_head(from, &head, &oops));
	ok(cc_store_put_head(to, cc_buf_span(&head), &oops));
	ok(cc_store_commit(to, &oops));
	cc_store_close(CC_TAKE(from));
	cc_store_close(CC_TAKE(to));
	remove_file(world, "store.db");
	assert_int_equal(rename(file, world->file), 0);
}

static void entries_that_were_cut_off_are_missed(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	init(&world);
	live(&world, "a");
	live(&world, "b");
	forge(&world, 2, cc_span(NULL, 0));
	assert_refused(&world, CC_E_TAMPERED, "has 2 entries, its signed checkpoint says 3");
}

/* What whoever has the database can do to it. */
static void meddle(const struct world *world, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(world->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#define OLD_FOR_LAST \
	"UPDATE entries SET bytes = (SELECT bytes FROM entries WHERE at = 1) WHERE at = 2;"

/* The last entry holds the state root: an older one in its place would turn the state back. */
static void an_older_entry_in_place_of_the_last_is_noticed(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	init(&world);
	live(&world, "a");
	live(&world, "b");
	meddle(&world, OLD_FOR_LAST);
	assert_refused(&world, CC_E_TAMPERED, "entry 2 of the ledger was changed");
}

static void a_tree_that_was_changed_with_it_does_not_lead_to_the_checkpoint(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	init(&world);
	live(&world, "a");
	live(&world, "b");
	meddle(&world, OLD_FOR_LAST "UPDATE hashes SET hash = (SELECT hash FROM hashes WHERE level "
				    "= 0 AND at = 1) WHERE level = 0 AND at = 2;");
	assert_refused(&world, CC_E_TAMPERED, "does not lead to its checkpoint");
}

static void an_older_head_with_all_its_entries_is_refused(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_STORE struct cc_store *store = NULL;
	CC_AUTO_BUF struct cc_buf head = { 0 };

	(void)state;
	init(&world);
	ok(cc_store_open(world.file, CC_STORE_OPEN, &store, &oops));
	ok(cc_store_get_head(store, &head, &oops));
	cc_store_close(CC_TAKE(store));
	live(&world, "a");
	ok(cc_store_open(world.file, CC_STORE_OPEN, &store, &oops));
	ok(cc_store_begin(store, &oops));
	ok(cc_store_put_head(store, cc_buf_span(&head), &oops));
	ok(cc_store_commit(store, &oops));
	cc_store_close(CC_TAKE(store));
	assert_refused(&world, CC_E_TAMPERED, "has 2 entries, its signed checkpoint says 1");
}

/* The genesis entry with another CAS policy in it; all else as it was. */
static void exchange_policy(struct world *world, const struct cc_cas_policy *policy)
{
	CC_AUTO_STORE struct cc_store *store = NULL;
	CC_AUTO_BUF struct cc_buf bytes = { 0 }, text = { 0 }, forged = { 0 };
	CC_AUTO_JSON struct cc_json *fields = NULL, *document = NULL;
	CC_AUTO_ENTRY struct cc_entry entry = { 0 };

	ok(cc_store_open(world->file, CC_STORE_OPEN, &store, &oops));
	ok(cc_store_get_entry(store, 0, &bytes, &oops));
	cc_store_close(CC_TAKE(store));
	ok(cc_entry_parse(cc_buf_span(&bytes), &entry, &oops));
	ok(cc_cas_policy_print(policy, &text, &oops));
	ok(cc_json_parse(cc_buf_span(&text), CC_CAS_POLICY_MAX, &document, &oops));
	ok(cc_json_copy(entry.fields, &fields, &oops));
	ok(cc_json_set(fields, "cas_policy", CC_TAKE(document), &oops));
	ok(cc_json_print(fields, &forged, &oops));
	forge(world, 2, cc_buf_span(&forged));
}

static void other_witnesses_in_the_first_entry_are_refused(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_cas_policy policy;

	(void)state;
	init(&world);
	live(&world, "a");
	policy = world.cas;
	policy.quorum = 1;
	policy.witness_count = 1;
	exchange_policy(&world, &policy);
	assert_refused(&world, CC_E_TAMPERED, "not of this CAS and these witnesses");
}

/* The keys do not depend on it: only the tree does. */
static void other_measurements_or_roots_in_the_first_entry_are_refused(void **state)
{
	for (int roots = 0; roots < 2; roots++) {
		AUTO_WORLD struct world world = { 0 };
		struct cc_cas_policy policy;

		(void)state;
		init(&world);
		live(&world, "a");
		policy = world.cas;
		if (roots) {
			policy.roots.count = 1;
			policy.roots.at[0].platform = CC_PLATFORM_SGX;
			policy.roots.at[0].key.b[0] = 1;
			policy.roots.at[0].class = CC_CLASS_SIMULATED;
			(void)snprintf(policy.roots.at[0].label, sizeof(policy.roots.at[0].label),
				       "enemy");
		} else {
			policy.measurement_count = 1;
			policy.measurements[0].b[0] = 7;
		}
		exchange_policy(&world, &policy);
		assert_refused(&world, CC_E_TAMPERED, "entry 0 of the ledger was changed");
	}
}

static void two_halves_of_the_witnesses_are_no_quorum(void **state)
{
	static const struct {
		size_t witnesses, quorum, faulty;
		bool may;
	} rows[] = {
		{ 1, 1, 0, true },  { 2, 1, 0, false }, { 2, 2, 0, true },  { 3, 2, 0, true },
		{ 4, 2, 0, false }, { 4, 3, 1, true },  { 3, 2, 1, false }, { 2, 2, 2, false },
		{ 0, 0, 0, true },  { 0, 1, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		AUTO_WORLD struct world world = { 0 };
		CC_AUTO_BUF struct cc_buf text = { 0 };
		struct cc_cas_policy again = { 0 };
		struct cc_err err = { 0 };

		(void)snprintf(world.cas.name, sizeof(world.cas.name), WORLD_NAME);
		name_witnesses(&world, rows[i].witnesses, rows[i].quorum);
		for (size_t w = 0; w < rows[i].witnesses; w++)
			(void)snprintf(world.cas.urls[w], sizeof(world.cas.urls[w]),
				       "http://w%zu.example", w);
		world.cas.faulty = rows[i].faulty;
		ok(cc_cas_policy_print(&world.cas, &text, &oops));
		if ((cc_cas_policy_parse(cc_buf_span(&text), &again, &err) == 0) != rows[i].may)
			fail_msg("row %zu: %s", i, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_made_is_opened_as_it_was_left),
		cmocka_unit_test(a_second_init_is_refused_and_harms_nothing),
		cmocka_unit_test(a_sealed_key_without_its_store_is_no_first_start),
		cmocka_unit_test(a_store_without_its_key_is_no_cas),
		cmocka_unit_test(an_init_that_was_cut_short_says_what_to_do),
		cmocka_unit_test(another_program_does_not_unseal_the_root_key),
		cmocka_unit_test(a_changed_sealed_key_is_refused),
		cmocka_unit_test(the_store_of_another_cas_is_refused),
		cmocka_unit_test(entries_that_were_cut_off_are_missed),
		cmocka_unit_test(an_older_entry_in_place_of_the_last_is_noticed),
		cmocka_unit_test(a_tree_that_was_changed_with_it_does_not_lead_to_the_checkpoint),
		cmocka_unit_test(an_older_head_with_all_its_entries_is_refused),
		cmocka_unit_test(other_witnesses_in_the_first_entry_are_refused),
		cmocka_unit_test(two_halves_of_the_witnesses_are_no_quorum),
		cmocka_unit_test(other_measurements_or_roots_in_the_first_entry_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
