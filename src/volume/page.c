/* SPDX-License-Identifier: Apache-2.0 */
/* Plaintext of files in memory: what is not sealed yet, and what was verified at some cost. */
#include <errno.h>

#include "volume/engine-internal.h"

#define ALL_BLOCKS UINT32_MAX

/* Blocks `from` to `to` of a window as bits. */
static uint32_t bits(unsigned int from, unsigned int to)
{
	return (uint32_t)((UINT64_C(1) << to) - (UINT64_C(1) << from));
}

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
	return page->dirty != 0 ? &v->dirty_pages : &v->clean_pages;
}

static struct cc_vol_page **bucket(const struct cc_volume *v, uint64_t ino, uint64_t index)
{
	return &v->page_buckets[((ino * 0x9e3779b97f4a7c15u >> 20) + index) &
				(v->page_bucket_count - 1)];
}

struct cc_vol_page *cc_vol_page_find(const struct cc_volume *v, const struct cc_vol_inode *inode,
				     uint64_t index)
{
	struct cc_vol_page *page = NULL;

	if (inode->pages == NULL)
		return NULL;
	page = *bucket(v, inode->attr.ino, index);
	while (page != NULL && (page->inode != inode || page->index != index))
		page = page->next;
	return page;
}

static int buckets_grow(struct cc_volume *v, struct cc_err *err)
{
	struct cc_vol_page **old = v->page_buckets;
	size_t old_count = v->page_bucket_count;
	size_t count = old_count == 0 ? 64 : old_count * 2;
	struct cc_vol_page **grown = calloc(count, sizeof(struct cc_vol_page *));

	if (grown == NULL)
		return cc_fail_sys(err, ENOMEM, "hold part of a file");
	v->page_buckets = grown;
	v->page_bucket_count = count;
	for (size_t i = 0; i < old_count; i++) {
		while (old[i] != NULL) {
			struct cc_vol_page *page = old[i];
			struct cc_vol_page **to = bucket(v, page->inode->attr.ino, page->index);

			old[i] = page->next;
			page->next = *to;
			*to = page;
		}
	}
	free(old);
	return 0;
}

void cc_vol_page_drop(struct cc_volume *v, struct cc_vol_page *page)
{
	struct cc_vol_page **link = bucket(v, page->inode->attr.ino, page->index);

	while (*link != page)
		link = &(*link)->next;
	*link = page->next;
	v->page_count--;
	if (page->before != NULL)
		page->before->after = page->after;
	else
		page->inode->pages = page->after;
	if (page->after != NULL)
		page->after->before = page->before;
	list_remove(list_of(v, page), page);
	free(page->at);
	free(page);
}

static int page_make(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
		     struct cc_vol_page **out, struct cc_err *err)
{
	struct cc_vol_page *page = NULL;
	struct cc_vol_page **to = NULL;

	if (v->page_count >= v->page_bucket_count)
		CC_TRY(buckets_grow(v, err));
	page = calloc(1, sizeof(*page));
	if (page == NULL)
		return cc_fail_sys(err, ENOMEM, "hold part of a file");
	to = bucket(v, inode->attr.ino, index);
	*page = (struct cc_vol_page){ .inode = inode, .index = index, .next = *to };
	*to = page;
	v->page_count++;
	page->after = inode->pages;
	if (page->after != NULL)
		page->after->before = page;
	inode->pages = page;
	list_add(&v->clean_pages, page);
	*out = page;
	return 0;
}

static struct cc_vol_place place_of(const struct cc_vol_page *page)
{
	return (struct cc_vol_place){ page->inode->attr.ino, page->index };
}

int cc_vol_page_get(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
		    struct cc_vol_page **out, struct cc_err *err)
{
	struct cc_vol_page *page = cc_vol_page_find(v, inode, index);
	struct cc_vol_window w;

	if (page == NULL) {
		CC_TRY(page_make(v, inode, index, &page, err));
		const struct cc_vol_place of = place_of(page);

		if (cc_vol_window_load(v, &of, &w, err) != 0) {
			cc_vol_page_drop(v, page);
			return -1;
		}
		page->valid = w.run_count == 0 ? ALL_BLOCKS : 0;
	}
	*out = page;
	return 0;
}

/* Small files get small pages: the room doubles up to a whole window. New room is zeroes. */
static int page_room(struct cc_volume *v, struct cc_vol_page *page, size_t len, struct cc_err *err)
{
	struct cc_vol_pages *list = list_of(v, page);
	size_t room = page->room == 0 ? 512 : page->room;
	uint8_t *at = NULL;

	if (len <= page->room)
		return 0;
	while (room < len)
		room *= 2;
	at = realloc(page->at, room);
	if (at == NULL)
		return cc_fail_sys(err, ENOMEM, "hold %zu bytes of a file", room);
	memset(at + page->room, 0, room - page->room);
	page->at = at;
	list->bytes += room - page->room;
	page->room = (uint32_t)room;
	return 0;
}

/* The content of a block that is changed in part. */
static int block_load(struct cc_volume *v, struct cc_vol_page *page, unsigned int block,
		      struct cc_err *err)
{
	const struct cc_vol_place of = place_of(page);

	if ((page->valid & bits(block, block + 1)) != 0)
		return 0;
	CC_TRY(page_room(v, page, (block + 1) * CC_VOL_BLOCK, err));
	CC_TRY(cc_vol_window_read(v, &of, block,
				  (struct cc_mut){ page->at + block * CC_VOL_BLOCK, CC_VOL_BLOCK },
				  err));
	page->valid |= bits(block, block + 1);
	return 0;
}

/* The whole window, held to its hash. */
static int page_verify(struct cc_volume *v, struct cc_vol_page *page, struct cc_err *err)
{
	const struct cc_vol_place of = place_of(page);

	if (page->valid == ALL_BLOCKS)
		return 0;
	CC_TRY(page_room(v, page, CC_VOLUME_EXTENT, err));
	CC_TRY(cc_vol_window_verify(v, &of, (struct cc_mut){ page->at, CC_VOLUME_EXTENT }, err));
	page->valid = ALL_BLOCKS;
	return 0;
}

int cc_vol_page_write(struct cc_volume *v, struct cc_vol_page *page, size_t at,
		      struct cc_span bytes, struct cc_err *err)
{
	size_t end = at + bytes.len;
	unsigned int first = (unsigned int)(at / CC_VOL_BLOCK);
	unsigned int last = (unsigned int)((end - 1) / CC_VOL_BLOCK);

	if (v->check)
		CC_TRY(page_verify(v, page, err));
	if (at % CC_VOL_BLOCK != 0)
		CC_TRY(block_load(v, page, first, err));
	if (end % CC_VOL_BLOCK != 0)
		CC_TRY(block_load(v, page, last, err));
	CC_TRY(page_room(v, page, end, err));
	memcpy(page->at + at, bytes.at, bytes.len);
	list_remove(list_of(v, page), page);
	page->valid |= bits(first, last + 1);
	page->dirty |= bits(first, last + 1);
	list_add(&v->dirty_pages, page);
	return 0;
}

void cc_vol_page_zero(struct cc_volume *v, struct cc_vol_page *page, unsigned int from,
		      unsigned int to)
{
	size_t start = from * CC_VOL_BLOCK;
	size_t end = to * CC_VOL_BLOCK < page->room ? to * CC_VOL_BLOCK : page->room;

	if (start < end)
		memset(page->at + start, 0, end - start);
	list_remove(list_of(v, page), page);
	page->valid |= bits(from, to);
	page->dirty &= ~bits(from, to);
	list_add(list_of(v, page), page);
	if (page->dirty == 0)
		cc_vol_page_drop(v, page);
}

/* What is in the page, zeroes behind its room. */
static void page_copy(const struct cc_vol_page *page, size_t at, struct cc_mut out)
{
	size_t there = at < page->room ? page->room - at : 0;

	there = there < out.len ? there : out.len;
	if (there > 0)
		memcpy(out.at, page->at + at, there);
	memset(out.at + there, 0, out.len - there);
}

/* From what is sealed: whole blocks where they are wanted, parts of blocks by way of a copy. */
static int sealed_read(struct cc_volume *v, const struct cc_vol_place *of, size_t at,
		       struct cc_mut out, struct cc_err *err)
{
	size_t whole = out.len - out.len % CC_VOL_BLOCK;
	size_t skip = at % CC_VOL_BLOCK;
	size_t rest = 0;

	if (skip != 0) {
		size_t blocks = (skip + out.len + CC_VOL_BLOCK - 1) / CC_VOL_BLOCK;

		CC_TRY(cc_vol_window_read(v, of, (unsigned int)(at / CC_VOL_BLOCK),
					  (struct cc_mut){ v->window, blocks * CC_VOL_BLOCK },
					  err));
		memcpy(out.at, v->window + skip, out.len);
		return 0;
	}
	if (whole > 0)
		CC_TRY(cc_vol_window_read(v, of, (unsigned int)(at / CC_VOL_BLOCK),
					  (struct cc_mut){ out.at, whole }, err));
	rest = out.len - whole;
	if (rest == 0)
		return 0;
	CC_TRY(cc_vol_window_read(v, of, (unsigned int)((at + whole) / CC_VOL_BLOCK),
				  (struct cc_mut){ v->window, CC_VOL_BLOCK }, err));
	memcpy(out.at + whole, v->window, rest);
	return 0;
}

/* Piece by piece: from the page what it has, the rest from what is sealed. */
static int mixed_read(struct cc_volume *v, const struct cc_vol_page *page, size_t at,
		      struct cc_mut out, struct cc_err *err)
{
	const struct cc_vol_place of = place_of(page);
	size_t done = 0;

	while (done < out.len) {
		unsigned int block = (unsigned int)((at + done) / CC_VOL_BLOCK);
		bool here = (page->valid & bits(block, block + 1)) != 0;
		unsigned int end = block + 1;
		struct cc_mut part = { out.at + done, 0 };

		while (end < CC_VOL_WINDOW_BLOCKS &&
		       ((page->valid & bits(end, end + 1)) != 0) == here)
			end++;
		part.len = end * CC_VOL_BLOCK - (at + done);
		if (part.len > out.len - done)
			part.len = out.len - done;
		if (here)
			page_copy(page, at + done, part);
		else
			CC_TRY(sealed_read(v, &of, at + done, part, err));
		done += part.len;
	}
	return 0;
}

static void clean_bound(struct cc_volume *v, const struct cc_vol_page *keep)
{
	while (v->clean_pages.bytes > CC_VOLUME_CACHE_MAX && v->clean_pages.oldest != keep)
		cc_vol_page_drop(v, v->clean_pages.oldest);
}

static int verified_read(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index, size_t at,
			 struct cc_mut out, struct cc_err *err)
{
	const struct cc_vol_place of = { inode->attr.ino, index };
	struct cc_vol_page *page = cc_vol_page_find(v, inode, index);

	if (page == NULL && at == 0 && out.len == CC_VOLUME_EXTENT)
		return cc_vol_window_verify(v, &of, out, err);
	CC_TRY(cc_vol_page_get(v, inode, index, &page, err));
	if (page_verify(v, page, err) != 0) {
		if (page->dirty == 0)
			cc_vol_page_drop(v, page);
		return -1;
	}
	page_copy(page, at, out);
	clean_bound(v, page);
	return 0;
}

int cc_vol_page_read(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index, size_t at,
		     struct cc_mut out, struct cc_err *err)
{
	const struct cc_vol_place of = { inode->attr.ino, index };
	const struct cc_vol_page *page = NULL;

	if (v->check)
		return verified_read(v, inode, index, at, out, err);
	page = cc_vol_page_find(v, inode, index);
	return page != NULL ? mixed_read(v, page, at, out, err) : sealed_read(v, &of, at, out, err);
}

/* Each stretch of dirty blocks becomes part of the window. */
static int page_seal(struct cc_volume *v, struct cc_vol_page *page, struct cc_err *err)
{
	const struct cc_span all = cc_span(page->at, page->room);

	for (unsigned int from = 0; from < CC_VOL_WINDOW_BLOCKS; from++) {
		unsigned int to = from;

		while (to < CC_VOL_WINDOW_BLOCKS && (page->dirty & bits(to, to + 1)) != 0)
			to++;
		if (to == from)
			continue;
		CC_TRY(cc_vol_window_put(
			v, page->inode, page->index, from, to - from,
			cc_span_sub(all, from * CC_VOL_BLOCK, (to - from) * CC_VOL_BLOCK), err));
		from = to;
	}
	cc_vol_page_drop(v, page);
	return 0;
}

int cc_vol_pages_seal(struct cc_volume *v, size_t most, struct cc_err *err)
{
	while (v->dirty_pages.oldest != NULL && v->dirty_pages.bytes > most)
		CC_TRY(page_seal(v, v->dirty_pages.oldest, err));
	return 0;
}

void cc_vol_pages_clear(struct cc_volume *v)
{
	free(v->page_buckets);
	v->page_buckets = NULL;
	v->page_bucket_count = 0;
}
