/* SPDX-License-Identifier: Apache-2.0 */
/* One node of the tree, for btree.c and tree-seal.c: its memory, and its bytes as
 * docs/format/volume.md has them.
 */
#ifndef CC_VOLUME_NODE_INTERNAL_H
#define CC_VOLUME_NODE_INTERNAL_H

#include "volume/engine-internal.h"

/* About what an item or a child takes beside its value, in a sealed node. */
#define CC_VOL_ITEM_WEIGHT ((size_t)12)
#define CC_VOL_CHILD_WEIGHT ((size_t)48)

/* An empty, clean node without a parent; NULL when there is no memory. */
struct cc_vol_node *cc_vol_node_new(struct cc_vol_tree *tree, uint8_t level) CC_NONNULL;
/* Out of memory, whatever it holds; not out of its parent. */
void cc_vol_node_free(struct cc_vol_tree *tree, struct cc_vol_node *node) CC_NONNULL;
/* It was used last of all. */
void cc_vol_node_use(struct cc_vol_tree *tree, struct cc_vol_node *node) CC_NONNULL;
void cc_vol_node_weigh(struct cc_vol_tree *tree, struct cc_vol_node *node,
		       size_t weight) CC_NONNULL;
/* Room for `count` items or children. */
int cc_vol_node_room(struct cc_vol_tree *tree, struct cc_vol_node *node, uint32_t count,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Room for a value of `len` bytes behind the others of a leaf. */
int cc_vol_node_bytes_room(struct cc_vol_tree *tree, struct cc_vol_node *leaf, size_t len,
			   struct cc_err *err) CC_MUST CC_NONNULL;

/* Where a node is among its parent's children, and what its parent (or the tree) says of it. */
uint32_t cc_vol_child_index(const struct cc_vol_node *parent,
			    const struct cc_vol_node *node) CC_NONNULL;
struct cc_vol_child *cc_vol_child_slot(struct cc_vol_tree *tree,
				       const struct cc_vol_node *node) CC_NONNULL;
/* A child that is in memory is its parent's no longer. */
void cc_vol_child_remove(struct cc_vol_tree *tree, struct cc_vol_node *parent,
			 uint32_t at) CC_NONNULL;
/* Of a node that is not empty. */
const struct cc_vol_key *cc_vol_node_first(const struct cc_vol_node *node) CC_NONNULL;
/* Items, or children, from `from` up to `to` go to the end of another node of that level. */
struct cc_vol_part {
	uint32_t from, to;
};
int cc_vol_node_move(struct cc_vol_tree *tree, struct cc_vol_node *source, struct cc_vol_part part,
		     struct cc_vol_node *target, struct cc_err *err) CC_MUST CC_NONNULL;

/* What a node may hold: keys from `least` on, all before `below` (NULL: no bound). */
struct cc_vol_bounds {
	const struct cc_vol_key *least, *below;
};
/* Fill an empty node of its level from `*plain` (malloc'd), which is taken when it is a leaf. */
int cc_vol_node_parse(struct cc_vol_tree *tree, struct cc_vol_node *node, uint8_t **plain,
		      size_t len, const struct cc_vol_bounds *bounds,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* Replace what `out` holds. */
int cc_vol_node_write(const struct cc_vol_node *node, struct cc_buf *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
