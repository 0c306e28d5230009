/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations: what callers ask of the keeper, as decisions on the state.
 *
 * An operation gets a call whose caller is proven and whose body is parsed. A
 * change fills type and fields of its ledger entry and the answer; a read only the
 * answer. None does I/O; what is random is drawn here and nowhere else.
 */
#ifndef CC_CAS_OPERATION_H
#define CC_CAS_OPERATION_H

#include "cas/policy.h"
#include "cas/runs.h"
#include "policy/decide.h"

/* Who asks. A zeroed caller is nobody. */
struct cc_caller {
	bool known;
	bool transport; /* proven only by what web says of a TLS certificate */
	struct cc_digest key;
	const struct cc_digest *signers; /* who has signed the policy that is sent (upload.h) */
	size_t signer_count;
};

struct cc_operation_call {
	struct cc_caller caller;
	const char *argument;       /* of the path: a policy's name, a run's id; "" when none */
	const char *query;          /* "hash=…" or "" */
	const struct cc_json *body; /* an object; NULL when there is none */
	struct cc_span bytes;       /* the body as it was sent (and unsealed) */
	bool encrypted;          /* it was an encrypted policy: who brought it must not learn it */
	const char *idempotency; /* the caller's key for this change; "" or NULL: none */
	const struct cc_cas_policy *cas;
};

struct cc_result {
	unsigned int status; /* 200 unless the operation says otherwise */
	struct cc_json *answer;
	const char *type; /* of the entry; NULL: nothing to record */
	struct cc_json *fields;
	char *subject; /* what was made or changed, for whoever asks again (idempotency.h) */
};
void cc_result_clear(struct cc_result *result) CC_NONNULL;

typedef int cc_operation_fn(struct cc_state *state, const struct cc_operation_call *call,
			    struct cc_result *result, struct cc_err *err);

/*
 * The answer to the repeat of a change, about its subject as it is now; `index` is that of the
 * entry which the change led to. It records nothing and gives nothing that the caller may not
 * have now.
 */
typedef int cc_repeat_fn(struct cc_state *state, const struct cc_operation_call *call,
			 const char *subject, uint64_t index, struct cc_result *result,
			 struct cc_err *err);

/* policies.c */
cc_operation_fn cc_policy_create, cc_policy_update, cc_policy_read, cc_policy_executions;
/* listing.c */
cc_operation_fn cc_policy_list, cc_policy_versions;
cc_repeat_fn cc_policy_created, cc_policy_updated;
/* open.c */
cc_operation_fn cc_workflow_plan_show, cc_run_open, cc_run_status, cc_run_abort;
cc_repeat_fn cc_run_opened, cc_run_aborted;
/* volumes.c */
cc_operation_fn cc_volume_key;
/* writers.c */
cc_operation_fn cc_volume_writers;
cc_repeat_fn cc_volume_key_given;
/* volume-owner.c */
cc_operation_fn cc_owner_write, cc_owner_written;
cc_repeat_fn cc_owner_write_again, cc_owner_written_again;
/* collateral.c */
cc_operation_fn cc_collateral_list, cc_collateral_read;
/* proposals.c, proposal-show.c */
cc_operation_fn cc_proposal_create, cc_proposal_read, cc_proposal_list, cc_proposal_vote,
	cc_proposal_withdraw, cc_proposal_settle;
cc_repeat_fn cc_proposal_repeated;

/*
 * A text or number that the request says, in its body or in its query; *out is NULL (`otherwise`)
 * when it does not. A query is web's word, so it counts only for callers that are known by web's
 * word alone, or not at all: whoever signed for one thing must not get another.
 */
int cc_call_text(const struct cc_operation_call *call, const char *name, char **out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
int cc_call_number(const struct cc_operation_call *call, const char *name, uint64_t max,
		   uint64_t otherwise, uint64_t *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Lines that a page of a list may have, by the request's "limit". */
int cc_call_page(const struct cc_operation_call *call, uint64_t *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

/* CC_E_DENIED, with the next step, for nobody. */
int cc_caller_require(const struct cc_caller *caller, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * CC_E_DENIED when the policy takes signed requests only, and this is none: by its `identity`, or
 * because a version of it was signed.
 */
int cc_caller_fits(const struct cc_caller *caller, const struct cc_known *known,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * May the caller do this with a policy, together with who has signed what it sends? Whoever
 * does not fit the policy has the rights of anyone.
 */
int cc_caller_may(const struct cc_caller *caller, const struct cc_known *known, enum cc_right right,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* "signed" or "transport". */
const char *cc_caller_identity(const struct cc_caller *caller) CC_NONNULL;
/* "identity": "signed" or "transport", key hash and "signers", as an entry names a caller. */
int cc_caller_fields(const struct cc_caller *caller, struct cc_json *fields,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
