/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_CODEC_UTF8_INTERNAL_H
#define CC_CODEC_UTF8_INTERNAL_H

#include "base/span.h"

#define CC_NOT_UTF8 0xffffffffU

/*
 * The character at the front of `at`, which is not empty, and how many bytes it takes;
 * CC_NOT_UTF8 for overlong forms, surrogates, what lies over U+10FFFF and broken sequences.
 */
uint32_t cc_utf8_front(struct cc_span at, size_t *len) CC_NONNULL;
/* How many bytes at the front are printable ASCII (0x20 to 0x7e) or line feeds; maybe fewer. */
size_t cc_ascii_len(struct cc_span at);

#endif
