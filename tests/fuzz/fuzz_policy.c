/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to model; what is accepted has a canonical form that is accepted again, and what is
 * refused has a first mistake, which is the error.
 */
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_POLICY struct cc_policy *policy = NULL, *again = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	static struct cc_mistakes mistakes;
	struct cc_err err = { 0 };
	int result = cc_policy_parse(cc_span(data, size), &policy, &err);

	cc_policy_mistakes(cc_span(data, size), &mistakes);
	if ((result == 0) != (mistakes.count == 0) ||
	    (result != 0 && strcmp(mistakes.at[0].text, err.text) != 0))
		abort();
	if (result == 0 && (cc_policy_print(policy, &text, &err) != 0 ||
			    cc_policy_parse(cc_buf_span(&text), &again, &err) != 0))
		abort();
	return 0;
}
