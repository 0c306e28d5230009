/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory and what lies below it.
 *
 * Names are relative and resolved by openat2: CC_DIR_OWN is for our own state
 * (never above the directory, no symbolic link followed), CC_DIR_ROOT for trees
 * that somebody else made (absolute and `..` links stay inside, as in a chroot).
 * Functions for untrusted trees take a cc_dir and never a path. Files are born
 * with their mode, written under a temporary name, flushed and renamed.
 */
#ifndef CC_BASE_DIR_H
#define CC_BASE_DIR_H

#include "base/fd.h"

enum cc_dir_kind {
	CC_DIR_OWN = 0,
	CC_DIR_ROOT,
};

struct cc_dir {
	int fd; /* -1: none. A zeroed struct is not a directory: use CC_DIR_NONE */
	enum cc_dir_kind kind;
};

#define CC_DIR_NONE ((struct cc_dir){ .fd = -1 })
#define CC_AUTO_DIR CC_CLEANUP(cc_dir_close)

void cc_dir_close(struct cc_dir *dir) CC_NONNULL;
/* Open an existing directory by path (the one place where a plain path enters). */
int cc_dir_open(const char *path, enum cc_dir_kind kind, struct cc_dir *out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/* The same, made with `mode` (parents too) when it is not there. */
int cc_dir_create(const char *path, mode_t mode, struct cc_dir *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* A directory below, of the same kind. */
int cc_dir_sub(const struct cc_dir *dir, const char *name, struct cc_dir *out,
	       struct cc_err *err) CC_MUST CC_NONNULL;
/* mkdir; one that is there already is fine. */
int cc_dir_mkdir(const struct cc_dir *dir, const char *name, mode_t mode,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* openat2 with O_CLOEXEC added to `flags`. */
int cc_dir_openat(const struct cc_dir *dir, const char *name, int flags, mode_t mode, int *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* A whole regular file of at most `max` bytes, added to `out`. CC_E_ARG: it is a directory, a pipe…
 */
int cc_dir_read(const struct cc_dir *dir, const char *name, size_t max, struct cc_buf *out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/* Replace a file: temporary name, flush, rename, flush the directory. */
int cc_dir_write(const struct cc_dir *dir, const char *name, mode_t mode, struct cc_span bytes,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* Create a file that must not be there (CC_E_CONFLICT when it is), flushed. */
int cc_dir_write_new(const struct cc_dir *dir, const char *name, mode_t mode, struct cc_span bytes,
		     struct cc_err *err) CC_MUST CC_NONNULL;
bool cc_dir_has(const struct cc_dir *dir, const char *name) CC_NONNULL;
int cc_dir_remove(const struct cc_dir *dir, const char *name,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_dir_sync(const struct cc_dir *dir, struct cc_err *err) CC_MUST CC_NONNULL;
/* Remove a tree below `dir`, not following links. One that is not there is fine. */
int cc_dir_remove_tree(const struct cc_dir *dir, const char *name,
		       struct cc_err *err) CC_MUST CC_NONNULL;

/* A whole file by path, for what a user names on the command line ("-" is standard input). */
int cc_file_read(const char *path, size_t max, struct cc_buf *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The same for a secret. CC_E_DENIED when the file's mode lets others than its owner near it, for
 * then it is none; what is no regular file (a pipe, standard input) is whoever's who gave it.
 */
int cc_file_read_private(const char *path, size_t max, struct cc_buf *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* Replace the file at `path` as cc_dir_write does. */
int cc_file_write(const char *path, mode_t mode, struct cc_span bytes,
		  struct cc_err *err) CC_MUST CC_NONNULL;

#endif
