/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees into a volume: of this machine, of a tar archive, of another volume.
 *
 * Modes, owners, times, user.* attributes and capabilities are kept, hard links and holes too.
 * What is read is not trusted: nothing is reached through a symbolic link, a name of an archive
 * never leads up, and a file that changes while it is read ends the command.
 */
#ifndef CC_CLI_VOLUME_INTAKE_H
#define CC_CLI_VOLUME_INTAKE_H

#include "cli/progress.h"
#include "volume/volume.h"

struct cc_volume_intake {
	struct cc_volume *volume;
	bool force; /* replace what is there; else the first such name ends it: CC_E_CONFLICT */
	/* A device or socket of this machine, which was left out. */
	void (*skipped)(const char *path);
	struct cc_progress *progress;
	void *links; /* tsearch: which inode of the volume a file with several names became */
};
#define CC_AUTO_VOLUME_INTAKE CC_CLEANUP(cc_volume_intake_done)
void cc_volume_intake_done(struct cc_volume_intake *in) CC_NONNULL;

/* Where something goes; borrowed. An empty name: the directory itself. */
struct cc_volume_spot {
	uint64_t dir;
	struct cc_span name;
};
/* `path` of the volume: its directory, which must be there, and its last name. */
int cc_volume_intake_spot(const struct cc_volume_intake *in, const char *path,
			  struct cc_volume_spot *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* A file or tree of this machine. */
int cc_volume_intake_host(struct cc_volume_intake *in, const char *path,
			  const struct cc_volume_spot *spot, struct cc_err *err) CC_MUST CC_NONNULL;
/* Everything in an archive (plain, gzip or zstd), below the root. */
int cc_volume_intake_tar(struct cc_volume_intake *in, const char *path,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* All of another volume, into an empty one. */
int cc_volume_intake_volume(struct cc_volume_intake *in, struct cc_volume *from,
			    struct cc_err *err) CC_MUST CC_NONNULL;

/* What the three share. `target`: of a symbolic link. */
struct cc_volume_newcomer {
	struct cc_volume_attr attr; /* mode with type, owner, times, rdev, size */
	const char *target;
};
/* Make it at the spot, with its size as one hole. */
int cc_volume_intake_make(const struct cc_volume_intake *in, const struct cc_volume_spot *spot,
			  const struct cc_volume_newcomer *new, uint64_t *ino,
			  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_volume_intake_link(const struct cc_volume_intake *in, const struct cc_volume_spot *spot,
			  uint64_t ino, struct cc_err *err) CC_MUST CC_NONNULL;
/* Zeroes stay a hole. */
int cc_volume_intake_write(const struct cc_volume_intake *in, uint64_t ino, uint64_t at,
			   struct cc_span piece, struct cc_err *err) CC_MUST CC_NONNULL;
/* Attributes that a volume takes from outside: user.* and security.capability. */
bool cc_volume_intake_keeps(struct cc_span xattr);
/* A file with several names: the inode that it became, or 0; and remember it. */
struct cc_volume_origin {
	uint64_t device, inode;
};
uint64_t cc_volume_intake_known(const struct cc_volume_intake *in,
				const struct cc_volume_origin *origin) CC_NONNULL;
int cc_volume_intake_remember(struct cc_volume_intake *in, const struct cc_volume_origin *origin,
			      uint64_t ino, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
