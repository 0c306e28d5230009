/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proposal as a CAS shows it, and what this machine makes of it.
 *
 * A member signs what it computed itself: hashes and effects from the two texts, the closure from
 * the new one, the rules from the old one's board. Where the CAS says something else the
 * proposal is refused. What cannot be computed here is taken into what is signed as it
 * was shown: the grantees' hashes, epoch and id.
 */
#ifndef CC_CLI_PROPOSAL_CHECK_H
#define CC_CLI_PROPOSAL_CHECK_H

#include "codec/json.h"
#include "policy/board.h"
#include "policy/closure.h"
#include "proto/vote.h"

#define CC_PROPOSAL_ID_TEXT (2 * CC_PROPOSAL_ID_LEN + 1)

struct cc_shown {
	const struct cc_json *json; /* borrowed */
	char id[CC_PROPOSAL_ID_TEXT];
	struct cc_vote vote;         /* but for what is the voter's own */
	struct cc_policy *old, *new; /* `new` NULL for stops */
	struct cc_effects *effects;  /* NULL for stops */
	struct cc_board_needs needs;
	/* Of the closure; names point into json. */
	struct cc_closure_versions grants, rests_on;
	struct cc_closure_version *grant_list, *rest_list;
	struct cc_board_votes votes; /* of the signatures that were verified here */
	struct cc_digest digest;     /* over all that a vote signs but the voter's own */
};
#define CC_AUTO_SHOWN CC_CLEANUP(cc_shown_clear)

/*
 * `id` is what was asked for, `cas_key` the pinned key hash of the CAS; `out` is zeroed before.
 * CC_E_EVIDENCE: the CAS says what is not so, or shows a vote that its member did not sign.
 */
int cc_proposal_check(const struct cc_json *json, const char *id, const struct cc_digest *cas_key,
		      struct cc_shown *out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_shown_clear(struct cc_shown *shown) CC_NONNULL;

/* The number that a next vote of this key must have. */
uint64_t cc_shown_next_number(const struct cc_shown *shown, const struct cc_digest *key) CC_NONNULL;
/* For people: what it is about, what it permits, what it needs and has. Printable text alone. */
int cc_shown_print(const struct cc_shown *shown, struct cc_buf *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
