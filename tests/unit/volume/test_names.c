/* SPDX-License-Identifier: Apache-2.0 */
/* Where a name lies in the tree: other readers of the format find it there, too. */
#include "tests/unit/test.h"

#include "volume/engine-internal.h"

/*
 * SipHash-1-3 of the bytes 0, 1, 2 …, of which the first eight are the object, under the key 0, 1,
 * 2 …, by `openssl mac -macopt c-rounds:1 -macopt d-rounds:3 -macopt size:8 SIPHASH`.
 */
static void the_place_of_a_name_is_its_siphash(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {
		{ 0, 0x369095118d299a8eu }, { 1, 0x25a48eb36c063de4u }, { 7, 0xd320d86d2a519956u },
		{ 8, 0xcc4fdd1a7d908b66u }, { 9, 0x9cf2689063dbd80cu }, { 55, 0x9d199062b7bbb3a8u },
	};
	CC_AUTO_FREE struct cc_volume *v = calloc(1, sizeof(*v));
	uint8_t name[64];

	(void)state;
	assert_non_null(v);
	v->name_key[0] = 0x0706050403020100u;
	v->name_key[1] = 0x0f0e0d0c0b0a0908u;
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = (uint8_t)(8 + i);
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		assert_int_equal(cc_vol_name_hash(v, v->name_key[0], cc_span(name, rows[i].len)),
				 rows[i].hash >> 8 << 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_place_of_a_name_is_its_siphash),
	};

	return cmocka_run_group_tests_name("volume/names", tests, NULL, NULL);
}
