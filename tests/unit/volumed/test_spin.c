/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <sched.h>

#include "volumed/spin.h"

static struct cc_volumed_spin on_two_processors(void)
{
	return (struct cc_volumed_spin){ .processors = 2, .credit = CC_VOLUMED_SPIN_CREDIT };
}

static void lose(struct cc_volumed_spin *s, unsigned int times)
{
	for (unsigned int i = 0; i < times; i++)
		cc_volumed_spin_lost(s, s->preempted);
}

static void waiting_in_vain_ends(void **state)
{
	struct cc_volumed_spin s = on_two_processors();

	(void)state;
	lose(&s, CC_VOLUMED_SPIN_CREDIT - 1);
	assert_true(cc_volumed_spin_pays(&s));
	lose(&s, 1);
	assert_false(cc_volumed_spin_pays(&s));
	lose(&s, 1);
	assert_false(cc_volumed_spin_pays(&s));
}

static void what_comes_in_time_pays_for_one_more(void **state)
{
	struct cc_volumed_spin s = on_two_processors();

	(void)state;
	cc_volumed_spin_won(&s);
	lose(&s, CC_VOLUMED_SPIN_CREDIT - 1);
	cc_volumed_spin_won(&s);
	lose(&s, 1);
	assert_true(cc_volumed_spin_pays(&s));
	lose(&s, 1);
	assert_false(cc_volumed_spin_pays(&s));
}

static void who_is_made_to_give_the_processor_to_another_stops_at_once(void **state)
{
	struct cc_volumed_spin s = on_two_processors();

	(void)state;
	cc_volumed_spin_lost(&s, 1);
	assert_false(cc_volumed_spin_pays(&s));
	/* What was known before is no news. */
	s.credit = CC_VOLUMED_SPIN_CREDIT;
	cc_volumed_spin_lost(&s, 1);
	assert_true(cc_volumed_spin_pays(&s));
}

static void a_short_sleep_is_a_reason_to_try_again(void **state)
{
	struct cc_volumed_spin s = on_two_processors();

	(void)state;
	lose(&s, CC_VOLUMED_SPIN_CREDIT);
	cc_volumed_spin_slept(&s, 2 * CC_VOLUMED_SPIN_NS);
	assert_false(cc_volumed_spin_pays(&s));
	cc_volumed_spin_slept(&s, 2 * CC_VOLUMED_SPIN_NS - 1);
	assert_true(cc_volumed_spin_pays(&s));
	lose(&s, 1);
	assert_false(cc_volumed_spin_pays(&s));
}

static void a_single_processor_is_never_held(void **state)
{
	struct cc_volumed_spin s = { 0 };
	cpu_set_t one, before;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	for (size_t i = 0; CPU_COUNT(&one) == 0; i++)
		if (CPU_ISSET(i, &before))
			CPU_SET(i, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	cc_volumed_spin_begin(&s);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	assert_false(cc_volumed_spin_pays(&s));
	cc_volumed_spin_won(&s);
	cc_volumed_spin_slept(&s, 0);
	assert_false(cc_volumed_spin_pays(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waiting_in_vain_ends),
		cmocka_unit_test(what_comes_in_time_pays_for_one_more),
		cmocka_unit_test(who_is_made_to_give_the_processor_to_another_stops_at_once),
		cmocka_unit_test(a_short_sleep_is_a_reason_to_try_again),
		cmocka_unit_test(a_single_processor_is_never_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
