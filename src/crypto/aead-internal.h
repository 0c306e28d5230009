/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_CRYPTO_AEAD_INTERNAL_H
#define CC_CRYPTO_AEAD_INTERNAL_H

#include "crypto/aead.h"

/* AES-GCM with a key of 16 or 32 bytes: 16 only for the vectors of RFC 9180 A.1. */
int cc_aead_new_from(struct cc_span key, struct cc_aead **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
