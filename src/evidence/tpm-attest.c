/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm-attest.h"

#include "evidence/tpm.h"

#define GENERATED 0xff544347U /* TPM_GENERATED_VALUE: "\xffTCG" */
#define QUALIFYING_MAX 66     /* TPM2B_DATA: a TPMT_HA */
#define NAME_MAX_LEN 66
#define SELECT_MAX 4
#define LIST_VALUES 8 /* TPML_DIGEST */

int cc_tpm_read_2b(struct cc_reader *r, size_t max, const char *what, struct cc_span *out,
		   struct cc_err *err)
{
	uint16_t len = 0;

	CC_TRY(cc_read_u16be(r, what, &len, err));
	if (len > max)
		return cc_fail(err, CC_E_TOOBIG, "%s has %u bytes, at most %zu", what, len, max);
	return cc_read_span(r, len, what, out, err);
}

/* TPMS_CLOCK_INFO (10.11.1). */
static int read_clock(struct cc_reader *r, struct cc_tpm_attest *out, struct cc_err *err)
{
	uint8_t safe = 0;

	CC_TRY(cc_read_u64be(r, "clock", &out->clock, err));
	CC_TRY(cc_read_u32be(r, "reset count", &out->resets, err));
	CC_TRY(cc_read_u32be(r, "restart count", &out->restarts, err));
	CC_TRY(cc_read_u8(r, "safe", &safe, err));
	if (safe > 1)
		return cc_fail(err, CC_E_ARG, "'safe' of the clock is %u", safe);
	out->safe = safe == 1;
	return 0;
}

int cc_tpm_attest_read(struct cc_reader *r, struct cc_tpm_attest *out, struct cc_err *err)
{
	uint32_t magic = 0;

	CC_TRY(cc_read_u32be(r, "magic", &magic, err));
	if (magic != GENERATED)
		return cc_fail(err, CC_E_EVIDENCE, "what is signed was not made by a TPM");
	CC_TRY(cc_read_u16be(r, "type", &out->type, err));
	CC_TRY(cc_tpm_read_2b(r, NAME_MAX_LEN, "qualified signer", &out->signer, err));
	CC_TRY(cc_tpm_read_2b(r, QUALIFYING_MAX, "qualifying data", &out->qualifying, err));
	CC_TRY(read_clock(r, out, err));
	return cc_read_u64be(r, "firmware version", &out->firmware, err);
}

/* PCR i is bit i % 8 of byte i / 8. */
static int read_bits(struct cc_span bits, uint32_t *out, struct cc_err *err)
{
	for (uint32_t i = 0; i < 8U * bits.len; i++) {
		if ((bits.at[i / 8] >> (i % 8) & 1) == 0)
			continue;
		if (i >= CC_TPM_PCRS)
			return cc_fail(err, CC_E_UNSUPPORTED, "PCR %u is none of a PC", i);
		*out |= 1U << i;
	}
	return 0;
}

static int read_bank(struct cc_reader *r, struct cc_tpm_bank *out, struct cc_err *err)
{
	struct cc_span bits = { 0 };
	uint8_t size = 0;

	CC_TRY(cc_read_u16be(r, "bank of the PCRs", &out->alg, err));
	CC_TRY(cc_read_u8(r, "PCR selection", &size, err));
	if (size > SELECT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "PCR selection of %u bytes", size);
	CC_TRY(cc_read_span(r, size, "PCR selection", &bits, err));
	return read_bits(bits, &out->pcrs, err);
}

int cc_tpm_selection_read(struct cc_reader *r, struct cc_tpm_selection *out, struct cc_err *err)
{
	struct cc_tpm_selection selection = { 0 };
	uint32_t count = 0;

	CC_TRY(cc_read_u32be(r, "PCR selection", &count, err));
	if (count > CC_TPM_BANKS)
		return cc_fail(err, CC_E_TOOBIG, "the quote is over %u banks of PCRs, at most %d",
			       count, CC_TPM_BANKS);
	for (uint32_t i = 0; i < count; i++)
		CC_TRY(read_bank(r, &selection.at[i], err));
	selection.count = count;
	*out = selection;
	return 0;
}

/* TPMU_ATTEST. Where that of another type ends, only its length says. */
static int read_attested(struct cc_reader *r, struct cc_tpm_answer *out, struct cc_err *err)
{
	if (out->attest.type != CC_TPM_ST_QUOTE)
		return cc_read_span(r, r->rest.len, "what is attested", &out->attested, err);
	CC_TRY(cc_tpm_selection_read(r, &out->selection, err));
	return cc_tpm_read_2b(r, CC_HASH_LEN_MAX, "PCR digest", &out->pcr_digest, err);
}

/* Bytes that begin with the magic have no length before them: that would be 65364. */
static bool has_magic(struct cc_span bytes)
{
	return bytes.len > 0 && bytes.at[0] == GENERATED >> 24;
}

int cc_tpm_answer_parse(struct cc_span bytes, struct cc_tpm_answer *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes), inner = r;
	struct cc_tpm_signature signature = { 0 };
	struct cc_tpm_answer answer = { 0 };
	bool is_sized = !has_magic(bytes);
	struct cc_span sized = { 0 };

	if (bytes.len > CC_TPM_QUOTE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "an answer of a TPM of %zu bytes, at most %zu",
			       bytes.len, CC_TPM_QUOTE_MAX);
	if (is_sized) {
		CC_TRY(cc_tpm_read_2b(&r, CC_TPM_QUOTE_MAX, "TPM2B_ATTEST", &sized, err));
		inner = cc_reader(sized);
	}
	CC_TRY(cc_tpm_attest_read(&inner, &answer.attest, err));
	CC_TRY(read_attested(&inner, &answer, err));
	if (is_sized)
		CC_TRY(cc_read_end(&inner, "TPM2B_ATTEST", err));
	answer.signature = is_sized ? r.rest : inner.rest;
	if (answer.signature.len > 0)
		CC_TRY(cc_tpm_signature_parse(answer.signature, &signature, err));
	*out = answer;
	return 0;
}

/* TPMS_PCR_SELECTION as gcc lays it out: hash, size, 4 bytes of bits, 1 of padding. */
static int read_laid_out(struct cc_reader *r, struct cc_tpm_bank *out, struct cc_err *err)
{
	struct cc_span bits = { 0 };
	uint8_t size = 0, padding = 0;

	CC_TRY(cc_read_u16le(r, "bank of the PCRs", &out->alg, err));
	CC_TRY(cc_read_u8(r, "PCR selection", &size, err));
	CC_TRY(cc_read_span(r, SELECT_MAX, "PCR selection", &bits, err));
	CC_TRY(cc_read_u8(r, "PCR selection", &padding, err));
	if (size > SELECT_MAX || padding != 0)
		return cc_fail(err, CC_E_ARG, "PCR selection of %u bytes", size);
	return read_bits(cc_span_sub(bits, 0, size), &out->pcrs, err);
}

static int read_laid_out_banks(struct cc_reader *r, struct cc_tpm_selection *out,
			       struct cc_err *err)
{
	struct cc_tpm_bank unused = { 0 };
	uint32_t count = 0;

	CC_TRY(cc_read_u32le(r, "number of banks", &count, err));
	if (count == 0 || count > CC_TPM_BANKS)
		return cc_fail(err, CC_E_ARG, "values of %u banks of PCRs, 1 to %d are read", count,
			       CC_TPM_BANKS);
	for (uint32_t i = 0; i < CC_TPM_BANKS; i++)
		CC_TRY(read_laid_out(r, i < count ? &out->at[i] : &unused, err));
	out->count = count;
	return 0;
}

/* Each has room for the longest hash. */
static int read_value(struct cc_reader *r, struct cc_span *out, struct cc_err *err)
{
	struct cc_span room = { 0 };
	uint16_t len = 0;

	CC_TRY(cc_read_u16le(r, "length of a PCR", &len, err));
	CC_TRY(cc_read_span(r, CC_HASH_LEN_MAX, "value of a PCR", &room, err));
	if (len > room.len)
		return cc_fail(err, CC_E_ARG, "a PCR of %u bytes", len);
	*out = cc_span_sub(room, 0, len);
	return 0;
}

static int read_list(struct cc_reader *r, struct cc_tpm_value_file *out, struct cc_err *err)
{
	struct cc_span unused = { 0 };
	uint32_t count = 0;

	CC_TRY(cc_read_u32le(r, "number of values", &count, err));
	if (count > LIST_VALUES || out->count + count > CC_TPM_VALUES)
		return cc_fail(err, CC_E_TOOBIG, "a list of %u values of PCRs", count);
	for (uint32_t i = 0; i < LIST_VALUES; i++)
		CC_TRY(read_value(r, i < count ? &out->at[out->count + i] : &unused, err));
	out->count += count;
	return 0;
}

static size_t selected(const struct cc_tpm_selection *selection)
{
	size_t count = 0;

	for (size_t i = 0; i < selection->count; i++)
		count += (size_t)__builtin_popcount(selection->at[i].pcrs);
	return count;
}

int cc_tpm_value_file_parse(struct cc_span bytes, struct cc_tpm_value_file *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_tpm_value_file values = { 0 };
	uint32_t lists = 0;

	CC_TRY(read_laid_out_banks(&r, &values.selection, err));
	CC_TRY(cc_read_u32le(&r, "number of lists", &lists, err));
	if (lists == 0 || lists > CC_TPM_VALUES / LIST_VALUES)
		return cc_fail(err, CC_E_TOOBIG, "%u lists of values of PCRs", lists);
	for (uint32_t i = 0; i < lists; i++)
		CC_TRY(read_list(&r, &values, err));
	CC_TRY(cc_read_end(&r, "values of PCRs", err));
	if (values.count != selected(&values.selection))
		return cc_fail(err, CC_E_ARG, "%zu values of %zu PCRs", values.count,
			       selected(&values.selection));
	*out = values;
	return 0;
}
