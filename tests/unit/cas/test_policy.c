/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of a CAS: what it says of services outside. */
#include "tests/unit/crypto/pki.h"

#include "base/str.h"
#include "cas/policy.h"

static void make_roots(struct cc_buf *pem)
{
	const int64_t now = cc_time_now();
	struct party root = issue((struct cc_cert_plan){ .common_name = "root",
							 .from = now - DAY,
							 .until = now + DAY,
							 .is_ca = true },
				  CC_KEY_P384, NULL);
	struct cc_err err = { 0 };

	assert_int_equal(cc_cert_to_pem(root.cert, pem, &err), 0);
	party_clear(&root);
}

static void print(const struct cc_cas_policy *policy, struct cc_buf *out)
{
	struct cc_err err = { 0 };

	cc_buf_reset(out);
	if (cc_cas_policy_print(policy, out, &err) != 0)
		fail_msg("%s", err.text);
}

static void azure_is_part_of_the_policy_and_of_its_hash(void **state)
{
	CC_AUTO_FREE struct cc_cas_policy *policy = calloc(1, sizeof(*policy));
	CC_AUTO_FREE struct cc_cas_policy *again = calloc(1, sizeof(*again));
	CC_AUTO_BUF struct cc_buf pem = { 0 }, text = { 0 }, other = { 0 };
	struct cc_digest before = { 0 }, with = { 0 }, elsewhere = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_non_null(policy);
	assert_non_null(again);
	(void)snprintf(policy->name, sizeof(policy->name), "cas.example");
	print(policy, &text);
	assert_null(memmem(text.at, text.len, "azure", 5));
	assert_int_equal(cc_cas_policy_hash(policy, &before, &err), 0);
	make_roots(&pem);
	assert_int_equal(cc_cas_azure_set("login.example", "vault.example", cc_buf_span(&pem),
					  &policy->azure, &err),
			 0);
	print(policy, &text);
	if (cc_cas_policy_parse(cc_buf_span(&text), again, &err) != 0)
		fail_msg("%s", err.text);
	print(again, &other);
	assert_true(cc_span_eq(cc_buf_span(&text), cc_buf_span(&other)));
	assert_string_equal(cc_cas_policy_azure(again).authority, "login.example");
	assert_string_equal(cc_cas_policy_azure(again).vaults, "vault.example");
	assert_int_equal(cc_cas_policy_hash(policy, &with, &err), 0);
	(void)snprintf(policy->azure.authority, sizeof(policy->azure.authority), "evil.example");
	assert_int_equal(cc_cas_policy_hash(policy, &elsewhere, &err), 0);
	assert_false(cc_digest_eq(&before, &with));
	assert_false(cc_digest_eq(&with, &elsewhere));
}

static void hosts_and_roots_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *authority, *vaults;
		bool has_roots;
	} rows[] = {
		{ "login.example/x", "vault.example", true },
		{ "login.example", "vault.example:1", true },
		{ "", "vault.example", true },
		{ "login.example", "vault.example", false },
	};
	CC_AUTO_FREE struct cc_cas_azure *azure = calloc(1, sizeof(*azure));
	CC_AUTO_BUF struct cc_buf pem = { 0 };

	(void)state;
	assert_non_null(azure);
	make_roots(&pem);
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_span roots = rows[i].has_roots ? cc_buf_span(&pem) : cc_span_str("");
		struct cc_err err = { 0 };

		assert_int_equal(
			cc_cas_azure_set(rows[i].authority, rows[i].vaults, roots, azure, &err),
			-1);
		assert_int_equal(azure->roots[0], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(azure_is_part_of_the_policy_and_of_its_hash),
		cmocka_unit_test(hosts_and_roots_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
