/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References in texts of a policy: $$SCONE::<name>[<format>][|escape(json)]$$ (scone.md 1.8.3).
 *
 * A value is put in once and never looked through for references, so that whoever chooses a value
 * cannot name secrets of the policy that uses it. Work and output are linear in the text and the
 * values: a reference has a maximum, the output has that of its buffer.
 */
#ifndef CC_SECRET_SUBSTITUTE_H
#define CC_SECRET_SUBSTITUTE_H

#include "secret/value.h"

#define CC_REFERENCE_MAX 640 /* bytes between the marks: a name and a format */

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

/* If all of the text is one reference: what is between its marks. */
bool cc_reference_whole(struct cc_span text, struct cc_span *reference) CC_NONNULL;

#endif
