/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes that are authentic and cannot be: only what the way to a node says may be in it. */
#include "tests/unit/test.h"

#include "volume/node-internal.h"

#define KEYS 3

/* Offsets of items or children of one object, and between what they have to be. */
struct sample {
	uint64_t offsets[KEYS];
	uint64_t least, below; /* below 0: no bound */
	bool is_good;
};

static struct cc_vol_key key_at(uint64_t offset)
{
	return (struct cc_vol_key){ .object = 7, .kind = CC_VOL_WINDOW, .offset = offset };
}

static void add_item(struct cc_buf *out, uint8_t level)
{
	const struct cc_vol_ptr ptr = { .at = CC_VOL_DATA_START, .len = 100 };
	struct cc_err err = { 0 };

	assert_int_equal(
		level == 0 ? cc_vol_varint_add(out, 0, &err) : cc_vol_ptr_add(out, &ptr, &err), 0);
}

static int parse(const struct sample *sample, uint8_t level, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 };
	CC_AUTO_FREE uint8_t *bytes = NULL;
	const struct cc_vol_key least = key_at(sample->least);
	const struct cc_vol_key below = key_at(sample->below);
	const struct cc_vol_bounds bounds = { &least, sample->below == 0 ? NULL : &below };
	struct cc_vol_key last = { 0 };
	struct cc_vol_tree tree = { 0 };
	struct cc_vol_node *node = cc_vol_node_new(&tree, level);
	int result = 0;

	assert_non_null(node);
	assert_int_equal(cc_vol_node_begin(&plain, level, KEYS, err), 0);
	for (size_t i = 0; i < KEYS; i++) {
		const struct cc_vol_key key = key_at(sample->offsets[i]);

		assert_int_equal(cc_vol_node_key_add(&plain, &last, &key, err), 0);
		add_item(&plain, level);
		last = key;
	}
	bytes = malloc(plain.len);
	assert_non_null(bytes);
	memcpy(bytes, plain.at, plain.len);
	result = cc_vol_node_parse(&tree, node, &bytes, plain.len, &bounds, err);
	cc_vol_node_free(&tree, node);
	assert_int_equal(tree.bytes, 0);
	return result;
}

static void keys_ascend_between_what_the_way_to_them_says(void **state)
{
	static const struct sample samples[] = {
		{ { 5, 6, 9 }, 5, 10, true },  { { 5, 6, 9 }, 5, 0, true },
		{ { 5, 6, 9 }, 0, 10, true },  { { 5, 6, 9 }, 6, 10, false },
		{ { 5, 6, 9 }, 5, 9, false },  { { 5, 6, 9 }, 5, 6, false },
		{ { 5, 5, 9 }, 5, 10, false }, { { 6, 5, 9 }, 5, 10, false },
		{ { 5, 9, 6 }, 5, 10, false }, { { 9, 6, 5 }, 0, 0, false },
	};

	(void)state;
	for (uint8_t level = 0; level < 2; level++) {
		for (size_t i = 0; i < CC_COUNT(samples); i++) {
			struct cc_err err = { 0 };
			bool is_good = parse(&samples[i], level, &err) == 0;

			if (is_good != samples[i].is_good)
				fail_msg("sample %zu, level %u: %s", i, level, err.text);
			if (!is_good)
				assert_int_equal(err.code, CC_E_TAMPERED);
		}
	}
}

/* A node is what its parent says that it is, or the depth of the tree would be its choice. */
static void a_node_has_the_level_that_was_expected(void **state)
{
	struct cc_vol_tree tree = { 0 };
	struct cc_vol_node *node = cc_vol_node_new(&tree, 1);
	const struct cc_vol_key least = key_at(0);
	const struct cc_vol_bounds bounds = { &least, NULL };
	CC_AUTO_BUF struct cc_buf plain = { 0 };
	CC_AUTO_FREE uint8_t *bytes = malloc(64);
	const struct cc_vol_key key = key_at(1);
	struct cc_err err = { 0 };

	(void)state;
	assert_non_null(node);
	assert_non_null(bytes);
	assert_int_equal(cc_vol_node_begin(&plain, 2, 1, &err), 0);
	assert_int_equal(cc_vol_node_key_add(&plain, &(struct cc_vol_key){ 0 }, &key, &err), 0);
	add_item(&plain, 2);
	assert_in_range(plain.len, 1, 64);
	memcpy(bytes, plain.at, plain.len);
	assert_int_equal(cc_vol_node_parse(&tree, node, &bytes, plain.len, &bounds, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	cc_vol_node_free(&tree, node);
}

static void no_offset_is_greater_than_its_kind_has(void **state)
{
	static const struct {
		uint8_t kind;
		uint64_t most;
	} kinds[] = {
		{ CC_VOL_ORPHAN, UINT64_MAX - 1 },  { CC_VOL_INODE, 0 },
		{ CC_VOL_XATTR, UINT64_MAX >> 2 },  { CC_VOL_ENTRY, UINT64_MAX >> 2 },
		{ CC_VOL_WINDOW, (1u << 23) - 1u },
	};
	const struct cc_vol_key last = { 0 };

	(void)state;
	for (size_t i = 0; i < 2 * CC_COUNT(kinds); i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		const struct cc_vol_key key = { .object = 3,
						.kind = kinds[i / 2].kind,
						.offset = kinds[i / 2].most + i % 2 };
		struct cc_vol_key got = { 0 };
		struct cc_reader r = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_vol_node_key_add(&bytes, &last, &key, &err), 0);
		r = cc_reader(cc_buf_span(&bytes));
		assert_int_equal(cc_vol_node_key_read(&r, &last, &got, &err), i % 2 == 0 ? 0 : -1);
		if (i % 2 == 0)
			assert_true(got.offset == key.offset);
		else
			assert_int_equal(err.code, CC_E_TAMPERED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_ascend_between_what_the_way_to_them_says),
		cmocka_unit_test(a_node_has_the_level_that_was_expected),
		cmocka_unit_test(no_offset_is_greater_than_its_kind_has),
	};

	return cmocka_run_group_tests_name("volume/node", tests, NULL, NULL);
}
