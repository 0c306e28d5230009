/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a vendor has stated about its platforms, one signed statement at a time: TCB info of a
 * processor family, the identity of a quoting enclave, the revocation list of an issuer.
 *
 * Each has a number that the vendor only counts up (tcbEvaluationDataNumber, "Intel SGX PCS API"
 * v4; cRLNumber, RFC 5280 5.2.3). An older statement stays validly signed until its window ends,
 * so whoever hands out collateral could keep a revoked machine or an outdated TCB alive for
 * weeks. Here the numbers are read and compared; who remembers them decides (cas/collateral.h).
 *
 * A set is a struct cc_collateral: all of Intel's for one processor family and one kind of TEE, or
 * revocation lists of AMD or of TPMs' makers with the certificates of their issuers, or both.
 */
#ifndef CC_EVIDENCE_STATEMENT_H
#define CC_EVIDENCE_STATEMENT_H

#include "evidence/evidence.h"

#define CC_STATEMENTS_MAX 128
#define CC_STATEMENT_SUBJECT 65

enum cc_statement_kind {
	CC_STATEMENT_NONE = 0,
	CC_STATEMENT_TCB_INFO,
	CC_STATEMENT_QE_IDENTITY,
	CC_STATEMENT_CRL,
	CC_STATEMENT_KINDS,
};

struct cc_statement {
	enum cc_statement_kind kind;
	enum cc_platform_kind platform;     /* a list of Intel's is for sgx and tdx: sgx */
	char subject[CC_STATEMENT_SUBJECT]; /* FMSPC in hexadecimal, "QE", "TD_QE", or who lists */
	uint64_t number;
	int64_t from, until;     /* of the statement itself, both ends included */
	struct cc_digest root;   /* key hash that the chain ended in */
	struct cc_digest issuer; /* key hash of who signed a list; else the root's */
	enum cc_class class;     /* that of the root */
	struct cc_digest hash;   /* SHA-256 of the bytes: what it is called */
	struct cc_span bytes;    /* text, or the list in DER or PEM, as it came */
	struct cc_span chain;    /* PEM: who signed it, and up to the root */
};

/* `bytes` and `chain` point into what was read, or into `text`. */
struct cc_statements {
	struct cc_statement at[CC_STATEMENTS_MAX];
	size_t count;
	struct cc_buf text;
};
#define CC_AUTO_STATEMENTS CC_CLEANUP(cc_statements_clear)
static inline void cc_statements_clear(struct cc_statements *statements)
{
	cc_buf_clear(&statements->text);
}

/* The subject of a TCB info: lower case hexadecimal. */
void cc_statement_fmspc(const uint8_t fmspc[static 6], char out[static CC_STATEMENT_SUBJECT]);
/* "tcb-info", "qe-identity", "crl"; "none". */
const char *cc_statement_name(enum cc_statement_kind kind);

/*
 * Prove a set at `ask->at` up to one of `ask->roots`: every signature, chain, window and name in
 * it; the evidence in `ask` is not looked at. What is in the set is proven whole or not at all.
 * Certificates that no root of AMD's has issued are left out of the chains. CC_E_ARG when
 * there is nothing in it that has a number. Errors as cc_evidence_prove. `out` is zeroed before.
 */
int cc_statements_prove(const struct cc_evidence *ask, struct cc_statements *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

/* Whether they are about the same, so that the newer one takes the place of the other. */
bool cc_statement_replaces(const struct cc_statement *a, const struct cc_statement *b) CC_NONNULL;
/*
 * `next`, proven, may stand where `known` stood: its number is no smaller, and of equal numbers
 * it was not issued earlier (Intel issues the same number anew each month). CC_E_STALE names both.
 */
int cc_statement_follows(const struct cc_statement *next, const struct cc_statement *known,
			 struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * For who fills `text` with bytes and chain of each in turn, and notes their lengths: sets the
 * ranges, once nothing moves any more.
 */
void cc_statements_place(struct cc_statements *statements) CC_NONNULL;

/* [{"bytes": base64, "chain": base64, "class": …, "from": time, …}, …]; all that is in it. */
int cc_statements_to_json(const struct cc_statements *statements, struct cc_json **out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* Into `out->text`. As strict as all of ours; the hash must be that of the bytes. */
int cc_statements_from_json(const struct cc_json *json, struct cc_statements *out,
			    struct cc_err *err) CC_MUST CC_NONNULL;
/* The same of one without `bytes` and `chain`: for lists. */
int cc_statement_summary(const struct cc_statement *statement, struct cc_json **out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
