/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_VOLUMED_VOLUMED_INTERNAL_H
#define CC_VOLUMED_VOLUMED_INTERNAL_H

#define FUSE_USE_VERSION 35

#include <fuse_lowlevel.h>
#include <pthread.h>

#include "volumed/volumed.h"

#define CC_VOLUMED_TRANSFER ((size_t)1024 * 1024)

struct cc_volumed {
	struct cc_volume *volume;
	struct cc_volumed_options options;
	struct fuse_session *session;
	pthread_t thread;
	int stop_fd;       /* eventfd: readable when the thread is to end */
	uint8_t *transfer; /* CC_VOLUMED_TRANSFER bytes for replies */
	uint64_t unsaved;  /* bytes written since the last commit */
	uint64_t dirty_since_ms;
	bool failed; /* a commit has */
	struct cc_err failure;
	struct cc_volume_commit last;
};

/* Everything that a session needs; `read_only` chooses which. */
const struct fuse_lowlevel_ops *cc_volumed_ops(bool read_only);
/* Commit and tell. Is -1 and remembered when that fails, or has failed before. */
int cc_volumed_commit(struct cc_volumed *d) CC_MUST CC_NONNULL;

#endif
