/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTMR 0 to 2 of a TDX guest that QEMU boots directly: OVMF of before May 2025 with a store of
 * variables that nobody wrote to, and a Linux kernel with an EFI stub. Newer firmware measures
 * more; then only a log says what, and MRTD says which firmware it was.
 *
 * A register is SHA-384(register ‖ digest) over the digests of events, from zeroes. Pure.
 */
#ifndef CC_MEASURE_RTMR_H
#define CC_MEASURE_RTMR_H

#include "base/buf.h"
#include "measure/tdx.h"

/* Of the files etc/table-loader, etc/acpi/rsdp and etc/acpi/tables that QEMU makes. */
struct cc_tdx_acpi {
	struct cc_digest48 loader, rsdp, tables;
};

struct cc_tdx_boot {
	struct cc_digest48 kernel; /* cc_tdx_kernel */
	struct cc_digest48 append; /* cc_tdx_append */
	struct cc_digest48 initrd; /* of the file */
};

/* The list of what memory there is, which the VMM makes: CC_E_ARG for memory that cannot hold
 * what the firmware wants. `memory` is in bytes. */
int cc_tdx_hob(const struct cc_tdvf *tdvf, uint64_t memory, struct cc_digest48 *out,
	       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_tdx_rtmr0(const struct cc_tdvf *tdvf, const struct cc_digest48 *hob,
		 const struct cc_tdx_acpi *acpi, struct cc_digest48 *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * What QEMU up to 10.1 writes into the header of a kernel (hw/i386/x86-common.c): a copy of
 * `kernel`, which must follow the boot protocol 2.02 or a later one, added to `out`.
 */
struct cc_tdx_machine {
	uint64_t memory; /* bytes */
	uint64_t initrd; /* length of the initrd */
};
int cc_tdx_patch_kernel(struct cc_span kernel, const struct cc_tdx_machine *machine,
			struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The Authenticode hash of a kernel as it is started. */
int cc_tdx_kernel(struct cc_span kernel, struct cc_digest48 *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* ASCII; the firmware adds where the initrd is. */
int cc_tdx_append(const char *append, struct cc_digest48 *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_tdx_rtmr1(const struct cc_tdx_boot *boot, struct cc_digest48 *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
int cc_tdx_rtmr2(const struct cc_tdx_boot *boot, struct cc_digest48 *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
