/* SPDX-License-Identifier: Apache-2.0 */
/* The state map against a naive model, and against a store that lies. */
#include "tests/unit/test.h"

#include "ledger/map.h"

#define NODES 4096
#define KEYS 200

/* A node store: an array searched from front to back. */
static struct shelf {
	struct {
		bool used;
		struct cc_digest hash;
		uint8_t bytes[CC_MAP_NODE_MAX + 1];
		size_t len;
	} nodes[NODES];
	size_t count;
} shelf;

static size_t slot_of(const struct cc_digest *hash)
{
	for (size_t i = 0; i < NODES; i++)
		if (shelf.nodes[i].used && cc_digest_eq(&shelf.nodes[i].hash, hash))
			return i;
	return NODES;
}

static int get(void *context, const struct cc_digest *hash, struct cc_buf *out, struct cc_err *err)
{
	size_t at = slot_of(hash);

	(void)context;
	if (at == NODES)
		return cc_fail(err, CC_E_NOTFOUND, "no such node");
	return cc_buf_add(out, cc_span(shelf.nodes[at].bytes, shelf.nodes[at].len), err);
}

static int drop(void *context, const struct cc_digest *hash, struct cc_err *err)
{
	size_t at = slot_of(hash);

	(void)context;
	(void)err;
	assert_true(at < NODES); /* only what was put is dropped */
	shelf.nodes[at].used = false;
	shelf.count--;
	return 0;
}

static int put(void *context, const struct cc_digest *hash, struct cc_span bytes,
	       struct cc_err *err)
{
	size_t at = 0;

	(void)context;
	(void)err;
	assert_int_equal(slot_of(hash), NODES);
	while (shelf.nodes[at].used)
		at++;
	assert_true(at < NODES && bytes.len <= CC_MAP_NODE_MAX);
	shelf.nodes[at].used = true;
	shelf.nodes[at].hash = *hash;
	memcpy(shelf.nodes[at].bytes, bytes.at, bytes.len);
	shelf.nodes[at].len = bytes.len;
	shelf.count++;
	return 0;
}

static const struct cc_map_source source = { get, NULL };
static const struct cc_map_sink sink = { drop, put, NULL };
static const struct cc_digest empty;

/* xorshift64*: seeded, so a failure can be had again. */
static uint64_t seed;
static uint64_t draw(uint64_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (seed * 2685821657736338717ULL >> 33) % below;
}

/* Every fifth key differs from others in late bits only, so that paths get long. */
static struct cc_digest key_of(uint64_t number)
{
	struct cc_digest key = { 0 };
	struct cc_err err;

	if (number % 5 == 0) {
		key.b[31] = (uint8_t)number;
		key.b[0] = (uint8_t)(number % 3);
		return key;
	}
	assert_int_equal(cc_sha256(cc_span(&number, sizeof(number)), &key, &err), 0);
	return key;
}

static struct cc_digest value_of(uint64_t number)
{
	struct cc_digest value = { 0 };

	memcpy(value.b, &number, sizeof(number));
	value.b[31] = 1;
	return value;
}

static int empty_shelf(void **state)
{
	(void)state;
	memset(&shelf, 0, sizeof(shelf));
	seed = 20261121;
	return 0;
}

static struct cc_map *new_map(const struct cc_digest *root)
{
	struct cc_map *map = NULL;
	struct cc_err err;

	assert_int_equal(cc_map_new(&source, root, &map, &err), 0);
	return map;
}

static struct cc_digest store_changes(struct cc_map *map)
{
	struct cc_digest root;
	struct cc_err err;

	assert_int_equal(cc_map_root(map, &root, &err), 0);
	assert_int_equal(cc_map_changes(map, &sink, &err), 0);
	cc_map_settle(map);
	return root;
}

static void set(struct cc_map *map, uint64_t key_number, uint64_t value_number)
{
	struct cc_digest key = key_of(key_number), value = value_of(value_number);
	struct cc_err err;

	assert_int_equal(cc_map_set(map, &key, &value, &err), 0);
}

static struct cc_digest store_keys(uint64_t count)
{
	CC_AUTO_MAP struct cc_map *map = new_map(&empty);

	for (uint64_t i = 0; i < count; i++)
		set(map, i, i);
	return store_changes(map);
}

/* What the model says of every key, the map says too, and proves. */
static void compare(struct cc_map *map, const uint64_t *model)
{
	struct cc_digest root, found;
	struct cc_err err;
	bool present;

	assert_int_equal(cc_map_root(map, &root, &err), 0);
	for (uint64_t i = 0; i < KEYS; i++) {
		CC_AUTO_BUF struct cc_buf proof = { 0 };
		struct cc_digest key = key_of(i), value = value_of(model[i]);

		assert_int_equal(cc_map_get(map, &key, &present, &found, &err), 0);
		assert_int_equal(present, model[i] != 0);
		assert_true(!present || cc_digest_eq(&found, &value));
		assert_int_equal(cc_map_prove(map, &key, &proof, &err), 0);
		assert_true(proof.len <= CC_MAP_PROOF_MAX);
		assert_int_equal(
			cc_map_check(cc_buf_span(&proof), &root, &key, &present, &found, &err), 0);
		assert_int_equal(present, model[i] != 0);
		assert_true(!present || cc_digest_eq(&found, &value));
	}
}

static void random_change(struct cc_map *map, uint64_t *model, uint64_t number)
{
	uint64_t i = draw(KEYS);
	struct cc_digest key = key_of(i);
	struct cc_err err;

	if (draw(3) != 0) {
		set(map, i, number);
		model[i] = number;
	} else if (model[i] != 0) {
		assert_int_equal(cc_map_delete(map, &key, &err), 0);
		model[i] = 0;
	} else {
		assert_int_equal(cc_map_delete(map, &key, &err), -1);
		assert_int_equal(err.code, CC_E_NOTFOUND);
	}
}

static size_t count_present(const uint64_t *model)
{
	size_t count = 0;

	for (size_t i = 0; i < KEYS; i++)
		count += model[i] != 0 ? 1 : 0;
	return count;
}

static void random_changes_agree_with_a_naive_model(void **state)
{
	struct cc_map *map = new_map(&empty);
	uint64_t model[KEYS] = { 0 }, number = 0;
	struct cc_digest root;

	(void)state;
	for (size_t group = 0; group < 120; group++) {
		size_t changes = draw(20);

		for (size_t i = 0; i < changes; i++)
			random_change(map, model, ++number);
		if (group % 10 == 0)
			compare(map, model);
		root = store_changes(map);
		/* n keys are n leaves and n - 1 inner nodes: nothing is left behind. */
		assert_int_equal(shelf.count,
				 count_present(model) == 0 ? 0 : 2 * count_present(model) - 1);
		if (group % 7 == 0) {
			cc_map_free(map);
			map = new_map(&root);
		}
	}
	compare(map, model);
	cc_map_free(map);
}

static void the_root_does_not_depend_on_the_order(void **state)
{
	struct cc_digest first = { 0 }, root;
	uint64_t order[KEYS];
	struct cc_err err;

	(void)state;
	for (uint64_t i = 0; i < KEYS; i++)
		order[i] = i;
	for (size_t round = 0; round < 5; round++) {
		CC_AUTO_MAP struct cc_map *map = new_map(&empty);
		struct cc_digest extra = key_of(KEYS + round);

		set(map, KEYS + round, 1);
		for (uint64_t i = 0; i < KEYS; i++)
			set(map, order[i], order[i]);
		assert_int_equal(cc_map_delete(map, &extra, &err), 0);
		assert_int_equal(cc_map_root(map, &root, &err), 0);
		if (round == 0)
			first = root;
		assert_true(cc_digest_eq(&root, &first));
		for (uint64_t i = KEYS - 1; i > 0; i--) {
			uint64_t k = draw(i + 1), kept = order[i];

			order[i] = order[k];
			order[k] = kept;
		}
	}
}

static void the_last_delete_gives_the_empty_root(void **state)
{
	CC_AUTO_MAP struct cc_map *map = new_map(&empty);
	struct cc_digest key = key_of(1), root;
	struct cc_err err;

	(void)state;
	set(map, 1, 1);
	(void)store_changes(map);
	assert_int_equal(cc_map_delete(map, &key, &err), 0);
	root = store_changes(map);
	assert_true(cc_digest_is_zero(&root));
	assert_int_equal(shelf.count, 0);
}

static void a_change_that_is_taken_back_leaves_the_store_as_it_was(void **state)
{
	struct cc_digest root = store_keys(50), again, key = key_of(7), old = value_of(7), value;
	CC_AUTO_MAP struct cc_map *map = new_map(&root);
	struct cc_err err;
	bool present;

	(void)state;
	set(map, 7, 99);
	set(map, 7, 7);
	again = store_changes(map); /* drops and puts the same nodes, in this order */
	assert_true(cc_digest_eq(&root, &again));
	assert_int_equal(shelf.count, 99);
	assert_int_equal(cc_map_delete(map, &key, &err), 0);
	assert_int_equal(cc_map_reset(map, &root, &err), 0);
	assert_int_equal(cc_map_get(map, &key, &present, &value, &err), 0);
	assert_true(present && cc_digest_eq(&value, &old));
	again = store_changes(map);
	assert_true(cc_digest_eq(&root, &again));
}

/* Every key is looked up; how many of the lookups the store's lie has stopped. */
static size_t count_refused(const struct cc_digest *root, size_t keys)
{
	CC_AUTO_MAP struct cc_map *map = new_map(root);
	size_t refused = 0;

	for (uint64_t i = 0; i < keys; i++) {
		struct cc_digest key = key_of(i), value = { 0 }, wanted = value_of(i);
		struct cc_err err = { 0 };
		bool present = true;

		if (cc_map_get(map, &key, &present, &value, &err) != 0) {
			assert_int_equal(err.code, CC_E_TAMPERED);
			refused++;
		} else {
			assert_true(present && cc_digest_eq(&value, &wanted));
		}
	}
	return refused;
}

static void a_node_with_any_byte_changed_is_refused(void **state)
{
	struct cc_digest root = store_keys(12);

	(void)state;
	assert_int_equal(count_refused(&root, 12), 0);
	for (size_t n = 0; n < shelf.count; n++)
		for (size_t i = 0; i < shelf.nodes[n].len; i++) {
			shelf.nodes[n].bytes[i] ^= 1;
			assert_true(count_refused(&root, 12) > 0);
			shelf.nodes[n].bytes[i] ^= 1;
		}
	assert_int_equal(count_refused(&root, 12), 0);
}

static void a_missing_short_or_long_node_is_refused(void **state)
{
	struct cc_digest root = store_keys(12);

	(void)state;
	for (size_t n = 0; n < 23; n++) {
		shelf.nodes[n].used = false;
		assert_true(count_refused(&root, 12) > 0);
		shelf.nodes[n].used = true;
		shelf.nodes[n].len--;
		assert_true(count_refused(&root, 12) > 0);
		shelf.nodes[n].len += 2;
		assert_true(count_refused(&root, 12) > 0);
		shelf.nodes[n].len--;
	}
	assert_int_equal(count_refused(&root, 12), 0);
}

/* Another true node of the tree is no answer either: it has another address. */
static void nodes_that_change_places_are_refused(void **state)
{
	struct cc_digest root = store_keys(12);

	(void)state;
	for (size_t n = 1; n < 23; n++) {
		struct cc_digest kept = shelf.nodes[n].hash;

		shelf.nodes[n].hash = shelf.nodes[0].hash;
		shelf.nodes[0].hash = kept;
		assert_true(count_refused(&root, 12) > 0);
		shelf.nodes[0].hash = shelf.nodes[n].hash;
		shelf.nodes[n].hash = kept;
	}
}

static struct cc_digest put_form(const struct cc_map_node *node)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_digest hash;
	struct cc_err err;

	assert_int_equal(cc_map_node_hash(node, &hash, &err), 0);
	assert_int_equal(cc_map_node_print(node, &bytes, &err), 0);
	assert_int_equal(put(NULL, &hash, cc_buf_span(&bytes), &err), 0);
	return hash;
}

static void assert_tampered(const struct cc_digest *root, const struct cc_digest *key)
{
	CC_AUTO_MAP struct cc_map *map = new_map(root);
	struct cc_digest value;
	struct cc_err err;
	bool present;

	assert_int_equal(cc_map_get(map, key, &present, &value, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
}

/* A tree that no insertions make, under a root that we would believe. */
static void a_tree_of_another_shape_is_refused(void **state)
{
	struct cc_map_node leaf = { .one = { { { 0x80 } }, { { 1 } } } }, inner = { .inner = true };
	struct cc_digest hash = put_form(&leaf), key = { { 0 } };

	(void)state;
	/* The leaf's first bit is 1, and it lies left. */
	inner.one[0] = inner.one[1] = hash;
	hash = put_form(&inner);
	assert_tampered(&hash, &key);
	/* The same bit twice on one path. */
	inner.one[0] = inner.one[1] = hash;
	hash = put_form(&inner);
	key.b[0] = 0x80;
	assert_tampered(&hash, &key);
}

static void a_failed_change_leaves_the_map_as_it_was(void **state)
{
	struct cc_digest root = store_keys(12), again, value = value_of(5);
	CC_AUTO_MAP struct cc_map *map = new_map(&root);
	struct cc_err err;

	(void)state;
	for (size_t n = 0; n < 23; n++)
		if (!cc_digest_eq(&shelf.nodes[n].hash, &root))
			shelf.nodes[n].used = false;
	for (uint64_t i = 0; i < 12; i++) {
		struct cc_digest key = key_of(i);

		assert_int_equal(cc_map_set(map, &key, &value, &err), -1);
		assert_int_equal(cc_map_delete(map, &key, &err), -1);
		assert_int_equal(err.code, CC_E_TAMPERED);
	}
	assert_int_equal(cc_map_root(map, &again, &err), 0);
	assert_true(cc_digest_eq(&root, &again));
}

static bool proves(struct cc_span proof, const struct cc_digest *root, const struct cc_digest *key)
{
	struct cc_digest value;
	struct cc_err err = { 0 };
	bool present;

	if (cc_map_check(proof, root, key, &present, &value, &err) == 0)
		return true;
	assert_true(err.code == CC_E_ARG || err.code == CC_E_EVIDENCE);
	return false;
}

static void a_proof_with_any_byte_changed_is_refused(void **state)
{
	struct cc_digest root = store_keys(12);
	CC_AUTO_MAP struct cc_map *map = new_map(&root);
	struct cc_err err;

	(void)state;
	for (uint64_t k = 8; k < 16; k++) { /* some present, some absent */
		CC_AUTO_BUF struct cc_buf proof = { 0 };
		struct cc_digest key = key_of(k);

		assert_int_equal(cc_map_prove(map, &key, &proof, &err), 0);
		assert_true(proves(cc_buf_span(&proof), &root, &key));
		assert_false(proves(cc_buf_span(&proof), &empty, &key));
		for (size_t i = 0; i < proof.len; i++) {
			proof.at[i] ^= 1;
			assert_false(proves(cc_buf_span(&proof), &root, &key));
			proof.at[i] ^= 1;
			assert_false(proves(cc_span(proof.at, i), &root, &key));
		}
	}
}

/* `count` steps with the bits 0, `by`, 2 * `by`, …, and a leaf of zeroes. */
static void make_proof(uint16_t count, uint8_t by, struct cc_buf *out)
{
	const struct cc_digest zero = { 0 };
	struct cc_err err;

	assert_int_equal(cc_buf_add_u16be(out, count, &err), 0);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(cc_buf_add_u8(out, (uint8_t)(i * by), &err), 0);
		assert_int_equal(cc_buf_add(out, CC_DIGEST_SPAN(zero), &err), 0);
	}
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(cc_buf_add(out, CC_DIGEST_SPAN(zero), &err), 0);
}

static void a_proof_goes_down_by_ascending_bits_and_at_most_256_of_them(void **state)
{
	struct cc_map_node node = { 0 };
	CC_AUTO_BUF struct cc_buf twice = { 0 }, once = { 0 }, whole = { 0 }, long_one = { 0 };
	struct cc_digest root[2], value;
	struct cc_err err;
	bool present;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(cc_map_node_hash(&node, &root[i], &err), 0);
		node = (struct cc_map_node){ .inner = true, .one = { root[i] } };
	}
	make_proof(1, 0, &once);
	assert_true(proves(cc_buf_span(&once), &root[1], &empty));
	assert_int_equal(cc_map_node_hash(&node, &root[0], &err), 0);
	make_proof(2, 0, &twice); /* leads to root[0], by bit 0 twice */
	assert_int_equal(
		cc_map_check(cc_buf_span(&twice), &root[0], &empty, &present, &value, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	make_proof(256, 1, &whole);
	assert_int_equal(
		cc_map_check(cc_buf_span(&whole), &root[0], &empty, &present, &value, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	make_proof(257, 1, &long_one);
	assert_int_equal(
		cc_map_check(cc_buf_span(&long_one), &root[0], &empty, &present, &value, &err), -1);
	assert_non_null(strstr(err.text, "257 steps"));
}

static void a_present_key_is_not_proven_absent_by_the_path_of_another(void **state)
{
	struct cc_digest root = store_keys(12);
	CC_AUTO_MAP struct cc_map *map = new_map(&root);
	struct cc_err err;

	(void)state;
	for (uint64_t k = 0; k < 12; k++)
		for (uint64_t i = 0; i < 12; i++) {
			CC_AUTO_BUF struct cc_buf proof = { 0 };
			struct cc_digest key = key_of(k), other = key_of(i);

			assert_int_equal(cc_map_prove(map, &key, &proof, &err), 0);
			assert_int_equal(proves(cc_buf_span(&proof), &root, &other), i == k);
		}
}

static void map_keys_separate_table_from_key(void **state)
{
	struct cc_digest a, b, c;
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_map_key("ab", cc_span_str("c"), &a, &err), 0);
	assert_int_equal(cc_map_key("a", cc_span_str("bc"), &b, &err), 0);
	assert_int_equal(cc_map_key("ab", cc_span_str("c"), &c, &err), 0);
	assert_false(cc_digest_eq(&a, &b));
	assert_true(cc_digest_eq(&a, &c));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, empty_shelf)
	const struct CMUnitTest tests[] = {
		CASE(random_changes_agree_with_a_naive_model),
		CASE(the_root_does_not_depend_on_the_order),
		CASE(the_last_delete_gives_the_empty_root),
		CASE(a_change_that_is_taken_back_leaves_the_store_as_it_was),
		CASE(a_node_with_any_byte_changed_is_refused),
		CASE(a_missing_short_or_long_node_is_refused),
		CASE(nodes_that_change_places_are_refused),
		CASE(a_tree_of_another_shape_is_refused),
		CASE(a_failed_change_leaves_the_map_as_it_was),
		CASE(a_proof_with_any_byte_changed_is_refused),
		CASE(a_proof_goes_down_by_ascending_bits_and_at_most_256_of_them),
		CASE(a_present_key_is_not_proven_absent_by_the_path_of_another),
		CASE(map_keys_separate_table_from_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
