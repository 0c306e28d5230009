/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "base/pool.h"
#include "ledger/map-internal.h"

/*
 * Nodes held in memory before the lower ones are forgotten, and the levels that stay: of a million
 * rows a lookup then reads the lowest five. The paths to the policies of a CAS that has 100,000,
 * and three other rows for each, are 800,000 nodes: some 60 MB.
 */
#define CACHE_NODES 1048576
#define CACHE_LEVELS 15

enum kind {
	STUB = 0, /* known by its hash only */
	LEAF,
	INNER,
};

struct pair {
	struct cc_digest key, value;
};

/* Most nodes are stubs and inner ones, which do without the room of a pair. */
struct node {
	uint8_t kind;
	bool stored; /* the store has it under `hash`, and all that is below it */
	bool hashed; /* `hash` is right */
	uint8_t bit;
	struct cc_digest hash;
	union {
		struct pair *pair;     /* of a leaf, its own */
		struct node *child[2]; /* of an inner node */
	};
};

struct cc_map {
	struct cc_map_source source;
	struct cc_pool nodes, pairs;
	struct node *root;   /* NULL: empty */
	struct cc_buf drops; /* hashes of stored nodes that are replaced */
	size_t count;
	size_t keep;    /* nodes, before the lower ones are forgotten */
	size_t trim_at; /* the count at which to look for nodes to forget */
};

/* The slots from the root to a leaf: pointers that hold the nodes. */
struct path {
	size_t count;
	struct node **slots[CC_MAP_DEPTH + 1];
};

static int new_node(struct cc_map *map, enum kind kind, struct node **out, struct cc_err *err)
{
	struct node *node = NULL;
	void *at = NULL;

	CC_TRY(cc_pool_take(&map->nodes, &at, err));
	node = at;
	node->kind = (uint8_t)kind;
	map->count++;
	*out = node;
	return 0;
}

static int new_stub(struct cc_map *map, const struct cc_digest *hash, struct node **out,
		    struct cc_err *err)
{
	CC_TRY(new_node(map, STUB, out, err));
	(*out)->hash = *hash;
	(*out)->stored = (*out)->hashed = true;
	return 0;
}

/* What a stub, an inner node or a leaf is beside its hash. */
static void free_tree(struct cc_map *map, struct node *node);
static void empty(struct cc_map *map, struct node *node)
{
	if (node->kind == LEAF)
		cc_pool_give(&map->pairs, node->pair);
	for (size_t i = 0; node->kind == INNER && i < CC_COUNT(node->child); i++)
		free_tree(map, node->child[i]);
	node->kind = STUB;
}

static void free_tree(struct cc_map *map, struct node *node)
{
	if (node == NULL)
		return;
	empty(map, node);
	cc_pool_give(&map->nodes, node);
	map->count--;
}

int cc_map_new(const struct cc_map_source *source, const struct cc_digest *root,
	       struct cc_map **out, struct cc_err *err)
{
	CC_AUTO_MAP struct cc_map *map = calloc(1, sizeof(*map));

	if (map == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for the state map");
	map->source = *source;
	map->nodes.size = sizeof(struct node);
	map->pairs.size = sizeof(struct pair);
	cc_map_keep(map, CACHE_NODES);
	if (!cc_digest_is_zero(root))
		CC_TRY(new_stub(map, root, &map->root, err));
	*out = CC_TAKE(map);
	return 0;
}

void cc_map_keep(struct cc_map *map, size_t nodes)
{
	map->keep = map->trim_at = nodes;
}

void cc_map_free(struct cc_map *map)
{
	if (map == NULL)
		return;
	cc_pool_clear(&map->nodes);
	cc_pool_clear(&map->pairs);
	cc_buf_clear(&map->drops);
	free(map);
}

/* Forget what lies below the upper levels and is in the store. */
static void trim(struct cc_map *map, struct node *node, unsigned int level)
{
	if (node == NULL || node->kind != INNER)
		return;
	if (level < CACHE_LEVELS || !node->stored) {
		trim(map, node->child[0], level + 1);
		trim(map, node->child[1], level + 1);
		return;
	}
	empty(map, node);
}

/* Changes cannot be forgotten, so after a large group the next look is further off. */
static void trim_cache(struct cc_map *map)
{
	if (map->count < map->trim_at)
		return;
	trim(map, map->root, 0);
	map->trim_at = map->count > map->keep / 2 ? 2 * map->count : map->keep;
}

static int tampered(const struct cc_digest *hash, const char *how, struct cc_err *err)
{
	return cc_fail(err, CC_E_TAMPERED, "node %02x%02x%02x%02x… of the state map %s", hash->b[0],
		       hash->b[1], hash->b[2], hash->b[3], how);
}

/* The node's bytes from the store, proven by their hash. */
static int fetch(const struct cc_map *map, const struct cc_digest *hash, struct cc_map_node *out,
		 struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { .max = CC_MAP_NODE_MAX };
	struct cc_digest found;

	if (map->source.get(map->source.context, hash, &bytes, err) != 0) {
		if (err->code == CC_E_NOTFOUND)
			return tampered(hash, "is missing in the store", err);
		if (err->code == CC_E_TOOBIG)
			return tampered(hash, "is longer than a node", err);
		return cc_wrap(err, "read a node of the state map");
	}
	CC_TRY(cc_map_node_parse(cc_buf_span(&bytes), out, err));
	CC_TRY(cc_map_node_hash(out, &found, err));
	return cc_digest_eq(&found, hash) ? 0 : tampered(hash, "has other bytes", err);
}

static int make_leaf(struct cc_map *map, struct node *node, const struct cc_digest *key,
		     const struct cc_digest *value, struct cc_err *err)
{
	void *at = NULL;

	CC_TRY(cc_pool_take(&map->pairs, &at, err));
	node->kind = LEAF;
	node->pair = at;
	*node->pair = (struct pair){ *key, *value };
	return 0;
}

/* Make a stub what it stands for. `above` is the bit of its parent, -1 at the root. */
static int load(struct cc_map *map, struct node *node, int above, struct cc_err *err)
{
	struct node *child[2] = { 0 };
	struct cc_map_node stored;

	if (node->kind != STUB)
		return 0;
	CC_TRY(fetch(map, &node->hash, &stored, err));
	if (!stored.inner)
		return make_leaf(map, node, &stored.one[0], &stored.one[1], err);
	/* Ascending bits bound the depth whatever the root is that we were given. */
	if (stored.bit <= above)
		return tampered(&node->hash, "lies below a later bit", err);
	CC_TRY(new_stub(map, &stored.one[0], &child[0], err));
	if (new_stub(map, &stored.one[1], &child[1], err) != 0) {
		free_tree(map, child[0]);
		return -1;
	}
	node->kind = INNER;
	node->bit = stored.bit;
	node->child[0] = child[0];
	node->child[1] = child[1];
	return 0;
}

static struct node *last(const struct path *path)
{
	return *path->slots[path->count - 1];
}

/* The leaf where `key` is, or would be: it agrees with the key in every bit on the way. */
static int find(struct cc_map *map, const struct cc_digest *key, struct path *path,
		struct cc_err *err)
{
	struct node **slot = &map->root;
	int above = -1;

	path->count = 0;
	trim_cache(map);
	for (;;) {
		CC_TRY(load(map, *slot, above, err));
		path->slots[path->count++] = slot;
		if ((*slot)->kind == LEAF)
			break;
		above = (*slot)->bit;
		slot = &(*slot)->child[cc_map_bit(key, (*slot)->bit) ? 1 : 0];
	}
	for (size_t i = 0; i + 1 < path->count; i++) {
		uint8_t bit = (*path->slots[i])->bit;

		if (cc_map_bit(key, bit) != cc_map_bit(&last(path)->pair->key, bit))
			return tampered(&last(path)->hash, "lies where its key does not", err);
	}
	return 0;
}

int cc_map_get(struct cc_map *map, const struct cc_digest *key, bool *present,
	       struct cc_digest *value, struct cc_err *err)
{
	struct path path;

	*present = false;
	if (map->root == NULL)
		return 0;
	CC_TRY(find(map, key, &path, err));
	if (!cc_digest_eq(&last(&path)->pair->key, key))
		return 0;
	*present = true;
	*value = last(&path)->pair->value;
	return 0;
}

/* Room for the drops of one change, so that marking below cannot fail half way. */
static int reserve_drops(struct cc_map *map, struct cc_err *err)
{
	return cc_buf_reserve(&map->drops, (CC_MAP_DEPTH + 1) * sizeof(struct cc_digest), err);
}

/* The store's form of the node is to go. */
static void supersede(struct cc_map *map, struct node *node)
{
	struct cc_err none;

	if (node->stored)
		cc_ignore(cc_buf_add(&map->drops, CC_DIGEST_SPAN(node->hash), &none));
	node->stored = node->hashed = false;
}

static void supersede_path(struct cc_map *map, const struct path *path, size_t count)
{
	for (size_t i = 0; i < count; i++)
		supersede(map, *path->slots[i]);
}

/* The first bit in which two keys differ; they do. */
static uint8_t first_difference(const struct cc_digest *a, const struct cc_digest *b)
{
	unsigned int at = 0;

	while (at < CC_MAP_DEPTH - 1 && cc_map_bit(a, (uint8_t)at) == cc_map_bit(b, (uint8_t)at))
		at++;
	return (uint8_t)at;
}

static int new_leaf(struct cc_map *map, const struct cc_digest *key, const struct cc_digest *value,
		    struct node **out, struct cc_err *err)
{
	struct node *node = NULL;

	CC_TRY(new_node(map, STUB, &node, err));
	if (make_leaf(map, node, key, value, err) != 0) {
		free_tree(map, node);
		return -1;
	}
	*out = node;
	return 0;
}

/* Put a new leaf beside what is on the path, under a new node for the first bit that differs. */
static int insert(struct cc_map *map, const struct path *path, const struct cc_digest *key,
		  const struct cc_digest *value, struct cc_err *err)
{
	uint8_t bit = first_difference(key, &last(path)->pair->key);
	struct node *leaf = NULL, *inner = NULL;
	size_t side = cc_map_bit(key, bit) ? 1 : 0, at = 0;

	CC_TRY(new_leaf(map, key, value, &leaf, err));
	if (new_node(map, INNER, &inner, err) != 0) {
		free_tree(map, leaf);
		return -1;
	}
	/* The last one is a leaf. */
	while (at + 1 < path->count && (*path->slots[at])->bit < bit)
		at++;
	supersede_path(map, path, at);
	inner->bit = bit;
	inner->child[side] = leaf;
	inner->child[1 - side] = *path->slots[at];
	*path->slots[at] = inner;
	return 0;
}

int cc_map_set(struct cc_map *map, const struct cc_digest *key, const struct cc_digest *value,
	       struct cc_err *err)
{
	struct path path;

	if (map->root == NULL)
		return new_leaf(map, key, value, &map->root, err);
	CC_TRY(find(map, key, &path, err));
	CC_TRY(reserve_drops(map, err));
	if (!cc_digest_eq(&last(&path)->pair->key, key))
		return insert(map, &path, key, value, err);
	if (cc_digest_eq(&last(&path)->pair->value, value))
		return 0;
	supersede_path(map, &path, path.count);
	last(&path)->pair->value = *value;
	return 0;
}

int cc_map_delete(struct cc_map *map, const struct cc_digest *key, struct cc_err *err)
{
	struct node *leaf = NULL, *parent = NULL;
	struct path path = { 0 };

	if (map->root != NULL)
		CC_TRY(find(map, key, &path, err));
	if (path.count == 0 || !cc_digest_eq(&last(&path)->pair->key, key))
		return cc_fail(err, CC_E_NOTFOUND, "the state map has no such key");
	CC_TRY(reserve_drops(map, err));
	supersede_path(map, &path, path.count);
	leaf = last(&path);
	if (path.count == 1) {
		map->root = NULL;
	} else {
		/* The sibling takes the parent's place; its own bytes do not change. */
		parent = *path.slots[path.count - 2];
		*path.slots[path.count - 2] = parent->child[parent->child[0] == leaf ? 1 : 0];
		parent->kind = STUB; /* its children are elsewhere now */
	}
	free_tree(map, leaf);
	free_tree(map, parent);
	return 0;
}

static struct cc_map_node stored_form(const struct node *node)
{
	struct cc_map_node form = { .inner = node->kind == INNER, .bit = node->bit };

	form.one[0] = form.inner ? node->child[0]->hash : node->pair->key;
	form.one[1] = form.inner ? node->child[1]->hash : node->pair->value;
	return form;
}

static int rehash(struct node *node, struct cc_err *err)
{
	struct cc_map_node form;

	if (node->hashed)
		return 0;
	if (node->kind == INNER) {
		CC_TRY(rehash(node->child[0], err));
		CC_TRY(rehash(node->child[1], err));
	}
	form = stored_form(node);
	CC_TRY(cc_map_node_hash(&form, &node->hash, err));
	node->hashed = true;
	return 0;
}

int cc_map_root(struct cc_map *map, struct cc_digest *out, struct cc_err *err)
{
	if (map->root != NULL)
		CC_TRY(rehash(map->root, err));
	*out = map->root != NULL ? map->root->hash : (struct cc_digest){ 0 };
	return 0;
}

/* Below a stored node everything is stored, so the walk is as long as the changes. */
static int put_new(const struct node *node, const struct cc_map_sink *sink, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_map_node form;

	if (node == NULL || node->stored)
		return 0;
	for (size_t i = 0; node->kind == INNER && i < CC_COUNT(node->child); i++)
		CC_TRY(put_new(node->child[i], sink, err));
	form = stored_form(node);
	CC_TRY(cc_map_node_print(&form, &bytes, err));
	return sink->put(sink->context, &node->hash, cc_buf_span(&bytes), err);
}

int cc_map_changes(struct cc_map *map, const struct cc_map_sink *sink, struct cc_err *err)
{
	struct cc_reader drops = cc_reader(cc_buf_span(&map->drops));
	struct cc_digest hash;

	CC_TRY(cc_map_root(map, &hash, err));
	while (drops.rest.len != 0) {
		CC_TRY(cc_read_copy(&drops, "dropped node", CC_MUT(hash.b), err));
		CC_TRY(sink->drop(sink->context, &hash, err));
	}
	return put_new(map->root, sink, err);
}

static void settle(struct node *node)
{
	if (node == NULL || node->stored)
		return;
	for (size_t i = 0; node->kind == INNER && i < CC_COUNT(node->child); i++)
		settle(node->child[i]);
	node->stored = true;
}

void cc_map_settle(struct cc_map *map)
{
	settle(map->root);
	cc_buf_reset(&map->drops);
}

int cc_map_reset(struct cc_map *map, const struct cc_digest *root, struct cc_err *err)
{
	struct node *stub = NULL;

	if (!cc_digest_is_zero(root))
		CC_TRY(new_stub(map, root, &stub, err));
	free_tree(map, map->root);
	map->root = stub;
	cc_buf_reset(&map->drops);
	return 0;
}

int cc_map_prove(struct cc_map *map, const struct cc_digest *key, struct cc_buf *out,
		 struct cc_err *err)
{
	struct cc_digest root;
	struct path path;

	if (map->root == NULL)
		return cc_buf_add_u16be(out, 0, err);
	CC_TRY(cc_map_root(map, &root, err));
	CC_TRY(find(map, key, &path, err));
	CC_TRY(cc_buf_add_u16be(out, (uint16_t)(path.count - 1), err));
	for (size_t i = 0; i + 1 < path.count; i++) {
		const struct node *node = *path.slots[i];

		CC_TRY(cc_buf_add_u8(out, node->bit, err));
		CC_TRY(cc_buf_add(
			out, CC_DIGEST_SPAN(node->child[cc_map_bit(key, node->bit) ? 0 : 1]->hash),
			err));
	}
	CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(last(&path)->pair->key), err));
	return cc_buf_add(out, CC_DIGEST_SPAN(last(&path)->pair->value), err);
}
