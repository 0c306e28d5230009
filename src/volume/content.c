/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content digest: what the tree says, whatever key and layout carry it.
 * docs/format/volume.md, "Content digest", has the bytes that are hashed.
 */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

#define LABEL "concordat content 1"
#define PIECE ((size_t)64 * 1024)

enum mark {
	MARK_NEW = 1,  /* an inode follows */
	MARK_AGAIN,    /* a hard link to one that was there before */
	MARK_EXTENT,   /* an extent of the file follows */
	MARK_FILE_END, /* of the extents */
};

/* A directory that is being walked. Its depth is in memory of its own: trees may be deep. */
struct level {
	struct cc_vol_entry **entries;
	size_t count;
	size_t next;
};
struct walk {
	struct cc_volume *v;
	struct cc_hasher *hasher;
	struct cc_buf bytes; /* not hashed yet */
	struct level *levels;
	size_t depth, room;
	uint64_t seen; /* inodes so far */
};

static void walk_clear(struct walk *w)
{
	for (size_t i = 0; i < w->depth; i++)
		free(w->levels[i].entries);
	free(w->levels);
	cc_hasher_free(w->hasher);
	cc_buf_clear(&w->bytes);
}

static int walk_hash(struct walk *w, size_t most, struct cc_err *err)
{
	if (w->bytes.len <= most)
		return 0;
	CC_TRY(cc_hasher_add(w->hasher, cc_buf_span(&w->bytes), err));
	w->bytes.len = 0;
	return 0;
}

static int push(struct walk *w, const struct cc_vol_inode *dir, struct cc_err *err)
{
	if (w->depth == w->room) {
		size_t room = w->room == 0 ? 16 : w->room * 2;
		struct level *levels = realloc(w->levels, room * sizeof(*levels));

		if (levels == NULL)
			return cc_fail_sys(err, ENOMEM, "walk the tree");
		w->levels = levels;
		w->room = room;
	}
	w->levels[w->depth] = (struct level){ .count = dir->dir.live };
	CC_TRY(cc_vol_entries_sorted(dir, &w->levels[w->depth].entries, err));
	w->depth++;
	return cc_buf_add_u32le(&w->bytes, (uint32_t)dir->dir.live, err);
}

static int add_file(struct walk *w, struct cc_vol_inode *inode, struct cc_err *err)
{
	struct cc_digest hash = { 0 };

	CC_TRY(cc_buf_add_u64le(&w->bytes, inode->attr.size, err));
	for (uint64_t i = 0; cc_vol_extent_next(inode, &i) != NULL; i++) {
		CC_TRY(cc_vol_extent_hash(w->v, inode, i, &hash, err));
		if (cc_digest_is_zero(&hash))
			continue;
		CC_TRY(cc_buf_add_u8(&w->bytes, MARK_EXTENT, err));
		CC_TRY(cc_buf_add_u32le(&w->bytes, (uint32_t)i, err));
		CC_TRY(cc_buf_add(&w->bytes, CC_DIGEST_SPAN(hash), err));
		CC_TRY(walk_hash(w, PIECE, err));
	}
	return cc_buf_add_u8(&w->bytes, MARK_FILE_END, err);
}

static int add_attr(struct walk *w, const struct cc_vol_inode *inode, struct cc_err *err)
{
	const struct cc_volume_attr *a = &inode->attr;

	CC_TRY(cc_buf_add_u32le(&w->bytes, a->mode, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, a->uid, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, a->gid, err));
	CC_TRY(cc_buf_add_u64le(&w->bytes, (uint64_t)a->modified.sec, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, a->modified.nsec, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, a->rdev_major, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, a->rdev_minor, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, (uint32_t)inode->xattr_count, err));
	for (size_t i = 0; i < inode->xattr_count; i++) {
		const struct cc_vol_xattr *x = &inode->xattrs[i];

		CC_TRY(cc_buf_add_sized(&w->bytes, cc_span(x->name.at, x->name.len), err));
		CC_TRY(cc_buf_add_sized(&w->bytes, cc_span(x->value.at, x->value.len), err));
	}
	return 0;
}

static int add_inode(struct walk *w, struct cc_vol_inode *inode, struct cc_err *err)
{
	if (!cc_vol_is(inode, S_IFDIR) && inode->seen != 0) {
		CC_TRY(cc_buf_add_u8(&w->bytes, MARK_AGAIN, err));
		return cc_buf_add_u64le(&w->bytes, inode->seen, err);
	}
	inode->seen = ++w->seen;
	CC_TRY(cc_buf_add_u8(&w->bytes, MARK_NEW, err));
	CC_TRY(add_attr(w, inode, err));
	if (cc_vol_is(inode, S_IFDIR))
		return push(w, inode, err);
	if (cc_vol_is(inode, S_IFREG))
		return add_file(w, inode, err);
	if (cc_vol_is(inode, S_IFLNK))
		return cc_buf_add_sized(&w->bytes, cc_span(inode->target.at, inode->target.len),
					err);
	return 0;
}

static int add_entry(struct walk *w, const struct cc_vol_entry *entry, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_inode_get(w->v, entry->ino, &inode, err));
	CC_TRY(cc_buf_add_sized(&w->bytes, cc_span(entry->name, entry->len), err));
	CC_TRY(add_inode(w, inode, err));
	return walk_hash(w, PIECE, err);
}

static int walk_tree(struct walk *w, struct cc_err *err)
{
	struct cc_vol_inode *root = NULL;

	CC_TRY(cc_vol_inode_get(w->v, CC_VOLUME_ROOT_INO, &root, err));
	CC_TRY(add_inode(w, root, err));
	while (w->depth > 0) {
		struct level *level = &w->levels[w->depth - 1];

		if (level->next < level->count) {
			CC_TRY(add_entry(w, level->entries[level->next++], err));
			continue;
		}
		free(level->entries);
		w->depth--;
	}
	return 0;
}

static void forget_seen(struct cc_volume *v)
{
	for (size_t g = 0; g < v->group_count; g++)
		for (size_t i = 0; i < CC_VOL_GROUP_INODES; i++)
			if (v->groups[g]->inodes[i] != NULL)
				v->groups[g]->inodes[i]->seen = 0;
}

int cc_volume_content(struct cc_volume *v, struct cc_digest *out, struct cc_err *err)
{
	CC_CLEANUP(walk_clear) struct walk w = { .v = v };

	forget_seen(v);
	CC_TRY(cc_hasher_new(&w.hasher, err));
	CC_TRY(cc_buf_add(&w.bytes, CC_SPAN(LABEL), err));
	CC_TRY(walk_tree(&w, err));
	CC_TRY(walk_hash(&w, 0, err));
	return cc_hasher_done(w.hasher, out, err);
}

int cc_volume_check_reads(struct cc_volume *v, struct cc_err *err)
{
	if (!v->hashed)
		return cc_fail(err, CC_E_BUG, "there are no hashes to hold reads to");
	v->check = true;
	return 0;
}

int cc_volume_salted(const struct cc_digest *content, struct cc_span salt, struct cc_digest *out,
		     struct cc_err *err)
{
	const struct cc_span parts[] = { salt, CC_DIGEST_SPAN(*content) };

	return cc_sha256v(parts, CC_COUNT(parts), out, err);
}

static int hash_file(struct cc_volume *v, struct cc_vol_inode *inode, struct cc_err *err)
{
	struct cc_vol_extent *extent = NULL;
	struct cc_digest hash = { 0 };

	for (uint64_t i = 0; (extent = cc_vol_extent_next(inode, &i)) != NULL; i++) {
		CC_TRY(cc_vol_extent_hash(v, inode, i, &hash, err));
		extent->hash = hash;
	}
	if (v->writable)
		cc_vol_touch(v, inode);
	return 0;
}

int cc_vol_hash_all(struct cc_volume *v, struct cc_err *err)
{
	for (size_t g = 0; g < v->group_count; g++) {
		for (size_t i = 0; i < CC_VOL_GROUP_INODES; i++) {
			struct cc_vol_inode *inode = v->groups[g]->inodes[i];

			if (inode != NULL && cc_vol_is(inode, S_IFREG))
				CC_TRY(hash_file(v, inode, err));
		}
	}
	v->hashed = true;
	return 0;
}
