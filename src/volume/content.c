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
	struct cc_vol_listing listing;
	size_t next;
};
struct walk {
	struct cc_volume *v;
	struct cc_hasher *hasher;
	struct cc_buf bytes; /* not hashed yet */
	struct level *levels;
	size_t depth, room;
	uint64_t seen;           /* inodes so far */
	struct cc_vol_map again; /* of files with several names: their number */
	uint8_t *window;
};

static void walk_clear(struct walk *w)
{
	for (size_t i = 0; i < w->depth; i++)
		cc_vol_listing_clear(&w->levels[i].listing);
	free(w->levels);
	free(w->window);
	cc_vol_map_clear(&w->again);
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

static int push(struct walk *w, uint64_t dir, struct cc_err *err)
{
	struct level *level = NULL;

	/* A tree that a key holder made may lead in a circle. */
	if (w->depth > w->v->inode_count)
		return cc_vol_fail(err, CC_E_TAMPERED, EIO, "directories are their own ancestors");
	if (w->depth == w->room) {
		size_t room = w->room == 0 ? 16 : w->room * 2;
		struct level *levels = realloc(w->levels, room * sizeof(*levels));

		if (levels == NULL)
			return cc_fail_sys(err, ENOMEM, "walk the tree");
		w->levels = levels;
		w->room = room;
	}
	level = &w->levels[w->depth++];
	*level = (struct level){ .next = 0 };
	CC_TRY(cc_vol_listing_make(w->v, dir, &level->listing, err));
	return cc_buf_add_u32le(&w->bytes, (uint32_t)level->listing.count, err);
}

/* The hash that is kept, or that of the content as it is now. */
static int window_hash(struct walk *w, struct cc_vol_inode *inode, uint64_t index,
		       struct cc_digest *out, struct cc_err *err)
{
	const struct cc_vol_place of = { inode->attr.ino, index };
	const struct cc_vol_page *page = cc_vol_page_find(w->v, inode, index);
	const struct cc_mut all = { w->window, CC_VOLUME_EXTENT };
	struct cc_vol_window window;

	CC_TRY(cc_vol_window_load(w->v, &of, &window, err));
	if (window.hashed && (page == NULL || page->dirty == 0)) {
		*out = window.hash;
		return 0;
	}
	CC_TRY(cc_vol_page_read(w->v, inode, index, 0, all, err));
	return cc_vol_window_hash(cc_span(all.at, all.len), out, err);
}

static int add_file(struct walk *w, struct cc_vol_inode *inode, struct cc_err *err)
{
	struct cc_digest hash = { 0 };
	bool found = true;

	CC_TRY(cc_buf_add_u64le(&w->bytes, inode->attr.size, err));
	for (uint64_t i = 0; found; i++) {
		CC_TRY(cc_vol_window_next(w->v, inode, &i, &found, err));
		if (!found)
			break;
		CC_TRY(window_hash(w, inode, i, &hash, err));
		if (cc_digest_is_zero(&hash))
			continue;
		CC_TRY(cc_buf_add_u8(&w->bytes, MARK_EXTENT, err));
		CC_TRY(cc_buf_add_u32le(&w->bytes, (uint32_t)i, err));
		CC_TRY(cc_buf_add(&w->bytes, CC_DIGEST_SPAN(hash), err));
		CC_TRY(walk_hash(w, PIECE, err));
	}
	return cc_buf_add_u8(&w->bytes, MARK_FILE_END, err);
}

/* The extended attributes of an inode, by name. */
struct xattrs {
	struct cc_vol_xattr_item *at;
	size_t count;
	struct cc_buf bytes;
};

static void xattrs_clear(struct xattrs *x)
{
	free(x->at);
	cc_buf_clear(&x->bytes);
}

static int xattr_order(const void *a, const void *b)
{
	const struct cc_span one = ((const struct cc_vol_xattr_item *)a)->name;
	const struct cc_span two = ((const struct cc_vol_xattr_item *)b)->name;
	int order = memcmp(one.at, two.at, one.len < two.len ? one.len : two.len);

	return order != 0 ? order : (one.len > two.len) - (one.len < two.len);
}

static int xattrs_load(struct cc_volume *v, uint64_t ino, struct xattrs *x, struct cc_err *err)
{
	struct cc_vol_xattr_item item = { { 0 }, { 0 } };
	size_t at = 0;
	bool found = true;

	for (uint64_t offset = 0; found; offset++) {
		struct cc_vol_xattr_item *grown = NULL;

		CC_TRY(cc_vol_xattr_next(v, ino, &offset, &item, &found, err));
		if (!found)
			break;
		grown = realloc(x->at, (x->count + 1) * sizeof(*grown));
		if (grown == NULL)
			return cc_fail_sys(err, ENOMEM, "sort extended attributes");
		x->at = grown;
		x->at[x->count++] = item;
		CC_TRY(cc_buf_add(&x->bytes, item.name, err));
		CC_TRY(cc_buf_add(&x->bytes, item.value, err));
	}
	for (size_t i = 0; i < x->count; i++) {
		x->at[i].name.at = x->bytes.at + at;
		x->at[i].value.at = x->bytes.at + at + x->at[i].name.len;
		at += x->at[i].name.len + x->at[i].value.len;
	}
	if (x->count > 0)
		qsort(x->at, x->count, sizeof(x->at[0]), xattr_order);
	return 0;
}

static int add_attr(struct walk *w, const struct cc_vol_inode *inode, struct cc_err *err)
{
	CC_CLEANUP(xattrs_clear) struct xattrs xattrs = { .at = NULL };
	const struct cc_volume_attr *a = &inode->attr;

	CC_TRY(cc_buf_add_u32le(&w->bytes, a->mode, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, a->uid, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, a->gid, err));
	CC_TRY(cc_buf_add_u64le(&w->bytes, (uint64_t)a->modified.sec, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, a->modified.nsec, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, a->rdev_major, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, a->rdev_minor, err));
	CC_TRY(xattrs_load(w->v, a->ino, &xattrs, err));
	CC_TRY(cc_buf_add_u32le(&w->bytes, (uint32_t)xattrs.count, err));
	for (size_t i = 0; i < xattrs.count; i++) {
		CC_TRY(cc_buf_add_sized(&w->bytes, xattrs.at[i].name, err));
		CC_TRY(cc_buf_add_sized(&w->bytes, xattrs.at[i].value, err));
	}
	return 0;
}

/* A file with several names is told once; -1 and no failure do not exist: *done says it was. */
static int add_again(struct walk *w, const struct cc_vol_inode *inode, bool *done,
		     struct cc_err *err)
{
	uint64_t first = cc_vol_map_get(&w->again, inode->attr.ino);

	*done = first != 0;
	if (*done) {
		CC_TRY(cc_buf_add_u8(&w->bytes, MARK_AGAIN, err));
		return cc_buf_add_u64le(&w->bytes, first, err);
	}
	w->seen++;
	if (cc_vol_is(inode, S_IFDIR) || inode->attr.links < 2)
		return 0;
	return cc_vol_map_set(&w->again, inode->attr.ino, w->seen, err);
}

static int add_inode(struct walk *w, uint64_t ino, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	bool done = false;

	CC_TRY(cc_vol_trim(w->v, err));
	CC_TRY(cc_vol_inode_get(w->v, ino, &inode, err));
	CC_TRY(add_again(w, inode, &done, err));
	if (done)
		return 0;
	CC_TRY(cc_buf_add_u8(&w->bytes, MARK_NEW, err));
	CC_TRY(add_attr(w, inode, err));
	if (cc_vol_is(inode, S_IFDIR))
		return push(w, ino, err);
	if (cc_vol_is(inode, S_IFREG))
		return add_file(w, inode, err);
	if (cc_vol_is(inode, S_IFLNK))
		return cc_buf_add_sized(&w->bytes, cc_span(inode->target.at, inode->target.len),
					err);
	return 0;
}

static int walk_tree(struct walk *w, struct cc_err *err)
{
	CC_TRY(add_inode(w, CC_VOLUME_ROOT_INO, err));
	while (w->depth > 0) {
		struct level *level = &w->levels[w->depth - 1];
		const struct cc_volume_entry *entry = &level->listing.entries[level->next];

		if (level->next == level->listing.count) {
			cc_vol_listing_clear(&level->listing);
			w->depth--;
			continue;
		}
		level->next++;
		CC_TRY(cc_buf_add_sized(&w->bytes, entry->name, err));
		CC_TRY(add_inode(w, entry->ino, err));
		CC_TRY(walk_hash(w, PIECE, err));
	}
	return 0;
}

int cc_volume_content(struct cc_volume *v, struct cc_digest *out, struct cc_err *err)
{
	CC_CLEANUP(walk_clear) struct walk w = { .v = v };

	w.window = malloc(CC_VOLUME_EXTENT);
	if (w.window == NULL)
		return cc_fail_sys(err, ENOMEM, "walk the tree");
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

/* One window's hash beside its runs. On a volume open for reading this stays in memory. */
static int window_hashed(struct cc_volume *v, const struct cc_vol_key *key, struct cc_err *err)
{
	const struct cc_vol_place of = { key->object, key->offset };
	const struct cc_mut all = { v->window, CC_VOLUME_EXTENT };
	struct cc_vol_window w;

	CC_TRY(cc_vol_window_load(v, &of, &w, err));
	if (w.hashed)
		return 0;
	CC_TRY(cc_vol_window_read(v, &of, 0, all, err));
	CC_TRY(cc_vol_window_hash(cc_span(all.at, all.len), &w.hash, err));
	w.hashed = true;
	cc_buf_reset(&v->item);
	CC_TRY(cc_vol_window_add(&v->item, &w, err));
	return cc_vol_tree_put(v, key, cc_buf_span(&v->item), err);
}

int cc_vol_hash_all(struct cc_volume *v, struct cc_err *err)
{
	struct cc_vol_key key = { 0 };
	struct cc_span value = { 0 };
	bool found = true;

	while (found) {
		CC_TRY(cc_vol_trim(v, err));
		CC_TRY(cc_vol_tree_next(v, &key, &value, &found, err));
		if (found && key.kind == CC_VOL_WINDOW)
			CC_TRY(window_hashed(v, &key, err));
		key.offset++;
	}
	v->hashed = true;
	v->dirty = v->dirty || v->writable;
	return 0;
}
