/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copy a file or a tree out of a volume onto this machine.
 *
 * Whoever wrote the volume chose names, modes and links; none of them may reach
 * beyond the target. Nothing is written through a symbolic link, neither one that
 * lies in the target nor one of the volume. Set-user-id and what group and others
 * may do are left behind: what was confidential stays with the user. Devices,
 * pipes and sockets are not made, and told. Hard links become copies; holes stay.
 *
 * A file appears under its name when it is whole.
 */
#ifndef CC_CLI_VOLUME_COPY_H
#define CC_CLI_VOLUME_COPY_H

#include "volume/volume.h"

struct cc_volume_copy {
	bool force; /* replace files that are there; else the first one ends it: CC_E_CONFLICT */
	/* An entry that was not copied, for it is a device, pipe or socket. */
	void (*skipped)(const char *path, const struct cc_volume_attr *attr);
	uint64_t files, bytes; /* made so far */
};

/*
 * `path` of the volume becomes `to`, whose directory must be there. A directory is
 * new, or with `force` filled further.
 */
int cc_volume_copy_out(struct cc_volume *volume, const char *path, const char *to,
		       struct cc_volume_copy *copy, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
