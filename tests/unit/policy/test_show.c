/* SPDX-License-Identifier: Apache-2.0 */
/* A policy as it is shown to people. */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "codec/yaml.h"

static struct cc_err oops;

static void ok(int result)
{
	if (result != 0)
		fail_msg("%s", oops.text);
}

static void show(const char *text, bool defaults, struct cc_buf *out)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	CC_AUTO_JSON struct cc_json *json = NULL;

	ok(cc_policy_show(policy, defaults, &json, &oops));
	ok(cc_yaml_print(json, out, &oops));
	ok(cc_buf_add_u8(out, '\0', &oops));
}

static void members_are_in_the_order_of_scone(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };

	(void)state;
	show("security: {attestation: {mode: none}}\n"
	     "access_policy: {update: NONE, read: ANY}\n"
	     "services: [{command: ./a b, environment: {Z: '1', A: no}, name: s, mrenclaves: "
	     "[" HEX_A "]}]\n"
	     "predecessor: " HEX_A "\nname: p\nversion: 0.3.10\n",
	     false, &out);
	assert_string_equal((const char *)out.at, "version: '0.3.10'\n"
						  "name: p\n"
						  "predecessor: " HEX_A "\n"
						  "services:\n"
						  "- name: s\n"
						  "  command:\n"
						  "  - ./a\n"
						  "  - b\n"
						  "  environment:\n"
						  "    Z: '1'\n"
						  "    A: 'no'\n"
						  "  mrenclaves:\n"
						  "  - " HEX_A "\n"
						  "access_policy:\n"
						  "  read:\n"
						  "  - ANY\n"
						  "  update:\n"
						  "  - NONE\n"
						  "  create_sessions:\n"
						  "  - NONE\n"
						  "  list_sessions:\n"
						  "  - ANY\n"
						  "security:\n"
						  "  attestation:\n"
						  "    mode: none\n");
}

static void defaults_are_written_out_when_asked_for(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "name: p\n", "version: '0.1'\n" },
		{ "version: '0.3'\nname: p\n", "services: []\n" },
		{ "version: '0.3'\nname: p\n", "  attestation:\n    mode: hardware\n" },
		{ "version: '0.3'\nname: p\n", "    tolerate: []\n" },
		{ "version: '0.3'\nname: p\nservices: [{name: s, mrenclaves: [" HEX_A "], "
		  "executions: [{id: i, consumer: '*', maximum: 3}]}]\n",
		  "    counted: completion\n    attempts: 3\n" },
		{ "version: '0.3'\nname: p\nvolumes: [{name: v}]\n", "  strict: false\n" },
		{ "version: '0.3'\nname: p\nvolumes: [{name: v}]\n", "    commits: 16\n" },
		{ "version: '0.3'\nname: p\nvolumes: [{name: v}]\n", "  current: completion\n" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_BUF struct cc_buf with = { 0 }, without = { 0 };

		show(rows[i].text, true, &with);
		show(rows[i].text, false, &without);
		if (strstr((const char *)with.at, rows[i].shown) == NULL)
			fail_msg("no\n%sin\n%s", rows[i].shown, (const char *)with.at);
		assert_true(i == 0 || strstr((const char *)without.at, rows[i].shown) == NULL);
	}
}

/* A key that came later than the version of the text would make it another text. */
static void defaults_of_later_keys_are_not_written(void **state)
{
	CC_AUTO_BUF struct cc_buf old = { 0 }, new = { 0 };
	const char *of[] = { "version: 0.3.1\nname: p\n", "version: 0.3.12\nname: p\n" };

	(void)state;
	show(of[0], true, &old);
	show(of[1], true, &new);
	assert_null(strstr((const char *)old.at, "singleton_enclaves"));
	assert_non_null(strstr((const char *)new.at, "singleton_enclaves"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_in_the_order_of_scone),
		cmocka_unit_test(defaults_are_written_out_when_asked_for),
		cmocka_unit_test(defaults_of_later_keys_are_not_written),
	};

	return cmocka_run_group_tests_name("policy/show", tests, NULL, NULL);
}
