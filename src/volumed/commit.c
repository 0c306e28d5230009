/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a commit is made, told and answered.
 *
 *   written ── commit ── made ── teller ── told
 *              (disk)            (CAS)
 *
 * An fsync waits for `made`, in strict mode for `told`. At most one message is
 * under way; the next one names the newest commit, whatever lies between. How far `made`
 * may be ahead of `told` is the window.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/time.h"
#include "volumed/volumed-internal.h"

static bool is_changed(const struct cc_volumed *d)
{
	return !d->options.read_only && cc_volume_is_dirty(d->volume);
}

static unsigned int commits_ahead(const struct cc_volumed *d)
{
	return d->under_way.commits + d->next.commits;
}

/* When the oldest commit was made that is not acknowledged. Only with commits ahead. */
static uint64_t ahead_since(const struct cc_volumed *d)
{
	return d->under_way.commits > 0 ? d->under_way.since_ms : d->next.since_ms;
}

static void fail(struct cc_volumed *d)
{
	d->failed = true;
	if (d->options.report != NULL)
		d->options.report(d->options.ctx, &d->failure);
	if (d->options.failed != NULL)
		d->options.failed(d->options.ctx, &d->failure);
}

static bool is_committed(const struct cc_volumed *d, const struct cc_volumed_fsync *one)
{
	if (one->number == 0)
		return false;
	return !d->options.strict || one->number <= d->told.number;
}

static void answer(struct cc_volumed *d)
{
	size_t left = 0;

	for (size_t i = 0; i < d->fsync_count; i++) {
		const struct cc_volumed_fsync *one = &d->fsyncs[i];

		if (d->failed || is_committed(d, one))
			(void)fuse_reply_err(one->req, d->failed ? EIO : 0);
		else
			d->fsyncs[left++] = *one;
	}
	d->fsync_count = left;
	if (d->failed)
		d->uncommitted = 0;
}

/* Room for one more. False: the memory is not there. */
static bool fsync_reserve(struct cc_volumed *d)
{
	size_t room = d->fsync_room == 0 ? 16 : 2 * d->fsync_room;
	struct cc_volumed_fsync *grown = NULL;

	if (d->fsync_count < d->fsync_room)
		return true;
	grown = realloc(d->fsyncs, room * sizeof(*grown));
	if (grown == NULL)
		return false;
	d->fsyncs = grown;
	d->fsync_room = room;
	return true;
}

void cc_volumed_fsync(struct cc_volumed *d, fuse_req_t req)
{
	const struct cc_volumed_fsync one = { .req = req,
					      .number = is_changed(d) ? 0 : d->made.number };

	/* Nothing was ever written: there is no commit to wait for. */
	if (!is_changed(d) && (one.number == 0 || is_committed(d, &one))) {
		(void)fuse_reply_err(req, 0);
		return;
	}
	if (!fsync_reserve(d)) {
		(void)fuse_reply_err(req, ENOMEM);
		return;
	}
	d->fsyncs[d->fsync_count++] = one;
	d->uncommitted += one.number == 0 ? 1 : 0;
}

static void told(struct cc_volumed *d, const struct cc_volumed_ahead *what, bool acknowledged)
{
	d->told = what->newest;
	d->acknowledged = what->written;
	if (acknowledged)
		cc_volume_acknowledged(d->volume, what->newest.number);
}

/* Milliseconds since the oldest change that is not committed, as far as was looked. */
static uint64_t dirty_for(struct cc_volumed *d, uint64_t now)
{
	if (!is_changed(d))
		d->dirty_since_ms = 0;
	else if (d->dirty_since_ms == 0)
		d->dirty_since_ms = now;
	return d->dirty_since_ms == 0 ? 0 : now - d->dirty_since_ms;
}

/* A commit is due whether or not somebody waits for it. */
static bool is_due(const struct cc_volumed *d, uint64_t now)
{
	uint64_t limit = (uint64_t)d->options.commit_seconds * 1000;

	if (!is_changed(d))
		return false;
	return d->ending || d->written - d->saved >= d->options.commit_bytes ||
	       cc_volume_wants_commit(d->volume) ||
	       (d->dirty_since_ms != 0 && now - d->dirty_since_ms >= limit);
}

static bool is_wanted(const struct cc_volumed *d, uint64_t now)
{
	if (is_due(d, now))
		return true;
	/* Those who come while a message is under way share the next: one flush, one message. */
	return d->uncommitted > 0 && !(d->options.strict && d->under_way.commits > 0);
}

static int commit(struct cc_volumed *d, uint64_t now, struct cc_err *err)
{
	struct cc_volume_commit made = { 0 };

	CC_TRY(cc_volume_commit(d->volume, &made, err));
	d->saved = d->written;
	d->dirty_since_ms = 0;
	for (size_t i = 0; i < d->fsync_count; i++)
		if (d->fsyncs[i].number == 0)
			d->fsyncs[i].number = made.number;
	d->uncommitted = 0;
	if (made.number == d->made.number)
		return 0;
	d->made = made;
	if (d->next.commits++ == 0)
		d->next.since_ms = now;
	d->next.newest = made;
	d->next.written = d->written;
	return 0;
}

/* Nothing may be written under this key much longer. What was told is the last that the CAS hears.
 */
static bool is_epoch_over(const struct cc_volumed *d)
{
	struct cc_volume_usage usage = { 0 };

	if (d->teller == NULL || d->options.next_epoch == NULL || d->ending)
		return false;
	cc_volume_usage(d->volume, &usage);
	return usage.room < d->options.epoch_room;
}

/*
 * What the kernel gave back meanwhile is committed in the old epoch, of which nobody hears; the
 * first commit of the new one has it all.
 */
static int turn(struct cc_volumed *d, struct cc_err *err)
{
	uint64_t now = cc_time_monotonic_ms();

	if (is_changed(d))
		CC_TRY(commit(d, now, err));
	d->next = (struct cc_volumed_ahead){ 0 };
	CC_TRY(cc_volume_epoch_next(d->volume, cc_volumed_teller_epoch(d->teller), err));
	d->turning = d->is_last_told = false;
	return commit(d, now, err);
}

static void hear(struct cc_volumed *d)
{
	bool acknowledged = false;

	if (d->teller == NULL || !cc_volumed_teller_has_answer(d->teller))
		return;
	if (cc_volumed_teller_hear(d->teller, &acknowledged, &d->failure) != 0) {
		fail(d);
	} else {
		told(d, &d->under_way, acknowledged);
		if (d->is_last_told && turn(d, &d->failure) != 0)
			fail(d);
	}
	d->under_way = (struct cc_volumed_ahead){ 0 };
}

static void tell(struct cc_volumed *d)
{
	if (d->under_way.commits > 0 || d->next.commits == 0)
		return;
	if (d->teller == NULL) {
		told(d, &d->next, true);
	} else {
		d->under_way = d->next;
		d->turning = d->turning || is_epoch_over(d);
		d->is_last_told = d->turning;
		if (d->turning)
			cc_volumed_teller_turn(d->teller, &d->under_way.newest);
		else
			cc_volumed_teller_tell(d->teller, &d->under_way.newest);
	}
	d->next = (struct cc_volumed_ahead){ 0 };
}

static void give_up_in_time(struct cc_volumed *d, uint64_t now)
{
	uint64_t limit = (uint64_t)d->options.timeout_seconds * 1000;

	if (commits_ahead(d) == 0 || now - ahead_since(d) < limit)
		return;
	cc_err_set(&d->failure, CC_E_UNAVAILABLE,
		   "the CAS has not acknowledged commit %" PRIu64 " for %u seconds",
		   d->under_way.newest.number, d->options.timeout_seconds);
	fail(d);
}

/* Milliseconds until time alone makes something due. */
static int next_due(struct cc_volumed *d, uint64_t now)
{
	uint64_t dirty = dirty_for(d, now);
	uint64_t limit = (uint64_t)d->options.commit_seconds * 1000;
	uint64_t due = UINT64_MAX;

	if (d->failed)
		return -1;
	if (commits_ahead(d) > 0)
		due = ahead_since(d) + (uint64_t)d->options.timeout_seconds * 1000 - now;
	/* With a full window only an answer makes room. */
	if (d->dirty_since_ms != 0 && commits_ahead(d) < d->options.window.commits) {
		uint64_t commit_in = dirty < limit ? limit - dirty : 0;

		due = commit_in < due ? commit_in : due;
	}
	return due == UINT64_MAX ? -1 : (int)due;
}

int cc_volumed_advance(struct cc_volumed *d)
{
	uint64_t now = cc_time_monotonic_ms();

	if (!d->failed)
		hear(d);
	if (!d->failed)
		give_up_in_time(d, now);
	cc_ignore((int)dirty_for(d, now));
	if (!d->failed && is_wanted(d, now) && commits_ahead(d) < d->options.window.commits &&
	    commit(d, now, &d->failure) != 0)
		fail(d);
	if (!d->failed)
		tell(d);
	answer(d);
	return next_due(d, now);
}

bool cc_volumed_is_full(const struct cc_volumed *d)
{
	const struct cc_volumed_window *window = &d->options.window;
	uint64_t now = 0;

	if (d->failed || commits_ahead(d) == 0)
		return false;
	if (d->turning)
		return true;
	now = cc_time_monotonic_ms();
	return d->written - d->acknowledged >= window->bytes ||
	       now - ahead_since(d) >= (uint64_t)window->seconds * 1000 ||
	       (commits_ahead(d) >= window->commits && is_wanted(d, now));
}

bool cc_volumed_is_behind(const struct cc_volumed *d)
{
	return !d->failed && (is_changed(d) || commits_ahead(d) > 0);
}
