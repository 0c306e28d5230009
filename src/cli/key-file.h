/* SPDX-License-Identifier: Apache-2.0 */
/* A private key that an option names: PEM, not encrypted. */
#ifndef CC_CLI_KEY_FILE_H
#define CC_CLI_KEY_FILE_H

#include "crypto/sign.h"

/* Errors name the file. CC_E_DENIED: others than its owner may read it. */
int cc_key_file_read(const char *path, struct cc_key **out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
