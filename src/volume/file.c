/* SPDX-License-Identifier: Apache-2.0 */
/* Regular files: read, write, cut, punch, seek. */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

static const uint8_t zeroes[CC_VOL_BLOCK];

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

static void written(struct cc_volume *v, struct cc_vol_inode *inode)
{
	cc_vol_touch(v, inode);
	if (v->now.sec != 0)
		inode->attr.modified = inode->attr.changed = v->now;
}

/* Leave room for a last commit, so that what was accepted can be made durable. */
static int write_fits(const struct cc_volume *v, size_t len, struct cc_err *err)
{
	uint64_t used = cc_vol_space_used(&v->space) + v->dirty_pages.bytes + len;

	if (used < CC_VOL_EPOCH_BYTES - (CC_VOL_EPOCH_BYTES >> 6) &&
	    v->nonces < CC_VOL_EPOCH_NONCES - (CC_VOL_EPOCH_NONCES >> 6))
		return 0;
	cc_err_set(err, CC_E_TOOBIG,
		   "this opening of the volume has written all that its key may protect");
	err->sys = ENOSPC;
	return cc_hint(err, "commit and open the volume again: that starts a new epoch");
}

/* Part of one window: `at` counts from its start. */
static int window_write(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index, size_t at,
			struct cc_span bytes, struct cc_err *err)
{
	struct cc_vol_page *page = NULL;

	if (at == 0 && bytes.len == CC_VOLUME_EXTENT) {
		/* A whole window comes rarely a second time: no copy of it. */
		page = cc_vol_page_find(v, inode, index);
		if (page != NULL)
			cc_vol_page_drop(v, page);
		return cc_vol_window_put(v, inode, index, 0, CC_VOL_WINDOW_BLOCKS, bytes, err);
	}
	CC_TRY(cc_vol_page_get(v, inode, index, &page, err));
	CC_TRY(cc_vol_page_write(v, page, at, bytes, err));
	return cc_vol_pages_seal(v, CC_VOLUME_DIRTY_MAX, err);
}

static int write_limits(const struct cc_volume *v, uint64_t at, struct cc_span bytes,
			struct cc_err *err)
{
	if (at > CC_VOLUME_FILE_MAX || bytes.len > CC_VOLUME_FILE_MAX - at)
		return cc_vol_fail(err, CC_E_TOOBIG, EFBIG, "a file has at most %llu bytes",
				   (unsigned long long)CC_VOLUME_FILE_MAX);
	return write_fits(v, bytes.len, err);
}

int cc_volume_write(struct cc_volume *v, uint64_t ino, uint64_t at, struct cc_span bytes,
		    struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(file_get(v, ino, &inode, err));
	if (bytes.len == 0)
		return 0;
	CC_TRY(write_limits(v, at, bytes, err));
	written(v, inode);
	while (bytes.len > 0) {
		size_t within = (size_t)(at % CC_VOLUME_EXTENT);
		struct cc_span part = cc_span_sub(bytes, 0, CC_VOLUME_EXTENT - within);

		CC_TRY(window_write(v, inode, at / CC_VOLUME_EXTENT, within, part, err));
		at += part.len;
		grow_to(v, inode, at);
		bytes = cc_span_sub(bytes, part.len, bytes.len);
	}
	return 0;
}

/* The next part of a read, as much as is done at once: its length becomes that of `out`. */
static int part_read(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t at,
		     struct cc_mut *out, struct cc_err *err)
{
	size_t within = (size_t)(at % CC_VOLUME_EXTENT);
	size_t most = CC_VOLUME_EXTENT - within;
	unsigned int windows = cc_vol_stretch_count(v, inode, at, out->len);

	if (windows > 0) {
		out->len = windows * CC_VOLUME_EXTENT;
		return cc_vol_stretch_read(v, inode, at / CC_VOLUME_EXTENT, *out, err);
	}
	out->len = out->len < most ? out->len : most;
	return cc_vol_page_read(v, inode, at / CC_VOLUME_EXTENT, within, *out, err);
}

int cc_volume_read(struct cc_volume *v, uint64_t ino, uint64_t at, struct cc_mut out, size_t *got,
		   struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	size_t done = 0;

	CC_TRY(cc_vol_trim(v, err));
	CC_TRY(file_get(v, ino, &inode, err));
	if (at >= inode->attr.size)
		out.len = 0;
	else if (out.len > inode->attr.size - at)
		out.len = (size_t)(inode->attr.size - at);
	while (done < out.len) {
		struct cc_mut rest = { out.at + done, out.len - done };

		CC_TRY(part_read(v, inode, at + done, &rest, err));
		done += rest.len;
	}
	*got = done;
	return 0;
}

/* Is there anything but zeroes, as far as is known without reading it? */
static int block_has_data(struct cc_volume *v, const struct cc_vol_inode *inode, uint64_t index,
			  unsigned int block, bool *out, struct cc_err *err)
{
	const struct cc_vol_place of = { inode->attr.ino, index };
	const struct cc_vol_page *page = cc_vol_page_find(v, inode, index);
	struct cc_vol_window w;

	*out = page != NULL && (page->dirty >> block & 1) != 0;
	CC_TRY(cc_vol_window_load(v, &of, &w, err));
	for (uint32_t i = 0; i < w.run_count; i++)
		*out = *out || (block >= w.runs[i].first &&
				block < (unsigned int)w.runs[i].first + w.runs[i].count);
	return 0;
}

/* Zeroes over a part of one block. */
static int block_zero(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index, size_t from,
		      size_t to, struct cc_err *err)
{
	struct cc_vol_page *page = NULL;
	bool has_data = false;

	CC_TRY(block_has_data(v, inode, index, (unsigned int)(from / CC_VOL_BLOCK), &has_data,
			      err));
	if (!has_data)
		return 0;
	CC_TRY(cc_vol_page_get(v, inode, index, &page, err));
	return cc_vol_page_write(v, page, from, cc_span(zeroes, to - from), err);
}

/* Zeroes over a part of one window: whole blocks become holes. */
static int window_zero(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index, size_t from,
		       size_t to, struct cc_err *err)
{
	unsigned int first = (unsigned int)((from + CC_VOL_BLOCK - 1) / CC_VOL_BLOCK);
	unsigned int end = (unsigned int)(to / CC_VOL_BLOCK);
	struct cc_vol_page *page = NULL;

	if (end < first)
		return block_zero(v, inode, index, from, to, err);
	if (from % CC_VOL_BLOCK != 0)
		CC_TRY(block_zero(v, inode, index, from, first * CC_VOL_BLOCK, err));
	if (to % CC_VOL_BLOCK != 0)
		CC_TRY(block_zero(v, inode, index, end * CC_VOL_BLOCK, to, err));
	if (end == first)
		return 0;
	CC_TRY(cc_vol_window_cut(v, inode, index, first, end, err));
	page = cc_vol_page_find(v, inode, index);
	if (page != NULL)
		cc_vol_page_zero(v, page, first, end);
	return 0;
}

static void pages_drop_from(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index)
{
	struct cc_vol_page *after = NULL;

	for (struct cc_vol_page *page = inode->pages; page != NULL; page = after) {
		after = page->after;
		if (page->index >= index)
			cc_vol_page_drop(v, page);
	}
}

/* Bytes behind the new end must not come back when the file grows again. */
int cc_vol_file_truncate(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t size,
			 struct cc_err *err)
{
	size_t within = (size_t)(size % CC_VOLUME_EXTENT);
	uint64_t whole = size / CC_VOLUME_EXTENT;

	if (size > CC_VOLUME_FILE_MAX)
		return cc_vol_fail(err, CC_E_TOOBIG, EFBIG, "a file has at most %llu bytes",
				   (unsigned long long)CC_VOLUME_FILE_MAX);
	if (size >= inode->attr.size) {
		grow_to(v, inode, size);
		return 0;
	}
	pages_drop_from(v, inode, whole + (within > 0));
	CC_TRY(cc_vol_windows_remove(v, inode, whole + (within > 0), err));
	if (within > 0)
		CC_TRY(window_zero(v, inode, whole, within, CC_VOLUME_EXTENT, err));
	v->bytes -= inode->attr.size - size;
	inode->attr.size = size;
	return cc_vol_pages_seal(v, CC_VOLUME_DIRTY_MAX, err);
}

int cc_vol_file_clear(struct cc_volume *v, struct cc_vol_inode *inode, struct cc_err *err)
{
	pages_drop_from(v, inode, 0);
	v->bytes -= inode->attr.size < v->bytes ? inode->attr.size : v->bytes;
	return cc_vol_windows_remove(v, inode, 0, err);
}

int cc_vol_window_next(struct cc_volume *v, const struct cc_vol_inode *inode, uint64_t *index,
		       bool *found, struct cc_err *err)
{
	struct cc_vol_key key = { .object = inode->attr.ino,
				  .kind = CC_VOL_WINDOW,
				  .offset = *index };
	struct cc_span value = { 0 };
	uint64_t least = 0;

	CC_TRY(cc_vol_tree_next(v, &key, &value, found, err));
	*found = *found && key.object == inode->attr.ino && key.kind == CC_VOL_WINDOW;
	least = key.offset;
	for (const struct cc_vol_page *page = inode->pages; page != NULL; page = page->after) {
		if (page->index < *index || (*found && page->index > least))
			continue;
		least = page->index;
		*found = true;
	}
	if (*found)
		*index = least;
	return 0;
}

int cc_volume_punch(struct cc_volume *v, uint64_t ino, uint64_t at, uint64_t len,
		    struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	uint64_t end = 0;
	bool found = true;

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(file_get(v, ino, &inode, err));
	end = len > CC_VOLUME_FILE_MAX || at + len > inode->attr.size ? inode->attr.size : at + len;
	if (at >= end)
		return 0;
	written(v, inode);
	for (uint64_t index = at / CC_VOLUME_EXTENT; found; index++) {
		uint64_t start = 0;

		CC_TRY(cc_vol_window_next(v, inode, &index, &found, err));
		start = index * CC_VOLUME_EXTENT;
		if (!found || start >= end)
			break;
		CC_TRY(window_zero(v, inode, index, at > start ? (size_t)(at - start) : 0,
				   end - start < CC_VOLUME_EXTENT ? (size_t)(end - start)
								  : CC_VOLUME_EXTENT,
				   err));
	}
	return cc_vol_pages_seal(v, CC_VOLUME_DIRTY_MAX, err);
}

/* Where data begins, from `at` on: at the end of the file when there is none. */
static int seek_data(struct cc_volume *v, const struct cc_vol_inode *inode, uint64_t at,
		     uint64_t *out, struct cc_err *err)
{
	uint64_t index = at / CC_VOLUME_EXTENT;
	bool found = true;

	for (; found; index++) {
		unsigned int block = 0;

		CC_TRY(cc_vol_window_next(v, inode, &index, &found, err));
		if (!found)
			break;
		if (index == at / CC_VOLUME_EXTENT)
			block = (unsigned int)(at % CC_VOLUME_EXTENT / CC_VOL_BLOCK);
		for (; block < CC_VOL_WINDOW_BLOCKS; block++) {
			bool has_data = false;

			CC_TRY(block_has_data(v, inode, index, block, &has_data, err));
			if (!has_data)
				continue;
			*out = index * CC_VOLUME_EXTENT + block * CC_VOL_BLOCK;
			*out = *out > at ? *out : at;
			return 0;
		}
	}
	*out = inode->attr.size;
	return 0;
}

static int seek_hole(struct cc_volume *v, const struct cc_vol_inode *inode, uint64_t at,
		     uint64_t *out, struct cc_err *err)
{
	bool has_data = true;

	for (; at < inode->attr.size; at += CC_VOL_BLOCK - at % CC_VOL_BLOCK) {
		CC_TRY(block_has_data(v, inode, at / CC_VOLUME_EXTENT,
				      (unsigned int)(at % CC_VOLUME_EXTENT / CC_VOL_BLOCK),
				      &has_data, err));
		if (!has_data)
			break;
	}
	*out = at < inode->attr.size ? at : inode->attr.size;
	return 0;
}

int cc_volume_seek(struct cc_volume *v, uint64_t ino, uint64_t at, bool data, uint64_t *out,
		   struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_trim(v, err));
	CC_TRY(file_get(v, ino, &inode, err));
	if (at >= inode->attr.size)
		return cc_vol_fail(err, CC_E_ARG, ENXIO, "the file ends before");
	if (!data)
		return seek_hole(v, inode, at, out, err);
	CC_TRY(seek_data(v, inode, at, out, err));
	if (*out >= inode->attr.size)
		return cc_vol_fail(err, CC_E_ARG, ENXIO, "there is no data behind");
	return 0;
}
