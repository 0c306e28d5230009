/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/oci/fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "codec/text.h"
#include "oci/layout.h"

#define INDEX "application/vnd.oci.image.index.v1+json"
#define MANIFEST "application/vnd.oci.image.manifest.v1+json"

static struct cc_err err;
static const struct item one_file[] = { { '0', "a", "content of a", 0 }, { 0 } };

static int find(struct fixture *f, const char *tag, struct cc_digest *manifest)
{
	CC_AUTO_OCI_LAYOUT struct cc_oci_layout layout = CC_OCI_LAYOUT_NONE;
	CC_AUTO_OCI_IMAGE struct cc_oci_image image = { 0 };

	err = (struct cc_err){ 0 };
	CC_TRY(cc_oci_layout_open(f->layout, &layout, &err));
	CC_TRY(cc_oci_image_find(&layout, tag, &image, &err));
	*manifest = image.descriptor.digest;
	return 0;
}

static void an_image_is_found_by_its_tag_or_as_the_only_one(void **state)
{
	struct fixture *f = *state;
	struct cc_digest got = { 0 };

	fixture_add(f, CC_OCI_LAYER_GZIP, one_file);
	fixture_write(f);
	assert_int_equal(find(f, NULL, &got), 0);
	assert_memory_equal(got.b, f->manifest.b, 32);
	assert_int_equal(find(f, "1", &got), 0);
	assert_int_equal(find(f, "2", &got), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_non_null(strstr(err.text, "'2'"));
}

static void what_is_no_layout_is_refused_with_a_hint(void **state)
{
	struct fixture *f = *state;
	struct cc_digest got = { 0 };

	assert_int_equal(find(f, NULL, &got), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_int_equal(cc_dir_mkdir(&f->dir, "layout", 0755, &err), 0);
	assert_int_equal(find(f, NULL, &got), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_non_null(strstr(err.text, "is not an OCI image layout"));
	assert_non_null(strstr(err.hint, "skopeo"));
	assert_int_equal(
		cc_dir_write(&f->dir, "layout/oci-layout", 0644, cc_span_str("garbage"), &err), 0);
	assert_int_equal(find(f, NULL, &got), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_dir_write(&f->dir, "layout/oci-layout", 0644,
				      cc_span_str("{\"imageLayoutVersion\":\"2.0.0\"}"), &err),
			 0);
	assert_int_equal(find(f, NULL, &got), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

/* Each blob of a small image, one after the other. */
static void each_blob(struct fixture *f, void (*act)(struct fixture *, const char *))
{
	CC_AUTO_OCI_LAYOUT struct cc_oci_layout layout = CC_OCI_LAYOUT_NONE;
	CC_AUTO_OCI_IMAGE struct cc_oci_image image = { 0 };
	struct cc_digest blobs[3] = { 0 };

	fixture_add(f, CC_OCI_LAYER_GZIP, one_file);
	fixture_write(f);
	assert_int_equal(cc_oci_layout_open(f->layout, &layout, &err), 0);
	assert_int_equal(cc_oci_image_find(&layout, NULL, &image, &err), 0);
	blobs[0] = image.descriptor.digest;
	blobs[1] = image.manifest.config.digest;
	blobs[2] = image.manifest.layers[0].digest;
	for (size_t i = 0; i < 3; i++) {
		char name[192], hex[CC_HEX_DIGEST];
		CC_AUTO_BUF struct cc_buf saved = { 0 };
		CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;

		cc_hex_digest(&blobs[i], hex);
		(void)snprintf(name, sizeof(name), "layout/blobs/sha256/%s", hex);
		assert_int_equal(cc_dir_read(&f->dir, name, 1 << 20, &saved, &err), 0);
		act(f, name);
		err = (struct cc_err){ 0 };
		assert_int_equal(fixture_tree(f, &tree, &err), -1);
		assert_non_null(strstr(err.text, hex));
		cc_ignore(cc_dir_remove(&f->dir, name, &err));
		assert_int_equal(cc_dir_write(&f->dir, name, 0644, cc_buf_span(&saved), &err), 0);
		assert_int_equal(fixture_tree(f, &tree, &err), 0);
	}
}

static void remove_it(struct fixture *f, const char *name)
{
	assert_int_equal(cc_dir_remove(&f->dir, name, &err), 0);
}

static void a_missing_blob_is_named(void **state)
{
	each_blob(*state, remove_it);
}

static void change_a_byte(struct fixture *f, const char *name)
{
	CC_AUTO_CLOSE int fd = -1;
	uint8_t byte = 0;

	assert_int_equal(cc_dir_openat(&f->dir, name, O_RDWR, 0, &fd, &err), 0);
	assert_int_equal(cc_pread_all(fd, (struct cc_mut){ &byte, 1 }, 20, &err), 0);
	byte ^= 1;
	assert_int_equal(cc_pwrite_all(fd, cc_span(&byte, 1), 20, &err), 0);
}

static void a_changed_byte_names_its_blob(void **state)
{
	each_blob(*state, change_a_byte);
}

static void add_a_byte(struct fixture *f, const char *name)
{
	CC_AUTO_CLOSE int fd = -1;

	assert_int_equal(cc_dir_openat(&f->dir, name, O_WRONLY | O_APPEND, 0, &fd, &err), 0);
	assert_int_equal(cc_write_all(fd, cc_span_str("x"), &err), 0);
}

static void a_blob_of_another_size_is_refused(void **state)
{
	each_blob(*state, add_a_byte);
}

static void make_fifo(struct fixture *f, const char *name)
{
	remove_it(f, name);
	assert_int_equal(mkfifoat(f->dir.fd, name, 0644), 0);
}

static void a_fifo_in_the_place_of_a_blob_does_not_hang(void **state)
{
	each_blob(*state, make_fifo);
}

static void link_away(struct fixture *f, const char *name)
{
	remove_it(f, name);
	assert_int_equal(symlinkat("/etc/hostname", f->dir.fd, name), 0);
}

static void a_symbolic_link_in_the_place_of_a_blob_is_not_followed(void **state)
{
	each_blob(*state, link_away);
}

static void a_fifo_is_no_empty_blob(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_OCI_LAYOUT struct cc_oci_layout layout = CC_OCI_LAYOUT_NONE;
	struct cc_oci_descriptor empty = { .media = CC_OCI_CONFIG };
	CC_AUTO_CLOSE int fd = -1;
	char name[192], hex[CC_HEX_DIGEST];

	fixture_add(f, CC_OCI_LAYER_TAR, one_file);
	fixture_write(f);
	assert_int_equal(cc_oci_layout_open(f->layout, &layout, &err), 0);
	fixture_blob(f, cc_span(NULL, 0), &empty.digest);
	cc_hex_digest(&empty.digest, hex);
	(void)snprintf(name, sizeof(name), "layout/blobs/sha256/%s", hex);
	assert_int_equal(cc_oci_blob_open(&layout, &empty, &fd, &err), 0);
	make_fifo(f, name);
	assert_int_equal(close(fd), 0);
	fd = -1;
	assert_int_equal(cc_oci_blob_open(&layout, &empty, &fd, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
}

static void write_index(struct fixture *f, const char *text)
{
	assert_int_equal(cc_dir_write(&f->dir, "layout/index.json", 0644, cc_span_str(text), &err),
			 0);
}

static void of_several_images_one_must_be_named(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_BUF struct cc_buf index = { 0 };
	struct cc_digest got = { 0 };
	const char *text = NULL, *list = NULL;
	char twice[2048];

	fixture_add(f, CC_OCI_LAYER_TAR, one_file);
	fixture_write(f);
	assert_int_equal(cc_dir_read(&f->dir, "layout/index.json", 4096, &index, &err), 0);
	assert_int_equal(cc_buf_str(&index, &text, &err), 0);
	list = strchr(text, '[') + 1;
	(void)snprintf(twice, sizeof(twice), "%.*s%.*s,%s", (int)(list - text), text,
		       (int)(strrchr(text, ']') - list), list, list);
	write_index(f, twice);
	assert_int_equal(find(f, NULL, &got), -1);
	assert_non_null(strstr(err.hint, "TAG"));
	assert_int_equal(find(f, "1", &got), -1);
	assert_non_null(strstr(err.text, "2 images with the tag"));
}

static void config_and_manifest_must_have_as_many_layers(void **state)
{
	struct fixture *f = *state;
	struct cc_digest got = { 0 };

	f->diff_ids_missing = 1;
	fixture_add(f, CC_OCI_LAYER_TAR, one_file);
	fixture_write(f);
	assert_int_equal(find(f, NULL, &got), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_non_null(strstr(err.text, "config has 0 layers, manifest 1"));
}

static void a_manifest_of_another_media_type_is_refused(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_BUF struct cc_buf index = { 0 };
	struct cc_digest got = { 0 };
	const char *text = NULL, *at = NULL;
	char other[2048];

	fixture_add(f, CC_OCI_LAYER_TAR, one_file);
	fixture_write(f);
	assert_int_equal(cc_dir_read(&f->dir, "layout/index.json", 4096, &index, &err), 0);
	assert_int_equal(cc_buf_str(&index, &text, &err), 0);
	at = strstr(text, MANIFEST);
	assert_non_null(at);
	(void)snprintf(other, sizeof(other),
		       "%.*sapplication/vnd.docker.distribution.manifest"
		       ".v2+json%s",
		       (int)(at - text), text, at + strlen(MANIFEST));
	write_index(f, other);
	assert_int_equal(find(f, "1", &got), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

static void behind_an_index_of_platforms_linux_amd64_is_taken(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_BUF struct cc_buf nested = { 0 };
	char hex[CC_HEX_DIGEST], top[512];
	struct cc_digest digest = { 0 }, got = { 0 };
	struct stat st = { 0 };
	char name[256];

	fixture_add(f, CC_OCI_LAYER_TAR, one_file);
	fixture_write(f);
	cc_hex_digest(&f->manifest, hex);
	(void)snprintf(name, sizeof(name), "%s/blobs/sha256/%s", f->layout, hex);
	assert_int_equal(stat(name, &st), 0);
	for (int i = 0; i < 2; i++) {
		cc_buf_reset(&nested);
		assert_int_equal(
			cc_buf_addf(&nested, &err,
				    "{\"schemaVersion\":2,\"mediaType\":\"" INDEX
				    "\",\"manifests\":[{\"mediaType\":\"" MANIFEST
				    "\",\"digest\":\"sha256:%s\",\"size\":%lld,\"platform\":"
				    "{\"os\":\"linux\",\"architecture\":\"%s\"}}]}",
				    hex, (long long)st.st_size, i == 0 ? "amd64" : "arm64"),
			0);
		fixture_blob(f, cc_buf_span(&nested), &digest);
		char nested_hex[CC_HEX_DIGEST];
		cc_hex_digest(&digest, nested_hex);
		(void)snprintf(top, sizeof(top),
			       "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" INDEX
			       "\",\"digest\":\"sha256:%s\",\"size\":%zu}]}",
			       nested_hex, nested.len);
		write_index(f, top);
		assert_int_equal(find(f, NULL, &got), i == 0 ? 0 : -1);
	}
	assert_non_null(strstr(err.text, "linux/amd64"));
}

static const struct {
	const char *text, *path, *tag;
} places[] = {
	{ "dir", "dir", NULL },     { "dir:1", "dir", "1" },    { "oci:/a/b:v1", "/a/b", "v1" },
	{ "oci:dir", "dir", NULL }, { "a:b/c", "a:b/c", NULL }, { "a:b/c:t", "a:b/c", "t" },
	{ "", NULL, NULL },         { "dir:", NULL, NULL },     { ":1", NULL, NULL },
};

static void places_are_a_directory_and_a_tag(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(places); i++) {
		CC_AUTO_OCI_PLACE struct cc_oci_place place = { 0 };
		int got = cc_oci_place_parse(places[i].text, &place, &err);

		assert_int_equal(got, places[i].path != NULL ? 0 : -1);
		if (got != 0)
			continue;
		assert_string_equal(place.path, places[i].path);
		if (places[i].tag != NULL)
			assert_string_equal(place.tag, places[i].tag);
		else
			assert_null(place.tag);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_image_is_found_by_its_tag_or_as_the_only_one),
		T(what_is_no_layout_is_refused_with_a_hint),
		T(a_missing_blob_is_named),
		T(a_changed_byte_names_its_blob),
		T(a_blob_of_another_size_is_refused),
		T(a_fifo_in_the_place_of_a_blob_does_not_hang),
		T(a_fifo_is_no_empty_blob),
		T(a_symbolic_link_in_the_place_of_a_blob_is_not_followed),
		T(of_several_images_one_must_be_named),
		T(config_and_manifest_must_have_as_many_layers),
		T(a_manifest_of_another_media_type_is_refused),
		T(behind_an_index_of_platforms_linux_amd64_is_taken),
		T(places_are_a_directory_and_a_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
