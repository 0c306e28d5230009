/* SPDX-License-Identifier: Apache-2.0 */
/* Inodes as bytes: docs/format/volume.md, "Groups". */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

static int add_time(struct cc_buf *out, const struct cc_volume_time *t, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u64le(out, (uint64_t)t->sec, err));
	return cc_buf_add_u32le(out, t->nsec, err);
}

static int add_attr(struct cc_buf *out, const struct cc_volume_attr *a, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(out, (uint8_t)(a->ino % CC_VOL_GROUP_INODES), err));
	CC_TRY(cc_buf_add_u32le(out, a->mode, err));
	CC_TRY(cc_buf_add_u32le(out, a->uid, err));
	CC_TRY(cc_buf_add_u32le(out, a->gid, err));
	CC_TRY(cc_buf_add_u32le(out, a->links, err));
	CC_TRY(cc_buf_add_u32le(out, a->rdev_major, err));
	CC_TRY(cc_buf_add_u32le(out, a->rdev_minor, err));
	CC_TRY(cc_buf_add_u64le(out, a->size, err));
	CC_TRY(add_time(out, &a->accessed, err));
	CC_TRY(add_time(out, &a->modified, err));
	return add_time(out, &a->changed, err);
}

static int add_bytes(struct cc_buf *out, struct cc_span bytes, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u32le(out, (uint32_t)bytes.len, err));
	return cc_buf_add(out, bytes, err);
}

static int add_xattrs(struct cc_buf *out, const struct cc_vol_inode *inode, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u32le(out, (uint32_t)inode->xattr_count, err));
	for (size_t i = 0; i < inode->xattr_count; i++) {
		const struct cc_vol_xattr *x = &inode->xattrs[i];

		CC_TRY(add_bytes(out, cc_span(x->name.at, x->name.len), err));
		CC_TRY(add_bytes(out, cc_span(x->value.at, x->value.len), err));
	}
	return 0;
}

static int add_dir(struct cc_buf *out, const struct cc_vol_inode *inode, struct cc_err *err)
{
	CC_AUTO_FREE struct cc_vol_entry **sorted = NULL;

	CC_TRY(cc_vol_entries_sorted(inode, &sorted, err));
	CC_TRY(cc_buf_add_u64le(out, inode->dir.parent, err));
	CC_TRY(cc_buf_add_u32le(out, (uint32_t)inode->dir.live, err));
	for (size_t i = 0; i < inode->dir.live; i++) {
		CC_TRY(cc_buf_add_u64le(out, sorted[i]->ino, err));
		CC_TRY(cc_buf_add_u8(out, (uint8_t)(sorted[i]->mode >> 12), err));
		CC_TRY(cc_buf_add_u8(out, (uint8_t)sorted[i]->len, err));
		CC_TRY(cc_buf_add(out, cc_span(sorted[i]->name, sorted[i]->len), err));
	}
	return 0;
}

static int add_file(struct cc_buf *out, const struct cc_volume *v, const struct cc_vol_inode *inode,
		    struct cc_err *err)
{
	const struct cc_vol_extent *extent = NULL;
	uint32_t count = 0;

	for (uint64_t i = 0; (extent = cc_vol_extent_next(inode, &i)) != NULL; i++)
		count += extent->ptr.len != 0;
	CC_TRY(cc_buf_add_u32le(out, count, err));
	for (uint64_t i = 0; (extent = cc_vol_extent_next(inode, &i)) != NULL; i++) {
		if (extent->ptr.len == 0)
			continue;
		CC_TRY(cc_buf_add_u32le(out, (uint32_t)i, err));
		CC_TRY(cc_vol_ptr_add(out, &extent->ptr, err));
		if (v->hashed)
			CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(extent->hash), err));
	}
	return 0;
}

int cc_vol_group_write(struct cc_volume *v, const struct cc_vol_group *group, struct cc_buf *out,
		       struct cc_err *err)
{
	for (size_t i = 0; i < CC_VOL_GROUP_INODES; i++) {
		const struct cc_vol_inode *inode = group->inodes[i];

		/* What no name leads to ends with this opening. */
		if (inode == NULL || inode->attr.links == 0)
			continue;
		CC_TRY(add_attr(out, &inode->attr, err));
		CC_TRY(add_xattrs(out, inode, err));
		if (cc_vol_is(inode, S_IFDIR))
			CC_TRY(add_dir(out, inode, err));
		else if (cc_vol_is(inode, S_IFREG))
			CC_TRY(add_file(out, v, inode, err));
		else if (cc_vol_is(inode, S_IFLNK))
			CC_TRY(add_bytes(out, cc_span(inode->target.at, inode->target.len), err));
	}
	return 0;
}

static int read_time(struct cc_reader *r, struct cc_volume_time *out, struct cc_err *err)
{
	uint64_t sec = 0;

	CC_TRY(cc_read_u64le(r, "seconds", &sec, err));
	CC_TRY(cc_read_u32le(r, "nanoseconds", &out->nsec, err));
	if (out->nsec > 999999999)
		return cc_fail(err, CC_E_TAMPERED, "a time with '%u' nanoseconds", out->nsec);
	out->sec = (int64_t)sec;
	return 0;
}

static int read_attr(struct cc_reader *r, struct cc_volume_attr *out, struct cc_err *err)
{
	uint8_t place = 0;

	CC_TRY(cc_read_u8(r, "place of an inode", &place, err));
	out->ino = place;
	CC_TRY(cc_read_u32le(r, "mode", &out->mode, err));
	CC_TRY(cc_read_u32le(r, "user", &out->uid, err));
	CC_TRY(cc_read_u32le(r, "group", &out->gid, err));
	CC_TRY(cc_read_u32le(r, "number of links", &out->links, err));
	CC_TRY(cc_read_u32le(r, "major number", &out->rdev_major, err));
	CC_TRY(cc_read_u32le(r, "minor number", &out->rdev_minor, err));
	CC_TRY(cc_read_u64le(r, "size", &out->size, err));
	CC_TRY(read_time(r, &out->accessed, err));
	CC_TRY(read_time(r, &out->modified, err));
	return read_time(r, &out->changed, err);
}

static int check_attr(const struct cc_volume_attr *a, uint64_t least, struct cc_err *err)
{
	uint32_t type = a->mode & S_IFMT;

	if (a->ino < least || a->ino >= CC_VOL_GROUP_INODES)
		return cc_fail(err, CC_E_TAMPERED, "inodes of a group are out of order");
	if (type != S_IFREG && type != S_IFDIR && type != S_IFLNK && type != S_IFIFO &&
	    type != S_IFSOCK && type != S_IFCHR && type != S_IFBLK)
		return cc_fail(err, CC_E_TAMPERED, "an inode has the mode '%o'", a->mode);
	if ((a->mode & ~(S_IFMT | 07777u)) != 0 || a->links == 0)
		return cc_fail(err, CC_E_TAMPERED, "an inode has mode '%o' and %u links", a->mode,
			       a->links);
	if (a->size > (type == S_IFREG   ? CC_VOLUME_FILE_MAX
		       : type == S_IFLNK ? CC_VOLUME_LINK_MAX
					 : 0))
		return cc_fail(err, CC_E_TAMPERED, "an inode has the size '%llu'",
			       (unsigned long long)a->size);
	return 0;
}

static int read_bytes(struct cc_reader *r, const char *what, size_t max, struct cc_span *out,
		      struct cc_err *err)
{
	uint32_t len = 0;

	CC_TRY(cc_read_u32le(r, what, &len, err));
	if (len > max)
		return cc_fail(err, CC_E_TAMPERED, "%s has '%u' bytes", what, len);
	return cc_read_span(r, len, what, out, err);
}

static int read_xattrs(struct cc_reader *r, struct cc_vol_inode *inode, struct cc_err *err)
{
	struct cc_span name = { 0 };
	struct cc_span value = { 0 };
	uint32_t count = 0;

	CC_TRY(cc_read_u32le(r, "number of extended attributes", &count, err));
	/* Each takes room in the bytes and in the total that cc_vol_xattr_put bounds. */
	for (uint32_t i = 0; i < count; i++) {
		CC_TRY(read_bytes(r, "name of an extended attribute", CC_VOLUME_NAME_MAX, &name,
				  err));
		CC_TRY(read_bytes(r, "value of an extended attribute", CC_VOLUME_XATTR_MAX, &value,
				  err));
		CC_TRY(cc_vol_xattr_put(inode, name, value, 0, err));
		if (inode->xattr_count != i + 1)
			return cc_fail(err, CC_E_TAMPERED, "an extended attribute comes twice");
	}
	return 0;
}

static int read_entry(struct cc_reader *r, struct cc_vol_inode *names, struct cc_span *name,
		      struct cc_err *err)
{
	uint8_t type = 0;
	uint8_t len = 0;

	CC_TRY(cc_read_u64le(r, "inode of a name", &names->attr.ino, err));
	CC_TRY(cc_read_u8(r, "type of a name", &type, err));
	CC_TRY(cc_read_u8(r, "length of a name", &len, err));
	CC_TRY(cc_read_span(r, len, "name", name, err));
	names->attr.mode = (uint32_t)type << 12;
	return cc_vol_name_check(*name, err);
}

static int read_dir(struct cc_reader *r, struct cc_volume *v, struct cc_vol_inode *inode,
		    struct cc_err *err)
{
	struct cc_vol_inode names = { 0 };
	struct cc_span name = { 0 };
	uint32_t count = 0;

	CC_TRY(cc_read_u64le(r, "parent", &inode->dir.parent, err));
	CC_TRY(cc_read_u32le(r, "number of entries", &count, err));
	for (uint32_t i = 0; i < count; i++) {
		CC_TRY(read_entry(r, &names, &name, err));
		if (cc_vol_entry_find(v, inode->attr.ino, name) != NULL)
			return cc_fail(err, CC_E_TAMPERED, "a name comes twice");
		CC_TRY(cc_vol_entry_add(v, inode, name, &names, err));
	}
	return 0;
}

static int read_extent(struct cc_reader *r, struct cc_volume *v, struct cc_vol_inode *inode,
		       uint64_t *least, struct cc_err *err)
{
	struct cc_vol_extent read = { 0 };
	struct cc_vol_extent *extent = NULL;
	uint32_t index = 0;

	CC_TRY(cc_read_u32le(r, "index of an extent", &index, err));
	CC_TRY(cc_vol_ptr_read(r, &read.ptr, err));
	if (v->hashed)
		CC_TRY(cc_read_copy(r, "hash of an extent", CC_MUT(read.hash.b), err));
	if (index < *least || index >= cc_vol_chunks(inode->attr.size) ||
	    read.ptr.len > inode->attr.size - index * CC_VOLUME_EXTENT)
		return cc_fail(err, CC_E_TAMPERED, "extent '%u' is out of order or of the file",
			       index);
	if (cc_vol_epoch_find(v, read.ptr.slot) == NULL)
		return cc_fail(err, CC_E_TAMPERED, "an extent of an epoch that is not listed");
	CC_TRY(cc_vol_extent_make(inode, index, &extent, err));
	cc_vol_ref(v, &read.ptr);
	*extent = read;
	*least = (uint64_t)index + 1;
	return 0;
}

static int read_file(struct cc_reader *r, struct cc_volume *v, struct cc_vol_inode *inode,
		     struct cc_err *err)
{
	uint64_t least = 0;
	uint32_t count = 0;

	CC_TRY(cc_read_u32le(r, "number of extents", &count, err));
	for (uint32_t i = 0; i < count; i++)
		CC_TRY(read_extent(r, v, inode, &least, err));
	return 0;
}

static int read_target(struct cc_reader *r, struct cc_vol_inode *inode, struct cc_err *err)
{
	struct cc_span target = { 0 };

	CC_TRY(read_bytes(r, "target", CC_VOLUME_LINK_MAX, &target, err));
	if (target.len == 0 || target.len != inode->attr.size ||
	    memchr(target.at, '\0', target.len) != NULL)
		return cc_fail(err, CC_E_TAMPERED, "a symbolic link has a target of %zu bytes",
			       target.len);
	inode->target.at = malloc(target.len);
	if (inode->target.at == NULL)
		return cc_fail_sys(err, ENOMEM, "read a symbolic link");
	memcpy(inode->target.at, target.at, target.len);
	inode->target.len = target.len;
	return 0;
}

static int read_inode(struct cc_reader *r, struct cc_volume *v, const struct cc_volume_attr *attr,
		      struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	uint64_t size = attr->size;

	CC_TRY(cc_vol_inode_add(v, attr->ino, &inode, err));
	inode->attr = *attr;
	/* Only what `bytes` counts has a size: an inode half read may be dropped. */
	inode->attr.size = cc_vol_is(inode, S_IFREG) ? 0 : size;
	CC_TRY(read_xattrs(r, inode, err));
	if (cc_vol_is(inode, S_IFDIR))
		return read_dir(r, v, inode, err);
	if (cc_vol_is(inode, S_IFLNK))
		return read_target(r, inode, err);
	if (!cc_vol_is(inode, S_IFREG))
		return 0;
	inode->attr.size = size;
	v->bytes += size;
	return read_file(r, v, inode, err);
}

int cc_vol_group_parse(struct cc_volume *v, struct cc_vol_group *group, struct cc_span bytes,
		       struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_volume_attr attr = { 0 };
	uint64_t least = 0;

	while (r.rest.len > 0) {
		CC_TRY(read_attr(&r, &attr, err));
		CC_TRY(check_attr(&attr, least, err));
		least = attr.ino + 1;
		attr.ino += group->number * CC_VOL_GROUP_INODES;
		CC_TRY(read_inode(&r, v, &attr, err));
	}
	return 0;
}

/* Count each name at the inode that it leads to, in `holds`, which nobody uses yet. */
static int count_names(struct cc_volume *v, const struct cc_vol_inode *dir, struct cc_err *err)
{
	for (size_t i = 0; i < dir->dir.count; i++) {
		const struct cc_vol_entry *entry = dir->dir.places[i].entry;
		struct cc_vol_inode *inode = cc_vol_inode_find(v, entry->ino);

		if (inode == NULL || !cc_vol_is(inode, entry->mode))
			return cc_fail(err, CC_E_TAMPERED, "a name leads nowhere");
		if (cc_vol_is(inode, S_IFDIR) && inode->dir.parent != dir->attr.ino)
			return cc_fail(err, CC_E_TAMPERED, "a directory has another parent");
		inode->holds++;
	}
	return 0;
}

static uint64_t subdirs(const struct cc_vol_inode *dir)
{
	uint64_t count = 0;

	for (size_t i = 0; i < dir->dir.count; i++)
		count += dir->dir.places[i].entry->mode == S_IFDIR;
	return count;
}

static int check_links(const struct cc_vol_inode *inode, struct cc_err *err)
{
	bool is_dir = cc_vol_is(inode, S_IFDIR);
	uint64_t names = inode->attr.ino == CC_VOLUME_ROOT_INO ? 0 : 1;

	if (is_dir && inode->holds == names && inode->attr.links == 2 + subdirs(inode))
		return 0;
	if (!is_dir && inode->holds == inode->attr.links)
		return 0;
	return cc_fail(err, CC_E_TAMPERED, "inode '%llu' has %llu names and says %u",
		       (unsigned long long)inode->attr.ino, (unsigned long long)inode->holds,
		       inode->attr.links);
}

/* Directories that can be reached from the root. With one name each, there is no cycle then. */
static int reach(const struct cc_volume *v, uint64_t total, uint64_t *reached, struct cc_err *err)
{
	CC_AUTO_FREE const struct cc_vol_inode **stack = NULL;
	size_t depth = 0;

	stack = calloc((size_t)total + 1, sizeof(const struct cc_vol_inode *));
	if (stack == NULL)
		return cc_fail_sys(err, ENOMEM, "check the tree");
	stack[depth++] = cc_vol_inode_find(v, CC_VOLUME_ROOT_INO);
	for (*reached = 0; depth > 0; (*reached)++) {
		const struct cc_vol_inode *dir = stack[--depth];

		for (size_t i = 0; i < dir->dir.count; i++)
			if (dir->dir.places[i].entry->mode == S_IFDIR)
				stack[depth++] =
					cc_vol_inode_find(v, dir->dir.places[i].entry->ino);
	}
	return 0;
}

typedef int inode_fn(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t *dirs,
		     struct cc_err *err);

static int for_each_inode(struct cc_volume *v, inode_fn *fn, uint64_t *dirs, struct cc_err *err)
{
	for (size_t g = 0; g < v->group_count; g++)
		for (size_t i = 0; i < CC_VOL_GROUP_INODES; i++)
			if (v->groups[g]->inodes[i] != NULL)
				CC_TRY(fn(v, v->groups[g]->inodes[i], dirs, err));
	return 0;
}

static int check_names(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t *dirs,
		       struct cc_err *err)
{
	if (inode->attr.ino == 0 || inode->attr.ino >= v->next_ino)
		return cc_fail(err, CC_E_TAMPERED, "inode '%llu' was never given out",
			       (unsigned long long)inode->attr.ino);
	if (!cc_vol_is(inode, S_IFDIR))
		return 0;
	(*dirs)++;
	return count_names(v, inode, err);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the visitors have one type */
static int check_inode(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t *dirs,
		       struct cc_err *err)
{
	(void)v;
	(void)dirs;
	CC_TRY(check_links(inode, err));
	inode->holds = 0;
	return 0;
}

int cc_vol_tree_check(struct cc_volume *v, struct cc_err *err)
{
	const struct cc_vol_inode *root = cc_vol_inode_find(v, CC_VOLUME_ROOT_INO);
	uint64_t dirs = 0;
	uint64_t reached = 0;

	if (root == NULL || !cc_vol_is(root, S_IFDIR))
		return cc_fail(err, CC_E_TAMPERED, "the volume has no root directory");
	CC_TRY(for_each_inode(v, check_names, &dirs, err));
	CC_TRY(for_each_inode(v, check_inode, &dirs, err));
	CC_TRY(reach(v, dirs, &reached, err));
	if (reached != dirs)
		return cc_fail(err, CC_E_TAMPERED, "%llu directories cannot be reached",
			       (unsigned long long)(dirs - reached));
	return 0;
}
