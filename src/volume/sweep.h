/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a volume's directory that no state needs any more.
 *
 * Which states count the engine cannot know: whoever calls this says that the one that is open
 * here is the only one, and that nobody has another one open (the CAS tells a writer so; the owner
 * of a volume without a CAS knows it). What no writer of volumes made stays.
 */
#ifndef CC_VOLUME_SWEEP_H
#define CC_VOLUME_SWEEP_H

#include "base/dir.h"
#include "volume/volume.h"

/* Remove from `dir` the files of all states but those that `v` needs (cc_volume_states). */
int cc_volume_sweep(const struct cc_volume *v, const struct cc_dir *dir, size_t *removed,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
