/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors in replies (RFC 9457, application/problem+json;
 * docs/protocol/attestation.md, section 5).
 */
#ifndef CC_PROTO_PROBLEM_H
#define CC_PROTO_PROBLEM_H

#include "base/buf.h"

#define CC_PROBLEM_TYPE "application/problem+json"
#define CC_PROBLEM_MAX ((size_t)16 * 1024)

/* For whoever is authenticated: code, text and hint. */
int cc_problem_print(const struct cc_err *failure, struct cc_buf *json,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* For whoever is not: the code, and the number under which the log has the text. */
int cc_problem_print_bare(const struct cc_err *failure, const char *reference, struct cc_buf *json,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Client: what the CAS said, as an error of ours. Texts are cut to the room of a cc_err and
 * control characters replaced: they go to a terminal. -1 when the body is no problem document.
 */
int cc_problem_parse(struct cc_span json, struct cc_err *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
