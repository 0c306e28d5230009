/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "codec/note-internal.h"
#include "codec/text.h"

static int check_name(struct cc_span name, struct cc_err *err)
{
	if (name.len == 0 || name.len > CC_NOTE_NAME_MAX)
		return cc_fail(err, CC_E_ARG, "a note key's name has %zu characters, not 1 to %d",
			       name.len, CC_NOTE_NAME_MAX);
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] <= ' ' || name.at[i] > '~' || name.at[i] == '+')
			return cc_fail(err, CC_E_ARG,
				       "character %zu of a note key's name is no printable ascii, "
				       "or a space or plus",
				       i + 1);
	return 0;
}

/* c2sp.org/signed-note, "Signatures": what ties the short id to name, kind and key. */
static int compute_id(struct cc_note_key *key, struct cc_err *err)
{
	const uint8_t kind = (uint8_t)key->kind;
	const struct cc_span parts[] = { cc_span_str(key->name), cc_span_str("\n"),
					 cc_span(&kind, 1), CC_SPAN(key->key) };
	struct cc_digest digest = { 0 };

	CC_TRY(cc_sha256v(parts, CC_COUNT(parts), &digest, err));
	memcpy(key->id, digest.b, sizeof(key->id));
	return 0;
}

static int fill(struct cc_span name, enum cc_note_kind kind, struct cc_span raw,
		struct cc_note_key *out, struct cc_err *err)
{
	struct cc_note_key key = { .kind = kind };

	CC_TRY(check_name(name, err));
	if (raw.len != sizeof(key.key))
		return cc_fail(err, CC_E_UNSUPPORTED, "a note key of %zu bytes instead of %zu",
			       raw.len, sizeof(key.key));
	memcpy(key.name, name.at, name.len);
	memcpy(key.key, raw.at, raw.len);
	CC_TRY(compute_id(&key, err));
	*out = key;
	return 0;
}

int cc_note_key_make(const char *name, enum cc_note_kind kind, const struct cc_pubkey *key,
		     struct cc_note_key *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	if (cc_pubkey_kind(key) != CC_KEY_ED25519)
		return cc_fail(err, CC_E_UNSUPPORTED, "a note key that is not ed25519");
	CC_TRY(cc_pubkey_to_raw(key, &raw, err));
	return fill(cc_span_str(name), kind, cc_buf_span(&raw), out, err);
}

/* The part of `text` up to the next plus, which is dropped. */
static int cut(struct cc_span *text, struct cc_span *out, struct cc_err *err)
{
	const uint8_t *plus = text->len == 0 ? NULL : memchr(text->at, '+', text->len);

	if (plus == NULL)
		return cc_fail(err, CC_E_ARG, "a note key has the form name+id+key");
	*out = cc_span(text->at, (size_t)(plus - text->at));
	*text = cc_span_sub(*text, out->len + 1, text->len);
	return 0;
}

int cc_note_key_parse(struct cc_span text, struct cc_note_key *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf raw = { .max = 128 };
	struct cc_span name = { 0 }, id = { 0 };
	struct cc_note_key key = { 0 };
	uint8_t said[4] = { 0 };

	CC_TRY(cut(&text, &name, err));
	CC_TRY(cut(&text, &id, err));
	CC_TRY(cc_hex_parse_fixed(id, "a note key's id", CC_MUT(said), err));
	if (cc_base64_parse(text, &raw, err) != 0)
		return cc_wrap(err, "a note key");
	if (raw.len == 0 || (raw.at[0] != CC_NOTE_ED25519 && raw.at[0] != CC_NOTE_COSIGNATURE))
		return cc_fail(err, CC_E_UNSUPPORTED, "a note key of an unknown kind");
	CC_TRY(fill(name, (enum cc_note_kind)raw.at[0], cc_span(raw.at + 1, raw.len - 1), &key,
		    err));
	if (memcmp(said, key.id, sizeof(said)) != 0)
		return cc_fail(err, CC_E_ARG, "the id of note key '%s' is not that of its bytes",
			       key.name);
	*out = key;
	return 0;
}

int cc_note_key_print(const struct cc_note_key *key, struct cc_buf *out, struct cc_err *err)
{
	uint8_t bytes[1 + sizeof(key->key)] = { (uint8_t)key->kind };

	memcpy(bytes + 1, key->key, sizeof(key->key));
	CC_TRY(cc_buf_addf(out, err, "%s+", key->name));
	CC_TRY(cc_hex_add(out, CC_SPAN(key->id), err));
	CC_TRY(cc_buf_add_u8(out, '+', err));
	return cc_base64_add(out, CC_SPAN(bytes), err);
}
