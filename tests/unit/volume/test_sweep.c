/* SPDX-License-Identifier: Apache-2.0 */
/* Files of states that nobody needs go; what a state needs, and what is not ours, stays. */
#include "tests/unit/volume/fixture.h"

#include <dirent.h>

#include "base/str.h"
#include "volume/sweep.h"

struct place {
	char path[32];
	struct cc_volume_dir *store;
	struct cc_dir dir;
	struct fixture f;
};
#define AUTO_PLACE CC_CLEANUP(place_clear)

static void place_make(struct place *place)
{
	struct cc_err err = { 0 };

	(void)snprintf(place->path, sizeof(place->path), "/tmp/volume-sweep-XXXXXX");
	assert_non_null(mkdtemp(place->path));
	fixture_init(&place->f);
	assert_int_equal(
		cc_volume_dir_open(place->path, false, &place->store, &place->f.store, &err), 0);
	assert_int_equal(cc_dir_open(place->path, CC_DIR_OWN, &place->dir, &err), 0);
}

static void place_clear(struct place *place)
{
	CC_AUTO_DIR struct cc_dir above = CC_DIR_NONE;
	struct cc_err err = { 0 };

	cc_volume_dir_free(place->store);
	cc_dir_close(&place->dir);
	assert_int_equal(cc_dir_open("/tmp", CC_DIR_OWN, &above, &err), 0);
	assert_int_equal(cc_dir_remove_tree(&above, place->path + strlen("/tmp/"), &err), 0);
	fixture_clear(&place->f);
}

/* States that have files there. */
static size_t states_there(const struct place *place)
{
	DIR *list = opendir(place->path);
	size_t count = 0;

	assert_non_null(list);
	for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list))
		count += strstr(entry->d_name, ".data") != NULL;
	(void)closedir(list);
	return count;
}

static void rewrite(struct cc_volume *v, const char *path, uint64_t seed)
{
	uint8_t bytes[5000];
	struct cc_err err = { 0 };
	struct cc_span name = { 0 };
	uint64_t dir = 0;

	if (is_there(v, path)) {
		dir = parent_of(v, path, &name);
		assert_int_equal(cc_volume_unlink(v, dir, name, &err), 0);
	}
	pattern(CC_MUT(bytes), seed);
	(void)make_file(v, path, CC_SPAN(bytes));
}

static void assert_rewritten(struct cc_volume *v, const char *path, uint64_t seed)
{
	uint8_t bytes[5000];

	pattern(CC_MUT(bytes), seed);
	assert_content(v, path, CC_SPAN(bytes));
}

/* A hundred openings that each write everything anew leave the files of two. */
static void a_hundred_openings_do_not_grow_the_storage(void **state)
{
	AUTO_PLACE struct place place = { .dir = CC_DIR_NONE };
	struct cc_volume *v = NULL;
	struct cc_err err = { 0 };
	size_t removed = 0;

	(void)state;
	place_make(&place);
	for (uint64_t i = 0; i < 100; i++) {
		v = fixture_write(&place.f);
		assert_int_equal(cc_volume_sweep(v, &place.dir, &removed, &err), 0);
		rewrite(v, "/one", i);
		rewrite(v, "/two", 1000 + i);
		fixture_commit(&place.f, v);
		cc_volume_free(v);
		assert_true(states_there(&place) <= 3);
	}
	v = fixture_read(&place.f);
	assert_rewritten(v, "/one", 99);
	assert_rewritten(v, "/two", 1099);
	cc_volume_free(v);
}

/* Each opening writes one of ten files: what is left of older ones moves, and their files go. */
static void what_is_hardly_needed_moves_and_goes(void **state)
{
	AUTO_PLACE struct place place = { .dir = CC_DIR_NONE };
	struct cc_volume_usage usage = { 0 };
	struct cc_volume *v = NULL;
	struct cc_err err = { 0 };
	size_t removed = 0;
	uint64_t moved = 0;
	char name[8];

	(void)state;
	place_make(&place);
	for (uint64_t i = 0; i < 100; i++) {
		v = fixture_write(&place.f);
		assert_int_equal(cc_volume_sweep(v, &place.dir, &removed, &err), 0);
		(void)snprintf(name, sizeof(name), "/%u", (unsigned int)(i % 10));
		rewrite(v, name, i);
		assert_int_equal(cc_volume_compact(v, &moved, &err), 0);
		fixture_commit(&place.f, v);
		cc_volume_usage(v, &usage);
		assert_true(usage.oldest + 12 > place.f.epoch);
		cc_volume_free(v);
		assert_true(states_there(&place) <= 13);
	}
	v = fixture_read(&place.f);
	for (uint64_t i = 90; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "/%u", (unsigned int)(i % 10));
		assert_rewritten(v, name, i);
	}
	cc_volume_free(v);
}

/* Ten files; so many of them are written anew in the next epoch. How much of the rest moves? */
static uint64_t moved_beside(unsigned int dead)
{
	AUTO_PLACE struct place place = { .dir = CC_DIR_NONE };
	const unsigned int counts[] = { 10, dead };
	struct cc_err err = { 0 };
	uint64_t moved = 0;
	char name[8];

	place_make(&place);
	for (size_t epoch = 0; epoch < CC_COUNT(counts); epoch++) {
		struct cc_volume *v = fixture_write(&place.f);

		for (unsigned int i = 0; i < counts[epoch]; i++) {
			(void)snprintf(name, sizeof(name), "/%u", i % 10);
			rewrite(v, name, 100 * epoch + i);
		}
		assert_int_equal(cc_volume_compact(v, &moved, &err), 0);
		fixture_commit(&place.f, v);
		cc_volume_free(v);
	}
	return moved;
}

static void half_of_an_epoch_may_be_dead(void **state)
{
	(void)state;
	assert_int_equal(moved_beside(3), 0);
	assert_int_equal(moved_beside(7), 3 * 5000);
}

static void what_the_base_needs_stays(void **state)
{
	AUTO_PLACE struct place place = { .dir = CC_DIR_NONE };
	struct cc_volume *v = NULL;
	struct cc_err err = { 0 };
	size_t removed = 0;

	(void)state;
	place_make(&place);
	v = fixture_write(&place.f);
	rewrite(v, "/old", 1);
	fixture_commit(&place.f, v);
	cc_volume_free(v);
	for (uint64_t i = 0; i < 3; i++) {
		v = fixture_write(&place.f);
		rewrite(v, "/new", i);
		fixture_commit(&place.f, v);
		cc_volume_free(v);
	}
	v = fixture_write(&place.f); /* an attempt that never completes */
	rewrite(v, "/old", 9);
	cc_volume_free(v);
	v = fixture_write(&place.f);
	assert_int_equal(cc_volume_sweep(v, &place.dir, &removed, &err), 0);
	assert_true(removed > 0);
	cc_volume_free(v);
	/* What a file that is open still has would hide that its name is gone. */
	cc_volume_dir_free(place.store);
	assert_int_equal(cc_volume_dir_open(place.path, false, &place.store, &place.f.store, &err),
			 0);
	v = fixture_read(&place.f);
	assert_rewritten(v, "/old", 1);
	assert_rewritten(v, "/new", 2);
	cc_volume_free(v);
}

static void what_no_writer_made_is_left_alone(void **state)
{
	static const char *const names[] = { "notes",
					     "0123.data",
					     ".hidden",
					     "0123456789abcdef0123456789ABCDEF.data",
					     "0123456789abcdef0123456789abcdef",
					     "0123456789abcdef0123456789abcdef00.data" };
	AUTO_PLACE struct place place = { .dir = CC_DIR_NONE };
	struct cc_volume *v = NULL;
	struct cc_err err = { 0 };
	size_t removed = 0;

	(void)state;
	place_make(&place);
	for (size_t i = 0; i < CC_COUNT(names); i++)
		assert_int_equal(cc_dir_write(&place.dir, names[i], 0600, cc_span_str("x"), &err),
				 0);
	assert_int_equal(cc_dir_write(&place.dir, "0123456789abcdef0123456789abcdef.data", 0600,
				      cc_span_str("x"), &err),
			 0);
	v = fixture_write(&place.f);
	assert_int_equal(cc_volume_sweep(v, &place.dir, &removed, &err), 0);
	assert_int_equal(removed, 1);
	for (size_t i = 0; i < CC_COUNT(names); i++)
		assert_true(cc_dir_has(&place.dir, names[i]));
	cc_volume_free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_openings_do_not_grow_the_storage),
		cmocka_unit_test(what_is_hardly_needed_moves_and_goes),
		cmocka_unit_test(half_of_an_epoch_may_be_dead),
		cmocka_unit_test(what_the_base_needs_stays),
		cmocka_unit_test(what_no_writer_made_is_left_alone),
	};

	return cmocka_run_group_tests_name("volume/sweep", tests, NULL, NULL);
}
