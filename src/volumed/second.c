/* SPDX-License-Identifier: Apache-2.0 */
#include "volumed/second.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/prctl.h>

#include "base/attr.h"

/* One window takes as long; to sleep and be woken takes longer. */
#define LOOKS 4096

enum stage { IDLE, ASKED, AT_WORK };

struct cc_volumed_second {
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock, but that `stage` is also looked at without it. */
	_Atomic enum stage stage;
	bool ending;
	void (*work)(void *arg);
	void *arg;
};

/* True with something to do; false at the end. */
static bool wait_for_work(struct cc_volumed_second *s)
{
	bool found = false;

	(void)pthread_mutex_lock(&s->lock);
	while (s->stage != ASKED && !s->ending)
		(void)pthread_cond_wait(&s->changed, &s->lock);
	found = s->stage == ASKED;
	if (found)
		s->stage = AT_WORK;
	(void)pthread_mutex_unlock(&s->lock);
	return found;
}

static void *live(void *at)
{
	struct cc_volumed_second *s = at;

	/* As the serving thread, which waits for this one. */
	(void)prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
	while (wait_for_work(s)) {
		s->work(s->arg);
		(void)pthread_mutex_lock(&s->lock);
		s->stage = IDLE;
		(void)pthread_cond_broadcast(&s->changed);
		(void)pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

static bool is_alone(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) == 1;
}

/* Nothing to do is not worth a thread, and without one all goes on. */
static bool exists(struct cc_volumed_second *s)
{
	if (!s->has_thread && !s->ending && !is_alone())
		s->has_thread = pthread_create(&s->thread, NULL, live, s) == 0;
	return s->has_thread;
}

static void begin(void *ctx, void (*work)(void *arg), void *arg)
{
	struct cc_volumed_second *s = ctx;

	if (!exists(s))
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->work = work;
	s->arg = arg;
	s->stage = ASKED;
	(void)pthread_cond_broadcast(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
}

static void end(void *ctx)
{
	struct cc_volumed_second *s = ctx;

	for (unsigned int i = 0; i < LOOKS && s->stage == AT_WORK; i++)
		(void)sched_yield();
	if (s->stage == IDLE)
		return;
	(void)pthread_mutex_lock(&s->lock);
	if (s->stage == ASKED)
		s->stage = IDLE;
	while (s->stage != IDLE)
		(void)pthread_cond_wait(&s->changed, &s->lock);
	(void)pthread_mutex_unlock(&s->lock);
}

int cc_volumed_second_new(struct cc_volumed_second **out, struct cc_err *err)
{
	struct cc_volumed_second *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return cc_fail_sys(err, ENOMEM, "serve a volume");
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->changed, NULL);
	*out = s;
	return 0;
}

void cc_volumed_second_free(struct cc_volumed_second *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->ending = true;
	(void)pthread_cond_broadcast(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
	if (s->has_thread)
		(void)pthread_join(s->thread, NULL);
	(void)pthread_cond_destroy(&s->changed);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

struct cc_volume_second cc_volumed_second_of(struct cc_volumed_second *s)
{
	return (struct cc_volume_second){ s, begin, end };
}
