/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PEM (RFC 7468) as a wrapping of DER. What passes through stays in wiped memory, for it may be a
 * private key; encrypted PEM is refused and nobody is ever asked for a pass phrase.
 */
#ifndef CC_CRYPTO_PEM_H
#define CC_CRYPTO_PEM_H

#include "base/buf.h"
#include "base/secret.h"

#define CC_PEM_CERTIFICATE "CERTIFICATE"
#define CC_PEM_CRL "X509 CRL"
#define CC_PEM_PRIVATE_KEY "PRIVATE KEY"
#define CC_PEM_PUBLIC_KEY "PUBLIC KEY"

#define CC_PEM_MAX ((size_t)64 * 1024)

/* Add "-----BEGIN <label>-----" and so on, lines of 64 characters. */
int cc_pem_add(struct cc_buf *out, const char *label, struct cc_span der,
	       struct cc_err *err) CC_MUST CC_NONNULL;
/* The DER of the first block with this label; CC_E_ARG when there is none. */
int cc_pem_read(struct cc_span pem, const char *label, struct cc_secret **der,
		struct cc_err *err) CC_MUST CC_NONNULL;

#endif
