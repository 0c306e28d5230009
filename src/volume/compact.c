/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left of older epochs moves into the present one, so that their files
 * can go. All metadata is read for it, data only of the epochs that go.
 */
#include <errno.h>

#include "volume/engine-internal.h"

/* More epochs than this: the smallest of them go, too. */
#define EPOCHS_KEPT 256u

struct compaction {
	bool *goes; /* by place in `epochs` */
	const struct cc_volume *v;
};

static void compaction_clear(struct compaction *c)
{
	free(c->goes);
}

static bool slot_goes(const void *ctx, uint32_t slot)
{
	const struct compaction *c = ctx;
	const struct cc_vol_epoch *epoch = cc_vol_epoch_find(c->v, slot);

	return epoch != NULL && c->goes[epoch - c->v->epochs];
}

/* The epoch with the least living bytes that stays as yet. */
static size_t smallest(const struct compaction *c)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i + 1 < c->v->epoch_count; i++)
		if (!c->goes[i] &&
		    (best == SIZE_MAX || c->v->epochs[i].live < c->v->epochs[best].live))
			best = i;
	return best;
}

/* How many epochs go. */
static size_t choose(struct compaction *c)
{
	size_t others = c->v->epoch_count - 1;
	size_t count = 0;

	for (size_t i = 0; i < others; i++) {
		c->goes[i] = c->v->epochs[i].live * 2 < c->v->epochs[i].end - CC_VOL_DATA_START;
		count += c->goes[i];
	}
	for (; others - count > EPOCHS_KEPT; count++)
		c->goes[smallest(c)] = true;
	return count;
}

static int item_move(struct cc_volume *v, const struct compaction *c, const struct cc_vol_key *key,
		     uint64_t *moved, struct cc_err *err)
{
	const struct cc_vol_place of = { key->object, key->offset };

	CC_TRY(cc_vol_tree_move(v, key, slot_goes, c, err));
	if (key->kind != CC_VOL_WINDOW)
		return 0;
	return cc_vol_window_move(v, &of, slot_goes, c, moved, err);
}

int cc_volume_compact(struct cc_volume *v, uint64_t *moved, struct cc_err *err)
{
	CC_CLEANUP(compaction_clear) struct compaction c = { .v = v };
	struct cc_vol_key key = { 0 };
	struct cc_span value = { 0 };
	bool found = true;

	*moved = 0;
	CC_TRY(cc_vol_may_change(v, err));
	c.goes = calloc(v->epoch_count, sizeof(*c.goes));
	if (c.goes == NULL)
		return cc_fail_sys(err, ENOMEM, "compact the volume");
	if (choose(&c) == 0)
		return 0;
	v->dirty = true;
	while (found) {
		CC_TRY(cc_vol_trim(v, err));
		CC_TRY(cc_vol_tree_next(v, &key, &value, &found, err));
		if (found)
			CC_TRY(item_move(v, &c, &key, moved, err));
		key.offset++;
	}
	return 0;
}
