/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/vectors.h"

#include "crypto/hash.h"

#define TWO_BLOCKS "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

/* FIPS 180-4, examples. */
static const struct {
	const char *text, *sha256, *sha384, *sha512;
} sha2[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	  "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
	  "274edebfe76f65fbd51ad2f14898b95b",
	  "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	  "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	  "8086072ba1e7cc2358baeca134c825a7",
	  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ TWO_BLOCKS, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
	  "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6"
	  "b0455a8520bc4e6f5fe95b1fe3c8452b",
	  "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
	  "96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445" },
};

static void sha2_gives_the_published_digests(void **state)
{
	struct cc_digest d = { 0 };
	struct cc_digest48 d48 = { 0 };
	struct cc_digest64 d64 = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(sha2); i++) {
		struct cc_span text = cc_span_str(sha2[i].text);

		assert_int_equal(cc_sha256(text, &d, &err), 0);
		assert_hex(CC_DIGEST_SPAN(d), sha2[i].sha256);
		assert_int_equal(cc_sha384(text, &d48, &err), 0);
		assert_hex(CC_DIGEST_SPAN(d48), sha2[i].sha384);
		assert_int_equal(cc_sha512(text, &d64, &err), 0);
		assert_hex(CC_DIGEST_SPAN(d64), sha2[i].sha512);
	}
}

/* FIPS 180-4 and RFC 2202 test case 2. */
static void sha1_gives_the_published_values(void **state)
{
	struct cc_digest20 digest = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sha1(cc_span_str("abc"), &digest, &err), 0);
	assert_hex(CC_DIGEST_SPAN(digest), "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_int_equal(cc_hmac_sha1(cc_span_str("Jefe"),
				      cc_span_str("what do ya want for nothing?"), &digest, &err),
			 0);
	assert_hex(CC_DIGEST_SPAN(digest), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

static void pieces_give_the_digest_of_the_whole(void **state)
{
	const struct cc_span parts[] = { cc_span_str("a"), cc_span_str(""), cc_span_str("bc") };
	CC_AUTO_HASHER struct cc_hasher *h = NULL;
	struct cc_digest d = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sha256v(parts, CC_COUNT(parts), &d, &err), 0);
	assert_hex(CC_DIGEST_SPAN(d), sha2[1].sha256);
	assert_int_equal(cc_hasher_new(&h, &err), 0);
	for (size_t i = 0; i < CC_COUNT(parts); i++)
		assert_int_equal(cc_hasher_add(h, parts[i], &err), 0);
	assert_int_equal(cc_hasher_done(h, &d, &err), 0);
	assert_hex(CC_DIGEST_SPAN(d), sha2[1].sha256);
}

static void a_named_algorithm_gives_the_same_digests(void **state)
{
	const struct {
		enum cc_hash hash;
		const char *name, *digest;
	} cases[] = {
		{ CC_HASH_SHA1, "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ CC_HASH_SHA256, "sha256", sha2[1].sha256 },
		{ CC_HASH_SHA384, "sha384", sha2[1].sha384 },
		{ CC_HASH_SHA512, "sha512", sha2[1].sha512 },
	};
	const struct cc_span parts[] = { cc_span_str("ab"), cc_span_str("c") };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_HASHER struct cc_hasher *h = NULL;
		struct cc_hashed whole = { 0 }, pieces = { 0 };

		assert_string_equal(cc_hash_name(cases[i].hash), cases[i].name);
		assert_int_equal(cc_hash_of(cases[i].hash, parts, 2, &whole, &err), 0);
		assert_hex(cc_hashed_span(&whole), cases[i].digest);
		assert_int_equal(cc_hash_len(cases[i].hash), whole.len);
		assert_int_equal(cc_hasher_new_of(cases[i].hash, &h, &err), 0);
		assert_int_equal(cc_hasher_add(h, cc_span_str("abc"), &err), 0);
		assert_int_equal(cc_hasher_done_of(h, &pieces, &err), 0);
		assert_hex(cc_hashed_span(&pieces), cases[i].digest);
	}
}

static void a_sha_256_is_asked_of_a_sha_256(void **state)
{
	CC_AUTO_HASHER struct cc_hasher *h = NULL;
	struct cc_digest d = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_hasher_new_of(CC_HASH_SHA384, &h, &err), 0);
	assert_int_equal(cc_hasher_done(h, &d, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
}

static void a_hash_is_done_once(void **state)
{
	CC_AUTO_HASHER struct cc_hasher *h = NULL;
	struct cc_digest d = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_hasher_new(&h, &err), 0);
	assert_int_equal(cc_hasher_done(h, &d, &err), 0);
	assert_int_equal(cc_hasher_done(h, &d, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	err.code = CC_OK;
	assert_int_equal(cc_hasher_add(h, cc_span_str("x"), &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
}

static void digests_compare_in_all_bytes(void **state)
{
	struct cc_digest a = { { 1 } }, b = { { 1 } };

	(void)state;
	assert_true(cc_digest_eq(&a, &b));
	b.b[31] = 1;
	assert_false(cc_digest_eq(&a, &b));
	assert_false(cc_digest_is_zero(&a));
	a.b[0] = 0;
	assert_true(cc_digest_is_zero(&a));
	a.b[31] = 1;
	assert_false(cc_digest_is_zero(&a));
}

/* RFC 4231, section 4 (case 5 truncates, which we do not). */
static const struct {
	const char *key, *data, *mac;
} hmac[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
	  "dddddddddddddddddddddddddddddddd",
	  "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	{ "0102030405060708090a0b0c0d0e0f10111213141516171819",
	  "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
	  "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
	  "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
};

static void hmac_gives_the_published_values(void **state)
{
	struct cc_digest mac = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(hmac); i++) {
		struct bytes key = hex(hmac[i].key), data = hex(hmac[i].data);
		const struct cc_span parts[] = { cc_span(data.b, 3),
						 cc_span(data.b + 3, data.len - 3) };

		assert_int_equal(cc_hmac_sha256(HEX_SPAN(key), HEX_SPAN(data), &mac, &err), 0);
		assert_hex(CC_DIGEST_SPAN(mac), hmac[i].mac);
		assert_int_equal(cc_hmac_sha256v(HEX_SPAN(key), parts, 2, &mac, &err), 0);
		assert_hex(CC_DIGEST_SPAN(mac), hmac[i].mac);
	}
}

/* RFC 4231, cases 6 and 7: a key longer than a block is hashed first. */
static void hmac_takes_a_long_key(void **state)
{
	struct cc_digest mac = { 0 };
	struct cc_err err = { 0 };
	uint8_t key[131];

	(void)state;
	memset(key, 0xaa, sizeof(key));
	assert_int_equal(
		cc_hmac_sha256(
			CC_SPAN(key),
			cc_span_str("Test Using Larger Than Block-Size Key - Hash Key First"), &mac,
			&err),
		0);
	assert_hex(CC_DIGEST_SPAN(mac),
		   "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void hmac_takes_an_empty_key(void **state)
{
	struct cc_digest mac = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_hmac_sha256(cc_span(NULL, 0), cc_span(NULL, 0), &mac, &err), 0);
	assert_hex(CC_DIGEST_SPAN(mac),
		   "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha2_gives_the_published_digests),
		cmocka_unit_test(sha1_gives_the_published_values),
		cmocka_unit_test(pieces_give_the_digest_of_the_whole),
		cmocka_unit_test(a_named_algorithm_gives_the_same_digests),
		cmocka_unit_test(a_sha_256_is_asked_of_a_sha_256),
		cmocka_unit_test(a_hash_is_done_once),
		cmocka_unit_test(digests_compare_in_all_bytes),
		cmocka_unit_test(hmac_gives_the_published_values),
		cmocka_unit_test(hmac_takes_a_long_key),
		cmocka_unit_test(hmac_takes_an_empty_key),
	};

	return cmocka_run_group_tests_name("crypto/hash", tests, NULL, NULL);
}
