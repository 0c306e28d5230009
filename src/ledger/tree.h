/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Merkle tree of a log (RFC 6962 section 2.1, SHA-256).
 *
 * A node (level, index) is the root of the 2^level leaves from index * 2^level
 * on. Only complete nodes have a name; everything else is computed from them.
 * Nodes lie in storage that nobody trusts: what is made from them (a root, a
 * proof) is believed only when it leads to a root that is known otherwise.
 *
 * Pure: storage is reached through callbacks, nothing here keeps state.
 */
#ifndef CC_LEDGER_TREE_H
#define CC_LEDGER_TREE_H

#include "crypto/hash.h"

#define CC_TREE_LEVELS 62
#define CC_TREE_SIZE_MAX ((uint64_t)1 << CC_TREE_LEVELS)
/* An inclusion proof has at most 62 hashes and a consistency proof 63 (C2SP's bound). */
#define CC_TREE_PROOF_MAX 63

struct cc_tree_source {
	/* The hash of a complete node; CC_E_NOTFOUND or CC_E_TAMPERED when storage fails us. */
	int (*get)(void *context, unsigned int level, uint64_t index, struct cc_digest *out,
		   struct cc_err *err);
	void *context;
};

struct cc_tree_sink {
	/* A node that an append has completed, leaves (level 0) included. */
	int (*put)(void *context, unsigned int level, uint64_t index, const struct cc_digest *hash,
		   struct cc_err *err);
	void *context;
};

/* The roots of the complete subtrees that make up a tree: all that appending needs. */
struct cc_frontier {
	uint64_t size;
	struct cc_digest peaks[CC_TREE_LEVELS + 1]; /* [l] counts when bit l of size is set */
};

struct cc_tree_proof {
	size_t count;
	struct cc_digest hashes[CC_TREE_PROOF_MAX];
};

/* SHA-256(0x00 ‖ entry). */
int cc_tree_leaf(struct cc_span entry, struct cc_digest *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* SHA-256(0x01 ‖ left ‖ right). */
int cc_tree_parent(const struct cc_digest *left, const struct cc_digest *right,
		   struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* Add a leaf; `sink` (may be NULL) hears of each node completed. Unchanged on failure. */
int cc_frontier_append(struct cc_frontier *frontier, const struct cc_digest *leaf,
		       const struct cc_tree_sink *sink, struct cc_err *err) CC_MUST
	__attribute__((nonnull(1, 2, 4)));
/* The root; of an empty tree SHA-256 of nothing. */
int cc_frontier_root(const struct cc_frontier *frontier, struct cc_digest *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* The frontier of a stored tree. Compare its root with a verified head before use. */
int cc_frontier_load(const struct cc_tree_source *source, uint64_t size, struct cc_frontier *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* The root of the first `size` leaves. */
int cc_tree_root(const struct cc_tree_source *source, uint64_t size, struct cc_digest *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* RFC 6962 section 2.1.1: leaf `index` is in the tree of `size` leaves. */
int cc_tree_prove_inclusion(const struct cc_tree_source *source, uint64_t index, uint64_t size,
			    struct cc_tree_proof *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* RFC 6962 section 2.1.2: the tree of `from` leaves is the beginning of that of `to`. */
int cc_tree_prove_consistency(const struct cc_tree_source *source, uint64_t from, uint64_t to,
			      struct cc_tree_proof *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* CC_E_EVIDENCE when the proof does not lead from the leaf hash to the root. */
int cc_tree_check_inclusion(const struct cc_digest *leaf, uint64_t index, uint64_t size,
			    const struct cc_tree_proof *proof, const struct cc_digest *root,
			    struct cc_err *err) CC_MUST CC_NONNULL;

/* A tree as a signed head names it. */
struct cc_tree_head {
	uint64_t size;
	struct cc_digest root;
};
/*
 * CC_E_EVIDENCE when the proof does not show that `to` extends `from`. From an
 * empty tree, and between trees of equal size, the proof must be empty; equal
 * sizes need equal roots and an empty tree the root of the empty tree.
 */
int cc_tree_check_consistency(const struct cc_tree_head *from, const struct cc_tree_head *to,
			      const struct cc_tree_proof *proof,
			      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
