/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at the other end: what hardware would measure when it starts a program, the
 * simulation measures when a program connects.
 *
 * The races that matter, and what stops them:
 *
 *  1. The caller ends and its number is given to another process. A pidfd is opened
 *     first, /proc/PID through it afterwards, and the pidfd is asked last whether that
 *     process still lives.
 *  2. A program connects, keeps the socket in a child and turns itself into a genuine
 *     runtime before we look. We look, and only then send a challenge; a request must
 *     repeat it and come from the very process that we looked at (SCM_CREDENTIALS). So
 *     what we measured was running in that process before it asked.
 *  3. A file changes while we hash it, or between two looks. The kernel refuses writes
 *     to a running executable; the cache goes by device, inode, size and ctime.
 */
#ifndef CC_PLATFORM_PEER_INTERNAL_H
#define CC_PLATFORM_PEER_INTERNAL_H

#include <sys/stat.h>

#include "base/fd.h"
#include "measure/measure.h"

#define CC_PEER_EXE_MAX ((uint64_t)1024 * 1024 * 1024)
#define CC_PEER_CACHE 64

/* Hashes of executables seen lately, oldest replaced first. */
struct cc_peer_cache {
	struct cc_peer_cached {
		dev_t device;
		ino_t inode;
		off_t size;
		struct timespec changed;
		struct cc_digest digest;
	} at[CC_PEER_CACHE];
	size_t count, next;
};

struct cc_peer {
	pid_t pid;
	int pidfd;
	dev_t exe_device;
	ino_t exe_inode;
	struct cc_measured record;
	struct cc_digest mrenclave;
};

#define CC_PEER_NONE ((struct cc_peer){ .pidfd = -1 })
#define CC_AUTO_PEER CC_CLEANUP(cc_peer_close)

/*
 * Measure the process that connected `socket`. CC_E_DENIED when the record in its
 * root names another runtime than the program it is, or when we may not look at it.
 */
int cc_peer_measure(int socket, struct cc_peer_cache *cache, struct cc_peer *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Whether it still is the same process running the same file, as far as we can see. */
int cc_peer_still(const struct cc_peer *peer, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_peer_close(struct cc_peer *peer) CC_NONNULL;

#endif
