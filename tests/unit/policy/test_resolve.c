/* SPDX-License-Identifier: Apache-2.0 */
/* Variables in access_policy, security and attestation, and what fragments make of them. */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "policy/decide.h"

#define KEY "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"
#define NAMED "name: p\nversion: 0.3.12\n"

struct fragment {
	const char *name, *json;
};

static int find(void *context, const char *name, struct cc_buf *json, struct cc_err *err)
{
	for (const struct fragment *one = context; one->name != NULL; one++)
		if (cc_str_eq(one->name, name))
			return cc_buf_add_str(json, one->json, err);
	cc_err_set(err, CC_E_NOTFOUND, "no secret '%s'", name);
	return cc_hint(err, "add it");
}

static const struct fragment fragments[] = {
	{ "one", "\"" HEX_A "\"" },
	{ "two", "[\"" HEX_B "\",\"" HEX_C "\"]" },
	{ "signer", "{\"isvprodid\":\"1\",\"mrsigner\":\"" HEX_D "\"}" },
	{ "number", "\"7\"" },
	{ "variants", "[{\"mrenclave\":\"" HEX_B "\"},{\"mrenclave\":\"" HEX_C "\"}]" },
	{ "tolerate", "[\"simulation\",\"debug-mode\"]" },
	{ "attestation", "{\"mode\":\"none\"}" },
	{ "security", "{\"attestation\":{\"tolerate\":[\"simulation\"]}}" },
	{ "creator", "\"CREATOR\"" },
	{ "any", "\"ANY\"" },
	{ "keys", "[\"" KEY "\",\"CREATOR\"]" },
	{ "board", "{\"require-all\":[\"" KEY "\",\"CREATOR\"]}" },
	{ "access", "{\"read\":\"ANY\",\"update\":\"NONE\"}" },
	{ "nested", "\"$$SCONE::one$$\"" },
	{ "nested-access", "{\"read\":\"$$SCONE::any$$\"}" },
	{ "bad", "{\"reed\":\"ANY\"}" },
	{ "word", "\"nonsense\"" },
	{ "key:hex", "\"" HEX_D "\"" },
	{ NULL, NULL },
};

static int resolve(const struct cc_policy *policy, struct cc_policy **out, struct cc_err *err)
{
	const struct cc_lookup lookup = { find, (void *)(uintptr_t)fragments };

	return cc_policy_resolve(policy, &lookup, out, err);
}

static char *printed(const struct cc_policy *policy)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };
	char *out = NULL;

	assert_int_equal(cc_policy_print(policy, &text, &err), 0);
	assert_int_equal(cc_buf_take_str(&text, &out, &err), 0);
	return out;
}

/* Left with its fragments is right. */
static void rule_1_8_3_fragments_take_the_places_of_variables(void **state)
{
#define SERVICE(attestation) "services: [{name: s, attestation: " attestation "}]\n"
	static const char *const rows[][2] = {
		{ SERVICE("{mrenclave: $$SCONE::one$$}"), SERVICE("{mrenclave: " HEX_A "}") },
		{ SERVICE("{mrenclave: [$$SCONE::one$$, $$SCONE::two$$]}"),
		  SERVICE("{mrenclave: [" HEX_C ", " HEX_B ", " HEX_A "]}") },
		{ SERVICE("{mrenclave: $$SCONE::two$$}"),
		  SERVICE("{mrenclave: [" HEX_B ", " HEX_C "]}") },
		{ SERVICE("{mrenclave: [$$SCONE::key:hex$$]}"), SERVICE("{mrenclave: " HEX_D "}") },
		{ SERVICE("{signer: $$SCONE::signer$$}"),
		  SERVICE("{signer: {mrsigner: " HEX_D ", isvprodid: 1}}") },
		{ SERVICE("{signer: {mrsigner: $$SCONE::one$$, isvprodid: $$SCONE::number$$, "
			  "isvsvn_min: $$SCONE::number$$}}"),
		  SERVICE("{signer: {mrsigner: " HEX_A ", isvprodid: 7, isvsvn_min: 7}}") },
		{ SERVICE("$$SCONE::variants$$"),
		  SERVICE("[{mrenclave: " HEX_B "}, {mrenclave: " HEX_C "}]") },
		{ SERVICE("[{mrenclave: " HEX_A "}, $$SCONE::variants$$]"),
		  SERVICE("[{mrenclave: " HEX_B "}, {mrenclave: " HEX_C "}, {mrenclave: " HEX_A
			  "}]") },
		{ "security: $$SCONE::security$$\n",
		  "security: {attestation: {tolerate: simulation}}\n" },
		{ "security: {attestation: $$SCONE::attestation$$}\n",
		  "security: {attestation: {mode: none}}\n" },
		{ "security: {attestation: {tolerate: [hyperthreading, $$SCONE::tolerate$$]}}\n",
		  "security: {attestation: {tolerate: [debug, hyperthreading, simulation]}}\n" },
		{ "access_policy: $$SCONE::access$$\n",
		  "access_policy: {read: ANY, update: NONE}\n" },
		{ "access_policy: {read: $$SCONE::any$$}\n", "access_policy: {read: ANY}\n" },
		{ "access_policy: {read: [$$SCONE::keys$$]}\n",
		  "access_policy: {read: [" KEY ", CREATOR]}\n" },
		{ "access_policy: {update: {require-at-least-2: [$$SCONE::keys$$]}}\n",
		  "access_policy: {update: {require-at-least-2: [" KEY ", CREATOR]}}\n" },
		{ "access_policy: {update: {require-all: $$SCONE::keys$$}}\n",
		  "access_policy: {update: {require-all: [" KEY ", CREATOR]}}\n" },
		{ "access_policy: {update: $$SCONE::board$$}\n",
		  "access_policy: {update: {require-all: [" KEY ", CREATOR]}}\n" },
		{ "services: []\n", "services: []\n" },
	};
#undef SERVICE

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *left = NULL, *right = NULL, *one = NULL, *other = NULL;
		CC_AUTO_POLICY struct cc_policy *policy = NULL, *made = NULL, *same = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&left, &err, NAMED "%s", rows[i][0]), 0);
		assert_int_equal(cc_strf(&right, &err, NAMED "%s", rows[i][1]), 0);
		policy = given(left);
		same = given(right);
		if (resolve(policy, &made, &err) != 0)
			fail_msg("row %zu: %s", i, err.text);
		one = printed(made);
		other = printed(same);
		assert_string_equal(one, other);
		assert_int_equal(made->variable_count, 0);
	}
}

/* Until then the policy keeps them, in its canonical form and so in its hash. */
static void the_canonical_form_keeps_variables(void **state)
{
	static const char *const texts[] = {
		NAMED "security: $$SCONE::x$$\naccess_policy: $$SCONE::y$$\n",
		NAMED "services: [{name: s, attestation: [{signer: {isvprodid: $$SCONE::x$$, "
		      "mrsigner: $$SCONE::y$$}}, $$SCONE::z$$, $$SCONE::a$$]}]\n",
		NAMED "access_policy: {update: {require-at-least-2: [$$SCONE::b$$]}}\n",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = given(texts[i]);
		CC_AUTO_FREE char *text = printed(policy);
		CC_AUTO_POLICY struct cc_policy *again = given(text);
		CC_AUTO_FREE char *twice = printed(again);

		assert_string_equal(text, twice);
		assert_non_null(strstr(text, "$$SCONE::"));
	}
}

static void a_service_that_rests_on_a_variable_is_not_started(void **state)
{
	static const char *const rows[] = {
		"services: [{name: s, attestation: $$SCONE::x$$, command: a}]\n",
		"services: [{name: s, attestation: {mrenclave: " HEX_A
		", signer: $$SCONE::x$$}, command: a}]\n",
		"services: [{name: s, attestation: {signer: {mrsigner: " HEX_A
		", isvprodid: $$SCONE::x$$}}, command: a}]\n",
		"services: [{name: s, mrenclaves: [" HEX_A
		"], command: a}]\nsecurity: {attestation: {tolerate: [$$SCONE::x$$]}}\n",
		"services: [{name: s, mrenclaves: [" HEX_A
		"], command: a}]\nsecurity: $$SCONE::x$$\n",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *text = NULL;
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&text, &err, NAMED "%s", rows[i]), 0);
		policy = given(text);
		assert_int_not_equal(cc_decide_usable(policy, &policy->services.at[0], &err), 0);
		assert_non_null(strstr(err.text, "rests on '$$SCONE::x$$'"));
	}
}

static struct cc_policy *effective(const char *text, struct cc_policy **written)
{
	CC_AUTO_FREE char *full = NULL;
	struct cc_policy *made = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_strf(&full, &err, NAMED "%s", text), 0);
	*written = given(full);
	if (resolve(*written, &made, &err) != 0)
		fail_msg("%s", err.text);
	return made;
}

static void what_rests_on_a_fragment_that_is_not_to_be_had_says_why_and_does_not_start(void **state)
{
#define ONE "services:\n- {name: s, command: a, mrenclaves: [" HEX_A "]}\n"
#define WITH(attestation) "services:\n- {name: s, command: a, attestation: " attestation "}\n"
	static const struct {
		const char *text, *says, *hint;
	} rows[] = {
		{ ONE "security: $$SCONE::missing$$\n",
		  "start service 's' of policy 'p': line 1: it rests on '$$SCONE::missing$$': no "
		  "secret 'missing'",
		  "add it" },
		{ ONE "security: {attestation: {mode: $$SCONE::missing$$}}\n",
		  "no secret 'missing'", "add it" },
		{ ONE "security: {attestation: {mode: $$SCONE::word$$}}\n",
		  "the fragment at 'security.attestation.mode' does not fit there",
		  "whoever wrote the fragment" },
		{ WITH("{mrenclave: $$SCONE::nested$$}"), "they do not nest",
		  "wrote the fragment" },
		{ WITH("$$SCONE::bad$$"),
		  "the fragment at 'services[0].attestation[0].reed' does not fit there",
		  "wrote the fragment" },
		/* One that fits does not help the other. */
		{ WITH("{mrenclave: [$$SCONE::one$$, $$SCONE::missing$$]}"), "no secret 'missing'",
		  "add it" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		CC_AUTO_POLICY struct cc_policy *made = effective(rows[i].text, &policy);
		struct cc_err err = { 0 };

		assert_int_not_equal(cc_decide_usable(made, &made->services.at[0], &err), 0);
		if (strstr(err.text, rows[i].says) == NULL ||
		    strstr(err.hint, rows[i].hint) == NULL)
			fail_msg("%zu: '%s', '%s'", i, err.text, err.hint);
		assert_null(strstr(err.text, "nonsense"));
	}
#undef ONE
#undef WITH
}

static void one_missing_fragment_does_not_take_the_others_with_it(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	CC_AUTO_POLICY struct cc_policy *made =
		effective("services:\n- {name: s, command: a, attestation: $$SCONE::missing$$}\n"
			  "- {name: t, command: a, attestation: {mrenclave: $$SCONE::one$$}}\n"
			  "access_policy: {read: $$SCONE::any$$}\n",
			  &policy);
	struct cc_err err = { 0 };

	(void)state;
	assert_int_not_equal(cc_decide_usable(made, &made->services.at[0], &err), 0);
	assert_int_equal(cc_decide_usable(made, &made->services.at[1], &err), 0);
	assert_string_equal(made->services.at[1].attestation.at[0].mrenclave.at[0], HEX_A);
	assert_int_equal(made->access_policy.read.at[0].kind, CC_ENTRY_ANY);
}

/* A fragment that does not fit anywhere else says nothing of who may read. */
static void access_rules_do_not_rest_on_other_fragments(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	CC_AUTO_POLICY struct cc_policy *made =
		effective("services:\n- {name: s, command: a, attestation: $$SCONE::bad$$}\n"
			  "access_policy: {read: $$SCONE::any$$}\n",
			  &policy);
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(made->access_policy.read.at[0].kind, CC_ENTRY_ANY);
	assert_int_not_equal(cc_decide_usable(made, &made->services.at[0], &err), 0);
}

static int find_nothing(void *context, const char *name, struct cc_buf *json, struct cc_err *err)
{
	const enum cc_code *code = context;

	(void)name;
	(void)json;
	return cc_fail(err, *code, "we failed");
}

/* Our own failure is no answer about the policy. */
static void a_failure_of_ours_is_one(void **state)
{
	static const enum cc_code codes[] = { CC_E_SYSTEM, CC_E_TAMPERED, CC_E_BUG };
	CC_AUTO_POLICY struct cc_policy *policy =
		given(NAMED "security: $$SCONE::x$$\naccess_policy: {read: $$SCONE::x$$}\n");

	(void)state;
	for (size_t i = 0; i < CC_COUNT(codes); i++) {
		const struct cc_lookup lookup = { find_nothing, (void *)(uintptr_t)&codes[i] };
		struct cc_policy *made = NULL;
		struct cc_err err = { 0 };

		assert_int_not_equal(cc_policy_resolve(policy, &lookup, &made, &err), 0);
		assert_int_equal(err.code, codes[i]);
	}
}

static void alone_a_policy_knows_what_it_says_itself(void **state)
{
	CC_AUTO_POLICY struct cc_policy *made = NULL;
	CC_AUTO_POLICY struct cc_policy *policy =
		given(NAMED "services:\n- {name: s, command: a, attestation: $$SCONE::own$$}\n"
			    "- {name: t, command: a, attestation: $$SCONE::theirs$$}\n"
			    "- {name: u, command: a, attestation: {mrenclave: $$SCONE::made$$}}\n"
			    "secrets:\n"
			    "- {name: own, kind: config-fragment, value: {mrenclave: " HEX_A "}}\n"
			    "- {name: theirs, import: {session: q, secret: x}}\n"
			    "- {name: made, kind: ascii}\n");
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_policy_resolve_alone(policy, &made, &err), 0);
	assert_int_equal(cc_decide_usable(made, &made->services.at[0], &err), 0);
	assert_int_not_equal(cc_decide_usable(made, &made->services.at[1], &err), 0);
	assert_non_null(strstr(err.text, "line 5: it rests on '$$SCONE::theirs$$': it is imported "
					 "from policy 'q'"));
	assert_int_not_equal(cc_decide_usable(made, &made->services.at[2], &err), 0);
	assert_non_null(strstr(err.text, "only the CAS knows it"));
}

/* One bad fragment must not lock out whom other entries name. */
static void rule_1_13_a_bad_fragment_is_nobody_and_is_said(void **state)
{
	static const char *const rules[] = {
		"update: [CREATOR, $$SCONE::missing$$]", "update: [CREATOR, $$SCONE::word$$]",
		"update: [CREATOR, $$SCONE::any$$]",     "update: [CREATOR, $$SCONE::nested$$]",
		"update: [CREATOR, $$SCONE::bad$$]",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rules); i++) {
		CC_AUTO_FREE char *text = NULL;
		CC_AUTO_POLICY struct cc_policy *policy = NULL, *made = NULL;
		struct cc_digest creator = { { 1 } }, other = { { 2 } };
		struct cc_known known = { .creator = creator };
		struct cc_identity who = { .key = &creator };
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&text, &err, NAMED "access_policy: {%s}\n", rules[i]), 0);
		policy = given(text);
		assert_int_equal(resolve(policy, &made, &err), 0);
		known.policy = made;
		assert_int_equal(cc_decide_access(&known, CC_RIGHT_UPDATE, &who, &err), 0);
		who.key = &other;
		assert_int_not_equal(cc_decide_access(&known, CC_RIGHT_UPDATE, &who, &err), 0);
		assert_non_null(strstr(made->findings.at[0].text, "nobody"));
	}
}

static void access_rules_that_are_a_bad_fragment_let_nobody_in(void **state)
{
	static const char *const names[] = { "missing", "bad", "word", "nested" };
	static const enum cc_right rights[] = { CC_RIGHT_LIST, CC_RIGHT_READ,
						CC_RIGHT_CREATE_SESSIONS, CC_RIGHT_UPDATE };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(names); i++) {
		CC_AUTO_FREE char *text = NULL;
		CC_AUTO_POLICY struct cc_policy *policy = NULL, *made = NULL;
		struct cc_digest creator = { { 1 } };
		struct cc_known known = { .creator = creator };
		struct cc_identity who = { .key = &creator,
					   .signers = &creator,
					   .signer_count = 1 };
		struct cc_err err = { 0 };

		assert_int_equal(
			cc_strf(&text, &err, NAMED "access_policy: $$SCONE::%s$$\n", names[i]), 0);
		policy = given(text);
		assert_int_equal(resolve(policy, &made, &err), 0);
		for (size_t k = 0; k < CC_COUNT(rights); k++) {
			known.policy = policy;
			assert_int_not_equal(cc_decide_access(&known, rights[k], &who, &err), 0);
			known.policy = made;
			assert_int_not_equal(cc_decide_access(&known, rights[k], &who, &err), 0);
		}
		assert_non_null(strstr(made->findings.at[0].text, "nobody"));
	}
}

/* A variable in a fragment is not looked up, whoever wrote it. */
static void a_fragment_of_access_rules_cannot_name_further_fragments(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(NAMED "access_policy: $$SCONE::nested-access$$\n");
	CC_AUTO_POLICY struct cc_policy *made = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(resolve(policy, &made, &err), 0);
	assert_int_equal(made->access_policy.read.at[0].kind, CC_ENTRY_VARIABLE);
}

static int find_large(void *context, const char *name, struct cc_buf *json, struct cc_err *err)
{
	(void)context;
	(void)name;
	CC_TRY(cc_buf_add_str(json, "\"", err));
	for (size_t i = 0; i < 600 * 1024; i++)
		CC_TRY(cc_buf_add_u8(json, 'a', err));
	return cc_buf_add_str(json, "\"", err);
}

static void fragments_have_a_maximum_together(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(NAMED "services: [{name: s, mrenclaves: [$$SCONE::a$$, $$SCONE::b$$]}]\n");
	const struct cc_lookup lookup = { find_large, NULL };
	struct cc_policy *made = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_policy_resolve(policy, &lookup, &made, &err), 0);
	assert_int_equal(made->variable_count, 2); /* the one that fits is no measurement */
	cc_policy_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_8_3_fragments_take_the_places_of_variables),
		cmocka_unit_test(the_canonical_form_keeps_variables),
		cmocka_unit_test(a_service_that_rests_on_a_variable_is_not_started),
		cmocka_unit_test(
			what_rests_on_a_fragment_that_is_not_to_be_had_says_why_and_does_not_start),
		cmocka_unit_test(one_missing_fragment_does_not_take_the_others_with_it),
		cmocka_unit_test(access_rules_do_not_rest_on_other_fragments),
		cmocka_unit_test(a_failure_of_ours_is_one),
		cmocka_unit_test(alone_a_policy_knows_what_it_says_itself),
		cmocka_unit_test(rule_1_13_a_bad_fragment_is_nobody_and_is_said),
		cmocka_unit_test(access_rules_that_are_a_bad_fragment_let_nobody_in),
		cmocka_unit_test(a_fragment_of_access_rules_cannot_name_further_fragments),
		cmocka_unit_test(fragments_have_a_maximum_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
