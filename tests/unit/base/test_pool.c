/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/fd.h"
#include "base/pool.h"

#define THINGS 2000

static void things_are_zero_aligned_and_apart(void **state)
{
	CC_CLEANUP(cc_pool_clear) struct cc_pool pool = { .size = 56 };
	static uint8_t *things[THINGS];
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < THINGS; i++) {
		void *out = NULL;

		assert_int_equal(cc_pool_take(&pool, &out, &err), 0);
		assert_true((uintptr_t)out % _Alignof(max_align_t) == 0);
		things[i] = out;
		for (size_t at = 0; at < pool.size; at++)
			assert_int_equal(things[i][at], 0);
		memset(things[i], (int)(i & 0xff), pool.size);
	}
	for (size_t i = 0; i < THINGS; i++)
		for (size_t at = 0; at < pool.size; at++)
			assert_int_equal(things[i][at], i & 0xff);
}

static void what_is_given_back_is_taken_again_and_zero(void **state)
{
	CC_CLEANUP(cc_pool_clear) struct cc_pool pool = { .size = 3 };
	void *one = NULL, *other = NULL, *again = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_pool_take(&pool, &one, &err), 0);
	assert_int_equal(cc_pool_take(&pool, &other, &err), 0);
	assert_ptr_not_equal(one, other);
	memset(one, 0xff, 3);
	cc_pool_give(&pool, one);
	assert_int_equal(cc_pool_take(&pool, &again, &err), 0);
	assert_ptr_equal(again, one);
	assert_memory_equal(again, "\0\0\0", 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(things_are_zero_aligned_and_apart),
		cmocka_unit_test(what_is_given_back_is_taken_again_and_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
