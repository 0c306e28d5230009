/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "proto/config.h"

static int add_command(struct cc_json *top, const struct cc_config *c, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < c->command_count; i++)
		CC_TRY(cc_json_add_str(list, c->command[i], err));
	return cc_json_set(top, "command", CC_TAKE(list), err);
}

static int add_environment(struct cc_json *top, const struct cc_config *c, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *map = NULL;

	CC_TRY(cc_json_object(&map, err));
	for (size_t i = 0; i < c->environment_count; i++)
		CC_TRY(cc_json_set_str(map, c->environment[i].name, c->environment[i].value, err));
	return cc_json_set(top, "environment", CC_TAKE(map), err);
}

static int add_host(struct cc_json *top, const struct cc_config *c, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *host = NULL, *arguments = NULL, *variables = NULL;

	if (c->host_argument_count + c->host_variable_count == 0)
		return 0;
	CC_TRY(cc_json_object(&host, err));
	CC_TRY(cc_json_array(&arguments, err));
	CC_TRY(cc_json_array(&variables, err));
	for (size_t i = 0; i < c->host_argument_count; i++) {
		CC_AUTO_JSON struct cc_json *one = NULL;

		CC_TRY(cc_json_object(&one, err));
		CC_TRY(cc_json_set_u64(one, "at", c->host_arguments[i].at, err));
		CC_TRY(cc_json_set_u64(one, "position", c->host_arguments[i].position, err));
		CC_TRY(cc_json_add(arguments, CC_TAKE(one), err));
	}
	for (size_t i = 0; i < c->host_variable_count; i++)
		CC_TRY(cc_json_add_str(variables, c->host_variables[i], err));
	CC_TRY(cc_json_set(host, "arguments", CC_TAKE(arguments), err));
	CC_TRY(cc_json_set(host, "variables", CC_TAKE(variables), err));
	return cc_json_set(top, "host", CC_TAKE(host), err);
}

static int add_file(struct cc_json *list, const struct cc_config_file *file, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	if (!file->of_image)
		CC_TRY(cc_json_set_base64(json, "content", cc_buf_span(&file->content), err));
	CC_TRY(cc_json_set_u64(json, "mode", file->mode, err));
	CC_TRY(cc_json_set_str(json, "path", file->path, err));
	return cc_json_add(list, CC_TAKE(json), err);
}

static int add_injected(struct cc_json *top, const struct cc_config *c, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < c->injected_count; i++)
		CC_TRY(add_file(list, &c->injected[i], err));
	return cc_json_set(top, "injected", CC_TAKE(list), err);
}

static int add_values(struct cc_json *top, const struct cc_config *c, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *map = NULL;

	if (c->value_count == 0)
		return 0;
	CC_TRY(cc_json_object(&map, err));
	for (size_t i = 0; i < c->value_count; i++)
		CC_TRY(cc_json_set_base64(map, c->values[i].name, cc_buf_span(&c->values[i].value),
					  err));
	return cc_json_set(top, "values", CC_TAKE(map), err);
}

static int add_words(struct cc_json *json, const char *name, const struct cc_config_words *words,
		     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < words->count; i++)
		CC_TRY(cc_json_add_str(list, words->at[i], err));
	return cc_json_set(json, name, CC_TAKE(list), err);
}

static bool is_narrower(const struct cc_config_sandbox *s)
{
	return s->memory + s->processes + s->open_files + s->sockets.count + s->read.count +
		       s->write.count + s->system_calls.count !=
	       0;
}

static int add_sandbox(struct cc_json *top, const struct cc_config_sandbox *s, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	if (!is_narrower(s))
		return 0;
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_u64(json, "memory", s->memory, err));
	CC_TRY(cc_json_set_u64(json, "open_files", s->open_files, err));
	CC_TRY(cc_json_set_u64(json, "processes", s->processes, err));
	CC_TRY(add_words(json, "read", &s->read, err));
	CC_TRY(add_words(json, "sockets", &s->sockets, err));
	CC_TRY(add_words(json, "system_calls", &s->system_calls, err));
	CC_TRY(add_words(json, "write", &s->write, err));
	return cc_json_set(top, "sandbox", CC_TAKE(json), err);
}

static int add_proposals(struct cc_json *top, const struct cc_config *c, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	if (c->proposal_count == 0)
		return 0;
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < c->proposal_count; i++) {
		CC_AUTO_JSON struct cc_json *one = NULL, *shown = NULL;

		CC_TRY(cc_json_object(&one, err));
		CC_TRY(cc_json_parse(cc_buf_span(&c->proposals[i].shown), CC_CONFIG_MAX, &shown,
				     err));
		CC_TRY(cc_json_set_u64(one, "expires", c->proposals[i].expires, err));
		CC_TRY(cc_json_set(one, "proposal", CC_TAKE(shown), err));
		CC_TRY(cc_json_add(list, CC_TAKE(one), err));
	}
	return cc_json_set(top, "proposals", CC_TAKE(list), err);
}

static int add_image(struct cc_json *top, const struct cc_config_image *image, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_hex(json, "content", CC_DIGEST_SPAN(image->content), err));
	CC_TRY(cc_json_set_base64(json, "key", cc_secret_span(image->key), err));
	CC_TRY(cc_json_set_hex(json, "salt", cc_span(image->salt, image->salt_len), err));
	CC_TRY(cc_json_set_hex(json, "tag", CC_DIGEST_SPAN(image->tag), err));
	if (image->staged != 0)
		CC_TRY(cc_json_set_u64(json, "staged", image->staged, err));
	return cc_json_set(top, "image", CC_TAKE(json), err);
}

const char *cc_config_current_name(enum cc_config_current current)
{
	static const char *const names[] = { "never", "completion", "commit" };

	return names[current];
}

static int make_state(const struct cc_config_state *state, struct cc_json **out, struct cc_err *err)
{
	CC_TRY(cc_json_object(out, err));
	CC_TRY(cc_json_set_u64(*out, "epoch", state->epoch, err));
	CC_TRY(cc_json_set_base64(*out, "key", cc_secret_span(state->key), err));
	return cc_json_set_hex(*out, "state", CC_SPAN(state->state), err);
}

static int add_base(struct cc_json *volume, const struct cc_config_state *state, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	if (state->key == NULL)
		return 0;
	CC_TRY(make_state(state, &json, err));
	CC_TRY(cc_json_set_u64(json, "number", state->number, err));
	CC_TRY(cc_json_set_hex(json, "tag", CC_DIGEST_SPAN(state->tag), err));
	if (state->ahead != 0)
		CC_TRY(cc_json_set_u64(json, "ahead", state->ahead, err));
	if (state->is_any)
		CC_TRY(cc_json_set_bool(json, "any", true, err));
	if (state->has_content)
		CC_TRY(cc_json_set_hex(json, "content", CC_DIGEST_SPAN(state->content), err));
	return cc_json_set(volume, "base", CC_TAKE(json), err);
}

static int add_attempt(struct cc_json *volume, const struct cc_config_state *state,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(make_state(state, &json, err));
	CC_TRY(cc_json_set_u64(json, "lease", state->lease, err));
	return cc_json_set(volume, "attempt", CC_TAKE(json), err);
}

static int add_commit(struct cc_json *volume, const struct cc_config_commit *commit,
		      struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_bool(json, "alone", commit->is_alone, err));
	CC_TRY(cc_json_set_u64(json, "bytes", commit->bytes, err));
	CC_TRY(cc_json_set_u64(json, "commits", commit->commits, err));
	CC_TRY(cc_json_set_str(json, "current", cc_config_current_name(commit->current), err));
	CC_TRY(cc_json_set_u64(json, "seconds", commit->seconds, err));
	CC_TRY(cc_json_set_bool(json, "strict", commit->is_strict, err));
	return cc_json_set(volume, "commit", CC_TAKE(json), err);
}

static int make_volume(const struct cc_config_volume *v, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "access", v->is_written ? "write" : "read", err));
	CC_TRY(cc_json_set_hex(json, "id", CC_SPAN(v->id), err));
	CC_TRY(cc_json_set_str(json, "name", v->name, err));
	if (v->path != NULL)
		CC_TRY(cc_json_set_str(json, "path", v->path, err));
	if (v->staged != 0)
		CC_TRY(cc_json_set_u64(json, "staged", v->staged, err));
	CC_TRY(add_base(json, &v->base, err));
	if (v->is_written) {
		CC_TRY(add_attempt(json, &v->attempt, err));
		CC_TRY(add_commit(json, &v->commit, err));
	}
	*out = CC_TAKE(json);
	return 0;
}

static int add_volumes(struct cc_json *top, const struct cc_config *c, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL, *log = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < c->volume_count; i++) {
		CC_AUTO_JSON struct cc_json *volume = NULL;

		CC_TRY(make_volume(&c->volumes[i], &volume, err));
		CC_TRY(cc_json_add(list, CC_TAKE(volume), err));
	}
	CC_TRY(cc_json_set(top, "volumes", CC_TAKE(list), err));
	CC_TRY(make_volume(&c->log, &log, err));
	return cc_json_set(top, "log", CC_TAKE(log), err);
}

int cc_config_print(const struct cc_config *config, struct cc_buf *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *top = NULL;

	CC_TRY(cc_json_object(&top, err));
	if (config->has_access)
		CC_TRY(cc_json_set_hex(top, "access", CC_DIGEST_SPAN(config->access), err));
	CC_TRY(cc_json_set_hex(top, "attempt", CC_SPAN(config->attempt), err));
	CC_TRY(cc_json_set_hex(top, "run", CC_SPAN(config->run), err));
	CC_TRY(cc_json_set_str(top, "class", config->class, err));
	CC_TRY(cc_json_set_str(top, "policy", config->policy, err));
	CC_TRY(cc_json_set_str(top, "service", config->service, err));
	CC_TRY(cc_json_set_str(top, "stage", config->stage, err));
	CC_TRY(cc_json_set_str(top, "pwd", config->pwd, err));
	CC_TRY(cc_json_set_hex(top, "policy_hash", CC_DIGEST_SPAN(config->policy_hash), err));
	CC_TRY(cc_json_set_u64(top, "uid", config->uid, err));
	CC_TRY(cc_json_set_u64(top, "gid", config->gid, err));
	CC_TRY(add_command(top, config, err));
	CC_TRY(add_environment(top, config, err));
	CC_TRY(add_host(top, config, err));
	CC_TRY(add_injected(top, config, err));
	CC_TRY(add_values(top, config, err));
	CC_TRY(add_image(top, &config->image, err));
	CC_TRY(add_sandbox(top, &config->sandbox, err));
	CC_TRY(add_volumes(top, config, err));
	CC_TRY(add_proposals(top, config, err));
	return cc_json_print(top, json, err);
}
