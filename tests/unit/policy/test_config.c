/* SPDX-License-Identifier: Apache-2.0 */
/* The config digest: what a service runs by, and nothing else. */
#include "tests/unit/policy/given.h"

#define BEGIN(service)                                                                      \
	"name: p\nservices: [{name: s, image_name: i, command: [a, b], mrenclaves: [" HEX_A \
	"]" service "}]\n"
#define MOUNTS                                                                                      \
	"images: [{name: i, volumes: [{name: v, path: /v}], injection_files: [{path: /f, content: " \
	"x}]}]\nvolumes: [{name: v}]\n"
#define PLAIN BEGIN("") MOUNTS

static struct cc_digest config_of(const char *text)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	struct cc_digest digest = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_policy_config(policy, &policy->services.at[0], &digest, &err), 0);
	return digest;
}

static void what_decides_how_a_service_runs_is_in_its_config(void **state)
{
	static const char *const others[] = {
		BEGIN(", environment: {A: b}") MOUNTS,
		BEGIN(", pwd: /x") MOUNTS,
		BEGIN(", user: 7") MOUNTS,
		BEGIN(", group: 7") MOUNTS,
		BEGIN(", console: plain") MOUNTS,
		BEGIN(", staged: 64") MOUNTS,
		BEGIN("") "images: [{name: i, volumes: [{name: v, path: /v, staged: 64}], "
			  "injection_files: [{path: /f, content: x}]}]\nvolumes: [{name: v}]\n",
		BEGIN(", network: {}") MOUNTS,
		BEGIN(", sandbox: {memory: 64}") MOUNTS,
		BEGIN("") "images: [{name: i, volumes: [{name: v, path: /v}]}]\nvolumes: [{name: v}]\n",
		BEGIN("") "images: [{name: i, volumes: [{name: v, path: /w}], injection_files: "
			  "[{path: /f, content: x}]}]\nvolumes: [{name: v}]\n",
		BEGIN("") "images: [{name: i, volumes: [{name: v, path: /v}], injection_files: [/f]}]"
			  "\nvolumes: [{name: v}]\n",
		/* the same place, another's data */
		BEGIN("") "images: [{name: i, volumes: [{name: v, path: /v}], injection_files: "
			  "[{path: /f, content: x}]}]\nvolumes: [{name: v, import: {session: q, "
			  "volume: v}}]\n",
		"name: p\nservices: [{name: s, image_name: i, command: [b, a], mrenclaves: [" HEX_A
		"]}]\n" MOUNTS,
	};
	struct cc_digest plain = config_of(PLAIN);

	(void)state;
	for (size_t i = 0; i < CC_COUNT(others); i++) {
		struct cc_digest other = config_of(others[i]);

		if (cc_digest_eq(&plain, &other))
			fail_msg("row %zu has the same config", i);
	}
}

static void names_and_what_may_run_are_not(void **state)
{
	static const char *const same[] = {
		"# comment\n" PLAIN,
		BEGIN(", executions: [{id: a, consumer: q, maximum: 1}]") MOUNTS,
		PLAIN "tolerate: [simulation]\n",
		PLAIN "secrets: [{name: x, kind: ascii}]\n",
		"name: other\nservices: [{name: t, image_name: j, command: 'a b', mrenclaves: [" HEX_B
		"]}]\nimages: [{name: j, volumes: [{name: v, path: /v}], injection_files: [{path: "
		"/f, content: x}]}]\nvolumes: [{name: v, export: z}]\n",
	};
	struct cc_digest plain = config_of(PLAIN);

	(void)state;
	for (size_t i = 0; i < CC_COUNT(same); i++) {
		struct cc_digest other = config_of(same[i]);

		if (!cc_digest_eq(&plain, &other))
			fail_msg("row %zu has another config", i);
	}
}

/* As written: the digest is no place to try guesses of a value. */
static void a_secret_is_in_it_by_its_name(void **state)
{
	static const char one[] = BEGIN(", environment: {A: $$SCONE::x$$}") MOUNTS
		"secrets: [{name: x, kind: ascii, value: a}, {name: y, kind: ascii, value: a}]\n";
	static const char two[] = BEGIN(", environment: {A: $$SCONE::x$$}") MOUNTS
		"secrets: [{name: x, kind: ascii, value: b}, {name: y, kind: ascii, value: a}]\n";
	static const char named[] = BEGIN(", environment: {A: $$SCONE::y$$}") MOUNTS
		"secrets: [{name: x, kind: ascii, value: a}, {name: y, kind: ascii, value: a}]\n";
	struct cc_digest first = config_of(one), second = config_of(two), third = config_of(named);

	(void)state;
	assert_true(cc_digest_eq(&first, &second));
	assert_false(cc_digest_eq(&first, &third));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_decides_how_a_service_runs_is_in_its_config),
		cmocka_unit_test(names_and_what_may_run_are_not),
		cmocka_unit_test(a_secret_is_in_it_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
