/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the quick reader accepts libyaml accepts too, with the same tree at the same places; and
 * every refusal names a place.
 */
#include "codec/yaml-internal.h"

static void require(bool is_so)
{
	if (!is_so)
		abort();
}

static void same(const struct cc_yaml *one, const struct cc_yaml *other)
{
	require(one->kind == other->kind && one->plain == other->plain);
	require(one->line == other->line && one->column == other->column);
	require(one->count == other->count && one->text_len == other->text_len);
	require((one->text == NULL) == (other->text == NULL));
	require(one->text == NULL || strcmp(one->text, other->text) == 0);
	require(one->tag == NULL && other->tag == NULL);
	require((one->keys == NULL) == (other->keys == NULL));
	for (size_t i = 0; i < one->count; i++) {
		if (one->keys != NULL)
			same(&one->keys[i], &other->keys[i]);
		same(&one->values[i], &other->values[i]);
	}
}

static void compare(struct cc_span text, const char *const *tags)
{
	CC_AUTO_YAML struct cc_yaml_doc *quick = NULL, *slow = NULL;
	struct cc_err err = { 0 };

	if (cc_yaml_parse_by(CC_YAML_QUICKLY, text, tags, &quick, &err) != 0)
		return;
	require(cc_yaml_parse_by(CC_YAML_SLOWLY, text, tags, &slow, &err) == 0);
	same(cc_yaml_root(quick), cc_yaml_root(slow));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const char *const tags[] = { "!cas", "!akv", NULL };
	CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;
	struct cc_err err = { 0 };

	compare(cc_span(at, len), tags);
	if (cc_yaml_parse(cc_span(at, len), tags, &doc, &err) == 0)
		return 0;
	if (strncmp(err.text, "yaml line ", 10) != 0 && err.code != CC_E_TOOBIG)
		abort();
	return 0;
}
