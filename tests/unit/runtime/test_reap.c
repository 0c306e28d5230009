/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

#include "base/fd.h"
#include "runtime/reap.h"

struct first { /* what the first process of a namespace of its own has */
	int signals;
	int stop;
	int ready; /* written to when the program of the test is there */
};

/*
 * Runs `act` as the first process of a PID namespace and gives its exit status. `outside` is
 * sent to it once it says that it is ready.
 */
static int as_first(int (*act)(struct first *), int outside)
{
	int pair[2], status = 0;
	pid_t child = 0;
	char byte = 0;

	if (geteuid() != 0) {
		print_message("# skipped: needs root\n");
		skip();
	}
	assert_int_equal(pipe(pair), 0);
	child = fork();
	if (child == 0) {
		pid_t first = unshare(CLONE_NEWPID) == 0 ? fork() : -1;

		if (first == 0) {
			struct first f = { .stop = eventfd(0, EFD_CLOEXEC), .ready = pair[1] };
			struct cc_err err = { 0 };

			_exit(cc_reap_signals(&f.signals, &err) == 0 ? act(&f) : 99);
		}
		(void)close(pair[1]);
		if (outside != 0 && read(pair[0], &byte, 1) == 1)
			(void)kill(first, outside);
		_exit(waitpid(first, &status, 0) == first && WIFEXITED(status) ? WEXITSTATUS(status)
									       : 98);
	}
	(void)close(pair[0]);
	(void)close(pair[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A child of the first process that takes signals as a program does, and runs `body`. */
static pid_t program(struct first *f, void (*body)(struct first *))
{
	pid_t child = fork();

	if (child == 0) {
		sigset_t none;

		(void)sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		body(f);
		_exit(0);
	}
	return child;
}

static struct cc_ending ending_of(struct first *f, void (*body)(struct first *))
{
	struct cc_ending ending = { .status = -1 };
	struct cc_err err = { 0 };

	if (cc_reap_wait(program(f, body), f->signals, f->stop, &ending, &err) != 0)
		_exit(97);
	return ending;
}

static void exit_three(struct first *f)
{
	(void)f;
	_exit(3);
}

static void kill_self(struct first *f)
{
	(void)f;
	(void)kill(getpid(), SIGKILL);
}

static void wait_for_ever(struct first *f)
{
	if (write(f->ready, "r", 1) == 1)
		for (;;)
			(void)pause();
}

static void ended_well(int number)
{
	(void)number;
	_exit(0);
}

static void end_when_asked(struct first *f)
{
	const struct sigaction polite = { .sa_handler = ended_well };

	(void)sigaction(SIGTERM, &polite, NULL);
	wait_for_ever(f);
}

static void end_the_first(struct first *f)
{
	(void)f;
	/* its own namespace's first process: the sender has a number there */
	(void)kill(1, SIGTERM);
	_exit(0);
}

/* Leaves an orphan behind that ends later and one that never does. */
static void leave_orphans(struct first *f)
{
	(void)f;
	if (fork() == 0) {
		if (fork() == 0)
			for (;;)
				(void)pause();
		_exit(0);
	}
	_exit(0);
}

static int status_passes(struct first *f)
{
	struct cc_ending ending = ending_of(f, exit_three);

	return ending.exited && !cc_ending_is_complete(&ending) ? cc_ending_status(&ending) : 90;
}

static int killer_passes(struct first *f)
{
	struct cc_ending ending = ending_of(f, kill_self);

	return !ending.exited && !cc_ending_is_complete(&ending) ? cc_ending_status(&ending) : 90;
}

static int outside_ends(struct first *f)
{
	struct cc_ending ending = ending_of(f, end_when_asked);

	/* it ended with 0, but not by itself */
	return ending.exited && ending.status == 0 && !cc_ending_is_complete(&ending)
		       ? cc_ending_status(&ending)
		       : 90;
}

static int inside_counts_nothing(struct first *f)
{
	struct cc_ending ending = ending_of(f, end_the_first);

	return cc_ending_is_complete(&ending) ? cc_ending_status(&ending) : 90;
}

static int stop_kills(struct first *f)
{
	struct cc_ending ending;

	if (eventfd_write(f->stop, 1) != 0)
		return 91;
	ending = ending_of(f, wait_for_ever);
	return ending.stopped && !cc_ending_is_complete(&ending) ? cc_ending_status(&ending) : 90;
}

static int rest_is_killed(struct first *f)
{
	struct cc_err err = { 0 };

	(void)ending_of(f, leave_orphans);
	if (cc_reap_rest(&err) != 0)
		return 92;
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : 93;
}

static void the_exit_status_of_the_program_is_ours(void **state)
{
	(void)state;
	assert_int_equal(as_first(status_passes, 0), 3);
}

static void death_by_a_signal_is_128_and_the_signal(void **state)
{
	(void)state;
	assert_int_equal(as_first(killer_passes, 0), 128 + SIGKILL);
}

static void a_signal_from_outside_is_forwarded_and_the_run_is_not_complete(void **state)
{
	(void)state;
	assert_int_equal(as_first(outside_ends, SIGTERM), 128 + SIGTERM);
}

static void a_signal_from_inside_says_nothing_of_the_host(void **state)
{
	(void)state;
	assert_int_equal(as_first(inside_counts_nothing, 0), 0);
}

static void a_failed_volume_ends_the_program(void **state)
{
	(void)state;
	assert_int_equal(as_first(stop_kills, 0), 128 + SIGKILL);
}

static void nothing_outlives_the_program(void **state)
{
	(void)state;
	assert_int_equal(as_first(rest_is_killed, 0), 0);
}

static void only_a_first_process_kills_all_others(void **state)
{
	struct cc_err err = { 0 };

	(void)state;
	assert_int_not_equal(getpid(), 1);
	assert_int_equal(cc_reap_rest(&err), -1);
	assert_int_equal(err.code, CC_E_BUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* the guard first: without it the others would kill the machine */
		cmocka_unit_test(only_a_first_process_kills_all_others),
		cmocka_unit_test(the_exit_status_of_the_program_is_ours),
		cmocka_unit_test(death_by_a_signal_is_128_and_the_signal),
		cmocka_unit_test(a_signal_from_outside_is_forwarded_and_the_run_is_not_complete),
		cmocka_unit_test(a_signal_from_inside_says_nothing_of_the_host),
		cmocka_unit_test(a_failed_volume_ends_the_program),
		cmocka_unit_test(nothing_outlives_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
