/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "ledger/tile.h"

/* A made-up tree: each node's hash says where it lies. */
static int get_node(void *context, unsigned int level, uint64_t index, struct cc_digest *out,
		    struct cc_err *err)
{
	(void)context;
	(void)err;
	*out = (struct cc_digest){ { (uint8_t)level } };
	memcpy(out->b + 1, &index, sizeof(index));
	return 0;
}

/* Entry n has n % 5 bytes. */
static int get_entry(void *context, uint64_t at, struct cc_buf *out, struct cc_err *err)
{
	(void)context;
	return cc_buf_add(out, cc_span("entry", (size_t)(at % 5)), err);
}

static const struct cc_tree_source nodes = { get_node, NULL };
static const struct cc_entry_source entries = { get_entry, NULL };

static void a_path_names_one_tile_and_a_tile_has_one_path(void **state)
{
	static const struct {
		const char *path;
		struct cc_tile tile;
	} known[] = {
		{ "tile/0/000", { false, 0, 0, 256 } },
		{ "tile/0/x001/x234/067", { false, 0, 1234067, 256 } },
		{ "tile/7/255.p/1", { false, 7, 255, 1 } },
		{ "tile/1/x999/999.p/255", { false, 1, 999999, 255 } },
		{ "tile/entries/x001/000.p/17", { true, 0, 1000, 17 } },
		{ "tile/entries/042", { true, 0, 42, 256 } },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(known); i++) {
		CC_AUTO_BUF struct cc_buf path = { 0 };
		struct cc_tile tile;
		struct cc_err err;

		assert_int_equal(cc_tile_parse(cc_span_str(known[i].path), &tile, &err), 0);
		assert_int_equal(tile.entries, known[i].tile.entries);
		assert_int_equal(tile.level, known[i].tile.level);
		assert_int_equal(tile.index, known[i].tile.index);
		assert_int_equal(tile.width, known[i].tile.width);
		assert_int_equal(cc_tile_print(&tile, &path, &err), 0);
		assert_true(cc_span_eq_str(cc_buf_span(&path), known[i].path));
	}
}

static void other_paths_name_nothing(void **state)
{
	static const char *const refused[] = {
		"",
		"tile",
		"tile/",
		"tile/0",
		"tile/0/",
		"tile/8/000",
		"tile/63/000",
		"tile/64/000",
		"tile/00/000",
		"tile/-1/000",
		"tile/0/00",
		"tile/0/0000",
		"tile/0/0a0",
		"tile/0/x000/000",
		"tile/0/x001",
		"tile/0/x001/",
		"tile/0/001/",
		"tile/0/001/002",
		"tile/0/000.p",
		"tile/0/000.p/",
		"tile/0/000.p/0",
		"tile/0/000.p/256",
		"tile/0/000.p/01",
		"tile/0/000.p/1/",
		"tile/0/000.q/1",
		"/tile/0/000",
		"tile//000",
		"tile/entries",
		"tile/Entries/000",
		"tile/0/x999/x999/x999/x999/x999/x999/999",
		"tile/0/x009/x223/x372/x036/x854/x775/808",
		"tile/0/000/000/000/000/000/000/000/000/000/000/000/000/000/000/00",
	};
	struct cc_tile tile;
	struct cc_err err;

	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		assert_int_equal(cc_tile_parse(cc_span_str(refused[i]), &tile, &err), -1);
		assert_int_equal(err.code, CC_E_NOTFOUND);
	}
}

/* The example of c2sp.org/tlog-tiles: a tree of 70,000 leaves. */
static void a_tree_of_70000_has_the_tiles_that_the_specification_names(void **state)
{
	static const struct {
		struct cc_tile tile;
		bool there;
	} cases[] = {
		{ { false, 0, 0, 256 }, true },    { { false, 0, 272, 256 }, true },
		{ { false, 0, 273, 256 }, false }, { { false, 0, 273, 112 }, true },
		{ { false, 0, 273, 113 }, false }, { { false, 0, 274, 1 }, false },
		{ { false, 1, 0, 256 }, true },    { { false, 1, 1, 17 }, true },
		{ { false, 1, 1, 18 }, false },    { { false, 2, 0, 1 }, true },
		{ { false, 2, 0, 2 }, false },     { { false, 3, 0, 1 }, false },
		{ { false, 7, 0, 1 }, false },     { { false, 0, UINT64_MAX / 256, 256 }, false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err;

		if (!cases[i].there) {
			assert_int_equal(cc_tile_hashes(&nodes, 70000, &cases[i].tile, &out, &err),
					 -1);
			assert_int_equal(err.code, CC_E_NOTFOUND);
			continue;
		}
		assert_int_equal(cc_tile_hashes(&nodes, 70000, &cases[i].tile, &out, &err), 0);
		assert_int_equal(out.len, 32 * cases[i].tile.width);
		assert_int_equal(out.at[0], 8 * cases[i].tile.level);
		assert_int_equal(out.at[1], (uint8_t)(cases[i].tile.index * 256));
		assert_int_equal(out.at[out.len - 31],
				 (uint8_t)(cases[i].tile.index * 256 + cases[i].tile.width - 1));
	}
}

static void a_bundle_has_each_entry_behind_its_length(void **state)
{
	const struct cc_tile tile = { true, 0, 0, 7 };
	static const char wanted[] = "\0\0"
				     "\0\1e"
				     "\0\2en"
				     "\0\3ent"
				     "\0\4entr"
				     "\0\0"
				     "\0\1e";
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_tile_entries(&entries, 7, &tile, &out, &err), 0);
	assert_int_equal(out.len, sizeof(wanted) - 1);
	assert_memory_equal(out.at, wanted, out.len);
	assert_int_equal(cc_tile_entries(&entries, 6, &tile, &out, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

static int get_huge(void *context, uint64_t at, struct cc_buf *out, struct cc_err *err)
{
	struct cc_mut room;

	(void)context;
	(void)at;
	return cc_buf_extend(out, CC_ENTRY_MAX + 1, &room, err);
}

static void an_entry_that_does_not_fit_a_bundle_is_refused(void **state)
{
	const struct cc_entry_source huge = { get_huge, NULL };
	const struct cc_tile tile = { true, 0, 0, 1 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_tile_entries(&huge, 1, &tile, &out, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_names_one_tile_and_a_tile_has_one_path),
		cmocka_unit_test(other_paths_name_nothing),
		cmocka_unit_test(a_tree_of_70000_has_the_tiles_that_the_specification_names),
		cmocka_unit_test(a_bundle_has_each_entry_behind_its_length),
		cmocka_unit_test(an_entry_that_does_not_fit_a_bundle_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
