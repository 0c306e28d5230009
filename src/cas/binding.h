/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who must consent before a binding line of `executions` is lowered, replaced or dropped: the key
 * that the line pins as the consumer's creator, else the creator of the policy of that name. A
 * consumer without either is nobody yet, and nobody is asked.
 *
 * Consent is a proved key over this very version: a signature of its text, a vote of approval, or
 * a signed request. The word of web (a certificate) is none: it would speak for every consumer.
 */
#ifndef CC_CAS_BINDING_H
#define CC_CAS_BINDING_H

#include "cas/operation.h"
#include "cas/view.h"
#include "policy/binding.h"

struct cc_bound {
	struct cc_broken broken; /* borrowed from the old version */
	struct cc_digest key;    /* key hash of who must consent */
};
struct cc_bindings {
	struct cc_bound *at;
	size_t count;
};
void cc_bindings_clear(struct cc_bindings *bindings) CC_NONNULL;
int cc_bindings_find(struct cc_cas_view *view, const struct cc_policy *old,
		     const struct cc_policy *new, struct cc_bindings *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* The first whose key is not there; NULL: all have consented. */
const struct cc_bound *cc_bindings_missing(const struct cc_bindings *bindings,
					   const struct cc_digest *keys, size_t count) CC_MUST
	__attribute__((nonnull(1)));
bool cc_bindings_ask(const struct cc_bindings *bindings, const struct cc_digest *key) CC_NONNULL;

/* For an update by `caller`: CC_E_DENIED says whose consent is missing, and how to get it. */
int cc_bindings_check(struct cc_cas_view *view, const struct cc_policy *old,
		      const struct cc_policy *new, const struct cc_caller *caller,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
