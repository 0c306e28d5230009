/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/fd.h"
#include "secret/otp.h"

/* RFC 6238 appendix B, the last six of eight digits. */
static const struct {
	int64_t at;
	const char *password;
} vectors[] = {
	{ 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
	{ 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" },
};

static struct cc_secret *shared(void)
{
	struct cc_secret *secret = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_secret_from(cc_span_str("12345678901234567890"), &secret, &err), 0);
	return secret;
}

static void rule_1_15_1_published_passwords_hold_at_their_time(void **state)
{
	CC_AUTO_SECRET struct cc_secret *secret = shared();

	(void)state;
	for (size_t i = 0; i < CC_COUNT(vectors); i++) {
		struct cc_err err = { 0 };
		uint64_t step = 0;

		assert_int_equal(cc_otp_check(secret, cc_span_str(vectors[i].password),
					      vectors[i].at, &step, &err),
				 0);
		assert_int_equal(step, vectors[i].at / 30);
	}
}

static void one_step_of_skew_is_allowed_and_two_are_not(void **state)
{
	CC_AUTO_SECRET struct cc_secret *secret = shared();
	const int64_t at = 2000000000;
	static const struct {
		int64_t skew;
		int result;
	} cases[] = { { -60, -1 }, { -30, 0 }, { 0, 0 }, { 30, 0 }, { 60, -1 } };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_err err = { 0 };
		uint64_t step = 0;

		assert_int_equal(cc_otp_check(secret, cc_span_str("279037"), at + cases[i].skew,
					      &step, &err),
				 cases[i].result);
		/* The step is the password's, not the clock's: it is used up once. */
		assert_int_equal(step, cases[i].result == 0 ? at / 30 : 0);
	}
}

static void rule_1_15_1_a_wrong_password_is_refused_in_their_words(void **state)
{
	static const char *const wrong[] = {
		"", "279038", "27903", "2790377", "27903\n", "069279"
	};
	CC_AUTO_SECRET struct cc_secret *secret = shared();

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		struct cc_err err = { 0 };
		uint64_t step = 0;

		assert_int_equal(
			cc_otp_check(secret, cc_span_str(wrong[i]), 2000000000, &step, &err), -1);
		assert_int_equal(err.code, CC_E_DENIED);
		assert_string_equal(err.text,
				    "The given One-time Password is invalid. Please try again.");
	}
}

static void a_shared_secret_is_base32_of_at_least_128_bits(void **state)
{
	static const char *const good[] = { "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
					    "gezd gnbv gy3t qojq gezd gnbv gy3t qojq" };
	static const char *const bad[] = { "", "GEZDGNBVGY3TQOJQ",
					   "GEZDGNBVGY3TQOJ1GEZDGNBVGY3TQOJQ" };
	CC_AUTO_SECRET struct cc_secret *expected = shared();

	(void)state;
	for (size_t i = 0; i < CC_COUNT(good); i++) {
		CC_AUTO_SECRET struct cc_secret *secret = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_otp_secret_from_text(cc_span_str(good[i]), &secret, &err), 0);
		assert_true(cc_secret_equal(secret, expected));
	}
	for (size_t i = 0; i < CC_COUNT(bad); i++) {
		struct cc_secret *secret = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_otp_secret_from_text(cc_span_str(bad[i]), &secret, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_15_1_published_passwords_hold_at_their_time),
		cmocka_unit_test(one_step_of_skew_is_allowed_and_two_are_not),
		cmocka_unit_test(rule_1_15_1_a_wrong_password_is_refused_in_their_words),
		cmocka_unit_test(a_shared_secret_is_base32_of_at_least_128_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
