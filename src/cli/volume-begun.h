/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume without a CAS before its first state has a name: a mark "<id>.begun" beside its
 * directory, from before that is made until the state file is there. When `volume init` is killed
 * between, its key is gone and nobody opens what it wrote; the mark is how the next one can say so.
 *
 * A directory that is marked is told and never removed: who was killed may just have named it.
 */
#ifndef CC_CLI_VOLUME_BEGUN_H
#define CC_CLI_VOLUME_BEGUN_H

#include "volume/volume.h"

int cc_volume_begun_mark(const struct cc_volume_id *id, const char *storage,
			 struct cc_err *err) CC_MUST CC_NONNULL;
void cc_volume_begun_clear(const struct cc_volume_id *id, const char *storage) CC_NONNULL;
/* On standard error, each that nobody has open. */
void cc_volume_begun_tell(const char *storage) CC_NONNULL;

#endif
