/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A request has one form: what was read is printed and read as the same. */
static void print_again(const struct cc_attest *attest)
{
	CC_AUTO_ATTEST struct cc_attest again = { 0 };
	CC_AUTO_BUF struct cc_buf json = { 0 }, second = { 0 };
	struct cc_err err = { 0 };

	if (cc_attest_print(attest, &json, &err) != 0 ||
	    cc_attest_parse(cc_buf_span(&json), &again, &err) != 0 ||
	    cc_attest_print(&again, &second, &err) != 0 ||
	    !cc_span_eq(cc_buf_span(&json), cc_buf_span(&second)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_RELEASE struct cc_release release = { 0 };
	CC_AUTO_ATTEST struct cc_attest attest = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_release_parse(cc_span(data, size), &release, &err));
	if (cc_attest_parse(cc_span(data, size), &attest, &err) == 0)
		print_again(&attest);
	return 0;
}
