/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts that we write, and bundles that we unpack from them. */
#include "tests/unit/oci/fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "oci/bundle.h"
#include "oci/writer.h"

static struct cc_err err;

static int write_image(const char *path, bool force, const char *text, struct cc_digest *manifest)
{
	CC_AUTO_OCI_WRITER struct cc_oci_writer *w = NULL;
	static const char *const entrypoint[] = { "/bin/x", NULL };
	struct cc_oci_write_config config = { .entrypoint = entrypoint, .ref = "1" };

	err = (struct cc_err){ 0 };
	CC_TRY(cc_oci_writer_new(path, force, &w, &err));
	CC_TRY(cc_oci_writer_layer(w, &err));
	CC_TRY(cc_oci_writer_dir(w, "bin", 0755, &err));
	CC_TRY(cc_oci_writer_file(w, "bin/x", 0555, cc_span_str(text), &err));
	CC_TRY(cc_oci_writer_layer_end(w, &err));
	CC_TRY(cc_oci_writer_layer(w, &err));
	CC_TRY(cc_oci_writer_file(w, "empty", 0444, cc_span(NULL, 0), &err));
	CC_TRY(cc_oci_writer_layer_end(w, &err));
	CC_TRY(cc_oci_writer_image(w, &config, manifest, &err));
	return cc_oci_writer_commit(w, &err);
}

static size_t entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	assert_int_equal(closedir(dir), 0);
	return count - 2;
}

static void the_same_calls_give_the_same_manifest(void **state)
{
	struct fixture *f = *state;
	struct cc_digest a = { 0 }, b = { 0 }, c = { 0 };
	char other[128];

	(void)snprintf(other, sizeof(other), "%s/other/", f->path);
	assert_int_equal(write_image(f->layout, false, "one", &a), 0);
	assert_int_equal(write_image(other, false, "one", &b), 0);
	assert_memory_equal(a.b, b.b, 32);
	assert_int_equal(write_image(f->layout, true, "two", &c), 0);
	assert_memory_not_equal(a.b, c.b, 32);
	assert_int_equal(entries(f->path), 2);
}

static void what_was_written_is_read_again(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;
	struct cc_digest manifest = { 0 };

	assert_int_equal(write_image(f->layout, false, "one", &manifest), 0);
	assert_int_equal(fixture_tree(f, &tree, &err), 0);
	assert_non_null(cc_oci_tree_find(tree, "bin/x"));
	assert_int_equal(cc_oci_tree_find(tree, "bin/x")->inode->mode, 0555);
	assert_int_equal(cc_oci_tree_find(tree, "bin/x")->inode->mtime, 0);
	assert_non_null(cc_oci_tree_find(tree, "empty"));
}

static void a_layout_that_is_there_is_replaced_by_force_only(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_BUF struct cc_buf before = { 0 }, after = { 0 };
	struct cc_digest manifest = { 0 };

	assert_int_equal(write_image(f->layout, false, "one", &manifest), 0);
	assert_int_equal(cc_dir_read(&f->dir, "layout/index.json", 4096, &before, &err), 0);
	assert_int_equal(write_image(f->layout, false, "two", &manifest), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_true(err.hint[0] != '\0');
	assert_int_equal(cc_dir_read(&f->dir, "layout/index.json", 4096, &after, &err), 0);
	assert_true(cc_span_eq(cc_buf_span(&before), cc_buf_span(&after)));
	assert_int_equal(write_image(f->layout, true, "two", &manifest), 0);
	cc_buf_reset(&after);
	assert_int_equal(cc_dir_read(&f->dir, "layout/index.json", 4096, &after, &err), 0);
	assert_false(cc_span_eq(cc_buf_span(&before), cc_buf_span(&after)));
}

static void what_is_no_layout_is_not_replaced_even_by_force(void **state)
{
	struct fixture *f = *state;
	struct cc_digest manifest = { 0 };

	assert_int_equal(cc_dir_mkdir(&f->dir, "layout", 0755, &err), 0);
	assert_int_equal(cc_dir_write(&f->dir, "layout/precious", 0644, cc_span_str("x"), &err), 0);
	assert_int_equal(write_image(f->layout, true, "one", &manifest), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_true(cc_dir_has(&f->dir, "layout/precious"));
	assert_int_equal(entries(f->path), 1);
}

/* A file size limit fails writes as a full disk does. */
static void a_disk_that_is_full_leaves_nothing_half_written(void **state)
{
	struct fixture *f = *state;
	struct rlimit saved = { 0 }, small = { 0 };
	struct cc_digest manifest = { 0 };
	static char text[200000];

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	memset(text, 'x', sizeof(text) - 1);
	assert_true(sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL) == 0);
	small = (struct rlimit){ 100000, saved.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(write_image(f->layout, false, text, &manifest), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
	assert_int_equal(err.code, CC_E_SYSTEM);
	assert_int_equal(entries(f->path), 0);
}

static void entries_out_of_order_are_our_own_mistake(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_OCI_WRITER struct cc_oci_writer *w = NULL;

	assert_int_equal(cc_oci_writer_new(f->layout, false, &w, &err), 0);
	assert_int_equal(cc_oci_writer_layer(w, &err), 0);
	assert_int_equal(cc_oci_writer_dir(w, "b", 0755, &err), 0);
	assert_int_equal(cc_oci_writer_dir(w, "a", 0755, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	assert_int_equal(cc_oci_writer_dir(w, "b", 0755, &err), -1);
}

static void a_bundle_is_unpacked_once_under_the_digest(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_OCI_BUNDLE struct cc_oci_bundle a = { 0 }, b = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_digest manifest = { 0 };
	struct stat st = { 0 };
	char cache[128], path[256];

	(void)snprintf(cache, sizeof(cache), "%s/cache", f->path);
	assert_int_equal(write_image(f->layout, false, "one", &manifest), 0);
	assert_int_equal(cc_oci_bundle_make(f->layout, NULL, cache, &a, &err), 0);
	assert_string_equal(a.image.config.entrypoint.at[0], "/bin/x");
	(void)snprintf(path, sizeof(path), "%s/bin/x", a.rootfs);
	assert_int_equal(cc_file_read(path, 100, &text, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&text), "one"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(entries(cache), 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(cc_oci_bundle_make(f->layout, "1", cache, &b, &err), 0);
	assert_string_equal(a.rootfs, b.rootfs);
	assert_int_equal(stat(path, &st), -1);
}

static void a_bundle_has_no_links_and_no_special_files(void **state)
{
	static const struct item links[] = { { '2', "a", "/etc", 0 }, { 0 } },
				 hard[] = { { '0', "a", "x", 0 }, { '1', "b", "a", 0 }, { 0 } },
				 fifo[] = { { '6', "a", NULL, 0 }, { 0 } };
	static const struct item *const layers[] = { links, hard, fifo };
	struct fixture *f = *state;
	char cache[128];

	(void)snprintf(cache, sizeof(cache), "%s/cache", f->path);
	for (size_t i = 0; i < CC_COUNT(layers); i++) {
		CC_AUTO_OCI_BUNDLE struct cc_oci_bundle bundle = { 0 };

		fixture_add(f, CC_OCI_LAYER_TAR, layers[i]);
		fixture_write(f);
		assert_int_equal(cc_oci_bundle_make(f->layout, NULL, cache, &bundle, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_int_equal(entries(cache), 0);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_same_calls_give_the_same_manifest),
		T(what_was_written_is_read_again),
		T(a_layout_that_is_there_is_replaced_by_force_only),
		T(what_is_no_layout_is_not_replaced_even_by_force),
		T(a_disk_that_is_full_leaves_nothing_half_written),
		T(entries_out_of_order_are_our_own_mistake),
		T(a_bundle_is_unpacked_once_under_the_digest),
		T(a_bundle_has_no_links_and_no_special_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
