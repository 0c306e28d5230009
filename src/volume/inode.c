/* SPDX-License-Identifier: Apache-2.0 */
/* Inodes in use, beside the tree that their items are in. */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

static struct cc_vol_inodes *list_of(struct cc_volume *v, const struct cc_vol_inode *inode)
{
	return inode->dirty ? &v->dirty_inodes : &v->clean_inodes;
}

static void list_add(struct cc_vol_inodes *list, struct cc_vol_inode *inode)
{
	inode->older = list->newest;
	inode->newer = NULL;
	if (list->newest != NULL)
		list->newest->newer = inode;
	else
		list->oldest = inode;
	list->newest = inode;
	list->count++;
}

static void list_remove(struct cc_vol_inodes *list, struct cc_vol_inode *inode)
{
	if (inode->older != NULL)
		inode->older->newer = inode->newer;
	else
		list->oldest = inode->newer;
	if (inode->newer != NULL)
		inode->newer->older = inode->older;
	else
		list->newest = inode->older;
	list->count--;
}

static struct cc_vol_inode **bucket(const struct cc_volume *v, uint64_t ino)
{
	return &v->inode_buckets[ino & (v->inode_bucket_count - 1)];
}

static struct cc_vol_inode *cached(const struct cc_volume *v, uint64_t ino)
{
	struct cc_vol_inode *inode = v->inode_bucket_count == 0 ? NULL : *bucket(v, ino);

	while (inode != NULL && inode->attr.ino != ino)
		inode = inode->next;
	return inode;
}

static int buckets_grow(struct cc_volume *v, struct cc_err *err)
{
	struct cc_vol_inode **old = v->inode_buckets;
	size_t old_count = v->inode_bucket_count;
	size_t count = old_count == 0 ? 64 : old_count * 2;
	struct cc_vol_inode **grown = calloc(count, sizeof(struct cc_vol_inode *));

	if (grown == NULL)
		return cc_fail_sys(err, ENOMEM, "hold an inode");
	v->inode_buckets = grown;
	v->inode_bucket_count = count;
	for (size_t i = 0; i < old_count; i++) {
		while (old[i] != NULL) {
			struct cc_vol_inode *inode = old[i];
			struct cc_vol_inode **to = bucket(v, inode->attr.ino);

			old[i] = inode->next;
			inode->next = *to;
			*to = inode;
		}
	}
	free(old);
	return 0;
}

/* A clean one with this number in the table. */
static int inode_make(struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out,
		      struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	struct cc_vol_inode **to = NULL;

	if (v->inode_cached >= v->inode_bucket_count)
		CC_TRY(buckets_grow(v, err));
	inode = calloc(1, sizeof(*inode));
	if (inode == NULL)
		return cc_fail_sys(err, ENOMEM, "hold an inode");
	inode->attr.ino = ino;
	to = bucket(v, ino);
	inode->next = *to;
	*to = inode;
	v->inode_cached++;
	list_add(&v->clean_inodes, inode);
	*out = inode;
	return 0;
}

/* Out of memory; its item stays as it is. */
static void inode_free(struct cc_volume *v, struct cc_vol_inode *inode)
{
	struct cc_vol_inode **link = bucket(v, inode->attr.ino);

	while (*link != inode)
		link = &(*link)->next;
	*link = inode->next;
	v->inode_cached--;
	list_remove(list_of(v, inode), inode);
	while (inode->pages != NULL)
		cc_vol_page_drop(v, inode->pages);
	free(inode->target.at);
	free(inode);
}

static struct cc_vol_key inode_key(uint64_t ino)
{
	return (struct cc_vol_key){ .object = ino, .kind = CC_VOL_INODE };
}

static int target_set(struct cc_vol_inode *inode, struct cc_span target, struct cc_err *err)
{
	if (target.len == 0)
		return 0;
	inode->target.at = malloc(target.len);
	if (inode->target.at == NULL)
		return cc_fail_sys(err, ENOMEM, "hold a symbolic link");
	memcpy(inode->target.at, target.at, target.len);
	inode->target.len = target.len;
	return 0;
}

static int inode_load(struct cc_volume *v, uint64_t ino, struct cc_span value,
		      struct cc_vol_inode **out, struct cc_err *err)
{
	struct cc_vol_inode_item item = { 0 };
	struct cc_vol_inode *inode = NULL;

	if (cc_vol_inode_parse(value, &item, err) != 0)
		return cc_vol_malformed(err, "read an inode");
	CC_TRY(inode_make(v, ino, &inode, err));
	item.attr.ino = ino;
	inode->attr = item.attr;
	inode->stored = item.stored;
	inode->parent = item.parent;
	inode->entries = item.entries;
	inode->in_tree = true;
	if (target_set(inode, item.target, err) != 0) {
		inode_free(v, inode);
		return -1;
	}
	*out = inode;
	return 0;
}

int cc_vol_inode_get(struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out,
		     struct cc_err *err)
{
	const struct cc_vol_key key = inode_key(ino);
	struct cc_vol_inode *inode = cached(v, ino);
	struct cc_span value = { 0 };
	bool found = false;

	if (inode != NULL) {
		list_remove(list_of(v, inode), inode);
		list_add(list_of(v, inode), inode);
		*out = inode;
		return 0;
	}
	CC_TRY(cc_vol_tree_find(v, &key, &value, &found, err));
	if (!found)
		return cc_vol_fail(err, CC_E_NOTFOUND, ENOENT, "there is no inode '%llu'",
				   (unsigned long long)ino);
	return inode_load(v, ino, value, out, err);
}

int cc_vol_dir_get(struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	if (!cc_vol_is(inode, S_IFDIR))
		return cc_vol_fail(err, CC_E_ARG, ENOTDIR, "inode '%llu' is no directory",
				   (unsigned long long)ino);
	*out = inode;
	return 0;
}

int cc_vol_inode_new(struct cc_volume *v, struct cc_vol_inode **out, struct cc_err *err)
{
	if (v->inode_count >= CC_VOLUME_INODES_MAX)
		return cc_vol_fail(err, CC_E_TOOBIG, ENOSPC, "a volume has at most %u inodes",
				   CC_VOLUME_INODES_MAX);
	CC_TRY(inode_make(v, v->next_ino, out, err));
	v->next_ino++;
	v->inode_count++;
	cc_vol_touch(v, *out);
	return 0;
}

void cc_vol_touch(struct cc_volume *v, struct cc_vol_inode *inode)
{
	v->dirty = true;
	if (inode->dirty)
		return;
	list_remove(&v->clean_inodes, inode);
	inode->dirty = true;
	list_add(&v->dirty_inodes, inode);
}

/* All items of one kind that an inode has. */
static int items_remove(struct cc_volume *v, uint64_t ino, uint8_t kind, struct cc_err *err)
{
	for (;;) {
		struct cc_vol_key key = { .object = ino, .kind = kind };
		struct cc_span value = { 0 };
		bool found = false;

		CC_TRY(cc_vol_tree_next(v, &key, &value, &found, err));
		if (!found || key.object != ino || key.kind != kind)
			return 0;
		CC_TRY(cc_vol_tree_remove(v, &key, err));
	}
}

/* The inode and all that it has. */
static int inode_remove(struct cc_volume *v, struct cc_vol_inode *inode, struct cc_err *err)
{
	const uint64_t ino = inode->attr.ino;
	const struct cc_vol_key key = inode_key(ino);
	const struct cc_vol_key orphan = { .kind = CC_VOL_ORPHAN, .offset = ino };

	v->dirty = true;
	if (cc_vol_is(inode, S_IFREG))
		CC_TRY(cc_vol_file_clear(v, inode, err));
	CC_TRY(items_remove(v, ino, CC_VOL_XATTR, err));
	CC_TRY(cc_vol_tree_remove(v, &orphan, err));
	if (inode->in_tree)
		CC_TRY(cc_vol_tree_remove(v, &key, err));
	inode_free(v, inode);
	return 0;
}

int cc_vol_inode_settle(struct cc_volume *v, struct cc_vol_inode *inode, struct cc_err *err)
{
	const struct cc_vol_key orphan = { .kind = CC_VOL_ORPHAN, .offset = inode->attr.ino };

	cc_vol_touch(v, inode);
	if (inode->attr.links > 0)
		return 0;
	v->inode_count--;
	if (cc_vol_map_get(&v->holds, inode->attr.ino) == 0)
		return inode_remove(v, inode, err);
	/* After a crash nobody holds it any more: then it is found here. */
	return cc_vol_tree_put(v, &orphan, cc_span("", 0), err);
}

int cc_vol_orphans_remove(struct cc_volume *v, struct cc_err *err)
{
	for (;;) {
		struct cc_vol_key key = { .kind = CC_VOL_ORPHAN };
		struct cc_vol_inode *inode = NULL;
		struct cc_span value = { 0 };
		bool found = false;

		CC_TRY(cc_vol_tree_next(v, &key, &value, &found, err));
		if (!found || key.kind != CC_VOL_ORPHAN)
			return 0;
		CC_TRY(cc_vol_inode_get(v, key.offset, &inode, err));
		if (inode->attr.links > 0 || inode->entries > 0)
			return cc_fail(err, CC_E_TAMPERED, "inode '%llu' is no orphan",
				       (unsigned long long)key.offset);
		CC_TRY(inode_remove(v, inode, err));
	}
}

void cc_volume_hold(struct cc_volume *v, uint64_t ino)
{
	struct cc_err ignored = { 0 };

	/* Out of memory: it is held for ever, which is not wrong but uses space. */
	cc_ignore(cc_vol_map_set(&v->holds, ino, cc_vol_map_get(&v->holds, ino) + 1, &ignored));
}

void cc_volume_release(struct cc_volume *v, uint64_t ino)
{
	uint64_t held = cc_vol_map_get(&v->holds, ino);
	struct cc_vol_inode *inode = NULL;
	struct cc_err ignored = { 0 };

	if (held == 0)
		return;
	cc_ignore(cc_vol_map_set(&v->holds, ino, held - 1, &ignored));
	if (held > 1 || !v->writable)
		return;
	inode = cached(v, ino);
	if (inode == NULL && cc_vol_inode_get(v, ino, &inode, &ignored) != 0)
		return;
	if (inode->attr.links == 0 && inode_remove(v, inode, &ignored) != 0)
		v->failed = true;
}

static int inode_flush(struct cc_volume *v, struct cc_vol_inode *inode, struct cc_err *err)
{
	const struct cc_vol_key key = inode_key(inode->attr.ino);
	const struct cc_vol_inode_item item = {
		.attr = inode->attr,
		.stored = inode->stored,
		.parent = inode->parent,
		.entries = inode->entries,
		.target = cc_span(inode->target.at, inode->target.len),
	};

	cc_buf_reset(&v->item);
	CC_TRY(cc_vol_inode_add(&v->item, &item, err));
	CC_TRY(cc_vol_tree_put(v, &key, cc_buf_span(&v->item), err));
	list_remove(&v->dirty_inodes, inode);
	inode->dirty = false;
	inode->in_tree = true;
	list_add(&v->clean_inodes, inode);
	return 0;
}

int cc_vol_inodes_flush(struct cc_volume *v, struct cc_err *err)
{
	while (v->dirty_inodes.oldest != NULL)
		CC_TRY(inode_flush(v, v->dirty_inodes.oldest, err));
	return 0;
}

void cc_vol_inodes_trim(struct cc_volume *v, size_t most)
{
	struct cc_vol_inode *newer = NULL;

	for (struct cc_vol_inode *inode = v->clean_inodes.oldest;
	     inode != NULL && v->inode_cached > most; inode = newer) {
		newer = inode->newer;
		if (inode->pages == NULL)
			inode_free(v, inode);
	}
}

void cc_vol_inodes_clear(struct cc_volume *v)
{
	while (v->clean_inodes.oldest != NULL)
		inode_free(v, v->clean_inodes.oldest);
	while (v->dirty_inodes.oldest != NULL)
		inode_free(v, v->dirty_inodes.oldest);
	free(v->inode_buckets);
	v->inode_buckets = NULL;
	v->inode_bucket_count = 0;
}
