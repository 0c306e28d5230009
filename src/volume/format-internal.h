/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a volume: superblock, pointers, root node and head. Pure; what
 * is parsed here is bounded and well formed, whether it is true is decided by
 * the callers. docs/format/volume.md draws each of them.
 */
#ifndef CC_VOLUME_FORMAT_INTERNAL_H
#define CC_VOLUME_FORMAT_INTERNAL_H

#include "crypto/aead.h"
#include "volume/volume.h"

#define CC_VOL_SUPER_LEN ((size_t)512)
#define CC_VOL_SUPER_MACED ((size_t)480) /* what the chain MAC is over */
#define CC_VOL_PTR_LEN ((size_t)36)
#define CC_VOL_KEY_LEN ((size_t)32)
/* An epoch ends at whichever comes first. */
#define CC_VOL_EPOCH_BYTES ((uint64_t)64 << 30)
#define CC_VOL_EPOCH_NONCES ((uint64_t)1 << 32)
/* Chunks of the head that the root node can list: one extent full of pointers. */
#define CC_VOL_ROOT_CHUNKS ((CC_VOLUME_EXTENT - 16) / CC_VOL_PTR_LEN)
#define CC_VOL_GROUP_INODES 64u
#define CC_VOL_GROUPS_MAX (CC_VOLUME_INODES_MAX)
#define CC_VOL_GROUP_MAX ((size_t)512 * 1024 * 1024)

/* What a node is, part of its authenticated data. */
enum cc_vol_level {
	CC_VOL_NONE = 0,
	CC_VOL_FILE,  /* an extent of a file */
	CC_VOL_GROUP, /* a chunk of a group of inodes */
	CC_VOL_HEAD,  /* a chunk of the head */
	CC_VOL_ROOT,  /* the root node */
};

/* Where a node lies and what it must be. len 0: there is none (a hole). */
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

int cc_vol_ptr_add(struct cc_buf *buf, const struct cc_vol_ptr *p,
		   struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_ptr_read(struct cc_reader *r, struct cc_vol_ptr *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* The first CC_VOL_SUPER_MACED bytes; the caller adds the MAC. */
int cc_vol_super_add(struct cc_buf *buf, const struct cc_vol_super *super,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_super_parse(struct cc_span bytes, struct cc_vol_super *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

/* The root node: where the chunks of the head are. */
struct cc_vol_root {
	uint64_t head_len;
	size_t count;
	struct cc_vol_ptr *chunks; /* owned */
};
void cc_vol_root_clear(struct cc_vol_root *root) CC_NONNULL;
int cc_vol_root_add(struct cc_buf *buf, const struct cc_vol_root *root,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* `out` must be zero. */
int cc_vol_root_parse(struct cc_span bytes, struct cc_vol_root *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* One older epoch, as the head lists it. */
struct cc_vol_epoch_entry {
	uint32_t slot;
	uint64_t epoch;
	struct cc_volume_state_id state;
	uint64_t end;
	struct cc_span key; /* its data key, inside the head's bytes */
};
struct cc_vol_group_entry {
	uint64_t number;
	uint32_t len;
	size_t chunk_count;
	struct cc_span chunks; /* pointers, inside the head's bytes */
};
struct cc_vol_head {
	uint64_t next_ino;
	uint32_t epoch_count;
	uint32_t group_count;
	struct cc_reader epochs; /* parsed one by one with the two functions below */
	struct cc_reader groups;
};
#define CC_VOL_HEAD_MAGIC 0x44414548u /* "HEAD" */
#define CC_VOL_HEAD_MAX (CC_VOL_ROOT_CHUNKS * CC_VOLUME_EXTENT)
int cc_vol_head_parse(struct cc_span bytes, struct cc_vol_head *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_epoch_read(struct cc_reader *r, struct cc_vol_epoch_entry *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_group_read(struct cc_reader *r, struct cc_vol_group_entry *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* How many chunks of CC_VOLUME_EXTENT `len` bytes need. */
static inline size_t cc_vol_chunks(uint64_t len)
{
	return (size_t)((len + CC_VOLUME_EXTENT - 1) / CC_VOLUME_EXTENT);
}

#endif
