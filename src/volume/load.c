/* SPDX-License-Identifier: Apache-2.0 */
/* Opening: from a named root to a tree in memory, and the start of a new epoch. */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

/*
 * These bytes are not the named ones. Authentic ones of an older commit of the
 * same epoch are a rollback; anything else says nothing. No field is believed
 * before the MAC has been checked under the caller's key.
 */
static int explain_mismatch(const struct cc_volume_base *base, struct cc_span bytes,
			    const struct cc_vol_keys *keys, struct cc_err *err)
{
	struct cc_vol_super super = { 0 };
	struct cc_digest mac = { 0 };
	struct cc_err ignored = { 0 };

	CC_TRY(cc_vol_chain_mac(keys->chain, cc_span_sub(bytes, 0, CC_VOL_SUPER_MACED), &mac, err));
	if (!cc_bytes_equal(mac.b, bytes.at + CC_VOL_SUPER_MACED, sizeof(mac.b)) ||
	    cc_vol_super_parse(bytes, &super, &ignored) != 0)
		return cc_vol_fail(err, CC_E_TAMPERED, EIO,
				   "the root of the volume does not have the named tag");
	return cc_vol_fail(err, CC_E_STALE, EIO,
			   "the storage holds another state (its commit '%llu') than the one that "
			   "was named (commit '%llu')",
			   (unsigned long long)super.number, (unsigned long long)base->number);
}

/* Is this superblock what the caller named? Its tag is right by now. */
static int super_fits(const struct cc_volume *v, const struct cc_volume_base *base,
		      const struct cc_vol_keys *keys, struct cc_span bytes, struct cc_err *err)
{
	const struct cc_vol_super *s = &v->super;
	struct cc_digest mac = { 0 };

	if (!cc_bytes_equal(s->id.b, v->id.b, sizeof(v->id.b)) ||
	    !cc_bytes_equal(s->state.b, base->state.b, sizeof(s->state.b)) ||
	    s->epoch != base->epoch || s->number != base->number)
		return cc_vol_fail(err, CC_E_ARG, EIO,
				   "the named root belongs to another volume, state or commit");
	if (!cc_digest_eq(&s->commitment, &keys->commitment) ||
	    !cc_digest_eq(&s->salt, &keys->salt))
		return cc_vol_fail(err, CC_E_ARG, EIO,
				   "this is not the key that the state was sealed with");
	CC_TRY(cc_vol_chain_mac(keys->chain, cc_span_sub(bytes, 0, CC_VOL_SUPER_MACED), &mac, err));
	if (!cc_digest_eq(&mac, &s->chain))
		return cc_vol_fail(err, CC_E_TAMPERED, EIO, "the root's chain does not verify");
	return 0;
}

int cc_vol_super_read(const struct cc_volume_store *store, const struct cc_volume_state_id *state,
		      uint64_t number, struct cc_mut out, struct cc_err *err)
{
	char name[CC_VOL_NAME_FILE] = "";

	cc_vol_data_name(state, name);
	return store->read(store->ctx, name, number % CC_VOL_SLOTS * CC_VOL_SLOT_LEN, out, err);
}

static int super_load(struct cc_volume *v, const struct cc_volume_base *base,
		      const struct cc_vol_keys *keys, struct cc_err *err)
{
	uint8_t bytes[CC_VOL_SUPER_LEN] = { 0 };
	struct cc_digest tag = { 0 };

	if (cc_vol_super_read(&v->store, &base->state, base->number, CC_MUT(bytes), err) != 0) {
		if (err->code == CC_E_NOTFOUND)
			cc_err_hint(err, "the storage lacks the named state: it is another one, "
					 "incomplete, or was rolled back");
		err->sys = EIO;
		return cc_wrap(err, "read the root of the volume");
	}
	CC_TRY(cc_sha256(CC_SPAN(bytes), &tag, err));
	if (!cc_digest_eq(&tag, &base->tag))
		return explain_mismatch(base, CC_SPAN(bytes), keys, err);
	CC_TRY(cc_vol_super_parse(CC_SPAN(bytes), &v->super, err));
	CC_TRY(super_fits(v, base, keys, CC_SPAN(bytes), err));
	v->tag = tag;
	return 0;
}

/* Older epochs, then the one of the superblock. Their data keys lie in the root node. */
static int epochs_load(struct cc_volume *v, const struct cc_vol_root *root,
		       const struct cc_secret *key, struct cc_err *err)
{
	const struct cc_vol_epoch own = { .slot = v->super.root.slot,
					  .epoch = v->super.epoch,
					  .state = v->super.state,
					  .end = v->super.end,
					  .live = root->live };
	struct cc_reader r = root->epochs;
	struct cc_vol_epoch_entry e = { 0 };

	cc_vol_epochs_clear(v);
	CC_TRY(cc_vol_epochs_room(v, root->epoch_count + 2, err));
	for (uint32_t i = 0; i < root->epoch_count; i++) {
		CC_TRY(cc_vol_epoch_read(&r, &e, err));
		cc_vol_epoch_push(v,
				  &(struct cc_vol_epoch){ .slot = e.slot,
							  .epoch = e.epoch,
							  .state = e.state,
							  .end = e.end,
							  .live = e.live },
				  e.key);
	}
	if (root->epoch_count > 0 && (e.slot >= own.slot || e.epoch >= own.epoch))
		return cc_fail(err, CC_E_TAMPERED, "an older epoch is not older");
	cc_vol_epoch_push(v, &own, cc_secret_span(key));
	return 0;
}

static int root_load(struct cc_volume *v, const struct cc_secret *key, struct cc_err *err)
{
	CC_AUTO_FREE uint8_t *plain = malloc(v->super.root.len);
	const struct cc_vol_epoch own = { .slot = v->super.root.slot,
					  .epoch = v->super.epoch,
					  .state = v->super.state,
					  .end = v->super.end };
	struct cc_vol_root root = { 0 };

	if (plain == NULL)
		return cc_fail_sys(err, ENOMEM, "read the root node");
	CC_TRY(cc_vol_epochs_room(v, 1, err));
	cc_vol_epoch_push(v, &own, cc_secret_span(key));
	CC_TRY(cc_vol_unseal(v, CC_VOL_ROOT, &v->super.root, plain, err));
	CC_TRY(cc_vol_root_parse(cc_span(plain, v->super.root.len), &root, err));
	CC_TRY(epochs_load(v, &root, key, err));
	/* The epochs' keys are in it. */
	cc_wipe(plain, v->super.root.len);
	v->next_ino = root.next_ino;
	v->bytes = root.bytes;
	v->inode_count = v->super.inodes;
	memcpy(v->name_key, root.name_key, sizeof(v->name_key));
	v->tree.depth = root.depth;
	v->tree.root.ptr = root.tree;
	v->hashed = (v->super.flags & CC_VOL_FLAG_HASHED) != 0;
	return 0;
}

/* Everything else is looked at when it is used; without this nothing can be. */
static int root_dir_check(struct cc_volume *v, struct cc_err *err)
{
	struct cc_vol_inode *root = NULL;
	struct cc_err failure = { 0 };

	if (cc_vol_dir_get(v, CC_VOLUME_ROOT_INO, &root, &failure) == 0)
		return 0;
	if (failure.code != CC_E_NOTFOUND && failure.code != CC_E_ARG) {
		*err = failure;
		return -1;
	}
	return cc_fail(err, CC_E_TAMPERED, "the volume has no root directory");
}

static int load(struct cc_volume *v, const struct cc_volume_base *base, struct cc_err *err)
{
	CC_CLEANUP(cc_vol_keys_clear) struct cc_vol_keys keys = { 0 };

	CC_TRY(cc_vol_keys_derive(&v->id, &base->state, base->epoch, base->key, &keys, err));
	CC_TRY(super_load(v, base, &keys, err));
	if (root_load(v, keys.data, err) != 0 || root_dir_check(v, err) != 0)
		return cc_vol_malformed(err, "read the tree of the volume");
	return 0;
}

static int root_make(struct cc_volume *v, const struct cc_volume_open *how, struct cc_err *err)
{
	const struct cc_volume_time at = { .sec = how->root_mtime };
	struct cc_vol_inode *root = NULL;

	v->next_ino = CC_VOLUME_ROOT_INO;
	CC_TRY(cc_vol_inode_new(v, &root, err));
	root->attr = (struct cc_volume_attr){ .ino = CC_VOLUME_ROOT_INO,
					      .mode = S_IFDIR | (how->root_mode & 07777u),
					      .uid = how->root_uid,
					      .gid = how->root_gid,
					      .links = 2,
					      .accessed = at,
					      .modified = at,
					      .changed = at };
	root->parent = CC_VOLUME_ROOT_INO;
	v->hashed = how->hash_extents;
	return 0;
}

/* Hashes that the state does not have are made; a content that was promised is compared. */
static int content_check(struct cc_volume *v, const struct cc_volume_open *how, struct cc_err *err)
{
	struct cc_digest content = { 0 };

	if (!v->hashed && (how->hash_extents || how->content != NULL))
		CC_TRY(cc_vol_hash_all(v, err));
	if (how->content == NULL)
		return 0;
	CC_TRY(cc_volume_content(v, &content, err));
	if (!cc_digest_eq(&content, how->content))
		return cc_vol_fail(err, CC_E_TAMPERED, EIO,
				   "the volume does not have the content agreed on");
	v->check = true;
	return 0;
}

static int open_volume(struct cc_volume *v, const struct cc_volume_open *how, struct cc_err *err)
{
	if (how->base == NULL && how->epoch == NULL)
		return cc_vol_fail(err, CC_E_ARG, EINVAL,
				   "a volume is opened from a state, for writing, or both");
	if (how->base != NULL && how->epoch != NULL &&
	    cc_secret_equal(how->base->key, how->epoch->key))
		return cc_vol_fail(err, CC_E_ARG, EINVAL, "a new epoch needs a new key");
	if (how->base != NULL)
		CC_TRY(load(v, how->base, err));
	if (how->epoch != NULL)
		CC_TRY(cc_vol_epoch_begin(v, how->epoch, err));
	if (how->base == NULL)
		CC_TRY(root_make(v, how, err));
	else if (how->epoch != NULL && cc_vol_orphans_remove(v, err) != 0)
		return cc_vol_malformed(err, "remove what was open at the end");
	return content_check(v, how, err);
}

int cc_volume_open(const struct cc_volume_store *store, const struct cc_volume_open *how,
		   struct cc_volume **out, struct cc_err *err)
{
	CC_AUTO_VOLUME struct cc_volume *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return cc_fail_sys(err, ENOMEM, "open a volume");
	v->store = *store;
	v->id = how->id;
	v->cache = how->cache == 0 ? CC_VOLUME_TREE_CACHE : how->cache;
	v->window = malloc(CC_VOLUME_EXTENT);
	if (v->window == NULL)
		return cc_fail_sys(err, ENOMEM, "open a volume");
	CC_TRY(open_volume(v, how, err));
	*out = CC_TAKE(v);
	return 0;
}

void cc_volume_free(struct cc_volume *v)
{
	if (v == NULL)
		return;
	/* Inodes drop their pages. */
	cc_vol_inodes_clear(v);
	cc_vol_pages_clear(v);
	cc_vol_tree_clear(v);
	cc_vol_space_clear(&v->space);
	cc_vol_epochs_clear(v);
	cc_vol_map_clear(&v->holds);
	cc_secret_free(v->chain);
	cc_buf_clear(&v->item);
	cc_buf_clear(&v->answer);
	free(v->window);
	cc_wipe(v->name_key, sizeof(v->name_key));
	free(v);
}
