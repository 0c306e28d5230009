/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/azure.h"

#include "base/str.h"
#include "codec/json.h"
#include "codec/text.h"
#include "evidence/dcap.h"
#include "evidence/snp.h"

#define HEADER_LEN 32
#define RUNTIME_HEADER_LEN 20
#define REQUEST_REPORT 2
#define TYPE_SNP 2
#define TYPE_TDX 4
#define HASH_SHA256 1
#define VERSION_LAST 2
#define TDREPORT_LEN 1024
#define TDREPORT_DATA 128 /* REPORTMACSTRUCT.REPORTDATA */
#define SNP_REPORT_DATA 0x50
#define SNP_VMPL 0x30

/* "HCLA", then version, length up to the end of the JSON, kind of request, status and zeroes. */
static int read_header(struct cc_reader *r, uint32_t *len, struct cc_err *err)
{
	struct cc_span magic = { 0 }, reserved = { 0 };
	uint32_t version = 0, request = 0, status = 0;

	CC_TRY(cc_read_span(r, 4, "HCL report", &magic, err));
	CC_TRY(cc_read_u32le(r, "HCL report", &version, err));
	CC_TRY(cc_read_u32le(r, "HCL report", len, err));
	CC_TRY(cc_read_u32le(r, "HCL report", &request, err));
	CC_TRY(cc_read_u32le(r, "HCL report", &status, err));
	CC_TRY(cc_read_span(r, 12, "HCL report", &reserved, err));
	if (!cc_span_eq_str(magic, "HCLA"))
		return cc_fail(err, CC_E_ARG, "the HCL report does not begin with 'HCLA'");
	if (version == 0 || version > VERSION_LAST || request != REQUEST_REPORT)
		return cc_fail(err, CC_E_UNSUPPORTED, "HCL report of version %u, request %u",
			       version, request);
	if (status != 0 || !cc_span_is_zero(reserved))
		return cc_fail(err, CC_E_ARG, "the HCL report has status %u or reserved bytes",
			       status);
	return 0;
}

/* IGVM_REQUEST_DATA: its own length, version, type of report, hash, length of the JSON. */
static int read_runtime(struct cc_reader *r, struct cc_hcl_report *out, struct cc_err *err)
{
	uint32_t size = 0, version = 0, type = 0, hash = 0, len = 0;

	CC_TRY(cc_read_u32le(r, "runtime data", &size, err));
	CC_TRY(cc_read_u32le(r, "runtime data", &version, err));
	CC_TRY(cc_read_u32le(r, "runtime data", &type, err));
	CC_TRY(cc_read_u32le(r, "runtime data", &hash, err));
	CC_TRY(cc_read_u32le(r, "runtime data", &len, err));
	if (version != 1 || hash != HASH_SHA256 || (type != TYPE_SNP && type != TYPE_TDX))
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "runtime data of version %u, type %u, hash %u", version, type, hash);
	CC_TRY(cc_read_span(r, len, "runtime data", &out->runtime, err));
	if (size != RUNTIME_HEADER_LEN + len)
		return cc_fail(err, CC_E_ARG, "lengths of the runtime data contradict each other");
	out->platform = type == TYPE_SNP ? CC_PLATFORM_SNP : CC_PLATFORM_TDX;
	return 0;
}

static int find_report_data(struct cc_hcl_report *out, struct cc_err *err)
{
	size_t at = out->platform == CC_PLATFORM_SNP ? SNP_REPORT_DATA : TDREPORT_DATA;

	out->report_data = cc_span_sub(out->hardware, at, CC_REPORT_DATA_LEN);
	if (out->platform == CC_PLATFORM_TDX &&
	    !cc_span_is_zero(cc_span_sub(out->hardware, TDREPORT_LEN, CC_HCL_HARDWARE_LEN)))
		return cc_fail(err, CC_E_ARG, "something follows the TDREPORT");
	return 0;
}

int cc_hcl_parse(struct cc_span bytes, struct cc_hcl_report *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_hcl_report report = { 0 };
	uint32_t len = 0;

	if (bytes.len > CC_HCL_MAX)
		return cc_fail(err, CC_E_TOOBIG, "an HCL report of %zu bytes, at most %zu",
			       bytes.len, CC_HCL_MAX);
	CC_TRY(read_header(&r, &len, err));
	CC_TRY(cc_read_span(&r, CC_HCL_HARDWARE_LEN, "hardware report", &report.hardware, err));
	CC_TRY(read_runtime(&r, &report, err));
	if (len != bytes.len - r.rest.len || !cc_span_is_zero(r.rest))
		return cc_fail(err, CC_E_ARG, "the HCL report does not end where it says");
	CC_TRY(find_report_data(&report, err));
	*out = report;
	return 0;
}

/* RFC 7517, 7518: an RSA key, with the exponent that all of them have. */
static int read_key(const struct cc_json *key, struct cc_buf *modulus, struct cc_err *err)
{
	const struct cc_json *uses = NULL;
	const char *type = NULL, *e = NULL, *n = NULL, *use = NULL;

	CC_TRY(cc_json_get_str(key, "kty", &type, err));
	CC_TRY(cc_json_get_str(key, "e", &e, err));
	CC_TRY(cc_json_get_str(key, "n", &n, err));
	CC_TRY(cc_json_get_array(key, "key_ops", &uses, err));
	use = cc_json_count(uses) == 1 ? cc_json_str(cc_json_at(uses, 0)) : NULL;
	if (!cc_str_eq(type, "RSA") || !cc_str_eq(e, "AQAB") || use == NULL ||
	    !cc_str_eq(use, "sign"))
		return cc_fail(err, CC_E_EVIDENCE,
			       "HCLAkPub is no RSA key for signing alone, with exponent 65537");
	return cc_base64url_parse(cc_span_str(n), modulus, err);
}

static bool is_attestation_key(const struct cc_json *key)
{
	const char *id = NULL;
	struct cc_err ignored = { 0 };

	return cc_json_get_str(key, "kid", &id, &ignored) == 0 && cc_str_eq(id, "HCLAkPub");
}

int cc_hcl_attestation_key(struct cc_span runtime, struct cc_buf *modulus, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	const struct cc_json *keys = NULL, *found = NULL;

	CC_TRY(cc_json_parse(runtime, CC_HCL_MAX, &json, err));
	CC_TRY(cc_json_get_array(json, "keys", &keys, err));
	for (size_t i = 0; i < cc_json_count(keys); i++) {
		if (!is_attestation_key(cc_json_at(keys, i)))
			continue;
		if (found != NULL)
			return cc_fail(err, CC_E_EVIDENCE, "there are two keys HCLAkPub");
		found = cc_json_at(keys, i);
	}
	if (found == NULL)
		return cc_fail(err, CC_E_EVIDENCE, "there is no key HCLAkPub");
	return read_key(found, modulus, err);
}

enum cc_platform_kind cc_azure_kind(const struct cc_tpm_evidence *evidence)
{
	struct cc_hcl_report report = { 0 };
	struct cc_err ignored = { 0 };

	if (evidence->hcl.len == 0)
		return CC_PLATFORM_TPM;
	return cc_hcl_parse(evidence->hcl, &report, &ignored) == 0 ? report.platform
								   : CC_PLATFORM_NONE;
}

/* A container with its HCL report, and the attestation key as a TPM would say it. */
struct parsed {
	struct cc_tpm_evidence tpm;
	struct cc_hcl_report hcl;
	struct cc_buf modulus;
	struct cc_tpm_public key;
	struct cc_digest name; /* key hash */
	uint8_t bound[CC_REPORT_DATA_LEN];
};

static void parsed_clear(struct parsed *p)
{
	cc_buf_clear(&p->modulus);
}

static int parse_key(struct parsed *out, struct cc_err *err)
{
	CC_TRY(cc_hcl_attestation_key(out->hcl.runtime, &out->modulus, err));
	out->key = (struct cc_tpm_public){ .scheme = CC_TPM_ALG_RSASSA,
					   .hash = CC_HASH_SHA256,
					   .modulus = cc_buf_span(&out->modulus) };
	return cc_tpm_public_key_hash(&out->key, &out->name, err);
}

static int parse(struct cc_span bytes, struct parsed *out, struct cc_err *err)
{
	struct cc_digest hash = { 0 };

	CC_TRY(cc_tpm_parse(bytes, &out->tpm, err));
	if (out->tpm.hcl.len == 0)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the quote of a TPM alone is no evidence of a confidential guest");
	CC_TRY(cc_hcl_parse(out->tpm.hcl, &out->hcl, err));
	if ((out->hcl.platform == CC_PLATFORM_TDX) != (out->tpm.td_quote.len > 0))
		return cc_fail(err, CC_E_ARG,
			       "a TD has a quote beside its HCL report, and only "
			       "a TD");
	CC_TRY(cc_sha256(out->hcl.runtime, &hash, err));
	memcpy(out->bound, hash.b, sizeof(hash.b));
	return parse_key(out, err);
}

/* The hardware's evidence. */
static struct cc_span hardware_of(const struct parsed *p)
{
	return p->hcl.platform == CC_PLATFORM_TDX ? p->tpm.td_quote : p->hcl.hardware;
}

/*
 * The guest above the paravisor may ask for reports of SNP with data of its choice, too: they say
 * another VMPL, and no toleration makes a paravisor of it.
 */
static int check_bound(const struct parsed *p, struct cc_span report_data, struct cc_err *err)
{
	if (!cc_span_eq(report_data, CC_SPAN(p->bound)) ||
	    !cc_span_eq(p->hcl.report_data, CC_SPAN(p->bound)))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the virtual TPM is not the one that the hardware's report speaks "
			       "of");
	if (p->hcl.platform == CC_PLATFORM_SNP &&
	    !cc_span_is_zero(cc_span_sub(p->hcl.hardware, SNP_VMPL, 4)))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the report was asked for above VMPL 0, so not by a paravisor");
	return 0;
}

/* `claims` of the hardware become those of the guest. */
static int combine(const struct parsed *p, struct cc_claims *claims, struct cc_err *err)
{
	struct cc_span parts[CC_RTMRS + 2] = { 0 };
	struct cc_claims quoted = { 0 };
	struct cc_digest measurement = { 0 };
	size_t count = 0;
	bool is_extended = false;

	parts[count++] = cc_span(claims->measurement, claims->measurement_len);
	for (size_t i = 0; i < claims->registers.count && i < CC_RTMRS; i++) {
		parts[count] = cc_span(claims->registers.at[i].value, claims->registers.at[i].len);
		is_extended = is_extended || !cc_span_is_zero(parts[count]);
		count++;
	}
	parts[count++] = p->tpm.quote.info;
	CC_TRY(cc_sha256v(parts, count, &measurement, err));
	CC_TRY(cc_tpm_claim(&p->tpm, &quoted, err));
	CC_TRY(cc_tpm_prove_log(&p->tpm, &quoted.tpm, err));
	quoted.tpm.key = p->name;
	quoted.tpm.launch_len = claims->measurement_len;
	memcpy(quoted.tpm.launch, claims->measurement, sizeof(quoted.tpm.launch));
	quoted.tpm.launch_is_all = !is_extended;
	claims->tpm = quoted.tpm;
	claims->registers = quoted.registers;
	memcpy(claims->report_data, quoted.report_data, sizeof(claims->report_data));
	memset(claims->measurement, 0, sizeof(claims->measurement));
	memcpy(claims->measurement, measurement.b, sizeof(measurement.b));
	claims->measurement_len = sizeof(measurement.b);
	return 0;
}

static int read_hardware(const struct parsed *p, struct cc_claims *out, struct cc_err *err)
{
	if (p->hcl.platform == CC_PLATFORM_TDX)
		return cc_dcap_read(p->tpm.td_quote, out, err);
	return cc_snp_read(p->hcl.hardware, out, err);
}

int cc_azure_read(struct cc_span bytes, struct cc_claims *out, struct cc_err *err)
{
	CC_CLEANUP(parsed_clear) struct parsed p = { 0 };

	CC_TRY(parse(bytes, &p, err));
	CC_TRY(read_hardware(&p, out, err));
	CC_TRY(combine(&p, out, err));
	out->tpm.log_pcrs = 0;
	out->tpm.events = (struct cc_events){ 0 };
	return 0;
}

static int prove_quote(const struct parsed *p, struct cc_err *err)
{
	if (cc_tpm_signature_verify(&p->tpm.signature, &p->key, p->tpm.quote.bytes, err) != 0)
		return cc_wrap(err, "quote of the virtual TPM");
	return cc_tpm_prove_values(&p->tpm, err);
}

int cc_azure_prove(const struct cc_evidence *evidence, struct cc_claims *out, struct cc_err *err)
{
	CC_CLEANUP(parsed_clear) struct parsed p = { 0 };
	struct cc_evidence hardware = *evidence;
	struct cc_claims claims = { 0 };

	CC_TRY(parse(evidence->bytes, &p, err));
	if (p.hcl.platform != evidence->platform)
		return cc_fail(err, CC_E_EVIDENCE, "the evidence is of platform '%s', not '%s'",
			       cc_platform_name(p.hcl.platform),
			       cc_platform_name(evidence->platform));
	/* Cheap, and once more below on what is proven by then. */
	CC_TRY(check_bound(&p, p.hcl.report_data, err));
	CC_TRY(prove_quote(&p, err));
	hardware.bytes = hardware_of(&p);
	if (p.hcl.platform == CC_PLATFORM_TDX)
		CC_TRY(cc_dcap_prove(&hardware, &claims, err));
	else
		CC_TRY(cc_snp_prove(&hardware, &claims, err));
	CC_TRY(check_bound(&p, CC_SPAN(claims.report_data), err));
	CC_TRY(combine(&p, &claims, err));
	*out = claims;
	return 0;
}

/* The hardware's evidence, as that of any guest whose report data we had chosen; `said` is its. */
static int recheck_hardware(const struct parsed *p, const struct cc_claims *said,
			    const struct cc_claims *claims, struct cc_err *err)
{
	struct cc_claims hardware = *claims;
	struct cc_digest64 bound = { 0 };

	hardware.measurement_len = claims->tpm.launch_len;
	memcpy(hardware.measurement, claims->tpm.launch, sizeof(claims->tpm.launch));
	memcpy(hardware.report_data, p->bound, sizeof(p->bound));
	memcpy(bound.b, p->bound, sizeof(p->bound));
	hardware.registers = said->registers;
	CC_TRY(check_bound(p, CC_SPAN(p->bound), err));
	if (p->hcl.platform == CC_PLATFORM_TDX)
		return cc_quote_recheck(p->tpm.td_quote, &hardware, &bound, err);
	return cc_snp_recheck(p->hcl.hardware, &hardware, &bound, err);
}

int cc_azure_recheck(struct cc_span evidence, const struct cc_claims *claims,
		     const struct cc_digest64 *expected, struct cc_err *err)
{
	CC_CLEANUP(parsed_clear) struct parsed p = { 0 };
	struct cc_claims said = { 0 };

	CC_TRY(parse(evidence, &p, err));
	if (p.hcl.platform != claims->platform || !cc_digest_eq(&p.name, &claims->tpm.key))
		return cc_fail(err, CC_E_EVIDENCE, "recheck: the quote is by another key");
	CC_TRY(read_hardware(&p, &said, err));
	CC_TRY(recheck_hardware(&p, &said, claims, err));
	CC_TRY(combine(&p, &said, err));
	CC_TRY(cc_tpm_recheck_values(&p.tpm, &said, claims, expected, err));
	return prove_quote(&p, err);
}
