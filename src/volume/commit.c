/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write, then name. The order is what makes a crash harmless:
 *
 *  1. pages, groups, head and root node are appended, bottom up;
 *  2. the data file is flushed;
 *  3. the superblock appears whole under a name of its own.
 *
 * Before 3 the last commit is untouched; after it both are there, and the CAS
 * decides which one counts. The older root goes when the CAS has spoken.
 */
#include <errno.h>

#include "volume/engine-internal.h"

static void group_forget(struct cc_volume *v, struct cc_vol_group *group)
{
	for (size_t i = 0; i < group->chunk_count; i++)
		cc_vol_unref(v, &group->chunks[i]);
	free(group->chunks);
	group->chunks = NULL;
	group->chunk_count = 0;
	group->len = 0;
}

/* Seal `plain` chunk by chunk; `*out` is malloc'd, with cc_vol_chunks(plain.len) pointers. */
static int chunks_seal(struct cc_volume *v, struct cc_vol_what what, struct cc_span plain,
		       struct cc_vol_ptr **out, struct cc_err *err)
{
	size_t count = cc_vol_chunks(plain.len);
	CC_AUTO_FREE struct cc_vol_ptr *chunks = calloc(count, sizeof(*chunks));

	if (chunks == NULL)
		return cc_fail_sys(err, ENOMEM, "seal the tree");
	for (size_t i = 0; i < count; i++) {
		what.index = i;
		CC_TRY(cc_vol_seal(v, &what,
				   cc_span_sub(plain, i * CC_VOLUME_EXTENT, CC_VOLUME_EXTENT),
				   &chunks[i], err));
	}
	*out = CC_TAKE(chunks);
	return 0;
}

static int group_seal(struct cc_volume *v, struct cc_vol_group *group, struct cc_buf *plain,
		      struct cc_err *err)
{
	const struct cc_vol_what what = { .level = CC_VOL_GROUP, .object = group->number };
	struct cc_vol_ptr *chunks = NULL;

	cc_buf_reset(plain);
	CC_TRY(cc_vol_group_write(v, group, plain, err));
	if (plain->len > 0)
		CC_TRY(chunks_seal(v, what, cc_buf_span(plain), &chunks, err));
	group_forget(v, group);
	group->chunks = chunks;
	group->chunk_count = cc_vol_chunks(plain->len);
	group->len = (uint32_t)plain->len;
	group->dirty = false;
	return 0;
}

static int groups_seal(struct cc_volume *v, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { .max = CC_VOL_GROUP_MAX };
	size_t kept = 0;

	for (size_t i = 0; i < v->group_count; i++) {
		if (v->groups[i]->dirty)
			CC_TRY(group_seal(v, v->groups[i], &plain, err));
	}
	for (size_t i = 0; i < v->group_count; i++) {
		if (v->groups[i]->count == 0)
			cc_vol_group_free(v->groups[i]);
		else
			v->groups[kept++] = v->groups[i];
	}
	v->group_count = kept;
	return 0;
}

/* Epochs that something still refers to, but not our own: its key comes from outside. */
static int add_epochs(struct cc_buf *out, const struct cc_volume *v, struct cc_err *err)
{
	uint32_t count = 0;

	for (size_t i = 0; i + 1 < v->epoch_count; i++)
		count += v->epochs[i].refs > 0;
	if (count > CC_VOLUME_EPOCHS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the volume has data of more than %u epochs",
			       CC_VOLUME_EPOCHS_MAX);
	CC_TRY(cc_buf_add_u32le(out, count, err));
	for (size_t i = 0; i + 1 < v->epoch_count; i++) {
		const struct cc_vol_epoch *e = &v->epochs[i];

		if (e->refs == 0)
			continue;
		CC_TRY(cc_buf_add_u32le(out, e->slot, err));
		CC_TRY(cc_buf_add_u64le(out, e->epoch, err));
		CC_TRY(cc_buf_add(out, CC_SPAN(e->state.b), err));
		CC_TRY(cc_buf_add_u64le(out, e->end, err));
		CC_TRY(cc_buf_add(
			out,
			cc_span_sub(cc_secret_span(v->keys), i * CC_VOL_KEY_LEN, CC_VOL_KEY_LEN),
			err));
	}
	return 0;
}

static int add_groups(struct cc_buf *out, const struct cc_volume *v, struct cc_err *err)
{
	uint32_t count = 0;

	for (size_t i = 0; i < v->group_count; i++)
		count += v->groups[i]->len > 0;
	CC_TRY(cc_buf_add_u32le(out, count, err));
	for (size_t i = 0; i < v->group_count; i++) {
		const struct cc_vol_group *group = v->groups[i];

		if (group->len == 0)
			continue;
		CC_TRY(cc_buf_add_u64le(out, group->number, err));
		CC_TRY(cc_buf_add_u32le(out, group->len, err));
		for (size_t c = 0; c < group->chunk_count; c++)
			CC_TRY(cc_vol_ptr_add(out, &group->chunks[c], err));
	}
	return 0;
}

static int head_seal(struct cc_volume *v, struct cc_vol_root *root, struct cc_err *err)
{
	const struct cc_vol_what what = { .level = CC_VOL_HEAD };
	CC_AUTO_BUF struct cc_buf head = { .max = CC_VOL_HEAD_MAX };

	CC_TRY(cc_buf_add_u32le(&head, CC_VOL_HEAD_MAGIC, err));
	CC_TRY(cc_buf_add_u64le(&head, v->next_ino, err));
	CC_TRY(add_epochs(&head, v, err));
	CC_TRY(add_groups(&head, v, err));
	CC_TRY(chunks_seal(v, what, cc_buf_span(&head), &root->chunks, err));
	root->head_len = head.len;
	root->count = cc_vol_chunks(head.len);
	/* Every commit has a head of its own: what counts references is the next one's. */
	for (size_t i = 0; i < root->count; i++)
		cc_vol_unref(v, &root->chunks[i]);
	return 0;
}

static int root_seal(struct cc_volume *v, const struct cc_vol_root *root, struct cc_vol_ptr *out,
		     struct cc_err *err)
{
	const struct cc_vol_what what = { .level = CC_VOL_ROOT };
	CC_AUTO_BUF struct cc_buf plain = { 0 };

	CC_TRY(cc_vol_root_add(&plain, root, err));
	CC_TRY(cc_vol_seal(v, &what, cc_buf_span(&plain), out, err));
	cc_vol_unref(v, out);
	return 0;
}

static uint64_t linked_inodes(const struct cc_volume *v)
{
	uint64_t count = 0;

	for (size_t g = 0; g < v->group_count; g++)
		for (size_t i = 0; i < CC_VOL_GROUP_INODES; i++)
			count += v->groups[g]->inodes[i] != NULL &&
				 v->groups[g]->inodes[i]->attr.links > 0;
	return count;
}

static int publish(struct cc_volume *v, const struct cc_vol_super *super, struct cc_digest *tag,
		   struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	char name[CC_VOL_NAME_FILE] = "";
	struct cc_digest mac = { 0 };

	CC_TRY(cc_vol_super_add(&bytes, super, err));
	CC_TRY(cc_vol_chain_mac(v->chain, cc_buf_span(&bytes), &mac, err));
	CC_TRY(cc_buf_add(&bytes, CC_DIGEST_SPAN(mac), err));
	CC_TRY(cc_sha256(cc_buf_span(&bytes), tag, err));
	cc_vol_root_name(&super->state, super->number, name);
	return v->store.publish(v->store.ctx, name, cc_buf_span(&bytes), err);
}

static int commit(struct cc_volume *v, struct cc_volume_commit *out, struct cc_err *err)
{
	struct cc_vol_super super = v->super;
	CC_CLEANUP(cc_vol_root_clear) struct cc_vol_root root = { 0 };
	char name[CC_VOL_NAME_FILE] = "";

	CC_TRY(cc_vol_pages_seal(v, err));
	CC_TRY(groups_seal(v, err));
	CC_TRY(head_seal(v, &root, err));
	CC_TRY(root_seal(v, &root, &super.root, err));
	CC_TRY(cc_vol_append_flush(v, err));
	cc_vol_data_name(&super.state, name);
	CC_TRY(v->store.flush(v->store.ctx, name, err));
	super.number++;
	super.flags = v->hashed ? CC_VOL_FLAG_HASHED : 0;
	super.inodes = linked_inodes(v);
	super.end = v->written;
	super.nonces = v->nonces;
	CC_TRY(publish(v, &super, &out->tag, err));
	out->number = super.number;
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
	if (commit(v, &done, err) != 0) {
		/* What of it is on the disk is not known: nothing may be built on it. */
		v->failed = true;
		cc_ignore(cc_vol_eio(err));
		return cc_wrap(err, "commit the volume");
	}
	if (v->committed == 0)
		v->oldest_root = done.number;
	v->committed = done.number;
	v->tag = done.tag;
	v->dirty = false;
	*out = done;
	return 0;
}

void cc_volume_acknowledged(struct cc_volume *v, uint64_t number)
{
	struct cc_err ignored = { 0 };
	char name[CC_VOL_NAME_FILE] = "";

	if (!v->writable || v->committed == 0)
		return;
	if (number > v->committed)
		number = v->committed;
	/* A root that cannot be removed is 512 bytes that nobody names any more. */
	for (; v->oldest_root < number; v->oldest_root++) {
		cc_vol_root_name(&v->super.state, v->oldest_root, name);
		cc_ignore(v->store.remove(v->store.ctx, name, &ignored));
	}
}
