/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of TPM 2.0 that a quote takes, and what is made of their responses (TCG, "TPM 2.0
 * Library", Part 3: Commands; numbers in Part 2). All big-endian. Pure: who sends them is
 * tpm-device.c.
 *
 * A command with authorization has the empty password of TPM_RS_PW: attestation keys and
 * certificates have none. The bus to the TPM is not protected; what crosses it is public, and
 * whoever can change it makes quotes that do not verify.
 */
#ifndef CC_PLATFORM_TPM_COMMAND_H
#define CC_PLATFORM_TPM_COMMAND_H

#include "base/buf.h"
#include "evidence/tpm.h"

/* The largest of any TPM: TPM_PT_MAX_COMMAND_SIZE and its twin. */
#define CC_TPM_MESSAGE_MAX ((size_t)4096)
#define CC_TPM_HEADER ((size_t)10)
/* Every TPM reads so much of NV at once. */
#define CC_TPM_NV_CHUNK 512

#define CC_TPM_OWNER 0x40000001U
#define CC_TPM_ENDORSEMENT 0x4000000bU

/* TPM_CC. */
enum cc_tpm_command {
	CC_TPM_CREATE_PRIMARY = 0x131,
	CC_TPM_NV_READ = 0x14e,
	CC_TPM_QUOTE = 0x158,
	CC_TPM_FLUSH = 0x165,
	CC_TPM_NV_READ_PUBLIC = 0x169,
	CC_TPM_READ_PUBLIC = 0x173,
	CC_TPM_PCR_READ = 0x17e,
	CC_TPM_READ_CLOCK = 0x181,
};

struct cc_tpm_call {
	enum cc_tpm_command command;
	uint32_t handles[2];
	size_t handle_count, authorized; /* the first so many by the empty password */
	struct cc_span parameters;       /* as Part 3 lists them */
};
int cc_tpm_call_print(const struct cc_tpm_call *call, struct cc_buf *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* Parameters, added to `out`. */
/* TPM2_CreatePrimary by a template, which is a TPMT_PUBLIC. */
int cc_tpm_primary_add(struct cc_span template, struct cc_buf *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* TPM2_Quote by the key's own scheme, over PCRs (1u << index) of the bank of SHA-256. */
int cc_tpm_quote_add(struct cc_span qualifying, uint32_t pcrs, struct cc_buf *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* TPM2_PCR_Read. The TPM answers with as many of them as it likes, at most 8. */
int cc_tpm_pcrs_add(uint32_t pcrs, struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* TPM2_NV_Read. */
int cc_tpm_nv_add(uint16_t size, uint16_t at, struct cc_buf *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;

/* The size that the head of a response names. CC_E_ARG for none of 10 to CC_TPM_MESSAGE_MAX. */
int cc_tpm_response_size(struct cc_span head, size_t *out, struct cc_err *err) CC_MUST CC_NONNULL;
struct cc_tpm_response {
	uint32_t handle; /* of a key that was made, else 0 */
	struct cc_span parameters;
};
/*
 * The response to `call`. An error of the TPM: CC_E_NOTFOUND for a handle that it does not have,
 * CC_E_DENIED for a password, CC_E_UNAVAILABLE for what may pass, CC_E_UNSUPPORTED for the rest.
 */
int cc_tpm_response_read(struct cc_span bytes, const struct cc_tpm_call *call,
			 struct cc_tpm_response *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* Parameters of responses. Spans borrow. */
/* TPM2_CreatePrimary, TPM2_ReadPublic: TPMT_PUBLIC. */
int cc_tpm_public_read(struct cc_span parameters, struct cc_span *public,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* TPMS_ATTEST and TPMT_SIGNATURE. */
int cc_tpm_quoted_read(struct cc_span parameters, struct cc_span *quote, struct cc_span *signature,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Values of PCRs by their index; `read` is which, 1u << index. */
struct cc_tpm_values {
	struct cc_digest at[CC_TPM_PCRS];
	uint32_t read;
};
/* Those of a response added. CC_E_UNSUPPORTED for none: the TPM has no bank of SHA-256. */
int cc_tpm_pcrs_read(struct cc_span parameters, struct cc_tpm_values *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* TPMS_NV_PUBLIC, of it what reading takes. */
struct cc_tpm_nv {
	uint32_t attributes; /* TPMA_NV */
	uint16_t size;
};
#define CC_TPM_NV_OWNERREAD (1U << 17)
#define CC_TPM_NV_AUTHREAD (1U << 18)
int cc_tpm_nv_public_read(struct cc_span parameters, struct cc_tpm_nv *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* TPM2_NV_Read: the bytes, exactly so many as were asked for. */
int cc_tpm_nv_data_read(struct cc_span parameters, size_t len, struct cc_span *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

#endif
