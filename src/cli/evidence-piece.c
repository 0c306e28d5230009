/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/evidence-piece.h"

#include <stdio.h>

#include "cli/evidence-log.h"
#include "cli/evidence-snp.h"
#include "cli/evidence-tpm.h"
#include "evidence/azure.h"
#include "evidence/sgx.h"
#include "evidence/snp.h"
#include "evidence/tdx.h"

/* What only a proof gives: none of it has a meaning here. */
static void drop_proven(struct cc_json *json)
{
	static const char *const members[] = {
		"advisories",  "class",      "csp",
		"eval",        "fmspc",      "key",
		"machine_tcb", "module_tcb", "qe_tcb",
		"root",        "simulation", "tcb",
		"tcb_date",    "valid_from", "valid_until",
		"signed_by",   "qe_id",      "without_revocation",
		"log_pcrs",    "events",     "events_omitted",
	};

	for (size_t i = 0; i < CC_COUNT(members); i++)
		cc_json_drop(json, members[i]);
}

int cc_evidence_said(const struct cc_claims *claims, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_claims_to_json(claims, &json, err));
	drop_proven(json);
	if (claims->platform == CC_PLATFORM_SNP && !claims->tpm.quoted)
		CC_TRY(cc_json_set_str(json, "signed_by", cc_snp_signer_name(claims->snp.signer),
				       err));
	*out = CC_TAKE(json);
	return 0;
}

/* Members of `from` that are not in `to`. */
static int merge(struct cc_json *to, const struct cc_json *from, struct cc_err *err)
{
	for (size_t i = 0; i < cc_json_count(from); i++) {
		CC_AUTO_JSON struct cc_json *copy = NULL;

		CC_TRY(cc_json_copy(cc_json_at(from, i), &copy, err));
		CC_TRY(cc_json_set(to, cc_json_name_at(from, i), CC_TAKE(copy), err));
	}
	return 0;
}

/* A body that has no version of its own, as in a quote. */
static int add_body(const struct cc_claims *claims, struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;

	CC_TRY(cc_evidence_said(claims, &body, err));
	cc_json_drop(body, "version");
	return merge(json, body, err);
}

static bool is_td_local(struct cc_span bytes)
{
	struct cc_td_local local = { 0 };
	struct cc_err ignored = { 0 };

	return cc_td_local_parse(bytes, &local, &ignored) == 0;
}

/* The MAC covers hashes of the two parts: without them it says nothing of what they hold. */
static int set_covered(struct cc_json *json, const char *name, struct cc_span part,
		       struct cc_span hash, struct cc_err *err)
{
	struct cc_digest48 is = { 0 };

	CC_TRY(cc_sha384(part, &is, err));
	return cc_json_set_bool(json, name, cc_span_eq(CC_SPAN(is.b), hash), err);
}

static int describe_td_local(struct cc_span bytes, bool with_data, struct cc_json *json,
			     struct cc_err *err)
{
	struct cc_claims claims = { .platform = CC_PLATFORM_TDX };
	struct cc_td_local local = { 0 };

	(void)with_data;
	CC_TRY(cc_td_local_parse(bytes, &local, err));
	cc_td_claim(&local.body, &claims);
	CC_TRY(add_body(&claims, json, err));
	CC_TRY(cc_json_set_u64(json, "version", local.version, err));
	CC_TRY(cc_json_set_hex(json, "cpusvn", local.cpusvn, err));
	CC_TRY(set_covered(json, "mac_covers_tcb_info", local.tcb_info, local.tcb_info_hash, err));
	CC_TRY(set_covered(json, "mac_covers_td_info", local.td_info, local.td_info_hash, err));
	return cc_json_set_hex(json, "mac", local.mac, err);
}

static bool is_sgx_local(struct cc_span bytes)
{
	struct cc_sgx_local local = { 0 };
	struct cc_err ignored = { 0 };

	return cc_sgx_local_parse(bytes, &local, &ignored) == 0;
}

static int describe_sgx_local(struct cc_span bytes, bool with_data, struct cc_json *json,
			      struct cc_err *err)
{
	struct cc_claims claims = { .platform = CC_PLATFORM_SGX };
	struct cc_sgx_local local = { 0 };

	(void)with_data;
	CC_TRY(cc_sgx_local_parse(bytes, &local, err));
	cc_sgx_claim(&local.body, &claims);
	CC_TRY(add_body(&claims, json, err));
	CC_TRY(cc_json_set_hex(json, "cpusvn", CC_SPAN(local.body.cpusvn), err));
	CC_TRY(cc_json_set_hex(json, "key_id", local.key_id, err));
	return cc_json_set_hex(json, "mac", local.mac, err);
}

static bool is_hcl(struct cc_span bytes)
{
	struct cc_hcl_report report = { 0 };
	struct cc_err ignored = { 0 };

	return cc_hcl_parse(bytes, &report, &ignored) == 0;
}

static int describe_hardware(const struct cc_hcl_report *hcl, struct cc_json *json,
			     struct cc_err *err)
{
	struct cc_claims claims = { .platform = hcl->platform };

	if (hcl->platform == CC_PLATFORM_TDX)
		return describe_td_local(cc_span_sub(hcl->hardware, 0, CC_TD_LOCAL_LEN), false,
					 json, err);
	CC_TRY(cc_snp_read(hcl->hardware, &claims, err));
	CC_TRY(cc_json_set_u64(json, "version", claims.version, err));
	return add_body(&claims, json, err);
}

static int set_runtime(const struct cc_hcl_report *hcl, struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *runtime = NULL;
	uint8_t bound[CC_REPORT_DATA_LEN] = { 0 };
	struct cc_digest hash = { 0 };

	CC_TRY(cc_sha256(hcl->runtime, &hash, err));
	memcpy(bound, hash.b, sizeof(hash.b));
	CC_TRY(cc_json_set_bool(json, "runtime_is_reported",
				cc_span_eq(CC_SPAN(bound), hcl->report_data), err));
	CC_TRY(cc_json_parse(hcl->runtime, CC_HCL_MAX, &runtime, err));
	return cc_json_set(json, "runtime", CC_TAKE(runtime), err);
}

static int describe_hcl(struct cc_span bytes, bool with_data, struct cc_json *json,
			struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *hardware = NULL;
	struct cc_hcl_report hcl = { 0 };

	(void)with_data;
	CC_TRY(cc_hcl_parse(bytes, &hcl, err));
	CC_TRY(cc_json_object(&hardware, err));
	if (describe_hardware(&hcl, hardware, err) != 0)
		return cc_wrap(err, "hardware report");
	/* Its members stand in rows of their own for people. */
	CC_TRY(merge(json, hardware, err));
	return set_runtime(&hcl, json, err);
}

#define WHOLE_QUOTE                                                           \
	"bring quote, signature, PCR values and key together in a container " \
	"(docs/format/evidence.md, TPM evidence)"

static const struct cc_evidence_piece pieces[] = {
	{ "hcl-report", "report of Azure's paravisor", is_hcl, describe_hcl,
	  "it is made at the start and holds no nonce: only a quote by the key in it is fresh",
	  "bring it with the quote of the virtual TPM in a container or in JSON "
	  "(docs/format/evidence.md)" },
	{ "tdreport", "TDREPORT", is_td_local, describe_td_local,
	  "its MAC is by a key that only its machine has",
	  "have the quoting enclave of the machine make a quote of it" },
	{ "sgx-report", "REPORT of an SGX enclave", is_sgx_local, describe_sgx_local,
	  "its MAC is by a key that only its machine has",
	  "have the quoting enclave of the machine make a quote of it" },
	{ "snp-certificates", "certificate table of an SNP host", cc_evidence_is_snp_table,
	  cc_evidence_snp_table, "certificates without a report certify nothing",
	  "append it to the report, or put its certificates into the collateral" },
	{ "tpm-quote", "attestation of a TPM", cc_evidence_is_tpm_answer, cc_evidence_tpm_answer,
	  "nothing says whose key signed it, nor which values its digest is over", WHOLE_QUOTE },
	{ "tpm-signature", "signature of a TPM", cc_evidence_is_tpm_signature,
	  cc_evidence_tpm_signature, "what it signs is not there", WHOLE_QUOTE },
	{ "tpm-values", "values of PCRs", cc_evidence_is_tpm_values, cc_evidence_tpm_values,
	  "only a quote whose digest is over them proves values", WHOLE_QUOTE },
	{ "tpm-key", "public key of a TPM", cc_evidence_is_tpm_key, cc_evidence_tpm_key,
	  "a key alone says nothing", WHOLE_QUOTE },
	{ "event-log", "event log", cc_evidence_is_log, cc_evidence_log_describe,
	  "only a quote of the registers that it leads to proves anything",
	  "name the quote; 'concordat evidence show' tells what is in the log" },
};

const struct cc_evidence_piece *cc_evidence_piece_of(struct cc_span bytes)
{
	for (size_t i = 0; i < CC_COUNT(pieces); i++)
		if (pieces[i].is(bytes))
			return &pieces[i];
	return NULL;
}

int cc_evidence_piece_describe(const struct cc_evidence_piece *piece, struct cc_span bytes,
			       bool with_data, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "kind", piece->name, err));
	CC_TRY(cc_json_set_bool(json, "proven", false, err));
	CC_TRY(cc_json_set_u64(json, "bytes", bytes.len, err));
	CC_TRY(piece->describe(bytes, with_data, json, err));
	*out = CC_TAKE(json);
	return 0;
}

int cc_evidence_piece_refuse(const struct cc_evidence_piece *piece, const char *path,
			     struct cc_err *err)
{
	cc_err_set(err, CC_E_UNSUPPORTED, "'%s' is no evidence by itself (%s): %s", path,
		   piece->title, piece->lacks);
	return cc_hint(err, "%s", piece->next);
}
