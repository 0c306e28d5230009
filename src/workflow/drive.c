/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/drive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/str.h"
#include "base/time.h"
#include "oci/bundle.h"
#include "workflow/bundle.h"
#include "workflow/container.h"
#include "workflow/display.h"
#include "workflow/relay.h"
#include "workflow/source.h"

#define ARGS_OWN 13 /* words of a stage's process before those for the program */
/* "--platform ADDRESS" of each, "--password DIGITS", "--", words */
#define ARGS_MAX (ARGS_OWN + 2 * CC_STAGE_SOURCES_MAX + 3 + CC_STRINGS_MAX)
#define STAGES_MAX CC_DISPLAY_STAGES
#define MOUNTS_MAX 256
#define RUN_TEXT 33 /* 32 hexadecimal digits */
#define LOG_TAIL 4000
#define LOG_MAX ((size_t)1024 * 1024)
#define REDRAW_NS 200000000

struct stage {
	char *name, *policy, *service, *ticket;
	const struct cc_json *json; /* of the run as it was opened: its volumes */
	struct cc_oci_bundle bundle;
	char *directory, *log, *id;
	char state[16];
	pid_t child; /* 0: not running */
	bool started;
	uint64_t started_ms, ended_ms;
};

struct run {
	const struct cc_drive *drive;
	struct cc_stage_source sources[CC_STAGE_SOURCES_MAX];
	size_t source_count;
	struct cc_json *opened;
	char id[RUN_TEXT];
	char state[16];
	struct stage stages[STAGES_MAX];
	size_t count;
	char *directory;  /* <home>/runs/<id> */
	char sockets[64]; /* a short path of its own: names of sockets have 108 bytes */
	int lock;
	char *runtime;
	pid_t relay;
	struct cc_display display;
};

static void stop_containers(struct run *run);

static void clear_stage(struct stage *stage)
{
	free(stage->name);
	free(stage->policy);
	free(stage->service);
	free(stage->ticket);
	free(stage->directory);
	free(stage->log);
	free(stage->id);
	cc_oci_bundle_clear(&stage->bundle);
}

static void clear_run(struct run *run)
{
	stop_containers(run);
	cc_relay_stop(run->relay);
	if (run->sockets[0] != '\0') {
		char socket[96];

		(void)snprintf(socket, sizeof(socket), "%s/cas.sock", run->sockets);
		(void)unlink(socket);
		(void)rmdir(run->sockets);
	}
	for (size_t i = 0; i < run->count; i++)
		clear_stage(&run->stages[i]);
	cc_auto_close(&run->lock);
	for (size_t i = 0; i < CC_STAGE_SOURCES_MAX; i++)
		cc_stage_source_clear(&run->sources[i]);
	cc_json_free(run->opened);
	free(run->directory);
	free(run->runtime);
	free(run);
}

static void auto_run(struct run **run)
{
	if (*run != NULL)
		clear_run(*run);
}

/* Runs that lost their driver. */

static int abort_run(struct cc_api *api, const char *id, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(cc_strf(&path, err, "/v1/runs/%s/abort", id));
	return cc_api_call(api, "POST", path, NULL, &answer, err);
}

/* The lock of a run's directory, or -1 when its driver lives. */
static int take_lock(const struct cc_dir *runs, const char *id)
{
	struct cc_err ignored = { 0 };
	char name[64];
	int fd = -1;

	(void)snprintf(name, sizeof(name), "%s/lock", id);
	if (cc_dir_openat(runs, name, O_RDWR | O_CREAT, 0600, &fd, &ignored) != 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/*
 * A run without its driver still reserves executions: it is ours, so we end it.
 * Whatever its containers do now, the CAS takes nothing more from them.
 */
static int clean_one(const struct cc_drive *drive, const struct cc_dir *runs, const char *id,
		     struct cc_err *err)
{
	CC_AUTO_CLOSE int lock = take_lock(runs, id);
	struct cc_err gone = { 0 };

	if (lock < 0)
		return 0;
	if (abort_run(drive->api, id, &gone) != 0 && gone.code != CC_E_NOTFOUND) {
		*err = gone;
		return cc_wrap(err, "abort run %s, whose driver is gone", id);
	}
	(void)fprintf(stderr, "aborted run %s, whose driver is gone\n", id);
	return cc_dir_remove_tree(runs, id, err);
}

static void close_stream(DIR **stream)
{
	if (*stream != NULL)
		(void)closedir(*stream);
}

static int clean_up_after_others(const struct cc_drive *drive, const struct cc_dir *runs,
				 struct cc_err *err)
{
	CC_CLEANUP(close_stream) DIR *stream = NULL;
	const struct dirent *entry = NULL;
	int fd = -1;

	CC_TRY(cc_dir_openat(runs, ".", O_RDONLY | O_DIRECTORY, 0, &fd, err));
	stream = fdopendir(fd);
	if (stream == NULL) {
		(void)close(fd);
		return cc_fail_sys(err, errno, "list runs");
	}
	while ((entry = readdir(stream)) != NULL)
		if (strlen(entry->d_name) == RUN_TEXT - 1)
			CC_TRY(clean_one(drive, runs, entry->d_name, err));
	return 0;
}

/* Opening. */

static const char *image_for(const struct cc_drive *drive, const char *stage)
{
	size_t len = strlen(stage);

	for (size_t i = 0; i < drive->images->count; i++)
		if (strncmp(drive->images->at[i], stage, len) == 0 &&
		    drive->images->at[i][len] == '=')
			return drive->images->at[i] + len + 1;
	return NULL;
}

static int copy_member(const struct cc_json *json, const char *name, char **out, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, name, &text, err));
	return cc_str_dup(text, out, err);
}

static int read_stage(const struct cc_json *json, struct stage *stage, struct cc_err *err)
{
	const char *state = NULL;

	stage->json = json;
	CC_TRY(copy_member(json, "stage", &stage->name, err));
	CC_TRY(copy_member(json, "policy", &stage->policy, err));
	CC_TRY(copy_member(json, "service", &stage->service, err));
	CC_TRY(copy_member(json, "ticket", &stage->ticket, err));
	CC_TRY(cc_json_get_str(json, "state", &state, err));
	(void)snprintf(stage->state, sizeof(stage->state), "%s", state);
	return 0;
}

static int open_run(struct run *run, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;
	const struct cc_json *stages = NULL;
	const char *id = NULL;

	CC_TRY(cc_json_object(&body, err));
	CC_TRY(cc_json_set_str(body, "workflow", run->drive->workflow, err));
	CC_TRY(cc_api_call(run->drive->api, "POST", "/v1/runs", body, &run->opened, err));
	CC_TRY(cc_json_get_str(run->opened, "run", &id, err));
	if (strlen(id) != RUN_TEXT - 1 || strspn(id, "0123456789abcdef") != RUN_TEXT - 1)
		return cc_fail(err, CC_E_ARG, "the CAS names a run '%.64s'", id);
	(void)snprintf(run->id, sizeof(run->id), "%s", id);
	(void)snprintf(run->state, sizeof(run->state), "open");
	CC_TRY(cc_json_get_array(run->opened, "stages", &stages, err));
	if (cc_json_count(stages) > STAGES_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a run of %zu stages", cc_json_count(stages));
	for (; run->count < cc_json_count(stages);) {
		struct stage *stage = &run->stages[run->count];

		run->count++;
		CC_TRY(read_stage(cc_json_at(stages, run->count - 1), stage, err));
	}
	return 0;
}

/* Everything that could be missing on this host is looked for before a run is opened. */
static int check_host(struct run *run, struct cc_err *err)
{
	struct stat st = { 0 };

	CC_TRY(cc_oci_runtime_find(run->drive->runtime, &run->runtime, err));
	if (run->drive->without_fuse->count == 0 && stat("/dev/fuse", &st) != 0) {
		cc_err_set_sys(err, errno, "find /dev/fuse");
		return cc_hint(err, "the kernel of this host needs FUSE (CONFIG_FUSE_FS), or "
				    "'--without-fuse STAGE' starts what its policy has 'staged'");
	}
	return cc_stage_sources_find(run->drive->platforms, run->sources, &run->source_count, err);
}

static int make_places(struct run *run, const struct cc_dir *runs, struct cc_err *err)
{
	char template[] = "/tmp/concordat-XXXXXX", socket[96];

	CC_TRY(cc_dir_mkdir(runs, run->id, 0700, err));
	CC_TRY(cc_strf(&run->directory, err, "%s/runs/%s", run->drive->home->path, run->id));
	run->lock = take_lock(runs, run->id);
	if (run->lock < 0)
		return cc_fail(err, CC_E_CONFLICT, "run %s has a driver already", run->id);
	if (mkdtemp(template) == NULL)
		return cc_fail_sys(err, errno, "make a directory for sockets");
	(void)snprintf(run->sockets, sizeof(run->sockets), "%s", template);
	(void)snprintf(socket, sizeof(socket), "%s/cas.sock", run->sockets);
	return cc_relay_start(socket, run->drive->cas->address, &run->relay, err);
}

/* Unpacking. */

static int unpack(const struct run *run, struct stage *stage, struct cc_err *err)
{
	const char *place = image_for(run->drive, stage->name);
	CC_AUTO_OCI_PLACE struct cc_oci_place parsed = { 0 };
	CC_AUTO_FREE char *cache = NULL;

	if (place == NULL) {
		cc_err_set(err, CC_E_ARG, "no sealed image is named for stage '%s'", stage->name);
		return cc_hint(err, "--image %s=LAYOUT", stage->name);
	}
	CC_TRY(cc_oci_place_parse(place, &parsed, err));
	CC_TRY(cc_strf(&cache, err, "%s/images", run->drive->storage));
	if (cc_oci_bundle_make(parsed.path, parsed.tag, cache, &stage->bundle, err) != 0)
		return cc_wrap(err, "image of stage '%s'", stage->name);
	if (stage->bundle.image.config.entrypoint.count == 0)
		return cc_fail(err, CC_E_ARG, "'%s' is not a sealed image: it has no entrypoint",
			       place);
	return 0;
}

/* Starting. */

struct mounts {
	struct cc_bundle_mount at[MOUNTS_MAX];
	char *sources[MOUNTS_MAX];
	size_t count;
};

static void clear_mounts(struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++)
		free(mounts->sources[i]);
}

static int add_mount(const struct run *run, const struct cc_json *volume, struct mounts *mounts,
		     struct cc_err *err)
{
	struct cc_bundle_mount *mount = &mounts->at[mounts->count];
	CC_AUTO_DIR struct cc_dir storage = CC_DIR_NONE;
	const char *id = NULL;

	if (mounts->count == MOUNTS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a stage of more than %d volumes", MOUNTS_MAX);
	CC_TRY(cc_json_get_str(volume, "id", &id, err));
	CC_TRY(cc_json_get_str(volume, "name", &mount->name, err));
	CC_TRY(cc_json_get_bool(volume, "write", &mount->write, err));
	CC_TRY(cc_dir_open(run->drive->storage, CC_DIR_OWN, &storage, err));
	CC_TRY(cc_dir_mkdir(&storage, id, 0700, err));
	CC_TRY(cc_strf(&mounts->sources[mounts->count], err, "%s/%s", run->drive->storage, id));
	mount->source = mounts->sources[mounts->count++];
	return 0;
}

/* Of "STAGE=TEXT" the texts of this stage, in order, behind what is there. */
static void add_of_stage(const struct cc_strings *all, const char *name, const char **out,
			 size_t *count)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < all->count; i++)
		if (cc_str_starts(all->at[i], name) && all->at[i][len] == '=')
			out[(*count)++] = all->at[i] + len + 1;
}

/* The last that was said. */
static void add_password(const struct cc_strings *all, const char *name, const char **args,
			 size_t *count)
{
	const char *words[CC_STRINGS_MAX];
	size_t found = 0;

	add_of_stage(all, name, words, &found);
	if (found == 0)
		return;
	args[(*count)++] = "--password";
	args[(*count)++] = words[found - 1];
}

static bool is_listed(const struct cc_strings *stages, const char *name)
{
	for (size_t i = 0; i < stages->count; i++)
		if (cc_str_eq(stages->at[i], name))
			return true;
	return false;
}

/* What the runtime is told of each, and what the container is given for them, each thing once. */
static size_t add_platforms(const struct run *run, struct cc_bundle_source *out, const char **args,
			    size_t *count)
{
	size_t given = 0;

	for (size_t i = 0; i < run->source_count; i++) {
		const struct cc_bundle_source *source = &run->sources[i].bundle;

		args[(*count)++] = "--platform";
		args[(*count)++] = run->sources[i].address;
		if (given == 0 || !cc_str_eq(source->inside, out[0].inside))
			out[given++] = *source;
	}
	return given;
}

static int write_config(struct run *run, struct stage *stage, struct cc_err *err)
{
	char key[2 * sizeof(run->drive->cas->key.b) + 1], socket[96], patience[24];
	static const char address[] = "unix:" CC_INSIDE_CAS;
	const char *args[ARGS_MAX] = { stage->bundle.image.config.entrypoint.at[0],
				       "--cas",
				       address,
				       "--cas-key",
				       key,
				       "--policy",
				       stage->policy,
				       "--service",
				       stage->service,
				       "--ticket",
				       stage->ticket,
				       "--patience",
				       patience };
	const char *env[CC_STRINGS_MAX];
	struct cc_bundle_source sources[CC_STAGE_SOURCES_MAX];
	CC_CLEANUP(clear_mounts) struct mounts mounts = { 0 };
	CC_AUTO_DIR struct cc_dir directory = CC_DIR_NONE;
	CC_AUTO_BUF struct cc_buf config = { 0 };
	const struct cc_json *volumes = NULL;
	struct cc_bundle bundle = { .root = stage->bundle.rootfs,
				    .args = args,
				    .arg_count = ARGS_OWN,
				    .env = env,
				    .cas_socket = socket,
				    .sources = sources,
				    .without_fuse =
					    is_listed(run->drive->without_fuse, stage->name) };

	bundle.source_count = add_platforms(run, sources, args, &bundle.arg_count);
	add_password(run->drive->passwords, stage->name, args, &bundle.arg_count);
	args[bundle.arg_count++] = "--";
	add_of_stage(run->drive->arguments, stage->name, args, &bundle.arg_count);
	add_of_stage(run->drive->variables, stage->name, env, &bundle.env_count);
	for (size_t i = 0; i < sizeof(run->drive->cas->key.b); i++)
		(void)snprintf(key + 2 * i, 3, "%02x", run->drive->cas->key.b[i]);
	(void)snprintf(socket, sizeof(socket), "%s/cas.sock", run->sockets);
	(void)snprintf(patience, sizeof(patience), "%" PRIu64, run->drive->patience);
	CC_TRY(cc_json_get_array(stage->json, "volumes", &volumes, err));
	for (size_t i = 0; i < cc_json_count(volumes); i++)
		CC_TRY(add_mount(run, cc_json_at(volumes, i), &mounts, err));
	bundle.mounts = mounts.at;
	bundle.mount_count = mounts.count;
	CC_TRY(cc_bundle_config(&bundle, &config, err));
	CC_TRY(cc_dir_create(stage->directory, 0700, &directory, err));
	return cc_dir_write(&directory, "config.json", 0600, cc_buf_span(&config), err);
}

static int start_stage(struct run *run, struct stage *stage, struct cc_err *err)
{
	CC_AUTO_FREE char *state = NULL;
	struct cc_container container = { .runtime = run->runtime };

	free(stage->directory);
	free(stage->log);
	free(stage->id);
	CC_TRY(cc_strf(&stage->directory, err, "%s/%s", run->directory, stage->name));
	CC_TRY(cc_strf(&stage->log, err, "%s/%s.log", run->directory, stage->name));
	CC_TRY(cc_strf(&stage->id, err, "concordat-%.12s-%.40s", run->id, stage->name));
	CC_TRY(cc_strf(&state, err, "%s/containers", run->drive->home->path));
	CC_TRY(write_config(run, stage, err));
	container.state = state;
	container.bundle = stage->directory;
	container.id = stage->id;
	container.log = stage->log;
	stage->started = true;
	stage->started_ms = cc_time_monotonic_ms();
	(void)snprintf(stage->state, sizeof(stage->state), "running");
	return cc_container_start(&container, &stage->child, err);
}

static void stop_containers(struct run *run)
{
	char state[1100];

	(void)snprintf(state, sizeof(state), "%s/containers", run->drive->home->path);
	for (size_t i = 0; i < run->count; i++) {
		struct stage *stage = &run->stages[i];
		const struct cc_container container = { run->runtime, state, stage->directory,
							stage->id, stage->log };

		if (stage->child == 0)
			continue;
		cc_container_remove(&container);
		(void)kill(stage->child, SIGKILL);
		while (waitpid(stage->child, NULL, 0) < 0 && errno == EINTR)
			;
		stage->child = 0;
	}
}

/* Watching. */

static void show(struct run *run)
{
	struct cc_display_stage lines[STAGES_MAX];

	for (size_t i = 0; i < run->count; i++)
		lines[i] = (struct cc_display_stage){ run->stages[i].name, run->stages[i].state,
						      run->stages[i].started_ms,
						      run->stages[i].ended_ms };
	cc_display_show(&run->display, lines, run->count, cc_time_monotonic_ms());
}

/* What the container's first process said last: its error and next step. */
static void tail_of(const char *path, char *out, size_t room)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err ignored = { 0 };
	const char *str = NULL, *at = NULL;

	out[0] = '\0';
	if (cc_file_read(path, LOG_MAX, &text, &ignored) != 0 ||
	    cc_buf_str(&text, &str, &ignored) != 0)
		return;
	at = strstr(str, ": error[");
	while (at != NULL && at > str && at[-1] != '\n')
		at--;
	if (at == NULL)
		at = text.len > 400 ? str + text.len - 400 : str;
	(void)snprintf(out, room, "%.300s", at);
	for (char *c = out; *c != '\0'; c++)
		if (*c == '\n')
			*c = ' ';
}

/* The code that the runtime's message carries, so that ours is the same. */
static enum cc_code code_of(const char *said)
{
	const char *open = strstr(said, "error[");
	char name[32];

	if (open == NULL)
		return CC_E_SYSTEM;
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(open + 6, "]"), open + 6);
	return cc_code_named(name) != CC_OK ? cc_code_named(name) : CC_E_SYSTEM;
}

static int stage_failed(struct run *run, const struct stage *stage, int status, struct cc_err *err)
{
	char said[400];

	tail_of(stage->log, said, sizeof(said));
	show(run);
	if (strstr(said, "error[") != NULL)
		cc_err_set(err, code_of(said), "stage '%s' failed: %s", stage->name, said);
	else
		cc_err_set(err, CC_E_SYSTEM, "stage '%s' failed with exit status %d %s",
			   stage->name, status, said);
	return cc_hint(err, "its log: %s", stage->log);
}

static int refresh(struct run *run, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;
	CC_AUTO_FREE char *path = NULL;
	const struct cc_json *stages = NULL;
	const char *text = NULL;

	CC_TRY(cc_strf(&path, err, "/v1/runs/%s", run->id));
	CC_TRY(cc_api_call(run->drive->api, "GET", path, NULL, &answer, err));
	CC_TRY(cc_json_get_str(answer, "state", &text, err));
	(void)snprintf(run->state, sizeof(run->state), "%s", text);
	CC_TRY(cc_json_get_array(answer, "stages", &stages, err));
	for (size_t i = 0; i < run->count && i < cc_json_count(stages); i++) {
		CC_TRY(cc_json_get_str(cc_json_at(stages, i), "state", &text, err));
		if (run->stages[i].child == 0)
			(void)snprintf(run->stages[i].state, sizeof(run->stages[i].state), "%s",
				       text);
	}
	cc_json_free(*out);
	*out = CC_TAKE(answer);
	return 0;
}

static struct stage *stage_of(struct run *run, pid_t child)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->stages[i].child == child)
			return &run->stages[i];
	return NULL;
}

/* A container has ended: what did the CAS make of it? */
static int note_end(struct run *run, pid_t child, int status, struct cc_json **out,
		    struct cc_err *err)
{
	struct stage *stage = stage_of(run, child);
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);

	if (child == run->relay) {
		run->relay = 0;
		return cc_fail(err, CC_E_SYSTEM, "the relay to the CAS has ended");
	}
	if (stage == NULL)
		return 0;
	stage->child = 0;
	stage->ended_ms = cc_time_monotonic_ms();
	CC_TRY(refresh(run, out, err));
	return cc_str_eq(stage->state, "complete") ? 0 : stage_failed(run, stage, code, err);
}

static int start_ready(struct run *run, struct cc_err *err)
{
	for (size_t i = 0; i < run->count; i++) {
		struct stage *stage = &run->stages[i];

		if (!stage->started && cc_str_eq(stage->state, "ready"))
			CC_TRY(start_stage(run, stage, err));
	}
	return 0;
}

static void block_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Wait for a child, a request to stop, or the time to redraw. */
static int wait_for_something(struct cc_err *err)
{
	const struct timespec pause = { 0, REDRAW_NS };
	sigset_t set;
	int number = 0;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	number = sigtimedwait(&set, NULL, &pause);
	if (number == SIGINT || number == SIGTERM)
		return cc_fail(err, CC_E_UNAVAILABLE, "stopped by a signal");
	return 0;
}

static int watch(struct run *run, struct cc_json **out, struct cc_err *err)
{
	while (cc_str_eq(run->state, "open")) {
		int status = 0;
		pid_t child = 0;

		CC_TRY(start_ready(run, err));
		show(run);
		CC_TRY(wait_for_something(err));
		while ((child = waitpid(-1, &status, WNOHANG)) > 0)
			CC_TRY(note_end(run, child, status, out, err));
	}
	show(run);
	return 0;
}

/* What can be known without a run: who is unpacked later would fail with one open. */
static int prepare(struct run *run, const struct cc_dir *runs, struct cc_err *err)
{
	CC_TRY(check_host(run, err));
	CC_TRY(clean_up_after_others(run->drive, runs, err));
	return open_run(run, err);
}

static int drive_open(struct run *run, const struct cc_dir *runs, struct cc_json **out,
		      struct cc_err *err)
{
	CC_TRY(make_places(run, runs, err));
	for (size_t i = 0; i < run->count; i++)
		CC_TRY(unpack(run, &run->stages[i], err));
	return watch(run, out, err);
}

/* A failed run is given up at the CAS too: what it reserved is free, its keys are gone. */
static int give_up(struct run *run, struct cc_err *err)
{
	struct cc_err failed = *err, ignored = { 0 };

	stop_containers(run);
	if (abort_run(run->drive->api, run->id, &ignored) != 0)
		(void)fprintf(stderr, "run %s could not be aborted: %s\n", run->id, ignored.text);
	*err = failed;
	return -1;
}

int cc_drive_run(const struct cc_drive *drive, struct cc_json **out, struct cc_err *err)
{
	CC_CLEANUP(auto_run) struct run *run = calloc(1, sizeof(*run));
	CC_AUTO_DIR struct cc_dir runs = CC_DIR_NONE, storage = CC_DIR_NONE;
	CC_AUTO_JSON struct cc_json *end = NULL;
	CC_AUTO_FREE char *path = NULL;

	if (run == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a run");
	run->drive = drive;
	run->lock = -1;
	CC_TRY(cc_strf(&path, err, "%s/runs", drive->home->path));
	CC_TRY(cc_dir_create(path, 0700, &runs, err));
	CC_TRY(cc_dir_create(drive->storage, 0700, &storage, err));
	block_signals();
	cc_display_start(&run->display, drive->show);
	CC_TRY(prepare(run, &runs, err));
	if (drive_open(run, &runs, &end, err) != 0)
		return give_up(run, err);
	CC_TRY(cc_dir_remove_tree(&runs, run->id, err));
	*out = CC_TAKE(end);
	return 0;
}
