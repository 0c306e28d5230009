/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/str.h"
#include "runtime/host.h"

static char home[] = "HOME=/root", homer[] = "HOMER=no", secret[] = "PRELOAD=x";
static char *const environment[] = { homer, home, secret, NULL };

/* "run", then two words; one variable of the policy's. */
static void configuration(struct cc_config *out)
{
	static const char *const words[] = { "run", "", "fixed", "" };
	struct cc_err err = { 0 };

	out->command = calloc(CC_COUNT(words), sizeof(*out->command));
	out->environment = calloc(1, sizeof(*out->environment));
	assert_non_null(out->command);
	assert_non_null(out->environment);
	for (; out->command_count < CC_COUNT(words); out->command_count++)
		assert_int_equal(cc_str_dup(words[out->command_count],
					    &out->command[out->command_count], &err),
				 0);
	assert_int_equal(cc_str_dup("A", &out->environment[0].name, &err), 0);
	assert_int_equal(cc_str_dup("1", &out->environment[0].value, &err), 0);
	out->environment_count = 1;
	out->host_arguments[0] = (struct cc_config_argument){ .at = 1, .position = 2 };
	out->host_arguments[1] = (struct cc_config_argument){ .at = 3, .position = 1 };
	out->host_argument_count = 2;
}

static void name(struct cc_config *config, const char *variable)
{
	struct cc_err err = { 0 };

	assert_int_equal(
		cc_str_dup(variable, &config->host_variables[config->host_variable_count++], &err),
		0);
}

static void arguments_go_where_the_policy_takes_them(void **state)
{
	const struct cc_strings given = { { "first", "@@1", "more" }, 3 };
	const struct cc_host host = { &given, environment };
	CC_AUTO_CONFIG struct cc_config config = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	configuration(&config);
	assert_int_equal(cc_host_fill(&host, &config, &err), 0);
	assert_string_equal(config.command[0], "run");
	assert_string_equal(config.command[1], "@@1"); /* the host's word is taken as it is */
	assert_string_equal(config.command[2], "fixed");
	assert_string_equal(config.command[3], "first");
	assert_int_equal(config.command_count, 4);
}

/* scone.md 1.6: fatal, and named. */
static void an_argument_that_is_missing_is_named(void **state)
{
	const struct cc_strings given = { { "first" }, 1 };
	const struct cc_host host = { &given, environment };
	CC_AUTO_CONFIG struct cc_config config = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	configuration(&config);
	assert_int_equal(cc_host_fill(&host, &config, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_non_null(strstr(err.text, "argument 2 from the host"));
}

static void only_variables_that_the_policy_names_come_from_the_host(void **state)
{
	const struct cc_strings given = { { "first", "second" }, 2 };
	const struct cc_host host = { &given, environment };
	CC_AUTO_CONFIG struct cc_config config = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	configuration(&config);
	name(&config, "HOME");
	name(&config, "ABSENT");
	assert_int_equal(cc_host_fill(&host, &config, &err), 0);
	assert_int_equal(config.environment_count, 3);
	assert_string_equal(config.environment[0].name, "A");
	assert_string_equal(config.environment[1].name, "HOME");
	assert_string_equal(config.environment[1].value, "/root");
	assert_string_equal(config.environment[2].name, "ABSENT");
	assert_string_equal(config.environment[2].value, ""); /* as SCONE has it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_go_where_the_policy_takes_them),
		cmocka_unit_test(an_argument_that_is_missing_is_named),
		cmocka_unit_test(only_variables_that_the_policy_names_come_from_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
