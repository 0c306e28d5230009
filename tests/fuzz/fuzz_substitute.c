/* SPDX-License-Identifier: Apache-2.0 */
/* Any text with any references; one secret is there and has every character. */
#include "secret/substitute.h"

static struct cc_secret_value value = { .kind = CC_SECRET_ASCII };

static int find(void *context, const char *name, struct cc_secret_found *out, struct cc_err *err)
{
	(void)context;
	if (name[0] != 'a' || name[1] != '\0')
		return cc_fail(err, CC_E_NOTFOUND, "there is no secret '%s'", name);
	out->value = &value;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cc_secret_lookup lookup = { find, NULL };
	CC_AUTO_BUF struct cc_buf out = { .max = 64 * 1024 };
	struct cc_err err = { 0 };
	struct cc_span reference = { 0 };

	if (value.bytes == NULL &&
	    cc_secret_from(cc_span_str("$$SCONE::a$$\"\\\n"), &value.bytes, &err) != 0)
		abort();
	cc_ignore(cc_substitute(cc_span(data, size), &lookup, &out, &err));
	(void)cc_reference_whole(cc_span(data, size), &reference);
	return 0;
}
