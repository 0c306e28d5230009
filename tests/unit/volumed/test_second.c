/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <sched.h>
#include <stdatomic.h>

#include "volumed/second.h"

struct job {
	_Atomic bool at_work;
	_Atomic unsigned int done;
	unsigned int pause_us;
};

static void work(void *arg)
{
	struct job *job = arg;

	job->at_work = true;
	(void)usleep(job->pause_us);
	job->done++;
	job->at_work = false;
}

static bool has_two_processors(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	return CPU_COUNT(&set) > 1;
}

static void it_works_once_for_each_beginning_and_never_after_the_end(void **state)
{
	struct cc_volumed_second *s = NULL;
	struct cc_volume_second lent = { 0 };
	struct job job = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_volumed_second_new(&s, &err), 0);
	lent = cc_volumed_second_of(s);
	for (unsigned int i = 0; i < 2000; i++) {
		unsigned int before = job.done, after = 0;

		lent.begin(lent.ctx, work, &job);
		for (unsigned int pause = 0; pause < i % 40; pause++)
			(void)sched_yield();
		lent.end(lent.ctx);
		assert_false(job.at_work);
		after = job.done;
		assert_in_range(after - before, 0, 1);
		(void)sched_yield();
		assert_int_equal(job.done, after);
	}
	cc_volumed_second_free(s);
}

static void who_is_slow_is_waited_for(void **state)
{
	struct cc_volumed_second *s = NULL;
	struct cc_volume_second lent = { 0 };
	struct job job = { .pause_us = 200000 };
	struct cc_err err = { 0 };

	(void)state;
	if (!has_two_processors())
		skip();
	assert_int_equal(cc_volumed_second_new(&s, &err), 0);
	lent = cc_volumed_second_of(s);
	lent.begin(lent.ctx, work, &job);
	while (!job.at_work)
		(void)sched_yield();
	lent.end(lent.ctx);
	assert_int_equal(job.done, 1);
	cc_volumed_second_free(s);
}

static void it_comes_when_there_is_time(void **state)
{
	struct cc_volumed_second *s = NULL;
	struct cc_volume_second lent = { 0 };
	struct job job = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	if (!has_two_processors())
		skip();
	assert_int_equal(cc_volumed_second_new(&s, &err), 0);
	lent = cc_volumed_second_of(s);
	for (unsigned int i = 1; i <= 100; i++) {
		lent.begin(lent.ctx, work, &job);
		while (job.done != i)
			(void)sched_yield();
		lent.end(lent.ctx);
	}
	cc_volumed_second_free(s);
}

static void an_end_without_a_beginning_is_nothing(void **state)
{
	struct cc_volumed_second *s = NULL;
	struct cc_volume_second lent = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_volumed_second_new(&s, &err), 0);
	lent = cc_volumed_second_of(s);
	lent.end(lent.ctx);
	lent.end(lent.ctx);
	cc_volumed_second_free(s);
	cc_volumed_second_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_works_once_for_each_beginning_and_never_after_the_end),
		cmocka_unit_test(who_is_slow_is_waited_for),
		cmocka_unit_test(it_comes_when_there_is_time),
		cmocka_unit_test(an_end_without_a_beginning_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
