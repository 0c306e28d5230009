/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/cca.h"

#include "base/str.h"
#include "codec/cbor.h"

#define PROTECTED cc_span("\xa1\x01\x38\x22", 4) /* {1: -35} */

void cc_sim_cca_plan_good(struct cc_sim_cca_plan *out)
{
	struct cc_sim_cca_plan plan = { .lifecycle = 0x3003,
					.key_digest = "sha-256",
					.rem_count = CC_CCA_REMS,
					.rem_len = 48,
					.instance_type = 1 };

	memset(plan.challenge.b, 0x33, sizeof(plan.challenge.b));
	*out = plan;
}

int cc_sim_cca_make(struct cc_sim_cca *out, struct cc_err *err)
{
	CC_TRY(cc_key_generate(CC_KEY_P384, &out->platform_key, err));
	CC_TRY(cc_key_generate(CC_KEY_P384, &out->realm_key, err));
	return cc_pubkey_to_pem(cc_key_public(out->platform_key), &out->keys, err);
}

void cc_sim_cca_clear(struct cc_sim_cca *cca)
{
	cc_key_free(cca->platform_key);
	cc_key_free(cca->realm_key);
	cc_buf_clear(&cca->keys);
	*cca = (struct cc_sim_cca){ 0 };
}

int cc_sim_cca_root(const struct cc_sim_cca *cca, struct cc_root *out, struct cc_err *err)
{
	struct cc_root root = { .platform = CC_PLATFORM_CCA,
				.class = CC_CLASS_SIMULATED,
				.label = "SIMULATION of CCA" };

	CC_TRY(cc_pubkey_hash(cc_key_public(cca->platform_key), &root.key, err));
	*out = root;
	return 0;
}

/* A member with that many bytes of one value. */
static int add_filled(struct cc_buf *out, int64_t key, uint8_t byte, size_t len, struct cc_err *err)
{
	uint8_t bytes[64];

	memset(bytes, byte, sizeof(bytes));
	CC_TRY(cc_cbor_add_integer(out, key, err));
	return cc_cbor_add_bytes(out, cc_span(bytes, len), err);
}

static int add_word(struct cc_buf *out, int64_t key, const char *word, struct cc_err *err)
{
	CC_TRY(cc_cbor_add_integer(out, key, err));
	return cc_cbor_add_text(out, word, err);
}

static int encode_key(const struct cc_sim_cca *cca, const struct cc_sim_cca_plan *plan,
		      struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	CC_TRY(cc_pubkey_to_raw(cc_key_public(cca->realm_key), &raw, err));
	if (!plan->is_cose_key) {
		CC_TRY(cc_buf_add_u8(out, 4, err));
		return cc_buf_add(out, cc_buf_span(&raw), err);
	}
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 4, err));
	for (int64_t key = 1; key >= -1; key -= 2) {
		CC_TRY(cc_cbor_add_integer(out, key, err));
		CC_TRY(cc_cbor_add_integer(out, 2, err));
	}
	CC_TRY(cc_cbor_add_integer(out, -2, err));
	CC_TRY(cc_cbor_add_bytes(out, cc_span_sub(cc_buf_span(&raw), 0, 48), err));
	CC_TRY(cc_cbor_add_integer(out, -3, err));
	return cc_cbor_add_bytes(out, cc_span_sub(cc_buf_span(&raw), 48, 48), err);
}

static int add_nonce(struct cc_buf *out, const struct cc_sim_cca_plan *plan, struct cc_span key,
		     struct cc_err *err)
{
	struct cc_digest sha256 = { 0 };
	struct cc_digest48 sha384 = { 0 };
	struct cc_digest64 sha512 = { 0 };

	CC_TRY(cc_sha256(key, &sha256, err));
	CC_TRY(cc_sha384(key, &sha384, err));
	CC_TRY(cc_sha512(key, &sha512, err));
	sha256.b[31] ^= plan->is_of_another_realm ? 1 : 0;
	CC_TRY(cc_cbor_add_integer(out, 10, err));
	if (cc_str_eq(plan->key_digest, "sha-384"))
		return cc_cbor_add_bytes(out, CC_DIGEST_SPAN(sha384), err);
	if (cc_str_eq(plan->key_digest, "sha-512"))
		return cc_cbor_add_bytes(out, CC_DIGEST_SPAN(sha512), err);
	return cc_cbor_add_bytes(out, CC_DIGEST_SPAN(sha256), err);
}

static int platform_payload(const struct cc_sim_cca_plan *plan, struct cc_span key,
			    struct cc_buf *out, struct cc_err *err)
{
	uint8_t instance[33] = { plan->instance_type };

	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 5, err));
	CC_TRY(add_nonce(out, plan, key, err));
	CC_TRY(add_filled(out, 2396, 0x44, 32, err));
	CC_TRY(cc_cbor_add_integer(out, 256, err));
	CC_TRY(cc_cbor_add_bytes(out, CC_SPAN(instance), err));
	CC_TRY(cc_cbor_add_integer(out, 2395, err));
	CC_TRY(cc_cbor_add_integer(out, plan->lifecycle, err));
	CC_TRY(cc_cbor_add_integer(out, 2399, err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_ARRAY, plan->has_no_components ? 0 : 1, err));
	if (plan->has_no_components)
		return 0;
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 1, err));
	return add_filled(out, 2, 0x55, 32, err);
}

static int realm_payload(const struct cc_sim_cca_plan *plan, struct cc_span key, struct cc_buf *out,
			 struct cc_err *err)
{
	static const uint8_t rem[64];

	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 7, err));
	CC_TRY(cc_cbor_add_integer(out, 10, err));
	CC_TRY(cc_cbor_add_bytes(out, CC_DIGEST_SPAN(plan->challenge), err));
	CC_TRY(add_filled(out, 44235, 0x66, 64, err));
	CC_TRY(add_filled(out, 44238, 0x11, 48, err));
	CC_TRY(cc_cbor_add_integer(out, 44239, err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_ARRAY, plan->rem_count, err));
	for (size_t i = 0; i < plan->rem_count; i++)
		CC_TRY(cc_cbor_add_bytes(out, cc_span(rem, plan->rem_len), err));
	CC_TRY(add_word(out, 44236, "sha-384", err));
	CC_TRY(add_word(out, 44240, plan->key_digest, err));
	CC_TRY(cc_cbor_add_integer(out, 44237, err));
	return cc_cbor_add_bytes(out, key, err);
}

/* A member that holds a COSE_Sign1 as bytes. */
static int add_signed(struct cc_buf *out, int64_t name, const struct cc_key *key,
		      struct cc_span payload, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf message = { 0 }, cose = { 0 };
	struct cc_signature signature = { 0 };

	CC_TRY(cc_cose_to_be_signed(PROTECTED, payload, &message, err));
	CC_TRY(cc_sign_raw(key, cc_buf_span(&message), &signature, err));
	CC_TRY(cc_cbor_add_head(&cose, CC_CBOR_TAG, 18, err));
	CC_TRY(cc_cbor_add_head(&cose, CC_CBOR_ARRAY, 4, err));
	CC_TRY(cc_cbor_add_bytes(&cose, PROTECTED, err));
	CC_TRY(cc_cbor_add_head(&cose, CC_CBOR_MAP, 0, err));
	CC_TRY(cc_cbor_add_bytes(&cose, payload, err));
	CC_TRY(cc_cbor_add_bytes(&cose, cc_span(signature.b, signature.len), err));
	CC_TRY(cc_cbor_add_integer(out, name, err));
	return cc_cbor_add_bytes(out, cc_buf_span(&cose), err);
}

int cc_sim_cca_token(const struct cc_sim_cca *cca, const struct cc_sim_cca_plan *plan,
		     struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf key = { 0 }, platform = { 0 }, realm = { 0 };

	CC_TRY(encode_key(cca, plan, &key, err));
	CC_TRY(platform_payload(plan, cc_buf_span(&key), &platform, err));
	CC_TRY(realm_payload(plan, cc_buf_span(&key), &realm, err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_TAG, 399, err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 2, err));
	CC_TRY(add_signed(out, 44234, cca->platform_key, cc_buf_span(&platform), err));
	return add_signed(out, 44241, cca->realm_key, cc_buf_span(&realm), err);
}
