/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of items: a B+tree whose nodes are sealed one by one. Nothing that is
 * sealed is ever changed: a node that changes becomes dirty with all above it,
 * and gets a new place when it is sealed again.
 */
#include <errno.h>

#include "volume/node-internal.h"

/* From the root to a leaf: in node[i], index[i] leads on (in the leaf: to an item). */
struct path {
	struct cc_vol_node *node[CC_VOL_DEPTH_MAX];
	uint32_t index[CC_VOL_DEPTH_MAX];
	unsigned int depth;
};

/* Its sealed form is no longer what the tree says, and so for all above it. */
static int node_dirty(struct cc_volume *v, struct cc_vol_node *node, struct cc_err *err)
{
	for (; node != NULL && !node->dirty; node = node->parent) {
		struct cc_vol_child *slot = cc_vol_child_slot(&v->tree, node);

		if (slot->ptr.len != 0)
			CC_TRY(cc_vol_space_drop(v, slot->ptr.slot, slot->ptr.at, slot->ptr.len,
						 slot->ptr.nonce, err));
		slot->ptr = (struct cc_vol_ptr){ 0 };
		node->dirty = true;
		v->tree.dirty += node->weight;
	}
	return 0;
}

static int child_load(struct cc_volume *v, struct cc_vol_node *parent, struct cc_vol_child *child,
		      const struct cc_vol_bounds *bounds, struct cc_err *err)
{
	uint8_t level = (uint8_t)(parent == NULL ? v->tree.depth - 1 : parent->level - 1);
	CC_AUTO_FREE uint8_t *plain = NULL;
	struct cc_vol_node *node = NULL;

	if (child->node != NULL)
		return 0;
	plain = malloc(child->ptr.len);
	node = plain == NULL ? NULL : cc_vol_node_new(&v->tree, level);
	if (node == NULL)
		return cc_fail_sys(err, ENOMEM, "read the tree of a volume");
	if (cc_vol_unseal(v, CC_VOL_NODE, &child->ptr, plain, err) != 0 ||
	    cc_vol_node_parse(&v->tree, node, &plain, child->ptr.len, bounds, err) != 0) {
		cc_vol_node_free(&v->tree, node);
		return cc_vol_malformed(err, "read the tree of the volume");
	}
	v->tree.nodes_read++;
	v->tree.bytes_read += child->ptr.len;
	node->parent = parent;
	child->node = node;
	if (parent != NULL)
		parent->loaded++;
	return 0;
}

/* The last child whose key is not greater, or the first. */
static uint32_t child_for(const struct cc_vol_node *node, const struct cc_vol_key *key)
{
	uint32_t low = 1;
	uint32_t high = node->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (cc_vol_key_order(&node->children[mid].key, key) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low - 1;
}

/* The first item that is not less. */
static uint32_t item_for(const struct cc_vol_node *leaf, const struct cc_vol_key *key)
{
	uint32_t low = 0;
	uint32_t high = leaf->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (cc_vol_key_order(&leaf->items[mid].key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* To the leaf where *key is or would be. The tree is not empty. */
static int descend(struct cc_volume *v, const struct cc_vol_key *key, struct path *path,
		   struct cc_err *err)
{
	struct cc_vol_child *child = &v->tree.root;
	struct cc_vol_bounds bounds = { .least = &v->tree.root.key };
	struct cc_vol_node *parent = NULL;

	path->depth = 0;
	for (;;) {
		struct cc_vol_node *node = NULL;
		uint32_t i = 0;

		CC_TRY(child_load(v, parent, child, &bounds, err));
		node = child->node;
		cc_vol_node_use(&v->tree, node);
		i = node->level == 0 ? item_for(node, key) : child_for(node, key);
		path->node[path->depth] = node;
		path->index[path->depth++] = i;
		if (node->level == 0)
			return 0;
		child = &node->children[i];
		bounds.least = &child->key;
		if (i + 1 < node->count)
			bounds.below = &node->children[i + 1].key;
		parent = node;
	}
}

static bool at_key(const struct path *path, const struct cc_vol_key *key)
{
	const struct cc_vol_node *leaf = path->node[path->depth - 1];
	uint32_t i = path->index[path->depth - 1];

	return i < leaf->count && cc_vol_key_order(&leaf->items[i].key, key) == 0;
}

static struct cc_span item_value(const struct path *path)
{
	const struct cc_vol_node *leaf = path->node[path->depth - 1];
	const struct cc_vol_item *item = &leaf->items[path->index[path->depth - 1]];

	return cc_span(leaf->bytes + item->at, item->len);
}

int cc_vol_tree_find(struct cc_volume *v, const struct cc_vol_key *key, struct cc_span *value,
		     bool *found, struct cc_err *err)
{
	struct path path = { .depth = 0 };

	*found = false;
	if (v->tree.depth == 0)
		return 0;
	CC_TRY(descend(v, key, &path, err));
	*found = at_key(&path, key);
	if (*found)
		*value = item_value(&path);
	return 0;
}

/* Where what is behind node[level] begins; false at the end of the tree. */
static bool behind(const struct path *path, unsigned int level, struct cc_vol_key *out)
{
	for (unsigned int i = level; i-- > 0;) {
		const struct cc_vol_node *node = path->node[i];

		if (path->index[i] + 1 < node->count) {
			*out = node->children[path->index[i] + 1].key;
			return true;
		}
	}
	return false;
}

int cc_vol_tree_next(struct cc_volume *v, struct cc_vol_key *key, struct cc_span *value,
		     bool *found, struct cc_err *err)
{
	struct cc_vol_key from = *key;
	struct path path = { .depth = 0 };

	*found = false;
	while (v->tree.depth > 0) {
		const struct cc_vol_node *leaf = NULL;

		CC_TRY(descend(v, &from, &path, err));
		leaf = path.node[path.depth - 1];
		if (path.index[path.depth - 1] < leaf->count) {
			*key = leaf->items[path.index[path.depth - 1]].key;
			*value = item_value(&path);
			*found = true;
			return 0;
		}
		if (!behind(&path, path.depth - 1, &from))
			return 0;
	}
	return 0;
}

static bool is_younger(const struct cc_vol_ptr *p, uint32_t slot, uint64_t nonces)
{
	return p->slot == slot && p->nonce >= nonces;
}

/* The first level of a path whose node is older, or its depth. */
static unsigned int older_level(const struct cc_volume *v, const struct path *path, uint32_t slot,
				uint64_t nonces)
{
	const struct cc_vol_ptr *p = &v->tree.root.ptr;
	unsigned int level = 0;

	while (level < path->depth && is_younger(p, slot, nonces)) {
		const struct cc_vol_node *node = path->node[level];

		if (node->level > 0)
			p = &node->children[path->index[level]].ptr;
		level++;
	}
	return level;
}

int cc_vol_tree_younger(struct cc_volume *v, const struct cc_vol_younger *than,
			struct cc_vol_key *key, struct cc_span *value, bool *found,
			struct cc_err *err)
{
	*found = false;
	while (v->tree.depth > 0) {
		struct path path = { .depth = 0 };
		unsigned int level = 0;

		CC_TRY(descend(v, key, &path, err));
		level = older_level(v, &path, than->slot, than->nonces);
		if (level == path.depth && path.index[level - 1] < path.node[level - 1]->count) {
			*key = path.node[level - 1]->items[path.index[level - 1]].key;
			*value = item_value(&path);
			*found = true;
			return 0;
		}
		if (level == path.depth)
			level--;
		/* What is below an older node is older: nothing that is sealed ever changes. */
		if (!behind(&path, level, key))
			return 0;
	}
	return 0;
}

/* A new root above the present one. */
static int root_raise(struct cc_volume *v, struct cc_err *err)
{
	struct cc_vol_tree *tree = &v->tree;
	struct cc_vol_node *root = NULL;

	if (tree->depth >= CC_VOL_DEPTH_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the volume's tree has too many levels");
	root = cc_vol_node_new(tree, tree->depth);
	if (root == NULL)
		return cc_fail_sys(err, ENOMEM, "hold the tree of a volume");
	if (cc_vol_node_room(tree, root, 1, err) != 0) {
		cc_vol_node_free(tree, root);
		return -1;
	}
	root->children[0] = tree->root;
	root->children[0].key = *cc_vol_node_first(tree->root.node);
	root->count = root->loaded = 1;
	root->weight = CC_VOL_CHILD_WEIGHT;
	root->dirty = true;
	tree->dirty += root->weight;
	tree->root.node->parent = root;
	tree->root.ptr = (struct cc_vol_ptr){ 0 };
	tree->root.node = root;
	tree->depth++;
	return 0;
}

/*
 * Where a node that is too heavy is divided. One that grew at its end is left
 * full: what is written in order stays dense.
 */
static uint32_t split_place(const struct cc_vol_node *node, uint32_t grown)
{
	size_t left = 0;
	uint32_t i = 0;

	if (grown + 1 == node->count)
		return node->count - 1;
	for (; i + 1 < node->count && left < node->weight / 2; i++)
		left += node->level == 0 ? CC_VOL_ITEM_WEIGHT + node->items[i].len
					 : CC_VOL_CHILD_WEIGHT;
	return i;
}

static int child_insert(struct cc_vol_tree *tree, struct cc_vol_node *parent, uint32_t at,
			const struct cc_vol_child *child, struct cc_err *err)
{
	CC_TRY(cc_vol_node_room(tree, parent, parent->count + 1, err));
	memmove(parent->children + at + 1, parent->children + at,
		(parent->count - at) * sizeof(*child));
	parent->children[at] = *child;
	parent->count++;
	parent->loaded++;
	cc_vol_node_weigh(tree, parent, parent->weight + CC_VOL_CHILD_WEIGHT);
	return 0;
}

/* Divide a node that is too heavy; *at is where its new half is in the parent. */
static int divide(struct cc_volume *v, struct cc_vol_node *node, uint32_t *at, struct cc_err *err)
{
	const struct cc_vol_part part = { split_place(node, *at), node->count };
	struct cc_vol_tree *tree = &v->tree;
	struct cc_vol_child added = { 0 };

	if (node->parent == NULL)
		CC_TRY(root_raise(v, err));
	added.node = cc_vol_node_new(tree, node->level);
	if (added.node == NULL)
		return cc_fail_sys(err, ENOMEM, "hold the tree of a volume");
	added.node->dirty = true;
	added.node->parent = node->parent;
	CC_TRY(cc_vol_node_move(tree, node, part, added.node, err));
	added.key = *cc_vol_node_first(added.node);
	*at = cc_vol_child_index(node->parent, node) + 1;
	return child_insert(tree, node->parent, *at, &added, err);
}

/* Divide nodes that are too heavy, from this one up. `grown`: where it has grown. */
static int split(struct cc_volume *v, struct cc_vol_node *node, uint32_t grown, struct cc_err *err)
{
	for (; node->weight > CC_VOL_NODE_MAX && node->count > 1; node = node->parent) {
		if (divide(v, node, &grown, err) != 0) {
			v->failed = true;
			return -1;
		}
	}
	return 0;
}

/* A key before all others: the way to it says so. */
static void lower_bounds(struct path *path, const struct cc_vol_key *key)
{
	for (unsigned int i = 0; i + 1 < path->depth; i++) {
		struct cc_vol_child *child = &path->node[i]->children[path->index[i]];

		if (cc_vol_key_order(key, &child->key) < 0)
			child->key = *key;
	}
}

static int value_set(struct cc_vol_tree *tree, struct cc_vol_node *leaf, uint32_t i,
		     struct cc_span value, struct cc_err *err)
{
	struct cc_vol_item *item = &leaf->items[i];

	if (value.len > item->len) {
		/* Its old bytes are dead: a length of none keeps them out of what is kept. */
		cc_vol_node_weigh(tree, leaf, leaf->weight - item->len);
		item->len = 0;
		CC_TRY(cc_vol_node_bytes_room(tree, leaf, value.len, err));
		item->at = leaf->used;
		leaf->used += (uint32_t)value.len;
	}
	if (value.len > 0)
		memcpy(leaf->bytes + item->at, value.at, value.len);
	cc_vol_node_weigh(tree, leaf, leaf->weight + value.len - item->len);
	item->len = (uint32_t)value.len;
	return 0;
}

static int item_insert(struct cc_vol_tree *tree, struct cc_vol_node *leaf, uint32_t i,
		       const struct cc_vol_key *key, struct cc_err *err)
{
	CC_TRY(cc_vol_node_room(tree, leaf, leaf->count + 1, err));
	if (leaf->bytes == NULL)
		CC_TRY(cc_vol_node_bytes_room(tree, leaf, 1, err));
	memmove(leaf->items + i + 1, leaf->items + i, (leaf->count - i) * sizeof(leaf->items[0]));
	leaf->items[i] = (struct cc_vol_item){ .key = *key };
	leaf->count++;
	cc_vol_node_weigh(tree, leaf, leaf->weight + CC_VOL_ITEM_WEIGHT);
	return 0;
}

static int first_leaf(struct cc_volume *v, struct cc_err *err)
{
	struct cc_vol_tree *tree = &v->tree;

	if (tree->depth > 0)
		return 0;
	tree->root = (struct cc_vol_child){ .node = cc_vol_node_new(tree, 0) };
	if (tree->root.node == NULL)
		return cc_fail_sys(err, ENOMEM, "hold the tree of a volume");
	tree->root.node->dirty = true;
	tree->depth = 1;
	return 0;
}

int cc_vol_tree_put(struct cc_volume *v, const struct cc_vol_key *key, struct cc_span value,
		    struct cc_err *err)
{
	struct path path = { .depth = 0 };
	struct cc_vol_node *leaf = NULL;
	uint32_t i = 0;

	CC_TRY(first_leaf(v, err));
	CC_TRY(descend(v, key, &path, err));
	leaf = path.node[path.depth - 1];
	i = path.index[path.depth - 1];
	CC_TRY(node_dirty(v, leaf, err));
	if (!at_key(&path, key)) {
		lower_bounds(&path, key);
		CC_TRY(item_insert(&v->tree, leaf, i, key, err));
	}
	CC_TRY(value_set(&v->tree, leaf, i, value, err));
	return split(v, leaf, i, err);
}

/* Roots that lead to one node alone are needless. */
static void root_lower(struct cc_vol_tree *tree)
{
	while (tree->depth > 1 && tree->root.node != NULL && tree->root.node->count == 1) {
		struct cc_vol_node *root = tree->root.node;
		struct cc_vol_child child = root->children[0];

		child.key = tree->root.key;
		if (child.node != NULL)
			child.node->parent = NULL;
		cc_vol_node_free(tree, root);
		tree->root = child;
		tree->depth--;
	}
}

/* A node without items goes, and so does each above it that has become empty. */
static void prune(struct cc_vol_tree *tree, struct cc_vol_node *node)
{
	while (node->count == 0 && node->parent != NULL) {
		struct cc_vol_node *parent = node->parent;

		cc_vol_child_remove(tree, parent, cc_vol_child_index(parent, node));
		cc_vol_node_free(tree, node);
		node = parent;
	}
	if (node->count > 0)
		return;
	cc_vol_node_free(tree, node);
	tree->root = (struct cc_vol_child){ 0 };
	tree->depth = 0;
}

/* The children `at` and `at` + 1 become one, when both are in memory and light. */
static int join(struct cc_volume *v, struct cc_vol_node *parent, uint32_t at, bool *done,
		struct cc_err *err)
{
	struct cc_vol_node *left = parent->children[at].node;
	struct cc_vol_node *right = at + 1 < parent->count ? parent->children[at + 1].node : NULL;

	*done = false;
	if (left == NULL || right == NULL ||
	    left->weight + right->weight > CC_VOL_NODE_MAX - CC_VOL_NODE_MIN)
		return 0;
	CC_TRY(node_dirty(v, left, err));
	CC_TRY(node_dirty(v, right, err));
	CC_TRY(cc_vol_node_move(&v->tree, right, (struct cc_vol_part){ 0, right->count }, left,
				err));
	cc_vol_child_remove(&v->tree, parent, at + 1);
	cc_vol_node_free(&v->tree, right);
	*done = true;
	return 0;
}

/* Nodes that have become light are joined with a neighbour. */
static int settle(struct cc_volume *v, struct cc_vol_node *node, struct cc_err *err)
{
	while (node->count > 0 && node->weight < CC_VOL_NODE_MIN && node->parent != NULL) {
		struct cc_vol_node *parent = node->parent;
		uint32_t at = cc_vol_child_index(parent, node);
		bool done = false;

		CC_TRY(join(v, parent, at, &done, err));
		if (!done && at > 0)
			CC_TRY(join(v, parent, at - 1, &done, err));
		if (!done)
			break;
		node = parent;
	}
	if (node->count == 0)
		prune(&v->tree, node);
	root_lower(&v->tree);
	return 0;
}

int cc_vol_tree_remove(struct cc_volume *v, const struct cc_vol_key *key, struct cc_err *err)
{
	struct path path = { .depth = 0 };
	struct cc_vol_node *leaf = NULL;
	uint32_t i = 0;

	if (v->tree.depth == 0)
		return 0;
	CC_TRY(descend(v, key, &path, err));
	if (!at_key(&path, key))
		return 0;
	leaf = path.node[path.depth - 1];
	i = path.index[path.depth - 1];
	CC_TRY(node_dirty(v, leaf, err));
	cc_vol_node_weigh(&v->tree, leaf, leaf->weight - CC_VOL_ITEM_WEIGHT - leaf->items[i].len);
	leaf->count--;
	memmove(leaf->items + i, leaf->items + i + 1, (leaf->count - i) * sizeof(leaf->items[0]));
	return settle(v, leaf, err);
}

int cc_vol_tree_move(struct cc_volume *v, const struct cc_vol_key *key, cc_vol_epoch_fn *is,
		     const void *ctx, struct cc_err *err)
{
	struct path path = { .depth = 0 };

	CC_TRY(descend(v, key, &path, err));
	for (unsigned int i = path.depth; i-- > 0;) {
		const struct cc_vol_child *slot = cc_vol_child_slot(&v->tree, path.node[i]);

		if (slot->ptr.len != 0 && is(ctx, slot->ptr.slot))
			CC_TRY(node_dirty(v, path.node[i], err));
	}
	return 0;
}

void cc_vol_tree_trim(struct cc_volume *v, size_t most)
{
	struct cc_vol_tree *tree = &v->tree;
	struct cc_vol_node *newer = NULL;

	for (struct cc_vol_node *node = tree->oldest; node != NULL && tree->bytes > most;
	     node = newer) {
		newer = node->newer;
		if (node->dirty || (node->level > 0 && node->loaded > 0) || node->parent == NULL)
			continue;
		node->parent->children[cc_vol_child_index(node->parent, node)].node = NULL;
		node->parent->loaded--;
		cc_vol_node_free(tree, node);
	}
	tree->kept = tree->bytes > most ? tree->bytes : 0;
}

void cc_vol_tree_clear(struct cc_volume *v)
{
	while (v->tree.oldest != NULL)
		cc_vol_node_free(&v->tree, v->tree.oldest);
	v->tree = (struct cc_vol_tree){ 0 };
}
