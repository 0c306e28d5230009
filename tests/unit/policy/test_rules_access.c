/* SPDX-License-Identifier: Apache-2.0 */
/* The same as test_rules.c: sharing, volumes, images, access, security, strictness. */
#include "tests/unit/policy/rules.h"

static void rule_1_9_a_namespace_is_no_version_and_no_session(void **state)
{
	(void)state;
	accepted(SECRET("kind: ascii, export: [{namespace: q}, {namespace: /}, {session: r}]"));
	refused(SECRET("kind: ascii, export: {namespace: q, session_hash: " HEX_A "}"), CC_E_ARG,
		"no meaning for a 'namespace'", "");
	refused(SECRET("kind: ascii, export: {namespace: q, session: r}"), CC_E_ARG, "both", "");
	refused(SECRET("import: {namespace: q}"), CC_E_ARG, "'namespace' is no key", "");
}

static void rule_1_9_another_cas_is_named_with_its_key(void **state)
{
	(void)state;
	accepted(SECRET("kind: ascii, export: {cas_url: cas.example.com, cas_key: " KEY_HASH
			", session: q}"));
	accepted(SECRET("import: {cas_url: 'cas.example.com:8081', cas_software_key: " KEY_HASH
			", session: q, secret: t}"));
	assert_true(same(
		SECRET("kind: ascii, export: 'cas.example.com/cas_key=" KEY_HASH ",session=q'"),
		SECRET("kind: ascii, export: [{cas_url: cas.example.com, cas_key: " KEY_HASH
		       ", session: q}]")));
	refused(SECRET("kind: ascii, export: {cas_url: cas.example.com, session: q}"), CC_E_ARG,
		"without its key", "'cas_key'");
}

static void rule_1_10_a_value_of_a_key_vault_has_standards(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(SECRET("import_akv: {vault: v}"));
	const struct cc_akv_import *import = policy->secrets.at[1].import_akv;

	(void)state;
	assert_string_equal(import->secret_name, "s");
	assert_null(import->token);
	assert_null(import->decryption_key);
	accepted(SECRET("import_akv: {vault: v, secret_name: n, token: $$SCONE::t$$, "
			"decryption_key: $$SCONE::d$$}"));
	refused(SECRET("import_akv: {secret_name: n}"), CC_E_ARG, "'vault' is missing", "");
	refused(SECRET("import_akv: {vault: v, decryption_key: 00}"), CC_E_ARG,
		"64 hexadecimal digits", "");
}

static void rule_1_11_a_volume_needs_no_more_than_a_name(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(VOLUME(""));

	(void)state;
	assert_int_equal(policy->volumes.at[0].files, CC_FILES_ENCRYPTED);
	assert_null(policy->volumes.at[0].fspf_key);
	accepted(VOLUME(", fspf_key: " HEX_A ", fspf_tag: " TAG));
	accepted(VOLUME(", files: authenticated-only"));
	refused(P "volumes: [{files: encrypted}]\n", CC_E_ARG, "'name' is missing", "");
}

static void rule_1_11_an_imported_volume_has_no_key_tag_or_export(void **state)
{
#define IMPORT ", import: {session: q, volume: w}"
	(void)state;
	accepted(VOLUME(IMPORT));
	refused(VOLUME(IMPORT ", fspf_key: " HEX_A), CC_E_ARG, "its owner decides", "");
	refused(VOLUME(IMPORT ", fspf_tag: " TAG), CC_E_ARG, "its owner decides", "");
	refused(VOLUME(IMPORT ", export: r"), CC_E_ARG, "its owner decides", "");
	refused(VOLUME(", import: {session: q}"), CC_E_ARG, "'volume' is missing", "");
#undef IMPORT
}

static void rule_1_11_a_volume_of_0_2_is_imported_by_its_policy_s_name(void **state)
{
	(void)state;
	assert_true(same(VOLUME(", import: q"), VOLUME(", import: {session: q, volume: v}")));
	assert_true(same(VOLUME(", import: 'q:" HEX_A "'"),
			 VOLUME(", import: {session: q, session_hash: " HEX_A ", volume: v}")));
	assert_true(same(VOLUME(", import: ../q"), VOLUME(", import: {session: a/q, volume: v}")));
	refused(VOLUME(", import: '/namespace=q'"), CC_E_ARG, "from one 'session'", "");
	refused(VOLUME(", import: a/b"), CC_E_ARG, "imported from its own policy", "");
}

static void rule_1_11_a_volume_is_exported_to_sessions_only(void **state)
{
	(void)state;
	assert_true(same(VOLUME(", export: [{session: q, session_hash: " HEX_A "}]"),
			 VOLUME(", export: [{to: {session: q, session_hash: " HEX_A "}}]")));
	refused(VOLUME(", export: [{namespace: q}]"), CC_E_ARG, "'namespace' is no key", "");
	refused(VOLUME(", export: '/namespace=q'"), CC_E_ARG, "to one 'session'", "");
}

/* Whether service s of `s/user` may have volume `theirs` of the owner, mounted so. */
static bool may_mount(const char *theirs, const char *mount, const char *export)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	CC_AUTO_FREE char *user = NULL, *owner = NULL;
	struct cc_volume_use use = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_strf(&user, &err,
				 "name: s/user\nimages: [{name: i, volumes: [{name: v, path: /v, "
				 "update_policy: %s}]}]\nservices: [{name: s, image_name: i, "
				 "command: run, " PARTS "}]\n"
				 "volumes: [{name: v, import: {session: q, volume: %s}}]\n",
				 mount, theirs),
			 0);
	assert_int_equal(
		cc_strf(&owner, &err,
			"name: q\nvolumes: [{name: w, export: {to: {session: s/user}, %s}}]\n",
			export),
		0);
	world_put(&world, user);
	world_put(&world, owner);
	world_consent_all(&world);
	return cc_decide_volume(&world.view,
				&(struct cc_volume_ask){
					.known = &world.at[0],
					.service = &world.at[0].policy->services.at[0],
					.mount = &world.at[0].policy->images.at[0].volumes.at[0] },
				&use, &err) == 0;
}

static void rule_1_11_the_export_bounds_the_update_policy(void **state)
{
	static const char *const words[] = { "ephemeral", "rollback_protected",
					     "no_rollback_protection" };

	(void)state;
	for (size_t granted = 0; granted < CC_COUNT(words); granted++)
		for (size_t asked = 0; asked < CC_COUNT(words); asked++) {
			CC_AUTO_FREE char *export = NULL;
			struct cc_err err = { 0 };

			assert_int_equal(
				cc_strf(&export, &err, "update_policy: %s", words[granted]), 0);
			assert_int_equal(may_mount("w", words[asked], export), asked <= granted);
		}
}

static void rule_1_11_an_alias_takes_the_place_of_the_name(void **state)
{
	(void)state;
	assert_true(may_mount("w", "ephemeral", "update_policy: ephemeral"));
	assert_true(may_mount("x", "ephemeral", "volume_alias: x"));
	assert_false(may_mount("w", "ephemeral", "volume_alias: x"));
}

static void rule_1_12_a_permission_is_octal_as_in_yaml_1_2(void **state)
{
#define FILE_WITH(permission) IMAGE("injection_files: [{path: /f" permission "}]")
	CC_AUTO_POLICY struct cc_policy *policy = given(FILE_WITH(", permission: 0o100"));

	(void)state;
	assert_int_equal(policy->images.at[0].injection_files.at[0].permission, 0100);
	assert_true(same(FILE_WITH(""), FILE_WITH(", permission: 0o700")));
	assert_true(same(FILE_WITH(""), FILE_WITH(", permission: '0o700'")));
	assert_true(same(FILE_WITH(""), IMAGE("injection_files: [/f]")));
	refused(FILE_WITH(", permission: 0700"), CC_E_ARG, "'0700' is no permission like '0o700'",
		"");
	refused(FILE_WITH(", permission: 448"), CC_E_ARG, "is no permission", "");
	refused(FILE_WITH(", permission: 0o1777"), CC_E_ARG, "more than '0o777'", "");
#undef FILE_WITH
}

static void rule_1_13_any_and_none_stand_alone(void **state)
{
#define READ(rule) P "access_policy: {read: " rule "}\n"
	(void)state;
	assert_true(same(READ("ANY"), READ("[ANY]")));
	assert_true(same(READ("NONE"), READ("[NONE]")));
	assert_false(same(READ("ANY"), READ("NONE")));
	refused(READ("[ANY, CREATOR]"), CC_E_ARG, "'ANY' must stand alone", "");
	refused(READ("[" KEY_HASH ", NONE]"), CC_E_ARG, "'NONE' must stand alone", "");
	refused(READ("any"), CC_E_ARG, "'any' is no key hash", "ANY");
}

static void rule_1_13_an_empty_element_names_nobody(void **state)
{
	(void)state;
	assert_true(same(READ("CREATOR"), P "access_policy:\n  read:\n  - CREATOR\n  -\n"));
	assert_true(same(READ("NONE"), P "access_policy:\n  read:\n  -\n"));
}

static void rule_1_13_nothing_is_signed_to_read_or_list(void **state)
{
	(void)state;
	accepted(P "access_policy: {update: [{signer: " SIGNER "}]}\n");
	accepted(P "access_policy: {create_sessions: [{signer: " SIGNER "}]}\n");
	refused(READ("[{signer: " SIGNER "}]"), CC_E_ARG, "nothing is signed to read", "");
	refused(P "access_policy: {list_sessions: [{signer: " SIGNER "}]}\n", CC_E_ARG,
		"nothing is signed to read", "");
	refused(READ("{require-all: [" KEY_HASH "]}"), CC_E_ARG, "nothing is signed", "");
#undef READ
}

static void rule_1_13_a_signer_and_a_key_hash_are_told_apart(void **state)
{
	(void)state;
	refused(P "access_policy: {update: [" SIGNER "]}\n", CC_E_ARG,
		"is a signer and no key hash", "signer: " SIGNER);
	refused(P "access_policy: {update: [{signer: " KEY_HASH "}]}\n", CC_E_ARG, "is no signer",
		"");
	refused(P "access_policy: {update: [" HEX_A "]}\n", CC_E_UNSUPPORTED,
		"the hash of a certificate's file, as version 0.2", "the certificate itself");
}

static void rule_1_13_whoever_may_create_below_may_list(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(P "access_policy: {read: NONE, create_sessions: CREATOR}\n");
	struct cc_known known = { .policy = policy };
	struct cc_digest creator = { 0 }, other = { 0 };
	struct cc_identity who = { .key = &creator };
	struct cc_err err = { 0 };

	(void)state;
	memset(creator.b, 1, sizeof(creator.b));
	known.creator = creator;
	assert_int_equal(cc_decide_access(&known, CC_RIGHT_LIST, &who, &err), 0);
	assert_int_equal(cc_decide_access(&known, CC_RIGHT_READ, &who, &err), -1);
	who.key = &other;
	assert_int_equal(cc_decide_access(&known, CC_RIGHT_LIST, &who, &err), -1);
}

/* A board of two of three, and an owner beside it who needs nobody. */
static void rule_1_14_1_an_owner_may_stand_beside_the_board(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(
		P "access_policy:\n  update:\n    require-at-least-1:\n    - {signer: " SIGNER "}\n"
		  "    - require-at-least-2:\n      - CREATOR\n      - " KEY_HASH
		  "\n      - {signer: " OTHER_SIGNER "}\n");
	const struct cc_access_entry *rule = &policy->access_policy.update.at[0];
	struct cc_known known = { .policy = policy };
	struct cc_digest owner = { 0 }, other = { 0 };
	struct cc_identity who = { .signers = &owner, .signer_count = 1 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(rule->kind, CC_ENTRY_AT_LEAST);
	for (size_t i = 0; i < rule->of.count; i++)
		if (rule->of.at[i].kind == CC_ENTRY_SIGNER)
			owner = rule->of.at[i].key;
		else
			for (size_t k = 0; k < rule->of.at[i].of.count; k++)
				if (rule->of.at[i].of.at[k].kind == CC_ENTRY_SIGNER)
					other = rule->of.at[i].of.at[k].key;
	assert_int_equal(cc_decide_access(&known, CC_RIGHT_UPDATE, &who, &err), 0);
	who.signers = &other;
	assert_int_equal(cc_decide_access(&known, CC_RIGHT_UPDATE, &who, &err), -1);
}

static void rule_1_14_1_a_threshold_can_be_met(void **state)
{
#define UPDATE(rule) P "access_policy: {update: {" rule "}}\n"
	(void)state;
	accepted(UPDATE("require-at-least-2: [{signer: " SIGNER "}, CREATOR]"));
	refused(UPDATE("require-at-least-3: [{signer: " SIGNER "}, CREATOR]"), CC_E_ARG,
		"3 of 2 can never be met", "");
	refused(UPDATE("require-at-least-0: [CREATOR]"), CC_E_ARG, "", "");
	refused(UPDATE("require-at-least-: [CREATOR]"), CC_E_ARG, "", "");
	refused(UPDATE("require-all: []"), CC_E_ARG, "a rule over nobody", "");
	refused(UPDATE("require-all: [CREATOR, CREATOR]"), CC_E_ARG, "twice", "");
	refused(UPDATE("require-all: [ANY]"), CC_E_ARG, "have no place in a rule", "");
	refused(UPDATE("require-most: [CREATOR]"), CC_E_ARG, "", "");
#undef UPDATE
}

static void rule_1_15_every_word_of_tolerate_is_known(void **state)
{
#define TOLERATE(words) P "security: {attestation: {tolerate: " words "}}\n"
	(void)state;
	accepted(TOLERATE("[debug-mode, hyperthreading, insecure-igpu, software-hardening-needed, "
			  "aepic-leak, insecure-configuration, outdated-tcb, maa-managed-tcb, "
			  "local-attestation-trust-cas-tcb, migration, ve-on-private-memory, "
			  "milan]"));
	assert_true(same(TOLERATE("debug"), TOLERATE("[debug-mode, debug]")));
	assert_true(same(TOLERATE("[]"), P));
	refused(TOLERATE("[out-of-date]"), CC_E_ARG, "'out-of-date' is no value", "");
	refused(TOLERATE("[debugmode]"), CC_E_ARG, "tolerate", "did you mean 'debug-mode'?");
#undef TOLERATE
}

static void rule_1_15_all_advisories_are_a_star_in_quotes(void **state)
{
#define IGNORE(which) P "security: {attestation: {ignore_advisories: " which "}}\n"
	(void)state;
	assert_true(same(IGNORE("'*'"), IGNORE("[\"*\"]")));
	accepted(IGNORE("[INTEL-SA-00334, 'INTEL-SA-00615', INTEL-SA-00334]"));
	refused(IGNORE("*"), CC_E_ARG, "", "");
	refused(IGNORE("'INTEL-SA-00334, INTEL-SA-00615'"), CC_E_ARG, "ignore_advisories[0]",
		"INTEL-SA-00615");
#undef IGNORE
}

static void rule_1_15_a_token_of_a_service_is_any_text(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(P "security: {service_access_token: 0}\n");

	(void)state;
	assert_string_equal(policy->security.service_access_token, "0");
	accepted(P "security: {service_access_token: $$SCONE::token$$}\n");
}

static void rule_1_17_an_unknown_key_is_refused_wherever_it_stands(void **state)
{
	static const struct {
		const char *text, *path;
	} rows[] = {
		{ P "zzzz: 1\n", "zzzz" },
		{ SERVICE(", zzzz: 1"), "services[0].zzzz" },
		{ P "services: [{name: s, attestation: [{zzzz: 1}]}]\n",
		  "services[0].attestation[0].zzzz" },
		{ SIGNED_BY("zzzz: 1"), "services[0].attestation[0].signer.zzzz" },
		{ IMAGE("zzzz: 1"), "images[0].zzzz" },
		{ IMAGE("volumes: [{name: v, path: /v, zzzz: 1}]"), "images[0].volumes[0].zzzz" },
		{ IMAGE("injection_files: [{path: /f, zzzz: 1}]"),
		  "images[0].injection_files[0].zzzz" },
		{ VOLUME(", zzzz: 1"), "volumes[0].zzzz" },
		{ VOLUME(", export: [{session: q, zzzz: 1}]"), "volumes[0].export[0].zzzz" },
		{ VOLUME(", export: [{to: {session: q, zzzz: 1}}]"),
		  "volumes[0].export[0].to.zzzz" },
		{ VOLUME(", import: {session: q, volume: w, zzzz: 1}"), "volumes[0].import.zzzz" },
		{ SECRET("kind: ascii, zzzz: 1"), "secrets[1].zzzz" },
		{ SECRET("kind: ascii, export: [{session: q, zzzz: 1}]"),
		  "secrets[1].export[0].zzzz" },
		{ SECRET("import: {session: q, zzzz: 1}"), "secrets[1].import.zzzz" },
		{ SECRET("import_akv: {vault: v, zzzz: 1}"), "secrets[1].import_akv.zzzz" },
		{ SECRET("kind: jwt, signer: k, validity: {for: 1h, zzzz: 1}"),
		  "secrets[1].validity.zzzz" },
		{ P "access_policy: {zzzz: 1}\n", "access_policy.zzzz" },
		{ P "security: {zzzz: 1}\n", "security.zzzz" },
		{ P "security: {attestation: {zzzz: 1}}\n", "security.attestation.zzzz" },
		{ P "secret_config: {zzzz: 1}\n", "secret_config.zzzz" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		refused(rows[i].text, CC_E_ARG, rows[i].path, "policy(5)");
}

static void rule_1_17_a_structure_is_no_value_and_a_value_no_structure(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "name: [p]\n", "name: a list where one value" },
		{ P "services: {name: s}\n", "services: a mapping where a list" },
		{ P "services: s\n", "services: a single value where a list" },
		{ P "services: [s]\n", "services[0]: a single value where a mapping" },
		{ P "images: [[i]]\n", "images[0]: a list where a mapping" },
		{ P "security: none\n", "security: a single value where a mapping" },
		{ P "access_policy: CREATOR\n", "access_policy: a single value where a mapping" },
		{ SERVICE(", environment: A=b"), "environment: a mapping of names to values" },
		{ SERVICE(", pwd: [/]"), "pwd: a list where one value" },
		{ SECRET("kind: ascii, size: [20]"), "size: a list where one value" },
		{ SECRET("kind: ascii, size: 20.0"), "size '20.0' is not a number" },
		{ SECRET("kind: ascii, export_public: 1"), "'1' is neither 'true' nor 'false'" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		refused(rows[i].text, CC_E_ARG, rows[i].why, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_9_a_namespace_is_no_version_and_no_session),
		cmocka_unit_test(rule_1_9_another_cas_is_named_with_its_key),
		cmocka_unit_test(rule_1_10_a_value_of_a_key_vault_has_standards),
		cmocka_unit_test(rule_1_11_a_volume_needs_no_more_than_a_name),
		cmocka_unit_test(rule_1_11_an_imported_volume_has_no_key_tag_or_export),
		cmocka_unit_test(rule_1_11_a_volume_of_0_2_is_imported_by_its_policy_s_name),
		cmocka_unit_test(rule_1_11_a_volume_is_exported_to_sessions_only),
		cmocka_unit_test(rule_1_11_the_export_bounds_the_update_policy),
		cmocka_unit_test(rule_1_11_an_alias_takes_the_place_of_the_name),
		cmocka_unit_test(rule_1_12_a_permission_is_octal_as_in_yaml_1_2),
		cmocka_unit_test(rule_1_13_any_and_none_stand_alone),
		cmocka_unit_test(rule_1_13_an_empty_element_names_nobody),
		cmocka_unit_test(rule_1_13_nothing_is_signed_to_read_or_list),
		cmocka_unit_test(rule_1_13_a_signer_and_a_key_hash_are_told_apart),
		cmocka_unit_test(rule_1_13_whoever_may_create_below_may_list),
		cmocka_unit_test(rule_1_14_1_an_owner_may_stand_beside_the_board),
		cmocka_unit_test(rule_1_14_1_a_threshold_can_be_met),
		cmocka_unit_test(rule_1_15_every_word_of_tolerate_is_known),
		cmocka_unit_test(rule_1_15_all_advisories_are_a_star_in_quotes),
		cmocka_unit_test(rule_1_15_a_token_of_a_service_is_any_text),
		cmocka_unit_test(rule_1_17_an_unknown_key_is_refused_wherever_it_stands),
		cmocka_unit_test(rule_1_17_a_structure_is_no_value_and_a_value_no_structure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
