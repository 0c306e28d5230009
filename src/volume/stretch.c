/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A long read: one thread fetches what is sealed, window after window, and two open it. The
 * second need not come: whoever is there takes the next window.
 */
#include <stdatomic.h>

#include "volume/engine-internal.h"

struct stretch {
	const struct cc_volume *v;
	struct cc_vol_place places[CC_VOL_STRETCH];
	struct cc_vol_window windows[CC_VOL_STRETCH];
	struct cc_vol_view views[CC_VOL_STRETCH];
	_Atomic unsigned int fetched, taken;
	/* The least window of each hand that does not open; CC_VOL_STRETCH: none. */
	unsigned int failed[CC_VOL_HANDS];
	struct cc_err failures[CC_VOL_HANDS];
};

/* The next window that nobody has opened; false: none was fetched. */
static bool take(struct stretch *s, unsigned int *out)
{
	unsigned int i = atomic_load(&s->taken);

	while (i < atomic_load(&s->fetched)) {
		if (atomic_compare_exchange_weak(&s->taken, &i, i + 1)) {
			*out = i;
			return true;
		}
	}
	return false;
}

static void open_taken(struct stretch *s, enum cc_vol_hand hand)
{
	unsigned int i = 0;

	while (s->failed[hand] == CC_VOL_STRETCH && take(s, &i))
		if (cc_vol_view_open(s->v, hand, &s->views[i], &s->failures[hand]) != 0)
			s->failed[hand] = i;
}

static void open_second(void *arg)
{
	open_taken(arg, CC_VOL_SECOND);
}

static int fetch(struct cc_volume *v, struct stretch *s, unsigned int i, struct cc_err *err)
{
	CC_TRY(cc_vol_window_load(v, &s->places[i], &s->windows[i], err));
	if (cc_vol_view_fetch(v, &s->views[i], err) != 0)
		return cc_vol_window_wrap(&s->places[i], 0, err);
	atomic_store(&s->fetched, i + 1);
	if (i == 0)
		v->second.begin(v->second.ctx, open_second, s);
	return 0;
}

static int fetch_all(struct cc_volume *v, struct stretch *s, unsigned int count, struct cc_err *err)
{
	for (unsigned int i = 0; i < count; i++)
		CC_TRY(fetch(v, s, i, err));
	return 0;
}

/* With both hands at rest. */
static int outcome(const struct stretch *s, struct cc_err *err)
{
	enum cc_vol_hand hand =
		s->failed[CC_VOL_FIRST] < s->failed[CC_VOL_SECOND] ? CC_VOL_FIRST : CC_VOL_SECOND;

	if (s->failed[hand] == CC_VOL_STRETCH)
		return 0;
	*err = s->failures[hand];
	return cc_vol_window_wrap(&s->places[s->failed[hand]], 0, err);
}

unsigned int cc_vol_stretch_count(const struct cc_volume *v, const struct cc_vol_inode *inode,
				  uint64_t at, size_t len)
{
	unsigned int count = 0;

	if (v->second.begin == NULL || v->check || at % CC_VOLUME_EXTENT != 0)
		return 0;
	while (count < CC_VOL_STRETCH && len >= (count + 1) * CC_VOLUME_EXTENT &&
	       cc_vol_page_find(v, inode, at / CC_VOLUME_EXTENT + count) == NULL)
		count++;
	return count < 2 ? 0 : count;
}

int cc_vol_stretch_read(struct cc_volume *v, const struct cc_vol_inode *inode, uint64_t index,
			struct cc_mut out, struct cc_err *err)
{
	unsigned int count = (unsigned int)(out.len / CC_VOLUME_EXTENT);
	struct stretch s = { .v = v, .failed = { CC_VOL_STRETCH, CC_VOL_STRETCH } };
	int fetched = 0;

	for (unsigned int i = 0; i < count; i++) {
		s.places[i] = (struct cc_vol_place){ inode->attr.ino, index + i };
		s.views[i] = (struct cc_vol_view){
			&s.places[i],
			&s.windows[i],
			0,
			{ out.at + i * CC_VOLUME_EXTENT, CC_VOLUME_EXTENT },
		};
	}
	fetched = fetch_all(v, &s, count, err);
	if (fetched == 0)
		open_taken(&s, CC_VOL_FIRST);
	v->second.end(v->second.ctx);
	return fetched == 0 ? outcome(&s, err) : -1;
}
