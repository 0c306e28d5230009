/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/measure/firmware.h"

#include "measure/tdx.h"

static void parse(const struct firmware *image, struct cc_tdvf *out)
{
	struct cc_ovmf ovmf = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_ovmf_parse(firmware_span(image), &ovmf, &err), 0);
	assert_int_equal(cc_tdvf_parse(&ovmf, out, &err), 0);
}

/* Computed by tests/e2e/measured.py. */
static void the_order_of_pages_is_measured(void **state)
{
	static const char *const expected[] = {
		[CC_TDX_SINGLE_PASS] =
			("aa66cb2fd9df365ed89a8845a535f05661cff6d658580422febd55f6524a786c"
			 "4681009c0e30440801d82982cbe70148"),
		[CC_TDX_TWO_PASS] =
			("ac13ffc2f037059d4d8423f2f6f882c5446b4df7c70b970efbdeffaf299bbf13"
			 "9d501ff50f487e3d6045dce4ba282726"),
	};
	struct firmware image = firmware_make();
	struct cc_tdvf tdvf = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	parse(&image, &tdvf);
	for (enum cc_tdx_order order = 0; order < CC_COUNT(expected); order++) {
		struct cc_digest48 mrtd = { 0 };

		assert_int_equal(cc_tdx_mrtd(&tdvf, order, &mrtd, &err), 0);
		assert_digest_is(CC_DIGEST_SPAN(mrtd), expected[order]);
	}
}

/* Fields of a section: where, and how long. */
enum field { AT, LENGTH, GPA, SIZE, KIND, ATTRIBUTES };
static const struct {
	size_t at, len;
} fields[] = { { 0, 4 }, { 4, 4 }, { 8, 8 }, { 16, 8 }, { 24, 4 }, { 28, 4 } };

static void a_wrong_section_is_named_with_its_place(void **state)
{
	static const struct {
		size_t section;
		enum field field;
		uint64_t value;
		enum cc_code code;
		const char *said;
	} wrong[] = {
		{ 0, AT, 1, CC_E_ARG, "at 0x1910: 0x2000 bytes at 0x1 are no part of the image" },
		{ 0, LENGTH, 0x2001, CC_E_ARG, "are no part of the image" },
		{ 4, LENGTH, 0x1001, CC_E_ARG, "at 0x1990: 0x1001 bytes" },
		{ 1, GPA, 0xffffd001, CC_E_ARG, "0x1000 bytes at 0xffffd001 are no whole pages" },
		{ 1, GPA, 0x10000000000000, CC_E_ARG, "are no whole pages" },
		{ 1, SIZE, 0x1fff, CC_E_ARG, "are no whole pages" },
		{ 2, SIZE, 0, CC_E_ARG, "are no whole pages" },
		{ 2, SIZE, 0xfffffffffffff000, CC_E_ARG, "are no whole pages" },
		{ 2, SIZE, 0x4000000, CC_E_TOOBIG, "more than 67108864 bytes" },
		{ 2, KIND, 5, CC_E_UNSUPPORTED, "at 0x1950: kind 5 is not known" },
		{ 2, ATTRIBUTES, 4, CC_E_UNSUPPORTED, "attributes 0x4" },
		{ 2, ATTRIBUTES, 3, CC_E_ARG, "measured and not there" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		size_t at = FIRMWARE_TDVF + 16 + 32 * wrong[i].section;
		struct firmware image = firmware_make();
		struct cc_tdvf tdvf = { 0 };
		struct cc_ovmf ovmf = { 0 };
		struct cc_err err = { 0 };

		firmware_put(&image, at + fields[wrong[i].field].at, fields[wrong[i].field].len,
			     wrong[i].value);
		assert_int_equal(cc_ovmf_parse(firmware_span(&image), &ovmf, &err), 0);
		assert_int_equal(cc_tdvf_parse(&ovmf, &tdvf, &err), -1);
		assert_int_equal(err.code, wrong[i].code);
		if (strstr(err.text, wrong[i].said) == NULL)
			fail_msg("%zu: %s", i, err.text);
	}
}

static void what_the_guest_accepts_later_may_be_large(void **state)
{
	struct firmware image = firmware_make();
	struct cc_tdvf tdvf = { 0 };

	(void)state;
	firmware_put(&image, FIRMWARE_TDVF + 16 + 32 * 5 + 16, 8, 0x40000000);
	parse(&image, &tdvf);
	assert_int_equal(tdvf.count, 6);
}

static void firmware_without_metadata_does_not_start(void **state)
{
	struct firmware image = firmware_make();
	struct cc_tdvf tdvf = { 0 };
	struct cc_ovmf ovmf = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	firmware_put(&image, FIRMWARE_END - 18 - 3 * 22 - 16, 1, 0);
	assert_int_equal(cc_ovmf_parse(firmware_span(&image), &ovmf, &err), 0);
	assert_int_equal(cc_tdvf_parse(&ovmf, &tdvf, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_of_pages_is_measured),
		cmocka_unit_test(a_wrong_section_is_named_with_its_place),
		cmocka_unit_test(what_the_guest_accepts_later_may_be_large),
		cmocka_unit_test(firmware_without_metadata_does_not_start),
	};

	return cmocka_run_group_tests_name("measure/tdx", tests, NULL, NULL);
}
