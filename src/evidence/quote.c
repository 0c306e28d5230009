/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/quote.h"

#include "crypto/sign.h"

const uint8_t cc_intel_qe_vendor[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
					 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07 };

#define TEE_SGX UINT32_C(0)
#define TEE_TDX UINT32_C(0x81)

/*
 * What a body can be. Version 5 says which; before it, version and TEE type do. The same table
 * is the keeper's, whose offsets count from the start of the body.
 */
struct body {
	uint16_t version, type; /* type: of version 5 */
	uint32_t tee;
	enum cc_platform_kind platform;
	size_t at, len; /* `at`: from the start of the quote */
	size_t attributes_at, measurement_at, measurement_len, report_data_at;
	uint8_t debug; /* bits of the first byte of the attributes */
};

#define V5_AT (CC_QUOTE_HEADER_LEN + 6)
#define ENCLAVE CC_PLATFORM_SGX, CC_QUOTE_HEADER_LEN, CC_SGX_REPORT_LEN, 48, 64, 32, 320, 0x02
#define TD(at, len) CC_PLATFORM_TDX, at, len, 120, 136, 48, 520, 0xff

static const struct body bodies[] = {
	{ 3, 0, TEE_SGX, ENCLAVE },
	{ 4, 0, TEE_SGX, ENCLAVE },
	{ 4, 0, TEE_TDX, TD(CC_QUOTE_HEADER_LEN, CC_TD_REPORT_10_LEN) },
	{ 5, 1, TEE_SGX, CC_PLATFORM_SGX, V5_AT, CC_SGX_REPORT_LEN, 48, 64, 32, 320, 0x02 },
	{ 5, 2, TEE_TDX, TD(V5_AT, CC_TD_REPORT_10_LEN) },
	{ 5, 3, TEE_TDX, TD(V5_AT, CC_TD_REPORT_15_LEN) },
};

struct header {
	uint16_t version;
	uint32_t tee;
};

static int read_header(struct cc_reader *r, struct cc_quote *out, struct header *header,
		       struct cc_err *err)
{
	struct cc_span reserved = { 0 };

	CC_TRY(cc_read_u16le(r, "quote version", &out->version, err));
	if (out->version < 3 || out->version > 5)
		return cc_fail(err, CC_E_UNSUPPORTED, "quote has version %u, we read 3 to 5",
			       out->version);
	CC_TRY(cc_read_u16le(r, "attestation key type", &out->key_type, err));
	if (out->key_type != CC_QUOTE_KEY_P256)
		return cc_fail(err, CC_E_UNSUPPORTED, "attestation key has type %u, we read 2",
			       out->key_type);
	/* Version 3 knows SGX alone: the TEE type of later versions is reserved there, zero. */
	CC_TRY(cc_read_u32le(r, "TEE type", &header->tee, err));
	header->version = out->version;
	/* SVNs of QE and PCE stand in the QE report and the PCK certificate, where they count. */
	CC_TRY(cc_read_span(r, 4, "reserved bytes", &reserved, err));
	CC_TRY(cc_read_span(r, 16, "QE vendor", &out->vendor, err));
	return cc_read_span(r, 20, "user data", &out->user_data, err);
}

static const struct body *body_of(const struct header *header, uint16_t type)
{
	for (size_t i = 0; i < CC_COUNT(bodies); i++)
		if (bodies[i].version == header->version && bodies[i].tee == header->tee &&
		    bodies[i].type == type)
			return &bodies[i];
	return NULL;
}

/* Version 5 has type and length of the body before it, and both must fit the header. */
static int find_body(struct cc_reader *r, const struct header *header, const struct body **out,
		     struct cc_err *err)
{
	uint16_t type = 0;
	uint32_t len = 0;

	if (header->version == 5) {
		CC_TRY(cc_read_u16le(r, "type of the body", &type, err));
		CC_TRY(cc_read_u32le(r, "length of the body", &len, err));
	}
	*out = body_of(header, type);
	if (*out == NULL)
		return cc_fail(err, CC_E_ARG,
			       "quote of version %u has TEE type 0x%x and a body of type %u",
			       header->version, header->tee, type);
	if (header->version == 5 && len != (*out)->len)
		return cc_fail(err, CC_E_ARG, "body of the quote has %u bytes, not %zu", len,
			       (*out)->len);
	return 0;
}

static int read_body(struct cc_reader *r, const struct body *body, struct cc_quote *out,
		     struct cc_err *err)
{
	struct cc_span bytes = { 0 };

	out->platform = body->platform;
	CC_TRY(cc_read_span(r, body->len, "body of the quote", &bytes, err));
	if (body->platform == CC_PLATFORM_TDX)
		return cc_td_report_parse(bytes, &out->td, err);
	return cc_sgx_report_parse(bytes, &out->sgx, err);
}

/* What the PCE signed with: PPID, CPUSVN, PCESVN, PCE-ID. */
static int read_ppid(struct cc_quote *out, size_t len, struct cc_err *err)
{
	struct cc_reader r = cc_reader(out->certs);

	CC_TRY(cc_read_span(&r, len, "PPID", &out->ppid.ppid, err));
	CC_TRY(cc_read_span(&r, 16, "CPUSVN", &out->ppid.cpusvn, err));
	CC_TRY(cc_read_u16le(&r, "PCESVN", &out->ppid.pcesvn, err));
	CC_TRY(cc_read_u16le(&r, "PCE-ID", &out->ppid.pce_id, err));
	return cc_read_end(&r, "certification data", err);
}

static int read_certs(struct cc_quote *out, struct cc_err *err)
{
	switch (out->certs_type) {
	case CC_QUOTE_CERTS_PPID:
		return read_ppid(out, 16, err);
	case CC_QUOTE_CERTS_PPID_RSA2048:
		return read_ppid(out, 256, err);
	case CC_QUOTE_CERTS_PPID_RSA3072:
		return read_ppid(out, 384, err);
	case CC_QUOTE_CERTS_LEAF:
	case CC_QUOTE_CERTS_PEM:
	case CC_QUOTE_CERTS_MANIFEST:
		return 0;
	default:
		cc_err_set(err, CC_E_UNSUPPORTED,
			   "certification data has type %u, we read 1 to 5 and 7", out->certs_type);
		return cc_hint(err,
			       "have the platform put the PCK certificate chain into the quote");
	}
}

/* The QE report and what certifies it: flat in version 3, a section of its own later. */
static int read_qe(struct cc_reader *r, struct cc_quote *out, struct cc_err *err)
{
	uint16_t auth_len = 0;
	uint32_t certs_len = 0;

	CC_TRY(cc_read_span(r, CC_SGX_REPORT_LEN, "QE report", &out->qe_bytes, err));
	CC_TRY(cc_read_span(r, CC_P256_RAW, "QE report signature", &out->qe_signature, err));
	CC_TRY(cc_read_u16le(r, "QE authentication data", &auth_len, err));
	CC_TRY(cc_read_span(r, auth_len, "QE authentication data", &out->auth, err));
	CC_TRY(cc_read_u16le(r, "certification data type", &out->certs_type, err));
	CC_TRY(cc_read_u32le(r, "certification data", &certs_len, err));
	CC_TRY(cc_read_span(r, certs_len, "certification data", &out->certs, err));
	CC_TRY(cc_read_end(r, "QE certification data", err));
	CC_TRY(read_certs(out, err));
	return cc_sgx_report_parse(out->qe_bytes, &out->qe, err);
}

static int read_nested_qe(struct cc_reader *r, struct cc_quote *out, struct cc_err *err)
{
	struct cc_span section = { 0 };
	struct cc_reader inner = { 0 };
	uint16_t type = 0;
	uint32_t len = 0;

	CC_TRY(cc_read_u16le(r, "certification data type", &type, err));
	if (type != CC_QUOTE_CERTS_QE)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "certification data has type %u, we read 6 in version %u", type,
			       out->version);
	CC_TRY(cc_read_u32le(r, "QE certification data", &len, err));
	CC_TRY(cc_read_span(r, len, "QE certification data", &section, err));
	CC_TRY(cc_read_end(r, "quote signature section", err));
	inner = cc_reader(section);
	return read_qe(&inner, out, err);
}

/* The part that the length field covers. */
static int read_signature(struct cc_span section, struct cc_quote *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(section);

	CC_TRY(cc_read_span(&r, CC_P256_RAW, "quote signature", &out->signature, err));
	CC_TRY(cc_read_span(&r, CC_P256_RAW, "attestation key", &out->key, err));
	return out->version == 3 ? read_qe(&r, out, err) : read_nested_qe(&r, out, err);
}

int cc_quote_parse_head(struct cc_span bytes, struct cc_quote *out, struct cc_span *tail,
			struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	const struct body *body = NULL;
	struct cc_span section = { 0 };
	struct cc_quote quote = { 0 };
	struct header header = { 0 };
	uint32_t len = 0;

	if (bytes.len > CC_EVIDENCE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "quote has %zu bytes, at most %zu are read",
			       bytes.len, CC_EVIDENCE_MAX);
	CC_TRY(read_header(&r, &quote, &header, err));
	CC_TRY(find_body(&r, &header, &body, err));
	CC_TRY(read_body(&r, body, &quote, err));
	quote.signed_range = cc_span_sub(bytes, 0, bytes.len - r.rest.len);
	CC_TRY(cc_read_u32le(&r, "quote signature section", &len, err));
	CC_TRY(cc_read_span(&r, len, "quote signature section", &section, err));
	CC_TRY(read_signature(section, &quote, err));
	*out = quote;
	*tail = r.rest;
	return 0;
}

int cc_quote_parse(struct cc_span bytes, struct cc_quote *out, struct cc_err *err)
{
	struct cc_quote quote = { 0 };
	struct cc_span tail = { 0 };

	CC_TRY(cc_quote_parse_head(bytes, &quote, &tail, err));
	if (!cc_span_is_zero(tail)) {
		cc_err_set(err, CC_E_ARG, "quote has %zu bytes behind its end", tail.len);
		return cc_hint(err, "if they belong to what the quote was in, cut them off or use "
				    "--ignore-tail");
	}
	*out = quote;
	return 0;
}

/* The body that is at its place if the first bytes are what they say; no parser on purpose. */
static const struct body *body_at(struct cc_span quote, enum cc_platform_kind platform)
{
	for (size_t i = 0; i < CC_COUNT(bodies); i++) {
		const struct body *b = &bodies[i];

		if (quote.len < b->at + b->len + 4 + 2 * (size_t)CC_P256_RAW ||
		    b->platform != platform)
			continue;
		if (quote.at[0] == b->version && quote.at[1] == 0 && quote.at[4] == b->tee &&
		    (b->version != 5 || quote.at[CC_QUOTE_HEADER_LEN] == b->type))
			return b;
	}
	return NULL;
}

#define CHOSEN(at, member)                                                                      \
	{                                                                                       \
		at, offsetof(struct cc_claims, member), sizeof(((struct cc_claims *)0)->member) \
	}
#define RTMRS_AT 328
#define RTMR_LEN 48

/* What a policy may demand of a TD beside its measurement (policy/registers.h), in the body. */
static const struct chosen {
	size_t at, claim, len;
} chosen[] = {
	CHOSEN(16, tdx.module),        CHOSEN(64, tdx.module_signer),
	CHOSEN(184, tdx.config),       CHOSEN(232, tdx.owner),
	CHOSEN(280, tdx.owner_config), CHOSEN(600, tdx.service_td), /* from 1.5 on, zero before */
};

static bool is_chosen(struct cc_span body, const struct cc_claims *claims)
{
	for (size_t i = 0; i < CC_COUNT(chosen); i++) {
		const struct chosen *c = &chosen[i];
		const struct cc_span said = cc_span((const uint8_t *)claims + c->claim, c->len);

		if (c->at + c->len > body.len ? !cc_span_is_zero(said)
					      : !cc_span_eq(said, cc_span_sub(body, c->at, c->len)))
			return false;
	}
	return true;
}

static bool has_rtmrs(struct cc_span body, const struct cc_registers *registers)
{
	for (size_t i = 0; i < CC_RTMRS && registers->count == CC_RTMRS; i++) {
		const struct cc_register *said = &registers->at[i];

		if (said->index != i || said->len != RTMR_LEN ||
		    !cc_bytes_equal(said->value, body.at + RTMRS_AT + i * RTMR_LEN, RTMR_LEN))
			return false;
	}
	return registers->count == CC_RTMRS;
}

static int recheck_domain(struct cc_span body, const struct cc_claims *claims, struct cc_err *err)
{
	if (claims->platform == CC_PLATFORM_TDX &&
	    !(is_chosen(body, claims) && has_rtmrs(body, &claims->registers)))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the registers of the claims are not those of the quote");
	return 0;
}

static int recheck_body(struct cc_span body, const struct body *b, const struct cc_claims *claims,
			const struct cc_digest64 *expected, struct cc_err *err)
{
	const uint8_t *report_data = body.at + b->report_data_at;

	if (claims->measurement_len != b->measurement_len)
		return cc_fail(err, CC_E_EVIDENCE, "recheck: the claims are not those of a quote");
	if (!cc_bytes_equal(report_data, expected->b, CC_REPORT_DATA_LEN))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the quote is for another connection, nonce or request");
	if (!cc_bytes_equal(report_data, claims->report_data, CC_REPORT_DATA_LEN) ||
	    !cc_bytes_equal(body.at + b->measurement_at, claims->measurement, b->measurement_len))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims are not those of the quote");
	if (claims->debug != ((body.at[b->attributes_at] & b->debug) != 0))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims deny the debug mode of the quote");
	return recheck_domain(body, claims, err);
}

/*
 * No parser here on purpose: fixed offsets leave nothing to disagree about with
 * the verifier, which has read the same body.
 */
int cc_quote_recheck(struct cc_span quote, const struct cc_claims *claims,
		     const struct cc_digest64 *expected, struct cc_err *err)
{
	const struct body *b = body_at(quote, claims->platform);
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	size_t signature_at = 0;

	if (b == NULL)
		return cc_fail(err, CC_E_EVIDENCE, "recheck: this is no quote of platform '%s'",
			       cc_platform_name(claims->platform));
	CC_TRY(recheck_body(cc_span_sub(quote, b->at, b->len), b, claims, expected, err));
	signature_at = b->at + b->len + 4;
	CC_TRY(cc_pubkey_from_p256(cc_span_sub(quote, signature_at + CC_P256_RAW, CC_P256_RAW),
				   &key, err));
	if (cc_verify_raw(key, cc_span_sub(quote, 0, b->at + b->len),
			  cc_span_sub(quote, signature_at, CC_P256_RAW), err) != 0)
		return cc_wrap(err, "recheck the quote's signature");
	return 0;
}
