/* SPDX-License-Identifier: Apache-2.0 */
/* A mounted volume under programs that know nothing of it. Needs root and /dev/fuse. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/dir.h"
#include "volumed/volumed.h"

struct mounted {
	char dir[64]; /* holds store/, mnt/ and plain/ */
	char mnt[80];
	struct cc_volume_dir *store_dir;
	struct cc_volume_store store;
	struct cc_volume_id id;
	struct cc_secret *key[8];
	struct cc_volume_base base;
	struct cc_volume *volume;
	struct cc_volumed *daemon;
	struct cc_volumed_options options;
	/* What the callbacks saw. */
	struct cc_volume_commit named;
	unsigned int commits;
	bool refuse;
};

static bool can_mount(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	if (fd < 0 || geteuid() != 0) {
		print_message("# skipped: mounting needs root and /dev/fuse\n");
		return false;
	}
	return true;
}

/* The exit status of a shell command. */
static int run(const char *command, const char *where)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (chdir(where) == 0)
			(void)execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void must(const char *command, const char *where)
{
	int status = run(command, where);

	if (status != 0)
		fail_msg("'%s' in %s ended with %d", command, where, status);
}

static int committed(void *ctx, const struct cc_volume_commit *commit, bool *acknowledged,
		     struct cc_err *err)
{
	struct mounted *m = ctx;

	if (m->refuse)
		return cc_fail(err, CC_E_UNAVAILABLE, "the test does not accept this commit");
	m->named = *commit;
	m->commits++;
	*acknowledged = true;
	return 0;
}

static void init(struct mounted *m)
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

static void clear(struct mounted *m)
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
	m->options.ctx = m;
	if (cc_volumed_start(fd, m->volume, &m->options, &m->daemon, &err) != 0)
		fail_msg("%s", err.text);
}

static void start(struct mounted *m, uint64_t number)
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
	m->commits = 0;
	mount_on(m, 0);
}

static void name_state(struct mounted *m, uint64_t epoch, const struct cc_volume_commit *commit)
{
	m->base = (struct cc_volume_base){ .state = { .b = { (uint8_t)epoch } },
					   .epoch = epoch,
					   .number = commit->number,
					   .tag = commit->tag,
					   .key = m->key[epoch] };
}

static void stop(struct mounted *m, uint64_t epoch)
{
	struct cc_volume_commit last = { 0 };
	struct cc_err err = { 0 };

	if (cc_volumed_stop(m->daemon, m->mnt, &last, &err) != 0)
		fail_msg("%s", err.text);
	cc_volume_free(m->volume);
	if (epoch != 0)
		name_state(m, epoch, &last);
}

static void start_reading(struct mounted *m)
{
	const struct cc_volume_open how = { .id = m->id, .base = &m->base };
	struct cc_err err = { 0 };

	if (cc_volume_open(&m->store, &how, &m->volume, &err) != 0)
		fail_msg("%s", err.text);
	m->options.read_only = true;
	mount_on(m, MS_RDONLY);
	m->options.read_only = false;
}

/* What is done to a volume and to a plain directory must come to the same. */
static const char *const deeds[] = {
	"mkdir -p a/b/c && echo hello > a/b/c/f && ln a/b/c/f a/hard && ln -s b/c/f a/soft",
	"tar -C /usr/share -cf - doc/base-files doc/bash doc/coreutils zoneinfo/Europe | tar -xf -",
	"dd if=/dev/zero of=sparse bs=1 count=1 seek=100M status=none",
	"python3 -c \"import random; random.seed(1); "
	"open('random', 'wb').write(random.randbytes(3000000))\" && cp random whole",
	"chmod 600 random && mv random renamed && truncate -s 2500001 renamed",
	"dd if=whole of=renamed bs=777 seek=99 count=1000 conv=notrunc status=none",
	"cat whole >> renamed && fallocate -p -o 100000 -l 500000 renamed",
	"mkfifo pipe && touch -d '2001-02-03 04:05:06.789' a/hard",
	"git init -q g && cd g && git config user.email t@example.org && git config user.name t && "
	"cp -r ../a . && git add . && "
	"GIT_AUTHOR_DATE='2001-01-01T00:00:00Z' GIT_COMMITTER_DATE='2001-01-01T00:00:00Z' "
	"git commit -q -m one && git gc -q && git fsck --strict 2>/dev/null && "
	"git rev-parse HEAD > ../head && rm -rf .git",
	"sqlite3 db 'create table t(a,b); with recursive c(x) as (select 1 union all select x+1 "
	"from c where x<5000) insert into t select x, hex(x*x) from c; create index i on t(b);' && "
	"sqlite3 db 'pragma journal_mode=wal; delete from t where a%3=0; pragma wal_checkpoint;' "
	"> /dev/null && sqlite3 db 'pragma integrity_check; select sum(a) from t' > sum && "
	"sqlite3 db .dump > dump && rm -f db db-wal db-shm",
	"python3 -c \"\n"
	"import os, mmap\n"
	"with open('mapped', 'wb') as f: f.truncate(200000)\n"
	"with open('mapped', 'r+b') as f:\n"
	"  m = mmap.mmap(f.fileno(), 0); m[1000:1005] = b'bytes'; m[150000:150004] = b'more'\n"
	"  m.flush(); m.close()\n"
	"f = open('gone', 'w+'); f.write('still here'); f.flush(); os.unlink('gone'); f.seek(0)\n"
	"assert f.read() == 'still here'\n"
	"os.setxattr('mapped', 'user.k', b'v'); assert os.listxattr('mapped') == ['user.k']\n"
	"for i in range(3000): open('n%d' % i, 'w').write('x' * (i % 50))\n"
	"names = set(os.listdir('.'))\n"
	"assert all('n%d' % i in names for i in range(3000))\n"
	"for i in range(0, 3000, 2): os.rename('n%d' % i, 'n%d' % (i + 1))\n"
	"os.makedirs('deep/' + '/'.join('d' for _ in range(200)))\n"
	"f = os.open('a/hard', os.O_RDWR | os.O_APPEND); os.write(f, b'appended'); os.close(f)\n"
	"os.utime('a/hard', ns=(1000000000123456789, 1100000000987654321))\n"
	"\"",
};

static void work_is_the_same(bool writeback)
{
	struct mounted m = { 0 };
	char plain[80] = "";
	char compare[256] = "";

	init(&m);
	m.options.writeback = writeback;
	(void)snprintf(plain, sizeof(plain), "%s/plain", m.dir);
	start(&m, 1);
	for (size_t i = 0; i < CC_COUNT(deeds); i++) {
		must(deeds[i], plain);
		must(deeds[i], m.mnt);
		/* Half of it is done by a second opening. */
		if (i == CC_COUNT(deeds) / 2) {
			stop(&m, 1);
			start(&m, 2);
		}
	}
	/* Content, then everything that stat says but for inode numbers and sizes of directories.
	 */
	(void)snprintf(compare, sizeof(compare), "diff -r --no-dereference plain mnt -x pipe");
	must(compare, m.dir);
	stop(&m, 2);
	start_reading(&m);
	must(compare, m.dir);
	(void)snprintf(
		compare, sizeof(compare),
		"for d in plain mnt; do (cd $d && find . -mindepth 1 "
		"\\( -type d -printf '%%p %%y %%m %%U %%G %%n\\n' -o "
		"-printf '%%p %%y %%m %%U %%G %%n %%s %%l\\n' \\) | sort > ../$d.list); done; "
		"diff plain.list mnt.list");
	must(compare, m.dir);
	must("test \"$(stat -c %.9Y plain/a/hard)\" = \"$(stat -c %.9Y mnt/a/hard)\"", m.dir);
	must("python3 -c \"import os; assert os.getxattr('mapped', 'user.k') == b'v'\"", m.mnt);
	must("! touch new 2>/dev/null && ! rm mapped 2>/dev/null && test ! -e none", m.mnt);
	stop(&m, 0);
	clear(&m);
}

static void programs_do_the_same_as_on_a_plain_directory(void **state)
{
	(void)state;
	if (!can_mount())
		skip();
	work_is_the_same(false);
}

static void also_when_the_kernel_gathers_writes(void **state)
{
	(void)state;
	if (!can_mount())
		skip();
	work_is_the_same(true);
}

static void an_fsync_is_a_commit_that_survives_the_death_of_everything_after(void **state)
{
	struct mounted m = { 0 };
	struct cc_volume_commit named = { 0 };
	struct cc_volume_commit last = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	if (!can_mount())
		skip();
	init(&m);
	m.options.commit_seconds = 3600;
	start(&m, 1);
	must("python3 -c \"import os; f = open('f', 'w'); f.write('safe'); f.flush(); "
	     "os.fsync(f.fileno()); open('later', 'w').write('lost')\"",
	     m.mnt);
	assert_int_equal(m.commits, 1);
	named = m.named;
	/* Nobody hears of what comes after: the state that was named is opened. */
	m.refuse = true;
	assert_int_equal(cc_volumed_stop(m.daemon, m.mnt, &last, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_int_equal(last.number, named.number);
	cc_volume_free(m.volume);
	name_state(&m, 1, &named);
	start_reading(&m);
	must("test \"$(cat f)\" = safe && test ! -e later", m.mnt);
	stop(&m, 0);
	clear(&m);
}

static void after_a_failed_commit_everything_is_an_input_output_error(void **state)
{
	struct mounted m = { 0 };
	struct cc_volume_commit last = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	if (!can_mount())
		skip();
	init(&m);
	m.options.commit_seconds = 3600;
	start(&m, 1);
	must("echo x > f", m.mnt);
	m.refuse = true;
	must("! sync f 2>/dev/null", m.mnt);
	m.refuse = false;
	must("! sync f 2>/dev/null; ! echo y > g 2>/dev/null; ! ls . 2>/dev/null", m.mnt);
	assert_int_equal(cc_volumed_stop(m.daemon, m.mnt, &last, &err), -1);
	/* Writing back had failed as well, and the mount is the test's to remove. */
	(void)umount2(m.mnt, MNT_DETACH);
	cc_volume_free(m.volume);
	clear(&m);
}

static void a_commit_comes_by_itself_after_the_given_time(void **state)
{
	struct mounted m = { 0 };

	(void)state;
	if (!can_mount())
		skip();
	init(&m);
	m.options.commit_seconds = 1;
	start(&m, 1);
	must("echo x > f", m.mnt);
	for (int i = 0; i < 200 && __atomic_load_n(&m.commits, __ATOMIC_SEQ_CST) == 0; i++)
		(void)usleep(50000);
	assert_true(m.commits > 0);
	stop(&m, 1);
	clear(&m);
}

static void one_owner_is_shown_for_everything(void **state)
{
	struct mounted m = { 0 };

	(void)state;
	if (!can_mount())
		skip();
	init(&m);
	m.options.one_owner = true;
	m.options.uid = 1234;
	m.options.gid = 2345;
	start(&m, 1);
	must("echo x > f && test \"$(stat -c %u:%g f)\" = 1234:2345", m.mnt);
	must("chown 1234:2345 f && ! chown 1:1 f 2>/dev/null", m.mnt);
	stop(&m, 1);
	clear(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_do_the_same_as_on_a_plain_directory),
		cmocka_unit_test(also_when_the_kernel_gathers_writes),
		cmocka_unit_test(an_fsync_is_a_commit_that_survives_the_death_of_everything_after),
		cmocka_unit_test(after_a_failed_commit_everything_is_an_input_output_error),
		cmocka_unit_test(a_commit_comes_by_itself_after_the_given_time),
		cmocka_unit_test(one_owner_is_shown_for_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
