/* SPDX-License-Identifier: Apache-2.0 */
/* One meaning, one hash: whatever the text looks like; another meaning, another hash. */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "codec/text.h"
#include "crypto/x509.h"

static const char base[] = "version: '0.3.12'\n"
			   "name: p\n"
			   "services:\n"
			   "- name: s\n"
			   "  mrenclaves: [" HEX_A ", " HEX_B "]\n"
			   "  command: run -v 15\n"
			   "  environment: {A: '1', B: '2'}\n"
			   "  executions:\n"
			   "  - {id: a, consumer: q, maximum: 3}\n"
			   "  - {id: b, consumer: '*', maximum: 1}\n"
			   "- {name: t, mrenclaves: [" HEX_A "]}\n"
			   "images:\n"
			   "- name: i\n"
			   "  volumes: [{name: v, path: /v}]\n"
			   "  injection_files: [{path: /x, content: y}]\n"
			   "volumes:\n"
			   "- name: v\n"
			   "  export: [q, {session: r, access: read}]\n"
			   "access_policy: {read: [CREATOR]}\n"
			   "security: {attestation: {tolerate: [debug-mode]}}\n"
			   "tolerate: [simulation]\n"
			   "workflow: {stages: [{name: one, service: s}, {name: two, service: t, "
			   "needs: [one]}]}\n";

static bool same(const char *a, const char *b)
{
	struct cc_digest one = hash_of(a), other = hash_of(b);

	return cc_digest_eq(&one, &other);
}

/* `base` with its first `from` replaced. The caller frees. */
static char *with(const char *from, const char *to)
{
	const char *at = strstr(base, from);
	struct cc_err err = { 0 };
	char *out = NULL;

	assert_non_null(at);
	assert_int_equal(
		cc_strf(&out, &err, "%.*s%s%s", (int)(at - base), base, to, at + strlen(from)), 0);
	return out;
}

struct change {
	const char *from, *to;
};

static void order_comments_and_spelling_do_not_change_the_hash(void **state)
{
	static const struct change changes[] = {
		{ "version: '0.3.12'", "# a comment\nversion: 0.3.12   # and another" },
		{ "version: '0.3.12'\nname: p\n", "name: \"p\"\nversion: \"0.3.12\"\n" },
		{ "[" HEX_A ", " HEX_B "]", "[" HEX_B ", " HEX_A "]" },
		{ "[" HEX_A ", " HEX_B "]", "[" HEX_A ", " HEX_B ", " HEX_A "]" },
		{ "[" HEX_A ", ",
		  "[AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA, " },
		{ "command: run -v 15", "command: [run, '-v', \"15\"]" },
		{ "command: run -v 15", "command: 'run  \"-v\" 15 '" },
		{ "{A: '1', B: '2'}", "{B: 2, A: 1}" },
		{ "maximum: 3", "maximum: 3, counted: completion, attempts: 3" },
		{ "  - {id: a, consumer: q, maximum: 3}\n  - {id: b, consumer: '*', maximum: 1}\n",
		  "  - {id: b, consumer: '*', maximum: 1}\n  - {id: a, consumer: q, maximum: 3}\n" },
		{ "path: /v", "path: /v, update_policy: rollback_protected" },
		{ "path: /x", "path: /x, permission: 0o700" },
		{ "[q, {session: r, access: read}]", "[{access: read, session: r}, {session: q}]" },
		{ "[q,", "[{to: {session: q}, access: write}," },
		{ "- name: v\n", "- name: v\n  lifetime: policy\n  strict: false\n  files: "
				 "encrypted\n  current: completion\n  window: {commits: 16}\n" },
		{ "{read: [CREATOR]}", "{update: CREATOR, list_sessions: [CREATOR]}" },
		{ "mode]}}\ntolerate: [simulation]",
		  "mode, simulation], mode: hardware, ignore_advisories: []}}" },
		{ "[debug-mode]", "[debug, debug-mode]" },
		{ "needs: [one]", "needs: one" },
		{ "service: t", "policy: , service: t" },
		{ "- {name: t,", "- {name: t, tags: [x], persistency: None," },
		{ "name: p\n", "name: p\npredecessor: ~\ncreator:\n" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(changes); i++) {
		CC_AUTO_FREE char *text = with(changes[i].from, changes[i].to);

		if (!same(base, text))
			fail_msg("'%s' for '%s' changed the hash", changes[i].to, changes[i].from);
	}
}

static void every_change_of_meaning_changes_the_hash(void **state)
{
	static const struct change changes[] = {
		{ "0.3.12", "0.3.11" },
		{ "name: p\n", "name: q2\n" },
		{ "name: p\n", "name: p\npredecessor: " HEX_C "\n" },
		{ "name: p\n", "name: p\nsalt: 00112233445566778899aabbccddeeff\n" },
		{ "name: p\n", "name: p\ncreator: "
			       "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1\n" },
		{ ", " HEX_B "]", "]" },
		{ "-v 15", "-v 20" },
		{ "-v 15", "15 -v" },
		{ "-v 15", "'-v 15'" },
		{ "B: '2'", "B: '3'" },
		{ "B: '2'", "b: '2'" },
		{ "B: '2'", "B: ''" },
		{ ", B: '2'", "" },
		{ "  executions:\n", "  network: {}\n  executions:\n" },
		{ "  executions:\n", "  console: plain\n  executions:\n" },
		{ "  executions:\n", "  user: 7\n  executions:\n" },
		{ "  executions:\n", "  pwd: /\n  executions:\n" },
		{ "  executions:\n", "  content_salt: " HEX_A "\n  executions:\n" },
		{ "  executions:\n", "  fspf_tag: " HEX_A "\n  executions:\n" },
		{ "  executions:\n", "  measurements: ['sgx:" HEX_A "']\n  executions:\n" },
		{ "  executions:\n", "  attestation: {mrenclave: " HEX_A "}\n  executions:\n" },
		{ "maximum: 3", "maximum: 4" },
		{ "maximum: 3", "maximum: 0" },
		{ "maximum: 3", "maximum: 3, counted: start" },
		{ "maximum: 3", "maximum: 3, attempts: 4" },
		{ "maximum: 3", "maximum: 3, until: 2030-01-01T00:00:00Z" },
		{ "consumer: q", "consumer: q3" },
		{ "path: /v}", "path: /w}" },
		{ "path: /v}", "path: /v, access: read}" },
		{ "path: /v}", "path: /v, update_policy: ephemeral}" },
		{ "content: y", "content: z" },
		{ "content: y", "content: y, permission: 0o400" },
		{ "- name: v\n", "- name: v\n  strict: true\n" },
		{ "- name: v\n", "- name: v\n  window: {commits: 15}\n" },
		{ "- name: v\n", "- name: v\n  window: {seconds: 1}\n" },
		{ "- name: v\n", "- name: v\n  current: commit\n" },
		{ "- name: v\n", "- name: v\n  lifetime: run\n" },
		{ "[q,", "[{session: q, opaque: true}," },
		{ "[q,", "[{session: q, content: " HEX_A "}," },
		{ "[q,", "[{session: q, runtime: " HEX_A "}," },
		{ "[q,", "[{session: q, session_hash: " HEX_A "}," },
		{ "[q,", "[{session: q, service: s}," },
		{ "[q,", "[{session: q, volume_alias: w}," },
		{ "access: read}", "access: write}" },
		{ "{read: [CREATOR]}", "{read: ANY}" },
		{ "{read: [CREATOR]}", "{update: NONE}" },
		{ "{read: [CREATOR]}", "{list_sessions: ANY}" },
		{ "[debug-mode]", "[]" },
		{ "[simulation]", "[simulation, unwitnessed]" },
		{ "needs: [one]", "attempts: 2" },
		{ "service: t", "service: s" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(changes); i++) {
		CC_AUTO_FREE char *text = with(changes[i].from, changes[i].to);

		if (same(base, text))
			fail_msg("'%s' for '%s' left the hash", changes[i].to, changes[i].from);
	}
}

/* The canonical form is a policy text with the same canonical form. */
static void the_canonical_form_is_a_policy_with_the_same_meaning(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(base);
	CC_AUTO_POLICY struct cc_policy *again = NULL;
	CC_AUTO_BUF struct cc_buf once = { 0 }, twice = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_policy_print(policy, &once, &err), 0);
	if (cc_policy_parse(cc_buf_span(&once), &again, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_policy_print(again, &twice, &err), 0);
	assert_true(cc_span_eq(cc_buf_span(&once), cc_buf_span(&twice)));
}

/* Pinned, so that no change of ours can move the hashes of existing policies. */
static void the_canonical_form_of_a_known_policy_is_this_text(void **state)
{
	static const char text[] =
		"name: p\nversion: '0.3'\nservices: [{name: t, mrenclaves: [" HEX_A
		"]}, {name: s, mrenclaves: [" HEX_A
		"], command: run it}]\nimages: [{name: i, injection_files: [/x]}]\n"
		"tolerate: [simulation]\n";
	static const char expected[] =
		"{\"access_policy\":{\"create_sessions\":[\"CREATOR\"],\"list_sessions\":"
		"[\"CREATOR\"],\"read\":[\"CREATOR\"],\"update\":[\"CREATOR\"]},"
		"\"images\":[{\"injection_files\":[{\"path\":\"/x\"}],\"name\":\"i\"}],"
		"\"name\":\"p\","
		"\"security\":{\"attestation\":{\"tolerate\":[\"simulation\"]}},\"services\":"
		"[{\"command\":[\"run\",\"it\"],\"mrenclaves\":[\"" HEX_A
		"\"],\"name\":\"s\"},{\"mrenclaves\":[\"" HEX_A
		"\"],\"name\":\"t\"}],\"version\":\"0.3\"}";
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_digest hash = hash_of(text), other = { 0 };
	struct cc_span parts[] = { cc_span_str("concordat policy 1\n"), cc_span_str(expected) };
	struct cc_err err = { 0 };
	const char *str = NULL;

	(void)state;
	assert_int_equal(cc_policy_print(policy, &out, &err), 0);
	assert_int_equal(cc_buf_str(&out, &str, &err), 0);
	assert_string_equal(str, expected);
	assert_int_equal(cc_sha256v(parts, CC_COUNT(parts), &other, &err), 0);
	assert_true(cc_digest_eq(&hash, &other));
}

/* Many shuffles of one set of lines: a small generator with a fixed seed. */
static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 16;
}

static void shuffle(const char **at, size_t count, uint32_t *seed)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t k = next(seed) % (i + 1);
		const char *swap = at[i];

		at[i] = at[k];
		at[k] = swap;
	}
}

static void any_order_of_keys_and_elements_has_one_hash(void **state)
{
	const char *services[] = { "- {name: a, mrenclaves: [" HEX_A "]}\n",
				   "- {mrenclaves: [" HEX_B "], name: b}\n",
				   "- {name: c, mrenclaves: [" HEX_C "]}\n" };
	struct cc_digest first = { 0 };
	struct cc_err err = { 0 };
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 64; round++) {
		CC_AUTO_FREE char *list = NULL, *text = NULL;
		const char *tops[] = { "name: p\n", "version: '0.3'\n", "tolerate: [simulation]\n",
				       NULL };
		struct cc_digest hash = { 0 };

		shuffle(services, CC_COUNT(services), &seed);
		assert_int_equal(cc_strf(&list, &err, "services:\n%s%s%s", services[0], services[1],
					 services[2]),
				 0);
		tops[3] = list;
		shuffle(tops, CC_COUNT(tops), &seed);
		assert_int_equal(
			cc_strf(&text, &err, "%s%s%s%s", tops[0], tops[1], tops[2], tops[3]), 0);
		hash = hash_of(text);
		if (round == 0)
			first = hash;
		assert_true(cc_digest_eq(&first, &hash));
	}
}

/* A policy that names this PEM text; its lines become escapes of a quoted scalar. */
static char *naming(struct cc_span pem)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };
	char *out = NULL;

	assert_int_equal(cc_buf_add_str(&text, "name: p\naccess_policy: {read: [\"", &err), 0);
	for (size_t i = 0; i < pem.len; i++)
		if (pem.at[i] == '\n')
			assert_int_equal(cc_buf_add_str(&text, "\\n", &err), 0);
		else
			assert_int_equal(cc_buf_add_u8(&text, pem.at[i], &err), 0);
	assert_int_equal(cc_buf_add_str(&text, "\"]}\n", &err), 0);
	assert_int_equal(cc_buf_take_str(&text, &out, &err), 0);
	return out;
}

static void rule_1_13_certificates_count_by_their_key(void **state)
{
	CC_AUTO_KEY struct cc_key *key = NULL;
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	CC_AUTO_FREE char *by_hash = NULL, *by_key = NULL, *by_cert = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 }, der = { 0 }, pem = { 0 }, cert_pem = { 0 };
	struct cc_cert_plan plan = { .common_name = "x", .until = 4000000000, .path_len = -1 };
	struct cc_digest hash = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_key_generate(CC_KEY_P256, &key, &err), 0);
	plan.key = cc_key_public(key);
	plan.issuer_key = key;
	assert_int_equal(cc_pubkey_hash(plan.key, &hash, &err), 0);
	assert_int_equal(cc_base58check_add(&text, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(hash), &err),
			 0);
	by_hash = naming(cc_buf_span(&text));
	assert_int_equal(cc_pubkey_to_der(plan.key, &der, &err), 0);
	assert_int_equal(cc_buf_add_str(&pem, "-----BEGIN PUBLIC KEY-----\n", &err), 0);
	assert_int_equal(cc_base64_add(&pem, cc_span_sub(cc_buf_span(&der), 0, 48), &err), 0);
	assert_int_equal(cc_buf_add_str(&pem, "\n", &err), 0);
	assert_int_equal(cc_base64_add(&pem, cc_span_sub(cc_buf_span(&der), 48, 999), &err), 0);
	assert_int_equal(cc_buf_add_str(&pem, "\n-----END PUBLIC KEY-----\n", &err), 0);
	by_key = naming(cc_buf_span(&pem));
	if (cc_cert_make(&plan, &cert, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_cert_to_pem(cert, &cert_pem, &err), 0);
	by_cert = naming(cc_buf_span(&cert_pem));
	assert_true(same(by_hash, by_key));
	assert_true(same(by_hash, by_cert));
}

static void rule_1_5_a_successor_names_the_version_that_it_follows(void **state)
{
	CC_AUTO_POLICY struct cc_policy *first = given("name: p\n");
	CC_AUTO_POLICY struct cc_policy *next_one = given("name: p\npredecessor: " HEX_A "\n");
	struct cc_digest a = { 0 }, b = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	memset(a.b, 0xaa, sizeof(a.b));
	memset(b.b, 0xbb, sizeof(b.b));
	assert_int_equal(cc_policy_follows(first, NULL, &err), 0);
	assert_int_equal(cc_policy_follows(next_one, &a, &err), 0);
	assert_int_equal(cc_policy_follows(next_one, &b, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_non_null(strstr(err.hint, HEX_B));
	assert_int_equal(cc_policy_follows(first, &a, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_int_equal(cc_policy_follows(next_one, NULL, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_comments_and_spelling_do_not_change_the_hash),
		cmocka_unit_test(every_change_of_meaning_changes_the_hash),
		cmocka_unit_test(the_canonical_form_is_a_policy_with_the_same_meaning),
		cmocka_unit_test(the_canonical_form_of_a_known_policy_is_this_text),
		cmocka_unit_test(any_order_of_keys_and_elements_has_one_hash),
		cmocka_unit_test(rule_1_13_certificates_count_by_their_key),
		cmocka_unit_test(rule_1_5_a_successor_names_the_version_that_it_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
