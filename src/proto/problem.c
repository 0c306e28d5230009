/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/problem.h"

#include "base/str.h"
#include "codec/json.h"

#define TYPE_PREFIX "urn:concordat:error:"

static int print(enum cc_code code, const char *detail, const char *hint, struct cc_buf *json,
		 struct cc_err *err)
{
	const struct cc_code_info *info = cc_code_info(code);
	CC_AUTO_JSON struct cc_json *top = NULL;
	CC_AUTO_FREE char *type = NULL;

	CC_TRY(cc_strf(&type, err, TYPE_PREFIX "%s", info->name));
	CC_TRY(cc_json_object(&top, err));
	CC_TRY(cc_json_set_str(top, "code", info->name, err));
	CC_TRY(cc_json_set_str(top, "detail", detail, err));
	CC_TRY(cc_json_set_str(top, "hint", hint, err));
	CC_TRY(cc_json_set_u64(top, "status", (uint64_t)info->http_status, err));
	CC_TRY(cc_json_set_str(top, "title", info->name, err));
	CC_TRY(cc_json_set_str(top, "type", type, err));
	return cc_json_print(top, json, err);
}

int cc_problem_print(const struct cc_err *failure, struct cc_buf *json, struct cc_err *err)
{
	return print(failure->code, failure->text, failure->hint, json, err);
}

int cc_problem_print_bare(const struct cc_err *failure, const char *reference, struct cc_buf *json,
			  struct cc_err *err)
{
	CC_AUTO_FREE char *detail = NULL;

	CC_TRY(cc_strf(&detail, err, "reference %s", reference));
	return print(failure->code, detail, "", json, err);
}

static void copy_plain(const char *text, char *out, size_t size)
{
	(void)snprintf(out, size, "%s", text);
	for (char *c = out; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

/* RFC 9457 lets others add members, so unknown ones are passed over. */
int cc_problem_parse(struct cc_span json, struct cc_err *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *top = NULL;
	const char *code = NULL, *detail = NULL, *hint = "";
	struct cc_err problem = { 0 };

	if (cc_json_parse(json, CC_PROBLEM_MAX, &top, err) != 0 ||
	    cc_json_get_str(top, "code", &code, err) != 0 ||
	    cc_json_get_str(top, "detail", &detail, err) != 0)
		return cc_wrap(err, "read an error of the CAS");
	if (cc_json_has(top, "hint"))
		CC_TRY(cc_json_get_str(top, "hint", &hint, err));
	problem.code = cc_code_named(code);
	if (problem.code == CC_OK)
		return cc_fail(err, CC_E_ARG, "read an error of the CAS: its code is not known");
	copy_plain(detail, problem.text, sizeof(problem.text));
	copy_plain(hint, problem.hint, sizeof(problem.hint));
	*out = problem;
	return 0;
}
