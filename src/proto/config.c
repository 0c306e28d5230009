/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/config.h"

#include "base/str.h"
#include "codec/json.h"
#include "codec/reference.h"

#define KEY_LEN 32
#define MODE_MAX 07777

static void wipe_str(char **text)
{
	if (*text == NULL)
		return;
	cc_wipe(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

static void volume_clear(struct cc_config_volume *v)
{
	cc_secret_free(v->base.key);
	cc_secret_free(v->attempt.key);
	wipe_str(&v->name);
	wipe_str(&v->path);
}

static void words_clear(struct cc_config_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->at[i]);
	free(words->at);
}

void cc_config_clear(struct cc_config *config)
{
	char **const texts[] = { &config->class, &config->policy, &config->service, &config->stage,
				 &config->pwd };

	for (size_t i = 0; i < CC_COUNT(texts); i++)
		wipe_str(texts[i]);
	for (size_t i = 0; i < config->command_count; i++)
		wipe_str(&config->command[i]);
	for (size_t i = 0; i < config->environment_count; i++) {
		wipe_str(&config->environment[i].name);
		wipe_str(&config->environment[i].value);
	}
	for (size_t i = 0; i < config->host_variable_count; i++)
		wipe_str(&config->host_variables[i]);
	for (size_t i = 0; i < config->injected_count; i++) {
		cc_buf_clear(&config->injected[i].content);
		wipe_str(&config->injected[i].path);
	}
	for (size_t i = 0; i < config->value_count; i++) {
		wipe_str(&config->values[i].name);
		cc_buf_clear(&config->values[i].value);
	}
	for (size_t i = 0; i < config->volume_count; i++)
		volume_clear(&config->volumes[i]);
	for (size_t i = 0; i < config->proposal_count; i++)
		cc_buf_clear(&config->proposals[i].shown);
	volume_clear(&config->log);
	words_clear(&config->sandbox.sockets);
	words_clear(&config->sandbox.read);
	words_clear(&config->sandbox.write);
	words_clear(&config->sandbox.system_calls);
	cc_secret_free(config->image.key);
	free(config->command);
	free(config->environment);
	free(config->injected);
	free(config->values);
	free(config->volumes);
	free(config->proposals);
	*config = (struct cc_config){ 0 };
}

/* Room for the elements of a list, `count` of them within the maximum. */
static int room(const struct cc_json *list, const char *what, size_t most, size_t size, void **out,
		struct cc_err *err)
{
	size_t count = cc_json_count(list);

	if (count > most)
		return cc_fail(err, CC_E_TOOBIG, "'%s' has at most %zu elements, not %zu", what,
			       most, count);
	*out = calloc(count + 1, size);
	if (*out == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for '%s'", what);
	return 0;
}

static int copy_text(const char *text, const char *what, size_t most, char **out,
		     struct cc_err *err)
{
	if (text == NULL)
		return cc_fail(err, CC_E_ARG, "'%s' holds something that is no string", what);
	if (strlen(text) > most)
		return cc_fail(err, CC_E_TOOBIG, "a string in '%s' has at most %zu bytes", what,
			       most);
	return cc_str_dup(text, out, err);
}

static int get_name(const struct cc_json *json, const char *name, char **out, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, name, &text, err));
	if (text[0] == '\0')
		return cc_fail(err, CC_E_ARG, "'%s' is empty", name);
	return copy_text(text, name, CC_NAME_MAX, out, err);
}

/* Absolute, and no component that leads back up: it is joined to a tree's root. */
static int get_path(const struct cc_json *json, const char *name, char **out, struct cc_err *err)
{
	const char *text = NULL;
	size_t len = 0;

	CC_TRY(cc_json_get_str(json, name, &text, err));
	len = strlen(text);
	if (text[0] != '/' || strstr(text, "/../") != NULL ||
	    (len >= 3 && strcmp(text + len - 3, "/..") == 0))
		return cc_fail(err, CC_E_ARG, "'%s' is no absolute path without '..'", name);
	return copy_text(text, name, CC_CONFIG_PATH_MAX, out, err);
}

static int get_key(const struct cc_json *json, struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *key = NULL;

	CC_TRY(cc_json_get_secret(json, "key", KEY_LEN, &key, err));
	if (cc_secret_len(key) != KEY_LEN)
		return cc_fail(err, CC_E_ARG, "'key' has %zu bytes, not %d", cc_secret_len(key),
			       KEY_LEN);
	*out = CC_TAKE(key);
	return 0;
}

static int read_class(const struct cc_json *json, struct cc_config *out, struct cc_err *err)
{
	static const char *const classes[] = { "simulated", "measured-only", "confidential" };
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, "class", &text, err));
	for (size_t i = 0; i < CC_COUNT(classes); i++)
		if (cc_str_eq(text, classes[i]))
			return cc_str_dup(text, &out->class, err);
	return cc_fail(err, CC_E_ARG, "'class' is none that is known");
}

static int read_command(const struct cc_json *json, struct cc_config *out, struct cc_err *err)
{
	const struct cc_json *list = NULL;
	void *at = NULL;

	CC_TRY(cc_json_get_array(json, "command", &list, err));
	if (cc_json_count(list) == 0)
		return cc_fail(err, CC_E_ARG, "'command' is empty");
	CC_TRY(room(list, "command", CC_CONFIG_ARGUMENTS_MAX, sizeof(char *), &at, err));
	out->command = at;
	for (size_t i = 0; i < cc_json_count(list); i++) {
		CC_TRY(copy_text(cc_json_str(cc_json_at(list, i)), "command", CC_CONFIG_TEXT_MAX,
				 &out->command[i], err));
		out->command_count = i + 1;
	}
	return 0;
}

static int read_variable(const struct cc_json *map, size_t i, struct cc_config_variable *out,
			 struct cc_err *err)
{
	const char *name = cc_json_name_at(map, i);

	/* A '=' would end the name early for whoever reads the environment. */
	if (name[0] == '\0' || strchr(name, '=') != NULL)
		return cc_fail(err, CC_E_ARG, "'environment' has a name that is no variable's");
	CC_TRY(copy_text(name, "environment", CC_CONFIG_TEXT_MAX, &out->name, err));
	return copy_text(cc_json_str(cc_json_at(map, i)), "environment", CC_CONFIG_TEXT_MAX,
			 &out->value, err);
}

static int read_environment(const struct cc_json *json, struct cc_config *out, struct cc_err *err)
{
	const struct cc_json *map = NULL;
	void *at = NULL;

	CC_TRY(cc_json_get_object(json, "environment", &map, err));
	CC_TRY(room(map, "environment", CC_CONFIG_ENVIRONMENT_MAX,
		    sizeof(struct cc_config_variable), &at, err));
	out->environment = at;
	for (size_t i = 0; i < cc_json_count(map); i++) {
		out->environment_count = i + 1;
		CC_TRY(read_variable(map, i, &out->environment[i], err));
	}
	return 0;
}

static int read_argument(const struct cc_json *json, struct cc_config *out, struct cc_err *err)
{
	static const char *const known[] = { "at", "position" };
	struct cc_config_argument *to = &out->host_arguments[out->host_argument_count];
	uint64_t at = 0;

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_u64(json, "at", CC_CONFIG_ARGUMENTS_MAX, &at, err));
	CC_TRY(cc_json_get_u64(json, "position", CC_CONFIG_HOST_MAX, &to->position, err));
	if (at >= out->command_count || to->position == 0)
		return cc_fail(err, CC_E_ARG, "an argument of the host has no place");
	for (size_t i = 0; i < out->host_argument_count; i++)
		if (out->host_arguments[i].position == to->position ||
		    out->host_arguments[i].at == at)
			return cc_fail(err, CC_E_ARG, "argument %llu of the host is there twice",
				       (unsigned long long)to->position);
	to->at = (size_t)at;
	out->host_argument_count++;
	return 0;
}

/* What the policy says is not the host's to say, in whatever order a program looks. */
static int read_host_variable(const char *name, struct cc_config *out, struct cc_err *err)
{
	if (name == NULL || name[0] == '\0' || strchr(name, '=') != NULL)
		return cc_fail(err, CC_E_ARG, "'host' has a name that is no variable's");
	for (size_t i = 0; i < out->environment_count; i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): those read have names */
		if (cc_str_eq(out->environment[i].name, name))
			return cc_fail(err, CC_E_ARG, "a variable of the host is the policy's too");
	CC_TRY(copy_text(name, "host", CC_CONFIG_TEXT_MAX,
			 &out->host_variables[out->host_variable_count], err));
	out->host_variable_count++;
	return 0;
}

static int read_host(const struct cc_json *json, struct cc_config *out, struct cc_err *err)
{
	static const char *const known[] = { "arguments", "variables" };
	const struct cc_json *host = NULL, *arguments = NULL, *variables = NULL;

	if (!cc_json_has(json, "host"))
		return 0;
	CC_TRY(cc_json_get_object(json, "host", &host, err));
	CC_TRY(cc_json_closed(host, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_array(host, "arguments", &arguments, err));
	CC_TRY(cc_json_get_array(host, "variables", &variables, err));
	if (cc_json_count(arguments) > CC_CONFIG_HOST_MAX ||
	    cc_json_count(variables) > CC_CONFIG_HOST_MAX)
		return cc_fail(err, CC_E_TOOBIG, "'host' has at most %d arguments and variables",
			       CC_CONFIG_HOST_MAX);
	for (size_t i = 0; i < cc_json_count(arguments); i++)
		CC_TRY(read_argument(cc_json_at(arguments, i), out, err));
	for (size_t i = 0; i < cc_json_count(variables); i++)
		CC_TRY(read_host_variable(cc_json_str(cc_json_at(variables, i)), out, err));
	return 0;
}

static int read_file(const struct cc_json *json, struct cc_config_file *out, struct cc_err *err)
{
	static const char *const known[] = { "content", "mode", "path" };
	uint64_t mode = 0;

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	out->of_image = !cc_json_has(json, "content");
	if (!out->of_image)
		CC_TRY(cc_json_get_base64(json, "content", CC_CONFIG_FILE_MAX, &out->content, err));
	CC_TRY(cc_json_get_u64(json, "mode", MODE_MAX, &mode, err));
	out->mode = (uint32_t)mode;
	return get_path(json, "path", &out->path, err);
}

static int read_injected(const struct cc_json *json, struct cc_config *out, struct cc_err *err)
{
	const struct cc_json *list = NULL;
	void *at = NULL;

	CC_TRY(cc_json_get_array(json, "injected", &list, err));
	CC_TRY(room(list, "injected", CC_CONFIG_FILES_MAX, sizeof(struct cc_config_file), &at,
		    err));
	out->injected = at;
	for (size_t i = 0; i < cc_json_count(list); i++) {
		out->injected_count = i + 1;
		if (read_file(cc_json_at(list, i), &out->injected[i], err) != 0)
			return cc_wrap(err, "injected[%zu]", i);
	}
	return 0;
}

static int read_value(const struct cc_json *map, size_t i, struct cc_config_value *out,
		      struct cc_err *err)
{
	const char *name = cc_json_name_at(map, i);

	CC_TRY(copy_text(name, "values", CC_REFERENCE_MAX, &out->name, err));
	return cc_json_get_base64(map, name, CC_CONFIG_FILE_MAX, &out->value, err);
}

static int read_values(const struct cc_json *json, struct cc_config *out, struct cc_err *err)
{
	const struct cc_json *map = NULL;
	void *at = NULL;

	if (!cc_json_has(json, "values"))
		return 0;
	CC_TRY(cc_json_get_object(json, "values", &map, err));
	CC_TRY(room(map, "values", CC_CONFIG_VALUES_MAX, sizeof(struct cc_config_value), &at, err));
	out->values = at;
	for (size_t i = 0; i < cc_json_count(map); i++) {
		out->value_count = i + 1;
		CC_TRY(read_value(map, i, &out->values[i], err));
	}
	return 0;
}

static int read_words(const struct cc_json *json, const char *name, struct cc_config_words *out,
		      struct cc_err *err)
{
	const struct cc_json *list = NULL;
	void *at = NULL;

	CC_TRY(cc_json_get_array(json, name, &list, err));
	CC_TRY(room(list, name, CC_CONFIG_WORDS_MAX, sizeof(char *), &at, err));
	out->at = at;
	for (size_t i = 0; i < cc_json_count(list); i++) {
		CC_TRY(copy_text(cc_json_str(cc_json_at(list, i)), name, CC_CONFIG_PATH_MAX,
				 &out->at[i], err));
		out->count = i + 1;
	}
	return 0;
}

static int read_sandbox(const struct cc_json *top, struct cc_config_sandbox *out,
			struct cc_err *err)
{
	static const char *const known[] = { "memory",  "open_files",   "processes", "read",
					     "sockets", "system_calls", "write" };
	const struct cc_json *json = NULL;

	if (!cc_json_has(top, "sandbox"))
		return 0;
	CC_TRY(cc_json_get_object(top, "sandbox", &json, err));
	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_u64(json, "memory", (uint64_t)1 << 40, &out->memory, err));
	CC_TRY(cc_json_get_u64(json, "processes", (uint64_t)1 << 40, &out->processes, err));
	CC_TRY(cc_json_get_u64(json, "open_files", (uint64_t)1 << 40, &out->open_files, err));
	CC_TRY(read_words(json, "sockets", &out->sockets, err));
	CC_TRY(read_words(json, "read", &out->read, err));
	CC_TRY(read_words(json, "write", &out->write, err));
	return read_words(json, "system_calls", &out->system_calls, err);
}

static int read_proposal(const struct cc_json *json, struct cc_config_proposal *out,
			 struct cc_err *err)
{
	static const char *const known[] = { "expires", "proposal" };
	const struct cc_json *shown = NULL;

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_u64(json, "expires", CC_JSON_INTEGER_MAX, &out->expires, err));
	CC_TRY(cc_json_get_object(json, "proposal", &shown, err));
	return cc_json_print(shown, &out->shown, err);
}

static int read_proposals(const struct cc_json *json, struct cc_config *out, struct cc_err *err)
{
	const struct cc_json *list = NULL;
	void *at = NULL;

	if (!cc_json_has(json, "proposals"))
		return 0;
	CC_TRY(cc_json_get_array(json, "proposals", &list, err));
	CC_TRY(room(list, "proposals", CC_CONFIG_PROPOSALS_MAX, sizeof(struct cc_config_proposal),
		    &at, err));
	out->proposals = at;
	for (size_t i = 0; i < cc_json_count(list); i++) {
		out->proposal_count = i + 1;
		if (read_proposal(cc_json_at(list, i), &out->proposals[i], err) != 0)
			return cc_wrap(err, "proposals[%zu]", i);
	}
	return 0;
}

static int read_salt(const struct cc_json *json, struct cc_config_image *out, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, "salt", &text, err));
	if (text[0] == '\0')
		return 0;
	CC_TRY(cc_json_get_hex(json, "salt", CC_MUT(out->salt), err));
	out->salt_len = sizeof(out->salt);
	return 0;
}

/* Absent: mounted. */
static int read_staged(const struct cc_json *json, uint64_t *out, struct cc_err *err)
{
	if (!cc_json_has(json, "staged"))
		return 0;
	CC_TRY(cc_json_get_u64(json, "staged", CC_CONFIG_STAGED_MAX, out, err));
	return *out != 0 ? 0 : cc_fail(err, CC_E_ARG, "'staged' without memory");
}

static int read_image(const struct cc_json *top, struct cc_config_image *out, struct cc_err *err)
{
	static const char *const known[] = { "content", "key", "salt", "staged", "tag" };
	const struct cc_json *json = NULL;

	CC_TRY(cc_json_get_object(top, "image", &json, err));
	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_digest(json, "content", &out->content, err));
	CC_TRY(get_key(json, &out->key, err));
	CC_TRY(read_salt(json, out, err));
	CC_TRY(read_staged(json, &out->staged, err));
	return cc_json_get_digest(json, "tag", &out->tag, err);
}

static int read_state(const struct cc_json *json, struct cc_config_state *out, struct cc_err *err)
{
	CC_TRY(cc_json_get_u64(json, "epoch", CC_JSON_INTEGER_MAX, &out->epoch, err));
	CC_TRY(cc_json_get_hex(json, "state", CC_MUT(out->state), err));
	return get_key(json, &out->key, err);
}

/* An absent state is written as null. */
static int read_base(const struct cc_json *volume, struct cc_config_state *out, struct cc_err *err)
{
	static const char *const known[] = { "ahead", "any",    "content", "epoch",
					     "key",   "number", "state",   "tag" };
	const struct cc_json *json = NULL;

	if (!cc_json_has(volume, "base"))
		return 0;
	CC_TRY(cc_json_get_object(volume, "base", &json, err));
	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_u64(json, "number", CC_JSON_INTEGER_MAX, &out->number, err));
	CC_TRY(cc_json_get_digest(json, "tag", &out->tag, err));
	if (cc_json_has(json, "ahead"))
		CC_TRY(cc_json_get_u64(json, "ahead", CC_CONFIG_AHEAD_MAX, &out->ahead, err));
	if (cc_json_has(json, "any"))
		CC_TRY(cc_json_get_bool(json, "any", &out->is_any, err));
	out->has_content = cc_json_has(json, "content");
	if (out->has_content)
		CC_TRY(cc_json_get_digest(json, "content", &out->content, err));
	return read_state(json, out, err);
}

static int read_attempt(const struct cc_json *volume, struct cc_config_state *out,
			struct cc_err *err)
{
	static const char *const known[] = { "epoch", "key", "lease", "state" };
	const struct cc_json *json = NULL;

	if (!cc_json_has(volume, "attempt"))
		return 0;
	CC_TRY(cc_json_get_object(volume, "attempt", &json, err));
	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_u64(json, "lease", CC_JSON_INTEGER_MAX, &out->lease, err));
	return read_state(json, out, err);
}

static int read_current(const struct cc_json *json, enum cc_config_current *out, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, "current", &text, err));
	for (enum cc_config_current i = CC_CONFIG_NEVER; i <= CC_CONFIG_COMMIT; i++)
		if (cc_str_eq(text, cc_config_current_name(i))) {
			*out = i;
			return 0;
		}
	return cc_fail(err, CC_E_ARG, "'current' is not known: '%.32s'", text);
}

static int read_commit(const struct cc_json *volume, struct cc_config_commit *out,
		       struct cc_err *err)
{
	static const char *const known[] = { "alone",   "bytes",   "commits",
					     "current", "seconds", "strict" };
	const struct cc_json *json = NULL;

	CC_TRY(cc_json_get_object(volume, "commit", &json, err));
	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(read_current(json, &out->current, err));
	CC_TRY(cc_json_get_bool(json, "alone", &out->is_alone, err));
	CC_TRY(cc_json_get_bool(json, "strict", &out->is_strict, err));
	CC_TRY(cc_json_get_u64(json, "bytes", CC_JSON_INTEGER_MAX, &out->bytes, err));
	CC_TRY(cc_json_get_u64(json, "commits", CC_CONFIG_AHEAD_MAX, &out->commits, err));
	CC_TRY(cc_json_get_u64(json, "seconds", UINT32_MAX, &out->seconds, err));
	if (out->bytes == 0 || out->commits == 0 || out->seconds == 0)
		return cc_fail(err, CC_E_ARG, "a window of nothing");
	return 0;
}

static int read_access(const struct cc_json *json, bool *is_written, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, "access", &text, err));
	*is_written = cc_str_eq(text, "write");
	if (!*is_written && !cc_str_eq(text, "read"))
		return cc_fail(err, CC_E_ARG, "'access' is neither 'read' nor 'write'");
	return 0;
}

static int read_volume(const struct cc_json *json, bool is_log, struct cc_config_volume *out,
		       struct cc_err *err)
{
	static const char *const known[] = { "access", "attempt", "base", "commit",
					     "id",     "name",    "path", "staged" };

	CC_TRY(cc_json_closed(json, known, is_log ? 6 : CC_COUNT(known), err));
	CC_TRY(read_access(json, &out->is_written, err));
	CC_TRY(cc_json_get_hex(json, "id", CC_MUT(out->id), err));
	CC_TRY(get_name(json, "name", &out->name, err));
	if (!is_log)
		CC_TRY(get_path(json, "path", &out->path, err));
	CC_TRY(read_staged(json, &out->staged, err));
	CC_TRY(read_base(json, &out->base, err));
	CC_TRY(read_attempt(json, &out->attempt, err));
	if (out->is_written != (out->attempt.key != NULL) ||
	    out->is_written != cc_json_has(json, "commit"))
		return cc_fail(err, CC_E_ARG,
			       "'access', 'attempt' and 'commit' do not belong together");
	if (out->is_written)
		CC_TRY(read_commit(json, &out->commit, err));
	if (is_log && !out->is_written)
		return cc_fail(err, CC_E_ARG, "a log is written");
	return 0;
}

static int read_volumes(const struct cc_json *json, struct cc_config *out, struct cc_err *err)
{
	const struct cc_json *list = NULL, *log = NULL;
	void *at = NULL;

	CC_TRY(cc_json_get_array(json, "volumes", &list, err));
	CC_TRY(room(list, "volumes", CC_CONFIG_VOLUMES_MAX, sizeof(struct cc_config_volume), &at,
		    err));
	out->volumes = at;
	for (size_t i = 0; i < cc_json_count(list); i++) {
		out->volume_count = i + 1;
		if (read_volume(cc_json_at(list, i), false, &out->volumes[i], err) != 0)
			return cc_wrap(err, "volumes[%zu]", i);
	}
	CC_TRY(cc_json_get_object(json, "log", &log, err));
	if (read_volume(log, true, &out->log, err) != 0)
		return cc_wrap(err, "log");
	return 0;
}

/* The greatest 32-bit number means "unchanged" to the kernel: it is nobody's. */
static int get_id(const struct cc_json *json, const char *name, uint32_t *out, struct cc_err *err)
{
	uint64_t id = 0;

	CC_TRY(cc_json_get_u64(json, name, UINT32_MAX - 1, &id, err));
	*out = (uint32_t)id;
	return 0;
}

static int read_config(const struct cc_json *json, struct cc_config *out, struct cc_err *err)
{
	static const char *const known[] = {
		"access", "attempt",  "class",   "command", "environment", "gid",       "host",
		"image",  "injected", "log",     "policy",  "policy_hash", "proposals", "pwd",
		"run",    "sandbox",  "service", "stage",   "uid",         "values",    "volumes"
	};

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	out->has_access = cc_json_has(json, "access");
	if (out->has_access)
		CC_TRY(cc_json_get_digest(json, "access", &out->access, err));
	CC_TRY(cc_json_get_hex(json, "attempt", CC_MUT(out->attempt), err));
	CC_TRY(cc_json_get_hex(json, "run", CC_MUT(out->run), err));
	CC_TRY(read_class(json, out, err));
	CC_TRY(get_name(json, "policy", &out->policy, err));
	CC_TRY(get_name(json, "service", &out->service, err));
	CC_TRY(get_name(json, "stage", &out->stage, err));
	CC_TRY(get_path(json, "pwd", &out->pwd, err));
	CC_TRY(cc_json_get_digest(json, "policy_hash", &out->policy_hash, err));
	CC_TRY(get_id(json, "uid", &out->uid, err));
	CC_TRY(get_id(json, "gid", &out->gid, err));
	CC_TRY(read_command(json, out, err));
	CC_TRY(read_environment(json, out, err));
	CC_TRY(read_host(json, out, err));
	CC_TRY(read_injected(json, out, err));
	CC_TRY(read_values(json, out, err));
	CC_TRY(read_image(json, &out->image, err));
	CC_TRY(read_sandbox(json, &out->sandbox, err));
	CC_TRY(read_proposals(json, out, err));
	return read_volumes(json, out, err);
}

int cc_config_parse(struct cc_span json, struct cc_config *out, struct cc_err *err)
{
	CC_AUTO_CONFIG struct cc_config config = { 0 };
	CC_AUTO_JSON struct cc_json *top = NULL;

	if (cc_json_parse(json, CC_CONFIG_MAX, &top, err) != 0 ||
	    read_config(top, &config, err) != 0)
		return cc_wrap(err, "read a configuration");
	*out = config;
	config = (struct cc_config){ 0 };
	return 0;
}
