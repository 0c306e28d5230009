/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/vectors.h"

#include "ledger/tree.h"

#define SIZE 300

/* A stored tree: every complete node, and the root of every size. */
static struct tree {
	struct cc_digest nodes[10][SIZE];
	struct cc_digest leaves[SIZE];
	struct cc_digest roots[SIZE + 1];
} tree;

static int put(void *context, unsigned int level, uint64_t index, const struct cc_digest *hash,
	       struct cc_err *err)
{
	(void)context;
	(void)err;
	assert_true(level < CC_COUNT(tree.nodes) && index < SIZE);
	assert_true(cc_digest_is_zero(&tree.nodes[level][index]));
	tree.nodes[level][index] = *hash;
	return 0;
}

static int get(void *context, unsigned int level, uint64_t index, struct cc_digest *out,
	       struct cc_err *err)
{
	(void)context;
	assert_true(level < CC_COUNT(tree.nodes) && index < SIZE);
	if (cc_digest_is_zero(&tree.nodes[level][index]))
		return cc_fail(err, CC_E_NOTFOUND, "node %u/%llu", level,
			       (unsigned long long)index);
	*out = tree.nodes[level][index];
	return 0;
}

static const struct cc_tree_sink sink = { put, NULL };
static const struct cc_tree_source source = { get, NULL };

/* MTH of RFC 6962 section 2.1, word by word. */
static struct cc_digest mth(const struct cc_digest *leaves, size_t n)
{
	struct cc_digest left, right, out = { 0 };
	struct cc_err err;
	size_t k = 1;

	if (n == 0) {
		assert_int_equal(cc_sha256((struct cc_span){ 0 }, &out, &err), 0);
		return out;
	}
	if (n == 1)
		return leaves[0];
	while (k * 2 < n)
		k *= 2;
	left = mth(leaves, k);
	right = mth(leaves + k, n - k);
	assert_int_equal(cc_tree_parent(&left, &right, &out, &err), 0);
	return out;
}

static int build(void **state)
{
	struct cc_frontier frontier = { 0 };
	struct cc_err err;

	(void)state;
	for (size_t i = 0; i < SIZE; i++) {
		uint8_t entry[2] = { (uint8_t)i, (uint8_t)(i >> 8) };

		assert_int_equal(cc_tree_leaf(CC_SPAN(entry), &tree.leaves[i], &err), 0);
	}
	for (size_t i = 0; i <= SIZE; i++) {
		assert_int_equal(cc_frontier_root(&frontier, &tree.roots[i], &err), 0);
		if (i < SIZE)
			assert_int_equal(
				cc_frontier_append(&frontier, &tree.leaves[i], &sink, &err), 0);
	}
	return 0;
}

/* The tree of certificate-transparency's reference implementation, with its eight roots. */
static void the_roots_are_the_known_ones(void **state)
{
	static const struct {
		const char *entry, *root;
	} known[] = {
		{ "", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ "40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ "5051525354555657",
		  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ "606162636465666768696a6b6c6d6e6f",
		  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};
	struct cc_frontier frontier = { 0 };
	struct cc_digest leaf, root;
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_frontier_root(&frontier, &root, &err), 0);
	assert_hex(CC_DIGEST_SPAN(root),
		   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < CC_COUNT(known); i++) {
		struct bytes entry = hex(known[i].entry);

		assert_int_equal(cc_tree_leaf(HEX_SPAN(entry), &leaf, &err), 0);
		assert_int_equal(cc_frontier_append(&frontier, &leaf, NULL, &err), 0);
		assert_int_equal(cc_frontier_root(&frontier, &root, &err), 0);
		assert_hex(CC_DIGEST_SPAN(root), known[i].root);
	}
}

static void appending_and_stored_nodes_give_the_root_of_the_definition(void **state)
{
	struct cc_frontier loaded;
	struct cc_digest root;
	struct cc_err err;

	(void)state;
	for (size_t n = 0; n <= SIZE; n++) {
		struct cc_digest wanted = mth(tree.leaves, n);

		assert_true(cc_digest_eq(&tree.roots[n], &wanted));
		assert_int_equal(cc_tree_root(&source, n, &root, &err), 0);
		assert_true(cc_digest_eq(&root, &wanted));
		assert_int_equal(cc_frontier_load(&source, n, &loaded, &err), 0);
		assert_int_equal(loaded.size, n);
		assert_int_equal(cc_frontier_root(&loaded, &root, &err), 0);
		assert_true(cc_digest_eq(&root, &wanted));
	}
}

static void every_leaf_is_proven_in_every_tree_up_to_64(void **state)
{
	struct cc_tree_proof proof;
	struct cc_err err;

	(void)state;
	for (uint64_t n = 1; n <= 64; n++)
		for (uint64_t i = 0; i < n; i++) {
			assert_int_equal(cc_tree_prove_inclusion(&source, i, n, &proof, &err), 0);
			assert_int_equal(cc_tree_check_inclusion(&tree.leaves[i], i, n, &proof,
								 &tree.roots[n], &err),
					 0);
		}
}

static bool is_in(uint64_t leaf, uint64_t index, uint64_t size, const struct cc_tree_proof *proof)
{
	struct cc_err err = { 0 };
	bool in = cc_tree_check_inclusion(&tree.leaves[leaf], index, size, proof, &tree.roots[size],
					  &err) == 0;

	assert_true(in || err.code == CC_E_EVIDENCE);
	return in;
}

static void an_inclusion_proof_holds_for_its_leaf_place_and_tree_alone(void **state)
{
	const uint64_t n = 37;
	struct cc_tree_proof proof, bad;
	struct cc_err err;

	(void)state;
	for (uint64_t i = 0; i < n; i++) {
		assert_int_equal(cc_tree_prove_inclusion(&source, i, n, &proof, &err), 0);
		for (uint64_t k = 0; k < n + 2; k++)
			assert_int_equal(is_in(i, k, n, &proof), k == i);
		assert_false(is_in((i + 1) % n, i, n, &proof));
		assert_false(is_in(i, i, n + 1, &proof));
		for (size_t h = 0; h < proof.count; h++) {
			bad = proof;
			bad.hashes[h].b[h % 32] ^= 1;
			assert_false(is_in(i, i, n, &bad));
		}
		bad = proof;
		bad.count--;
		assert_false(is_in(i, i, n, &bad));
		bad.count += 2;
		assert_false(is_in(i, i, n, &bad));
	}
	assert_int_equal(cc_tree_prove_inclusion(&source, n, n, &proof, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

static int check(uint64_t from, uint64_t to, const struct cc_tree_proof *proof, struct cc_err *err)
{
	const struct cc_tree_head old = { from, tree.roots[from] }, new = { to, tree.roots[to] };

	return cc_tree_check_consistency(&old, &new, proof, err);
}

static void every_tree_up_to_64_is_proven_to_extend_every_smaller_one(void **state)
{
	struct cc_tree_proof proof;
	struct cc_err err;

	(void)state;
	for (uint64_t to = 0; to <= 64; to++)
		for (uint64_t from = 0; from <= to; from++) {
			assert_int_equal(cc_tree_prove_consistency(&source, from, to, &proof, &err),
					 0);
			if (from == 0 || from == to)
				assert_int_equal(proof.count, 0);
			assert_int_equal(check(from, to, &proof, &err), 0);
		}
}

/* The proofs of RFC 6962 section 2.1.3 for the tree of seven leaves. */
static void consistency_proofs_have_the_hashes_that_the_rfc_names(void **state)
{
	struct cc_tree_proof proof;
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_tree_prove_consistency(&source, 3, 7, &proof, &err), 0);
	assert_int_equal(proof.count, 4); /* c, d, g, l */
	assert_true(cc_digest_eq(&proof.hashes[0], &tree.nodes[0][2]));
	assert_true(cc_digest_eq(&proof.hashes[1], &tree.nodes[0][3]));
	assert_true(cc_digest_eq(&proof.hashes[2], &tree.nodes[1][0]));
	assert_int_equal(cc_tree_prove_consistency(&source, 4, 7, &proof, &err), 0);
	assert_int_equal(proof.count, 1); /* l */
	assert_int_equal(cc_tree_prove_consistency(&source, 6, 7, &proof, &err), 0);
	assert_int_equal(proof.count, 3); /* i, j, k */
	assert_true(cc_digest_eq(&proof.hashes[0], &tree.nodes[1][2]));
	assert_true(cc_digest_eq(&proof.hashes[1], &tree.nodes[0][6]));
	assert_true(cc_digest_eq(&proof.hashes[2], &tree.nodes[2][0]));
	assert_int_equal(cc_tree_prove_consistency(&source, 7, 6, &proof, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void a_wrong_consistency_proof_is_refused(void **state)
{
	struct cc_tree_proof proof, bad;
	struct cc_err err;

	(void)state;
	for (uint64_t to = 1; to <= 40; to++)
		for (uint64_t from = 1; from < to; from++) {
			assert_int_equal(cc_tree_prove_consistency(&source, from, to, &proof, &err),
					 0);
			for (size_t h = 0; h < proof.count; h++) {
				bad = proof;
				bad.hashes[h].b[0] ^= 0x80;
				assert_int_equal(check(from, to, &bad, &err), -1);
				assert_int_equal(err.code, CC_E_EVIDENCE);
			}
			bad = proof;
			bad.count--;
			assert_int_equal(check(from, to, &bad, &err), -1);
			bad.count += 2;
			assert_int_equal(check(from, to, &bad, &err), -1);
			assert_int_equal(check(to, from, &proof, &err), -1);
		}
}

static void a_forked_tree_does_not_extend(void **state)
{
	struct cc_tree_head old = { 20, tree.roots[20] }, new = { 50, tree.roots[50] };
	struct cc_tree_proof proof;
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_tree_prove_consistency(&source, 20, 50, &proof, &err), 0);
	old.root.b[5] ^= 1;
	assert_int_equal(cc_tree_check_consistency(&old, &new, &proof, &err), -1);
	old.root.b[5] ^= 1;
	new.root.b[5] ^= 1;
	assert_int_equal(cc_tree_check_consistency(&old, &new, &proof, &err), -1);
	new.root.b[5] ^= 1;
	assert_int_equal(cc_tree_check_consistency(&old, &new, &proof, &err), 0);
}

/* The root of a whole tree under a greater size: nothing but the length of the proof tells. */
static void a_head_that_claims_more_entries_than_its_tree_has_is_refused(void **state)
{
	struct cc_tree_proof proof;
	struct cc_err err;

	(void)state;
	for (uint64_t to = 4; to <= 32; to *= 2)
		for (uint64_t claimed = to + 1; claimed <= 2 * to; claimed++) {
			const struct cc_tree_head old = { to / 2, tree.roots[to / 2] };
			const struct cc_tree_head new = { claimed, tree.roots[to] };

			assert_int_equal(
				cc_tree_prove_consistency(&source, to / 2, to, &proof, &err), 0);
			assert_int_equal(cc_tree_check_consistency(&old, &new, &proof, &err), -1);
			assert_int_equal(err.code, CC_E_EVIDENCE);
		}
}

static void equal_and_empty_trees_are_compared_by_their_roots(void **state)
{
	struct cc_tree_head old = { 20, tree.roots[20] }, new = { 20, tree.roots[50] };
	struct cc_tree_proof proof = { 0 };
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_tree_check_consistency(&old, &new, &proof, &err), -1);
	old.size = 0;
	assert_int_equal(cc_tree_check_consistency(&old, &new, &proof, &err), -1);
	old.root = tree.roots[0];
	assert_int_equal(cc_tree_check_consistency(&old, &new, &proof, &err), 0);
	proof.count = 1;
	assert_int_equal(cc_tree_check_consistency(&old, &new, &proof, &err), -1);
}

static void a_missing_node_and_a_size_over_the_maximum_are_refused(void **state)
{
	struct cc_digest kept = tree.nodes[2][0], root;
	struct cc_frontier frontier = { .size = CC_TREE_SIZE_MAX };
	struct cc_tree_proof proof;
	struct cc_err err;

	(void)state;
	tree.nodes[2][0] = (struct cc_digest){ 0 };
	assert_int_equal(cc_tree_root(&source, 5, &root, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	tree.nodes[2][0] = kept;
	assert_int_equal(cc_tree_root(&source, CC_TREE_SIZE_MAX + 1, &root, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_tree_prove_inclusion(&source, 0, UINT64_MAX, &proof, &err), -1);
	assert_int_equal(cc_tree_prove_consistency(&source, 1, UINT64_MAX, &proof, &err), -1);
	assert_int_equal(cc_frontier_append(&frontier, &kept, NULL, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_roots_are_the_known_ones),
		cmocka_unit_test(appending_and_stored_nodes_give_the_root_of_the_definition),
		cmocka_unit_test(every_leaf_is_proven_in_every_tree_up_to_64),
		cmocka_unit_test(an_inclusion_proof_holds_for_its_leaf_place_and_tree_alone),
		cmocka_unit_test(every_tree_up_to_64_is_proven_to_extend_every_smaller_one),
		cmocka_unit_test(consistency_proofs_have_the_hashes_that_the_rfc_names),
		cmocka_unit_test(a_wrong_consistency_proof_is_refused),
		cmocka_unit_test(a_forked_tree_does_not_extend),
		cmocka_unit_test(a_head_that_claims_more_entries_than_its_tree_has_is_refused),
		cmocka_unit_test(equal_and_empty_trees_are_compared_by_their_roots),
		cmocka_unit_test(a_missing_node_and_a_size_over_the_maximum_are_refused),
	};

	return cmocka_run_group_tests(tests, build, NULL);
}
