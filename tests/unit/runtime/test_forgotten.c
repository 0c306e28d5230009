/* SPDX-License-Identifier: Apache-2.0 */
/* What is written for nobody: read back while it lasts, and nowhere afterwards. */
#include "tests/unit/test.h"

#include <dirent.h>

#include "base/dir.h"
#include "runtime/forgotten.h"

struct place {
	char path[40];
	struct cc_volume_dir *dir;
	struct cc_volume_store below, store;
	struct cc_forgotten *forgotten;
};
#define AUTO_PLACE CC_CLEANUP(place_clear)

static void place_make(struct place *place)
{
	struct cc_volume_state_id state;
	struct cc_err err = { 0 };

	memset(state.b, 1, sizeof(state.b));
	(void)snprintf(place->path, sizeof(place->path), "/tmp/runtime-forgotten-XXXXXX");
	assert_non_null(mkdtemp(place->path));
	assert_int_equal(cc_volume_dir_open(place->path, true, &place->dir, &place->below, &err),
			 0);
	assert_int_equal(cc_forgotten_new(&place->below, place->path, &state, &place->forgotten,
					  &place->store, &err),
			 0);
}

static void place_clear(struct place *place)
{
	CC_AUTO_DIR struct cc_dir above = CC_DIR_NONE;
	struct cc_err err = { 0 };

	cc_forgotten_free(place->forgotten);
	cc_volume_dir_free(place->dir);
	assert_int_equal(cc_dir_open("/tmp", CC_DIR_OWN, &above, &err), 0);
	assert_int_equal(cc_dir_remove_tree(&above, place->path + strlen("/tmp/"), &err), 0);
}

static size_t names_in(const char *path)
{
	DIR *list = opendir(path);
	size_t count = 0;

	assert_non_null(list);
	while (readdir(list) != NULL)
		count++;
	(void)closedir(list);
	return count - 2;
}

static void what_is_written_can_be_read_and_has_no_name(void **state)
{
	AUTO_PLACE struct place place = { 0 };
	const char *own = "01010101010101010101010101010101.data";
	uint8_t got[5] = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	place_make(&place);
	assert_int_equal(place.store.read(place.store.ctx, own, 7, CC_MUT(got), &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_int_equal(place.store.write(place.store.ctx, own, 7, cc_span_str("hello"), &err), 0);
	assert_int_equal(place.store.flush(place.store.ctx, own, &err), 0);
	assert_int_equal(place.store.read(place.store.ctx, own, 7, CC_MUT(got), &err), 0);
	assert_memory_equal(got, "hello", 5);
	assert_int_equal(names_in(place.path), 0);
}

static void what_others_wrote_is_read_and_never_written(void **state)
{
	AUTO_PLACE struct place place = { 0 };
	const char *base = "02020202020202020202020202020202.data";
	uint8_t got[4] = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	place_make(&place);
	assert_int_equal(place.below.write(place.below.ctx, base, 0, cc_span_str("base"), &err), 0);
	assert_int_equal(place.store.read(place.store.ctx, base, 0, CC_MUT(got), &err), 0);
	assert_memory_equal(got, "base", 4);
	assert_int_equal(place.store.write(place.store.ctx, base, 0, cc_span_str("evil"), &err),
			 -1);
	assert_int_equal(err.code, CC_E_BUG);
	assert_int_equal(place.store.remove(place.store.ctx, base, &err), 0);
	assert_int_equal(place.below.read(place.below.ctx, base, 0, CC_MUT(got), &err), 0);
	assert_memory_equal(got, "base", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_can_be_read_and_has_no_name),
		cmocka_unit_test(what_others_wrote_is_read_and_never_written),
	};

	return cmocka_run_group_tests_name("runtime/forgotten", tests, NULL, NULL);
}
