/* SPDX-License-Identifier: Apache-2.0 */
/* concordat: the command line of every stakeholder. */
#include <sys/stat.h>

#include "base/secret.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "crypto/init.h"

#define COMMANDS_MAX 256 /* to guess from */
#define PROGRAM "concordat"

/* Whether it is one of those that begin with this word. */
static bool is_of(const struct cc_command *command, const char *group)
{
	size_t len = strlen(group);

	return strncmp(command->name, group, len) == 0 && command->name[len] == ' ';
}

static bool is_group(const char *word)
{
	for (size_t i = 0; i < cc_command_count; i++)
		if (is_of(cc_commands[i], word))
			return true;
	return false;
}

/* `group` NULL: all commands. */
static int print_usage(const char *group, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_buf_addf(&text, err, "usage: " PROGRAM " %s%sCOMMAND [options] [arguments]\n\n",
			   group != NULL ? group : "", group != NULL ? " " : ""));
	for (size_t i = 0; i < cc_command_count; i++)
		if (group == NULL || is_of(cc_commands[i], group))
			CC_TRY(cc_buf_addf(&text, err, "  %-20s %s\n", cc_commands[i]->name,
					   cc_commands[i]->summary));
	CC_TRY(cc_buf_add_str(&text,
			      "\n'concordat COMMAND --help' tells the options of one, "
			      "concordat(1) everything.\n",
			      err));
	return cc_print(cc_buf_span(&text), err);
}

/* How many of the words spell this command's name, 0 when they do not. */
static int matches(const struct cc_command *command, int argc, char *const *argv)
{
	const char *at = command->name;
	int words = 0;

	for (; words < argc; words++) {
		size_t len = strcspn(at, " ");

		if (strlen(argv[words]) != len || strncmp(argv[words], at, len) != 0)
			return 0;
		at += len;
		if (*at == '\0')
			return words + 1;
		at++;
	}
	return 0;
}

static int unknown_command(int argc, char *const *argv, struct cc_err *err)
{
	const char *names[COMMANDS_MAX], *nearest = NULL;
	char said[128];
	size_t count = 0;

	(void)snprintf(said, sizeof(said), "%s%s%s", argv[0], argc > 1 ? " " : "",
		       argc > 1 ? argv[1] : "");
	for (; count < cc_command_count && count < CC_COUNT(names); count++)
		names[count] = cc_commands[count]->name;
	nearest = cc_str_nearest(said, names, count);
	if (argc == 1 && is_group(argv[0]))
		cc_err_set(err, CC_E_ARG, "'%s' begins several commands", argv[0]);
	else
		cc_err_set(err, CC_E_ARG, "there is no command '%s'", said);
	if (nearest != NULL)
		return cc_hint(err, "did you mean 'concordat %s'?", nearest);
	if (is_group(argv[0]))
		return cc_hint(err, "'concordat %s --help' lists those of '%s'", argv[0], argv[0]);
	return cc_hint(err, "'concordat --help' lists them");
}

static int run_command(const struct cc_command *command, int argc, char *const *argv,
		       struct cc_err *err)
{
	CC_AUTO_FREE void *values = calloc(1, command->size);
	CC_AUTO_BUF struct cc_buf text = { 0 };
	bool help = false;

	if (values == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory");
	CC_TRY(cc_opt_parse(command, argc, argv, values, &help, err));
	if (!help)
		return command->run(values, err);
	CC_TRY(cc_opt_help(PROGRAM, command, &text, err));
	return cc_print(cc_buf_span(&text), err);
}

static bool is_help(const char *word)
{
	return cc_str_eq(word, "--help") || cc_str_eq(word, "-h") || cc_str_eq(word, "help");
}

static int run(int argc, char *const *argv, struct cc_err *err)
{
	if (argc == 2 && is_help(argv[1]) && is_group(argv[0]))
		return print_usage(argv[0], err);
	if (argc == 2 && is_help(argv[0]) && is_group(argv[1]))
		return print_usage(argv[1], err);
	if (argc == 0 || is_help(argv[0]))
		return print_usage(NULL, err);
	if (cc_str_eq(argv[0], "--version"))
		return printf(PROGRAM " " CC_VERSION "\n") < 0
			       ? cc_fail(err, CC_E_SYSTEM, "write to standard output")
			       : 0;
	for (size_t i = 0; i < cc_command_count; i++) {
		int words = matches(cc_commands[i], argc, argv);

		if (words != 0)
			return run_command(cc_commands[i], argc - words, argv + words, err);
	}
	return unknown_command(argc, argv, err);
}

int main(int argc, char **argv)
{
	struct cc_err err = { 0 };

	(void)umask(077);
	if (cc_crypto_init(&err) == 0 && cc_secret_process(&err) == 0 &&
	    run(argc - 1, argv + 1, &err) == 0)
		return 0;
	cc_opt_print_error(PROGRAM, &err);
	return cc_interrupt_status(cc_code_info(err.code)->exit_status);
}
