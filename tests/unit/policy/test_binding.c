/* SPDX-License-Identifier: Apache-2.0 */
/* What a new version takes from binding lines of `executions`. */
#include "tests/unit/policy/given.h"

#include "policy/binding.h"

#define OF(lines)                                                                                  \
	"name: p\nservices: [{name: s, command: [x], mrenclaves: [" HEX_A "], executions: [" lines \
	"]}]\n"
#define KEY "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"
#define LINE(more) "{id: a, consumer: q, maximum: 3" more "}"
#define BOUND LINE(", binding: true")

static const char *how(const char *old, const char *new)
{
	static const char none[] = "";
	CC_AUTO_POLICY struct cc_policy *was = given(old), *is = given(new);
	struct cc_broken broken = { 0 };
	size_t at = 0;

	return cc_binding_broken(was, is, &at, &broken) ? broken.how : none;
}

static void a_binding_line_is_broken_by_whatever_grants_less(void **state)
{
	static const struct {
		const char *old, *new, *how;
	} rows[] = {
		{ OF(BOUND), OF(BOUND), "" },
		{ OF(BOUND), OF("{id: a, consumer: q, maximum: 4, binding: true}"), "" },
		{ OF(BOUND), OF(LINE(", binding: true, attempts: 4")), "" },
		{ OF(BOUND), OF(BOUND ", {id: b, consumer: r, maximum: 1}"), "" },
		{ OF(LINE("")), OF("{id: a, consumer: r, maximum: 1}"), "" },
		{ OF(LINE("")), "name: p\n", "" },
		{ OF(BOUND), "name: p\n", "is dropped" },
		{ OF(BOUND), OF(""), "is dropped" },
		{ OF(BOUND), OF("{id: b, consumer: q, maximum: 3, binding: true}"), "is dropped" },
		{ OF(BOUND), OF("{id: a, consumer: q, maximum: 2, binding: true}"), "is lowered" },
		{ OF(BOUND), OF(LINE(", binding: true, attempts: 2")), "is lowered" },
		{ OF(BOUND), OF(LINE(", binding: true, counted: start")),
		  "is counted at the start" },
		{ OF(LINE(", binding: true, counted: start")), OF(BOUND), "" },
		{ OF(BOUND), OF(LINE(", binding: true, until: '2027-01-01T00:00:00Z'")),
		  "ends earlier" },
		{ OF(LINE(", binding: true, until: '2027-01-01T00:00:00Z'")), OF(BOUND), "" },
		{ OF(LINE(", binding: true, until: '2027-01-02T00:00:00Z'")),
		  OF(LINE(", binding: true, until: '2027-01-01T00:00:00Z'")), "ends earlier" },
		{ OF(BOUND), OF("{id: a, consumer: r, maximum: 3, binding: true}"),
		  "gets another consumer" },
		{ OF(BOUND), OF(LINE(", binding: true, creator: " KEY)), "gets another consumer" },
		{ OF(LINE(", binding: true, creator: " KEY)), OF(BOUND), "gets another consumer" },
		{ OF(BOUND), OF(LINE("")), "is not binding any more" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		if (strcmp(how(rows[i].old, rows[i].new), rows[i].how) != 0)
			fail_msg("row %zu: '%s'", i, how(rows[i].old, rows[i].new));
}

static void each_line_that_is_broken_is_found(void **state)
{
	CC_AUTO_POLICY struct cc_policy *old =
		given(OF(BOUND ", {id: b, consumer: r, maximum: 1}, {id: c, consumer: r, "
			       "maximum: 1, binding: true}"));
	CC_AUTO_POLICY struct cc_policy *new = given("name: p\n");
	struct cc_broken broken = { 0 };
	size_t at = 0;

	(void)state;
	assert_true(cc_binding_broken(old, new, &at, &broken));
	assert_string_equal(broken.line->id, "a");
	assert_true(cc_binding_broken(old, new, &at, &broken));
	assert_string_equal(broken.line->id, "c");
	assert_string_equal(broken.service->name, "s");
	assert_false(cc_binding_broken(old, new, &at, &broken));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_binding_line_is_broken_by_whatever_grants_less),
		cmocka_unit_test(each_line_that_is_broken_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
