/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tree.h"

int cc_tree_leaf(struct cc_span entry, struct cc_digest *out, struct cc_err *err)
{
	static const uint8_t leaf = 0x00;
	const struct cc_span parts[] = { { &leaf, 1 }, entry };

	return cc_sha256v(parts, CC_COUNT(parts), out, err);
}

int cc_tree_parent(const struct cc_digest *left, const struct cc_digest *right,
		   struct cc_digest *out, struct cc_err *err)
{
	uint8_t node[1 + 2 * sizeof(left->b)] = { 0x01 };

	memcpy(node + 1, left->b, sizeof(left->b));
	memcpy(node + 1 + sizeof(left->b), right->b, sizeof(right->b));
	return cc_sha256(CC_SPAN(node), out, err);
}

static int check_size(uint64_t size, struct cc_err *err)
{
	if (size > CC_TREE_SIZE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a tree of %llu leaves is over the maximum",
			       (unsigned long long)size);
	return 0;
}

static int put(const struct cc_tree_sink *sink, unsigned int level, uint64_t index,
	       const struct cc_digest *hash, struct cc_err *err)
{
	return sink != NULL ? sink->put(sink->context, level, index, hash, err) : 0;
}

int cc_frontier_append(struct cc_frontier *frontier, const struct cc_digest *leaf,
		       const struct cc_tree_sink *sink, struct cc_err *err)
{
	struct cc_digest node = *leaf;
	unsigned int level = 0;

	if (frontier->size >= CC_TREE_SIZE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the tree is full");
	CC_TRY(put(sink, 0, frontier->size, &node, err));
	/* Each set bit is a complete subtree that the new leaf completes the sibling of. */
	for (; (frontier->size >> level & 1) != 0; level++) {
		CC_TRY(cc_tree_parent(&frontier->peaks[level], &node, &node, err));
		CC_TRY(put(sink, level + 1, frontier->size >> (level + 1), &node, err));
	}
	frontier->peaks[level] = node;
	frontier->size++;
	return 0;
}

int cc_frontier_root(const struct cc_frontier *frontier, struct cc_digest *out, struct cc_err *err)
{
	struct cc_digest root = { 0 };
	bool some = false;

	if (frontier->size == 0)
		return cc_sha256((struct cc_span){ 0 }, out, err);
	/* The smallest subtree is the rightmost: fold from the right. */
	for (unsigned int level = 0; level <= CC_TREE_LEVELS; level++) {
		if ((frontier->size >> level & 1) == 0)
			continue;
		if (some)
			CC_TRY(cc_tree_parent(&frontier->peaks[level], &root, &root, err));
		else
			root = frontier->peaks[level];
		some = true;
	}
	*out = root;
	return 0;
}

/*
 * The complete subtrees of the `count` leaves from `begin` on. Every range that a
 * tree or a proof is made of begins at a multiple of its largest power of two, so
 * they are nodes: the bits of `count`, the largest first.
 */
static int load_range(const struct cc_tree_source *source, uint64_t begin, uint64_t count,
		      struct cc_frontier *out, struct cc_err *err)
{
	uint64_t at = begin;

	*out = (struct cc_frontier){ .size = count };
	for (unsigned int i = 0; i <= CC_TREE_LEVELS; i++) {
		unsigned int level = CC_TREE_LEVELS - i;

		if ((count >> level & 1) == 0)
			continue;
		CC_TRY(source->get(source->context, level, at >> level, &out->peaks[level], err));
		at += (uint64_t)1 << level;
	}
	return 0;
}

static int range_hash(const struct cc_tree_source *source, uint64_t begin, uint64_t count,
		      struct cc_digest *out, struct cc_err *err)
{
	struct cc_frontier range;

	CC_TRY(load_range(source, begin, count, &range, err));
	return cc_frontier_root(&range, out, err);
}

int cc_frontier_load(const struct cc_tree_source *source, uint64_t size, struct cc_frontier *out,
		     struct cc_err *err)
{
	struct cc_frontier frontier;

	CC_TRY(check_size(size, err));
	CC_TRY(load_range(source, 0, size, &frontier, err));
	*out = frontier;
	return 0;
}

int cc_tree_root(const struct cc_tree_source *source, uint64_t size, struct cc_digest *out,
		 struct cc_err *err)
{
	CC_TRY(check_size(size, err));
	return range_hash(source, 0, size, out, err);
}

/* The largest power of two below `count`, which is at least 2 (RFC 6962: k < n <= 2k). */
static uint64_t split(uint64_t count)
{
	return (uint64_t)1 << (63 - __builtin_clzll(count - 1));
}

static void reverse(struct cc_tree_proof *proof)
{
	for (size_t i = 0; i < proof->count / 2; i++) {
		struct cc_digest other = proof->hashes[proof->count - 1 - i];

		proof->hashes[proof->count - 1 - i] = proof->hashes[i];
		proof->hashes[i] = other;
	}
}

/* A subtree on the way down from the root. */
struct walk {
	uint64_t begin, count;
};

/* Step to the half with the leaf `at`; the other half's hash goes into the proof. */
static int descend(const struct cc_tree_source *source, struct walk *walk, bool left,
		   struct cc_tree_proof *proof, struct cc_err *err)
{
	uint64_t k = split(walk->count);
	struct walk low = { walk->begin, k }, high = { walk->begin + k, walk->count - k };
	struct walk other = left ? high : low;

	CC_TRY(range_hash(source, other.begin, other.count, &proof->hashes[proof->count++], err));
	*walk = left ? low : high;
	return 0;
}

int cc_tree_prove_inclusion(const struct cc_tree_source *source, uint64_t index, uint64_t size,
			    struct cc_tree_proof *out, struct cc_err *err)
{
	struct cc_tree_proof proof = { 0 };
	struct walk walk = { 0, size };

	CC_TRY(check_size(size, err));
	if (index >= size)
		return cc_fail(err, CC_E_NOTFOUND, "entry %llu is not in a ledger of %llu entries",
			       (unsigned long long)index, (unsigned long long)size);
	while (walk.count > 1)
		CC_TRY(descend(source, &walk, index < walk.begin + split(walk.count), &proof, err));
	reverse(&proof);
	*out = proof;
	return 0;
}

int cc_tree_prove_consistency(const struct cc_tree_source *source, uint64_t from, uint64_t to,
			      struct cc_tree_proof *out, struct cc_err *err)
{
	struct cc_tree_proof proof = { 0 };
	struct walk walk = { 0, to };

	CC_TRY(check_size(to, err));
	if (from > to)
		return cc_fail(err, CC_E_ARG,
			       "a ledger of %llu entries does not extend one of %llu",
			       (unsigned long long)to, (unsigned long long)from);
	/* Nothing has to be shown of an empty tree. */
	while (from != 0 && walk.begin + walk.count != from)
		CC_TRY(descend(source, &walk, from <= walk.begin + split(walk.count), &proof, err));
	/* The verifier knows the old root, so it is left out when it is a node of the new tree. */
	if (walk.begin != 0)
		CC_TRY(range_hash(source, walk.begin, walk.count, &proof.hashes[proof.count++],
				  err));
	reverse(&proof);
	*out = proof;
	return 0;
}

static int refuse(const char *what, struct cc_err *err)
{
	return cc_fail(err, CC_E_EVIDENCE, "%s does not lead to the root", what);
}

/* RFC 9162 section 2.1.3.2, which states the check that RFC 6962 leaves to the reader. */
int cc_tree_check_inclusion(const struct cc_digest *leaf, uint64_t index, uint64_t size,
			    const struct cc_tree_proof *proof, const struct cc_digest *root,
			    struct cc_err *err)
{
	uint64_t fn = index, sn = size - 1;
	struct cc_digest r = *leaf;

	CC_TRY(check_size(size, err));
	if (index >= size || proof->count > CC_TREE_PROOF_MAX)
		return refuse("inclusion proof", err);
	for (size_t i = 0; i < proof->count; i++) {
		const struct cc_digest *p = &proof->hashes[i];

		if (sn == 0)
			return refuse("inclusion proof", err);
		if ((fn & 1) != 0 || fn == sn) {
			CC_TRY(cc_tree_parent(p, &r, &r, err));
			for (; (fn & 1) == 0 && fn != 0; fn >>= 1)
				sn >>= 1;
		} else {
			CC_TRY(cc_tree_parent(&r, p, &r, err));
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && cc_digest_eq(&r, root) ? 0 : refuse("inclusion proof", err);
}

/* RFC 9162 section 2.1.4.2 from its step 3 on: both roots out of the same hashes. */
static int fold_consistency(uint64_t from, uint64_t to, const struct cc_digest *hashes,
			    size_t count, struct cc_digest root[static 2], struct cc_err *err)
{
	uint64_t fn = from - 1, sn = to - 1;

	for (; (fn & 1) != 0; fn >>= 1)
		sn >>= 1;
	root[0] = root[1] = hashes[0];
	for (size_t i = 1; i < count; i++) {
		if (sn == 0)
			return refuse("consistency proof", err);
		if ((fn & 1) != 0 || fn == sn) {
			CC_TRY(cc_tree_parent(&hashes[i], &root[0], &root[0], err));
			CC_TRY(cc_tree_parent(&hashes[i], &root[1], &root[1], err));
			for (; (fn & 1) == 0 && fn != 0; fn >>= 1)
				sn >>= 1;
		} else {
			CC_TRY(cc_tree_parent(&root[1], &hashes[i], &root[1], err));
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 ? 0 : refuse("consistency proof", err);
}

/* Sizes that need no hashes: anything extends the empty tree, and every tree itself. */
static int check_trivial(const struct cc_tree_head *from, const struct cc_tree_head *to,
			 const struct cc_tree_proof *proof, struct cc_err *err)
{
	struct cc_digest empty;

	CC_TRY(cc_sha256((struct cc_span){ 0 }, &empty, err));
	if (proof->count != 0)
		return cc_fail(err, CC_E_EVIDENCE, "consistency proof from %llu to %llu has hashes",
			       (unsigned long long)from->size, (unsigned long long)to->size);
	if (from->size == 0 && !cc_digest_eq(&from->root, &empty))
		return cc_fail(err, CC_E_EVIDENCE, "the root of an empty tree is another one");
	if (from->size == to->size && !cc_digest_eq(&from->root, &to->root))
		return cc_fail(err, CC_E_EVIDENCE, "two trees of %llu entries have different roots",
			       (unsigned long long)to->size);
	return 0;
}

int cc_tree_check_consistency(const struct cc_tree_head *from, const struct cc_tree_head *to,
			      const struct cc_tree_proof *proof, struct cc_err *err)
{
	struct cc_digest hashes[CC_TREE_PROOF_MAX + 1], roots[2];
	size_t count = 0;

	CC_TRY(check_size(to->size, err));
	if (from->size > to->size || proof->count > CC_TREE_PROOF_MAX)
		return refuse("consistency proof", err);
	if (from->size == 0 || from->size == to->size)
		return check_trivial(from, to, proof, err);
	if (proof->count == 0)
		return refuse("consistency proof", err);
	/* An old tree that is a node of the new one is the proof's missing first hash. */
	if ((from->size & (from->size - 1)) == 0)
		hashes[count++] = from->root;
	memcpy(hashes + count, proof->hashes, proof->count * sizeof(hashes[0]));
	count += proof->count;
	CC_TRY(fold_consistency(from->size, to->size, hashes, count, roots, err));
	if (!cc_digest_eq(&roots[0], &from->root) || !cc_digest_eq(&roots[1], &to->root))
		return refuse("consistency proof", err);
	return 0;
}
