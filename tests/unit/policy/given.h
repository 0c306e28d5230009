/* SPDX-License-Identifier: Apache-2.0 */
/* Policies that tests start from. */
#ifndef CC_TESTS_UNIT_POLICY_GIVEN_H
#define CC_TESTS_UNIT_POLICY_GIVEN_H

#include "tests/unit/test.h"

#include "policy/policy.h"

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HEX_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define HEX_D "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

/* The policy with this text; the test fails when it is refused. */
static inline struct cc_policy *given(const char *text)
{
	struct cc_policy *policy = NULL;
	struct cc_err err = { 0 };

	if (cc_policy_parse(cc_span_str(text), &policy, &err) != 0)
		fail_msg("%s (%s)\n%s", err.text, err.hint, text);
	return policy;
}

/* The policy is refused so: a part of the error's text, and of its hint ("" is any). */
static inline void refused(const char *text, enum cc_code code, const char *why, const char *hint)
{
	struct cc_policy *policy = NULL;
	struct cc_err err = { 0 };

	if (cc_policy_parse(cc_span_str(text), &policy, &err) == 0)
		fail_msg("accepted, although expected was '%s':\n%s", why, text);
	assert_null(policy);
	if (err.code != code || strstr(err.text, why) == NULL || strstr(err.hint, hint) == NULL)
		fail_msg("refused with %d '%s' (%s) and not with %d '%s' (%s)\n%s", err.code,
			 err.text, err.hint, code, why, hint, text);
}

static inline struct cc_digest hash_of(const char *text)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	struct cc_digest digest = { 0 };
	struct cc_err err = { 0 };

	if (cc_policy_hash(policy, &digest, &err) != 0)
		fail_msg("%s", err.text);
	return digest;
}

#endif
