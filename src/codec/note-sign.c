/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/note-internal.h"
#include "codec/text.h"

/* A signature by another key under this name and id would make everyone refuse the note. */
static int check_pair(const struct cc_note_key *key, const struct cc_key *secret,
		      struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	CC_TRY(cc_pubkey_to_raw(cc_key_public(secret), &raw, err));
	if (!cc_span_eq(cc_buf_span(&raw), CC_SPAN(key->key)))
		return cc_fail(err, CC_E_ARG, "sign a note: the private key is not that of '%s'",
			       key->name);
	return 0;
}

/* id ‖ signature, or id ‖ time ‖ signature. */
static int make_payload(struct cc_span text, const struct cc_note_key *key,
			const struct cc_key *secret, uint64_t time, struct cc_buf *out,
			struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf message = { 0 };
	const bool timed = key->kind == CC_NOTE_COSIGNATURE;
	struct cc_signature signature = { 0 };

	if (timed)
		CC_TRY(cc_note_cosigned(text, time, &message, err));
	else
		CC_TRY(cc_buf_add(&message, text, err));
	CC_TRY(cc_sign(secret, cc_buf_span(&message), &signature, err));
	CC_TRY(cc_buf_add(out, CC_SPAN(key->id), err));
	if (timed)
		CC_TRY(cc_buf_add_u64be(out, time, err));
	return cc_buf_add(out, cc_span(signature.b, signature.len), err);
}

int cc_note_signature_line(struct cc_span text, const struct cc_note_key *key,
			   const struct cc_key *secret, uint64_t time, struct cc_buf *out,
			   struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf payload = { 0 }, line = { 0 };

	CC_TRY(cc_note_check_text(text, err));
	CC_TRY(check_pair(key, secret, err));
	if (time > CC_NOTE_TIME_MAX)
		return cc_fail(err, CC_E_ARG, "sign a note: a time beyond 2^63 - 1");
	CC_TRY(make_payload(text, key, secret, time, &payload, err));
	CC_TRY(cc_buf_addf(&line, err, CC_NOTE_DASH "%s ", key->name));
	CC_TRY(cc_base64_add(&line, cc_buf_span(&payload), err));
	CC_TRY(cc_buf_add_u8(&line, '\n', err));
	return cc_buf_add(out, cc_buf_span(&line), err);
}

int cc_note_sign(struct cc_span text, const struct cc_note_key *key, const struct cc_key *secret,
		 uint64_t time, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf front = { 0 }, line = { 0 };

	CC_TRY(cc_note_signature_line(text, key, secret, time, &line, err));
	CC_TRY(cc_buf_add(&front, text, err));
	CC_TRY(cc_buf_add_u8(&front, '\n', err));
	if (out->len == 0)
		CC_TRY(cc_buf_add(out, cc_buf_span(&front), err));
	else if (!cc_span_eq(cc_span_sub(cc_buf_span(out), 0, front.len), cc_buf_span(&front)))
		return cc_fail(err, CC_E_ARG, "sign a note: it already holds another text");
	return cc_buf_add(out, cc_buf_span(&line), err);
}
