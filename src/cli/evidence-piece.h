/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of evidence: what people have in a file that belongs to a proof and is none by itself. It
 * is told for people, recognised by its content; nothing of it is verified, and what would have to
 * come with it is said.
 */
#ifndef CC_CLI_EVIDENCE_PIECE_H
#define CC_CLI_EVIDENCE_PIECE_H

#include "codec/json.h"
#include "evidence/claims.h"

struct cc_evidence_piece {
	const char *name;  /* in JSON, "hcl-report" */
	const char *title; /* for people, "report of Azure's paravisor" */
	/* Whether it can be read as a whole, which no bytes of two kinds can. */
	bool (*is)(struct cc_span bytes);
	/* Its members; with_data: also those that only programs want. */
	int (*describe)(struct cc_span bytes, bool with_data, struct cc_json *json,
			struct cc_err *err);
	const char *lacks; /* why it proves nothing */
	const char *next;  /* what would */
};

/* Borrowed for good; NULL: none. */
const struct cc_evidence_piece *cc_evidence_piece_of(struct cc_span bytes);
/* {"bytes", "kind", "proven": false, …} */
int cc_evidence_piece_describe(const struct cc_evidence_piece *piece, struct cc_span bytes,
			       bool with_data, struct cc_json **out,
			       struct cc_err *err) CC_MUST CC_NONNULL;
/* For who wants to verify it: CC_E_UNSUPPORTED with the reason and what to do instead. */
int cc_evidence_piece_refuse(const struct cc_evidence_piece *piece, const char *path,
			     struct cc_err *err) CC_MUST CC_NONNULL;

/* Claims of which nothing is proven: the members that only a proof gives are not there. */
int cc_evidence_said(const struct cc_claims *claims, struct cc_json **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
