/* SPDX-License-Identifier: Apache-2.0 */
/* Command, environment, directory and user of the native image, as a policy says them. */
#include "base/fd.h"
#include "base/str.h"
#include "image/plan-internal.h"

/* What container runtimes give a program whose image says nothing. */
#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

void cc_image_process_clear(struct cc_image_process *process)
{
	cc_oci_strings_clear(&process->command);
	cc_oci_strings_clear(&process->environment);
	free(process->pwd);
	free(process->user);
	free(process->group);
	*process = (struct cc_image_process){ 0 };
}

static int add_string(struct cc_oci_strings *list, const char *text, struct cc_err *err)
{
	char **more = NULL;

	if (list->count >= CC_OCI_STRINGS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d words", CC_OCI_STRINGS_MAX);
	more = reallocarray(list->at, list->count + 2, sizeof(*more));
	if (more == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a word");
	list->at = more;
	more[list->count] = more[list->count + 1] = NULL;
	CC_TRY(cc_str_dup(text, &more[list->count], err));
	list->count++;
	return 0;
}

/*
 * The policy language gives some words of commands and environments a meaning
 * (scone.md 1.6, 1.8.3) that the native image did not mean.
 */
static int check_native(const char *text, const char *what, struct cc_err *err)
{
	const char *at = strstr(text, "@@");

	if (strstr(text, "$$SCONE::") == NULL &&
	    (at == NULL || at != text || at[2] < '0' || at[2] > '9') &&
	    !cc_str_starts(text, "\\@\\@"))
		return 0;
	cc_err_set(err, CC_E_UNSUPPORTED,
		   "%s '%.200s' of the image would mean something else in "
		   "a policy",
		   what, text);
	return cc_hint(err, "give the command or the variable by an option instead");
}

static int add_native(const struct cc_oci_strings *from, const char *what,
		      struct cc_oci_strings *to, struct cc_err *err)
{
	for (size_t i = 0; i < from->count; i++) {
		CC_TRY(check_native(from->at[i], what, err));
		CC_TRY(add_string(to, from->at[i], err));
	}
	return 0;
}

static int make_command(const struct cc_image_options *options, const struct cc_oci_config *config,
			struct cc_oci_strings *out, struct cc_err *err)
{
	for (const char *const *word = options->command; word != NULL && *word != NULL; word++)
		CC_TRY(add_string(out, *word, err));
	if (options->command == NULL) {
		CC_TRY(add_native(&config->entrypoint, "entrypoint", out, err));
		CC_TRY(add_native(&config->cmd, "command", out, err));
	}
	if (out->count > 0)
		return 0;
	cc_err_set(err, CC_E_ARG, "image has neither entrypoint nor command");
	return cc_hint(err, "give the command that the service shall run");
}

/* Later settings of a name replace earlier ones in their place. */
static int set_variable(struct cc_oci_strings *list, const char *text, struct cc_err *err)
{
	const char *equals = strchr(text, '=');
	size_t len = 0;

	if (equals == NULL || equals == text)
		return cc_fail(err, CC_E_ARG, "environment '%.200s' is not NAME=value", text);
	len = (size_t)(equals - text) + 1;
	for (size_t i = 0; i < list->count; i++)
		if (strncmp(list->at[i], text, len) == 0) {
			free(list->at[i]);
			list->at[i] = NULL;
			return cc_str_dup(text, &list->at[i], err);
		}
	return add_string(list, text, err);
}

static int make_environment(const struct cc_image_options *options,
			    const struct cc_oci_config *config, struct cc_oci_strings *out,
			    struct cc_err *err)
{
	CC_TRY(set_variable(out, DEFAULT_PATH, err));
	for (size_t i = 0; !options->drop_environment && i < config->env.count; i++) {
		CC_TRY(check_native(config->env.at[i], "variable", err));
		CC_TRY(set_variable(out, config->env.at[i], err));
	}
	for (const char *const *v = options->environment; v != NULL && *v != NULL; v++)
		CC_TRY(set_variable(out, *v, err));
	return 0;
}

static struct cc_span next_split(struct cc_span *rest, uint8_t at)
{
	const uint8_t *found = rest->len > 0 ? memchr(rest->at, at, rest->len) : NULL;
	struct cc_span part =
		cc_span(rest->at, found != NULL ? (size_t)(found - rest->at) : rest->len);

	*rest = cc_span_sub(*rest, part.len + 1, rest->len);
	return part;
}

/*
 * Field `want` of the line of passwd(5) or group(5) whose field `key` is `text`.
 * Empty when there is none. Lines of an image are anybody's: nothing is assumed.
 */
static struct cc_span look_up(struct cc_span file, size_t key, struct cc_span text, size_t want)
{
	while (file.len > 0) {
		struct cc_span line = next_split(&file, '\n'), fields[4] = { 0 };

		for (size_t i = 0; i < CC_COUNT(fields); i++)
			fields[i] = next_split(&line, ':');
		if (cc_span_eq(fields[key], text))
			return fields[want];
	}
	return cc_span(NULL, 0);
}

static int take_number(struct cc_span text, const char *what, char **out, struct cc_err *err)
{
	uint64_t number = 0;

	CC_TRY(cc_parse_u64(text, UINT32_MAX - 1, what, &number, err));
	return cc_strf(out, err, "%llu", (unsigned long long)number);
}

static bool is_number(struct cc_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return text.len > 0;
}

static int unknown(const char *kind, struct cc_span name, struct cc_err *err)
{
	cc_err_set(err, CC_E_ARG, "image has no %s '%.*s'", kind,
		   (int)(name.len < 100 ? name.len : 100), (const char *)name.at);
	return cc_hint(err, "give its number by an option");
}

/* "user[:group]", names or numbers, as image-spec and container runtimes take it. */
static int make_user(const char *text, struct cc_span passwd, struct cc_span group,
		     struct cc_image_process *out, struct cc_err *err)
{
	struct cc_span rest = cc_span_str(text), user = next_split(&rest, ':'), gid = rest;
	bool number = is_number(user);
	struct cc_span uid = number ? user : look_up(passwd, 0, user, 2);

	if (uid.len == 0)
		return unknown("user", user, err);
	CC_TRY(take_number(uid, "user", &out->user, err));
	if (rest.len == 0)
		gid = look_up(passwd, number ? 2 : 0, user, 3);
	else if (!is_number(rest))
		gid = look_up(group, 0, rest, 2);
	if (gid.len == 0 && rest.len > 0)
		return unknown("group", rest, err);
	if (gid.len == 0)
		return cc_str_dup("0", &out->group, err);
	return take_number(gid, "group", &out->group, err);
}

static int make_process(const struct cc_image_options *options, const struct cc_oci_config *config,
			const struct cc_span *files, struct cc_image_process *out,
			struct cc_err *err)
{
	const char *pwd = options->pwd != NULL ? options->pwd : config->working_dir;
	const char *user = options->user != NULL ? options->user : config->user;

	CC_TRY(make_command(options, config, &out->command, err));
	CC_TRY(make_environment(options, config, &out->environment, err));
	if (pwd != NULL && *pwd != '\0' && *pwd != '/')
		return cc_fail(err, CC_E_ARG, "working directory '%.200s' is not absolute", pwd);
	CC_TRY(cc_str_dup(pwd != NULL && *pwd != '\0' ? pwd : "/", &out->pwd, err));
	if (user != NULL && *user != '\0')
		return make_user(user, files[0], files[1], out, err);
	return 0;
}

int cc_image_process_make(const struct cc_image_options *options,
			  const struct cc_oci_config *config, struct cc_span passwd,
			  struct cc_span group, struct cc_image_process *out, struct cc_err *err)
{
	CC_AUTO_IMAGE_PROCESS struct cc_image_process process = { 0 };
	const struct cc_span files[] = { passwd, group };

	CC_TRY(make_process(options, config, files, &process, err));
	*out = process;
	process = (struct cc_image_process){ 0 };
	return 0;
}
