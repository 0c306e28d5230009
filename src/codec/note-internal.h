/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_CODEC_NOTE_INTERNAL_H
#define CC_CODEC_NOTE_INTERNAL_H

#include "codec/note.h"

#define CC_NOTE_SIGNATURE 64
#define CC_NOTE_TIME 8
#define CC_NOTE_TIME_MAX INT64_MAX
#define CC_NOTE_DASH "\xe2\x80\x94 " /* U+2014 and a space */

/* Text that may be signed: UTF-8, no control characters but newline, which ends it. */
int cc_note_check_text(struct cc_span text, struct cc_err *err) CC_MUST CC_NONNULL;
/* What a cosignature of `time` signs. */
int cc_note_cosigned(struct cc_span text, uint64_t time, struct cc_buf *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
