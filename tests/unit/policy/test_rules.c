/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of SCONE's language that a text alone decides, each test named after the section that
 * states it: policies, services, attestation, secrets. docs/scone-rules.md says where others are.
 */
#include "tests/unit/policy/rules.h"

#include "policy/policy.h"

static void rule_1_3_empty_sections_are_as_absent_ones(void **state)
{
	(void)state;
	assert_true(same(P, P "services:\nsecrets:\nvolumes:\nimages:\naccess_policy:\n"
			      "security:\nsecret_config:\nnamespace_hash:\nsalt: ~\n"));
	assert_true(same(P, P "services: []\nsecrets: []\nvolumes: []\nimages: []\n"
			      "access_policy: {}\nsecurity: {attestation: {}}\n"));
}

/* With its sections in their order and every default spelled out. */
static void rule_1_3_the_form_that_a_cas_prints_is_read(void **state)
{
	(void)state;
	assert_true(same("---\nversion: \"0.3.10\"\nname: p\npredecessor: ~\nservices:\n"
			 "- name: s\n  environment:\n    A: running\n  command: ./run arg1 arg2\n"
			 "  pwd: /\n  persistency: None\naccess_policy:\n  read:\n  - CREATOR\n"
			 "  update:\n  - CREATOR\nsecurity:\n  attestation:\n    mode: none\n",
			 "version: 0.3.10\nname: p\nsecurity: {attestation: {mode: none}}\n"
			 "services: [{name: s, command: [./run, arg1, arg2], pwd: /, "
			 "environment: {A: running}}]\n"));
}

static void rule_1_3_unset_access_is_the_creator_s(void **state)
{
	CC_AUTO_POLICY struct cc_policy *unset = given(P);
	CC_AUTO_POLICY struct cc_policy *set =
		given(P "access_policy: {read: ANY, update: " KEY_HASH "}\n");

	(void)state;
	assert_int_equal(unset->access_policy.read.at[0].kind, CC_ENTRY_CREATOR);
	assert_int_equal(unset->access_policy.update.at[0].kind, CC_ENTRY_CREATOR);
	assert_int_equal(unset->access_policy.create_sessions.at[0].kind, CC_ENTRY_CREATOR);
	assert_int_equal(unset->access_policy.list_sessions.at[0].kind, CC_ENTRY_CREATOR);
	assert_int_equal(set->access_policy.create_sessions.at[0].kind, CC_ENTRY_KEY);
	assert_int_equal(set->access_policy.list_sessions.at[0].kind, CC_ENTRY_ANY);
}

static void rule_1_3_unset_security_is_hardware_and_tolerates_nothing(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(P);

	(void)state;
	assert_int_equal(policy->security.attestation.mode, CC_MODE_HARDWARE);
	assert_int_equal(policy->security.attestation.tolerate, 0);
	assert_int_equal(policy->security.attestation.ignore_advisories.count, 0);
	assert_false(policy->security.singleton_enclaves);
	assert_false(policy->secret_config.is_akv);
}

static void rule_1_4_the_short_form_knows_no_relative_names(void **state)
{
	(void)state;
	accepted(SECRET("kind: ascii, export: ../c"));
	accepted(SECRET("kind: ascii, export: {session: ../c}"));
	refused(SECRET("kind: ascii, export: '/session=../c'"), CC_E_ARG, "'.' or '..'", "");
	refused(SECRET("import: '/session=./c'"), CC_E_ARG, "'.' or '..'", "");
}

static void rule_1_5_the_creator_is_part_of_the_hash(void **state)
{
	(void)state;
	assert_false(same(P, P "creator: " KEY_HASH "\n"));
	assert_false(same(P "creator: {signer: " SIGNER "}\n",
			  P "creator: {signer: " OTHER_SIGNER "}\n"));
	assert_false(same(P, P "predecessor: " HEX_A "\n"));
}

static void rule_1_6_a_command_is_a_text_or_a_list(void **state)
{
	(void)state;
	assert_true(same(P "services: [{name: s, command: \"run  'a b' --c=\\\"d e\\\"\", "
			   "mrenclaves: [" HEX_A "]}]\n",
			 P "services: [{name: s, command: [run, a b, --c=d e], "
			   "mrenclaves: [" HEX_A "]}]\n"));
	/* Block styles end in a line break, which is white space. */
	assert_true(same(SERVICE("") "", P "services:\n- name: s\n  mrenclaves: [" HEX_A
					   "]\n  command: |\n    run\n"));
	/* Numbers in a list are arguments like others. */
	assert_true(same(P "services: [{name: s, command: [run, 3306, 1.50, true], mrenclaves: "
			   "[" HEX_A "]}]\n",
			 P "services: [{name: s, command: run 3306 1.50 true, mrenclaves: [" HEX_A
			   "]}]\n"));
	refused(P "services: [{name: s, command: \"a\\0b\"}]\n", CC_E_ARG, "a NUL character", "");
}

static void rule_1_6_a_position_of_the_host_is_a_word_and_stands_once(void **state)
{
#define COMMAND(words) P "services: [{name: s, command: " words ", mrenclaves: [" HEX_A "]}]\n"
	(void)state;
	started(COMMAND("run arg1 @@1 @@2"));
	started(COMMAND("[run, '@@2', '@@1']"));
	started(COMMAND("run a@@b"));
	stopped(COMMAND("run @@1 @@1"), "its command has '@@1' twice");
	stopped(COMMAND("run --port=@@1"), "an argument of the host is a word of its own");
	stopped(COMMAND("run @@0"), "an argument of the host is a word");
#undef COMMAND
}

static void rule_1_6_a_variable_of_the_host_is_a_marked_key(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(SERVICE(", environment: {\\@\\@HOME: , \\@\\@USER: '', \\@\\@LANG: de}"));
	const struct cc_service *service = &policy->services.at[0];

	(void)state;
	assert_string_equal(cc_host_variable(service->environment.at[0].name), "HOME");
	assert_string_equal(service->environment.at[0].value, "");
	assert_string_equal(cc_host_variable(service->environment.at[2].name), "LANG");
	assert_null(cc_host_variable("@@HOME"));
	assert_null(cc_host_variable("HOME"));
	stopped(SERVICE(", environment: {'x\\@\\@HOME': }"), "is no variable of the host");
}

static void rule_1_6_a_variable_has_a_name_without_equals_sign(void **state)
{
	(void)state;
	refused(SERVICE(", environment: {'A=B': c}"), CC_E_ARG,
		"environment.A=B: 'A=B' is no name of an environment variable", "");
	refused(SERVICE(", environment: {'': c}"), CC_E_ARG, "no name of", "");
	refused(SERVICE(", environment: {A: \"b\\0\"}"), CC_E_ARG, "a NUL character", "");
	refused(SERVICE(", environment: {A: {B: c}}"), CC_E_ARG,
		"environment.A: a mapping where one value", "");
}

static void rule_1_6_a_service_is_attested_unless_that_is_switched_off(void **state)
{
	(void)state;
	refused(P "services: [{name: s}]\n", CC_E_ARG, "service 's' names no measurement",
		"'attestation'");
	refused(P "services: [{name: s, mrenclaves: []}]\n", CC_E_ARG, "names no measurement", "");
	refused(P "services: [{name: s, attestation: []}]\n", CC_E_ARG, "names no measurement", "");
	refused(P "services: [{name: s, mrenclaves: [" HEX_A "]}, {name: t}]\n", CC_E_ARG,
		"service 't' names no measurement", "");
	accepted(P "services: [{name: s}]\nsecurity: {attestation: {mode: none}}\n");
	accepted(P "services: [{name: s, attestation: $$SCONE::a$$}]\n");
}

static void rule_1_6_the_key_of_the_file_system_is_hexadecimal_or_a_reference(void **state)
{
	(void)state;
	assert_true(same(SERVICE(", fspf_path: /fspf.pb, fspf_key: " HEX_A ", fspf_tag: " HEX_B),
			 SERVICE(", fspf_path: /fspf.pb, fspf_key: "
				 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
				 ", fspf_tag: " HEX_B)));
	accepted(SERVICE(", fspf_key: $$SCONE::k$$"));
	accepted(SERVICE(", fspf_key: " HEX_A ", fspf_tag: " TAG));
	refused(SERVICE(", fspf_key: " TAG), CC_E_ARG, "not 32 characters", "");
	refused(SERVICE(", fspf_tag: 00"), CC_E_ARG, "neither 64 nor 32", "");
}

static void rule_1_6_rollbacks_are_noticed_unless_that_is_switched_off(void **state)
{
	CC_AUTO_POLICY struct cc_policy *unset = given(SERVICE(""));

	(void)state;
	assert_int_equal(unset->services.at[0].fspf_update_policy, CC_FSPF_REINITIALIZABLE);
	assert_true(same(SERVICE(""),
			 SERVICE(", fspf_update_policy: rollback_protected_reinitializable")));
	assert_false(same(SERVICE(""), SERVICE(", fspf_update_policy: no_rollback_protection")));
	refused(SERVICE(", fspf_update_policy: rollback_protected"), CC_E_ARG, "is no value", "");
}

static void rule_1_7_1_a_signer_names_itself_and_its_product(void **state)
{
	(void)state;
	accepted(SIGNED_BY("mrsigner: " HEX_A ", isvprodid: 6"));
	accepted(SIGNED_BY("mrsigner: " HEX_A ", isvprodid: 0"));
	refused(SIGNED_BY("mrsigner: " HEX_A), CC_E_ARG, "'isvprodid' is missing", "");
	refused(SIGNED_BY("isvprodid: 6"), CC_E_ARG, "'mrsigner' is missing", "");
	refused(SIGNED_BY("mrsigner: [" HEX_A "], isvprodid: 6"), CC_E_ARG,
		"a list where one value", "");
	refused(SIGNED_BY("mrsigner: " HEX_A ", isvprodid: 65536"), CC_E_TOOBIG, "isvprodid", "");
}

static void rule_1_7_1_a_version_is_exact_or_in_a_range(void **state)
{
#define VERSION(more) SIGNED_BY("mrsigner: " HEX_A ", isvprodid: 6, " more)
	(void)state;
	accepted(VERSION("isvsvn: 13"));
	accepted(VERSION("isvsvn_min: 13"));
	accepted(VERSION("isvsvn_max: 13"));
	accepted(VERSION("isvsvn_min: 13, isvsvn_max: 13"));
	refused(VERSION("isvsvn: 13, isvsvn_min: 12"), CC_E_ARG, "exclude each other", "");
	refused(VERSION("isvsvn: 13, isvsvn_max: 14"), CC_E_ARG, "exclude each other", "");
	refused(VERSION("isvsvn_min: 14, isvsvn_max: 13"), CC_E_ARG, "greater than", "");
	refused(VERSION("isvsn_min: 13"), CC_E_ARG, "'isvsn_min' is no key", "'isvsvn_min'");
#undef VERSION
}

static void rule_1_7_1_misspelled_keys_are_refused_with_the_right_one(void **state)
{
	(void)state;
	refused(SIGNED_BY("mrsinger: " HEX_A ", isvprodid: 6"), CC_E_ARG,
		"line 3, column 45: services[0].attestation[0].signer.mrsinger", "'mrsigner'");
	refused(P "services: [{name: s, attestation: {mrenclaves: [" HEX_A "]}}]\n", CC_E_ARG,
		"'mrenclaves' is no key of this attestation", "'mrenclave'");
}

static void rule_1_7_2_singleton_enclaves_are_asked_for(void **state)
{
	CC_AUTO_POLICY struct cc_policy *asked = given(P "security: {singleton_enclaves: true}\n");

	(void)state;
	assert_true(asked->security.singleton_enclaves);
	assert_true(same(P, P "security: {singleton_enclaves: false}\n"));
	refused(P "security: {singleton_enclaves: once}\n", CC_E_ARG, "neither 'true' nor", "");
}

static void rule_1_8_1_a_secret_has_one_name_and_one_source(void **state)
{
	(void)state;
	refused(SECRET("kind: ascii}, {name: s, kind: ascii"), CC_E_ARG,
		"secret 's' is there twice", "");
	refused(SECRET("import: q, import_akv: {vault: v}"), CC_E_ARG, "exclude each other", "");
	refused(SECRET("kind: ascii, import: q, value: x"), CC_E_ARG, "exclude each other", "");
	refused(P "secrets: [{name: 'a b', kind: ascii}]\n", CC_E_ARG, "secrets[0].name", "");
}

static void rule_1_8_1_a_kind_is_optional_where_it_follows(void **state)
{
	(void)state;
	accepted(SECRET("import: {session: q, secret: t}"));
	accepted(SECRET("kind: x509, import: {session: q, secret: t}"));
	accepted(SECRET("import_akv: {vault: v}"));
	refused(SECRET("export_public: true"), CC_E_ARG, "'kind' is missing", "");
}

static void rule_1_8_2_a_binary_value_is_hexadecimal_in_either_case(void **state)
{
	(void)state;
	assert_true(same(SECRET("kind: binary, value: DEADBEEF"),
			 SECRET("kind: binary, value: 'deadbeef'")));
	accepted(SECRET("kind: binary, value: 0012345678"));
	refused(SECRET("kind: binary, value: 0xDEAD"), CC_E_ARG, "secrets[1].value", "");
	refused(SECRET("kind: binary, value: ABC"), CC_E_ARG, "an even count", "");
}

static void rule_1_8_2_keys_of_other_kinds_have_no_meaning(void **state)
{
	(void)state;
	refused(SECRET("kind: x509-ca, private_key: k, endpoint: server"), CC_E_ARG,
		"secrets[1].endpoint: 'endpoint' has no meaning", "");
	refused(SECRET("kind: x509-ca, private_key: k, dns: a"), CC_E_ARG, "'dns' has no", "");
	refused(SECRET("kind: x509, private_key: k, endpoint: client, dns: a"), CC_E_ARG,
		"'dns' has no meaning for 'endpoint: client'", "");
	accepted(SECRET("kind: x509, private_key: k, endpoint: client, san: 'dns:a'"));
	refused(SECRET("kind: pgp-key, value: x"), CC_E_ARG, "'value' has no meaning", "");
	refused(SECRET("kind: ascii, migrate: true"), CC_E_ARG, "'migrate' has no meaning", "");
}

static void rule_1_8_2_a_claim_is_text_and_none_of_the_cas_s(void **state)
{
#define TOKEN(payload)                                                                             \
	P "secrets: [{name: k, kind: private-key, key_type: P-384}, {name: s, kind: jwt, signer: " \
	  "k, alg: ES384, validity: {for: 24h}, payload: {" payload "}}]\n"
	(void)state;
	accepted(TOKEN("a: b, c: $$SCONE::k$$, d: $$SCONE::self::software_identity$$"));
	refused(TOKEN("iat: 1"), CC_E_ARG, "the claim 'iat' is set by the CAS", "");
	refused(TOKEN("nbf: 1"), CC_E_ARG, "the claim 'nbf'", "");
	refused(TOKEN("exp: 1"), CC_E_ARG, "the claim 'exp'", "");
	refused(TOKEN("a: 'secret: $$SCONE::k$$'"), CC_E_ARG, "has a reference and other text", "");
	refused(TOKEN("a: {b: c}"), CC_E_ARG, "payload.a: a mapping", "");
	refused(SECRET("kind: jwt, signer: k, alg: ES384"), CC_E_ARG, "'key_type: P-384'", "");
	refused(SECRET("kind: jwt, signer: k, alg: RS256"), CC_E_ARG, "is no value", "'ES384'");
#undef TOKEN
}

static void rule_1_8_3_an_undefined_secret_stops_the_start_and_is_named(void **state)
{
	(void)state;
	stopped(SERVICE(", environment: {A: x$$SCONE::nix:hex$$y}"), "refers to secret 'nix'");
	stopped(SERVICE(", environment: {A: $$SCONE:s$$}"), "one colon");
	started(SERVICE(
		", environment: {A: '$$SCONE::s$$$$SCONE::s:hex$$'}") "secrets: [{name: s, kind: binary}]\n");
	started(SERVICE(
		", environment: {A: '$$SCONE::s.crt$$'}") "secrets: [{name: s, kind: x509, private_key: k}, {name: k, kind: private-key}]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_3_empty_sections_are_as_absent_ones),
		cmocka_unit_test(rule_1_3_the_form_that_a_cas_prints_is_read),
		cmocka_unit_test(rule_1_3_unset_access_is_the_creator_s),
		cmocka_unit_test(rule_1_3_unset_security_is_hardware_and_tolerates_nothing),
		cmocka_unit_test(rule_1_4_the_short_form_knows_no_relative_names),
		cmocka_unit_test(rule_1_5_the_creator_is_part_of_the_hash),
		cmocka_unit_test(rule_1_6_a_command_is_a_text_or_a_list),
		cmocka_unit_test(rule_1_6_a_position_of_the_host_is_a_word_and_stands_once),
		cmocka_unit_test(rule_1_6_a_variable_of_the_host_is_a_marked_key),
		cmocka_unit_test(rule_1_6_a_variable_has_a_name_without_equals_sign),
		cmocka_unit_test(rule_1_6_a_service_is_attested_unless_that_is_switched_off),
		cmocka_unit_test(rule_1_6_the_key_of_the_file_system_is_hexadecimal_or_a_reference),
		cmocka_unit_test(rule_1_6_rollbacks_are_noticed_unless_that_is_switched_off),
		cmocka_unit_test(rule_1_7_1_a_signer_names_itself_and_its_product),
		cmocka_unit_test(rule_1_7_1_a_version_is_exact_or_in_a_range),
		cmocka_unit_test(rule_1_7_1_misspelled_keys_are_refused_with_the_right_one),
		cmocka_unit_test(rule_1_7_2_singleton_enclaves_are_asked_for),
		cmocka_unit_test(rule_1_8_1_a_secret_has_one_name_and_one_source),
		cmocka_unit_test(rule_1_8_1_a_kind_is_optional_where_it_follows),
		cmocka_unit_test(rule_1_8_2_a_binary_value_is_hexadecimal_in_either_case),
		cmocka_unit_test(rule_1_8_2_keys_of_other_kinds_have_no_meaning),
		cmocka_unit_test(rule_1_8_2_a_claim_is_text_and_none_of_the_cas_s),
		cmocka_unit_test(rule_1_8_3_an_undefined_secret_stops_the_start_and_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
