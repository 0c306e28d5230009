/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/arena.h"

#define CC_AUTO_ARENA CC_CLEANUP(arena_auto)

static void arena_auto(struct cc_arena **arena)
{
	cc_arena_free(*arena);
}

static void what_is_taken_is_zero_aligned_and_apart(void **state)
{
	CC_AUTO_ARENA struct cc_arena *arena = NULL;
	uint8_t *before = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_arena_new((size_t)1 << 20, &arena, &err), 0);
	for (size_t size = 1; size < 10000; size += size / 2 + 1) {
		uint8_t *at = NULL;
		void *out = NULL;
		char *copy = NULL;

		assert_int_equal(cc_arena_copy(arena, CC_SPAN("abc"), &copy, &err), 0);
		assert_int_equal(cc_arena_take(arena, 1, size, &out, &err), 0);
		at = out;
		assert_true((uintptr_t)at % _Alignof(max_align_t) == 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(at[i], 0);
		memset(at, 0xff, size);
		assert_string_equal(copy, "abc");
		assert_true(before == NULL || *before == 0xff);
		before = at;
	}
}

static void pieces_that_are_given_back_are_not_seen_again(void **state)
{
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		CC_AUTO_ARENA struct cc_arena *arena = NULL;
		void *out = NULL;

		assert_int_equal(cc_arena_new(4096, &arena, &err), 0);
		assert_int_equal(cc_arena_take(arena, 32, 64, &out, &err), 0);
		for (size_t at = 0; at < (size_t)32 * 64; at++)
			assert_int_equal(((uint8_t *)out)[at], 0);
		memset(out, 0xff, (size_t)32 * 64);
	}
}

static void a_copy_is_terminated_and_may_be_empty(void **state)
{
	CC_AUTO_ARENA struct cc_arena *arena = NULL;
	struct cc_err err = { 0 };
	char *text = NULL, *empty = NULL;

	(void)state;
	assert_int_equal(cc_arena_new(4096, &arena, &err), 0);
	assert_int_equal(cc_arena_copy(arena, cc_span("text and more", 4), &text, &err), 0);
	assert_int_equal(cc_arena_copy(arena, cc_span(NULL, 0), &empty, &err), 0);
	assert_string_equal(text, "text");
	assert_string_equal(empty, "");
	assert_int_equal(cc_arena_printf(arena, &text, &err, "%d of %s", 1, "many"), 0);
	assert_string_equal(text, "1 of many");
}

static void the_maximum_holds_over_all_pieces(void **state)
{
	CC_AUTO_ARENA struct cc_arena *arena = NULL;
	struct cc_err err = { 0 };
	char *text = NULL;
	void *out = NULL;

	(void)state;
	assert_int_equal(cc_arena_new(100000, &arena, &err), 0);
	assert_int_equal(cc_arena_take(arena, 1000, 99, &out, &err), 0);
	assert_int_equal(cc_arena_take(arena, 1, 1001, &out, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_arena_take(arena, 1, 1000, &out, &err), 0);
	assert_int_equal(cc_arena_copy(arena, cc_span(NULL, 0), &text, &err), -1);
	assert_int_equal(cc_arena_take(arena, SIZE_MAX, 2, &out, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_arena_take(arena, 0, 8, &out, &err), 0);
	assert_null(out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken_is_zero_aligned_and_apart),
		cmocka_unit_test(pieces_that_are_given_back_are_not_seen_again),
		cmocka_unit_test(a_copy_is_terminated_and_may_be_empty),
		cmocka_unit_test(the_maximum_holds_over_all_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
