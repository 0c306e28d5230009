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

static int super_load(struct cc_volume *v, const struct cc_volume_base *base,
		      const struct cc_vol_keys *keys, struct cc_err *err)
{
	uint8_t bytes[CC_VOL_SUPER_LEN] = { 0 };
	char name[CC_VOL_NAME_FILE] = "";
	struct cc_digest tag = { 0 };

	cc_vol_root_name(&base->state, base->number, name);
	if (v->store.read(v->store.ctx, name, 0, CC_MUT(bytes), err) != 0) {
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

static void epoch_start(struct cc_vol_epoch *epoch, const struct cc_vol_super *super, uint32_t slot)
{
	*epoch = (struct cc_vol_epoch){
		.slot = slot, .epoch = super->epoch, .state = super->state, .end = super->end
	};
}

/* `older` epochs come first, then the base's, then a place for a new one. */
static int epochs_room(struct cc_volume *v, size_t older, struct cc_err *err)
{
	struct cc_secret *keys = NULL;
	struct cc_vol_epoch *epochs = calloc(older + 2, sizeof(*epochs));

	if (epochs == NULL)
		return cc_fail_sys(err, ENOMEM, "hold the epochs of a volume");
	if (cc_secret_new((older + 2) * CC_VOL_KEY_LEN, &keys, err) != 0) {
		free(epochs);
		return -1;
	}
	for (size_t i = 0; i < v->epoch_count; i++)
		cc_aead_free(v->epochs[i].aead);
	free(v->epochs);
	cc_secret_free(v->keys);
	v->epochs = epochs;
	v->keys = keys;
	v->epoch_count = 0;
	return 0;
}

static void key_put(struct cc_volume *v, size_t place, struct cc_span key)
{
	memcpy(cc_secret_bytes(v->keys) + place * CC_VOL_KEY_LEN, key.at, CC_VOL_KEY_LEN);
}

static void epoch_push(struct cc_volume *v, uint32_t slot, const struct cc_secret *key)
{
	epoch_start(&v->epochs[v->epoch_count], &v->super, slot);
	key_put(v, v->epoch_count, cc_secret_span(key));
	v->epoch_count++;
}

static int epochs_load(struct cc_volume *v, const struct cc_vol_head *head,
		       const struct cc_secret *key, struct cc_err *err)
{
	struct cc_reader r = head->epochs;
	struct cc_vol_epoch_entry e = { 0 };

	CC_TRY(epochs_room(v, head->epoch_count, err));
	for (uint32_t i = 0; i < head->epoch_count; i++) {
		CC_TRY(cc_vol_epoch_read(&r, &e, err));
		v->epochs[i] = (struct cc_vol_epoch){
			.slot = e.slot, .epoch = e.epoch, .state = e.state, .end = e.end
		};
		key_put(v, i, e.key);
	}
	v->epoch_count = head->epoch_count;
	if (head->epoch_count > 0 && (e.slot >= v->super.root.slot || e.epoch >= v->super.epoch))
		return cc_fail(err, CC_E_TAMPERED, "an older epoch is not older");
	epoch_push(v, v->super.root.slot, key);
	return 0;
}

/* All chunks of something, one after another, added to `out`. */
static int chunks_load(struct cc_volume *v, struct cc_vol_what what,
		       const struct cc_vol_ptr *chunks, size_t count, struct cc_buf *out,
		       struct cc_err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct cc_mut room = { 0 };

		what.index = i;
		CC_TRY(cc_buf_extend(out, chunks[i].len, &room, err));
		CC_TRY(cc_vol_unseal(v, &what, &chunks[i], room.at, err));
	}
	return 0;
}

static int group_chunks(struct cc_volume *v, struct cc_vol_group *group,
			const struct cc_vol_group_entry *entry, struct cc_err *err)
{
	struct cc_reader r = cc_reader(entry->chunks);

	group->chunks = calloc(entry->chunk_count, sizeof(*group->chunks));
	if (group->chunks == NULL)
		return cc_fail_sys(err, ENOMEM, "hold the chunks of a group");
	group->len = entry->len;
	for (size_t i = 0; i < entry->chunk_count; i++) {
		CC_TRY(cc_vol_ptr_read(&r, &group->chunks[i], err));
		if (cc_vol_epoch_find(v, group->chunks[i].slot) == NULL)
			return cc_fail(err, CC_E_TAMPERED,
				       "a group of an epoch that is not listed");
		cc_vol_ref(v, &group->chunks[i]);
		group->chunk_count++;
	}
	return 0;
}

static int group_load(struct cc_volume *v, const struct cc_vol_group_entry *entry,
		      struct cc_buf *plain, struct cc_err *err)
{
	struct cc_vol_what what = { .level = CC_VOL_GROUP, .object = entry->number };
	struct cc_vol_group *group = NULL;

	CC_TRY(cc_vol_group_add(v, entry->number, &group, err));
	CC_TRY(group_chunks(v, group, entry, err));
	cc_buf_reset(plain);
	CC_TRY(chunks_load(v, what, group->chunks, group->chunk_count, plain, err));
	return cc_vol_group_parse(v, group, cc_buf_span(plain), err);
}

static int groups_load(struct cc_volume *v, const struct cc_vol_head *head, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { .max = CC_VOL_GROUP_MAX };
	struct cc_reader r = head->groups;
	struct cc_vol_group_entry entry = { 0 };

	for (uint32_t i = 0; i < head->group_count; i++) {
		CC_TRY(cc_vol_group_read(&r, &entry, err));
		CC_TRY(group_load(v, &entry, &plain, err));
	}
	return 0;
}

static int head_load(struct cc_volume *v, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_vol_what root_what = { .level = CC_VOL_ROOT };
	const struct cc_vol_what head_what = { .level = CC_VOL_HEAD };
	CC_AUTO_FREE uint8_t *plain = malloc(v->super.root.len);
	CC_CLEANUP(cc_vol_root_clear) struct cc_vol_root root = { 0 };

	if (plain == NULL)
		return cc_fail_sys(err, ENOMEM, "read the root node");
	CC_TRY(cc_vol_unseal(v, &root_what, &v->super.root, plain, err));
	CC_TRY(cc_vol_root_parse(cc_span(plain, v->super.root.len), &root, err));
	return chunks_load(v, head_what, root.chunks, root.count, out, err);
}

static int tree_load(struct cc_volume *v, const struct cc_vol_keys *keys, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { .max = CC_VOL_HEAD_MAX };
	struct cc_vol_head head = { 0 };

	CC_TRY(epochs_room(v, 0, err));
	epoch_push(v, v->super.root.slot, keys->data);
	CC_TRY(head_load(v, &bytes, err));
	CC_TRY(cc_vol_head_parse(cc_buf_span(&bytes), &head, err));
	CC_TRY(epochs_load(v, &head, keys->data, err));
	v->next_ino = head.next_ino;
	v->hashed = (v->super.flags & CC_VOL_FLAG_HASHED) != 0;
	CC_TRY(groups_load(v, &head, err));
	if (v->inode_count != v->super.inodes)
		return cc_fail(err, CC_E_TAMPERED, "the volume has %llu inodes and says %llu",
			       (unsigned long long)v->inode_count,
			       (unsigned long long)v->super.inodes);
	return cc_vol_tree_check(v, err);
}

/* The key of the hash of names: never written anywhere. */
static void names_key(struct cc_volume *v, const struct cc_vol_keys *keys)
{
	memcpy(v->name_key, cc_secret_span(keys->names).at, sizeof(v->name_key));
}

static int load(struct cc_volume *v, const struct cc_volume_base *base, struct cc_err *err)
{
	CC_CLEANUP(cc_vol_keys_clear) struct cc_vol_keys keys = { 0 };

	CC_TRY(cc_vol_keys_derive(&v->id, &base->state, base->epoch, base->key, &keys, err));
	names_key(v, &keys);
	CC_TRY(super_load(v, base, &keys, err));
	if (tree_load(v, &keys, err) != 0)
		return cc_vol_malformed(err, "read the tree of the volume");
	return 0;
}

/*
 * Nonces start at zero, so no byte may ever have been sealed under this key.
 * What an honest storage can tell of that is looked at.
 */
static int state_is_new(struct cc_volume *v, const struct cc_volume_open *how, struct cc_err *err)
{
	char name[CC_VOL_NAME_FILE] = "";
	struct cc_err missing = { 0 };
	uint8_t byte = 0;

	if (how->base != NULL && (how->epoch->epoch <= how->base->epoch ||
				  cc_secret_equal(how->base->key, how->epoch->key)))
		return cc_vol_fail(err, CC_E_ARG, EINVAL,
				   "a new epoch needs a greater number than '%llu' and a new key",
				   (unsigned long long)how->base->epoch);
	cc_vol_data_name(&how->epoch->state, name);
	if (v->store.read(v->store.ctx, name, 0, (struct cc_mut){ &byte, 1 }, &missing) == 0 ||
	    missing.code == CC_E_TAMPERED)
		return cc_vol_fail(err, CC_E_CONFLICT, EEXIST,
				   "the state has been written to before: its key may not be used "
				   "again");
	if (missing.code != CC_E_NOTFOUND) {
		*err = missing;
		return -1;
	}
	return 0;
}

static int epoch_begin(struct cc_volume *v, const struct cc_volume_open *how, struct cc_err *err)
{
	CC_CLEANUP(cc_vol_keys_clear) struct cc_vol_keys keys = { 0 };
	uint32_t slot = 0;

	CC_TRY(state_is_new(v, how, err));
	CC_TRY(cc_vol_keys_derive(&v->id, &how->epoch->state, how->epoch->epoch, how->epoch->key,
				  &keys, err));
	if (how->base == NULL) {
		names_key(v, &keys);
		CC_TRY(epochs_room(v, 0, err));
	} else {
		slot = v->super.root.slot + 1;
	}
	if (slot == UINT32_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the volume has been opened too often");
	v->append = malloc(CC_VOL_APPEND_MAX);
	if (v->append == NULL)
		return cc_fail_sys(err, ENOMEM, "open the volume for writing");
	v->super = (struct cc_vol_super){ .id = v->id,
					  .state = how->epoch->state,
					  .epoch = how->epoch->epoch,
					  .number = v->super.number,
					  .lease = how->epoch->lease,
					  .previous = v->tag,
					  .salt = keys.salt,
					  .commitment = keys.commitment };
	epoch_push(v, slot, keys.data);
	v->chain = CC_TAKE(keys.chain);
	v->writable = true;
	return 0;
}

static int root_make(struct cc_volume *v, const struct cc_volume_open *how, struct cc_err *err)
{
	const struct cc_volume_time at = { .sec = how->root_mtime };
	struct cc_vol_inode *root = NULL;

	CC_TRY(cc_vol_inode_add(v, CC_VOLUME_ROOT_INO, &root, err));
	root->attr = (struct cc_volume_attr){ .ino = CC_VOLUME_ROOT_INO,
					      .mode = S_IFDIR | (how->root_mode & 07777u),
					      .uid = how->root_uid,
					      .gid = how->root_gid,
					      .links = 2,
					      .accessed = at,
					      .modified = at,
					      .changed = at };
	root->dir.parent = CC_VOLUME_ROOT_INO;
	v->next_ino = CC_VOLUME_ROOT_INO + 1;
	cc_vol_touch(v, root);
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
	if (how->base != NULL)
		CC_TRY(load(v, how->base, err));
	if (how->epoch != NULL)
		CC_TRY(epoch_begin(v, how, err));
	if (how->base == NULL)
		CC_TRY(root_make(v, how, err));
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
	CC_TRY(open_volume(v, how, err));
	*out = CC_TAKE(v);
	return 0;
}

static void tables_free(struct cc_volume *v)
{
	for (size_t g = 0; g < v->group_count; g++)
		for (size_t i = 0; i < CC_VOL_GROUP_INODES; i++)
			if (v->groups[g]->inodes[i] != NULL)
				cc_vol_inode_drop(v, v->groups[g]->inodes[i]);
	/* After all inodes: finding the group of one looks at the others. */
	for (size_t g = 0; g < v->group_count; g++)
		cc_vol_group_free(v->groups[g]);
	free(v->groups);
	for (size_t i = 0; i < v->bucket_count; i++) {
		while (v->buckets[i] != NULL) {
			struct cc_vol_entry *entry = v->buckets[i];

			v->buckets[i] = entry->next;
			free(entry);
		}
	}
	free(v->buckets);
}

void cc_volume_free(struct cc_volume *v)
{
	if (v == NULL)
		return;
	tables_free(v);
	for (size_t i = 0; i < v->epoch_count; i++)
		cc_aead_free(v->epochs[i].aead);
	free(v->epochs);
	cc_secret_free(v->keys);
	cc_secret_free(v->chain);
	free(v->append);
	cc_wipe(v->name_key, sizeof(v->name_key));
	free(v);
}
