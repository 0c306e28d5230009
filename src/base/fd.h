/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors and ownership. A variable declared with one of the CC_AUTO_*
 * attributes owns what it holds and releases it when its scope ends, on every
 * path; it must be initialised where it is declared. None of them changes errno.
 */
#ifndef CC_BASE_FD_H
#define CC_BASE_FD_H

#include <sys/types.h>

#include "base/buf.h"

#define CC_AUTO_FREE CC_CLEANUP(cc_auto_free)
#define CC_AUTO_CLOSE CC_CLEANUP(cc_auto_close)

/* The descriptor in the variable `fd`, which is -1 afterwards. */
#define CC_TAKE_FD(fd)         \
	(__extension__({       \
		int t_ = (fd); \
		(fd) = -1;     \
		t_;            \
	}))

void cc_auto_free(void *p); /* pointer to the pointer */
/* On Linux the descriptor is gone even when close fails: never retried. */
void cc_auto_close(const int *fd) CC_NONNULL;

/* All of `bytes`, however many calls it takes. */
int cc_write_all(int fd, struct cc_span bytes, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_pwrite_all(int fd, struct cc_span bytes, uint64_t at, struct cc_err *err) CC_MUST CC_NONNULL;
/* Exactly out.len bytes; fewer is CC_E_TAMPERED ("ends at byte N"). */
int cc_pread_all(int fd, struct cc_mut out, uint64_t at, struct cc_err *err) CC_MUST CC_NONNULL;
/* Exactly out.len bytes from a stream; an early end is CC_E_UNAVAILABLE. */
int cc_read_all(int fd, struct cc_mut out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Everything up to the end of the file, at most `max` bytes, added to `out`. */
int cc_read_to_end(int fd, size_t max, struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_fsync(int fd, const char *what, struct cc_err *err) CC_MUST CC_NONNULL;
/* Everything of the file system served behind FUSE that `fd` is on: syncfs(2). */
int cc_write_back(int fd, const char *what, struct cc_err *err) CC_MUST CC_NONNULL;
/* The bytes and what is needed to read them; not the file's times. */
int cc_fdatasync(int fd, const char *what, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
