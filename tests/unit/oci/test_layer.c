/* SPDX-License-Identifier: Apache-2.0 */
/* Layers as streams: compression, digests, limits, names in pax headers. */
#include "tests/unit/oci/fixture.h"

#include <fcntl.h>
#include <sys/mman.h>

static struct cc_err err;

/* Reads all of a layer; the number of entries, or -1. `last` is the last path. */
static int read_layer(struct cc_span blob, enum cc_oci_media media, struct cc_span plain,
		      const struct cc_oci_limits *limits, char last[static 256])
{
	struct cc_oci_layer_source source = { .fd = -1, .media = media, .size = blob.len };
	CC_AUTO_OCI_LAYER struct cc_oci_layer *layer = NULL;
	CC_AUTO_CLOSE int fd = memfd_create("layer", MFD_CLOEXEC);
	struct cc_oci_entry entry = { 0 };
	int count = 0;

	assert_true(fd >= 0);
	assert_int_equal(cc_write_all(fd, blob, &err), 0);
	source.fd = fd;
	source.limits = *limits;
	assert_int_equal(cc_sha256(blob, &source.digest, &err), 0);
	assert_int_equal(cc_sha256(plain, &source.diff_id, &err), 0);
	err = (struct cc_err){ 0 };
	CC_TRY(cc_oci_layer_open(&source, &layer, &err));
	for (bool end = false;; count++) {
		struct cc_span piece = { 0 };

		CC_TRY(cc_oci_layer_next(layer, &entry, &end, &err));
		if (end)
			return count;
		(void)snprintf(last, 256, "%s", entry.path);
		do {
			CC_TRY(cc_oci_layer_read(layer, &piece, &err));
		} while (piece.len > 0);
	}
}

static void make_tar(struct cc_buf *tar)
{
	static const struct item items[] = { { '5', "d", NULL, 0 },
					     { '0', "d/a", "content", 0 },
					     { 0 } };

	tar_add_items(tar, items);
	tar_end(tar);
}

static void each_compression_is_read_under_its_own_media_type_only(void **state)
{
	static const enum cc_oci_media media[] = { CC_OCI_LAYER_TAR, CC_OCI_LAYER_GZIP,
						   CC_OCI_LAYER_ZSTD };
	struct cc_buf blobs[3] = { 0 };
	struct cc_oci_limits limits = { 0 };
	char last[256] = "";

	(void)state;
	make_tar(&blobs[0]);
	gzip(cc_buf_span(&blobs[0]), &blobs[1]);
	zstd(cc_buf_span(&blobs[0]), &blobs[2]);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++) {
			int got = read_layer(cc_buf_span(&blobs[i]), media[k],
					     cc_buf_span(&blobs[0]), &limits, last);

			assert_int_equal(got, i == k ? 2 : -1);
		}
	assert_string_equal(last, "d/a");
	for (size_t i = 0; i < 3; i++)
		cc_buf_clear(&blobs[i]);
}

static void a_gzip_inside_a_gzip_is_not_unwrapped(void **state)
{
	CC_AUTO_BUF struct cc_buf tar = { 0 }, once = { 0 }, twice = { 0 };
	struct cc_oci_limits limits = { 0 };
	char last[256] = "";

	(void)state;
	make_tar(&tar);
	gzip(cc_buf_span(&tar), &once);
	gzip(cc_buf_span(&once), &twice);
	assert_int_equal(read_layer(cc_buf_span(&twice), CC_OCI_LAYER_GZIP, cc_buf_span(&tar),
				    &limits, last),
			 -1);
}

static void uncompressed_bytes_must_have_the_diff_id(void **state)
{
	CC_AUTO_BUF struct cc_buf tar = { 0 }, blob = { 0 };
	struct cc_oci_limits limits = { 0 };
	char last[256] = "";

	(void)state;
	make_tar(&tar);
	gzip(cc_buf_span(&tar), &blob);
	tar.at[600] ^= 1;
	assert_int_equal(
		read_layer(cc_buf_span(&blob), CC_OCI_LAYER_GZIP, cc_buf_span(&tar), &limits, last),
		-1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_non_null(strstr(err.text, "diff id"));
}

static void a_blob_that_changes_while_it_is_read_is_noticed_at_its_end(void **state)
{
	CC_AUTO_BUF struct cc_buf tar = { 0 };
	struct cc_oci_layer_source source = { .media = CC_OCI_LAYER_TAR };
	CC_AUTO_OCI_LAYER struct cc_oci_layer *layer = NULL;
	CC_AUTO_CLOSE int fd = memfd_create("layer", MFD_CLOEXEC);
	struct cc_oci_entry entry = { 0 };
	bool end = false;

	(void)state;
	make_tar(&tar);
	assert_int_equal(cc_sha256(cc_buf_span(&tar), &source.diff_id, &err), 0);
	source.digest = source.diff_id;
	source.digest.b[0] ^= 1;
	assert_int_equal(cc_write_all(fd, cc_buf_span(&tar), &err), 0);
	source.fd = fd;
	source.size = tar.len;
	assert_int_equal(cc_oci_layer_open(&source, &layer, &err), 0);
	assert_int_equal(cc_oci_layer_next(layer, &entry, &end, &err), 0);
	assert_int_equal(cc_oci_layer_next(layer, &entry, &end, &err), 0);
	assert_int_equal(cc_oci_layer_next(layer, &entry, &end, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_non_null(strstr(err.text, "changed while"));
}

static void an_empty_tar_is_an_empty_layer(void **state)
{
	CC_AUTO_BUF struct cc_buf tar = { 0 };
	struct cc_oci_limits limits = { 0 };
	char last[256] = "";

	(void)state;
	tar_end(&tar);
	assert_int_equal(
		read_layer(cc_buf_span(&tar), CC_OCI_LAYER_TAR, cc_buf_span(&tar), &limits, last),
		0);
}

static void a_tar_that_ends_early_is_refused_at_every_length(void **state)
{
	CC_AUTO_BUF struct cc_buf tar = { 0 };
	struct cc_oci_limits limits = { 0 };
	char last[256] = "";

	(void)state;
	make_tar(&tar);
	for (size_t len = 1; len < 1024 + 7; len += 61) {
		struct cc_span part = cc_span(tar.at, len);

		if (len == 512)
			continue;
		assert_int_equal(read_layer(part, CC_OCI_LAYER_TAR, part, &limits, last), -1);
	}
}

/* 128 MiB of zeroes in about 128 KiB. */
static void a_decompression_bomb_is_stopped(void **state)
{
	static const struct item zeroes = { '0', "zeroes", NULL, 0 };
	CC_AUTO_BUF struct cc_buf tar = { 0 }, blob = { 0 }, content = { 0 };
	struct cc_oci_limits limits = { 0 };
	struct cc_mut room = { 0 };
	char last[256] = "";

	(void)state;
	tar.max = (size_t)256 << 20;
	content.max = blob.max = tar.max;
	assert_int_equal(cc_buf_extend(&content, (size_t)128 << 20, &room, &err), 0);
	memset(room.at, 0, room.len);
	tar_add(&tar, &zeroes, cc_buf_span(&content));
	tar_end(&tar);
	gzip(cc_buf_span(&tar), &blob);
	assert_int_equal(
		read_layer(cc_buf_span(&blob), CC_OCI_LAYER_GZIP, cc_buf_span(&tar), &limits, last),
		-1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_non_null(strstr(err.text, "bomb"));
	limits.ratio = 2000;
	assert_int_equal(
		read_layer(cc_buf_span(&blob), CC_OCI_LAYER_GZIP, cc_buf_span(&tar), &limits, last),
		1);
}

static void limits_of_bytes_and_entries_hold(void **state)
{
	CC_AUTO_BUF struct cc_buf tar = { 0 };
	struct cc_oci_limits few = { .entries = 1 }, small = { .bytes = 1000 };
	char last[256] = "";

	(void)state;
	make_tar(&tar);
	assert_int_equal(
		read_layer(cc_buf_span(&tar), CC_OCI_LAYER_TAR, cc_buf_span(&tar), &few, last), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(
		read_layer(cc_buf_span(&tar), CC_OCI_LAYER_TAR, cc_buf_span(&tar), &small, last),
		-1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

/* "<len> <key>=<value>\n" in a header of its own before a file. */
static void pax_tar(struct cc_buf *tar, const char *key, struct cc_span value)
{
	static const struct item header = { 'x', "pax", NULL, 0 }, file = { '0', "plain", "x", 0 };
	CC_AUTO_BUF struct cc_buf record = { 0 };
	size_t len = strlen(key) + value.len + 3;

	len += len + 2 > 99 ? 3 : 2; /* digits of the length itself */
	assert_int_equal(cc_buf_addf(&record, &err, "%zu %s=", len, key), 0);
	assert_int_equal(cc_buf_add(&record, value, &err), 0);
	assert_int_equal(cc_buf_add_u8(&record, '\n', &err), 0);
	assert_int_equal(record.len, len);
	tar_add(tar, &header, cc_buf_span(&record));
	tar_add(tar, &file, cc_span_str("x"));
	tar_end(tar);
}

static int read_pax(const char *key, struct cc_span value, char last[static 256])
{
	CC_AUTO_BUF struct cc_buf tar = { 0 };
	struct cc_oci_limits limits = { 0 };

	pax_tar(&tar, key, value);
	return read_layer(cc_buf_span(&tar), CC_OCI_LAYER_TAR, cc_buf_span(&tar), &limits, last);
}

static void names_in_pax_headers_keep_their_bytes(void **state)
{
	char last[256] = "";

	(void)state;
	assert_int_equal(read_pax("path",
				  cc_span_str("usr/gr\xc3\xbc\xc3\x9f"
					      "e"),
				  last),
			 1);
	assert_string_equal(last, "usr/gr\xc3\xbc\xc3\x9f"
				  "e");
}

static void hostile_pax_headers_are_refused(void **state)
{
	static const struct {
		const char *key, *value;
	} rows[] = {
		{ "path", "a/../../b/c" },
		{ "size", "-1234567" },
		{ "uid", "99999999999" },
		{ "uid", "-2" },
		{ "path", "not\xff"
			  "utf8" },
		{ "GNU.sparse.size", "1099511627776" },
		{ "GNU.sparse.size", "1000" },
	};
	char last[256] = "", name[300] = "";

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		if (read_pax(rows[i].key, cc_span_str(rows[i].value), last) != -1)
			fail_msg("row %zu was accepted", i);
	memset(name, 'n', 256);
	assert_int_equal(read_pax("path", cc_span_str(name), last), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	name[255] = '\0';
	assert_int_equal(read_pax("path", cc_span_str(name), last), 1);
}

/* GNU's old sparse header: one byte at 4096 in a file of 4097. */
static void a_sparse_entry_is_refused(void **state)
{
	static const struct item file = { '0', "sparse", "x", 0 };
	CC_AUTO_BUF struct cc_buf tar = { 0 };
	struct cc_oci_limits limits = { 0 };
	char last[256] = "", sum[8];
	unsigned int total = 0;

	(void)state;
	tar_add(&tar, &file, cc_span_str("x"));
	tar_end(&tar);
	tar.at[156] = 'S';
	memcpy(tar.at + 257, "ustar  ", 8);
	memcpy(tar.at + 386, "00000010000", 12);
	memcpy(tar.at + 398, "00000000001", 12);
	memcpy(tar.at + 483, "00000010001", 12);
	memset(tar.at + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		total += tar.at[i];
	(void)snprintf(sum, sizeof(sum), "%06o", total);
	memcpy(tar.at + 148, sum, 7);
	assert_int_equal(
		read_layer(cc_buf_span(&tar), CC_OCI_LAYER_TAR, cc_buf_span(&tar), &limits, last),
		-1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_non_null(strstr(err.text, "sparse"));
}

static void much_behind_the_compressed_stream_is_refused(void **state)
{
	CC_AUTO_BUF struct cc_buf tar = { 0 }, blob = { 0 };
	struct cc_oci_limits limits = { 0 };
	struct cc_mut room = { 0 };
	char last[256] = "";

	(void)state;
	make_tar(&tar);
	gzip(cc_buf_span(&tar), &blob);
	assert_int_equal(cc_buf_extend(&blob, 1000000, &room, &err), 0);
	memset(room.at, 'x', room.len);
	assert_int_equal(
		read_layer(cc_buf_span(&blob), CC_OCI_LAYER_GZIP, cc_buf_span(&tar), &limits, last),
		-1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_non_null(strstr(err.text, "lie behind"));
}

static void extended_attributes_of_other_name_spaces_are_dropped(void **state)
{
	static const struct {
		const char *key;
		size_t kept, dropped;
	} rows[] = {
		{ "SCHILY.xattr.user.note", 1, 0 },
		{ "SCHILY.xattr.security.capability", 1, 0 },
		{ "SCHILY.xattr.trusted.overlay.opaque", 0, 1 },
		{ "SCHILY.xattr.security.selinux", 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_oci_layer_source source = { .media = CC_OCI_LAYER_TAR };
		CC_AUTO_OCI_LAYER struct cc_oci_layer *layer = NULL;
		CC_AUTO_CLOSE int fd = memfd_create("layer", MFD_CLOEXEC);
		CC_AUTO_BUF struct cc_buf tar = { 0 };
		struct cc_oci_entry entry = { 0 };
		bool end = false;

		pax_tar(&tar, rows[i].key, cc_span_str("value"));
		assert_int_equal(cc_write_all(fd, cc_buf_span(&tar), &err), 0);
		source.fd = fd;
		source.size = tar.len;
		assert_int_equal(cc_oci_layer_open(&source, &layer, &err), 0);
		assert_int_equal(cc_oci_layer_next(layer, &entry, &end, &err), 0);
		assert_int_equal(entry.xattr_count, rows[i].kept);
		assert_int_equal(entry.xattrs_dropped, rows[i].dropped);
		if (rows[i].kept > 0)
			assert_true(cc_span_eq_str(entry.xattrs[0].value, "value"));
	}
}

static const struct {
	const char *name, *normal; /* NULL: refused */
} paths[] = {
	{ "a", "a" },       { "/a/b", "a/b" },    { "./a", "a" },    { "a//b/", "a/b" },
	{ "a/./b", "a/b" }, { ".", "" },          { "/", "" },       { "//./", "" },
	{ "...", "..." },   { "a/..b", "a/..b" }, { "", NULL },      { "..", NULL },
	{ "a/..", NULL },   { "../a", NULL },     { "/../a", NULL }, { "a/../b", NULL },
	{ " a ", " a " },   { "a\nb", "a\nb" },
};

static void names_have_one_normal_form(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	char deep[2 * (CC_OCI_DEPTH_MAX + 1) + 1], longest[CC_OCI_PATH_MAX + 2];

	(void)state;
	for (size_t i = 0; i < CC_COUNT(paths); i++) {
		int got = cc_oci_path_normal(cc_span_str(paths[i].name), &out, &err);

		assert_int_equal(got, paths[i].normal != NULL ? 0 : -1);
		if (paths[i].normal != NULL)
			assert_string_equal((const char *)out.at, paths[i].normal);
	}
	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = i % 2 == 0 ? 'a' : '/';
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(cc_oci_path_normal(cc_span_str(deep), &out, &err), -1);
	deep[2 * CC_OCI_DEPTH_MAX] = '\0';
	assert_int_equal(cc_oci_path_normal(cc_span_str(deep), &out, &err), 0);
	memset(longest, '/', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(cc_oci_path_normal(cc_span_str(longest), &out, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

static int start(void **state)
{
	(void)state;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_compression_is_read_under_its_own_media_type_only),
		cmocka_unit_test(a_gzip_inside_a_gzip_is_not_unwrapped),
		cmocka_unit_test(uncompressed_bytes_must_have_the_diff_id),
		cmocka_unit_test(a_blob_that_changes_while_it_is_read_is_noticed_at_its_end),
		cmocka_unit_test(an_empty_tar_is_an_empty_layer),
		cmocka_unit_test(a_tar_that_ends_early_is_refused_at_every_length),
		cmocka_unit_test(a_decompression_bomb_is_stopped),
		cmocka_unit_test(limits_of_bytes_and_entries_hold),
		cmocka_unit_test(names_in_pax_headers_keep_their_bytes),
		cmocka_unit_test(hostile_pax_headers_are_refused),
		cmocka_unit_test(a_sparse_entry_is_refused),
		cmocka_unit_test(much_behind_the_compressed_stream_is_refused),
		cmocka_unit_test(extended_attributes_of_other_name_spaces_are_dropped),
		cmocka_unit_test(names_have_one_normal_form),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
