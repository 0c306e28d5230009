/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/snp.h"

#include "base/str.h"

#define PAGE CC_FIRMWARE_PAGE
#define FOUR_GIB ((uint64_t)1 << 32)
#define VMSA_GPA 0xfffffffff000U

/* PAGE_TYPE of SNP_LAUNCH_UPDATE. */
enum page_kind {
	PAGE_NORMAL = 1,
	PAGE_VMSA = 2,
	PAGE_ZERO = 3,
	PAGE_UNMEASURED = 4,
	PAGE_SECRETS = 5,
	PAGE_CPUID = 6,
};

/* 7255371f-3a3b-4b04-927b-1da6efa8d454, 00f771de-1a7e-4fcb-890e-68c77e2fb44e */
static const struct cc_guid hashes_guid = { { 0x1f, 0x37, 0x55, 0x72, 0x3b, 0x3a, 0x04, 0x4b, 0x92,
					      0x7b, 0x1d, 0xa6, 0xef, 0xa8, 0xd4, 0x54 } };
static const struct cc_guid reset_guid = { { 0xde, 0x71, 0xf7, 0x00, 0x7e, 0x1a, 0xcb, 0x4f, 0x89,
					     0x0e, 0x68, 0xc7, 0x7e, 0x2f, 0xb4, 0x4e } };
/* dc886566-984a-4798-a75e-5585a7bf67cc: u32le gpa, size and kind of each section */
static const struct cc_ovmf_table metadata = {
	{ { 0x66, 0x65, 0x88, 0xdc, 0x4a, 0x98, 0x98, 0x47, 0xa7, 0x5e, 0x55, 0x85, 0xa7, 0xbf,
	    0x67, 0xcc } },
	"ASEV",
	12,
	CC_SNP_SECTIONS_MAX,
};

static bool is_known(uint32_t kind)
{
	return (kind >= CC_SNP_SEC_MEM && kind <= CC_SNP_SVSM_CAA) || kind == CC_SNP_KERNEL_HASHES;
}

static bool is_one_page(uint32_t kind)
{
	return kind == CC_SNP_SECRETS || kind == CC_SNP_CPUID || kind == CC_SNP_KERNEL_HASHES;
}

static int check_section(const struct cc_snp_section *s, struct cc_err *err)
{
	if (!is_known(s->kind))
		return cc_fail(err, CC_E_UNSUPPORTED, "kind 0x%x is not known", s->kind);
	if (s->gpa % PAGE != 0 || s->size % PAGE != 0 || s->size == 0 ||
	    s->gpa + (uint64_t)s->size > FOUR_GIB)
		return cc_fail(err, CC_E_ARG, "0x%x bytes at 0x%x are no whole pages", s->size,
			       s->gpa);
	/* Launched as one page: what lay behind it would be in no digest. */
	if (is_one_page(s->kind) && s->size != PAGE)
		return cc_fail(err, CC_E_ARG, "kind 0x%x has 0x%x bytes, not one page", s->kind,
			       s->size);
	return 0;
}

static int read_section(struct cc_reader *r, struct cc_snp_section *out, struct cc_err *err)
{
	CC_TRY(cc_read_u32le(r, "address", &out->gpa, err));
	CC_TRY(cc_read_u32le(r, "size", &out->size, err));
	CC_TRY(cc_read_u32le(r, "kind", &out->kind, err));
	return check_section(out, err);
}

static int read_sections(const struct cc_ovmf *ovmf, struct cc_snp_firmware *out,
			 struct cc_err *err)
{
	struct cc_span items = { 0 };
	struct cc_reader r = { 0 };
	uint64_t total = 0;

	if (cc_ovmf_items(ovmf, &metadata, &items, err) != 0)
		return err->code != CC_E_NOTFOUND
			       ? -1
			       : cc_fail(err, CC_E_UNSUPPORTED,
					 "firmware: it has no SEV metadata and does not start "
					 "under SNP");
	for (r = cc_reader(items); r.rest.len > 0; out->count++) {
		size_t at = (size_t)(r.rest.at - ovmf->image.at);

		if (read_section(&r, &out->sections[out->count], err) != 0)
			return cc_wrap(err, "firmware: SEV section at 0x%zx", at);
		total += out->sections[out->count].size;
		if (total > CC_FIRMWARE_MAX)
			return cc_fail(err, CC_E_TOOBIG,
				       "firmware: its SEV sections have more than %zu bytes",
				       CC_FIRMWARE_MAX);
	}
	return 0;
}

int cc_snp_firmware_parse(const struct cc_ovmf *ovmf, struct cc_snp_firmware *out,
			  struct cc_err *err)
{
	struct cc_snp_firmware firmware = { 0 };
	bool is_there = false;

	CC_TRY(cc_ovmf_find_u32(ovmf, &hashes_guid, &is_there, &firmware.hashes_gpa, err));
	CC_TRY(cc_ovmf_find_u32(ovmf, &reset_guid, &is_there, &firmware.reset_eip, err));
	CC_TRY(read_sections(ovmf, &firmware, err));
	*out = firmware;
	return 0;
}

/* PAGE_INFO: what the chain goes over. */
static int add_page(struct cc_digest48 *chain, enum page_kind kind, uint64_t gpa,
		    struct cc_span page, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf info = { 0 };
	struct cc_digest48 contents = { 0 };

	if (page.len > 0)
		CC_TRY(cc_sha384(page, &contents, err));
	CC_TRY(cc_buf_add(&info, CC_DIGEST_SPAN(*chain), err));
	CC_TRY(cc_buf_add(&info, CC_DIGEST_SPAN(contents), err));
	CC_TRY(cc_buf_add_u16le(&info, 0x70, err));
	CC_TRY(cc_buf_add_u8(&info, (uint8_t)kind, err));
	/* No migration image; permissions of VMPL 3 to 1; reserved. */
	CC_TRY(cc_buf_add(&info, cc_span("\0\0\0\0", 5), err));
	CC_TRY(cc_buf_add_u64le(&info, gpa, err));
	return cc_sha384(cc_buf_span(&info), chain, err);
}

static int add_pages(struct cc_digest48 *chain, enum page_kind kind,
		     const struct cc_snp_section *section, struct cc_err *err)
{
	for (uint64_t at = 0; at < section->size; at += PAGE)
		CC_TRY(add_page(chain, kind, section->gpa + at, cc_span(NULL, 0), err));
	return 0;
}

int cc_snp_firmware_digest(struct cc_span image, struct cc_digest48 *out, struct cc_err *err)
{
	struct cc_digest48 chain = { 0 };
	uint64_t gpa = FOUR_GIB - image.len;

	for (size_t at = 0; at < image.len; at += PAGE)
		CC_TRY(add_page(&chain, PAGE_NORMAL, gpa + at, cc_span_sub(image, at, PAGE), err));
	*out = chain;
	return 0;
}

int cc_snp_append(const char *append, struct cc_digest *out, struct cc_err *err)
{
	return cc_sha256(cc_span(append, strlen(append) + 1), out, err);
}

/* 9438d606-4f22-4cc9-b479-a793d411fd21: GUID, u16le length of all, then the entries. */
static const struct cc_guid table_guid = { { 0x06, 0xd6, 0x38, 0x94, 0x22, 0x4f, 0xc9, 0x4c, 0xb4,
					     0x79, 0xa7, 0x93, 0xd4, 0x11, 0xfd, 0x21 } };
/* In the order of QEMU's target/i386/sev.c. */
static const struct {
	struct cc_guid guid;
	size_t at;
} hash_entries[] = {
	/* 97d02dd8-bd20-4c94-aa78-e7714d36ab2a */
	{ { { 0xd8, 0x2d, 0xd0, 0x97, 0x20, 0xbd, 0x94, 0x4c, 0xaa, 0x78, 0xe7, 0x71, 0x4d, 0x36,
	      0xab, 0x2a } },
	  offsetof(struct cc_snp_boot, append) },
	/* 44baf731-3a2f-4bd7-9af1-41e29169781d */
	{ { { 0x31, 0xf7, 0xba, 0x44, 0x2f, 0x3a, 0xd7, 0x4b, 0x9a, 0xf1, 0x41, 0xe2, 0x91, 0x69,
	      0x78, 0x1d } },
	  offsetof(struct cc_snp_boot, initrd) },
	/* 4de79437-abd2-427f-b835-d5b172d2045b */
	{ { { 0x37, 0x94, 0xe7, 0x4d, 0xd2, 0xab, 0x7f, 0x42, 0xb8, 0x35, 0xd5, 0xb1, 0x72, 0xd2,
	      0x04, 0x5b } },
	  offsetof(struct cc_snp_boot, kernel) },
};
#define HASH_ENTRY_LEN ((size_t)16 + 2 + 32)
#define HASH_TABLE_LEN (16 + 2 + 3 * HASH_ENTRY_LEN)
#define HASH_TABLE_ROOM ((HASH_TABLE_LEN + 15) / 16 * 16)

static int print_hashes(const struct cc_snp_boot *boot, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add(out, CC_SPAN(table_guid.b), err));
	CC_TRY(cc_buf_add_u16le(out, HASH_TABLE_LEN, err));
	for (size_t i = 0; i < CC_COUNT(hash_entries); i++) {
		const char *digest = (const char *)boot + hash_entries[i].at;

		CC_TRY(cc_buf_add(out, CC_SPAN(hash_entries[i].guid.b), err));
		CC_TRY(cc_buf_add_u16le(out, HASH_ENTRY_LEN, err));
		CC_TRY(cc_buf_add(out, cc_span(digest, sizeof(struct cc_digest)), err));
	}
	return 0;
}

static int add_hashes(struct cc_digest48 *chain, const struct cc_snp_launch *launch,
		      const struct cc_snp_section *section, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf table = { 0 };
	uint32_t gpa = launch->firmware->hashes_gpa;
	uint8_t page[PAGE] = { 0 };

	if (launch->boot == NULL)
		return add_pages(chain, PAGE_ZERO, section, err);
	if (gpa < section->gpa || gpa - section->gpa > PAGE - HASH_TABLE_ROOM)
		return cc_fail(err, CC_E_ARG,
			       "firmware: its table of hashes at 0x%x is not in the page for it "
			       "at 0x%x",
			       gpa, section->gpa);
	CC_TRY(print_hashes(launch->boot, &table, err));
	memcpy(page + (gpa - section->gpa), table.at, table.len);
	return add_page(chain, PAGE_NORMAL, section->gpa, CC_SPAN(page), err);
}

static int add_section(struct cc_digest48 *chain, const struct cc_snp_launch *launch,
		       const struct cc_snp_section *section, struct cc_err *err)
{
	switch (section->kind) {
	case CC_SNP_SEC_MEM:
		return add_pages(chain, launch->vmm == CC_SNP_GCE ? PAGE_UNMEASURED : PAGE_ZERO,
				 section, err);
	case CC_SNP_SECRETS:
		return add_pages(chain, PAGE_SECRETS, section, err);
	case CC_SNP_CPUID: /* EC2: see add_sections */
		return launch->vmm == CC_SNP_EC2 ? 0 : add_pages(chain, PAGE_CPUID, section, err);
	case CC_SNP_KERNEL_HASHES:
		return add_hashes(chain, launch, section, err);
	default: /* SVSM_CAA */
		return add_pages(chain, PAGE_ZERO, section, err);
	}
}

static int add_sections(struct cc_digest48 *chain, const struct cc_snp_launch *launch,
			struct cc_err *err)
{
	const struct cc_snp_firmware *firmware = launch->firmware;

	for (size_t i = 0; i < firmware->count; i++)
		CC_TRY(add_section(chain, launch, &firmware->sections[i], err));
	/* EC2 adds the page of CPUID behind all others. */
	for (size_t i = 0; launch->vmm == CC_SNP_EC2 && i < firmware->count; i++)
		if (firmware->sections[i].kind == CC_SNP_CPUID)
			CC_TRY(add_pages(chain, PAGE_CPUID, &firmware->sections[i], err));
	return 0;
}

/* How the machines differ; `signature` stands for that of the vCPU model. */
static const struct registers {
	const char *name;
	uint8_t cs_first, cs, ss, tr; /* attributes of segments */
	uint32_t rdx;
	bool rdx_is_signature;
	uint16_t fcw;
	uint32_t mxcsr;
	uint64_t g_pat;
} machines[CC_SNP_VMM_COUNT] = {
	[CC_SNP_QEMU] = { "qemu", 0x9b, 0x9b, 0x93, 0x8b, 0, true, 0x37f, 0x1f80,
			  0x0007040600070406 },
	[CC_SNP_EC2] = { "ec2", 0x9a, 0x9b, 0x92, 0x83, 0x600, false, 0, 0, 0x0007040600070406 },
	[CC_SNP_GCE] = { "gce", 0x9b, 0x9b, 0x93, 0x8b, 0x600, false, 0, 0, 0x00070106 },
};

/* A run of bytes of the save area, little endian (AMD 24593, table B-4). */
struct field {
	uint16_t at;
	uint8_t len;
	uint64_t value;
};

static void put(uint8_t page[PAGE], const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t b = 0; b < fields[i].len; b++)
			page[fields[i].at + b] = (uint8_t)(fields[i].value >> (8 * b));
}

/* What every vCPU has that comes out of reset under KVM. */
static const struct field after_reset[] = {
	{ 0x002, 2, 0x93 },       { 0x004, 4, 0xffff }, /* es */
	{ 0x010, 2, 0xf000 },     { 0x014, 4, 0xffff }, /* cs */
	{ 0x024, 4, 0xffff },                           /* ss */
	{ 0x032, 2, 0x93 },       { 0x034, 4, 0xffff }, /* ds */
	{ 0x042, 2, 0x93 },       { 0x044, 4, 0xffff }, /* fs */
	{ 0x052, 2, 0x93 },       { 0x054, 4, 0xffff }, /* gs */
	{ 0x064, 4, 0xffff },                           /* gdtr */
	{ 0x072, 2, 0x82 },       { 0x074, 4, 0xffff }, /* ldtr */
	{ 0x084, 4, 0xffff },                           /* idtr */
	{ 0x094, 4, 0xffff },                           /* tr */
	{ 0x0d0, 8, 0x1000 },                           /* efer: SVME */
	{ 0x148, 8, 0x40 },                             /* cr4: MCE */
	{ 0x158, 8, 0x10 },                             /* cr0 */
	{ 0x160, 8, 0x400 },                            /* dr7 */
	{ 0x168, 8, 0xffff0ff0 },                       /* dr6 */
	{ 0x170, 8, 2 },                                /* rflags */
	{ 0x3e8, 8, 1 },                                /* xcr0 */
};

/* The save area of a vCPU that begins at `eip`. */
static void fill_registers(const struct cc_snp_launch *launch, uint32_t eip, bool is_first,
			   uint8_t page[PAGE])
{
	const struct registers *m = &machines[launch->vmm];
	const struct field own[] = {
		{ 0x012, 2, is_first ? m->cs_first : m->cs },
		{ 0x018, 8, eip & 0xffff0000 },
		{ 0x022, 2, m->ss },
		{ 0x092, 2, m->tr },
		{ 0x178, 8, eip & 0xffff }, /* rip */
		{ 0x268, 8, m->g_pat },
		{ 0x310, 8, m->rdx_is_signature ? launch->signature : m->rdx },
		{ 0x3b0, 8, launch->features },
		{ 0x408, 4, m->mxcsr },
		{ 0x410, 2, m->fcw },
	};

	put(page, after_reset, CC_COUNT(after_reset));
	put(page, own, CC_COUNT(own));
}

static int add_vcpus(struct cc_digest48 *chain, const struct cc_snp_launch *launch,
		     struct cc_err *err)
{
	uint8_t first[PAGE] = { 0 }, other[PAGE] = { 0 };

	fill_registers(launch, 0xfffffff0, true, first);
	fill_registers(launch, launch->firmware->reset_eip, false, other);
	for (uint32_t i = 0; i < launch->vcpus; i++)
		CC_TRY(add_page(chain, PAGE_VMSA, VMSA_GPA,
				i == 0 ? CC_SPAN(first) : CC_SPAN(other), err));
	return 0;
}

static bool has_section(const struct cc_snp_firmware *firmware, enum cc_snp_section_kind kind)
{
	for (size_t i = 0; i < firmware->count; i++)
		if (firmware->sections[i].kind == kind)
			return true;
	return false;
}

static int check_launch(const struct cc_snp_launch *launch, struct cc_err *err)
{
	const struct cc_snp_firmware *firmware = launch->firmware;

	if (launch->vcpus == 0 || launch->vcpus > CC_SNP_VCPUS_MAX)
		return cc_fail(err, CC_E_ARG, "%u vCPUs are not 1 to %d", launch->vcpus,
			       CC_SNP_VCPUS_MAX);
	if ((launch->features & 1) == 0)
		return cc_fail(err, CC_E_ARG, "guest features 0x%llx do not have SNP, bit 0",
			       (unsigned long long)launch->features);
	if (launch->vcpus > 1 && firmware->reset_eip == 0)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "firmware: it does not say where vCPUs but the first begin");
	/* QEMU would start it all the same; then nothing vouches for the kernel. */
	if (launch->boot != NULL &&
	    (firmware->hashes_gpa == 0 || !has_section(firmware, CC_SNP_KERNEL_HASHES))) {
		cc_err_set(err, CC_E_UNSUPPORTED,
			   "firmware: it has no page for the hashes of a kernel, which would "
			   "not be measured");
		return cc_hint(err, "take an OVMF that is built for AmdSev, or boot from a disk");
	}
	return 0;
}

int cc_snp_measure(const struct cc_snp_launch *launch, struct cc_digest48 *out, struct cc_err *err)
{
	struct cc_digest48 chain = launch->firmware_digest;

	CC_TRY(check_launch(launch, err));
	CC_TRY(add_sections(&chain, launch, err));
	CC_TRY(add_vcpus(&chain, launch, err));
	*out = chain;
	return 0;
}

/* Family, model and stepping of what QEMU has, without its "-v<digit>", which changes none. */
static const struct {
	const char *name;
	uint32_t family, model, stepping;
} models[] = {
	{ "EPYC", 23, 1, 2 },       { "EPYC-IBPB", 23, 1, 2 },   { "EPYC-Rome", 23, 49, 0 },
	{ "EPYC-Milan", 25, 1, 1 }, { "EPYC-Genoa", 25, 17, 0 }, { "EPYC-Turin", 26, 0, 0 },
};

static uint32_t signature_of(uint32_t family, uint32_t model, uint32_t stepping)
{
	return (family - 15) << 20 | (model >> 4) << 16 | 15U << 8 | (model & 15) << 4 | stepping;
}

int cc_snp_model_signature(const char *model, uint32_t *out, struct cc_err *err)
{
	size_t len = strlen(model);

	if (len > 3 && model[len - 3] == '-' && model[len - 2] == 'v' && model[len - 1] >= '1' &&
	    model[len - 1] <= '9')
		len -= 3;
	for (size_t i = 0; i < CC_COUNT(models); i++) {
		if (!cc_span_eq_str(cc_span(model, len), models[i].name))
			continue;
		*out = signature_of(models[i].family, models[i].model, models[i].stepping);
		return 0;
	}
	cc_err_set(err, CC_E_ARG, "'%s' is no model of a vCPU that is known here", model);
	return cc_hint(err, "EPYC-v4, EPYC-Rome, EPYC-Milan, EPYC-Genoa or EPYC-Turin; of others "
			    "give the signature");
}

const char *cc_snp_vmm_name(enum cc_snp_vmm vmm)
{
	return machines[vmm].name;
}

enum cc_snp_vmm cc_snp_vmm_named(const char *name)
{
	enum cc_snp_vmm vmm = CC_SNP_QEMU;

	while (vmm < CC_SNP_VMM_COUNT && !cc_str_eq(machines[vmm].name, name))
		vmm++;
	return vmm;
}
