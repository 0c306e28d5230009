/* SPDX-License-Identifier: Apache-2.0 */
#include "image/seal.h"

#include "base/str.h"
#include "base/time.h"
#include "cli/output.h"
#include "codec/text.h"

#define REDRAW_MS 100

struct values {
	const char *from, *to, *name, *service, *key_file, *policy, *runtime, *salt, *pwd, *user;
	const char *output;
	struct cc_strings volumes, injected, executions, tolerate, environment, command;
	bool force, private_content, keep_labels, drop_environment;
};

/* cc_strings as the NULL-terminated list that sealing takes; NULL when it is empty. */
struct words {
	const char *at[CC_STRINGS_MAX + 1];
};

static const char *const *words_of(const struct cc_strings *strings, struct words *out)
{
	for (size_t i = 0; i < strings->count; i++)
		out->at[i] = strings->at[i];
	out->at[strings->count] = NULL;
	return strings->count != 0 ? out->at : NULL;
}

struct bar {
	bool redraws;
	uint64_t shown_ms;
	const char *phase;
};

/* A bar on a terminal; a line for each phase otherwise. */
static void on_step(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
	struct bar *bar = ctx;
	uint64_t now = cc_time_monotonic_ms(), percent = total != 0 ? done * 100 / total : 100;
	bool is_new = bar->phase == NULL || !cc_str_eq(bar->phase, phase);

	if (!bar->redraws) {
		if (is_new)
			(void)fprintf(stderr, "%s: %llu MiB\n", phase,
				      (unsigned long long)(total >> 20));
		bar->phase = phase;
		return;
	}
	if (!is_new && done < total && now - bar->shown_ms < REDRAW_MS)
		return;
	bar->shown_ms = now;
	bar->phase = phase;
	(void)fprintf(stderr, "\r\033[K%-8s %3llu %% of %llu MiB%s", phase,
		      (unsigned long long)percent, (unsigned long long)(total >> 20),
		      done >= total ? "\n" : "");
}

struct lists {
	struct words volumes, injected, executions, tolerate, environment, command;
	struct bar bar;
};

static void fill(const struct values *values, struct lists *lists, struct cc_image_options *out)
{
	lists->bar.redraws = isatty(STDERR_FILENO) == 1;
	*out = (struct cc_image_options){
		.from = values->from,
		.to = values->to,
		.force = values->force,
		.runtime = values->runtime,
		.key_file = values->key_file,
		.private_content = values->private_content,
		.content_salt = values->salt,
		.keep_labels = values->keep_labels,
		.policy_file = values->policy,
		.name = values->name,
		.service = values->service,
		.command = words_of(&values->command, &lists->command),
		.environment = words_of(&values->environment, &lists->environment),
		.drop_environment = values->drop_environment,
		.pwd = values->pwd,
		.user = values->user,
		.volumes = words_of(&values->volumes, &lists->volumes),
		.injected = words_of(&values->injected, &lists->injected),
		.executions = words_of(&values->executions, &lists->executions),
		.tolerate = words_of(&values->tolerate, &lists->tolerate),
		.progress = { on_step, &lists->bar },
	};
}

static int measured_json(const struct cc_image_result *result, struct cc_json **out,
			 struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *measurements = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_object(&measurements, err));
	CC_TRY(cc_json_set_hex(json, "content", CC_DIGEST_SPAN(result->content), err));
	CC_TRY(cc_json_set_hex(json, "runtime", CC_DIGEST_SPAN(result->runtime), err));
	CC_TRY(cc_json_set_hex(measurements, "sgx",
			       cc_span(result->measurement.b, result->measurement.len), err));
	CC_TRY(cc_json_set(json, "measurements", CC_TAKE(measurements), err));
	*out = CC_TAKE(json);
	return 0;
}

static int print_measured(const struct cc_image_result *result, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_buf_add_str(&text, "sgx measurement  ", err));
	CC_TRY(cc_hex_add(&text, cc_span(result->measurement.b, result->measurement.len), err));
	CC_TRY(cc_buf_add_str(&text, "\ncontent digest   ", err));
	CC_TRY(cc_hex_add(&text, CC_DIGEST_SPAN(result->content), err));
	CC_TRY(cc_buf_add_str(&text, "\nruntime build    ", err));
	CC_TRY(cc_hex_add(&text, CC_DIGEST_SPAN(result->runtime), err));
	CC_TRY(cc_buf_add_str(&text, "\n", err));
	return cc_print(cc_buf_span(&text), err);
}

static int seal(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_image_options options = { 0 };
	struct lists lists = { 0 };
	char manifest[CC_HEX_DIGEST];

	fill(values, &lists, &options);
	CC_TRY(cc_image_seal(&options, &result, err));
	cc_hex_digest(&result.manifest, manifest);
	if (cc_wants_data(values->output)) {
		CC_TRY(measured_json(&result, &json, err));
		CC_TRY(cc_json_set_hex(json, "manifest", CC_DIGEST_SPAN(result.manifest), err));
		CC_TRY(cc_json_set_hex(json, "tag", CC_DIGEST_SPAN(result.tag), err));
		return cc_print_data(values->output, json, err);
	}
	(void)printf("sealed %s, manifest sha256:%s\n", values->to, manifest);
	(void)fflush(stdout);
	return print_measured(&result, err);
}

static int measure(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_image_options options = { 0 };
	struct lists lists = { 0 };

	fill(values, &lists, &options);
	CC_TRY(cc_image_measure(&options, &result, err));
	if (!cc_wants_data(values->output))
		return print_measured(&result, err);
	CC_TRY(measured_json(&result, &json, err));
	return cc_print_data(values->output, json, err);
}

#define STRING(member, name, value, help, needed)                                                  \
	{                                                                                          \
		name, 0, CC_OPT_STRING, offsetof(struct values, member), value, help, needed, NULL \
	}
#define LIST(member, name, value, help)                                                         \
	{                                                                                       \
		name, 0, CC_OPT_LIST, offsetof(struct values, member), value, help, false, NULL \
	}
#define FLAG(member, name, help)                                                               \
	{                                                                                      \
		name, 0, CC_OPT_FLAG, offsetof(struct values, member), NULL, help, false, NULL \
	}
#define RUNTIME \
	STRING(runtime, "runtime", "FILE", "concordat-runtime to put in (default: ours)", false)
#define VOLUMES                                           \
	LIST(volumes, "volume", "NAME:PATH[:FROM[:TO…]]", \
	     "a volume, imported from or exported to policies")
#define INJECTED LIST(injected, "inject", "PATH", "a file that the policy will inject")
static const struct cc_opt seal_opts[] = {
	STRING(name, "name", "POLICY", "name of the policy to write", true),
	STRING(service, "service", "NAME", "name of the service (default: service)", false),
	STRING(policy, "policy", "FILE", "where the policy goes, mode 0600", true),
	STRING(key_file, "key-file", "FILE", "the image key; made when it is not there", false),
	VOLUMES,
	INJECTED,
	LIST(executions, "executions", "CONSUMER:MAXIMUM", "who may run it how often"),
	LIST(tolerate, "tolerate", "WORD", "what the policy tolerates: simulation, …"),
	LIST(command, "command", "WORD", "one word of the command, instead of Entrypoint and Cmd"),
	LIST(environment, "env", "NAME=VALUE", "a variable beside those of the image"),
	FLAG(drop_environment, "drop-env", "forget the variables of the image"),
	STRING(pwd, "pwd", "PATH", "working directory, instead of the image's", false),
	STRING(user, "user", "USER[:GROUP]", "instead of the image's", false),
	FLAG(private_content, "private",
	     "salt the measured content: nobody recognises a known image"),
	FLAG(keep_labels, "keep-labels", "keep the labels of the native image, readable for all"),
	RUNTIME,
	FLAG(force, "force", "replace what is there"),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg seal_args[] = {
	{ "FROM", offsetof(struct values, from), "native image: OCI layout DIRECTORY[:TAG]", false,
	  false },
	{ "TO", offsetof(struct values, to), "sealed image: OCI layout DIRECTORY[:TAG]", false,
	  false },
};

static const struct cc_opt measure_opts[] = {
	VOLUMES,
	INJECTED,
	STRING(salt, "salt", "HEX", "content salt of a private image, from its policy", false),
	RUNTIME,
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg measure_args[] = {
	{ "FROM", offsetof(struct values, from), "native image: OCI layout DIRECTORY[:TAG]", false,
	  false },
};

const struct cc_command cc_command_image_seal = {
	"image seal",
	"Seal a native image, and write the policy that goes with it.",
	seal_opts,
	CC_COUNT(seal_opts),
	seal_args,
	CC_COUNT(seal_args),
	sizeof(struct values),
	NULL,
	seal,
};

const struct cc_command cc_command_image_measure = {
	"image measure",
	"Compute what a sealed image measures as, from the native one and without its key.",
	measure_opts,
	CC_COUNT(measure_opts),
	measure_args,
	CC_COUNT(measure_args),
	sizeof(struct values),
	NULL,
	measure,
};
