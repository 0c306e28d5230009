/* SPDX-License-Identifier: Apache-2.0 */
/* What a TPM makes comes in pieces: docs/format/evidence.md says how they are put together. */
#include "codec/cbor.h"
#include "evidence/tpm.h"

#define VERSION 1

bool cc_tpm_is_container(struct cc_span bytes)
{
	return bytes.len > 0 && bytes.at[0] >= 0xa0 && bytes.at[0] <= 0xbf;
}

static int check_names(const struct cc_cbor_map *map, struct cc_err *err)
{
	static const char *const known[] = { "tpm", "quote", "signature", "pcrs", "report_data",
					     "key", "certs", "log",       "hcl",  "td_quote" };
	size_t count = 0;

	for (size_t i = 0; i < CC_COUNT(known); i++)
		count += cc_cbor_find_text(map, known[i]).len > 0 ? 1 : 0;
	if (count != map->count)
		return cc_fail(err, CC_E_ARG, "TPM evidence has members that nobody described");
	return 0;
}

/* Values by ascending index: as many as the quote covers, and none that it does not. */
static int read_pcrs(struct cc_span value, struct cc_tpm_evidence *out, struct cc_err *err)
{
	size_t len = cc_hash_len(out->quote.bank), at = 0;
	struct cc_cbor_array list = { 0 };

	CC_TRY(cc_cbor_array(value, "pcrs", &list, err));
	for (size_t i = 0; i < CC_TPM_PCRS; i++) {
		if ((out->quote.pcrs & 1U << i) == 0)
			continue;
		if (at == list.count)
			return cc_fail(err, CC_E_ARG, "the value of PCR %zu is missing", i);
		CC_TRY(cc_cbor_bytes(list.at[at++], "PCR", &out->pcrs[i], err));
		if (out->pcrs[i].len != len)
			return cc_fail(err, CC_E_ARG, "PCR %zu has %zu bytes, not %zu", i,
				       out->pcrs[i].len, len);
	}
	if (at != list.count)
		return cc_fail(err, CC_E_ARG, "there are values of PCRs that are not quoted");
	return 0;
}

static int read_certs(struct cc_span value, struct cc_tpm_evidence *out, struct cc_err *err)
{
	struct cc_cbor_array list = { 0 };

	if (value.len == 0)
		return 0;
	CC_TRY(cc_cbor_array(value, "certs", &list, err));
	if (list.count == 0 || list.count > CC_TPM_CERTS)
		return cc_fail(err, CC_E_ARG, "certs has %zu certificates, 1 to %d are read",
			       list.count, CC_TPM_CERTS);
	for (size_t i = 0; i < list.count; i++)
		CC_TRY(cc_cbor_bytes(list.at[i], "certificate", &out->certs[i], err));
	out->cert_count = list.count;
	return 0;
}

static int read_report_data(struct cc_span value, struct cc_tpm_evidence *out, struct cc_err *err)
{
	if (value.len == 0)
		return 0;
	CC_TRY(cc_cbor_bytes(value, "report_data", &out->report_data, err));
	if (out->report_data.len != CC_REPORT_DATA_LEN)
		return cc_fail(err, CC_E_ARG, "report_data has %zu bytes, not %d",
			       out->report_data.len, CC_REPORT_DATA_LEN);
	return 0;
}

static int read_log(struct cc_span value, struct cc_tpm_evidence *out, struct cc_err *err)
{
	if (value.len == 0)
		return 0;
	CC_TRY(cc_cbor_bytes(value, "log", &out->log, err));
	if (out->log.len == 0)
		return cc_fail(err, CC_E_ARG, "an event log of no bytes");
	return 0;
}

static int read_key(struct cc_span value, struct cc_tpm_evidence *out, struct cc_err *err)
{
	struct cc_span bytes = { 0 };

	CC_TRY(cc_cbor_bytes(value, "key", &bytes, err));
	return cc_tpm_public_parse(bytes, &out->key, err);
}

/* Whose quote it is: a key with its certificates, or a guest whose hardware vouches for one. */
static int read_owner(const struct cc_cbor_map *map, struct cc_tpm_evidence *out,
		      struct cc_err *err)
{
	struct cc_span hcl = cc_cbor_find_text(map, "hcl"), td = cc_cbor_find_text(map, "td_quote");
	struct cc_span key = cc_cbor_find_text(map, "key"), certs = cc_cbor_find_text(map, "certs");

	if (hcl.len == 0 && td.len == 0) {
		CC_TRY(read_key(key, out, err));
		return read_certs(certs, out, err);
	}
	if (key.len > 0 || certs.len > 0)
		return cc_fail(err, CC_E_ARG, "TPM evidence has a key beside an HCL report");
	CC_TRY(cc_cbor_bytes(hcl, "hcl", &out->hcl, err));
	return td.len == 0 ? 0 : cc_cbor_bytes(td, "td_quote", &out->td_quote, err);
}

static int read_quote(const struct cc_cbor_map *map, struct cc_tpm_evidence *out,
		      struct cc_err *err)
{
	struct cc_span bytes = { 0 };
	uint64_t version = 0;

	CC_TRY(cc_cbor_unsigned(cc_cbor_find_text(map, "tpm"), "tpm", &version, err));
	if (version != VERSION)
		return cc_fail(err, CC_E_UNSUPPORTED, "TPM evidence of version %llu",
			       (unsigned long long)version);
	CC_TRY(cc_cbor_bytes(cc_cbor_find_text(map, "quote"), "quote", &bytes, err));
	CC_TRY(cc_tpm_quote_parse(bytes, &out->quote, err));
	CC_TRY(cc_cbor_bytes(cc_cbor_find_text(map, "signature"), "signature", &bytes, err));
	return cc_tpm_signature_parse(bytes, &out->signature, err);
}

int cc_tpm_parse(struct cc_span bytes, struct cc_tpm_evidence *out, struct cc_err *err)
{
	struct cc_tpm_evidence evidence = { 0 };
	struct cc_cbor_map map = { 0 };

	if (bytes.len > CC_EVIDENCE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "TPM evidence has %zu bytes, at most %zu are read",
			       bytes.len, CC_EVIDENCE_MAX);
	CC_TRY(cc_cbor_map(bytes, "TPM evidence", &map, err));
	CC_TRY(check_names(&map, err));
	CC_TRY(read_quote(&map, &evidence, err));
	CC_TRY(read_pcrs(cc_cbor_find_text(&map, "pcrs"), &evidence, err));
	CC_TRY(read_report_data(cc_cbor_find_text(&map, "report_data"), &evidence, err));
	CC_TRY(read_log(cc_cbor_find_text(&map, "log"), &evidence, err));
	CC_TRY(read_owner(&map, &evidence, err));
	*out = evidence;
	return 0;
}

static int add_bytes(struct cc_buf *out, const char *name, struct cc_span bytes, struct cc_err *err)
{
	if (bytes.len == 0)
		return 0;
	CC_TRY(cc_cbor_add_text(out, name, err));
	return cc_cbor_add_bytes(out, bytes, err);
}

static int add_list(struct cc_buf *out, const char *name, const struct cc_span *list, size_t count,
		    struct cc_err *err)
{
	CC_TRY(cc_cbor_add_text(out, name, err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_ARRAY, count, err));
	for (size_t i = 0; i < count; i++)
		CC_TRY(cc_cbor_add_bytes(out, list[i], err));
	return 0;
}

static size_t optional_count(const struct cc_tpm_pieces *pieces)
{
	const size_t lengths[] = {
		pieces->report_data.len, pieces->key.len,      pieces->log.len,
		pieces->hcl.len,         pieces->td_quote.len, pieces->cert_count
	};
	size_t count = 0;

	for (size_t i = 0; i < CC_COUNT(lengths); i++)
		count += lengths[i] > 0 ? 1 : 0;
	return count;
}

int cc_tpm_print(const struct cc_tpm_pieces *pieces, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 4 + optional_count(pieces), err));
	CC_TRY(cc_cbor_add_text(out, "tpm", err));
	CC_TRY(cc_cbor_add_integer(out, VERSION, err));
	CC_TRY(cc_cbor_add_text(out, "quote", err));
	CC_TRY(cc_cbor_add_bytes(out, pieces->quote, err));
	CC_TRY(cc_cbor_add_text(out, "signature", err));
	CC_TRY(cc_cbor_add_bytes(out, pieces->signature, err));
	CC_TRY(add_list(out, "pcrs", pieces->pcrs, pieces->pcr_count, err));
	CC_TRY(add_bytes(out, "report_data", pieces->report_data, err));
	CC_TRY(add_bytes(out, "key", pieces->key, err));
	CC_TRY(add_bytes(out, "log", pieces->log, err));
	CC_TRY(add_bytes(out, "hcl", pieces->hcl, err));
	CC_TRY(add_bytes(out, "td_quote", pieces->td_quote, err));
	if (pieces->cert_count == 0)
		return 0;
	return add_list(out, "certs", pieces->certs, pieces->cert_count, err);
}
