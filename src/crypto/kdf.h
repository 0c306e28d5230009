/* SPDX-License-Identifier: Apache-2.0 */
/* HKDF with SHA-256 (RFC 5869). Every use has a label of its own as `info`. */
#ifndef CC_CRYPTO_KDF_H
#define CC_CRYPTO_KDF_H

#include "base/secret.h"
#include "crypto/hash.h"

int cc_hkdf_extract(struct cc_span salt, struct cc_span ikm, struct cc_digest *prk,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_hkdf_expand(struct cc_span prk, struct cc_span info, struct cc_mut out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* Extract and expand into a secret of `len` bytes. */
int cc_hkdf(const struct cc_secret *key, struct cc_span salt, struct cc_span info, size_t len,
	    struct cc_secret **out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
