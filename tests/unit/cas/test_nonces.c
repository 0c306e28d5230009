/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "cas/nonces.h"

static void a_nonce_is_good_once(void **state)
{
	CC_AUTO_NONCES struct cc_nonces *nonces = NULL;
	struct cc_digest nonce = { 0 }, other = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_nonces_new(&nonces, &err), 0);
	assert_int_equal(cc_nonces_draw(nonces, 1000, &nonce, &err), 0);
	assert_int_equal(cc_nonces_draw(nonces, 1000, &other, &err), 0);
	assert_false(cc_digest_eq(&nonce, &other));
	assert_int_equal(cc_nonces_take(nonces, &nonce, 1001, &err), 0);
	assert_int_equal(cc_nonces_take(nonces, &nonce, 1002, &err), -1);
	assert_int_equal(err.code, CC_E_STALE);
	assert_int_equal(cc_nonces_take(nonces, &other, 1003, &err), 0);
}

static void a_nonce_lives_for_sixty_seconds(void **state)
{
	CC_AUTO_NONCES struct cc_nonces *nonces = NULL;
	struct cc_digest nonce = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_nonces_new(&nonces, &err), 0);
	assert_int_equal(cc_nonces_draw(nonces, 1000, &nonce, &err), 0);
	assert_int_equal(cc_nonces_take(nonces, &nonce, 61000, &err), 0);
	assert_int_equal(cc_nonces_draw(nonces, 1000, &nonce, &err), 0);
	assert_int_equal(cc_nonces_take(nonces, &nonce, 61001, &err), -1);
}

static void what_we_did_not_draw_is_refused(void **state)
{
	CC_AUTO_NONCES struct cc_nonces *nonces = NULL;
	struct cc_digest nonce = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_nonces_new(&nonces, &err), 0);
	assert_int_equal(cc_nonces_take(nonces, &nonce, 0, &err), -1);
	assert_int_equal(cc_nonces_draw(nonces, 0, &nonce, &err), 0);
	nonce.b[31] ^= 1;
	assert_int_equal(cc_nonces_take(nonces, &nonce, 0, &err), -1);
}

static void a_flood_costs_no_memory_and_the_newest_stays_good(void **state)
{
	CC_AUTO_NONCES struct cc_nonces *nonces = NULL;
	struct cc_digest nonce = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_nonces_new(&nonces, &err), 0);
	for (uint64_t i = 0; i < (uint64_t)CC_NONCES_MAX * 4; i++)
		assert_int_equal(cc_nonces_draw(nonces, i / 1000, &nonce, &err), 0);
	assert_int_equal(cc_nonces_take(nonces, &nonce, 300, &err), 0);
}

static void a_connection_is_taken_once_and_apart_from_nonces(void **state)
{
	CC_AUTO_NONCES struct cc_nonces *nonces = NULL;
	struct cc_digest one = { { 1 } }, other = { { 1, 0, 1 } }, nonce = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_nonces_new(&nonces, &err), 0);
	assert_int_equal(cc_nonces_take_connection(nonces, &one, 1, &err), 0);
	assert_int_equal(cc_nonces_take_connection(nonces, &other, 2, &err), 0);
	assert_int_equal(cc_nonces_take_connection(nonces, &one, 3, &err), -1);
	assert_int_equal(err.code, CC_E_STALE);
	assert_int_equal(cc_nonces_take(nonces, &one, 4, &err), -1);
	assert_int_equal(cc_nonces_draw(nonces, 5, &nonce, &err), 0);
	assert_int_equal(cc_nonces_take_connection(nonces, &nonce, 6, &err), 0);
	assert_int_equal(cc_nonces_take(nonces, &nonce, 7, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nonce_is_good_once),
		cmocka_unit_test(a_nonce_lives_for_sixty_seconds),
		cmocka_unit_test(what_we_did_not_draw_is_refused),
		cmocka_unit_test(a_flood_costs_no_memory_and_the_newest_stays_good),
		cmocka_unit_test(a_connection_is_taken_once_and_apart_from_nonces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
