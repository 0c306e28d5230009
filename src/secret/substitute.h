/* SPDX-License-Identifier: Apache-2.0 */
/* References in texts of a policy (codec/reference.h) to its secrets, in the forms of format.h. */
#ifndef CC_SECRET_SUBSTITUTE_H
#define CC_SECRET_SUBSTITUTE_H

#include "codec/reference.h"
#include "secret/value.h"

/*
 * Add `text` with the values of its references. CC_E_NOTFOUND names a secret that is not there,
 * CC_E_ARG a format that it does not have and a reference that is none; CC_E_TOOBIG: over out->max.
 */
int cc_substitute(struct cc_span text, const struct cc_secret_lookup *secrets, struct cc_buf *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;

/* One reference without its marks: "name", "name:format", "name.crt". */
int cc_reference_value(struct cc_span reference, const struct cc_secret_lookup *secrets,
		       struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The same as JSON: a config-fragment as it is, everything else as a string. */
int cc_reference_json(struct cc_span reference, const struct cc_secret_lookup *secrets,
		      struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
