/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After a crash: commits that the disk has and the CAS was not told of.
 *
 * A commit is flushed once, so the disk may have a superblock and lack what it
 * names. What a commit has written are the messages of its epoch whose nonces the
 * commit before did not have: they are all read before it is believed.
 */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

/* Did the holder of the epoch's key make this superblock? */
static bool is_made(const struct cc_volume_base *named, const struct cc_vol_keys *keys,
		    struct cc_span bytes, struct cc_vol_super *out)
{
	struct cc_err ignored = { 0 };
	struct cc_digest mac = { 0 };

	return cc_vol_chain_mac(keys->chain, cc_span_sub(bytes, 0, CC_VOL_SUPER_MACED), &mac,
				&ignored) == 0 &&
	       cc_bytes_equal(mac.b, bytes.at + CC_VOL_SUPER_MACED, sizeof(mac.b)) &&
	       cc_vol_super_parse(bytes, out, &ignored) == 0 && out->epoch == named->epoch;
}

/* … to follow `last`? */
static bool follows(const struct cc_volume_base *named, const struct cc_vol_keys *keys,
		    struct cc_span bytes, const struct cc_digest *last, uint64_t number,
		    struct cc_vol_super *out)
{
	return is_made(named, keys, bytes, out) && out->number == number &&
	       cc_digest_eq(&out->previous, last);
}

static bool run_is_younger(const struct cc_vol_younger *than, const struct cc_vol_run *run)
{
	return run->slot == than->slot && run->nonce + run->count > than->nonces;
}

static int window_there(struct cc_volume *v, const struct cc_vol_younger *than,
			const struct cc_vol_key *key, struct cc_span value, struct cc_err *err)
{
	const struct cc_vol_place of = { key->object, key->offset };
	struct cc_vol_window w;

	CC_TRY(cc_vol_window_parse(value, &w, err));
	for (uint32_t i = 0; i < w.run_count; i++) {
		const struct cc_vol_piece piece = {
			.of = &of,
			.window = &w,
			.run = &w.runs[i],
			.out = { v->window, w.runs[i].count * CC_VOL_BLOCK },
		};

		if (run_is_younger(than, &w.runs[i]))
			CC_TRY(cc_vol_run_unseal(v, &piece, err));
	}
	return 0;
}

static int all_there(struct cc_volume *v, const struct cc_vol_younger *than, struct cc_err *err)
{
	struct cc_vol_key key = { 0 };
	struct cc_span value = { 0 };
	bool found = true;

	while (found) {
		CC_TRY(cc_vol_trim(v, err));
		CC_TRY(cc_vol_tree_younger(v, than, &key, &value, &found, err));
		if (found && key.kind == CC_VOL_WINDOW)
			CC_TRY(window_there(v, than, &key, value, err));
		key.offset++;
	}
	return 0;
}

/* Can this state be opened, with all that was written after a commit with so many nonces? */
static bool is_whole(const struct cc_volume_store *store, const struct cc_volume_recover *how,
		     const struct cc_volume_base *base, uint64_t nonces)
{
	const struct cc_volume_open open = { .id = how->id, .base = base };
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	struct cc_vol_younger than = { .nonces = nonces };
	struct cc_err ignored = { 0 };

	if (cc_volume_open(store, &open, &v, &ignored) != 0)
		return false;
	than.slot = v->super.root.slot;
	return all_there(v, &than, &ignored) == 0;
}

static int named_super(const struct cc_volume_store *store, const struct cc_volume_base *named,
		       struct cc_vol_super *out, struct cc_err *err)
{
	uint8_t bytes[CC_VOL_SUPER_LEN] = { 0 };
	struct cc_digest tag = { 0 };

	CC_TRY(cc_vol_super_read(store, &named->state, named->number, CC_MUT(bytes), err));
	CC_TRY(cc_sha256(CC_SPAN(bytes), &tag, err));
	if (!cc_digest_eq(&tag, &named->tag))
		return cc_vol_fail(err, CC_E_TAMPERED, EIO,
				   "the root of the volume does not have the named tag");
	return cc_vol_super_parse(CC_SPAN(bytes), out, err);
}

int cc_volume_recover(const struct cc_volume_store *store, const struct cc_volume_recover *how,
		      struct cc_volume_base *out, struct cc_err *err)
{
	CC_CLEANUP(cc_vol_keys_clear) struct cc_vol_keys keys = { 0 };
	struct cc_volume_base base = *how->named;
	struct cc_vol_super super = { 0 };
	struct cc_err ignored = { 0 };
	uint64_t nonces = 0;

	if (how->window > CC_VOLUME_UNACKNOWLEDGED_MAX)
		return cc_fail(err, CC_E_ARG, "a window has at most %u commits",
			       CC_VOLUME_UNACKNOWLEDGED_MAX);
	CC_TRY(cc_vol_keys_derive(&how->id, &base.state, base.epoch, base.key, &keys, err));
	*out = base;
	/* What is wrong with the named state its opening will say. */
	if (named_super(store, &base, &super, &ignored) != 0)
		return 0;
	nonces = super.nonces;
	for (uint64_t i = 0; i < how->window; i++) {
		uint8_t bytes[CC_VOL_SUPER_LEN] = { 0 };

		if (cc_vol_super_read(store, &base.state, base.number + 1, CC_MUT(bytes),
				      &ignored) != 0 ||
		    !follows(&base, &keys, CC_SPAN(bytes), &base.tag, base.number + 1, &super))
			break;
		base.number++;
		CC_TRY(cc_sha256(CC_SPAN(bytes), &base.tag, err));
		if (!is_whole(store, how, &base, nonces))
			break;
		nonces = super.nonces;
		*out = base;
	}
	return 0;
}

/* The newest superblock before number `before` that the storage has and the key's holder made. */
static bool newest_before(const struct cc_volume_store *store, const struct cc_vol_keys *keys,
			  uint64_t before, struct cc_volume_base *base)
{
	bool found = false;

	for (uint64_t slot = 0; slot < CC_VOL_SLOTS; slot++) {
		uint8_t bytes[CC_VOL_SUPER_LEN] = { 0 };
		struct cc_vol_super super = { 0 };
		struct cc_err ignored = { 0 };

		if (cc_vol_super_read(store, &base->state, slot, CC_MUT(bytes), &ignored) != 0 ||
		    !is_made(base, keys, CC_SPAN(bytes), &super) || super.number >= before ||
		    (found && super.number <= base->number) ||
		    cc_sha256(CC_SPAN(bytes), &base->tag, &ignored) != 0)
			continue;
		base->number = super.number;
		found = true;
	}
	return found;
}

int cc_volume_newest(const struct cc_volume_store *store, const struct cc_volume_recover *how,
		     struct cc_volume_base *out, struct cc_err *err)
{
	CC_CLEANUP(cc_vol_keys_clear) struct cc_vol_keys keys = { 0 };
	struct cc_volume_base base = *how->named;
	uint64_t before = UINT64_MAX;

	CC_TRY(cc_vol_keys_derive(&how->id, &base.state, base.epoch, base.key, &keys, err));
	*out = *how->named;
	while (newest_before(store, &keys, before, &base)) {
		if (is_whole(store, how, &base, 0)) {
			*out = base;
			return 0;
		}
		before = base.number;
	}
	return 0;
}
