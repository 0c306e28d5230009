/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store of a volume that is written for nobody: an ephemeral mount.
 *
 * What the volume has is read where it lies; what is written goes to files
 * without names, one for each epoch, in the same directory for its room, that are gone with the
 * process. So no crash leaves it behind, and nobody who tidies the volume's
 * directory can take it away.
 */
#ifndef CC_RUNTIME_FORGOTTEN_H
#define CC_RUNTIME_FORGOTTEN_H

#include "base/dir.h"
#include "volume/volume.h"

struct cc_forgotten;

/* `below` is copied, its ctx must outlive this; `path` is the directory; `state` is written. */
int cc_forgotten_new(const struct cc_volume_store *below, const char *path,
		     const struct cc_volume_state_id *state, struct cc_forgotten **out,
		     struct cc_volume_store *store, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The next epoch of it, with a key and a state of its own: nobody else has to know them. `out` has
 * the number of the epoch before and its lease; `key` is the caller's, for as long as `out` is
 * used. From any one thread, also while another one uses the store. CC_E_TOOBIG after
 * CC_VOLUME_EPOCHS_MAX.
 */
int cc_forgotten_epoch(struct cc_forgotten *forgotten, struct cc_secret **key,
		       struct cc_volume_epoch *out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_forgotten_free(struct cc_forgotten *forgotten);

#endif
