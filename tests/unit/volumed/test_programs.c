/* SPDX-License-Identifier: Apache-2.0 */
/* A mounted volume under programs that know nothing of it. Needs root and /dev/fuse. */
#include "tests/unit/volumed/mounted.h"

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

/* Who fills a tree through the engine may put there what a mount does not offer. */
static void labels_of_a_tree_that_was_filled_elsewhere_are_not_shown(void **state)
{
	const struct cc_volume_attr like = { .mode = S_IFREG | 0644 };
	static const char *const names[] = { "user.a", "security.selinux", "user.b" };
	struct cc_volume_commit commit = { 0 };
	struct cc_volume_attr file = { 0 };
	struct mounted m = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	if (!can_mount())
		skip();
	init(&m);
	open_only(&m, 1);
	assert_int_equal(cc_volume_create(m.volume, CC_VOLUME_ROOT_INO, cc_span_str("f"), &like,
					  &file, &err),
			 0);
	for (size_t i = 0; i < CC_COUNT(names); i++)
		assert_int_equal(cc_volume_setxattr(m.volume, file.ino, cc_span_str(names[i]),
						    cc_span_str("value"), 0, &err),
				 0);
	assert_int_equal(cc_volume_commit(m.volume, &commit, &err), 0);
	cc_volume_free(m.volume);
	name_state(&m, 1, &commit);
	start_reading(&m);
	must("python3 -c \"import os; assert sorted(os.listxattr('f')) == ['user.a', 'user.b']\"",
	     m.mnt);
	stop(&m, 0);
	clear(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_do_the_same_as_on_a_plain_directory),
		cmocka_unit_test(also_when_the_kernel_gathers_writes),
		cmocka_unit_test(one_owner_is_shown_for_everything),
		cmocka_unit_test(labels_of_a_tree_that_was_filled_elsewhere_are_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
