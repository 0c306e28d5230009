/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The volumes of an attempt: opened from the host's storage, mounted into the
 * image's tree, every commit named to the CAS before its successor may reuse
 * space, and at the end committed a last time.
 *
 * The first commit that is not acknowledged fails all of it: `stop` becomes
 * readable, the volume answers EIO from then on, and the attempt cannot complete.
 */
#ifndef CC_RUNTIME_VOLUMES_H
#define CC_RUNTIME_VOLUMES_H

#include "base/dir.h"
#include "proto/config.h"
#include "runtime/session.h"
#include "volume/volume.h"

struct cc_volumes;
#define CC_AUTO_VOLUMES CC_CLEANUP(cc_volumes_auto)

struct cc_volumes_plan { /* borrowed; config and session outlive the volumes */
	const struct cc_config *config;
	const char *storage; /* directory of the host with one directory a volume */
	struct cc_session *session;
	int stop;  /* an eventfd */
	uid_t uid; /* owner of an empty volume's root */
	gid_t gid;
	bool one_owner; /* in a user namespace with one user: every file shows as root's */
};

/* Open all of them, the log included. Nothing is mounted yet. */
int cc_volumes_open(const struct cc_volumes_plan *plan, struct cc_volumes **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Mount them at their paths of `tree` and serve them. */
int cc_volumes_serve(struct cc_volumes *volumes, const struct cc_dir *tree,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* The log's volume, which nothing serves: the console writes it. */
struct cc_volume *cc_volumes_log(const struct cc_volumes *volumes) CC_NONNULL;
/*
 * When nothing uses them any more: unmount, commit what is written a last time. With `commits`
 * (room for volume_count + 1), what completion says of each: it is what names the last commits
 * to the CAS, and their content digests, which read everything written. Without, the CAS is told.
 */
int cc_volumes_finish(struct cc_volumes *volumes, struct cc_session_commit *commits, size_t *count,
		      struct cc_err *err) CC_MUST __attribute__((nonnull(1, 4)));
/* Unmounts what is still mounted; what cannot be committed then is lost. */
void cc_volumes_free(struct cc_volumes *volumes);
static inline void cc_volumes_auto(struct cc_volumes **volumes)
{
	cc_volumes_free(*volumes);
}

#endif
