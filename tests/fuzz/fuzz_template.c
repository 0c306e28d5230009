/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: whatever the text, an expansion stays within the maximum and reads nothing else. */
#include "policy/policy.h"
#include "policy/template.h"

static const char *value(void *context, const char *name)
{
	(void)context;
	return name[0] == 'A' ? "value of A" : name[0] == 'B' ? "$A $$ \\$" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	if (cc_template_expand(cc_span(data, size), value, NULL, &out, &err) == 0 &&
	    out.len > CC_POLICY_TEXT_MAX)
		abort();
	return 0;
}
