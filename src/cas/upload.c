/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/upload.h"

#include "base/str.h"
#include "policy/signed.h"

void cc_upload_clear(struct cc_upload *upload)
{
	cc_policy_free(upload->policy);
	free(upload->signatures);
	free(upload->signers);
	*upload = (struct cc_upload){ 0 };
}

/* Who signed, once their signatures are verified. */
static int take_signers(const struct cc_signed_policy *document, struct cc_upload *out,
			struct cc_err *err)
{
	out->signers = calloc(document->count, sizeof(*out->signers));
	if (out->signers == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu signers", document->count);
	for (size_t i = 0; i < document->count; i++)
		out->signers[i] = document->at[i].signer;
	out->caller.signers = out->signers;
	out->caller.signer_count = document->count;
	return 0;
}

static int verify(const struct cc_json *body, struct cc_upload *out, struct cc_err *err)
{
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const struct cc_json *list = NULL;

	CC_TRY(cc_signed_policy_parse(body, &document, err));
	CC_TRY(cc_signed_policy_verify(&document, out->policy, err));
	CC_TRY(take_signers(&document, out, err));
	CC_TRY(cc_json_get_array(body, "signatures", &list, err));
	CC_TRY(cc_json_print(list, &text, err));
	return cc_buf_take_str(&text, &out->signatures, err);
}

/* Who sends a text is asked by the version before it, but what the text wants must hold already. */
static int check_sender(const struct cc_operation_call *call, const struct cc_policy *policy,
			struct cc_err *err)
{
	const struct cc_known itself = { .policy = policy, .transport = true };

	return cc_caller_fits(&call->caller, &itself, err);
}

static int read_body(const struct cc_operation_call *call, struct cc_upload *out,
		     struct cc_err *err)
{
	static const char *const known[] = { "policy", "predecessor", "signatures" };

	if (call->body == NULL)
		return cc_fail(err, CC_E_ARG, "the request has no body");
	CC_TRY(cc_json_closed(call->body, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(call->body, "policy", &out->text, err));
	CC_TRY(cc_policy_parse(cc_span_str(out->text), &out->policy, err));
	out->caller = call->caller;
	out->encrypted = call->encrypted;
	/* Signatures prove more than a request: then it does not matter how that came. */
	CC_TRY(cc_json_has(call->body, "signatures") ? verify(call->body, out, err)
						     : check_sender(call, out->policy, err));
	return cc_decide_cas(out->policy, call->cas->witness_count != 0, err);
}

static int read_encrypted(const struct cc_operation_call *call, struct cc_upload *out,
			  struct cc_err *err)
{
	struct cc_err inside = { 0 };

	if (read_body(call, out, &inside) != 0) {
		cc_err_set(err, inside.code, "what is in the encrypted policy is refused");
		return cc_hint(err, "its owner can say why: concordat policy check FILE");
	}
	if (out->signatures != NULL)
		return 0;
	cc_err_set(err, CC_E_DENIED, "an encrypted policy without a signature is nobody's");
	return cc_hint(err, "'concordat policy encrypt' signs what is not signed");
}

int cc_upload_read(const struct cc_operation_call *call, struct cc_upload *out, struct cc_err *err)
{
	if ((call->encrypted ? read_encrypted : read_body)(call, out, err) == 0)
		return 0;
	cc_upload_clear(out);
	return cc_failed();
}

static bool has_signed(const struct cc_caller *caller, const struct cc_digest *key)
{
	for (size_t i = 0; i < caller->signer_count; i++)
		if (cc_digest_eq(&caller->signers[i], key))
			return true;
	return false;
}

int cc_upload_creator(const struct cc_upload *upload, struct cc_digest *out, struct cc_err *err)
{
	const struct cc_creator *named = &upload->policy->creator;
	const struct cc_caller *caller = &upload->caller;
	bool is_caller = caller->signer_count == 0 && cc_digest_eq(&named->digest, &caller->key);

	if (named->is_set) {
		*out = named->digest;
		if (is_caller || has_signed(caller, &named->digest))
			return 0;
		return cc_fail(err, CC_E_DENIED, "the policy names another creator than %s",
			       caller->signer_count == 0 ? "the caller" : "one who has signed it");
	}
	if (caller->signer_count > 1) {
		cc_err_set(err, CC_E_ARG, "%zu have signed the policy, and it names no creator",
			   caller->signer_count);
		return cc_hint(err, "say in the text who of them it is: creator: {signer: …}");
	}
	*out = caller->signer_count == 1 ? caller->signers[0] : caller->key;
	return 0;
}
