/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy templates: `$NAME` and `${NAME}` in the text of a policy, filled in by the
 * command line before anything else reads it (SCONE's `-e` and `--use-env`).
 *
 *     $NAME ${NAME}   the value of a variable; without one it is an error
 *     $$              stays: it opens and closes a reference to a secret, $$SCONE::x$$
 *     \$              a plain '$': so do texts read that were copied out of shell scripts
 *     $ elsewhere     stays
 *
 * Values go in as text and are not looked into again. One with a line break is refused:
 * it could add keys to a policy that its reader does not see in the template.
 */
#ifndef CC_POLICY_TEMPLATE_H
#define CC_POLICY_TEMPLATE_H

#include "base/buf.h"

/* The value of a variable, borrowed until the next call; NULL: there is none. */
typedef const char *cc_template_value_fn(void *context, const char *name);

/* Names are letters, digits and '_', not a digit first (POSIX), at most so long. */
#define CC_TEMPLATE_NAME_MAX 255

/*
 * Add `text` with all variables filled in, at most CC_POLICY_TEXT_MAX bytes. CC_E_ARG says line and
 * column (from 1, in bytes) and the variable: "value for variable $X is missing at line 3 column
 * 7".
 */
int cc_template_expand(struct cc_span text, cc_template_value_fn *value, void *context,
		       struct cc_buf *out, struct cc_err *err) CC_MUST
	__attribute__((nonnull(2, 4, 5)));

#endif
