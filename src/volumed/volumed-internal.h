/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_VOLUMED_VOLUMED_INTERNAL_H
#define CC_VOLUMED_VOLUMED_INTERNAL_H

#define FUSE_USE_VERSION 35

#include <fuse_lowlevel.h>
#include <pthread.h>

#include "volumed/volumed.h"

#define CC_VOLUMED_TRANSFER ((size_t)1024 * 1024)

/* After so many requests what is due is looked at, also when there is always a next one. */
#define CC_VOLUMED_ROUND 64u
/* So many may wait for the window; then no more are taken from the kernel. */
#define CC_VOLUMED_HELD_MAX 256u

/* Commits that were made and are not acknowledged. */
struct cc_volumed_ahead {
	unsigned int commits; /* 0: the rest means nothing */
	uint64_t since_ms;    /* when the oldest was made */
	uint64_t written;     /* the daemon's `written` at the newest */
	struct cc_volume_commit newest;
};

/* An fsync that has not been answered: `number` is the commit it waits for, 0 for the next. */
struct cc_volumed_fsync {
	fuse_req_t req;
	uint64_t number;
};

struct cc_volumed {
	struct cc_volume *volume;
	struct cc_volumed_options options;
	struct fuse_session *session;
	pthread_t thread;
	int stop_fd;       /* eventfd: readable when the thread is to end */
	uint8_t *transfer; /* CC_VOLUMED_TRANSFER bytes for replies */
	bool failed;
	struct cc_err failure;

	struct cc_volumed_teller *teller; /* NULL: nobody is told */
	uint64_t written;                 /* bytes, in all */
	uint64_t saved;                   /* `written` at the last commit */
	uint64_t acknowledged;            /* `written` at the last acknowledged commit */
	uint64_t dirty_since_ms;          /* 0: clean, as far as was looked */
	bool ending;                      /* nothing more will be asked: commit now */
	bool turning;                     /* the epoch ends: changes wait for the next one */
	bool is_last_told;                /* the message under way asks for it */
	/* Of the commits that are not acknowledged, those that the message under way covers, and
	 * later ones. */
	struct cc_volumed_ahead under_way, next;
	struct cc_volume_commit made, told;
	struct cc_volumed_fsync *fsyncs;
	size_t fsync_count, fsync_room;
	size_t uncommitted; /* of the fsyncs: those that wait for the next commit */
	struct fuse_buf held[CC_VOLUMED_HELD_MAX]; /* changes that wait for the window: a ring */
	size_t held_first, held_count;
};

/* Everything that a session needs; `read_only` chooses which. */
const struct fuse_lowlevel_ops *cc_volumed_ops(bool read_only);

/* commit.c */
/* Answer the request when everything up to now is committed (strict: and acknowledged). */
void cc_volumed_fsync(struct cc_volumed *d, fuse_req_t req) CC_NONNULL;
/*
 * Do what is due: hear what the CAS says, commit, tell, answer. Milliseconds
 * until something else is, -1 when nothing will be.
 */
int cc_volumed_advance(struct cc_volumed *d) CC_NONNULL;
/* True when a change has to wait for the window. */
bool cc_volumed_is_full(const struct cc_volumed *d) CC_NONNULL;
/* True while something is not committed or not told, and can still be. */
bool cc_volumed_is_behind(const struct cc_volumed *d) CC_NONNULL;

/* tell.c: the second thread. Called by the serving thread only. */
int cc_volumed_teller_start(const struct cc_volumed_options *options,
			    struct cc_volumed_teller **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Waits for the message under way. */
void cc_volumed_teller_free(struct cc_volumed_teller *t);
/* Readable when there is an answer. */
int cc_volumed_teller_fd(const struct cc_volumed_teller *t) CC_NONNULL;
/* Never a second one before the first was heard. */
void cc_volumed_teller_tell(struct cc_volumed_teller *t,
			    const struct cc_volume_commit *commit) CC_NONNULL;
/* The same of the last commit of an epoch: the next one is asked for, too. */
void cc_volumed_teller_turn(struct cc_volumed_teller *t,
			    const struct cc_volume_commit *last) CC_NONNULL;
/* After the answer to that was heard. */
const struct cc_volume_epoch *cc_volumed_teller_epoch(const struct cc_volumed_teller *t) CC_NONNULL;
bool cc_volumed_teller_has_answer(struct cc_volumed_teller *t) CC_NONNULL;
/* Only with an answer. -1: what was said to the message, in *err. */
int cc_volumed_teller_hear(struct cc_volumed_teller *t, bool *acknowledged,
			   struct cc_err *err) CC_MUST CC_NONNULL;

/* held.c */
/* Keep a request that changes something, while the window is full. True when it was: `buf` is
 * empty then. */
bool cc_volumed_hold_back(struct cc_volumed *d, struct fuse_buf *buf) CC_NONNULL;
/* Process what no longer has to wait. True when there was any. */
bool cc_volumed_let_go(struct cc_volumed *d) CC_NONNULL;

#endif
