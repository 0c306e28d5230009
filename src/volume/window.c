/* SPDX-License-Identifier: Apache-2.0 */
/* What is sealed of a file: windows of 128 KiB, made of runs of blocks. */
#include <errno.h>

#include "volume/engine-internal.h"

static struct cc_vol_key window_key(const struct cc_vol_place *of)
{
	return (struct cc_vol_key){ .object = of->ino, .kind = CC_VOL_WINDOW, .offset = of->index };
}

int cc_vol_window_load(struct cc_volume *v, const struct cc_vol_place *of,
		       struct cc_vol_window *out, struct cc_err *err)
{
	const struct cc_vol_key key = window_key(of);
	struct cc_span value = { 0 };
	bool found = false;

	out->run_count = 0;
	out->hashed = false;
	CC_TRY(cc_vol_tree_find(v, &key, &value, &found, err));
	if (found && cc_vol_window_parse(value, out, err) != 0)
		return cc_vol_malformed(err, "read the blocks of a file");
	return 0;
}

struct cc_span cc_vol_stripped(struct cc_span plain)
{
	while (plain.len >= 8 && cc_span_is_zero(cc_span(plain.at + plain.len - 8, 8)))
		plain.len -= 8;
	while (plain.len > 0 && plain.at[plain.len - 1] == 0)
		plain.len--;
	return plain;
}

int cc_vol_window_hash(struct cc_span plain, struct cc_digest *out, struct cc_err *err)
{
	plain = cc_vol_stripped(plain);
	*out = (struct cc_digest){ 0 };
	return plain.len == 0 ? 0 : cc_sha256(plain, out, err);
}

/* Blocks `from` to `to` of a run, as a run. */
static struct cc_vol_run part_of(const struct cc_vol_run *run, unsigned int from, unsigned int to)
{
	struct cc_vol_run part = *run;
	unsigned int before = from - run->first;

	part.first = (uint8_t)from;
	part.count = (uint8_t)(to - from);
	part.at += before * CC_VOL_BLOCK;
	part.nonce += before;
	if (to < (unsigned int)run->first + run->count)
		part.last = CC_VOL_BLOCK;
	return part;
}

/* One run without the blocks `from` to `to`: what is left of it is added to `out`. */
static int run_cut(struct cc_volume *v, const struct cc_vol_run *run, unsigned int from,
		   unsigned int to, struct cc_vol_window *out, struct cc_err *err)
{
	unsigned int end = (unsigned int)run->first + run->count;
	struct cc_vol_run gone = { 0 };

	if (end <= from || run->first >= to) {
		out->runs[out->run_count++] = *run;
		return 0;
	}
	if (run->first < from)
		out->runs[out->run_count++] = part_of(run, run->first, from);
	if (end > to)
		out->runs[out->run_count++] = part_of(run, to, end);
	gone = part_of(run, run->first > from ? run->first : from, end < to ? end : to);
	return cc_vol_space_drop(v, gone.slot, gone.at, cc_vol_run_len(&gone), gone.nonce, err);
}

static uint64_t stored_bytes(const struct cc_vol_window *w)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < w->run_count; i++)
		bytes += cc_vol_run_len(&w->runs[i]);
	return bytes;
}

static int runs_cut(struct cc_volume *v, struct cc_vol_window *w, unsigned int from,
		    unsigned int to, struct cc_err *err)
{
	struct cc_vol_run runs[CC_VOL_WINDOW_BLOCKS];
	uint32_t count = w->run_count;

	memcpy(runs, w->runs, count * sizeof(runs[0]));
	w->run_count = 0;
	for (uint32_t i = 0; i < count; i++)
		CC_TRY(run_cut(v, &runs[i], from, to, w, err));
	return 0;
}

/* What of a view lies in run `i` of its window; false: nothing. */
static bool piece_of(const struct cc_vol_view *view, uint32_t i, struct cc_vol_piece *out)
{
	const struct cc_vol_run *run = &view->window->runs[i];
	unsigned int end = view->first + (unsigned int)(view->out.len / CC_VOL_BLOCK);
	unsigned int from = run->first > view->first ? run->first : view->first;
	unsigned int to = (unsigned int)run->first + run->count;

	to = to < end ? to : end;
	if (from >= to)
		return false;
	*out = (struct cc_vol_piece){
		.of = view->of,
		.window = view->window,
		.run = run,
		.from = from - run->first,
		.out = { view->out.at + (from - view->first) * CC_VOL_BLOCK,
			 (to - from) * CC_VOL_BLOCK },
	};
	return true;
}

int cc_vol_view_fetch(struct cc_volume *v, const struct cc_vol_view *view, struct cc_err *err)
{
	uint8_t *at = view->out.at;

	for (uint32_t i = 0; i < view->window->run_count; i++) {
		struct cc_vol_piece piece;

		if (!piece_of(view, i, &piece))
			continue;
		memset(at, 0, (size_t)(piece.out.at - at));
		CC_TRY(cc_vol_run_fetch(v, &piece, err));
		at = piece.out.at + piece.out.len;
	}
	memset(at, 0, (size_t)(view->out.at + view->out.len - at));
	return 0;
}

int cc_vol_view_open(const struct cc_volume *v, enum cc_vol_hand hand,
		     const struct cc_vol_view *view, struct cc_err *err)
{
	for (uint32_t i = 0; i < view->window->run_count; i++) {
		struct cc_vol_piece piece;

		if (piece_of(view, i, &piece))
			CC_TRY(cc_vol_run_open(v, hand, &piece, err));
	}
	return 0;
}

static int window_open(struct cc_volume *v, const struct cc_vol_place *of,
		       const struct cc_vol_window *w, unsigned int first, struct cc_mut out,
		       struct cc_err *err)
{
	const struct cc_vol_view view = { of, w, first, out };

	CC_TRY(cc_vol_view_fetch(v, &view, err));
	return cc_vol_view_open(v, CC_VOL_FIRST, &view, err);
}

/* With hashes kept, a window that changes has a new one: of all its blocks. */
static int window_rehash(struct cc_volume *v, const struct cc_vol_place *of,
			 struct cc_vol_window *w, struct cc_err *err)
{
	const struct cc_mut all = { v->window, CC_VOLUME_EXTENT };

	w->hashed = v->hashed;
	if (!v->hashed || w->run_count == 0)
		return 0;
	CC_TRY(window_open(v, of, w, 0, all, err));
	return cc_vol_window_hash(cc_span(all.at, all.len), &w->hash, err);
}

static int window_store(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
			struct cc_vol_window *w, uint64_t before, struct cc_err *err)
{
	const struct cc_vol_place of = { inode->attr.ino, index };
	const struct cc_vol_key key = window_key(&of);

	inode->stored += stored_bytes(w) - before;
	cc_vol_touch(v, inode);
	if (w->run_count == 0)
		return cc_vol_tree_remove(v, &key, err);
	cc_buf_reset(&v->item);
	CC_TRY(cc_vol_window_add(&v->item, w, err));
	return cc_vol_tree_put(v, &key, cc_buf_span(&v->item), err);
}

int cc_vol_window_cut(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
		      unsigned int from, unsigned int to, struct cc_err *err)
{
	const struct cc_vol_place of = { inode->attr.ino, index };
	struct cc_vol_window w;
	uint64_t before = 0;

	CC_TRY(cc_vol_window_load(v, &of, &w, err));
	if (w.run_count == 0)
		return 0;
	before = stored_bytes(&w);
	CC_TRY(runs_cut(v, &w, from, to, err));
	if (stored_bytes(&w) == before)
		return 0;
	CC_TRY(window_rehash(v, &of, &w, err));
	return window_store(v, inode, index, &w, before, err);
}

/* Block `i` of `plain`; the last one may be shorter. */
static struct cc_span block_of(struct cc_span plain, unsigned int i)
{
	return cc_span_sub(plain, i * CC_VOL_BLOCK, CC_VOL_BLOCK);
}

static void run_insert(struct cc_vol_window *w, const struct cc_vol_run *run)
{
	uint32_t i = w->run_count++;

	for (; i > 0 && w->runs[i - 1].first > run->first; i--)
		w->runs[i] = w->runs[i - 1];
	w->runs[i] = *run;
}

/* Seal what is not zero of `plain`: as few runs as there can be without waste of space. */
static int runs_seal(struct cc_volume *v, const struct cc_vol_place *of, struct cc_vol_window *w,
		     unsigned int first, struct cc_span plain, struct cc_err *err)
{
	unsigned int count = (unsigned int)((plain.len + CC_VOL_BLOCK - 1) / CC_VOL_BLOCK);
	unsigned int i = 0;

	while (i < count) {
		struct cc_vol_run run = { .first = (uint8_t)(first + i) };
		struct cc_span bytes = { plain.at + i * CC_VOL_BLOCK, 0 };
		uint64_t most = cc_vol_space_room(&v->space) / CC_VOL_BLOCK;

		if (cc_span_is_zero(block_of(plain, i))) {
			i++;
			continue;
		}
		for (; i < count && run.count < most && !cc_span_is_zero(block_of(plain, i));
		     i++, run.count++)
			bytes.len += block_of(plain, i).len;
		CC_TRY(cc_vol_run_seal(v, of, cc_vol_stripped(bytes), &run, w->tags, err));
		run_insert(w, &run);
	}
	return 0;
}

int cc_vol_window_put(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
		      unsigned int first, unsigned int count, struct cc_span plain,
		      struct cc_err *err)
{
	const struct cc_vol_place of = { inode->attr.ino, index };
	struct cc_vol_window w;
	uint64_t before = 0;
	bool whole = false;

	CC_TRY(cc_vol_window_load(v, &of, &w, err));
	before = stored_bytes(&w);
	CC_TRY(runs_cut(v, &w, first, first + count, err));
	whole = first == 0 && w.run_count == 0;
	CC_TRY(runs_seal(v, &of, &w, first, plain, err));
	if (whole && v->hashed)
		CC_TRY(cc_vol_window_hash(plain, &w.hash, err));
	w.hashed = v->hashed;
	if (!whole)
		CC_TRY(window_rehash(v, &of, &w, err));
	return window_store(v, inode, index, &w, before, err);
}

int cc_vol_window_wrap(const struct cc_vol_place *of, unsigned int first, struct cc_err *err)
{
	return cc_wrap(err, "read block %llu of inode '%llu'",
		       (unsigned long long)(of->index * CC_VOL_WINDOW_BLOCKS + first),
		       (unsigned long long)of->ino);
}

int cc_vol_window_read(struct cc_volume *v, const struct cc_vol_place *of, unsigned int first,
		       struct cc_mut out, struct cc_err *err)
{
	struct cc_vol_window w;

	CC_TRY(cc_vol_window_load(v, of, &w, err));
	return window_open(v, of, &w, first, out, err) == 0 ? 0
							    : cc_vol_window_wrap(of, first, err);
}

int cc_vol_window_verify(struct cc_volume *v, const struct cc_vol_place *of, struct cc_mut out,
			 struct cc_err *err)
{
	struct cc_vol_window w;
	struct cc_digest hash = { 0 };

	CC_TRY(cc_vol_window_load(v, of, &w, err));
	if (window_open(v, of, &w, 0, out, err) != 0)
		return cc_wrap(err, "read window %llu of inode '%llu'",
			       (unsigned long long)of->index, (unsigned long long)of->ino);
	CC_TRY(cc_vol_window_hash(cc_span(out.at, out.len), &hash, err));
	if (w.run_count == 0 || (w.hashed && cc_digest_eq(&hash, &w.hash)))
		return 0;
	cc_wipe(out.at, out.len);
	return cc_vol_fail(err, CC_E_TAMPERED, EIO,
			   "window %llu of inode '%llu' is not the content agreed on",
			   (unsigned long long)of->index, (unsigned long long)of->ino);
}

int cc_vol_windows_remove(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
			  struct cc_err *err)
{
	for (;;) {
		struct cc_vol_key key =
			window_key(&(struct cc_vol_place){ inode->attr.ino, index });
		struct cc_vol_window w;
		struct cc_span value = { 0 };
		uint64_t before = 0;
		bool found = false;

		CC_TRY(cc_vol_tree_next(v, &key, &value, &found, err));
		if (!found || key.object != inode->attr.ino || key.kind != CC_VOL_WINDOW)
			return 0;
		if (cc_vol_window_parse(value, &w, err) != 0)
			return cc_vol_malformed(err, "read the blocks of a file");
		before = stored_bytes(&w);
		CC_TRY(runs_cut(v, &w, 0, CC_VOL_WINDOW_BLOCKS, err));
		CC_TRY(window_store(v, inode, key.offset, &w, before, err));
	}
}

int cc_vol_window_move(struct cc_volume *v, const struct cc_vol_place *of, cc_vol_epoch_fn *is,
		       const void *ctx, uint64_t *moved, struct cc_err *err)
{
	const struct cc_vol_key key = window_key(of);
	struct cc_vol_window w;
	bool any = false;

	CC_TRY(cc_vol_window_load(v, of, &w, err));
	for (uint32_t i = 0; i < w.run_count; i++) {
		struct cc_vol_run run = w.runs[i];
		struct cc_mut out = { v->window, run.count * CC_VOL_BLOCK };
		const struct cc_vol_piece piece = {
			.of = of, .window = &w, .run = &run, .out = out
		};
		uint32_t len = cc_vol_run_len(&run);

		if (!is(ctx, run.slot))
			continue;
		CC_TRY(cc_vol_run_unseal(v, &piece, err));
		CC_TRY(cc_vol_space_drop(v, run.slot, run.at, len, run.nonce, err));
		CC_TRY(cc_vol_run_seal(v, of, cc_span(out.at, len), &w.runs[i], w.tags, err));
		*moved += len;
		any = true;
	}
	if (!any)
		return 0;
	v->dirty = true;
	cc_buf_reset(&v->item);
	CC_TRY(cc_vol_window_add(&v->item, &w, err));
	return cc_vol_tree_put(v, &key, cc_buf_span(&v->item), err);
}
