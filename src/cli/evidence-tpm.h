/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of a TPM's quote, told for people: rows of evidence-piece.c. */
#ifndef CC_CLI_EVIDENCE_TPM_H
#define CC_CLI_EVIDENCE_TPM_H

#include "codec/json.h"

/*
 * TPMS_ATTEST, with its length and its signature or without: {"type", "signer", "qualifying",
 * "clock", "clock_is_safe", "resets", "restarts", "firmware", "banks": [{"bank", "pcrs"}],
 * "pcr_digest"} or "attested", and {"signature": {"scheme", "hash", "bytes"}}.
 */
bool cc_evidence_is_tpm_answer(struct cc_span bytes);
int cc_evidence_tpm_answer(struct cc_span bytes, bool with_data, struct cc_json *json,
			   struct cc_err *err) CC_MUST CC_NONNULL;
/* TPMT_SIGNATURE: {"scheme", "hash", "bytes"}. */
bool cc_evidence_is_tpm_signature(struct cc_span bytes);
int cc_evidence_tpm_signature(struct cc_span bytes, bool with_data, struct cc_json *json,
			      struct cc_err *err) CC_MUST CC_NONNULL;
/* Values of PCRs in the file of tpm2-tools: {"registers": {"sha256": {"0": hex, …}}}. */
bool cc_evidence_is_tpm_values(struct cc_span bytes);
int cc_evidence_tpm_values(struct cc_span bytes, bool with_data, struct cc_json *json,
			   struct cc_err *err) CC_MUST CC_NONNULL;
/* TPM2B_PUBLIC or TPMT_PUBLIC of a signing key: {"name", "attributes", "scheme", "hash", …}. */
bool cc_evidence_is_tpm_key(struct cc_span bytes);
int cc_evidence_tpm_key(struct cc_span bytes, bool with_data, struct cc_json *json,
			struct cc_err *err) CC_MUST CC_NONNULL;

#endif
