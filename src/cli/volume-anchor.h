/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state file of a volume without a CAS (docs/format/volume-state.md): which state counts, and
 * the key of its epoch, sealed under the owner's key.
 *
 * It is what the volume's freshness hangs on. Whoever can put an older copy of it back can turn
 * the volume back as well, so it lies where the owner trusts the disk, never beside the ciphertext.
 */
#ifndef CC_CLI_VOLUME_ANCHOR_H
#define CC_CLI_VOLUME_ANCHOR_H

#include "cli/volume-read.h"

#define CC_VOLUME_ANCHOR_MAX ((size_t)4096)

struct cc_volume_anchor {
	struct cc_volume_access access;
	int64_t committed; /* when, by the clock of whoever wrote */
};
#define CC_AUTO_VOLUME_ANCHOR CC_CLEANUP(cc_volume_anchor_clear)
void cc_volume_anchor_clear(struct cc_volume_anchor *anchor) CC_NONNULL;

/*
 * `out` is zeroed before. CC_E_ARG: this is no state file; CC_E_UNSUPPORTED: of another version;
 * CC_E_DENIED: it belongs to another key than `owner`; CC_E_TAMPERED: a member was changed.
 */
int cc_volume_anchor_parse(struct cc_span text, const struct cc_secret *owner,
			   struct cc_volume_anchor *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The text of a state file, added to `out`. Sealed under a key that is used this once. */
int cc_volume_anchor_print(const struct cc_volume_anchor *anchor, const struct cc_secret *owner,
			   struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
