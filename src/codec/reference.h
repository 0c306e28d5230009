/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References to values in a text: $$SCONE::<name>[<format>][|escape(json)]$$ (SCONE's language).
 *
 * What they stand for comes through a callback: the CAS knows secrets and their formats, a
 * runtime only what it was given. A value is put in once and never looked through for references,
 * so that whoever chooses a value cannot name others. Work and output are linear in the text and
 * the values: a reference has a maximum, the output has that of its buffer.
 */
#ifndef CC_CODEC_REFERENCE_H
#define CC_CODEC_REFERENCE_H

#include "base/buf.h"

#define CC_REFERENCE_MAX 640 /* bytes between the marks: a name and a format */

struct cc_reference {
	char name[CC_REFERENCE_MAX + 1]; /* with its format: "key", "key:der", "web.crt" */
	bool escape;                     /* the value goes in as inside of a JSON string */
};
/* What stands between the marks. CC_E_ARG when it is no reference. */
int cc_reference_split(struct cc_span text, struct cc_reference *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* If all of the text is one reference: what is between its marks. */
bool cc_reference_whole(struct cc_span text, struct cc_span *reference) CC_NONNULL;

struct cc_reference_values {
	/* Add the value of `name`, which has its format; out->max says how long it may become. */
	int (*add)(void *context, const char *name, struct cc_buf *out, struct cc_err *err);
	void *context;
};
/* The value of what stands between marks, escaped when it says so. */
int cc_reference_add(struct cc_span text, const struct cc_reference_values *values,
		     struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Add `text` with the values of its references. */
int cc_reference_fill(struct cc_span text, const struct cc_reference_values *values,
		      struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
