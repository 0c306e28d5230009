/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets as the language has them (SCONE's reference, 0.2 to 0.3.12). */
#include "tests/unit/policy/given.h"

#include "base/str.h"

#define KEY_HASH "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"
#define CAS_KEY "46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt"
#define KEY "{name: key, kind: private-key}"
#define CA "{name: ca, kind: x509-ca, private_key: key}"
#define SECRETS(more) "version: 0.3.12\nname: a/b/c\nsecrets: [" KEY ", " CA ", " more "]\n"

/* The third secret of such a policy. */
static const struct cc_secret_entry *third(const struct cc_policy *policy)
{
	assert_int_equal(policy->secrets.count, 3);
	return &policy->secrets.at[2];
}

static void rule_1_8_2_every_kind_is_read_with_its_defaults(void **state)
{
	static const struct {
		const char *secret;
		enum cc_secret_kind kind;
	} rows[] = {
		{ "{name: s, kind: ascii}", CC_SECRET_ASCII },
		{ "{name: s, kind: binary, value: DEADBEEF}", CC_SECRET_BINARY },
		{ "{name: s, kind: private-key, key_type: RSA-3072, migrate: true}",
		  CC_SECRET_PRIVATE_KEY },
		{ "{name: s, kind: public-key, private_key: key}", CC_SECRET_PUBLIC_KEY },
		{ "{name: s, kind: x509, private_key: key, issuer: ca}", CC_SECRET_X509 },
		{ "{name: s, kind: x509-ca, private_key: key, issuer: ca}", CC_SECRET_X509_CA },
		{ "{name: s, kind: session-ca}", CC_SECRET_SESSION_CA },
		{ "{name: s, kind: aad-token, tenant_id: t, client_id: c, application_secret: a}",
		  CC_SECRET_AAD_TOKEN },
		{ "{name: s, kind: config-fragment, value: [a, b]}", CC_SECRET_CONFIG_FRAGMENT },
		{ "{name: s, kind: pgp-key}", CC_SECRET_PGP_KEY },
		{ "{name: s, kind: jwt, signer: k}, {name: k, kind: private-key, key_type: P-384}",
		  CC_SECRET_JWT },
		{ "{name: s, import: {session: q, secret: t}}", CC_SECRET_NONE },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *text = NULL;
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		const struct cc_secret_entry *secret = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&text, &err,
					 "version: 0.3.12\nname: p\nsecrets: [%s, " KEY ", " CA
					 "]\n",
					 rows[i].secret),
				 0);
		policy = given(text);
		secret = cc_policy_secret(policy, "s");
		assert_int_equal(secret->kind, rows[i].kind);
		assert_int_equal(secret->size, 20);
		assert_int_equal(secret->valid_for, 0);
		assert_int_equal(secret->endpoint, CC_ENDPOINT_NONE);
	}
}

static void rule_1_8_2_a_certificate_has_names_and_an_end(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(
		SECRETS("{name: s, kind: x509, private_key: key, issuer: ca, common_name: www, "
			"endpoint: server, dns: www.example.com, "
			"san: ['dns:*.example.com', 'ip:2001:db8::1', 'ip:192.0.2.1'], "
			"valid_for: 90 minutes}"));
	const struct cc_secret_entry *secret = third(policy);

	(void)state;
	assert_string_equal(secret->private_key, "key");
	assert_string_equal(secret->issuer, "ca");
	assert_string_equal(secret->common_name, "www");
	assert_int_equal(secret->endpoint, CC_ENDPOINT_SERVER);
	assert_int_equal(secret->dns.count, 1);
	assert_int_equal(secret->san.count, 3);
	assert_string_equal(secret->san.at[1], "ip:2001:db8::1");
	assert_int_equal(secret->valid_for, 5400);
}

static void times_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds;
	} rows[] = {
		{ "1 year", 365 * 86400 },           { "59d", 59 * 86400 },
		{ "90 days", 90 * 86400 },           { "24h", 86400 },
		{ "3560d", (uint64_t)3560 * 86400 }, { "1 year 6 months", 545 * 86400 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *text = NULL;
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&text, &err,
					 SECRETS("{name: s, kind: x509-ca, private_key: key, "
						 "valid_for: %s}"),
					 rows[i].text),
				 0);
		policy = given(text);
		assert_int_equal(third(policy)->valid_for, rows[i].seconds);
	}
}

static void rule_1_8_2_a_fragment_is_any_value(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(SECRETS("{name: s, value: {b: [1, 0.10, true, ~], a: 'x \"y\"'}, "
			      "kind: config-fragment}"));
	CC_AUTO_POLICY struct cc_policy *scalar =
		given(SECRETS("{name: s, kind: config-fragment, value: CREATOR}"));

	(void)state;
	assert_string_equal(third(policy)->value,
			    "{\"a\":\"x \\\"y\\\"\",\"b\":[\"1\",\"0.10\",\"true\",null]}");
	assert_string_equal(third(scalar)->value, "\"CREATOR\"");
}

static void rule_1_8_2_a_token_has_claims_and_a_validity(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given("version: 0.3.12\nname: p\nsecrets:\n"
		      "- {name: key, kind: private-key, key_type: P-384}\n"
		      "- name: t\n  kind: jwt\n  alg: ES384\n  signer: key\n"
		      "  validity: {for: 24h}\n"
		      "  payload: {sub: someone, who: $$SCONE::self::software_identity$$}\n");
	const struct cc_secret_entry *token = cc_policy_secret(policy, "t");

	(void)state;
	assert_int_equal(token->validity.seconds, 86400);
	assert_int_equal(token->payload.count, 2);
	assert_string_equal(token->payload.at[1].value, "$$SCONE::self::software_identity$$");
}

/* scone.md 1.9: by name, by hash, to a namespace, to another CAS, and 0.2's forms. */
static void rule_1_9_secrets_are_exported_in_every_form(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(SECRETS(
		"{name: s, kind: ascii, export: [{session: q, session_hash: " HEX_A "}, "
		"{namespace: ..}, {cas_url: 'cas.example.com:8081', cas_key: " CAS_KEY
		", session: storage}, '/session=r,session_hash=" HEX_B "', "
		"'cas.example.com/cas_software_key=" CAS_KEY ",session=A', 'old:" HEX_C "', "
		"../sibling, ./nested/one]}"));
	const struct cc_secret_entry *secret = third(policy);
	const struct cc_secret_export *at = secret->export.at;

	(void)state;
	assert_int_equal(secret->export.count, 8);
	assert_string_equal(at[0].session, "q");
	assert_true(at[0].session_hash.is_set);
	assert_string_equal(at[1].namespace, "a/b");
	assert_string_equal(at[2].cas.url, "cas.example.com:8081");
	assert_true(at[2].cas.key.is_set && !at[2].cas.software_key.is_set);
	assert_string_equal(at[3].session, "r");
	assert_int_equal(at[3].session_hash.digest.b[0], 0xbb);
	assert_null(at[3].cas.url);
	assert_string_equal(at[4].cas.url, "cas.example.com");
	assert_true(at[4].cas.software_key.is_set);
	assert_string_equal(at[5].session, "old");
	assert_int_equal(at[5].session_hash.digest.b[0], 0xcc);
	assert_string_equal(at[6].session, "a/b/sibling");
	assert_string_equal(at[7].session, "a/b/c/nested/one");
}

static void rule_1_9_secrets_are_imported_in_every_form(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(
		"version: 0.3.12\nname: a/b\nsecrets:\n"
		"- {name: s, import: {session: ../q, secret: t, session_hash: " HEX_A "}}\n"
		"- {name: u, import: q}\n"
		"- {name: v, import: 'cas.example.com/cas_key=" CAS_KEY ",session=q,secret=w'}\n"
		"- {name: x, kind: x509, import: {session: q}, export: r}\n"
		"- {name: y, kind: ascii, import_akv: {vault: v}}\n");

	(void)state;
	assert_string_equal(policy->secrets.at[0].import->session, "a/q");
	assert_string_equal(policy->secrets.at[0].import->secret, "t");
	assert_string_equal(policy->secrets.at[1].import->secret, "u");
	assert_string_equal(policy->secrets.at[2].import->secret, "w");
	assert_string_equal(policy->secrets.at[2].import->cas.url, "cas.example.com");
	assert_int_equal(policy->secrets.at[3].export.count, 1);
	assert_string_equal(policy->secrets.at[4].import_akv->secret_name, "y");
}

/* Since 0.3 a certificate needs a key of its own; before, the CAS made one with it. */
static void rule_1_8_2_a_certificate_of_0_2_has_its_own_key(void **state)
{
	(void)state;
	cc_policy_free(given("version: '0.2'\nname: p\nsecrets: [{name: s, kind: x509}]\n"));
	refused("version: '0.3'\nname: p\nsecrets: [{name: s, kind: x509}]\n", CC_E_ARG,
		"'private_key' is missing in this secret of kind 'x509'", "private-key");
	cc_policy_free(given("version: '0.3'\nname: p\nsecrets: [{name: s, kind: x509, import: "
			     "{session: q, secret: t}}]\n"));
}

static void each_mistake_is_refused_at_its_key(void **state)
{
	static const struct {
		const char *text, *why, *hint;
	} rows[] = {
		{ SECRETS("{name: s, kind: x509, private_key: key, size: 3}"),
		  "secrets[2].size: 'size' has no meaning for a secret of kind 'x509'", "" },
		{ SECRETS("{name: s, kind: ascii, migrate: true}"), "'migrate' has no meaning",
		  "" },
		{ SECRETS("{name: s, kind: ascii, size: 0}"), "'size' must be at least 1", "" },
		{ SECRETS("{name: s, kind: binary, value: abc}"),
		  "secrets[2].value: the value of a binary secret", "" },
		{ SECRETS("{name: s, kind: private-key, value: abc}"), "is PEM text", "" },
		{ SECRETS("{name: s, kind: ascii, value: [a]}"),
		  "secrets[2].value: a list where one value is expected", "" },
		{ SECRETS("{name: s, kind: config-fragment}"), "'value' is missing", "" },
		{ SECRETS("{name: s, kind: public-key}"), "'private_key' is missing", "" },
		{ SECRETS("{name: s, kind: private-key, key_type: P-521}"), "'P-521' is no value",
		  "" },
		{ SECRETS("{name: s, kind: jwt}"), "'signer' is missing", "" },
		{ SECRETS("{name: s, kind: jwt, signer: key}"), "'key_type: P-384'", "" },
		{ SECRETS("{name: s, kind: jwt, signer: key, payload: {exp: 1}}"),
		  "the claim 'exp' is set by the CAS", "" },
		{ SECRETS("{name: s, kind: jwt, signer: key, payload: {a: [b]}}"), "a list", "" },
		{ SECRETS("{name: s, kind: jwt, signer: key, payload: {a: 'b $$SCONE::key$$'}}"),
		  "secrets[2].payload: claim 'a' has a reference and other text",
		  "is one reference" },
		{ SECRETS("{name: s, kind: pgp-key, value: abc}"),
		  "secrets[2].value: 'value' has no meaning for a secret of kind 'pgp-key'", "" },
		{ SECRETS("{name: s, kind: jwt, value: abc}"), "'value' has no meaning", "" },
		{ SECRETS("{name: s, kind: ascii, export_public: yes}"),
		  "'yes' is neither 'true' nor 'false'", "" },
		{ SECRETS("{name: s, kind: aad-token, tenant_id: t, client_id: c}"),
		  "needs 'application_secret'", "" },
		{ SECRETS("{name: s, kind: aad-token, client_id: c, application_secret: a}"),
		  "'tenant_id' is missing", "" },
		{ SECRETS("{name: s, kind: x509, private_key: nokey}"),
		  "'private_key: nokey', which 'secrets' lacks", "" },
		{ SECRETS("{name: s, kind: x509, private_key: ca}"),
		  "is no secret of kind 'private-key'", "" },
		{ SECRETS("{name: s, kind: x509, private_key: key, issuer: key}"),
		  "is no secret of kind 'x509-ca'", "" },
		{ SECRETS("{name: s, kind: x509-ca, private_key: key, issuer: s}"), "a circle",
		  "" },
		{ SECRETS("{name: s, kind: x509, private_key: key, endpoint: client, dns: a}"),
		  "'dns' has no meaning for 'endpoint: client'", "" },
		{ SECRETS("{name: s, kind: x509, private_key: key, dns: 'a..b'}"), "no DNS name",
		  "" },
		{ SECRETS("{name: s, kind: x509, private_key: key, san: a.example}"),
		  "no alternative name", "dns:www" },
		{ SECRETS("{name: s, kind: x509, private_key: key, san: 'ip:1.2.3'}"),
		  "no alternative name", "" },
		{ SECRETS("{name: s, kind: x509, private_key: key, valid_for: soon}"),
		  "is no span of time", "7 days" },
		{ SECRETS("{name: s, kind: x509, private_key: key, valid_for: 1 yearr}"),
		  "is no span of time", "" },
		{ SECRETS("{name: s, kind: x509, private_key: key, valid_for: 0 days}"),
		  "longer than nothing", "" },
		{ SECRETS("{name: s}"), "'kind' is missing", "" },
		{ SECRETS("{name: s, import: {session: q}, value: x}"), "exclude each other", "" },
		{ SECRETS("{name: s, import: {session: q}, import_akv: {vault: v}}"),
		  "'import' and 'import_akv' exclude each other", "" },
		{ SECRETS("{name: s, import: {secret: t}}"), "'session' is missing in this import",
		  "" },
		{ SECRETS("{name: s, import: a/b/c}"), "imported from its own policy", "" },
		{ SECRETS("{name: s, import: ../../../../x}"), "above the root", "" },
		{ SECRETS("{name: s, kind: ascii, export: {session: q, namespace: r}}"),
		  "both 'session' and 'namespace'", "" },
		{ SECRETS("{name: s, kind: ascii, export: [{}]}"), "neither 'session' nor", "" },
		{ SECRETS("{name: s, kind: ascii, export: {namespace: q, session_hash: " HEX_A
			  "}}"),
		  "no meaning for a 'namespace'", "" },
		{ SECRETS("{name: s, kind: ascii, export: {session: q, cas_url: h}}"),
		  "is given without its key", "cas_software_key" },
		{ SECRETS("{name: s, kind: ascii, export: {session: q, cas_key: " KEY_HASH "}}"),
		  "need a 'cas_url'", "" },
		{ SECRETS("{name: s, kind: ascii, export: '/session=../q'}"), "'.' or '..'", "" },
		{ SECRETS("{name: s, kind: ascii, export: 'h/session=q'}"), "without its key", "" },
		{ SECRETS("{name: s, kind: ascii, export: '/session=q,session=r'}"), "there twice",
		  "" },
		{ SECRETS("{name: s, kind: ascii, export: 'q:abcd'}"), "session_hash", "" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		refused(rows[i].text, CC_E_ARG, rows[i].why, rows[i].hint);
}

static void the_value_of_a_secret_is_in_no_error(void **state)
{
	struct cc_policy *policy = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_not_equal(
		cc_policy_parse(cc_span_str(SECRETS("{name: s, kind: binary, value: c0ffee1}")),
				&policy, &err),
		0);
	assert_null(strstr(err.text, "c0ffee"));
	assert_null(strstr(err.hint, "c0ffee"));
}

/* What other places hold for it must not hang on how it is written. */
static void one_meaning_has_one_hash(void **state)
{
	static const char *const rows[][2] = {
		{ SECRETS("{name: s, import: q}"),
		  SECRETS("{name: s, import: {session: q, secret: s}}") },
		{ SECRETS("{name: s, kind: ascii, export: ../q}"),
		  SECRETS("{name: s, kind: ascii, export: [{session: a/b/q}]}") },
		{ SECRETS("{name: s, kind: ascii, export: '/session=q,session_hash=" HEX_A "'}"),
		  SECRETS("{name: s, kind: ascii, export: 'q:" HEX_A "'}") },
		{ SECRETS("{name: s, kind: x509-ca, private_key: key, valid_for: 1d}"),
		  SECRETS("{name: s, valid_for: 24 hours, private_key: key, kind: x509-ca}") },
		{ SECRETS("{name: s, kind: config-fragment, value: {a: 1, b: 2}}"),
		  SECRETS("{name: s, value: {b: '2', a: \"1\"}, kind: config-fragment}") },
		{ SECRETS("{name: s, kind: binary, value: AB}"),
		  SECRETS("{name: s, kind: binary, value: ab}") },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_digest one = hash_of(rows[i][0]), other = hash_of(rows[i][1]);

		assert_true(cc_digest_eq(&one, &other));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_8_2_every_kind_is_read_with_its_defaults),
		cmocka_unit_test(rule_1_8_2_a_certificate_has_names_and_an_end),
		cmocka_unit_test(times_are_read_as_people_write_them),
		cmocka_unit_test(rule_1_8_2_a_fragment_is_any_value),
		cmocka_unit_test(rule_1_8_2_a_token_has_claims_and_a_validity),
		cmocka_unit_test(rule_1_9_secrets_are_exported_in_every_form),
		cmocka_unit_test(rule_1_9_secrets_are_imported_in_every_form),
		cmocka_unit_test(rule_1_8_2_a_certificate_of_0_2_has_its_own_key),
		cmocka_unit_test(each_mistake_is_refused_at_its_key),
		cmocka_unit_test(the_value_of_a_secret_is_in_no_error),
		cmocka_unit_test(one_meaning_has_one_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
