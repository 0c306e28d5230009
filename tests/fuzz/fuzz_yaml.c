/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const char *const tags[] = { "!cas", "!akv", NULL };
	CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;
	struct cc_err err = { 0 };

	if (cc_yaml_parse(cc_span(at, len), tags, &doc, &err) == 0)
		return 0;
	if (strncmp(err.text, "yaml line ", 10) != 0 && err.code != CC_E_TOOBIG)
		abort();
	return 0;
}
