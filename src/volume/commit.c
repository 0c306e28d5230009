/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write, then name. What makes a crash harmless:
 *
 *  1. blocks, tree and root node are written, bottom up, to places that nothing
 *     refers to that may yet be opened;
 *  2. the superblock goes to a slot that no such state has;
 *  3. the data file is flushed, once.
 *
 * Before 3 the last commit is untouched, whatever of 1 and 2 the disk has kept in
 * whatever order; only after it the CAS is told, and decides which one counts.
 */
#include <errno.h>

#include "volume/engine-internal.h"

/* Epochs that something still refers to, but not our own: its key comes from outside. */
static int add_epochs(struct cc_buf *out, const struct cc_volume *v, struct cc_err *err)
{
	for (size_t i = 0; i + 1 < v->epoch_count; i++) {
		const struct cc_vol_epoch *e = &v->epochs[i];
		const struct cc_vol_epoch_entry entry = {
			.slot = e->slot,
			.epoch = e->epoch,
			.state = e->state,
			.end = e->end,
			.live = e->live,
			.key = cc_span_sub(cc_secret_span(v->keys), i * CC_VOL_KEY_LEN,
					   CC_VOL_KEY_LEN),
		};

		if (e->live > 0)
			CC_TRY(cc_vol_epoch_add(out, &entry, err));
	}
	return 0;
}

static int root_fill(const struct cc_volume *v, struct cc_vol_root *out, struct cc_err *err)
{
	*out = (struct cc_vol_root){ .next_ino = v->next_ino,
				     .bytes = v->bytes,
				     .live = cc_vol_epoch_own(v)->live,
				     .name_key = { v->name_key[0], v->name_key[1] },
				     .depth = v->tree.depth,
				     .tree = v->tree.root.ptr };
	for (size_t i = 0; i + 1 < v->epoch_count; i++)
		out->epoch_count += v->epochs[i].live > 0;
	if (out->epoch_count > CC_VOLUME_EPOCHS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the volume has data of more than %u epochs",
			       CC_VOLUME_EPOCHS_MAX);
	return 0;
}

static int root_seal(struct cc_volume *v, struct cc_vol_ptr *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 };
	struct cc_vol_root root = { 0 };

	if (v->root.len > 0)
		CC_TRY(cc_vol_space_drop(v, v->root.slot, v->root.at, v->root.len, v->root.nonce,
					 err));
	v->root = (struct cc_vol_ptr){ 0 };
	CC_TRY(root_fill(v, &root, err));
	CC_TRY(cc_vol_root_add(&plain, &root, err));
	CC_TRY(add_epochs(&plain, v, err));
	return cc_vol_seal(v, CC_VOL_ROOT, cc_buf_span(&plain), out, err);
}

static int super_write(struct cc_volume *v, const struct cc_vol_super *super, struct cc_digest *tag,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	char name[CC_VOL_NAME_FILE] = "";
	struct cc_digest mac = { 0 };

	CC_TRY(cc_vol_super_add(&bytes, super, err));
	CC_TRY(cc_vol_chain_mac(v->chain, cc_buf_span(&bytes), &mac, err));
	CC_TRY(cc_buf_add(&bytes, CC_DIGEST_SPAN(mac), err));
	CC_TRY(cc_sha256(cc_buf_span(&bytes), tag, err));
	cc_vol_data_name(&super->state, name);
	CC_TRY(v->store.write(v->store.ctx, name, super->number % CC_VOL_SLOTS * CC_VOL_SLOT_LEN,
			      cc_buf_span(&bytes), err));
	return v->store.flush(v->store.ctx, name, err);
}

static int commit(struct cc_volume *v, struct cc_volume_commit *out, struct cc_err *err)
{
	struct cc_vol_super super = v->super;

	CC_TRY(cc_vol_pages_seal(v, 0, err));
	CC_TRY(cc_vol_inodes_flush(v, err));
	CC_TRY(cc_vol_tree_seal(v, err));
	CC_TRY(root_seal(v, &super.root, err));
	CC_TRY(cc_vol_space_write(v, err));
	cc_vol_space_ahead(v);
	super.number++;
	super.flags = v->hashed ? CC_VOL_FLAG_HASHED : 0;
	super.inodes = v->inode_count;
	super.end = cc_vol_epoch_own(v)->end;
	super.nonces = v->nonces;
	CC_TRY(super_write(v, &super, &out->tag, err));
	out->number = super.number;
	v->root = super.root;
	v->super = super;
	v->super.previous = out->tag;
	return 0;
}

int cc_volume_commit(struct cc_volume *v, struct cc_volume_commit *out, struct cc_err *err)
{
	struct cc_volume_commit done = { .number = v->committed, .tag = v->tag };

	CC_TRY(cc_vol_may_change(v, err));
	if (!cc_volume_is_dirty(v)) {
		*out = done;
		return 0;
	}
	if (v->super.number - v->acknowledged >= CC_VOLUME_UNACKNOWLEDGED_MAX)
		return cc_vol_fail(err, CC_E_CONFLICT, EAGAIN,
				   "%u commits wait for their acknowledgement",
				   CC_VOLUME_UNACKNOWLEDGED_MAX);
	if (commit(v, &done, err) != 0) {
		/* What of it is on the disk is not known: nothing may be built on it. */
		v->failed = true;
		cc_ignore(cc_vol_eio(err));
		return cc_wrap(err, "commit the volume");
	}
	v->committed = done.number;
	v->committed_nonces = v->nonces;
	v->tag = done.tag;
	v->dirty = false;
	*out = done;
	return 0;
}

void cc_volume_acknowledged(struct cc_volume *v, uint64_t number)
{
	if (!v->writable || v->committed == 0)
		return;
	if (number > v->committed)
		number = v->committed;
	if (number <= v->acknowledged)
		return;
	v->acknowledged = number;
	cc_vol_space_free_to(v, number);
}
