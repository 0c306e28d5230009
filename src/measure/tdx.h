/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MRTD of a TDX guest: SHA-384 over what the module is told for each page of the firmware (Intel
 * 348549, TDH.MEM.PAGE.ADD and TDH.MR.EXTEND), as the TDVF metadata of an image say it (Intel
 * 344991, section 11). Pure.
 */
#ifndef CC_MEASURE_TDX_H
#define CC_MEASURE_TDX_H

#include "crypto/hash.h"
#include "measure/ovmf.h"

#define CC_TDVF_SECTIONS_MAX 64

/* As the firmware numbers them. */
enum cc_tdvf_kind {
	CC_TDVF_BFV = 0, /* code */
	CC_TDVF_CFV,     /* variables */
	CC_TDVF_TD_HOB,
	CC_TDVF_TEMP_MEM,
	CC_TDVF_PERM_MEM,
};

#define CC_TDVF_EXTEND 1U   /* attribute: the bytes are measured */
#define CC_TDVF_PAGE_AUG 2U /* the guest accepts the pages later */

struct cc_tdvf_section {
	struct cc_span data; /* in the image; shorter than `size`: zeroes follow */
	uint64_t gpa, size;  /* whole pages */
	uint32_t kind, attributes;
};

struct cc_tdvf {
	struct cc_tdvf_section sections[CC_TDVF_SECTIONS_MAX]; /* in the order of the image */
	size_t count;
};

/* How a VMM adds a section: each page and its measurement, or all pages first. */
enum cc_tdx_order {
	CC_TDX_TWO_PASS = 0, /* QEMU up to 8 */
	CC_TDX_SINGLE_PASS,  /* QEMU from 9 on, GCE */
};

/*
 * Sections of whole pages; those that are added before launch have at most CC_FIRMWARE_MAX
 * bytes together. CC_E_ARG, CC_E_TOOBIG; CC_E_UNSUPPORTED for an image that does not start
 * under TDX, and for kinds whose content the VMM chooses.
 */
int cc_tdvf_parse(const struct cc_ovmf *ovmf, struct cc_tdvf *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_tdx_mrtd(const struct cc_tdvf *tdvf, enum cc_tdx_order order, struct cc_digest48 *out,
		struct cc_err *err) CC_MUST CC_NONNULL;

#endif
