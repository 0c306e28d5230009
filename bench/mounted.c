/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume mounted without a CAS, for measuring: mounts it, prints "mounted", and unmounts it when
 * it is told to end. What the CAS would keep (identity, last state, its key) lies in the file
 * STATE, in the clear; every mount is a new epoch. With --strict each commit waits for a process of
 * its own that stands in for the CAS: it writes what it was told into the file that is named,
 * flushes it and answers. TLS and the network are not in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/dir.h"
#include "base/opt.h"
#include "base/time.h"
#include "crypto/init.h"
#include "volumed/volumed.h"

#define FILES_PER_DIRECTORY 1000u

struct values {
	const char *strict;
	bool writethrough;
	uint64_t fill;
	const char *storage, *point, *state;
};

/* What the CAS would keep. */
struct kept {
	struct cc_volume_id id;
	struct cc_volume_state_id state;
	struct cc_volume_commit commit;
	uint64_t epoch;
	uint8_t key[32];
};

static void stand_in(int socket, const char *path)
{
	struct cc_volume_commit told = { 0 };
	struct cc_err err = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (fd >= 0 && read(socket, &told, sizeof(told)) == (ssize_t)sizeof(told)) {
		if (cc_write_all(fd, cc_span(&told, sizeof(told)), &err) != 0 ||
		    fdatasync(fd) != 0 ||
		    cc_write_all(socket, cc_span(&told.number, sizeof(told.number)), &err) != 0)
			break;
	}
	_exit(0);
}

/* *out is the socket to it, or -1 when nobody is to be asked. */
static int stand_in_start(const char *path, int *out, struct cc_err *err)
{
	int pair[2] = { -1, -1 };
	pid_t pid = 0;

	if (path == NULL)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return cc_fail_sys(err, errno, "make a socket to the stand-in of the CAS");
	pid = fork();
	if (pid < 0)
		return cc_fail_sys(err, errno, "start the stand-in of the CAS");
	if (pid == 0) {
		(void)close(pair[0]);
		stand_in(pair[1], path);
	}
	(void)close(pair[1]);
	*out = pair[0];
	return 0;
}

static int tell(void *ctx, const struct cc_volume_commit *commit, bool *acknowledged,
		struct cc_err *err)
{
	const int *socket = ctx;
	uint64_t number = 0;

	*acknowledged = true;
	if (*socket < 0)
		return 0;
	CC_TRY(cc_write_all(*socket, cc_span(commit, sizeof(*commit)), err));
	return cc_read_all(*socket, (struct cc_mut){ (uint8_t *)&number, sizeof(number) }, err);
}

static void report(void *ctx, const struct cc_err *err)
{
	(void)ctx;
	cc_opt_print_error("bench-mounted", err);
}

/* Zeroes, but for the identity, when there is no such file yet. */
static int kept_read(const char *path, struct kept *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	*out = (struct kept){ 0 };
	if (access(path, F_OK) != 0)
		return cc_random(CC_MUT(out->id.b), err);
	CC_TRY(cc_file_read(path, sizeof(*out), &text, err));
	if (text.len != sizeof(*out))
		return cc_fail(err, CC_E_ARG, "'%s' was not written by this program", path);
	memcpy(out, text.at, sizeof(*out));
	return 0;
}

/* Turns *kept into what names the new epoch. */
static int open_volume(const struct cc_volume_store *store, struct kept *kept,
		       struct cc_volume **out, struct cc_err *err)
{
	const bool is_new = kept->commit.number == 0;
	CC_AUTO_SECRET struct cc_secret *old = NULL;
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	struct cc_volume_base base = { .state = kept->state,
				       .epoch = kept->epoch,
				       .number = kept->commit.number,
				       .tag = kept->commit.tag };
	struct cc_volume_epoch epoch = { .epoch = kept->epoch + 1 };
	const struct cc_volume_open how = { .id = kept->id,
					    .base = is_new ? NULL : &base,
					    .epoch = &epoch,
					    .root_mode = 0755,
					    .root_mtime = cc_time_now() };

	CC_TRY(cc_secret_from(cc_span(kept->key, sizeof(kept->key)), &old, err));
	CC_TRY(cc_random(CC_MUT(kept->key), err));
	CC_TRY(cc_secret_from(cc_span(kept->key, sizeof(kept->key)), &key, err));
	CC_TRY(cc_random(CC_MUT(epoch.state.b), err));
	base.key = old;
	epoch.key = key;
	kept->state = epoch.state;
	kept->epoch = epoch.epoch;
	return cc_volume_open(store, &how, out, err);
}

/* `count` empty files, a thousand in each directory below `all`: the root has one entry however
 * many there are. Commits when the volume asks for it. */
static int fill(struct cc_volume *volume, uint64_t count, struct cc_volume_commit *last,
		struct cc_err *err)
{
	const struct cc_volume_attr of_dir = { .mode = S_IFDIR | 0755 };
	const struct cc_volume_attr of_file = { .mode = S_IFREG | 0644 };
	struct cc_volume_attr all = { 0 };
	struct cc_volume_attr dir = { 0 };
	struct cc_volume_attr file = { 0 };
	char name[32] = "";

	CC_TRY(cc_volume_create(volume, CC_VOLUME_ROOT_INO, cc_span_str("all"), &of_dir, &all,
				err));
	for (uint64_t i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "n%08llu", (unsigned long long)i);
		if (i % FILES_PER_DIRECTORY == 0)
			CC_TRY(cc_volume_create(volume, all.ino, cc_span_str(name), &of_dir, &dir,
						err));
		CC_TRY(cc_volume_create(volume, dir.ino, cc_span_str(name), &of_file, &file, err));
		if (cc_volume_wants_commit(volume)) {
			CC_TRY(cc_volume_commit(volume, last, err));
			cc_volume_acknowledged(volume, last->number);
		}
	}
	return cc_volume_commit(volume, last, err);
}

static int mount_at(const char *point, int *device, struct cc_err *err)
{
	char data[128] = "";

	*device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (*device < 0)
		return cc_fail_sys(err, errno, "open /dev/fuse");
	(void)snprintf(data, sizeof(data),
		       "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions",
		       *device);
	if (mount("volume", point, "fuse.concordat", MS_NODEV | MS_NOSUID, data) != 0)
		return cc_fail_sys(err, errno, "mount on '%s'", point);
	return 0;
}

static int serve(const struct values *values, struct cc_volume *volume, const sigset_t *ends,
		 struct cc_volume_commit *last, struct cc_err *err)
{
	CC_AUTO_CLOSE int socket = -1;
	CC_AUTO_CLOSE int device = -1;
	const struct cc_volumed_options options = { .writeback = !values->writethrough,
						    .committed = tell,
						    .report = report,
						    .ctx = &socket };
	struct cc_volumed *daemon = NULL;
	int number = 0;

	CC_TRY(stand_in_start(values->strict, &socket, err));
	CC_TRY(mount_at(values->point, &device, err));
	CC_TRY(cc_volumed_start(CC_TAKE_FD(device), volume, &options, &daemon, err));
	(void)puts("mounted");
	(void)fflush(stdout);
	(void)sigwait(ends, &number);
	CC_TRY(cc_volumed_stop(daemon, values->point, last, err));
	/* Waited for, so that its processor time is in ours. */
	cc_auto_close(&socket);
	socket = -1;
	(void)wait(NULL);
	return 0;
}

static void dir_auto(struct cc_volume_dir *const *dir)
{
	cc_volume_dir_free(*dir);
}

static int run(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_CLEANUP(dir_auto) struct cc_volume_dir *dir = NULL;
	CC_AUTO_VOLUME struct cc_volume *volume = NULL;
	struct cc_volume_store store = { 0 };
	struct kept kept = { 0 };
	sigset_t ends;

	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &ends, NULL);
	CC_TRY(cc_crypto_init(err));
	CC_TRY(kept_read(values->state, &kept, err));
	CC_TRY(cc_volume_dir_open(values->storage, true, &dir, &store, err));
	CC_TRY(open_volume(&store, &kept, &volume, err));
	if (values->fill != 0)
		CC_TRY(fill(volume, values->fill, &kept.commit, err));
	else
		CC_TRY(serve(values, volume, &ends, &kept.commit, err));
	/* Nothing was written: the former state is still the last. */
	if (kept.commit.number == 0)
		return 0;
	return cc_file_write(values->state, 0600, cc_span(&kept, sizeof(kept)), err);
}

static const struct cc_opt opts[] = {
	{ "strict", 0, CC_OPT_STRING, offsetof(struct values, strict), "FILE",
	  "each commit waits until the stand-in of the CAS has it in FILE", false, NULL },
	{ "writethrough", 0, CC_OPT_FLAG, offsetof(struct values, writethrough), NULL,
	  "the kernel gathers no small writes", false, NULL },
	{ "fill", 0, CC_OPT_NUMBER, offsetof(struct values, fill), "N",
	  "make N empty files and end, without a mount", false, NULL },
};
static const struct cc_opt_arg args[] = {
	{ "STORAGE", offsetof(struct values, storage), "where the volume is", false, false },
	{ "POINT", offsetof(struct values, point), "where it is mounted", false, false },
	{ "STATE", offsetof(struct values, state), "what a CAS would keep of it", false, false },
};

int main(int argc, char **argv)
{
	static const struct cc_command command = {
		.name = "bench-mounted",
		.summary = "Mount a volume without a CAS until SIGTERM.",
		.opts = opts,
		.opt_count = CC_COUNT(opts),
		.args = args,
		.arg_count = CC_COUNT(args),
		.size = sizeof(struct values),
		.run = run,
	};

	return cc_opt_main(&command, argc, argv);
}
