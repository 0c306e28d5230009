/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/volumed/mounted.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

bool can_mount(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	if (fd < 0 || geteuid() != 0) {
		print_message("# skipped: mounting needs root and /dev/fuse\n");
		return false;
	}
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		fail_msg("a mount namespace: %s", strerrorname_np(errno));
	return true;
}

pid_t begin(const char *command, const char *where)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (chdir(where) == 0)
			(void)execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	return pid;
}

int end(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* The exit status of a shell command. */
int run(const char *command, const char *where)
{
	return end(begin(command, where));
}

bool is_running(pid_t pid)
{
	int status = 0;

	return waitpid(pid, &status, WNOHANG) == 0;
}

void must(const char *command, const char *where)
{
	int status = run(command, where);

	if (status != 0)
		fail_msg("'%s' in %s ended with %d", command, where, status);
}

static int committed(void *ctx, const struct cc_volume_commit *commit, bool *acknowledged,
		     struct cc_err *err)
{
	struct mounted *m = ctx;

	m->asked++;
	while (m->silent)
		(void)usleep(1000);
	if (m->refuse)
		return cc_fail(err, CC_E_UNAVAILABLE, "the test does not accept this commit");
	m->named = *commit;
	m->commits++;
	*acknowledged = true;
	return 0;
}

/* Shown beside the test that it made fail. */
static void report(void *ctx, const struct cc_err *err)
{
	(void)ctx;
	print_message("# %s\n", err->text);
}

static void failed(void *ctx, const struct cc_err *err)
{
	struct mounted *m = ctx;

	(void)err;
	m->failed = true;
}

#define TRIES 30000

static void pause_or_fail(int tries)
{
	if (tries == TRIES)
		fail_msg("what the test waits for never came");
	(void)usleep(1000);
}

void await(const _Atomic unsigned int *number, unsigned int value)
{
	for (int tries = 0; *number != value; tries++)
		pause_or_fail(tries);
}

void await_failure(const struct mounted *m)
{
	for (int tries = 0; !m->failed; tries++)
		pause_or_fail(tries);
}

static void await_size(const size_t *number, size_t value)
{
	for (int tries = 0; __atomic_load_n(number, __ATOMIC_SEQ_CST) != value; tries++)
		pause_or_fail(tries);
}

void await_fsyncs(const struct mounted *m, size_t count)
{
	await_size(&m->daemon->fsync_count, count);
}

void await_held(const struct mounted *m, size_t count)
{
	await_size(&m->daemon->held_count, count);
}

void init(struct mounted *m)
{
	struct cc_err err = { 0 };
	char store[80] = "";

	*m = (struct mounted){ .dir = "/tmp/volumed-XXXXXX", .id = { .b = { 9 } } };
	assert_non_null(mkdtemp(m->dir));
	(void)snprintf(store, sizeof(store), "%s/store", m->dir);
	(void)snprintf(m->mnt, sizeof(m->mnt), "%s/mnt", m->dir);
	must("mkdir mnt plain", m->dir);
	assert_int_equal(cc_volume_dir_open(store, true, &m->store_dir, &m->store, &err), 0);
}

void clear(struct mounted *m)
{
	char command[128] = "";

	for (size_t i = 0; i < CC_COUNT(m->key); i++)
		cc_secret_free(m->key[i]);
	cc_volume_dir_free(m->store_dir);
	(void)snprintf(command, sizeof(command), "rm -rf %s", m->dir);
	must(command, "/");
}

static void mount_on(struct mounted *m, unsigned long flags)
{
	char data[128] = "";
	struct cc_err err = { 0 };
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	(void)snprintf(data, sizeof(data),
		       "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions",
		       fd);
	if (mount("volume", m->mnt, "fuse.concordat", flags | MS_NODEV | MS_NOSUID, data) != 0)
		fail_msg("mount: %s", strerrorname_np(errno));
	m->options.committed = committed;
	m->options.failed = failed;
	m->options.report = report;
	m->options.ctx = m;
	if (cc_volumed_start(fd, m->volume, &m->options, &m->daemon, &err) != 0)
		fail_msg("%s", err.text);
}

void open_only(struct mounted *m, uint64_t number)
{
	struct cc_err err = { 0 };
	const struct cc_volume_epoch epoch = { .state = { .b = { (uint8_t)number } },
					       .epoch = number,
					       .key = m->key[number] };
	struct cc_volume_open how = { .id = m->id, .root_mode = 0755, .root_mtime = 1 };

	assert_int_equal(cc_secret_random(32, &m->key[number], &err), 0);
	how.epoch = &(struct cc_volume_epoch){ .state = epoch.state,
					       .epoch = number,
					       .key = m->key[number] };
	how.base = m->base.number == 0 ? NULL : &m->base;
	if (cc_volume_open(&m->store, &how, &m->volume, &err) != 0)
		fail_msg("%s", err.text);
}

void start(struct mounted *m, uint64_t number)
{
	open_only(m, number);
	m->commits = 0;
	mount_on(m, 0);
}

void name_state(struct mounted *m, uint64_t epoch, const struct cc_volume_commit *commit)
{
	m->base = (struct cc_volume_base){ .state = { .b = { (uint8_t)epoch } },
					   .epoch = epoch,
					   .number = commit->number,
					   .tag = commit->tag,
					   .key = m->key[epoch] };
}

void stop(struct mounted *m, uint64_t epoch)
{
	struct cc_volume_commit last = { 0 };
	struct cc_err err = { 0 };

	if (cc_volumed_stop(m->daemon, m->mnt, &last, &err) != 0)
		fail_msg("%s", err.text);
	cc_volume_free(m->volume);
	if (epoch != 0)
		name_state(m, epoch, &last);
}

void start_reading(struct mounted *m)
{
	const struct cc_volume_open how = { .id = m->id, .base = &m->base };
	struct cc_err err = { 0 };

	if (cc_volume_open(&m->store, &how, &m->volume, &err) != 0)
		fail_msg("%s", err.text);
	m->options.read_only = true;
	mount_on(m, MS_RDONLY);
	m->options.read_only = false;
}
