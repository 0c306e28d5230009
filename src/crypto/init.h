/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_CRYPTO_INIT_H
#define CC_CRYPTO_INIT_H

#include "base/err.h"

/*
 * First call of every main, before any thread. OpenSSL is started without its
 * configuration file: a planted openssl.cnf makes even a static OpenSSL load
 * code from the image.
 *
 * Private keys inside OpenSSL (struct cc_key, struct cc_hpke_key, the TLS key)
 * lie in its secure heap from then on: 256 KiB between guard pages, locked,
 * left out of core dumps, wiped when freed. Unlike a cc_secret it is present
 * in children, so those only exec or _exit. When the lock is refused this
 * fails with CC_E_SYSTEM and names the limit. Calling it again does nothing.
 *
 * exit() wipes and frees what OpenSSL holds: a program whose threads may still
 * work at its end leaves by _exit().
 */
int cc_crypto_init(struct cc_err *err) CC_MUST CC_NONNULL;

#endif
