/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_VOLUMED_VOLUMED_INTERNAL_H
#define CC_VOLUMED_VOLUMED_INTERNAL_H

#define FUSE_USE_VERSION 35

#include <fuse_lowlevel.h>
#include <pthread.h>

#include "volumed/second.h"
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
	struct cc_volumed_second *second;
	bool failed;
	struct cc_err failure;

	uint8_t init[8];    /* kernel.c: names the request to begin */
	bool may_kill;      /* kernel.c: that request offered to leave privileges to us */
	bool asked_to_kill; /* the present request: also take privileges off */

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

/* kernel.c: between the kernel and libfuse. */
/* Taken over, also on failure. */
int cc_volumed_connect(struct cc_volumed *d, int *fuse_fd, struct cc_err *err) CC_MUST CC_NONNULL;
/* 0 when there is none. */
uint32_t cc_volumed_opcode(const struct fuse_buf *request) CC_NONNULL;
void cc_volumed_process(struct cc_volumed *d, const struct fuse_buf *request) CC_NONNULL;

/*
 * privileges.c: set-user-id and set-group-id go when somebody else writes, truncates or is given
 * the file (FUSE_HANDLE_KILLPRIV_V2 in linux/fuse.h). security.capability the kernel removes by
 * itself.
 */
/*
 * The present request to change attributes means that, too: the kernel says so, or it is a
 * change of owner. One that changes nothing is either chown(-1, -1), which does the same, or comes
 * before such a write, and its answer tells the kernel the new mode.
 */
bool cc_volumed_drops(const struct cc_volumed *d, unsigned int which) CC_NONNULL;
int cc_volumed_drop(struct cc_volumed *d, uint64_t ino, struct cc_err *err) CC_MUST CC_NONNULL;

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
