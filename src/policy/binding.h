/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of `executions` that are binding: what a new version takes from them, their consumer must
 * have consented to. Pure; who the consumer is, and whether it did, its CAS knows.
 */
#ifndef CC_POLICY_BINDING_H
#define CC_POLICY_BINDING_H

#include "policy/policy.h"

struct cc_broken { /* borrowed from the old version */
	const struct cc_service *service;
	const struct cc_executions *line;
	const char *how; /* "is dropped", "is lowered", … */
};
/*
 * The next binding line of `old` that `new` lowers, replaces or drops; *at counts the lines that
 * were looked at, from 0. False after the last. A line that grants more is not broken, and
 * neither is one beside which others come.
 */
bool cc_binding_broken(const struct cc_policy *old, const struct cc_policy *new, size_t *at,
		       struct cc_broken *out) CC_NONNULL;

#endif
