/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as text: hexadecimal, base64 (RFC 4648, sections 4 and 5), base32
 * (section 6), Base58Check; and what is UTF-8.
 *
 * Decoders are strict: one text for one run of bytes (but for the case of
 * hexadecimal digits and the padding of base32). Each adds to `out`, which is
 * as before when it fails; malformed text is CC_E_ARG and never quoted, for
 * it may be a secret. Hexadecimal and base64 take a time that depends on the
 * length alone.
 */
#ifndef CC_CODEC_TEXT_H
#define CC_CODEC_TEXT_H

#include "base/buf.h"
#include "crypto/hash.h"

#define CC_HEX_DIGEST 65 /* 64 digits and a NUL */

/* Lower case. */
int cc_hex_add(struct cc_buf *out, struct cc_span bytes, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_hex_digest(const struct cc_digest *digest, char out[static CC_HEX_DIGEST]) CC_NONNULL;
/* Either case; an odd count or another character is CC_E_ARG. */
int cc_hex_parse(struct cc_span text, struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Exactly out.len bytes; `what` names them in the error. */
int cc_hex_parse_fixed(struct cc_span text, const char *what, struct cc_mut out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

int cc_base64_add(struct cc_buf *out, struct cc_span bytes, struct cc_err *err) CC_MUST CC_NONNULL;
/* With padding, no white space, no stray bits. */
int cc_base64_parse(struct cc_span text, struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Without padding in both directions. */
int cc_base64url_add(struct cc_buf *out, struct cc_span bytes,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_base64url_parse(struct cc_span text, struct cc_buf *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_base32_add(struct cc_buf *out, struct cc_span bytes, bool padding,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* Upper case, with all of its padding or none. */
int cc_base32_parse(struct cc_span text, struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* SCONE's form of a key hash: Bitcoin alphabet, version byte 1 (hash) or 10 (signer), 32 bytes. */
#define CC_BASE58_KEY_HASH 1
#define CC_BASE58_SIGNER 10
#define CC_BASE58_PAYLOAD_MAX 128
int cc_base58check_add(struct cc_buf *out, uint8_t version, struct cc_span payload,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_base58check_parse(struct cc_span text, uint8_t *version, struct cc_buf *payload,
			 struct cc_err *err) CC_MUST CC_NONNULL;

/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates. Empty text is. */
bool cc_utf8_is_valid(struct cc_span text);

#endif
