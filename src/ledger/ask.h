/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking a witness to co-sign a checkpoint (c2sp.org/tlog-witness): the body of
 * POST <prefix>/add-checkpoint, and what its answer means. Both directions are
 * here, so that the CAS and the witness cannot disagree about them.
 *
 *     old <size>\n  <base64 hash>\n …  \n  <checkpoint>
 */
#ifndef CC_LEDGER_ASK_H
#define CC_LEDGER_ASK_H

#include "ledger/checkpoint.h"

#define CC_WITNESS_ASK_MAX ((size_t)64 * 1024)
#define CC_WITNESS_ANSWER_MAX ((size_t)16 * 1024)

struct cc_witness_ask {
	uint64_t old;               /* the size that the witness co-signed last */
	struct cc_tree_proof proof; /* from `old` to the checkpoint's size */
	struct cc_span note;        /* borrowed: the signed checkpoint */
};

/* The body, added to `out`. */
int cc_witness_request(const struct cc_witness_ask *ask, struct cc_buf *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* The other way: CC_E_ARG when it is not such a body. `note` borrows `body`; it is not parsed. */
int cc_witness_ask_parse(struct cc_span body, struct cc_witness_ask *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

/* What was asked of whom, for reading the answer. */
struct cc_witness_asked {
	const struct cc_note_key *witness;
	struct cc_span text; /* of the checkpoint: three lines and more, without signatures */
	uint64_t size;       /* of the checkpoint */
	uint64_t old;
};
struct cc_witness_reply {
	bool cosigned;
	uint64_t size; /* when not: the witness's last size, for a new proof and a new request */
};
/*
 * `status` is HTTP's, 0 when nothing was reached. When co-signed, this witness's
 * signature line (verified; lines of others are left out) is added to `line`: the
 * note with the line behind it is the co-signed checkpoint. Fails with
 *
 *   CC_E_STALE        the witness has seen a greater ledger, or another one of the
 *                     same size: we were rolled back or forked, and must not serve
 *   CC_E_EVIDENCE     it refuses our proof, or its cosignature does not verify
 *   CC_E_DENIED       it does not know our ledger or its key
 *   CC_E_UNAVAILABLE  it was not reached, or failed; ask again later
 *
 * A witness may lie about its size: ask again a bounded number of times.
 */
int cc_witness_answer(const struct cc_witness_asked *asked, unsigned int status,
		      struct cc_span body, struct cc_witness_reply *out, struct cc_buf *line,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
