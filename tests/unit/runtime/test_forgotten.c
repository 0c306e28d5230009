/* SPDX-License-Identifier: Apache-2.0 */
/* What is written for nobody: read back while it lasts, and nowhere afterwards. */
#include "tests/unit/test.h"

#include <dirent.h>
#include <sys/stat.h>

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

static void write_and_commit(struct cc_volume *volume, uint64_t ino, const char *text)
{
	struct cc_volume_commit done = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(
		cc_volume_write(volume, ino, 4096 * (uint64_t)text[0], cc_span_str(text), &err), 0);
	assert_int_equal(cc_volume_commit(volume, &done, &err), 0);
	cc_volume_acknowledged(volume, done.number);
}

static void what_is_written_goes_on_in_other_epochs(void **state)
{
	AUTO_PLACE struct place place = { 0 };
	CC_AUTO_VOLUME struct cc_volume *volume = NULL;
	struct cc_secret *keys[3] = { NULL };
	struct cc_volume_epoch epoch = { .epoch = 1, .lease = 5 };
	const struct cc_volume_open how = { .epoch = &epoch, .root_mode = 0755 };
	const struct cc_volume_attr like = { .mode = S_IFREG | 0600 };
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	uint8_t got[1] = { 0 };
	size_t len = 0;

	(void)state;
	place_make(&place);
	memset(epoch.state.b, 1, sizeof(epoch.state.b));
	assert_int_equal(cc_secret_random(32, &keys[0], &err), 0);
	epoch.key = keys[0];
	assert_int_equal(cc_volume_open(&place.store, &how, &volume, &err), 0);
	assert_int_equal(
		cc_volume_create(volume, CC_VOLUME_ROOT_INO, cc_span_str("f"), &like, &attr, &err),
		0);
	write_and_commit(volume, attr.ino, "a");
	for (size_t i = 1; i < CC_COUNT(keys); i++) {
		assert_int_equal(cc_forgotten_epoch(place.forgotten, &keys[i], &epoch, &err), 0);
		assert_int_equal(epoch.epoch, i + 1);
		assert_int_equal(epoch.lease, 5);
		assert_false(cc_secret_equal(keys[i], keys[i - 1]));
		assert_int_equal(cc_volume_epoch_next(volume, &epoch, &err), 0);
		write_and_commit(volume, attr.ino, i == 1 ? "b" : "c");
	}
	for (const char *text = "abc"; *text != '\0'; text++) {
		assert_int_equal(cc_volume_read(volume, attr.ino, 4096 * (uint64_t)*text,
						CC_MUT(got), &len, &err),
				 0);
		assert_int_equal(got[0], *text);
	}
	assert_int_equal(names_in(place.path), 0);
	for (size_t i = 0; i < CC_COUNT(keys); i++)
		cc_secret_free(keys[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_can_be_read_and_has_no_name),
		cmocka_unit_test(what_others_wrote_is_read_and_never_written),
		cmocka_unit_test(what_is_written_goes_on_in_other_epochs),
	};

	return cmocka_run_group_tests_name("runtime/forgotten", tests, NULL, NULL);
}
