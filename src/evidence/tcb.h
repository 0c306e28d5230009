/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel's verdict on a machine: TCB info, QE identity and module identities as they are
 * published, and the one status that follows from them.
 *
 * Parsers take the value that cc_signed_json_split found and that is verified by then. The
 * evaluation is that of Intel's Quote Verification Library, step by step, because a
 * verifier that is stricter or milder than it would give another answer than Intel.
 */
#ifndef CC_EVIDENCE_TCB_H
#define CC_EVIDENCE_TCB_H

#include "evidence/claims.h"
#include "evidence/pck.h"
#include "evidence/sgx.h"
#include "evidence/tdx.h"

#define CC_TCB_LEVELS_MAX 64
#define CC_TDX_MODULES_MAX 8
#define CC_TDX_MODULE_LEVELS_MAX 16

struct cc_tcb_level {
	uint8_t components[CC_SGX_COMPONENTS]; /* TCB info only */
	uint8_t tdx[16];                       /* TCB info of TDX only */
	uint16_t svn;                          /* PCESVN, or ISVSVN of QE or module */
	enum cc_tcb_status status;
	int64_t date;
	struct cc_advisories advisories;
};

/* One major version of the TDX module; `major` 0 is the tdxModule of old. */
struct cc_tdx_module {
	uint8_t major;
	struct cc_digest48 signer;
	uint8_t attributes[8], attributes_mask[8];
	size_t count;
	struct cc_tcb_level levels[CC_TDX_MODULE_LEVELS_MAX]; /* highest first */
};

/*
 * Both are large: allocated by their parser, freed by free(). What is behind `count` in a list has
 * no value: to write zeroes over 400 KiB takes as long as to read both texts.
 */
struct cc_tcb_info {
	enum cc_platform_kind platform; /* sgx or tdx: what its id says */
	int64_t from, until;
	uint8_t fmspc[6], pce_id[2];
	uint32_t evaluation_number;
	size_t count, module_count;
	struct cc_tcb_level levels[CC_TCB_LEVELS_MAX]; /* highest first */
	struct cc_tdx_module modules[CC_TDX_MODULES_MAX];
};

struct cc_qe_identity {
	enum cc_platform_kind platform; /* sgx for 'QE', tdx for 'TD_QE' */
	int64_t from, until;
	uint32_t evaluation_number;
	uint32_t miscselect, miscselect_mask;
	uint8_t attributes[16], attributes_mask[16];
	struct cc_digest mrsigner;
	uint16_t product;
	size_t count;
	struct cc_tcb_level levels[CC_TCB_LEVELS_MAX]; /* in the order of the text */
};

/* Id "SGX" of version 2 or 3, id "TDX" of version 3. CC_E_EVIDENCE. */
int cc_tcb_info_parse(struct cc_span value, struct cc_tcb_info **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* Id "QE" or "TD_QE", version 2. */
int cc_qe_identity_parse(struct cc_span value, struct cc_qe_identity **out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

/* The first level that this machine reaches in every SGX component, or NULL: not supported. */
const struct cc_tcb_level *cc_tcb_info_level(const struct cc_tcb_info *info,
					     const struct cc_pck *pck) CC_NONNULL;
const struct cc_tcb_level *cc_qe_identity_level(const struct cc_qe_identity *identity,
						uint16_t svn) CC_NONNULL;
/* A machine is no better than its quoting enclave or TDX module (Intel QVL, convergeTcbStatus). */
enum cc_tcb_status cc_tcb_converge(enum cc_tcb_status machine, enum cc_tcb_status part);

/*
 * The module that this TD was launched under is one that Intel names, with its signer and
 * attributes. CC_E_EVIDENCE when it is not; then nothing can be said of it.
 */
int cc_tdx_module_find(const struct cc_tcb_info *info, const struct cc_td_report *report,
		       const struct cc_tdx_module **out, struct cc_err *err) CC_MUST CC_NONNULL;

/* What was compared, and what came out. Levels are borrowed; NULL: none matched. */
struct cc_tcb_result {
	const struct cc_tcb_level *machine, *module, *qe;
	enum cc_tcb_status status;     /* of all of them */
	enum cc_tcb_status module_tcb; /* NOT_STATED on SGX */
};

/* `svn` is that of the quoting enclave. */
void cc_tcb_evaluate_sgx(const struct cc_tcb_info *info, const struct cc_qe_identity *identity,
			 const struct cc_pck *pck, uint16_t svn,
			 struct cc_tcb_result *out) CC_NONNULL;
/*
 * As for SGX, with the TDX components and the module on top, and Intel's rule for a TD that
 * was launched before the machine was patched. CC_E_EVIDENCE when a module is not named.
 */
struct cc_tdx_machine {
	const struct cc_pck *pck;
	const struct cc_td_report *report;
	uint16_t qe_svn;
};
int cc_tcb_evaluate_tdx(const struct cc_tcb_info *info, const struct cc_qe_identity *identity,
			const struct cc_tdx_machine *machine, struct cc_tcb_result *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

#endif
