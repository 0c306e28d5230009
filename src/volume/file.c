/* SPDX-License-Identifier: Apache-2.0 */
/* Files: extents, and the pages that hold their plaintext. */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

static void list_add(struct cc_vol_pages *list, struct cc_vol_page *page)
{
	page->older = list->newest;
	page->newer = NULL;
	if (list->newest != NULL)
		list->newest->newer = page;
	else
		list->oldest = page;
	list->newest = page;
	list->bytes += page->room;
}

static void list_remove(struct cc_vol_pages *list, struct cc_vol_page *page)
{
	if (page->older != NULL)
		page->older->newer = page->newer;
	else
		list->oldest = page->newer;
	if (page->newer != NULL)
		page->newer->older = page->older;
	else
		list->newest = page->older;
	page->older = page->newer = NULL;
	list->bytes -= page->room;
}

static struct cc_vol_pages *list_of(struct cc_volume *v, const struct cc_vol_page *page)
{
	return page->dirty ? &v->dirty_pages : &v->clean_pages;
}

static void page_drop(struct cc_volume *v, struct cc_vol_extent *extent)
{
	struct cc_vol_page *page = extent->page;

	if (page == NULL)
		return;
	list_remove(list_of(v, page), page);
	free(page->at);
	free(page);
	extent->page = NULL;
}

static void cache_bound(struct cc_volume *v, const struct cc_vol_page *keep)
{
	while (v->clean_pages.bytes > CC_VOLUME_CACHE_MAX && v->clean_pages.oldest != keep) {
		struct cc_vol_page *page = v->clean_pages.oldest;

		page_drop(v, cc_vol_extent_find(page->inode, page->index));
	}
}

/* Small files get small pages: the room doubles up to a whole extent. */
static int page_room(struct cc_volume *v, struct cc_vol_page *page, size_t len, struct cc_err *err)
{
	struct cc_vol_pages *list = list_of(v, page);
	size_t room = page->room == 0 ? 256 : page->room;
	uint8_t *at = NULL;

	if (len <= page->room)
		return 0;
	while (room < len)
		room *= 2;
	at = realloc(page->at, room);
	if (at == NULL)
		return cc_fail_sys(err, ENOMEM, "hold %zu bytes of a file", room);
	page->at = at;
	list->bytes += room - page->room;
	page->room = (uint32_t)room;
	return 0;
}

struct cc_vol_extent *cc_vol_extent_find(const struct cc_vol_inode *inode, uint64_t index)
{
	uint64_t at = index / CC_VOL_LEAF_EXTENTS;
	uint64_t within = index % CC_VOL_LEAF_EXTENTS;
	struct cc_vol_leaf *leaf = at < inode->file.leaf_count ? inode->file.leaves[at] : NULL;

	return leaf != NULL && within < leaf->room ? &leaf->extents[within] : NULL;
}

static int leaf_table(struct cc_vol_file *file, size_t count, struct cc_err *err)
{
	struct cc_vol_leaf **leaves = NULL;

	if (count <= file->leaf_count)
		return 0;
	leaves = realloc(file->leaves, count * sizeof(struct cc_vol_leaf *));
	if (leaves == NULL)
		return cc_fail_sys(err, ENOMEM, "hold the extents of a file");
	memset(leaves + file->leaf_count, 0,
	       (count - file->leaf_count) * sizeof(struct cc_vol_leaf *));
	file->leaves = leaves;
	file->leaf_count = count;
	return 0;
}

int cc_vol_extent_make(struct cc_vol_inode *inode, uint64_t index, struct cc_vol_extent **out,
		       struct cc_err *err)
{
	size_t at = (size_t)(index / CC_VOL_LEAF_EXTENTS);
	uint32_t within = (uint32_t)(index % CC_VOL_LEAF_EXTENTS);
	uint32_t room = at == 0 ? 1 : CC_VOL_LEAF_EXTENTS;
	uint32_t had = 0;
	struct cc_vol_leaf *leaf = NULL;

	CC_TRY(leaf_table(&inode->file, at + 1, err));
	leaf = inode->file.leaves[at];
	had = leaf == NULL ? 0 : leaf->room;
	while (room <= within)
		room *= 2;
	if (room > had) {
		leaf = realloc(leaf, sizeof(*leaf) + room * sizeof(leaf->extents[0]));
		if (leaf == NULL)
			return cc_fail_sys(err, ENOMEM, "hold the extents of a file");
		memset(leaf->extents + had, 0, (room - had) * sizeof(leaf->extents[0]));
		leaf->room = room;
		inode->file.leaves[at] = leaf;
	}
	*out = &leaf->extents[within];
	return 0;
}

struct cc_vol_extent *cc_vol_extent_next(const struct cc_vol_inode *inode, uint64_t *index)
{
	uint64_t at = *index / CC_VOL_LEAF_EXTENTS;
	uint64_t within = *index % CC_VOL_LEAF_EXTENTS;

	for (; at < inode->file.leaf_count; at++, within = 0) {
		struct cc_vol_leaf *leaf = inode->file.leaves[at];

		for (; leaf != NULL && within < leaf->room; within++) {
			struct cc_vol_extent *extent = &leaf->extents[within];

			if (extent->ptr.len == 0 && extent->page == NULL)
				continue;
			*index = at * CC_VOL_LEAF_EXTENTS + within;
			return extent;
		}
	}
	return NULL;
}

static void extents_clear(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t from)
{
	struct cc_vol_extent *extent = NULL;

	for (; (extent = cc_vol_extent_next(inode, &from)) != NULL; from++) {
		page_drop(v, extent);
		cc_vol_unref(v, &extent->ptr);
		*extent = (struct cc_vol_extent){ 0 };
	}
}

void cc_vol_file_clear(struct cc_volume *v, struct cc_vol_inode *inode)
{
	extents_clear(v, inode, 0);
	for (size_t i = 0; i < inode->file.leaf_count; i++)
		free(inode->file.leaves[i]);
	free(inode->file.leaves);
	inode->file = (struct cc_vol_file){ 0 };
}

static struct cc_vol_what extent_what(const struct cc_vol_inode *inode, uint64_t index)
{
	return (struct cc_vol_what){ .level = CC_VOL_FILE,
				     .object = inode->attr.ino,
				     .index = index };
}

/* Up to the last byte that is not zero: the one form of this content. */
static struct cc_span stripped(struct cc_span plain)
{
	while (plain.len >= 8 && cc_span_is_zero(cc_span(plain.at + plain.len - 8, 8)))
		plain.len -= 8;
	while (plain.len > 0 && plain.at[plain.len - 1] == 0)
		plain.len--;
	return plain;
}

static int hash_of(struct cc_span plain, struct cc_digest *out, struct cc_err *err)
{
	*out = (struct cc_digest){ 0 };
	return plain.len == 0 ? 0 : cc_sha256(plain, out, err);
}

/* Seal `plain` as the extent's content. */
static int extent_seal(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
		       struct cc_span plain, struct cc_err *err)
{
	struct cc_vol_what what = extent_what(inode, index);
	struct cc_vol_extent *extent = NULL;
	struct cc_vol_ptr p = { 0 };
	struct cc_digest hash = { 0 };

	CC_TRY(cc_vol_extent_make(inode, index, &extent, err));
	plain = stripped(plain);
	if (v->hashed)
		CC_TRY(hash_of(plain, &hash, err));
	if (plain.len > 0)
		CC_TRY(cc_vol_seal(v, &what, plain, &p, err));
	cc_vol_unref(v, &extent->ptr);
	extent->ptr = p;
	extent->hash = hash;
	return 0;
}

static int page_seal(struct cc_volume *v, struct cc_vol_page *page, struct cc_err *err)
{
	CC_TRY(extent_seal(v, page->inode, page->index, cc_span(page->at, page->len), err));
	list_remove(&v->dirty_pages, page);
	page->dirty = false;
	list_add(&v->clean_pages, page);
	cache_bound(v, page);
	return 0;
}

int cc_vol_pages_seal(struct cc_volume *v, struct cc_err *err)
{
	struct cc_vol_page *newer = NULL;

	for (struct cc_vol_page *page = v->dirty_pages.oldest; page != NULL; page = newer) {
		newer = page->newer;
		/* What no name leads to is in no commit. */
		if (page->inode->attr.links > 0)
			CC_TRY(page_seal(v, page, err));
	}
	return 0;
}

static int dirty_bound(struct cc_volume *v, struct cc_err *err)
{
	while (v->dirty_pages.bytes > CC_VOLUME_DIRTY_MAX)
		CC_TRY(page_seal(v, v->dirty_pages.oldest, err));
	return 0;
}

/* Read the node of an extent; with hashes to check, what it holds is what was promised. */
static int extent_open(struct cc_volume *v, const struct cc_vol_inode *inode, uint64_t index,
		       uint8_t *out, struct cc_err *err)
{
	const struct cc_vol_extent *extent = cc_vol_extent_find(inode, index);
	struct cc_vol_what what = extent_what(inode, index);
	struct cc_digest hash = { 0 };

	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): a page has its bytes */
	if (cc_vol_unseal(v, &what, &extent->ptr, out, err) != 0)
		return cc_wrap(err, "read extent %llu of inode '%llu'", (unsigned long long)index,
			       (unsigned long long)inode->attr.ino);
	if (!v->check)
		return 0;
	CC_TRY(hash_of(stripped(cc_span(out, extent->ptr.len)), &hash, err));
	if (!cc_digest_eq(&hash, &extent->hash)) {
		cc_wipe(out, extent->ptr.len);
		return cc_vol_fail(err, CC_E_TAMPERED, EIO,
				   "extent %llu of inode '%llu' is not the content agreed on",
				   (unsigned long long)index, (unsigned long long)inode->attr.ino);
	}
	return 0;
}

static int page_fill(struct cc_volume *v, struct cc_vol_page *page,
		     const struct cc_vol_extent *extent, struct cc_err *err)
{
	if (extent->ptr.len == 0)
		return 0;
	CC_TRY(page_room(v, page, extent->ptr.len, err));
	CC_TRY(extent_open(v, page->inode, page->index, page->at, err));
	page->len = extent->ptr.len;
	return 0;
}

/* The page of an extent, read when it is not there yet. */
static int page_get(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
		    struct cc_vol_page **out, struct cc_err *err)
{
	struct cc_vol_extent *extent = NULL;
	struct cc_vol_page *page = NULL;

	CC_TRY(cc_vol_extent_make(inode, index, &extent, err));
	page = extent->page;
	if (page != NULL) {
		list_remove(list_of(v, page), page);
		list_add(list_of(v, page), page);
		*out = page;
		return 0;
	}
	page = calloc(1, sizeof(*page));
	if (page == NULL)
		return cc_fail_sys(err, ENOMEM, "hold an extent");
	page->inode = inode;
	page->index = (uint32_t)index;
	list_add(&v->clean_pages, page);
	extent->page = page;
	if (page_fill(v, page, extent, err) != 0) {
		page_drop(v, extent);
		return -1;
	}
	cache_bound(v, page);
	*out = page;
	return 0;
}

static void page_dirty(struct cc_volume *v, struct cc_vol_page *page)
{
	if (page->dirty)
		return;
	list_remove(&v->clean_pages, page);
	page->dirty = true;
	list_add(&v->dirty_pages, page);
}

/* Part of one extent: `at` counts from its start. */
static int extent_write(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index, size_t at,
			struct cc_span bytes, struct cc_err *err)
{
	struct cc_vol_page *page = NULL;

	if (at == 0 && bytes.len == CC_VOLUME_EXTENT) {
		/* A whole extent comes rarely a second time: no copy of it. */
		CC_TRY(extent_seal(v, inode, index, bytes, err));
		page_drop(v, cc_vol_extent_find(inode, index));
		return 0;
	}
	CC_TRY(page_get(v, inode, index, &page, err));
	CC_TRY(page_room(v, page, at + bytes.len, err));
	page_dirty(v, page);
	if (at > page->len)
		memset(page->at + page->len, 0, at - page->len);
	memcpy(page->at + at, bytes.at, bytes.len);
	if (at + bytes.len > page->len)
		page->len = (uint32_t)(at + bytes.len);
	return dirty_bound(v, err);
}

static int file_get(struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out,
		    struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	if (cc_vol_is(inode, S_IFDIR))
		return cc_vol_fail(err, CC_E_ARG, EISDIR, "inode '%llu' is a directory",
				   (unsigned long long)ino);
	if (!cc_vol_is(inode, S_IFREG))
		return cc_vol_fail(err, CC_E_ARG, EINVAL, "inode '%llu' is no regular file",
				   (unsigned long long)ino);
	*out = inode;
	return 0;
}

static void grow_to(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t size)
{
	if (size <= inode->attr.size)
		return;
	v->bytes += size - inode->attr.size;
	inode->attr.size = size;
}

/* Leave room for a last commit, so that what was accepted can be made durable. */
static int write_fits(const struct cc_volume *v, size_t len, struct cc_err *err)
{
	uint64_t used = v->written + v->append_len + v->dirty_pages.bytes + len;

	if (used < CC_VOL_EPOCH_BYTES - (CC_VOL_EPOCH_BYTES >> 6) &&
	    v->nonces < CC_VOL_EPOCH_NONCES - (CC_VOL_EPOCH_NONCES >> 6))
		return 0;
	cc_err_set(err, CC_E_TOOBIG,
		   "this opening of the volume has written all that its key may protect");
	err->sys = ENOSPC;
	return cc_hint(err, "commit and open the volume again: that starts a new epoch");
}

int cc_volume_write(struct cc_volume *v, uint64_t ino, uint64_t at, struct cc_span bytes,
		    struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(file_get(v, ino, &inode, err));
	if (bytes.len == 0)
		return 0;
	if (at > CC_VOLUME_FILE_MAX || bytes.len > CC_VOLUME_FILE_MAX - at)
		return cc_vol_fail(err, CC_E_TOOBIG, EFBIG, "a file has at most %llu bytes",
				   (unsigned long long)CC_VOLUME_FILE_MAX);
	CC_TRY(write_fits(v, bytes.len, err));
	cc_vol_touch(v, inode);
	if (v->now.sec != 0)
		inode->attr.modified = inode->attr.changed = v->now;
	while (bytes.len > 0) {
		size_t within = (size_t)(at % CC_VOLUME_EXTENT);
		struct cc_span part = cc_span_sub(bytes, 0, CC_VOLUME_EXTENT - within);

		CC_TRY(extent_write(v, inode, at / CC_VOLUME_EXTENT, within, part, err));
		at += part.len;
		grow_to(v, inode, at);
		bytes = cc_span_sub(bytes, part.len, bytes.len);
	}
	return 0;
}

/* out.len bytes of one extent from `at` on, zeroes where it has none. */
static int extent_read(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index, size_t at,
		       struct cc_mut out, struct cc_err *err)
{
	const struct cc_vol_extent *extent = cc_vol_extent_find(inode, index);
	struct cc_vol_page *page = NULL;
	size_t there = 0;

	if (extent == NULL || (extent->page == NULL && extent->ptr.len == 0)) {
		memset(out.at, 0, out.len);
		return 0;
	}
	if (extent->page == NULL && at == 0 && out.len >= extent->ptr.len) {
		/* All of it is wanted: decrypted where it is wanted. */
		CC_TRY(extent_open(v, inode, index, out.at, err));
		memset(out.at + extent->ptr.len, 0, out.len - extent->ptr.len);
		return 0;
	}
	CC_TRY(page_get(v, inode, index, &page, err));
	there = at < page->len ? page->len - at : 0;
	there = there < out.len ? there : out.len;
	if (there > 0)
		memcpy(out.at, page->at + at, there);
	memset(out.at + there, 0, out.len - there);
	return 0;
}

int cc_volume_read(struct cc_volume *v, uint64_t ino, uint64_t at, struct cc_mut out, size_t *got,
		   struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	size_t done = 0;

	CC_TRY(file_get(v, ino, &inode, err));
	if (at >= inode->attr.size)
		out.len = 0;
	else if (out.len > inode->attr.size - at)
		out.len = (size_t)(inode->attr.size - at);
	while (done < out.len) {
		size_t within = (size_t)((at + done) % CC_VOLUME_EXTENT);
		size_t part = CC_VOLUME_EXTENT - within;

		if (part > out.len - done)
			part = out.len - done;
		CC_TRY(extent_read(v, inode, (at + done) / CC_VOLUME_EXTENT, within,
				   (struct cc_mut){ out.at + done, part }, err));
		done += part;
	}
	*got = done;
	return 0;
}

/* Bytes behind the new end must not come back when the file grows again. */
static int cut_last(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t size,
		    struct cc_err *err)
{
	uint64_t index = size / CC_VOLUME_EXTENT;
	uint32_t within = (uint32_t)(size % CC_VOLUME_EXTENT);
	const struct cc_vol_extent *extent = cc_vol_extent_find(inode, index);
	struct cc_vol_page *page = NULL;

	if (within == 0 || extent == NULL || (extent->page == NULL && extent->ptr.len <= within))
		return 0;
	CC_TRY(page_get(v, inode, index, &page, err));
	if (page->len <= within)
		return 0;
	page_dirty(v, page);
	page->len = within;
	return 0;
}

int cc_vol_file_truncate(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t size,
			 struct cc_err *err)
{
	if (size > CC_VOLUME_FILE_MAX)
		return cc_vol_fail(err, CC_E_TOOBIG, EFBIG, "a file has at most %llu bytes",
				   (unsigned long long)CC_VOLUME_FILE_MAX);
	if (size > inode->attr.size) {
		grow_to(v, inode, size);
		return 0;
	}
	CC_TRY(cut_last(v, inode, size, err));
	extents_clear(v, inode, cc_vol_chunks(size));
	v->bytes -= inode->attr.size - size;
	inode->attr.size = size;
	return dirty_bound(v, err);
}

int cc_vol_extent_hash(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
		       struct cc_digest *out, struct cc_err *err)
{
	const struct cc_vol_extent *extent = cc_vol_extent_find(inode, index);
	CC_AUTO_FREE uint8_t *plain = NULL;

	*out = (struct cc_digest){ 0 };
	if (extent == NULL)
		return 0;
	if (extent->page != NULL)
		return hash_of(stripped(cc_span(extent->page->at, extent->page->len)), out, err);
	if (extent->ptr.len == 0)
		return 0;
	if (!cc_digest_is_zero(&extent->hash)) {
		*out = extent->hash;
		return 0;
	}
	plain = malloc(extent->ptr.len);
	if (plain == NULL)
		return cc_fail_sys(err, ENOMEM, "hash an extent");
	CC_TRY(extent_open(v, inode, index, plain, err));
	return hash_of(stripped(cc_span(plain, extent->ptr.len)), out, err);
}
