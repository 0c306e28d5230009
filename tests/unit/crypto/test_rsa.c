/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "crypto/rsa.h"

static const struct cc_rsa_way ways[] = {
	{ CC_RSA_PKCS1, CC_HASH_SHA256 }, { CC_RSA_PKCS1, CC_HASH_SHA384 },
	{ CC_RSA_PKCS1, CC_HASH_SHA512 }, { CC_RSA_PSS, CC_HASH_SHA256 },
	{ CC_RSA_PSS, CC_HASH_SHA384 },
};

static struct cc_rsa *rsa;
static struct cc_rsa *public;

static int setup(void **state)
{
	CC_AUTO_BUF struct cc_buf modulus = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	if (cc_rsa_generate(&rsa, &err) != 0 || cc_rsa_modulus(rsa, &modulus, &err) != 0)
		return -1;
	return cc_rsa_from_modulus(cc_buf_span(&modulus), &public, &err);
}

static int teardown(void **state)
{
	(void)state;
	cc_rsa_free(rsa);
	cc_rsa_free(public);
	return 0;
}

static void a_signature_verifies_in_the_way_it_was_made(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(ways); i++) {
		for (size_t j = 0; j < CC_COUNT(ways); j++) {
			CC_AUTO_BUF struct cc_buf signature = { 0 };
			struct cc_err err = { 0 };

			assert_int_equal(
				cc_rsa_sign(rsa, &ways[i], cc_span_str("text"), &signature, &err),
				0);
			assert_int_equal(cc_rsa_verify(public, &ways[j], cc_span_str("text"),
						       cc_buf_span(&signature), &err),
					 i == j ? 0 : -1);
			assert_int_equal(cc_rsa_verify(public, &ways[i], cc_span_str("test"),
						       cc_buf_span(&signature), &err),
					 -1);
			assert_int_equal(err.code, CC_E_EVIDENCE);
		}
	}
}

static void a_signature_over_sha1_is_not_verified(void **state)
{
	const struct cc_rsa_way way = { CC_RSA_PKCS1, CC_HASH_SHA1 };
	const struct cc_rsa_way none = { CC_RSA_NONE, CC_HASH_SHA256 };
	CC_AUTO_BUF struct cc_buf signature = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_rsa_sign(rsa, &way, cc_span_str("text"), &signature, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_int_equal(cc_rsa_sign(rsa, &none, cc_span_str("text"), &signature, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

static void a_key_has_2048_bits_at_least(void **state)
{
	CC_AUTO_BUF struct cc_buf modulus = { 0 };
	struct cc_err err = { 0 };
	struct cc_rsa *key = NULL;
	uint8_t long_one[513];

	(void)state;
	memset(long_one, 0xff, sizeof(long_one));
	assert_int_equal(cc_rsa_modulus(rsa, &modulus, &err), 0);
	assert_int_equal(modulus.len, 256);
	/* Odd and with its highest bit, but a byte shorter. */
	modulus.at[1] |= 0x80;
	assert_int_equal(cc_rsa_from_modulus(cc_span(modulus.at + 1, 255), &key, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	modulus.at[0] &= 0x7f;
	assert_int_equal(cc_rsa_from_modulus(cc_buf_span(&modulus), &key, &err), -1);
	modulus.at[0] |= 0x80;
	modulus.at[255] &= 0xfe;
	assert_int_equal(cc_rsa_from_modulus(cc_buf_span(&modulus), &key, &err), -1);
	assert_int_equal(cc_rsa_from_modulus(CC_SPAN(long_one), &key, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_null(key);
}

static void a_public_half_has_the_key_hash_of_its_pair(void **state)
{
	struct cc_digest a = { 0 }, b = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_rsa_key_hash(rsa, &a, &err), 0);
	assert_int_equal(cc_rsa_key_hash(public, &b, &err), 0);
	assert_true(cc_digest_eq(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_verifies_in_the_way_it_was_made),
		cmocka_unit_test(a_signature_over_sha1_is_not_verified),
		cmocka_unit_test(a_key_has_2048_bits_at_least),
		cmocka_unit_test(a_public_half_has_the_key_hash_of_its_pair),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
