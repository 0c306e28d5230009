/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "crypto/rsa-cube.h"

#define LEN CC_RSA_CUBE_LEN

/* The numbers of one signature over "text", little-endian; in this order they are spans, too. */
enum { MODULUS, SIGNATURE, Q1, Q2, COUNT };
static uint8_t numbers[COUNT][LEN];

static EVP_PKEY *generate(BIGNUM *exponent)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	assert_non_null(ctx);
	assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 8 * (int)LEN), 1);
	assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, exponent), 1);
	assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* By OpenSSL, which knows nothing of quotients. */
static BIGNUM *sign(EVP_PKEY *key, const char *text)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[LEN];
	size_t len = sizeof(signature);

	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(
		EVP_DigestSign(ctx, signature, &len, (const unsigned char *)text, strlen(text)), 1);
	EVP_MD_CTX_free(ctx);
	return BN_bin2bn(signature, (int)len, NULL);
}

/* q2 from the whole cube: (s^3 - q1 s n) / n (SDM volume 3D, 39.3). */
static void divide(const BIGNUM *s, const BIGNUM *n)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *square = BN_new(), *cube = BN_new(), *part = BN_new(), *q1 = BN_new(),
	       *q2 = BN_new();

	assert_int_equal(BN_sqr(square, s, ctx) & BN_mul(cube, square, s, ctx), 1);
	assert_int_equal(BN_div(q1, NULL, square, n, ctx), 1);
	assert_int_equal(BN_mul(part, q1, s, ctx) & BN_mul(part, part, n, ctx), 1);
	assert_int_equal(BN_sub(cube, cube, part) & BN_div(q2, NULL, cube, n, ctx), 1);
	assert_int_equal(BN_bn2lebinpad(q1, numbers[Q1], (int)LEN), LEN);
	assert_int_equal(BN_bn2lebinpad(q2, numbers[Q2], (int)LEN), LEN);
	BN_free(square);
	BN_free(cube);
	BN_free(part);
	BN_free(q1);
	BN_free(q2);
	BN_CTX_free(ctx);
}

static int setup(void **state)
{
	BIGNUM *three = BN_new(), *n = NULL, *s = NULL;
	EVP_PKEY *key = NULL;

	(void)state;
	assert_int_equal(BN_set_word(three, 3), 1);
	key = generate(three);
	assert_int_equal(EVP_PKEY_get_bn_param(key, "n", &n), 1);
	s = sign(key, "text");
	divide(s, n);
	assert_int_equal(BN_bn2lebinpad(n, numbers[MODULUS], (int)LEN), LEN);
	assert_int_equal(BN_bn2lebinpad(s, numbers[SIGNATURE], (int)LEN), LEN);
	BN_free(three);
	BN_free(n);
	BN_free(s);
	EVP_PKEY_free(key);
	return 0;
}

static struct cc_rsa_cube given(void)
{
	return (struct cc_rsa_cube){ .modulus = CC_SPAN(numbers[MODULUS]),
				     .signature = CC_SPAN(numbers[SIGNATURE]),
				     .q1 = CC_SPAN(numbers[Q1]),
				     .q2 = CC_SPAN(numbers[Q2]) };
}

static void a_signature_of_openssl_verifies(void **state)
{
	struct cc_rsa_cube all = given();
	struct cc_err err = { 0 };

	(void)state;
	if (cc_rsa_cube_verify(&all, cc_span_str("text"), &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_rsa_cube_verify(&all, cc_span_str("test"), &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

static void each_byte_of_each_number_counts(void **state)
{
	static const char *const said[COUNT] = { "", "", "Q1 is not", "Q2 is not" };
	struct cc_rsa_cube all = given();

	(void)state;
	for (size_t number = 0; number < COUNT; number++) {
		for (size_t at = 0; at < LEN; at++) {
			struct cc_err err = { 0 };

			numbers[number][at] ^= 1;
			if (cc_rsa_cube_verify(&all, cc_span_str("text"), &err) == 0)
				fail_msg("byte %zu of number %zu", at, number);
			numbers[number][at] ^= 1;
			assert_int_equal(err.code, CC_E_EVIDENCE);
			assert_non_null(strstr(err.text, said[number]));
		}
	}
}

static void numbers_have_3072_bits(void **state)
{
	struct cc_rsa_cube all = given(), other = all;
	struct cc_err err = { 0 };

	(void)state;
	other.q2.len--;
	assert_int_equal(cc_rsa_cube_verify(&other, cc_span_str("text"), &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	numbers[MODULUS][LEN - 1] &= 0x7f;
	assert_int_equal(cc_rsa_cube_verify(&all, cc_span_str("text"), &err), -1);
	assert_non_null(strstr(err.text, "modulus"));
	numbers[MODULUS][LEN - 1] |= 0x80;
	/* As large as the modulus: zero to the third power. */
	other = all;
	other.signature = all.modulus;
	assert_int_equal(cc_rsa_cube_verify(&other, cc_span_str("text"), &err), -1);
	assert_non_null(strstr(err.text, "not less than the modulus"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_of_openssl_verifies),
		cmocka_unit_test(each_byte_of_each_number_counts),
		cmocka_unit_test(numbers_have_3072_bits),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
