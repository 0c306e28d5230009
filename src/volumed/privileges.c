/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "volumed/volumed-internal.h"

/* What is set by changing more than the owner and the privileges. */
#define OTHER_CHANGES \
	(CC_VOLUME_SET_MODE | CC_VOLUME_SET_SIZE | CC_VOLUME_SET_ATIME | CC_VOLUME_SET_MTIME)

bool cc_volumed_drops(const struct cc_volumed *d, unsigned int which)
{
	return d->asked_to_kill || (which & OTHER_CHANGES) == 0;
}

/* Set-group-id without the group's right to execute is no privilege. */
static uint32_t without_privileges(uint32_t mode)
{
	bool is_executed = (mode & S_IXGRP) != 0;

	return mode & ~(uint32_t)(S_ISUID | (is_executed ? S_ISGID : 0));
}

int cc_volumed_drop(struct cc_volumed *d, uint64_t ino, struct cc_err *err)
{
	struct cc_volume_attr attr = { 0 };

	CC_TRY(cc_volume_getattr(d->volume, ino, &attr, err));
	if (S_ISDIR(attr.mode) || without_privileges(attr.mode) == attr.mode)
		return 0;
	attr.mode = without_privileges(attr.mode);
	return cc_volume_setattr(d->volume, ino, &attr, CC_VOLUME_SET_MODE, &attr, err);
}
