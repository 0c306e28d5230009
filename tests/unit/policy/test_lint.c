/* SPDX-License-Identifier: Apache-2.0 */
/* Best practices: each rule is found where it is broken, and a good policy breaks none. */
#include "tests/unit/policy/given.h"

#include <stdlib.h>

#include "base/dir.h"
#include "base/str.h"
#include "policy/lint.h"

#define SIGNER "N2exBX7Tpyyu8g2ofoxwfMNVNbL5G4F5Zygso6MyBp78k37gr7"
#define OTHER_SIGNER "LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM"
#define GOVERNED                                                                              \
	"access_policy: {update: {require-all: [{signer: " SIGNER "}, {signer: " OTHER_SIGNER \
	"}]}}\n"
#define TOP "version: '0.3.12'\nname: p\nidentity: signed\n"
#define HEAD TOP GOVERNED
#define SERVICE "name: s, network: {}, mrenclaves: [" HEX_A "]"

static struct cc_err oops;

static void lint(const char *text, struct cc_lint *out)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(text);

	if (cc_policy_lint(policy, out, &oops) != 0)
		fail_msg("%s", oops.text);
}

static void a_policy_that_keeps_to_all_rules_has_no_findings(void **state)
{
	CC_AUTO_LINT struct cc_lint found = { 0 };

	(void)state;
	lint(HEAD "services:\n- {" SERVICE ", environment: {PASSWORD: $$SCONE::a$$}}\n"
		  "secrets:\n- {name: a, kind: ascii, export: [{session: q, session_hash: " HEX_B
		  "}]}\n"
		  "- {name: c, kind: ascii, value: '42', export_public: true}\n"
		  "- {name: d, import: {session: q, session_hash: " HEX_B "}}\n"
		  "volumes:\n- {name: v, export: [{session: q, session_hash: " HEX_B "}]}\n"
		  "- {name: w, export: [{session: q, runtime: " HEX_A ", content: " HEX_B "}]}\n",
	     &found);
	for (size_t i = 0; i < found.count; i++)
		print_message("# %s: %s\n", found.at[i].rule->id, found.at[i].what);
	assert_int_equal(found.count, 0);
}

/* One break each. */
static const struct {
	const char *text, *id, *what;
} rows[] = {
	{ HEAD "salt: 00112233445566778899aabbccddeeff\n"
	       "secrets: [{name: a, kind: ascii, value: x}]\n",
	  "explicit-secret", "secret 'a'" },
	{ HEAD "security: {service_access_token: t}\n", "explicit-token", "service_access_token" },
	{ HEAD "services: [{" SERVICE ", environment: {db_password: x}}]\n",
	  "secret-in-environment", "variable 'db_password' of service 's'" },
	{ TOP "access_policy: {read: ANY, update: NONE}\nservices: [{" SERVICE ", fspf_path: /f, "
	      "fspf_key: " HEX_B ", fspf_tag: " HEX_C "}]\n",
	  "shared-key", "fspf_key of service 's'" },
	{ TOP "access_policy: {update: ANY, create_sessions: NONE}\n", "changed-by-any",
	  "access_policy.update is ANY" },
	{ TOP "access_policy: {update: NONE, create_sessions: ANY}\n", "changed-by-any",
	  "access_policy.create_sessions is ANY" },
	{ TOP, "one-key", "one key alone can update 'p'" },
	{ TOP "access_policy: {update: {require-at-least-1: [{signer: " SIGNER
	      "}, {signer: " OTHER_SIGNER "}]}}\n",
	  "one-key", "one key alone can update 'p'" },
	{ "version: '0.3.12'\nname: p\nidentity: transport\n" GOVERNED, "transport-identity",
	  "policy 'p'" },
	{ HEAD "security: {attestation: {mode: none}}\n", "not-attested",
	  "security.attestation.mode is 'none'" },
	{ HEAD "security: {attestation: {tolerate: [debug-mode]}}\n", "debug-mode",
	  "tolerate: debug-mode" },
	{ HEAD "tolerate: [simulation]\n", "tolerance", "tolerate: simulation" },
	{ HEAD "security: {attestation: {tolerate: [outdated-tcb]}}\n", "tolerance",
	  "tolerate: outdated-tcb" },
	{ HEAD "security: {attestation: {exceptions: [{ignore_advisories: INTEL-SA-00615, "
	       "until: 2027-01-01T00:00:00Z}]}}\n",
	  "tolerance", "exceptions[0]" },
	{ HEAD "security: {attestation: {tolerate: [milan]}}\n", "tolerance", "tolerate: milan" },
	{ HEAD "security: {attestation: {ignore_advisories: '*'}}\n", "all-advisories",
	  "ignore_advisories: '*'" },
	{ HEAD "services: [{name: s, network: {}, attestation: {signer: {mrsigner: " HEX_A
	       ", isvprodid: 1}}}]\n",
	  "any-version", "attestation of service 's'" },
	{ HEAD "secrets: [{name: a, kind: ascii, export: [q]}]\n", "unpinned-secret",
	  "secret 'a' to 'q'" },
	{ HEAD "secrets: [{name: a, kind: ascii, export: [{namespace: q}]}]\n", "namespace-export",
	  "secret 'a' to namespace 'q'" },
	{ HEAD "volumes: [{name: v, export: [q]}]\n", "unpinned-grant", "volume 'v' to 'q'" },
	{ HEAD "volumes: [{name: v, export: [{session: q, session_hash: " HEX_A
	       ", opaque: true}]}]\n",
	  "opaque-grant", "volume 'v' to 'q'" },
	{ HEAD "volumes: [{name: v, import: {session: q, volume: v}}]\n", "unpinned-import",
	  "volume 'v' of 'q'" },
	{ HEAD "secrets: [{name: a, import: {session: q}}]\n", "unpinned-import",
	  "secret 'a' of 'q'" },
	{ HEAD "services: [{name: s, mrenclaves: [" HEX_A "]}]\n", "open-network",
	  "service 's' without 'network'" },
	{ HEAD "services: [{" SERVICE ", command: [run, '@@1']}]\n", "from-the-host",
	  "command of service 's'" },
	{ HEAD "services: [{" SERVICE ", environment: {'\\@\\@HOME': null}}]\n", "from-the-host",
	  "environment of service 's'" },
	{ HEAD "services: [{" SERVICE ", console: plain}]\n", "plain-console",
	  "console of service 's'" },
	{ HEAD "images: [{name: i, volumes: [{name: v, path: /v, update_policy: "
	       "no_rollback_protection}]}]\nvolumes: [{name: v}]\n",
	  "rollback", "volume 'v' of image 'i'" },
	{ HEAD "secrets: [{name: k, kind: private-key, export_public: true}]\n",
	  "public-private-key", "secret 'k'" },
	{ TOP "board: {members: [{name: a, key: " SIGNER "}, {name: b, key: " OTHER_SIGNER
	      "}], rule: {at_least: 1, of: [a, b]}, self_approval: true}\n"
	      "access_policy: {update: ANY, create_sessions: NONE}\n",
	  "self-approval", "board.self_approval" },
	{ HEAD "services: [{" SERVICE ", executions: [{id: paid, consumer: '*', maximum: 3}]}]\n",
	  "any-consumer", "executions 'paid' of service 's'" },
	{ HEAD "volumes: [{name: v, files: authenticated-only}]\n", "readable-files",
	  "volume 'v'" },
};

static void each_break_is_found_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_LINT struct cc_lint found = { 0 };

		lint(rows[i].text, &found);
		if (found.count != 1)
			fail_msg("%zu findings (%s) in\n%s", found.count,
				 found.count == 0 ? "" : found.at[0].rule->id, rows[i].text);
		assert_string_equal(found.at[0].rule->id, rows[i].id);
		assert_string_equal(found.at[0].what, rows[i].what);
		assert_int_not_equal(found.at[0].place.line, 0);
	}
}

static void beside_a_board_any_leaves_it_to_the_board(void **state)
{
	static const char board[] = TOP "board: {members: [{name: a, key: " SIGNER
					"}, {name: b, key: " OTHER_SIGNER "}], rule: {at_least: 1, "
					"of: [a, b]}}\n"
					"access_policy: {update: ANY, create_sessions: NONE}\n";
	CC_AUTO_LINT struct cc_lint found = { 0 };
	CC_AUTO_POLICY struct cc_policy *policy = given(board);

	(void)state;
	lint(board, &found);
	assert_int_equal(found.count, 0);
	assert_int_equal(policy->findings.count, 0);
}

/* These cannot come alone. */
static void an_explicit_value_in_an_old_policy_is_found_in_all_it_breaks(void **state)
{
	static const char *const ids[] = { "one-key", "unsalted", "old-language",
					   "explicit-secret" };
	CC_AUTO_LINT struct cc_lint found = { 0 };

	(void)state;
	lint("version: '0.2'\nname: p\nsecrets:\n- {name: a, kind: ascii, value: x}\n", &found);
	assert_int_equal(found.count, CC_COUNT(ids));
	for (size_t i = 0; i < CC_COUNT(ids); i++) {
		size_t k = 0;

		while (k < found.count && !cc_str_eq(found.at[k].rule->id, ids[i]))
			k++;
		assert_true(k < found.count);
	}
	for (size_t i = 1; i < found.count; i++)
		assert_true(found.at[i - 1].place.line <= found.at[i].place.line);
}

static bool is_tested(const char *id)
{
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		if (cc_str_eq(rows[i].id, id))
			return true;
	return cc_str_eq(id, "unsalted") || cc_str_eq(id, "old-language");
}

static void every_rule_is_tested_and_in_the_manual(void **state)
{
	const char *root = getenv("MESON_SOURCE_ROOT");
	CC_AUTO_BUF struct cc_buf page = { 0 };
	CC_AUTO_FREE char *path = NULL;
	const char *text = NULL;

	(void)state;
	assert_int_equal(cc_strf(&path, &oops, "%s/docs/lint.md", root == NULL ? "." : root), 0);
	assert_int_equal(cc_file_read(path, 65536, &page, &oops), 0);
	assert_int_equal(cc_buf_str(&page, &text, &oops), 0);
	for (size_t i = 0; cc_lint_rule_at(i) != NULL; i++) {
		const struct cc_lint_rule *rule = cc_lint_rule_at(i);
		CC_AUTO_FREE char *row = NULL;

		assert_int_equal(cc_strf(&row, &oops, "| `%s` | %s | %s |", rule->id, rule->reason,
					 rule->instead),
				 0);
		if (strstr(text, row) == NULL)
			fail_msg("docs/lint.md lacks\n%s", row);
		if (!is_tested(rule->id))
			fail_msg("no test breaks '%s'", rule->id);
	}
}

static void there_are_only_so_many_findings(void **state)
{
	static char text[200000];
	CC_AUTO_LINT struct cc_lint found = { 0 };
	size_t len = (size_t)snprintf(text, sizeof(text), HEAD "volumes:\n- name: v\n  export: [");

	(void)state;
	for (int i = 0; i < 1500; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "q%d,", i);
	(void)snprintf(text + len, sizeof(text) - len, "]\n");
	lint(text, &found);
	assert_int_equal(found.count, CC_LINT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_that_keeps_to_all_rules_has_no_findings),
		cmocka_unit_test(each_break_is_found_and_nothing_else),
		cmocka_unit_test(beside_a_board_any_leaves_it_to_the_board),
		cmocka_unit_test(an_explicit_value_in_an_old_policy_is_found_in_all_it_breaks),
		cmocka_unit_test(every_rule_is_tested_and_in_the_manual),
		cmocka_unit_test(there_are_only_so_many_findings),
	};

	return cmocka_run_group_tests_name("policy/lint", tests, NULL, NULL);
}
