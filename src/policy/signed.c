/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/signed.h"

#include "base/str.h"
#include "codec/text.h"
#include "policy/decide.h"
#include "policy/schema-internal.h"

static const char label[] = "concordat signed policy 1\n";

enum cc_policy_form cc_policy_form(struct cc_span bytes, struct cc_json **out)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_err ignored = { 0 };
	enum cc_policy_form form = CC_POLICY_TEXT;

	*out = NULL;
	if (cc_json_parse(bytes, CC_DOCUMENT_MAX, &json, &ignored) != 0 || !cc_json_is_object(json))
		return CC_POLICY_TEXT;
	if (cc_json_has(json, "signatures"))
		form = CC_POLICY_SIGNED;
	else if (cc_json_has(json, "encrypted"))
		form = CC_POLICY_ENCRYPTED;
	if (form != CC_POLICY_TEXT)
		*out = CC_TAKE(json);
	return form;
}

void cc_signed_policy_clear(struct cc_signed_policy *document)
{
	for (size_t i = 0; i < document->count; i++)
		cc_pubkey_free(document->at[i].key);
	free(document->at);
	cc_buf_clear(&document->text);
	*document = (struct cc_signed_policy){ 0 };
}

/* A place for one more of this key; the caller fills in the signature. */
static int add_key(struct cc_signed_policy *document, struct cc_pubkey **key,
		   struct cc_policy_signature **out, struct cc_err *err)
{
	struct cc_policy_signature *more = NULL;
	struct cc_digest signer = { 0 };

	CC_TRY(cc_pubkey_hash(*key, &signer, err));
	for (size_t i = 0; i < document->count; i++)
		if (cc_digest_eq(&document->at[i].signer, &signer))
			return cc_fail(err, CC_E_CONFLICT, "signature %zu is by this key already",
				       i + 1);
	if (document->count == CC_SIGNERS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d signatures", CC_SIGNERS_MAX);
	more = reallocarray(document->at, document->count + 1, sizeof(*more));
	if (more == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a signature");
	document->at = more;
	*out = &more[document->count++];
	**out = (struct cc_policy_signature){ .key = CC_TAKE(*key), .signer = signer };
	return 0;
}

static int parse_signature(const struct cc_json *json, struct cc_signed_policy *out,
			   struct cc_err *err)
{
	static const char *const known[] = { "signature", "signer" };
	CC_AUTO_BUF struct cc_buf bytes = { .max = CC_SIGNATURE_MAX };
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_policy_signature *one = NULL;
	const char *signer = NULL, *signature = NULL;

	CC_TRY(cc_json_get_str(json, "signer", &signer, err));
	CC_TRY(cc_json_get_str(json, "signature", &signature, err));
	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_signer_from_text(signer, &key, err));
	CC_TRY(cc_hex_parse(cc_span_str(signature), &bytes, err));
	CC_TRY(add_key(out, &key, &one, err));
	memcpy(one->signature.b, bytes.at, bytes.len);
	one->signature.len = bytes.len;
	return 0;
}

static int parse_all(const struct cc_json *json, struct cc_signed_policy *out, struct cc_err *err)
{
	const struct cc_json *list = NULL;
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, "policy", &text, err));
	CC_TRY(cc_buf_add_str(&out->text, text, err));
	CC_TRY(cc_json_get_array(json, "signatures", &list, err));
	if (cc_json_count(list) == 0)
		return cc_fail(err, CC_E_ARG, "'signatures' is empty");
	for (size_t i = 0; i < cc_json_count(list); i++)
		if (parse_signature(cc_json_at(list, i), out, err) != 0)
			return cc_wrap(err, "signatures[%zu]", i);
	return 0;
}

int cc_signed_policy_parse(const struct cc_json *json, struct cc_signed_policy *out,
			   struct cc_err *err)
{
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };

	if (parse_all(json, &document, err) != 0)
		return cc_wrap(err, "a signed policy");
	*out = document;
	document = (struct cc_signed_policy){ 0 };
	return 0;
}

static int print_signature(const struct cc_policy_signature *one, struct cc_json *list,
			   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf pem = { 0 };

	CC_TRY(cc_pubkey_to_pem(one->key, &pem, err));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_text(json, "signer", cc_buf_span(&pem), err));
	CC_TRY(cc_json_set_hex(json, "signature", cc_span(one->signature.b, one->signature.len),
			       err));
	return cc_json_add(list, CC_TAKE(json), err);
}

int cc_signed_policy_print(const struct cc_signed_policy *document, struct cc_json **out,
			   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *list = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_array(&list, err));
	CC_TRY(cc_json_set_text(json, "policy", cc_buf_span(&document->text), err));
	for (size_t i = 0; i < document->count; i++)
		CC_TRY(print_signature(&document->at[i], list, err));
	CC_TRY(cc_json_set(json, "signatures", CC_TAKE(list), err));
	*out = CC_TAKE(json);
	return 0;
}

int cc_signed_policy_message(const struct cc_policy *policy, struct cc_span text,
			     struct cc_buf *out, struct cc_err *err)
{
	struct cc_digest meaning = { 0 }, bytes = { 0 };

	CC_TRY(cc_policy_hash(policy, &meaning, err));
	CC_TRY(cc_sha256(text, &bytes, err));
	CC_TRY(cc_buf_add_str(out, label, err));
	CC_TRY(cc_buf_add(out, CC_DIGEST_SPAN(meaning), err));
	return cc_buf_add(out, CC_DIGEST_SPAN(bytes), err);
}

int cc_signed_policy_verify(const struct cc_signed_policy *document, const struct cc_policy *policy,
			    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf message = { 0 };

	CC_TRY(cc_signed_policy_message(policy, cc_buf_span(&document->text), &message, err));
	for (size_t i = 0; i < document->count; i++) {
		const struct cc_policy_signature *one = &document->at[i];

		if (cc_verify(one->key, cc_buf_span(&message),
			      cc_span(one->signature.b, one->signature.len), err) != 0)
			return cc_wrap(err, "signatures[%zu] of policy '%s'", i, policy->name);
	}
	return 0;
}

static int copy_key(const struct cc_pubkey *key, struct cc_pubkey **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };
	enum cc_key_kind kind = cc_pubkey_kind(key);

	if (kind != CC_KEY_ED25519 && kind != CC_KEY_P384)
		return cc_fail(err, CC_E_ARG, "a signer has an Ed25519 or P-384 key");
	CC_TRY(cc_pubkey_to_der(key, &der, err));
	return cc_pubkey_from_der(cc_buf_span(&der), out, err);
}

int cc_signed_policy_add(struct cc_signed_policy *document, const struct cc_policy *policy,
			 const struct cc_pubkey *key, struct cc_span signature, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf message = { 0 };
	CC_AUTO_PUBKEY struct cc_pubkey *mine = NULL;
	struct cc_policy_signature *one = NULL;

	CC_TRY(copy_key(key, &mine, err));
	if (signature.len > CC_SIGNATURE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a signature of %zu bytes", signature.len);
	CC_TRY(cc_signed_policy_message(policy, cc_buf_span(&document->text), &message, err));
	CC_TRY(cc_verify(key, cc_buf_span(&message), signature, err));
	CC_TRY(add_key(document, &mine, &one, err));
	memcpy(one->signature.b, signature.at, signature.len);
	one->signature.len = signature.len;
	return 0;
}
