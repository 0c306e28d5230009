/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tpm.h"

#include "crypto/pem.h"
#include "platform/pki.h"

#define HOUR ((int64_t)3600)
#define PUBLIC_ATTRIBUTES                                                                  \
	(CC_TPM_FIXED_TPM | CC_TPM_FIXED_PARENT | CC_TPM_SENSITIVE_DATA_ORIGIN | 1U << 6 | \
	 CC_TPM_RESTRICTED | CC_TPM_SIGN)

void cc_sim_tpm_plan_good(int64_t now, struct cc_sim_tpm_plan *out)
{
	struct cc_sim_tpm_plan plan = {
		.now = now,
		.cert_seconds = 10000 * HOUR,
		.crl_seconds = 24 * HOUR,
		.scheme = CC_TPM_ALG_ECDSA,
		.attributes = PUBLIC_ATTRIBUTES,
		.role = 3,
		.crl_number = 1,
		.magic = 0xff544347,
		.type = 0x8018,
		.bank = CC_HASH_SHA256,
		.pcrs = 0xff,
		.clock = 4711,
		.firmware = 0x20160511,
		.resets = 3,
		.restarts = 1,
	};

	for (size_t i = 0; i < CC_TPM_PCRS; i++)
		memset(plan.pcr[i], (int)i + 1, sizeof(plan.pcr[i]));
	memset(plan.report_data.b, 0x33, sizeof(plan.report_data.b));
	*out = plan;
}

static struct cc_cert_plan cert_plan(const struct cc_sim_tpm_plan *plan, const char *name,
				     const struct cc_pubkey *key)
{
	return (struct cc_cert_plan){ .common_name = name,
				      .organization = CC_SIM_ORGANIZATION,
				      .key = key,
				      .from = plan->now - HOUR,
				      .until = plan->now + plan->cert_seconds,
				      .path_len = -1 };
}

int cc_sim_tpm_certify(const struct cc_sim_tpm *tpm, const struct cc_sim_tpm_plan *plan,
		       const struct cc_pubkey *key, struct cc_cert **out, struct cc_err *err)
{
	const uint8_t role[] = { 0x30, 7, 0x06, 5, 0x67, 0x81, 0x05, 0x08, plan->role };
	const struct cc_cert_extension use = { "2.5.29.37", CC_SPAN(role) };
	struct cc_cert_plan leaf = cert_plan(plan, "attestation key", key);

	leaf.issuer = tpm->issuer;
	leaf.issuer_key = tpm->issuer_key;
	leaf.is_ca = plan->leaf_is_ca;
	leaf.extensions = &use;
	leaf.extension_count = 1;
	return cc_cert_make(&leaf, out, err);
}

static int add_crl(struct cc_sim_tpm *out, const struct cc_crl_plan *plan, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	CC_TRY(cc_crl_make(plan, &der, err));
	return cc_pem_add(&out->crls, CC_PEM_CRL, cc_buf_span(&der), err);
}

int cc_sim_tpm_publish(const struct cc_sim_tpm_plan *plan, struct cc_sim_tpm *tpm,
		       struct cc_err *err)
{
	const struct cc_cert *const leaf = tpm->leaf, *const issuer = tpm->issuer;
	struct cc_crl_plan crl = { .issuer = tpm->root,
				   .issuer_key = tpm->root_key,
				   .from = plan->now - HOUR,
				   .until = plan->now + plan->crl_seconds,
				   .number = plan->crl_number,
				   .revoked = &issuer,
				   .revoked_count = plan->issuer_is_revoked ? 1 : 0 };

	cc_buf_reset(&tpm->certs);
	cc_buf_reset(&tpm->crls);
	CC_TRY(cc_cert_to_pem(tpm->issuer, &tpm->certs, err));
	CC_TRY(cc_cert_to_pem(tpm->root, &tpm->certs, err));
	CC_TRY(add_crl(tpm, &crl, err));
	crl.issuer = tpm->issuer;
	crl.issuer_key = tpm->issuer_key;
	crl.revoked = &leaf;
	crl.revoked_count = plan->leaf_is_revoked ? 1 : 0;
	return add_crl(tpm, &crl, err);
}

static int make_certs(const struct cc_sim_tpm_plan *plan, struct cc_sim_tpm *out,
		      struct cc_err *err)
{
	struct cc_cert_plan root = { 0 }, issuer = { 0 };

	CC_TRY(cc_key_generate(CC_KEY_P256, &out->root_key, err));
	CC_TRY(cc_key_generate(CC_KEY_P256, &out->issuer_key, err));
	root = cert_plan(plan, "TPM root", cc_key_public(out->root_key));
	root.is_ca = true;
	root.issuer_key = out->root_key;
	CC_TRY(cc_cert_make(&root, &out->root, err));
	issuer = cert_plan(plan, "TPM issuer", cc_key_public(out->issuer_key));
	issuer.is_ca = true;
	issuer.issuer = out->root;
	issuer.issuer_key = out->root_key;
	CC_TRY(cc_cert_make(&issuer, &out->issuer, err));
	CC_TRY(cc_sim_tpm_certify(out, plan, cc_key_public(out->leaf_key), &out->leaf, err));
	return cc_sim_tpm_publish(plan, out, err);
}

static int add_2b(struct cc_buf *out, struct cc_span bytes, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u16be(out, (uint16_t)bytes.len, err));
	return cc_buf_add(out, bytes, err);
}

static int add_numbers(struct cc_buf *out, const uint16_t *numbers, size_t count,
		       struct cc_err *err)
{
	for (size_t i = 0; i < count; i++)
		CC_TRY(cc_buf_add_u16be(out, numbers[i], err));
	return 0;
}

static int add_point(struct cc_buf *out, const struct cc_key *key, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	CC_TRY(cc_pubkey_to_raw(cc_key_public(key), &raw, err));
	CC_TRY(add_2b(out, cc_span_sub(cc_buf_span(&raw), 0, 32), err));
	return add_2b(out, cc_span_sub(cc_buf_span(&raw), 32, 32), err);
}

int cc_sim_tpm_describe(const struct cc_sim_tpm_plan *plan, struct cc_sim_tpm *tpm,
			struct cc_err *err)
{
	const uint16_t ecc[] = { CC_TPM_ALG_NULL, CC_TPM_ALG_ECDSA, CC_TPM_ALG_SHA256, 3,
				 CC_TPM_ALG_NULL };
	const uint16_t rsa[] = {
		CC_TPM_ALG_NULL, (uint16_t)plan->scheme, CC_TPM_ALG_SHA256, 2048, 0, 0
	};
	CC_AUTO_BUF struct cc_buf modulus = { 0 };
	struct cc_buf *to = &tpm->public;
	bool is_ecc = tpm->leaf_key != NULL;

	cc_buf_reset(to);
	CC_TRY(cc_buf_add_u16be(to, is_ecc ? CC_TPM_ALG_ECC : CC_TPM_ALG_RSA, err));
	CC_TRY(cc_buf_add_u16be(to, CC_TPM_ALG_SHA256, err));
	CC_TRY(cc_buf_add_u32be(to, plan->attributes, err));
	CC_TRY(add_2b(to, cc_span(NULL, 0), err));
	if (is_ecc) {
		CC_TRY(add_numbers(to, ecc, CC_COUNT(ecc), err));
		return add_point(to, tpm->leaf_key, err);
	}
	CC_TRY(add_numbers(to, rsa, CC_COUNT(rsa), err));
	CC_TRY(cc_rsa_modulus(tpm->leaf_rsa, &modulus, err));
	return add_2b(to, cc_buf_span(&modulus), err);
}

int cc_sim_tpm_make(const struct cc_sim_tpm_plan *plan, struct cc_sim_tpm *out, struct cc_err *err)
{
	if (plan->scheme != CC_TPM_ALG_ECDSA) {
		if (out->leaf_rsa == NULL)
			CC_TRY(cc_rsa_generate(&out->leaf_rsa, err));
		return cc_sim_tpm_describe(plan, out, err);
	}
	CC_TRY(cc_key_generate(CC_KEY_P256, &out->leaf_key, err));
	CC_TRY(make_certs(plan, out, err));
	return cc_sim_tpm_describe(plan, out, err);
}

void cc_sim_tpm_clear(struct cc_sim_tpm *tpm)
{
	cc_key_free(tpm->root_key);
	cc_key_free(tpm->issuer_key);
	cc_key_free(tpm->leaf_key);
	cc_rsa_free(tpm->leaf_rsa);
	cc_cert_free(tpm->root);
	cc_cert_free(tpm->issuer);
	cc_cert_free(tpm->leaf);
	cc_buf_clear(&tpm->public);
	cc_buf_clear(&tpm->certs);
	cc_buf_clear(&tpm->crls);
	*tpm = (struct cc_sim_tpm){ 0 };
}

int cc_sim_tpm_root(const struct cc_sim_tpm *tpm, const struct cc_sim_tpm_plan *plan,
		    struct cc_root *out, struct cc_err *err)
{
	struct cc_root root = { .platform = CC_PLATFORM_TPM,
				.class = CC_CLASS_SIMULATED,
				.label = "SIMULATION of a TPM" };

	if (plan->is_enrolled)
		CC_TRY(cc_sha256(cc_buf_span(&tpm->public), &root.key, err));
	else
		CC_TRY(cc_cert_key_hash(tpm->root, &root.key, err));
	*out = root;
	return 0;
}

size_t cc_sim_tpm_pcrs(const struct cc_sim_tpm_plan *plan, struct cc_span out[static CC_TPM_PCRS])
{
	size_t count = 0;

	for (size_t i = 0; i < CC_TPM_PCRS; i++)
		if ((plan->pcrs & 1U << i) != 0)
			out[count++] = cc_span(plan->pcr[i], cc_hash_len(plan->bank));
	return count;
}

static int add_info(const struct cc_sim_tpm_plan *plan, struct cc_buf *out, struct cc_err *err)
{
	struct cc_span pcrs[CC_TPM_PCRS] = { 0 };
	struct cc_hashed digest = { 0 };

	CC_TRY(cc_hash_of(CC_HASH_SHA256, pcrs, cc_sim_tpm_pcrs(plan, pcrs), &digest, err));
	CC_TRY(cc_buf_add_u32be(out, 1, err));
	CC_TRY(cc_buf_add_u16be(out, cc_tpm_alg_of(plan->bank), err));
	CC_TRY(cc_buf_add_u8(out, 3, err));
	for (unsigned int i = 0; i < 3; i++)
		CC_TRY(cc_buf_add_u8(out, (uint8_t)(plan->pcrs >> 8 * i), err));
	return add_2b(out, cc_span(digest.b, digest.len), err);
}

static int add_quote(const struct cc_sim_tpm_plan *plan, struct cc_buf *out, struct cc_err *err)
{
	static const uint8_t signer[34] = { 0x00, 0x0b };
	struct cc_digest nonce = { 0 };

	CC_TRY(cc_sha256(CC_DIGEST_SPAN(plan->report_data), &nonce, err));
	CC_TRY(cc_buf_add_u32be(out, plan->magic, err));
	CC_TRY(cc_buf_add_u16be(out, plan->type, err));
	CC_TRY(add_2b(out, CC_SPAN(signer), err));
	CC_TRY(add_2b(out, CC_DIGEST_SPAN(nonce), err));
	CC_TRY(cc_buf_add_u64be(out, plan->clock, err));
	CC_TRY(cc_buf_add_u32be(out, plan->resets, err));
	CC_TRY(cc_buf_add_u32be(out, plan->restarts, err));
	CC_TRY(cc_buf_add_u8(out, plan->clock_is_unsafe ? 0 : 1, err));
	CC_TRY(cc_buf_add_u64be(out, plan->firmware, err));
	return add_info(plan, out, err);
}

int cc_sim_tpm_sign(const struct cc_sim_tpm *tpm, const struct cc_sim_tpm_plan *plan,
		    struct cc_buf *quote, struct cc_buf *signature, struct cc_err *err)
{
	const struct cc_rsa_way way = { plan->scheme == CC_TPM_ALG_RSAPSS ? CC_RSA_PSS
									  : CC_RSA_PKCS1,
					CC_HASH_SHA256 };
	CC_AUTO_BUF struct cc_buf rsa = { 0 };
	struct cc_signature raw = { 0 };

	CC_TRY(add_quote(plan, quote, err));
	CC_TRY(cc_buf_add_u16be(signature, (uint16_t)plan->scheme, err));
	CC_TRY(cc_buf_add_u16be(signature, CC_TPM_ALG_SHA256, err));
	if (tpm->leaf_rsa != NULL) {
		CC_TRY(cc_rsa_sign(tpm->leaf_rsa, &way, cc_buf_span(quote), &rsa, err));
		return add_2b(signature, cc_buf_span(&rsa), err);
	}
	CC_TRY(cc_sign_raw(tpm->leaf_key, cc_buf_span(quote), &raw, err));
	CC_TRY(add_2b(signature, cc_span(raw.b, 32), err));
	return add_2b(signature, cc_span(raw.b + 32, 32), err);
}

int cc_sim_tpm_quote(const struct cc_sim_tpm *tpm, const struct cc_sim_tpm_plan *plan,
		     struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf quote = { 0 }, signature = { 0 }, leaf = { 0 };
	struct cc_span pcrs[CC_TPM_PCRS] = { 0 }, cert = { 0 };
	struct cc_tpm_pieces pieces = { .pcrs = pcrs,
					.key = cc_buf_span(&tpm->public),
					.log = plan->log };

	CC_TRY(cc_sim_tpm_sign(tpm, plan, &quote, &signature, err));
	pieces.quote = cc_buf_span(&quote);
	pieces.signature = cc_buf_span(&signature);
	pieces.pcr_count = cc_sim_tpm_pcrs(plan, pcrs);
	if (!plan->has_no_report_data)
		pieces.report_data = CC_DIGEST_SPAN(plan->report_data);
	if (!plan->is_enrolled) {
		CC_TRY(cc_cert_to_der(tpm->leaf, &leaf, err));
		cert = cc_buf_span(&leaf);
		pieces.certs = &cert;
		pieces.cert_count = 1;
	}
	return cc_tpm_print(&pieces, out, err);
}
