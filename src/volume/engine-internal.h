/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's insides, in memory.
 *
 *  1. All metadata is items of one copy-on-write tree (btree.c). A node in memory
 *     is clean (equal to the sealed one that its parent points to) or dirty (newer
 *     than anything sealed; its parents are dirty, too).
 *  2. Inodes in use are kept decoded beside the tree (inode.c): a dirty one is
 *     newer than its item. What changes an item of an inode never reads the item.
 *  3. A file is windows of 128 KiB, each runs of blocks of 4 KiB. A page holds the
 *     plaintext of blocks of one window: dirty ones are newer than their runs.
 *  4. What is sealed goes to the present epoch's data file under the epoch's
 *     next nonce. A place is used again only when nothing that may yet be opened
 *     refers to it (space.c); a nonce never is.
 *  5. Nothing in memory is given up but by cc_vol_trim, which only public
 *     functions call, first of all: what the tree returns is good until then.
 *  6. Once `failed`, nothing else succeeds but reading what is in memory's tree.
 */
#ifndef CC_VOLUME_ENGINE_INTERNAL_H
#define CC_VOLUME_ENGINE_INTERNAL_H

#include "base/fd.h"
#include "volume/format-internal.h"

#define CC_VOL_BUFFER_MAX ((size_t)1024 * 1024)
#define CC_VOL_NAME_FILE 64 /* "<32 hex>.data" and its NUL */
/* Beside the commits that wait for an acknowledgement, slots are for the named and the next one. */
_Static_assert(CC_VOLUME_UNACKNOWLEDGED_MAX <= CC_VOL_SLOTS - 2, "a named superblock stays");
/* A node is divided above, and joined with a neighbour below. */
#define CC_VOL_NODE_MAX ((size_t)16 * 1024)
#define CC_VOL_NODE_MIN ((size_t)4 * 1024)
/* So full they are made when they are sealed: a little may be added before they are divided. */
#define CC_VOL_NODE_FULL (CC_VOL_NODE_MAX / 16 * 15)
/* Inodes that wait for a commit. */
#define CC_VOL_INODES_DIRTY_MAX 16384u

struct cc_vol_bytes {
	uint8_t *at;
	size_t len;
};

/* Number to number: open addressing, 0 is no key. */
struct cc_vol_slot {
	uint64_t key, value;
};
struct cc_vol_map {
	struct cc_vol_slot *slots;
	size_t room; /* a power of two, or 0 */
	size_t count;
};

/* The plaintext of blocks of one window. Its room reaches as far as anything was written. */
struct cc_vol_page {
	struct cc_vol_page *older, *newer;  /* in the list of the dirty or of the clean ones */
	struct cc_vol_page *next;           /* with the same hash */
	struct cc_vol_page *before, *after; /* of the same inode */
	struct cc_vol_inode *inode;
	uint64_t index;
	uint32_t valid; /* blocks whose content is here */
	uint32_t dirty; /* blocks newer than the window's runs */
	uint32_t room;  /* what lies behind is zeroes */
	uint8_t *at;
};
struct cc_vol_pages {
	struct cc_vol_page *oldest, *newest;
	size_t bytes;
};

struct cc_vol_inode {
	struct cc_vol_inode *older, *newer; /* in the list of the dirty or of the clean ones */
	struct cc_vol_inode *next;          /* with the same hash */
	struct cc_volume_attr attr;         /* blocks are counted when asked for */
	uint64_t stored;                    /* bytes of sealed blocks */
	uint64_t parent, entries;           /* of a directory */
	struct cc_vol_bytes target;         /* of a symbolic link */
	struct cc_vol_page *pages;
	bool dirty;
	bool in_tree; /* has an item */
};
struct cc_vol_inodes {
	struct cc_vol_inode *oldest, *newest;
	size_t count;
};

struct cc_vol_item {
	struct cc_vol_key key;
	uint32_t at, len; /* of the value, in `bytes` of its node */
};
struct cc_vol_child {
	struct cc_vol_key key; /* no item below is less */
	struct cc_vol_ptr ptr; /* of its sealed form: none while it is dirty */
	struct cc_vol_node *node;
};
struct cc_vol_node {
	struct cc_vol_node *older, *newer; /* all nodes in memory, by use */
	struct cc_vol_node *parent;
	uint8_t level; /* 0: a leaf */
	bool dirty;
	uint32_t count, room;
	uint32_t loaded; /* children in memory */
	size_t weight;   /* about the bytes of its sealed form */
	union {
		struct {
			struct cc_vol_item *items;
			uint8_t *bytes;
			uint32_t used, bytes_room;
		};
		struct cc_vol_child *children;
	};
};
struct cc_vol_tree {
	struct cc_vol_child root; /* its key is the least one */
	uint8_t depth;            /* 0: empty */
	struct cc_vol_node *oldest, *newest;
	size_t bytes; /* memory of all nodes */
	size_t dirty; /* about the bytes that dirty nodes will have */
	size_t kept;  /* what was left when the last trim could not reach its bound, or 0 */
	uint64_t nodes_read, bytes_read;
};

/* Free bytes of 1 MiB of the own data file: `ranges` ascend and never touch. */
struct cc_vol_range {
	uint32_t at, len;
};
struct cc_vol_segment {
	struct cc_vol_range *ranges;
	uint32_t count, room;
	uint32_t largest;
};
/* Bytes that are free once a commit is acknowledged. */
struct cc_vol_pending {
	uint64_t at, number;
	uint32_t len;
};
struct cc_vol_space {
	struct cc_vol_segment *segments;
	size_t segment_count, segment_room;
	size_t cursor;      /* where the last search ended */
	uint64_t end;       /* of the data file, as far as it was given out */
	uint64_t free;      /* bytes in all ranges */
	uint64_t taken;     /* bytes that were sealed, also in places that were used again */
	uint64_t at, limit; /* what is being filled */
	uint64_t first;     /* number of the commit before this opening's first */
	uint64_t committed; /* what was `taken` at the last commit */
	unsigned int small; /* commits that wrote little, one behind another */
	bool slots_are_written;
	uint8_t *buffer; /* CC_VOL_BUFFER_MAX: sealed bytes that belong at `buffer_at` */
	uint64_t buffer_at;
	size_t buffer_len;
	struct cc_vol_pending *pending; /* ascending numbers */
	size_t pending_count, pending_room;
};

/* Who opens what is sealed: the thread that the volume belongs to, and one that helps it. */
enum cc_vol_hand { CC_VOL_FIRST, CC_VOL_SECOND, CC_VOL_HANDS };

struct cc_vol_epoch {
	uint32_t slot;
	uint64_t epoch;
	struct cc_volume_state_id state;
	uint64_t end;  /* bytes of its file, those ahead included */
	uint64_t live; /* bytes that the present tree refers to */
	/* Made at the first use, from the key at the same place of `keys`: one of each hand. */
	struct cc_aead *aead[CC_VOL_HANDS];
};

struct cc_volume {
	struct cc_volume_store store;
	struct cc_volume_id id;
	size_t cache; /* bytes of clean nodes and inodes that are kept */
	bool writable;
	bool hashed; /* hashes are kept and written */
	bool check;  /* and compared at every read */
	bool failed;
	bool dirty;
	struct cc_volume_time now; /* zero: times are left alone */

	struct cc_vol_epoch *epochs; /* ascending slots; the last is ours when writable */
	size_t epoch_count, epoch_room;
	struct cc_secret *keys;    /* data keys of all, one after another */
	struct cc_vol_super super; /* of the last commit, or what the next begins with */
	struct cc_secret *chain;   /* MAC key of the present epoch */
	struct cc_digest tag;      /* of the last commit */
	uint64_t committed;        /* number of the last commit of this epoch, 0: none */
	uint64_t acknowledged;     /* the greatest number that was, or the base's */
	struct cc_vol_ptr root;    /* the root node of the last commit of this epoch */

	uint64_t nonces;           /* used up in this epoch */
	uint64_t committed_nonces; /* those that commits may refer to */
	struct cc_vol_space space;
	struct cc_vol_tree tree;

	struct cc_vol_inode **inode_buckets;
	size_t inode_bucket_count, inode_cached;
	struct cc_vol_inodes dirty_inodes, clean_inodes;
	struct cc_vol_map holds; /* inode to how often it is held */
	uint64_t inode_count;    /* those with links */
	uint64_t next_ino;
	uint64_t bytes; /* sizes of all files */
	uint64_t name_key[2];

	struct cc_vol_page **page_buckets;
	size_t page_bucket_count, page_count;
	struct cc_vol_pages dirty_pages, clean_pages;
	struct cc_buf item;             /* an item that is being made */
	struct cc_buf answer;           /* what the last call lent */
	uint8_t *window;                /* CC_VOLUME_EXTENT: plaintext on its way */
	struct cc_volume_second second; /* no `begin`: nobody */
};

/* A failure below is the disk's to a program, whatever its code: EIO. Is -1. */
#define cc_vol_eio(err) (cc_vol_set_eio(err), cc_failed())
/* What a parser called malformed was authentic, so somebody with the key made it. Is -1. */
#define cc_vol_malformed(err, what) (cc_vol_set_malformed((err), (what)), cc_failed())
void cc_vol_set_eio(struct cc_err *err) CC_NONNULL;
void cc_vol_set_malformed(struct cc_err *err, const char *what) CC_NONNULL;
/* Refuses when the volume has failed or is read only; makes room. */
int cc_vol_may_change(struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;
/* Give up what is clean and over the bound of memory, seal what waits too long. */
int cc_vol_trim(struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;

/* seal.c: keys, and what is sealed with them */
struct cc_vol_keys {
	struct cc_digest salt;
	struct cc_digest commitment;
	struct cc_secret *data;
	struct cc_secret *chain;
	struct cc_secret *names; /* 16 bytes: hash of names */
};
void cc_vol_keys_clear(struct cc_vol_keys *keys) CC_NONNULL;
int cc_vol_keys_derive(const struct cc_volume_id *id, const struct cc_volume_state_id *state,
		       uint64_t epoch, const struct cc_secret *key, struct cc_vol_keys *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_chain_mac(const struct cc_secret *chain, struct cc_span maced, struct cc_digest *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_data_name(const struct cc_volume_state_id *state,
		      char out[static CC_VOL_NAME_FILE]) CC_NONNULL;
struct cc_vol_epoch *cc_vol_epoch_find(const struct cc_volume *v, uint32_t slot) CC_NONNULL;
/* The present epoch, when the volume is open for writing. */
static inline struct cc_vol_epoch *cc_vol_epoch_own(const struct cc_volume *v)
{
	return v->writable ? &v->epochs[v->epoch_count - 1] : NULL;
}
/* Seal a node (1 to CC_VOLUME_EXTENT bytes). */
int cc_vol_seal(struct cc_volume *v, enum cc_vol_level level, struct cc_span plain,
		struct cc_vol_ptr *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Exactly p->len bytes. */
int cc_vol_unseal(struct cc_volume *v, enum cc_vol_level level, const struct cc_vol_ptr *p,
		  uint8_t *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* What a run is of. */
struct cc_vol_place {
	uint64_t ino;
	uint64_t index; /* of the window */
};
/*
 * Seal run->count blocks (`plain` ends with the last one) and fill in where they
 * lie; run->first and run->count are given, `tags` are those of the window.
 */
int cc_vol_run_seal(struct cc_volume *v, const struct cc_vol_place *of, struct cc_span plain,
		    struct cc_vol_run *run, struct cc_aead_tag *tags,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Blocks of a run, whole ones, from its block `from` on, and where they go. */
struct cc_vol_piece {
	const struct cc_vol_place *of;
	const struct cc_vol_window *window;
	const struct cc_vol_run *run;
	unsigned int from;
	struct cc_mut out;
};
/* Zeroes behind the last. */
int cc_vol_run_unseal(struct cc_volume *v, const struct cc_vol_piece *piece,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* Its two halves. What was only fetched is as the storage has it: not to be looked at. */
int cc_vol_run_fetch(struct cc_volume *v, const struct cc_vol_piece *piece,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* In place. Changes nothing of the volume, so that two hands may be at it. */
int cc_vol_run_open(const struct cc_volume *v, enum cc_vol_hand hand,
		    const struct cc_vol_piece *piece, struct cc_err *err) CC_MUST CC_NONNULL;

/* space.c: places in the own data file */
int cc_vol_space_init(struct cc_vol_space *space, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_space_clear(struct cc_vol_space *space) CC_NONNULL;
/* Room for `len` bytes (at most CC_VOLUME_EXTENT) that will lie at *at. */
int cc_vol_space_take(struct cc_volume *v, size_t len, uint64_t *at, uint8_t **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The most bytes of one piece that fill what is being filled: who has more may divide it there.
 * Where little is left that is not worth it, and any length will do.
 */
uint64_t cc_vol_space_room(const struct cc_vol_space *space) CC_NONNULL;
/*
 * Bytes of what an epoch may have that are used up: those that were sealed, or the file's,
 * whichever are more. Used again, a place counts again; the ends of segments that nothing fitted in
 * count, too.
 */
uint64_t cc_vol_space_used(const struct cc_vol_space *space) CC_NONNULL;
/* What was taken is in the store when this returns, not on the disk. */
int cc_vol_space_write(struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;
/* Before a flush: when commits are small and many, the next ones find their place in the file. */
void cc_vol_space_ahead(struct cc_volume *v) CC_NONNULL;
/* `len` bytes of an epoch are referred to no longer. `nonce`: of the first of them. */
int cc_vol_space_drop(struct cc_volume *v, uint32_t slot, uint64_t at, uint32_t len, uint32_t nonce,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* What was dropped up to commit `number` is free. Out of memory it stays as it is: not free. */
void cc_vol_space_free_to(struct cc_volume *v, uint64_t number) CC_NONNULL;

/* btree.c. Values that are returned are borrowed until the tree changes or is trimmed. */
void cc_vol_tree_clear(struct cc_volume *v) CC_NONNULL;
int cc_vol_tree_find(struct cc_volume *v, const struct cc_vol_key *key, struct cc_span *value,
		     bool *found, struct cc_err *err) CC_MUST CC_NONNULL;
/* The first item that is not less than *key, which becomes its key. */
int cc_vol_tree_next(struct cc_volume *v, struct cc_vol_key *key, struct cc_span *value,
		     bool *found, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_tree_put(struct cc_volume *v, const struct cc_vol_key *key, struct cc_span value,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* It need not be there. */
int cc_vol_tree_remove(struct cc_volume *v, const struct cc_vol_key *key,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Seal all dirty nodes, bottom up. */
int cc_vol_tree_seal(struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;
/* Give up clean nodes that were used longest ago until `most` bytes are left, or nothing can go. */
void cc_vol_tree_trim(struct cc_volume *v, size_t most) CC_NONNULL;
/* The same as cc_vol_tree_next among items of leaves that were sealed by commits after another. */
struct cc_vol_younger {
	uint32_t slot;
	uint64_t nonces; /* of the earlier commit, in the same epoch */
};
int cc_vol_tree_younger(struct cc_volume *v, const struct cc_vol_younger *than,
			struct cc_vol_key *key, struct cc_span *value, bool *found,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* Nodes on the way to *key that lie in an epoch that `is` says are made dirty. */
typedef bool cc_vol_epoch_fn(const void *ctx, uint32_t slot);
int cc_vol_tree_move(struct cc_volume *v, const struct cc_vol_key *key, cc_vol_epoch_fn *is,
		     const void *ctx, struct cc_err *err) CC_MUST CC_NONNULL;

/* map.c */
uint64_t cc_vol_map_get(const struct cc_vol_map *map, uint64_t key) CC_NONNULL;
/* Value 0 takes the key out. */
int cc_vol_map_set(struct cc_vol_map *map, uint64_t key, uint64_t value,
		   struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_map_clear(struct cc_vol_map *map) CC_NONNULL;

/* inode.c */
int cc_vol_inode_get(struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Fails with ENOTDIR. */
int cc_vol_dir_get(struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* A dirty inode with the next number. */
int cc_vol_inode_new(struct cc_volume *v, struct cc_vol_inode **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* It is newer than its item from now on. */
void cc_vol_touch(struct cc_volume *v, struct cc_vol_inode *inode) CC_NONNULL;
/* The link count has fallen: gone when nobody links or holds it, an orphan when held. */
int cc_vol_inode_settle(struct cc_volume *v, struct cc_vol_inode *inode,
			struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_inodes_flush(struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;
/* Those of former openings. */
int cc_vol_orphans_remove(struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_inodes_trim(struct cc_volume *v, size_t most) CC_NONNULL;
void cc_vol_inodes_clear(struct cc_volume *v) CC_NONNULL;
static inline bool cc_vol_is(const struct cc_vol_inode *inode, uint32_t type)
{
	return (inode->attr.mode & 0170000u) == type;
}

/* entry.c: names in directories, and of extended attributes */
struct cc_vol_entry {
	uint64_t ino;
	uint64_t offset; /* of its key */
	uint32_t mode;   /* type bits of what it names */
};
/* Keyed: 56 bits of hash, and a place among equals for 64. */
uint64_t cc_vol_name_hash(const struct cc_volume *v, uint64_t object,
			  struct cc_span name) CC_NONNULL;
/* The item of this name; when it is not there, *offset is where it would be. */
int cc_vol_name_find(struct cc_volume *v, const struct cc_vol_key *of, struct cc_span name,
		     uint64_t *offset, struct cc_span *value, bool *found,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_entry_find(struct cc_volume *v, uint64_t dir, struct cc_span name,
		      struct cc_vol_entry *out, bool *found, struct cc_err *err) CC_MUST CC_NONNULL;
/* A name that is not there yet; touches nothing else. */
int cc_vol_entry_insert(struct cc_volume *v, struct cc_vol_inode *dir, struct cc_span name,
			const struct cc_vol_inode *inode, struct cc_err *err) CC_MUST CC_NONNULL;
/* What the name leads to is now this inode. */
int cc_vol_entry_repoint(struct cc_volume *v, const struct cc_vol_inode *dir, struct cc_span name,
			 const struct cc_vol_entry *entry, const struct cc_vol_inode *inode,
			 struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_entry_remove(struct cc_volume *v, struct cc_vol_inode *dir,
			const struct cc_vol_entry *entry, struct cc_err *err) CC_MUST CC_NONNULL;
/* All entries of a directory in the order of their names. */
struct cc_vol_listing {
	struct cc_volume_entry *entries;
	size_t count;
	struct cc_buf names;
};
void cc_vol_listing_clear(struct cc_vol_listing *listing) CC_NONNULL;
int cc_vol_listing_make(struct cc_volume *v, uint64_t dir, struct cc_vol_listing *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

/* window.c: the blocks of files */
int cc_vol_window_load(struct cc_volume *v, const struct cc_vol_place *of,
		       struct cc_vol_window *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Blocks from `from` up to `to` are zeroes now; an empty window has no item. */
int cc_vol_window_cut(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
		      unsigned int from, unsigned int to, struct cc_err *err) CC_MUST CC_NONNULL;
/* `count` blocks from `first` on are what `plain` says, and zeroes behind its end. */
int cc_vol_window_put(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
		      unsigned int first, unsigned int count, struct cc_span plain,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* Blocks of a window, whole ones, and where they go. */
struct cc_vol_view {
	const struct cc_vol_place *of;
	const struct cc_vol_window *window;
	unsigned int first;
	struct cc_mut out;
};
/* The two halves of reading one, as with runs. Zeroes where there is nothing. */
int cc_vol_view_fetch(struct cc_volume *v, const struct cc_vol_view *view,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_view_open(const struct cc_volume *v, enum cc_vol_hand hand,
		     const struct cc_vol_view *view, struct cc_err *err) CC_MUST CC_NONNULL;
/* Adds to an error which block could not be read. Is -1. */
int cc_vol_window_wrap(const struct cc_vol_place *of, unsigned int first,
		       struct cc_err *err) CC_NONNULL;
/* out.len / CC_VOL_BLOCK whole blocks from `first` on, zeroes where there are none. */
int cc_vol_window_read(struct cc_volume *v, const struct cc_vol_place *of, unsigned int first,
		       struct cc_mut out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The whole window (out.len is CC_VOLUME_EXTENT), held to its hash. */
int cc_vol_window_verify(struct cc_volume *v, const struct cc_vol_place *of, struct cc_mut out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* All windows from `index` on are gone. */
int cc_vol_windows_remove(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* Up to the last byte that is not zero: the one form of this content. */
struct cc_span cc_vol_stripped(struct cc_span plain);
/* SHA-256 of a window's plaintext; zero for a hole. */
int cc_vol_window_hash(struct cc_span plain, struct cc_digest *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* A window's runs lie elsewhere from now on, when they lie in an epoch that `is` says. */
int cc_vol_window_move(struct cc_volume *v, const struct cc_vol_place *of, cc_vol_epoch_fn *is,
		       const void *ctx, uint64_t *moved, struct cc_err *err) CC_MUST CC_NONNULL;

/* page.c: plaintext that is newer than what is sealed */
struct cc_vol_page *cc_vol_page_find(const struct cc_volume *v, const struct cc_vol_inode *inode,
				     uint64_t index) CC_NONNULL;
/* The page of a window, made when there is none. */
int cc_vol_page_get(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index,
		    struct cc_vol_page **out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_vol_page_write(struct cc_volume *v, struct cc_vol_page *page, size_t at,
		      struct cc_span bytes, struct cc_err *err) CC_MUST CC_NONNULL;
/* Bytes of a window as they are now: from its page, or from what is sealed. */
int cc_vol_page_read(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t index, size_t at,
		     struct cc_mut out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Blocks `from` to `to` are zeroes and need no sealing; the page may be gone then. */
void cc_vol_page_zero(struct cc_volume *v, struct cc_vol_page *page, unsigned int from,
		      unsigned int to) CC_NONNULL;
void cc_vol_page_drop(struct cc_volume *v, struct cc_vol_page *page) CC_NONNULL;
/* Seal dirty pages, the oldest first, until at most so many bytes are left. */
int cc_vol_pages_seal(struct cc_volume *v, size_t most, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_pages_clear(struct cc_volume *v) CC_NONNULL;
int cc_vol_file_truncate(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t size,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* The first window from *index on that has blocks or a page. */
int cc_vol_window_next(struct cc_volume *v, const struct cc_vol_inode *inode, uint64_t *index,
		       bool *found, struct cc_err *err) CC_MUST CC_NONNULL;
/* Everything that a file has stored is gone. */
int cc_vol_file_clear(struct cc_volume *v, struct cc_vol_inode *inode,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* stretch.c: long reads */
/* The most windows of one. */
#define CC_VOL_STRETCH 8u
/*
 * How many of the next `len` bytes of a file from `at` on are read as a stretch, in windows; 0
 * where that is not worth while, or nobody helps.
 */
unsigned int cc_vol_stretch_count(const struct cc_volume *v, const struct cc_vol_inode *inode,
				  uint64_t at, size_t len) CC_NONNULL;
/* As many windows as `out` holds, that have no pages. */
int cc_vol_stretch_read(struct cc_volume *v, const struct cc_vol_inode *inode, uint64_t index,
			struct cc_mut out, struct cc_err *err) CC_MUST CC_NONNULL;

/* xattr.c. The first from *offset on, which becomes that of its key. */
int cc_vol_xattr_next(struct cc_volume *v, uint64_t ino, uint64_t *offset,
		      struct cc_vol_xattr_item *out, bool *found,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* content.c */
/* Every window's hash from its content, when the base state has none. */
int cc_vol_hash_all(struct cc_volume *v, struct cc_err *err) CC_MUST CC_NONNULL;

/* epoch.c */
/* Place for `count` epochs, those that are there included. */
int cc_vol_epochs_room(struct cc_volume *v, size_t count, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vol_epoch_push(struct cc_volume *v, const struct cc_vol_epoch *epoch, struct cc_span key);
void cc_vol_epochs_clear(struct cc_volume *v) CC_NONNULL;
/* What is written from now on is this epoch's. */
int cc_vol_epoch_begin(struct cc_volume *v, const struct cc_volume_epoch *epoch,
		       struct cc_err *err) CC_MUST CC_NONNULL;

/* load.c */
/* The superblock of a commit as it lies in the store: nothing of it is believed yet. */
int cc_vol_super_read(const struct cc_volume_store *store, const struct cc_volume_state_id *state,
		      uint64_t number, struct cc_mut out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
