/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms in which a value enters a text (scone.md 1.8.2): ":crt:pem", ":base64", … and those of
 * 0.2, ".crt", ".key", ".chain".
 *
 * ":chain" is what is above the certificate, the root last; ".chain" begins with the root and ends
 * with the certificate itself.
 */
#ifndef CC_SECRET_FORMAT_H
#define CC_SECRET_FORMAT_H

#include "secret/value.h"

/* `format` is "" or begins with ':' or '.'. CC_E_ARG names the forms that the kind has. */
int cc_secret_format(const struct cc_secret_found *found, const char *format, struct cc_buf *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* The forms that a kind has, one by one from 0; NULL after the last. */
const char *cc_secret_format_at(enum cc_secret_kind kind, size_t index);
/* Is this one of the suffixes of 0.2? */
bool cc_secret_format_is_old(const char *format) CC_NONNULL;

#endif
