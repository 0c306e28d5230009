/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown of proposals: to members, to who proposed, and to whoever may read the policy. */
#ifndef CC_CAS_PROPOSALS_H
#define CC_CAS_PROPOSALS_H

#include "cas/ballot.h"
#include "cas/operation.h"

/* CC_E_NOTFOUND for all others: they do not learn that it exists. */
int cc_proposal_may_see(const struct cc_ballot *ballot, const struct cc_caller *caller,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* All of it, with both texts (docs/protocol/api.md). */
int cc_proposal_answer(const struct cc_ballot *ballot, struct cc_json **out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* What a ledger entry says of a step of a proposal; the second adds it to what is there. */
int cc_proposal_entry(const struct cc_ballot *ballot, struct cc_json **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_proposal_fields(const struct cc_ballot *ballot, struct cc_json *fields,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* A step that makes another version active says so in the name of its entry. */
const char *cc_proposal_entry_type(const struct cc_ballot *ballot,
				   const char *otherwise) CC_NONNULL;
/* The id in the path of a request. */
int cc_proposal_id(const struct cc_operation_call *call, uint8_t out[static CC_ID_LEN],
		   struct cc_err *err) CC_MUST;

#endif
