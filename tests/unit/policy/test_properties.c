/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every key of the tables counts: policies that have them all are changed value by
 * value, and whatever is accepted must have another hash.
 */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "codec/yaml.h"
#include "policy/schema-internal.h"

#define KEY_HASH "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"
#define OTHER_KEY "46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt"
#define OTHER_CAS ", cas_url: cas.example.com, cas_key: " KEY_HASH ", cas_software_key: " OTHER_KEY
#define SIGNER "N2exBX7Tpyyu8g2ofoxwfMNVNbL5G4F5Zygso6MyBp78k37gr7"
#define OTHER_SIGNER "LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM"
#define OTP "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
#define PATHS_MAX 400

/* Together they have every key. */
static const char *const full[] = {
	"version: 0.3.11\nname: p\npredecessor: " HEX_A "\nsalt: 000102030405060708090a0b0c0d0e0f\n"
	"creator: " KEY_HASH "\nidentity: signed\n"
	"services:\n- name: s\n  image_name: i\n  command: run -v 15\n  environment: {A: '1'}\n"
	"  pwd: /w\n  user: 5\n  group: 6\n  fspf_path: /f\n  fspf_key: " HEX_B "\n"
	"  fspf_tag: " HEX_C "\n  fspf_update_policy: no_rollback_protection\n"
	"  content_salt: " HEX_D "\n  mrenclaves: [" HEX_A "]\n"
	"  platforms: [" HEX_B "]\n  one_time_password_shared_secret: " OTP "\n"
	"  attestation:\n  - mrenclave: [" HEX_B "]\n"
	"    signer: {mrsigner: " HEX_C ", isvprodid: 3, isvsvn: 4}\n"
	"  - signer: {mrsigner: " HEX_C ", isvprodid: 3, isvsvn_min: 4, isvsvn_max: 9}\n"
	"  measurements:\n  - {platform: tdx, runtime: " HEX_A ", content: " HEX_B
	", options: " HEX_C "}\n"
	"  - {platform: snp, value: aabb}\n"
	"  - {platform: tpm, registers: {pcr4: " HEX_A ", pcr11: [" HEX_B ", " HEX_C
	"]}, log_pcrs: [pcr4], events: [{pcr: pcr4, digest: " HEX_A "}, {pcr: pcr5, digest: [" HEX_B
	"], rule: forbidden}]}\n"
	"  executions:\n  - {id: a, consumer: q, creator: " KEY_HASH
	", maximum: 3, counted: start, "
	"until: '2027-01-01T00:00:00Z', attempts: 5, binding: true}\n"
	"  network: {ingress: [{name: n, peer: q/s, port: 1}], egress: [{name: n, peer: q/s, port: 2}]}\n"
	"  console: plain\n  staged: 3\n"
	"  boards: [q, b/c]\n"
	"  sandbox: {memory: 1, processes: 2, open_files: 3, sockets: [inet], read: [/r], write: "
	"[/w], system_calls: [ptrace]}\n"
	"- {name: spare, mrenclaves: [" HEX_A
	"]}\nimages:\n- {name: spare}\n- name: i\n  volumes: [{name: v, path: /v, update_policy: ephemeral, staged: 4, access: "
	"read}]\n  injection_files: [{path: /x, permission: 0o600, content: y}]\n"
	"  provide_secrets: [ascii]\n  mrenclaves: [" HEX_A "]\n"
	"volumes:\n- {name: v, lifetime: run, strict: true, fspf_key: " HEX_A ", fspf_tag: " HEX_B
	", files: authenticated-only, export: [{session: q, session_hash: " HEX_C OTHER_CAS
	", service: s, update_policy: ephemeral, volume_alias: w, access: read, opaque: true, "
	"runtime: " HEX_A ", content: " HEX_B ", config: " HEX_C ", platforms: [snp]}]}\n"
	"- {name: x, window: {commits: 7, bytes: 8, seconds: 9}, current: commit}\n- {name: w, import: {session: q, session_hash: " HEX_A
	", volume: x" OTHER_CAS "}}\n"
	"secrets: [{name: ascii, kind: ascii}, {name: bin, kind: binary}]\nworkflow: {stages: [{name: one, service: s}]}\n",
	"version: 0.3.12\nname: p\nservices: [{name: s, mrenclaves: [" HEX_A "]}]\n"
	"secrets:\n- {name: ascii, kind: ascii, size: 30, export_public: true}\n"
	"- {name: bin, kind: binary, value: aabb, export: [{session: q, session_hash: " HEX_A
		OTHER_CAS "}, {namespace: n}]}\n"
	"- {name: key, kind: private-key, key_type: P-384, migrate: true}\n"
	"- {name: ca, kind: x509-ca, private_key: key}\n"
	"- {name: crt, kind: x509, private_key: key, issuer: ca, common_name: c, endpoint: server, "
	"dns: [a.example], san: ['dns:b.example'], valid_for: 3 days}\n"
	"- {name: aad, kind: aad-token, tenant_id: t, client_id: c, application_secret: a}\n"
	"- {name: aad2, kind: aad-token, tenant_id: t, client_id: c, private_key: '-----BEGIN x', "
	"certificate_thumbprint: f}\n"
	"- {name: key2, kind: private-key, key_type: P-384}\n"
	"- {name: key3, kind: private-key, key_type: P-384}\n"
	"- {name: jwt, kind: jwt, signer: key2, validity: {for: 1 hour}, payload: {sub: x}}\n"
	"- {name: imp, import: {session: q, session_hash: " HEX_B ", secret: z" OTHER_CAS "}}\n"
	"- {name: akv, kind: ascii, import_akv: {vault: v, secret_name: n, token: t, "
	"decryption_key: " HEX_C "}}\n"
	"- {name: frag, kind: config-fragment, value: {a: [b]}}\n"
	"access_policy: {read: ANY, update: {require-at-least-1: [CREATOR, {signer: " SIGNER "}]}, "
	"create_sessions: NONE, list_sessions: " KEY_HASH "}\n"
	"security:\n  singleton_enclaves: true\n  service_access_token: t\n  attestation: {mode: maa, "
	"tolerate: [debug-mode, local-attestation-trust-cas-tcb], ignore_advisories: "
	"[INTEL-SA-00615], trusted_scone_qe_pubkeys: [" HEX_A "], url: 'https://a', certificates: "
	"[c], min_rsa_signing_key_size: 1024, one_time_password_shared_secret: " OTP
	", must_be_sgx_local: true, maximum_vmpl: 3, "
	"independent_roots: 2, exceptions: [{tolerate: [milan, migration], until: 2027-01-01T00:00:00Z}, "
	"{ignore_advisories: [INTEL-SA-00334], until: 2027-01-01T00:00:00Z}], minimum_tcb: {intel: {date: "
	"2026-05-01T00:00:00Z, evaluation_number: 17}, snp: [{product: Genoa}, {product: Turin, bootloader: 1, "
	"tee: 3, snp: 4, microcode: 5, fmc: 6}]}}\n"
	"secret_config: {store_in: !akv {token: t, vault: v}}\n"
	"code: {repository: r, commits: [0123456789012345678901234567890123456789], recipe: x, "
	"builders: {least: 1, of: [a/b, c/d]}}\n"
	"workflow: {stages: [{name: one, policy: q, service: s}, {name: b, service: s}, {name: two, service: s, needs: "
	"[one], attempts: 2}]}\n",
	"version: 0.3.12\nname: p\nnamespace_hash: " HEX_A "\naccess_policy: {update: NONE}\n"
	"board:\n  members: [{name: a, key: " KEY_HASH
	", weight: 2}, {name: b, service: q/s, session_hash: " HEX_A "}, "
	"{name: c, key: " SIGNER "}]\n  rule: {at_least: 1, of: [a, b]}\n  veto: [a]\n"
	"  deadline: 3 days\n  delay: 1 hour\n  self_approval: true\n"
	"  emergency: {rule: a, lapses: 2 hours}\n"
	"  classes: [{class: [code], rule: {all: [a, b]}, veto: [b], delay: 2 hours}]\n",
};

/* What a value is changed to; most are refused in most places. */
static const char *const others[] = {
	"null",
	"false",
	"true",
	"2",
	"7",
	"\"2\"",
	"\"x\"",
	"\"/other\"",
	"\"x/y\"",
	"\"r\"",
	"\"" HEX_D "\"",
	"\"ffeeddccbbaa99887766554433221100\"",
	"\"ccdd\"",
	"\"0123456789012345678901234567890123456780\"",
	"\"" OTHER_KEY "\"",
	"\"" OTHER_SIGNER "\"",
	"\"" OTP OTP "\"",
	"\"0o400\"",
	"\"2028-01-01T00:00:00Z\"",
	"\"5 days\"",
	"\"read\"",
	"\"write\"",
	"\"client\"",
	"\"unix\"",
	"\"tpm\"",
	"\"pcr7\"",
	"\"only\"",
	"\"Milan\"",
	"\"P-256\"",
	"\"Ed25519\"",
	"\"ANY\"",
	"\"CREATOR\"",
	"\"0.3.12\"",
	"\"dns:z.example\"",
	"\"INTEL-SA-00001\"",
	"\"hyperthreading\"",
	"\"no_rollback_protection\"",
	"\"completion\"",
	"\"limits\"",
	"\"https://b\"",
	"\"bin\"",
	"\"key\"",
	"\"s\"",
	"\"b\"",
	"\"c\"",
	"\"-----BEGIN y\"",
};

struct path {
	char text[200];
	bool is_changed;
};

struct paths {
	struct path at[PATHS_MAX];
	size_t count;
};

/* What the canonical form never has: other spellings, keys that say nothing, the one algorithm. */
static bool is_silent(const struct cc_member *member, const char *path)
{
	static const char *const silent[] = { "tolerate", "board_members", "board_policy", "digest",
					      "secrets.alg" };

	for (size_t i = 0; i < CC_COUNT(silent); i++)
		if (cc_str_eq(path, silent[i]))
			return true;
	return (member->flags & CC_MEMBER_ALIAS) != 0 || member->kind == CC_MEMBER_DROPPED;
}

static void list_paths(const struct cc_shape *shape, const char *above, struct paths *out)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct cc_member *member = &shape->members[i];
		char path[sizeof(out->at[0].text)];

		(void)snprintf(path, sizeof(path), "%s%s%s", above, above[0] == '\0' ? "" : ".",
			       member->name);
		if (is_silent(member, path))
			continue;
		if (member->shape != NULL) {
			list_paths(member->shape, path, out);
			continue;
		}
		assert_true(out->count < PATHS_MAX);
		(void)snprintf(out->at[out->count++].text, sizeof(path), "%s", path);
	}
}

/* The keys above a place of a canonical text. */
struct stack {
	char keys[CC_YAML_DEPTH_MAX][64];
	bool is_map[CC_YAML_DEPTH_MAX];
	size_t depth;
};

static void path_of(const struct stack *stack, char out[static 200])
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < stack->depth; i++)
		if (stack->is_map[i])
			len += (size_t)snprintf(out + len, 200 - len, "%s%s", len == 0 ? "" : ".",
						stack->keys[i]);
}

static void mark(struct paths *paths, const char *path)
{
	for (size_t i = 0; i < paths->count; i++)
		if (cc_str_starts(path, paths->at[i].text))
			paths->at[i].is_changed = true;
}

static size_t string_end(const char *text, size_t at)
{
	for (at++; text[at] != '"'; at++)
		if (text[at] == '\\')
			at++;
	return at + 1;
}

struct span_of {
	size_t from, to;
};

/* Numbers are taken by their text: 2 and "2" are one value. An empty entry names nobody. */
static bool is_same_text(const char *other, const char *value, size_t len)
{
	size_t other_len = strlen(other);

	if (cc_str_eq(other, "null") && cc_str_starts(value, "\"NONE\""))
		return true;
	if (other[0] == '"' && value[0] != '"')
		return other_len == len + 2 && memcmp(other + 1, value, len) == 0;
	return other_len == len && memcmp(other, value, len) == 0;
}

/* Each other value at this place: refused, or another hash. Returns how many were accepted. */
static size_t change_value(const char *text, struct span_of value, const char *path)
{
	struct cc_digest before = hash_of(text);
	size_t accepted = 0;

	for (size_t i = 0; i < CC_COUNT(others); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		CC_AUTO_FREE char *changed = NULL;
		struct cc_digest after = { 0 };
		struct cc_err err = { 0 };

		if (is_same_text(others[i], text + value.from, value.to - value.from))
			continue;
		assert_int_equal(cc_strf(&changed, &err, "%.*s%s%s", (int)value.from, text,
					 others[i], text + value.to),
				 0);
		if (cc_policy_parse(cc_span_str(changed), &policy, &err) != 0)
			continue;
		accepted++;
		assert_int_equal(cc_policy_hash(policy, &after, &err), 0);
		if (cc_digest_eq(&before, &after))
			fail_msg("%s: %.*s and %s have one hash", path,
				 (int)(value.to - value.from), text + value.from, others[i]);
	}
	return accepted;
}

/* Walk a canonical text; change each value, one at a time. */
static void change_all(const char *text, struct paths *paths)
{
	struct stack stack = { 0 };
	char path[200];

	for (size_t at = 0; text[at] != '\0'; at++) {
		struct span_of value = { at, at };

		if (text[at] == '{' || text[at] == '[') {
			stack.is_map[stack.depth++] = text[at] == '{';
			continue;
		}
		if (text[at] == '}' || text[at] == ']') {
			stack.depth--;
			continue;
		}
		if (text[at] == ',' || text[at] == ':')
			continue;
		value.to = text[at] == '"' ? string_end(text, at) : at + strcspn(text + at, ",]}");
		if (text[value.to] == ':' && stack.is_map[stack.depth - 1]) {
			(void)snprintf(stack.keys[stack.depth - 1], sizeof(stack.keys[0]), "%.*s",
				       (int)(value.to - at - 2), text + at + 1);
		} else {
			path_of(&stack, path);
			if (change_value(text, value, path) != 0)
				mark(paths, path);
		}
		at = value.to - 1;
	}
}

static void every_key_of_the_language_moves_the_hash(void **state)
{
	static struct paths paths;
	size_t missed = 0;

	(void)state;
	list_paths(&cc_shape_policy, "", &paths);
	for (size_t i = 0; i < CC_COUNT(full); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = given(full[i]);
		CC_AUTO_BUF struct cc_buf text = { 0 };
		struct cc_err err = { 0 };
		const char *canonical = NULL;

		assert_int_equal(cc_policy_print(policy, &text, &err), 0);
		assert_int_equal(cc_buf_str(&text, &canonical, &err), 0);
		change_all(canonical, &paths);
	}
	for (size_t i = 0; i < paths.count; i++)
		if (!paths.at[i].is_changed) {
			print_message("# no other value was accepted: %s\n", paths.at[i].text);
			missed++;
		}
	assert_int_equal(missed, 0);
}

/* With all defaults written out or none, as YAML: the same policy. */
static void what_is_shown_is_the_same_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * CC_COUNT(full); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = given(full[i / 2]), *again = NULL;
		CC_AUTO_JSON struct cc_json *json = NULL;
		CC_AUTO_BUF struct cc_buf text = { 0 };
		struct cc_digest before = { 0 }, after = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_policy_show(policy, i % 2 == 1, &json, &err), 0);
		assert_int_equal(cc_yaml_print(json, &text, &err), 0);
		if (cc_policy_parse(cc_buf_span(&text), &again, &err) != 0)
			fail_msg("%s\n%.*s", err.text, (int)text.len, (const char *)text.at);
		assert_int_equal(cc_policy_hash(policy, &before, &err), 0);
		assert_int_equal(cc_policy_hash(again, &after, &err), 0);
		assert_true(cc_digest_eq(&before, &after));
	}
}

/* Nothing that comes in may make us take more than is stated (issue: 1 MiB, 64, 10,000). */
static void what_is_too_much_or_no_text_is_refused(void **state)
{
	static char large[CC_POLICY_TEXT_MAX + 2], deep[400], many[30000];
	size_t len = 0;

	(void)state;
	memset(large, ' ', sizeof(large) - 1);
	refused(large, CC_E_TOOBIG, "the policy has 1048577 bytes", "");
	len = (size_t)snprintf(deep, sizeof(deep), "name: p\nx: ");
	memset(deep + len, '[', 70);
	memset(deep + len + 70, ']', 70);
	refused(deep, CC_E_TOOBIG, "nested deeper than 64", "");
	len = (size_t)snprintf(many, sizeof(many), "name: p\nx: [");
	for (size_t i = 0; i < 10000; i++)
		len += (size_t)snprintf(many + len, sizeof(many) - len, "a,");
	(void)snprintf(many + len, sizeof(many) - len, "]\n");
	refused(many, CC_E_TOOBIG, "10000", "");
	refused("name: &a p\n", CC_E_ARG, "line 1", "");
	refused("name: p\nsalt: *a\n", CC_E_ARG, "line 2", "");
	refused("name: p\n<<: {salt: x}\n", CC_E_ARG, "line 2", "");
	refused("name: p\nname: q\n", CC_E_ARG, "for the second time", "");
	refused("name: !!str p\n", CC_E_ARG, "tag", "");
	refused("name: \"p\\0q\"\n", CC_E_ARG, "NUL", "");
	refused("name: p\xff\n", CC_E_ARG, "", "");
	refused("name: p\n---\nname: q\n", CC_E_ARG, "", "");
	refused("%YAML 1.1\n---\nname: p\n", CC_E_ARG, "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_of_the_language_moves_the_hash),
		cmocka_unit_test(what_is_shown_is_the_same_policy),
		cmocka_unit_test(what_is_too_much_or_no_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
