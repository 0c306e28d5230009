/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The endpoints that scripts written for SCONE ask (docs/protocol/api.md, section 5): the same
 * operations on policies under SCONE's paths, names of members and errors.
 *
 * Callers are known by their TLS certificate, so what they change is marked as `transport`.
 */
#ifndef CC_CAS_SESSIONS_H
#define CC_CAS_SESSIONS_H

#include "cas/operation.h"

/*
 * The body is the text of a policy, or a signed or encrypted one; one that names its predecessor
 * is an update. At the path for encrypted policies nothing else is taken: whoever sends a text
 * there by mistake believes it hidden.
 */
cc_operation_fn cc_session_create, cc_session_encrypted;
cc_operation_fn cc_session_read, cc_session_list;
cc_repeat_fn cc_session_created;
/* values.c: what policies export to everyone. */
cc_operation_fn cc_values_read;

/*
 * What SCONE says first when an operation fails; the cause follows. Without words the error itself
 * is "outer: cause", and holds nothing but what the caller said, so that everyone is told.
 */
struct cc_session_words {
	const char *failed, *denied;
};
extern const struct cc_session_words cc_session_creating, cc_session_reading, cc_values_reading;

/* {"code": …, "msg": [outer, cause, next step]}. Without `full`: `reference` for the cause. */
int cc_session_refusal(const struct cc_session_words *words, const struct cc_err *why, bool full,
		       const char *reference, struct cc_buf *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
