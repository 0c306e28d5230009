/* SPDX-License-Identifier: Apache-2.0 */
#include "client/document.h"

#include "base/str.h"
#include "codec/text.h"
#include "proto/problem.h"

#define DOCUMENT_MAX ((size_t)1024 * 1024)
#define SIGNATURE_LEN 64

void cc_document_clear(struct cc_document *document)
{
	cc_json_free(document->json);
	cc_pubkey_free(document->key);
	*document = (struct cc_document){ 0 };
}

/* Key first: nothing of the document is looked at before the pinned key has signed it. */

static int take_key(const struct cc_json *json, const struct cc_digest *pin,
		    struct cc_document *out, struct cc_err *err)
{
	char said[CC_HEX_DIGEST], pinned[CC_HEX_DIGEST];
	CC_AUTO_BUF struct cc_buf der = { 0 };

	CC_TRY(cc_json_get_base64(json, "cas_key", 1024, &der, err));
	CC_TRY(cc_pubkey_from_der(cc_buf_span(&der), &out->key, err));
	CC_TRY(cc_pubkey_hash(out->key, &out->key_hash, err));
	if (pin == NULL || cc_digest_eq(&out->key_hash, pin))
		return 0;
	cc_hex_digest(&out->key_hash, said);
	cc_hex_digest(pin, pinned);
	cc_err_set(err, CC_E_EVIDENCE, "this CAS has key '%s', pinned is '%s'", said, pinned);
	return cc_hint(err, "another CAS answers at this address: check the address and the key");
}

static int check_signature(const struct cc_json *answer, struct cc_span text,
			   const struct cc_pubkey *key, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf message = { 0 }, signature = { 0 };

	CC_TRY(cc_json_get_base64(answer, "signature", SIGNATURE_LEN, &signature, err));
	CC_TRY(cc_buf_add_sized(&message, cc_span_str("concordat cas 1"), err));
	CC_TRY(cc_buf_add_sized(&message, text, err));
	if (cc_verify(key, cc_buf_span(&message), cc_buf_span(&signature), err) != 0)
		return cc_wrap(err,
			       "the signature of the CAS key over what the CAS says of itself");
	return 0;
}

static int open_signed(const struct cc_json *answer, const struct cc_digest *pin,
		       struct cc_document *out, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(answer, "document", &text, err));
	CC_TRY(cc_json_parse(cc_span_str(text), DOCUMENT_MAX, &out->json, err));
	CC_TRY(take_key(out->json, pin, out, err));
	return check_signature(answer, cc_span_str(text), out->key, err);
}

/* The same hash as cc_cas_policy_hash makes: the policy in the document is canonical. */
static int check_policy(const struct cc_json *policy, struct cc_document *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 }, labelled = { 0 };
	struct cc_digest said = { 0 };

	CC_TRY(cc_json_print(policy, &text, err));
	CC_TRY(cc_buf_add_sized(&labelled, cc_span_str("concordat cas policy 1"), err));
	CC_TRY(cc_buf_add_sized(&labelled, cc_buf_span(&text), err));
	CC_TRY(cc_sha256(cc_buf_span(&labelled), &out->policy, err));
	CC_TRY(cc_json_get_digest(out->json, "policy_hash", &said, err));
	if (!cc_digest_eq(&said, &out->policy))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the policy of the CAS is not what its hash says");
	return 0;
}

static int take_witnesses(const struct cc_json *policy, struct cc_document *out, struct cc_err *err)
{
	const struct cc_json *part = NULL, *set = NULL;
	uint64_t needed = 0;
	size_t count = 0;

	CC_TRY(cc_json_get_object(policy, "witnesses", &part, err));
	CC_TRY(cc_json_get_array(part, "set", &set, err));
	CC_TRY(cc_json_get_u64(part, "quorum", CC_WITNESSES_MAX, &needed, err));
	count = cc_json_count(set);
	if (count > CC_WITNESSES_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d witnesses", CC_WITNESSES_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *key = NULL;

		CC_TRY(cc_json_get_str(cc_json_at(set, i), "key", &key, err));
		CC_TRY(cc_note_key_parse(cc_span_str(key), &out->witnesses[i], err));
	}
	out->quorum = (struct cc_quorum){ out->witnesses, count, needed };
	/* No witnesses and none needed: a development CAS, which says so itself. */
	return count == 0 && needed == 0 ? 0 : cc_quorum_check(&out->quorum, err);
}

static int read_document(struct cc_document *out, struct cc_err *err)
{
	const struct cc_json *policy = NULL;
	CC_AUTO_BUF struct cc_buf hpke = { 0 };
	const char *log = NULL;

	CC_TRY(cc_json_get_base64(out->json, "hpke", sizeof(out->hpke.b), &hpke, err));
	if (hpke.len != sizeof(out->hpke.b))
		return cc_fail(err, CC_E_ARG, "the HPKE key has %zu bytes", hpke.len);
	memcpy(out->hpke.b, hpke.at, sizeof(out->hpke.b));
	CC_TRY(cc_json_get_bool(out->json, "simulation", &out->simulation, err));
	CC_TRY(cc_json_get_str(out->json, "log_key", &log, err));
	CC_TRY(cc_note_key_parse(cc_span_str(log), &out->log, err));
	CC_TRY(cc_json_get_object(out->json, "policy", &policy, err));
	CC_TRY(check_policy(policy, out, err));
	return take_witnesses(policy, out, err);
}

/* The head: by the ledger's key, and by as many witnesses as the policy of the CAS asks for. */

int cc_document_head(struct cc_span text, struct cc_document *out, struct cc_err *err)
{
	CC_AUTO_FREE struct cc_note *note = calloc(1, sizeof(*note));
	struct cc_checkpoint checkpoint = { 0 };
	struct cc_cosigned cosigned = { 0 };

	if (note == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a checkpoint");
	CC_TRY(cc_checkpoint_open(text, &out->log, &checkpoint, note, err));
	out->head = checkpoint.head;
	if (out->quorum.count == 0)
		return 0;
	CC_TRY(cc_quorum_count(&out->quorum, note, &cosigned, err));
	out->cosigned = cosigned.count;
	if (cc_quorum_require(&out->quorum, &cosigned, err) == 0)
		return 0;
	/* To the CAS a missing witness is weather; what we are shown without it proves nothing. */
	err->code = CC_E_EVIDENCE;
	return -1;
}

static int note_head(struct cc_document *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_u64(one, "size", out->head.size, err));
	CC_TRY(cc_json_set_hex(one, "root", CC_DIGEST_SPAN(out->head.root), err));
	CC_TRY(cc_json_set_u64(one, "cosigned", out->cosigned, err));
	return cc_json_set(out->json, "checkpoint", CC_TAKE(one), err);
}

int cc_document_open(struct cc_span body, const struct cc_digest *pin, struct cc_document *out,
		     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;
	const char *checkpoint = NULL;

	if (cc_json_parse(body, DOCUMENT_MAX, &answer, err) != 0 ||
	    open_signed(answer, pin, out, err) != 0 || read_document(out, err) != 0)
		return cc_wrap(err, "what the CAS says of itself");
	CC_TRY(cc_json_get_str(answer, "checkpoint", &checkpoint, err));
	if (cc_document_head(cc_span_str(checkpoint), out, err) != 0)
		return cc_wrap(err, "the checkpoint of the CAS");
	return note_head(out, err);
}

static int check_measurement(const struct cc_document *document, struct cc_span measurement,
			     struct cc_err *err)
{
	const struct cc_json *policy = NULL, *list = NULL;
	CC_AUTO_BUF struct cc_buf measured = { 0 };
	const char *text = NULL;

	CC_TRY(cc_json_get_object(document->json, "policy", &policy, err));
	CC_TRY(cc_json_get_array(policy, "measurements", &list, err));
	CC_TRY(cc_hex_add(&measured, measurement, err));
	for (size_t i = 0; i < cc_json_count(list); i++) {
		text = cc_json_str(cc_json_at(list, i));
		if (text != NULL && cc_span_eq_str(cc_buf_span(&measured), text))
			return 0;
	}
	CC_TRY(cc_buf_str(&measured, &text, err));
	return cc_fail(err, CC_E_DENIED,
		       "the CAS measures as '%s', which its own policy does not accept", text);
}

int cc_document_fits(const struct cc_document *document, const struct cc_document_shown *shown,
		     struct cc_err *err)
{
	const char *said = NULL;

	/* The class that its own words claim must be the one that its evidence ended in. */
	CC_TRY(cc_json_get_str(document->json, "class", &said, err));
	if (!cc_str_eq(said, shown->class) || document->simulation != shown->is_simulated)
		return cc_fail(err, CC_E_EVIDENCE, "the CAS says class '%.40s', its evidence '%s'",
			       said, shown->class);
	return check_measurement(document, shown->measurement, err);
}

int cc_unsigned_refusal(const struct cc_reply *reply, struct cc_err *err)
{
	struct cc_err said = { 0 }, ignored = { 0 };

	if (cc_problem_parse(cc_buf_span(&reply->body), &said, &ignored) != 0)
		return cc_fail(
			err, CC_E_UNAVAILABLE,
			"the CAS's web says, unsigned: status %u, without a reason we can read",
			reply->status);
	cc_err_set(err, CC_E_UNAVAILABLE, "the CAS's web says, unsigned: %s: %s",
		   cc_code_info(said.code)->name, said.text);
	return said.hint[0] == '\0' ? cc_failed() : cc_hint(err, "%s", said.hint);
}

int cc_document_fetch(struct cc_client *client, const struct cc_digest *pin,
		      struct cc_document *out, struct cc_err *err)
{
	const struct cc_call call = { .method = "GET", .path = "/v1/cas" };
	CC_AUTO_REPLY struct cc_reply reply = { 0 };

	CC_TRY(cc_client_call(client, &call, &reply, err));
	if (reply.status != 200)
		return cc_unsigned_refusal(&reply, err);
	return cc_document_open(cc_buf_span(&reply.body), pin, out, err);
}
