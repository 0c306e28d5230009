/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "codec/cbor.h"

#define TEXT(literal) cc_span(literal, sizeof(literal) - 1)

/* The examples of RFC 8949, appendix A, that are of our kinds. */
static void integers_are_read(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		int64_t value;
	} cases[] = {
		{ "\x00", 1, 0 },
		{ "\x0a", 1, 10 },
		{ "\x17", 1, 23 },
		{ "\x18\x18", 2, 24 },
		{ "\x18\x64", 2, 100 },
		{ "\x19\x03\xe8", 3, 1000 },
		{ "\x1a\x00\x0f\x42\x40", 5, 1000000 },
		{ "\x1b\x00\x00\x00\xe8\xd4\xa5\x10\x00", 9, 1000000000000 },
		{ "\x20", 1, -1 },
		{ "\x29", 1, -10 },
		{ "\x38\x22", 2, -35 },
		{ "\x39\x03\xe7", 3, -1000 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_err err = { 0 };
		int64_t value = 0;

		assert_int_equal(cc_cbor_integer(cc_span(cases[i].text, cases[i].len), "number",
						 &value, &err),
				 0);
		assert_true(value == cases[i].value);
	}
}

static void what_has_a_shorter_form_or_another_kind_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{ "", 0 },
		{ "\x18\x17", 2 },
		{ "\x19\x00\xff", 3 },
		{ "\x1a\x00\x00\xff\xff", 5 },
		{ "\x1b\x00\x00\x00\x00\xff\xff\xff\xff", 9 },
		{ "\x1b\xff\xff\xff\xff\xff\xff\xff\xff", 9 }, /* no int64_t */
		{ "\x18", 1 },
		{ "\x1c", 1 },
		{ "\x1f", 1 },
		{ "\x00\x00", 2 },
		{ "\x41\x00", 2 },
		{ "\xf6", 1 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_err err = { 0 };
		int64_t value = 0;

		if (cc_cbor_integer(cc_span(cases[i].text, cases[i].len), "number", &value, &err) ==
		    0)
			fail_msg("case %zu was read", i);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

static void arrays_give_their_members_whole(void **state)
{
	static const char *const texts[] = { "\x83\x01\x82\x02\x03\x44\x01\x02\x03\x04",
					     "\x9f\x01\x9f\x02\x03\xff\x44\x01\x02\x03\x04\xff" };
	static const size_t lens[] = { 10, 12 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		struct cc_cbor_array array = { 0 };
		struct cc_span bytes = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_cbor_array(cc_span(texts[i], lens[i]), "array", &array, &err),
				 0);
		assert_int_equal(array.count, 3);
		assert_int_equal(array.at[1].len, i == 0 ? 3 : 4);
		assert_int_equal(cc_cbor_bytes(array.at[2], "bytes", &bytes, &err), 0);
		assert_int_equal(bytes.len, 4);
	}
}

static void maps_are_asked_by_their_keys(void **state)
{
	static const char *const texts[] = { "\xa3\x01\x41\x07\x20\xf6\x61\x61\x61\x41",
					     "\xbf\x01\x41\x07\x20\xf6\x61\x61\x61\x41\xff" };
	static const size_t lens[] = { 10, 11 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		struct cc_cbor_map map = { 0 };
		struct cc_span text = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_cbor_map(cc_span(texts[i], lens[i]), "map", &map, &err), 0);
		assert_int_equal(map.count, 3);
		assert_int_equal(cc_cbor_bytes(cc_cbor_find(&map, 1), "1", &text, &err), 0);
		assert_int_equal(text.at[0], 7);
		assert_true(cc_cbor_is_null(cc_cbor_find(&map, -1)));
		assert_int_equal(cc_cbor_text(cc_cbor_find_text(&map, "a"), "a", &text, &err), 0);
		assert_true(cc_span_eq_str(text, "A"));
		assert_int_equal(cc_cbor_find(&map, 2).len, 0);
		assert_int_equal(cc_cbor_bytes(cc_cbor_find(&map, 2), "two", &text, &err), -1);
		assert_non_null(strstr(err.text, "two is missing"));
	}
}

static void maps_that_could_be_read_in_two_ways_are_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{ "\xa2\x01\x02\x01\x03", 5 },          /* a key twice */
		{ "\xbf\x01\x02\x01\x03\xff", 6 },      /* also here */
		{ "\xa2\x01\x02\x18\x01\x03", 6 },      /* twice, the second in a longer form */
		{ "\xa1\x41\x01\x02", 4 },              /* a key of bytes */
		{ "\xa1\x80\x02", 3 },                  /* of an array */
		{ "\xa1\xf6\x02", 3 },                  /* of null */
		{ "\xbf\x01\xff", 3 },                  /* a key without a value */
		{ "\xa1\x01", 2 },                      /* cut */
		{ "\xbf\x01\x02", 3 },                  /* without its end */
		{ "\xa1\x01\x02\x00", 4 },              /* and something behind it */
		{ "\xa1\x01\xff", 3 },                  /* a break where nothing is open */
		{ "\xa1\x01\xfb\0\0\0\0\0\0\0\0", 11 }, /* a float */
		{ "\xa1\x01\x5f\x41\x01\xff", 6 },      /* a string in pieces */
		{ "\xa1\x01\xf7", 3 },                  /* undefined */
		{ "\xa1\x01\x5a\xff\xff\xff\xff", 7 },  /* a string of 4 GiB */
		{ "\xa1\x01\x9a\xff\xff\xff\xff", 7 },  /* an array of 4 Gi members */
		{ "\xbb\xff\xff\xff\xff\xff\xff\xff\xff", 9 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_cbor_map map = { 0 };
		struct cc_err err = { 0 };

		if (cc_cbor_map(cc_span(cases[i].text, cases[i].len), "map", &map, &err) == 0)
			fail_msg("case %zu was read", i);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

static void depth_and_members_have_a_maximum(void **state)
{
	struct cc_cbor_array array = { 0 };
	uint8_t deep[64], wide[80];
	struct cc_err err = { 0 };

	(void)state;
	memset(deep, 0x81, sizeof(deep));
	deep[CC_CBOR_DEPTH + 1] = 0;
	assert_int_equal(cc_cbor_array(cc_span(deep + 1, CC_CBOR_DEPTH + 1), "deep", &array, &err),
			 0);
	deep[CC_CBOR_DEPTH + 1] = 0x81;
	deep[CC_CBOR_DEPTH + 2] = 0;
	assert_int_equal(cc_cbor_array(cc_span(deep, CC_CBOR_DEPTH + 3), "deep", &array, &err), -1);
	assert_non_null(strstr(err.text, "deeper than"));
	memset(wide, 0, sizeof(wide));
	wide[0] = 0x9f;
	wide[CC_CBOR_ITEMS + 1] = 0xff;
	assert_int_equal(cc_cbor_array(cc_span(wide, CC_CBOR_ITEMS + 2), "wide", &array, &err), 0);
	wide[CC_CBOR_ITEMS + 1] = 0;
	wide[CC_CBOR_ITEMS + 2] = 0xff;
	assert_int_equal(cc_cbor_array(cc_span(wide, CC_CBOR_ITEMS + 3), "wide", &array, &err), -1);
}

static void tags_are_asked_for_by_number(void **state)
{
	struct cc_span inner = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_true(cc_cbor_is_tag(TEXT("\xd2\x80"), 18));
	assert_false(cc_cbor_is_tag(TEXT("\xd2\x80"), 17));
	assert_false(cc_cbor_is_tag(TEXT("\x80"), 18));
	assert_int_equal(cc_cbor_tagged(TEXT("\xd9\x01\x8f\x80"), 399, "token", &inner, &err), 0);
	assert_int_equal(inner.len, 1);
	assert_int_equal(cc_cbor_tagged(TEXT("\xd9\x01\x8f"), 399, "token", &inner, &err), -1);
	assert_int_equal(cc_cbor_tagged(TEXT("\xd9\x01\x8e\x80"), 399, "token", &inner, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_read),
		cmocka_unit_test(what_has_a_shorter_form_or_another_kind_is_refused),
		cmocka_unit_test(arrays_give_their_members_whole),
		cmocka_unit_test(maps_are_asked_by_their_keys),
		cmocka_unit_test(maps_that_could_be_read_in_two_ways_are_refused),
		cmocka_unit_test(depth_and_members_have_a_maximum),
		cmocka_unit_test(tags_are_asked_for_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
