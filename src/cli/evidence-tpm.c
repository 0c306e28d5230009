/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/evidence-tpm.h"

#include <stdio.h>

#include "base/str.h"
#include "cli/evidence-log.h"
#include "evidence/tpm.h"

#define NUMBER_ROOM 24

/* TPM_ST of TPMS_ATTEST (Part 2, 6.9), by what TPM2_… was asked for. */
static const struct {
	uint16_t type;
	const char *name;
} types[] = {
	{ 0x8014, "nv" },       { 0x8015, "command-audit" },  { 0x8016, "session-audit" },
	{ 0x8017, "certify" },  { CC_TPM_ST_QUOTE, "quote" }, { 0x8019, "time" },
	{ 0x801a, "creation" }, { 0x801c, "nv-digest" },
};

static const struct {
	uint16_t alg;
	const char *name;
} schemes[] = {
	{ CC_TPM_ALG_RSASSA, "rsassa" },
	{ CC_TPM_ALG_RSAPSS, "rsapss" },
	{ CC_TPM_ALG_ECDSA, "ecdsa" },
};

/* All 64 bits: JSON holds 53. */
static int set_wide(struct cc_json *json, const char *name, uint64_t value, struct cc_err *err)
{
	char text[NUMBER_ROOM] = "";

	(void)snprintf(text, sizeof(text), "%016llx", (unsigned long long)value);
	return cc_json_set_str(json, name, text, err);
}

static int set_type(struct cc_json *json, uint16_t type, struct cc_err *err)
{
	char text[NUMBER_ROOM] = "";

	for (size_t i = 0; i < CC_COUNT(types); i++)
		if (types[i].type == type)
			return cc_json_set_str(json, "type", types[i].name, err);
	(void)snprintf(text, sizeof(text), "0x%04x", type);
	return cc_json_set_str(json, "type", text, err);
}

static int set_scheme(struct cc_json *json, uint16_t scheme, enum cc_hash hash, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(schemes); i++)
		if (schemes[i].alg == scheme)
			CC_TRY(cc_json_set_str(json, "scheme", schemes[i].name, err));
	return cc_json_set_str(json, "hash", cc_hash_name(hash), err);
}

static int add_index(struct cc_json *list, uint32_t index, struct cc_err *err)
{
	char text[NUMBER_ROOM] = "";

	(void)snprintf(text, sizeof(text), "%u", index);
	return cc_json_add_str(list, text, err);
}

static int add_bank(const struct cc_tpm_bank *bank, struct cc_json *banks, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *pcrs = NULL;
	char name[CC_EVIDENCE_BANK_ROOM] = "";

	cc_evidence_bank_name(bank->alg, name);
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_array(&pcrs, err));
	CC_TRY(cc_json_set_str(json, "bank", name, err));
	for (uint32_t i = 0; i < CC_TPM_PCRS; i++)
		if ((bank->pcrs & 1U << i) != 0)
			CC_TRY(add_index(pcrs, i, err));
	CC_TRY(cc_json_set(json, "pcrs", CC_TAKE(pcrs), err));
	return cc_json_add(banks, CC_TAKE(json), err);
}

static int set_attest(struct cc_json *json, const struct cc_tpm_attest *attest, struct cc_err *err)
{
	CC_TRY(set_type(json, attest->type, err));
	CC_TRY(cc_json_set_hex(json, "signer", attest->signer, err));
	CC_TRY(cc_json_set_hex(json, "qualifying", attest->qualifying, err));
	CC_TRY(cc_json_set_u64(json, "clock", attest->clock & CC_JSON_INTEGER_MAX, err));
	CC_TRY(cc_json_set_bool(json, "clock_is_safe", attest->safe, err));
	CC_TRY(cc_json_set_u64(json, "resets", attest->resets, err));
	CC_TRY(cc_json_set_u64(json, "restarts", attest->restarts, err));
	return set_wide(json, "firmware", attest->firmware, err);
}

static int set_quoted(struct cc_json *json, const struct cc_tpm_answer *answer, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *banks = NULL;

	if (answer->attest.type != CC_TPM_ST_QUOTE)
		return cc_json_set_hex(json, "attested", answer->attested, err);
	CC_TRY(cc_json_array(&banks, err));
	for (size_t i = 0; i < answer->selection.count; i++)
		CC_TRY(add_bank(&answer->selection.at[i], banks, err));
	CC_TRY(cc_json_set(json, "banks", CC_TAKE(banks), err));
	return cc_json_set_hex(json, "pcr_digest", answer->pcr_digest, err);
}

bool cc_evidence_is_tpm_answer(struct cc_span bytes)
{
	struct cc_tpm_answer answer = { 0 };
	struct cc_err ignored = { 0 };

	return cc_tpm_answer_parse(bytes, &answer, &ignored) == 0;
}

int cc_evidence_tpm_answer(struct cc_span bytes, bool with_data, struct cc_json *json,
			   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *signature = NULL;
	struct cc_tpm_answer answer = { 0 };

	CC_TRY(cc_tpm_answer_parse(bytes, &answer, err));
	CC_TRY(set_attest(json, &answer.attest, err));
	CC_TRY(set_quoted(json, &answer, err));
	if (answer.signature.len == 0)
		return 0;
	CC_TRY(cc_json_object(&signature, err));
	CC_TRY(cc_evidence_tpm_signature(answer.signature, with_data, signature, err));
	return cc_json_set(json, "signature", CC_TAKE(signature), err);
}

bool cc_evidence_is_tpm_signature(struct cc_span bytes)
{
	struct cc_tpm_signature signature = { 0 };
	struct cc_err ignored = { 0 };

	return cc_tpm_signature_parse(bytes, &signature, &ignored) == 0;
}

int cc_evidence_tpm_signature(struct cc_span bytes, bool with_data, struct cc_json *json,
			      struct cc_err *err)
{
	struct cc_tpm_signature signature = { 0 };

	(void)with_data;
	CC_TRY(cc_tpm_signature_parse(bytes, &signature, err));
	CC_TRY(set_scheme(json, (uint16_t)signature.scheme, signature.hash, err));
	return cc_json_set_hex(json, "value",
			       signature.rsa.len > 0 ? signature.rsa
						     : cc_span(signature.r_s, signature.r_s_len),
			       err);
}

bool cc_evidence_is_tpm_values(struct cc_span bytes)
{
	struct cc_tpm_value_file values = { 0 };
	struct cc_err ignored = { 0 };

	return cc_tpm_value_file_parse(bytes, &values, &ignored) == 0;
}

/* Those of one bank, from the value at `*at` on. */
static int add_values(const struct cc_tpm_value_file *values, const struct cc_tpm_bank *bank,
		      size_t *at, struct cc_json *banks, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	char name[CC_EVIDENCE_BANK_ROOM] = "";

	CC_TRY(cc_json_object(&json, err));
	for (uint32_t i = 0; i < CC_TPM_PCRS; i++) {
		char index[NUMBER_ROOM] = "";

		if ((bank->pcrs & 1U << i) == 0)
			continue;
		(void)snprintf(index, sizeof(index), "%u", i);
		CC_TRY(cc_json_set_hex(json, index, values->at[(*at)++], err));
	}
	cc_evidence_bank_name(bank->alg, name);
	return cc_json_set(banks, name, CC_TAKE(json), err);
}

int cc_evidence_tpm_values(struct cc_span bytes, bool with_data, struct cc_json *json,
			   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *banks = NULL;
	struct cc_tpm_value_file values = { 0 };
	size_t at = 0;

	(void)with_data;
	CC_TRY(cc_tpm_value_file_parse(bytes, &values, err));
	CC_TRY(cc_json_object(&banks, err));
	for (size_t i = 0; i < values.selection.count; i++)
		CC_TRY(add_values(&values, &values.selection.at[i], &at, banks, err));
	return cc_json_set(json, "registers", CC_TAKE(banks), err);
}

/* TPM2B_PUBLIC, as tpm2-tools write it, has a length before TPMT_PUBLIC. */
static int read_public(struct cc_span bytes, struct cc_tpm_public *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_err ignored = { 0 };
	uint16_t len = 0;

	if (cc_read_u16be(&r, "length", &len, &ignored) == 0 && len == r.rest.len)
		bytes = r.rest;
	return cc_tpm_public_parse(bytes, out, err);
}

bool cc_evidence_is_tpm_key(struct cc_span bytes)
{
	struct cc_tpm_public public = { 0 };
	struct cc_err ignored = { 0 };

	return read_public(bytes, &public, &ignored) == 0;
}

int cc_evidence_tpm_key(struct cc_span bytes, bool with_data, struct cc_json *json,
			struct cc_err *err)
{
	struct cc_tpm_public public = { 0 };
	struct cc_err ignored = { 0 };
	struct cc_digest name = { 0 };

	(void)with_data;
	CC_TRY(read_public(bytes, &public, err));
	if (cc_tpm_public_name(&public, &name, &ignored) == 0)
		CC_TRY(cc_json_set_hex(json, "name", CC_DIGEST_SPAN(name), err));
	CC_TRY(cc_json_set_bool(json, "is_attestation_key",
				cc_tpm_public_check(&public, &ignored) == 0, err));
	CC_TRY(set_wide(json, "attributes", public.attributes, err));
	CC_TRY(set_scheme(json, (uint16_t) public.scheme, public.hash, err));
	if (public.modulus.len > 0)
		return cc_json_set_hex(json, "modulus", public.modulus, err);
	return cc_json_set_hex(json, "point", cc_span(public.point, public.point_len), err);
}
