/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume as a mounted file system, served over /dev/fuse by a thread of its own.
 *
 * The caller mounts: it opens /dev/fuse, calls mount(2) with
 * "fd=N,rootmode=40755,user_id=…,group_id=…,allow_other,default_permissions"
 * and hands the descriptor over before the first path below it is looked up.
 * libfuse never mounts or unmounts: it would run programs of the image.
 *
 * Threads: from start to stop the volume belongs to the *serving* thread, and
 * nothing else calls cc_volume_*. A second one, the *teller*, only runs
 * `committed`, so that requests are served while the CAS is asked. It tells one
 * commit at a time, always the newest: many fsyncs share one message. A third one,
 * the *second* (second.h), begins with the first long read and only opens blocks.
 *
 * docs/format/volumed.md lists the operations and what is not supported.
 */
#ifndef CC_VOLUMED_VOLUMED_H
#define CC_VOLUMED_VOLUMED_H

#include "volume/volume.h"

#define CC_VOLUMED_COMMIT_BYTES ((uint64_t)256 * 1024 * 1024)
#define CC_VOLUMED_COMMIT_SECONDS 5u
/* The window, when the policy gives none; more commits than this cannot be followed afterwards. */
#define CC_VOLUMED_WINDOW_COMMITS 30u
#define CC_VOLUMED_WINDOW_BYTES ((uint64_t)1024 * 1024 * 1024)
#define CC_VOLUMED_WINDOW_SECONDS 20u
#define CC_VOLUMED_TIMEOUT_SECONDS 60u
/* More than is written between two commits. */
#define CC_VOLUMED_EPOCH_ROOM ((uint64_t)4 * 1024 * 1024 * 1024)

/*
 * How far the volume may run ahead of the CAS. Past it requests that change
 * something wait, those that read do not. A member that is 0 has the value above.
 */
struct cc_volumed_window {
	unsigned int commits; /* made and not acknowledged */
	uint64_t bytes;       /* written since the acknowledged commit */
	unsigned int seconds; /* since the oldest commit that is not acknowledged */
};

struct cc_volumed_options {
	/*
	 * The tree never changes: what the kernel has seen it keeps for a day, also
	 * that a name is not there, and files are not opened here at all. For images.
	 */
	bool read_only;
	/* Small writes are gathered by the kernel: quick inside big files, slower for many small
	 * ones. */
	bool writeback;
	/* Every inode shows this owner: for user namespaces with a single id. */
	bool one_owner;
	uint32_t uid, gid;
	/* Commit on its own after so many written bytes or seconds; 0: the values above. */
	uint64_t commit_bytes;
	unsigned int commit_seconds;
	/*
	 * fsync returns when the CAS has acknowledged, not when the bytes are on the
	 * disk here: what a program was promised no rollback takes back.
	 */
	bool strict;
	struct cc_volumed_window window;
	/*
	 * A commit that is not acknowledged for so long makes the volume fail as a
	 * whole: everything is EIO from then on, and nothing is told again. 0: the value above.
	 */
	unsigned int timeout_seconds;
	/*
	 * Tell the CAS. Called by the teller, for the newest commit; some are never
	 * told. Must return by itself in bounded time, for stop waits for it. Failing makes
	 * the volume fail as a whole. Set *acknowledged when the CAS has accepted the
	 * tag; what the commit before needs is kept until then. NULL: nobody is
	 * told, every commit counts as acknowledged.
	 */
	int (*committed)(void *ctx, const struct cc_volume_commit *commit, bool *acknowledged,
			 struct cc_err *err);
	/*
	 * In the place of `committed`, when less than `epoch_room` bytes (0: the value above) may
	 * still be written under the key: tell the CAS of the last commit of the epoch, and say
	 * in what the volume goes on. Changes wait meanwhile. `out->key` is the callee's, and
	 * stays until it is called again or the volume has ended. NULL: an epoch that is full
	 * fails the volume.
	 */
	int (*next_epoch)(void *ctx, const struct cc_volume_commit *last,
			  struct cc_volume_epoch *out, struct cc_err *err);
	uint64_t epoch_room;
	/* Called once by the serving thread when the volume has failed as a whole. May be NULL. */
	void (*failed)(void *ctx, const struct cc_err *err);
	/* Called by the serving thread for what a program only sees as EIO. May be NULL. */
	void (*report)(void *ctx, const struct cc_err *err);
	void *ctx;
};

struct cc_volumed;

/*
 * Serve `volume` on `fuse_fd`, which is taken over, also on failure. `options`
 * is copied. The volume stays the caller's, who frees it after stop.
 */
int cc_volumed_start(int fuse_fd, struct cc_volume *volume,
		     const struct cc_volumed_options *options, struct cc_volumed **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Write back what the kernel still holds and unmount `mount_point` (NULL: the
 * caller has done both), commit for the last time, wait until that was told and
 * end the threads. *last is the newest commit that was told; with number 0
 * nothing was ever written. `daemon` is freed in any case. Fails when any commit has.
 */
int cc_volumed_stop(struct cc_volumed *daemon, const char *mount_point,
		    struct cc_volume_commit *last, struct cc_err *err) CC_MUST
	__attribute__((nonnull(1, 3, 4)));

#endif
