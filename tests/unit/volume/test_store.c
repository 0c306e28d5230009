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

static void what_lies_in_the_way_is_not_followed(void **state)
{
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
	assert_int_equal(cc_volume_dir_open(path, false, &dir, &store, &err), 0);
	assert_int_equal(store.read(store.ctx, "link", 0, (struct cc_mut){ &byte, 1 }, &err), -1);
	assert_int_equal(store.write(store.ctx, "link", 0, cc_span_str("x"), &err), -1);
	/* Without waiting for somebody to write into it. */
	assert_int_equal(store.read(store.ctx, "pipe", 0, (struct cc_mut){ &byte, 1 }, &err), -1);
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
					    .root = { .len = 10, .at = 90 } };
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
	{ 0, 'X', CC_E_TAMPERED },    { 8, 2, CC_E_UNSUPPORTED },   { 12, 2, CC_E_UNSUPPORTED },
	{ 175, 0xff, CC_E_TAMPERED }, { 183, 0xff, CC_E_TAMPERED }, { 191, 0xff, CC_E_TAMPERED },
	{ 199, 0xff, CC_E_TAMPERED }, { 200, 0, CC_E_TAMPERED },    { 203, 1, CC_E_TAMPERED },
	{ 228, 1, CC_E_TAMPERED },    { 479, 1, CC_E_TAMPERED },
};

static void a_superblock_is_read_by_the_document_or_refused(void **state)
{
	uint8_t bytes[512] = { 0 };
	struct cc_vol_super super = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	super_bytes(bytes);
	assert_int_equal(cc_vol_super_parse(CC_SPAN(bytes), &super, &err), 0);
	assert_true(super.epoch == 1 && super.number == 2 && super.root.at == 90);
	assert_int_equal(cc_vol_super_parse(cc_span(bytes, 511), &super, &err), -1);
	for (size_t i = 0; i < CC_COUNT(broken_supers); i++) {
		super_bytes(bytes);
		bytes[broken_supers[i].at] = broken_supers[i].to;
		assert_int_equal(cc_vol_super_parse(CC_SPAN(bytes), &super, &err), -1);
		if (err.code != broken_supers[i].code)
			fail_msg("offset %zu: %s", broken_supers[i].at, err.text);
	}
}

static void a_root_node_lists_exactly_its_chunks(void **state)
{
	struct cc_vol_ptr chunks[2] = { { .len = CC_VOLUME_EXTENT }, { .len = 5 } };
	struct cc_vol_root root = { .head_len = CC_VOLUME_EXTENT + 5,
				    .count = 2,
				    .chunks = chunks };
	struct cc_vol_root read = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (int i = 0; i < 5; i++) {
		CC_AUTO_BUF struct cc_buf buf = { 0 };

		chunks[0].len = i == 1 ? 7 : CC_VOLUME_EXTENT; /* only the last may be short */
		root.head_len = CC_VOLUME_EXTENT + (i == 2 ? 6 : 5);
		root.count = i == 3 ? 1 : 2;
		assert_int_equal(cc_vol_root_add(&buf, &root, &err), 0);
		if (i == 4)
			assert_int_equal(cc_buf_add_u8(&buf, 0, &err), 0);
		assert_int_equal(cc_vol_root_parse(cc_buf_span(&buf), &read, &err),
				 i == 0 ? 0 : -1);
		cc_vol_root_clear(&read);
	}
}

static void add_head(struct cc_buf *buf, const uint64_t *epochs, size_t epoch_count,
		     const uint64_t *groups, size_t group_count)
{
	const struct cc_vol_ptr chunk = { .len = 9 };
	const uint8_t rest[16 + 8 + 32] = { 0 };
	struct cc_err err = { 0 };
	int failed = 0;

	failed |= cc_buf_add_u32le(buf, CC_VOL_HEAD_MAGIC, &err);
	failed |= cc_buf_add_u64le(buf, 99, &err);
	failed |= cc_buf_add_u32le(buf, (uint32_t)epoch_count, &err);
	for (size_t i = 0; i < epoch_count; i++) {
		failed |= cc_buf_add_u32le(buf, (uint32_t)epochs[i], &err);
		failed |= cc_buf_add_u64le(buf, epochs[i], &err);
		failed |= cc_buf_add(buf, CC_SPAN(rest), &err);
	}
	failed |= cc_buf_add_u32le(buf, (uint32_t)group_count, &err);
	for (size_t i = 0; i < group_count; i++) {
		failed |= cc_buf_add_u64le(buf, groups[i], &err);
		failed |= cc_buf_add_u32le(buf, 9, &err);
		failed |= cc_vol_ptr_add(buf, &chunk, &err);
	}
	assert_int_equal(failed, 0);
}

static void a_head_has_nothing_twice(void **state)
{
	static const struct {
		uint64_t epochs[2], groups[2];
		bool right;
	} heads[] = {
		{ { 1, 2 }, { 0, 5 }, true },  { { 2, 2 }, { 0, 5 }, false },
		{ { 2, 1 }, { 0, 5 }, false }, { { 1, 2 }, { 5, 5 }, false },
		{ { 1, 2 }, { 5, 0 }, false }, { { 1, 2 }, { 0, UINT64_MAX }, false },
	};
	struct cc_vol_head head = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(heads); i++) {
		CC_AUTO_BUF struct cc_buf buf = { 0 };

		add_head(&buf, heads[i].epochs, 2, heads[i].groups, 2);
		assert_int_equal(cc_vol_head_parse(cc_buf_span(&buf), &head, &err),
				 heads[i].right ? 0 : -1);
		for (size_t len = 0; len < buf.len; len++)
			assert_int_equal(cc_vol_head_parse(cc_span(buf.at, len), &head, &err), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_volume_in_a_directory_is_opened_again),
		cmocka_unit_test(a_directory_that_is_not_there_is_made_only_when_asked),
		cmocka_unit_test(what_lies_in_the_way_is_not_followed),
		cmocka_unit_test(a_superblock_is_read_by_the_document_or_refused),
		cmocka_unit_test(a_root_node_lists_exactly_its_chunks),
		cmocka_unit_test(a_head_has_nothing_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
