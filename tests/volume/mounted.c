/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests: serve a volume of a local directory, with a CAS that is a file.
 *
 *     mounted STORE MOUNT-POINT STATE [strict] [writeback] [read-only]
 *
 * STATE names the state to open, with its key, and is replaced at each commit:
 * what stands there was acknowledged. Without it the volume starts empty. Says
 * "ready" when it is mounted, and ends when its standard input does. Killed at
 * any time, the next one opens what STATE names, or without `strict` the newest
 * state that follows it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>

#include "base/dir.h"
#include "volumed/volumed.h"

#define KEY_LEN 32

/* The file STATE. Written and read by this program alone, on one machine. */
struct named {
	struct cc_volume_state_id state;
	uint64_t epoch, number;
	struct cc_digest tag;
	uint8_t key[KEY_LEN];
};

struct opened {
	const char *state_path;
	struct named base, own; /* base.epoch 0: there is none */
	struct cc_volume_dir *dir;
	struct cc_volume *volume;
	struct cc_volumed *daemon;
};

static int state_read(struct opened *o, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (access(o->state_path, F_OK) != 0)
		return 0;
	CC_TRY(cc_file_read(o->state_path, sizeof(o->base), &text, err));
	if (text.len != sizeof(o->base))
		return cc_fail(err, CC_E_ARG, "'%s' is not a state", o->state_path);
	memcpy(&o->base, text.at, sizeof(o->base));
	return 0;
}

static int committed(void *ctx, const struct cc_volume_commit *commit, bool *acknowledged,
		     struct cc_err *err)
{
	struct opened *o = ctx;

	o->own.number = commit->number;
	o->own.tag = commit->tag;
	CC_TRY(cc_file_write(o->state_path, 0600, cc_span(&o->own, sizeof(o->own)), err));
	*acknowledged = true;
	return 0;
}

static void report(void *ctx, const struct cc_err *err)
{
	(void)ctx;
	(void)fprintf(stderr, "mounted: %s\n", err->text);
}

/* A new epoch: its number, an id and a key that nobody used before. */
static int epoch_draw(struct opened *o, struct cc_secret **key, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *id = NULL;

	CC_TRY(cc_secret_random(sizeof(o->own.state), &id, err));
	CC_TRY(cc_secret_random(KEY_LEN, key, err));
	o->own.epoch = o->base.epoch + 1;
	memcpy(o->own.state.b, cc_secret_bytes(id), sizeof(o->own.state));
	memcpy(o->own.key, cc_secret_bytes(*key), KEY_LEN);
	return 0;
}

/* The named state, or what relaxed mode makes of it. */
static int base_find(const struct cc_volume_store *store, const struct cc_volume_open *how,
		     struct cc_volume_base *base, struct cc_err *err)
{
	const struct cc_volume_recover recover = { .id = how->id,
						   .named = base,
						   .window = CC_VOLUMED_WINDOW_COMMITS };
	struct cc_volume_base newest = { 0 };

	CC_TRY(cc_volume_recover(store, &recover, &newest, err));
	*base = newest;
	return 0;
}

static int volume_open(struct opened *o, const char *store_path,
		       const struct cc_volumed_options *options, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *base_key = NULL;
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	struct cc_volume_base base = { .state = o->base.state,
				       .epoch = o->base.epoch,
				       .number = o->base.number,
				       .tag = o->base.tag };
	struct cc_volume_epoch epoch = { 0 };
	struct cc_volume_store store;
	struct cc_volume_open how = { .id = { .b = { 'm' } }, .root_mode = 0755, .root_mtime = 1 };

	CC_TRY(cc_volume_dir_open(store_path, true, &o->dir, &store, err));
	CC_TRY(cc_secret_from(CC_SPAN(o->base.key), &base_key, err));
	base.key = base_key;
	how.base = o->base.epoch != 0 ? &base : NULL;
	if (how.base != NULL && !options->strict)
		CC_TRY(base_find(&store, &how, &base, err));
	if (!options->read_only) {
		CC_TRY(epoch_draw(o, &key, err));
		epoch = (struct cc_volume_epoch){ .state = o->own.state,
						  .epoch = o->own.epoch,
						  .key = key };
		how.epoch = &epoch;
	}
	return cc_volume_open(&store, &how, &o->volume, err);
}

static int serve(struct opened *o, const char *point, struct cc_volumed_options *options,
		 struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	unsigned long flags = MS_NODEV | MS_NOSUID | (options->read_only ? MS_RDONLY : 0);
	char data[128] = "";

	(void)snprintf(data, sizeof(data),
		       "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions",
		       fd);
	if (fd < 0 || mount("volume", point, "fuse.concordat", flags, data) != 0)
		return cc_fail_sys(err, errno, "mount a volume at '%s'", point);
	options->committed = committed;
	options->report = report;
	options->ctx = o;
	return cc_volumed_start(CC_TAKE_FD(fd), o->volume, options, &o->daemon, err);
}

static void wait_for_the_end(void)
{
	char byte = 0;

	(void)puts("ready");
	(void)fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0) {
	}
}

static int run(struct opened *o, char **argv, struct cc_volumed_options *options,
	       struct cc_err *err)
{
	struct cc_volume_commit last = { 0 };

	CC_TRY(state_read(o, err));
	CC_TRY(volume_open(o, argv[1], options, err));
	CC_TRY(serve(o, argv[2], options, err));
	wait_for_the_end();
	return cc_volumed_stop(o->daemon, argv[2], &last, err);
}

int main(int argc, char **argv)
{
	struct cc_volumed_options options = { 0 };
	struct opened o = { 0 };
	struct cc_err err = { 0 };
	int failed = 0;

	if (argc < 4) {
		(void)fputs("usage: mounted STORE MOUNT-POINT STATE [WORD ...]\n", stderr);
		return 2;
	}
	o.state_path = argv[3];
	for (int i = 4; i < argc; i++) {
		options.strict |= strcmp(argv[i], "strict") == 0;
		options.writeback |= strcmp(argv[i], "writeback") == 0;
		options.read_only |= strcmp(argv[i], "read-only") == 0;
	}
	failed = run(&o, argv, &options, &err);
	if (failed != 0)
		report(NULL, &err);
	cc_volume_free(o.volume);
	cc_volume_dir_free(o.dir);
	return failed == 0 ? 0 : 1;
}
