/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/vectors.h"

#include "crypto/aead.h"
#include "crypto/kdf.h"

#define KEY "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
#define ZERO_KEY "0000000000000000000000000000000000000000000000000000000000000000"
#define PLAIN                                                              \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define SEALED                                                             \
	"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" \
	"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"

/* McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 to 16. */
static const struct {
	const char *key, *nonce, *aad, *plain, *sealed, *tag;
} vectors[] = {
	{ ZERO_KEY, "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
	{ ZERO_KEY, "000000000000000000000000", "", "00000000000000000000000000000000",
	  "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919" },
	{ KEY, "cafebabefacedbaddecaf888", "", PLAIN "1aafd255", SEALED "898015ad",
	  "b094dac5d93471bdec1a502270e3cc6c" },
	{ KEY, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", PLAIN,
	  SEALED, "76fc6ece0f4e1768cddf8853bb2d551b" },
};

static struct cc_aead *aead_for(const char *key_hex)
{
	struct bytes bytes = hex(key_hex);
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	struct cc_aead *aead = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_secret_from(HEX_SPAN(bytes), &key, &err), 0);
	assert_int_equal(cc_aead_new(key, &aead, &err), 0);
	return aead;
}

static struct cc_aead_nonce nonce_of(const char *text)
{
	struct bytes bytes = hex(text);
	struct cc_aead_nonce nonce = { 0 };

	memcpy(nonce.b, bytes.b, sizeof(nonce.b));
	return nonce;
}

static void gcm_gives_the_published_values_both_ways(void **state)
{
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(vectors); i++) {
		CC_AUTO_AEAD struct cc_aead *aead = aead_for(vectors[i].key);
		struct cc_aead_nonce nonce = nonce_of(vectors[i].nonce);
		struct bytes aad = hex(vectors[i].aad), text = hex(vectors[i].plain);
		struct cc_aead_tag tag = { 0 };

		assert_int_equal(cc_aead_seal(aead, &nonce, HEX_SPAN(aad), HEX_SPAN(text),
					      (struct cc_mut){ text.b, text.len }, &tag, &err),
				 0);
		assert_hex(HEX_SPAN(text), vectors[i].sealed);
		assert_hex(CC_SPAN(tag.b), vectors[i].tag);
		assert_int_equal(cc_aead_open(aead, &nonce, HEX_SPAN(aad), HEX_SPAN(text), &tag,
					      (struct cc_mut){ text.b, text.len }, &err),
				 0);
		assert_hex(HEX_SPAN(text), vectors[i].plain);
	}
}

enum part {
	NONCE,
	AAD,
	SEALED_TEXT,
	TAG,
	KEY_ITSELF,
};

static void a_flipped_bit_anywhere_is_tampering_and_wipes(void **state)
{
	static const enum part parts[] = { NONCE, AAD, SEALED_TEXT, TAG, KEY_ITSELF };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(parts); i++) {
		CC_AUTO_AEAD struct cc_aead *aead =
			aead_for(parts[i] == KEY_ITSELF ? ZERO_KEY : KEY);
		struct cc_aead_nonce nonce = nonce_of(vectors[3].nonce);
		struct bytes aad = hex(vectors[3].aad), text = hex(vectors[3].sealed);
		struct bytes tag_bytes = hex(vectors[3].tag), out = { .b = { 1, 2, 3 } };
		struct cc_aead_tag tag = { 0 };
		struct cc_err err = { 0 };

		memcpy(tag.b, tag_bytes.b, sizeof(tag.b));
		nonce.b[0] ^= parts[i] == NONCE;
		aad.b[3] ^= parts[i] == AAD;
		text.b[59] ^= parts[i] == SEALED_TEXT;
		tag.b[15] ^= parts[i] == TAG;
		assert_int_equal(cc_aead_open(aead, &nonce, HEX_SPAN(aad), HEX_SPAN(text), &tag,
					      (struct cc_mut){ out.b, text.len }, &err),
				 -1);
		assert_int_equal(err.code, CC_E_TAMPERED);
		assert_true(cc_span_is_zero(cc_span(out.b, text.len)));
	}
}

static void a_key_of_another_length_is_refused(void **state)
{
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	struct cc_aead *aead = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_secret_new(16, &key, &err), 0);
	assert_int_equal(cc_aead_new(key, &aead, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
}

static void room_of_another_length_is_refused(void **state)
{
	CC_AUTO_AEAD struct cc_aead *aead = aead_for(KEY);
	struct cc_aead_nonce nonce = { 0 };
	struct cc_aead_tag tag = { 0 };
	struct cc_err err = { 0 };
	uint8_t out[4] = { 0 };

	(void)state;
	assert_int_equal(cc_aead_seal(aead, &nonce, cc_span_str(""), cc_span_str("five!"),
				      CC_MUT(out), &tag, &err),
			 -1);
	assert_int_equal(err.code, CC_E_BUG);
}

static void a_derived_key_is_that_of_hkdf(void **state)
{
	const struct cc_aead_nonce nonce = { { 0 } };
	const struct cc_span salt = cc_span_str("salt"), info = cc_span_str("info"),
			     text = cc_span_str("text");
	CC_AUTO_SECRET struct cc_secret *key = NULL, *derived = NULL;
	CC_AUTO_AEAD struct cc_aead *here = NULL, *there = NULL;
	uint8_t sealed[4], plain[4];
	struct cc_aead_tag tag = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_secret_random(32, &key, &err), 0);
	assert_int_equal(cc_aead_derive(key, salt, info, &here, &err), 0);
	assert_int_equal(cc_hkdf(key, salt, info, CC_AEAD_KEY_LEN, &derived, &err), 0);
	assert_int_equal(cc_aead_new(derived, &there, &err), 0);
	assert_int_equal(cc_aead_seal(here, &nonce, salt, text, CC_MUT(sealed), &tag, &err), 0);
	assert_int_equal(
		cc_aead_open(there, &nonce, salt, CC_SPAN(sealed), &tag, CC_MUT(plain), &err), 0);
	assert_memory_equal(plain, "text", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gcm_gives_the_published_values_both_ways),
		cmocka_unit_test(a_flipped_bit_anywhere_is_tampering_and_wipes),
		cmocka_unit_test(a_key_of_another_length_is_refused),
		cmocka_unit_test(room_of_another_length_is_refused),
		cmocka_unit_test(a_derived_key_is_that_of_hkdf),
	};

	return cmocka_run_group_tests_name("crypto/aead", tests, NULL, NULL);
}
