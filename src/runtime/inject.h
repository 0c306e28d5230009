/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that the configuration puts into the image's read-only tree. Their
 * contents lie on a tmpfs of ours: never on the host's disk, never in the image.
 *
 * A file that the image has is covered by a read-only bind. For others a read-only
 * layer is laid over the nearest directory that the image has (overlayfs stacks no
 * deeper than two, so files share layers), which hides what is mounted below it:
 * injection comes before all other mounts in the tree.
 */
#ifndef CC_RUNTIME_INJECT_H
#define CC_RUNTIME_INJECT_H

#include "base/dir.h"

#define CC_INJECT_MAX 256

struct cc_inject { /* borrowed */
	const char *path;
	mode_t mode;
	struct cc_span content;
};

struct cc_inject_plan {
	const struct cc_inject *files;
	size_t count;
	uid_t uid; /* owner of the files: the program's user */
	gid_t gid;
	const char *const *mounts; /* paths where we mount something later */
	size_t mount_count;
};

/* Each path is absolute and normal (no '.', '..', '//'), there once, and below no mount. Pure. */
int cc_inject_check(const struct cc_inject_plan *plan, struct cc_err *err) CC_MUST CC_NONNULL;
/* `work` has the directories "tree", the mounted image, and "inject", empty and on a tmpfs. */
int cc_inject_files(const struct cc_dir *work, const struct cc_inject_plan *plan,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Whether `path` is `mount` or lies below it. */
bool cc_path_is_below(const char *path, const char *mount) CC_NONNULL;
/* Whether `path` is absolute and has no empty component, '.' or '..'. */
bool cc_path_is_normal(const char *path) CC_NONNULL;

#endif
