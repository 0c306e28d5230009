/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to the kernel, the same for all of its operations: failures by their numbers, and
 * attributes as the mount shows them. Operations that are not in ops.c are declared here, each
 * file's together; they answer `req` exactly once.
 */
#ifndef CC_VOLUMED_REPLY_H
#define CC_VOLUMED_REPLY_H

#include "volumed/volumed-internal.h"

/* Seconds. One writer, through this kernel: what the kernel knows stays true. */
#define CC_VOLUMED_FOREVER 86400.0

struct cc_volumed *cc_volumed_of(fuse_req_t req);
/* True when the volume has failed: the request has been answered then. */
bool cc_volumed_refused(fuse_req_t req);
/* A change is about to be made: its time. False when it was answered with an error. */
bool cc_volumed_begin(fuse_req_t req);
/* By the kernel's clock for files: it sets some times itself, and a later change has no earlier
 * one. */
struct cc_volume_time cc_volumed_now(void);

void cc_volumed_stat(const struct cc_volumed *d, const struct cc_volume_attr *a,
		     struct stat *out) CC_NONNULL;
/* An entry for the kernel, which holds the inode until it forgets it. */
void cc_volumed_entry(const struct cc_volumed *d, const struct cc_volume_attr *a,
		      struct fuse_entry_param *out) CC_NONNULL;

/* With the error's number; EIO is told to the operator, too. */
void cc_volumed_reply_failure(fuse_req_t req, const struct cc_err *err);
/* 0, or the failure. */
void cc_volumed_reply(fuse_req_t req, int result, const struct cc_err *err);
/* The entry, or the failure. */
void cc_volumed_reply_entry(fuse_req_t req, int result, const struct cc_volume_attr *a,
			    const struct cc_err *err);

/* ops-name.c */
void cc_volumed_op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
			 dev_t rdev);
void cc_volumed_op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void cc_volumed_op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void cc_volumed_op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void cc_volumed_op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name);
void cc_volumed_op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to,
			  const char *to_name, unsigned int flags);
void cc_volumed_op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name);
void cc_volumed_op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
			  struct fuse_file_info *fi);

/* ops-xattr.c */
void cc_volumed_op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
			    size_t size, int flags);
void cc_volumed_op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size);
void cc_volumed_op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);
void cc_volumed_op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name);

#endif
