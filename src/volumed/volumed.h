/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume as a mounted file system, served over /dev/fuse by a thread of its own.
 *
 * The caller mounts: it opens /dev/fuse, calls mount(2) with
 * "fd=N,rootmode=40755,user_id=…,group_id=…,allow_other,default_permissions"
 * and hands the descriptor over before the first path below it is looked up.
 * libfuse never mounts or unmounts: it would run programs of the image.
 *
 * From start to stop the volume belongs to the thread. docs/format/volumed.md
 * lists the operations and what is not supported.
 */
#ifndef CC_VOLUMED_VOLUMED_H
#define CC_VOLUMED_VOLUMED_H

#include "volume/volume.h"

#define CC_VOLUMED_COMMIT_BYTES ((uint64_t)256 * 1024 * 1024)
#define CC_VOLUMED_COMMIT_SECONDS 5u

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
	 * Called by the thread after each commit, before fsync returns. Failing makes
	 * the volume fail as a whole: everything is EIO from then on. Set
	 * *acknowledged when the CAS has accepted the tag; the root before it is kept
	 * until then. NULL: nobody is told, every commit counts as acknowledged.
	 */
	int (*committed)(void *ctx, const struct cc_volume_commit *commit, bool *acknowledged,
			 struct cc_err *err);
	/* Called by the thread for what a program only sees as EIO. NULL: nobody is told. */
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
 * caller has done both), end the thread, commit for the last time. *last is
 * what the last commit named; with number 0 nothing was ever written. `daemon`
 * is freed in any case. Fails when any commit has failed.
 */
int cc_volumed_stop(struct cc_volumed *daemon, const char *mount_point,
		    struct cc_volume_commit *last, struct cc_err *err) CC_MUST
	__attribute__((nonnull(1, 3, 4)));

#endif
