/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launch digest of an SEV-SNP guest (AMD 56860, section 8.17.2 PAGE_INFO; OVMF's SEV metadata;
 * QEMU's hashes for direct boot), from what the guest is started with. SHA-384 over a chain of
 * pages: the firmware, the sections that it asks for, then one page of registers for each vCPU.
 *
 * Two guests that differ in anything here differ in the digest, the number of their vCPUs and
 * the model that these claim to be among it: whoever publishes a digest publishes all of it.
 */
#ifndef CC_MEASURE_SNP_H
#define CC_MEASURE_SNP_H

#include "crypto/hash.h"
#include "measure/ovmf.h"

#define CC_SNP_SECTIONS_MAX 64
#define CC_SNP_VCPUS_MAX 4096

/* What starts the guest; registers and the order of pages are its own. */
enum cc_snp_vmm {
	CC_SNP_QEMU = 0,
	CC_SNP_EC2,
	CC_SNP_GCE,
	CC_SNP_VMM_COUNT,
};

/* As the firmware numbers them. */
enum cc_snp_section_kind {
	CC_SNP_SEC_MEM = 1,
	CC_SNP_SECRETS = 2,
	CC_SNP_CPUID = 3,
	CC_SNP_SVSM_CAA = 4,
	CC_SNP_KERNEL_HASHES = 0x10,
};

struct cc_snp_section {
	uint32_t gpa, size; /* bytes; whole pages */
	uint32_t kind;
};

struct cc_snp_firmware {
	struct cc_snp_section sections[CC_SNP_SECTIONS_MAX]; /* in the order of the file */
	size_t count;
	uint32_t hashes_gpa; /* of the table of hashes; 0: there is none */
	uint32_t reset_eip;  /* where vCPUs but the first begin; 0: not said */
};

/* Digests of what QEMU loads itself; SHA-256 of nothing for an initrd that is not there. */
struct cc_snp_boot {
	struct cc_digest kernel, initrd;
	struct cc_digest append; /* with its NUL: cc_snp_append */
};

struct cc_snp_launch {
	struct cc_digest48 firmware_digest; /* cc_snp_firmware_digest */
	const struct cc_snp_firmware *firmware;
	const struct cc_snp_boot *boot; /* NULL: the firmware finds its system itself */
	uint32_t vcpus;
	uint32_t signature; /* CPUID of the vCPU model; of no effect but with QEMU */
	uint64_t features;  /* SEV_FEATURES: 1 SNP, 0x20 debug swap, ... */
	enum cc_snp_vmm vmm;
};

/*
 * Sections of whole pages, together at most CC_FIRMWARE_MAX. CC_E_ARG; CC_E_UNSUPPORTED for an
 * image that cannot be started under SNP, or a kind of section that is not known here.
 */
int cc_snp_firmware_parse(const struct cc_ovmf *ovmf, struct cc_snp_firmware *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* The launch digest behind the pages of the image, which end at 4 GiB: it needs nothing else. */
int cc_snp_firmware_digest(struct cc_span image, struct cc_digest48 *out,
			   struct cc_err *err) CC_MUST CC_NONNULL;
/* The digest of a kernel's command line. */
int cc_snp_append(const char *append, struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_snp_measure(const struct cc_snp_launch *launch, struct cc_digest48 *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/* CPUID Fn0000_0001_EAX (AMD 25481) of a vCPU model of QEMU, as "EPYC-v4". CC_E_ARG. */
int cc_snp_model_signature(const char *model, uint32_t *out, struct cc_err *err) CC_MUST CC_NONNULL;
const char *cc_snp_vmm_name(enum cc_snp_vmm vmm);
/* CC_SNP_VMM_COUNT when there is none of that name. */
enum cc_snp_vmm cc_snp_vmm_named(const char *name) CC_NONNULL;

#endif
