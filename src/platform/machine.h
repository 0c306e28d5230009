/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole SIMULATED machine of an installation: a processor of Intel's with SGX and TDX, one of
 * AMD's with SNP, and what each of them says of a program or a guest.
 *
 * Nothing starts guests here. For TDX and SNP the measurement is what the caller says; the socket
 * says MRENCLAVE and 16 bytes of zero (docs/protocol/platform.md).
 */
#ifndef CC_PLATFORM_MACHINE_H
#define CC_PLATFORM_MACHINE_H

#include "platform/snp.h"
#include "platform/tdx.h"

struct cc_sim_machine {
	struct cc_sim_pki pki;
	struct cc_sim_snp_plan snp_plan;
	struct cc_sim_snp snp;
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
	enum cc_platform_kind kind;     /* SGX, TDX or SNP */
	struct cc_digest48 measurement; /* of SGX the first 32 bytes */
	struct cc_digest signer;        /* of SGX: MRSIGNER */
	struct cc_digest64 report_data;
	bool debug;
	bool launched_before; /* of TDX and SNP: under an older module or microcode than runs now */
	uint32_t vmpl;        /* of SNP */
};
/* Of SNP, `certificates` is the host's table, to stand behind it; else nothing. */
int cc_sim_machine_evidence(const struct cc_sim_machine *machine, const struct cc_sim_asked *asked,
			    struct cc_buf *out, struct cc_buf *certificates,
			    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
