/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume without a CAS: a state file names the state (cli/volume-anchor.h), a key file opens it.
 *
 * Write, then name: what an opening for writing writes lies in files of its own until the state
 * file names it, so whoever dies before leaves the state before. Writers exclude each other and
 * readers, by a lock on the volume's directory.
 */
#ifndef CC_CLI_VOLUME_LOCAL_H
#define CC_CLI_VOLUME_LOCAL_H

#include "base/dir.h"
#include "cli/volume-anchor.h"

/* As the user names it; borrowed. */
struct cc_volume_place {
	const char *storage, *key_file, *state;
};

struct cc_volume_local {
	struct cc_volume_place place;
	struct cc_secret *owner;
	struct cc_volume_anchor anchor; /* with no key: there is no state yet */
	struct cc_dir dir;              /* of the volume; locked while it is open */
};
#define CC_VOLUME_LOCAL_NONE ((struct cc_volume_local){ .dir = CC_DIR_NONE })
#define CC_AUTO_VOLUME_LOCAL CC_CLEANUP(cc_volume_local_close)
void cc_volume_local_close(struct cc_volume_local *local) CC_NONNULL;
/* `out` is CC_VOLUME_LOCAL_NONE before. CC_E_CONFLICT: somebody else has it open. */
int cc_volume_local_open(const struct cc_volume_place *place, bool write,
			 struct cc_volume_local *out, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * A new volume, locked for writing: its key file is made when it is not there, its state file
 * when the first commit is named. CC_E_CONFLICT: the state file is there, so there is a volume.
 */
int cc_volume_local_create(const struct cc_volume_place *place, struct cc_volume_local *out,
			   struct cc_err *err) CC_MUST CC_NONNULL;
/* Remove what a creation has left that failed before the state file was there. */
void cc_volume_local_forget(struct cc_volume_local *local) CC_NONNULL;

/* What is named from here on is sealed under this key, which is made when it is not there. */
int cc_volume_local_owner(struct cc_volume_local *local, const char *key_file,
			  struct cc_err *err) CC_MUST CC_NONNULL;

/* An opening for writing. */
struct cc_volume_writer {
	struct cc_volume_local *local; /* NULL: a CAS has leased the epoch (cli/volume-edit.h) */
	struct cc_volume_dir *dir;
	struct cc_volume *volume;
	struct cc_volume_epoch epoch;
	struct cc_secret *key; /* of the epoch: random, nowhere else */
	bool is_named;         /* by the state file, perhaps: its files stay */
};
#define CC_AUTO_VOLUME_WRITER CC_CLEANUP(cc_volume_writer_close)
/* What was not named is forgotten and removed. */
void cc_volume_writer_close(struct cc_volume_writer *writer) CC_NONNULL;
/* `empty`: begin with an empty tree instead of the named state. `out` is zeroed before. */
int cc_volume_writer_open(struct cc_volume_local *local, bool empty, struct cc_volume_writer *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Open an epoch that is drawn already, in `writer`, on the state that `access` names, or on none
 * when it has no key.
 */
int cc_volume_writer_start(struct cc_volume_writer *writer, const struct cc_volume_access *access,
			   const char *storage, struct cc_err *err) CC_MUST CC_NONNULL;
/* Commit and name it in the state file. */
int cc_volume_writer_commit(struct cc_volume_writer *writer, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Name a commit that was made already, and no more: the volume may meanwhile belong to a thread
 * that serves it, which acknowledges.
 */
int cc_volume_writer_record(struct cc_volume_writer *writer, const struct cc_volume_commit *commit,
			    struct cc_err *err) CC_MUST CC_NONNULL;
/* Remove the files that the named state does not need. */
int cc_volume_writer_sweep(const struct cc_volume_writer *writer,
			   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
