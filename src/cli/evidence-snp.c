/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/evidence-snp.h"

#include "base/str.h"
#include "base/time.h"

static int set_window(struct cc_json *json, int64_t from, int64_t until, struct cc_err *err)
{
	char text[CC_TIME_TEXT] = "";

	cc_time_print(from, text);
	CC_TRY(cc_json_set_str(json, "valid_from", text, err));
	cc_time_print(until, text);
	return cc_json_set_str(json, "valid_until", text, err);
}

static int set_cert(struct cc_json *json, const struct cc_cert *cert, struct cc_err *err)
{
	CC_AUTO_FREE char *subject = NULL, *issuer = NULL;
	int64_t from = 0, until = 0;

	CC_TRY(cc_cert_common_name(cert, &subject, err));
	CC_TRY(cc_cert_issuer_common_name(cert, &issuer, err));
	CC_TRY(cc_json_set_str(json, "subject", subject, err));
	CC_TRY(cc_json_set_str(json, "issuer", issuer, err));
	cc_cert_window(cert, &from, &until);
	return set_window(json, from, until, err);
}

static int set_crl(struct cc_json *json, const struct cc_crl *crl, struct cc_err *err)
{
	int64_t from = 0, until = 0;

	cc_crl_window(crl, &from, &until);
	return set_window(json, from, until, err);
}

static int add_row(const char *name, struct cc_span der, struct cc_json *list, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	CC_AUTO_CRL struct cc_crl *crl = NULL;
	struct cc_err ignored = { 0 };

	if (der.len == 0)
		return 0;
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "name", name, err));
	CC_TRY(cc_json_set_u64(json, "bytes", der.len, err));
	/* The host wrote it: of what cannot be read the length is all that there is to tell. */
	if (cc_cert_from_der(der, &cert, &ignored) == 0)
		cc_ignore(set_cert(json, cert, &ignored));
	else if (cc_crl_parse(der, &crl, &ignored) == 0)
		CC_TRY(set_crl(json, crl, err));
	return cc_json_add(list, CC_TAKE(json), err);
}

int cc_evidence_snp_certs(const struct cc_snp_evidence *evidence, struct cc_json *json,
			  struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	CC_TRY(add_row("vcek", evidence->vcek, list, err));
	CC_TRY(add_row("vlek", evidence->vlek, list, err));
	CC_TRY(add_row("ask", evidence->ask, list, err));
	CC_TRY(add_row("ark", evidence->ark, list, err));
	CC_TRY(add_row("crl", evidence->crl, list, err));
	if (cc_json_count(list) == 0)
		return 0;
	return cc_json_set(json, "certificates", CC_TAKE(list), err);
}

bool cc_evidence_is_snp_table(struct cc_span bytes)
{
	struct cc_snp_evidence evidence = { 0 };
	struct cc_err ignored = { 0 };

	return cc_snp_table_parse(bytes, &evidence, &ignored) == 0;
}

int cc_evidence_snp_table(struct cc_span bytes, bool with_data, struct cc_json *json,
			  struct cc_err *err)
{
	struct cc_snp_evidence evidence = { 0 };

	(void)with_data;
	CC_TRY(cc_snp_table_parse(bytes, &evidence, err));
	return cc_evidence_snp_certs(&evidence, json, err);
}
