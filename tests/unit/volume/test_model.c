/* SPDX-License-Identifier: Apache-2.0 */
/* Random operations, commits and new epochs on a volume and on its model. */
#include "tests/unit/volume/fixture.h"
#include "tests/unit/volume/model.h"

#define OPERATIONS 20000

struct played {
	struct fixture f;
	struct model m;
};

static void compare(struct played *p, struct cc_volume *v)
{
	struct cc_volume_usage usage = { 0 };
	struct cc_err err = { 0 };

	if (model_compare(&p->m, v, &err) != 0)
		fail_msg("%s", err.text);
	cc_volume_usage(v, &usage);
	assert_int_equal(usage.inodes, model_inodes(&p->m));
}

static void reopen(struct played *p)
{
	model_close_all(&p->m);
	fixture_commit(&p->f, p->m.v);
	cc_volume_acknowledged(p->m.v, p->f.base.number);
	cc_volume_free(p->m.v);
	p->m.v = fixture_read(&p->f);
	compare(p, p->m.v);
	cc_volume_free(p->m.v);
	p->m.v = fixture_write(&p->f);
	compare(p, p->m.v);
}

static void commit(struct played *p)
{
	fixture_commit(&p->f, p->m.v);
	if (model_pick(&p->m, 2) == 0)
		cc_volume_acknowledged(p->m.v, p->f.base.number);
	if (model_pick(&p->m, 4) == 0 && p->f.epoch + 2 < CC_COUNT(p->f.keys))
		reopen(p);
}

static void twenty_thousand_random_operations_agree_with_the_model(void **state)
{
	struct played *p = calloc(1, sizeof(*p));

	(void)state;
	model_init(&p->m, 3 * CC_VOLUME_EXTENT, 1);
	fixture_init(&p->f);
	p->f.hash_extents = true;
	p->m.v = fixture_write(&p->f);
	model_make_dirs(&p->m);
	for (unsigned int i = 0; i < OPERATIONS; i++) {
		model_step(&p->m);
		if (model_pick(&p->m, 300) == 0)
			commit(p);
	}
	reopen(p);
	cc_volume_free(p->m.v);
	fixture_clear(&p->f);
	model_clear(&p->m);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twenty_thousand_random_operations_agree_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
