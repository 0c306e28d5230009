/* SPDX-License-Identifier: Apache-2.0 */
/* A signed policy that is read is printed as it was, and read again. */
#include "policy/signed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *printed = NULL;
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 }, again = { 0 };
	struct cc_err err = { 0 };

	if (cc_policy_form(cc_span(data, size), &json) == CC_POLICY_SIGNED &&
	    cc_signed_policy_parse(json, &document, &err) == 0 &&
	    (cc_signed_policy_print(&document, &printed, &err) != 0 ||
	     cc_signed_policy_parse(printed, &again, &err) != 0 || again.count != document.count))
		abort();
	return 0;
}
