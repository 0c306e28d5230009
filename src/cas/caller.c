/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/operation.h"

#include "base/str.h"
#include "codec/text.h"
#include "net/http.h"

#define PAGE_DEFAULT 100
#define PAGE_MAX 1000

void cc_result_clear(struct cc_result *result)
{
	cc_json_free(result->answer);
	cc_json_free(result->fields);
	free(result->subject);
	*result = (struct cc_result){ 0 };
}

static int query_text(const struct cc_operation_call *call, const char *name, char **out,
		      struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf value = { .max = CC_HTTP_HEAD_MAX };
	struct cc_err why = { 0 };

	if (call->caller.known && !call->caller.transport)
		return 0;
	if (cc_http_query(cc_span_str(call->query), name, &value, &why) == 0)
		return cc_str_from(cc_buf_span(&value), out, err);
	if (why.code == CC_E_NOTFOUND)
		return 0;
	*err = why;
	return -1;
}

int cc_call_text(const struct cc_operation_call *call, const char *name, char **out,
		 struct cc_err *err)
{
	const char *said = NULL;

	*out = NULL;
	if (call->body == NULL || !cc_json_has(call->body, name))
		return query_text(call, name, out, err);
	CC_TRY(cc_json_get_str(call->body, name, &said, err));
	return cc_str_dup(said, out, err);
}

int cc_call_number(const struct cc_operation_call *call, const char *name, uint64_t max,
		   uint64_t otherwise, uint64_t *out, struct cc_err *err)
{
	CC_AUTO_FREE char *said = NULL;

	*out = otherwise;
	if (call->body != NULL && cc_json_has(call->body, name))
		return cc_json_get_u64(call->body, name, max, out, err);
	CC_TRY(query_text(call, name, &said, err));
	return said == NULL ? 0 : cc_parse_u64(cc_span_str(said), max, name, out, err);
}

int cc_call_page(const struct cc_operation_call *call, uint64_t *out, struct cc_err *err)
{
	CC_TRY(cc_call_number(call, "limit", PAGE_MAX, PAGE_DEFAULT, out, err));
	return *out != 0 ? 0 : cc_fail(err, CC_E_ARG, "a page has 1 to %d lines", PAGE_MAX);
}

int cc_caller_require(const struct cc_caller *caller, struct cc_err *err)
{
	if (caller->known)
		return 0;
	cc_err_set(err, CC_E_DENIED, "the request proves no key");
	return cc_hint(err, "sign it, or show a TLS client certificate");
}

static bool takes_certificates(const struct cc_known *known)
{
	return known->policy->identity == CC_IDENTITY_TRANSPORT ||
	       (known->policy->identity == CC_IDENTITY_AS_MADE && known->transport);
}

int cc_caller_fits(const struct cc_caller *caller, const struct cc_known *known, struct cc_err *err)
{
	if (!caller->transport || takes_certificates(known))
		return 0;
	cc_err_set(err, CC_E_DENIED, "policy '%s' takes signed requests only, not certificates",
		   known->policy->name);
	return cc_hint(err, "use the command concordat, or sign the request (RFC 9421)");
}

int cc_caller_may(const struct cc_caller *caller, const struct cc_known *known, enum cc_right right,
		  struct cc_err *err)
{
	struct cc_identity who = { .key = caller->known ? &caller->key : NULL,
				   .signers = caller->signers,
				   .signer_count = caller->signer_count };
	struct cc_err unfit = { 0 }, denied = { 0 };

	if (cc_caller_fits(caller, known, &unfit) != 0)
		who.key = NULL;
	if (cc_decide_access(known, right, &who, &denied) == 0)
		return 0;
	*err = unfit.code != CC_OK && caller->signer_count == 0 ? unfit : denied;
	return -1;
}

const char *cc_caller_identity(const struct cc_caller *caller)
{
	return caller->transport ? "transport" : "signed";
}

static int set_signers(const struct cc_caller *caller, struct cc_json *fields, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;
	char hex[CC_HEX_DIGEST];

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < caller->signer_count; i++) {
		cc_hex_digest(&caller->signers[i], hex);
		CC_TRY(cc_json_add_str(list, hex, err));
	}
	return cc_json_set(fields, "signers", CC_TAKE(list), err);
}

int cc_caller_fields(const struct cc_caller *caller, struct cc_json *fields, struct cc_err *err)
{
	if (caller->signer_count != 0)
		CC_TRY(set_signers(caller, fields, err));
	CC_TRY(cc_json_set_hex(fields, "caller", CC_DIGEST_SPAN(caller->key), err));
	return cc_json_set_str(fields, "identity", cc_caller_identity(caller), err);
}
