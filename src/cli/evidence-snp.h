/* SPDX-License-Identifier: Apache-2.0 */
/* The table of certificates that a host has for its guests, told for people. */
#ifndef CC_CLI_EVIDENCE_SNP_H
#define CC_CLI_EVIDENCE_SNP_H

#include "codec/json.h"
#include "evidence/snp.h"

/*
 * {"certificates": [{"name": "vcek", "bytes", "subject", "issuer", "valid_from", "valid_until"}]},
 * nothing when there is none; of what is no certificate or list the first two.
 */
int cc_evidence_snp_certs(const struct cc_snp_evidence *evidence, struct cc_json *json,
			  struct cc_err *err) CC_MUST CC_NONNULL;

/* A table without a report. */
bool cc_evidence_is_snp_table(struct cc_span bytes);
int cc_evidence_snp_table(struct cc_span bytes, bool with_data, struct cc_json *json,
			  struct cc_err *err) CC_MUST CC_NONNULL;

#endif
