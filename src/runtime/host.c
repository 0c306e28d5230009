/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/host.h"

#include "base/str.h"

static int fill_argument(const struct cc_host *host, const struct cc_config_argument *argument,
			 struct cc_config *config, struct cc_err *err)
{
	CC_AUTO_FREE char *text = NULL;

	if (argument->position > host->arguments->count) {
		cc_err_set(err, CC_E_ARG,
			   "the policy takes argument %llu from the host, which gives %zu",
			   (unsigned long long)argument->position, host->arguments->count);
		return cc_hint(err, "give it: --argument STAGE=TEXT of 'workflow run', in order");
	}
	CC_TRY(cc_str_dup(host->arguments->at[argument->position - 1], &text, err));
	free(config->command[argument->at]);
	config->command[argument->at] = CC_TAKE(text);
	return 0;
}

const char *cc_host_variable_value(const struct cc_host *host, const char *name)
{
	size_t len = strlen(name);

	for (char *const *at = host->environment; *at != NULL; at++)
		if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
			return *at + len + 1;
	return NULL;
}

static int fill_variables(const struct cc_host *host, struct cc_config *config, struct cc_err *err)
{
	size_t count = config->environment_count + config->host_variable_count;
	struct cc_config_variable *more =
		reallocarray(config->environment, count + 1, sizeof(*more));

	if (more == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for an environment");
	config->environment = more;
	for (size_t i = 0; i < config->host_variable_count; i++) {
		struct cc_config_variable *to = &more[config->environment_count];
		const char *value = cc_host_variable_value(host, config->host_variables[i]);

		*to = (struct cc_config_variable){ 0 };
		CC_TRY(cc_str_dup(config->host_variables[i], &to->name, err));
		config->environment_count++;
		CC_TRY(cc_str_dup(value != NULL ? value : "", &to->value, err));
	}
	return 0;
}

int cc_host_fill(const struct cc_host *host, struct cc_config *config, struct cc_err *err)
{
	for (size_t i = 0; i < config->host_argument_count; i++)
		CC_TRY(fill_argument(host, &config->host_arguments[i], config, err));
	return fill_variables(host, config, err);
}
