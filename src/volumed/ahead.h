/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the kernel reads ahead of a program that reads in order. A file system in user space
 * gets the kernel's default, 128 KiB, which is one small request at a time; the protocol can only
 * ask for less (max_readahead of FUSE_INIT). More is a setting of the mount in sysfs, root's to
 * make: /sys/class/bdi/MAJOR:MINOR/read_ahead_kb (Documentation/ABI/testing/sysfs-class-bdi).
 */
#ifndef CC_VOLUMED_AHEAD_H
#define CC_VOLUMED_AHEAD_H

#include "base/attr.h"

#include <stdbool.h>

/* Four windows. A page that a mapping misses brings as much, so more is not better. */
#define CC_VOLUMED_AHEAD_KB 512u

/*
 * For the mount that `point`, a descriptor below it (O_PATH will do), belongs to; once it is
 * served. False when it is none of FUSE's or we may not: it is then as quick as others.
 */
bool cc_volumed_read_ahead(int point);
/* The same, with `sysfs` in the place of /sys. */
bool cc_volumed_read_ahead_by(const char *sysfs, int point) CC_MUST CC_NONNULL;

#endif
