/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large directories, large files, large attributes, many rewrites: within
 * stated bounds of memory and of space. CONCORDAT_SOAK makes them larger.
 */
#include "tests/unit/volume/disk.h"
#include "tests/unit/volume/fixture.h"
#include "tests/unit/volume/model.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"

#define CACHE ((size_t)1024 * 1024)
/* Inodes get a quarter beside; the way from the root of the tree to a leaf, and what one call
 * reads. */
#define CACHE_SLACK (CACHE / 4 + (size_t)128 * 1024)

static bool is_soak(void)
{
	return getenv("CONCORDAT_SOAK") != NULL;
}

static struct cc_volume_usage usage_of(const struct cc_volume *v)
{
	struct cc_volume_usage usage = { 0 };

	cc_volume_usage(v, &usage);
	return usage;
}

static struct cc_span numbered(char name[static 32], unsigned int i)
{
	(void)snprintf(name, 32, "file number %u", i);
	return cc_span_str(name);
}

static void commit(struct fixture *f, struct cc_volume *v)
{
	fixture_commit(f, v);
	cc_volume_acknowledged(v, f->base.number);
}

static void fill_directory(struct fixture *f, struct cc_volume *v, uint64_t dir, unsigned int count)
{
	const struct cc_volume_attr like = { .mode = S_IFREG | 0600 };
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	char name[32] = "";

	for (unsigned int i = 0; i < count; i++) {
		if (cc_volume_create(v, dir, numbered(name, i), &like, &attr, &err) != 0)
			fail_msg("file %u: %s", i, err.text);
		if (cc_volume_wants_commit(v))
			commit(f, v);
	}
}

/* Each name once, although every third that was seen goes while the directory is read. */
static unsigned int read_and_remove(struct cc_volume *v, uint64_t dir, unsigned int count)
{
	CC_AUTO_FREE uint8_t *seen = calloc(count, 1);
	struct cc_volume_entry entry = { 0 };
	struct cc_err err = { 0 };
	unsigned int found = 0;
	bool end = false;

	for (;;) {
		char name[32] = "";
		unsigned long i = 0;

		assert_int_equal(cc_volume_readdir(v, dir, entry.cookie, &entry, &end, &err), 0);
		if (end)
			return found;
		(void)snprintf(name, sizeof(name), "%.*s", (int)entry.name.len,
			       (const char *)entry.name.at);
		i = strtoul(name + strlen("file number "), NULL, 10);
		assert_true(i < count && seen[i] == 0);
		assert_true(entry.cookie > 0 && entry.cookie >> 62 == 0);
		seen[i] = 1;
		found++;
		if (i % 3 == 0)
			assert_int_equal(cc_volume_unlink(v, dir, cc_span_str(name), &err), 0);
	}
}

static void a_directory_holds_very_many_names(void **state)
{
	unsigned int count = is_soak() ? 1000000 : 100000;
	struct fixture f = { .hash_extents = false };
	struct cc_volume *v = NULL;
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	char name[32] = "";
	uint64_t dir = 0;

	(void)state;
	fixture_init(&f);
	f.cache = CACHE;
	v = fixture_write(&f);
	dir = make_dir(v, "/d");
	fill_directory(&f, v, dir, count);
	commit(&f, v);
	cc_volume_free(v);
	v = fixture_write(&f);
	assert_true(usage_of(v).memory < CACHE_SLACK); /* opening reads next to nothing */
	assert_int_equal(read_and_remove(v, dir, count), count);
	commit(&f, v);
	cc_volume_free(v);
	v = fixture_read(&f);
	for (unsigned int i = 0; i < count; i++) {
		bool there = cc_volume_lookup(v, dir, numbered(name, i), &attr, &err) == 0;

		assert_true(there == (i % 3 != 0) && (there || err.sys == ENOENT));
		if (usage_of(v).memory >= CACHE + CACHE_SLACK)
			fail_msg("%llu bytes in memory after %u names",
				 (unsigned long long)usage_of(v).memory, i);
	}
	assert_int_equal(usage_of(v).inodes, 2 + count - (count + 2) / 3);
	cc_volume_free(v);
	fixture_clear(&f);
}

static void a_sparse_file_reaches_to_one_tebibyte(void **state)
{
	static const uint64_t places[] = { 0, 5, 1ull << 20, (1ull << 35) + 4095,
					   (1ull << 40) - 8 };
	struct fixture f = { .hash_extents = false };
	struct cc_volume *v = NULL;
	struct cc_volume_attr attr = { .size = CC_VOLUME_FILE_MAX };
	struct cc_err err = { 0 };
	uint64_t ino = 0;
	uint64_t at = 0;

	(void)state;
	fixture_init(&f);
	v = fixture_write(&f);
	ino = make_file(v, "/f", cc_span_str(""));
	assert_int_equal(cc_volume_setattr(v, ino, &attr, CC_VOLUME_SET_SIZE, &attr, &err), 0);
	for (size_t i = 0; i < CC_COUNT(places); i++)
		write_at(v, ino, places[i], cc_span_str("12345678"));
	assert_int_equal(cc_volume_write(v, ino, CC_VOLUME_FILE_MAX, cc_span_str("1"), &err), -1);
	assert_int_equal(err.sys, EFBIG);
	commit(&f, v);
	cc_volume_free(v);
	v = fixture_read(&f);
	for (size_t i = 0; i < CC_COUNT(places); i++) {
		uint8_t room[8] = { 0 };
		size_t got = 0;

		assert_int_equal(cc_volume_read(v, ino, places[i], CC_MUT(room), &got, &err), 0);
		assert_memory_equal(room, i == 0 ? "12345123" : "12345678", 8);
	}
	attr = attr_of(v, "/f");
	assert_int_equal(attr.size, CC_VOLUME_FILE_MAX);
	assert_true(attr.blocks > 0 && attr.blocks <= 40);
	assert_int_equal(cc_volume_seek(v, ino, 1ull << 34, true, &at, &err), 0);
	assert_int_equal(at, 1ull << 35);
	assert_true(f.storage.files[0].len < 1024ul * 1024);
	cc_volume_free(v);
	fixture_clear(&f);
}

/* What is stored of what lives, and the 4 MiB below which a file rather grows. */
static void assert_compact(const struct cc_volume *v, const char *what)
{
	struct cc_volume_usage usage = usage_of(v);

	if (usage.stored > usage.live / 2 * 5 + 6ull * 1024 * 1024)
		fail_msg("%s: %llu bytes are stored, %llu live", what,
			 (unsigned long long)usage.stored, (unsigned long long)usage.live);
}

#define WINDOWS ((size_t)16)

/* One change of each kind; `bytes` has content enough from any of the first places on. */
static void rewrite_blocks(struct cc_volume *v, uint64_t x, const uint8_t *bytes)
{
	for (unsigned int i = 0; i < 8; i++)
		write_at(v, attr_of(v, "/f").ino, (x >> 4 * i) % (WINDOWS * 32) * 4096,
			 cc_span(bytes + (x >> 5 * i) % 4096, 4096));
}

static void rewrite_windows(struct cc_volume *v, uint64_t x, const uint8_t *bytes)
{
	write_at(v, attr_of(v, "/f").ino, (x >> 33) % WINDOWS * CC_VOLUME_EXTENT,
		 cc_span(bytes + x % 4096, CC_VOLUME_EXTENT));
}

static void rewrite_files(struct cc_volume *v, uint64_t x, const uint8_t *bytes)
{
	char path[32] = "";
	struct cc_err err = { 0 };

	(void)snprintf(path, sizeof(path), "/%u", (unsigned int)(x >> 33) % 50);
	if (!is_there(v, path))
		(void)make_file(v, path, cc_span(bytes + x % 4096, (x >> 40) % 90000));
	else if (cc_volume_unlink(v, CC_VOLUME_ROOT_INO, cc_span_str(path + 1), &err) != 0)
		fail_msg("%s", err.text);
}

static const struct {
	const char *name;
	void (*one)(struct cc_volume *v, uint64_t x, const uint8_t *bytes);
} rewrites[] = {
	{ "blocks", rewrite_blocks },
	{ "windows", rewrite_windows },
	{ "small files", rewrite_files },
};

static void rewriting_does_not_let_a_volume_grow(void **state)
{
	unsigned int commits = is_soak() ? 20000 : 400;
	CC_AUTO_FREE uint8_t *bytes = malloc(WINDOWS * CC_VOLUME_EXTENT);

	(void)state;
	assert(bytes != NULL);
	pattern((struct cc_mut){ bytes, WINDOWS * CC_VOLUME_EXTENT }, 1);
	for (size_t kind = 0; kind < CC_COUNT(rewrites); kind++) {
		struct fixture f = { .hash_extents = false };
		struct cc_volume *v = NULL;
		uint64_t x = 1;

		fixture_init(&f);
		v = fixture_write(&f);
		(void)make_file(v, "/f", cc_span(bytes, WINDOWS * CC_VOLUME_EXTENT));
		for (unsigned int i = 0; i < commits; i++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			rewrites[kind].one(v, x, bytes);
			fixture_commit(&f, v);
			if (f.base.number > 3) /* some acknowledgements are on their way */
				cc_volume_acknowledged(v, f.base.number - 3);
			assert_compact(v, rewrites[kind].name);
			/* What is not written is not stored. */
			assert_true(f.storage.files[0].len <= usage_of(v).stored + CACHE);
		}
		assert_true(usage_of(v).written > usage_of(v).stored);
		cc_volume_free(v);
		fixture_clear(&f);
	}
}

/* Many openings, each of which rewrites a part. */
static void dead_epochs_are_let_go(void **state)
{
	CC_AUTO_FREE uint8_t *bytes = malloc(16 * CC_VOLUME_EXTENT);
	struct fixture f = { .hash_extents = false };
	struct cc_volume *v = NULL;
	struct cc_err err = { 0 };

	(void)state;
	fixture_init(&f);
	pattern((struct cc_mut){ bytes, 16 * CC_VOLUME_EXTENT }, 1);
	v = fixture_write(&f);
	(void)make_file(v, "/f", cc_span(bytes, 16 * CC_VOLUME_EXTENT));
	commit(&f, v);
	for (uint64_t i = 0; i < 50; i++) {
		CC_AUTO_FREE struct cc_volume_state_id *states = NULL;
		uint64_t moved = 0;
		size_t count = 0;

		cc_volume_free(v);
		v = fixture_write(&f);
		pattern((struct cc_mut){ bytes + i % 16 * CC_VOLUME_EXTENT, CC_VOLUME_EXTENT },
			i + 2);
		write_at(v, attr_of(v, "/f").ino, i % 16 * CC_VOLUME_EXTENT,
			 cc_span(bytes + i % 16 * CC_VOLUME_EXTENT, CC_VOLUME_EXTENT));
		assert_int_equal(cc_volume_compact(v, &moved, &err), 0);
		commit(&f, v);
		assert_compact(v, "a volume of many epochs");
		assert_int_equal(cc_volume_states(v, &states, &count, &err), 0);
		assert_true(count <= 18);
	}
	assert_content(v, "/f", cc_span(bytes, 16 * CC_VOLUME_EXTENT));
	cc_volume_free(v);
	fixture_clear(&f);
}

/* Attributes as large as they may be make nodes of the tree that hold one or two items. */
static void large_attributes_beside_small_ones(void **state)
{
	CC_AUTO_FREE uint8_t *bytes = malloc(CC_VOLUME_XATTR_MAX + 64);
	static const size_t lens[] = { 1, 300, 4000, 9000, 17000, 33000, CC_VOLUME_XATTR_MAX };
	struct fixture f = { .hash_extents = false };
	struct cc_volume *v = NULL;
	size_t now[16][16] = { { 0 } };
	uint64_t x = 9;

	(void)state;
	fixture_init(&f);
	f.cache = 4096;
	pattern((struct cc_mut){ bytes, CC_VOLUME_XATTR_MAX + 64 }, 1);
	v = fixture_write(&f);
	for (unsigned int i = 0; i < 3000; i++) {
		char path[32] = "";
		char name[32] = "";
		struct cc_err err = { 0 };
		struct cc_span value = { 0 };
		unsigned int file = 0;
		unsigned int attr = 0;
		size_t len = 0;
		uint64_t ino = 0;

		x = x * 6364136223846793005u + 1442695040888963407u;
		file = (unsigned int)(x >> 40) % 16;
		attr = (unsigned int)(x >> 50) % 16;
		len = lens[(x >> 30) % CC_COUNT(lens)];
		(void)snprintf(path, sizeof(path), "/%u", file);
		(void)snprintf(name, sizeof(name), "user.%u", attr);
		ino = is_there(v, path) ? attr_of(v, path).ino
					: make_file(v, path, cc_span_str(""));
		if (cc_volume_setxattr(v, ino, cc_span_str(name), cc_span(bytes + attr, len), 0,
				       &err) == 0)
			now[file][attr] = len;
		else if (err.sys != ENOSPC && err.sys != E2BIG)
			fail_msg("%s", err.text);
		if (i % 50 == 0)
			commit(&f, v);
		attr = (attr + 1) % 16;
		(void)snprintf(name, sizeof(name), "user.%u", attr);
		if (cc_volume_getxattr(v, ino, cc_span_str(name), &value, &err) != 0)
			assert_true(now[file][attr] == 0 && err.sys == ENODATA);
		else
			assert_true(cc_span_eq(value, cc_span(bytes + attr, now[file][attr])));
		if ((x >> 20) % 4 == 0 && now[file][attr] != 0) {
			assert_int_equal(cc_volume_removexattr(v, ino, cc_span_str(name), &err), 0);
			now[file][attr] = 0;
		}
	}
	commit(&f, v);
	cc_volume_free(v);
	fixture_clear(&f);
}

/* Of each byte whether somebody needs it. */
static uint64_t distinct_bytes(const struct disk *d, const struct disk_needs *needs)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < d->storage.count; i++) {
		const struct storage_file *file = &d->storage.files[i];
		CC_AUTO_FREE uint8_t *marks = calloc(file->len, 1);

		for (size_t j = 0; j < needs->count; j++)
			if (strcmp(needs->parts[j].name, file->name) == 0)
				memset(marks + needs->parts[j].at, 1,
				       needs->parts[j].end - needs->parts[j].at);
		for (size_t at = 131072; at < file->len; at++)
			sum += marks[at];
	}
	return sum;
}

static void what_counts_as_live_is_what_a_reader_needs(void **state)
{
	struct fixture f = { .hash_extents = false };
	struct disk disk = { .forgets = true };
	struct model m = { .v = NULL };

	(void)state;
	model_init(&m, CC_VOLUME_EXTENT + 20000, 11);
	fixture_init(&f);
	disk_init(&disk, &f.store);
	disk.forgets = true;
	m.v = fixture_write(&f);
	model_make_dirs(&m);
	for (unsigned int i = 0; i < 60; i++) {
		struct disk_needs needs = { .count = 0 };
		struct cc_volume_store store = { .ctx = NULL };
		struct cc_volume_open how = { .cache = 1 };
		struct cc_volume_checked checked = { 0 };
		struct cc_volume *v = NULL;
		struct cc_err err = { 0 };
		uint64_t needed = 0;

		for (unsigned int j = 0; j < 100; j++)
			model_step(&m);
		commit(&f, m.v);
		how = fixture_how(&f);
		disk_needs_init(&f.store, &needs, &store);
		if (cc_volume_open(&store, &how, &v, &err) != 0 ||
		    cc_volume_check(v, &(struct cc_volume_check_plan){ 0 }, &checked, &err) != 0)
			fail_msg("%s", err.text);
		needed = distinct_bytes(&disk, &needs);
		/* The root node, of a few hundred bytes, counts for nobody. */
		assert_true(usage_of(v).live < needed && usage_of(v).live + 4096 > needed);
		cc_volume_free(v);
		disk_needs_clear(&needs);
		if (i % 10 == 9) {
			model_close_all(&m);
			commit(&f, m.v);
			cc_volume_free(m.v);
			m.v = fixture_write(&f);
		}
	}
	cc_volume_free(m.v);
	model_clear(&m);
	disk_clear(&disk);
	fixture_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_directory_holds_very_many_names),
		cmocka_unit_test(a_sparse_file_reaches_to_one_tebibyte),
		cmocka_unit_test(rewriting_does_not_let_a_volume_grow),
		cmocka_unit_test(dead_epochs_are_let_go),
		cmocka_unit_test(large_attributes_beside_small_ones),
		cmocka_unit_test(what_counts_as_live_is_what_a_reader_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
