/* SPDX-License-Identifier: Apache-2.0 */
/* Where in the data file things are put, and how much of it is not used. */
#include "tests/unit/volume/fixture.h"

#include <errno.h>

#include "base/fd.h"
#include "volume/engine-internal.h"

/* A store on which the data file cannot grow by zeroes, and how often it grew. */
struct growing {
	struct fixture f;
	struct cc_volume_store below;
	unsigned int grown;
	bool is_full;
};

static int growing_write(void *ctx, const char *name, uint64_t at, struct cc_span bytes,
			 struct cc_err *err)
{
	struct growing *g = ctx;
	const struct storage_file *file = storage_find(&g->f.storage, name);
	bool grows = file == NULL || at + bytes.len > file->len;

	if (grows && g->is_full && cc_span_is_zero(bytes))
		return cc_fail_sys(err, ENOSPC, "write '%s'", name);
	g->grown += grows;
	return g->below.write(g->below.ctx, name, at, bytes, err);
}

static int growing_read(void *ctx, const char *name, uint64_t at, struct cc_mut out,
			struct cc_err *err)
{
	const struct growing *g = ctx;

	return g->below.read(g->below.ctx, name, at, out, err);
}

static int growing_flush(void *ctx, const char *name, struct cc_err *err)
{
	const struct growing *g = ctx;

	return g->below.flush(g->below.ctx, name, err);
}

static struct cc_volume *growing_open(struct growing *g)
{
	fixture_init(&g->f);
	g->below = g->f.store;
	g->f.store = (struct cc_volume_store){ .ctx = g,
					       .read = growing_read,
					       .write = growing_write,
					       .flush = growing_flush,
					       .remove = growing_flush };
	return fixture_write(&g->f);
}

/* `count` commits of one block each, acknowledged. */
static void commit_blocks(struct growing *g, struct cc_volume *v, unsigned int count)
{
	uint64_t ino = attr_of(v, "/f").ino;
	uint8_t block[CC_VOL_BLOCK] = { 0 };

	for (unsigned int i = 0; i < count; i++) {
		pattern(CC_MUT(block), i);
		write_at(v, ino, (uint64_t)i % 100 * CC_VOL_BLOCK, CC_SPAN(block));
		fixture_commit(&g->f, v);
		cc_volume_acknowledged(v, g->f.base.number);
	}
}

static void small_commits_find_their_place_in_the_file(void **state)
{
	struct growing g = { .grown = 0 };
	struct cc_volume *v = growing_open(&g);
	struct cc_volume_usage usage = { 0 };

	(void)state;
	(void)make_file(v, "/f", cc_span_str(""));
	commit_blocks(&g, v, 400);
	assert_in_range(g.grown, 3, 20);
	/* What lies ahead is counted. */
	cc_volume_usage(v, &usage);
	assert_int_equal(usage.stored, g.f.storage.files[0].len);
	cc_volume_free(v);
	v = fixture_read(&g.f);
	cc_volume_usage(v, &usage);
	assert_int_equal(usage.stored, g.f.storage.files[0].len);
	cc_volume_free(v);
	fixture_clear(&g.f);
}

static void single_and_large_commits_make_no_place_ahead(void **state)
{
	CC_AUTO_FREE uint8_t *bytes = malloc(4 * CC_VOLUME_EXTENT);
	struct growing g = { .grown = 0 };
	struct cc_volume *v = growing_open(&g);

	(void)state;
	(void)make_file(v, "/f", cc_span_str(""));
	for (unsigned int i = 0; i < 8; i++) {
		const struct storage_file *file = &g.f.storage.files[0];

		pattern((struct cc_mut){ bytes, 4 * CC_VOLUME_EXTENT }, i);
		write_at(v, attr_of(v, "/f").ino, 0, cc_span(bytes, 4 * CC_VOLUME_EXTENT));
		fixture_commit(&g.f, v);
		assert_int_equal(v->super.end, file->len);
		assert_false(cc_span_is_zero(cc_span(file->at + file->len - 64, 64)));
	}
	cc_volume_free(v);
	fixture_clear(&g.f);
}

static void a_disk_without_place_ahead_takes_commits(void **state)
{
	struct growing g = { .is_full = true };
	struct cc_volume *v = growing_open(&g);
	struct cc_volume_checked checked = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	(void)make_file(v, "/f", cc_span_str(""));
	commit_blocks(&g, v, 50);
	assert_int_equal(cc_volume_check(v, &(struct cc_volume_check_plan){ 0 }, &checked, &err),
			 0);
	assert_int_equal(v->super.end, g.f.storage.files[0].len);
	cc_volume_free(v);
	fixture_clear(&g.f);
}

static struct cc_vol_window window_of(struct cc_volume *v, uint64_t ino, uint64_t index)
{
	const struct cc_vol_place of = { ino, index };
	struct cc_vol_window window;
	struct cc_err err = { 0 };

	assert_int_equal(cc_vol_window_load(v, &of, &window, &err), 0);
	return window;
}

/* One read of a block is then one page of the host's. */
static void whole_windows_begin_with_a_page(void **state)
{
	CC_AUTO_FREE uint8_t *bytes = malloc(CC_VOLUME_EXTENT);
	struct fixture f = { 0 };
	struct cc_volume *v = NULL;
	uint64_t ino = 0;

	(void)state;
	fixture_init(&f);
	v = fixture_write(&f);
	ino = make_file(v, "/f", cc_span_str("what comes before is of any length"));
	pattern((struct cc_mut){ bytes, CC_VOLUME_EXTENT }, 1);
	for (uint64_t i = 1; i < 40; i++) {
		struct cc_vol_window window = { 0 };

		if (i % 3 == 0)
			fixture_commit(&f, v);
		write_at(v, ino, i * CC_VOLUME_EXTENT, cc_span(bytes, CC_VOLUME_EXTENT));
		window = window_of(v, ino, i);
		if (window.run_count == 1)
			assert_int_equal(window.runs[0].at % CC_VOL_BLOCK, 0);
	}
	cc_volume_free(v);
	fixture_clear(&f);
}

/* Nothing lies over a multiple of 1 MiB, and yet little before it stays empty. */
static void a_run_is_divided_where_a_segment_ends(void **state)
{
	const uint64_t segment = (uint64_t)1024 * 1024;
	CC_AUTO_FREE uint8_t *bytes = malloc(CC_VOLUME_EXTENT);
	struct fixture f = { 0 };
	struct cc_volume *v = NULL;
	struct cc_vol_window window = { 0 };
	uint64_t ino = 0;

	(void)state;
	fixture_init(&f);
	v = fixture_write(&f);
	ino = make_file(v, "/f", cc_span_str("some bytes"));
	fixture_commit(&f, v);
	pattern((struct cc_mut){ bytes, CC_VOLUME_EXTENT }, 1);
	for (uint64_t i = 1; i <= 7; i++)
		write_at(v, ino, i * CC_VOLUME_EXTENT, cc_span(bytes, CC_VOLUME_EXTENT));
	window = window_of(v, ino, 7);
	assert_int_equal(window.run_count, 2);
	assert_in_range(window.runs[0].at + cc_vol_run_len(&window.runs[0]), segment - CC_VOL_BLOCK,
			segment);
	assert_int_equal(window.runs[1].at, segment);
	assert_int_equal(window.runs[0].count + window.runs[1].count, CC_VOL_WINDOW_BLOCKS);
	fixture_commit(&f, v);
	cc_volume_free(v);
	fixture_clear(&f);
}

/* Sizes of a source tree: most are small, some fill windows. */
static size_t size_of(uint64_t i)
{
	return i % 60 == 0 ? 300000 + i : 200 + i * i % 9000;
}

static void small_files_leave_little_of_the_file_unused(void **state)
{
	CC_AUTO_FREE uint8_t *bytes = malloc(400000);
	struct fixture f = { 0 };
	struct cc_volume *v = NULL;
	struct cc_volume_usage usage = { 0 };
	const struct cc_volume_check_plan plan = { 0 };
	struct cc_volume_checked checked = { 0 };
	struct cc_err err = { 0 };
	uint64_t nodes = 0;
	char name[16] = "";

	(void)state;
	fixture_init(&f);
	v = fixture_write(&f);
	pattern((struct cc_mut){ bytes, 400000 }, 1);
	for (uint64_t i = 1; i <= 3000; i++) {
		(void)snprintf(name, sizeof(name), "/%04u", (unsigned int)i);
		(void)make_file(v, name, cc_span(bytes, size_of(i)));
		if (i % 1000 != 0)
			continue;
		fixture_commit(&f, v);
		cc_volume_acknowledged(v, f.base.number);
	}
	cc_volume_usage(v, &usage);
	/* What only the slots take, and 1 % of all. */
	assert_in_range(usage.stored, usage.live,
			usage.live + CC_VOL_DATA_START + usage.live / 100);
	/* Names, sizes and places came in different orders: the leaves are full nevertheless. */
	assert_int_equal(cc_volume_check(v, &plan, &checked, &err), 0);
	nodes = checked.bytes - usage.bytes;
	assert_in_range(nodes / checked.nodes, CC_VOL_NODE_MAX / 3 * 2, CC_VOL_NODE_MAX);
	cc_volume_free(v);
	fixture_clear(&f);
}

/* Blocks in any order, each committed: what the nodes before had is where the next ones go. */
static void what_commits_leave_is_used_before_the_file_grows(void **state)
{
	CC_AUTO_FREE uint8_t *bytes = malloc(80 * CC_VOLUME_EXTENT);
	struct fixture f = { 0 };
	struct cc_volume *v = NULL;
	struct cc_volume_usage usage = { 0 };
	uint64_t before = 0;
	uint64_t ino = 0;

	(void)state;
	fixture_init(&f);
	v = fixture_write(&f);
	pattern((struct cc_mut){ bytes, 80 * CC_VOLUME_EXTENT }, 1);
	ino = make_file(v, "/f", cc_span(bytes, 80 * CC_VOLUME_EXTENT));
	fixture_commit(&f, v);
	cc_volume_acknowledged(v, f.base.number);
	before = v->space.taken;
	for (uint64_t i = 0; i < 400; i++) {
		write_at(v, ino, i * 397 % 2560 * CC_VOL_BLOCK, cc_span(bytes, CC_VOL_BLOCK));
		fixture_commit(&f, v);
		cc_volume_acknowledged(v, f.base.number);
	}
	cc_volume_usage(v, &usage);
	/* A block, and two leaves: what was divided is not joined for the next to divide. */
	assert_in_range(v->space.taken - before, 0, 400 * 24 * 1024);
	assert_in_range(usage.stored, usage.live, usage.live / 5 * 8);
	cc_volume_free(v);
	fixture_clear(&f);
}

/* No place lies so far behind that a reader would refuse a run there. */
static void the_last_segment_of_an_epoch_stays_empty(void **state)
{
	const uint64_t segment = (uint64_t)1024 * 1024;

	(void)state;
	for (uint64_t left = 1; left <= 3; left++) {
		struct fixture f = { 0 };
		struct cc_volume *v = NULL;
		uint64_t at = 0;
		uint8_t *room = NULL;
		struct cc_err err = { 0 };

		fixture_init(&f);
		v = fixture_write(&f);
		v->space.end = v->space.at = v->space.limit = CC_VOL_EPOCH_BYTES - left * segment;
		assert_int_equal(cc_vol_space_take(v, CC_VOLUME_EXTENT, &at, &room, &err),
				 left == 1 ? -1 : 0);
		if (left == 1)
			assert_int_equal(err.code, CC_E_TOOBIG);
		else
			assert_true(at <= CC_VOL_EPOCH_BYTES - 2 * segment);
		cc_volume_free(v);
		fixture_clear(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_commits_find_their_place_in_the_file),
		cmocka_unit_test(single_and_large_commits_make_no_place_ahead),
		cmocka_unit_test(a_disk_without_place_ahead_takes_commits),
		cmocka_unit_test(whole_windows_begin_with_a_page),
		cmocka_unit_test(a_run_is_divided_where_a_segment_ends),
		cmocka_unit_test(the_last_segment_of_an_epoch_stays_empty),
		cmocka_unit_test(what_commits_leave_is_used_before_the_file_grows),
		cmocka_unit_test(small_files_leave_little_of_the_file_unused),
	};

	return cmocka_run_group_tests_name("volume/space", tests, NULL, NULL);
}
