/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Best practices, looked for in a policy. What is found is allowed and well formed; each rule
 * says why one might regret it and what to write instead (docs/lint.md). Pure.
 */
#ifndef CC_POLICY_LINT_H
#define CC_POLICY_LINT_H

#include "base/buf.h"
#include "policy/policy.h"

struct cc_lint_rule {
	const char *id;      /* "explicit-secret": stable */
	const char *reason;  /* why not */
	const char *instead; /* what to write */
};

struct cc_lint_finding {
	const struct cc_lint_rule *rule;
	struct cc_place place;
	char what[160]; /* "secret 'password'" */
};

#define CC_LINT_MAX 1000 /* findings; more are not looked for */

/* In the order of the text, then of the rules. A zeroed one is empty. */
struct cc_lint {
	struct cc_lint_finding *at;
	size_t count;
};
#define CC_AUTO_LINT CC_CLEANUP(cc_lint_clear)
void cc_lint_clear(struct cc_lint *lint) CC_NONNULL;

int cc_policy_lint(const struct cc_policy *policy, struct cc_lint *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/* All rules, for the manual; NULL behind the last. */
const struct cc_lint_rule *cc_lint_rule_at(size_t at);

#endif
