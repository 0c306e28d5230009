/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/rtmr.h"

#include "measure/pe.h"

#define GIB ((uint64_t)1 << 30)
#define LOW_MEMORY (2 * GIB)      /* of q35, below the hole, */
#define LOW_MEMORY_IF 0xb0000000U /* when there is so much */

/* Registers */

static int extend(struct cc_digest48 *rtmr, const struct cc_digest48 *digest, struct cc_err *err)
{
	uint8_t both[sizeof(rtmr->b) + sizeof(digest->b)];

	memcpy(both, rtmr->b, sizeof(rtmr->b));
	memcpy(both + sizeof(rtmr->b), digest->b, sizeof(digest->b));
	return cc_sha384(CC_SPAN(both), rtmr, err);
}

static int extend_hash(struct cc_digest48 *rtmr, struct cc_span bytes, struct cc_err *err)
{
	struct cc_digest48 digest = { 0 };

	CC_TRY(cc_sha384(bytes, &digest, err));
	return extend(rtmr, &digest, err);
}

static int extend_action(struct cc_digest48 *rtmr, const char *text, struct cc_err *err)
{
	return extend_hash(rtmr, cc_span_str(text), err);
}

static int extend_separator(struct cc_digest48 *rtmr, struct cc_err *err)
{
	return extend_hash(rtmr, cc_span("\0\0\0\0", 4), err);
}

static int add_utf16(struct cc_buf *out, const char *ascii, struct cc_err *err)
{
	for (; *ascii != '\0'; ascii++)
		CC_TRY(cc_buf_add_u16le(out, (uint8_t)*ascii, err));
	return 0;
}

/* The hand-off block list (UEFI PI 1.8, volume 3, section 4) */

#define HOB_END_LEN 8

struct range {
	uint64_t from, to;
};

struct ranges {
	struct range at[CC_TDVF_SECTIONS_MAX];
	size_t count;
};

/* What the firmware has accepted from the start, by address. */
static void collect(const struct cc_tdvf *tdvf, struct ranges *out)
{
	for (size_t i = 0; i < tdvf->count; i++) {
		const struct cc_tdvf_section *section = &tdvf->sections[i];
		size_t at = out->count;

		if (section->kind != CC_TDVF_TD_HOB && section->kind != CC_TDVF_TEMP_MEM)
			continue;
		for (; at > 0 && out->at[at - 1].from > section->gpa; at--)
			out->at[at] = out->at[at - 1];
		out->at[at] = (struct range){ section->gpa, section->gpa + section->size };
		out->count++;
	}
}

/* A resource: system memory that is accepted, or not yet. */
static int add_resource(struct cc_buf *out, bool accepted, struct range range, struct cc_err *err)
{
	static const uint8_t owner[16];

	CC_TRY(cc_buf_add_u16le(out, 3, err));
	CC_TRY(cc_buf_add_u16le(out, 48, err));
	CC_TRY(cc_buf_add_u32le(out, 0, err));
	CC_TRY(cc_buf_add(out, CC_SPAN(owner), err));
	CC_TRY(cc_buf_add_u32le(out, accepted ? 0 : 7, err));
	CC_TRY(cc_buf_add_u32le(out, 7, err)); /* present, initialised, tested */
	CC_TRY(cc_buf_add_u64le(out, range.from, err));
	return cc_buf_add_u64le(out, range.to - range.from, err);
}

/* What lies behind the last accepted range, around the hole below 4 GiB. */
static int add_rest(struct cc_buf *out, uint64_t from, uint64_t memory, struct cc_err *err)
{
	struct range low = { from, memory }, high = { 4 * GIB, 2 * GIB + memory };

	if (memory < LOW_MEMORY_IF)
		return add_resource(out, false, low, err);
	low.to = LOW_MEMORY;
	CC_TRY(add_resource(out, false, low, err));
	return add_resource(out, false, high, err);
}

static int add_resources(struct cc_buf *out, const struct ranges *ranges, uint64_t memory,
			 struct cc_err *err)
{
	uint64_t at = 0, low = memory < LOW_MEMORY_IF ? memory : LOW_MEMORY;

	for (size_t i = 0; i < ranges->count; i++) {
		const struct range *range = &ranges->at[i];

		if (range->from < at || range->to > low)
			return cc_fail(err, CC_E_ARG,
				       "firmware: 0x%llx bytes of memory do not hold its section "
				       "at 0x%llx",
				       (unsigned long long)memory, (unsigned long long)range->from);
		if (range->from > at)
			CC_TRY(add_resource(out, false, (struct range){ at, range->from }, err));
		CC_TRY(add_resource(out, true, *range, err));
		at = range->to;
	}
	return at == memory ? 0 : add_rest(out, at, memory, err);
}

static int find_section(const struct cc_tdvf *tdvf, enum cc_tdvf_kind kind,
			const struct cc_tdvf_section **out, struct cc_err *err)
{
	*out = NULL;
	for (size_t i = 0; i < tdvf->count; i++) {
		if (tdvf->sections[i].kind != kind)
			continue;
		if (*out != NULL)
			return cc_fail(err, CC_E_UNSUPPORTED,
				       "firmware: it has two sections of kind %d", (int)kind);
		*out = &tdvf->sections[i];
	}
	if (*out == NULL)
		return cc_fail(err, CC_E_UNSUPPORTED, "firmware: it has no section of kind %d",
			       (int)kind);
	return 0;
}

/* The table that comes first: where the list ends, behind all that is hashed. */
static int add_handoff(struct cc_buf *out, uint64_t end, struct cc_err *err)
{
	static const uint8_t free_memory[32];

	CC_TRY(cc_buf_add_u16le(out, 1, err));
	CC_TRY(cc_buf_add_u16le(out, 56, err));
	CC_TRY(cc_buf_add_u32le(out, 0, err));
	CC_TRY(cc_buf_add_u32le(out, 9, err)); /* version */
	CC_TRY(cc_buf_add_u32le(out, 0, err)); /* full configuration */
	CC_TRY(cc_buf_add(out, CC_SPAN(free_memory), err));
	return cc_buf_add_u64le(out, end, err);
}

int cc_tdx_hob(const struct cc_tdvf *tdvf, uint64_t memory, struct cc_digest48 *out,
	       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf resources = { 0 }, list = { 0 };
	const struct cc_tdvf_section *section = NULL;
	struct ranges ranges = { 0 };

	CC_TRY(find_section(tdvf, CC_TDVF_TD_HOB, &section, err));
	collect(tdvf, &ranges);
	CC_TRY(add_resources(&resources, &ranges, memory, err));
	CC_TRY(add_handoff(&list, section->gpa + 56 + resources.len + HOB_END_LEN, err));
	CC_TRY(cc_buf_add(&list, cc_buf_span(&resources), err));
	return cc_sha384(cc_buf_span(&list), out, err);
}

/* RTMR 0 */

/* 8be4df61-93ca-11d2-aa0d-00e098032b8c, d719b2cb-3d3a-4596-a3bc-dad00e67656f */
static const struct cc_guid global_guid = { { 0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa,
					      0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c } };
static const struct cc_guid database_guid = { { 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
						0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f } };

/* UEFI_VARIABLE_DATA of those of Secure Boot, which an untouched store does not have. */
static int extend_variables(struct cc_digest48 *rtmr, struct cc_err *err)
{
	static const struct {
		const char *name;
		const struct cc_guid *guid;
	} variables[] = {
		{ "SecureBoot", &global_guid }, { "PK", &global_guid },    { "KEK", &global_guid },
		{ "db", &database_guid },       { "dbx", &database_guid },
	};

	for (size_t i = 0; i < CC_COUNT(variables); i++) {
		CC_AUTO_BUF struct cc_buf data = { 0 };

		CC_TRY(cc_buf_add(&data, CC_SPAN(variables[i].guid->b), err));
		CC_TRY(cc_buf_add_u64le(&data, strlen(variables[i].name), err));
		CC_TRY(cc_buf_add_u64le(&data, 0, err));
		CC_TRY(add_utf16(&data, variables[i].name, err));
		CC_TRY(extend_hash(rtmr, cc_buf_span(&data), err));
	}
	return 0;
}

/* BootOrder, which is 0000, and Boot0000: OVMF's own menu, hidden (edk2, MdeModulePkg UiApp). */
static int extend_boot_options(struct cc_digest48 *rtmr, struct cc_err *err)
{
	/* Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331) */
	static const uint8_t path[] = {
		0x04, 0x07, 0x14, 0x00, 0xc9, 0xbd, 0xb8, 0x7c, 0xeb, 0xf8, 0x34,
		0x4f, 0xaa, 0xea, 0x3e, 0xe4, 0xaf, 0x65, 0x16, 0xa1, 0x04, 0x06,
		0x14, 0x00, 0x21, 0xaa, 0x2c, 0x46, 0x14, 0x76, 0x03, 0x45, 0x83,
		0x6e, 0x8a, 0xb6, 0xf4, 0x66, 0x23, 0x31, 0x7f, 0xff, 0x04, 0x00,
	};
	CC_AUTO_BUF struct cc_buf option = { 0 };

	CC_TRY(extend_hash(rtmr, cc_span("\0\0", 2), err));
	CC_TRY(cc_buf_add_u32le(&option, 0x109, err)); /* active, hidden, an application */
	CC_TRY(cc_buf_add_u16le(&option, sizeof(path), err));
	CC_TRY(add_utf16(&option, "UiApp", err));
	CC_TRY(cc_buf_add_u16le(&option, 0, err));
	CC_TRY(cc_buf_add(&option, CC_SPAN(path), err));
	return extend_hash(rtmr, cc_buf_span(&option), err);
}

int cc_tdx_rtmr0(const struct cc_tdvf *tdvf, const struct cc_digest48 *hob,
		 const struct cc_tdx_acpi *acpi, struct cc_digest48 *out, struct cc_err *err)
{
	const struct cc_tdvf_section *variables = NULL;
	struct cc_digest48 rtmr = { 0 };

	CC_TRY(find_section(tdvf, CC_TDVF_CFV, &variables, err));
	CC_TRY(extend(&rtmr, hob, err));
	CC_TRY(extend_hash(&rtmr, variables->data, err));
	CC_TRY(extend_variables(&rtmr, err));
	CC_TRY(extend_separator(&rtmr, err));
	CC_TRY(extend(&rtmr, &acpi->loader, err));
	CC_TRY(extend(&rtmr, &acpi->rsdp, err));
	CC_TRY(extend(&rtmr, &acpi->tables, err));
	CC_TRY(extend_boot_options(&rtmr, err));
	*out = rtmr;
	return 0;
}

/* The kernel */

#define SETUP_END 0x268 /* of the setup header (Documentation/arch/x86/boot.rst) */
#define REAL_ADDRESS 0x10000U
#define APPEND_ADDRESS 0x20000U
#define ACPI_SIZE 0x28000U

static uint32_t get_u32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* The highest byte that an initrd may take. */
static uint64_t initrd_max(const uint8_t *setup, uint32_t protocol, uint64_t memory)
{
	uint64_t low = (memory < LOW_MEMORY_IF ? memory : LOW_MEMORY) - ACPI_SIZE;
	uint64_t max = protocol >= 0x203 ? get_u32(setup + 0x22c) : 0x37ffffff;

	if (protocol >= 0x20c && (setup[0x236] & 2) != 0) /* may lie above 4 GiB */
		max = UINT32_MAX;
	return max < low ? max : low - 1;
}

int cc_tdx_patch_kernel(struct cc_span kernel, const struct cc_tdx_machine *machine,
			struct cc_buf *out, struct cc_err *err)
{
	uint32_t protocol = 0;
	uint64_t max = 0;
	uint8_t *setup = NULL;

	if (kernel.len < SETUP_END || memcmp(kernel.at + 0x202, "HdrS", 4) != 0)
		return cc_fail(err, CC_E_ARG, "kernel: it has no setup header of Linux at 0x202");
	protocol = (uint32_t)kernel.at[0x206] | (uint32_t)kernel.at[0x207] << 8;
	if (protocol < 0x202 || (kernel.at[0x211] & 1) == 0)
		return cc_fail(err, CC_E_UNSUPPORTED, "kernel: it follows boot protocol 0x%x",
			       protocol);
	if (machine->memory < 2 * (uint64_t)ACPI_SIZE)
		return cc_fail(err, CC_E_ARG, "0x%llx bytes of memory hold no kernel",
			       (unsigned long long)machine->memory);
	max = initrd_max(kernel.at, protocol, machine->memory);
	if (machine->initrd >= max)
		return cc_fail(err, CC_E_ARG, "an initrd of %llu bytes does not fit into memory",
			       (unsigned long long)machine->initrd);
	CC_TRY(cc_buf_add(out, kernel, err));
	setup = out->at + out->len - kernel.len;
	setup[0x210] = 0xb0; /* loaded by QEMU */
	setup[0x211] |= 0x80;
	put_u32(setup + 0x224, APPEND_ADDRESS - REAL_ADDRESS - 0x200);
	put_u32(setup + 0x228, APPEND_ADDRESS);
	if (machine->initrd > 0) {
		put_u32(setup + 0x218, (uint32_t)((max - machine->initrd) & ~(uint64_t)4095));
		put_u32(setup + 0x21c, (uint32_t)machine->initrd);
	}
	return 0;
}

int cc_tdx_kernel(struct cc_span kernel, struct cc_digest48 *out, struct cc_err *err)
{
	struct cc_hashed hashed = { 0 };
	struct cc_pe pe = { 0 };

	if (cc_pe_parse(kernel, &pe, err) != 0)
		return cc_wrap(err, "kernel");
	CC_TRY(cc_pe_authenticode(&pe, CC_HASH_SHA384, &hashed, err));
	memcpy(out->b, hashed.b, sizeof(out->b));
	return 0;
}

int cc_tdx_append(const char *append, struct cc_digest48 *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	for (const char *at = append; *at != '\0'; at++)
		if ((unsigned char)*at >= 0x80)
			return cc_fail(err, CC_E_UNSUPPORTED,
				       "a command line of more than ASCII is not known here");
	CC_TRY(add_utf16(&text, append, err));
	CC_TRY(add_utf16(&text, " initrd=initrd", err));
	CC_TRY(cc_buf_add_u16le(&text, 0, err));
	return cc_sha384(cc_buf_span(&text), out, err);
}

int cc_tdx_rtmr1(const struct cc_tdx_boot *boot, struct cc_digest48 *out, struct cc_err *err)
{
	struct cc_digest48 rtmr = { 0 };

	CC_TRY(extend(&rtmr, &boot->kernel, err));
	CC_TRY(extend_action(&rtmr, "Calling EFI Application from Boot Option", err));
	CC_TRY(extend_separator(&rtmr, err));
	CC_TRY(extend_action(&rtmr, "Exit Boot Services Invocation", err));
	CC_TRY(extend_action(&rtmr, "Exit Boot Services Returned with Success", err));
	*out = rtmr;
	return 0;
}

int cc_tdx_rtmr2(const struct cc_tdx_boot *boot, struct cc_digest48 *out, struct cc_err *err)
{
	struct cc_digest48 rtmr = { 0 };

	CC_TRY(extend(&rtmr, &boot->append, err));
	CC_TRY(extend(&rtmr, &boot->initrd, err));
	*out = rtmr;
	return 0;
}
