/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a ledger against the greatest one that was seen before. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/str.h"
#include "client/document.h"
#include "ledger/tile.h"

/* A proof looks at one or two tiles of each level. */
#define TILES_KEPT 32

struct tiles {
	struct cc_client *client;
	uint64_t size; /* of the tree that is read */
	struct {
		struct cc_tile name;
		struct cc_buf hashes;
	} kept[TILES_KEPT];
	size_t count;
};

static void clear_tiles(struct tiles *tiles)
{
	for (size_t i = 0; i < TILES_KEPT; i++)
		cc_buf_clear(&tiles->kept[i].hashes);
}

static int fetch_tile(struct tiles *tiles, const struct cc_tile *tile, struct cc_buf *out,
		      struct cc_err *err)
{
	struct cc_call call = { .method = "GET" };
	CC_AUTO_REPLY struct cc_reply reply = { 0 };
	CC_AUTO_BUF struct cc_buf path = { 0 };

	CC_TRY(cc_buf_add_str(&path, "/", err));
	CC_TRY(cc_tile_print(tile, &path, err));
	CC_TRY(cc_buf_str(&path, &call.path, err));
	CC_TRY(cc_client_call(tiles->client, &call, &reply, err));
	if (reply.status != 200)
		return cc_unsigned_refusal(&reply, err);
	if (reply.body.len != (size_t)tile->width * sizeof(struct cc_digest))
		return cc_fail(err, CC_E_ARG, "'%s' has %zu bytes", call.path, reply.body.len);
	cc_buf_reset(out);
	return cc_buf_add(out, cc_buf_span(&reply.body), err);
}

/* The tile of hashes, as wide as the tree has it. */
static int get_tile(struct tiles *tiles, unsigned int level, uint64_t index, struct cc_span *out,
		    struct cc_err *err)
{
	uint64_t hashes = tiles->size >> (8 * level), from = index * CC_TILE_WIDTH;
	struct cc_tile tile = { .level = level, .index = index, .width = CC_TILE_WIDTH };
	size_t at = tiles->count % TILES_KEPT;

	for (size_t i = 0; i < TILES_KEPT && i < tiles->count; i++)
		if (tiles->kept[i].name.level == level && tiles->kept[i].name.index == index) {
			*out = cc_buf_span(&tiles->kept[i].hashes);
			return 0;
		}
	if (from >= hashes)
		return cc_fail(err, CC_E_NOTFOUND, "the tree has no tile %u/%llu", level,
			       (unsigned long long)index);
	if (hashes - from < CC_TILE_WIDTH)
		tile.width = (unsigned int)(hashes - from);
	CC_TRY(fetch_tile(tiles, &tile, &tiles->kept[at].hashes, err));
	tiles->kept[at].name = tile;
	tiles->count++;
	*out = cc_buf_span(&tiles->kept[at].hashes);
	return 0;
}

/* The root of 2^height hashes, folded in place. */
static int fold(struct cc_digest *hashes, unsigned int height, struct cc_err *err)
{
	for (size_t count = (size_t)1 << height; count > 1; count /= 2)
		for (size_t i = 0; i < count / 2; i++)
			CC_TRY(cc_tree_parent(&hashes[2 * i], &hashes[2 * i + 1], &hashes[i], err));
	return 0;
}

/* A node lies `height` levels over the bottom row of its tile. */
static int get_node(void *context, unsigned int level, uint64_t index, struct cc_digest *out,
		    struct cc_err *err)
{
	struct cc_digest hashes[CC_TILE_WIDTH];
	unsigned int height = level % 8;
	uint64_t first = index << height;
	struct cc_span tile = { 0 }, part = { 0 };
	size_t len = sizeof(hashes[0]) << height;

	CC_TRY(get_tile(context, level / 8, first / CC_TILE_WIDTH, &tile, err));
	part = cc_span_sub(tile, first % CC_TILE_WIDTH * sizeof(hashes[0]), len);
	if (part.len != len)
		return cc_fail(err, CC_E_NOTFOUND, "the tree has no node %u/%llu", level,
			       (unsigned long long)index);
	memcpy(hashes, part.at, len);
	CC_TRY(fold(hashes, height, err));
	*out = hashes[0];
	return 0;
}

static int prove(struct cc_client *client, const struct cc_tree_head *from,
		 const struct cc_tree_head *to, struct cc_err *err)
{
	CC_CLEANUP(clear_tiles) struct tiles tiles = { .client = client, .size = to->size };
	const struct cc_tree_source source = { get_node, &tiles };
	struct cc_tree_proof proof = { 0 };

	CC_TRY(cc_tree_prove_consistency(&source, from->size, to->size, &proof, err));
	return cc_tree_check_consistency(from, to, &proof, err);
}

static int stale(const struct cc_known_cas *known, const struct cc_tree_head *head,
		 const char *what, struct cc_err *err)
{
	cc_err_set(err, CC_E_STALE,
		   "CAS '%s' at '%s' %s: its ledger has %llu entries, you have seen one of %llu",
		   known->name, known->address, what, (unsigned long long)head->size,
		   (unsigned long long)known->size);
	return cc_hint(err,
		       "believe nothing it says before its operator has explained this: it was "
		       "rolled back, or this is a copy of it");
}

int cc_head_follow(struct cc_client *client, const struct cc_known_cas *known,
		   const struct cc_tree_head *head, struct cc_err *err)
{
	const struct cc_tree_head seen = { known->size, known->root };

	if (known->size == 0)
		return 0;
	if (head->size < known->size)
		return stale(known, head, "shows an older state than you have seen", err);
	if (head->size == known->size)
		return cc_digest_eq(&head->root, &known->root)
			       ? 0
			       : stale(known, head, "shows another state than you have seen", err);
	if (prove(client, &seen, head, err) == 0)
		return 0;
	if (err->code == CC_E_EVIDENCE)
		return stale(known, head, "does not continue the ledger that you have seen", err);
	return cc_wrap(err, "a proof that the ledger of the CAS continues what you have seen");
}

static int save_greater(const struct cc_home *home, const struct cc_known_cas *known,
			const struct cc_tree_head *head, struct cc_err *err)
{
	struct cc_known_cas present = { 0 };

	CC_TRY(cc_home_cas_load(home, known->name, &present, err));
	/* Attested again under another key meanwhile: that ledger is not this one. */
	if (!cc_digest_eq(&present.key, &known->key) || present.size >= head->size)
		return 0;
	present.size = head->size;
	present.root = head->root;
	return cc_home_cas_save(home, &present, err);
}

int cc_head_remember(const struct cc_home *home, const struct cc_known_cas *known,
		     const struct cc_tree_head *head, struct cc_err *err)
{
	/* A descriptor of its own: flock holds per open directory, and its end gives it back. */
	CC_AUTO_CLOSE int lock = -1;

	if (head->size <= known->size)
		return 0;
	CC_TRY(cc_dir_openat(&home->dir, ".", O_RDONLY | O_DIRECTORY, 0, &lock, err));
	while (flock(lock, LOCK_EX) != 0)
		if (errno != EINTR)
			return cc_fail_sys(err, errno, "lock '%s'", home->path);
	return save_greater(home, known, head, err);
}
