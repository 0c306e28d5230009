/* SPDX-License-Identifier: Apache-2.0 */
/* When fsync returns, what waits for the CAS, and what happens without it. Needs root and
 * /dev/fuse. */
#include "tests/unit/volumed/mounted.h"

#include <sys/mount.h>

/* A volume that commits when it is asked to. Skips where nothing can be mounted. */
static void prepare(struct mounted *m, bool strict)
{
	if (!can_mount())
		skip();
	init(m);
	m->options.commit_seconds = 3600;
	m->options.strict = strict;
}

/* The same with a CAS that does not answer. */
static void prepare_alone(struct mounted *m, bool strict)
{
	prepare(m, strict);
	m->silent = true;
}

/* Of one that has failed: the number of the commit that was told last. */
static uint64_t stop_failed(struct mounted *m)
{
	struct cc_volume_commit last = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_volumed_stop(m->daemon, m->mnt, &last, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	/* Writing back had failed as well, and the mount is the test's to remove. */
	(void)umount2(m->mnt, MNT_DETACH);
	cc_volume_free(m->volume);
	clear(m);
	return last.number;
}

static void an_fsync_is_a_commit_that_survives_the_death_of_everything_after(void **state)
{
	struct mounted m = { 0 };
	struct cc_volume_commit named = { 0 };
	struct cc_volume_commit last = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	prepare(&m, true);
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

	(void)state;
	prepare(&m, true);
	start(&m, 1);
	must("echo x > f", m.mnt);
	m.refuse = true;
	must("! sync f 2>/dev/null", m.mnt);
	m.refuse = false;
	assert_true(m.failed);
	must("! sync f 2>/dev/null; ! echo y > g 2>/dev/null; ! ls . 2>/dev/null", m.mnt);
	(void)stop_failed(&m);
}

/* What comes in later while the first message is under way. */
#define SYNC \
	"python3 -c \"import os, sys; f = open(sys.argv[1], 'w'); f.write('x'); f.flush(); os.fsync(f.fileno())\" "

static void a_strict_fsync_returns_when_the_cas_has_answered_and_others_are_served_meanwhile(
	void **state)
{
	struct mounted m = { 0 };
	pid_t pid = 0;

	(void)state;
	prepare_alone(&m, true);
	start(&m, 1);
	pid = begin(SYNC "f", m.mnt);
	await(&m.asked, 1);
	/* Not f: the kernel keeps its lock as long as the fsync lasts. */
	must("echo more > g && cat g > h && ls > /dev/null && rm h", m.mnt);
	assert_true(is_running(pid));
	m.silent = false;
	assert_int_equal(end(pid), 0);
	stop(&m, 1);
	assert_false(m.failed);
	clear(&m);
}

static void a_relaxed_fsync_returns_before_the_cas_has_answered(void **state)
{
	struct mounted m = { 0 };

	(void)state;
	prepare_alone(&m, false);
	start(&m, 1);
	must(SYNC "f && " SYNC "g", m.mnt);
	await(&m.asked, 1);
	assert_int_equal(m.commits, 0);
	m.silent = false;
	stop(&m, 1);
	/* Whatever lay between, the last one was told. */
	assert_true(m.asked >= 2);
	start_reading(&m);
	must("test -e f && test -e g", m.mnt);
	stop(&m, 0);
	clear(&m);
}

static void many_fsyncs_share_one_message(void **state)
{
	struct mounted m = { 0 };
	pid_t pids[9] = { 0 };
	char command[256] = "";

	(void)state;
	prepare_alone(&m, true);
	start(&m, 1);
	for (size_t i = 0; i < CC_COUNT(pids); i++) {
		(void)snprintf(command, sizeof(command), SYNC "f%zu", i);
		pids[i] = begin(command, m.mnt);
		await(&m.asked, 1);
	}
	await_fsyncs(&m, CC_COUNT(pids));
	m.silent = false;
	for (size_t i = 0; i < CC_COUNT(pids); i++)
		assert_int_equal(end(pids[i]), 0);
	assert_int_equal(m.asked, 2);
	assert_int_equal(m.commits, 2);
	stop(&m, 1);
	clear(&m);
}

static void past_the_window_changes_wait_and_readers_do_not(void **state)
{
	struct mounted m = { 0 };
	pid_t writer = 0;

	(void)state;
	prepare_alone(&m, false);
	m.options.window.bytes = 1000000;
	start(&m, 1);
	must(SYNC "f", m.mnt);
	await(&m.asked, 1);
	must("mkdir d && head -c 1000000 /dev/zero > g", m.mnt);
	/* Below d: the kernel keeps the lock of a directory that is being changed. */
	writer = begin("echo y > d/h && : > f", m.mnt);
	await_held(&m, 1);
	must("test \"$(cat f)\" = x && test \"$(stat -c %s g)\" = 1000000 && test ! -e none",
	     m.mnt);
	assert_true(is_running(writer));
	m.silent = false;
	assert_int_equal(end(writer), 0);
	must("test \"$(cat d/h)\" = y && test ! -s f", m.mnt);
	stop(&m, 1);
	clear(&m);
}

static void no_more_commits_than_the_window_are_unacknowledged(void **state)
{
	struct mounted m = { 0 };
	pid_t last = 0;
	pid_t writer = 0;

	(void)state;
	prepare_alone(&m, false);
	m.options.window.commits = 2;
	start(&m, 1);
	must(SYNC "f && " SYNC "g", m.mnt);
	last = begin(SYNC "h", m.mnt);
	await_fsyncs(&m, 1);
	writer = begin("echo y > i", m.mnt);
	await_held(&m, 1);
	assert_true(is_running(last));
	m.silent = false;
	assert_int_equal(end(last), 0);
	assert_int_equal(end(writer), 0);
	stop(&m, 1);
	clear(&m);
}

static void a_cas_that_is_silent_for_too_long_fails_the_volume(void **state)
{
	struct mounted m = { 0 };

	(void)state;
	prepare_alone(&m, false);
	m.options.timeout_seconds = 1;
	start(&m, 1);
	must(SYNC "f", m.mnt);
	await_failure(&m);
	/* An answer that comes too late changes nothing. */
	m.silent = false;
	await(&m.commits, 1);
	assert_int_not_equal(run("ls .", m.mnt), 0);
	assert_int_not_equal(run("cat f", m.mnt), 0);
	assert_int_not_equal(run("echo y > g", m.mnt), 0);
	assert_int_equal(m.asked, 1);
	assert_int_equal(stop_failed(&m), 0);
}

static void a_commit_comes_by_itself_after_the_given_time(void **state)
{
	struct mounted m = { 0 };

	(void)state;
	prepare(&m, false);
	m.options.commit_seconds = 1;
	start(&m, 1);
	must("echo x > f", m.mnt);
	for (int i = 0; i < 200 && m.commits == 0; i++)
		(void)usleep(50000);
	assert_true(m.commits > 0);
	stop(&m, 1);
	clear(&m);
}

/* Draws what the volume goes on in: a number, a state and a key more. */
static int draw(void *ctx, const struct cc_volume_commit *last, struct cc_volume_epoch *out,
		struct cc_err *err)
{
	struct mounted *m = ctx;
	uint64_t number = m->base.epoch + 1;

	if (m->refuse || number >= CC_COUNT(m->key))
		return cc_fail(err, CC_E_UNAVAILABLE, "the test gives no epoch");
	CC_TRY(cc_secret_random(32, &m->key[number], err));
	name_state(m, number - 1, last);
	m->base.epoch = number;
	*out = (struct cc_volume_epoch){ .state = { .b = { (uint8_t)number } },
					 .epoch = number,
					 .key = m->key[number] };
	return 0;
}

/* Room for a megabyte and a bit, of an epoch of 64 GiB. */
#define EPOCH_ROOM (((uint64_t)64 << 30) - ((uint64_t)1 << 20))
#define FILL "dd if=/dev/urandom bs=1M count=2 conv=fsync status=none of="

/* Each fsync finds the epoch full: what was written in all of them is there afterwards. */
static void a_volume_goes_on_in_the_next_epoch(void **state)
{
	struct mounted m = { 0 };
	uint64_t epoch = 0;

	(void)state;
	prepare(&m, true);
	m.options.next_epoch = draw;
	m.options.epoch_room = EPOCH_ROOM;
	m.base.epoch = 1;
	start(&m, 1);
	must(FILL "f && " FILL "g && echo more > h && " FILL "i && sha256sum f g i > sums", m.mnt);
	epoch = m.base.epoch;
	assert_int_equal(epoch, 4);
	stop(&m, epoch);
	assert_false(m.failed);
	m.options.next_epoch = NULL;
	start_reading(&m);
	must("sha256sum --quiet -c sums && test $(cat h) = more", m.mnt);
	stop(&m, 0);
	clear(&m);
}

static void without_a_next_epoch_the_volume_fails(void **state)
{
	struct mounted m = { 0 };

	(void)state;
	prepare(&m, true);
	m.options.next_epoch = draw;
	m.options.epoch_room = UINT64_MAX;
	m.refuse = true;
	start(&m, 1);
	must("! " SYNC "f 2>/dev/null", m.mnt);
	await_failure(&m);
	(void)stop_failed(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_fsync_is_a_commit_that_survives_the_death_of_everything_after),
		cmocka_unit_test(after_a_failed_commit_everything_is_an_input_output_error),
		cmocka_unit_test(
			a_strict_fsync_returns_when_the_cas_has_answered_and_others_are_served_meanwhile),
		cmocka_unit_test(a_relaxed_fsync_returns_before_the_cas_has_answered),
		cmocka_unit_test(many_fsyncs_share_one_message),
		cmocka_unit_test(past_the_window_changes_wait_and_readers_do_not),
		cmocka_unit_test(no_more_commits_than_the_window_are_unacknowledged),
		cmocka_unit_test(a_cas_that_is_silent_for_too_long_fails_the_volume),
		cmocka_unit_test(a_commit_comes_by_itself_after_the_given_time),
		cmocka_unit_test(a_volume_goes_on_in_the_next_epoch),
		cmocka_unit_test(without_a_next_epoch_the_volume_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
