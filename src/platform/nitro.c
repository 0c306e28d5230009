/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/nitro.h"

#include "codec/cbor.h"
#include "platform/pki.h"

#define HOUR ((int64_t)3600)
#define PROTECTED cc_span("\xa1\x01\x38\x22", 4) /* {1: -35} */

void cc_sim_nitro_plan_good(int64_t now, struct cc_sim_nitro_plan *out)
{
	struct cc_sim_nitro_plan plan = { .now = now, .digest = "SHA384", .pcr_len = 48 };

	memset(plan.pcr, 0x11, sizeof(plan.pcr));
	memset(plan.user_data.b, 0x33, sizeof(plan.user_data.b));
	*out = plan;
}

static struct cc_cert_plan cert_plan(const struct cc_sim_nitro_plan *plan, const char *name,
				     const struct cc_key *key, int64_t seconds)
{
	return (struct cc_cert_plan){ .common_name = name,
				      .organization = CC_SIM_ORGANIZATION,
				      .key = cc_key_public(key),
				      .from = plan->now - HOUR,
				      .until = plan->now + seconds,
				      .path_len = -1 };
}

int cc_sim_nitro_make(const struct cc_sim_nitro_plan *plan, struct cc_sim_nitro *out,
		      struct cc_err *err)
{
	struct cc_cert_plan root = { 0 }, issuer = { 0 }, leaf = { 0 };

	CC_TRY(cc_key_generate(CC_KEY_P384, &out->root_key, err));
	CC_TRY(cc_key_generate(CC_KEY_P384, &out->issuer_key, err));
	CC_TRY(cc_key_generate(plan->is_of_p256 ? CC_KEY_P256 : CC_KEY_P384, &out->leaf_key, err));
	root = cert_plan(plan, "aws.nitro-enclaves", out->root_key, 10000 * HOUR);
	root.is_ca = true;
	root.issuer_key = out->root_key;
	CC_TRY(cc_cert_make(&root, &out->root, err));
	issuer = cert_plan(plan, "zonal", out->issuer_key, 24 * HOUR);
	issuer.is_ca = true;
	issuer.issuer = out->root;
	issuer.issuer_key = out->root_key;
	CC_TRY(cc_cert_make(&issuer, &out->issuer, err));
	leaf = cert_plan(plan, "i-0-enc0", out->leaf_key, 3 * HOUR);
	leaf.issuer = out->issuer;
	leaf.issuer_key = out->issuer_key;
	return cc_cert_make(&leaf, &out->leaf, err);
}

void cc_sim_nitro_clear(struct cc_sim_nitro *nitro)
{
	cc_key_free(nitro->root_key);
	cc_key_free(nitro->issuer_key);
	cc_key_free(nitro->leaf_key);
	cc_cert_free(nitro->root);
	cc_cert_free(nitro->issuer);
	cc_cert_free(nitro->leaf);
	*nitro = (struct cc_sim_nitro){ 0 };
}

int cc_sim_nitro_root(const struct cc_sim_nitro *nitro, struct cc_root *out, struct cc_err *err)
{
	struct cc_root root = { .platform = CC_PLATFORM_NITRO,
				.class = CC_CLASS_SIMULATED,
				.label = "SIMULATION of Nitro" };

	CC_TRY(cc_cert_key_hash(nitro->root, &root.key, err));
	*out = root;
	return 0;
}

static int add_cert(struct cc_buf *out, const struct cc_cert *cert, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	CC_TRY(cc_cert_to_der(cert, &der, err));
	return cc_cbor_add_bytes(out, cc_buf_span(&der), err);
}

static int add_pcrs(struct cc_buf *out, const struct cc_sim_nitro_plan *plan, struct cc_err *err)
{
	CC_TRY(cc_cbor_add_text(out, "pcrs", err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 3, err));
	for (int64_t i = 0; i < 3; i++) {
		CC_TRY(cc_cbor_add_integer(out, i, err));
		CC_TRY(cc_cbor_add_bytes(out, cc_span(plan->pcr, plan->pcr_len), err));
	}
	return 0;
}

static int add_certs(const struct cc_sim_nitro *nitro, const struct cc_sim_nitro_plan *plan,
		     struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_cbor_add_text(out, "certificate", err));
	CC_TRY(add_cert(out, nitro->leaf, err));
	CC_TRY(cc_cbor_add_text(out, "cabundle", err));
	if (plan->has_no_bundle)
		return cc_cbor_add_head(out, CC_CBOR_SIMPLE, 22, err);
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_ARRAY, 2, err));
	CC_TRY(add_cert(out, nitro->root, err));
	return add_cert(out, nitro->issuer, err);
}

static int add_payload(const struct cc_sim_nitro *nitro, const struct cc_sim_nitro_plan *plan,
		       struct cc_buf *out, struct cc_err *err)
{
	if (plan->is_indefinite)
		CC_TRY(cc_buf_add_u8(out, 0xbf, err));
	else
		CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, plan->extra != NULL ? 9 : 8, err));
	CC_TRY(cc_cbor_add_text(out, "module_id", err));
	CC_TRY(cc_cbor_add_text(out, "i-0-enc0", err));
	CC_TRY(cc_cbor_add_text(out, "digest", err));
	CC_TRY(cc_cbor_add_text(out, plan->digest, err));
	CC_TRY(cc_cbor_add_text(out, "timestamp", err));
	CC_TRY(cc_cbor_add_integer(out, plan->now * 1000, err));
	CC_TRY(add_pcrs(out, plan, err));
	CC_TRY(add_certs(nitro, plan, out, err));
	CC_TRY(cc_cbor_add_text(out, "user_data", err));
	CC_TRY(cc_cbor_add_bytes(out, CC_DIGEST_SPAN(plan->user_data), err));
	CC_TRY(cc_cbor_add_text(out, "nonce", err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_SIMPLE, 22, err));
	if (plan->extra != NULL) {
		CC_TRY(cc_cbor_add_text(out, plan->extra, err));
		CC_TRY(cc_cbor_add_integer(out, 0, err));
	}
	return plan->is_indefinite ? cc_buf_add_u8(out, 0xff, err) : 0;
}

int cc_sim_nitro_document(const struct cc_sim_nitro *nitro, const struct cc_sim_nitro_plan *plan,
			  struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf payload = { 0 }, message = { 0 };
	struct cc_signature signature = { 0 };

	CC_TRY(add_payload(nitro, plan, &payload, err));
	CC_TRY(cc_cose_to_be_signed(PROTECTED, cc_buf_span(&payload), &message, err));
	CC_TRY(cc_sign_raw(nitro->leaf_key, cc_buf_span(&message), &signature, err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_ARRAY, 4, err));
	CC_TRY(cc_cbor_add_bytes(out, PROTECTED, err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 0, err));
	CC_TRY(cc_cbor_add_bytes(out, cc_buf_span(&payload), err));
	return cc_cbor_add_bytes(out, cc_span(signature.b, signature.len), err);
}
