/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/configure.h"

#include "base/str.h"
#include "cas/provide.h"
#include "cas/seats.h"
#include "cas/volumes.h"
#include "codec/text.h"
#include "proto/config.h"

/* A text of the service with its references filled in; `out->max` says how long it may become. */
static int fill_in(const struct cc_configure *what, const char *text, struct cc_buf *out,
		   struct cc_err *err)
{
	struct cc_vault_policy secrets = { 0 };

	cc_vault_policy(what->vault, what->known->policy->name, &secrets);
	return cc_substitute(cc_span_str(text), &secrets.lookup, out, err);
}

/* For an argument or a variable, which ends at the first NUL. */
static int fill_str(const struct cc_configure *what, const char *text, const char *where,
		    char **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf filled = { .max = CC_CONFIG_TEXT_MAX };

	if (fill_in(what, text, &filled, err) != 0)
		return cc_wrap(err, "%s of service '%s'", where, what->service->name);
	if (filled.len != 0 && memchr(filled.at, '\0', filled.len) != NULL) {
		cc_err_set(err, CC_E_ARG, "%s of service '%s' gets bytes that are no text", where,
			   what->service->name);
		return cc_hint(err, "give a binary secret a form: $$SCONE::name:hex$$");
	}
	return cc_str_from(cc_buf_span(&filled), out, err);
}

/* 64 hexadecimal digits, or a binary secret of 32 bytes. */
static int image_key(const struct cc_configure *what, struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { .max = CC_CONFIG_TEXT_MAX };
	CC_WIPED(key, 32);

	if (fill_in(what, what->service->fspf_key, &text, err) != 0)
		return cc_wrap(err, "'fspf_key' of service '%s'", what->service->name);
	if (text.len == sizeof(key))
		return cc_secret_from(cc_buf_span(&text), out, err);
	CC_TRY(cc_hex_parse_fixed(cc_buf_span(&text), "fspf_key", CC_MUT(key), err));
	return cc_secret_from(CC_SPAN(key), out, err);
}

static int copy_secret(const struct cc_secret *from, struct cc_secret **out, struct cc_err *err)
{
	return cc_secret_from(cc_secret_span(from), out, err);
}

static int fill_image(const struct cc_configure *what, struct cc_config *out, struct cc_err *err)
{
	const struct cc_service *service = what->service;

	if (service->fspf_key == NULL || service->fspf_tag == NULL) {
		cc_err_set(err, CC_E_ARG, "service '%s' names no sealed image", service->name);
		return cc_hint(err, "its policy needs fspf_key and fspf_tag: concordat image seal");
	}
	if (!what->program->has_content) {
		cc_err_set(err, CC_E_UNSUPPORTED,
			   "the measurement of service '%s' does not say its content",
			   service->name);
		return cc_hint(err, "state it: measurements: [{platform, runtime, content}], or "
				    "[{platform, value, content}]");
	}
	CC_TRY(image_key(what, &out->image.key, err));
	CC_TRY(cc_hex_parse_fixed(cc_span_str(service->fspf_tag), "fspf_tag",
				  CC_MUT(out->image.tag.b), err));
	out->image.content = what->program->content;
	out->image.staged = service->staged;
	if (service->content_salt == NULL)
		return 0;
	out->image.salt_len = sizeof(out->image.salt);
	return cc_hex_parse_fixed(cc_span_str(service->content_salt), "content_salt",
				  CC_MUT(out->image.salt), err);
}

static int fill_command(const struct cc_configure *what, struct cc_config *out, struct cc_err *err)
{
	const struct cc_texts *command = &what->service->command;

	if (command->count == 0)
		return cc_fail(err, CC_E_ARG, "service '%s' has no command", what->service->name);
	out->command = calloc(command->count, sizeof(*out->command));
	if (out->command == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a command");
	for (; out->command_count < command->count; out->command_count++) {
		const char *word = command->at[out->command_count];
		struct cc_config_argument *host = &out->host_arguments[out->host_argument_count];

		/* As the policy has it: a value that looks so is none. Positions differ (remark.c).
		 */
		if (out->host_argument_count < CC_CONFIG_HOST_MAX &&
		    cc_host_argument(word, &host->position)) {
			host->at = out->command_count;
			out->host_argument_count++;
			word = "";
		}
		CC_TRY(fill_str(what, word, "the command", &out->command[out->command_count], err));
	}
	return 0;
}

/* What stands behind it in the policy is ignored, as in SCONE. */
static int add_host_variable(const char *name, struct cc_config *out, struct cc_err *err)
{
	if (out->host_variable_count == CC_CONFIG_HOST_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d variables of the host",
			       CC_CONFIG_HOST_MAX);
	CC_TRY(cc_str_dup(name, &out->host_variables[out->host_variable_count], err));
	out->host_variable_count++;
	return 0;
}

static int fill_environment(const struct cc_configure *what, struct cc_config *out,
			    struct cc_err *err)
{
	size_t count = what->service->environment.count;

	out->environment = calloc(count + 1, sizeof(*out->environment));
	if (out->environment == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for an environment");
	for (size_t i = 0; i < count; i++) {
		const struct cc_pair *pair = &what->service->environment.at[i];
		const char *host = cc_host_variable(pair->name);
		struct cc_config_variable *variable = NULL;

		if (host != NULL) {
			CC_TRY(add_host_variable(host, out, err));
			continue;
		}
		variable = &out->environment[out->environment_count++];
		CC_TRY(cc_str_dup(pair->name, &variable->name, err));
		CC_TRY(fill_str(what, pair->value != NULL ? pair->value : "", "the environment",
				&variable->value, err));
	}
	return 0;
}

static int fill_injected(const struct cc_configure *what, struct cc_config *out, struct cc_err *err)
{
	const struct cc_image *image =
		what->service->image_name == NULL
			? NULL
			: cc_policy_image(what->known->policy, what->service->image_name);
	size_t count = image != NULL ? image->injection_files.count : 0;
	bool is_asked = false;

	out->injected = calloc(count + 1, sizeof(*out->injected));
	if (out->injected == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for injected files");
	for (size_t i = 0; i < count; i++) {
		const struct cc_injected *from = &image->injection_files.at[i];
		struct cc_config_file *to = &out->injected[out->injected_count++];

		CC_TRY(cc_str_dup(from->path, &to->path, err));
		to->mode = (uint32_t)(from->permission & 07777);
		to->content.max = CC_CONFIG_FILE_MAX;
		to->of_image = from->content == NULL;
		is_asked = is_asked || to->of_image;
		if (from->content != NULL && fill_in(what, from->content, &to->content, err) != 0)
			return cc_wrap(err, "file '%.128s' of service '%s'", from->path,
				       what->service->name);
	}
	return is_asked ? cc_provide(what->vault, what->known->policy, image, out, err) : 0;
}

static const struct cc_rec_output *find_output(const struct cc_rec_attempt *attempt,
					       const char *row)
{
	for (size_t i = 0; i < attempt->outputs.count; i++) {
		const struct cc_rec_output *output =
			CC_LIST_AT(attempt->outputs, struct cc_rec_output, i);

		if (cc_str_eq(output->row, row))
			return output;
	}
	return NULL;
}

/*
 * What completed is exactly what was named. A volume that is current at commit may be ahead of it
 * when its writer died; whoever only reads leaves that alone.
 */
static uint64_t ahead_of(const struct cc_rec_use *use, const struct cc_rec_volume *row)
{
	return use->write && use->at_commit && !use->strict && !row->has_content ? use->commits : 0;
}

static int fill_base(const struct cc_rec_use *use, const struct cc_rec_volume *row,
		     struct cc_config_state *out, struct cc_err *err)
{
	out->ahead = ahead_of(use, row);
	out->is_any = use->unprotected;
	/* Who has the key can make another tree of the same tag: what it holds must be the same. */
	out->has_content = row->exposed && row->has_content;
	memcpy(out->content.b, row->content, sizeof(out->content.b));
	out->epoch = row->epoch;
	out->number = row->number;
	memcpy(out->state, row->state, sizeof(out->state));
	memcpy(out->tag.b, row->tag, sizeof(out->tag.b));
	return copy_secret(row->key, &out->key, err);
}

static struct cc_config_commit commit_of(const struct cc_rec_use *use,
					 const struct cc_rec_volume *row)
{
	/* One that is ephemeral counts among those that have the volume without a lease. */
	uint64_t others = row->reading - (use->forgotten ? 1 : 0);

	return (struct cc_config_commit){
		.current = use->forgotten   ? CC_CONFIG_NEVER
			   : use->at_commit ? CC_CONFIG_COMMIT
					    : CC_CONFIG_COMPLETION,
		.is_strict = use->strict,
		.commits = use->commits,
		.bytes = use->bytes,
		.seconds = use->seconds,
		.is_alone = others == 0 && !use->forgotten,
	};
}

static int fill_attempt(const struct cc_rec_output *output, struct cc_config_state *out,
			struct cc_err *err)
{
	out->epoch = output->epoch;
	out->lease = output->lease;
	memcpy(out->state, output->state, sizeof(out->state));
	return copy_secret(output->key, &out->key, err);
}

static int fill_volume(const struct cc_configure *what, const struct cc_rec_use *use,
		       struct cc_config_volume *out, struct cc_err *err)
{
	const struct cc_rec_output *output = find_output(what->attempt, use->row);
	struct cc_rec_volume row = { 0 };
	int done = 0;

	out->is_written = use->write;
	out->staged = use->staged;
	CC_TRY(cc_str_dup(use->name, &out->name, err));
	if (use->path != NULL)
		CC_TRY(cc_str_dup(use->path, &out->path, err));
	CC_TRY(cc_volume_load(what->state, use->row, &row, err));
	memcpy(out->id, row.id, sizeof(out->id));
	out->commit = commit_of(use, &row);
	if (row.committed)
		done = fill_base(use, &row, &out->base, err);
	else if (!use->write)
		done = cc_fail(err, CC_E_CONFLICT, "volume '%s' has no state to read yet",
			       use->name);
	cc_record_clear(&cc_rec_volume, &row);
	if (done != 0 || !use->write)
		return done;
	if (output == NULL)
		return cc_fail(err, CC_E_BUG, "volume '%s' is written without a lease", use->name);
	return fill_attempt(output, &out->attempt, err);
}

static int fill_volumes(const struct cc_configure *what, struct cc_config *out, struct cc_err *err)
{
	size_t count = what->stage->volumes.count;

	out->volumes = calloc(count + 1, sizeof(*out->volumes));
	if (out->volumes == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for volumes");
	for (size_t i = 0; i < count; i++) {
		const struct cc_rec_use *use =
			CC_LIST_AT(what->stage->volumes, struct cc_rec_use, i);
		struct cc_config_volume *to =
			use->log ? &out->log : &out->volumes[out->volume_count++];

		CC_TRY(fill_volume(what, use, to, err));
	}
	return 0;
}

/* Numbers only: names mean something in the image's passwd alone, which sealing looked into. */
static int read_id(const char *text, const char *key, uint32_t *out, struct cc_err *err)
{
	uint64_t id = 0;

	if (text == NULL)
		return 0;
	if (cc_parse_u64(cc_span_str(text), UINT32_MAX - 1, key, &id, err) != 0)
		return cc_hint(err, "give the number: 'image seal' writes it");
	*out = (uint32_t)id;
	return 0;
}

static int fill_names(const struct cc_configure *what, struct cc_config *out, struct cc_err *err)
{
	const char *pwd = what->service->pwd != NULL ? what->service->pwd : "/";

	memcpy(out->attempt, what->attempt->id, sizeof(out->attempt));
	memcpy(out->run, what->run->id, sizeof(out->run));
	out->policy_hash = what->known->hash;
	out->has_access = what->access != NULL;
	if (out->has_access)
		out->access = *what->access;
	CC_TRY(read_id(what->service->user, "user", &out->uid, err));
	CC_TRY(read_id(what->service->group, "group", &out->gid, err));
	CC_TRY(cc_str_dup(what->attempt->platform_class, &out->class, err));
	CC_TRY(cc_str_dup(what->stage->policy, &out->policy, err));
	CC_TRY(cc_str_dup(what->stage->service, &out->service, err));
	CC_TRY(cc_str_dup(what->stage->name, &out->stage, err));
	return cc_str_dup(pwd, &out->pwd, err);
}

static int fill_words(const struct cc_texts *from, struct cc_config_words *out, struct cc_err *err)
{
	out->at = calloc(from->count + 1, sizeof(*out->at));
	if (out->at == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a sandbox");
	for (; out->count < from->count; out->count++)
		CC_TRY(cc_str_dup(from->at[out->count], &out->at[out->count], err));
	return 0;
}

static int fill_sandbox(const struct cc_sandbox *from, struct cc_config_sandbox *out,
			struct cc_err *err)
{
	if (from == NULL)
		return 0;
	out->memory = from->memory;
	out->processes = from->processes;
	out->open_files = from->open_files;
	CC_TRY(fill_words(&from->sockets, &out->sockets, err));
	CC_TRY(fill_words(&from->read, &out->read, err));
	CC_TRY(fill_words(&from->write, &out->write, err));
	return fill_words(&from->system_calls, &out->system_calls, err);
}

/*
 * What waits for the vote of this program (seats.h), in what is left of a configuration: those who
 * propose must not be able to keep it from being started.
 */
static int fill_proposals(const struct cc_configure *what, struct cc_config *out,
			  struct cc_err *err)
{
	const struct cc_seat seat = { .policy = what->stage->policy,
				      .service = what->stage->service,
				      .hash = what->known->hash,
				      .class = cc_class_named(what->attempt->platform_class) };
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (what->service->boards.count == 0)
		return 0;
	CC_TRY(cc_config_print(out, &text, err));
	return cc_seat_proposals(what->state, &seat, &what->service->boards,
				 text.len < CC_CONFIG_MAX ? CC_CONFIG_MAX - text.len : 0, out, err);
}

int cc_configure(const struct cc_configure *what, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_CONFIG struct cc_config config = { 0 };

	CC_TRY(fill_names(what, &config, err));
	CC_TRY(fill_image(what, &config, err));
	CC_TRY(fill_command(what, &config, err));
	CC_TRY(fill_environment(what, &config, err));
	CC_TRY(fill_injected(what, &config, err));
	CC_TRY(fill_sandbox(what->service->sandbox, &config.sandbox, err));
	CC_TRY(fill_volumes(what, &config, err));
	CC_TRY(fill_proposals(what, &config, err));
	return cc_config_print(&config, out, err);
}
