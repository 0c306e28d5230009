/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/peer.h"

#include "base/str.h"
#include "codec/json.h"
#include "codec/text.h"
#include "proto/messages.h"

#define SOFTWARE_LABEL "concordat cas software 1"
#define WANT_LABEL "concordat peer want 1"
#define SIGN_LABEL "concordat peer 1"
#define PLATFORM_MAX 32
#define CLASS_MAX 32
#define ASK_JSON_MAX ((CC_EVIDENCE_MAX + CC_PEER_CAS_MAX) / 3 * 4 + 8192)
#define CHECKPOINT_MAX ((size_t)64 * 1024)
#define RELEASE_TEXT_MAX (CC_RELEASE_MAX / 3 * 4 + 1024)
#define ANSWER_JSON_MAX (RELEASE_TEXT_MAX + CHECKPOINT_MAX + (size_t)16 * 1024)

int cc_software_key(const char *platform, struct cc_span measurement, struct cc_digest *out,
		    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_buf_add_sized(&text, cc_span_str(SOFTWARE_LABEL), err));
	CC_TRY(cc_buf_add_sized(&text, cc_span_str(platform), err));
	CC_TRY(cc_buf_add_sized(&text, measurement, err));
	return cc_sha256(cc_buf_span(&text), out, err);
}

void cc_peer_want_clear(struct cc_peer_want *want)
{
	free(want->policy);
	free(want->session);
	free(want->secret);
	free(want->class);
	*want = (struct cc_peer_want){ 0 };
}

void cc_peer_ask_clear(struct cc_peer_ask *ask)
{
	cc_peer_want_clear(&ask->want);
	free(ask->platform);
	cc_buf_clear(&ask->evidence);
	cc_buf_clear(&ask->cas);
	*ask = (struct cc_peer_ask){ 0 };
}

static int make_want(const struct cc_peer_want *want, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "class", want->class, err));
	CC_TRY(cc_json_set_str(json, "policy", want->policy, err));
	CC_TRY(cc_json_set_hex(json, "policy_hash", CC_DIGEST_SPAN(want->policy_hash), err));
	CC_TRY(cc_json_set_str(json, "secret", want->secret, err));
	CC_TRY(cc_json_set_u64(json, "seen", want->seen, err));
	CC_TRY(cc_json_set_str(json, "session", want->session, err));
	if (want->has_session_hash)
		CC_TRY(cc_json_set_hex(json, "session_hash", CC_DIGEST_SPAN(want->session_hash),
				       err));
	*out = CC_TAKE(json);
	return 0;
}

static int read_want(const struct cc_json *json, struct cc_peer_want *out, struct cc_err *err)
{
	static const char *const known[] = { "class", "policy",  "policy_hash", "secret",
					     "seen",  "session", "session_hash" };

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_name(json, "class", CLASS_MAX, &out->class, err));
	CC_TRY(cc_json_get_name(json, "policy", CC_NAME_MAX, &out->policy, err));
	CC_TRY(cc_json_get_digest(json, "policy_hash", &out->policy_hash, err));
	CC_TRY(cc_json_get_name(json, "secret", CC_NAME_MAX, &out->secret, err));
	CC_TRY(cc_json_get_u64(json, "seen", CC_JSON_INTEGER_MAX, &out->seen, err));
	CC_TRY(cc_json_get_name(json, "session", CC_NAME_MAX, &out->session, err));
	out->has_session_hash = cc_json_has(json, "session_hash");
	if (!out->has_session_hash)
		return 0;
	return cc_json_get_digest(json, "session_hash", &out->session_hash, err);
}

int cc_peer_ask_print(const struct cc_peer_ask *ask, struct cc_buf *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *top = NULL, *want = NULL;

	CC_TRY(make_want(&ask->want, &want, err));
	CC_TRY(cc_json_object(&top, err));
	CC_TRY(cc_json_set_base64(top, "cas", cc_buf_span(&ask->cas), err));
	CC_TRY(cc_json_set_hex(top, "cas_key", CC_DIGEST_SPAN(ask->cas_key), err));
	CC_TRY(cc_json_set_base64(top, "evidence", cc_buf_span(&ask->evidence), err));
	CC_TRY(cc_json_set_base64(top, "hpke", CC_SPAN(ask->hpke.b), err));
	CC_TRY(cc_json_set_base64(top, "nonce", CC_SPAN(ask->nonce), err));
	CC_TRY(cc_json_set_str(top, "platform", ask->platform, err));
	CC_TRY(cc_json_set_base64(top, "signature", CC_SPAN(ask->signature), err));
	CC_TRY(cc_json_set(top, "want", CC_TAKE(want), err));
	return cc_json_print(top, json, err);
}

static int read_ask(const struct cc_json *top, struct cc_peer_ask *out, struct cc_err *err)
{
	static const char *const known[] = { "cas",   "cas_key",  "evidence",  "hpke",
					     "nonce", "platform", "signature", "want" };
	const struct cc_json *want = NULL;

	CC_TRY(cc_json_closed(top, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_base64(top, "cas", CC_PEER_CAS_MAX, &out->cas, err));
	CC_TRY(cc_json_get_digest(top, "cas_key", &out->cas_key, err));
	CC_TRY(cc_json_get_base64(top, "evidence", CC_EVIDENCE_MAX, &out->evidence, err));
	CC_TRY(cc_json_get_base64_fixed(top, "hpke", CC_MUT(out->hpke.b), err));
	CC_TRY(cc_json_get_base64_fixed(top, "nonce", CC_MUT(out->nonce), err));
	CC_TRY(cc_json_get_name(top, "platform", PLATFORM_MAX, &out->platform, err));
	CC_TRY(cc_json_get_base64_fixed(top, "signature", CC_MUT(out->signature), err));
	CC_TRY(cc_json_get_object(top, "want", &want, err));
	return read_want(want, &out->want, err);
}

int cc_peer_ask_parse(struct cc_span json, struct cc_peer_ask *out, struct cc_err *err)
{
	CC_AUTO_PEER_ASK struct cc_peer_ask ask = { 0 };
	CC_AUTO_JSON struct cc_json *top = NULL;

	if (cc_json_parse(json, ASK_JSON_MAX, &top, err) != 0 || read_ask(top, &ask, err) != 0)
		return cc_wrap(err, "read what a CAS asks for");
	*out = ask;
	ask = (struct cc_peer_ask){ 0 };
	return 0;
}

/* The ticket of a peer: what it asks for, word by word. */
static int want_ticket(const struct cc_peer_want *want, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf canonical = { 0 }, text = { 0 };

	CC_TRY(make_want(want, &json, err));
	CC_TRY(cc_json_print(json, &canonical, err));
	CC_TRY(cc_buf_add_sized(&text, cc_span_str(WANT_LABEL), err));
	CC_TRY(cc_buf_add_sized(&text, cc_buf_span(&canonical), err));
	return cc_sha256(cc_buf_span(&text), out, err);
}

int cc_peer_report(const struct cc_peer_ask *ask, const struct cc_digest *exporter,
		   const struct cc_pubkey *asker, struct cc_digest64 *out, struct cc_err *err)
{
	struct cc_report report = { .role = CC_ROLE_PEER,
				    .exporter = *exporter,
				    .cas_key = ask->cas_key,
				    .policy = ask->want.policy,
				    .service = ask->want.session,
				    .hpke = ask->hpke };
	CC_AUTO_BUF struct cc_buf raw = { 0 };
	struct cc_digest ticket = { 0 };

	memcpy(report.nonce, ask->nonce, sizeof(report.nonce));
	CC_TRY(cc_pubkey_to_raw(asker, &raw, err));
	if (raw.len != sizeof(report.signer))
		return cc_fail(err, CC_E_ARG, "a CAS key is for Ed25519");
	memcpy(report.signer, raw.at, sizeof(report.signer));
	CC_TRY(want_ticket(&ask->want, &ticket, err));
	report.ticket = ticket.b;
	return cc_report_data(&report, out, err);
}

static int make_signed(const struct cc_digest64 *report, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_sized(out, cc_span_str(SIGN_LABEL), err));
	return cc_buf_add_sized(out, CC_DIGEST_SPAN(*report), err);
}

int cc_peer_sign(const struct cc_key *cas, const struct cc_digest64 *report,
		 struct cc_peer_ask *ask, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_signature signature = { 0 };

	CC_TRY(make_signed(report, &text, err));
	CC_TRY(cc_sign(cas, cc_buf_span(&text), &signature, err));
	if (signature.len != sizeof(ask->signature))
		return cc_fail(err, CC_E_BUG, "a CAS key is for Ed25519");
	memcpy(ask->signature, signature.b, sizeof(ask->signature));
	return 0;
}

int cc_peer_verify(const struct cc_peer_ask *ask, const struct cc_pubkey *asker,
		   const struct cc_digest64 *report, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(make_signed(report, &text, err));
	if (cc_verify(asker, cc_buf_span(&text), CC_SPAN(ask->signature), err) != 0)
		return cc_wrap(err, "the signature of the CAS that asks");
	return 0;
}

void cc_peer_answer_clear(struct cc_peer_answer *answer)
{
	cc_release_clear(&answer->release);
	cc_buf_clear(&answer->checkpoint);
	*answer = (struct cc_peer_answer){ 0 };
}

static int print_proof(const struct cc_peer_answer *answer, struct cc_json **out,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < answer->proof_count; i++) {
		char hex[CC_HEX_DIGEST];

		cc_hex_digest(&answer->proof[i], hex);
		CC_TRY(cc_json_add_str(list, hex, err));
	}
	*out = CC_TAKE(list);
	return 0;
}

int cc_peer_answer_print(const struct cc_peer_answer *answer, struct cc_buf *json,
			 struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *top = NULL, *proof = NULL;
	CC_AUTO_BUF struct cc_buf release = { 0 };

	CC_TRY(cc_release_print(&answer->release, &release, err));
	CC_TRY(print_proof(answer, &proof, err));
	CC_TRY(cc_json_object(&top, err));
	CC_TRY(cc_json_set_text(top, "checkpoint", cc_buf_span(&answer->checkpoint), err));
	CC_TRY(cc_json_set(top, "proof", CC_TAKE(proof), err));
	CC_TRY(cc_json_set_text(top, "release", cc_buf_span(&release), err));
	return cc_json_print(top, json, err);
}

static int read_proof(const struct cc_json *top, struct cc_peer_answer *out, struct cc_err *err)
{
	const struct cc_json *list = NULL;

	CC_TRY(cc_json_get_array(top, "proof", &list, err));
	if (cc_json_count(list) > CC_PEER_PROOF_MAX)
		return cc_fail(err, CC_E_TOOBIG, "'proof' has more than %d hashes",
			       CC_PEER_PROOF_MAX);
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const char *hex = cc_json_str(cc_json_at(list, i));

		if (hex == NULL)
			return cc_fail(err, CC_E_ARG, "'proof' has something else than texts");
		CC_TRY(cc_hex_parse_fixed(cc_span_str(hex), "proof", CC_MUT(out->proof[i].b), err));
	}
	out->proof_count = cc_json_count(list);
	return 0;
}

static int read_answer(const struct cc_json *top, struct cc_peer_answer *out, struct cc_err *err)
{
	static const char *const known[] = { "checkpoint", "proof", "release" };
	const char *note = NULL, *release = NULL;

	CC_TRY(cc_json_closed(top, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(top, "checkpoint", &note, err));
	if (strlen(note) > CHECKPOINT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "'checkpoint' has more than %zu bytes",
			       CHECKPOINT_MAX);
	CC_TRY(cc_buf_add(&out->checkpoint, cc_span_str(note), err));
	CC_TRY(read_proof(top, out, err));
	CC_TRY(cc_json_get_str(top, "release", &release, err));
	return cc_release_parse(cc_span_str(release), &out->release, err);
}

int cc_peer_answer_parse(struct cc_span json, struct cc_peer_answer *out, struct cc_err *err)
{
	CC_AUTO_PEER_ANSWER struct cc_peer_answer answer = { 0 };
	CC_AUTO_JSON struct cc_json *top = NULL;

	if (cc_json_parse(json, ANSWER_JSON_MAX, &top, err) != 0 ||
	    read_answer(top, &answer, err) != 0)
		return cc_wrap(err, "read what a CAS answers");
	*out = answer;
	answer = (struct cc_peer_answer){ 0 };
	return 0;
}

enum { GIVEN_HASH, GIVEN_SALT, GIVEN_VALUE, GIVEN_KEY, GIVEN_COUNT };

int cc_peer_given_print(const struct cc_peer_given *given, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_span values[GIVEN_COUNT] = {
		[GIVEN_HASH] = given->session_hash,
		[GIVEN_SALT] = given->salt,
		[GIVEN_VALUE] = given->value,
		[GIVEN_KEY] = given->key,
	};

	return cc_values_add(values, CC_COUNT(values), out, err);
}

int cc_peer_given_parse(struct cc_span bytes, struct cc_peer_given *out, struct cc_err *err)
{
	struct cc_span values[GIVEN_COUNT];

	CC_TRY(cc_values_parse(bytes, values, CC_COUNT(values), err));
	if (values[GIVEN_HASH].len != sizeof(struct cc_digest) ||
	    values[GIVEN_SALT].len != sizeof(struct cc_digest))
		return cc_fail(err, CC_E_ARG, "a hash or a salt from another CAS has not 32 bytes");
	*out = (struct cc_peer_given){ .session_hash = values[GIVEN_HASH],
				       .salt = values[GIVEN_SALT],
				       .value = values[GIVEN_VALUE],
				       .key = values[GIVEN_KEY] };
	return 0;
}
