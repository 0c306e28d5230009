/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/secret/secrets.h"

#include "codec/json.h"
#include "codec/text.h"
#include "crypto/pair.h"

static void rule_1_8_2_generated_values_have_their_size_and_differ(void **state)
{
	AUTO_SECRETS struct secrets one, other;
	static const char list[] = "  - {name: a, kind: ascii}\n"
				   "  - {name: b, kind: binary}\n"
				   "  - {name: c, kind: ascii, size: 4000}\n"
				   "  - {name: d, kind: binary, size: 32}\n";
	static const size_t sizes[] = { 20, 20, 4000, 32 };
	bool seen[256] = { false };

	(void)state;
	secrets_new(&one, "0.3", list);
	secrets_new(&other, "0.3", list);
	for (size_t i = 0; i < CC_COUNT(sizes); i++) {
		assert_int_equal(cc_secret_value_span(&one.values[i]).len, sizes[i]);
		assert_false(cc_secret_equal(one.values[i].bytes, other.values[i].bytes));
	}
	/* Every printable character, and no other. */
	for (size_t i = 0; i < 4000; i++)
		seen[cc_secret_span(one.values[2].bytes).at[i]] = true;
	for (size_t c = 0; c < CC_COUNT(seen); c++)
		assert_int_equal(seen[c], c >= '!' && c <= '~');
}

static void assert_made_fails(const struct secrets *secrets, size_t at, const char *word)
{
	struct cc_secret_making making = making_of(secrets, at);
	struct cc_secret_value value = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_secret_make(&making, &value, &err), -1);
	if (strstr(err.text, word) == NULL)
		fail_msg("no '%s' in '%s'", word, err.text);
}

static void explicit_values_are_taken_and_references_in_them_filled_in_once(void **state)
{
	AUTO_SECRETS struct secrets all;
	CC_AUTO_BUF struct cc_buf out = { 0 };

	(void)state;
	secrets_new(&all, "0.3.12",
		    "  - {name: a, kind: ascii, value: plain}\n"
		    "  - {name: key, kind: private-key}\n"
		    "  - {name: copy, kind: ascii, value: '<$$SCONE::key$$>'}\n"
		    "  - {name: part, kind: config-fragment, value: [one, '$$SCONE::a$$']}\n"
		    "  - {name: whole, kind: config-fragment, value: {in: '$$SCONE::part$$', t: "
		    "'-$$SCONE::a$$-'}}\n");
	assert_true(cc_str_starts(filled(&all, "$$SCONE::copy$$", &out),
				  "<-----BEGIN PRIVATE KEY-----"));
	assert_true(cc_span_eq_str(cc_secret_value_span(&all.values[3]), "[\"one\",\"plain\"]"));
	assert_true(cc_span_eq_str(cc_secret_value_span(&all.values[4]),
				   "{\"in\":[\"one\",\"plain\"],\"t\":\"-plain-\"}"));
}

static void explicit_keys_and_certificates_are_read_and_given_back(void **state)
{
	AUTO_SECRETS struct secrets made, given;
	CC_AUTO_BUF struct cc_buf key = { 0 }, cert = { 0 }, out = { 0 };
	CC_AUTO_FREE char *list = NULL;
	const char *key_text = NULL, *cert_text = NULL;
	CC_AUTO_JSON struct cc_json *key_json = NULL, *cert_json = NULL;
	CC_AUTO_BUF struct cc_buf key_quoted = { 0 }, cert_quoted = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	secrets_new(&made, "0.3",
		    "  - {name: key, kind: private-key, key_type: Ed25519}\n"
		    "  - {name: ca-key, kind: private-key}\n"
		    "  - {name: ca, kind: x509-ca, private_key: ca-key}\n"
		    "  - {name: leaf, kind: x509, private_key: key, issuer: ca}\n");
	(void)filled(&made, "$$SCONE::key$$", &key);
	(void)filled(&made, "$$SCONE::leaf$$$$SCONE::leaf:chain$$", &cert);
	assert_int_equal(cc_json_string(cc_buf_span(&key), &key_json, &err), 0);
	assert_int_equal(cc_json_string(cc_buf_span(&cert), &cert_json, &err), 0);
	assert_int_equal(cc_json_print(key_json, &key_quoted, &err), 0);
	assert_int_equal(cc_json_print(cert_json, &cert_quoted, &err), 0);
	assert_int_equal(cc_buf_str(&key_quoted, &key_text, &err), 0);
	assert_int_equal(cc_buf_str(&cert_quoted, &cert_text, &err), 0);
	assert_int_equal(cc_strf(&list, &err,
				 "  - {name: key, kind: private-key, value: %s}\n"
				 "  - {name: leaf, kind: x509, private_key: key, value: %s}\n",
				 key_text, cert_text),
			 0);
	secrets_new(&given, "0.3", list);
	assert_true(cc_secret_equal(given.values[0].bytes, made.values[0].bytes));
	assert_true(cc_secret_equal(given.values[1].bytes, made.values[3].bytes));
	assert_true(cc_span_eq(cc_buf_span(&given.values[1].chain),
			       cc_buf_span(&made.values[3].chain)));
	(void)filled(&given, "$$SCONE::leaf:privatekey$$", &out);
	assert_true(cc_span_eq(cc_buf_span(&out), cc_buf_span(&key)));
}

static void open_cert(const struct cc_secret_value *value, struct cc_cert **out)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_cert_from_der(cc_secret_value_span(value), out, &err), 0);
}

static void rule_1_8_2_the_common_name_has_standards(void **state)
{
	static const char *const expected[] = { "chosen", "www.example.com", "third" };
	AUTO_SECRETS struct secrets all;

	(void)state;
	secrets_new(
		&all, "0.3",
		"  - {name: key, kind: private-key}\n"
		"  - {name: first, kind: x509, private_key: key, common_name: chosen, dns: x.org}\n"
		"  - {name: second, kind: x509, private_key: key, dns: [www.example.com, b.org]}\n"
		"  - {name: third, kind: x509, private_key: key}\n");
	for (size_t i = 0; i < CC_COUNT(expected); i++) {
		CC_AUTO_CERT struct cc_cert *cert = NULL;
		CC_AUTO_FREE char *name = NULL;
		struct cc_err err = { 0 };

		open_cert(&all.values[i + 1], &cert);
		assert_int_equal(cc_cert_common_name(cert, &name, &err), 0);
		assert_string_equal(name, expected[i]);
	}
}

static void validity_is_as_asked_and_no_longer_than_the_issuer_s(void **state)
{
	AUTO_SECRETS struct secrets all;

	(void)state;
	secrets_new(
		&all, "0.3",
		"  - {name: key, kind: private-key}\n"
		"  - {name: ca, kind: x509-ca, private_key: key, valid_for: 90 days}\n"
		"  - {name: short, kind: x509, private_key: key, issuer: ca, valid_for: 59d}\n"
		"  - {name: long, kind: x509, private_key: key, issuer: ca, valid_for: 1 year}\n"
		"  - {name: ever, kind: x509, private_key: key}\n");
	assert_int_equal(all.values[1].until, NOW + 90 * DAY);
	assert_int_equal(all.values[2].until, NOW + 59 * DAY);
	assert_int_equal(all.values[3].until, NOW + 90 * DAY);
	assert_int_equal(all.values[4].until, CC_CERT_NO_END);
}

static bool due(const struct secrets *secrets, size_t at, int64_t now)
{
	struct cc_secret_making making = making_of(secrets, at);

	making.now = now;
	return cc_secret_is_due(&making, &secrets->values[at]);
}

static void rule_1_8_2_a_certificate_is_due_before_it_ends(void **state)
{
	AUTO_SECRETS struct secrets all;
	struct cc_secret_making making;
	struct cc_err err = { 0 };

	(void)state;
	secrets_new(
		&all, "0.3",
		"  - {name: key, kind: private-key}\n"
		"  - {name: ca-key, kind: private-key}\n"
		"  - {name: ca, kind: x509-ca, private_key: ca-key}\n"
		"  - {name: leaf, kind: x509, private_key: key, issuer: ca, valid_for: 100d}\n");
	assert_false(due(&all, 3, NOW + 89 * DAY));
	assert_true(due(&all, 3, NOW + 91 * DAY));
	assert_false(due(&all, 2, NOW + 10000 * DAY)); /* without an end */
	assert_false(due(&all, 0, NOW + 10000 * DAY)); /* keys do not end */

	cc_secret_value_clear(&all.values[2]); /* another issuer of that name */
	making = making_of(&all, 2);
	assert_int_equal(cc_secret_make(&making, &all.values[2], &err), 0);
	assert_true(due(&all, 3, NOW));
	cc_secret_value_clear(&all.values[3]);
	making = making_of(&all, 3);
	assert_int_equal(cc_secret_make(&making, &all.values[3], &err), 0);
	assert_false(due(&all, 3, NOW));

	cc_secret_value_clear(&all.values[0]); /* another key */
	making = making_of(&all, 0);
	assert_int_equal(cc_secret_make(&making, &all.values[0], &err), 0);
	assert_true(due(&all, 3, NOW));
}

static void an_issuer_whose_key_is_not_exported_issues_nothing(void **state)
{
	AUTO_SECRETS struct secrets all;

	(void)state;
	secrets_new(&all, "0.3",
		    "  - {name: key, kind: private-key}\n"
		    "  - {name: ca-key, kind: private-key}\n"
		    "  - {name: ca, kind: x509-ca, private_key: ca-key}\n"
		    "  - {name: leaf, kind: x509, private_key: key, issuer: ca}\n");
	all.hidden = "ca-key";
	assert_made_fails(&all, 3, "not exported");
}

/* scone.md 1.8.2: the certificate carries its own key and is signed by the session's. */
static void certificates_of_0_2_have_a_key_of_their_own(void **state)
{
	AUTO_SECRETS struct secrets all;
	CC_AUTO_CERT struct cc_cert *leaf = NULL, *ca = NULL;
	CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;
	CC_AUTO_SECRET_VALUE struct cc_secret_value issued = { 0 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_secret_found authority = { 0 };
	struct cc_secret_making making;
	CC_AUTO_FREE char *issuer = NULL;
	struct cc_err err = { 0 };

	(void)state;
	secrets_new(&all, "0.2",
		    "  - {name: session, kind: session-ca}\n"
		    "  - {name: web, kind: x509, common_name: localhost, dns: localhost}\n");
	assert_true(cc_str_starts(filled(&all, "$$SCONE::session.crt$$", &out),
				  "-----BEGIN CERTIFICATE-----"));
	authority.value = &all.values[0];
	making = making_of(&all, 1);
	making.authority = &authority;
	assert_int_equal(cc_secret_make(&making, &issued, &err), 0);
	open_cert(&issued, &leaf);
	open_cert(&all.values[0], &ca);
	assert_int_equal(cc_cert_issuer_common_name(leaf, &issuer, &err), 0);
	assert_string_equal(issuer, "session");
	assert_int_equal(cc_keypair_from_pkcs8(cc_secret_span(issued.key), &pair, &err), 0);
	assert_true(cc_keypair_fits(pair, leaf));
	assert_false(cc_keypair_fits(pair, ca));
	assert_true(cc_str_starts(filled(&all, "$$SCONE::web.key$$", &out),
				  "-----BEGIN PRIVATE KEY-----"));
}

static void split_token(const struct cc_secret_value *token, struct cc_buf parts[static 3])
{
	struct cc_span rest = cc_secret_value_span(token);

	for (size_t i = 0; i < 3; i++) {
		const uint8_t *dot = i == 2 ? NULL : memchr(rest.at, '.', rest.len);
		size_t len = dot == NULL ? rest.len : (size_t)(dot - rest.at);
		struct cc_err err = { 0 };

		assert_int_equal(cc_base64url_parse(cc_span(rest.at, len), &parts[i], &err), 0);
		rest = cc_span_sub(rest, len + 1, rest.len);
	}
}

/* RFC 7515, RFC 7518 3.4: verified here by the signature over the first two parts. */
static void rule_1_8_2_a_token_holds_its_claims_under_es384(void **state)
{
	AUTO_SECRETS struct secrets all;
	struct cc_buf parts[3] = { 0 };
	CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;
	CC_AUTO_KEY struct cc_key *key = NULL;
	struct cc_span token = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	secrets_new(&all, "0.3.12",
		    "  - {name: key, kind: private-key, key_type: P-384}\n"
		    "  - {name: who, kind: ascii, value: somebody}\n"
		    "  - {name: token, kind: jwt, signer: key, alg: ES384, validity: {for: 24h},\n"
		    "     payload: {sub: $$SCONE::who$$, iss: us, sw: "
		    "\"$$SCONE::self::software_identity$$\"}}\n");
	token = cc_secret_value_span(&all.values[2]);
	split_token(&all.values[2], parts);
	assert_true(cc_span_eq_str(cc_buf_span(&parts[0]), "{\"alg\":\"ES384\",\"typ\":\"JWT\"}"));
	assert_true(cc_span_eq_str(
		cc_buf_span(&parts[1]),
		"{\"exp\":1800086400,\"iat\":1800000000,\"iss\":\"us\",\"nbf\":1800000000,"
		"\"sub\":\"somebody\",\"sw\":\"a measured program\"}"));
	assert_int_equal(all.values[2].until, NOW + DAY);
	assert_int_equal(cc_keypair_from_pkcs8(cc_secret_value_span(&all.values[0]), &pair, &err),
			 0);
	assert_int_equal(cc_keypair_signer(pair, &key, &err), 0);
	assert_int_equal(parts[2].len, 96);
	token.len -= 1 + 128; /* 96 bytes are 128 characters */
	assert_int_equal(cc_verify_raw(cc_key_public(key), token, cc_buf_span(&parts[2]), &err), 0);
	for (size_t i = 0; i < 3; i++)
		cc_buf_clear(&parts[i]);
}

static void a_claim_is_a_whole_reference_or_has_none(void **state)
{
	AUTO_SECRETS struct secrets all;
	struct cc_secret_entry *token = NULL;
	struct cc_secret_making making;

	(void)state;
	secrets_new(
		&all, "0.3.12",
		"  - {name: key, kind: private-key, key_type: P-384}\n"
		"  - {name: token, kind: jwt, signer: key, validity: {for: 1h}, payload: {a: b}}\n");
	token = &all.policy->secrets.at[1];
	token->payload.at[0].value = "secret: $$SCONE::key$$";
	assert_made_fails(&all, 1, "one reference");
	token->payload.at[0].value = "$$SCONE::self::software_identity$$";
	making = making_of(&all, 1);
	making.identity = NULL;
	assert_int_equal(
		cc_secret_make(&making, &(struct cc_secret_value){ 0 }, &(struct cc_err){ 0 }), -1);
}

static const struct {
	const char *old, *new;
	bool migrates;
} migrations[] = {
	{ "kind: ascii", "kind: ascii", true },
	{ "kind: ascii", "kind: ascii, export_public: true", true },
	{ "kind: ascii", "kind: ascii, size: 21", false },
	{ "kind: ascii", "kind: binary", false },
	{ "kind: ascii", "kind: ascii, value: x", false },
	{ "kind: ascii, value: x", "kind: ascii", false },
	{ "kind: binary, size: 32", "kind: binary, size: 32", true },
	{ "kind: pgp-key", "kind: pgp-key", true },
	{ "kind: private-key", "kind: private-key", false },
	{ "kind: private-key, migrate: true", "kind: private-key", false },
	{ "kind: private-key", "kind: private-key, migrate: true", false },
	{ "kind: private-key, migrate: true", "kind: private-key, migrate: true", true },
	{ "kind: private-key, migrate: true", "kind: private-key, migrate: true, key_type: P-384",
	  false },
	{ "kind: ascii", "import: {session: q, secret: s}", false },
	{ "import: {session: q, secret: s}", "kind: ascii", false },
};

static struct cc_policy *with(const char *members)
{
	CC_AUTO_FREE char *text = NULL;
	struct cc_policy *policy = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_strf(&text, &err,
				 "name: p\nversion: 0.3.12\nsecrets:\n  - {name: s, %s}\n",
				 members),
			 0);
	if (cc_policy_parse(cc_span_str(text), &policy, &err) != 0)
		fail_msg("%s", err.text);
	return policy;
}

/* scone.md 1.8.5 */
static void rule_1_8_5_values_migrate_by_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(migrations); i++) {
		CC_AUTO_POLICY struct cc_policy *old = with(migrations[i].old);
		CC_AUTO_POLICY struct cc_policy *new = with(migrations[i].new);

		if (cc_secret_migrates(&old->secrets.at[0], &new->secrets.at[0]) !=
		    migrations[i].migrates)
			fail_msg("'%s' to '%s'", migrations[i].old, migrations[i].new);
	}
}

static void rule_1_8_5_certificates_never_migrate(void **state)
{
	static const char *const kinds[] = { "x509", "x509-ca" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		AUTO_SECRETS struct secrets all;
		CC_AUTO_FREE char *list = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&list, &err,
					 "  - {name: k, kind: private-key}\n"
					 "  - {name: c, kind: %s, private_key: k}\n",
					 kinds[i]),
				 0);
		secrets_new(&all, "0.3", list);
		assert_false(
			cc_secret_migrates(&all.policy->secrets.at[1], &all.policy->secrets.at[1]));
	}
}

static void a_value_comes_back_from_its_stored_form(void **state)
{
	AUTO_SECRETS struct secrets all;

	(void)state;
	secrets_new(&all, "0.2",
		    "  - {name: ca, kind: session-ca}\n"
		    "  - {name: web, kind: x509}\n"
		    "  - {name: a, kind: ascii}\n"
		    "  - {name: e, kind: ascii, value: ''}\n");
	for (size_t i = 0; i < 4; i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 }, again = { 0 };
		CC_AUTO_SECRET_VALUE struct cc_secret_value value = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_secret_value_print(&all.values[i], &bytes, &err), 0);
		assert_int_equal(cc_secret_value_parse(cc_buf_span(&bytes), &value, &err), 0);
		assert_int_equal(value.kind, all.values[i].kind);
		assert_int_equal(cc_secret_value_print(&value, &again, &err), 0);
		assert_true(cc_span_eq(cc_buf_span(&bytes), cc_buf_span(&again)));
		for (size_t len = 0; len < bytes.len; len++)
			assert_int_equal(
				cc_secret_value_parse(cc_span(bytes.at, len), &value, &err), -1);
	}
}

static void what_has_no_network_fetches_no_token(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		with("kind: aad-token, tenant_id: t, client_id: c, application_secret: x");
	struct secrets all = { .policy = policy, .lookup = { find_secret, &all } };

	(void)state;
	assert_made_fails(&all, 0, "not asked for here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_8_2_generated_values_have_their_size_and_differ),
		cmocka_unit_test(explicit_values_are_taken_and_references_in_them_filled_in_once),
		cmocka_unit_test(explicit_keys_and_certificates_are_read_and_given_back),
		cmocka_unit_test(rule_1_8_2_the_common_name_has_standards),
		cmocka_unit_test(validity_is_as_asked_and_no_longer_than_the_issuer_s),
		cmocka_unit_test(rule_1_8_2_a_certificate_is_due_before_it_ends),
		cmocka_unit_test(an_issuer_whose_key_is_not_exported_issues_nothing),
		cmocka_unit_test(certificates_of_0_2_have_a_key_of_their_own),
		cmocka_unit_test(rule_1_8_2_a_token_holds_its_claims_under_es384),
		cmocka_unit_test(a_claim_is_a_whole_reference_or_has_none),
		cmocka_unit_test(rule_1_8_5_values_migrate_by_kind),
		cmocka_unit_test(rule_1_8_5_certificates_never_migrate),
		cmocka_unit_test(a_value_comes_back_from_its_stored_form),
		cmocka_unit_test(what_has_no_network_fetches_no_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
