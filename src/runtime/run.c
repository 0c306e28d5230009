/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/run.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <time.h>

#include "base/log.h"
#include "base/str.h"
#include "codec/text.h"
#include "runtime/boot.h"
#include "runtime/host.h"
#include "runtime/image.h"
#include "runtime/inject.h"
#include "runtime/launch.h"
#include "runtime/output.h"
#include "runtime/proposals.h"
#include "runtime/reap.h"
#include "runtime/session.h"
#include "runtime/staging.h"
#include "runtime/template.h"
#include "runtime/volumes.h"
#include "sandbox/mount.h"
#include "sandbox/namespace.h"
#include "volumed/ahead.h"
#include "volumed/volumed.h"

#define TOKEN "SCONE_SERVICE_ACCESS_TOKEN"
#define TREE CC_RUNTIME_ROOT "/tree"

/* All that one container has. It lives until the process ends, which frees it. */
struct life {
	const struct cc_runtime_options *options;
	const struct cc_runtime_world *world;
	struct cc_digest pin;
	uint8_t ticket[CC_TICKET_LEN];
	int signals, stop;
	enum cc_launch_mode mode;
	struct cc_evidence_source sources[CC_ATTEST_EVIDENCE_MAX];
	size_t source_count;
	struct cc_link link;
	struct cc_config config;
	struct cc_err no_fuse; /* why the host does not give it */
	struct cc_session *session;
	struct cc_key *signer; /* of this instance; kept while it may vote */
	struct cc_image image;
	struct cc_volumed *image_serving;
	struct cc_dir work;
	struct cc_volumes *volumes;
	struct cc_output output;
	struct cc_console *console;
	pid_t child;
};

/* Now, in microseconds from an arbitrary start. */
static uint64_t now_us(void)
{
	struct timespec at = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
}

/* How long a part took, for the log. The host, whose log it is, can see as much by a clock. */
static void say_time(const char *name, uint64_t since_us)
{
	uint64_t us = now_us() - since_us;

	cc_log(CC_LOG_INFO, "step name=%s ms=%llu.%03llu", name, (unsigned long long)(us / 1000),
	       (unsigned long long)(us % 1000));
}

static int step_arguments(struct life *life, struct cc_err *err)
{
	CC_TRY(cc_hex_parse_fixed(cc_span_str(life->options->cas_key), "--cas-key",
				  CC_MUT(life->pin.b), err));
	return cc_hex_parse_fixed(cc_span_str(life->options->ticket), "--ticket",
				  CC_MUT(life->ticket), err);
}

/* None stands in for another: each that is named must be there. */
static int open_sources(struct life *life, struct cc_err *err)
{
	static const char *const ours[] = { CC_RUNTIME_PLATFORM };
	const struct cc_strings *named = &life->options->platforms;
	const char *const *addresses = named->count > 0 ? named->at : ours;
	size_t count = named->count > 0 ? named->count : CC_COUNT(ours);

	if (count > CC_ATTEST_EVIDENCE_MAX)
		return cc_fail(err, CC_E_ARG, "--platform is given %zu times, at most %d", count,
			       CC_ATTEST_EVIDENCE_MAX);
	for (; life->source_count < count; life->source_count++)
		CC_TRY(life->world->source_open(life->world->ctx, addresses[life->source_count],
						&life->sources[life->source_count], err));
	return 0;
}

/* What the host must give, asked before anybody is told anything. */
static int step_host(struct life *life, struct cc_err *err)
{
	CC_TRY(cc_boot_first(err));
	cc_ignore(cc_mount_fuse_probe(&life->no_fuse));
	CC_TRY(cc_launch_enter(&life->mode, err));
	/* before we may not be looked at: an unprivileged platform could not measure us */
	CC_TRY(open_sources(life, err));
	CC_TRY(cc_boot_harden(err));
	CC_TRY(cc_reap_signals(&life->signals, err));
	life->stop = eventfd(0, EFD_CLOEXEC);
	if (life->stop < 0)
		return cc_fail_sys(err, errno, "make an eventfd");
	cc_log(CC_LOG_INFO, "started, mode %s", cc_launch_mode_name(life->mode));
	return 0;
}

/* Evidence alone, for its time is the platform's and not ours. */
static int quote_timed(void *ctx, const struct cc_digest64 *data, struct cc_buf *evidence,
		       struct cc_err *err)
{
	const struct cc_evidence_source *source = ctx;
	uint64_t since = now_us();

	CC_TRY(source->quote(source->ctx, data, evidence, err));
	say_time("evidence", since);
	return 0;
}

/* Both sides have the token: a program that was given one takes nothing from another CAS. */
static int check_access(const struct cc_config *config, const struct cc_digest *expected,
			struct cc_err *err)
{
	if (config->has_access && cc_digest_eq(&config->access, expected))
		return 0;
	cc_err_set(err, CC_E_DENIED, "the CAS %s the access token of this service",
		   config->has_access ? "has another one than" : "does not know");
	return cc_hint(err, "compare service_access_token of the policy with " TOKEN);
}

static int step_attest(struct life *life, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf configuration = { 0 };
	CC_AUTO_FRAMES struct cc_frames frames = { 0 };
	const struct cc_runtime_options *options = life->options;
	const struct cc_runtime_world *world = life->world;
	const struct cc_host host = { &options->arguments, world->environment };
	struct cc_digest access = { 0 };
	struct cc_evidence_source timed[CC_ATTEST_EVIDENCE_MAX] = { 0 };
	struct cc_attest_plan plan = { .link = &life->link,
				       .sources = timed,
				       .source_count = life->source_count,
				       .cas_key = life->pin,
				       .policy = options->policy,
				       .service = options->service,
				       .patience_ms = options->patience * 1000,
				       .password = options->password,
				       .token = cc_host_variable_value(&host, TOKEN),
				       .access = &access,
				       .signer = &life->signer };
	int failed = 0;

	for (size_t i = 0; i < life->source_count; i++)
		timed[i] = (struct cc_evidence_source){ &life->sources[i],
							life->sources[i].platform, quote_timed };
	memcpy(plan.ticket, life->ticket, sizeof(plan.ticket));
	CC_TRY(world->link_open(world->ctx, options->cas, &life->pin, &life->link, err));
	failed = cc_attest_run(&plan, &configuration, &frames, err);
	/* evidence is closed long before exec: nothing below can ask for more */
	world->source_close(world->ctx);
	if (failed != 0)
		return -1;
	CC_TRY(cc_session_new(&life->link, &frames, options->patience * 1000, &life->session, err));
	CC_TRY(cc_config_parse(cc_buf_span(&configuration), &life->config, err));
	if (plan.token != NULL)
		CC_TRY(check_access(&life->config, &access, err));
	CC_TRY(cc_staging_check(&life->config, &life->no_fuse, err));
	cc_log(CC_LOG_INFO, "attested, class %s",
	       cc_str_eq(life->config.class, "simulated") ? "SIMULATION" : life->config.class);
	return 0;
}

static int tree_open(const struct life *life, struct cc_dir *out, struct cc_err *err)
{
	CC_TRY(cc_dir_sub(&life->work, "tree", out, err));
	out->kind = CC_DIR_ROOT; /* made by somebody else: its links stay inside */
	return 0;
}

static int image_place(struct life *life, struct cc_err *err)
{
	CC_AUTO_CLOSE int device = -1, point = -1;
	CC_AUTO_DIR struct cc_dir copy = CC_DIR_NONE;
	const bool one_owner = life->mode != CC_LAUNCH_PRIVILEGED;
	const struct cc_volumed_options options = { .read_only = true, .one_owner = one_owner };
	const struct cc_staging staging = { .volume = life->image.volume,
					    .mib = life->config.image.staged,
					    .one_owner = one_owner };

	if (staging.mib != 0)
		return cc_staging_start(&staging, &life->work, "tree", &copy, err);
	CC_TRY(cc_mount_fuse(&life->work, "tree", false, &device, err));
	CC_TRY(cc_volumed_start(CC_TAKE_FD(device), life->image.volume, &options,
				&life->image_serving, err));
	CC_TRY(cc_dir_openat(&life->work, "tree", O_PATH | O_DIRECTORY, 0, &point, err));
	cc_ignore(cc_volumed_read_ahead(point));
	return 0;
}

/* A place of ours in memory, and in it the image. */
static int step_image(struct life *life, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir top = CC_DIR_NONE;

	CC_TRY(cc_image_open(&life->config.image, CC_RUNTIME_IMAGE, CC_RUNTIME_MEASURED,
			     &life->image, err));
	CC_TRY(cc_dir_open("/", CC_DIR_OWN, &top, err));
	CC_TRY(cc_mount_tmpfs(&top, CC_RUNTIME_ROOT, 0700, err));
	CC_TRY(cc_dir_open(CC_RUNTIME_ROOT, CC_DIR_OWN, &life->work, err));
	CC_TRY(cc_dir_mkdir(&life->work, "tree", 0755, err));
	CC_TRY(cc_dir_mkdir(&life->work, "inject", 0700, err));
	return image_place(life, err);
}

/* Where something will be mounted: nothing can be injected there. */
static size_t mounts_list(const struct life *life, const char **out)
{
	static const char *const ours[] = { "/proc", "/dev", "/tmp" };
	size_t count = 0;

	for (; count < CC_COUNT(ours); count++)
		out[count] = ours[count];
	for (size_t i = 0; i < life->config.volume_count; i++)
		out[count++] = life->config.volumes[i].path;
	return count;
}

static int step_files(struct life *life, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir tree = CC_DIR_NONE;
	const char *mounts[CC_CONFIG_VOLUMES_MAX + 3];
	struct cc_inject files[CC_INJECT_MAX];
	struct cc_inject_plan plan = {
		.files = files, .mounts = mounts, .uid = life->config.uid, .gid = life->config.gid
	};

	if (life->config.injected_count > CC_INJECT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "too many files to inject");
	CC_TRY(tree_open(life, &tree, err));
	CC_TRY(cc_template_fill(&tree, &life->config, err));
	cc_dir_close(&tree); /* it would be in the way of a new root */
	for (; plan.count < life->config.injected_count; plan.count++) {
		const struct cc_config_file *file = &life->config.injected[plan.count];

		files[plan.count] = (struct cc_inject){ file->path, (mode_t)file->mode,
							cc_buf_span(&file->content) };
	}
	plan.mount_count = mounts_list(life, mounts);
	return plan.count > 0 ? cc_inject_files(&life->work, &plan, err) : 0;
}

static int step_tree(struct life *life, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir tree = CC_DIR_NONE;

	CC_TRY(tree_open(life, &tree, err));
	CC_TRY(cc_mount_proc(&tree, err));
	CC_TRY(cc_mount_dev(&tree, err));
	return cc_mount_tmpfs(&tree, "/tmp", 01777, err);
}

static int step_volumes(struct life *life, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir tree = CC_DIR_NONE;
	const struct cc_volumes_plan plan = { .config = &life->config,
					      .storage = life->options->volumes,
					      .session = life->session,
					      .stop = life->stop,
					      .uid = life->config.uid,
					      .gid = life->config.gid,
					      .one_owner = life->mode != CC_LAUNCH_PRIVILEGED };

	if (plan.one_owner && (plan.uid != 0 || plan.gid != 0)) {
		cc_err_set(err, CC_E_UNSUPPORTED,
			   "the container has one user, the policy wants %u:%u", plan.uid,
			   plan.gid);
		return cc_hint(err, "start the container with its capabilities, as root");
	}
	CC_TRY(tree_open(life, &tree, err));
	CC_TRY(cc_volumes_open(&plan, &life->volumes, err));
	CC_TRY(cc_output_open(cc_volumes_log(life->volumes), &life->output, err));
	return cc_volumes_serve(life->volumes, &tree, err);
}

static int step_proposals(struct life *life, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir tree = CC_DIR_NONE;

	CC_TRY(tree_open(life, &tree, err));
	return cc_proposals_place(&tree, &life->config, err);
}

static int program_make(const struct life *life, struct cc_program *out, struct cc_err *err)
{
	const struct cc_config *config = &life->config;
	CC_AUTO_FREE const char **names = calloc(config->environment_count + 1, sizeof(*names));
	CC_AUTO_FREE const char **values = calloc(config->environment_count + 1, sizeof(*values));
	const struct cc_program_plan plan = {
		.command = (const char *const *)config->command,
		.command_count = config->command_count,
		.names = names,
		.values = values,
		.variable_count = config->environment_count,
		.pwd = config->pwd,
	};

	if (names == NULL || values == NULL)
		return cc_fail_sys(err, ENOMEM, "prepare the program");
	for (size_t i = 0; i < config->environment_count; i++) {
		names[i] = config->environment[i].name;
		values[i] = config->environment[i].value;
	}
	return cc_program_make(&plan, out, err);
}

static size_t writable_list(const struct life *life, const char **out)
{
	size_t count = 0;

	out[count++] = "/tmp";
	out[count++] = "/dev";
	for (size_t i = 0; i < life->config.volume_count; i++)
		if (life->config.volumes[i].is_written)
			out[count++] = life->config.volumes[i].path;
	return count;
}

static int launch(struct life *life, const int ends[static CC_CONSOLE_STREAMS], struct cc_err *err)
{
	CC_AUTO_PROGRAM struct cc_program program = { 0 };
	CC_AUTO_CLOSE int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const char *writable[CC_CONFIG_VOLUMES_MAX + 2];
	const struct cc_launch plan = {
		.root = TREE,
		.program = &program,
		.confine = { .uid = life->config.uid,
			     .gid = life->config.gid,
			     .keep_groups = life->mode != CC_LAUNCH_PRIVILEGED },
		.sandbox = &life->config.sandbox,
		.writable = writable,
		.writable_count = writable_list(life, writable),
		.input = input,
		.output = ends[CC_CONSOLE_OUT],
		.error = ends[CC_CONSOLE_ERR],
	};

	if (input < 0)
		return cc_fail_sys(err, errno, "open '/dev/null'");
	CC_TRY(program_make(life, &program, err));
	return cc_launch_program(&plan, &life->child, err);
}

static int step_program(struct life *life, struct cc_err *err)
{
	const struct cc_console_sink sink = cc_output_sink(&life->output);
	const struct cc_host host = { &life->options->arguments, life->world->environment };
	int ends[CC_CONSOLE_STREAMS] = { -1, -1 }, failed = 0;

	CC_TRY(cc_host_fill(&host, &life->config, err));
	CC_TRY(cc_console_start(&sink, CC_CONSOLE_MAX, &life->console, ends, err));
	failed = launch(life, ends, err);
	for (int i = 0; i < CC_CONSOLE_STREAMS; i++)
		cc_auto_close(&ends[i]);
	if (failed == 0)
		cc_log(CC_LOG_INFO, "the program runs");
	return failed;
}

/* docs/runtime.md explains each; the names are stable and begin the errors. */
static const struct {
	const char *name;
	int (*run)(struct life *life, struct cc_err *err);
} steps[] = {
	{ "arguments", step_arguments }, { "host", step_host },
	{ "attest", step_attest },       { "image", step_image },
	{ "files", step_files },         { "tree", step_tree },
	{ "volumes", step_volumes },     { "proposals", step_proposals },
	{ "program", step_program },
};

static int start(struct life *life, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(steps); i++) {
		uint64_t since = now_us();

		if (steps[i].run(life, err) != 0)
			return cc_wrap(err, "%s", steps[i].name);
		say_time(steps[i].name, since);
	}
	return 0;
}

/* Before the completion, which ends the session: a program that failed has said nothing. */
static int vote(struct life *life, struct cc_err *err)
{
	const struct cc_proposals_voter voter = { .cas_key = life->pin, .signer = life->signer };
	CC_AUTO_DIR struct cc_dir tree = CC_DIR_NONE;

	CC_TRY(tree_open(life, &tree, err));
	return cc_proposals_vote(&tree, &life->config, &voter, life->session, err);
}

/* The program has ended and nothing of it lives: what it left is committed, then named. */
static int close_books(struct life *life, const struct cc_ending *ending, struct cc_err *err)
{
	struct cc_session_commit commits[CC_CONFIG_VOLUMES_MAX + 1];
	bool complete = cc_ending_is_complete(ending);
	size_t count = 0;
	uint64_t lost = 0;
	int by_signal = ending->exited ? ending->interrupted : ending->killer;

	CC_TRY(cc_console_end(CC_TAKE(life->console), &lost, err));
	if (lost > 0)
		cc_log(CC_LOG_WARN, "%llu bytes of the program's output were over the maximum",
		       (unsigned long long)lost);
	CC_TRY(cc_volumes_finish(life->volumes, complete ? commits : NULL, &count, err));
	if (complete) {
		CC_TRY(vote(life, err));
		return cc_session_complete(life->session, commits, count, err);
	}
	return cc_session_fail(life->session, by_signal != 0,
			       (unsigned int)(by_signal != 0 ? by_signal : ending->status),
			       ending->stopped            ? "a volume failed"
			       : ending->interrupted != 0 ? "ended from outside"
							  : "the program failed",
			       err);
}

static int live(struct life *life, int *status, struct cc_err *err)
{
	struct cc_ending ending = { 0 };
	uint64_t since = now_us();

	CC_TRY(cc_reap_wait(life->child, life->signals, life->stop, &ending, err));
	CC_TRY(cc_reap_rest(err));
	*status = cc_ending_status(&ending);
	cc_log(CC_LOG_INFO, "the program ended with %d", *status);
	say_time("run", since);
	since = now_us();
	if (close_books(life, &ending, err) != 0)
		return cc_wrap(err, "end");
	say_time("end", since);
	cc_log(CC_LOG_INFO, cc_ending_is_complete(&ending) ? "complete" : "not complete");
	return 0;
}

/* The CAS learns of it too, so that the next attempt need not wait; we can only try. */
static void report(struct life *life, const struct cc_err *why)
{
	struct cc_err err = { 0 };

	if (life->session == NULL)
		return;
	if (cc_session_fail(life->session, false,
			    (unsigned int)cc_code_info(why->code)->exit_status, why->text,
			    &err) != 0)
		cc_log_err(CC_LOG_WARN, "the CAS does not know", &err);
}

int cc_runtime_run(const struct cc_runtime_options *options, const struct cc_runtime_world *world,
		   int *status, struct cc_err *err)
{
	static struct life life;

	life = (struct life){
		.options = options, .world = world, .signals = -1, .stop = -1, .work = CC_DIR_NONE
	};
	if (start(&life, err) == 0 && live(&life, status, err) == 0)
		return 0;
	report(&life, err);
	return -1;
}
