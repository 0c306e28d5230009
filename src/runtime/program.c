/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/program.h"

#include <errno.h>

#include "base/secret.h"
#include "base/str.h"

static void vector_free(char **vector)
{
	if (vector == NULL)
		return;
	for (char **at = vector; *at != NULL; at++) {
		cc_wipe(*at, strlen(*at));
		free(*at);
	}
	free(vector);
}

void cc_program_clear(struct cc_program *program)
{
	vector_free(program->argv);
	vector_free(program->envp);
	vector_free(program->places);
	free(program->pwd);
	*program = (struct cc_program){ 0 };
}

static int vector_new(size_t count, char ***out, struct cc_err *err)
{
	*out = calloc(count + 1, sizeof(**out));
	if (*out == NULL)
		return cc_fail_sys(err, ENOMEM, "prepare the program");
	return 0;
}

static int environment_make(const struct cc_program_plan *plan, char ***out, struct cc_err *err)
{
	CC_TRY(vector_new(plan->variable_count, out, err));
	for (size_t i = 0; i < plan->variable_count; i++) {
		const char *name = plan->names[i];

		if (name[0] == '\0' || strchr(name, '=') != NULL)
			return cc_fail(err, CC_E_ARG, "'%s' is not the name of a variable", name);
		CC_TRY(cc_strf(&(*out)[i], err, "%s=%s", name, plan->values[i]));
	}
	return 0;
}

static const char *path_of(const struct cc_program_plan *plan)
{
	for (size_t i = 0; i < plan->variable_count; i++)
		if (cc_str_eq(plan->names[i], "PATH"))
			return plan->values[i];
	return CC_PROGRAM_PATH;
}

static int places_search(const char *path, const char *command, char **out, struct cc_err *err)
{
	size_t count = 0;

	for (const char *at = path;; at++) {
		size_t len = strcspn(at, ":");

		if (len > 0 && *at == '/') {
			if (count == CC_PROGRAM_PLACES_MAX)
				return cc_fail(err, CC_E_TOOBIG, "PATH has more than %d places",
					       CC_PROGRAM_PLACES_MAX);
			CC_TRY(cc_strf(&out[count], err, "%.*s/%s", (int)len, at, command));
			count++;
		}
		at += len;
		if (*at == '\0')
			return 0;
	}
}

static int places_make(const struct cc_program_plan *plan, char ***out, struct cc_err *err)
{
	const char *command = plan->command[0];

	CC_TRY(vector_new(CC_PROGRAM_PLACES_MAX, out, err));
	if (command[0] == '/')
		return cc_str_dup(command, &(*out)[0], err);
	if (strchr(command, '/') != NULL)
		return cc_strf(&(*out)[0], err, "%s/%s", plan->pwd, command);
	return places_search(path_of(plan), command, *out, err);
}

int cc_program_make(const struct cc_program_plan *plan, struct cc_program *out, struct cc_err *err)
{
	CC_AUTO_PROGRAM struct cc_program made = { 0 };

	if (plan->command_count == 0 || plan->command[0][0] == '\0')
		return cc_fail(err, CC_E_ARG, "the configuration has no command");
	if (plan->pwd[0] != '/')
		return cc_fail(err, CC_E_ARG, "the working directory '%s' is not absolute",
			       plan->pwd);
	CC_TRY(cc_str_dup(plan->pwd, &made.pwd, err));
	CC_TRY(vector_new(plan->command_count, &made.argv, err));
	for (size_t i = 0; i < plan->command_count; i++)
		CC_TRY(cc_str_dup(plan->command[i], &made.argv[i], err));
	CC_TRY(environment_make(plan, &made.envp, err));
	CC_TRY(places_make(plan, &made.places, err));
	*out = made;
	made = (struct cc_program){ 0 };
	return 0;
}
