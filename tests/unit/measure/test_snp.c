/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/measure/vectors.h"

#include "measure/snp.h"

/* A launch of the made firmware. */
struct scene {
	struct firmware image;
	struct cc_ovmf ovmf;
	struct cc_snp_firmware firmware;
	struct cc_snp_boot boot;
	struct cc_snp_launch launch;
};

static void scene_make(struct scene *scene)
{
	struct cc_err err = { 0 };

	*scene = (struct scene){ .image = firmware_make() };
	scene->launch = (struct cc_snp_launch){
		.firmware = &scene->firmware, .vcpus = 1, .signature = 0x800f12, .features = 1
	};
	assert_int_equal(cc_ovmf_parse(firmware_span(&scene->image), &scene->ovmf, &err), 0);
	assert_int_equal(cc_snp_firmware_parse(&scene->ovmf, &scene->firmware, &err), 0);
	assert_int_equal(cc_snp_firmware_digest(firmware_span(&scene->image),
						&scene->launch.firmware_digest, &err),
			 0);
}

static void scene_boot(struct scene *scene, const char *initrd, const char *append)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_sha256(cc_span_str("kernel"), &scene->boot.kernel, &err), 0);
	assert_int_equal(cc_sha256(cc_span_str(initrd), &scene->boot.initrd, &err), 0);
	assert_int_equal(cc_snp_append(append, &scene->boot.append, &err), 0);
	scene->launch.boot = &scene->boot;
}

static void assert_measures(const struct scene *scene, const char *expected)
{
	struct cc_digest48 digest = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_snp_measure(&scene->launch, &digest, &err), 0);
	assert_digest_is(CC_DIGEST_SPAN(digest), expected);
}

static void assert_refused(const struct scene *scene, enum cc_code code, const char *said)
{
	struct cc_digest48 digest = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_snp_measure(&scene->launch, &digest, &err), -1);
	assert_int_equal(err.code, code);
	if (strstr(err.text, said) == NULL)
		fail_msg("%s", err.text);
}

/* Computed by tests/e2e/measured.py. */
static void machines_launch_the_same_firmware_differently(void **state)
{
	static const char *const expected[CC_SNP_VMM_COUNT] = {
		[CC_SNP_QEMU] = ("e8da76f7759c433bb203367601b751aa2b53f4cc62ee0d826c5a2b9b331dd889"
				 "4449342ef6be0b7d260631fbd62560e6"),
		[CC_SNP_EC2] = ("3de62a2164b11b4bc0389febea6053386af2ee68df74ef342faba58dbecf4dea"
				"544d1a71c6fb40a75b8a9910540b20cb"),
		[CC_SNP_GCE] = ("0926e06c0f3ca218428ad133e9347adcd361174fdbb1bba4031299c4ad331e41"
				"00b153f17404d4270b6bda0b02a556d6"),
	};

	(void)state;
	for (enum cc_snp_vmm vmm = 0; vmm < CC_SNP_VMM_COUNT; vmm++) {
		struct scene scene;

		scene_make(&scene);
		scene.launch.vmm = vmm;
		scene.launch.vcpus = 3;
		scene.launch.features = 0x21;
		assert_measures(&scene, expected[vmm]);
	}
}

static void a_kernel_is_measured_with_its_initrd_and_command_line(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene);
	scene_boot(&scene, "initrd", "quiet");
	assert_measures(&scene, "11638e8572e783740180350ca0d57f814424accb085cdb759ed8ad6d75e21191"
				"f18b25e103e437c8d0bd874e8725e4be");
	scene_boot(&scene, "", "");
	assert_measures(&scene, "ce4fbe7bd7129f01dda25b3ba035591d63616612956d886b76f6bde0b36cedb3"
				"bd3ebd759830babb3414dc7d43802c9e");
}

static void a_kernel_that_would_not_be_measured_is_refused(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene);
	scene_boot(&scene, "initrd", "quiet");
	scene.firmware.hashes_gpa = 0;
	assert_refused(&scene, CC_E_UNSUPPORTED, "no page for the hashes");
	scene_make(&scene);
	scene_boot(&scene, "initrd", "quiet");
	scene.firmware.count--;
	assert_refused(&scene, CC_E_UNSUPPORTED, "no page for the hashes");
}

static void hashes_lie_in_the_page_for_them(void **state)
{
	static const uint32_t wrong[] = { 0x80fff0, 0x810f51, 0x811000 };
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		scene_make(&scene);
		scene_boot(&scene, "initrd", "quiet");
		scene.firmware.hashes_gpa = wrong[i];
		assert_refused(&scene, CC_E_ARG, "is not in the page for it");
	}
}

static void a_guest_has_vcpus_and_snp(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene);
	scene.launch.vcpus = 0;
	assert_refused(&scene, CC_E_ARG, "0 vCPUs");
	scene.launch.vcpus = CC_SNP_VCPUS_MAX + 1;
	assert_refused(&scene, CC_E_ARG, "4097 vCPUs");
	scene_make(&scene);
	scene.launch.features = 0x20;
	assert_refused(&scene, CC_E_ARG, "do not have SNP");
	scene_make(&scene);
	scene.launch.vcpus = 2;
	scene.firmware.reset_eip = 0;
	assert_refused(&scene, CC_E_UNSUPPORTED, "where vCPUs but the first begin");
}

/* Fields of the five sections; of each one value that is wrong. */
static void a_wrong_section_is_named_with_its_place(void **state)
{
	static const struct {
		size_t section, field;
		uint32_t value;
		enum cc_code code;
		const char *said;
	} wrong[] = {
		{ 0, 0, 0x800010, CC_E_ARG, "at 0x1810: 0x2000 bytes at 0x800010 are no whole" },
		{ 0, 1, 0x2001, CC_E_ARG, "are no whole pages" },
		{ 0, 1, 0, CC_E_ARG, "are no whole pages" },
		{ 0, 0, 0xfffff000, CC_E_ARG, "are no whole pages" },
		{ 0, 1, 0x4001000, CC_E_TOOBIG, "more than 67108864 bytes" },
		{ 1, 1, 0x2000, CC_E_ARG, "at 0x181c: kind 0x2 has 0x2000 bytes, not one page" },
		{ 2, 1, 0x2000, CC_E_ARG, "not one page" },
		{ 4, 1, 0x2000, CC_E_ARG, "not one page" },
		{ 3, 2, 0, CC_E_UNSUPPORTED, "kind 0x0" },
		{ 3, 2, 5, CC_E_UNSUPPORTED, "at 0x1834: kind 0x5 is not known" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		struct firmware image = firmware_make();
		struct cc_snp_firmware firmware = { 0 };
		struct cc_ovmf ovmf = { 0 };
		struct cc_err err = { 0 };

		firmware_put(&image, FIRMWARE_SEV + 16 + 12 * wrong[i].section + 4 * wrong[i].field,
			     4, wrong[i].value);
		assert_int_equal(cc_ovmf_parse(firmware_span(&image), &ovmf, &err), 0);
		assert_int_equal(cc_snp_firmware_parse(&ovmf, &firmware, &err), -1);
		assert_int_equal(err.code, wrong[i].code);
		if (strstr(err.text, wrong[i].said) == NULL)
			fail_msg("%zu: %s", i, err.text);
	}
}

static void firmware_without_metadata_does_not_start(void **state)
{
	struct firmware image = firmware_make();
	struct cc_snp_firmware firmware = { 0 };
	struct cc_ovmf ovmf = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	firmware_put(&image, FIRMWARE_END - 18 - 2 * 22 - 16, 1, 0);
	assert_int_equal(cc_ovmf_parse(firmware_span(&image), &ovmf, &err), 0);
	assert_int_equal(cc_snp_firmware_parse(&ovmf, &firmware, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

static void a_model_has_its_signature(void **state)
{
	static const struct {
		const char *model;
		uint32_t signature;
	} cases[] = {
		{ "EPYC", 0x800f12 },          { "EPYC-v4", 0x800f12 },
		{ "EPYC-IBPB", 0x800f12 },     { "EPYC-Rome-v3", 0x830f10 },
		{ "EPYC-Milan", 0xa00f11 },    { "EPYC-Milan-v2", 0xa00f11 },
		{ "EPYC-Genoa-v1", 0xa10f10 }, { "EPYC-Turin", 0xb00f00 },
	};
	static const char *const others[] = { "",        "-v1",  "EPYC-", "EPYC-v",
					      "EPYC-v0", "epyc", "host" };
	uint32_t signature = 0;
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		assert_int_equal(cc_snp_model_signature(cases[i].model, &signature, &err), 0);
		assert_int_equal(signature, cases[i].signature);
	}
	for (size_t i = 0; i < CC_COUNT(others); i++)
		assert_int_equal(cc_snp_model_signature(others[i], &signature, &err), -1);
}

static void a_machine_has_its_name(void **state)
{
	(void)state;
	for (enum cc_snp_vmm vmm = 0; vmm < CC_SNP_VMM_COUNT; vmm++)
		assert_int_equal(cc_snp_vmm_named(cc_snp_vmm_name(vmm)), vmm);
	assert_int_equal(cc_snp_vmm_named("xen"), CC_SNP_VMM_COUNT);
}

/* What virtee/sev-snp-measure's own tests expect, of ends of real firmware. */

static void read_published(const struct cc_json *vector, struct cc_snp_launch *launch,
			   struct cc_snp_firmware *firmware, struct cc_snp_boot *boot)
{
	CC_AUTO_BUF struct cc_buf image = { 0 };
	const char *model = vectors_str(vector, "vcpu_type"), *vmm = vectors_str(vector, "vmm");
	const char *append = vectors_str(vector, "append");
	struct cc_ovmf ovmf = { 0 };
	struct cc_err err = { 0 };
	CC_AUTO_FREE char *name = NULL;

	assert_int_equal(cc_strf(&name, &err, "snp/%s", vectors_str(vector, "ovmf")), 0);
	vectors_file(name, &image);
	assert_int_equal(cc_ovmf_parse(cc_buf_span(&image), &ovmf, &err), 0);
	assert_int_equal(cc_snp_firmware_parse(&ovmf, firmware, &err), 0);
	launch->firmware = firmware;
	launch->vmm = cc_snp_vmm_named(cc_str_eq(vmm, "QEMU") ? "qemu" : vmm);
	launch->vcpus = (uint32_t)vectors_u64(vector, "vcpus");
	launch->features = vectors_u64(vector, "guest_features");
	if (model != NULL)
		assert_int_equal(cc_snp_model_signature(model, &launch->signature, &err), 0);
	if (vectors_str(vector, "ovmf_hash") != NULL)
		vectors_hex(vector, "ovmf_hash", CC_MUT(launch->firmware_digest.b));
	else
		assert_int_equal(
			cc_snp_firmware_digest(cc_buf_span(&image), &launch->firmware_digest, &err),
			0);
	if (vectors_str(vector, "kernel") == NULL)
		return;
	assert_int_equal(cc_sha256(cc_span(NULL, 0), &boot->kernel, &err), 0);
	boot->initrd = boot->kernel;
	assert_int_equal(cc_snp_append(append, &boot->append, &err), 0);
	launch->boot = boot;
}

static void published_launches_have_their_digests(void **state)
{
	CC_AUTO_JSON struct cc_json *vectors = vectors_read("snp/launch_digest_vectors.json");

	(void)state;
	assert_int_equal(cc_json_count(vectors), 16);
	for (size_t i = 0; i < cc_json_count(vectors); i++) {
		const struct cc_json *vector = cc_json_at(vectors, i);
		struct cc_snp_firmware firmware = { 0 };
		struct cc_snp_launch launch = { 0 };
		struct cc_snp_boot boot = { 0 };
		struct cc_digest48 digest = { 0 };
		struct cc_err err = { 0 };

		read_published(vector, &launch, &firmware, &boot);
		assert_int_equal(cc_snp_measure(&launch, &digest, &err), 0);
		assert_digest_is(CC_DIGEST_SPAN(digest), vectors_str(vector, "launch_digest"));
	}
}

/* The inputs of a guest whose digest a real Milan signed. */
static void a_real_launch_has_the_digest_that_its_chip_signed(void **state)
{
	CC_AUTO_JSON struct cc_json *real = vectors_read("snp/dstack_real_launch.json");
	const struct cc_json *sections = NULL;
	struct cc_snp_firmware firmware = { 0 };
	struct cc_snp_launch launch = { .firmware = &firmware };
	struct cc_snp_boot boot = { 0 };
	struct cc_digest48 digest = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_json_get_array(real, "ovmf_sections", &sections, &err), 0);
	for (; firmware.count < cc_json_count(sections); firmware.count++) {
		const struct cc_json *section = cc_json_at(sections, firmware.count);

		firmware.sections[firmware.count] = (struct cc_snp_section){
			(uint32_t)vectors_u64(section, "gpa"),
			(uint32_t)vectors_u64(section, "size"),
			(uint32_t)vectors_u64(section, "section_type"),
		};
	}
	firmware.hashes_gpa = (uint32_t)vectors_u64(real, "sev_hashes_table_gpa");
	firmware.reset_eip = (uint32_t)vectors_u64(real, "sev_es_reset_eip");
	vectors_hex(real, "ovmf_hash", CC_MUT(launch.firmware_digest.b));
	vectors_hex(real, "kernel_hash", CC_MUT(boot.kernel.b));
	vectors_hex(real, "initrd_hash", CC_MUT(boot.initrd.b));
	assert_int_equal(cc_snp_append(vectors_str(real, "base_cmdline"), &boot.append, &err), 0);
	launch.boot = &boot;
	launch.vcpus = (uint32_t)vectors_u64(real, "vcpus");
	launch.features = vectors_u64(real, "guest_features");
	assert_int_equal(
		cc_snp_model_signature(vectors_str(real, "vcpu_type"), &launch.signature, &err), 0);
	assert_int_equal(cc_snp_measure(&launch, &digest, &err), 0);
	assert_digest_is(CC_DIGEST_SPAN(digest), vectors_str(real, "expected_launch_digest"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machines_launch_the_same_firmware_differently),
		cmocka_unit_test(a_kernel_is_measured_with_its_initrd_and_command_line),
		cmocka_unit_test(a_kernel_that_would_not_be_measured_is_refused),
		cmocka_unit_test(hashes_lie_in_the_page_for_them),
		cmocka_unit_test(a_guest_has_vcpus_and_snp),
		cmocka_unit_test(a_wrong_section_is_named_with_its_place),
		cmocka_unit_test(firmware_without_metadata_does_not_start),
		cmocka_unit_test(a_model_has_its_signature),
		cmocka_unit_test(a_machine_has_its_name),
		cmocka_unit_test(published_launches_have_their_digests),
		cmocka_unit_test(a_real_launch_has_the_digest_that_its_chip_signed),
	};

	return cmocka_run_group_tests_name("measure/snp", tests, NULL, NULL);
}
