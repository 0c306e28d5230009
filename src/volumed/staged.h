/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume without FUSE: its tree is copied into a directory (a tmpfs of the
 * TEE's memory), a program works there, and the tree is copied back, to be one commit.
 *
 * For hosts that do not give /dev/fuse; chosen by whoever starts the program, never a
 * fall-back, for it promises less: fsync makes nothing durable, a crash loses all
 * that was done, and everything must fit into memory.
 *
 * Kept in both directions: names, contents, holes, hard and symbolic links, fifos, sockets,
 * devices, modes, owners, times (but for ctime), and of extended attributes `user.`, `trusted.` and
 * `security.capability`. Others stay in the volume as they are.
 */
#ifndef CC_VOLUMED_STAGED_H
#define CC_VOLUMED_STAGED_H

#include "base/dir.h"
#include "volume/volume.h"

/* Directories in directories: each is an open descriptor while it is copied. */
#define CC_STAGED_DEPTH_MAX 256u
/* What a name counts for beside its data. */
#define CC_STAGED_ENTRY_BYTES 4096u

/*
 * What a copy that is saved may need: three quarters of an epoch. All of it may have changed, and
 * tree and tags, and what is compacted with it, are written under the same key.
 */
#define CC_STAGED_SAVED_MAX ((uint64_t)48 << 30)

struct cc_staged {
	struct cc_volume *volume;
	const struct cc_dir *tree; /* mounted on nothing else, and used by nobody meanwhile */
	uint64_t limit;            /* bytes that the copy may need; CC_E_TOOBIG beyond */
	/* Every file belongs to who runs this: owners are not given to the copy, and stay in the
	 * volume. */
	bool one_owner;
};

/* Bytes that a copy needs: pages of 4 KiB of data, CC_STAGED_ENTRY_BYTES for each name. */
int cc_staged_measure(struct cc_volume *v, uint64_t *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Fill the empty directory, when the tree needs no more than `limit`. After a failure what is in it
 * is of no use. */
int cc_staged_fill(const struct cc_staged *staged, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Make the volume's tree what the directory is now. Only what differs is written. The
 * caller commits; after a failure it must not.
 */
int cc_staged_save(const struct cc_staged *staged, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
