/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether to wait awake for the next request. Half of a round trip is the wake-up of an idle core,
 * so it pays where a core idles and the next request comes soon; elsewhere it takes from others
 * what they could use. Decided by what came of it lately: a credit that a request in time raises
 * and one that did not come lowers, and that is gone when somebody else had to take the core.
 */
#ifndef CC_VOLUMED_SPIN_H
#define CC_VOLUMED_SPIN_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

/* So long, in nanoseconds. */
#define CC_VOLUMED_SPIN_NS UINT64_C(50000)
/* Vain waits in a row after which it stops; those in between that were not in vain pay for one
 * more each. */
#define CC_VOLUMED_SPIN_CREDIT 16u

struct cc_volumed_spin {
	unsigned int processors; /* that this thread may run on */
	unsigned int credit;
	long preempted; /* of this thread in all, as far as was looked */
};

/* Of the thread that calls. */
void cc_volumed_spin_begin(struct cc_volumed_spin *s) CC_NONNULL;
static inline bool cc_volumed_spin_pays(const struct cc_volumed_spin *s)
{
	return s->credit > 0;
}
/* How often this thread was made to give its core to another. */
long cc_volumed_preemptions(void);
/* It was waited: a request came. */
void cc_volumed_spin_won(struct cc_volumed_spin *s) CC_NONNULL;
/* None came. `preempted`: cc_volumed_preemptions() by now. */
void cc_volumed_spin_lost(struct cc_volumed_spin *s, long preempted) CC_NONNULL;
/* A request ended a sleep of so many nanoseconds, the wake-up included. */
void cc_volumed_spin_slept(struct cc_volumed_spin *s, uint64_t ns) CC_NONNULL;

#endif
