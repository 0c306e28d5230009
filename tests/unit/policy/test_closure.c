/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/policy/given.h"

#include "policy/closure.h"

#define POLICY                                                                         \
	"name: p\nvolumes:\n"                                                          \
	"- {name: in, import: {session: owner, session_hash: " HEX_A ", volume: v}}\n" \
	"- {name: out, export: [{session: guest}, {session: friend, session_hash: " HEX_B "}]}\n"

static int hash(const char *text, const struct cc_closure_version *grants, size_t count,
		struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	const struct cc_closure_versions list = { grants, count }, none = { 0 };

	return cc_closure_hash(policy, &list, &none, out, err);
}

static void the_bytes_are_those_of_the_header(void **state)
{
	const struct cc_closure_version grant = { "guest", { { 7 } } };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_digest got = { 0 }, want = { 0 }, imported = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	memset(imported.b, 0xaa, sizeof(imported.b));
	assert_int_equal(cc_buf_add(&text,
				    cc_span("\0\0\0\x13"
					    "concordat closure 1"
					    "\1\0\0\0\5owner",
					    4 + 19 + 10),
				    &err),
			 0);
	assert_int_equal(cc_buf_add(&text, CC_DIGEST_SPAN(imported), &err), 0);
	assert_int_equal(cc_buf_add(&text, cc_span("\2\0\0\0\5guest", 10), &err), 0);
	assert_int_equal(cc_buf_add(&text, CC_DIGEST_SPAN(grant.hash), &err), 0);
	assert_int_equal(cc_sha256(cc_buf_span(&text), &want, &err), 0);
	assert_int_equal(hash(POLICY, &grant, 1, &got, &err), 0);
	assert_memory_equal(got.b, want.b, sizeof(got.b));
}

static void another_version_of_an_import_or_a_grantee_is_another_closure(void **state)
{
	const struct cc_closure_version one = { "guest", { { 7 } } },
					other = { "guest", { { 8 } } };
	struct cc_digest a, b, c, d, e;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(hash(POLICY, &one, 1, &a, &err), 0);
	assert_int_equal(hash(POLICY, &other, 1, &b, &err), 0);
	assert_int_equal(hash(POLICY, NULL, 0, &c, &err), 0);
	assert_int_equal(hash("name: p\nvolumes: [{name: in, import: {session: owner, "
			      "session_hash: " HEX_B ", volume: v}}]\n",
			      NULL, 0, &d, &err),
			 0);
	assert_int_equal(hash("name: p\nsecrets: [{name: in, kind: ascii, import: {session: owner, "
			      "session_hash: " HEX_C ", secret: v}}]\n",
			      NULL, 0, &e, &err),
			 0);
	assert_memory_not_equal(d.b, e.b, 32);
	assert_memory_not_equal(a.b, b.b, 32);
	assert_memory_not_equal(a.b, c.b, 32);
	assert_memory_not_equal(c.b, d.b, 32);
}

/* One owner, two volumes of it: one version that the policy rests on. */
static void what_is_imported_twice_is_in_it_once_whatever_the_order(void **state)
{
	static const char one[] =
		"name: p\nvolumes:\n"
		"- {name: x, import: {session: o, session_hash: " HEX_A ", volume: v}}\n"
		"- {name: y, import: {session: nn, session_hash: " HEX_A ", volume: v}}\n"
		"- {name: z, import: {session: o, session_hash: " HEX_A ", volume: w}}\n";
	static const char other[] =
		"name: p\nvolumes:\n"
		"- {name: y, import: {session: nn, session_hash: " HEX_A ", volume: v}}\n"
		"- {name: x, import: {session: o, session_hash: " HEX_A ", volume: v}}\n";
	struct cc_digest a, b;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(hash(one, NULL, 0, &a, &err), 0);
	assert_int_equal(hash(other, NULL, 0, &b, &err), 0);
	assert_memory_equal(a.b, b.b, 32);
}

static void an_import_by_name_has_no_closure(void **state)
{
	static const char *const texts[] = {
		"name: p\nvolumes: [{name: in, import: {session: o, volume: v}}]\n",
		"name: p\nsecrets: [{name: in, kind: ascii, import: {session: o, secret: v}}]\n",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		struct cc_digest out = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(hash(texts[i], NULL, 0, &out, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_non_null(strstr(err.text, "imported by name"));
	}
}

static void versions_that_nobody_asked_to_agree_to_are_refused(void **state)
{
	static const struct cc_closure_version cases[][2] = {
		{ { "stranger", { { 1 } } }, { "guest", { { 1 } } } },
		{ { "friend", { { 1 } } }, { "guest", { { 1 } } } }, /* pinned in the text */
		{ { "guest", { { 1 } } }, { "guest", { { 2 } } } },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_digest out = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(hash(POLICY, cases[i], 2, &out, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

/* The same versions as imports of the policy itself, as grantees and further away. */
static void what_imports_rest_on_is_in_it_and_is_no_grant(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(POLICY);
	const struct cc_closure_version guest = { "guest", { { 7 } } }, far = { "far", { { 7 } } };
	const struct cc_closure_versions none = { 0 }, grants = { &guest, 1 }, one = { &far, 1 },
					 same = { &guest, 1 };
	struct cc_digest a, b, c;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_closure_hash(policy, &grants, &none, &a, &err), 0);
	assert_int_equal(cc_closure_hash(policy, &grants, &one, &b, &err), 0);
	assert_int_equal(cc_closure_hash(policy, &none, &same, &c, &err), 0);
	assert_memory_not_equal(a.b, b.b, 32);
	assert_memory_not_equal(a.b, c.b, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_header),
		cmocka_unit_test(another_version_of_an_import_or_a_grantee_is_another_closure),
		cmocka_unit_test(what_is_imported_twice_is_in_it_once_whatever_the_order),
		cmocka_unit_test(an_import_by_name_has_no_closure),
		cmocka_unit_test(what_imports_rest_on_is_in_it_and_is_no_grant),
		cmocka_unit_test(versions_that_nobody_asked_to_agree_to_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
