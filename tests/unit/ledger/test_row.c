/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "ledger/row.h"

static struct cc_secret *row_key;
static const char plain[] = "count: 2";
#define KEY "sh1/s1 paid-2026-11"

static int make_key(void **state)
{
	struct cc_err err;

	(void)state;
	return cc_secret_random(CC_ROW_KEY_LEN, &row_key, &err);
}

static int free_key(void **state)
{
	(void)state;
	cc_secret_free(row_key);
	return 0;
}

static void seal(struct cc_buf *out)
{
	const struct cc_row row = { "counts", cc_span_str(KEY), 3, 17 };
	struct cc_err err;

	assert_int_equal(cc_row_seal(row_key, &row, cc_span_str(plain), out, &err), 0);
}

static void a_sealed_row_opens_and_says_which_it_is(void **state)
{
	struct cc_row row = { "counts", cc_span_str(KEY), 0, 0 };
	CC_AUTO_BUF struct cc_buf sealed = { 0 }, out = { 0 };
	struct cc_err err;

	(void)state;
	seal(&sealed);
	assert_int_equal(sealed.len, strlen(plain) + CC_ROW_OVERHEAD);
	assert_int_equal(cc_row_open(row_key, &row, cc_buf_span(&sealed), &out, &err), 0);
	assert_int_equal(row.version, 3);
	assert_int_equal(row.index, 17);
	assert_true(cc_span_eq_str(cc_buf_span(&out), plain));
}

static void an_empty_row_is_a_row(void **state)
{
	struct cc_row row = { "counts", { 0 }, 1, 0 };
	CC_AUTO_BUF struct cc_buf sealed = { 0 }, out = { 0 };
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_row_seal(row_key, &row, (struct cc_span){ 0 }, &sealed, &err), 0);
	assert_int_equal(cc_row_open(row_key, &row, cc_buf_span(&sealed), &out, &err), 0);
	assert_int_equal(out.len, 0);
}

static void assert_refused(struct cc_span sealed, const char *table, const char *key)
{
	struct cc_row row = { table, cc_span_str(key), 99, 99 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_row_open(row_key, &row, sealed, &out, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_int_equal(out.len, 0);
	assert_int_equal(row.version, 99);
}

static void a_row_with_any_bit_changed_cut_or_grown_is_refused(void **state)
{
	CC_AUTO_BUF struct cc_buf sealed = { 0 };
	struct cc_err err;

	(void)state;
	seal(&sealed);
	for (size_t i = 0; i < sealed.len * 8; i++) {
		sealed.at[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_refused(cc_buf_span(&sealed), "counts", KEY);
		sealed.at[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_refused(cc_span(sealed.at, len), "counts", KEY);
	assert_int_equal(cc_buf_add_u8(&sealed, 0, &err), 0);
	assert_refused(cc_buf_span(&sealed), "counts", KEY);
}

static void a_row_does_not_open_in_another_place(void **state)
{
	CC_AUTO_BUF struct cc_buf sealed = { 0 };

	(void)state;
	seal(&sealed);
	assert_refused(cc_buf_span(&sealed), "votes", KEY);
	assert_refused(cc_buf_span(&sealed), "counts", KEY "2");
	assert_refused(cc_buf_span(&sealed), "countss", "h1/s1 paid-2026-11");
	assert_refused(cc_buf_span(&sealed), "counts", "");
}

static void a_row_does_not_open_under_another_key(void **state)
{
	CC_AUTO_SECRET struct cc_secret *other = NULL;
	CC_AUTO_BUF struct cc_buf sealed = { 0 };
	struct cc_secret *kept = row_key;
	struct cc_err err;

	(void)state;
	seal(&sealed);
	assert_int_equal(cc_secret_random(CC_ROW_KEY_LEN, &other, &err), 0);
	row_key = other;
	assert_refused(cc_buf_span(&sealed), "counts", KEY);
	row_key = kept;
}

/* After the store was rolled back the same (table, key, version, index) is written again. */
static void the_same_row_sealed_twice_shares_nothing(void **state)
{
	CC_AUTO_BUF struct cc_buf a = { 0 }, b = { 0 };
	struct cc_digest one, two;
	struct cc_err err;

	(void)state;
	seal(&a);
	seal(&b);
	assert_memory_not_equal(a.at + 1, b.at + 1, 32);              /* salt */
	assert_memory_not_equal(a.at + 49, b.at + 49, strlen(plain)); /* ciphertext */
	assert_int_equal(cc_row_hash(cc_buf_span(&a), &one, &err), 0);
	assert_int_equal(cc_row_hash(cc_buf_span(&b), &two, &err), 0);
	assert_false(cc_digest_eq(&one, &two));
}

static void a_row_over_the_maximum_is_refused_before_it_is_read(void **state)
{
	static const uint8_t zeroes[CC_ROW_MAX + 1];
	const struct cc_row row = { "counts", cc_span_str(KEY), 3, 17 };
	CC_AUTO_BUF struct cc_buf sealed = { 0 };
	struct cc_row again = row;
	struct cc_err err;

	(void)state;
	assert_int_equal(
		cc_row_seal(row_key, &row, cc_span(zeroes, CC_ROW_PLAIN_MAX + 1), &sealed, &err),
		-1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_refused(CC_SPAN(zeroes), "counts", KEY);
	assert_int_equal(cc_row_open(row_key, &again, CC_SPAN(zeroes), &sealed, &err), -1);
	assert_non_null(strstr(err.text, "it has 4194370 bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sealed_row_opens_and_says_which_it_is),
		cmocka_unit_test(an_empty_row_is_a_row),
		cmocka_unit_test(a_row_with_any_bit_changed_cut_or_grown_is_refused),
		cmocka_unit_test(a_row_does_not_open_in_another_place),
		cmocka_unit_test(a_row_does_not_open_under_another_key),
		cmocka_unit_test(the_same_row_sealed_twice_shares_nothing),
		cmocka_unit_test(a_row_over_the_maximum_is_refused_before_it_is_read),
	};

	return cmocka_run_group_tests(tests, make_key, free_key);
}
