/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/vectors.h"

#include "crypto/hpke-internal.h"

#define INFO "4f6465206f6e2061204772656369616e2055726e"
#define PLAIN "4265617574792069732074727574682c20747275746820626561757479"

/* The first: RFC 9180 A.1.1. The second: the same in the vectors of the CFRG, aead_id 2. */
static const struct vector {
	const struct cc_hpke_suite *suite;
	const char *receiver, *receiver_public, *ephemeral, *enc;
	const char *sealed[3]; /* aad "Count-0", "Count-1", "Count-2" */
	const char *exported[3];
} vectors[] = {
	{ &cc_hpke_aes128,
	  "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
	  "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
	  "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736",
	  "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
	  { "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
	    "af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84",
	    "498dfcabd92e8acedc281e85af1cb4e3e31c7dc394a1ca20e173cb72516491588d96a19ad4a683518973dcc180" },
	  { "3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee",
	    "2e8f0b54673c7029649d4eb9d5e33bf1872cf76d623ff164ac185da9e88c21a5",
	    "e9e43065102c3836401bed8c3c3c75ae46be1639869391d62c61f1ec7af54931" } },
	{ &cc_hpke_aes256,
	  "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d",
	  "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
	  "179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11",
	  "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
	  { "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a",
	    "2c43aff25343fdbff864506f0818b9d87df84ea01b1a2144d23b4d40c26bf655fdf197fe40297a8aebeed5cc2d",
	    "e0a8f2cf92ff61215edbb8c55dc31fe9e2eb42a5685867bb6854211542099f9e940c4b41c192bc390835b1a5f7" },
	  { NULL } },
};
static const char *const aads[] = { "Count-0", "Count-1", "Count-2" };
static const char *const export_contexts[] = { "", "00", "54657374436f6e74657874" };

static struct cc_hpke_key *raw_key(const char *text)
{
	struct bytes bytes = hex(text);
	struct cc_hpke_key *key = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_hpke_key_from_raw(HEX_SPAN(bytes), &key, &err), 0);
	return key;
}

static void the_published_messages_are_made_and_opened(void **state)
{
	struct bytes info = hex(INFO), plain = hex(PLAIN);
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		CC_AUTO_HPKE_KEY struct cc_hpke_key *receiver = raw_key(v->receiver);
		CC_AUTO_HPKE_KEY struct cc_hpke_key *ephemeral = raw_key(v->ephemeral);
		const struct cc_hpke_public *to = cc_hpke_key_public(receiver);
		const struct cc_hpke_public *enc = cc_hpke_key_public(ephemeral);
		CC_AUTO_HPKE struct cc_hpke *out = NULL, *in = NULL;

		assert_hex(CC_SPAN(to->b), v->receiver_public);
		assert_hex(CC_SPAN(enc->b), v->enc);
		assert_int_equal(
			cc_hpke_sender_with(v->suite, ephemeral, to, HEX_SPAN(info), &out, &err),
			0);
		assert_int_equal(
			cc_hpke_receiver_with(v->suite, receiver, enc, HEX_SPAN(info), &in, &err),
			0);
		for (size_t n = 0; n < CC_COUNT(aads); n++) {
			CC_AUTO_BUF struct cc_buf sealed = { 0 }, opened = { 0 };

			assert_int_equal(cc_hpke_seal(out, cc_span_str(aads[n]), HEX_SPAN(plain),
						      &sealed, &err),
					 0);
			assert_hex(cc_buf_span(&sealed), v->sealed[n]);
			assert_int_equal(cc_hpke_open(in, cc_span_str(aads[n]),
						      cc_buf_span(&sealed), &opened, &err),
					 0);
			assert_hex(cc_buf_span(&opened), PLAIN);
		}
		for (size_t n = 0; v->exported[0] != NULL && n < CC_COUNT(export_contexts); n++) {
			struct bytes context = hex(export_contexts[n]);
			CC_AUTO_SECRET struct cc_secret *theirs = NULL, *ours = NULL;

			assert_int_equal(cc_hpke_export(in, HEX_SPAN(context), 32, &theirs, &err),
					 0);
			assert_int_equal(cc_hpke_export(out, HEX_SPAN(context), 32, &ours, &err),
					 0);
			assert_hex(cc_secret_span(theirs), v->exported[n]);
			assert_true(cc_secret_equal(theirs, ours));
		}
	}
}

/* RFC 9180 A.1.1: ikmE and ikmR. */
static void key_pairs_are_derived_as_published(void **state)
{
	static const struct {
		const char *ikm, *public;
	} pairs[] = {
		{ "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
		  "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431" },
		{ "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037",
		  "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d" },
	};
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(pairs); i++) {
		struct bytes bytes = hex(pairs[i].ikm);
		CC_AUTO_SECRET struct cc_secret *ikm = NULL;
		CC_AUTO_HPKE_KEY struct cc_hpke_key *key = NULL;

		assert_int_equal(cc_secret_from(HEX_SPAN(bytes), &ikm, &err), 0);
		assert_int_equal(cc_hpke_key_derive(ikm, &key, &err), 0);
		assert_hex(CC_SPAN(cc_hpke_key_public(key)->b), pairs[i].public);
	}
}

struct shot {
	struct cc_hpke_key *key;
	struct cc_buf sealed;
};

static struct shot shot(void)
{
	struct shot s = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_hpke_key_generate(&s.key, &err), 0);
	assert_int_equal(cc_hpke_seal_to(cc_hpke_key_public(s.key), cc_span_str("info"),
					 cc_span_str("aad"), cc_span_str("text"), &s.sealed, &err),
			 0);
	return s;
}

static void shot_clear(struct shot *s)
{
	cc_hpke_key_free(s->key);
	cc_buf_clear(&s->sealed);
}

static void a_single_shot_opens(void **state)
{
	CC_CLEANUP(shot_clear) struct shot s = shot();
	CC_AUTO_BUF struct cc_buf opened = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(s.sealed.len, CC_HPKE_KEY_LEN + 4 + CC_HPKE_TAG_LEN);
	assert_int_equal(cc_hpke_open_with(s.key, cc_span_str("info"), cc_span_str("aad"),
					   cc_buf_span(&s.sealed), &opened, &err),
			 0);
	assert_true(cc_span_eq_str(cc_buf_span(&opened), "text"));
}

static const struct {
	const char *why, *info, *aad;
	size_t flip; /* byte of the message, from 1; 0: none */
	size_t cut;
	bool other_key;
} refused[] = {
	{ "another info", "inf0", "aad", 0, 0, false },
	{ "another aad", "info", "aae", 0, 0, false },
	{ "another enc", "info", "aad", 1, 0, false },
	{ "another ciphertext", "info", "aad", 33, 0, false },
	{ "another tag", "info", "aad", 52, 0, false },
	{ "a byte too few", "info", "aad", 0, 1, false },
	{ "fewer than a tag", "info", "aad", 0, 5, false },
	{ "nothing behind enc", "info", "aad", 0, 20, false },
	{ "another key", "info", "aad", 0, 0, true },
};

static void anything_else_is_tampering_and_leaves_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		CC_CLEANUP(shot_clear) struct shot s = shot(), other = shot();
		CC_AUTO_BUF struct cc_buf opened = { 0 };
		struct cc_err err = { 0 };

		if (refused[i].flip > 0)
			s.sealed.at[refused[i].flip - 1] ^= 1;
		assert_int_equal(
			cc_hpke_open_with(refused[i].other_key ? other.key : s.key,
					  cc_span_str(refused[i].info), cc_span_str(refused[i].aad),
					  cc_span(s.sealed.at, s.sealed.len - refused[i].cut),
					  &opened, &err),
			-1);
		assert_int_equal(err.code, CC_E_TAMPERED);
		assert_int_equal(opened.len, 0);
	}
}

/* RFC 7748 6.1: points of low order give zero. */
static void a_point_of_low_order_is_refused(void **state)
{
	CC_AUTO_HPKE_KEY struct cc_hpke_key *key = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_hpke_public low[2] = { { { 0 } }, { { 1 } } };
	struct cc_hpke *hpke = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_hpke_key_generate(&key, &err), 0);
	for (size_t i = 0; i < CC_COUNT(low); i++) {
		assert_int_equal(cc_hpke_receiver(key, &low[i], cc_span_str(""), &hpke, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		assert_int_equal(cc_hpke_seal_to(&low[i], cc_span_str(""), cc_span_str(""),
						 cc_span_str("x"), &out, &err),
				 -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

static void messages_open_only_in_their_order(void **state)
{
	CC_AUTO_HPKE_KEY struct cc_hpke_key *key = NULL;
	CC_AUTO_HPKE struct cc_hpke *sender = NULL, *receiver = NULL;
	CC_AUTO_BUF struct cc_buf first = { 0 }, second = { 0 }, out = { 0 };
	struct cc_hpke_public enc = { 0 };
	struct cc_err err = { 0 };
	const struct cc_span none = cc_span_str("");

	(void)state;
	assert_int_equal(cc_hpke_key_generate(&key, &err), 0);
	assert_int_equal(cc_hpke_sender(cc_hpke_key_public(key), none, &enc, &sender, &err), 0);
	assert_int_equal(cc_hpke_receiver(key, &enc, none, &receiver, &err), 0);
	assert_int_equal(cc_hpke_seal(sender, none, cc_span_str("1"), &first, &err), 0);
	assert_int_equal(cc_hpke_seal(sender, none, cc_span_str("2"), &second, &err), 0);
	assert_int_equal(cc_hpke_open(receiver, none, cc_buf_span(&second), &out, &err), -1);
	assert_int_equal(cc_hpke_open(receiver, none, cc_buf_span(&first), &out, &err), 0);
	assert_int_equal(cc_hpke_open(receiver, none, cc_buf_span(&first), &out, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_int_equal(cc_hpke_open(receiver, none, cc_buf_span(&second), &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "12"));
	/* A receiver that sealed would repeat the sender's nonces. */
	assert_int_equal(cc_hpke_seal(receiver, none, none, &out, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	assert_int_equal(cc_hpke_open(sender, none, cc_buf_span(&first), &out, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_messages_are_made_and_opened),
		cmocka_unit_test(key_pairs_are_derived_as_published),
		cmocka_unit_test(a_single_shot_opens),
		cmocka_unit_test(anything_else_is_tampering_and_leaves_nothing),
		cmocka_unit_test(a_point_of_low_order_is_refused),
		cmocka_unit_test(messages_open_only_in_their_order),
	};

	return cmocka_run_group_tests_name("crypto/hpke", tests, NULL, NULL);
}
