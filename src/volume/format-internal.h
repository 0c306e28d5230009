/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a volume: superblock, pointers, root node, tree nodes, items.
 * Pure; what is parsed here is bounded and well formed, whether it is true is
 * decided by the callers. docs/format/volume.md draws each of them.
 */
#ifndef CC_VOLUME_FORMAT_INTERNAL_H
#define CC_VOLUME_FORMAT_INTERNAL_H

#include "crypto/aead.h"
#include "volume/volume.h"

#define CC_VOL_SUPER_LEN ((size_t)512)
#define CC_VOL_SUPER_MACED ((size_t)480) /* what the chain MAC is over */
/* Superblocks take turns: commit n lies in slot n % CC_VOL_SLOTS, a page of the disk each. */
#define CC_VOL_SLOTS 32u
#define CC_VOL_SLOT_LEN ((uint64_t)4096)
#define CC_VOL_DATA_START (CC_VOL_SLOTS * CC_VOL_SLOT_LEN)
#define CC_VOL_KEY_LEN ((size_t)32)
/* An epoch ends at whichever comes first. */
#define CC_VOL_EPOCH_BYTES ((uint64_t)64 << 30)
#define CC_VOL_EPOCH_NONCES ((uint64_t)1 << 32)
#define CC_VOL_BLOCK ((size_t)4096)
#define CC_VOL_WINDOW_BLOCKS 32u /* of CC_VOLUME_EXTENT bytes */
#define CC_VOL_DEPTH_MAX 12u     /* levels of the tree */
/* Room for the longest value of an item: an extended attribute with its name. */
#define CC_VOL_ITEM_MAX (CC_VOLUME_XATTR_MAX + 512)

/* Fails with the errno that a file system would give. */
#define cc_vol_fail(err, code, number, ...) \
	(cc_err_set((err), (code), __VA_ARGS__), (err)->sys = (number), cc_failed())

/* What a sealed message is, part of its authenticated data. */
enum cc_vol_level {
	CC_VOL_NONE = 0,
	CC_VOL_FILE, /* a block of a file */
	CC_VOL_NODE, /* a node of the tree */
	CC_VOL_ROOT, /* the root node */
};

/* Where a node lies and what it must be. len 0: there is none. */
struct cc_vol_ptr {
	uint64_t at;
	uint32_t len;
	uint32_t slot; /* of the epoch that wrote it */
	uint32_t nonce;
	struct cc_aead_tag tag;
};

struct cc_vol_super {
	uint32_t flags;
	struct cc_volume_id id;
	struct cc_volume_state_id state;
	uint64_t epoch;
	uint64_t number;
	uint64_t lease;
	struct cc_digest previous; /* tag of the state that this one follows, or zero */
	struct cc_digest salt;
	struct cc_digest commitment;
	uint64_t inodes;
	uint64_t end;    /* bytes of the data file that belong to this state */
	uint64_t nonces; /* used by this epoch so far */
	struct cc_vol_ptr root;
	struct cc_digest chain; /* MAC over everything before it */
};
#define CC_VOL_FLAG_HASHED 1u

int cc_vol_varint_add(struct cc_buf *buf, uint64_t value, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_varint_read(struct cc_reader *r, const char *what, uint64_t *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_ptr_add(struct cc_buf *buf, const struct cc_vol_ptr *p,
		   struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_ptr_read(struct cc_reader *r, struct cc_vol_ptr *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* The first CC_VOL_SUPER_MACED bytes; the caller adds the MAC. */
int cc_vol_super_add(struct cc_buf *buf, const struct cc_vol_super *super,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_super_parse(struct cc_span bytes, struct cc_vol_super *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

/* An epoch that the state refers to; `key` is its data key. */
struct cc_vol_epoch_entry {
	uint32_t slot;
	uint64_t epoch;
	struct cc_volume_state_id state;
	uint64_t end;
	uint64_t live; /* bytes of it that the state refers to */
	struct cc_span key;
};
/* The root node: what there is one of in a state. */
struct cc_vol_root {
	uint64_t next_ino;
	uint64_t bytes; /* sizes of all files */
	uint64_t live;  /* bytes of the superblock's own epoch that the state refers to */
	uint64_t name_key[2];
	uint8_t depth; /* levels of the tree, 0: it is empty */
	struct cc_vol_ptr tree;
	uint32_t epoch_count;
	struct cc_reader epochs; /* at the first one: borrowed */
};
/* Everything before the epochs. */
int cc_vol_root_add(struct cc_buf *buf, const struct cc_vol_root *root,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_epoch_add(struct cc_buf *buf, const struct cc_vol_epoch_entry *entry,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Also proves that the epochs are well formed, ascending and end where the bytes end. */
int cc_vol_root_parse(struct cc_span bytes, struct cc_vol_root *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_epoch_read(struct cc_reader *r, struct cc_vol_epoch_entry *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* The greatest offset of a name: 56 bits of hash, 6 of a place among equals. */
#define CC_VOL_NAME_MAX ((UINT64_C(1) << 62) - 1)
/* Keys of items, ordered by object, kind, offset. */
enum cc_vol_kind {
	CC_VOL_ORPHAN = 1, /* object 0; offset: an inode that no name leads to */
	CC_VOL_INODE,      /* object: its number, as in all that follow; offset 0 */
	CC_VOL_XATTR,      /* offset: hash of the name and a place among equals */
	CC_VOL_ENTRY,      /* the same: a name in a directory */
	CC_VOL_WINDOW,     /* offset: index of 128 KiB of a file */
};
struct cc_vol_key {
	uint64_t object;
	uint64_t offset;
	uint8_t kind;
};
int cc_vol_key_order(const struct cc_vol_key *a, const struct cc_vol_key *b) CC_NONNULL;

/* Nodes: a level (0: leaf), a count, then items; a key is told from the one before it. */
int cc_vol_node_key_add(struct cc_buf *buf, const struct cc_vol_key *last,
			const struct cc_vol_key *key, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_node_key_read(struct cc_reader *r, const struct cc_vol_key *last, struct cc_vol_key *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* Every item of a leaf has at least so many bytes: what bounds its count. */
#define CC_VOL_NODE_ITEM_MIN 4u
int cc_vol_node_begin(struct cc_buf *buf, uint8_t level, uint32_t count,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_node_read(struct cc_reader *r, uint8_t *level, uint32_t *count,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* An inode as an item. */
struct cc_vol_inode_item {
	struct cc_volume_attr attr; /* ino comes from the key */
	uint64_t stored;            /* bytes of sealed blocks */
	uint64_t parent, entries;   /* of a directory */
	struct cc_span target;      /* of a symbolic link: borrowed */
};
int cc_vol_inode_add(struct cc_buf *buf, const struct cc_vol_inode_item *item,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_inode_parse(struct cc_span bytes, struct cc_vol_inode_item *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_vol_entry_item {
	uint64_t ino;
	uint32_t mode;       /* type bits of what it names */
	struct cc_span name; /* borrowed */
};
int cc_vol_entry_add(struct cc_buf *buf, const struct cc_vol_entry_item *item,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_entry_parse(struct cc_span bytes, struct cc_vol_entry_item *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_vol_xattr_item {
	struct cc_span name, value; /* borrowed */
};
int cc_vol_xattr_add(struct cc_buf *buf, const struct cc_vol_xattr_item *item,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_xattr_parse(struct cc_span bytes, struct cc_vol_xattr_item *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Blocks that lie one behind the other and have consecutive nonces, each sealed
 * on its own. All have CC_VOL_BLOCK bytes but the last, whose rest is zeroes.
 */
struct cc_vol_run {
	uint64_t at;
	uint32_t slot;
	uint32_t nonce; /* of the first block */
	uint16_t last;  /* bytes of the last block, 1 to CC_VOL_BLOCK */
	uint8_t first;  /* block in the window */
	uint8_t count;
};
/* What is stored of 128 KiB of a file: blocks in no run are zeroes. */
struct cc_vol_window {
	uint32_t run_count;
	bool hashed;
	struct cc_digest hash; /* of the plaintext up to its last byte that is not zero */
	struct cc_vol_run runs[CC_VOL_WINDOW_BLOCKS];
	struct cc_aead_tag tags[CC_VOL_WINDOW_BLOCKS]; /* by block */
};
static inline uint32_t cc_vol_run_len(const struct cc_vol_run *run)
{
	return (uint32_t)(run->count - 1) * (uint32_t)CC_VOL_BLOCK + run->last;
}
int cc_vol_window_add(struct cc_buf *buf, const struct cc_vol_window *window,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_window_parse(struct cc_span bytes, struct cc_vol_window *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

/* 1 to CC_VOLUME_NAME_MAX bytes without '/' and NUL, not "." or "..". */
int cc_vol_name_check(struct cc_span name, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
