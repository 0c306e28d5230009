/* SPDX-License-Identifier: Apache-2.0 */
/* How layers become one tree, and what of hostile layers is refused. */
#include "tests/unit/oci/fixture.h"

#include <sys/mman.h>
#include <sys/stat.h>

#define LAYER(...) ((const struct item[]){ __VA_ARGS__, { 0 } })
#define FILE_(name, text)          \
	{                          \
		'0', name, text, 0 \
	}
#define DIR_(name)                 \
	{                          \
		'5', name, NULL, 0 \
	}
#define LINK_(name, to)          \
	{                        \
		'2', name, to, 0 \
	}
#define HARD_(name, to)          \
	{                        \
		'1', name, to, 0 \
	}
#define GONE_(name)              \
	{                        \
		'0', name, "", 0 \
	}

static struct cc_err err;

static int list_name(void *ctx, const struct cc_oci_node *node, struct cc_err *error)
{
	struct cc_buf *out = ctx;
	static const char kinds[] = {
		[CC_OCI_FILE] = '-', [CC_OCI_DIR] = '/', [CC_OCI_SYMLINK] = '@', [CC_OCI_FIFO] = '|'
	};

	if (node->parent == node)
		return 0;
	return cc_buf_addf(out, error, "%s%c%zu ", node->name, kinds[node->inode->kind],
			   node->inode->links);
}

/* Names in canonical order: name, kind, links. */
static const char *listing(struct fixture *f)
{
	static char text[4096];
	CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 };

	fixture_write(f);
	if (fixture_tree(f, &tree, &err) != 0) {
		(void)snprintf(text, sizeof(text), "refused: %s", err.text);
		return text;
	}
	assert_int_equal(cc_oci_tree_walk(tree, list_name, &out, &err), 0);
	(void)snprintf(text, sizeof(text), "%.*s", (int)out.len, (const char *)out.at);
	return text;
}

static const struct {
	const char *title;
	const struct item *layers[3];
	const char *tree;
} merges[] = {
	{ "names are sorted whatever the order of the tar",
	  { LAYER(FILE_("b", "1"), DIR_("a/"), FILE_("a/z", "1"), FILE_("a/y", "1")) },
	  "a/1 y-1 z-1 b-1 " },
	{ "leading slashes and dots mean the root of the image",
	  { LAYER(DIR_("./"), FILE_("/etc//x", "1"), FILE_("./etc/./y", "1")) },
	  "etc/1 x-1 y-1 " },
	{ "an upper file takes the place of a lower one",
	  { LAYER(FILE_("a", "lower")), LAYER(FILE_("a", "upper")) },
	  "a-1 " },
	{ "a whiteout hides a lower file",
	  { LAYER(FILE_("d/a", "1"), FILE_("d/b", "1")), LAYER(GONE_("d/.wh.a")) },
	  "d/1 b-1 " },
	{ "a whiteout hides a lower directory with all below it",
	  { LAYER(FILE_("d/e/a", "1"), FILE_("k", "1")), LAYER(GONE_(".wh.d")) },
	  "k-1 " },
	{ "a whiteout does not hide what its own layer adds, before it or behind it",
	  { LAYER(FILE_("d/old", "1")),
	    LAYER(FILE_("d/before", "1"), GONE_(".wh.d"), FILE_("d/behind", "1")) },
	  "d/1 before-1 behind-1 " },
	{ "an opaque directory hides its lower entries and keeps its own",
	  { LAYER(FILE_("d/a", "1"), FILE_("d/e/b", "1"), FILE_("k", "1")),
	    LAYER(FILE_("d/new", "1"), GONE_("d/.wh..wh..opq")) },
	  "d/1 new-1 k-1 " },
	{ "a root that is opaque hides everything lower",
	  { LAYER(FILE_("a", "1")), LAYER(FILE_("b", "1"), GONE_(".wh..wh..opq")) },
	  "b-1 " },
	{ "a whiteout of a name that is nowhere does nothing",
	  { LAYER(FILE_("a", "1")), LAYER(GONE_("x/y/.wh.z")) },
	  "a-1 " },
	{ "what a whiteout hid may come back in a higher layer",
	  { LAYER(FILE_("a", "1")), LAYER(GONE_(".wh.a")), LAYER(FILE_("a", "3")) },
	  "a-1 " },
	{ "a directory becomes a file",
	  { LAYER(FILE_("d/a", "1")), LAYER(FILE_("d", "1")) },
	  "d-1 " },
	{ "a file becomes a directory, named as one",
	  { LAYER(FILE_("d", "1")), LAYER(DIR_("d"), FILE_("d/a", "1")) },
	  "d/1 a-1 " },
	{ "a link becomes a directory, named as one",
	  { LAYER(LINK_("d", "/etc")), LAYER(DIR_("d"), FILE_("d/a", "1")) },
	  "d/1 a-1 " },
	{ "hard links share an inode",
	  { LAYER(FILE_("a", "1"), HARD_("b", "a"), HARD_("c", "./b")) },
	  "a-3 b-3 c-3 " },
	{ "a hard link may name a file of a lower layer",
	  { LAYER(FILE_("a", "1")), LAYER(HARD_("b", "/a")) },
	  "a-2 b-2 " },
	{ "a hard link stays when its first name is hidden",
	  { LAYER(FILE_("a", "1"), HARD_("b", "a")), LAYER(GONE_(".wh.a")) },
	  "b-1 " },
	{ "a hard link may take the place of the directory that held its target",
	  { LAYER(FILE_("d/a", "1")), LAYER(HARD_("d", "d/a")) },
	  "d-1 " },
	{ "links, absolute ones too, stay as they are written",
	  { LAYER(LINK_("a", "/etc/../../x"), LINK_("b", "..")) },
	  "a@1 b@1 " },
	{ "devices of /dev are left out", { LAYER({ '3', "dev/null", NULL, 0 }) }, "" },
	{ "a fifo is kept", { LAYER({ '6', "f", NULL, 0 }) }, "f|1 " },
	{ "directories may be repeated in a layer",
	  { LAYER(DIR_("a"), FILE_("a/b", "1"), DIR_("a")) },
	  "a/1 b-1 " },
};

static void layers_merge_as_the_image_specification_says(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < CC_COUNT(merges); i++) {
		const char *got = NULL;

		for (size_t k = 0; k < 3 && merges[i].layers[k] != NULL; k++)
			fixture_add(f, CC_OCI_LAYER_TAR, merges[i].layers[k]);
		got = listing(f);
		if (strcmp(got, merges[i].tree) != 0)
			fail_msg("%s: '%s' instead of '%s'", merges[i].title, got, merges[i].tree);
	}
}

static const struct {
	const char *title;
	const struct item *layers[2];
	const char *says;
} hostile[] = {
	{ "dot dot in front", { LAYER(FILE_("../etc/passwd", "x")) }, "'..'" },
	{ "dot dot inside", { LAYER(FILE_("a/../../etc/passwd", "x")) }, "'..'" },
	{ "dot dot behind a slash", { LAYER(FILE_("/../x", "x")) }, "'..'" },
	{ "dot dot as a directory", { LAYER(DIR_("a/..")) }, "'..'" },
	{ "a symbolic link above a file of its layer",
	  { LAYER(LINK_("a", "/etc"), FILE_("a/passwd", "x")) },
	  "symbolic link" },
	{ "a symbolic link of a lower layer above a file",
	  { LAYER(LINK_("a", "/etc")), LAYER(FILE_("a/passwd", "x")) },
	  "symbolic link" },
	{ "a file above a file", { LAYER(FILE_("a", "x"), FILE_("a/b", "x")) }, "which is a file" },
	{ "a symbolic link in the place of the root", { LAYER(LINK_("/.", "/etc")) }, "root" },
	{ "a file in the place of the root", { LAYER(FILE_("./", "x")) }, "" },
	{ "a hard link out of the image", { LAYER(HARD_("a", "../../etc/shadow")) }, "'..'" },
	{ "a hard link to what only the host has",
	  { LAYER(HARD_("a", "/etc/shadow")) },
	  "no file of the image" },
	{ "a hard link through a symbolic link",
	  { LAYER(FILE_("d/x", "1"), LINK_("l", "d"), HARD_("a", "l/x")) },
	  "no file of the image" },
	{ "a hard link to a directory", { LAYER(DIR_("d"), HARD_("a", "d")) }, "no file" },
	{ "a hard link to a later file", { LAYER(HARD_("a", "b"), FILE_("b", "1")) }, "no file" },
	{ "a device", { LAYER({ '3', "sda", NULL, 0 }) }, "device" },
	{ "a block device", { LAYER({ '4', "etc/sda", NULL, 0 }) }, "device" },
	{ "a whiteout through a symbolic link",
	  { LAYER(LINK_("a", "/etc")), LAYER(GONE_("a/.wh.passwd")) },
	  "symbolic link" },
	{ "an opaque marker through a symbolic link",
	  { LAYER(LINK_("a", "/etc")), LAYER(GONE_("a/.wh..wh..opq")) },
	  "symbolic link" },
	{ "a whiteout of nothing", { LAYER(GONE_(".wh.")) }, "names nothing" },
	{ "a whiteout of dot", { LAYER(GONE_("a/.wh..")) }, "names nothing" },
	{ "a whiteout of dot dot", { LAYER(GONE_("a/.wh...")) }, "names nothing" },
	{ "a whiteout with content", { LAYER(FILE_(".wh.a", "x")) }, "not an empty file" },
	{ "a whiteout that is a link", { LAYER(LINK_(".wh.a", "x")) }, "not an empty file" },
	{ "metadata of aufs", { LAYER(GONE_(".wh..wh.plnk")) }, "aufs" },
	{ "a name twice in a layer", { LAYER(FILE_("a", "1"), FILE_("./a", "2")) }, "twice" },
	{ "a link and a file of one name", { LAYER(LINK_("a", "b"), FILE_("a", "2")) }, "twice" },
	{ "a file and a directory of one name",
	  { LAYER(FILE_("a/b", "1"), FILE_("a", "2")) },
	  "twice" },
	{ "a file that replaces a directory of which its layer uses a part",
	  { LAYER(FILE_("d/e/a", "1")), LAYER(FILE_("d/e/b", "1"), FILE_("d", "1")) },
	  "both a file and a directory" },
};

static void hostile_layers_are_refused(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < CC_COUNT(hostile); i++) {
		const char *got = NULL;

		for (size_t k = 0; k < 2 && hostile[i].layers[k] != NULL; k++)
			fixture_add(f, CC_OCI_LAYER_TAR, hostile[i].layers[k]);
		got = listing(f);
		if (strncmp(got, "refused: ", 9) != 0 || strstr(got, hostile[i].says) == NULL)
			fail_msg("%s: %s", hostile[i].title, got);
	}
}

static void a_mount_point_is_made_along_links_inside_the_image(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;

	fixture_add(f, CC_OCI_LAYER_TAR,
		    LAYER(LINK_("var/run", "../../../run"), LINK_("data", "/mnt/data"),
			  LINK_("loop", "loop"), LINK_("l0", "l1/l1"), LINK_("l1", "l0"),
			  FILE_("file", "1"), { '5', "tmp", NULL, 0700 }));
	fixture_write(f);
	assert_int_equal(fixture_tree(f, &tree, &err), 0);
	assert_int_equal(cc_oci_tree_mkdir(tree, "var/run/x", 0700, &err), 0);
	assert_non_null(cc_oci_tree_find(tree, "run/x"));
	assert_int_equal(cc_oci_tree_find(tree, "run/x")->inode->mode, 0700);
	assert_int_equal(cc_oci_tree_mkdir(tree, "data", 0755, &err), 0);
	assert_non_null(cc_oci_tree_find(tree, "mnt/data"));
	assert_int_equal(cc_oci_tree_mkdir(tree, "tmp", 01777, &err), 0);
	assert_int_equal(cc_oci_tree_find(tree, "tmp")->inode->mode, 0700);
	assert_int_equal(cc_oci_tree_mkdir(tree, "loop/x", 0755, &err), -1);
	assert_non_null(strstr(err.text, "symbolic links"));
	assert_int_equal(cc_oci_tree_mkdir(tree, "l0/x", 0755, &err), -1);
	assert_int_equal(cc_oci_tree_mkdir(tree, "file/x", 0755, &err), -1);
	assert_non_null(strstr(err.text, "'file' is not a directory"));
}

static void attributes_come_from_the_topmost_entry(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;

	fixture_add(f, CC_OCI_LAYER_TAR,
		    LAYER({ '5', "d", NULL, 0700 }, { '0', "d/s", "x", 04755 }, FILE_("i/a", "1")));
	fixture_add(f, CC_OCI_LAYER_TAR, LAYER({ '5', "d", NULL, 0711 }));
	fixture_write(f);
	assert_int_equal(fixture_tree(f, &tree, &err), 0);
	assert_int_equal(cc_oci_tree_find(tree, "d")->inode->mode, 0711);
	assert_int_equal(cc_oci_tree_find(tree, "d/s")->inode->mode, 04755);
	assert_int_equal(cc_oci_tree_find(tree, "d/s")->inode->mtime, 1000000000);
	assert_int_equal(cc_oci_tree_find(tree, "i")->inode->mode, 0755);
	assert_int_equal(cc_oci_tree_find(tree, "i")->inode->mtime, 0);
	assert_null(cc_oci_tree_find(tree, "d/s/x"));
}

static void a_hidden_directory_that_comes_back_has_no_old_attributes(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;

	fixture_add(f, CC_OCI_LAYER_TAR, LAYER({ '5', "d", NULL, 0777 }));
	fixture_add(f, CC_OCI_LAYER_TAR, LAYER(FILE_("d/a", "1"), GONE_(".wh.d")));
	fixture_write(f);
	assert_int_equal(fixture_tree(f, &tree, &err), 0);
	assert_int_equal(cc_oci_tree_find(tree, "d")->inode->mode, 0755);
}

struct heard {
	struct cc_buf text;
};

static int hear(void *ctx, struct cc_oci_inode *inode, struct cc_span piece, struct cc_err *error)
{
	struct heard *heard = ctx;

	(void)inode;
	return piece.len > 0 ? cc_buf_add(&heard->text, piece, error)
			     : cc_buf_add_u8(&heard->text, ';', error);
}

static void contents_are_streamed_once_and_only_those_that_stay(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_OCI_LAYOUT struct cc_oci_layout layout = CC_OCI_LAYOUT_NONE;
	CC_AUTO_OCI_IMAGE struct cc_oci_image image = { 0 };
	CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;
	struct heard heard = { 0 };
	struct cc_oci_contents how = { .content = hear, .ctx = &heard };
	struct cc_oci_tree_counts counts = { 0 };

	fixture_add(f, CC_OCI_LAYER_TAR,
		    LAYER(FILE_("a", "low-a"), FILE_("b", "low-b"), HARD_("c", "b")));
	fixture_add(f, CC_OCI_LAYER_GZIP, LAYER(FILE_("a", "hidden")));
	fixture_add(f, CC_OCI_LAYER_ZSTD, LAYER(FILE_("a", "top-a"), FILE_("e", "")));
	fixture_write(f);
	assert_int_equal(fixture_tree(f, &tree, &err), 0);
	cc_oci_tree_count(tree, &counts);
	assert_int_equal(counts.files, 3);
	assert_int_equal(counts.bytes, 10);
	assert_false(cc_oci_tree_uses(tree, 1));
	assert_int_equal(cc_oci_layout_open(f->layout, &layout, &err), 0);
	assert_int_equal(cc_oci_image_find(&layout, "1", &image, &err), 0);
	assert_int_equal(cc_oci_image_contents(&layout, &image, tree, &how, &err), 0);
	assert_int_equal(cc_buf_add_u8(&heard.text, 0, &err), 0);
	assert_string_equal((const char *)heard.text.at, "top-a;;low-b;");
	cc_buf_clear(&heard.text);
}

static void limits_hold_over_all_layers_together(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_OCI_LAYOUT struct cc_oci_layout layout = CC_OCI_LAYOUT_NONE;
	CC_AUTO_OCI_IMAGE struct cc_oci_image image = { 0 };
	struct cc_oci_limits rows[] = { { .entries = 3 }, { .bytes = 4000 }, { .entries = 5 } };
	struct cc_oci_progress silent = { 0 };

	/* Each layer has two entries and 2560 or 3072 bytes. */
	fixture_add(f, CC_OCI_LAYER_TAR, LAYER(FILE_("a", "1"), FILE_("b", "1")));
	fixture_add(f, CC_OCI_LAYER_TAR, LAYER(FILE_("c", "1"), DIR_("d")));
	fixture_write(f);
	assert_int_equal(cc_oci_layout_open(f->layout, &layout, &err), 0);
	assert_int_equal(cc_oci_image_find(&layout, NULL, &image, &err), 0);
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;
		int got = cc_oci_image_tree(&layout, &image, &rows[i], &silent, &tree, &err);

		assert_int_equal(got, i < 2 ? -1 : 0);
		assert_int_equal(err.code, CC_E_TOOBIG);
	}
}

/* A layer from a tar that lies in memory. */
static struct cc_oci_layer *open_items(const struct item *items, int *fd)
{
	struct cc_oci_layer_source source = { .media = CC_OCI_LAYER_TAR };
	CC_AUTO_BUF struct cc_buf tar = { 0 };
	struct cc_oci_layer *layer = NULL;

	tar_add_items(&tar, items);
	tar_end(&tar);
	*fd = memfd_create("layer", MFD_CLOEXEC);
	assert_int_equal(cc_write_all(*fd, cc_buf_span(&tar), &err), 0);
	assert_int_equal(cc_sha256(cc_buf_span(&tar), &source.digest, &err), 0);
	source.diff_id = source.digest;
	source.fd = *fd;
	source.size = tar.len;
	assert_int_equal(cc_oci_layer_open(&source, &layer, &err), 0);
	return layer;
}

static void contents_of_another_layer_are_refused(void **state)
{
	static const struct item first[] = { FILE_("a", "12"), { 0 } }, others[][3] = {
		{ FILE_("a", "1"), { 0 } }, { DIR_("a"), { 0 } }, { { 0 } }
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(others); i++) {
		CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;
		CC_AUTO_CLOSE int fd = -1, other_fd = -1;
		CC_AUTO_OCI_LAYER struct cc_oci_layer *layer = open_items(first, &fd);
		CC_AUTO_OCI_LAYER struct cc_oci_layer *other = open_items(others[i], &other_fd);
		struct heard heard = { 0 };

		assert_int_equal(cc_oci_tree_new(&tree, &err), 0);
		assert_int_equal(cc_oci_tree_add(tree, layer, &err), 0);
		assert_int_equal(cc_oci_tree_stream(tree, 0, other, hear, &heard, &err), -1);
		assert_int_equal(err.code, CC_E_TAMPERED);
		cc_buf_clear(&heard.text);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(layers_merge_as_the_image_specification_says),
		T(hostile_layers_are_refused),
		T(a_mount_point_is_made_along_links_inside_the_image),
		T(attributes_come_from_the_topmost_entry),
		T(a_hidden_directory_that_comes_back_has_no_old_attributes),
		T(contents_are_streamed_once_and_only_those_that_stay),
		T(limits_hold_over_all_layers_together),
		T(contents_of_another_layer_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
