/* SPDX-License-Identifier: Apache-2.0 */
#include "image/fill-internal.h"

#include <sys/stat.h>

#include "base/fd.h"

struct fill {
	const struct cc_image_source *source;
	struct cc_volume *volume;
	struct cc_hasher *calls;
	struct cc_buf record; /* one call, as it is hashed */
	struct cc_buf path;
	uint8_t *extent; /* content that waits to be a whole extent */
	size_t have;
	uint64_t at; /* where the extent goes */
};

static void fill_done(struct fill *f)
{
	cc_hasher_free(f->calls);
	cc_buf_clear(&f->record);
	cc_buf_clear(&f->path);
	if (f->extent != NULL)
		cc_wipe(f->extent, CC_VOLUME_EXTENT);
	free(f->extent);
}

static const uint32_t types[] = { [CC_OCI_FILE] = S_IFREG,
				  [CC_OCI_DIR] = S_IFDIR,
				  [CC_OCI_SYMLINK] = S_IFLNK,
				  [CC_OCI_FIFO] = S_IFIFO };

static struct cc_volume_attr attr_of(const struct cc_oci_inode *inode)
{
	struct cc_volume_time time = { inode->mtime, inode->mtime_nsec };

	return (struct cc_volume_attr){ .mode = types[inode->kind] | inode->mode,
					.uid = inode->uid,
					.gid = inode->gid,
					.accessed = time,
					.modified = time,
					.changed = time };
}

/* The path from the root, without a leading slash. */
static int path_of(const struct cc_oci_node *node, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_oci_node *chain[CC_OCI_DEPTH_MAX + 64];
	size_t count = 0;

	for (; node != node->parent; node = node->parent) {
		if (count == CC_COUNT(chain))
			return cc_fail(err, CC_E_TOOBIG, "directories nested too deeply");
		chain[count++] = node;
	}
	cc_buf_reset(out);
	while (count > 0) {
		CC_TRY(cc_buf_add_str(out, chain[--count]->name, err));
		if (count > 0)
			CC_TRY(cc_buf_add_u8(out, '/', err));
	}
	return 0;
}

static int record_attributes(struct cc_buf *r, const struct cc_oci_inode *inode, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(r, (uint8_t)inode->kind, err));
	CC_TRY(cc_buf_add_u32be(r, inode->mode, err));
	CC_TRY(cc_buf_add_u32be(r, inode->uid, err));
	CC_TRY(cc_buf_add_u32be(r, inode->gid, err));
	CC_TRY(cc_buf_add_u64be(r, (uint64_t)inode->mtime, err));
	CC_TRY(cc_buf_add_u32be(r, inode->mtime_nsec, err));
	CC_TRY(cc_buf_add_u64be(r, inode->size, err));
	return cc_buf_add_u64be(r, inode->tag, err);
}

/* Hash what the engine was told of a name (docs/format/image.md, call digest). */
static int record_name(struct fill *f, const struct cc_oci_node *node, struct cc_err *err)
{
	const struct cc_oci_inode *inode = node->inode;
	struct cc_buf *r = &f->record;

	cc_buf_reset(r);
	CC_TRY(record_attributes(r, inode, err));
	CC_TRY(path_of(node, &f->path, err));
	CC_TRY(cc_buf_add_sized(r, cc_buf_span(&f->path), err));
	CC_TRY(cc_buf_add_sized(r, cc_span_str(inode->target != NULL ? inode->target : ""), err));
	CC_TRY(cc_buf_add_u32be(r, (uint32_t)inode->xattr_count, err));
	for (size_t i = 0; i < inode->xattr_count; i++) {
		CC_TRY(cc_buf_add_sized(r, inode->xattrs[i].name, err));
		CC_TRY(cc_buf_add_sized(r, inode->xattrs[i].value, err));
	}
	return cc_hasher_add(f->calls, cc_buf_span(r), err);
}

static int make_inode(struct fill *f, const struct cc_oci_node *node, struct cc_err *err)
{
	struct cc_oci_inode *inode = node->inode;
	struct cc_volume_attr like = attr_of(inode), got = { 0 };
	uint64_t parent = node->parent->inode->tag;
	struct cc_span name = cc_span_str(node->name);
	const unsigned int all = CC_VOLUME_SET_MODE | CC_VOLUME_SET_UID | CC_VOLUME_SET_GID |
				 CC_VOLUME_SET_ATIME | CC_VOLUME_SET_MTIME;

	if (node->parent == node)
		CC_TRY(cc_volume_setattr(f->volume, CC_VOLUME_ROOT_INO, &like, all, &got, err));
	else if (inode->kind == CC_OCI_SYMLINK)
		CC_TRY(cc_volume_symlink(f->volume, parent, name, cc_span_str(inode->target), &like,
					 &got, err));
	else
		CC_TRY(cc_volume_create(f->volume, parent, name, &like, &got, err));
	inode->tag = node->parent == node ? CC_VOLUME_ROOT_INO : got.ino;
	for (size_t i = 0; i < inode->xattr_count; i++)
		CC_TRY(cc_volume_setxattr(f->volume, inode->tag, inode->xattrs[i].name,
					  inode->xattrs[i].value, 0, err));
	return 0;
}

static int make_name(void *ctx, const struct cc_oci_node *node, struct cc_err *err)
{
	struct fill *f = ctx;
	struct cc_volume_attr got = { 0 };
	int result = 0;

	if (node->inode->tag == 0)
		result = make_inode(f, node, err);
	else
		result = cc_volume_link(f->volume, node->inode->tag, node->parent->inode->tag,
					cc_span_str(node->name), &got, err);
	if (result != 0)
		return cc_wrap(err, "'%.100s' into the volume", node->name);
	return record_name(f, node, err);
}

static int write_extent(struct fill *f, const struct cc_oci_inode *inode, struct cc_err *err)
{
	struct cc_span bytes = cc_span(f->extent, f->have);

	if (f->have == 0)
		return 0;
	cc_buf_reset(&f->record);
	CC_TRY(cc_buf_add_u64be(&f->record, inode->tag, err));
	CC_TRY(cc_buf_add_u64be(&f->record, f->at, err));
	CC_TRY(cc_buf_add_u32be(&f->record, (uint32_t)f->have, err));
	CC_TRY(cc_hasher_add(f->calls, cc_buf_span(&f->record), err));
	CC_TRY(cc_hasher_add(f->calls, bytes, err));
	CC_TRY(cc_volume_write(f->volume, inode->tag, f->at, bytes, err));
	f->at += f->have;
	f->have = 0;
	return 0;
}

static int peek(struct fill *f, const struct cc_oci_inode *inode, struct cc_span piece,
		struct cc_err *err)
{
	for (size_t i = 0; f->source->peeks != NULL && i < CC_IMAGE_PEEKS; i++)
		if (f->source->peeks[i].inode == inode)
			CC_TRY(cc_buf_add(&f->source->peeks[i].text, piece, err));
	return 0;
}

/* Whole extents whatever the pieces: the calls must not depend on how a tar was read. */
static int take_content(void *ctx, struct cc_oci_inode *inode, struct cc_span piece,
			struct cc_err *err)
{
	struct fill *f = ctx;

	if (piece.len == 0) {
		CC_TRY(write_extent(f, inode, err));
		f->at = 0;
		return 0;
	}
	CC_TRY(peek(f, inode, piece, err));
	while (piece.len > 0) {
		size_t room = CC_VOLUME_EXTENT - f->have;
		size_t len = piece.len < room ? piece.len : room;

		memcpy(f->extent + f->have, piece.at, len);
		f->have += len;
		piece = cc_span_sub(piece, len, piece.len);
		if (f->have == CC_VOLUME_EXTENT)
			CC_TRY(write_extent(f, inode, err));
	}
	return 0;
}

int cc_image_fill(const struct cc_image_source *source, struct cc_volume *volume,
		  struct cc_digest *calls, struct cc_err *err)
{
	CC_CLEANUP(fill_done) struct fill f = { .source = source, .volume = volume };
	struct cc_oci_contents how = { .content = take_content,
				       .ctx = &f,
				       .limits = source->limits,
				       .progress = source->progress };
	struct cc_oci_tree_counts counts = { 0 };

	f.extent = malloc(CC_VOLUME_EXTENT);
	if (f.extent == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for an extent");
	CC_TRY(cc_hasher_new(&f.calls, err));
	cc_oci_tree_count(source->tree, &counts); /* sets all tags to zero */
	CC_TRY(cc_oci_tree_walk(source->tree, make_name, &f, err));
	CC_TRY(cc_oci_image_contents(source->layout, source->image, source->tree, &how, err));
	return cc_hasher_done(f.calls, calls, err);
}
