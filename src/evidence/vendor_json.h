/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence in JSON, as agents and services hand it out. No program of ours sends it so; it is read
 * for who was given such a file. Two forms:
 *
 *   azure   what guests of Azure send (trustee and guest-components, "az-snp-vtpm" and
 *           "az-tdx-vtpm"; attestation-rs): {"tpm_quote": {"message", "pcrs", "signature"},
 *           "hcl_report", "td_quote" | "vcek", …}, in older versions "quote" and "report". It
 *           becomes the container of tpm.h.
 *   member  any JSON in which exactly one text or list of bytes is evidence of a platform
 *
 * Bytes are hexadecimal, base64 in either alphabet, or a list of numbers: versions of one program
 * differ in it. Members that are not named are not looked at.
 */
#ifndef CC_EVIDENCE_VENDOR_JSON_H
#define CC_EVIDENCE_VENDOR_JSON_H

#include "evidence/evidence.h"

#define CC_VENDOR_JSON_MAX (4 * CC_EVIDENCE_MAX)

struct cc_vendor_json {
	struct cc_buf evidence;
	struct cc_buf certs; /* PEM: that of the chip, when it stands beside the evidence */
};
#define CC_AUTO_VENDOR_JSON CC_CLEANUP(cc_vendor_json_clear)

/* CC_E_NOTFOUND: no evidence in it, or more than one. CC_E_ARG: no JSON, or a part is missing. */
int cc_vendor_json_read(struct cc_span text, struct cc_vendor_json *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
static inline void cc_vendor_json_clear(struct cc_vendor_json *json)
{
	cc_buf_clear(&json->evidence);
	cc_buf_clear(&json->certs);
}

#endif
