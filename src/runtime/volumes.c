/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>

#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "runtime/forgotten.h"
#include "runtime/staging.h"
#include "sandbox/mount.h"
#include "volume/sweep.h"
#include "volumed/ahead.h"
#include "volumed/volumed.h"

/* One volume. `told`, with `is_told`: the commit that the CAS has acknowledged, or completion will
 * name. */
struct opened {
	struct cc_volumes *owner;
	const struct cc_config_volume *config;
	struct cc_volume_dir *dir;
	struct cc_forgotten *forgotten; /* the store of an ephemeral one, above `dir` */
	struct cc_volume *volume;
	struct cc_volumed *serving;
	struct cc_secret *key; /* of the epoch that it went on in, NULL: the configuration's */
	uint64_t epoch;        /* of an ephemeral one: its number */
	int point;             /* the mounted root, or -1 */
	struct cc_dir copy;    /* of one that is staged: its root in memory */
	bool is_told;
	struct cc_volume_commit told;
};

struct cc_volumes {
	struct cc_volumes_plan plan;
	struct opened *at; /* those of the configuration, then the log */
	size_t count;
	/* From here on completion names the last commits: no message of their own. */
	_Atomic bool completing;
};

/* Unmount and end the thread. What it still had is committed by it, or *err says why not. */
static int serving_stop(struct opened *one, struct cc_err *err)
{
	struct cc_volumed *serving = CC_TAKE(one->serving);
	struct cc_volume_commit last = { 0 };
	char path[40];
	int failed = 0;

	if (serving == NULL)
		return 0;
	/* by descriptor: a path could by now lead through a link of the image */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", one->point);
	failed = cc_volumed_stop(serving, one->point >= 0 ? path : NULL, &last, err);
	cc_auto_close(&one->point);
	one->point = -1;
	return failed;
}

void cc_volumes_free(struct cc_volumes *volumes)
{
	if (volumes == NULL)
		return;
	for (size_t i = volumes->count; i-- > 0;) {
		struct opened *one = &volumes->at[i];
		struct cc_err ignored = { 0 };

		cc_ignore(serving_stop(one, &ignored));
		cc_staging_end(&one->copy);
		cc_volume_free(one->volume);
		cc_forgotten_free(one->forgotten);
		cc_volume_dir_free(one->dir);
		cc_secret_free(one->key);
	}
	free(volumes->at);
	free(volumes);
}

/* A volume's directory is named after it: one plain name, whatever the policy calls it. */
static int storage_path(const char *storage, const char *name, char **out, struct cc_err *err)
{
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return cc_fail(err, CC_E_ARG, "'%s' cannot be the name of a directory", name);
	return cc_strf(out, err, "%s/%s", storage, name);
}

static struct cc_volume_base base_of(const struct cc_config_state *state)
{
	struct cc_volume_base base = {
		.epoch = state->epoch, .number = state->number, .tag = state->tag, .key = state->key
	};

	memcpy(base.state.b, state->state, sizeof(base.state.b));
	return base;
}

/* Is what is written of use to anybody when the program has ended? */
static bool is_kept(const struct cc_config_volume *config)
{
	return config->is_written && config->commit.current != CC_CONFIG_NEVER;
}

/* The state to open: the named one, or what the CAS holds to be as good. */
static int find_base(const struct cc_volume_store *store, const struct cc_config_volume *config,
		     struct cc_volume_base *base, struct cc_err *err)
{
	const struct cc_volume_base named = *base;
	struct cc_volume_recover how = { .named = &named, .window = config->base.ahead };

	if (named.key == NULL || (!config->base.is_any && config->base.ahead == 0))
		return 0;
	memcpy(how.id.b, config->id, sizeof(how.id.b));
	if (config->base.is_any)
		CC_TRY(cc_volume_newest(store, &how, base, err));
	else
		CC_TRY(cc_volume_recover(store, &how, base, err));
	if (base->number != named.number)
		cc_log(CC_LOG_WARN, "volume '%s': commit %llu is opened, and %llu was acknowledged",
		       config->name, (unsigned long long)base->number,
		       (unsigned long long)named.number);
	return 0;
}

/*
 * Whoever wrote here and did not complete has left files that no state needs, and so has whoever
 * wrote everything anew. The CAS says that nobody else has the volume.
 */
static int tidy(const struct cc_volume *volume, const char *path, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	size_t removed = 0;

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	return cc_volume_sweep(volume, &dir, &removed, err);
}

static int volume_open(const struct cc_volumes_plan *plan, struct opened *one, struct cc_err *err)
{
	const struct cc_config_volume *config = one->config;
	struct cc_volume_base base = base_of(&config->base);
	struct cc_volume_epoch epoch = { .epoch = config->attempt.epoch,
					 .key = config->attempt.key,
					 .lease = config->attempt.lease };
	struct cc_volume_open how = { .base = base.key != NULL ? &base : NULL,
				      .epoch = epoch.key != NULL ? &epoch : NULL,
				      .content = config->base.has_content ? &config->base.content
									  : NULL,
				      .root_mode = 0755,
				      .root_uid = plan->uid,
				      .root_gid = plan->gid,
				      .root_mtime = cc_time_now() };
	struct cc_volume_store store;
	CC_AUTO_FREE char *path = NULL;

	one->epoch = epoch.epoch;
	memcpy(how.id.b, config->id, sizeof(how.id.b));
	memcpy(epoch.state.b, config->attempt.state, sizeof(epoch.state.b));
	CC_TRY(storage_path(plan->storage, config->name, &path, err));
	if (cc_volume_dir_open(path, how.epoch != NULL, &one->dir, &store, err) != 0)
		return cc_hint(err,
			       "the host has to give the container a directory for this volume");
	if (config->is_written && !is_kept(config))
		CC_TRY(cc_forgotten_new(&store, path, &epoch.state, &one->forgotten, &store, err));
	CC_TRY(find_base(&store, config, &base, err));
	CC_TRY(cc_volume_open(&store, &how, &one->volume, err));
	/* What follows from the named state may need less than it: the named one must stay whole.
	 */
	if (!is_kept(config) || !config->commit.is_alone || base.number != config->base.number)
		return 0;
	return tidy(one->volume, path, err);
}

int cc_volumes_open(const struct cc_volumes_plan *plan, struct cc_volumes **out, struct cc_err *err)
{
	CC_AUTO_VOLUMES struct cc_volumes *made = calloc(1, sizeof(*made));
	size_t count = plan->config->volume_count + 1;

	if (made == NULL)
		return cc_fail_sys(err, ENOMEM, "open the volumes");
	made->plan = *plan;
	made->at = calloc(count, sizeof(*made->at));
	if (made->at == NULL)
		return cc_fail_sys(err, ENOMEM, "open the volumes");
	for (size_t i = 0; i < count; i++) {
		struct opened *one = &made->at[made->count++];

		*one = (struct opened){ .owner = made, .point = -1, .copy = CC_DIR_NONE };
		one->config = i + 1 < count ? &plan->config->volumes[i] : &plan->config->log;
		if (volume_open(plan, one, err) != 0)
			return cc_wrap(err, "open volume '%s'", one->config->name);
	}
	*out = CC_TAKE(made);
	return 0;
}

/*
 * From the thread that tells: the keeper must know a commit before its space is used again.
 * On the last one nothing builds, and a completion that names it is worth both messages.
 */
static int commit_told(void *ctx, const struct cc_volume_commit *commit, bool *acknowledged,
		       struct cc_err *err)
{
	struct opened *one = ctx;
	const struct cc_session_commit message = { .volume = one->config->name,
						   .number = commit->number,
						   .tag = commit->tag };

	if (!is_kept(one->config)) {
		*acknowledged = true;
		return 0;
	}
	if (one->owner->completing) {
		one->told = *commit;
		one->is_told = true;
		return 0;
	}
	CC_TRY(cc_session_tag(one->owner->plan.session, &message, err));
	one->told = *commit;
	one->is_told = *acknowledged = true;
	return 0;
}

/* Of what is written for nobody we draw the keys ourselves. */
static int forgotten_epoch(struct opened *one, struct cc_volume_epoch *out, struct cc_err *err)
{
	struct cc_secret *key = NULL;

	*out = (struct cc_volume_epoch){ .epoch = one->epoch, .lease = one->config->attempt.lease };
	CC_TRY(cc_forgotten_epoch(one->forgotten, &key, out, err));
	cc_secret_free(one->key);
	one->key = key;
	one->epoch = out->epoch;
	return 0;
}

/* The key has sealed enough: the keeper draws another one, and what was named stays named. */
static int next_epoch(void *ctx, const struct cc_volume_commit *last, struct cc_volume_epoch *out,
		      struct cc_err *err)
{
	struct opened *one = ctx;
	const struct cc_session_commit message = { .volume = one->config->name,
						   .number = last->number,
						   .tag = last->tag };
	struct cc_session_epoch next = { 0 };

	if (one->forgotten != NULL)
		return forgotten_epoch(one, out, err);
	CC_TRY(cc_session_epoch(one->owner->plan.session, &message, &next, err));
	cc_secret_free(one->key);
	one->key = next.key;
	*out = (struct cc_volume_epoch){ .epoch = next.epoch,
					 .key = next.key,
					 .lease = one->config->attempt.lease };
	memcpy(out->state.b, next.state, sizeof(out->state.b));
	return 0;
}

/* A program sees EIO and no more: the operator learns what it was. */
static void io_failed(void *ctx, const struct cc_err *err)
{
	const struct opened *one = ctx;

	cc_log_err(CC_LOG_ERROR, one->config->name, err);
}

/* It answers nothing any more: the attempt cannot complete. */
static void volume_failed(void *ctx, const struct cc_err *err)
{
	const struct opened *one = ctx;

	(void)err;
	(void)eventfd_write(one->owner->plan.stop, 1);
}

static int serve(struct opened *one, const struct cc_dir *tree, struct cc_err *err)
{
	const char *path = one->config->path;
	const struct cc_config_commit *commit = &one->config->commit;
	const bool writable = one->config->is_written;
	CC_AUTO_CLOSE int device = -1;
	const struct cc_volumed_options options = { .read_only = !writable,
						    .writeback = writable,
						    .one_owner = one->owner->plan.one_owner,
						    .strict = commit->is_strict,
						    .window = { (unsigned int)commit->commits,
								commit->bytes,
								(unsigned int)commit->seconds },
						    .committed = commit_told,
						    .next_epoch = next_epoch,
						    .failed = volume_failed,
						    .report = io_failed,
						    .ctx = one };

	CC_TRY(cc_mount_fuse(tree, path, writable, &device, err));
	CC_TRY(cc_volumed_start(CC_TAKE_FD(device), one->volume, &options, &one->serving, err));
	CC_TRY(cc_dir_openat(tree, path[1] != '\0' ? path + 1 : ".", O_PATH | O_DIRECTORY, 0,
			     &one->point, err));
	cc_ignore(cc_volumed_read_ahead(one->point));
	return 0;
}

static struct cc_staging staging_of(const struct opened *one)
{
	return (struct cc_staging){ .volume = one->volume,
				    .mib = one->config->staged,
				    .writable = one->config->is_written,
				    .one_owner = one->owner->plan.one_owner };
}

static int place(struct opened *one, const struct cc_dir *tree, struct cc_err *err)
{
	const struct cc_staging staging = staging_of(one);

	if (one->config->staged == 0)
		return serve(one, tree, err);
	return cc_staging_start(&staging, tree, one->config->path, &one->copy, err);
}

int cc_volumes_serve(struct cc_volumes *volumes, const struct cc_dir *tree, struct cc_err *err)
{
	for (size_t i = 0; i < volumes->count; i++) {
		struct opened *one = &volumes->at[i];

		if (one->config->path != NULL && place(one, tree, err) != 0)
			return cc_wrap(err, "mount volume '%s'", one->config->name);
	}
	return 0;
}

struct cc_volume *cc_volumes_log(const struct cc_volumes *volumes)
{
	return volumes->at[volumes->count - 1].volume;
}

/*
 * No one serves it any more: the last commit is ours to make. Of what is staged it is the only one,
 * and a program that failed has none.
 */
static int finish(struct opened *one, struct cc_err *err)
{
	struct cc_volume_commit last = { 0 };
	bool acknowledged = false;
	uint64_t moved = 0;

	CC_TRY(serving_stop(one, err));
	if (!is_kept(one->config))
		return 0;
	if (one->config->staged != 0) {
		const struct cc_staging staging = staging_of(one);

		if (!one->owner->completing)
			return 0;
		CC_TRY(cc_staging_save(&staging, &one->copy, err));
	}
	/* Else a file that is hardly needed stays for as long as anything of it is. */
	CC_TRY(cc_volume_compact(one->volume, &moved, err));
	CC_TRY(cc_volume_commit(one->volume, &last, err));
	if (one->is_told && one->told.number == last.number)
		return 0;
	CC_TRY(commit_told(one, &last, &acknowledged, err));
	if (acknowledged)
		cc_volume_acknowledged(one->volume, last.number);
	return 0;
}

int cc_volumes_finish(struct cc_volumes *volumes, struct cc_session_commit *commits, size_t *count,
		      struct cc_err *err)
{
	struct cc_volume_usage usage = { 0 };
	size_t at = 0;

	volumes->completing = commits != NULL;
	/* the last mounted first: one may lie below another */
	for (size_t i = volumes->count; i-- > 0;)
		if (finish(&volumes->at[i], err) != 0)
			return cc_wrap(err, "close volume '%s'", volumes->at[i].config->name);
	for (size_t i = 0; i < volumes->count && commits != NULL; i++) {
		struct opened *one = &volumes->at[i];

		if (!is_kept(one->config))
			continue;
		commits[at] = (struct cc_session_commit){ .volume = one->config->name,
							  .number = one->told.number,
							  .tag = one->told.tag };
		CC_TRY(cc_volume_content(one->volume, &commits[at].content, err));
		cc_volume_usage(one->volume, &usage);
		commits[at].oldest = usage.oldest;
		at++;
	}
	if (count != NULL)
		*count = at;
	return 0;
}
