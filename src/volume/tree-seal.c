/* SPDX-License-Identifier: Apache-2.0 */
/* What the tree becomes when it is sealed: which leaves are filled before, bottom up. */
#include "volume/node-internal.h"

/* How many items from the first on fit in so many bytes. */
static uint32_t items_within(const struct cc_vol_node *leaf, size_t room)
{
	uint32_t i = 0;

	for (; i < leaf->count && CC_VOL_ITEM_WEIGHT + leaf->items[i].len <= room; i++)
		room -= CC_VOL_ITEM_WEIGHT + leaf->items[i].len;
	return i;
}

/* The right one of two neighbours fills the left one, and goes when nothing is left of it: *done.
 */
static int leaf_fill(struct cc_volume *v, struct cc_vol_node *parent, uint32_t at, bool *done,
		     struct cc_err *err)
{
	struct cc_vol_node *left = parent->children[at].node;
	struct cc_vol_node *right = parent->children[at + 1].node;
	struct cc_vol_part part = { 0, 0 };

	*done = false;
	if (left->weight < CC_VOL_NODE_FULL)
		part.to = items_within(right, CC_VOL_NODE_FULL - left->weight);
	if (part.to == 0)
		return 0;
	CC_TRY(cc_vol_node_move(&v->tree, right, part, left, err));
	*done = right->count == 0;
	if (*done) {
		cc_vol_child_remove(&v->tree, parent, at + 1);
		cc_vol_node_free(&v->tree, right);
	} else {
		parent->children[at + 1].key = *cc_vol_node_first(right);
	}
	return 0;
}

/* The dirty children from `from` on, up to *to; the bytes that they have. */
static size_t dirty_run(const struct cc_vol_node *parent, uint32_t from, uint32_t *to)
{
	size_t weight = 0;

	for (*to = from; *to < parent->count; (*to)++) {
		const struct cc_vol_node *child = parent->children[*to].node;

		if (child == NULL || !child->dirty)
			break;
		weight += child->weight;
	}
	return weight;
}

/*
 * Items come in the order of names, of writes, of commits and not in that of keys: leaves are
 * divided in the middle and stay half full. Of those that are to be sealed beside each other one
 * less is made when that is enough. Two that were one before are not joined for the next to part.
 */
static int leaves_fill(struct cc_volume *v, struct cc_vol_node *parent, struct cc_err *err)
{
	uint32_t to = 0;

	for (uint32_t at = 0; at < parent->count; at = to + 1) {
		size_t weight = dirty_run(parent, at, &to);

		if (to < at + 2 || weight > (to - at - 1) * CC_VOL_NODE_FULL)
			continue;
		while (at + 1 < to) {
			bool done = false;

			CC_TRY(leaf_fill(v, parent, at, &done, err));
			if (done)
				to--;
			else
				at++;
		}
	}
	return 0;
}

static int node_seal(struct cc_volume *v, struct cc_vol_node *node, struct cc_buf *plain,
		     struct cc_err *err)
{
	struct cc_vol_child *slot = cc_vol_child_slot(&v->tree, node);

	CC_TRY(cc_vol_node_write(node, plain, err));
	if (plain->len > CC_VOLUME_EXTENT)
		return cc_fail(err, CC_E_BUG, "a node of %zu bytes", plain->len);
	CC_TRY(cc_vol_seal(v, CC_VOL_NODE, cc_buf_span(plain), &slot->ptr, err));
	node->dirty = false;
	v->tree.dirty -= node->weight;
	return 0;
}

/* The next dirty child from `from` on, or NULL. */
static struct cc_vol_node *dirty_child(const struct cc_vol_node *node, uint32_t *from)
{
	for (; node->level > 0 && *from < node->count; (*from)++) {
		struct cc_vol_node *child = node->children[*from].node;

		if (child != NULL && child->dirty)
			return child;
	}
	return NULL;
}

int cc_vol_tree_seal(struct cc_volume *v, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 };
	struct cc_vol_node *node = v->tree.root.node;
	uint32_t next[CC_VOL_DEPTH_MAX] = { 0 };

	if (node == NULL || !node->dirty)
		return 0;
	/* Down to what has no dirty child, then up: parents have the places of their children. */
	while (node != NULL) {
		struct cc_vol_node *child = NULL;

		if (node->level == 1 && next[1] == 0)
			CC_TRY(leaves_fill(v, node, err));
		child = dirty_child(node, &next[node->level]);
		if (child != NULL) {
			next[child->level] = 0;
			node = child;
			continue;
		}
		CC_TRY(node_seal(v, node, &plain, err));
		node = node->parent;
	}
	return 0;
}
