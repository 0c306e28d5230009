/* SPDX-License-Identifier: Apache-2.0 */
/* One node of the tree: its memory, and its bytes. */
#include <errno.h>

#include "volume/node-internal.h"

static size_t node_memory(const struct cc_vol_node *node)
{
	size_t one = node->level == 0 ? sizeof(struct cc_vol_item) : sizeof(struct cc_vol_child);

	return sizeof(*node) + node->room * one + (node->level == 0 ? node->bytes_room : 0);
}

static void lru_add(struct cc_vol_tree *tree, struct cc_vol_node *node)
{
	node->older = tree->newest;
	node->newer = NULL;
	if (tree->newest != NULL)
		tree->newest->newer = node;
	else
		tree->oldest = node;
	tree->newest = node;
}

static void lru_remove(struct cc_vol_tree *tree, struct cc_vol_node *node)
{
	if (node->older != NULL)
		node->older->newer = node->newer;
	else
		tree->oldest = node->newer;
	if (node->newer != NULL)
		node->newer->older = node->older;
	else
		tree->newest = node->older;
}

void cc_vol_node_use(struct cc_vol_tree *tree, struct cc_vol_node *node)
{
	if (tree->newest == node)
		return;
	lru_remove(tree, node);
	lru_add(tree, node);
}

struct cc_vol_node *cc_vol_node_new(struct cc_vol_tree *tree, uint8_t level)
{
	struct cc_vol_node *node = calloc(1, sizeof(*node));

	if (node == NULL)
		return NULL;
	node->level = level;
	lru_add(tree, node);
	tree->bytes += node_memory(node);
	return node;
}

/* Out of memory, whatever it holds; not out of its parent. */
void cc_vol_node_free(struct cc_vol_tree *tree, struct cc_vol_node *node)
{
	lru_remove(tree, node);
	tree->bytes -= node_memory(node);
	if (node->dirty)
		tree->dirty -= node->weight;
	if (node->level == 0) {
		free(node->items);
		free(node->bytes);
	} else {
		free(node->children);
	}
	free(node);
}

void cc_vol_node_weigh(struct cc_vol_tree *tree, struct cc_vol_node *node, size_t weight)
{
	if (node->dirty)
		tree->dirty += weight - node->weight;
	node->weight = weight;
}

/* Room for one more item or child. */
int cc_vol_node_room(struct cc_vol_tree *tree, struct cc_vol_node *node, uint32_t count,
		     struct cc_err *err)
{
	size_t one = node->level == 0 ? sizeof(struct cc_vol_item) : sizeof(struct cc_vol_child);
	uint32_t room = node->room == 0 ? 8 : node->room;
	void **at = node->level == 0 ? (void **)&node->items : (void **)&node->children;
	void *grown = NULL;

	if (count <= node->room)
		return 0;
	while (room < count)
		room *= 2;
	grown = realloc(*at, room * one);
	if (grown == NULL)
		return cc_fail_sys(err, ENOMEM, "hold the tree of a volume");
	*at = grown;
	tree->bytes += (room - node->room) * one;
	node->room = room;
	return 0;
}

/* Bytes of the values that a leaf still has. */
static size_t leaf_live(const struct cc_vol_node *leaf)
{
	return leaf->weight - leaf->count * CC_VOL_ITEM_WEIGHT;
}

/* Room for a value of `len` bytes: what is dead goes when that is enough. */
int cc_vol_node_bytes_room(struct cc_vol_tree *tree, struct cc_vol_node *leaf, size_t len,
			   struct cc_err *err)
{
	size_t room = leaf->bytes_room == 0 ? 512 : leaf->bytes_room;
	uint32_t used = 0;
	uint8_t *bytes = NULL;

	if (leaf->used + len <= leaf->bytes_room)
		return 0;
	while (room < (leaf_live(leaf) + len) * 5 / 4)
		room *= 2;
	bytes = malloc(room);
	if (bytes == NULL)
		return cc_fail_sys(err, ENOMEM, "hold the tree of a volume");
	for (uint32_t i = 0; leaf->bytes != NULL && i < leaf->count; i++) {
		memcpy(bytes + used, leaf->bytes + leaf->items[i].at, leaf->items[i].len);
		leaf->items[i].at = used;
		used += leaf->items[i].len;
	}
	free(leaf->bytes);
	leaf->bytes = bytes;
	leaf->used = used;
	tree->bytes += room - leaf->bytes_room;
	leaf->bytes_room = (uint32_t)room;
	return 0;
}

uint32_t cc_vol_child_index(const struct cc_vol_node *parent, const struct cc_vol_node *node)
{
	uint32_t i = 0;

	while (parent->children[i].node != node)
		i++;
	return i;
}

struct cc_vol_child *cc_vol_child_slot(struct cc_vol_tree *tree, const struct cc_vol_node *node)
{
	return node->parent == NULL
		       ? &tree->root
		       : &node->parent->children[cc_vol_child_index(node->parent, node)];
}

const struct cc_vol_key *cc_vol_node_first(const struct cc_vol_node *node)
{
	return node->level == 0 ? &node->items[0].key : &node->children[0].key;
}

static int items_move(struct cc_vol_tree *tree, struct cc_vol_node *source, struct cc_vol_part part,
		      struct cc_vol_node *target, struct cc_err *err)
{
	size_t moved = 0;

	for (uint32_t i = part.from; i < part.to; i++)
		moved += CC_VOL_ITEM_WEIGHT + source->items[i].len;
	CC_TRY(cc_vol_node_room(tree, target, target->count + part.to - part.from, err));
	CC_TRY(cc_vol_node_bytes_room(tree, target, moved, err));
	for (uint32_t i = part.from; i < part.to; i++) {
		const struct cc_vol_item *item = &source->items[i];

		memcpy(target->bytes + target->used, source->bytes + item->at, item->len);
		target->items[target->count++] = (struct cc_vol_item){ .key = item->key,
								       .at = target->used,
								       .len = item->len };
		target->used += item->len;
	}
	memmove(source->items + part.from, source->items + part.to,
		(source->count - part.to) * sizeof(source->items[0]));
	source->count -= part.to - part.from;
	cc_vol_node_weigh(tree, source, source->weight - moved);
	cc_vol_node_weigh(tree, target, target->weight + moved);
	return 0;
}

static int children_move(struct cc_vol_tree *tree, struct cc_vol_node *source,
			 struct cc_vol_part part, struct cc_vol_node *target, struct cc_err *err)
{
	size_t moved = (part.to - part.from) * CC_VOL_CHILD_WEIGHT;

	CC_TRY(cc_vol_node_room(tree, target, target->count + part.to - part.from, err));
	for (uint32_t i = part.from; i < part.to; i++) {
		struct cc_vol_child *child = &source->children[i];

		if (child->node != NULL) {
			child->node->parent = target;
			source->loaded--;
			target->loaded++;
		}
		target->children[target->count++] = *child;
	}
	memmove(source->children + part.from, source->children + part.to,
		(source->count - part.to) * sizeof(source->children[0]));
	source->count -= part.to - part.from;
	cc_vol_node_weigh(tree, source, source->weight - moved);
	cc_vol_node_weigh(tree, target, target->weight + moved);
	return 0;
}

int cc_vol_node_move(struct cc_vol_tree *tree, struct cc_vol_node *source, struct cc_vol_part part,
		     struct cc_vol_node *target, struct cc_err *err)
{
	return source->level == 0 ? items_move(tree, source, part, target, err)
				  : children_move(tree, source, part, target, err);
}

void cc_vol_child_remove(struct cc_vol_tree *tree, struct cc_vol_node *parent, uint32_t at)
{
	parent->count--;
	parent->loaded--;
	memmove(parent->children + at, parent->children + at + 1,
		(parent->count - at) * sizeof(parent->children[0]));
	cc_vol_node_weigh(tree, parent, parent->weight - CC_VOL_CHILD_WEIGHT);
}

static int key_fits(const struct cc_vol_bounds *bounds, const struct cc_vol_key *last,
		    const struct cc_vol_key *key, struct cc_err *err)
{
	if ((last == NULL ? cc_vol_key_order(bounds->least, key) > 0
			  : cc_vol_key_order(last, key) >= 0) ||
	    (bounds->below != NULL && cc_vol_key_order(key, bounds->below) >= 0))
		return cc_fail(err, CC_E_TAMPERED, "an item is out of order");
	return 0;
}

/* `count` items, whose values stay where they are in the leaf's bytes. */
static int leaf_parse(struct cc_vol_node *leaf, struct cc_reader r, uint32_t count,
		      const struct cc_vol_bounds *bounds, struct cc_err *err)
{
	const struct cc_vol_key zero = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		struct cc_vol_item *item = &leaf->items[i];
		const struct cc_vol_key *last = i > 0 ? &leaf->items[i - 1].key : NULL;
		struct cc_span value = { 0 };
		uint64_t len = 0;

		CC_TRY(cc_vol_node_key_read(&r, last == NULL ? &zero : last, &item->key, err));
		CC_TRY(key_fits(bounds, last, &item->key, err));
		CC_TRY(cc_vol_varint_read(&r, "length of a value", &len, err));
		if (len > CC_VOL_ITEM_MAX)
			return cc_fail(err, CC_E_TAMPERED, "a value of '%llu' bytes",
				       (unsigned long long)len);
		CC_TRY(cc_read_span(&r, (size_t)len, "value", &value, err));
		item->at = (uint32_t)(value.at - leaf->bytes);
		item->len = (uint32_t)len;
		leaf->weight += CC_VOL_ITEM_WEIGHT + len;
		leaf->count++;
	}
	return cc_read_end(&r, "leaf", err);
}

static int interior_parse(struct cc_vol_node *node, struct cc_reader r, uint32_t count,
			  const struct cc_vol_bounds *bounds, struct cc_err *err)
{
	const struct cc_vol_key zero = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		struct cc_vol_child *child = &node->children[i];
		const struct cc_vol_key *last = i > 0 ? &node->children[i - 1].key : NULL;

		*child = (struct cc_vol_child){ 0 };
		CC_TRY(cc_vol_node_key_read(&r, last == NULL ? &zero : last, &child->key, err));
		CC_TRY(key_fits(bounds, last, &child->key, err));
		CC_TRY(cc_vol_ptr_read(&r, &child->ptr, err));
		node->weight += CC_VOL_CHILD_WEIGHT;
		node->count++;
	}
	return cc_read_end(&r, "node", err);
}

/* `*plain` is taken when it becomes a leaf's. */
int cc_vol_node_parse(struct cc_vol_tree *tree, struct cc_vol_node *node, uint8_t **plain,
		      size_t len, const struct cc_vol_bounds *bounds, struct cc_err *err)
{
	struct cc_reader r = cc_reader(cc_span(*plain, len));
	uint8_t level = 0;
	uint32_t count = 0;

	CC_TRY(cc_vol_node_read(&r, &level, &count, err));
	if (level != node->level)
		return cc_fail(err, CC_E_TAMPERED, "a node of level '%u' instead of '%u'", level,
			       node->level);
	CC_TRY(cc_vol_node_room(tree, node, count, err));
	if (level > 0)
		return interior_parse(node, r, count, bounds, err);
	node->bytes = CC_TAKE(*plain);
	node->used = node->bytes_room = (uint32_t)len;
	tree->bytes += len;
	return leaf_parse(node, r, count, bounds, err);
}

int cc_vol_node_write(const struct cc_vol_node *node, struct cc_buf *out, struct cc_err *err)
{
	struct cc_vol_key last = { 0 };

	cc_buf_reset(out);
	CC_TRY(cc_vol_node_begin(out, node->level, node->count, err));
	for (uint32_t i = 0; i < node->count; i++) {
		const struct cc_vol_item *item = &node->items[i];
		const struct cc_vol_child *child = &node->children[i];
		const struct cc_vol_key *key = node->level == 0 ? &item->key : &child->key;

		CC_TRY(cc_vol_node_key_add(out, &last, key, err));
		last = *key;
		if (node->level > 0) {
			CC_TRY(cc_vol_ptr_add(out, &child->ptr, err));
			continue;
		}
		CC_TRY(cc_vol_varint_add(out, item->len, err));
		CC_TRY(cc_buf_add(out, cc_span(node->bytes + item->at, item->len), err));
	}
	return 0;
}
