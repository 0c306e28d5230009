/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says in secret is in no memory that was given back. */
#include <malloc.h>

#include "base/arena.h"
#include "tests/unit/policy/given.h"

#include "base/str.h"

#define CANARY "canary-of-a-secret-value"

static size_t freed, found;

/* --wrap=free: whatever our own code gives back is looked through before. */
void __real_free(void *at);
void __wrap_free(void *at);
void __wrap_free(void *at)
{
	freed += at != NULL;
	found += at != NULL && memmem(at, malloc_usable_size(at), CANARY, strlen(CANARY)) != NULL;
	__real_free(at);
}

static void nothing_was_left(void)
{
	assert_true(freed > 0);
	assert_int_equal(found, 0);
	freed = found = 0;
}

static void an_arena_is_wiped(void **state)
{
	static const char canary[] = CANARY;
	struct cc_arena *arena = NULL;
	struct cc_err err = { 0 };
	char *text = NULL;

	(void)state;
	freed = found = 0;
	assert_int_equal(cc_arena_new((size_t)1024 * 1024, &arena, &err), 0);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(cc_arena_copy(arena, cc_span_str(canary), &text, &err), 0);
	assert_int_equal(cc_arena_printf(arena, &text, &err, "%s", canary), 0);
	cc_arena_free(arena);
	nothing_was_left();
}

static int find(void *context, const char *name, struct cc_buf *json, struct cc_err *err)
{
	(void)context;
	(void)name;
	return cc_buf_add_str(
		json,
		"{\"attestation\":{\"mode\":\"none\"},\"service_access_token\":\"" CANARY "\"}",
		err);
}

static void an_effective_policy_is_wiped_with_all_that_it_was_made_of(void **state)
{
	struct cc_policy *policy = given(
		"name: p\nversion: 0.3.12\nsecurity: $$SCONE::x$$\n"
		"services: [{name: s, command: [" CANARY "], environment: {X: '" CANARY "'}}]\n"
		"secrets: [{name: x, kind: config-fragment, value: [" CANARY
		"]}, {name: y, kind: ascii, value: \"" CANARY "\"}]\n");
	const struct cc_lookup lookup = { find, NULL };
	struct cc_buf text = { 0 };
	struct cc_json *json = NULL;
	struct cc_policy *made = NULL;
	struct cc_digest hash = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	freed = found = 0;
	assert_int_equal(cc_policy_resolve(policy, &lookup, &made, &err), 0);
	assert_string_equal(made->security.service_access_token, CANARY);
	assert_int_equal(cc_policy_hash(made, &hash, &err), 0);
	assert_int_equal(cc_policy_print(made, &text, &err), 0);
	assert_int_equal(cc_policy_show(made, true, &json, &err), 0);
	cc_json_free(json);
	cc_buf_clear(&text);
	cc_policy_free(made);
	cc_policy_free(policy);
	nothing_was_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_is_wiped),
		cmocka_unit_test(an_effective_policy_is_wiped_with_all_that_it_was_made_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
