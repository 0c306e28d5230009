/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/measure/firmware.h"

#include "measure/ovmf.h"

static const struct cc_ovmf_table sev = {
	{ { 0x66, 0x65, 0x88, 0xdc, 0x4a, 0x98, 0x98, 0x47, 0xa7, 0x5e, 0x55, 0x85, 0xa7, 0xbf,
	    0x67, 0xcc } },
	"ASEV",
	12,
	5,
};

static void the_table_has_its_entries(void **state)
{
	struct firmware firmware = firmware_make();
	struct cc_ovmf ovmf = { 0 };
	bool is_there = false;
	uint32_t value = 0;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_ovmf_parse(firmware_span(&firmware), &ovmf, &err), 0);
	assert_int_equal(ovmf.count, 4);
	assert_int_equal(cc_ovmf_find_u32(&ovmf, &sev.guid, &is_there, &value, &err), 0);
	assert_true(is_there);
	assert_int_equal(value, FIRMWARE_LEN - FIRMWARE_SEV);
}

static void items_are_those_of_the_table(void **state)
{
	struct firmware firmware = firmware_make();
	struct cc_ovmf ovmf = { 0 };
	struct cc_span items = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_ovmf_parse(firmware_span(&firmware), &ovmf, &err), 0);
	assert_int_equal(cc_ovmf_items(&ovmf, &sev, &items, &err), 0);
	assert_int_equal(items.len, 60);
	assert_ptr_equal(items.at, firmware.b + FIRMWARE_SEV + 16);
}

static void parts_of_pages_are_no_firmware(void **state)
{
	struct firmware firmware = firmware_make();
	struct cc_ovmf ovmf = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_ovmf_parse(cc_span(firmware.b + 1, FIRMWARE_LEN - 1), &ovmf, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_ovmf_parse(cc_span(firmware.b, 0), &ovmf, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_ovmf_parse(cc_span(firmware.b, CC_FIRMWARE_MAX + 4096), &ovmf, &err),
			 -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

/* One number of the image is another: what is said then. */
static const struct {
	size_t at, len;
	uint64_t value;
	bool parses; /* the table of entries; its items do not */
	const char *said;
} wrong[] = {
	{ FIRMWARE_END - 16, 1, 0, false, "no table of OVMF ends at 0x1fe0" },
	{ FIRMWARE_END - 18, 2, 17, false, "has length 17" },
	{ FIRMWARE_END - 18, 2, 0x1fe1, false, "has length 8161" },
	{ FIRMWARE_END - 18 - 18, 2, 17, false, "ends at 0x1fce has length 17" },
	{ FIRMWARE_END - 18 - 18, 2, 200, false, "ends at 0x1fce has length 200" },
	{ FIRMWARE_SEV, 1, 'B', true, "does not begin with 'ASEV'" },
	{ FIRMWARE_SEV + 4, 4, 77, true, "'ASEV' at 0x1800: length 77 does not fit 5 sections" },
	{ FIRMWARE_SEV + 8, 4, 2, true, "version 2" },
	{ FIRMWARE_SEV + 12, 4, 6, true, "6 sections, at most 5" },
	{ FIRMWARE_SEV + 12, 4, 4, true, "length 76 does not fit 4 sections" },
	/* where the SEV metadata are: behind the start, and so late that they are cut */
	{ FIRMWARE_END - 18 - 3 * 22, 4, 8193, true, "0x2001 bytes before the end" },
	{ FIRMWARE_END - 18 - 3 * 22, 4, 3, true, "'ASEV' at 0x1ffd" },
};

static void a_wrong_number_is_named_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		struct firmware firmware = firmware_make();
		struct cc_ovmf ovmf = { 0 };
		struct cc_span items = { 0 };
		struct cc_err err = { 0 };

		firmware_put(&firmware, wrong[i].at, wrong[i].len, wrong[i].value);
		assert_int_equal(cc_ovmf_parse(firmware_span(&firmware), &ovmf, &err),
				 wrong[i].parses ? 0 : -1);
		if (wrong[i].parses)
			assert_int_equal(cc_ovmf_items(&ovmf, &sev, &items, &err), -1);
		if (strstr(err.text, wrong[i].said) == NULL)
			fail_msg("%zu: %s", i, err.text);
	}
}

static void an_entry_stands_there_once(void **state)
{
	struct firmware firmware = firmware_make();
	struct cc_ovmf ovmf = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	/* The second has the GUID of the first. */
	firmware_hex(&firmware, FIRMWARE_END - 18 - 22 - 16, "de71f7007e1acb4f890e68c77e2fb44e");
	assert_int_equal(cc_ovmf_parse(firmware_span(&firmware), &ovmf, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_non_null(strstr(err.text, "twice"));
}

static void more_entries_than_the_maximum_are_refused(void **state)
{
	struct firmware firmware = firmware_make();
	struct cc_ovmf ovmf = { 0 };
	size_t at = FIRMWARE_END - 18;
	struct cc_err err = { 0 };

	(void)state;
	for (unsigned int i = 0; i <= CC_OVMF_ENTRIES_MAX; i++) {
		char guid[33];

		(void)snprintf(guid, sizeof(guid), "%032x", i);
		at = firmware_entry(&firmware, at, guid, i);
	}
	firmware_put(&firmware, FIRMWARE_END - 18, 2, FIRMWARE_END - at);
	assert_int_equal(cc_ovmf_parse(firmware_span(&firmware), &ovmf, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

static void an_entry_that_is_not_there_is_not_found(void **state)
{
	static const struct cc_ovmf_table other = { { { 1 } }, "OTHR", 12, 5 };
	struct firmware firmware = firmware_make();
	struct cc_ovmf ovmf = { 0 };
	struct cc_span items = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_ovmf_parse(firmware_span(&firmware), &ovmf, &err), 0);
	assert_int_equal(cc_ovmf_items(&ovmf, &other, &items, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_has_its_entries),
		cmocka_unit_test(items_are_those_of_the_table),
		cmocka_unit_test(parts_of_pages_are_no_firmware),
		cmocka_unit_test(a_wrong_number_is_named_with_its_place),
		cmocka_unit_test(an_entry_stands_there_once),
		cmocka_unit_test(more_entries_than_the_maximum_are_refused),
		cmocka_unit_test(an_entry_that_is_not_there_is_not_found),
	};

	return cmocka_run_group_tests_name("measure/ovmf", tests, NULL, NULL);
}
