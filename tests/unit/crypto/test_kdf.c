/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/vectors.h"

#include "crypto/kdf.h"

/* RFC 5869, appendix A, cases 1 to 3. */
static const struct {
	const char *ikm, *salt, *info, *prk, *okm;
} vectors[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
	  "f0f1f2f3f4f5f6f7f8f9",
	  "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
	  "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
	{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	  "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	  "404142434445464748494a4b4c4d4e4f",
	  "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
	  "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
	  "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	  "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
	  "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
	  "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	  "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
	  "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
	  "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
	  "cc30c58179ec3e87c14c01d5c1f3434f1d87" },
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
	  "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
	  "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
};

static void hkdf_gives_the_published_values(void **state)
{
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(vectors); i++) {
		struct bytes ikm = hex(vectors[i].ikm), salt = hex(vectors[i].salt);
		struct bytes info = hex(vectors[i].info), okm = hex(vectors[i].okm);
		CC_AUTO_SECRET struct cc_secret *key = NULL, *derived = NULL;
		struct cc_digest prk = { 0 };
		uint8_t out[128] = { 0 };

		assert_int_equal(cc_hkdf_extract(HEX_SPAN(salt), HEX_SPAN(ikm), &prk, &err), 0);
		assert_hex(CC_DIGEST_SPAN(prk), vectors[i].prk);
		assert_int_equal(cc_hkdf_expand(CC_DIGEST_SPAN(prk), HEX_SPAN(info),
						(struct cc_mut){ out, okm.len }, &err),
				 0);
		assert_hex(cc_span(out, okm.len), vectors[i].okm);
		assert_int_equal(cc_secret_from(HEX_SPAN(ikm), &key, &err), 0);
		assert_int_equal(
			cc_hkdf(key, HEX_SPAN(salt), HEX_SPAN(info), okm.len, &derived, &err), 0);
		assert_hex(cc_secret_span(derived), vectors[i].okm);
	}
}

static void hkdf_refuses_more_than_255_blocks(void **state)
{
	static uint8_t out[255 * 32 + 1];
	struct cc_digest prk = { { 1 } };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_hkdf_expand(CC_DIGEST_SPAN(prk), cc_span_str("x"),
					(struct cc_mut){ out, sizeof(out) - 1 }, &err),
			 0);
	assert_int_equal(cc_hkdf_expand(CC_DIGEST_SPAN(prk), cc_span_str("x"), CC_MUT(out), &err),
			 -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hkdf_gives_the_published_values),
		cmocka_unit_test(hkdf_refuses_more_than_255_blocks),
	};

	return cmocka_run_group_tests_name("crypto/kdf", tests, NULL, NULL);
}
