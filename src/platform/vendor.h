/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collateral from whoever publishes it: Intel's Provisioning Certification Service ("Intel SGX and
 * Intel TDX PCS API", v4) and AMD's Key Distribution Service (AMD 57230, "VCEK Certificate and KDS
 * Interface Specification"), or a cache that speaks the same.
 *
 * It is the only part with a way to the internet, and it holds nothing that is worth a
 * break-in. What it brings is believed by nobody: cc_statements_prove looks at it as at any file.
 * An answer has at most CC_COLLATERAL_ITEM_MAX bytes, redirects are not followed, and
 * nothing is asked for again.
 */
#ifndef CC_PLATFORM_VENDOR_H
#define CC_PLATFORM_VENDOR_H

#include "evidence/snp.h"
#include "platform/collateral.h"

#define CC_VENDOR_PCS "https://api.trustedservices.intel.com"
#define CC_VENDOR_ROOT_CRL "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"
#define CC_VENDOR_KDS "https://kdsintf.amd.com"

/* Addresses, as net/url.h reads them. */
struct cc_vendor {
	const char *pcs, *root_crl, *kds;
	const char *roots; /* of their TLS: a PEM file, or NULL: the system's */
};

struct cc_vendor_family {
	enum cc_platform_kind platform; /* sgx or tdx */
	const char *fmspc;              /* 12 hexadecimal digits */
	const char *ca;                 /* "platform" or "processor" */
};
/* Intel's seven files. `out` is zeroed before. CC_E_ARG, CC_E_NOTFOUND, CC_E_UNAVAILABLE, … */
int cc_vendor_intel(const struct cc_vendor *vendor, const struct cc_vendor_family *family,
		    struct cc_collateral_dir *out, struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_vendor_chip {
	enum cc_snp_product product;
	enum cc_snp_signer signer;   /* whose chain: that of chips' keys, or of providers' */
	bool has_key;                /* ask for the VCEK of this chip at this TCB, too: */
	uint8_t chip[64];            /* of Turin 8 bytes count */
	uint8_t tcb[CC_SNP_TCB_LEN]; /* as a report has it */
};
/* The path and query of a chip's VCEK at its TCB, two digits or more a component. */
int cc_vendor_chip_path(const struct cc_vendor_chip *chip, struct cc_buf *path,
			struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * AMD's certificates of a product above VCEKs or VLEKs, the list of its root, and a chip's VCEK. A
 * VLEK itself AMD gives to its provider alone: it comes with the report.
 */
int cc_vendor_amd(const struct cc_vendor *vendor, const struct cc_vendor_chip *chip,
		  struct cc_collateral_dir *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
