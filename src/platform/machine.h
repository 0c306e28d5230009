/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole SIMULATED machine of an installation: a processor of Intel's with SGX and TDX, one of
 * AMD's with SNP, a TPM, and what each of them says of a program or a guest.
 *
 * Nothing starts guests here. For TDX and SNP the measurement is what the caller says; the socket
 * says MRENCLAVE and 16 bytes of zero (docs/protocol/platform.md). The TPM has seen a start of
 * firmware, whose log goes along; what the caller says has then extended PCR 11.
 */
#ifndef CC_PLATFORM_MACHINE_H
#define CC_PLATFORM_MACHINE_H

#include "platform/event_log.h"
#include "platform/snp.h"
#include "platform/tdx.h"
#include "platform/tpm.h"

struct cc_sim_machine {
	struct cc_sim_pki pki;
	struct cc_sim_snp_plan snp_plan;
	struct cc_sim_snp snp;
	struct cc_sim_tpm_plan tpm_plan; /* its log borrows from the one below */
	struct cc_sim_tpm tpm;
	struct cc_sim_log log;
};
#define CC_AUTO_SIM_MACHINE CC_CLEANUP(cc_sim_machine_clear)

/* Fresh keys, for a machine without a directory. `out` is zeroed before the call. */
int cc_sim_machine_make(int64_t now, struct cc_sim_machine *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* The machine of a directory (platform/pki.h). `out` is zeroed before the call. */
int cc_sim_machine_load(const char *dir, int64_t now, struct cc_sim_machine *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
void cc_sim_machine_clear(struct cc_sim_machine *machine) CC_NONNULL;

struct cc_sim_asked {
	enum cc_platform_kind kind;     /* SGX, TDX, SNP or TPM */
	struct cc_digest48 measurement; /* of SGX and for the TPM the first 32 bytes */
	struct cc_digest signer;        /* of SGX: MRSIGNER */
	struct cc_digest64 report_data;
	bool debug;
	bool launched_before; /* of TDX and SNP: under an older module or microcode than runs now */
	uint32_t vmpl;        /* of SNP */
	uint32_t pcrs;        /* to be quoted by the TPM: 1u << index */
};
/*
 * Start the machine again, as its TPM sees it, or as far as to where the firmware hands over. A
 * machine that was made or loaded has been started.
 */
int cc_sim_machine_boot(struct cc_sim_machine *machine, bool hands_over,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* An event that is in no log. `index` is below CC_TPM_PCRS. */
int cc_sim_machine_extend(struct cc_sim_machine *machine, uint32_t index, struct cc_span event,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* Of SNP, `certificates` is the host's table, to stand behind it; else nothing. */
int cc_sim_machine_evidence(const struct cc_sim_machine *machine, const struct cc_sim_asked *asked,
			    struct cc_buf *out, struct cc_buf *certificates,
			    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
