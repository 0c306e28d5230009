/* SPDX-License-Identifier: Apache-2.0 */
/* The makers of single kinds, called by cc_secret_make. `out` has its kind and nothing else. */
#ifndef CC_SECRET_VALUE_INTERNAL_H
#define CC_SECRET_VALUE_INTERNAL_H

#include "crypto/pair.h"
#include "secret/value.h"

/* Another secret that is a private key; `what` says what for. */
int cc_secret_find_key(const struct cc_secret_lookup *others, const char *name, const char *what,
		       struct cc_keypair **out, struct cc_err *err) CC_MUST CC_NONNULL;

/* certificate.c: x509, x509-ca and session-ca */
int cc_secret_issue(const struct cc_secret_making *making, struct cc_secret_value *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* explicit.c */
int cc_secret_explicit(const struct cc_secret_making *making, struct cc_secret_value *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* A value of a kind that may be explicit, as it stands: no reference in it is filled in. */
int cc_secret_read(enum cc_secret_kind kind, struct cc_span text, struct cc_secret_value *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* outside.c */
int cc_secret_fetch_token(const struct cc_secret_making *making, struct cc_secret_value *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_secret_fetch_vault(const struct cc_secret_making *making, struct cc_secret_value *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* jwt.c */
int cc_secret_token(const struct cc_secret_making *making, struct cc_secret_value *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
