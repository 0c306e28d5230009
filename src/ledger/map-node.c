/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of the state map's nodes, and proofs that need no store. */
#include "ledger/map-internal.h"

#define LEAF 1
#define INNER 2
#define DIGEST_LEN sizeof(struct cc_digest)

bool cc_map_bit(const struct cc_digest *key, uint8_t bit)
{
	return (key->b[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

int cc_map_key(const char *table, struct cc_span key, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_buf_add_sized(&text, cc_span_str("concordat map key 1"), err));
	CC_TRY(cc_buf_add_sized(&text, cc_span_str(table), err));
	CC_TRY(cc_buf_add_sized(&text, key, err));
	return cc_sha256(cc_buf_span(&text), out, err);
}

int cc_map_node_print(const struct cc_map_node *node, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(out, node->inner ? INNER : LEAF, err));
	if (node->inner)
		CC_TRY(cc_buf_add_u8(out, node->bit, err));
	CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(node->one[0]), err));
	return cc_buf_add(out, CC_DIGEST_SPAN(node->one[1]), err);
}

static int read_node(struct cc_reader *r, struct cc_map_node *node, struct cc_err *err)
{
	uint8_t kind = 0;

	CC_TRY(cc_read_u8(r, "kind", &kind, err));
	if (kind != LEAF && kind != INNER)
		return cc_fail(err, CC_E_ARG, "kind is %u", kind);
	node->inner = kind == INNER;
	if (node->inner)
		CC_TRY(cc_read_u8(r, "bit", &node->bit, err));
	CC_TRY(cc_read_copy(r, "first hash", CC_MUT(node->one[0].b), err));
	CC_TRY(cc_read_copy(r, "second hash", CC_MUT(node->one[1].b), err));
	return cc_read_end(r, "node", err);
}

int cc_map_node_parse(struct cc_span bytes, struct cc_map_node *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_map_node node = { 0 };

	if (read_node(&r, &node, err) != 0) {
		err->code = CC_E_TAMPERED;
		return cc_wrap(err, "node of the state map");
	}
	*out = node;
	return 0;
}

int cc_map_node_hash(const struct cc_map_node *node, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	/* The label keeps these hashes apart from those of the log's tree and of rows. */
	CC_TRY(cc_buf_add_str(&text, "concordat map 1\n", err));
	CC_TRY(cc_map_node_print(node, &text, err));
	return cc_sha256(cc_buf_span(&text), out, err);
}

/* A proof in parts: the steps from the root on, then the leaf they end in. */
struct proof {
	size_t count;
	struct {
		uint8_t bit;
		struct cc_digest sibling;
	} steps[CC_MAP_DEPTH];
	bool empty; /* of an empty map: no leaf either */
	struct cc_map_node leaf;
};

static int read_steps(struct cc_reader *r, struct proof *out, struct cc_err *err)
{
	int above = -1;

	for (size_t i = 0; i < out->count; i++) {
		CC_TRY(cc_read_u8(r, "bit of a step", &out->steps[i].bit, err));
		CC_TRY(cc_read_copy(r, "sibling", CC_MUT(out->steps[i].sibling.b), err));
		if (out->steps[i].bit <= above)
			return cc_fail(err, CC_E_ARG, "bits of a map proof do not ascend");
		above = out->steps[i].bit;
	}
	return 0;
}

static int parse_proof(struct cc_span bytes, struct proof *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	uint16_t count = 0;

	CC_TRY(cc_read_u16be(&r, "count of steps", &count, err));
	if (count > CC_MAP_DEPTH)
		return cc_fail(err, CC_E_ARG, "map proof has %u steps", count);
	out->count = count;
	out->empty = count == 0 && r.rest.len == 0;
	if (out->empty)
		return 0;
	CC_TRY(read_steps(&r, out, err));
	CC_TRY(cc_read_copy(&r, "key of the leaf", CC_MUT(out->leaf.one[0].b), err));
	CC_TRY(cc_read_copy(&r, "value of the leaf", CC_MUT(out->leaf.one[1].b), err));
	return cc_read_end(&r, "map proof", err);
}

/* The root that the proof leads to; all zero for an empty map. */
static int fold_proof(const struct proof *proof, struct cc_digest *root, struct cc_err *err)
{
	struct cc_map_node node = proof->leaf;

	*root = (struct cc_digest){ 0 };
	if (proof->empty)
		return 0;
	CC_TRY(cc_map_node_hash(&node, root, err));
	for (size_t i = proof->count; i > 0; i--) {
		bool right = cc_map_bit(&proof->leaf.one[0], proof->steps[i - 1].bit);

		node = (struct cc_map_node){ .inner = true, .bit = proof->steps[i - 1].bit };
		node.one[right ? 1 : 0] = *root;
		node.one[right ? 0 : 1] = proof->steps[i - 1].sibling;
		CC_TRY(cc_map_node_hash(&node, root, err));
	}
	return 0;
}

/* The leaf lies where the key would: another leaf proves absence only from there. */
static bool leads_to(const struct proof *proof, const struct cc_digest *key)
{
	for (size_t i = 0; i < proof->count; i++)
		if (cc_map_bit(key, proof->steps[i].bit) !=
		    cc_map_bit(&proof->leaf.one[0], proof->steps[i].bit))
			return false;
	return true;
}

int cc_map_check(struct cc_span bytes, const struct cc_digest *root, const struct cc_digest *key,
		 bool *present, struct cc_digest *value, struct cc_err *err)
{
	struct proof proof = { 0 };
	struct cc_digest folded;

	CC_TRY(parse_proof(bytes, &proof, err));
	CC_TRY(fold_proof(&proof, &folded, err));
	if (!cc_digest_eq(&folded, root))
		return cc_fail(err, CC_E_EVIDENCE, "map proof does not lead to the state root");
	if (!leads_to(&proof, key))
		return cc_fail(err, CC_E_EVIDENCE, "map proof is one for another key");
	*present = !proof.empty && cc_digest_eq(&proof.leaf.one[0], key);
	if (*present)
		*value = proof.leaf.one[1];
	return 0;
}
