/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_CRYPTO_INIT_H
#define CC_CRYPTO_INIT_H

#include "base/err.h"

/*
 * First call of every main. OpenSSL is started without its configuration file:
 * a planted openssl.cnf makes even a static OpenSSL load code from the image.
 */
int cc_crypto_init(struct cc_err *err) CC_MUST CC_NONNULL;

#endif
