/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second: a thread that opens blocks of long reads beside the serving one (cc_volume_second).
 * It begins with the first of them, and not at all where there is one processor. Nothing depends
 * on it: who reads goes on alone when it does not come.
 */
#ifndef CC_VOLUMED_SECOND_H
#define CC_VOLUMED_SECOND_H

#include "volume/volume.h"

struct cc_volumed_second;

int cc_volumed_second_new(struct cc_volumed_second **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Of a volume that is not used any more. */
void cc_volumed_second_free(struct cc_volumed_second *s);
struct cc_volume_second cc_volumed_second_of(struct cc_volumed_second *s) CC_NONNULL;

#endif
