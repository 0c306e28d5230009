/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of logs and witnesses, and a small ledger, for the tests of what they sign. */
#ifndef CC_TESTS_UNIT_LEDGER_SIGNERS_H
#define CC_TESTS_UNIT_LEDGER_SIGNERS_H

#include "tests/unit/test.h"

#include "ledger/checkpoint.h"

struct signer {
	struct cc_note_key key;
	struct cc_key *secret;
};

static inline void free_signer(struct signer *signer)
{
	cc_key_free(signer->secret);
	signer->secret = NULL;
}
#define AUTO_SIGNER CC_CLEANUP(free_signer)

/* The same `number` gives the same key. */
static inline struct signer make_signer(const char *name, enum cc_note_kind kind, uint8_t number)
{
	CC_AUTO_SECRET struct cc_secret *seed = NULL;
	const uint8_t bytes[32] = { number };
	struct signer signer = { 0 };
	struct cc_err err;

	assert_int_equal(cc_secret_from(CC_SPAN(bytes), &seed, &err), 0);
	assert_int_equal(cc_key_from_seed(seed, &signer.secret, &err), 0);
	assert_int_equal(
		cc_note_key_make(name, kind, cc_key_public(signer.secret), &signer.key, &err), 0);
	return signer;
}

/* A ledger of up to 64 entries; `flavour` makes ledgers that fork after their entry 5. */
struct small_ledger {
	struct cc_digest nodes[7][64];
	struct cc_digest roots[65];
};

static inline int small_put(void *context, unsigned int level, uint64_t index,
			    const struct cc_digest *hash, struct cc_err *err)
{
	struct small_ledger *ledger = context;

	(void)err;
	ledger->nodes[level][index] = *hash;
	return 0;
}

static inline int small_get(void *context, unsigned int level, uint64_t index,
			    struct cc_digest *out, struct cc_err *err)
{
	struct small_ledger *ledger = context;

	(void)err;
	*out = ledger->nodes[level][index];
	return 0;
}

static inline void fill_ledger(struct small_ledger *ledger, uint8_t flavour)
{
	const struct cc_tree_sink sink = { small_put, ledger };
	struct cc_frontier frontier = { 0 };
	struct cc_digest leaf;
	struct cc_err err;

	for (uint8_t i = 0; i <= 64; i++) {
		const uint8_t entry[2] = { i, i < 5 ? 0 : flavour };

		assert_int_equal(cc_frontier_root(&frontier, &ledger->roots[i], &err), 0);
		if (i == 64)
			break;
		assert_int_equal(cc_tree_leaf(CC_SPAN(entry), &leaf, &err), 0);
		assert_int_equal(cc_frontier_append(&frontier, &leaf, &sink, &err), 0);
	}
}

static inline struct cc_tree_proof prove_extension(struct small_ledger *ledger, uint64_t from,
						   uint64_t to)
{
	const struct cc_tree_source source = { small_get, ledger };
	struct cc_tree_proof proof;
	struct cc_err err;

	assert_int_equal(cc_tree_prove_consistency(&source, from, to, &proof, &err), 0);
	return proof;
}

/* The signed checkpoint of the first `size` entries, added to `out`. */
static inline void sign_ledger(const struct small_ledger *ledger, uint64_t size,
			       const struct signer *log, struct cc_buf *out)
{
	struct cc_checkpoint checkpoint = { .head = { size, ledger->roots[size] } };
	struct cc_err err;

	(void)snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", log->key.name);
	assert_int_equal(cc_checkpoint_sign(&checkpoint, &log->key, log->secret, out, &err), 0);
}

#endif
