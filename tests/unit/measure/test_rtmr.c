/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/measure/executable.h"

#include "measure/rtmr.h"

#define GIB ((uint64_t)1 << 30)

static void parse(const struct firmware *image, struct cc_tdvf *out)
{
	struct cc_ovmf ovmf = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_ovmf_parse(firmware_span(image), &ovmf, &err), 0);
	assert_int_equal(cc_tdvf_parse(&ovmf, out, &err), 0);
}

/* Computed by tests/e2e/measured.py, as all that follows but what was published. */
static void the_list_of_memory_has_its_hole(void **state)
{
	static const struct {
		uint64_t memory;
		const char *digest;
	} cases[] = { { GIB / 2, ("e2ae81af50e23a93f51d575b65b459dcad1535975fad903323fa9f4942a61a80"
				  "2bb6a1be76316b035590ddc9be03f4a0") },
		      { 4 * GIB, ("53c380b4c1e7cdb76b753d16c4627130cab1b892075ccdc1c9411e2c2ab4e62b"
				  "e686d0d6b2a59ee2629d4dbbfdbaf434") } };
	struct firmware image = firmware_make();
	struct cc_tdvf tdvf = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	parse(&image, &tdvf);
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_digest48 hob = { 0 };

		assert_int_equal(cc_tdx_hob(&tdvf, cases[i].memory, &hob, &err), 0);
		assert_digest_is(CC_DIGEST_SPAN(hob), cases[i].digest);
	}
}

static void memory_holds_what_the_firmware_wants(void **state)
{
	struct firmware image = firmware_make();
	struct cc_digest48 hob = { 0 };
	struct cc_tdvf tdvf = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	parse(&image, &tdvf);
	assert_int_equal(cc_tdx_hob(&tdvf, 0x810fff, &hob, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_tdx_hob(&tdvf, 0x811000, &hob, &err), 0);
	tdvf.sections[2].gpa = tdvf.sections[3].gpa + 0x1000;
	assert_int_equal(cc_tdx_hob(&tdvf, GIB, &hob, &err), -1);
	tdvf.sections[3].kind = CC_TDVF_TEMP_MEM;
	assert_int_equal(cc_tdx_hob(&tdvf, GIB, &hob, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

static void rtmr_0_has_memory_variables_and_acpi(void **state)
{
	struct firmware image = firmware_make();
	struct cc_digest48 hob = { 0 }, rtmr = { 0 };
	struct cc_tdx_acpi acpi = { 0 };
	struct cc_tdvf tdvf = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	parse(&image, &tdvf);
	assert_int_equal(cc_tdx_hob(&tdvf, 4 * GIB, &hob, &err), 0);
	assert_int_equal(cc_sha384(cc_span_str("loader"), &acpi.loader, &err), 0);
	assert_int_equal(cc_sha384(cc_span_str("rsdp"), &acpi.rsdp, &err), 0);
	assert_int_equal(cc_sha384(cc_span_str("tables"), &acpi.tables, &err), 0);
	assert_int_equal(cc_tdx_rtmr0(&tdvf, &hob, &acpi, &rtmr, &err), 0);
	assert_digest_is(CC_DIGEST_SPAN(rtmr),
			 "4aa088aaf752e990fe3e0e85b4dd489a59ba15b180a9355b3f75e12df1a994d2"
			 "560003b8b323655e0ac7383e77520e48");
	tdvf.sections[1].kind = CC_TDVF_PERM_MEM;
	assert_int_equal(cc_tdx_rtmr0(&tdvf, &hob, &acpi, &rtmr, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

static void a_kernel_is_measured_as_qemu_hands_it_over(void **state)
{
	static const struct {
		uint32_t protocol, flags;
		const char *digest;
	} cases[] = { { 0x20f, 2,
			("4aff295003793cac4131e3eea749a64d6f2c84c49da86d210a95f8ab9f974bf8"
			 "21232872f83b4800e7c1d7431b7016d0") },
		      { 0x203, 0,
			("3a3cb0727a3f94fcb8fe5fc0e0e80cac93eac4e59d2e2bf7858c7e69717c0aee"
			 "36e037ee3fcb7bb9bfd99ed30a2364a2") } };
	const struct cc_tdx_machine machine = { 4 * GIB, 5000 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_BUF struct cc_buf kernel = { 0 }, patched = { 0 };
		struct cc_digest48 digest = { 0 };
		struct cc_err err = { 0 };

		executable_kernel(cases[i].protocol, cases[i].flags, &kernel);
		assert_int_equal(
			cc_tdx_patch_kernel(cc_buf_span(&kernel), &machine, &patched, &err), 0);
		assert_int_equal(cc_tdx_kernel(cc_buf_span(&patched), &digest, &err), 0);
		assert_digest_is(CC_DIGEST_SPAN(digest), cases[i].digest);
	}
}

static void assert_no_kernel(const struct cc_buf *kernel, struct cc_tdx_machine machine,
			     const char *said)
{
	CC_AUTO_BUF struct cc_buf patched = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_tdx_patch_kernel(cc_buf_span(kernel), &machine, &patched, &err), -1);
	if (strstr(err.text, said) == NULL)
		fail_msg("%s", err.text);
}

static void what_qemu_cannot_load_is_refused(void **state)
{
	const struct cc_tdx_machine machine = { GIB, 5000 };
	CC_AUTO_BUF struct cc_buf kernel = { 0 };

	(void)state;
	executable_kernel(0x20f, 2, &kernel);
	assert_no_kernel(&kernel, (struct cc_tdx_machine){ 0, 0 }, "hold no kernel");
	assert_no_kernel(&kernel, (struct cc_tdx_machine){ GIB, GIB }, "does not fit");
	executable_put(&kernel, 0x211, 1, 0);
	assert_no_kernel(&kernel, machine, "boot protocol 0x20f");
	executable_put(&kernel, 0x211, 1, 1);
	executable_put(&kernel, 0x206, 2, 0x201);
	assert_no_kernel(&kernel, machine, "boot protocol 0x201");
	executable_put(&kernel, 0x206, 2, 0x20f);
	kernel.len = 0x267;
	assert_no_kernel(&kernel, machine, "no setup header");
	kernel.len = 0x800;
	kernel.at[0x202] = 'h';
	assert_no_kernel(&kernel, machine, "no setup header");
}

static void a_command_line_is_ascii(void **state)
{
	struct cc_digest48 digest = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_tdx_append("quiet", &digest, &err), 0);
	assert_int_equal(cc_tdx_append("\xc3\xa9", &digest, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

/* A guest of dstack, whose registers a real machine signed. */

static void published_lists_of_memory_come_out(void **state)
{
	CC_AUTO_JSON struct cc_json *real = vectors_read("tdx/dstack_real_rtmr.json");
	static const struct cc_tdvf tdvf = {
		{ { .gpa = 0x810000, .size = 0x10000, .kind = CC_TDVF_TEMP_MEM },
		  { .gpa = 0x80b000, .size = 0x2000, .kind = CC_TDVF_TEMP_MEM },
		  { .gpa = 0x809000, .size = 0x2000, .kind = CC_TDVF_TD_HOB },
		  { .gpa = 0x800000, .size = 0x6000, .kind = CC_TDVF_TEMP_MEM } },
		4,
	};
	const struct cc_json *list = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_json_get_array(real, "td_hob_vectors", &list, &err), 0);
	assert_int_equal(cc_json_count(list), 2);
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const struct cc_json *vector = cc_json_at(list, i);
		struct cc_digest48 hob = { 0 };

		assert_int_equal(cc_tdx_hob(&tdvf, vectors_u64(vector, "memory"), &hob, &err), 0);
		assert_digest_is(CC_DIGEST_SPAN(hob), vectors_str(vector, "sha384"));
	}
}

static void a_real_boot_has_the_registers_that_its_machine_signed(void **state)
{
	CC_AUTO_JSON struct cc_json *real = vectors_read("tdx/dstack_real_rtmr.json");
	const struct cc_json *built = NULL, *image = NULL, *rtmrs = NULL;
	struct cc_tdx_boot boot = { 0 };
	struct cc_digest48 rtmr = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_json_get_object(real, "build_time", &built, &err), 0);
	assert_int_equal(cc_json_get_object(built, "image", &image, &err), 0);
	assert_int_equal(cc_json_get_array(real, "rtmr", &rtmrs, &err), 0);
	vectors_hex(image, "cmdline_sha384", CC_MUT(boot.append.b));
	vectors_hex(image, "kernel_authenticode", CC_MUT(boot.kernel.b));
	vectors_hex(image, "initrd_sha384", CC_MUT(boot.initrd.b));
	assert_int_equal(cc_tdx_rtmr1(&boot, &rtmr, &err), 0);
	assert_digest_is(CC_DIGEST_SPAN(rtmr), cc_json_str(cc_json_at(rtmrs, 1)));
	assert_int_equal(cc_tdx_rtmr2(&boot, &rtmr, &err), 0);
	assert_digest_is(CC_DIGEST_SPAN(rtmr), cc_json_str(cc_json_at(rtmrs, 2)));
}

/* Its variables are those of Debian's package, which nobody wrote to either. */
static void a_real_boot_has_the_rtmr_0_that_its_machine_signed(void **state)
{
	CC_AUTO_JSON struct cc_json *real = vectors_read("tdx/dstack_real_rtmr.json");
	CC_AUTO_BUF struct cc_buf variables = { 0 };
	struct cc_tdvf tdvf = { .sections = { { .kind = CC_TDVF_CFV } }, .count = 1 };
	const struct cc_json *log = NULL, *rtmrs = NULL;
	struct cc_digest48 digests[4] = { 0 }, rtmr = { 0 };
	struct cc_tdx_acpi acpi = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	if (cc_file_read("/usr/share/OVMF/OVMF_VARS_4M.fd", 1024 * 1024, &variables, &err) != 0) {
		print_message("# no package ovmf: skipped\n");
		skip();
	}
	tdvf.sections[0].data = cc_buf_span(&variables);
	assert_int_equal(cc_json_get_array(real, "event_log", &log, &err), 0);
	assert_int_equal(cc_json_get_array(real, "rtmr", &rtmrs, &err), 0);
	vectors_hex(cc_json_at(log, 0), "digest", CC_MUT(digests[0].b));
	for (size_t i = 1; i < 4; i++)
		vectors_hex(cc_json_at(log, 7 + i), "digest", CC_MUT(digests[i].b));
	acpi = (struct cc_tdx_acpi){ digests[1], digests[2], digests[3] };
	assert_int_equal(cc_tdx_rtmr0(&tdvf, &digests[0], &acpi, &rtmr, &err), 0);
	assert_digest_is(CC_DIGEST_SPAN(rtmr), cc_json_str(cc_json_at(rtmrs, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_of_memory_has_its_hole),
		cmocka_unit_test(memory_holds_what_the_firmware_wants),
		cmocka_unit_test(rtmr_0_has_memory_variables_and_acpi),
		cmocka_unit_test(a_kernel_is_measured_as_qemu_hands_it_over),
		cmocka_unit_test(what_qemu_cannot_load_is_refused),
		cmocka_unit_test(a_command_line_is_ascii),
		cmocka_unit_test(published_lists_of_memory_come_out),
		cmocka_unit_test(a_real_boot_has_the_registers_that_its_machine_signed),
		cmocka_unit_test(a_real_boot_has_the_rtmr_0_that_its_machine_signed),
	};

	return cmocka_run_group_tests_name("measure/rtmr", tests, NULL, NULL);
}
