/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume: an encrypted, authenticated directory tree on storage that
 * somebody else controls. docs/format/volume.md has the bytes.
 *
 * The engine does no I/O of its own: a cc_volume_store reads and writes named
 * files. It has no threads; one volume belongs to one thread at a time,
 * which may be lent a second one for long reads (cc_volume_second).
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
#define CC_VOLUME_EPOCHS_MAX 1024u /* epochs whose data one state refers to */
/*
 * Memory: plaintext of files that is not sealed yet; plaintext that was held to a hash, and is kept
 * because that is dear; metadata that is not sealed yet; metadata that may be read again, by
 * default. Beside them a volume needs 32 bytes for each inode that is held.
 */
#define CC_VOLUME_DIRTY_MAX ((size_t)32 * 1024 * 1024)
#define CC_VOLUME_CACHE_MAX ((size_t)16 * 1024 * 1024)
#define CC_VOLUME_TREE_DIRTY_MAX ((size_t)32 * 1024 * 1024)
#define CC_VOLUME_TREE_CACHE ((size_t)64 * 1024 * 1024)
/* Commits that may wait for their acknowledgement at once. */
#define CC_VOLUME_UNACKNOWLEDGED_MAX 30u

struct cc_volume_id {
	uint8_t b[16];
};
/* Names the file of one opening for writing: `<hex>.data`. */
struct cc_volume_state_id {
	uint8_t b[16];
};

/* Storage. `name` is a plain file name. All calls are synchronous; writes may overlap older ones.
 */
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
	size_t cache; /* bytes of clean metadata in memory; 0: CC_VOLUME_TREE_CACHE */
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
 * At most CC_VOLUME_UNACKNOWLEDGED_MAX commits may wait for that (CC_E_CONFLICT; the
 * volume goes on). After any other failure the volume fails as a whole: every later
 * call fails too.
 */
int cc_volume_commit(struct cc_volume *volume, struct cc_volume_commit *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* What waits in memory should be committed: the caller need not, then more is written twice. */
bool cc_volume_wants_commit(const struct cc_volume *volume) CC_NONNULL;
void cc_volume_acknowledged(struct cc_volume *volume, uint64_t number) CC_NONNULL;
bool cc_volume_is_dirty(const struct cc_volume *volume) CC_NONNULL;
/*
 * The time of the changes that follow: a file that is written, a directory
 * whose entries change, an inode whose attributes change. Until it is set (and
 * with seconds 0) times are left as the caller gives them, so that the same
 * calls give the same bytes.
 */
void cc_volume_set_time(struct cc_volume *v, const struct cc_volume_time *now) CC_NONNULL;

/*
 * A second thread that may help with long reads, the caller's. Both are called by the thread that
 * the volume belongs to, in turns.
 */
struct cc_volume_second {
	void *ctx;
	/* Let it call work(arg), soon or never. */
	void (*begin)(void *ctx, void (*work)(void *arg), void *arg);
	/* Returns when it does not, and will not any more. */
	void (*end)(void *ctx);
};
/* Copied; from then on. */
void cc_volume_set_second(struct cc_volume *v, const struct cc_volume_second *second) CC_NONNULL;
struct cc_volume_usage {
	uint64_t inodes;
	uint64_t bytes;   /* sizes of all files, holes included */
	uint64_t written; /* bytes sealed by this opening, also in places that were used again */
	uint64_t room;    /* bytes that may still be written by it */
	uint64_t stored;  /* bytes of all files that the state needs */
	uint64_t live;    /* those of them that it refers to */
	uint64_t epochs;  /* whose files it needs, its own included */
	uint64_t oldest;  /* the number of the first of them: no older key opens a byte of it */
	uint64_t memory;  /* bytes of metadata and of plaintext in memory */
};
void cc_volume_usage(const struct cc_volume *v, struct cc_volume_usage *out) CC_NONNULL;
/*
 * The states whose files this one needs: those of the epochs that it refers to,
 * its own first. What no state that still counts needs may be removed.
 */
int cc_volume_states(const struct cc_volume *v, struct cc_volume_state_id **out, size_t *count,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Go on in a new epoch, with its key and its file, without closing: after a commit (CC_E_BUG
 * when something waits for one). What follows is committed there.
 */
int cc_volume_epoch_next(struct cc_volume *v, const struct cc_volume_epoch *epoch,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * What still lives in older epochs of which more than half is dead moves into the present one, and
 * everything when there are too many epochs: their files are needed no longer after the next
 * commit. `moved`: bytes of file data.
 */
int cc_volume_compact(struct cc_volume *v, uint64_t *moved, struct cc_err *err) CC_MUST CC_NONNULL;

/* After a crash. */
struct cc_volume_recover {
	struct cc_volume_id id;
	const struct cc_volume_base *named; /* what the CAS knows */
	uint64_t window; /* commits that may be newer, at most CC_VOLUME_UNACKNOWLEDGED_MAX */
};
/*
 * The newest state that follows the named one in its epoch, each commit naming the one before
 * (proved by MAC under the epoch's key), and that is all there: its own bytes and those of the
 * commits between are read and verified. The named one itself when none does. `out->key`
 * is the named one's.
 */
int cc_volume_recover(const struct cc_volume_store *store, const struct cc_volume_recover *how,
		      struct cc_volume_base *out, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Without protection against rollback: the newest state of the named one's epoch that the storage
 * shows, older or newer than it, whose superblock has the epoch's MAC and that is all there.
 * `window` is not looked at. The named one itself when there is none.
 */
int cc_volume_newest(const struct cc_volume_store *store, const struct cc_volume_recover *how,
		     struct cc_volume_base *out, struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_volume_checked {
	uint64_t inodes, entries;
	uint64_t nodes;  /* of the tree */
	uint64_t blocks; /* of files */
	uint64_t bytes;  /* sealed bytes that were read */
};
struct cc_volume_check_plan {
	/* From time to time; -1 ends the check with *err as it is then. NULL: nobody is told. */
	int (*progress)(void *ctx, const struct cc_volume_checked *so_far, struct cc_err *err);
	void *ctx;
	/* Gets the inode in whose items the first wrong thing was, 0: none's. NULL: nobody asks. */
	uint64_t *damaged;
};
/*
 * Read and verify everything that the state has: every node and block, that names, links, parents
 * and counts agree. The first thing that is wrong fails (CC_E_TAMPERED).
 */
int cc_volume_check(struct cc_volume *v, const struct cc_volume_check_plan *plan,
		    struct cc_volume_checked *out, struct cc_err *err) CC_MUST CC_NONNULL;
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
	uint64_t blocks; /* of 512 bytes that are stored, as stat(2) counts; ignored when set */
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
/* Bytes become zeroes, whole blocks of 4 KiB of them a hole; the size stays. */
int cc_volume_punch(struct cc_volume *v, uint64_t ino, uint64_t at, uint64_t len,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Where data (or a hole) begins from `at` on, by blocks of 4 KiB; ENXIO as lseek(2) has it. */
int cc_volume_seek(struct cc_volume *v, uint64_t ino, uint64_t at, bool data, uint64_t *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Entries in an order of their own that does not change. `after`: the cookie of the
 * last one seen (at most 62 bits), 0 to start. A cookie keeps its meaning whatever is
 * added or removed. The name is borrowed until the next call of this function, a
 * getxattr or a change.
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
