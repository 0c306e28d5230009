/* SPDX-License-Identifier: Apache-2.0 */
/* What vendors' services are asked; asking itself is tested against a server (test_collateral.py).
 */
#include "tests/unit/test.h"

#include "platform/vendor.h"

static void assert_path(const struct cc_vendor_chip *chip, const char *expected)
{
	CC_AUTO_BUF struct cc_buf path = { 0 };
	const char *text = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_vendor_chip_path(chip, &path, &err), 0);
	assert_int_equal(cc_buf_str(&path, &text, &err), 0);
	assert_string_equal(text, expected);
}

/* AMD 57230, section 4.1: hwID, then each component where the report has it. */
static void a_chip_is_asked_for_at_its_tcb(void **state)
{
	struct cc_vendor_chip chip = { .product = CC_SNP_GENOA, .has_key = true };
	const uint8_t early[] = { 9, 0, 0, 0, 0, 0, 23, 113 },
		      turin[] = { 1, 2, 3, 4, 0, 0, 0, 72 };

	(void)state;
	memset(chip.chip, 0xab, sizeof(chip.chip));
	memcpy(chip.tcb, early, sizeof(early));
	assert_path(&chip, "/vcek/v1/Genoa/"
			   "abababababababababababababababababababababababababababababababab"
			   "abababababababababababababababababababababababababababababababab"
			   "?blSPL=09&teeSPL=00&snpSPL=23&ucodeSPL=113");
	chip.product = CC_SNP_TURIN;
	memcpy(chip.tcb, turin, sizeof(turin));
	assert_path(&chip, "/vcek/v1/Turin/abababababababab"
			   "?fmcSPL=01&blSPL=02&teeSPL=03&snpSPL=04&ucodeSPL=72");
}

static void what_no_vendor_has_is_not_asked_for(void **state)
{
	const struct cc_vendor vendor = { "https://a.invalid", "https://a.invalid",
					  "https://a.invalid", NULL };
	static const struct cc_vendor_family families[] = {
		{ CC_PLATFORM_SNP, "00606a000000", "platform" },
		{ CC_PLATFORM_SGX, "00606a00000", "platform" },
		{ CC_PLATFORM_SGX, "00606a00000/", "platform" },
		{ CC_PLATFORM_SGX, "00606a000000", "root" },
	};
	CC_AUTO_COLLATERAL_DIR struct cc_collateral_dir files = { 0 };
	static const struct cc_vendor_chip chips[] = {
		{ .product = CC_SNP_UNKNOWN },
		{ .product = CC_SNP_MILAN, .signer = CC_SNP_VLEK, .has_key = true },
	};
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(families); i++) {
		assert_int_equal(cc_vendor_intel(&vendor, &families[i], &files, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
	for (size_t i = 0; i < CC_COUNT(chips); i++) {
		assert_int_equal(cc_vendor_amd(&vendor, &chips[i], &files, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chip_is_asked_for_at_its_tcb),
		cmocka_unit_test(what_no_vendor_has_is_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
