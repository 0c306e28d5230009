/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp.h"

#include "base/str.h"

#define RESPONSE_HEAD 32 /* MSG_REPORT_RSP: status, length, 24 reserved */
#define TABLE_ENTRY 24
#define TABLE_ENTRIES_MAX 16
#define ALGORITHM_P384 1
#define CHOSEN(at, member)                                          \
	{                                                           \
		at, offsetof(struct cc_snp_claims, member),         \
			sizeof(((struct cc_snp_claims *)0)->member) \
	}
#define FIELD_LEN 72 /* R and S are as long as their field, of which 48 bytes count */

static int read_zero(struct cc_reader *r, size_t len, struct cc_err *err)
{
	struct cc_span reserved = { 0 };

	CC_TRY(cc_read_span(r, len, "reserved bytes", &reserved, err));
	if (!cc_span_is_zero(reserved))
		return cc_fail(err, CC_E_ARG, "reserved bytes of the SNP report are not zero");
	return 0;
}

static int read_guest(struct cc_reader *r, struct cc_snp_report *out, struct cc_err *err)
{
	uint32_t algorithm = 0;

	CC_TRY(cc_read_u32le(r, "version", &out->version, err));
	if (out->version != 2 && out->version != 3 && out->version != 5)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "SNP report has version %u, we read 2, 3 and 5", out->version);
	CC_TRY(cc_read_u32le(r, "GUEST_SVN", &out->guest_svn, err));
	CC_TRY(cc_read_u64le(r, "POLICY", &out->policy, err));
	CC_TRY(cc_read_copy(r, "FAMILY_ID", CC_MUT(out->family_id), err));
	CC_TRY(cc_read_copy(r, "IMAGE_ID", CC_MUT(out->image_id), err));
	CC_TRY(cc_read_u32le(r, "VMPL", &out->vmpl, err));
	CC_TRY(cc_read_u32le(r, "SIGNATURE_ALGO", &algorithm, err));
	if (algorithm != ALGORITHM_P384)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "SNP report is signed by algorithm %u, we read 1", algorithm);
	CC_TRY(cc_read_copy(r, "CURRENT_TCB", CC_MUT(out->current_tcb), err));
	return cc_read_u64le(r, "PLATFORM_INFO", &out->platform_info, err);
}

/* AUTHOR_KEY_EN, MASK_CHIP_KEY, SIGNING_KEY; what nobody defined must be zero. */
static int read_flags(struct cc_reader *r, struct cc_snp_report *out, struct cc_err *err)
{
	static const enum cc_snp_signer signers[8] = { [0] = CC_SNP_VCEK, [1] = CC_SNP_VLEK };
	uint32_t flags = 0;

	CC_TRY(cc_read_u32le(r, "key flags", &flags, err));
	if (flags >> 5 != 0)
		return cc_fail(err, CC_E_ARG, "reserved flags of the SNP report are not zero");
	out->has_author_key = (flags & 1) != 0;
	out->masks_chip = (flags & 2) != 0;
	out->signer = signers[flags >> 2 & 7];
	if (out->signer == CC_SNP_SIGNER_NONE)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "SNP report is signed by key %u, we read 0 (VCEK) and 1 (VLEK)",
			       flags >> 2 & 7);
	return read_zero(r, 4, err);
}

static int read_launch(struct cc_reader *r, struct cc_snp_report *out, struct cc_err *err)
{
	CC_TRY(cc_read_copy(r, "REPORT_DATA", CC_MUT(out->report_data), err));
	CC_TRY(cc_read_copy(r, "MEASUREMENT", CC_MUT(out->measurement.b), err));
	CC_TRY(cc_read_copy(r, "HOST_DATA", CC_MUT(out->host_data.b), err));
	CC_TRY(cc_read_copy(r, "ID_KEY_DIGEST", CC_MUT(out->id_key.b), err));
	CC_TRY(cc_read_copy(r, "AUTHOR_KEY_DIGEST", CC_MUT(out->author_key.b), err));
	CC_TRY(cc_read_copy(r, "REPORT_ID", CC_MUT(out->report_id.b), err));
	CC_TRY(cc_read_copy(r, "REPORT_ID_MA", CC_MUT(out->migration_agent.b), err));
	return cc_read_copy(r, "REPORTED_TCB", CC_MUT(out->reported_tcb), err);
}

/* What a version does not have is reserved in it; a later one may use it. */
static int read_platform(struct cc_reader *r, struct cc_snp_report *out, struct cc_err *err)
{
	if (out->version >= 3)
		CC_TRY(cc_read_copy(r, "CPUID", CC_MUT(out->cpuid), err));
	CC_TRY(read_zero(r, out->version >= 3 ? 21 : 24, err));
	CC_TRY(cc_read_copy(r, "CHIP_ID", CC_MUT(out->chip), err));
	CC_TRY(cc_read_copy(r, "COMMITTED_TCB", CC_MUT(out->committed_tcb), err));
	CC_TRY(cc_read_copy(r, "current version", CC_MUT(out->current_build), err));
	CC_TRY(read_zero(r, 1, err));
	CC_TRY(cc_read_copy(r, "committed version", CC_MUT(out->committed_build), err));
	CC_TRY(read_zero(r, 1, err));
	CC_TRY(cc_read_copy(r, "LAUNCH_TCB", CC_MUT(out->launch_tcb), err));
	if (out->version >= 5) {
		CC_TRY(cc_read_u64le(r, "LAUNCH_MIT_VECTOR", &out->launch_mitigations, err));
		CC_TRY(cc_read_u64le(r, "CURRENT_MIT_VECTOR", &out->current_mitigations, err));
	}
	return read_zero(r, CC_SNP_SIGNED - (out->version >= 5 ? 0x208 : 0x1f8), err);
}

static int read_integer(struct cc_reader *r, uint8_t out[static 48], struct cc_err *err)
{
	struct cc_span field = { 0 };

	CC_TRY(cc_read_span(r, FIELD_LEN, "signature", &field, err));
	if (!cc_span_is_zero(cc_span_sub(field, 48, FIELD_LEN - 48)))
		return cc_fail(err, CC_E_ARG, "signature of the SNP report is longer than P-384's");
	for (size_t i = 0; i < 48; i++)
		out[i] = field.at[47 - i];
	return 0;
}

static int parse_report(struct cc_span bytes, struct cc_snp_report *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);

	CC_TRY(read_guest(&r, out, err));
	CC_TRY(read_flags(&r, out, err));
	CC_TRY(read_launch(&r, out, err));
	CC_TRY(read_platform(&r, out, err));
	out->signed_range = cc_span_sub(bytes, 0, CC_SNP_SIGNED);
	CC_TRY(read_integer(&r, out->signature, err));
	CC_TRY(read_integer(&r, out->signature + 48, err));
	CC_TRY(read_zero(&r, r.rest.len, err));
	return 0;
}

/* GUIDs as they stand in the table, and where their certificates go. */
struct table_row {
	uint8_t guid[16];
	size_t at;
};

#define ROW(member, ...)                                                  \
	{                                                                 \
		{ __VA_ARGS__ }, offsetof(struct cc_snp_evidence, member) \
	}
static const struct table_row table_rows[] = {
	ROW(vcek, 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b,
	    0xe8, 0xac, 0xcd),
	ROW(vlek, 0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45,
	    0xa0, 0xb8, 0xa1),
	ROW(ask, 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27,
	    0xc7, 0x82),
	ROW(ark, 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c,
	    0xd0, 0xae),
	ROW(crl, 0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d, 0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc,
	    0x67, 0xea),
};

/* One certificate of the table; the host made it up, so its place is checked against all of it. */
static int take_entry(struct cc_span table, struct cc_span entry, struct cc_snp_evidence *out,
		      struct cc_err *err)
{
	struct cc_reader r = cc_reader(cc_span_sub(entry, 16, 8));
	struct cc_span bytes = { 0 };
	uint32_t at = 0, len = 0;

	CC_TRY(cc_read_u32le(&r, "offset", &at, err));
	CC_TRY(cc_read_u32le(&r, "length", &len, err));
	if (at > table.len || len > table.len - at)
		return cc_fail(err, CC_E_ARG,
			       "a certificate of the host's table lies outside of it");
	bytes = cc_span_sub(table, at, len);
	for (size_t i = 0; i < CC_COUNT(table_rows); i++)
		if (memcmp(entry.at, table_rows[i].guid, sizeof(table_rows[i].guid)) == 0)
			memcpy((char *)out + table_rows[i].at, &bytes, sizeof(bytes));
	return 0;
}

/* Entries until one of zeroes, offsets from the start of the table. */
static int parse_table(struct cc_span table, struct cc_snp_evidence *out, struct cc_err *err)
{
	for (size_t i = 0; i < TABLE_ENTRIES_MAX; i++) {
		struct cc_span entry = cc_span_sub(table, i * TABLE_ENTRY, TABLE_ENTRY);

		if (entry.len < TABLE_ENTRY)
			return cc_fail(err, CC_E_ARG, "the host's certificate table does not end");
		if (cc_span_is_zero(entry))
			return 0;
		CC_TRY(take_entry(table, entry, out, err));
	}
	return cc_fail(err, CC_E_TOOBIG, "the host's certificate table has more than %d entries",
		       TABLE_ENTRIES_MAX);
}

int cc_snp_table_parse(struct cc_span bytes, struct cc_snp_evidence *out, struct cc_err *err)
{
	struct cc_snp_evidence evidence = { 0 };
	size_t found = 0;

	if (bytes.len > CC_EVIDENCE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a certificate table of %zu bytes, at most %zu",
			       bytes.len, CC_EVIDENCE_MAX);
	CC_TRY(parse_table(bytes, &evidence, err));
	found = evidence.vcek.len + evidence.vlek.len + evidence.ask.len + evidence.ark.len +
		evidence.crl.len;
	if (found == 0)
		return cc_fail(err, CC_E_ARG, "the certificate table has none that we know");
	*out = evidence;
	return 0;
}

/* MSG_REPORT_RSP: status 0 and the length of a report. A report starts with its version. */
static bool is_response(struct cc_span bytes)
{
	static const uint8_t head[8] = {
		0, 0, 0, 0, CC_SNP_REPORT_LEN & 0xff, CC_SNP_REPORT_LEN >> 8
	};

	return bytes.len >= RESPONSE_HEAD + CC_SNP_REPORT_LEN &&
	       memcmp(bytes.at, head, sizeof(head)) == 0;
}

int cc_snp_parse(struct cc_span bytes, struct cc_snp_evidence *out, struct cc_err *err)
{
	struct cc_snp_evidence evidence = { 0 };
	struct cc_span rest = { 0 };

	if (bytes.len > CC_EVIDENCE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "SNP evidence has %zu bytes, at most %zu are read",
			       bytes.len, CC_EVIDENCE_MAX);
	if (is_response(bytes))
		bytes = cc_span_sub(bytes, RESPONSE_HEAD, bytes.len - RESPONSE_HEAD);
	if (bytes.len < CC_SNP_REPORT_LEN)
		return cc_fail(err, CC_E_ARG, "SNP report has %zu bytes, not %d", bytes.len,
			       CC_SNP_REPORT_LEN);
	CC_TRY(parse_report(cc_span_sub(bytes, 0, CC_SNP_REPORT_LEN), &evidence.report, err));
	rest = cc_span_sub(bytes, CC_SNP_REPORT_LEN, bytes.len - CC_SNP_REPORT_LEN);
	if (!cc_span_is_zero(rest))
		CC_TRY(parse_table(rest, &evidence, err));
	*out = evidence;
	return 0;
}

/* Families and models, both ends included; A0h to AFh are Bergamo and Siena. */
enum cc_snp_product cc_snp_product_of(const uint8_t cpuid[3])
{
	static const struct {
		uint8_t family, first, last;
		enum cc_snp_product product;
	} models[] = {
		{ 0x19, 0x00, 0x0f, CC_SNP_MILAN },
		{ 0x19, 0x10, 0x1f, CC_SNP_GENOA },
		{ 0x19, 0xa0, 0xaf, CC_SNP_GENOA },
		{ 0x1a, 0x00, 0x11, CC_SNP_TURIN },
	};

	for (size_t i = 0; i < CC_COUNT(models); i++)
		if (cpuid[0] == models[i].family && cpuid[1] >= models[i].first &&
		    cpuid[1] <= models[i].last)
			return models[i].product;
	return CC_SNP_UNKNOWN;
}

/*
 * No parser here on purpose. The key is the one that the verifier found certified; that it
 * is, stays its word, as with the chain above a quote's attestation key.
 */
/* What a policy may demand beside the measurement (policy/registers.h), in the report. */
static const struct chosen {
	size_t at, claim, len;
} chosen[] = {
	CHOSEN(0x10, family_id), CHOSEN(0x20, image_id),    CHOSEN(0xc0, host_data),
	CHOSEN(0xe0, id_key),    CHOSEN(0x110, author_key),
};

static int recheck_chosen(const uint8_t *report, const struct cc_snp_claims *claims,
			  struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(chosen); i++)
		if (!cc_bytes_equal(report + chosen[i].at,
				    (const uint8_t *)claims + chosen[i].claim, chosen[i].len))
			return cc_fail(err, CC_E_EVIDENCE,
				       "recheck: what the host and the owner of the guest chose is "
				       "not what the report says");
	return 0;
}

int cc_snp_recheck(struct cc_span evidence, const struct cc_claims *claims,
		   const struct cc_digest64 *expected, struct cc_err *err)
{
	size_t at = is_response(evidence) ? RESPONSE_HEAD : 0;
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	const uint8_t *report = evidence.at + at;
	uint8_t r_s[96];

	if (evidence.len < at + CC_SNP_REPORT_LEN || claims->platform != CC_PLATFORM_SNP ||
	    claims->measurement_len != 48)
		return cc_fail(err, CC_E_EVIDENCE, "recheck: this is no SNP report");
	if (!cc_bytes_equal(report + 0x50, expected->b, CC_REPORT_DATA_LEN))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the report is for another connection, nonce or request");
	if (!cc_bytes_equal(report + 0x50, claims->report_data, CC_REPORT_DATA_LEN) ||
	    !cc_bytes_equal(report + 0x90, claims->measurement, 48))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims are not those of the report");
	if (claims->debug != ((report[0x0a] & CC_SNP_POLICY_DEBUG >> 16) != 0))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims deny the debug mode of the report");
	CC_TRY(recheck_chosen(report, &claims->snp, err));
	for (size_t i = 0; i < 48; i++) {
		r_s[i] = report[CC_SNP_SIGNED + 47 - i];
		r_s[48 + i] = report[CC_SNP_SIGNED + FIELD_LEN + 47 - i];
	}
	CC_TRY(cc_pubkey_from_p384(CC_SPAN(claims->snp.key), &key, err));
	if (cc_verify_raw(key, cc_span(report, CC_SNP_SIGNED), CC_SPAN(r_s), err) != 0)
		return cc_wrap(err, "recheck the report's signature");
	return 0;
}
