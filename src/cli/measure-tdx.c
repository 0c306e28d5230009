/* SPDX-License-Identifier: Apache-2.0 */
/* measure tdx: MRTD and RTMRs of a guest. */
#include "base/str.h"
#include "cli/commands.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "measure/rtmr.h"

#define MEMORY_MIB_MAX ((uint64_t)64 << 20) /* 64 TiB */

struct values {
	const char *firmware, *order, *output;
	const char *kernel, *initrd, *append;
	const char *loader, *rsdp, *tables;
	uint64_t memory;
	bool kernel_as_is, registers;
};

static const struct values defaults = { .append = "" };

static const struct cc_opt_arg args[] = {
	{ "FIRMWARE", offsetof(struct values, firmware), "OVMF.fd as the guest is started with it",
	  false, false },
};

#define INPUT(member, name, help)                                                                  \
	{                                                                                          \
		name, 0, CC_OPT_STRING, offsetof(struct values, member), "FILE", help, false, NULL \
	}

static const struct cc_opt opts[] = {
	{ "order", 0, CC_OPT_STRING, offsetof(struct values, order), "NAME",
	  "how pages are added; default: both", false, "single-pass two-pass" },
	{ "memory", 0, CC_OPT_NUMBER, offsetof(struct values, memory), "MIB",
	  "of the guest; for RTMR 0 and 1", false, NULL },
	INPUT(kernel, "kernel", "what QEMU loads itself; for RTMR 1 and 2"),
	INPUT(initrd, "initrd", "that of the kernel"),
	{ "append", 0, CC_OPT_STRING, offsetof(struct values, append), "TEXT",
	  "the command line of the kernel", false, NULL },
	{ "kernel-as-is", 0, CC_OPT_FLAG, offsetof(struct values, kernel_as_is), NULL,
	  "QEMU 10.2 or later, which writes nothing into the kernel", false, NULL },
	INPUT(loader, "acpi-loader", "etc/table-loader of the VMM; for RTMR 0"),
	INPUT(rsdp, "acpi-rsdp", "etc/acpi/rsdp of the VMM"),
	INPUT(tables, "acpi-tables", "etc/acpi/tables of the VMM"),
	CC_OPT_REGISTERS(struct values),
	CC_OPT_OUTPUT(struct values),
};

static int hash_file(const char *path, struct cc_digest48 *out, struct cc_err *err)
{
	struct cc_hashed hashed = { 0 };

	CC_TRY(cc_measure_hash(path, CC_HASH_SHA384, &hashed, err));
	memcpy(out->b, hashed.b, sizeof(out->b));
	return 0;
}

static int add_mrtd(const struct values *values, const struct cc_tdvf *tdvf, struct cc_json *report,
		    struct cc_err *err)
{
	static const struct {
		const char *word, *member;
		enum cc_tdx_order order;
	} orders[] = {
		{ "single-pass", "mrtd_single_pass", CC_TDX_SINGLE_PASS },
		{ "two-pass", "mrtd_two_pass", CC_TDX_TWO_PASS },
	};

	for (size_t i = 0; i < CC_COUNT(orders); i++) {
		struct cc_digest48 mrtd = { 0 };

		if (values->order != NULL && !cc_str_eq(values->order, orders[i].word))
			continue;
		CC_TRY(cc_tdx_mrtd(tdvf, orders[i].order, &mrtd, err));
		CC_TRY(cc_measure_add(report, CC_DIGEST_SPAN(mrtd), err));
		CC_TRY(cc_json_set_hex(report, orders[i].member, CC_DIGEST_SPAN(mrtd), err));
	}
	return 0;
}

static int add_rtmr0(const struct values *values, const struct cc_tdvf *tdvf,
		     struct cc_json *report, struct cc_err *err)
{
	struct cc_digest48 hob = { 0 }, rtmr = { 0 };
	struct cc_tdx_acpi acpi = { 0 };

	CC_TRY(cc_tdx_hob(tdvf, values->memory << 20, &hob, err));
	CC_TRY(hash_file(values->loader, &acpi.loader, err));
	CC_TRY(hash_file(values->rsdp, &acpi.rsdp, err));
	CC_TRY(hash_file(values->tables, &acpi.tables, err));
	CC_TRY(cc_tdx_rtmr0(tdvf, &hob, &acpi, &rtmr, err));
	return cc_json_set_hex(report, "rtmr0", CC_DIGEST_SPAN(rtmr), err);
}

/* Of the file, whose length QEMU writes into the kernel. */
static int read_initrd(const struct values *values, struct cc_tdx_boot *boot, uint64_t *len,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf initrd = { 0 };

	CC_TRY(cc_measure_read(values->initrd, CC_MEASURE_FILE_MAX, &initrd, err));
	*len = initrd.len;
	return cc_sha384(cc_buf_span(&initrd), &boot->initrd, err);
}

static int read_kernel(const struct values *values, const struct cc_tdx_machine *machine,
		       struct cc_tdx_boot *boot, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf kernel = { 0 }, patched = { .max = CC_MEASURE_FILE_MAX };

	CC_TRY(cc_measure_read(values->kernel, CC_MEASURE_FILE_MAX, &kernel, err));
	if (values->kernel_as_is)
		return cc_tdx_kernel(cc_buf_span(&kernel), &boot->kernel, err);
	CC_TRY(cc_tdx_patch_kernel(cc_buf_span(&kernel), machine, &patched, err));
	return cc_tdx_kernel(cc_buf_span(&patched), &boot->kernel, err);
}

static int add_boot(const struct values *values, struct cc_json *report, struct cc_err *err)
{
	struct cc_tdx_machine machine = { .memory = values->memory << 20 };
	struct cc_digest48 rtmr1 = { 0 }, rtmr2 = { 0 };
	struct cc_tdx_boot boot = { 0 };

	CC_TRY(read_initrd(values, &boot, &machine.initrd, err));
	CC_TRY(read_kernel(values, &machine, &boot, err));
	CC_TRY(cc_tdx_append(values->append, &boot.append, err));
	CC_TRY(cc_tdx_rtmr1(&boot, &rtmr1, err));
	CC_TRY(cc_tdx_rtmr2(&boot, &rtmr2, err));
	CC_TRY(cc_json_set_hex(report, "kernel", CC_DIGEST_SPAN(boot.kernel), err));
	CC_TRY(cc_json_set_hex(report, "rtmr1", CC_DIGEST_SPAN(rtmr1), err));
	return cc_json_set_hex(report, "rtmr2", CC_DIGEST_SPAN(rtmr2), err);
}

static int check(const struct values *values, struct cc_err *err)
{
	int acpi = (values->loader != NULL) + (values->rsdp != NULL) + (values->tables != NULL);

	if (values->memory > MEMORY_MIB_MAX)
		return cc_fail(err, CC_E_TOOBIG, "--memory: at most %llu MiB",
			       (unsigned long long)MEMORY_MIB_MAX);
	if (acpi != 0 && (acpi != 3 || values->memory == 0))
		return cc_fail(err, CC_E_ARG,
			       "RTMR 0 needs --acpi-loader, --acpi-rsdp, --acpi-tables and "
			       "--memory");
	if ((values->kernel == NULL) != (values->initrd == NULL))
		return cc_fail(err, CC_E_ARG, "--kernel and --initrd go together");
	if (values->kernel == NULL && (values->append[0] != '\0' || values->kernel_as_is))
		return cc_fail(err, CC_E_ARG, "--append and --kernel-as-is go with --kernel");
	if (values->kernel != NULL && !values->kernel_as_is && values->memory == 0)
		return cc_fail(err, CC_E_ARG,
			       "QEMU writes into the kernel where the initrd lies: give --memory, "
			       "or --kernel-as-is from QEMU 10.2 on");
	return 0;
}

static int measure(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_BUF struct cc_buf image = { 0 };
	CC_AUTO_JSON struct cc_json *report = NULL;
	struct cc_ovmf ovmf = { 0 };
	struct cc_tdvf tdvf = { 0 };

	CC_TRY(check(values, err));
	CC_TRY(cc_measure_read(values->firmware, CC_FIRMWARE_MAX, &image, err));
	CC_TRY(cc_ovmf_parse(cc_buf_span(&image), &ovmf, err));
	CC_TRY(cc_tdvf_parse(&ovmf, &tdvf, err));
	CC_TRY(cc_measure_report("tdx", &report, err));
	CC_TRY(add_mrtd(values, &tdvf, report, err));
	if (values->loader != NULL)
		CC_TRY(add_rtmr0(values, &tdvf, report, err));
	if (values->kernel != NULL)
		CC_TRY(add_boot(values, report, err));
	if (values->registers)
		CC_TRY(cc_measure_by_registers(report, err));
	return cc_measure_print(values->output, report, err);
}

const struct cc_command cc_command_measure_tdx = {
	"measure tdx",
	"Compute MRTD and RTMRs of a guest under TDX.",
	opts,
	CC_COUNT(opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	&defaults,
	measure,
};
