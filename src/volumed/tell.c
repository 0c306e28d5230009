/* SPDX-License-Identifier: Apache-2.0 */
/* The teller: a thread that waits for the CAS, so that the serving one does not. */
#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "volumed/volumed-internal.h"

enum stage { IDLE, ASKED, ANSWERED };

struct cc_volumed_teller {
	const struct cc_volumed_options *options;
	pthread_t thread;
	bool has_thread;
	int answered; /* eventfd */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock, but that `stage` is also looked at without it. */
	_Atomic enum stage stage;
	bool ending;
	struct cc_volume_commit commit;
	bool is_last;                /* of its epoch */
	struct cc_volume_epoch next; /* what comes behind it */
	bool acknowledged;
	int failed;
	struct cc_err err;
};

/* The next commit to tell; false at the end. */
static bool wait_for_work(struct cc_volumed_teller *t)
{
	bool found = false;

	(void)pthread_mutex_lock(&t->lock);
	while (t->stage != ASKED && !t->ending)
		(void)pthread_cond_wait(&t->changed, &t->lock);
	found = t->stage == ASKED;
	(void)pthread_mutex_unlock(&t->lock);
	return found;
}

static void *tell(void *arg)
{
	struct cc_volumed_teller *t = arg;

	while (wait_for_work(t)) {
		const struct cc_volumed_options *o = t->options;

		t->acknowledged = t->is_last;
		t->failed = t->is_last
				    ? o->next_epoch(o->ctx, &t->commit, &t->next, &t->err)
				    : o->committed(o->ctx, &t->commit, &t->acknowledged, &t->err);
		(void)pthread_mutex_lock(&t->lock);
		t->stage = ANSWERED;
		(void)pthread_mutex_unlock(&t->lock);
		(void)eventfd_write(t->answered, 1);
	}
	return NULL;
}

void cc_volumed_teller_free(struct cc_volumed_teller *t)
{
	if (t == NULL)
		return;
	if (t->has_thread) {
		(void)pthread_mutex_lock(&t->lock);
		t->ending = true;
		(void)pthread_cond_signal(&t->changed);
		(void)pthread_mutex_unlock(&t->lock);
		(void)pthread_join(t->thread, NULL);
	}
	if (t->answered >= 0)
		(void)close(t->answered);
	(void)pthread_cond_destroy(&t->changed);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

static void teller_auto(struct cc_volumed_teller *const *t)
{
	cc_volumed_teller_free(*t);
}

int cc_volumed_teller_start(const struct cc_volumed_options *options,
			    struct cc_volumed_teller **out, struct cc_err *err)
{
	CC_CLEANUP(teller_auto) struct cc_volumed_teller *t = calloc(1, sizeof(*t));
	int failed = 0;

	if (t == NULL)
		return cc_fail_sys(err, ENOMEM, "start the teller of a volume");
	t->options = options;
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_cond_init(&t->changed, NULL);
	t->answered = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->answered < 0)
		return cc_fail_sys(err, errno, "start the teller of a volume");
	failed = pthread_create(&t->thread, NULL, tell, t);
	if (failed != 0)
		return cc_fail_sys(err, failed, "start the teller of a volume");
	t->has_thread = true;
	*out = CC_TAKE(t);
	return 0;
}

int cc_volumed_teller_fd(const struct cc_volumed_teller *t)
{
	return t->answered;
}

static void ask(struct cc_volumed_teller *t, const struct cc_volume_commit *commit, bool is_last)
{
	(void)pthread_mutex_lock(&t->lock);
	t->commit = *commit;
	t->is_last = is_last;
	t->stage = ASKED;
	(void)pthread_cond_signal(&t->changed);
	(void)pthread_mutex_unlock(&t->lock);
}

void cc_volumed_teller_tell(struct cc_volumed_teller *t, const struct cc_volume_commit *commit)
{
	ask(t, commit, false);
}

void cc_volumed_teller_turn(struct cc_volumed_teller *t, const struct cc_volume_commit *last)
{
	ask(t, last, true);
}

const struct cc_volume_epoch *cc_volumed_teller_epoch(const struct cc_volumed_teller *t)
{
	return &t->next;
}

bool cc_volumed_teller_has_answer(struct cc_volumed_teller *t)
{
	return t->stage == ANSWERED;
}

int cc_volumed_teller_hear(struct cc_volumed_teller *t, bool *acknowledged, struct cc_err *err)
{
	eventfd_t count = 0;

	(void)eventfd_read(t->answered, &count);
	t->stage = IDLE;
	if (t->failed != 0) {
		*err = t->err;
		return -1;
	}
	*acknowledged = t->acknowledged;
	return 0;
}
