/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways in which people, editors and generators write one and the same policy. Each line
 * of a group means what its first one means, or is refused with the place of what is wrong.
 */
#include "tests/unit/policy/given.h"

#define BOM "\xef\xbb\xbf"
#define BODY "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
#define BEGIN "-----BEGIN PUBLIC KEY-----"
#define END "-----END PUBLIC KEY-----"
#define SIGNER "name: p\naccess_policy:\n  update:\n  - signer: "
#define RUN "services: [{name: s, mrenclaves: [" HEX_A "], command: [run, a b, c]}]\n"
#define LOOSE "services:\n- name: s\n  mrenclaves: [" HEX_A "]\n"

#define ROW_MAX 14
static const char *const groups[][ROW_MAX] = {
	{ /* line ends, marks and markers */
	  "name: p\nversion: '0.3'\n", "name: p\r\nversion: '0.3'\r\n", "name: p\rversion: '0.3'\r",
	  BOM "name: p\nversion: '0.3'\n", BOM "name: p\r\nversion: '0.3'",
	  "---\nname: p\nversion: '0.3'\n", "---\nname: p\nversion: '0.3'\n...\n",
	  "# a\n\n--- # b\nname: p # c\n# d\nversion: '0.3'\n... # e\n# f\n",
	  "name: p   \nversion: '0.3'\t\n\n\n", "  name: p\n  version: '0.3'", NULL },
	{ /* styles of collections and keys */
	  "name: p\nversion: '0.3'\n", "{name: p, version: '0.3'}", "{name: p, version: '0.3',}\n",
	  "{\n  \"name\": \"p\",\n  \"version\": \"0.3\"\n}\n",
	  "{\"version\":\"0.3\",\"name\":\"p\"}", "? name\n: p\n? version\n: '0.3'\n",
	  "'name': p\n\"version\": '0.3'\n", "version: '0.3'\nname: p\n",
	  "name:\n  p\nversion:\n    '0.3'\n", NULL },
	{ /* the version, by its text */
	  "version: '0.3'\nname: p\n", "version: 0.3\nname: p\n", "version: \"0.3\"\nname: p\n",
	  "version: >-\n  0.3\nname: p\n", "version: |-\n  0.3\nname: p\n", NULL },
	{ /* nothing */
	  "name: p\n", "name: p\npredecessor:\n", "name: p\npredecessor: ~\n",
	  "name: p\npredecessor: null\n", "name: p\npredecessor: Null # none\n",
	  "name: p\npredecessor: NULL\n", "name: p\nservices:\nimages: ~\n",
	  "name: p\nservices: []\nvolumes: [\n]\n",
	  "name: p\nsecurity:\n  attestation:\n    mode:\n", "name: p\naccess_policy:\n  read:\n",
	  "version:\nname: p\n", "name: p\naccess_policy: {read: , update: ~}\n", NULL },
	{ /* a command */
	  "name: p\n" RUN, "name: p\n" LOOSE "  command: run 'a b' c\n",
	  "name: p\n" LOOSE "  command: run \"a b\" c\n",
	  "name: p\n" LOOSE "  command: 'run \"a b\" c'\n",
	  "name: p\n" LOOSE "  command: \"run 'a b' c\"\n",
	  "name: p\n" LOOSE "  command: run\n    'a b'\n    c\n",
	  "name: p\n" LOOSE "  command: |\n    run 'a b'\n    c\n",
	  "name: p\n" LOOSE "  command: >-\n    run 'a b'\n    c\n",
	  "name: p\n" LOOSE "  command:\n  - run\n  - a b\n  - c\n",
	  "name: p\n" LOOSE "  command:\n    - run # first\n    - \"a b\"\n    - 'c'\n",
	  "name: p\n" LOOSE "  command: \"run 'a\\x20b' c\"\n",
	  "name: p\n" LOOSE "  command: \"run \\\n    'a b' c\"\n", NULL },
	{ /* digits */
	  "name: p\npredecessor: " HEX_A "\n", "name: p\npredecessor: '" HEX_A "'\n",
	  "name: p\npredecessor: "
	  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
	  "name: p\npredecessor: >-\n  " HEX_A "\n", NULL },
	{ /* truth */
	  "name: p\nsecrets: [{name: s, kind: ascii, export_public: true}]\n",
	  "name: p\nsecrets: [{name: s, kind: ascii, export_public: True}]\n",
	  "name: p\nsecrets: [{name: s, kind: ascii, export_public: TRUE}]\n",
	  "name: p\nsecrets: [{name: s, kind: ascii, export_public: 'true'}]\n",
	  "name: p\nsecrets: [{name: s, kind: ascii, export_public: true, export: []}]\n", NULL },
	{ /* one for a list */
	  "name: p\nsecurity: {attestation: {tolerate: [debug-mode], ignore_advisories: ['*']}}\n",
	  "name: p\nsecurity: {attestation: {tolerate: debug-mode, ignore_advisories: '*'}}\n",
	  "name: p\nsecurity:\n  attestation:\n    tolerate: [debug]\n    ignore_advisories: \"*\"\n",
	  "name: p\ntolerate: debug-mode\nsecurity: {attestation: {ignore_advisories: '*'}}\n",
	  NULL },
	{ /* keys in PEM */
	  SIGNER "\"" BEGIN "\\n" BODY "\\n" END "\\n\"\n",
	  SIGNER "|\n      " BEGIN "\n      " BODY "\n      " END "\n",
	  SIGNER "|\r\n      " BEGIN "\r\n      " BODY "\r\n      " END "\r\n",
	  SIGNER "|-\n      " BEGIN "  \n      " BODY "\t\n      " END " \n",
	  SIGNER "|\n      " BEGIN "\n        " BODY "\n      " END "\n\n\n",
	  SIGNER "\"" BEGIN "\\r\\n" BODY "\\r\\n" END "\\r\\n\"\n",
	  SIGNER "|\n      " BEGIN "\n      MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrB\n"
		 "      Z9w7lshQhqowtrbLDFw4rXAxZuE=\n      " END "\n",
	  "name: p\naccess_policy: {update: {signer: \"" BEGIN "\\n" BODY "\\n" END "\"}}\n",
	  NULL },
	{ /* texts */
	  "name: p\nsecrets: [{name: s, kind: ascii, value: 'it''s #1: ~'}]\n",
	  "name: p\nsecrets: [{name: s, kind: ascii, value: \"it's #1: ~\"}]\n",
	  "name: p\nsecrets: [{name: s, kind: ascii, value: \"it\\u0027s\\x20#1: ~\"}]\n", NULL },
	{ "name: p\nsecrets: [{name: s, kind: ascii, value: gr\xc3\xbc\xc3\x9f\x65}]\n",
	  "name: p\nsecrets: [{name: s, kind: ascii, value: \"gr\\u00fc\\xdf\\x65\"}]\n", NULL },
};

static void one_policy_is_written_in_many_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(groups); i++) {
		struct cc_digest first = hash_of(groups[i][0]);

		for (size_t k = 1; groups[i][k] != NULL; k++) {
			struct cc_digest other = hash_of(groups[i][k]);

			if (!cc_digest_eq(&first, &other))
				fail_msg("this means another thing:\n%s\nthan this:\n%s",
					 groups[i][k], groups[i][0]);
		}
	}
}

/* What looks alike and is not. */
static const char *const pairs[][2] = {
	{ "name: p\nsecrets: [{name: s, kind: ascii, value: '1'}]\n",
	  "name: p\nsecrets: [{name: s, kind: ascii, value: 1.0}]\n" },
	{ "name: p\nsecrets: [{name: s, kind: ascii, value: 'a'}]\n",
	  "name: p\nsecrets: [{name: s, kind: ascii, value: 'A'}]\n" },
	{ "name: p\nsecrets:\n- name: s\n  kind: ascii\n  value: |\n    a\n",
	  "name: p\nsecrets:\n- name: s\n  kind: ascii\n  value: |-\n    a\n" },
	{ "name: p\nsecrets:\n- name: s\n  kind: ascii\n  value: |\n    a\n    b\n",
	  "name: p\nsecrets:\n- name: s\n  kind: ascii\n  value: >\n    a\n    b\n" },
	{ "name: p\nsecrets: [{name: s, kind: ascii, value: }]\n",
	  "name: p\nsecrets: [{name: s, kind: ascii, value: ''}]\n" },
	{ "name: p\nsecrets: [{name: s, kind: ascii, value: \"\xc3\xa4\"}]\n",
	  "name: p\nsecrets: [{name: s, kind: ascii, value: \"a\xcc\x88\"}]\n" },
	{ "name: p\n" LOOSE "  command: run 'a b'\n", "name: p\n" LOOSE "  command: run a b\n" },
	{ "name: p\n" LOOSE "  environment: {A: }\n",
	  "name: p\n" LOOSE "  environment: {A: '~'}\n" },
	{ "name: p\n" LOOSE "  environment: {A: 0x10}\n",
	  "name: p\n" LOOSE "  environment: {A: 16}\n" },
	{ "name: p\n" LOOSE "  environment: {A: yes}\n",
	  "name: p\n" LOOSE "  environment: {A: true}\n" },
	{ "name: p\nvolumes: [{name: v}]\n", "name: p\nvolumes: [{name: V}]\n" },
};

static void what_only_looks_alike_is_another_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(pairs); i++) {
		struct cc_digest one = hash_of(pairs[i][0]), other = hash_of(pairs[i][1]);

		if (cc_digest_eq(&one, &other))
			fail_msg("one meaning:\n%s\nand:\n%s", pairs[i][0], pairs[i][1]);
	}
}

static const struct {
	const char *text, *why, *hint;
} slips[] = {
	{ "name: p\n" LOOSE "\tcommand: run\n", "line 5 column 1", "indent with spaces" },
	{ "name: p\n" LOOSE "  environment:\n    @@HOME: \n", "line 6 column 5", "quotes" },
	{ "name: p\n" LOOSE "  environment:\n    A: b: c\n", "line 6 column 9", "" },
	{ "name: {{session}}\n", "line 1 column 8", "another program fills in" },
	{ "name: __SESSION__\n__PREDECESSOR__\nversion: '0.3'\n", "line 3 column 1", "" },
	{ "name: <session>\n", "line 1, column 7: name", "" },
	{ "apiVersion: cas.scone.cloud/v1beta1\nkind: SignedPolicy\nspec: {}\n",
	  "line 1, column 1: a resource of Kubernetes", "'spec.policy'" },
	{ "name: p\naccess_policy:\n  update:\n  - CREATOR\n  - require-all:\n    - ANNY\n",
	  "line 6, column 7: access_policy.update[1].require-all[0]: 'ANNY'", "ANY" },
	{ SIGNER "x\n", "line 4, column 13: access_policy.update[0].signer: 'x' is no signer", "" },
	{ "name: my session\n", "line 1, column 7: name", "" },
	{ "name: p#1\n", "line 1, column 7: name", "" },
	{ "name: ''\n", "an empty name", "" },
	{ "name: p\nversion: v0.3\n", "line 2, column 10: version", "0.3.12" },
	{ "name: p\nversion: 0.30\n", "'0.30' is no version", "" },
	{ "name: p\nversion: 0.3.13\n", "'0.3.13' is no version", "0.3.12" },
	{ "name: p\nSERVICES: []\n", "line 2, column 1: SERVICES", "'services'" },
	{ "name: p\naccessPolicy: {}\n", "accessPolicy", "'access_policy'" },
	{ "name: p\naccess-policy: {}\n", "access-policy", "'access_policy'" },
	{ "name: p\nvolume: []\n", "'volume' is no key", "'volumes'" },
	{ "name: p\npredecessor: ''\n", "0 characters instead of 64", "" },
	{ "name: p\npredecessor: none\n", "4 characters instead of 64", "" },
	{ "name: p\n" LOOSE "- {name: t, mrenclaves: [' " HEX_A "']}\n", "mrenclaves[0]", "" },
	{ "name: p\nservices:\n- name: s\n  mrenclaves: [" HEX_A "a]\n", "no even count", "" },
	{ "name: p\n---\n", "a second document", "" },
	{ "name: p\n...\nversion: '0.3'\n", "", "" },
	{ "\xff\xfen\0a\0m\0e\0", "line 1 column 1: not UTF-8", "" },
	{ SIGNER "|\n      " BEGIN "\n      !!!\n      " END "\n", "read a public key", "" },
	{ SIGNER "|\n      " BODY "\n", "no signer", "PEM public key" },
};

static void slips_are_refused_where_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(slips); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		struct cc_err err = { 0 };

		if (cc_policy_parse(cc_span_str(slips[i].text), &policy, &err) == 0)
			fail_msg("accepted:\n%s", slips[i].text);
		if (strstr(err.text, slips[i].why) == NULL ||
		    strstr(err.hint, slips[i].hint) == NULL)
			fail_msg("'%s' (%s) and not '%s' (%s):\n%s", err.text, err.hint,
				 slips[i].why, slips[i].hint, slips[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_policy_is_written_in_many_ways),
		cmocka_unit_test(what_only_looks_alike_is_another_policy),
		cmocka_unit_test(slips_are_refused_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
