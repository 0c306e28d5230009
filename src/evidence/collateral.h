/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the vendor publishes about its platforms, as byte ranges: Intel's TCB info,
 * QE identity and revocation lists. The verifier has no network; somebody fetched
 * these and nobody believes them before their signatures and windows are checked.
 *
 * TCB info and QE identity are {"<name>": {…}, "signature": "<128 hex>"}. The signature
 * is over the exact bytes of the value, so the range is found first, verified, and
 * only then parsed: {"tcbInfo": A, "tcbInfo": B, …} must never verify A and use B.
 */
#ifndef CC_EVIDENCE_COLLATERAL_H
#define CC_EVIDENCE_COLLATERAL_H

#include "evidence/claims.h"
#include "evidence/pck.h"

#define CC_COLLATERAL_ITEM_MAX ((size_t)1024 * 1024)
#define CC_COLLATERAL_FILES 7

/* Borrowed. All are needed but pck_crl_chain, whose certificates the quote has as well. */
struct cc_collateral {
	struct cc_span tcb_info, tcb_info_chain;
	struct cc_span qe_identity, qe_identity_chain;
	struct cc_span root_crl, pck_crl, pck_crl_chain;
};

/* How the ranges are named in files and in JSON, and where they are in the struct. */
struct cc_collateral_file {
	const char *file;   /* "tcb_info.json" */
	const char *member; /* "tcb_info" */
	size_t at;
	bool optional;
};
extern const struct cc_collateral_file cc_collateral_files[CC_COLLATERAL_FILES];

/* {"pck_crl": base64, "qe_identity": base64, …} */
int cc_collateral_to_json(const struct cc_collateral *collateral, struct cc_json **out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* The ranges point into `bytes`, which the caller clears after them. */
int cc_collateral_from_json(const struct cc_json *json, struct cc_buf *bytes,
			    struct cc_collateral *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* The range of the value and the raw signature over it. CC_E_EVIDENCE. */
struct cc_signed_json {
	struct cc_span value;
	uint8_t signature[64];
};
int cc_signed_json_split(struct cc_span text, const char *member, struct cc_signed_json *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

#define CC_TCB_LEVELS_MAX 64

struct cc_tcb_level {
	uint8_t components[CC_SGX_COMPONENTS]; /* TCB info only */
	uint16_t svn;                          /* PCESVN, or ISVSVN of the QE */
	enum cc_tcb_status status;
	int64_t date;
	struct cc_advisories advisories;
};

/* Both are large: allocated by their parser, freed by free(). */
struct cc_tcb_info {
	int64_t from, until;
	uint8_t fmspc[6], pce_id[2];
	uint32_t evaluation_number;
	struct cc_tcb_level levels[CC_TCB_LEVELS_MAX]; /* highest first */
	size_t count;
};

struct cc_qe_identity {
	int64_t from, until;
	uint32_t evaluation_number;
	uint32_t miscselect, miscselect_mask;
	uint8_t attributes[16], attributes_mask[16];
	struct cc_digest mrsigner;
	uint16_t product;
	struct cc_tcb_level levels[CC_TCB_LEVELS_MAX]; /* in the order of the text */
	size_t count;
};

/* The value that cc_signed_json_split found: id "SGX", version 2 or 3. CC_E_EVIDENCE. */
int cc_tcb_info_parse(struct cc_span value, struct cc_tcb_info **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* id "QE", version 2. */
int cc_qe_identity_parse(struct cc_span value, struct cc_qe_identity **out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

/* The first level that this machine reaches in every component, or NULL: not supported. */
const struct cc_tcb_level *cc_tcb_info_level(const struct cc_tcb_info *info,
					     const struct cc_pck *pck) CC_NONNULL;
const struct cc_tcb_level *cc_qe_identity_level(const struct cc_qe_identity *identity,
						uint16_t svn) CC_NONNULL;
/* A machine is no better than its quoting enclave (Intel QVL, convergeTcbStatus). */
enum cc_tcb_status cc_tcb_converge(enum cc_tcb_status machine, enum cc_tcb_status qe);

#endif
