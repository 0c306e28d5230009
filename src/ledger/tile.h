/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a log serves to the world (c2sp.org/tlog-tiles): the tree as tiles of
 * 256 hashes and the entries as bundles of 256, named by their paths.
 *
 * Paths are relative to the log's prefix and without a leading slash:
 * "tile/0/x001/x234/067.p/5", "tile/entries/000".
 */
#ifndef CC_LEDGER_TILE_H
#define CC_LEDGER_TILE_H

#include "base/buf.h"
#include "ledger/tree.h"

#define CC_TILE_WIDTH 256
#define CC_TILE_PATH_MAX 64
/* An entry's length is a 16-bit number in a bundle, so this bounds every ledger entry. */
#define CC_ENTRY_MAX ((size_t)65535)

struct cc_tile {
	bool entries;       /* a bundle of entries; else a tile of hashes */
	unsigned int level; /* 0 to 7; 0 for a bundle */
	uint64_t index;
	unsigned int width; /* 1 to 256; less than 256 is a partial tile */
};

/* Whole entries, as they were hashed: `at` is added to `out`. */
struct cc_entry_source {
	int (*get)(void *context, uint64_t at, struct cc_buf *out, struct cc_err *err);
	void *context;
};

/* CC_E_NOTFOUND for any other path: it goes straight into a 404. */
int cc_tile_parse(struct cc_span path, struct cc_tile *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_tile_print(const struct cc_tile *tile, struct cc_buf *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * The content of a tile of hashes in a tree of `size` leaves, added to `out`.
 * CC_E_NOTFOUND when the tree is not that large.
 */
int cc_tile_hashes(const struct cc_tree_source *source, uint64_t size, const struct cc_tile *tile,
		   struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The same for a bundle: each entry after its length as a u16be. */
int cc_tile_entries(const struct cc_entry_source *source, uint64_t size, const struct cc_tile *tile,
		    struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
