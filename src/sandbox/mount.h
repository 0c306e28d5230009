/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts, made by our own mount(2): no library and no program of an image
 * takes part.
 *
 * Inside a tree that somebody else made, a mount point is found by openat2 with
 * the tree as root and then used through its descriptor: links in the tree can
 * lead neither out of it nor elsewhere between the check and the use.
 */
#ifndef CC_SANDBOX_MOUNT_H
#define CC_SANDBOX_MOUNT_H

#include "base/dir.h"

/* Nothing that we mount from here on shows outside our mount namespace. */
int cc_mount_private(struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Open /dev/fuse and mount it at `path` of `root` as "fuse.concordat". `*device` is what
 * the caller serves; whoever looks below the mount before that waits.
 * CC_E_UNSUPPORTED says what the host lacks.
 */
int cc_mount_fuse(const struct cc_dir *root, const char *path, bool writable, int *device,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* Opens /dev/fuse, to learn early whether the host has it. */
int cc_mount_fuse_probe(struct cc_err *err) CC_MUST CC_NONNULL;

/* A tmpfs with this mode of its root, nosuid and nodev. */
int cc_mount_tmpfs(const struct cc_dir *root, const char *path, mode_t mode,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The same, with at most so many bytes of data (ENOSPC beyond), and of files one for each 2 KiB of
 * them: their inodes are memory too.
 */
int cc_mount_bounded(const struct cc_dir *root, const char *path, uint64_t bytes,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* A file system of ours that nobody writes any more becomes read only, wherever it shows. */
int cc_mount_freeze(const struct cc_dir *root, const char *path,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Bind what `source` (an O_PATH descriptor) is. `recursive` takes mounts below it along. */
int cc_mount_bind(const struct cc_dir *root, const char *path, int source, bool recursive,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* The same, read only, without set-id programs and devices. */
int cc_mount_bind_ro(const struct cc_dir *root, const char *path, int source,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Lay the directory `layer` over the directory `path`, read only: files of both are
 * there, those of the layer win. Both are O_PATH or open descriptors.
 */
int cc_mount_layer(const struct cc_dir *root, const char *path, int layer,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * A /dev of our own: null, zero, full, random, urandom and, where the host has
 * one, tty; the usual links; an empty /dev/shm. Each node must be the device its
 * name says, since the host made it. No /dev/fuse and no source of evidence.
 */
int cc_mount_dev(const struct cc_dir *root, struct cc_err *err) CC_MUST CC_NONNULL;
/* The container's /proc (a fresh one is refused where the host masked parts of it). */
int cc_mount_proc(const struct cc_dir *root, struct cc_err *err) CC_MUST CC_NONNULL;

/* Make `root` (a mount) the root of the calling thread and let go of the old one. */
int cc_mount_pivot(const struct cc_dir *root, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
