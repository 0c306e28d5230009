/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portable executables (Microsoft's PE/COFF specification, UEFI 2.10 section 2.1.1): what is
 * measured of one that the firmware starts. A kernel with an EFI stub is one, a unified kernel
 * image too.
 *
 * Pure: spans point into the file. Errors name the offset in it.
 */
#ifndef CC_MEASURE_PE_H
#define CC_MEASURE_PE_H

#include "crypto/hash.h"

#define CC_PE_SECTIONS_MAX 96 /* what Windows loads */

struct cc_pe_section {
	char name[9];
	struct cc_span data; /* in the file; may be padded behind `size` */
	uint32_t size;       /* in memory */
	uint32_t at;         /* of the data in the file */
};

struct cc_pe {
	struct cc_span file;
	size_t headers_len;
	size_t checksum_at;  /* u32 that is not hashed */
	size_t directory_at; /* of the certificates: u64 that is not hashed; 0: there is none */
	size_t certificates_len;
	struct cc_pe_section sections[CC_PE_SECTIONS_MAX]; /* by offset in the file */
	size_t count;
};

/* PE32 and PE32+. Sections lie in the file and do not overlap: CC_E_ARG. */
int cc_pe_parse(struct cc_span file, struct cc_pe *out, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The Authenticode hash. What lies behind the last section is hashed, and nothing is padded to
 * eight bytes: signers pad a file, firmware hashes what there is (edk2, DxeTpm2MeasureBootLib).
 */
int cc_pe_authenticode(const struct cc_pe *pe, enum cc_hash hash, struct cc_hashed *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* The only section of this name; NULL when there is none, CC_E_UNSUPPORTED for several. */
int cc_pe_find(const struct cc_pe *pe, const char *name, const struct cc_pe_section **out,
	       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
