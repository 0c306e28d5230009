/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/quote.h"

#include "platform/sim-internal.h"

#define XFRM_X87_SSE 3

static int add_zeroes(struct cc_buf *out, size_t len, struct cc_err *err)
{
	struct cc_mut to = { 0 };

	CC_TRY(cc_buf_extend(out, len, &to, err));
	memset(to.at, 0, to.len);
	return 0;
}

/* 384 bytes; the fields in the order of evidence/sgx.c. */
static int add_report(struct cc_buf *out, const struct cc_sim_enclave *enclave, struct cc_err *err)
{
	uint8_t cpusvn[CC_SGX_COMPONENTS];

	cc_sim_components(CC_SIM_SVN, cpusvn);
	CC_TRY(cc_buf_add(out, CC_SPAN(cpusvn), err));
	CC_TRY(add_zeroes(out, 4 + 12 + 16, err)); /* MISCSELECT, reserved, ISVEXTPRODID */
	CC_TRY(cc_buf_add_u64le(out, enclave->attributes, err));
	CC_TRY(cc_buf_add_u64le(out, XFRM_X87_SSE, err));
	CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(enclave->mrenclave), err));
	CC_TRY(add_zeroes(out, 32, err));
	CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(enclave->mrsigner), err));
	CC_TRY(add_zeroes(out, 32 + 64, err)); /* reserved, CONFIGID */
	CC_TRY(cc_buf_add_u16le(out, enclave->product, err));
	CC_TRY(cc_buf_add_u16le(out, enclave->svn, err));
	CC_TRY(add_zeroes(out, 2 + 42 + 16, err)); /* CONFIGSVN, reserved, ISVFAMILYID */
	return cc_buf_add(out, CC_DIGEST_SPAN(enclave->report_data), err);
}

int cc_sim_quote_begin(uint16_t version, uint32_t tee, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u16le(out, version, err));
	CC_TRY(cc_buf_add_u16le(out, CC_QUOTE_KEY_P256, err));
	CC_TRY(cc_buf_add_u32le(out, tee, err));
	CC_TRY(cc_buf_add_u16le(out, CC_SIM_SVN, err));
	CC_TRY(cc_buf_add_u16le(out, CC_SIM_PCESVN, err));
	CC_TRY(cc_buf_add(out, CC_SPAN(cc_intel_qe_vendor), err));
	CC_TRY(cc_buf_add(out, CC_SPAN(cc_sim_instance), err));
	return add_zeroes(out, 4, err);
}

static int add_signature(struct cc_buf *out, const struct cc_key *key, struct cc_span message,
			 struct cc_err *err)
{
	struct cc_signature signature = { 0 };

	CC_TRY(cc_sign_raw(key, message, &signature, err));
	return cc_buf_add(out, cc_span(signature.b, signature.len), err);
}

/* The quoting enclave's report commits to the attestation key and the authentication data. */
static int make_qe_report(struct cc_span key, struct cc_span auth, struct cc_buf *out,
			  struct cc_err *err)
{
	struct cc_sim_enclave qe = {
		.attributes = CC_SGX_INIT | CC_SGX_MODE64 | CC_SGX_PROVISION_KEY,
		.product = CC_SIM_QE_PRODUCT,
		.svn = CC_SIM_SVN,
	};
	const struct cc_span parts[] = { key, auth };
	struct cc_digest bound = { 0 };

	CC_TRY(cc_sha256(cc_span_str("concordat simulated quoting enclave"), &qe.mrenclave, err));
	CC_TRY(cc_sha256(cc_span_str(CC_SIM_QE_SIGNER), &qe.mrsigner, err));
	CC_TRY(cc_sha256v(parts, CC_COUNT(parts), &bound, err));
	memcpy(qe.report_data.b, bound.b, sizeof(bound.b));
	return add_report(out, &qe, err);
}

static int add_certification(const struct cc_sim_pki *pki, struct cc_span key, struct cc_buf *out,
			     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf report = { 0 };
	uint8_t auth[32];

	/* Intel's QE has these 32 bytes too. */
	for (size_t i = 0; i < sizeof(auth); i++)
		auth[i] = (uint8_t)i;
	CC_TRY(make_qe_report(key, CC_SPAN(auth), &report, err));
	CC_TRY(cc_buf_add(out, cc_buf_span(&report), err));
	CC_TRY(add_signature(out, pki->pck_key, cc_buf_span(&report), err));
	CC_TRY(cc_buf_add_u16le(out, sizeof(auth), err));
	CC_TRY(cc_buf_add(out, CC_SPAN(auth), err));
	CC_TRY(cc_buf_add_u16le(out, CC_QUOTE_CERTS_PEM, err));
	CC_TRY(cc_buf_add_u32le(out, (uint32_t)pki->pck_pem.len + 1, err));
	CC_TRY(cc_buf_add(out, cc_buf_span(&pki->pck_pem), err));
	return cc_buf_add_u8(out, 0, err); /* real chains end in a NUL */
}

/* From version 4 on, what certifies the attestation key is a section of its own. */
static int add_nested(const struct cc_sim_pki *pki, struct cc_span key, struct cc_buf *out,
		      struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf inner = { 0 };

	CC_TRY(add_certification(pki, key, &inner, err));
	CC_TRY(cc_buf_add_u16le(out, CC_QUOTE_CERTS_QE, err));
	CC_TRY(cc_buf_add_u32le(out, (uint32_t)inner.len, err));
	return cc_buf_add(out, cc_buf_span(&inner), err);
}

int cc_sim_quote_end(const struct cc_sim_pki *pki, uint16_t version, struct cc_buf *quote,
		     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf section = { 0 }, key = { 0 };

	CC_TRY(cc_pubkey_to_raw(cc_key_public(pki->attestation_key), &key, err));
	CC_TRY(add_signature(&section, pki->attestation_key, cc_buf_span(quote), err));
	CC_TRY(cc_buf_add(&section, cc_buf_span(&key), err));
	if (version == 3)
		CC_TRY(add_certification(pki, cc_buf_span(&key), &section, err));
	else
		CC_TRY(add_nested(pki, cc_buf_span(&key), &section, err));
	CC_TRY(cc_buf_add_u32le(quote, (uint32_t)section.len, err));
	return cc_buf_add(quote, cc_buf_span(&section), err);
}

int cc_sim_quote(const struct cc_sim_pki *pki, const struct cc_sim_enclave *enclave,
		 struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf quote = { 0 };

	CC_TRY(cc_sim_quote_begin(3, 0, &quote, err));
	CC_TRY(add_report(&quote, enclave, err));
	CC_TRY(cc_sim_quote_end(pki, 3, &quote, err));
	return cc_buf_add(out, cc_buf_span(&quote), err);
}
