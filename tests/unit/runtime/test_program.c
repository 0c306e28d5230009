/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "runtime/program.h"

static struct cc_program_plan plan_of(const char *const *command, size_t count)
{
	return (struct cc_program_plan){ .command = command, .command_count = count, .pwd = "/w" };
}

static void a_command_is_looked_for_along_the_configured_path(void **state)
{
	static const struct {
		const char *command;
		const char *path; /* NULL: none is set */
		const char *places[8];
	} rows[] = {
		{ "/bin/x", "/a:/b", { "/bin/x" } },
		{ "./x", "/a:/b", { "/w/./x" } },
		{ "sub/x", "/a", { "/w/sub/x" } },
		{ "x", "/a:/b", { "/a/x", "/b/x" } },
		/* what is empty or relative would run what lies in a volume */
		{ "x", ":/a::b:/c:", { "/a/x", "/c/x" } },
		{ "x", "", { NULL } },
		{ "x",
		  NULL,
		  { "/usr/local/sbin/x", "/usr/local/bin/x", "/usr/sbin/x", "/usr/bin/x", "/sbin/x",
		    "/bin/x" } },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		const char *const names[] = { "PATH" };
		struct cc_program_plan plan = plan_of(&rows[i].command, 1);
		CC_AUTO_PROGRAM struct cc_program program = { 0 };
		struct cc_err err = { 0 };
		size_t at = 0;

		plan.names = names;
		plan.values = &rows[i].path;
		plan.variable_count = rows[i].path != NULL ? 1 : 0;
		assert_int_equal(cc_program_make(&plan, &program, &err), 0);
		for (; rows[i].places[at] != NULL; at++)
			assert_string_equal(program.places[at], rows[i].places[at]);
		assert_null(program.places[at]);
	}
}

static void the_environment_is_exactly_the_configured_one(void **state)
{
	static const char *const command[] = { "x", "", "b c" };
	static const char *const names[] = { "A", "B" };
	static const char *const values[] = { "1", "x=y" };
	struct cc_program_plan plan = plan_of(command, 3);
	CC_AUTO_PROGRAM struct cc_program program = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan.names = names;
	plan.values = values;
	plan.variable_count = 2;
	assert_int_equal(cc_program_make(&plan, &program, &err), 0);
	assert_string_equal(program.envp[0], "A=1");
	assert_string_equal(program.envp[1], "B=x=y");
	assert_null(program.envp[2]);
	assert_string_equal(program.argv[1], "");
	assert_string_equal(program.argv[2], "b c");
	assert_null(program.argv[3]);
}

static void what_cannot_be_run_is_refused(void **state)
{
	static const char *const command[] = { "x" }, *const empty[] = { "" };
	static const char *const wrong[] = { "A=B" }, *const nameless[] = { "" };
	static const char *const values[] = { "1" };
	const struct {
		struct cc_program_plan plan;
		const char *text;
	} rows[] = {
		{ { .command = command, .pwd = "/" }, "no command" },
		{ { .command = empty, .command_count = 1, .pwd = "/" }, "no command" },
		{ { .command = command, .command_count = 1, .pwd = "w" }, "'w' is not absolute" },
		{ { command, 1, wrong, values, 1, "/" }, "'A=B' is not the name" },
		{ { command, 1, nameless, values, 1, "/" }, "'' is not the name" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_program program = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_program_make(&rows[i].plan, &program, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_non_null(strstr(err.text, rows[i].text));
		assert_null(program.argv);
	}
}

static void a_path_with_too_many_places_is_refused(void **state)
{
	static const char *const command[] = { "x" }, *const names[] = { "PATH" };
	char path[2 * (CC_PROGRAM_PLACES_MAX + 1) + 2] = "";
	const char *values[] = { path };
	struct cc_program_plan plan = { command, 1, names, values, 1, "/" };
	struct cc_program program = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i <= CC_PROGRAM_PLACES_MAX; i++)
		memcpy(path + 2 * i, "/:", 3);
	assert_int_equal(cc_program_make(&plan, &program, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_looked_for_along_the_configured_path),
		cmocka_unit_test(the_environment_is_exactly_the_configured_one),
		cmocka_unit_test(what_cannot_be_run_is_refused),
		cmocka_unit_test(a_path_with_too_many_places_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
