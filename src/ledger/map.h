/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state map: an authenticated map from 32-byte keys to 32-byte values.
 *
 * A binary Patricia tree. An inner node names the first bit in which the keys
 * below it differ; keys with a 0 there lie left, with a 1 right. Its shape, and
 * so its root, depends on the content alone and not on the order of changes.
 * Format: docs/format/ledger.md section 3.
 *
 * 1. A node is addressed by its own hash and lies in a store that nobody
 *    trusts. Bytes that do not hash to the address, or that are missing, are
 *    CC_E_TAMPERED: a hostile store can stop us but not answer for us.
 * 2. For one root, each key leads to one leaf: that leaf has the key, or the
 *    key is absent. So absence is proven as firmly as presence.
 * 3. Changes are made in memory. Nothing is written until the caller asks for
 *    the changes; then it writes them in one transaction with what they stand
 *    for and says cc_map_settle, or drops them with cc_map_reset.
 * 4. No node occurs twice in one tree (leaves hold their key), so a node that a
 *    change replaces can be dropped with no count of references.
 */
#ifndef CC_LEDGER_MAP_H
#define CC_LEDGER_MAP_H

#include "base/buf.h"
#include "crypto/hash.h"

/* 1 ‖ key ‖ value, or 2 ‖ bit ‖ left ‖ right. */
#define CC_MAP_NODE_MAX 66
/* Count (u16be), then (bit, sibling) from the root on, then the leaf. */
#define CC_MAP_PROOF_MAX (2 + 256 * 33 + 64)

struct cc_map_source {
	/* The bytes stored under this hash, added to `out`, or CC_E_NOTFOUND. */
	int (*get)(void *context, const struct cc_digest *hash, struct cc_buf *out,
		   struct cc_err *err);
	void *context;
};

struct cc_map_sink {
	int (*drop)(void *context, const struct cc_digest *hash, struct cc_err *err);
	int (*put)(void *context, const struct cc_digest *hash, struct cc_span bytes,
		   struct cc_err *err);
	void *context;
};

struct cc_map; /* one thread at a time */
#define CC_AUTO_MAP CC_CLEANUP(cc_map_auto)

/* The map's key for a row: SHA-256 over label, table and key, each with its length. */
int cc_map_key(const char *table, struct cc_span key, struct cc_digest *out,
	       struct cc_err *err) CC_MUST CC_NONNULL;

/* `source` is copied. `root` is believed: take it from a verified head. All zero: empty. */
int cc_map_new(const struct cc_map_source *source, const struct cc_digest *root,
	       struct cc_map **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* How many nodes stay in memory, instead of a million. Changes that are not settled always do. */
void cc_map_keep(struct cc_map *map, size_t nodes) CC_NONNULL;
void cc_map_free(struct cc_map *map);
static inline void cc_map_auto(struct cc_map **map)
{
	cc_map_free(*map);
}

/* Changes that are not settled count. An absent key is no error: *present is false. */
int cc_map_get(struct cc_map *map, const struct cc_digest *key, bool *present,
	       struct cc_digest *value, struct cc_err *err) CC_MUST CC_NONNULL;
/* On failure the map is as before. */
int cc_map_set(struct cc_map *map, const struct cc_digest *key, const struct cc_digest *value,
	       struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_NOTFOUND when the key is absent. */
int cc_map_delete(struct cc_map *map, const struct cc_digest *key,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* The root with all changes so far. */
int cc_map_root(struct cc_map *map, struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * What the store must do for this map to lie in it: first all drops, then all
 * puts (a node that was replaced and came back is in both). Repeatable.
 */
int cc_map_changes(struct cc_map *map, const struct cc_map_sink *sink,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* The changes are durable. Keeps the upper part of the tree in memory as a cache. */
void cc_map_settle(struct cc_map *map) CC_NONNULL;
/* Forget everything and begin at `root`: after a transaction that did not happen. */
int cc_map_reset(struct cc_map *map, const struct cc_digest *root,
		 struct cc_err *err) CC_MUST CC_NONNULL;

/* A proof of what the map says of `key`, without a store to look into; added to `out`. */
int cc_map_prove(struct cc_map *map, const struct cc_digest *key, struct cc_buf *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_ARG: not a proof; CC_E_EVIDENCE: not one for this key under this root. */
int cc_map_check(struct cc_span bytes, const struct cc_digest *root, const struct cc_digest *key,
		 bool *present, struct cc_digest *value, struct cc_err *err) CC_MUST CC_NONNULL;

/* A node as it is stored; for the fuzzer and for tools. CC_E_TAMPERED when malformed. */
struct cc_map_node {
	bool inner;
	uint8_t bit;             /* of an inner node */
	struct cc_digest one[2]; /* key and value of a leaf; left and right of an inner node */
};
int cc_map_node_parse(struct cc_span bytes, struct cc_map_node *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_map_node_print(const struct cc_map_node *node, struct cc_buf *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* The node's address: SHA-256 over a label and its bytes. */
int cc_map_node_hash(const struct cc_map_node *node, struct cc_digest *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
