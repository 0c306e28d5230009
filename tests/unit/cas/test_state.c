/* SPDX-License-Identifier: Apache-2.0 */
/* The state on a store that belongs to the enemy, and on disks that fail. */
#include "tests/unit/cas/world.h"

#include <signal.h>
#include <sys/resource.h>

#define TABLE "count"

int __real_cc_store_commit(struct cc_store *store, struct cc_err *err);
int __wrap_cc_store_commit(struct cc_store *store, struct cc_err *err);

/* How the next commits end. */
static enum { COMMITS, FAILS, FAILS_BEHIND } next_commit;

int __wrap_cc_store_commit(struct cc_store *store, struct cc_err *err)
{
	if (next_commit == COMMITS)
		return __real_cc_store_commit(store, err);
	if (next_commit == FAILS_BEHIND)
		CC_TRY(__real_cc_store_commit(store, err));
	return cc_fail(err, CC_E_SYSTEM, "the connection is lost");
}

static void put(struct world *world, const char *key, uint64_t value)
{
	const struct cc_rec_count row = { value };

	ok(cc_state_put(world->state, &cc_rec_count, key, &row, &oops));
}

static int get(struct world *world, const char *key, uint64_t *value, struct cc_err *err)
{
	struct cc_rec_count row = { 0 };

	CC_TRY(cc_state_get(world->state, &cc_rec_count, key, &row, err));
	*value = row.rows;
	return 0;
}

static void assert_row(struct world *world, const char *key, uint64_t expected)
{
	uint64_t value = 0;

	ok(get(world, key, &value, &oops));
	assert_int_equal(value, expected);
}

static void assert_absent(struct world *world, const char *key)
{
	struct cc_err err = { 0 };
	uint64_t value = 0;

	assert_int_equal(get(world, key, &value, &err), -1);
	assert_code(err, CC_E_NOTFOUND);
}

static void write_one(struct world *world, const char *key, uint64_t value)
{
	cc_state_begin(world->state, world->now);
	put(world, key, value);
	stand(world, "test", NULL);
}

/* Some rows, so that the map has inner nodes. */
static void fill(struct world *world)
{
	world_make(world, 0, 0);
	for (uint64_t i = 0; i < 8; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "k%llu", (unsigned long long)i);
		write_one(world, key, i);
	}
}

static void rows_are_found_and_absence_is_proven(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	fill(&world);
	assert_row(&world, "k3", 3);
	assert_absent(&world, "k9");
	world_reopen(&world);
	for (int i = 0; i < 2; i++) {
		assert_row(&world, "k7", 7);
		assert_absent(&world, "nothing");
	}
	cc_state_begin(world.state, world.now);
	ok(cc_state_drop(world.state, &cc_rec_count, "k7", &oops));
	assert_absent(&world, "k7"); /* at once for this decision */
	stand(&world, "test", NULL);
	world_reopen(&world);
	assert_absent(&world, "k7");
	assert_row(&world, "k6", 6);
}

static void what_is_undone_was_never_there(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	fill(&world);
	cc_state_begin(world.state, world.now + 100);
	put(&world, "k1", 99);
	put(&world, "new", 1);
	ok(cc_state_drop(world.state, &cc_rec_count, "k2", &oops));
	assert_row(&world, "k1", 99);
	cc_state_undo(world.state);
	assert_row(&world, "k1", 1);
	assert_row(&world, "k2", 2);
	assert_absent(&world, "new");
	assert_int_equal(cc_state_group(world.state), 0);
	cc_state_begin(world.state, world.now + 1);
	assert_int_equal(cc_state_time(world.state), world.now + 1);
}

static void time_never_runs_backwards(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	fill(&world);
	cc_state_begin(world.state, world.now + 50);
	stand(&world, "test", NULL);
	cc_state_begin(world.state, world.now);
	assert_int_equal(cc_state_time(world.state), world.now + 50);
	world_reopen(&world);
	cc_state_begin(world.state, world.now);
	assert_int_equal(cc_state_time(world.state), world.now + 50);
}

static void later_decisions_of_a_group_see_the_earlier_ones(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	fill(&world);
	cc_state_begin(world.state, world.now);
	put(&world, "k1", 10);
	ok(cc_state_seal(world.state, "test", NULL, &oops));
	cc_state_begin(world.state, world.now);
	assert_row(&world, "k1", 10);
	put(&world, "k1", 11);
	ok(cc_state_drop(world.state, &cc_rec_count, "k2", &oops));
	ok(cc_state_seal(world.state, "test", NULL, &oops));
	cc_state_begin(world.state, world.now);
	put(&world, "k1", 12);
	assert_absent(&world, "k2");
	cc_state_undo(world.state); /* the third is refused */
	assert_int_equal(cc_state_group(world.state), 2);
	assert_row(&world, "k1", 11);
	ok(cc_state_commit(world.state, &oops));
	assert_int_equal(cc_state_frontier(world.state)->size, 10);
	world_reopen(&world);
	assert_row(&world, "k1", 11);
	assert_absent(&world, "k2");
}

/* The enemy's hands: what the store has, changed behind the state. */

static void steal(struct world *world, const char *key, struct cc_buf *out)
{
	ok(cc_store_get_row(world->store, TABLE, cc_span_str(key), out, &oops));
}

static void plant(struct world *world, const char *key, struct cc_span bytes)
{
	ok(cc_store_begin(world->store, &oops));
	if (bytes.len != 0)
		ok(cc_store_put_row(world->store, TABLE, cc_span_str(key), bytes, &oops));
	else
		ok(cc_store_delete_row(world->store, TABLE, cc_span_str(key), &oops));
	ok(cc_store_commit(world->store, &oops));
}

static void assert_broken(struct world *world, const char *key, const char *how)
{
	struct cc_err err = { 0 }, why = { 0 };
	uint64_t value = 0;

	assert_int_equal(get(world, key, &value, &err), -1);
	assert_code(err, CC_E_TAMPERED);
	assert_says(err, key);
	assert_says(err, TABLE);
	assert_says(err, how);
	assert_true(cc_state_broken(world->state, &why));
	assert_code(why, CC_E_TAMPERED);
}

static void one_old_row_put_back_is_noticed(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf old = { 0 };
	struct cc_err why = { 0 };

	(void)state;
	fill(&world);
	steal(&world, "k3", &old);
	write_one(&world, "k3", 4);
	plant(&world, "k3", cc_buf_span(&old));
	assert_row(&world, "k4", 4);
	assert_false(cc_state_broken(world.state, &why));
	assert_broken(&world, "k3", "is not the one that the state root names");
}

static void a_deleted_row_is_noticed(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	fill(&world);
	plant(&world, "k3", cc_span(NULL, 0));
	assert_broken(&world, "k3", "was deleted");
}

static void two_rows_exchanged_are_noticed(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf one = { 0 }, two = { 0 };

	(void)state;
	fill(&world);
	steal(&world, "k3", &one);
	steal(&world, "k4", &two);
	plant(&world, "k3", cc_buf_span(&two));
	plant(&world, "k4", cc_buf_span(&one));
	assert_broken(&world, "k4", "is not the one that the state root names");
}

static void a_row_that_was_dropped_does_not_come_back(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf old = { 0 };

	(void)state;
	fill(&world);
	steal(&world, "k3", &old);
	cc_state_begin(world.state, world.now);
	ok(cc_state_drop(world.state, &cc_rec_count, "k3", &oops));
	stand(&world, "test", NULL);
	plant(&world, "k3", cc_buf_span(&old));
	world_reopen(&world);
	assert_absent(&world, "k3");
}

/* The root node of the map, which the last entry names. */
static struct cc_digest root_of(struct world *world)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	CC_AUTO_ENTRY struct cc_entry entry = { 0 };

	ok(cc_store_get_entry(world->store, cc_state_frontier(world->state)->size - 1, &bytes,
			      &oops));
	ok(cc_entry_parse(cc_buf_span(&bytes), &entry, &oops));
	return entry.state;
}

static void a_node_of_the_map_that_is_not_ours_is_noticed(void **state)
{
	for (int changed = 0; changed < 2; changed++) {
		AUTO_WORLD struct world world = { 0 };
		CC_AUTO_BUF struct cc_buf node = { 0 };
		struct cc_err err = { 0 }, why = { 0 };
		struct cc_digest root;

		(void)state;
		fill(&world);
		root = root_of(&world);
		ok(cc_store_get_node(world.store, &root, &node, &oops));
		node.at[node.len - 1] ^= 1;
		world_reopen(&world);
		ok(cc_store_begin(world.store, &oops));
		ok(cc_store_drop_node(world.store, &root, &oops));
		if (changed)
			ok(cc_store_put_node(world.store, &root, cc_buf_span(&node), &oops));
		ok(cc_store_commit(world.store, &oops));
		/* Not only who reads: who writes blindly must notice it too. */
		cc_state_begin(world.state, world.now);
		put(&world, "new", 1);
		assert_int_equal(cc_state_seal(world.state, "test", NULL, &err), -1);
		assert_code(err, CC_E_TAMPERED);
		assert_true(cc_state_broken(world.state, &why));
		assert_int_equal(cc_state_group(world.state), 0);
		assert_broken(&world, "k3", "has no path to the state root");
	}
}

/* A group that did not become durable: the state is the one before, and works. */
static void assert_as_before(struct world *world)
{
	struct cc_err why = { 0 };

	assert_false(cc_state_broken(world->state, &why));
	assert_int_equal(cc_state_group(world->state), 0);
	assert_int_equal(cc_state_frontier(world->state)->size, 8);
	assert_row(world, "k1", 1);
	assert_row(world, "k2", 2);
	assert_absent(world, "new");
	write_one(world, "k1", 100);
	world_reopen(world);
	assert_row(world, "k1", 100);
	assert_int_equal(cc_state_frontier(world->state)->size, 9);
}

static void begin_group(struct world *world)
{
	cc_state_begin(world->state, world->now + 7);
	put(world, "k1", 50);
	put(world, "new", 51);
	ok(cc_state_seal(world->state, "test", NULL, &oops));
	cc_state_begin(world->state, world->now + 8);
	ok(cc_state_drop(world->state, &cc_rec_count, "k2", &oops));
	ok(cc_state_seal(world->state, "test", NULL, &oops));
}

static void a_commit_that_fails_leaves_the_state_as_it_was(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };
	int done = 0;

	(void)state;
	fill(&world);
	begin_group(&world);
	next_commit = FAILS;
	done = cc_state_commit(world.state, &err);
	next_commit = COMMITS;
	assert_int_equal(done, -1);
	assert_code(err, CC_E_SYSTEM);
	assert_as_before(&world);
}

static void a_commit_that_happened_and_then_failed_stands(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };
	int done = 0;

	(void)state;
	fill(&world);
	begin_group(&world);
	next_commit = FAILS_BEHIND;
	done = cc_state_commit(world.state, &err);
	next_commit = COMMITS;
	assert_int_equal(done, 0);
	assert_row(&world, "k1", 50);
	write_one(&world, "k1", 52);
	world_reopen(&world);
	assert_row(&world, "k1", 52);
	assert_row(&world, "new", 51);
	assert_absent(&world, "k2");
	assert_int_equal(cc_state_frontier(world.state)->size, 11);
}

static void a_full_disk_leaves_the_state_as_it_was(void **state)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct rlimit before = { 0 }, none = { 0 };
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };
	int done = 0;

	(void)state;
	fill(&world);
	begin_group(&world);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	assert_int_equal(sigaction(SIGXFSZ, &ignore, NULL), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	done = cc_state_commit(world.state, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(done, -1);
	assert_as_before(&world);
}

static void what_cannot_be_sealed_takes_its_whole_group_along(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *fields = NULL;
	struct cc_err err = { 0 };

	(void)state;
	fill(&world);
	begin_group(&world);
	ok(cc_json_object(&fields, &oops));
	ok(cc_json_set_str(fields, "state", "mine", &oops)); /* a name that is the entry's own */
	cc_state_begin(world.state, world.now);
	put(&world, "k5", 99);
	assert_int_equal(cc_state_seal(world.state, "test", fields, &err), -1);
	assert_row(&world, "k5", 5);
	assert_as_before(&world);
}

static void the_checkpoint_is_of_the_last_commit_and_signed(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_checkpoint checkpoint = { 0 };
	CC_AUTO_BUF struct cc_buf head = { 0 };
	struct cc_note note = { 0 };
	struct cc_digest root = { 0 };

	(void)state;
	fill(&world);
	ok(cc_checkpoint_open(cc_state_checkpoint(world.state), &world.keys.log_name, &checkpoint,
			      &note, &oops));
	ok(cc_frontier_root(cc_state_frontier(world.state), &root, &oops));
	assert_int_equal(checkpoint.head.size, 8);
	assert_true(cc_digest_eq(&checkpoint.head.root, &root));
	ok(cc_store_get_head(world.store, &head, &oops));
	assert_true(cc_span_eq(cc_buf_span(&head), cc_state_checkpoint(world.state)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found_and_absence_is_proven),
		cmocka_unit_test(what_is_undone_was_never_there),
		cmocka_unit_test(time_never_runs_backwards),
		cmocka_unit_test(later_decisions_of_a_group_see_the_earlier_ones),
		cmocka_unit_test(one_old_row_put_back_is_noticed),
		cmocka_unit_test(a_deleted_row_is_noticed),
		cmocka_unit_test(two_rows_exchanged_are_noticed),
		cmocka_unit_test(a_row_that_was_dropped_does_not_come_back),
		cmocka_unit_test(a_node_of_the_map_that_is_not_ours_is_noticed),
		cmocka_unit_test(a_commit_that_fails_leaves_the_state_as_it_was),
		cmocka_unit_test(a_commit_that_happened_and_then_failed_stands),
		cmocka_unit_test(a_full_disk_leaves_the_state_as_it_was),
		cmocka_unit_test(what_cannot_be_sealed_takes_its_whole_group_along),
		cmocka_unit_test(the_checkpoint_is_of_the_last_commit_and_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
