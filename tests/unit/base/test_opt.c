/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/opt.h"

struct values {
	bool force;
	const char *name, *mode;
	uint64_t number;
	struct cc_strings volumes, rest;
	const char *from;
};

static const struct cc_opt opts[] = {
	{ "force", 'f', CC_OPT_FLAG, offsetof(struct values, force), NULL, "go on", false, NULL },
	{ "name", 'n', CC_OPT_STRING, offsetof(struct values, name), "NAME", "its name", true,
	  NULL },
	{ "mode", 0, CC_OPT_STRING, offsetof(struct values, mode), "MODE", "how", false, "hw sim" },
	{ "number", 0, CC_OPT_NUMBER, offsetof(struct values, number), "N", "how many", false,
	  NULL },
	{ "volume", 'v', CC_OPT_LIST, offsetof(struct values, volumes), "V", "volumes", false,
	  NULL },
};
static const struct cc_opt_arg args[] = {
	{ "FROM", offsetof(struct values, from), "where from", false, false },
	{ "REST", offsetof(struct values, rest), "more", true, true },
};
static const struct cc_command command = { "image seal",          "Seal.", opts,
					   CC_COUNT(opts),        args,    CC_COUNT(args),
					   sizeof(struct values), NULL,    NULL };

static int parse(const char *const *words, struct values *v, bool *help, struct cc_err *err)
{
	static char copy[16][64];
	char *argv[16];
	int argc = 0;

	for (; words[argc] != NULL; argc++) {
		(void)snprintf(copy[argc], sizeof(copy[argc]), "%s", words[argc]);
		argv[argc] = copy[argc];
	}
	*err = (struct cc_err){ 0 };
	return cc_opt_parse(&command, argc, argv, v, help, err);
}

static void all_forms_of_options_and_arguments_are_understood(void **state)
{
	static const char *const words[] = { "--force",  "-n",   "x",          "--number=5",
					     "--volume", "a",    "--volume=b", "--mode",
					     "sim",      "from", "--",         "--rest",
					     "-x",       NULL };
	struct values v = { 0 };
	struct cc_err err = { 0 };
	bool help = false;

	(void)state;
	assert_int_equal(parse(words, &v, &help, &err), 0);
	assert_true(v.force);
	assert_string_equal(v.name, "x");
	assert_string_equal(v.mode, "sim");
	assert_int_equal(v.number, 5);
	assert_int_equal(v.volumes.count, 2);
	assert_string_equal(v.volumes.at[1], "b");
	assert_string_equal(v.from, "from");
	assert_int_equal(v.rest.count, 2);
	assert_string_equal(v.rest.at[0], "--rest");
	assert_false(help);
}

static void each_mistake_has_its_message(void **state)
{
	static const struct {
		const char *words[6];
		const char *text, *hint;
	} cases[] = {
		{ { "--nmae", "x", NULL }, "unknown option '--nmae'", "did you mean '--name'?" },
		{ { "-z", NULL }, "unknown option '-z'", "" },
		{ { "from", NULL }, "'--name NAME' is missing", "its name" },
		{ { "-n", "x", NULL }, "FROM is missing", "where from" },
		{ { "-n", NULL }, "'--name' needs a value: NAME", "" },
		{ { "--force=yes", NULL }, "'--force' takes no value", "" },
		{ { "--number", "many", NULL }, "'--number' 'many' is not a number", "" },
		{ { "--mode", "fast", NULL }, "'--mode' is 'fast', not one of: hw sim", "" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct values v = { 0 };
		struct cc_err err = { 0 };
		bool help = false;

		assert_int_equal(parse(cases[i].words, &v, &help, &err), -1);
		assert_string_equal(err.text, cases[i].text);
		if (cases[i].hint[0] != '\0')
			assert_string_equal(err.hint, cases[i].hint);
	}
}

static void help_wins_over_what_is_missing_and_names_every_option(void **state)
{
	static const char *const words[] = { "--force", "--help", NULL };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *shown = NULL;
	struct values v = { 0 };
	struct cc_err err = { 0 };
	bool help = false;

	(void)state;
	assert_int_equal(parse(words, &v, &help, &err), 0);
	assert_true(help);
	assert_int_equal(cc_opt_help("concordat", &command, &text, &err), 0);
	assert_int_equal(cc_buf_str(&text, &shown, &err), 0);
	for (size_t i = 0; i < CC_COUNT(opts); i++)
		assert_non_null(strstr(shown, opts[i].name));
	assert_non_null(strstr(shown, "usage: concordat image seal [options] FROM [REST...]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms_of_options_and_arguments_are_understood),
		cmocka_unit_test(each_mistake_has_its_message),
		cmocka_unit_test(help_wins_over_what_is_missing_and_names_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
