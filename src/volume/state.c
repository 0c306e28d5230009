/* SPDX-License-Identifier: Apache-2.0 */
/* The volume as a whole: its memory, its use, the files that it needs. */
#include <errno.h>

#include "volume/engine-internal.h"

/* What one cached inode costs: itself, its bucket, what malloc adds. */
#define INODE_MEMORY (sizeof(struct cc_vol_inode) + 32)

bool cc_volume_is_dirty(const struct cc_volume *v)
{
	return v->dirty || v->committed == 0;
}

bool cc_volume_wants_commit(const struct cc_volume *v)
{
	return v->writable && (v->tree.dirty > CC_VOLUME_TREE_DIRTY_MAX / 4 ||
			       v->dirty_inodes.count > CC_VOL_INODES_DIRTY_MAX / 2);
}

void cc_volume_set_time(struct cc_volume *v, const struct cc_volume_time *now)
{
	v->now = *now;
}

void cc_volume_set_second(struct cc_volume *v, const struct cc_volume_second *second)
{
	v->second = *second;
}

/* Inodes get a quarter of the cache, nodes the rest. */
static size_t inodes_most(const struct cc_volume *v)
{
	return v->cache / 4 / INODE_MEMORY;
}

static size_t nodes_most(const struct cc_volume *v)
{
	return v->cache - v->cache / 4;
}

/*
 * Nodes that are not sealed cannot go. No commit is made of them here: nothing names what is
 * written until the next one does.
 */
static int dirty_trim(struct cc_volume *v, struct cc_err *err)
{
	size_t most = v->tree.bytes > nodes_most(v) ? CC_VOLUME_TREE_DIRTY_MAX / 4
						    : CC_VOLUME_TREE_DIRTY_MAX;

	if (v->dirty_inodes.count > CC_VOL_INODES_DIRTY_MAX)
		CC_TRY(cc_vol_inodes_flush(v, err));
	return v->tree.dirty > most ? cc_vol_tree_seal(v, err) : 0;
}

int cc_vol_trim(struct cc_volume *v, struct cc_err *err)
{
	if (v->writable && !v->failed)
		CC_TRY(dirty_trim(v, err));
	if (v->inode_cached > inodes_most(v) + v->dirty_inodes.count)
		cc_vol_inodes_trim(v, inodes_most(v) * 7 / 8 + v->dirty_inodes.count);
	/* Where most of them could not go, as many more may come before they are asked again. */
	if (v->tree.bytes > nodes_most(v) && v->tree.bytes > v->tree.kept / 8 * 9)
		cc_vol_tree_trim(v, nodes_most(v) / 8 * 7);
	return 0;
}

int cc_vol_may_change(struct cc_volume *v, struct cc_err *err)
{
	if (v->failed)
		return cc_vol_fail(err, CC_E_SYSTEM, EIO,
				   "the volume has failed: nothing is written any more");
	if (!v->writable)
		return cc_vol_fail(err, CC_E_DENIED, EROFS, "the volume is open for reading only");
	return cc_vol_trim(v, err);
}

void cc_volume_usage(const struct cc_volume *v, struct cc_volume_usage *out)
{
	*out = (struct cc_volume_usage){
		.inodes = v->inode_count,
		.bytes = v->bytes,
		.written = v->space.taken,
		.room = v->writable ? CC_VOL_EPOCH_BYTES - cc_vol_space_used(&v->space) : 0,
		.epochs = v->epoch_count,
		.memory = v->tree.bytes + v->inode_cached * INODE_MEMORY + v->dirty_pages.bytes +
			  v->clean_pages.bytes + v->holds.room * sizeof(struct cc_vol_slot),
	};
	for (size_t i = 0; i < v->epoch_count; i++) {
		out->live += v->epochs[i].live;
		if (out->oldest == 0 && (v->epochs[i].live > 0 || i + 1 == v->epoch_count))
			out->oldest = v->epochs[i].epoch;
		if (v->epochs[i].live > 0 || i + 1 == v->epoch_count)
			out->stored += v->epochs[i].end;
	}
}

int cc_volume_states(const struct cc_volume *v, struct cc_volume_state_id **out, size_t *count,
		     struct cc_err *err)
{
	struct cc_volume_state_id *states = calloc(v->epoch_count, sizeof(*states));
	size_t found = 0;

	if (states == NULL)
		return cc_fail_sys(err, ENOMEM, "list the states of a volume");
	for (size_t i = v->epoch_count; i > 0; i--)
		if (i == v->epoch_count || v->epochs[i - 1].live > 0)
			states[found++] = v->epochs[i - 1].state;
	*out = states;
	*count = found;
	return 0;
}
