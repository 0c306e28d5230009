/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's insides, in memory.
 *
 *  1. All metadata is in memory: groups of 64 inodes, each inode with its
 *     entries, extents or target. A group is `dirty` when its sealed form is
 *     older than its content.
 *  2. A file is a list of extents of 128 KiB. The plaintext of an extent ends
 *     with its last byte that is not zero; what follows up to the end of the
 *     file is zero. An extent of zeroes is a hole: no node, no hash.
 *  3. An extent that is changed or was read lately has a page; a dirty page is
 *     newer than the extent's node, a clean one equal to it.
 *  4. What is sealed is appended to the epoch's data file, with the epoch's
 *     next nonce. Nothing is ever written twice to one place or with one nonce.
 *  5. No byte that a past commit named is ever overwritten.
 *  6. `refs` of an epoch counts the pointers in memory that name it; an epoch
 *     without any is left out of the next head.
 *  7. Once `failed`, nothing else succeeds but reading what is in memory's tree.
 */
#ifndef CC_VOLUME_ENGINE_INTERNAL_H
#define CC_VOLUME_ENGINE_INTERNAL_H

#include "base/fd.h"
#include "volume/format-internal.h"

#define CC_VOL_APPEND_MAX ((size_t)1024 * 1024)
#define CC_VOL_NAME_FILE 64 /* "<32 hex>.<20 digits>.root" and its NUL */

struct cc_vol_bytes {
	uint8_t *at;
	size_t len;
};

struct cc_vol_inode;
/* The plaintext of one extent. */
struct cc_vol_page {
	struct cc_vol_page *older, *newer; /* in the list of the dirty or of the clean ones */
	struct cc_vol_inode *inode;
	uint32_t index;
	uint32_t len;
	uint32_t room;
	bool dirty;
	uint8_t *at;
};
struct cc_vol_pages {
	struct cc_vol_page *oldest, *newest;
	size_t bytes;
};

struct cc_vol_extent {
	struct cc_vol_ptr ptr;
	struct cc_digest hash; /* of what ptr names; only when the volume keeps hashes */
	struct cc_vol_page *page;
};

struct cc_vol_entry {
	struct cc_vol_entry *next; /* with the same hash */
	uint64_t dir;
	uint64_t ino;
	uint64_t cookie;
	uint32_t mode; /* type bits of what it names */
	uint16_t len;
	uint8_t name[];
};

struct cc_vol_place {
	uint64_t cookie;
	struct cc_vol_entry *entry; /* NULL: was removed */
};
struct cc_vol_dir {
	struct cc_vol_place *places; /* ascending cookies */
	size_t count;                /* with the removed ones */
	size_t room;
	size_t live;
	uint64_t cookie; /* of the newest entry */
	uint64_t parent;
};
/* Extents of 32 MiB of a file. The first one of a file grows with it, others are full-sized. */
#define CC_VOL_LEAF_EXTENTS 256u
struct cc_vol_leaf {
	uint32_t room;
	struct cc_vol_extent extents[];
};
struct cc_vol_file {
	struct cc_vol_leaf **leaves; /* NULL where there are only holes */
	size_t leaf_count;
};
struct cc_vol_xattr {
	struct cc_vol_bytes name, value;
};
struct cc_vol_inode {
	struct cc_volume_attr attr;
	uint64_t holds;
	uint64_t seen;               /* number in a walk, 0: not met yet */
	struct cc_vol_xattr *xattrs; /* ascending names */
	size_t xattr_count;
	union {
		struct cc_vol_dir dir;
		struct cc_vol_file file;
		struct cc_vol_bytes target;
	};
};

struct cc_vol_group {
	uint64_t number;
	bool dirty;
	uint32_t len; /* of its sealed form; 0: none yet */
	struct cc_vol_ptr *chunks;
	size_t chunk_count;
	struct cc_vol_inode *inodes[CC_VOL_GROUP_INODES];
	uint32_t count;
};

struct cc_vol_epoch {
	uint32_t slot;
	uint64_t epoch;
	struct cc_volume_state_id state;
	uint64_t end; /* bytes that pointers of this epoch may name */
	uint64_t refs;
	struct cc_aead *aead; /* made at the first use, from the key at the same place of `keys` */
};

struct cc_volume {
	struct cc_volume_store store;
	struct cc_volume_id id;
	bool writable;
	bool hashed; /* hashes are kept in memory and written */
	bool check;  /* and compared at every read */
	bool failed;
	bool dirty;
	struct cc_volume_time now; /* zero: times are left alone */

	struct cc_vol_epoch *epochs; /* ascending slots; the last is ours when writable */
	size_t epoch_count;
	struct cc_secret *keys; /* data keys of all, one after another; NULL when there is none */
	struct cc_vol_super super; /* of the last commit, or what the next begins with */
	struct cc_secret *chain;   /* MAC key of the present epoch */
	struct cc_digest tag;      /* of the last commit */
	uint64_t committed;        /* number of the last commit of this epoch, 0: none */
	uint64_t oldest_root;      /* of this epoch that may still lie in the store */

	uint64_t nonces;  /* used up in this epoch */
	uint64_t written; /* bytes of the data file that are in the store */
	uint8_t *append;  /* CC_VOL_APPEND_MAX: what follows them */
	size_t append_len;

	struct cc_vol_group **groups; /* ascending numbers */
	size_t group_count, group_room;
	uint64_t inode_count; /* those with links */
	uint64_t next_ino;
	uint64_t bytes; /* sizes of all files */

	struct cc_vol_entry **buckets;
	size_t bucket_count; /* a power of two */
	size_t entry_count;
	uint64_t name_key[2];

	struct cc_vol_pages dirty_pages, clean_pages;
};

/* Fails with the errno that a file system would give. */
#define cc_vol_fail(err, code, number, ...) \
	(cc_err_set((err), (code), __VA_ARGS__), (err)->sys = (number), cc_failed())
/* A failure below is the disk's to a program, whatever its code: EIO. Is -1. */
int cc_vol_eio(struct cc_err *err) CC_MUST CC_NONNULL;
/* What a parser called malformed was authentic, so somebody with the key made it. Is -1. */
int cc_vol_malformed(struct cc_err *err, const char *what) CC_MUST CC_NONNULL;
/* Refuses when the volume has failed or is read only. */
int cc_vol_may_change(const struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;

/* seal.c: keys and nodes */
struct cc_vol_keys {
	struct cc_digest salt;
	struct cc_digest commitment;
	struct cc_secret *data;
	struct cc_secret *chain;
	struct cc_secret *names; /* 16 bytes: hashing of names in memory */
};
void cc_vol_keys_clear(struct cc_vol_keys *keys) CC_NONNULL;
int cc_vol_keys_derive(const struct cc_volume_id *id, const struct cc_volume_state_id *state,
		       uint64_t epoch, const struct cc_secret *key, struct cc_vol_keys *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_chain_mac(const struct cc_secret *chain, struct cc_span maced, struct cc_digest *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_data_name(const struct cc_volume_state_id *state,
		      char out[static CC_VOL_NAME_FILE]) CC_NONNULL;
void cc_vol_root_name(const struct cc_volume_state_id *state, uint64_t number,
		      char out[static CC_VOL_NAME_FILE]) CC_NONNULL;
/* What a node is: all of it enters the authenticated data. */
struct cc_vol_what {
	enum cc_vol_level level;
	uint64_t object; /* inode, group or 0 */
	uint64_t index;  /* of the extent or chunk in it */
};
struct cc_vol_epoch *cc_vol_epoch_find(const struct cc_volume *v, uint32_t slot) CC_NONNULL;
/* Seal `plain` (1 to CC_VOLUME_EXTENT bytes) behind everything else. Counts a reference. */
int cc_vol_seal(struct cc_volume *v, const struct cc_vol_what *what, struct cc_span plain,
		struct cc_vol_ptr *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Exactly p->len bytes. */
int cc_vol_unseal(struct cc_volume *v, const struct cc_vol_what *what, const struct cc_vol_ptr *p,
		  uint8_t *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_append_flush(struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_ref(struct cc_volume *v, const struct cc_vol_ptr *p) CC_NONNULL;
void cc_vol_unref(struct cc_volume *v, const struct cc_vol_ptr *p) CC_NONNULL;

/* inode.c: the tables */
struct cc_vol_inode *cc_vol_inode_find(const struct cc_volume *v, uint64_t ino) CC_NONNULL;
int cc_vol_inode_get(const struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Fails with ENOTDIR. */
int cc_vol_dir_get(const struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* An empty inode with this number, which is not in use. */
int cc_vol_inode_add(struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_inode_drop(struct cc_volume *v, struct cc_vol_inode *inode) CC_NONNULL;
/* Its group must be written again. */
void cc_vol_touch(struct cc_volume *v, const struct cc_vol_inode *inode) CC_NONNULL;
/* The link count has fallen: gone when nobody links or holds it. */
void cc_vol_inode_settle(struct cc_volume *v, struct cc_vol_inode *inode) CC_NONNULL;
int cc_vol_group_add(struct cc_volume *v, uint64_t number, struct cc_vol_group **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_group_free(struct cc_vol_group *group);
struct cc_vol_entry *cc_vol_entry_find(const struct cc_volume *v, uint64_t dir,
				       struct cc_span name) CC_NONNULL;
/* A name that is not there yet; touches nothing else. */
int cc_vol_entry_add(struct cc_volume *v, struct cc_vol_inode *dir, struct cc_span name,
		     const struct cc_vol_inode *inode, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_entry_remove(struct cc_volume *v, struct cc_vol_inode *dir,
			 struct cc_vol_entry *entry) CC_NONNULL;
/* The place of the first entry that lives with a cookie behind `cookie`, or dir->count. */
size_t cc_vol_dir_after(const struct cc_vol_dir *dir, uint64_t cookie) CC_NONNULL;
/* The live entries in the order of their names: malloc'd, dir.live of them. */
int cc_vol_entries_sorted(const struct cc_vol_inode *dir, struct cc_vol_entry ***out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* 1 to CC_VOLUME_NAME_MAX bytes without '/' and NUL, not "." or "..". */
int cc_vol_name_check(struct cc_span name, struct cc_err *err) CC_MUST CC_NONNULL;
static inline bool cc_vol_is(const struct cc_vol_inode *inode, uint32_t type)
{
	return (inode->attr.mode & 0170000u) == type;
}

/* file.c: extents and pages */
/* The extent with this index when the file has a place for it, otherwise NULL: a hole. */
struct cc_vol_extent *cc_vol_extent_find(const struct cc_vol_inode *inode,
					 uint64_t index) CC_NONNULL;
/* A place for it. Other extents of the file may move in memory. */
int cc_vol_extent_make(struct cc_vol_inode *inode, uint64_t index, struct cc_vol_extent **out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* The first extent from *index on that is no hole (a node or a page); NULL at the end. */
struct cc_vol_extent *cc_vol_extent_next(const struct cc_vol_inode *inode,
					 uint64_t *index) CC_NONNULL;
int cc_vol_file_truncate(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t size,
			 struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_file_clear(struct cc_volume *v, struct cc_vol_inode *inode) CC_NONNULL;
/* Seal all dirty pages of inodes that have links. */
int cc_vol_pages_seal(struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;
/* SHA-256 of an extent's plaintext as it is now; zero for a hole. */
int cc_vol_extent_hash(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
		       struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;

int cc_vol_xattr_put(struct cc_vol_inode *inode, struct cc_span name, struct cc_span value,
		     int flags, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_xattrs_clear(struct cc_vol_inode *inode) CC_NONNULL;

/* group.c: inodes as bytes */
int cc_vol_group_write(struct cc_volume *v, const struct cc_vol_group *group, struct cc_buf *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Fill an empty group; entries are added to the volume's table of names. */
int cc_vol_group_parse(struct cc_volume *v, struct cc_vol_group *group, struct cc_span bytes,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* The tree as a whole: every name leads to an inode, links add up, no cycle. */
int cc_vol_tree_check(struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;

/* content.c */
/* Every extent's hash from its content, when the base state has none. */
int cc_vol_hash_all(struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
