/* SPDX-License-Identifier: Apache-2.0 */
#include "volume/walk.h"

#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

struct level {
	struct cc_vol_listing listing;
	size_t next;
	size_t path_len;
};
struct walk {
	struct cc_volume *v;
	struct cc_buf path;
	struct level *levels; /* trees may be deep: not on the stack */
	size_t depth, room;
};

static void walk_clear(struct walk *w)
{
	for (size_t i = 0; i < w->depth; i++)
		cc_vol_listing_clear(&w->levels[i].listing);
	free(w->levels);
	cc_buf_clear(&w->path);
}

static int push(struct walk *w, uint64_t ino, struct cc_err *err)
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
	*level = (struct level){ .path_len = w->path.len };
	return cc_vol_listing_make(w->v, ino, &level->listing, err);
}

static int visit_one(struct walk *w, const struct cc_volume_attr *attr, cc_volume_visit_fn *visit,
		     void *ctx, struct cc_err *err)
{
	const char *path = NULL;

	CC_TRY(cc_buf_str(&w->path, &path, err));
	CC_TRY(visit(ctx, w->path.len == 0 ? "/" : path, attr, err));
	return S_ISDIR(attr->mode) ? push(w, attr->ino, err) : 0;
}

static int walk_path(struct walk *w, const char *path, struct cc_err *err)
{
	size_t len = strlen(path);

	while (len > 0 && path[len - 1] == '/')
		len--;
	return cc_buf_add(&w->path, cc_span(path, len), err);
}

int cc_volume_walk(struct cc_volume *v, const char *path, cc_volume_visit_fn *visit, void *ctx,
		   struct cc_err *err)
{
	CC_CLEANUP(walk_clear) struct walk w = { .v = v };
	struct cc_volume_attr attr = { 0 };

	CC_TRY(cc_volume_resolve(v, path, &attr, err));
	CC_TRY(walk_path(&w, path, err));
	CC_TRY(visit_one(&w, &attr, visit, ctx, err));
	while (w.depth > 0) {
		struct level *level = &w.levels[w.depth - 1];
		const struct cc_volume_entry *entry = NULL;

		w.path.len = level->path_len;
		if (level->next == level->listing.count) {
			cc_vol_listing_clear(&level->listing);
			w.depth--;
			continue;
		}
		entry = &level->listing.entries[level->next++];
		CC_TRY(cc_buf_add_u8(&w.path, '/', err));
		CC_TRY(cc_buf_add(&w.path, entry->name, err));
		CC_TRY(cc_volume_getattr(v, entry->ino, &attr, err));
		CC_TRY(visit_one(&w, &attr, visit, ctx, err));
	}
	return 0;
}

int cc_volume_copy_file(struct cc_volume *v, uint64_t ino, cc_volume_piece_fn *piece, void *ctx,
			struct cc_err *err)
{
	CC_AUTO_FREE uint8_t *room = malloc(CC_VOLUME_EXTENT);
	size_t got = 1;

	if (room == NULL)
		return cc_fail_sys(err, ENOMEM, "read a file");
	for (uint64_t at = 0; got > 0; at += got) {
		CC_TRY(cc_volume_read(v, ino, at, (struct cc_mut){ room, CC_VOLUME_EXTENT }, &got,
				      err));
		if (got > 0)
			CC_TRY(piece(ctx, cc_span(room, got), err));
	}
	return 0;
}

static int add_piece(void *ctx, struct cc_span piece, struct cc_err *err)
{
	return cc_buf_add(ctx, piece, err);
}

int cc_volume_read_file(struct cc_volume *v, const char *path, size_t max, struct cc_buf *out,
			struct cc_err *err)
{
	struct cc_volume_attr attr = { 0 };

	CC_TRY(cc_volume_resolve(v, path, &attr, err));
	if (attr.size > max)
		return cc_vol_fail(err, CC_E_TOOBIG, EFBIG, "'%s' has %llu bytes, at most %zu",
				   path, (unsigned long long)attr.size, max);
	if (cc_volume_copy_file(v, attr.ino, add_piece, out, err) != 0)
		return cc_wrap(err, "read '%s'", path);
	return 0;
}
