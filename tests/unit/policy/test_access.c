/* SPDX-License-Identifier: Apache-2.0 */
/* access_policy and creator: signers, thresholds and variables (SCONE's governance, 0.3.10). */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "codec/text.h"
#include "crypto/sign.h"
#include "crypto/x509.h"
#include "policy/decide.h"

#define KEY "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"
/* Published in SCONE's page on governance. */
#define SCONE_SIGNER "LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM"
#define PEOPLE 4 /* a to d; the last signs with P-384 */

struct person {
	struct cc_digest hash;
	char pem[512];   /* in a double-quoted scalar */
	char base58[64]; /* of an Ed25519 key */
};

static struct person people[PEOPLE];

static int make_people(void **state)
{
	(void)state;
	for (size_t i = 0; i < PEOPLE; i++) {
		CC_AUTO_KEY struct cc_key *key = NULL;
		CC_AUTO_BUF struct cc_buf pem = { 0 }, raw = { 0 }, base58 = { 0 };
		struct cc_err err = { 0 };
		size_t len = 0;

		if (cc_key_generate(i == 3 ? CC_KEY_P384 : CC_KEY_ED25519, &key, &err) != 0 ||
		    cc_pubkey_hash(cc_key_public(key), &people[i].hash, &err) != 0 ||
		    cc_pubkey_to_pem(cc_key_public(key), &pem, &err) != 0 ||
		    cc_pubkey_to_raw(cc_key_public(key), &raw, &err) != 0 ||
		    cc_base58check_add(&base58, CC_BASE58_SIGNER, cc_buf_span(&raw), &err) != 0)
			return -1;
		for (size_t k = 0; k < pem.len; k++) {
			if (pem.at[k] == '\n')
				people[i].pem[len++] = '\\';
			people[i].pem[len++] = pem.at[k] == '\n' ? 'n' : (char)pem.at[k];
		}
		if (i != 3)
			memcpy(people[i].base58, base58.at, base58.len);
	}
	return 0;
}

/* The text with "{a}" to "{d}" as signers. */
static char *with_signers(const char *text)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };
	char *made = NULL;

	for (const char *at = text; *at != '\0'; at++) {
		if (at[0] == '<' && at[1] >= 'a' && at[1] <= 'd' && at[2] == '>') {
			assert_int_equal(cc_buf_addf(&out, &err, "{signer: \"%s\"}",
						     people[at[1] - 'a'].pem),
					 0);
			at += 2;
			continue;
		}
		assert_int_equal(cc_buf_add_u8(&out, (uint8_t)*at, &err), 0);
	}
	assert_int_equal(cc_buf_take_str(&out, &made, &err), 0);
	return made;
}

static void rule_1_13_signers_are_read_in_both_spellings(void **state)
{
	CC_AUTO_FREE char *text = with_signers("name: p\naccess_policy: {update: [<a>, <d>]}\n");
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	const struct cc_access_rule *rule = &policy->access_policy.update;
	CC_AUTO_FREE char *pem = with_signers("name: p\naccess_policy: {update: <a>}\n");
	CC_AUTO_FREE char *base58 = NULL;
	struct cc_digest one = hash_of(pem), other = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(rule->count, 2);
	assert_int_equal(rule->at[0].kind, CC_ENTRY_SIGNER);
	assert_true(cc_digest_eq(&rule->at[0].key, &people[0].hash));
	assert_int_equal(rule->at[0].spki.len, 44);
	assert_int_equal(rule->at[1].spki.len, 120);
	assert_int_equal(cc_strf(&base58, &err,
				 "name: p\naccess_policy: {update: [{signer: %s}]}\n",
				 people[0].base58),
			 0);
	other = hash_of(base58);
	assert_true(cc_digest_eq(&one, &other));
	cc_policy_free(given("name: p\naccess_policy: {update: {signer: " SCONE_SIGNER "}}\n"));
}

static void rule_1_13_the_creator_may_be_a_signer(void **state)
{
	CC_AUTO_FREE char *text = with_signers("name: p\ncreator: <b>\n");
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	CC_AUTO_POLICY struct cc_policy *request = given("name: p\ncreator: " KEY "\n");

	(void)state;
	assert_true(policy->creator.is_set && policy->creator.is_signer);
	assert_true(cc_digest_eq(&policy->creator.digest, &people[1].hash));
	assert_true(request->creator.is_set && !request->creator.is_signer);
}

/* A self-signed certificate with an RSA key of 2048 bits; `n` ends its lines. */
#define RSA_CERTIFICATE(n)                                                                    \
	"-----BEGIN CERTIFICATE-----" n                                                       \
	"MIIDAzCCAeugAwIBAgIUAWhS8zUbY8xyxZP+8Z7jCHlBe0UwDQYJKoZIhvcNAQEL" n                  \
	"BQAwEDEOMAwGA1UEAwwFc2NvbmUwIBcNMjYxMTIxMTExNTU3WhgPMjEyNjEwMjgx" n                  \
	"MTE1NTdaMBAxDjAMBgNVBAMMBXNjb25lMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" n                  \
	"MIIBCgKCAQEAu8bdDJmJX7vwvU3wAJh6waRbe8LEGj1TyVwVXd+L+1AoF6/Fg13w" n                  \
	"JZFlmXzGaKwhgOVDJXoE637GBldOiOXzvlocWaqYbJIB2yAx3qcoFmwGI5/ZD9gn" n                  \
	"5R1GoMMoUVDFYWl4Q1dvY/lZjSxiNoTMCJlK2wIxKrniNxGxGVDkDtkhFBncjxuT" n                  \
	"HDXbtMML+wy9FmQIHRlCZdwI4G6rcqfaSt8HiwAZdiC3wH/EgJNTrdn90JxAlgTn" n                  \
	"U3eJio3fPXAvbmGln6ybe3Y56nDCJBvJ0rTk+SqzEf/xj6ZiioDeyHTrdmmwYhPI" n                  \
	"EaLEd2dKFotp6XVymJhtxnD4y1ZrcX5ykwIDAQABo1MwUTAdBgNVHQ4EFgQUDn6M" n                  \
	"bzW/yA6NbxJx32TPa6ICM5YwHwYDVR0jBBgwFoAUDn6MbzW/yA6NbxJx32TPa6IC" n                  \
	"M5YwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEACsk8Z4sKyQ25" n                  \
	"KYcOEFjQFg79PIJ/cf/6prVsUD8epPf2irI7Ul3UId4CWv/h2uAgtvdxsdNu3db8" n                  \
	"GfclO+TTdtIFNMOYX7wFDDVupX1NjKJPDJMp3iGhc2D5fkWAOphlY2Ga4MWMAlFO" n                  \
	"bKiPsg7zgs3yZNvAKG7oAqyn9QdOMQSFmTdO5GvxV1dFWjQSP+LPvgfrfcVLQW5w" n                  \
	"KCAjVN/XHfNrFv99N5L41sj33g6zzniJCg9Eqgz3fBkhAlB1cn5nEU/eyIRIELNl" n                  \
	"4LcHpAX59RtFu06MGmprteKdKDZ8hUotSKWfrjOuwk2aVPGAZV3AW06QIKzN5B4h" n "RXjDF9cARA==" n \
	"-----END CERTIFICATE-----" n

/* SCONE's own clients have RSA keys, as its pages make them with openssl. */
static void rule_1_13_certificates_have_keys_of_any_kind(void **state)
{
	static const char pem[] = RSA_CERTIFICATE("\n");
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	CC_AUTO_POLICY struct cc_policy *policy =
		given("name: p\naccess_policy: {read: [\"" RSA_CERTIFICATE(
			"\\n") "\"]}\ncreator: \"" RSA_CERTIFICATE("\\n") "\"\n");
	struct cc_digest expected = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_chain_from_pem(cc_span_str(pem), &chain, &err), 0);
	assert_int_equal(cc_cert_key_hash(chain.certs[0], &expected, &err), 0);
	assert_int_equal(policy->access_policy.read.at[0].kind, CC_ENTRY_KEY);
	assert_true(cc_digest_eq(&policy->access_policy.read.at[0].key, &expected));
	assert_true(cc_digest_eq(&policy->creator.digest, &expected));
}

/* Whoever the second one belongs to would wonder why it does not count. */
static void two_certificates_in_one_entry_are_refused(void **state)
{
	(void)state;
	refused("name: p\naccess_policy: {read: [\"" RSA_CERTIFICATE("\\n")
			RSA_CERTIFICATE("\\n") "\"]}\n",
		CC_E_ARG, "2 certificates in one place", "an entry of its own");
}

static void rule_1_14_1_rules_nest_and_do_not_hang_on_their_order(void **state)
{
	CC_AUTO_FREE char *text = with_signers(
		"name: p\naccess_policy:\n  update:\n    require-all:\n"
		"    - require-at-least-2: [<a>, <b>, <c>]\n    - require-all: [<d>, CREATOR]\n");
	CC_AUTO_FREE char *turned = with_signers(
		"name: p\naccess_policy:\n  update:\n  - require-all:\n"
		"    - require-all: [CREATOR, <d>]\n    - require-at-least-2: [<c>, <b>, <a>]\n");
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	const struct cc_access_entry *all = &policy->access_policy.update.at[0];
	struct cc_digest one = hash_of(text), other = hash_of(turned);

	(void)state;
	assert_int_equal(all->kind, CC_ENTRY_ALL);
	assert_int_equal(all->of.count, 2);
	assert_int_equal(all->of.at[1].kind, CC_ENTRY_AT_LEAST);
	assert_int_equal(all->of.at[1].least, 2);
	assert_int_equal(all->of.at[1].of.count, 3);
	assert_true(cc_digest_eq(&one, &other));
}

static void each_mistake_in_a_rule_is_refused(void **state)
{
	static const struct {
		const char *rule, *why;
	} rows[] = {
		{ "read: <a>", "nothing is signed to read" },
		{ "list_sessions: {require-all: [CREATOR]}", "nothing is signed to read" },
		{ "update: {require-at-least-0: [<a>]}", "would be anyone" },
		{ "update: {require-at-least-3: [<a>, <b>]}", "3 of 2 can never be met" },
		{ "update: {require-at-least-x: [<a>, <b>]}", "require-at-least-N" },
		{ "update: {require-at-least-2: [<a>, <a>]}", "stands in a rule twice" },
		{ "update: {require-all: [{require-all: [<a>, <b>]}, {require-all: [<b>, <a>]}]}",
		  "stands in a rule twice" },
		{ "update: {require-all: []}", "a rule over nobody" },
		{ "update: {require-all: [ANY]}", "have no place in a rule" },
		{ "update: {require-some: [<a>]}", "'require-some' is no key of an access rule" },
		{ "update: {require-all: [<a>], signer: x}", "a mapping of 2 keys" },
		{ "update: {signer: " KEY "}", "is no signer" },
		{ "update: [" SCONE_SIGNER "]", "is a signer and no key hash" },
		{ "update: ['x$$SCONE::a$$']", "is not '$$SCONE::name$$' and nothing else" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *plain = NULL;
		CC_AUTO_FREE char *text = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(
			cc_strf(&plain, &err, "name: p\naccess_policy: {%s}\n", rows[i].rule), 0);
		text = with_signers(plain);
		refused(text, CC_E_ARG, rows[i].why, "");
	}
}

/* Who asks: a letter a person; before '/' the request's key, behind it the signers. */
static struct cc_identity identity(const char *text, struct cc_digest room[static 8])
{
	struct cc_identity who = { 0 };
	size_t count = 0;

	if (*text != '/') {
		room[7] = people[*text++ - 'a'].hash;
		who.key = &room[7];
	}
	for (text++; *text != '\0'; text++)
		room[count++] = people[*text - 'a'].hash;
	who.signers = room;
	who.signer_count = count;
	return who;
}

/* The creator is always a. */
static void rule_1_14_1_a_change_takes_the_keys_that_its_rule_asks_for(void **state)
{
	static const struct {
		const char *rule, *who;
		bool may;
	} rows[] = {
		{ "<b>", "/b", true },
		{ "<b>", "b/", false }, /* asked, but not signed */
		{ "<b>", "/acd", false },
		{ "CREATOR", "/a", true },
		{ "CREATOR", "a/", true },
		{ "CREATOR", "/b", false },
		{ "NONE", "a/abcd", false },
		{ "ANY", "/", true },
		{ "[<b>, <c>]", "/c", true },
		{ "{require-all: [<b>, <c>]}", "/bc", true },
		{ "{require-all: [<b>, <c>]}", "/b", false },
		{ "{require-all: [<b>, <c>]}", "/bb", false },
		{ "{require-at-least-2: [<b>, <c>, <d>]}", "/bd", true },
		{ "{require-at-least-2: [<b>, <c>, <d>]}", "/d", false },
		{ "{require-at-least-2: [<b>, <c>, <d>]}", "/ddd", false },
		{ "{require-at-least-2: [<b>, <c>, <d>]}", "c/d", false },
		/* the creator is a: one key is one vote, whatever it is called */
		{ "{require-at-least-2: [CREATOR, <a>]}", "/a", false },
		{ "{require-at-least-2: [CREATOR, <a>, <b>]}", "a/a", false },
		{ "{require-at-least-2: [CREATOR, <a>, <b>]}", "/ab", true },
		{ "{require-all: [CREATOR, <a>]}", "/a", true },
		{ "{require-at-least-2: [{require-at-least-1: [<a>, <b>]}, "
		  "{require-at-least-1: [<a>, <c>]}]}",
		  "/a", false },
		{ "{require-at-least-2: [{require-at-least-1: [<a>, <b>]}, "
		  "{require-at-least-1: [<a>, <c>]}]}",
		  "/ac", true },
		{ "{require-all: [{require-at-least-2: [<a>, <b>, <c>]}, {require-all: [<d>]}]}",
		  "/acd", true },
		{ "{require-all: [{require-at-least-2: [<a>, <b>, <c>]}, {require-all: [<d>]}]}",
		  "/abc", false },
		/* a variable that was not looked up names nobody */
		{ "$$SCONE::board$$", "a/abcd", false },
		{ "{require-at-least-1: [$$SCONE::x$$, <b>]}", "/b", true },
		{ "{require-at-least-2: [$$SCONE::x$$, <b>]}", "a/abcd", false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *plain = NULL;
		CC_AUTO_FREE char *text = NULL;
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		struct cc_digest room[8];
		struct cc_identity who = identity(rows[i].who, room);
		struct cc_known known = { .creator = people[0].hash };
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&plain, &err, "name: p\naccess_policy: {update: %s}\n",
					 rows[i].rule),
				 0);
		text = with_signers(plain);
		known.policy = policy = given(text);
		if ((cc_decide_access(&known, CC_RIGHT_UPDATE, &who, &err) == 0) != rows[i].may)
			fail_msg("row %zu: %s by %s", i, rows[i].rule, rows[i].who);
	}
}

static void volumes_are_opened_by_the_request_of_the_creator_alone(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given("name: p\n");
	struct cc_known known = { .policy = policy, .creator = people[0].hash };
	struct cc_digest room[8];
	struct cc_identity signer = identity("/a", room);
	struct cc_err err = { 0 };

	(void)state;
	assert_int_not_equal(cc_decide_access(&known, CC_RIGHT_OPEN, &signer, &err), 0);
}

static void more_signatures_than_can_be_told_apart_are_refused(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given("name: p\naccess_policy: {update: ANY}\n");
	struct cc_known known = { .policy = policy };
	struct cc_digest many[CC_SIGNERS_MAX + 1] = { 0 };
	struct cc_identity who = { .signers = many, .signer_count = CC_COUNT(many) };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_not_equal(cc_decide_access(&known, CC_RIGHT_UPDATE, &who, &err), 0);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_13_signers_are_read_in_both_spellings),
		cmocka_unit_test(rule_1_13_the_creator_may_be_a_signer),
		cmocka_unit_test(rule_1_13_certificates_have_keys_of_any_kind),
		cmocka_unit_test(two_certificates_in_one_entry_are_refused),
		cmocka_unit_test(rule_1_14_1_rules_nest_and_do_not_hang_on_their_order),
		cmocka_unit_test(each_mistake_in_a_rule_is_refused),
		cmocka_unit_test(rule_1_14_1_a_change_takes_the_keys_that_its_rule_asks_for),
		cmocka_unit_test(volumes_are_opened_by_the_request_of_the_creator_alone),
		cmocka_unit_test(more_signatures_than_can_be_told_apart_are_refused),
	};

	return cmocka_run_group_tests(tests, make_people, NULL);
}
