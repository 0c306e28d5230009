/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume: an encrypted, authenticated directory tree on storage that
 * somebody else controls. docs/format/volume.md has the bytes.
 *
 * The engine does no I/O of its own: a cc_volume_store reads and writes named
 * files. It has no threads; one volume belongs to one thread at a time.
 *
 * What is opened is a *state*: the tree as of one commit, named by its root
 * tag. Opening for writing starts an *epoch* with a key that nobody used
 * before; what it writes lies in files of its own beside those of the base
 * state, so an attempt that never completes changes nothing.
 *
 * Every function that reads may fail with CC_E_TAMPERED (bytes are not what
 * was written) or CC_E_STALE (an authentic state, but not the one named).
 */
#ifndef CC_VOLUME_VOLUME_H
#define CC_VOLUME_VOLUME_H

#include "base/buf.h"
#include "base/secret.h"
#include "crypto/hash.h"

#define CC_VOLUME_NAME_MAX 255
#define CC_VOLUME_EXTENT ((size_t)128 * 1024)
#define CC_VOLUME_ROOT_INO 1
#define CC_VOLUME_FILE_MAX ((uint64_t)1 << 40)    /* bytes of one file: 1 TiB */
#define CC_VOLUME_LINK_MAX 4095                   /* bytes of a symbolic link's target */
#define CC_VOLUME_XATTR_MAX ((size_t)64 * 1024)   /* bytes of one value */
#define CC_VOLUME_XATTRS_MAX ((size_t)128 * 1024) /* names and values of one inode together */
#define CC_VOLUME_XATTR_COUNT_MAX 1024u
#define CC_VOLUME_INODES_MAX 16777216u
#define CC_VOLUME_EPOCHS_MAX 16384u /* epochs whose data one state refers to */
/* Memory for plaintext of files: not yet sealed, and kept because it may be read again. */
#define CC_VOLUME_DIRTY_MAX ((size_t)32 * 1024 * 1024)
#define CC_VOLUME_CACHE_MAX ((size_t)16 * 1024 * 1024)

struct cc_volume_id {
	uint8_t b[16];
};
/* Names the files of one opening for writing: `<hex>.data`, `<hex>.<number>.root`. */
struct cc_volume_state_id {
	uint8_t b[16];
};

/* Storage. `name` is a plain file name. All calls are synchronous. */
struct cc_volume_store {
	void *ctx;
	/* Exactly out.len bytes at `at`; a short file is CC_E_TAMPERED, a missing one
	 * CC_E_NOTFOUND. */
	int (*read)(void *ctx, const char *name, uint64_t at, struct cc_mut out,
		    struct cc_err *err);
	/* Write at `at`, growing the file; created when it is not there. */
	int (*write)(void *ctx, const char *name, uint64_t at, struct cc_span bytes,
		     struct cc_err *err);
	/* What was written to `name` is on the disk when this returns. */
	int (*flush)(void *ctx, const char *name, struct cc_err *err);
	/* Make the whole of `name` at once (temporary name, flush, rename, directory flushed). */
	int (*publish)(void *ctx, const char *name, struct cc_span bytes, struct cc_err *err);
	int (*remove)(void *ctx, const char *name, struct cc_err *err);
};

/* What names a committed state; comes from the CAS (or, for an image, from its policy). */
struct cc_volume_base {
	struct cc_volume_state_id state;
	uint64_t epoch;
	uint64_t number; /* of the commit */
	struct cc_digest tag;
	const struct cc_secret *key; /* of that epoch: 32 bytes, borrowed during open */
};
/* A new epoch. */
struct cc_volume_epoch {
	struct cc_volume_state_id state;
	uint64_t epoch; /* greater than the base's */
	/*
	 * 32 bytes that nobody used before, borrowed during open. Nonces start at
	 * zero in every epoch, so a key must never be given to a second opening;
	 * open refuses a state whose data file is there already and a key that it
	 * knows, but a rolled-back storage can hide both: only the giver can keep
	 * this promise.
	 */
	const struct cc_secret *key;
	uint64_t lease; /* the fencing epoch of the writer's lease, noted in the superblock */
};

struct cc_volume_open {
	struct cc_volume_id id;
	const struct cc_volume_base *base;   /* NULL: start empty */
	const struct cc_volume_epoch *epoch; /* NULL: read only (then base is needed) */
	bool hash_extents; /* keep a SHA-256 of each extent's plaintext in the tree: images */
	/* When not NULL, the content digest that the state must have; each read is checked. */
	const struct cc_digest *content;
	uint32_t root_mode, root_uid, root_gid; /* of the root directory of an empty volume */
	int64_t root_mtime;
};

struct cc_volume_time {
	int64_t sec;
	uint32_t nsec;
};

struct cc_volume;
#define CC_AUTO_VOLUME CC_CLEANUP(cc_volume_auto)

/* `store` is copied; its ctx must outlive the volume. */
int cc_volume_open(const struct cc_volume_store *store, const struct cc_volume_open *how,
		   struct cc_volume **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Uncommitted changes are forgotten. */
void cc_volume_free(struct cc_volume *volume);
static inline void cc_volume_auto(struct cc_volume **volume)
{
	cc_volume_free(*volume);
}

/* What a commit named. */
struct cc_volume_commit {
	uint64_t number;
	struct cc_digest tag;
};
/*
 * Write, then name: all changes are on the disk under a new root beside the
 * old when this returns. The caller tells the CAS, then calls
 * cc_volume_acknowledged, after which space of the former commit may be reused.
 * After a failure the volume fails as a whole: every later call fails too.
 */
int cc_volume_commit(struct cc_volume *volume, struct cc_volume_commit *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
void cc_volume_acknowledged(struct cc_volume *volume, uint64_t number) CC_NONNULL;
bool cc_volume_is_dirty(const struct cc_volume *volume) CC_NONNULL;
/*
 * The time of the changes that follow: a file that is written, a directory
 * whose entries change, an inode whose attributes change. Until it is set (and
 * with seconds 0) times are left as the caller gives them, so that the same
 * calls give the same bytes.
 */
void cc_volume_set_time(struct cc_volume *v, const struct cc_volume_time *now) CC_NONNULL;
struct cc_volume_usage {
	uint64_t inodes;
	uint64_t bytes;   /* sizes of all files, holes included */
	uint64_t written; /* to the data file of this opening */
	uint64_t room;    /* bytes that may still be written by it */
};
void cc_volume_usage(const struct cc_volume *v, struct cc_volume_usage *out) CC_NONNULL;
/*
 * The states whose files this one needs: those of the epochs that it refers to,
 * its own first. What no state that still counts needs may be removed.
 */
int cc_volume_states(const struct cc_volume *v, struct cc_volume_state_id **out, size_t *count,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Content digest of the present tree (unsalted). Reads everything unless hash_extents is on. */
int cc_volume_content(struct cc_volume *volume, struct cc_digest *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * From here on each read is held to the hashes that the content digest is made of: for who has
 * compared that digest. CC_E_BUG without hash_extents.
 */
int cc_volume_check_reads(struct cc_volume *volume, struct cc_err *err) CC_MUST CC_NONNULL;
/* H(salt ‖ digest); an empty salt gives H(digest). */
int cc_volume_salted(const struct cc_digest *content, struct cc_span salt, struct cc_digest *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* The tree. Failing calls set err->sys to the errno a file system would give. */
struct cc_volume_attr {
	uint64_t ino;
	uint32_t mode; /* with the type bits of stat(2) */
	uint32_t uid, gid;
	uint32_t links;
	uint32_t rdev_major, rdev_minor;
	uint64_t size;
	struct cc_volume_time accessed, modified, changed;
};
#define CC_VOLUME_SET_MODE 1u
#define CC_VOLUME_SET_UID 2u
#define CC_VOLUME_SET_GID 4u
#define CC_VOLUME_SET_SIZE 8u
#define CC_VOLUME_SET_ATIME 16u
#define CC_VOLUME_SET_MTIME 32u

int cc_volume_lookup(struct cc_volume *v, uint64_t dir, struct cc_span name,
		     struct cc_volume_attr *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* An absolute path, links not followed. */
int cc_volume_resolve(struct cc_volume *v, const char *path, struct cc_volume_attr *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_volume_getattr(struct cc_volume *v, uint64_t ino, struct cc_volume_attr *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_volume_setattr(struct cc_volume *v, uint64_t ino, const struct cc_volume_attr *attr,
		      unsigned int which, struct cc_volume_attr *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* `like` gives mode (with type), owner, rdev and times; links, size and ino are ours. */
int cc_volume_create(struct cc_volume *v, uint64_t dir, struct cc_span name,
		     const struct cc_volume_attr *like, struct cc_volume_attr *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_volume_symlink(struct cc_volume *v, uint64_t dir, struct cc_span name, struct cc_span target,
		      const struct cc_volume_attr *like, struct cc_volume_attr *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_volume_link(struct cc_volume *v, uint64_t ino, uint64_t dir, struct cc_span name,
		   struct cc_volume_attr *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_volume_unlink(struct cc_volume *v, uint64_t dir, struct cc_span name,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_volume_rmdir(struct cc_volume *v, uint64_t dir, struct cc_span name,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* `flags`: RENAME_NOREPLACE, RENAME_EXCHANGE of renameat2(2). */
int cc_volume_rename(struct cc_volume *v, uint64_t from_dir, struct cc_span from, uint64_t to_dir,
		     struct cc_span to, unsigned int flags, struct cc_err *err) CC_MUST CC_NONNULL;
/* The target, borrowed until the next change. */
int cc_volume_readlink(struct cc_volume *v, uint64_t ino, struct cc_span *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Up to out.len bytes; `got` tells how many there were. */
int cc_volume_read(struct cc_volume *v, uint64_t ino, uint64_t at, struct cc_mut out, size_t *got,
		   struct cc_err *err) CC_MUST CC_NONNULL;
int cc_volume_write(struct cc_volume *v, uint64_t ino, uint64_t at, struct cc_span bytes,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Entries in the order in which they were made; those that were there when the
 * volume was opened come first, by name. `after`: the cookie of the last one
 * seen, 0 to start. A cookie keeps its meaning whatever is added or removed.
 */
struct cc_volume_entry {
	struct cc_span name;
	uint64_t ino;
	uint32_t mode;
	uint64_t cookie;
};
int cc_volume_readdir(struct cc_volume *v, uint64_t dir, uint64_t after,
		      struct cc_volume_entry *out, bool *end,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* An inode stays until its last open is gone, also when unlinked. */
void cc_volume_hold(struct cc_volume *v, uint64_t ino) CC_NONNULL;
void cc_volume_release(struct cc_volume *v, uint64_t ino) CC_NONNULL;
int cc_volume_getxattr(struct cc_volume *v, uint64_t ino, struct cc_span name, struct cc_span *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_volume_setxattr(struct cc_volume *v, uint64_t ino, struct cc_span name, struct cc_span value,
		       int flags, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_volume_removexattr(struct cc_volume *v, uint64_t ino, struct cc_span name,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* Names, each with its NUL, added to `out`. */
int cc_volume_listxattr(struct cc_volume *v, uint64_t ino, struct cc_buf *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

/* A store of plain files in a directory: what everyone but tests uses. */
struct cc_volume_dir;
int cc_volume_dir_open(const char *path, bool create, struct cc_volume_dir **out,
		       struct cc_volume_store *store, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_volume_dir_free(struct cc_volume_dir *dir);
/* A store that forgets what is written: for computing a content digest alone. */
void cc_volume_null_store(struct cc_volume_store *store) CC_NONNULL;

#endif
