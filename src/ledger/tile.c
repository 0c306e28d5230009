/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tile.h"

#include "base/str.h"

#define HEIGHT 8
/* Level 7 spans all 2^62 leaves that a tree of ours can have. */
#define LEVEL_MAX 7
/* 21 digits hold any index below 2^62. */
#define PARTS_MAX 7

static int not_found(struct cc_span path, struct cc_err *err)
{
	int len = path.len > CC_TILE_PATH_MAX ? CC_TILE_PATH_MAX : (int)path.len;

	return cc_fail(err, CC_E_NOTFOUND, "no tile '%.*s'", len, (const char *)path.at);
}

/* The path up to the next slash, which is passed over; false at the end. */
static bool next_part(struct cc_span *path, struct cc_span *part)
{
	size_t len = 0;

	if (path->len == 0)
		return false;
	while (len < path->len && path->at[len] != '/')
		len++;
	*part = cc_span_sub(*path, 0, len);
	*path = cc_span_sub(*path, len + 1, path->len);
	return true;
}

/* Three digits. */
static bool three(struct cc_span digits, uint64_t *index)
{
	if (digits.len != 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return false;
		*index = *index * 10 + (uint64_t)(digits.at[i] - '0');
	}
	return true;
}

/* "x001/x234/067": the index, and the rest of the last part (".p" or nothing). */
static bool parse_index(struct cc_span *path, uint64_t *index, struct cc_span *suffix)
{
	struct cc_span part = { 0 };

	for (size_t i = 0; i < PARTS_MAX && next_part(path, &part); i++) {
		if (part.len == 0 || part.at[0] != 'x') {
			*suffix = cc_span_sub(part, 3, part.len);
			return three(cc_span_sub(part, 0, 3), index);
		}
		if (!three(cc_span_sub(part, 1, part.len), index))
			return false;
	}
	return false;
}

static bool parse_number(struct cc_span text, uint64_t max, uint64_t *out)
{
	struct cc_err ignored;

	return text.len != 0 && cc_parse_u64(text, max, "number", out, &ignored) == 0;
}

static bool parse_level(struct cc_span text, struct cc_tile *tile)
{
	uint64_t level = 0;

	tile->entries = cc_span_eq_str(text, "entries");
	if (tile->entries)
		return true;
	/* The specification's levels end at 63, our trees at 7. */
	if (!parse_number(text, 63, &level) || level > LEVEL_MAX)
		return false;
	tile->level = (unsigned int)level;
	return true;
}

static bool parse_width(struct cc_span suffix, struct cc_span rest, struct cc_tile *tile)
{
	uint64_t width = CC_TILE_WIDTH;

	if (suffix.len != 0 && (!cc_span_eq_str(suffix, ".p") ||
				!parse_number(rest, CC_TILE_WIDTH - 1, &width) || width == 0))
		return false;
	tile->width = (unsigned int)width;
	return suffix.len != 0 || rest.len == 0;
}

int cc_tile_parse(struct cc_span path, struct cc_tile *out, struct cc_err *err)
{
	struct cc_span rest = path, part = { 0 }, suffix = { 0 };
	CC_AUTO_BUF struct cc_buf again = { 0 };
	struct cc_tile tile = { 0 };

	if (path.len > CC_TILE_PATH_MAX || !next_part(&rest, &part) ||
	    !cc_span_eq_str(part, "tile") || !next_part(&rest, &part) ||
	    !parse_level(part, &tile) || !parse_index(&rest, &tile.index, &suffix) ||
	    tile.index >= CC_TREE_SIZE_MAX || !parse_width(suffix, rest, &tile))
		return not_found(path, err);
	/* One name for one tile: "x000/001" and a trailing slash are other names. */
	CC_TRY(cc_tile_print(&tile, &again, err));
	if (!cc_span_eq(path, cc_buf_span(&again)))
		return not_found(path, err);
	*out = tile;
	return 0;
}

int cc_tile_print(const struct cc_tile *tile, struct cc_buf *out, struct cc_err *err)
{
	uint64_t unit = 1;

	if (tile->entries)
		CC_TRY(cc_buf_add_str(out, "tile/entries/", err));
	else
		CC_TRY(cc_buf_addf(out, err, "tile/%u/", tile->level));
	while (tile->index / unit >= 1000)
		unit *= 1000;
	for (; unit > 1; unit /= 1000)
		CC_TRY(cc_buf_addf(out, err, "x%03u/", (unsigned int)(tile->index / unit % 1000)));
	CC_TRY(cc_buf_addf(out, err, "%03u", (unsigned int)(tile->index % 1000)));
	return tile->width < CC_TILE_WIDTH ? cc_buf_addf(out, err, ".p/%u", tile->width) : 0;
}

/* All that the tile names lies in the tree of `size` leaves. */
static int check_inside(const struct cc_tile *tile, uint64_t size, struct cc_err *err)
{
	uint64_t count = 0;

	if (tile->level > LEVEL_MAX || tile->width == 0 || tile->width > CC_TILE_WIDTH)
		return cc_fail(err, CC_E_ARG, "tile of level %u and width %u", tile->level,
			       tile->width);
	count = size >> (HEIGHT * tile->level);
	if (tile->index > count / CC_TILE_WIDTH ||
	    tile->index * CC_TILE_WIDTH + tile->width > count)
		return cc_fail(err, CC_E_NOTFOUND,
			       "tile %llu of level %u is not in a ledger of %llu entries",
			       (unsigned long long)tile->index, tile->level,
			       (unsigned long long)size);
	return 0;
}

int cc_tile_hashes(const struct cc_tree_source *source, uint64_t size, const struct cc_tile *tile,
		   struct cc_buf *out, struct cc_err *err)
{
	uint64_t first = tile->index * CC_TILE_WIDTH;
	struct cc_digest hash;

	CC_TRY(check_inside(tile, size, err));
	for (unsigned int i = 0; i < tile->width; i++) {
		CC_TRY(source->get(source->context, HEIGHT * tile->level, first + i, &hash, err));
		CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(hash), err));
	}
	return 0;
}

int cc_tile_entries(const struct cc_entry_source *source, uint64_t size, const struct cc_tile *tile,
		    struct cc_buf *out, struct cc_err *err)
{
	uint64_t first = tile->index * CC_TILE_WIDTH;

	CC_TRY(check_inside(tile, size, err));
	for (unsigned int i = 0; i < tile->width; i++) {
		CC_AUTO_BUF struct cc_buf entry = { .max = CC_ENTRY_MAX };

		CC_TRY(source->get(source->context, first + i, &entry, err));
		CC_TRY(cc_buf_add_u16be(out, (uint16_t)entry.len, err));
		CC_TRY(cc_buf_add(out, cc_buf_span(&entry), err));
	}
	return 0;
}
