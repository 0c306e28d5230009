/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sgx.h"

#include "crypto/sign.h"

const uint8_t cc_intel_qe_vendor[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
					 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07 };

static int read_skip(struct cc_reader *r, size_t len, struct cc_err *err)
{
	struct cc_span reserved = { 0 };

	return cc_read_span(r, len, "reserved bytes", &reserved, err);
}

static int read_identity(struct cc_reader *r, struct cc_sgx_report *out, struct cc_err *err)
{
	struct cc_reader flags = { 0 };

	CC_TRY(cc_read_copy(r, "CPUSVN", CC_MUT(out->cpusvn), err));
	CC_TRY(cc_read_u32le(r, "MISCSELECT", &out->miscselect, err));
	CC_TRY(read_skip(r, 12, err));
	CC_TRY(cc_read_copy(r, "ISVEXTPRODID", CC_MUT(out->extended_product), err));
	CC_TRY(cc_read_span(r, 16, "ATTRIBUTES", &out->attribute_bytes, err));
	flags = cc_reader(out->attribute_bytes);
	CC_TRY(cc_read_u64le(&flags, "ATTRIBUTES", &out->attributes, err));
	CC_TRY(cc_read_u64le(&flags, "XFRM", &out->xfrm, err));
	CC_TRY(cc_read_copy(r, "MRENCLAVE", CC_MUT(out->mrenclave.b), err));
	CC_TRY(read_skip(r, 32, err));
	return cc_read_copy(r, "MRSIGNER", CC_MUT(out->mrsigner.b), err);
}

int cc_sgx_report_parse(struct cc_span bytes, struct cc_sgx_report *out, struct cc_err *err)
{
	struct cc_sgx_report report = { 0 };
	struct cc_reader r = cc_reader(bytes);

	CC_TRY(read_identity(&r, &report, err));
	CC_TRY(read_skip(&r, 32, err));
	CC_TRY(cc_read_copy(&r, "CONFIGID", CC_MUT(report.config_id), err));
	CC_TRY(cc_read_u16le(&r, "ISVPRODID", &report.product, err));
	CC_TRY(cc_read_u16le(&r, "ISVSVN", &report.svn, err));
	CC_TRY(cc_read_u16le(&r, "CONFIGSVN", &report.config_svn, err));
	CC_TRY(read_skip(&r, 42, err));
	CC_TRY(cc_read_copy(&r, "ISVFAMILYID", CC_MUT(report.family_id), err));
	CC_TRY(cc_read_copy(&r, "REPORTDATA", CC_MUT(report.report_data), err));
	CC_TRY(cc_read_end(&r, "SGX report", err));
	*out = report;
	return 0;
}

static int read_header(struct cc_reader *r, struct cc_quote *out, struct cc_err *err)
{
	CC_TRY(cc_read_u16le(r, "quote version", &out->version, err));
	if (out->version != 3)
		return cc_fail(err, CC_E_UNSUPPORTED, "quote has version %u, we read 3",
			       out->version);
	CC_TRY(cc_read_u16le(r, "attestation key type", &out->key_type, err));
	if (out->key_type != CC_QUOTE_KEY_P256)
		return cc_fail(err, CC_E_UNSUPPORTED, "attestation key has type %u, we read 2",
			       out->key_type);
	/* Version 3 knows SGX alone: the TEE type of later versions is reserved here. */
	CC_TRY(cc_read_u32le(r, "TEE type", &out->tee_type, err));
	if (out->tee_type != 0)
		return cc_fail(err, CC_E_ARG, "quote of version 3 has TEE type 0x%x",
			       out->tee_type);
	/* SVNs of QE and PCE stand in the QE report and the PCK certificate, where they count. */
	CC_TRY(read_skip(r, 4, err));
	CC_TRY(cc_read_span(r, 16, "QE vendor", &out->vendor, err));
	return read_skip(r, 20, err);
}

/* The part that the length field covers; version 3 has it flat. */
static int read_signature(struct cc_span section, struct cc_quote *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(section);
	uint16_t auth_len = 0;
	uint32_t certs_len = 0;

	CC_TRY(cc_read_span(&r, CC_P256_RAW, "quote signature", &out->signature, err));
	CC_TRY(cc_read_span(&r, CC_P256_RAW, "attestation key", &out->key, err));
	CC_TRY(cc_read_span(&r, CC_SGX_REPORT_LEN, "QE report", &out->qe_bytes, err));
	CC_TRY(cc_read_span(&r, CC_P256_RAW, "QE report signature", &out->qe_signature, err));
	CC_TRY(cc_read_u16le(&r, "QE authentication data", &auth_len, err));
	CC_TRY(cc_read_span(&r, auth_len, "QE authentication data", &out->auth, err));
	CC_TRY(cc_read_u16le(&r, "certification data type", &out->certs_type, err));
	CC_TRY(cc_read_u32le(&r, "certification data", &certs_len, err));
	CC_TRY(cc_read_span(&r, certs_len, "certification data", &out->certs, err));
	CC_TRY(cc_read_end(&r, "quote signature section", err));
	if (out->certs_type != CC_QUOTE_CERTS_PEM) {
		cc_err_set(err, CC_E_UNSUPPORTED, "certification data has type %u, we read 5",
			   out->certs_type);
		return cc_hint(err,
			       "have the platform put the PCK certificate chain into the quote");
	}
	return cc_sgx_report_parse(out->qe_bytes, &out->qe, err);
}

int cc_quote_parse(struct cc_span bytes, struct cc_quote *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_span body = { 0 }, section = { 0 };
	struct cc_quote quote = { 0 };
	uint32_t len = 0;

	if (bytes.len > CC_EVIDENCE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "quote has %zu bytes, at most %zu are read",
			       bytes.len, CC_EVIDENCE_MAX);
	CC_TRY(read_header(&r, &quote, err));
	CC_TRY(cc_read_span(&r, CC_SGX_REPORT_LEN, "SGX report", &body, err));
	CC_TRY(cc_sgx_report_parse(body, &quote.report, err));
	quote.signed_range = cc_span_sub(bytes, 0, CC_SGX_QUOTE_SIGNED);
	CC_TRY(cc_read_u32le(&r, "quote signature section", &len, err));
	CC_TRY(cc_read_span(&r, len, "quote signature section", &section, err));
	CC_TRY(read_signature(section, &quote, err));
	if (!cc_span_is_zero(r.rest))
		return cc_fail(err, CC_E_ARG, "quote has %zu bytes behind its end", r.rest.len);
	*out = quote;
	return 0;
}

#define ATTRIBUTES_AT (CC_QUOTE_HEADER_LEN + 48)
#define MRENCLAVE_AT (CC_QUOTE_HEADER_LEN + 64)
#define REPORT_DATA_AT (CC_QUOTE_HEADER_LEN + 320)
#define SIGNATURE_AT (CC_SGX_QUOTE_SIGNED + 4)
#define KEY_AT (SIGNATURE_AT + CC_P256_RAW)

/*
 * No parser here on purpose: fixed offsets leave nothing to disagree about with
 * the verifier, which has read the same version 3 body.
 */
int cc_sgx_recheck(struct cc_span quote, const struct cc_claims *claims,
		   const struct cc_digest64 *expected, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;

	if (quote.len < KEY_AT + CC_P256_RAW || quote.at[0] != 3 || quote.at[1] != 0)
		return cc_fail(err, CC_E_EVIDENCE, "recheck: this is not a quote of version 3");
	if (claims->platform != CC_PLATFORM_SGX || claims->measurement_len != 32)
		return cc_fail(err, CC_E_EVIDENCE, "recheck: the claims are not those of a quote");
	if (!cc_bytes_equal(quote.at + REPORT_DATA_AT, expected->b, CC_REPORT_DATA_LEN))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the quote is for another connection, nonce or request");
	if (!cc_bytes_equal(quote.at + REPORT_DATA_AT, claims->report_data, CC_REPORT_DATA_LEN) ||
	    !cc_bytes_equal(quote.at + MRENCLAVE_AT, claims->measurement, 32))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims are not those of the quote");
	if (claims->debug != ((quote.at[ATTRIBUTES_AT] & CC_SGX_DEBUG) != 0))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims deny the debug mode of the quote");
	CC_TRY(cc_pubkey_from_p256(cc_span_sub(quote, KEY_AT, CC_P256_RAW), &key, err));
	if (cc_verify_raw(key, cc_span_sub(quote, 0, CC_SGX_QUOTE_SIGNED),
			  cc_span_sub(quote, SIGNATURE_AT, CC_P256_RAW), err) != 0)
		return cc_wrap(err, "recheck the quote's signature");
	return 0;
}
