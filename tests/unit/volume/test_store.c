/* SPDX-License-Identifier: Apache-2.0 */
/* The store of plain files in a directory, and the format's parsers on bytes that nobody sealed. */
#include "tests/unit/volume/fixture.h"

#include <sys/stat.h>

#include "base/dir.h"
#include "volume/format-internal.h"

static void a_volume_in_a_directory_is_opened_again(void **state)
{
	char path[] = "/tmp/volume-store-XXXXXX";
	struct fixture f = { 0 };
	struct cc_volume_store real = { 0 };
	struct cc_volume_dir *dir = NULL;
	struct cc_volume *v = NULL;
	struct cc_dir listing = CC_DIR_NONE;
	struct cc_err err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(path));
	fixture_init(&f);
	assert_int_equal(cc_volume_dir_open(path, false, &dir, &real, &err), 0);
	f.store = real;
	for (unsigned int i = 0; i < 20; i++) { /* more states than files held open */
		char name[8] = "";

		v = fixture_write(&f);
		(void)snprintf(name, sizeof(name), "/%u", i);
		(void)make_file(v, name, cc_span_str(name));
		fixture_commit(&f, v);
		cc_volume_free(v);
	}
	cc_volume_dir_free(dir);
	assert_int_equal(cc_volume_dir_open(path, false, &dir, &f.store, &err), 0);
	v = fixture_read(&f);
	for (unsigned int i = 0; i < 20; i++) {
		char name[8] = "";

		(void)snprintf(name, sizeof(name), "/%u", i);
		assert_content(v, name, cc_span_str(name));
	}
	cc_volume_free(v);
	cc_volume_dir_free(dir);
	assert_int_equal(cc_dir_open("/tmp", CC_DIR_OWN, &listing, &err), 0);
	assert_int_equal(cc_dir_remove_tree(&listing, path + strlen("/tmp/"), &err), 0);
	cc_dir_close(&listing);
	fixture_clear(&f);
}

static void a_directory_that_is_not_there_is_made_only_when_asked(void **state)
{
	struct cc_volume_store store = { 0 };
	struct cc_volume_dir *dir = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_volume_dir_open("/tmp/volume-none-such", false, &dir, &store, &err),
			 -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

/* Long enough for the disk to begin before anybody waits for it; then again from the start. */
static void a_stream_is_read_back(void **state)
{
	char path[] = "/tmp/volume-store-XXXXXX";
	const size_t len = (size_t)1024 * 1024;
	CC_AUTO_FREE uint8_t *bytes = malloc(len);
	CC_AUTO_FREE uint8_t *back = malloc(len);
	struct cc_volume_store store = { 0 };
	struct cc_volume_dir *dir = NULL;
	struct cc_dir listing = CC_DIR_NONE;
	struct cc_err err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(path));
	assert_int_equal(cc_volume_dir_open(path, false, &dir, &store, &err), 0);
	for (uint64_t i = 0; i < 20; i++) {
		pattern((struct cc_mut){ bytes, len }, i);
		assert_int_equal(
			store.write(store.ctx, "s", i % 9 * len, cc_span(bytes, len), &err), 0);
	}
	assert_int_equal(store.flush(store.ctx, "s", &err), 0);
	for (uint64_t i = 11; i < 20; i++) {
		pattern((struct cc_mut){ bytes, len }, i);
		assert_int_equal(
			store.read(store.ctx, "s", i % 9 * len, (struct cc_mut){ back, len }, &err),
			0);
		assert_memory_equal(bytes, back, len);
	}
	cc_volume_dir_free(dir);
	assert_int_equal(cc_dir_open("/tmp", CC_DIR_OWN, &listing, &err), 0);
	assert_int_equal(cc_dir_remove_tree(&listing, path + strlen("/tmp/"), &err), 0);
	cc_dir_close(&listing);
}

static void what_lies_in_the_way_is_not_followed(void **state)
{
	static const char *const names[] = { "link", "pipe", "directory" };
	char path[] = "/tmp/volume-store-XXXXXX";
	struct cc_volume_store store = { 0 };
	struct cc_volume_dir *dir = NULL;
	struct cc_dir listing = CC_DIR_NONE;
	char name[64] = "";
	uint8_t byte = 0;
	struct cc_err err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(path));
	(void)snprintf(name, sizeof(name), "%s/link", path);
	assert_int_equal(symlink("/etc/passwd", name), 0);
	(void)snprintf(name, sizeof(name), "%s/pipe", path);
	assert_int_equal(mkfifo(name, 0600), 0);
	(void)snprintf(name, sizeof(name), "%s/directory", path);
	assert_int_equal(mkdir(name, 0700), 0);
	assert_int_equal(cc_volume_dir_open(path, false, &dir, &store, &err), 0);
	/* The pipe without waiting for somebody to write into it. */
	for (size_t i = 0; i < CC_COUNT(names); i++) {
		err = (struct cc_err){ 0 };
		assert_int_equal(
			store.read(store.ctx, names[i], 0, (struct cc_mut){ &byte, 1 }, &err), -1);
		assert_int_equal(err.code, CC_E_TAMPERED);
		err = (struct cc_err){ 0 };
		assert_int_equal(store.write(store.ctx, names[i], 0, cc_span_str("x"), &err), -1);
		assert_int_equal(err.code, CC_E_TAMPERED);
	}
	err = (struct cc_err){ 0 };
	assert_int_equal(store.read(store.ctx, "none", 0, (struct cc_mut){ &byte, 1 }, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	cc_volume_dir_free(dir);
	assert_int_equal(cc_dir_open("/tmp", CC_DIR_OWN, &listing, &err), 0);
	assert_int_equal(cc_dir_remove_tree(&listing, path + strlen("/tmp/"), &err), 0);
	cc_dir_close(&listing);
}

static void super_bytes(uint8_t out[static 512])
{
	const struct cc_vol_super super = { .epoch = 1,
					    .number = 2,
					    .inodes = 1,
					    .end = 100,
					    .nonces = 3,
					    .root = { .len = 10, .at = 0x20090 } };
	CC_AUTO_BUF struct cc_buf buf = { 0 };
	struct cc_err err = { 0 };

	memset(out, 0, 512);
	assert_int_equal(cc_vol_super_add(&buf, &super, &err), 0);
	assert_int_equal(buf.len, CC_VOL_SUPER_MACED);
	memcpy(out, buf.at, buf.len);
}

/* Where a byte is changed, to what, and what that is called. Offsets are those of the document. */
static const struct {
	size_t at;
	uint8_t to;
	enum cc_code code;
} broken_supers[] = {
	{ 0, 'X', CC_E_TAMPERED },    { 8, 1, CC_E_UNSUPPORTED },   { 12, 2, CC_E_UNSUPPORTED },
	{ 175, 0xff, CC_E_TAMPERED }, { 183, 0xff, CC_E_TAMPERED }, { 191, 0xff, CC_E_TAMPERED },
	{ 199, 0xff, CC_E_TAMPERED }, { 200, 0, CC_E_TAMPERED },    { 203, 1, CC_E_TAMPERED },
	{ 194, 0, CC_E_TAMPERED },    { 228, 1, CC_E_TAMPERED },    { 479, 1, CC_E_TAMPERED },
};

static void a_superblock_is_read_by_the_document_or_refused(void **state)
{
	uint8_t bytes[512] = { 0 };
	struct cc_vol_super super = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	super_bytes(bytes);
	assert_int_equal(cc_vol_super_parse(CC_SPAN(bytes), &super, &err), 0);
	assert_true(super.epoch == 1 && super.number == 2 && super.root.at == 0x20090);
	assert_int_equal(cc_vol_super_parse(cc_span(bytes, 511), &super, &err), -1);
	for (size_t i = 0; i < CC_COUNT(broken_supers); i++) {
		super_bytes(bytes);
		bytes[broken_supers[i].at] = broken_supers[i].to;
		assert_int_equal(cc_vol_super_parse(CC_SPAN(bytes), &super, &err), -1);
		if (err.code != broken_supers[i].code)
			fail_msg("offset %zu: %s", broken_supers[i].at, err.text);
	}
}

static void add_root(struct cc_buf *buf, const uint64_t *epochs, uint8_t depth)
{
	const struct cc_vol_root root = { .next_ino = 99,
					  .depth = depth,
					  .tree = { .len = 9, .at = CC_VOL_DATA_START },
					  .epoch_count = 2 };
	const uint8_t key[CC_VOL_KEY_LEN] = { 0 };
	struct cc_vol_epoch_entry entry = { .end = 100, .live = 7, .key = CC_SPAN(key) };
	struct cc_err err = { 0 };
	int failed = cc_vol_root_add(buf, &root, &err);

	for (size_t i = 0; i < 2; i++) {
		entry.slot = (uint32_t)epochs[i];
		entry.epoch = epochs[i];
		failed |= cc_vol_epoch_add(buf, &entry, &err);
	}
	assert_int_equal(failed, 0);
}

static void a_root_node_has_no_epoch_twice(void **state)
{
	static const struct {
		uint64_t epochs[2];
		uint8_t depth;
		bool right;
	} roots[] = {
		{ { 1, 2 }, 1, true },
		{ { 1, 2 }, 0, true },
		{ { 2, 2 }, 1, false },
		{ { 2, 1 }, 1, false },
		{ { 1, 2 }, CC_VOL_DEPTH_MAX + 1, false },
	};
	struct cc_vol_root root = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(roots); i++) {
		CC_AUTO_BUF struct cc_buf buf = { 0 };

		add_root(&buf, roots[i].epochs, roots[i].depth);
		assert_int_equal(cc_vol_root_parse(cc_buf_span(&buf), &root, &err),
				 roots[i].right ? 0 : -1);
		for (size_t len = 0; len < buf.len; len++)
			assert_int_equal(cc_vol_root_parse(cc_span(buf.at, len), &root, &err), -1);
		assert_int_equal(cc_buf_add_u8(&buf, 0, &err), 0);
		assert_int_equal(cc_vol_root_parse(cc_buf_span(&buf), &root, &err), -1);
	}
}

#define LAST_PLACE (CC_VOL_EPOCH_BYTES - CC_VOLUME_EXTENT)

struct sample {
	struct cc_vol_run runs[2];
	bool is_good;
};

static int window_parse(const struct sample *sample, struct cc_err *err)
{
	struct cc_vol_window window = { .run_count = sample->runs[1].at == 0 ? 1 : 2 };
	struct cc_vol_window parsed;
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	memcpy(window.runs, sample->runs, sizeof(sample->runs));
	/* Set behind it: there are no tags for blocks that cannot be. */
	window.runs[0].first = 0;
	assert_int_equal(cc_vol_window_add(&bytes, &window, err), 0);
	bytes.at[1] = sample->runs[0].first;
	return cc_vol_window_parse(cc_buf_span(&bytes), &parsed, err);
}

/* What a reader computes with: memory, offsets and nonces must not go round. */
static void a_run_that_cannot_be_is_refused(void **state)
{
	static const struct sample samples[] = {
		{ { { .first = 0, .count = 32, .last = 4096, .at = CC_VOL_DATA_START } }, true },
		{ { { .first = 31, .count = 1, .last = 1, .at = LAST_PLACE } }, true },
		{ { { .first = 0, .count = 1, .last = 1, .at = LAST_PLACE + 1 } }, false },
		{ { { .first = 0, .count = 1, .last = 1, .at = CC_VOL_DATA_START - 1 } }, false },
		{ { { .first = 0, .count = 0, .last = 1, .at = CC_VOL_DATA_START } }, false },
		{ { { .first = 1, .count = 32, .last = 1, .at = CC_VOL_DATA_START } }, false },
		{ { { .first = 0, .count = 1, .last = 0, .at = CC_VOL_DATA_START } }, false },
		{ { { .first = 0, .count = 1, .last = 4097, .at = CC_VOL_DATA_START } }, false },
		{ { { .count = 2, .last = 1, .at = LAST_PLACE, .nonce = UINT32_MAX - 2 } }, true },
		{ { { .count = 2, .last = 1, .at = LAST_PLACE, .nonce = UINT32_MAX - 1 } }, false },
		{ { { .count = 2, .last = 1, .at = LAST_PLACE },
		    { .first = 2, .count = 1, .last = 1, .at = LAST_PLACE } },
		  true },
		{ { { .count = 2, .last = 1, .at = LAST_PLACE },
		    { .first = 1, .count = 1, .last = 1, .at = LAST_PLACE } },
		  false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(samples); i++) {
		struct cc_err err = { 0 };
		bool is_good = window_parse(&samples[i], &err) == 0;

		if (is_good != samples[i].is_good)
			fail_msg("sample %zu: %s", i, err.text);
		if (!is_good)
			assert_int_equal(err.code, CC_E_TAMPERED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_volume_in_a_directory_is_opened_again),
		cmocka_unit_test(a_directory_that_is_not_there_is_made_only_when_asked),
		cmocka_unit_test(a_stream_is_read_back),
		cmocka_unit_test(what_lies_in_the_way_is_not_followed),
		cmocka_unit_test(a_superblock_is_read_by_the_document_or_refused),
		cmocka_unit_test(a_root_node_has_no_epoch_twice),
		cmocka_unit_test(a_run_that_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
