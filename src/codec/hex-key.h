/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A symmetric key in a file of its owner: 64 hexadecimal digits and a newline, so that people can
 * carry it; made with mode 0600.
 */
#ifndef CC_CODEC_HEX_KEY_H
#define CC_CODEC_HEX_KEY_H

#include "base/secret.h"

#define CC_HEX_KEY_LEN ((size_t)32)

/* CC_E_NOTFOUND: no such file; CC_E_DENIED: others may read it; CC_E_ARG: it holds no key. */
int cc_hex_key_read(const char *path, struct cc_secret **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* The same; when there is no such file, a random key is drawn and put there. */
int cc_hex_key_open(const char *path, struct cc_secret **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
