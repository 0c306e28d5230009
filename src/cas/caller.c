/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/operation.h"

void cc_result_clear(struct cc_result *result)
{
	cc_json_free(result->answer);
	cc_json_free(result->fields);
	free(result->subject);
	*result = (struct cc_result){ 0 };
}

int cc_caller_require(const struct cc_caller *caller, struct cc_err *err)
{
	if (caller->known)
		return 0;
	cc_err_set(err, CC_E_DENIED, "the request proves no key");
	return cc_hint(err, "sign it, or show a TLS client certificate");
}

int cc_caller_fields(const struct cc_caller *caller, struct cc_json *fields, struct cc_err *err)
{
	CC_TRY(cc_json_set_hex(fields, "caller", CC_DIGEST_SPAN(caller->key), err));
	return cc_json_set_str(fields, "identity", caller->transport ? "transport" : "signed", err);
}
