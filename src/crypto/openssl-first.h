/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included before everything else in this folder, by the build.
 *
 * OpenSSL's headers name parameters `rand`, which base/banned.h poisons. So
 * the build switches that header off here (its guard is defined on the command
 * line), these come first, and then the bans hold as everywhere.
 */
#ifndef CC_CRYPTO_OPENSSL_FIRST_H
#define CC_CRYPTO_OPENSSL_FIRST_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#undef CC_BASE_BANNED_H
#include "base/banned.h"

#endif
