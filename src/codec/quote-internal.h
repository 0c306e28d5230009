/* SPDX-License-Identifier: Apache-2.0 */
/* Names from outside in our own errors: short, and still UTF-8 where they are cut. */
#ifndef CC_CODEC_QUOTE_INTERNAL_H
#define CC_CODEC_QUOTE_INTERNAL_H

#define CC_QUOTE_MAX 64

/* For "%.*s": how many bytes of a UTF-8 text to print. */
static inline int cc_quote_len(const char *text)
{
	int len = (int)strnlen(text, CC_QUOTE_MAX + 1);

	if (len <= CC_QUOTE_MAX)
		return len;
	len = CC_QUOTE_MAX;
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

#endif
