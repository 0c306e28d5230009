/* SPDX-License-Identifier: Apache-2.0 */
/* The epochs whose files a state refers to, and the start of a new one. */
#include <errno.h>

#include "volume/engine-internal.h"

int cc_vol_epochs_room(struct cc_volume *v, size_t count, struct cc_err *err)
{
	size_t room = v->epoch_room == 0 ? 8 : v->epoch_room;
	CC_AUTO_SECRET struct cc_secret *keys = NULL;
	struct cc_vol_epoch *epochs = NULL;

	if (count <= v->epoch_room)
		return 0;
	while (room < count)
		room *= 2;
	CC_TRY(cc_secret_new(room * CC_VOL_KEY_LEN, &keys, err));
	epochs = realloc(v->epochs, room * sizeof(*epochs));
	if (epochs == NULL)
		return cc_fail_sys(err, ENOMEM, "hold the epochs of a volume");
	v->epochs = epochs;
	if (v->epoch_count > 0)
		memcpy(cc_secret_bytes(keys), cc_secret_bytes(v->keys),
		       v->epoch_count * CC_VOL_KEY_LEN);
	cc_secret_free(v->keys);
	v->keys = CC_TAKE(keys);
	v->epoch_room = room;
	return 0;
}

void cc_vol_epoch_push(struct cc_volume *v, const struct cc_vol_epoch *epoch, struct cc_span key)
{
	memcpy(cc_secret_bytes(v->keys) + v->epoch_count * CC_VOL_KEY_LEN, key.at, CC_VOL_KEY_LEN);
	v->epochs[v->epoch_count++] = *epoch;
}

void cc_vol_epochs_clear(struct cc_volume *v)
{
	for (size_t i = 0; i < v->epoch_count; i++)
		for (size_t hand = 0; hand < CC_VOL_HANDS; hand++)
			cc_aead_free(v->epochs[i].aead[hand]);
	free(v->epochs);
	cc_secret_free(v->keys);
	v->epochs = NULL;
	v->keys = NULL;
	v->epoch_count = v->epoch_room = 0;
}

/*
 * Nonces start at zero, so no byte may ever have been sealed under this key.
 * What an honest storage can tell of that is looked at.
 */
static int state_is_new(struct cc_volume *v, const struct cc_volume_state_id *state,
			struct cc_err *err)
{
	char name[CC_VOL_NAME_FILE] = "";
	struct cc_err missing = { 0 };
	uint8_t byte = 0;

	cc_vol_data_name(state, name);
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

static int epoch_is_new(struct cc_volume *v, const struct cc_volume_epoch *epoch,
			struct cc_err *err)
{
	const struct cc_vol_epoch *last =
		v->epoch_count > 0 ? &v->epochs[v->epoch_count - 1] : NULL;

	if (last != NULL && epoch->epoch <= last->epoch)
		return cc_vol_fail(err, CC_E_ARG, EINVAL,
				   "a new epoch needs a greater number than '%llu'",
				   (unsigned long long)last->epoch);
	if (last != NULL && last->slot == UINT32_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the volume has been opened too often");
	return state_is_new(v, &epoch->state, err);
}

int cc_vol_epoch_begin(struct cc_volume *v, const struct cc_volume_epoch *epoch, struct cc_err *err)
{
	CC_CLEANUP(cc_vol_keys_clear) struct cc_vol_keys keys = { 0 };
	struct cc_vol_epoch own = { .epoch = epoch->epoch,
				    .state = epoch->state,
				    .end = CC_VOL_DATA_START };

	CC_TRY(epoch_is_new(v, epoch, err));
	CC_TRY(cc_vol_keys_derive(&v->id, &epoch->state, epoch->epoch, epoch->key, &keys, err));
	CC_TRY(cc_vol_epochs_room(v, v->epoch_count + 1, err));
	CC_TRY(cc_vol_space_init(&v->space, err));
	v->space.first = v->super.number;
	if (v->epoch_count > 0)
		own.slot = v->epochs[v->epoch_count - 1].slot + 1;
	else
		memcpy(v->name_key, cc_secret_span(keys.names).at, sizeof(v->name_key));
	cc_vol_epoch_push(v, &own, cc_secret_span(keys.data));
	v->super = (struct cc_vol_super){ .id = v->id,
					  .state = epoch->state,
					  .epoch = epoch->epoch,
					  .number = v->super.number,
					  .lease = epoch->lease,
					  .previous = v->tag,
					  .salt = keys.salt,
					  .commitment = keys.commitment };
	cc_secret_free(v->chain);
	v->chain = CC_TAKE(keys.chain);
	v->nonces = v->committed_nonces = 0;
	v->committed = 0;
	v->acknowledged = v->super.number;
	v->root = (struct cc_vol_ptr){ 0 };
	v->writable = true;
	return 0;
}

int cc_volume_epoch_next(struct cc_volume *v, const struct cc_volume_epoch *epoch,
			 struct cc_err *err)
{
	const uint32_t root_len = v->root.len;
	struct cc_vol_space old = v->space;

	CC_TRY(cc_vol_may_change(v, err));
	if (cc_volume_is_dirty(v) || v->tree.dirty > 0 || old.buffer_len > 0)
		return cc_fail(err, CC_E_BUG, "an epoch ends with a commit");
	if (cc_vol_epoch_begin(v, epoch, err) != 0) {
		v->space = old;
		return -1;
	}
	cc_vol_space_clear(&old);
	/* The root node of the last commit is in no later one. */
	v->epochs[v->epoch_count - 2].live -= root_len;
	return 0;
}
