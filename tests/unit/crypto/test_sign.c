/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/vectors.h"

#include "crypto/sign.h"

/* RFC 8032 7.1, tests 1 to 3. */
static const struct {
	const char *seed, *public, *message, *signature;
} vectors[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	  "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	  "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
};

static const enum cc_key_kind kinds[] = { CC_KEY_ED25519, CC_KEY_P256, CC_KEY_P384 };

static struct cc_key *generated(enum cc_key_kind kind)
{
	struct cc_key *key = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_key_generate(kind, &key, &err), 0);
	return key;
}

static void ed25519_gives_the_published_values(void **state)
{
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(vectors); i++) {
		struct bytes seed_bytes = hex(vectors[i].seed), message = hex(vectors[i].message);
		CC_AUTO_SECRET struct cc_secret *seed = NULL;
		CC_AUTO_KEY struct cc_key *key = NULL;
		CC_AUTO_BUF struct cc_buf raw = { 0 };
		struct cc_signature sig = { 0 };

		assert_int_equal(cc_secret_from(HEX_SPAN(seed_bytes), &seed, &err), 0);
		assert_int_equal(cc_key_from_seed(seed, &key, &err), 0);
		assert_int_equal(cc_pubkey_to_raw(cc_key_public(key), &raw, &err), 0);
		assert_hex(cc_buf_span(&raw), vectors[i].public);
		assert_int_equal(cc_sign(key, HEX_SPAN(message), &sig, &err), 0);
		assert_hex(cc_span(sig.b, sig.len), vectors[i].signature);
		assert_int_equal(cc_verify(cc_key_public(key), HEX_SPAN(message),
					   cc_span(sig.b, sig.len), &err),
				 0);
	}
}

static void what_each_kind_signs_verifies_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		CC_AUTO_KEY struct cc_key *key = generated(kinds[i]);
		CC_AUTO_KEY struct cc_key *other = generated(kinds[i]);
		struct cc_signature sig = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_key_kind(key), kinds[i]);
		assert_int_equal(cc_sign(key, cc_span_str("text"), &sig, &err), 0);
		assert_int_equal(cc_verify(cc_key_public(key), cc_span_str("text"),
					   cc_span(sig.b, sig.len), &err),
				 0);
		assert_int_equal(cc_verify(cc_key_public(key), cc_span_str("tex7"),
					   cc_span(sig.b, sig.len), &err),
				 -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		assert_int_equal(cc_verify(cc_key_public(other), cc_span_str("text"),
					   cc_span(sig.b, sig.len), &err),
				 -1);
		sig.b[sig.len - 1] ^= 1;
		assert_int_equal(cc_verify(cc_key_public(key), cc_span_str("text"),
					   cc_span(sig.b, sig.len), &err),
				 -1);
		assert_int_equal(
			cc_verify(cc_key_public(key), cc_span_str("text"), cc_span(sig.b, 0), &err),
			-1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

static void raw_signatures_have_the_length_of_the_curve(void **state)
{
	static const size_t lens[] = { 0, 64, 96 };
	const struct cc_span text = cc_span_str("text");

	(void)state;
	for (size_t i = 1; i < CC_COUNT(kinds); i++) {
		CC_AUTO_KEY struct cc_key *key = generated(kinds[i]);
		const struct cc_pubkey *public = cc_key_public(key);
		const uint8_t zeroes[96] = { 0 };
		struct cc_signature sig = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_sign_raw(key, text, &sig, &err), 0);
		assert_int_equal(sig.len, lens[i]);
		assert_int_equal(cc_verify_raw(public, text, cc_span(sig.b, sig.len), &err), 0);
		assert_int_equal(cc_verify_raw(public, text, cc_span(sig.b, sig.len - 1), &err),
				 -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		assert_int_equal(cc_verify_raw(public, text, cc_span(zeroes, lens[i]), &err), -1);
		sig.b[0] ^= 0x40;
		assert_int_equal(cc_verify_raw(public, text, cc_span(sig.b, sig.len), &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

static void ed25519_has_no_raw_form(void **state)
{
	CC_AUTO_KEY struct cc_key *key = generated(CC_KEY_ED25519);
	struct cc_signature sig = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sign_raw(key, cc_span_str("x"), &sig, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void a_key_survives_pem_and_keeps_its_hash(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		CC_AUTO_KEY struct cc_key *key = generated(kinds[i]), *again = NULL;
		CC_AUTO_SECRET struct cc_secret *pem = NULL;
		struct cc_digest a = { 0 }, b = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_key_to_pem(key, &pem, &err), 0);
		assert_int_equal(cc_key_from_pem(cc_secret_span(pem), &again, &err), 0);
		assert_int_equal(cc_pubkey_hash(cc_key_public(key), &a, &err), 0);
		assert_int_equal(cc_pubkey_hash(cc_key_public(again), &b, &err), 0);
		assert_true(cc_digest_eq(&a, &b));
	}
}

static void a_public_key_survives_der(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		CC_AUTO_KEY struct cc_key *key = generated(kinds[i]);
		CC_AUTO_PUBKEY struct cc_pubkey *again = NULL;
		CC_AUTO_BUF struct cc_buf der = { 0 }, second = { 0 };
		struct cc_digest hash = { 0 }, of_der = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_pubkey_to_der(cc_key_public(key), &der, &err), 0);
		assert_int_equal(cc_pubkey_from_der(cc_buf_span(&der), &again, &err), 0);
		assert_int_equal(cc_pubkey_kind(again), kinds[i]);
		assert_int_equal(cc_pubkey_to_der(again, &second, &err), 0);
		assert_true(cc_span_eq(cc_buf_span(&der), cc_buf_span(&second)));
		assert_int_equal(cc_pubkey_hash(again, &hash, &err), 0);
		assert_int_equal(cc_sha256(cc_buf_span(&der), &of_der, &err), 0);
		assert_true(cc_digest_eq(&hash, &of_der));
		/* One byte more or fewer is not the same key. */
		assert_int_equal(cc_buf_add_u8(&der, 0, &err), 0);
		assert_int_equal(cc_pubkey_from_der(cc_buf_span(&der), &again, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_int_equal(cc_pubkey_from_der(cc_span_sub(cc_buf_span(&der), 0, der.len - 2),
						    &again, &err),
				 -1);
	}
}

/* SubjectPublicKeyInfo and key of `openssl pkey`, made for this test. */
#define P256_PUBLIC                                                          \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n" \
	"6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"     \
	"-----END PUBLIC KEY-----\n"

static void openssl_s_public_key_is_read(void **state)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	CC_AUTO_BUF struct cc_buf raw = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_pubkey_from_pem(cc_span_str(P256_PUBLIC), &key, &err), 0);
	assert_int_equal(cc_pubkey_kind(key), CC_KEY_P256);
	assert_int_equal(cc_pubkey_to_raw(key, &raw, &err), 0);
	/* The base point of the curve (SEC 2, 2.4.2). */
	assert_hex(cc_buf_span(&raw),
		   "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
		   "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
}

static void the_base_point_is_taken_and_another_point_is_not(void **state)
{
	struct bytes point =
		hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
		    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_pubkey_from_p256(HEX_SPAN(point), &key, &err), 0);
	cc_pubkey_free(CC_TAKE(key));
	point.b[63] ^= 1;
	assert_int_equal(cc_pubkey_from_p256(HEX_SPAN(point), &key, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

static const struct {
	const char *why, *pem;
} refused_keys[] = {
	{ "empty", "" },
	{ "not PEM", "hello" },
	{ "a public key", P256_PUBLIC },
	{ "a curve without a name of its own container",
	  "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n" },
	{ "encrypted", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
		       "-----END ENCRYPTED PRIVATE KEY-----\n" },
	{ "garbage inside", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" },
	{ "X25519, which does not sign",
	  "-----BEGIN PRIVATE KEY-----\n"
	  "MC4CAQAwBQYDK2VuBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n"
	  "-----END PRIVATE KEY-----\n" },
};

static void other_private_keys_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused_keys); i++) {
		struct cc_key *key = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_key_from_pem(cc_span_str(refused_keys[i].pem), &key, &err), -1);
		assert_true(err.code == CC_E_ARG || err.code == CC_E_UNSUPPORTED);
		assert_null(key);
	}
}

static void a_seed_of_another_length_is_refused(void **state)
{
	CC_AUTO_SECRET struct cc_secret *seed = NULL;
	struct cc_key *key = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_secret_new(31, &seed, &err), 0);
	assert_int_equal(cc_key_from_seed(seed, &key, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ed25519_gives_the_published_values),
		cmocka_unit_test(what_each_kind_signs_verifies_and_nothing_else),
		cmocka_unit_test(raw_signatures_have_the_length_of_the_curve),
		cmocka_unit_test(ed25519_has_no_raw_form),
		cmocka_unit_test(a_key_survives_pem_and_keeps_its_hash),
		cmocka_unit_test(a_public_key_survives_der),
		cmocka_unit_test(openssl_s_public_key_is_read),
		cmocka_unit_test(the_base_point_is_taken_and_another_point_is_not),
		cmocka_unit_test(other_private_keys_are_refused),
		cmocka_unit_test(a_seed_of_another_length_is_refused),
	};

	return cmocka_run_group_tests_name("crypto/sign", tests, NULL, NULL);
}
