/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "cas/changes.h"

static struct cc_change *place(struct cc_changes *changes, const char *table, const char *key)
{
	struct cc_change *out = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_changes_place(changes, table, key, &out, &err), 0);
	assert_int_equal(out->plain.len, 0);
	assert_false(out->gone);
	return out;
}

static void put(struct cc_changes *changes, const char *table, const char *key, uint8_t value)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add_u8(&place(changes, table, key)->plain, value, &err), 0);
}

static void nothing_is_found_in_none(void **state)
{
	struct cc_changes changes = { 0 };

	(void)state;
	assert_null(cc_changes_find(&changes, "t", "k"));
	cc_changes_clear(&changes);
}

static void a_row_is_found_by_its_table_and_its_key(void **state)
{
	struct cc_changes changes = { 0 };

	(void)state;
	put(&changes, "ab", "c", 1);
	assert_null(cc_changes_find(&changes, "a", "bc"));
	assert_null(cc_changes_find(&changes, "ab", "d"));
	put(&changes, "a", "bc", 2);
	assert_int_equal(cc_changes_find(&changes, "ab", "c")->plain.at[0], 1);
	assert_int_equal(cc_changes_find(&changes, "a", "bc")->plain.at[0], 2);
	cc_changes_clear(&changes);
	assert_null(cc_changes_find(&changes, "ab", "c"));
}

static void the_newest_change_of_a_row_takes_the_place_of_the_one_before(void **state)
{
	struct cc_changes changes = { 0 };

	(void)state;
	put(&changes, "t", "k", 1);
	put(&changes, "t", "other", 2);
	place(&changes, "t", "k")->gone = true;
	put(&changes, "t", "k", 3);
	assert_int_equal(changes.count, 2);
	assert_string_equal(changes.at[0].key, "k");
	assert_int_equal(changes.at[0].plain.len, 1);
	assert_int_equal(changes.at[0].plain.at[0], 3);
	cc_changes_clear(&changes);
}

static void of_very_many_each_is_found_and_they_keep_their_order(void **state)
{
	struct cc_changes changes = { 0 };
	char key[16];

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		(void)snprintf(key, sizeof(key), "%zu", i);
		put(&changes, i % 2 == 0 ? "even" : "odd", key, (uint8_t)i);
	}
	for (size_t i = 0; i < 20000; i++) {
		const struct cc_change *change = NULL;

		(void)snprintf(key, sizeof(key), "%zu", i);
		assert_null(cc_changes_find(&changes, i % 2 == 0 ? "odd" : "even", key));
		change = cc_changes_find(&changes, i % 2 == 0 ? "even" : "odd", key);
		assert_ptr_equal(change, &changes.at[i]);
		assert_int_equal(change->plain.at[0], (uint8_t)i);
	}
	cc_changes_clear(&changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_in_none),
		cmocka_unit_test(a_row_is_found_by_its_table_and_its_key),
		cmocka_unit_test(the_newest_change_of_a_row_takes_the_place_of_the_one_before),
		cmocka_unit_test(of_very_many_each_is_found_and_they_keep_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
