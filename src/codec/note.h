/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C2SP signed notes (c2sp.org/signed-note) with Ed25519 signatures and
 * cosignatures (c2sp.org/tlog-cosignature): text, a blank line, then lines
 *
 *     — <name> base64(key id ‖ signature)
 *
 * The text is not to be believed before cc_note_verify. Lines of unknown keys
 * and of other kinds of signature are kept and ignored, as the specification
 * wants it. Names of our own keys are printable ASCII, which is stricter.
 */
#ifndef CC_CODEC_NOTE_H
#define CC_CODEC_NOTE_H

#include "base/buf.h"
#include "crypto/sign.h"

#define CC_NOTE_MAX ((size_t)1024 * 1024)
#define CC_NOTE_SIGNATURES 64
#define CC_NOTE_NAME_MAX 128
#define CC_NOTE_PAYLOAD 72

enum cc_note_kind {
	CC_NOTE_ED25519 = 0x01,     /* a log's signature over the text */
	CC_NOTE_COSIGNATURE = 0x04, /* a witness's, with a time (cosignature/v1) */
};

/* A verifier key: "name+hex(key id)+base64(kind ‖ key)". */
struct cc_note_key {
	char name[CC_NOTE_NAME_MAX + 1];
	enum cc_note_kind kind;
	uint8_t id[4]; /* SHA-256(name ‖ "\n" ‖ kind ‖ key)[0:4] */
	uint8_t key[32];
};

/* `text` and the payloads are borrowed from the bytes that were parsed. */
struct cc_note {
	struct cc_span text; /* with its last newline */
	struct {
		struct cc_span name;
		uint8_t id[4];
		/* Signature (64), or time (8, big-endian) ‖ signature (64), or others cut at 72. */
		uint8_t payload[CC_NOTE_PAYLOAD];
		size_t payload_len; /* before it was cut */
	} signatures[CC_NOTE_SIGNATURES];
	size_t count;
};

/* CC_E_ARG for a name that is empty, too long, or has a space, a plus or a foreign character. */
int cc_note_key_make(const char *name, enum cc_note_kind kind, const struct cc_pubkey *key,
		     struct cc_note_key *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Also refuses an id that is not the key's. CC_E_UNSUPPORTED for other kinds of key. */
int cc_note_key_parse(struct cc_span text, struct cc_note_key *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_note_key_print(const struct cc_note_key *key, struct cc_buf *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* CC_E_TOOBIG over CC_NOTE_MAX bytes or CC_NOTE_SIGNATURES lines, else CC_E_ARG. */
int cc_note_parse(struct cc_span bytes, struct cc_note *out, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The note carries a good signature of this key. CC_E_NOTFOUND: none of it;
 * CC_E_EVIDENCE: one that does not verify (even beside a good one). `time` (may be NULL)
 * is that of the newest cosignature, else 0; whether it lies in the future is the caller's.
 */
int cc_note_verify(const struct cc_note *note, const struct cc_note_key *key, uint64_t *time,
		   struct cc_err *err) CC_MUST __attribute__((nonnull(1, 2, 4)));
/*
 * Add text and blank line (when `out` is empty; else it starts with them already), then
 * this key's signature line. `secret` must be the private half of `key`; `time` counts for
 * cosignatures only.
 */
int cc_note_sign(struct cc_span text, const struct cc_note_key *key, const struct cc_key *secret,
		 uint64_t time, struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Only the signature line. */
int cc_note_signature_line(struct cc_span text, const struct cc_note_key *key,
			   const struct cc_key *secret, uint64_t time, struct cc_buf *out,
			   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
