/* SPDX-License-Identifier: Apache-2.0 */
#include "volumed/spin.h"

#include <sched.h>
#include <sys/resource.h>

long cc_volumed_preemptions(void)
{
	struct rusage usage = { 0 };

	(void)getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

void cc_volumed_spin_begin(struct cc_volumed_spin *s)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	(void)sched_getaffinity(0, sizeof(set), &set);
	*s = (struct cc_volumed_spin){ .processors = (unsigned int)CPU_COUNT(&set),
				       .preempted = cc_volumed_preemptions() };
	/* Who would ask needs the only one. */
	s->credit = s->processors == 1 ? 0 : CC_VOLUMED_SPIN_CREDIT;
}

static void earn(struct cc_volumed_spin *s)
{
	if (s->processors != 1 && s->credit < CC_VOLUMED_SPIN_CREDIT)
		s->credit++;
}

void cc_volumed_spin_won(struct cc_volumed_spin *s)
{
	earn(s);
}

void cc_volumed_spin_lost(struct cc_volumed_spin *s, long preempted)
{
	bool is_wanted = preempted != s->preempted;

	s->preempted = preempted;
	if (is_wanted)
		s->credit = 0;
	else if (s->credit > 0)
		s->credit--;
}

void cc_volumed_spin_slept(struct cc_volumed_spin *s, uint64_t ns)
{
	/* Without the wake-up it may have been short enough to be waited for. */
	if (ns < 2 * CC_VOLUMED_SPIN_NS)
		earn(s);
}
