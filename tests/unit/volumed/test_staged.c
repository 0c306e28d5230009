/* SPDX-License-Identifier: Apache-2.0 */
/* Trees into memory and back, compared with what they were made of. Needs root, but no /dev/fuse.
 */
#include "tests/unit/volumed/mounted.h"

#include "base/dir.h"
#include "volumed/staged.h"

#define ROOM ((uint64_t)64 * 1024 * 1024)

static bool is_root(void)
{
	if (geteuid() == 0)
		return true;
	print_message("# skipped: owners and devices need root\n");
	return false;
}

static int staged(struct mounted *m, const char *name, uint64_t limit,
		  int (*what)(const struct cc_staged *, struct cc_err *), struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir tree = CC_DIR_NONE;
	struct cc_staged plan = { .volume = m->volume, .limit = limit };
	char path[80] = "";

	(void)snprintf(path, sizeof(path), "%s/%s", m->dir, name);
	assert_int_equal(cc_dir_open(path, CC_DIR_OWN, &tree, err), 0);
	plan.tree = &tree;
	return what(&plan, err);
}

static void must_stage(struct mounted *m, const char *name,
		       int (*what)(const struct cc_staged *, struct cc_err *))
{
	struct cc_err err = { 0 };

	if (staged(m, name, ROOM, what, &err) != 0)
		fail_msg("%s", err.text);
}

/* Commit, and open what was committed in the next epoch. */
static void commit_and_reopen(struct mounted *m, uint64_t epoch)
{
	struct cc_volume_commit made = { 0 };
	struct cc_err err = { 0 };

	if (cc_volume_commit(m->volume, &made, &err) != 0)
		fail_msg("%s", err.text);
	cc_volume_free(m->volume);
	name_state(m, epoch, &made);
	open_only(m, epoch + 1);
}

/* Of all entries of two directories: everything but inode numbers, ctime and block counts. */
static const char compare[] =
	"python3 -c \"import os, sys\n"
	"def one(root, p, names):\n"
	"  s = os.lstat(p)\n"
	"  first = names.setdefault(s.st_ino, os.path.relpath(p, root))\n"
	"  link = os.readlink(p) if os.path.islink(p) else ''\n"
	"  data = os.popen('head -c 2000000 \\'%s\\' | sha256sum' % p).read() "
	"if os.path.isfile(p) and not link else ''\n"
	"  xattrs = sorted((a, os.getxattr(p, a, follow_symlinks=False)) for a in os.listxattr(p, "
	"follow_symlinks=False))\n"
	"  return (s.st_mode, s.st_uid, s.st_gid, s.st_nlink, s.st_mtime_ns, s.st_rdev, "
	"0 if os.path.isdir(p) else s.st_size, first, link, data, xattrs)\n"
	"def all(root):\n"
	"  names = {}\n"
	"  return {os.path.relpath(os.path.join(d, x), root): one(root, os.path.join(d, x), names) "
	"for d, n, f in sorted(os.walk(root)) for x in sorted(['.', *n, *f])}\n"
	"a, b = map(all, sys.argv[1:])\n"
	"bad = [(p, a.get(p), b.get(p)) for p in a.keys() | b.keys() if a.get(p) != b.get(p)]\n"
	"sys.exit(str(bad) if bad or not a else 0)\" ";

static void must_be_the_same(const struct mounted *m, const char *names)
{
	char command[sizeof(compare) + 32] = "";

	(void)snprintf(command, sizeof(command), "%s%s", compare, names);
	must(command, m->dir);
}

static const char tree[] =
	"mkdir -p a/b/c empty && echo hello > a/b/c/f && ln a/b/c/f a/hard && ln a/hard 'a b' && "
	"ln -s b/c/f a/soft && mkfifo pipe && mknod null c 1 3 && mknod disk b 7 300 && "
	"head -c 1000000 /dev/urandom > random && cp random holed && "
	"truncate -s 1T sparse && printf middle | dd of=sparse bs=1 seek=500G conv=notrunc status=none && "
	": > nothing && chmod 4755 random && chmod 2770 a && chown 12:34 a a/soft && "
	"python3 -c \"import os; os.setxattr('random', 'user.k', b'value'); "
	"os.setxattr('a', 'trusted.t', b'other')\" && "
	"touch -h -d '2001-02-03 04:05:06.789' a/soft && touch -d '1950-01-01 00:00:00.5' random a && "
	"touch .staged-0";

/* Between one run and the next. */
static const char change[] =
	"rm 'a b' && echo other > 'a b' && echo appended >> a/hard && mv random moved && "
	"printf x | dd of=moved bs=1 seek=500000 conv=notrunc status=none && rm pipe && mkdir pipe && "
	"touch pipe/in && rmdir empty && ln -s nowhere empty && rm -r a/b && echo file > a/b && "
	"truncate -s 100 sparse && fallocate -p -o 4096 -l 300000 holed && ln moved again && "
	"python3 -c \"import os; os.removexattr('moved', 'user.k'); "
	"os.setxattr('moved', 'user.l', b'')\" && chmod 600 moved && rm null && "
	"chown 0:0 a && touch -d '2031-01-01' . && rm .staged-0";

static void below(const struct mounted *m, const char *name, const char *command)
{
	char path[80] = "";

	(void)snprintf(path, sizeof(path), "%s/%s", m->dir, name);
	must(command, path);
}

static void a_tree_comes_back_as_it_was_and_as_it_was_changed(void **state)
{
	struct mounted m = { 0 };

	(void)state;
	if (!is_root())
		skip();
	init(&m);
	must("mkdir one two", m.dir);
	below(&m, "plain", tree);
	open_only(&m, 1);
	must_stage(&m, "plain", cc_staged_save);
	commit_and_reopen(&m, 1);
	must_stage(&m, "one", cc_staged_fill);
	must_be_the_same(&m, "plain one");
	below(&m, "one", change);
	must_stage(&m, "one", cc_staged_save);
	commit_and_reopen(&m, 2);
	must_stage(&m, "two", cc_staged_fill);
	must_be_the_same(&m, "one two");
	cc_volume_free(m.volume);
	clear(&m);
}

static void only_what_differs_is_written(void **state)
{
	struct mounted m = { 0 };
	struct cc_volume_usage before = { 0 };
	struct cc_volume_usage after = { 0 };

	(void)state;
	if (!is_root())
		skip();
	init(&m);
	must("mkdir one && head -c 5000000 /dev/urandom > plain/big", m.dir);
	open_only(&m, 1);
	must_stage(&m, "plain", cc_staged_save);
	commit_and_reopen(&m, 1);
	must_stage(&m, "one", cc_staged_fill);
	below(&m, "one", "printf x | dd of=big bs=1 seek=999999 conv=notrunc status=none");
	cc_volume_usage(m.volume, &before);
	must_stage(&m, "one", cc_staged_save);
	commit_and_reopen(&m, 2);
	cc_volume_usage(m.volume, &after);
	assert_true(after.stored - before.stored < 1000000);
	cc_volume_free(m.volume);
	clear(&m);
}

static void refuses(struct mounted *m, uint64_t limit,
		    int (*what)(const struct cc_staged *, struct cc_err *))
{
	struct cc_err err = { 0 };

	assert_int_equal(staged(m, "one", limit, what, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

static void a_tree_that_does_not_fit_is_refused(void **state)
{
	struct mounted m = { 0 };

	(void)state;
	if (!is_root())
		skip();
	init(&m);
	must("mkdir one && head -c 1000000 /dev/urandom > plain/big", m.dir);
	open_only(&m, 1);
	must_stage(&m, "plain", cc_staged_save);
	refuses(&m, 1000000, cc_staged_fill);
	must("rm -r one && mkdir one", m.dir);
	must_stage(&m, "one", cc_staged_fill);
	cc_volume_free(m.volume);
	clear(&m);
}

static void a_tree_that_is_too_deep_is_refused(void **state)
{
	struct mounted m = { 0 };

	(void)state;
	if (!is_root())
		skip();
	init(&m);
	must("mkdir one && python3 -c \"import os; os.chdir('one')\nfor i in range(300): "
	     "os.mkdir('d'); os.chdir('d')\"",
	     m.dir);
	open_only(&m, 1);
	refuses(&m, ROOM, cc_staged_save);
	cc_volume_free(m.volume);
	clear(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_comes_back_as_it_was_and_as_it_was_changed),
		cmocka_unit_test(only_what_differs_is_written),
		cmocka_unit_test(a_tree_that_does_not_fit_is_refused),
		cmocka_unit_test(a_tree_that_is_too_deep_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
