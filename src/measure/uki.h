/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCRs of a TPM that say which unified kernel image was started: 4, which the firmware extends
 * with each executable that it starts (TCG PC Client Platform Firmware Profile 1.06, section
 * 3.3.4.5), and 11, which systemd-stub extends with the sections of the image (systemd-stub(7)).
 *
 * A bank has the algorithm of its digests. Pure.
 */
#ifndef CC_MEASURE_UKI_H
#define CC_MEASURE_UKI_H

#include "measure/pe.h"

#define CC_UKI_SECTIONS 14
#define CC_TPM_PCR_COUNT 24

/* In the order in which they are measured; a NULL address is a section that is not there. */
extern const char *const cc_uki_section_names[CC_UKI_SECTIONS];

struct cc_uki {
	struct cc_span sections[CC_UKI_SECTIONS];
};

/*
 * CC_E_ARG without a kernel; CC_E_UNSUPPORTED for an image of several profiles, or a section
 * that is longer in memory than in the file.
 */
int cc_uki_parse(const struct cc_pe *pe, struct cc_uki *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* `phases` are words with colons between them, as enter-initrd:leave-initrd; none is "". */
int cc_uki_pcr11(const struct cc_uki *uki, enum cc_hash bank, const char *phases,
		 struct cc_hashed *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* Of a boot option that starts these executables one after the other, by their hashes. */
int cc_boot_pcr4(const struct cc_hashed *images, size_t count, enum cc_hash bank,
		 struct cc_hashed *out, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * What evidence of a TPM measures as (docs/format/evidence.md): SHA-256 over TPMS_QUOTE_INFO of a
 * quote with SHA-256 of the PCRs that have a value here.
 */
struct cc_pcrs {
	enum cc_hash bank;
	struct cc_hashed values[CC_TPM_PCR_COUNT]; /* a length of 0 is a PCR that is not quoted */
};
int cc_pcrs_measure(const struct cc_pcrs *pcrs, struct cc_digest *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
