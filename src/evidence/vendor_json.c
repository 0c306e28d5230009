/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/vendor_json.h"

#include "codec/json.h"
#include "codec/text.h"
#include "crypto/pem.h"
#include "crypto/x509.h"
#include "evidence/tpm.h"

/* What a number of a list of bytes is called in an error. */
#define BYTE "a byte"
#define DEPTH_MAX 8
#define MEMBERS_MAX 256 /* of an object: those of such files are a handful */

typedef int decode_fn(struct cc_span text, struct cc_buf *out, struct cc_err *err);

static int decode_hex(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	struct cc_mut to = { 0 };

	CC_TRY(cc_buf_extend(out, text.len / 2, &to, err));
	return cc_hex_parse_fixed(text, BYTE, to, err);
}

/* Some write the alphabet for URLs with the padding that it goes without. */
static int decode_padded(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	while (text.len > 0 && text.len % 4 != 1 && text.at[text.len - 1] == '=')
		text.len--;
	return cc_base64url_parse(text, out, err);
}

/* Hexadecimal first: all of it is base64, too, and base64 of this length is never hexadecimal. */
static int read_text(const char *text, struct cc_buf *out, struct cc_err *err)
{
	static decode_fn *const decoders[] = { decode_hex, cc_base64_parse, decode_padded };

	for (size_t i = 0; i < CC_COUNT(decoders); i++) {
		struct cc_err ignored = { 0 };

		cc_buf_reset(out);
		if (decoders[i](cc_span_str(text), out, &ignored) == 0)
			return 0;
	}
	return cc_fail(err, CC_E_ARG, "a text is neither hexadecimal nor base64");
}

static int read_list(const struct cc_json *list, struct cc_buf *out, struct cc_err *err)
{
	size_t count = cc_json_count(list);

	if (count > CC_EVIDENCE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a list has %zu bytes, at most %zu are read",
			       count, CC_EVIDENCE_MAX);
	for (size_t i = 0; i < count; i++) {
		uint64_t byte = 0;

		CC_TRY(cc_json_u64(cc_json_at(list, i), BYTE, UINT8_MAX, &byte, err));
		CC_TRY(cc_buf_add_u8(out, (uint8_t)byte, err));
	}
	return 0;
}

static int read_bytes(const struct cc_json *json, struct cc_buf *out, struct cc_err *err)
{
	const char *text = cc_json_str(json);

	if (text != NULL)
		return read_text(text, out, err);
	if (!cc_json_is_array(json))
		return cc_fail(err, CC_E_ARG, "neither a text nor a list of bytes");
	return read_list(json, out, err);
}

static const struct cc_json *member(const struct cc_json *json, const char *name)
{
	for (size_t i = 0; i < cc_json_count(json) && i < MEMBERS_MAX; i++) {
		const char *is = cc_json_name_at(json, i);

		if (is != NULL && strcmp(is, name) == 0)
			return cc_json_at(json, i);
	}
	return NULL;
}

/* Of two names the first that is there. */
static int read_member(const struct cc_json *json, const char *name, const char *former,
		       struct cc_buf *out, struct cc_err *err)
{
	const struct cc_json *found = member(json, name);

	if (found == NULL)
		found = member(json, former);
	if (found == NULL)
		return cc_fail(err, CC_E_ARG, "'%s' is missing", name);
	if (read_bytes(found, out, err) != 0)
		return cc_wrap(err, "'%s'", name);
	return 0;
}

/* The parts of a quote of Azure's virtual TPM. */
struct azure {
	struct cc_buf quote, raw, signature, hcl, td_quote, values;
	struct cc_span pcrs[CC_TPM_PCRS];
	size_t pcr_count;
};
#define AUTO_AZURE CC_CLEANUP(azure_clear)

static void azure_clear(struct azure *a)
{
	struct cc_buf *all[] = { &a->quote, &a->raw,      &a->signature,
				 &a->hcl,   &a->td_quote, &a->values };

	for (size_t i = 0; i < CC_COUNT(all); i++)
		cc_buf_clear(all[i]);
}

/* All of one length, for they are of one bank; spans once nothing moves any more. */
static int read_pcrs(const struct cc_json *list, struct azure *a, struct cc_err *err)
{
	size_t count = cc_json_count(list);

	if (!cc_json_is_array(list) || count == 0 || count > CC_TPM_PCRS)
		return cc_fail(err, CC_E_ARG, "'pcrs' is no list of 1 to %d values", CC_TPM_PCRS);
	for (size_t i = 0; i < count; i++) {
		CC_AUTO_BUF struct cc_buf value = { 0 };

		if (read_bytes(cc_json_at(list, i), &value, err) != 0)
			return cc_wrap(err, "pcrs[%zu]", i);
		CC_TRY(cc_buf_add(&a->values, cc_buf_span(&value), err));
		if (a->values.len != (i + 1) * value.len)
			return cc_fail(err, CC_E_ARG, "pcrs[%zu] has %zu bytes", i, value.len);
	}
	for (size_t i = 0; i < count; i++)
		a->pcrs[i] = cc_span_sub(cc_buf_span(&a->values), i * (a->values.len / count),
					 a->values.len / count);
	a->pcr_count = count;
	return 0;
}

/* Azure's key signs by RSASSA with SHA-256, and these programs leave out that it does. */
static int add_signature(struct azure *a, struct cc_err *err)
{
	if (a->raw.len > UINT16_MAX)
		return cc_fail(err, CC_E_TOOBIG, "'signature' has %zu bytes", a->raw.len);
	CC_TRY(cc_buf_add_u16be(&a->signature, CC_TPM_ALG_RSASSA, err));
	CC_TRY(cc_buf_add_u16be(&a->signature, CC_TPM_ALG_SHA256, err));
	CC_TRY(cc_buf_add_u16be(&a->signature, (uint16_t)a->raw.len, err));
	return cc_buf_add(&a->signature, cc_buf_span(&a->raw), err);
}

static int read_azure(const struct cc_json *json, const struct cc_json *quote, struct azure *a,
		      struct cc_err *err)
{
	const struct cc_json *pcrs = member(quote, "pcrs");

	CC_TRY(read_member(quote, "message", "message", &a->quote, err));
	CC_TRY(read_member(quote, "signature", "signature", &a->raw, err));
	CC_TRY(read_member(json, "hcl_report", "report", &a->hcl, err));
	if (member(json, "td_quote") != NULL)
		CC_TRY(read_member(json, "td_quote", "td_quote", &a->td_quote, err));
	if (pcrs == NULL)
		return cc_fail(err, CC_E_ARG, "'pcrs' is missing");
	CC_TRY(read_pcrs(pcrs, a, err));
	return add_signature(a, err);
}

/* A certificate beside the evidence is collateral as any: whoever verifies proves it. */
static int add_cert(const struct cc_json *vcek, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	const char *text = cc_json_str(vcek);
	struct cc_span pem = text == NULL ? cc_span(NULL, 0) : cc_span_str(text);

	if (cc_span_find(pem, "-----BEGIN ") != pem.len) {
		CC_TRY(cc_cert_next_pem(&pem, &cert, err));
	} else {
		CC_TRY(read_bytes(vcek, &der, err));
		CC_TRY(cc_cert_from_der(cc_buf_span(&der), &cert, err));
	}
	return cert == NULL ? 0 : cc_cert_to_pem(cert, out, err);
}

static int make_azure(const struct cc_json *json, const struct cc_json *quote,
		      struct cc_vendor_json *out, struct cc_err *err)
{
	AUTO_AZURE struct azure a = { 0 };
	const struct cc_json *vcek = member(json, "vcek");
	struct cc_tpm_pieces pieces = { 0 };

	CC_TRY(read_azure(json, quote, &a, err));
	if (vcek != NULL && add_cert(vcek, &out->certs, err) != 0)
		return cc_wrap(err, "'vcek'");
	pieces = (struct cc_tpm_pieces){ .quote = cc_buf_span(&a.quote),
					 .signature = cc_buf_span(&a.signature),
					 .hcl = cc_buf_span(&a.hcl),
					 .td_quote = cc_buf_span(&a.td_quote),
					 .pcrs = a.pcrs,
					 .pcr_count = a.pcr_count };
	return cc_tpm_print(&pieces, &out->evidence, err);
}

/* The quote of the TPM, when `json` is of this form. */
static const struct cc_json *azure_quote(const struct cc_json *json)
{
	const struct cc_json *quote = member(json, "tpm_quote");

	if (quote == NULL)
		quote = member(json, "quote");
	if (quote == NULL || !cc_json_is_object(quote))
		return NULL;
	return member(json, "hcl_report") != NULL || member(json, "report") != NULL ? quote : NULL;
}

struct search {
	struct cc_vendor_json *out;
	size_t found;
};

/* Of first bytes alone some texts have those of evidence by chance: it must be read as a whole. */
static bool is_evidence(struct cc_span bytes)
{
	struct cc_claims claims = { 0 };
	struct cc_err ignored = { 0 };

	return cc_evidence_read(cc_evidence_kind(bytes), bytes, &claims, &ignored) == 0;
}

static int take(const struct cc_json *json, struct search *search, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_err ignored = { 0 };

	if (read_bytes(json, &bytes, &ignored) != 0 || !is_evidence(cc_buf_span(&bytes)))
		return 0;
	search->found++;
	cc_buf_reset(&search->out->evidence);
	return cc_buf_add(&search->out->evidence, cc_buf_span(&bytes), err);
}

static int look(const struct cc_json *json, unsigned depth, struct search *search,
		struct cc_err *err)
{
	const struct cc_json *quote = cc_json_is_object(json) ? azure_quote(json) : NULL;

	if (quote != NULL) {
		search->found++;
		cc_buf_reset(&search->out->evidence);
		return make_azure(json, quote, search->out, err);
	}
	CC_TRY(take(json, search, err));
	if (depth == DEPTH_MAX || (cc_json_is_object(json) && cc_json_count(json) > MEMBERS_MAX))
		return 0;
	for (size_t i = 0; i < cc_json_count(json); i++)
		CC_TRY(look(cc_json_at(json, i), depth + 1, search, err));
	return 0;
}

int cc_vendor_json_read(struct cc_span text, struct cc_vendor_json *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_VENDOR_JSON struct cc_vendor_json read = { 0 };
	struct search search = { .out = &read };

	CC_TRY(cc_json_parse(text, CC_VENDOR_JSON_MAX, &json, err));
	CC_TRY(look(json, 0, &search, err));
	if (search.found != 1)
		return cc_fail(err, CC_E_NOTFOUND, "%zu members are evidence that we read",
			       search.found);
	*out = read;
	read = (struct cc_vendor_json){ 0 };
	return 0;
}
