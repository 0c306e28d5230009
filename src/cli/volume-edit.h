/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume as its owner writes it: alone, or in an epoch that the CAS leases. In both, what was
 * written counts when all of it is there and has been named; until then the state before counts.
 */
#ifndef CC_CLI_VOLUME_EDIT_H
#define CC_CLI_VOLUME_EDIT_H

#include "cli/volume-name.h"

struct cc_volume_edit {
	const struct cc_volume_name *name; /* borrowed */
	struct cc_volume_local local;      /* without a CAS */
	struct cc_volume_access base;      /* what the volume has: with no key, nothing */
	char *write; /* what the CAS calls this write; NULL: none, or it ended */
	struct cc_volume_writer writer;
};
#define CC_VOLUME_EDIT_NONE ((struct cc_volume_edit){ .local.dir = CC_DIR_NONE })
#define CC_AUTO_VOLUME_EDIT CC_CLEANUP(cc_volume_edit_close)
/* What was not finished is given up, with its files. */
void cc_volume_edit_close(struct cc_volume_edit *edit) CC_NONNULL;

/*
 * Take the volume for writing. `out` is CC_VOLUME_EDIT_NONE before. With `make` it is new: there
 * must be no state of it yet (CC_E_CONFLICT); else there must be one (CC_E_NOTFOUND).
 */
int cc_volume_edit_take(const struct cc_volume_name *name, bool make, struct cc_volume_edit *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* Then open it: on its state, or `empty`. */
int cc_volume_edit_open(struct cc_volume_edit *edit, bool empty,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* Its state, for reading beside what is written. `out` is zeroed before. */
int cc_volume_edit_read(const struct cc_volume_edit *edit, struct cc_volume_reader *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* Commit and name it; `out` is what counts now, without its key. */
int cc_volume_edit_finish(struct cc_volume_edit *edit, struct cc_volume_access *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;

#endif
