/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TPMS_ATTEST of any type and over any banks (TCG, "TPM 2.0 Library Part 2", 10.12), and the pieces
 * of a quote as people keep them: the answer of TPM2_Quote, and files of tpm2-tools. Bytes to
 * structs; what of it can be evidence, and its proof, is tpm.h.
 *
 * Spans borrow. Everything is big-endian but the file of tpm2-tools.
 */
#ifndef CC_EVIDENCE_TPM_ATTEST_H
#define CC_EVIDENCE_TPM_ATTEST_H

#include "base/span.h"
#include "crypto/hash.h"

#define CC_TPM_PCRS 24 /* PCR 0 to 23, as on a PC */
#define CC_TPM_ST_QUOTE 0x8018
#define CC_TPM_BANKS 16 /* TPML_PCR_SELECTION */
#define CC_TPM_QUOTE_MAX ((size_t)1024)

/* TPM2B_…: a length of two bytes, then so many. CC_E_TOOBIG over `max`. */
int cc_tpm_read_2b(struct cc_reader *r, size_t max, const char *what, struct cc_span *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/* What every TPMS_ATTEST begins with. */
struct cc_tpm_attest {
	uint16_t type;             /* TPM_ST: what was attested */
	struct cc_span signer;     /* qualified Name of the key */
	struct cc_span qualifying; /* extraData: at most 66 bytes, the nonce */
	uint64_t clock, firmware;  /* milliseconds that the TPM had power; the vendor's number */
	uint32_t resets, restarts;
	bool safe; /* no smaller clock was ever reported */
};
/* Up to what depends on the type. CC_E_ARG; CC_E_EVIDENCE for another magic. */
int cc_tpm_attest_read(struct cc_reader *r, struct cc_tpm_attest *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_tpm_bank {
	uint16_t alg;  /* TPM_ALG_ID */
	uint32_t pcrs; /* 1u << index of each */
};
/* TPML_PCR_SELECTION (10.9.7), banks and PCRs of none included. */
struct cc_tpm_selection {
	struct cc_tpm_bank at[CC_TPM_BANKS];
	size_t count;
};
/* CC_E_TOOBIG; CC_E_UNSUPPORTED for a PCR that is none of a PC. */
int cc_tpm_selection_read(struct cc_reader *r, struct cc_tpm_selection *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;

/* What TPM2_Quote and its like answer: TPMS_ATTEST, or it with its length, and then a signature. */
struct cc_tpm_answer {
	struct cc_tpm_attest attest;
	struct cc_tpm_selection selection; /* of a quote, as is the digest over it */
	struct cc_span pcr_digest;
	struct cc_span attested;  /* of another type: what depends on it, as it stands */
	struct cc_span signature; /* TPMT_SIGNATURE that cc_tpm_signature_parse reads, or empty */
};
/* CC_E_ARG, CC_E_TOOBIG, CC_E_EVIDENCE, CC_E_UNSUPPORTED. */
int cc_tpm_answer_parse(struct cc_span bytes, struct cc_tpm_answer *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * The file that `tpm2_quote --pcr` writes: TPML_PCR_SELECTION as it lies in the memory of the
 * program (little-endian, always of 16 banks), then lists of at most 8 values.
 */
#define CC_TPM_VALUES 128
struct cc_tpm_value_file {
	struct cc_tpm_selection selection;
	struct cc_span at[CC_TPM_VALUES]; /* by bank, then by ascending index */
	size_t count;
};
/* CC_E_ARG, also when there are not as many values as the selection has. */
int cc_tpm_value_file_parse(struct cc_span bytes, struct cc_tpm_value_file *out,
			    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
