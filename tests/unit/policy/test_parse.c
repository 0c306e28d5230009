/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "codec/text.h"

static const char full[] =
	"version: 0.3.12\n"
	"name: sh1/s1\n"
	"salt: 000102030405060708090a0b0c0d0e0f\n"
	"services:\n"
	"- name: s1\n"
	"  image_name: input-x\n"
	"  mrenclaves: [" HEX_A "]\n"
	"  attestation:\n"
	"  - mrenclave: [" HEX_A ", " HEX_B "]\n"
	"    signer: {mrsigner: " HEX_C ", isvprodid: 6, isvsvn_min: 3}\n"
	"  measurements:\n"
	"  - {platform: sgx, runtime: " HEX_A ", content: " HEX_B "}\n"
	"  - snp:AABB\n"
	"  command: python3 '/code/input x.py' -v 15\n"
	"  environment: {A: text, B: 3, C: true, D: , E: ~}\n"
	"  pwd: /code\n"
	"  user: 1000\n"
	"  group: staff\n"
	"  fspf_path: /concordat/image\n"
	"  fspf_key: " HEX_C "\n"
	"  fspf_tag: " HEX_D "\n"
	"  content_salt: " HEX_A "\n"
	"  network: {}\n"
	"  console: plain\n"
	"  executions:\n"
	"  - id: paid\n"
	"    consumer: sh3/pipeline\n"
	"    creator: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1\n"
	"    maximum: 3\n"
	"    until: 2027-01-01T00:00:00Z\n"
	"  - {id: more, consumer: '*', maximum: 0, counted: start, attempts: 7}\n"
	"images:\n"
	"- name: input-x\n"
	"  volumes:\n"
	"  - {name: out, path: /vol1, update_policy: ephemeral, access: read}\n"
	"  - {name: mine, path: /mine}\n"
	"  injection_files:\n"
	"  - {path: /etc/x, permission: 0o440, content: text}\n"
	"  - {path: /etc/y, content: ''}\n"
	"volumes:\n"
	"- name: out\n"
	"  import: {session: sh3/pipeline, session_hash: " HEX_D ", volume: vol1}\n"
	"- name: mine\n"
	"  strict: true\n"
	"  export:\n"
	"  - session: a\n"
	"  - b\n"
	"  - {session: c, policy_hash: " HEX_A ", access: read, opaque: true}\n"
	"  - to: {session: d, session_hash: " HEX_B "}\n"
	"    volume_alias: yours\n"
	"    update_policy: no_rollback_protection\n"
	"    runtime: " HEX_C "\n"
	"    content: " HEX_D "\n"
	"secrets:\n"
	"- {name: word, kind: ascii, value: hello}\n"
	"- {name: bytes, kind: binary, size: 32, export_public: true}\n"
	"access_policy:\n"
	"  read: ANY\n"
	"  update: [3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1, CREATOR, ]\n"
	"security:\n"
	"  attestation:\n"
	"    tolerate: [debug-mode, outdated-tcb]\n"
	"    ignore_advisories: '*'\n"
	"tolerate: [simulation, unwitnessed]\n"
	"workflow:\n"
	"  stages:\n"
	"  - {name: one, service: s1}\n"
	"  - {name: two, policy: sh2/s2, service: s2, needs: one, attempts: 2}\n";

static void every_key_reaches_its_member(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(full);
	const struct cc_service *service = cc_policy_service(policy, "s1");

	(void)state;
	assert_string_equal(policy->version, "0.3.12");
	assert_string_equal(policy->name, "sh1/s1");
	assert_string_equal(policy->salt, "000102030405060708090a0b0c0d0e0f");
	assert_false(policy->predecessor.is_set);
	assert_non_null(service);
	assert_string_equal(service->image_name, "input-x");
	assert_string_equal(service->mrenclaves.at[0], HEX_A);
	assert_int_equal(service->attestation.at[0].mrenclave.count, 2);
	assert_string_equal(service->attestation.at[0].signer->mrsigner, HEX_C);
	assert_int_equal(service->attestation.at[0].signer->isvprodid, 6);
	assert_int_equal(service->attestation.at[0].signer->isvsvn_min, 3);
	assert_int_equal(service->attestation.at[0].signer->isvsvn_max, 65535);
	assert_int_equal(service->measurements.count, 2);
	assert_true(service->measurements.at[0].runtime.is_set);
	assert_string_equal(service->measurements.at[1].platform, "snp");
	assert_string_equal(service->measurements.at[1].value, "aabb");
	assert_int_equal(service->command.count, 4);
	assert_string_equal(service->command.at[1], "/code/input x.py");
	assert_string_equal(service->environment.at[1].value, "3");
	assert_string_equal(service->environment.at[2].value, "true");
	assert_string_equal(service->environment.at[3].value, "");
	assert_string_equal(service->environment.at[4].value, "");
	assert_string_equal(service->pwd, "/code");
	assert_string_equal(service->user, "1000");
	assert_string_equal(service->group, "staff");
	assert_string_equal(service->fspf_path, "/concordat/image");
	assert_string_equal(service->fspf_key, HEX_C);
	assert_string_equal(service->fspf_tag, HEX_D);
	assert_string_equal(service->content_salt, HEX_A);
	assert_non_null(service->network);
	assert_int_equal(service->console, CC_CONSOLE_PLAIN);
}

static void grants_and_volumes_reach_their_members(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(full);
	const struct cc_executions *lines = policy->services.at[0].executions.at;
	const struct cc_export *exports = cc_policy_volume(policy, "mine")->export.at;
	const struct cc_import *import = cc_policy_volume(policy, "out")->import;
	const struct cc_image *image = cc_policy_image(policy, "input-x");

	(void)state;
	assert_string_equal(lines[0].id, "paid");
	assert_string_equal(lines[0].consumer, "sh3/pipeline");
	assert_true(lines[0].creator.is_set);
	assert_int_equal(lines[0].maximum, 3);
	assert_int_equal(lines[0].counted, CC_COUNTED_COMPLETION);
	assert_int_equal(lines[0].attempts, 3);
	assert_true(lines[0].until == 1798761600);
	assert_int_equal(lines[1].counted, CC_COUNTED_START);
	assert_int_equal(lines[1].attempts, 7);
	assert_int_equal(image->volumes.at[0].update_policy, CC_UPDATE_EPHEMERAL);
	assert_int_equal(image->volumes.at[0].access, CC_ACCESS_READ);
	assert_int_equal(image->volumes.at[1].access, CC_ACCESS_NONE);
	assert_int_equal(image->injection_files.at[0].permission, 0440);
	assert_int_equal(image->injection_files.at[1].permission, 0700);
	assert_string_equal(import->session, "sh3/pipeline");
	assert_string_equal(import->volume, "vol1");
	assert_true(import->session_hash.is_set);
	assert_string_equal(exports[0].session, "a");
	assert_int_equal(exports[0].access, CC_ACCESS_WRITE);
	assert_string_equal(exports[1].session, "b");
	assert_true(exports[2].session_hash.is_set && exports[2].opaque);
	assert_int_equal(exports[2].access, CC_ACCESS_READ);
	assert_string_equal(exports[3].session, "d");
	assert_string_equal(exports[3].volume_alias, "yours");
	assert_true(exports[3].session_hash.is_set);
	assert_int_equal(exports[3].update_policy, CC_UPDATE_NO_ROLLBACK_PROTECTION);
	assert_true(exports[3].runtime.is_set && exports[3].content.is_set);
	assert_int_equal(exports[3].access, CC_ACCESS_WRITE);
}

static void the_rest_reaches_its_members(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(full);
	const struct cc_access_policy *access = &policy->access_policy;

	(void)state;
	assert_int_equal(policy->secrets.at[0].kind, CC_SECRET_ASCII);
	assert_string_equal(policy->secrets.at[0].value, "hello");
	assert_int_equal(policy->secrets.at[0].size, 20);
	assert_int_equal(policy->secrets.at[1].size, 32);
	assert_true(policy->secrets.at[1].export_public);
	assert_int_equal(access->read.at[0].kind, CC_ENTRY_ANY);
	assert_int_equal(access->update.count, 2);
	assert_int_equal(access->update.at[0].kind, CC_ENTRY_KEY);
	assert_int_equal(access->update.at[1].kind, CC_ENTRY_CREATOR);
	assert_int_equal(access->create_sessions.count, 2);
	assert_int_equal(access->list_sessions.at[0].kind, CC_ENTRY_ANY);
	assert_int_equal(policy->security.attestation.tolerate,
			 CC_TOLERATE_DEBUG | CC_TOLERATE_OUTDATED_TCB | CC_TOLERATE_SIMULATION |
				 CC_TOLERATE_UNWITNESSED);
	assert_string_equal(policy->security.attestation.ignore_advisories.at[0], "*");
	assert_string_equal(policy->workflow->stages.at[1].needs.at[0], "one");
	assert_int_equal(policy->workflow->stages.at[1].attempts, 2);
	assert_null(policy->workflow->stages.at[0].policy);
}

static void absent_keys_mean_what_grants_least(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given("name: p\n");

	(void)state;
	assert_string_equal(policy->version, "0.1");
	assert_int_equal(policy->access_policy.read.count, 1);
	assert_int_equal(policy->access_policy.read.at[0].kind, CC_ENTRY_CREATOR);
	assert_int_equal(policy->access_policy.update.at[0].kind, CC_ENTRY_CREATOR);
	assert_int_equal(policy->access_policy.create_sessions.at[0].kind, CC_ENTRY_CREATOR);
	assert_int_equal(policy->access_policy.list_sessions.at[0].kind, CC_ENTRY_CREATOR);
	assert_int_equal(policy->security.attestation.mode, CC_MODE_HARDWARE);
	assert_int_equal(policy->security.attestation.tolerate, 0);
	assert_null(policy->workflow);
	assert_int_equal(policy->findings.count, 1);
	assert_non_null(strstr(policy->findings.at[0].text, "'0.1' is assumed"));
}

/* What this version lacks may be there as long as it says nothing. */
static void an_unsupported_key_that_changes_nothing_is_accepted(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(
		"name: p\nversion: '0.3'\nsecurity: {singleton_enclaves: false, attestation: "
		"{url: , trusted_scone_qe_pubkeys: []}}\nsecret_config: {}\nboard_members: []\n");

	(void)state;
	assert_int_equal(policy->findings.count, 0);
}

static void a_rule_without_entries_names_nobody(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given("name: p\naccess_policy: {read: [], update: [null]}\n");

	(void)state;
	assert_int_equal(policy->access_policy.read.at[0].kind, CC_ENTRY_NONE);
	assert_int_equal(policy->access_policy.update.at[0].kind, CC_ENTRY_NONE);
}

static void rule_1_1_versions_are_taken_by_their_text(void **state)
{
	static const char *const good[] = { "'0.3'", "0.3", "0.3.10", "\"0.3.12\"", "0.2", "0.1" };
	CC_AUTO_FREE char *text = NULL;
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(good); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = NULL;

		cc_auto_free(&text);
		assert_int_equal(cc_strf(&text, &err, "name: p\nversion: %s\n", good[i]), 0);
		policy = given(text);
		assert_int_equal(policy->version[0], '0');
	}
	refused("name: p\nversion: 0.10\n", CC_E_UNSUPPORTED, "'0.10' is no version", "0.3.12");
	refused("name: p\nversion: 0.3.13\n", CC_E_UNSUPPORTED, "'0.3.13'", "0.3.12");
	refused("name: p\nversion: 0.30\n", CC_E_UNSUPPORTED, "'0.30'", "");
}

/* A key newer than the version is said, and the policy accepted: SCONE's own files have it. */
static void rule_1_2_a_key_newer_than_the_version_is_a_warning(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given("name: p\nversion: 0.3.10\nsalt: 000102030405060708090a0b0c0d0e0f\n");
	CC_AUTO_POLICY struct cc_policy *any =
		given("name: p\nversion: '0.3'\nsalt: 000102030405060708090a0b0c0d0e0f\n");

	(void)state;
	assert_int_equal(policy->findings.count, 1);
	assert_int_equal(policy->findings.at[0].level, CC_FINDING_WARNING);
	assert_int_equal(policy->findings.at[0].place.line, 3);
	assert_non_null(strstr(policy->findings.at[0].text, "salt: came with a later version"));
	assert_int_equal(any->findings.count, 0);
}

#define EXCEPTION(text) "name: p\nsecurity: {attestation: {exceptions: [" text "]}}\n"
#define MINIMUM(text) "name: p\nsecurity: {attestation: {minimum_tcb: " text "}}\n"
#define SERVICE "name: p\nversion: '0.3'\nservices:\n- name: s\n  mrenclaves: [" HEX_A "]\n"

static const struct {
	const char *text;
	enum cc_code code;
	const char *why, *hint;
} bad[] = {
	{ "", CC_E_ARG, "", "" },
	{ "- a\n", CC_E_ARG, "a policy is a mapping", "" },
	{ "version: '0.3'\n", CC_E_ARG, "line 1, column 1: 'name' is missing in this policy", "" },
	{ "name:\n", CC_E_ARG, "'name' is missing in this policy", "" },
	{ "name: p\nnamex: q\n", CC_E_ARG,
	  "line 2, column 1: namex: 'namex' is no key of this policy", "did you mean 'name'?" },
	{ "name: p\nqqqqqqqqqqqq: q\n", CC_E_ARG, "no key", "policy(5)" },
	{ SERVICE "  imagename: x\n", CC_E_ARG,
	  "line 6, column 3: services[0].imagename: 'imagename' is no key of this service",
	  "did you mean 'image_name'?" },
	{ SERVICE "- naame: x\n", CC_E_ARG, "line 6, column 3: services[1].naame", "'name'" },
	{ SERVICE "  attestation:\n  - signer: {mrsinger: " HEX_B ", isvprodid: 1}\n", CC_E_ARG,
	  "line 7, column 14: services[0].attestation[0].signer.mrsinger", "'mrsigner'" },
	{ SERVICE "  attestation: {signer: {mrsigner: " HEX_B ", isvprodid: 1, isvsn_min: 1}}\n",
	  CC_E_ARG, "'isvsn_min' is no key of this signer", "'isvsvn_min'" },
	{ SERVICE "  attestation: {signer: {mrsigner: " HEX_B "}}\n", CC_E_ARG,
	  "'isvprodid' is missing in this signer", "" },
	{ SERVICE "  attestation: {signer: {mrsigner: " HEX_B
		  ", isvprodid: 1, isvsvn: 1, isvsvn_min: 1}}\n",
	  CC_E_ARG, "exclude each other", "" },
	{ SERVICE "  attestation: {signer: {mrsigner: " HEX_B
		  ", isvprodid: 1, isvsvn_min: 5, isvsvn_max: 4}}\n",
	  CC_E_ARG, "greater than", "" },
	{ SERVICE "  attestation: [{}]\n", CC_E_ARG, "neither 'mrenclave' nor 'signer'", "" },
	{ "name: p\nservices: [{name: s}]\n", CC_E_ARG,
	  "line 2, column 12: service 's' names no measurement", "add 'measurements'" },
	{ "name: p\nservices: [{name: s, mrenclaves: [abc]}]\n", CC_E_ARG,
	  "services[0].mrenclaves[0]: 'abc'", "" },
	{ "name: p\nservices: [{name: s, mrenclaves: [abcd]}]\n", CC_E_ARG,
	  "has 4 hexadecimal digits and not 64", "" },
	{ SERVICE "  measurements: ['sxg:00']\n", CC_E_ARG, "'sxg' is no platform", "'sgx'" },
	{ SERVICE "  measurements: [" HEX_A "]\n", CC_E_ARG, "no measurement like 'snp:<hex>'",
	  "" },
	{ SERVICE "  measurements: [{platform: sgx, runtime: " HEX_A "}]\n", CC_E_ARG,
	  "needs 'runtime' and 'content'", "" },
	{ SERVICE "  measurements: [{platform: sgx, value: " HEX_A ", runtime: " HEX_A "}]\n",
	  CC_E_ARG, "'value' excludes", "" },
	{ SERVICE "  measurements: [{platform: sgx, value: " HEX_A ", options: " HEX_A "}]\n",
	  CC_E_ARG, "'value' excludes", "" },
	{ SERVICE "  command: \"python3 'x\"\n", CC_E_ARG,
	  "services[0].command: a command with a "
	  "quote (') that does not end",
	  "" },
	{ SERVICE "  command: ['', a]\n", CC_E_ARG, "begins with an empty word", "" },
	{ SERVICE "  image_name: ''\n", CC_E_ARG, "image_name: an empty name", "" },
	{ SERVICE "  image_name: a b\n", CC_E_ARG, "white space or a control character", "" },
	{ SERVICE "  measurements: ['sgx:abc']\n", CC_E_ARG, "no even count", "" },
	{ SERVICE "  measurements: ['sgx:gg']\n", CC_E_ARG, "no hexadecimal digit", "" },
	{ SERVICE "  command: {a: b}\n", CC_E_ARG, "a mapping where one value is expected", "" },
	{ SERVICE "  command: \"a\\0b\"\n", CC_E_ARG, "NUL", "" },
	{ SERVICE "  environment: A=b\n", CC_E_ARG, "a mapping of names to values", "" },
	{ SERVICE "  environment: [A]\n", CC_E_ARG, "'A' is no 'NAME=value'", "" },
	{ SERVICE "  environment: [A=b, A=c]\n", CC_E_ARG, "variable 'A' is there twice", "" },
	{ SERVICE "  environment: {A: [b]}\n", CC_E_ARG, "services[0].environment.A: a list", "" },
	{ SERVICE "  env: {A: b}\n", CC_E_ARG, "'env' is no key of this service",
	  "did you mean 'environment'?" },
	{ SERVICE "  cmd: x\n", CC_E_ARG, "'cmd' is no key of this service", "policy(5)" },
	{ SERVICE "-\n", CC_E_ARG, "line 6, column 2: services[1]: an empty element",
	  "take out the '-'" },
	{ "name: p\nservices:\n- name: s\n  mrenclaves:\n  - " HEX_A "\n  -\n", CC_E_ARG,
	  "line 6, column 4: services[0].mrenclaves[1]: an empty element", "take out the '-'" },
	{ SERVICE "  environment: {'A=B': c}\n", CC_E_ARG, "no name of an environment variable",
	  "" },
	{ SERVICE "  pwd: code\n", CC_E_ARG, "'code' is no absolute path", "" },
	{ SERVICE "  pwd: /a/../b\n", CC_E_ARG, "'.' or '..'", "" },
	{ SERVICE "  fspf_key: " HEX_A "a\n", CC_E_ARG, "not 65 characters", "" },
	{ SERVICE "  fspf_tag: aabb\n", CC_E_ARG, "neither 64 nor 32", "" },
	{ SERVICE "  user: 4294967295\n", CC_E_TOOBIG, "account", "" },
	{ SERVICE "  console: plainn\n", CC_E_ARG, "'plainn' is no value",
	  "did you mean 'plain'?" },
	{ SERVICE "  executions: [{id: a, consumer: b}]\n", CC_E_ARG,
	  "'maximum' is missing in this executions line", "" },
	{ SERVICE "  executions: [{id: a, consumer: b, maximum: -1}]\n", CC_E_ARG, "maximum", "" },
	{ SERVICE "  executions: [{id: a, consumer: b, maximum: 1, attempts: 0}]\n", CC_E_ARG,
	  "at least 1", "" },
	{ SERVICE "  executions: [{id: a, consumer: b, maximum: 1, until: 2027-01-01}]\n", CC_E_ARG,
	  "executions[0].until", "" },
	{ SERVICE "  executions: [{id: a, consumer: b, maximum: 1}, {id: a, consumer: c, "
		  "maximum: 1}]\n",
	  CC_E_ARG, "executions id 'a' is there twice", "" },
	{ SERVICE "  executions: [{id: a, consumer: '*', maximum: 1, creator: "
		  "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1}]\n",
	  CC_E_ARG, "no one creator", "" },
	{ SERVICE "- {name: s, mrenclaves: [" HEX_A "]}\n", CC_E_ARG,
	  "line 6, column 3: service 's' is there twice, first in line 4", "" },
	{ SERVICE "  image_name: i\nimages: [{name: j}]\n", CC_E_ARG,
	  "service 's' has image 'i', which 'images' lacks", "" },
	{ SERVICE "- {name: t, mrenclaves: [" HEX_A "]}\n- {name: s, mrenclaves: [" HEX_A "]}\n",
	  CC_E_ARG, "line 7, column 3: service 's' is there twice, first in line 4", "" },
	{ "name: p\nimages: [{name: i}, {name: i}]\n", CC_E_ARG, "image 'i' is there twice", "" },
	{ "name: p\nversion: '0.2'\nimages: [{name: i, volumes: [{name: v, path: /v}]}]\n",
	  CC_E_ARG, "image 'i' has volume 'v', which 'volumes' lacks", "import" },
	{ "name: p\nvolumes: [{name: v}]\nimages: [{name: i, volumes: [{name: v, path: /v}, {name: "
	  "v, path: /v}]}]\n",
	  CC_E_ARG, "path '/v' is there twice", "" },
	{ "name: p\nimages: [{name: i, injection_files: [{path: /v, permission: 0700}]}]\n",
	  CC_E_ARG, "'0700' is no permission", "" },
	{ "name: p\nimages: [{name: i, injection_files: [{path: /v, permission: 0o4755}]}]\n",
	  CC_E_ARG, "more than '0o777'", "" },
	{ "name: p\nvolumes: [{name: v}, {name: v}]\n", CC_E_ARG, "volume 'v' is there twice", "" },
	{ "name: p\nvolumes: [{name: v, import: {session: q, volume: w}, fspf_key: " HEX_A "}]\n",
	  CC_E_ARG, "is imported: its owner decides", "" },
	{ "name: p\nvolumes: [{name: v, import: {session: q, volume: w}, export: r}]\n", CC_E_ARG,
	  "is imported: its owner decides", "" },
	{ "name: p\nvolumes: [{name: v, import: {session: q}}]\n", CC_E_ARG,
	  "'volume' is missing in this import", "" },
	{ "name: p\nvolumes: [{name: v, import: {session: p, volume: w}}]\n", CC_E_ARG,
	  "imported from its own policy", "" },
	{ "name: p\nvolumes: [{name: v, export: p}]\n", CC_E_ARG, "exported to its own policy",
	  "" },
	{ "name: p\nvolumes: [{name: v, export: [q, q]}]\n", CC_E_ARG, "exported to 'q' twice",
	  "" },
	{ "name: p\nvolumes: [{name: v, export: q}, {name: w, export: {session: q, volume_alias: "
	  "v}}]\n",
	  CC_E_ARG, "a volume 'v' is exported to 'q' twice", "" },
	{ "name: p\nvolumes: [{name: v, export: [{access: read}]}]\n", CC_E_ARG,
	  "names no 'session'", "" },
	{ "name: p\nvolumes: [{name: v, export: [{session: q, to: {session: r}}]}]\n", CC_E_ARG,
	  "'session' is given twice", "" },
	{ "name: p\nvolumes: [{name: v, export: [{session: q, session_hash: " HEX_A
	  ", policy_hash: " HEX_B "}]}]\n",
	  CC_E_ARG, "'policy_hash' is given twice", "" },
	{ "name: p\nvolumes: [{name: v, export: [{session: q, cas_url: x}]}]\n", CC_E_ARG,
	  "another CAS ('x') is given without its key", "add 'cas_key'" },
	{ "name: p\nvolumes: [{name: v, export: [{session: q, opaque: yes}]}]\n", CC_E_ARG,
	  "'yes' is neither 'true' nor 'false'", "" },
	{ "name: p\nvolumes: [{name: v, lifetime: run}]\n", CC_E_ARG, "the policy has no workflow",
	  "" },
	{ "name: p\nvolumes: [{name: v, window: {commits: 31}}]\n", CC_E_TOOBIG,
	  "over the maximum of 30", "" },
	{ "name: p\nvolumes: [{name: v, window: {seconds: 0}}]\n", CC_E_ARG,
	  "a window of 0 lets nothing be written", "'strict: true'" },
	{ "name: p\nvolumes: [{name: v, strict: true, window: {commits: 2}}]\n", CC_E_ARG,
	  "volume 'v' is strict and has a window", "leave one out" },
	{ "name: p\nvolumes: [{name: v, current: never}]\n", CC_E_ARG, "'never' is no value", "" },
	{ "name: p\nservices: [{name: s}]\nvolumes: [{name: v, lifetime: run, current: commit}]\n"
	  "workflow: {stages: [{name: s, service: s}]}\n",
	  CC_E_ARG, "nothing can go on from its commits", "leave 'current: commit' out" },
	{ "name: p\nvolumes: [{name: v, import: q, current: commit}]\n", CC_E_ARG,
	  "its owner decides", "" },
	{ "name: p\nvolumes: [{name: v, import: q, window: {bytes: 1}}]\n", CC_E_ARG,
	  "its owner decides", "" },
	{ "name: p\nsecrets: [{name: s}]\n", CC_E_ARG, "'kind' is missing in this secret", "" },
	{ "name: p\nsecrets: [{name: s, kind: asci}]\n", CC_E_ARG, "'asci' is no value",
	  "'ascii'" },
	{ "name: p\nsecrets: [{name: s, kind: binary, value: xyz}]\n", CC_E_ARG, "", "" },
	{ "name: p\naccess_policy: {read: [ANY, CREATOR]}\n", CC_E_ARG, "'ANY' must stand alone",
	  "" },
	{ "name: p\naccess_policy: {update: [CREATOR, NONE]}\n", CC_E_ARG,
	  "'NONE' must stand alone", "" },
	{ "name: p\naccess_policy: {update: [creator]}\n", CC_E_ARG, "'creator' is no key hash",
	  "expected is CREATOR" },
	{ "name: p\naccess_policy: {update: "
	  "[3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x2]}\n",
	  CC_E_ARG, "is no key hash", "" },
	{ "name: p\nsecurity: {attestation: {mode: of}}\n", CC_E_ARG, "'of' is no value",
	  "'hardware'" },
	{ "name: p\nsecurity: {attestation: {tolerate: [simulaton]}}\n", CC_E_ARG, "simulaton",
	  "did you mean 'simulation'?" },
	{ "name: p\nsecurity: {attestation: {maximum_vmpl: 4}}\n", CC_E_TOOBIG, "maximum_vmpl",
	  "" },
	{ "name: p\nsecurity: {attestation: {independent_roots: 0}}\n", CC_E_ARG,
	  "independent_roots", "" },
	{ EXCEPTION("{tolerate: milan}"), CC_E_ARG, "'until' is missing", "" },
	{ EXCEPTION("{until: 2027-01-01T00:00:00Z}"), CC_E_ARG,
	  "names neither 'tolerate' nor 'ignore_advisories'", "" },
	{ EXCEPTION("{tolerate: simulation, until: 2027-01-01T00:00:00Z}"), CC_E_ARG,
	  "'simulation' is no value", "" },
	{ EXCEPTION("{tolerate: debug-mode, until: 2027-01-01T00:00:00Z}"), CC_E_ARG,
	  "'debug-mode' is no value", "" },
	{ EXCEPTION("{tolerate: milan, until: 1970-01-01T00:00:00Z}"), CC_E_ARG,
	  "ended before there were any", "" },
	{ MINIMUM("{}"), CC_E_ARG, "names neither 'intel' nor 'snp'", "" },
	{ MINIMUM("{intel: {}}"), CC_E_ARG, "names neither 'date' nor 'evaluation_number'", "" },
	{ MINIMUM("{snp: [{snp: 1}]}"), CC_E_ARG, "'product' is missing", "" },
	{ MINIMUM("{snp: [{product: Rome}]}"), CC_E_ARG, "'Rome'", "" },
	{ MINIMUM("{snp: [{product: Genoa, fmc: 1}]}"), CC_E_ARG, "'Genoa' has no 'fmc'", "" },
	{ MINIMUM("{snp: [{product: Genoa, tee: 256}]}"), CC_E_TOOBIG, "tee", "" },
	{ MINIMUM("{snp: [{product: Genoa}, {product: Genoa, snp: 1}]}"), CC_E_ARG,
	  "two minima for the product 'Genoa'", "" },
	{ "name: p\nsecurity: {attestation: {ignore_advisories: [intel-sa-00615]}}\n", CC_E_ARG,
	  "ignore_advisories[0]", "INTEL-SA-00615" },
	{ "name: p\nsecurity: {attestation: {tolerate: [zz]}}\n", CC_E_ARG, "'zz'",
	  "known are 'simulation', 'measured-only', 'unwitnessed', 'debug-mode'," },
	{ "name: p\nboard: {members: []}\n", CC_E_ARG, "'rule' is missing in this board", "" },
	{ "name: p\npredecessor: aabb\n", CC_E_ARG, "predecessor", "" },
	{ "name: p q\n", CC_E_ARG, "has a character", "" },
	{ "name: a//b\n", CC_E_ARG, "an empty name", "" },
	{ "name: ../b\n", CC_E_ARG, "'.' or '..' where none may be", "" },
	{ "name: p\nworkflow: {stages: []}\n", CC_E_ARG, "a workflow without stages", "" },
	{ "name: p\nworkflow: {}\n", CC_E_ARG, "'stages' is missing in this workflow", "" },
	{ "name: p\nworkflow: {stages: [{name: a, service: s}]}\n", CC_E_ARG,
	  "stage 'a' runs service 's', which 'services' lacks", "" },
	{ "name: p\nworkflow: {stages: [{name: a, policy: q, service: s}, {name: a, policy: q, "
	  "service: s}]}\n",
	  CC_E_ARG, "stage 'a' is there twice", "" },
	{ "name: p\nworkflow: {stages: [{name: a, policy: q, service: s, needs: [b]}]}\n", CC_E_ARG,
	  "stage 'a' needs 'b', which is no stage", "" },
	{ "name: p\nworkflow: {stages: [{name: a, policy: q, service: s, needs: a}]}\n", CC_E_ARG,
	  "stage 'a' waits for itself", "" },
	{ "name: p\nworkflow: {stages: [{name: a, policy: q, service: s, needs: [c]}, {name: b, "
	  "policy: q, service: s, needs: [a]}, {name: c, policy: q, service: s, needs: [b]}]}\n",
	  CC_E_ARG, "waits for itself through 'needs'", "without cycles" },
	{ "name: p\nservices: {name: s}\n", CC_E_ARG, "services: a mapping where a list", "" },
	{ "name: p\nservices: [s]\n", CC_E_ARG, "a single value where a mapping", "" },
	{ "name: p\nservices: [[s]]\n", CC_E_ARG, "a list where a mapping", "" },
	{ "name: &a p\nversion: *a\n", CC_E_ARG, "", "" },
	{ "name: p\nname: q\n", CC_E_ARG, "", "" },
};

static void each_mistake_is_refused_with_its_place_and_a_next_step(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(bad); i++)
		refused(bad[i].text, bad[i].code, bad[i].why, bad[i].hint);
}

/* What is part of the language and must not be dropped silently. */
static const struct {
	const char *line, *why;
} unusable[] = {
	{ "  command: run $$SCONE::x$$\n", "its command refers to secret 'x'" },
	{ "  command: run $$SCONE:x$$\n", "one colon" },
	{ "  command: run a@@1\n", "its command has 'a@@1'" },
	{ "  command: run @@65\n", "its command has '@@65'" },
	{ "  command: run @@1 @@1\n", "its command has '@@1' twice" },
	{ "  command: [run]\n  environment: {A: $$SCONE::x$$}\n", "an environment variable" },
	{ "  command: [run]\n  environment: {A\\@\\@HOME: }\n", "is no variable of the host" },
	{ "  command: [run]\n  environment: {SCONE_NETWORK_SHIELD: protected}\n",
	  "asks for a network shield" },
	{ "  command: [run]\n  fspf_tag: 00112233445566778899aabbccddeeff\n", "has 16 bytes" },
	{ "  command: [run]\n  fspf_key: $$SCONE::k$$\n", "'fspf_key' refers" },
	{ "  command: [run]\n  network: {egress: [{peer: q/s, port: 1}]}\n", "peers in 'network'" },
	{ "  pwd: /\n", "it has no 'command'" },
	{ "  command: [run]\n  image_name: i\n", "is not described in 'images'" },
	{ "  command: [run]\n  image_name: i\nimages: [{name: i, injection_files: [{path: /x, "
	  "content: $$SCONE::x$$}]}]\n",
	  "an injection file refers" },
	{ "  command: [run]\n  image_name: i\nimages: [{name: i, volumes: [{name: v, path: "
	  "/x}]}]\nvolumes: [{name: v, fspf_key: " HEX_A "}]\n",
	  "was made elsewhere" },
	{ "  command: [run]\n  image_name: i\nimages: [{name: i, volumes: [{name: v, path: "
	  "/x}]}]\nvolumes: [{name: v, files: authenticated-only}]\n",
	  "'authenticated-only'" },
};

static void what_could_only_be_dropped_makes_a_service_unusable(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(unusable); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		CC_AUTO_FREE char *text = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&text, &err, "%s%s", SERVICE, unusable[i].line), 0);
		policy = given(text);
		if (policy->findings.count != 1 ||
		    policy->findings.at[0].level != CC_FINDING_UNUSABLE ||
		    strstr(policy->findings.at[0].text, unusable[i].why) == NULL)
			fail_msg("%s: %zu findings, first '%s'", unusable[i].line,
				 policy->findings.count,
				 policy->findings.count == 0 ? "" : policy->findings.at[0].text);
		assert_string_equal(policy->findings.at[0].service, "s");
	}
}

static void what_an_owner_should_know_is_a_warning(void **state)
{
	static const char *const lines[] = {
		"security: {attestation: {mode: none}}\n",
		"security: {attestation: {tolerate: [simulation]}}\n",
		"security: {attestation: {ignore_advisories: '*'}}\n",
		"access_policy: {update: ANY}\n",
		"code: {repository: 'https://git.example.com/x'}\n",
		"services: [{name: s, command: [x], mrenclaves: [" HEX_A
		"], executions: [{id: a, consumer: q, maximum: 1}]}]\n",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(lines); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		CC_AUTO_FREE char *text = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&text, &err, "name: p\nversion: '0.3'\n%s", lines[i]), 0);
		policy = given(text);
		assert_int_equal(policy->findings.count, 1);
		assert_int_equal(policy->findings.at[0].level, CC_FINDING_WARNING);
	}
}

static void rule_1_6_commands_are_split_outside_quotes(void **state)
{
	static const struct {
		const char *text;
		const char *words[5];
	} cases[] = {
		{ "", { NULL } },
		{ "  \t\n", { NULL } },
		{ "a", { "a" } },
		{ " a  b\tc\n", { "a", "b", "c" } },
		{ "a 'b c' \"d e\"", { "a", "b c", "d e" } },
		{ "a='b c'd", { "a=b cd" } },
		{ "'' \"\"", { "", "" } },
		{ "\"it's\" 'say \"x\"'", { "it's", "say \"x\"" } },
		{ "a\\ b", { "a\\", "b" } },
	};
	struct cc_words none = { 0 };
	struct cc_err none_err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_CLEANUP(cc_words_clear) struct cc_words words = { 0 };
		struct cc_err err = { 0 };
		size_t count = 0;

		assert_int_equal(cc_command_split(cc_span_str(cases[i].text), &words, &err), 0);
		while (cases[i].words[count] != NULL)
			count++;
		assert_int_equal(words.count, count);
		for (size_t k = 0; k < count; k++)
			assert_string_equal(words.at[k], cases[i].words[k]);
	}
	assert_int_equal(cc_command_split(cc_span("a\0b", 3), &none, &none_err), -1);
	assert_int_equal(none_err.code, CC_E_ARG);
	assert_non_null(strstr(none_err.text, "NUL"));
}

static void what_only_looks_like_a_reference_is_text(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(SERVICE "  command: [run, '@@ -1,3 +1,4 @@', 'a@@b', '$SCONE::x', '$$x$$']\n"
			      "  environment: {A: '@@1'}\n");

	(void)state;
	assert_int_equal(policy->findings.count, 0);
}

static void texts_have_a_maximum(void **state)
{
	static const struct {
		const char *head;
		size_t most;
		const char *tail;
	} cases[] = {
		{ SERVICE "  image_name: ", 512, "\n" },
		{ SERVICE "  pwd: /", 4094, "\n" },
		{ SERVICE "  user: ", 64, "\n" },
		{ SERVICE "  command: 'a", 2 * 4095, "'\n" },
	};
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_FREE char *good = NULL, *over = NULL;
		bool is_command = strstr(cases[i].head, "command") != NULL;
		char text[8193];

		for (size_t k = 0; k + 1 < sizeof(text); k++)
			text[k] = is_command && k % 2 == 0 ? ' ' : 'n';
		assert_int_equal(cc_strf(&good, &err, "%s%.*s%s", cases[i].head, (int)cases[i].most,
					 text, cases[i].tail),
				 0);
		assert_int_equal(cc_strf(&over, &err, "%s%.*s%s", cases[i].head,
					 (int)cases[i].most + (is_command ? 2 : 1), text,
					 cases[i].tail),
				 0);
		cc_policy_free(given(good));
		refused(over, CC_E_TOOBIG, "", "");
	}
}

/* A well-formed Base58Check text of another version or length is no key hash. */
static void only_key_hashes_are_key_hashes(void **state)
{
	static const struct {
		uint8_t version;
		size_t len;
	} cases[] = { { 5, 32 }, { 1, 31 }, { 1, 33 }, { 0, 20 } };
	static const uint8_t bytes[33] = { 1 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_BUF struct cc_buf hash = { 0 };
		CC_AUTO_FREE char *text = NULL;
		struct cc_err err = { 0 };
		const char *str = NULL;

		assert_int_equal(cc_base58check_add(&hash, cases[i].version,
						    cc_span(bytes, cases[i].len), &err),
				 0);
		assert_int_equal(cc_buf_str(&hash, &str, &err), 0);
		assert_int_equal(cc_strf(&text, &err, "name: p\naccess_policy: {read: %s}\n", str),
				 0);
		refused(text, CC_E_ARG, "is no key hash", "");
	}
}

static void rule_1_3_a_name_has_at_most_512_bytes(void **state)
{
	CC_AUTO_FREE char *good = NULL, *bad_name = NULL, *bad_path = NULL;
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	struct cc_err err = { 0 };
	char name[512 + 1];

	(void)state;
	memset(name, 'n', 512);
	name[512] = '\0';
	assert_int_equal(cc_strf(&good, &err, "name: %s\n", name), 0);
	policy = given(good);
	assert_int_equal(cc_strf(&bad_name, &err, "name: p\nvolumes: [{name: %sn}]\n", name), 0);
	refused(bad_name, CC_E_TOOBIG, "513 bytes", "");
	name[100] = '/';
	assert_int_equal(cc_strf(&bad_path, &err, "name: %sn\n", name), 0);
	refused(bad_path, CC_E_TOOBIG, "513 bytes", "");
}

/* `count` times the element, its '#' being the number, between head and tail. */
static char *many(const char *head, const char *element, size_t count, const char *tail)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *mark = strchr(element, '#');
	struct cc_err err = { 0 };
	char *out = NULL;

	assert_int_equal(cc_buf_add_str(&text, head, &err), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(cc_buf_addf(&text, &err, "%.*s%zu%s", (int)(mark - element),
					     element, i, mark + 1),
				 0);
	assert_int_equal(cc_buf_add_str(&text, tail, &err), 0);
	assert_int_equal(cc_buf_take_str(&text, &out, &err), 0);
	return out;
}

static void what_a_decision_walks_through_has_a_maximum(void **state)
{
	static const char image[] = "name: p\nvolumes: [{name: v}]\nimages: [{name: i, volumes: [";
	static const char mount[] = "{name: v, path: /#}, ";
	static const char workflow[] = "name: p\nworkflow: {stages: [";
	static const char stage[] = "{name: s#, policy: q, service: s}, ";
	CC_AUTO_FREE char *mounts = many(image, mount, CC_MOUNTS_MAX, "]}]\n");
	CC_AUTO_FREE char *mounts_over = many(image, mount, CC_MOUNTS_MAX + 1, "]}]\n");
	CC_AUTO_FREE char *stages = many(workflow, stage, CC_STAGES_MAX, "]}\n");
	CC_AUTO_FREE char *stages_over = many(workflow, stage, CC_STAGES_MAX + 1, "]}\n");

	(void)state;
	cc_policy_free(given(mounts));
	refused(mounts_over, CC_E_TOOBIG, "more than 64 volumes", "");
	cc_policy_free(given(stages));
	refused(stages_over, CC_E_TOOBIG, "more than 1000 stages", "");
}

static void a_text_over_the_maximum_is_refused(void **state)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_policy *policy = NULL;
	struct cc_mut room = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_buf_add_str(&text, "name: p\n#", &err), 0);
	assert_int_equal(cc_buf_extend(&text, CC_POLICY_TEXT_MAX, &room, &err), 0);
	memset(room.at, 'x', room.len);
	assert_int_equal(cc_policy_parse(cc_buf_span(&text), &policy, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_reaches_its_member),
		cmocka_unit_test(grants_and_volumes_reach_their_members),
		cmocka_unit_test(the_rest_reaches_its_members),
		cmocka_unit_test(absent_keys_mean_what_grants_least),
		cmocka_unit_test(an_unsupported_key_that_changes_nothing_is_accepted),
		cmocka_unit_test(a_rule_without_entries_names_nobody),
		cmocka_unit_test(rule_1_1_versions_are_taken_by_their_text),
		cmocka_unit_test(rule_1_2_a_key_newer_than_the_version_is_a_warning),
		cmocka_unit_test(each_mistake_is_refused_with_its_place_and_a_next_step),
		cmocka_unit_test(what_could_only_be_dropped_makes_a_service_unusable),
		cmocka_unit_test(what_an_owner_should_know_is_a_warning),
		cmocka_unit_test(rule_1_6_commands_are_split_outside_quotes),
		cmocka_unit_test(what_only_looks_like_a_reference_is_text),
		cmocka_unit_test(texts_have_a_maximum),
		cmocka_unit_test(only_key_hashes_are_key_hashes),
		cmocka_unit_test(rule_1_3_a_name_has_at_most_512_bytes),
		cmocka_unit_test(what_a_decision_walks_through_has_a_maximum),
		cmocka_unit_test(a_text_over_the_maximum_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
