/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/sessions.h"

#include "base/str.h"
#include "policy/signed.h"

const struct cc_session_words cc_session_creating = {
	"Could not create session", "You have insufficient rights to create or update this session"
};
const struct cc_session_words cc_session_reading = {
	"Could not read session", "You have insufficient rights to read this session"
};

static const char *outer_words(const struct cc_session_words *words, enum cc_code code)
{
	if (code == CC_E_DENIED)
		return words->denied;
	return code == CC_E_NOTFOUND ? "Session not found" : words->failed;
}

/* "outer: cause" in two, with the next step behind. */
static int add_whole(const struct cc_session_words *words, const struct cc_err *why,
		     struct cc_json *list, struct cc_err *err)
{
	const char *cause = words->failed == NULL ? strstr(why->text, ": ") : NULL;
	CC_AUTO_FREE char *outer = NULL;

	if (cause != NULL) {
		CC_TRY(cc_strf(&outer, err, "%.*s", (int)(cause - why->text), why->text));
		CC_TRY(cc_json_add_str(list, outer, err));
	}
	CC_TRY(cc_json_add_str(list, cause != NULL ? cause + strlen(": ") : why->text, err));
	return why->hint[0] != '\0' ? cc_json_add_str(list, why->hint, err) : 0;
}

int cc_session_refusal(const struct cc_session_words *words, const struct cc_err *why, bool full,
		       const char *reference, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *list = NULL;
	CC_AUTO_FREE char *bare = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_array(&list, err));
	if (words->failed != NULL)
		CC_TRY(cc_json_add_str(list, outer_words(words, why->code), err));
	CC_TRY(cc_strf(&bare, err, "reference %s", reference));
	CC_TRY(full || words->failed == NULL ? add_whole(words, why, list, err)
					     : cc_json_add_str(list, bare, err));
	CC_TRY(cc_json_set_str(json, "code", cc_code_info(why->code)->name, err));
	CC_TRY(cc_json_set(json, "msg", CC_TAKE(list), err));
	return cc_json_print(json, out, err);
}

/* The body as our own operations have it. The one place that knows what forms it may have. */
static int read_upload(const struct cc_operation_call *call, struct cc_json **body,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	if (call->bytes.len == 0) {
		cc_err_set(err, CC_E_ARG, "the request has no body");
		return cc_hint(err, "send the text of a policy: curl --data-binary @FILE");
	}
	if (cc_policy_form(call->bytes, &json) == CC_POLICY_TEXT) {
		CC_TRY(cc_json_object(&json, err));
		CC_TRY(cc_json_set_text(json, "policy", call->bytes, err));
	}
	*body = CC_TAKE(json);
	return 0;
}

/* Newer scripts read `hash`; the sentence is what older ones look for. */
static int answer_created(struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_FREE char *sentence = NULL;
	const char *name = NULL, *hash = NULL;

	CC_TRY(cc_json_get_str(result->answer, "name", &name, err));
	CC_TRY(cc_json_get_str(result->answer, "hash", &hash, err));
	CC_TRY(cc_strf(&sentence, err, "Created Session[id=%s, name=%s, status=Pending]", hash,
		       name));
	result->status = 201;
	return cc_json_set_str(result->answer, "message", sentence, err);
}

int cc_session_create(struct cc_state *state, const struct cc_operation_call *call,
		      struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct cc_operation_call own = *call;

	CC_TRY(cc_caller_require(&call->caller, err));
	CC_TRY(read_upload(call, &body, err));
	own.body = body;
	CC_TRY(cc_policy_create(state, &own, result, err));
	return answer_created(result, err);
}

int cc_session_encrypted(struct cc_state *state, const struct cc_operation_call *call,
			 struct cc_result *result, struct cc_err *err)
{
	if (call->encrypted)
		return cc_session_create(state, call, result, err);
	cc_err_set(err, CC_E_ARG, "the body is no encrypted policy");
	return cc_hint(err, "'concordat policy encrypt' makes one; others go to /v1/sessions");
}

int cc_session_created(struct cc_state *state, const struct cc_operation_call *call,
		       const char *subject, uint64_t index, struct cc_result *result,
		       struct cc_err *err)
{
	CC_TRY(cc_policy_created(state, call, subject, index, result, err));
	return answer_created(result, err);
}

int cc_session_read(struct cc_state *state, const struct cc_operation_call *call,
		    struct cc_result *result, struct cc_err *err)
{
	struct cc_operation_call own = *call;
	const char *text = NULL;

	/* Scripts send bodies with a GET, which mean nothing. */
	own.body = NULL;
	CC_TRY(cc_policy_read(state, &own, result, err));
	CC_TRY(cc_json_get_str(result->answer, "policy", &text, err));
	return cc_json_set_str(result->answer, "session", text, err);
}

int cc_session_list(struct cc_state *state, const struct cc_operation_call *call,
		    struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *copy = NULL;
	struct cc_operation_call own = *call;
	const struct cc_json *list = NULL;

	own.body = NULL;
	CC_TRY(cc_policy_list(state, &own, result, err));
	CC_TRY(cc_json_get_array(result->answer, "policies", &list, err));
	CC_TRY(cc_json_copy(list, &copy, err));
	return cc_json_set(result->answer, "sessions", CC_TAKE(copy), err);
}
