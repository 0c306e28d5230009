/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "base/str.h"
#include "codec/text.h"
#include "oci/merge.h"

void cc_oci_bundle_clear(struct cc_oci_bundle *bundle)
{
	free(bundle->rootfs);
	bundle->rootfs = NULL;
	cc_oci_image_clear(&bundle->image);
}

struct unpack {
	struct cc_dir dir;
	struct cc_buf path;
	int fd; /* of the file being written, or -1 */
};

static void unpack_done(struct unpack *u)
{
	cc_auto_close(&u->fd);
	cc_dir_close(&u->dir);
	cc_buf_clear(&u->path);
}

/* The path from the root, terminated, in u->path. */
static int path_of(struct unpack *u, const struct cc_oci_node *node, const char **out,
		   struct cc_err *err)
{
	const struct cc_oci_node *chain[CC_OCI_DEPTH_MAX + 1];
	size_t count = 0;

	for (; node != node->parent; node = node->parent)
		chain[count++] = node;
	cc_buf_reset(&u->path);
	while (count > 0) {
		if (u->path.len > 0)
			CC_TRY(cc_buf_add_u8(&u->path, '/', err));
		CC_TRY(cc_buf_add_str(&u->path, chain[--count]->name, err));
	}
	return cc_buf_str(&u->path, out, err);
}

/* Directories and empty files; contents follow. Nobody but their owner needs more than 0755. */
static int make_name(void *ctx, const struct cc_oci_node *node, struct cc_err *err)
{
	struct unpack *u = ctx;
	CC_AUTO_CLOSE int fd = -1;
	const char *path = NULL;
	mode_t mode = node->inode->mode & 0755;

	CC_TRY(path_of(u, node, &path, err));
	if (node->inode->links != 1 ||
	    (node->inode->kind != CC_OCI_FILE && node->inode->kind != CC_OCI_DIR)) {
		cc_err_set(err, CC_E_ARG, "'%.200s' is a link or a special file", path);
		return cc_hint(err, "is this a sealed image?");
	}
	if (*path == '\0')
		return 0;
	node->inode->tag = (uint64_t)(uintptr_t)node; /* the only name, as just checked */
	if (node->inode->kind == CC_OCI_DIR)
		return cc_dir_mkdir(&u->dir, path, mode | 0700, err);
	return cc_dir_openat(&u->dir, path, O_WRONLY | O_CREAT | O_EXCL, mode | 0600, &fd, err);
}

static int write_content(void *ctx, struct cc_oci_inode *inode, struct cc_span piece,
			 struct cc_err *err)
{
	struct unpack *u = ctx;
	const char *path = NULL;

	if (u->fd < 0) {
		CC_TRY(path_of(u, (const struct cc_oci_node *)(uintptr_t)inode->tag, &path, err));
		CC_TRY(cc_dir_openat(&u->dir, path, O_WRONLY, 0, &u->fd, err));
	}
	if (piece.len > 0)
		return cc_write_all(u->fd, piece, err);
	CC_TRY(cc_fsync(u->fd, "unpacked file", err));
	cc_auto_close(&u->fd);
	u->fd = -1;
	return 0;
}

static int unpack_into(const struct cc_oci_layout *layout, const struct cc_oci_image *image,
		       const struct cc_dir *cache, const char *name, struct cc_err *err)
{
	CC_CLEANUP(unpack_done) struct unpack u = { .dir = CC_DIR_NONE, .fd = -1 };
	struct cc_oci_contents how = { .content = write_content, .ctx = &u };
	CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;
	struct cc_oci_progress silent = { 0 };

	how.limits.entries = CC_OCI_BUNDLE_ENTRIES;
	CC_TRY(cc_oci_image_tree(layout, image, &how.limits, &silent, &tree, err));
	CC_TRY(cc_dir_sub(cache, name, &u.dir, err));
	CC_TRY(cc_oci_tree_walk(tree, make_name, &u, err));
	CC_TRY(cc_oci_image_contents(layout, image, tree, &how, err));
	return cc_dir_sync(&u.dir, err);
}

/* Somebody else may have made the same bundle meanwhile: then theirs is as good. */
static int keep(const struct cc_dir *cache, const char *temporary, const char *name,
		struct cc_err *err)
{
	if (renameat2(cache->fd, temporary, cache->fd, name, RENAME_NOREPLACE) == 0)
		return cc_dir_sync(cache, err);
	if (errno != EEXIST)
		return cc_fail_sys(err, errno, "rename the unpacked image to '%s'", name);
	return cc_dir_remove_tree(cache, temporary, err);
}

static int make_rootfs(const struct cc_oci_layout *layout, const struct cc_oci_image *image,
		       const struct cc_dir *cache, const char *name, struct cc_err *err)
{
	CC_AUTO_FREE char *temporary = NULL;
	struct cc_err ignored = { 0 };
	uint64_t random[1] = { 0 };

	CC_TRY(cc_random(CC_MUT(random), err));
	CC_TRY(cc_strf(&temporary, err, ".%s.%016llx", name, (unsigned long long)random[0]));
	CC_TRY(cc_dir_mkdir(cache, temporary, 0755, err));
	if (unpack_into(layout, image, cache, temporary, err) != 0 ||
	    keep(cache, temporary, name, err) != 0) {
		cc_ignore(cc_dir_remove_tree(cache, temporary, &ignored));
		return -1;
	}
	return 0;
}

int cc_oci_bundle_make(const char *layout_path, const char *tag, const char *cache_path,
		       struct cc_oci_bundle *out, struct cc_err *err)
{
	CC_AUTO_OCI_LAYOUT struct cc_oci_layout layout = CC_OCI_LAYOUT_NONE;
	CC_AUTO_OCI_BUNDLE struct cc_oci_bundle bundle = { 0 };
	CC_AUTO_DIR struct cc_dir cache = CC_DIR_NONE;
	char name[CC_HEX_DIGEST];

	CC_TRY(cc_oci_layout_open(layout_path, &layout, err));
	CC_TRY(cc_oci_image_find(&layout, tag, &bundle.image, err));
	cc_hex_digest(&bundle.image.descriptor.digest, name);
	CC_TRY(cc_dir_create(cache_path, 0755, &cache, err));
	CC_TRY(cc_strf(&bundle.rootfs, err, "%s/%s", cache_path, name));
	if (!cc_dir_has(&cache, name) &&
	    make_rootfs(&layout, &bundle.image, &cache, name, err) != 0)
		return cc_wrap(err, "unpack '%s'", layout_path);
	*out = bundle;
	bundle = (struct cc_oci_bundle){ 0 };
	return 0;
}
