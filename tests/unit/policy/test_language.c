/* SPDX-License-Identifier: Apache-2.0 */
/* SCONE's language rule by rule, and keys of our own: what is read, and what is refused. */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "policy/decide.h"
#include "policy/schema-internal.h"

#define P "version: 0.3.12\nname: a/b/c\n"
#define KEY_HASH "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"
#define SERVICE(more) P "services: [{name: s, command: run, mrenclaves: [" HEX_A "]" more "}]\n"
#define OTP "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

/* The service's start is refused, and the refusal names the key. */
static void unusable(const char *text, const char *key)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	struct cc_err err = { 0 };

	if (cc_decide_usable(policy, &policy->services.at[0], &err) == 0)
		fail_msg("usable, although '%s' would be dropped", key);
	if (strstr(err.text, key) == NULL)
		fail_msg("'%s' does not name '%s'", err.text, key);
}

static void usable(const char *text)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	struct cc_err err = { 0 };

	if (cc_decide_usable(policy, &policy->services.at[0], &err) != 0)
		fail_msg("not usable: %s", err.text);
}

static bool is_same_meaning(const char *one, const char *other)
{
	struct cc_digest a = hash_of(one), b = hash_of(other);

	return cc_digest_eq(&a, &b);
}

static void rule_1_3_predecessor_may_be_written_as_nothing(void **state)
{
	(void)state;
	assert_true(is_same_meaning("name: p\n", "name: p\npredecessor: ~\n"));
	assert_true(is_same_meaning("name: p\n", "name: p\npredecessor: null\n"));
	assert_true(is_same_meaning("name: p\n", "name: p\npredecessor:\n"));
	refused("name: p\npredecessor: none\n", CC_E_ARG, "predecessor", "");
}

static void rule_1_3_namespace_hash_and_predecessor_exclude_each_other(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(P "namespace_hash: " HEX_A "\n");

	(void)state;
	assert_true(policy->namespace_hash.is_set);
	refused(P "namespace_hash: " HEX_A "\npredecessor: " HEX_B "\n", CC_E_ARG,
		"line 3, column 1: namespace_hash: 'namespace_hash' counts when", "");
}

static void rule_1_14_3_a_policy_of_0_1_creates_and_has_no_board(void **state)
{
	(void)state;
	assert_true(is_same_meaning("name: p\n", "name: p\ndigest: create\nboard_members: []\n"
						 "board_policy: {minimum: 0, timeout: 30}\n"));
	assert_true(is_same_meaning("name: p\n", "name: p\ndigest: " HEX_A "\n"));
	refused("name: p\nboard_members: [x]\n", CC_E_UNSUPPORTED, "a board of version 0.1",
		"'board'");
	refused("name: p\nboard_policy: {minimum: 1}\n", CC_E_UNSUPPORTED, "a board of version 0.1",
		"");
	refused("name: p\nboard_policy: {least: 0}\n", CC_E_ARG, "'minimum' and 'timeout'", "");
}

static void rule_1_4_names_are_relative_to_the_policy(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given("volumes:\n- {name: v, import: {session: ../x, volume: w}, }\n"
		      "- {name: w, export: [{session: ../../../y}, ./d/e]}\nname: a/b/c\n");
	CC_AUTO_POLICY struct cc_policy *top =
		given("name: p\nvolumes: [{name: v, export: [../q, ./r]}]\n");

	(void)state;
	assert_string_equal(policy->volumes.at[0].import->session, "a/b/x");
	assert_string_equal(policy->volumes.at[1].export.at[0].session, "y");
	assert_string_equal(policy->volumes.at[1].export.at[1].session, "a/b/c/d/e");
	assert_string_equal(top->volumes.at[0].export.at[0].session, "q");
	assert_string_equal(top->volumes.at[0].export.at[1].session, "p/r");
	refused("name: p\nvolumes: [{name: v, export: ../../q}]\n", CC_E_ARG, "above the root", "");
	refused("name: p\nvolumes: [{name: v, export: q/../r}]\n", CC_E_ARG, "'.' or '..'", "");
}

static void rule_1_4_the_root_namespace_is_a_slash(void **state)
{
	CC_AUTO_POLICY struct cc_policy *root = given("name: /\naccess_policy: {read: ANY}\n");
	CC_AUTO_POLICY struct cc_policy *below =
		given("name: a\nsecrets: [{name: s, kind: ascii, export: {namespace: ..}}]\n");
	CC_AUTO_POLICY struct cc_policy *nested =
		given("name: /\nvolumes: [{name: v, export: ./x}]\n");

	(void)state;
	assert_string_equal(root->name, "/");
	assert_string_equal(below->secrets.at[0].export.at[0].namespace, "/");
	assert_string_equal(nested->volumes.at[0].export.at[0].session, "x");
	refused("name: /a\n", CC_E_ARG, "an empty name", "");
	refused("name: a/\n", CC_E_ARG, "an empty name", "");
}

static void rule_1_5_the_salt_makes_another_hash(void **state)
{
	(void)state;
	assert_false(
		is_same_meaning("name: p\n", "name: p\nsalt: 000102030405060708090a0b0c0d0e0f\n"));
	refused("name: p\nsalt: 0001\n", CC_E_ARG, "has 4 hexadecimal digits and not 32", "");
}

static void rule_1_6_environment_may_be_a_list_of_assignments(void **state)
{
	(void)state;
	assert_true(is_same_meaning(
		SERVICE(", environment: [A=b, 'C=\"d e\"', \"F='g'\", H=, 'I=j=k', 'L=\"']"),
		SERVICE(", environment: {A: b, C: d e, F: g, H: '', I: j=k, L: '\"'}")));
}

static void rule_1_6_persistency_and_tags_say_nothing(void **state)
{
	(void)state;
	assert_true(is_same_meaning(SERVICE(", persistency: None, tags: [x]"), SERVICE("")));
}

static void rule_1_7_4_platforms_are_quoting_enclaves_or_keys(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(SERVICE(", platforms: ['INTEL_QE_ID:85FFC69266C833546E5DCA1C676A6151', " HEX_B
			      ", $$SCONE::p$$]"));

	(void)state;
	assert_int_equal(policy->services.at[0].platforms.count, 2);
	assert_string_equal(policy->services.at[0].platforms.at[0],
			    "INTEL_QE_ID:85ffc69266c833546e5dca1c676a6151");
	assert_true(cc_has_variable(&policy->services.at[0], "platforms"));
	refused(SERVICE(", platforms: ['INTEL_QE_ID:85ff']"), CC_E_ARG,
		"platforms[0]: '85ff' has 4 hexadecimal digits and not 32", "");
	unusable(SERVICE(", platforms: [" HEX_B "]"), "which SCONE 7.0 removed");
	usable(SERVICE(", platforms: [" HEX_B ", 'INTEL_QE_ID:85ffc69266c833546e5dca1c676a6151']"));
}

static void rule_1_10_secrets_may_be_kept_in_a_key_vault(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(P "secret_config:\n  store_in: !akv\n    vault: v\n    token: "
			"$$SCONE::token$$\n");

	(void)state;
	assert_true(policy->secret_config.is_akv);
	assert_string_equal(policy->secret_config.vault, "v");
	assert_string_equal(policy->secret_config.token, "$$SCONE::token$$");
	assert_true(is_same_meaning(P, P "secret_config: {store_in: !cas }\n"));
	assert_true(is_same_meaning(P "secret_config: {store_in: !akv {vault: v}}\n",
				    P "secret_config: {store_in: {akv: {vault: v}}}\n"));
	unusable(SERVICE("") "secret_config: {store_in: !akv {vault: v}}\n", "'store_in: !akv'");
	refused(P "secret_config: {store_in: !akv }\n", CC_E_ARG, "'vault' is missing", "");
	refused(P "secret_config: {store_in: cas}\n", CC_E_ARG, "'!cas' or '!akv'", "");
	refused(P "secret_config: {store_in: !cas x}\n", CC_E_ARG, "'!cas' has no value", "");
	refused(P "secret_config: {store_in: !azure x}\n", CC_E_ARG, "a tag that is not known", "");
	refused(P "services: !cas []\n", CC_E_ARG, "the tag '!cas' has no place here", "");
	refused(P "secret_config: !akv {store_in: !cas }\n", CC_E_ARG, "has no place here", "");
}

static void rule_1_11_volumes_may_lie_at_another_cas(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(
		P "volumes: [{name: v, import: {session: q, volume: w, cas_url: 'c.example:8081', "
		  "cas_key: " KEY_HASH "}}]\nimages: [{name: i, volumes: [{name: v, path: /v}]}]\n"
		  "services: [{name: s, image_name: i, command: run, mrenclaves: [" HEX_A "]}]\n");
	struct cc_err err = { 0 };

	(void)state;
	assert_string_equal(policy->volumes.at[0].import->cas.url, "c.example:8081");
	assert_int_not_equal(cc_decide_usable(policy, &policy->services.at[0], &err), 0);
	assert_non_null(strstr(err.text, "another CAS"));
}

static void rule_1_12_no_secret_may_be_provided_to_files(void **state)
{
	CC_AUTO_POLICY struct cc_policy *all = given(P "images: [{name: i}]\n");
	CC_AUTO_POLICY struct cc_policy *none =
		given(P "images: [{name: i, provide_secrets: []}]\n");
	CC_AUTO_POLICY struct cc_policy *one = given(P "images: [{name: i, provide_secrets: [s]}]\n"
						       "secrets: [{name: s, kind: ascii}]\n");

	(void)state;
	assert_false(all->images.at[0].provide_secrets.is_set);
	assert_true(none->images.at[0].provide_secrets.is_set);
	assert_int_equal(one->images.at[0].provide_secrets.names.count, 1);
	assert_false(is_same_meaning(P "images: [{name: i}]\n",
				     P "images: [{name: i, provide_secrets: []}]\n"));
	refused(P "images: [{name: i, provide_secrets: [t]}]\n", CC_E_ARG,
		"provides secret 't', which 'secrets' lacks", "");
	refused(P "images: [{name: i, provide_secrets: t}]\n", CC_E_ARG, "a list of names", "");
}

static void rule_1_12_enclaves_of_an_image_hold_beside_those_of_the_service(void **state)
{
#define IMAGE(enclaves)                                                                   \
	P "services: [{name: s, image_name: i, command: run, mrenclaves: [" HEX_A "]}]\n" \
	  "images: [{name: i, mrenclaves: [" enclaves "]}]\n"
	CC_AUTO_POLICY struct cc_policy *same = given(IMAGE(HEX_B ", " HEX_A));
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_decide_usable(same, &same->services.at[0], &err), 0);
	unusable(IMAGE(HEX_B), "'mrenclaves'");
#undef IMAGE
}

static void rule_1_15_every_key_of_security_is_read(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(
		P "security:\n  singleton_enclaves: true\n  service_access_token: $$SCONE::t$$\n"
		  "  attestation:\n    mode: maa\n    url: https://maa.example.com\n"
		  "    certificates: x\n    min_rsa_signing_key_size: 1024\n"
		  "    trusted_scone_qe_pubkeys: [" HEX_A "]\n"
		  "    tolerate: [local-attestation-trust-cas-tcb]\n    must_be_sgx_local: true\n"
		  "    one_time_password_shared_secret: " OTP "\n");
	const struct cc_attestation *attestation = &policy->security.attestation;

	(void)state;
	assert_true(policy->security.singleton_enclaves);
	assert_string_equal(policy->security.service_access_token, "$$SCONE::t$$");
	assert_int_equal(attestation->mode, CC_MODE_MAA);
	assert_string_equal(attestation->url, "https://maa.example.com");
	assert_int_equal(attestation->certificates.count, 1);
	assert_int_equal(attestation->min_rsa_signing_key_size, 1024);
	assert_int_equal(attestation->trusted_scone_qe_pubkeys.count, 1);
	assert_true(attestation->must_be_sgx_local);
	assert_string_equal(attestation->one_time_password_shared_secret, OTP);
}

static void rule_1_15_what_nothing_compares_yet_stops_a_service(void **state)
{
	static const char *const rows[][2] = {
		{ "service_access_token: $$SCONE::x$$", "secret 'x', which 'secrets' lacks" },
		{ "attestation: {mode: maa, url: 'https://a'}", "'mode: maa'" },
		{ "attestation: {trusted_scone_qe_pubkeys: " HEX_A "}",
		  "'trusted_scone_qe_pubkeys'" },
		{ "attestation: {must_be_sgx_local: true, tolerate: "
		  "local-attestation-trust-cas-tcb}",
		  "'must_be_sgx_local'" },
		{ "attestation: {independent_roots: 2}", "'independent_roots: 2'" },
		{ "attestation: {one_time_password_shared_secret: $$SCONE::x$$}",
		  "'one_time_password_shared_secret' refers to secret 'x'" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *text = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&text, &err, SERVICE("") "security: {%s}\n", rows[i][0]),
				 0);
		unusable(text, rows[i][1]);
	}
	unusable(SERVICE(", one_time_password_shared_secret: $$SCONE::x$$"),
		 "'one_time_password_shared_secret' refers to secret 'x'");
}

static void rule_1_15_azure_attestation_needs_an_address(void **state)
{
	(void)state;
	refused(P "security: {attestation: {mode: maa}}\n", CC_E_ARG, "'mode: maa' needs a 'url'",
		"");
	refused(P "security: {attestation: {mode: maa, url: 'http://x'}}\n", CC_E_ARG, "https://",
		"");
	assert_true(is_same_meaning(P "security: {attestation: {mode: hardware, url: ''}}\n", P));
	cc_policy_free(given(P "security: {attestation: {mode: maa, url: $$SCONE::u$$}}\n"));
}

static void rule_1_15_local_attestation_must_be_tolerated(void **state)
{
	(void)state;
	refused(P "security: {attestation: {must_be_sgx_local: true}}\n", CC_E_ARG,
		"security.attestation.must_be_sgx_local", "");
	cc_policy_free(given(P "security: {attestation: {must_be_sgx_local: true, tolerate: "
			       "[$$SCONE::x$$]}}\n"));
}

static void rule_1_15_the_secret_of_passwords_has_128_bits(void **state)
{
	(void)state;
	refused(SERVICE(", one_time_password_shared_secret: JBSWY3DPEHPK3PXP"), CC_E_ARG,
		"has 10 bytes, fewer than 16", "");
	refused(SERVICE(", one_time_password_shared_secret: abc"), CC_E_ARG, "is no base32", "");
	cc_policy_free(
		given(SERVICE(", one_time_password_shared_secret: $$SCONE::otp:base32nopad$$")));
}

static void rule_1_17_numbers_are_taken_by_their_text(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(SERVICE(", environment: {A: 3, B: 0x10, C: 1.0, D: true, E: 0o17, F: ~}"));
	static const char *const values[] = { "3", "0x10", "1.0", "true", "0o17", "" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(values); i++)
		assert_string_equal(policy->services.at[0].environment.at[i].value, values[i]);
}

static void a_sandbox_is_read(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(SERVICE(", sandbox: {memory: 512, processes: 8, open_files: 64, sockets: "
			      "[unix], read: [/usr], write: /data, system_calls: [ptrace]}"));
	const struct cc_sandbox *sandbox = policy->services.at[0].sandbox;

	(void)state;
	assert_int_equal(sandbox->memory, 512);
	assert_int_equal(sandbox->sockets.count, 1);
	assert_string_equal(sandbox->write.at[0], "/data");
	usable(SERVICE(", sandbox: {memory: 1}"));
	refused(SERVICE(", sandbox: {sockets: [vsock]}"), CC_E_ARG, "'vsock' is no family",
		"'inet6'");
	refused(SERVICE(", sandbox: {system_calls: ['rm -rf']}"), CC_E_ARG, "system call", "");
	refused(SERVICE(", sandbox: {read: usr}"), CC_E_ARG, "no absolute path", "");
}

static void staged_takes_mebibytes_up_to_a_maximum(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(SERVICE(
		", staged: 1048576") "images: [{name: i, volumes: [{name: v, path: /v, staged: 64}, {name: w, "
				     "path: /w}]}]\nvolumes: [{name: v}, {name: w}]\n");

	(void)state;
	assert_int_equal(policy->services.at[0].staged, 1048576);
	assert_int_equal(policy->images.at[0].volumes.at[0].staged, 64);
	assert_int_equal(policy->images.at[0].volumes.at[1].staged, 0);
	refused(SERVICE(", staged: 1048577"), CC_E_TOOBIG, "staged is over the maximum", "");
	refused(SERVICE(", staged: 64MiB"), CC_E_ARG, "staged", "");
	refused(SERVICE(", staged: true"), CC_E_ARG, "staged", "");
}

static void agreed_code_is_read(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(P "code: {repository: 'https://git.example.com/x', commits: "
			"[0123456789012345678901234567890123456789], recipe: build/recipe.yaml, "
			"builders: {least: 2, of: [a/build, b/build, c/build]}}\n");

	(void)state;
	assert_int_equal(policy->code->commits.count, 1);
	assert_int_equal(policy->code->builders.least, 2);
	assert_int_equal(policy->code->builders.of.count, 3);
	refused(P "code: {commits: []}\n", CC_E_ARG, "'repository' is missing", "");
	refused(P "code: {repository: x, commits: [abcd]}\n", CC_E_ARG, "no full hash", "");
	refused(P "code: {repository: x, recipe: ../y}\n", CC_E_ARG, "'.' or '..'", "");
	refused(P "code: {repository: x, recipe: /y}\n", CC_E_ARG, "no relative path", "");
	refused(P "code: {repository: x, builders: {least: 2, of: [a/b]}}\n", CC_E_ARG,
		"2 of 1 builders", "");
}

static void a_binding_line_names_who_can_consent(void **state)
{
	(void)state;
	usable(SERVICE(", executions: [{id: a, consumer: q, maximum: 1, binding: true}]"));
	refused(SERVICE(", executions: [{id: a, consumer: '*', maximum: 1, binding: true}]"),
		CC_E_ARG, "a consumer who can consent", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_3_predecessor_may_be_written_as_nothing),
		cmocka_unit_test(rule_1_3_namespace_hash_and_predecessor_exclude_each_other),
		cmocka_unit_test(rule_1_14_3_a_policy_of_0_1_creates_and_has_no_board),
		cmocka_unit_test(rule_1_4_names_are_relative_to_the_policy),
		cmocka_unit_test(rule_1_4_the_root_namespace_is_a_slash),
		cmocka_unit_test(rule_1_5_the_salt_makes_another_hash),
		cmocka_unit_test(rule_1_6_environment_may_be_a_list_of_assignments),
		cmocka_unit_test(rule_1_6_persistency_and_tags_say_nothing),
		cmocka_unit_test(rule_1_7_4_platforms_are_quoting_enclaves_or_keys),
		cmocka_unit_test(rule_1_10_secrets_may_be_kept_in_a_key_vault),
		cmocka_unit_test(rule_1_11_volumes_may_lie_at_another_cas),
		cmocka_unit_test(rule_1_12_no_secret_may_be_provided_to_files),
		cmocka_unit_test(rule_1_12_enclaves_of_an_image_hold_beside_those_of_the_service),
		cmocka_unit_test(rule_1_15_every_key_of_security_is_read),
		cmocka_unit_test(rule_1_15_what_nothing_compares_yet_stops_a_service),
		cmocka_unit_test(rule_1_15_azure_attestation_needs_an_address),
		cmocka_unit_test(rule_1_15_local_attestation_must_be_tolerated),
		cmocka_unit_test(rule_1_15_the_secret_of_passwords_has_128_bits),
		cmocka_unit_test(rule_1_17_numbers_are_taken_by_their_text),
		cmocka_unit_test(a_sandbox_is_read),
		cmocka_unit_test(staged_takes_mebibytes_up_to_a_maximum),
		cmocka_unit_test(agreed_code_is_read),
		cmocka_unit_test(a_binding_line_names_who_can_consent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
