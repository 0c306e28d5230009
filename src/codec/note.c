/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/note.h"

#include "codec/note-internal.h"
#include "codec/text.h"

int cc_note_check_text(struct cc_span text, struct cc_err *err)
{
	if (text.len == 0 || text.at[text.len - 1] != '\n')
		return cc_fail(err, CC_E_ARG, "a note's text does not end in a newline");
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < ' ' && text.at[i] != '\n')
			return cc_fail(err, CC_E_ARG, "byte %zu of a note is a control character",
				       i + 1);
	if (!cc_utf8_is_valid(text))
		return cc_fail(err, CC_E_ARG, "a note that is not UTF-8");
	return 0;
}

int cc_note_cosigned(struct cc_span text, uint64_t time, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_addf(out, err, "cosignature/v1\ntime %llu\n", (unsigned long long)time));
	return cc_buf_add(out, text, err);
}

/* c2sp.org/signed-note, "Format": the last empty line parts text and signatures. */
static int split(struct cc_span bytes, struct cc_span *text, struct cc_span *lines,
		 struct cc_err *err)
{
	size_t at = bytes.len;

	while (at >= 2 && (bytes.at[at - 1] != '\n' || bytes.at[at - 2] != '\n'))
		at--;
	if (at < 2)
		return cc_fail(err, CC_E_ARG, "a note without an empty line before its signatures");
	*text = cc_span(bytes.at, at - 1);
	*lines = cc_span_sub(bytes, at, bytes.len);
	return 0;
}

static int decode(struct cc_span text, struct cc_note *note, struct cc_err *err)
{
	__typeof__(note->signatures[0]) *s = &note->signatures[note->count];
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	size_t kept = 0;

	if (cc_base64_parse(text, &bytes, err) != 0)
		return cc_wrap(err, "signature %zu of a note", note->count + 1);
	if (bytes.len < sizeof(s->id) + 1)
		return cc_fail(err, CC_E_ARG, "signature %zu of a note has only %zu bytes",
			       note->count + 1, bytes.len);
	memcpy(s->id, bytes.at, sizeof(s->id));
	s->payload_len = bytes.len - sizeof(s->id);
	kept = s->payload_len < sizeof(s->payload) ? s->payload_len : sizeof(s->payload);
	memcpy(s->payload, bytes.at + sizeof(s->id), kept);
	return 0;
}

/* "— <name> <base64>", without its newline. */
static int take_line(struct cc_span line, struct cc_note *note, struct cc_err *err)
{
	const size_t dash = sizeof(CC_NOTE_DASH) - 1;
	struct cc_span rest = cc_span_sub(line, dash, line.len);
	const uint8_t *space = rest.len == 0 ? NULL : memchr(rest.at, ' ', rest.len);
	struct cc_span name = { 0 };

	if (note->count == CC_NOTE_SIGNATURES)
		return cc_fail(err, CC_E_TOOBIG, "a note with more than %d signatures",
			       CC_NOTE_SIGNATURES);
	if (!cc_span_eq_str(cc_span_sub(line, 0, dash), CC_NOTE_DASH) || space == NULL ||
	    space == rest.at)
		return cc_fail(err, CC_E_ARG,
			       "line %zu behind a note's text is not '\xe2\x80\x94 name signature'",
			       note->count + 1);
	name = cc_span(rest.at, (size_t)(space - rest.at));
	if (memchr(name.at, '+', name.len) != NULL)
		return cc_fail(err, CC_E_ARG, "the name of signature %zu of a note has a plus",
			       note->count + 1);
	note->signatures[note->count].name = name;
	CC_TRY(decode(cc_span_sub(rest, name.len + 1, rest.len), note, err));
	note->count++;
	return 0;
}

int cc_note_parse(struct cc_span bytes, struct cc_note *out, struct cc_err *err)
{
	struct cc_note note = { 0 };
	struct cc_span lines = { 0 };

	if (bytes.len > CC_NOTE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a note of %zu bytes, more than %zu", bytes.len,
			       CC_NOTE_MAX);
	CC_TRY(cc_note_check_text(bytes, err));
	CC_TRY(split(bytes, &note.text, &lines, err));
	while (lines.len != 0) {
		const uint8_t *end = memchr(lines.at, '\n', lines.len);
		size_t len = (size_t)(end - lines.at); /* the whole ends in a newline */

		CC_TRY(take_line(cc_span(lines.at, len), &note, err));
		lines = cc_span_sub(lines, len + 1, lines.len);
	}
	if (note.count == 0)
		return cc_fail(err, CC_E_ARG, "a note without a signature");
	*out = note;
	return 0;
}

static uint64_t time_of(const uint8_t at[static CC_NOTE_TIME])
{
	uint64_t time = 0;

	for (size_t i = 0; i < CC_NOTE_TIME; i++)
		time = time << 8 | at[i];
	return time;
}

static int verify_one(const struct cc_note *note, size_t at, const struct cc_note_key *key,
		      const struct cc_pubkey *public, uint64_t *time, struct cc_err *err)
{
	const bool timed = key->kind == CC_NOTE_COSIGNATURE;
	const size_t prefix = timed ? CC_NOTE_TIME : 0;
	const uint8_t *payload = note->signatures[at].payload;
	CC_AUTO_BUF struct cc_buf message = { 0 };

	if (note->signatures[at].payload_len != prefix + CC_NOTE_SIGNATURE)
		return cc_fail(err, CC_E_EVIDENCE, "it has %zu bytes instead of %zu",
			       note->signatures[at].payload_len, prefix + CC_NOTE_SIGNATURE);
	*time = timed ? time_of(payload) : 0;
	if (*time > CC_NOTE_TIME_MAX)
		return cc_fail(err, CC_E_EVIDENCE, "its time is beyond 2^63 - 1");
	if (timed)
		CC_TRY(cc_note_cosigned(note->text, *time, &message, err));
	return cc_verify(public, timed ? cc_buf_span(&message) : note->text,
			 cc_span(payload + prefix, CC_NOTE_SIGNATURE), err);
}

static bool is_of(const struct cc_note *note, size_t at, const struct cc_note_key *key)
{
	return cc_span_eq_str(note->signatures[at].name, key->name) &&
	       memcmp(note->signatures[at].id, key->id, sizeof(key->id)) == 0;
}

int cc_note_verify(const struct cc_note *note, const struct cc_note_key *key, uint64_t *time,
		   struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *public = NULL;
	uint64_t newest = 0, one = 0;
	size_t found = 0;

	CC_TRY(cc_pubkey_from_ed25519(CC_SPAN(key->key), &public, err));
	for (size_t i = 0; i < note->count; i++) {
		if (!is_of(note, i, key))
			continue;
		if (verify_one(note, i, key, public, &one, err) != 0)
			return cc_wrap(err, "signature of '%s' on a note", key->name);
		newest = one > newest ? one : newest;
		found++;
	}
	if (found == 0)
		return cc_fail(err, CC_E_NOTFOUND, "a note without a signature of '%s'", key->name);
	if (time != NULL)
		*time = newest;
	return 0;
}
