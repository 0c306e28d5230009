/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of a policy in the state. Who may make one active is decided before:
 * by `access_policy` (policies.c), or by the board (ballot.c).
 */
#ifndef CC_CAS_POLICIES_H
#define CC_CAS_POLICIES_H

#include "cas/state.h"
#include "policy/policy.h"

struct cc_policy_next {
	const struct cc_policy *policy;
	const char *text;               /* as sent */
	const char *signatures;         /* of the text, as sent; NULL: none */
	const struct cc_caller *author; /* NULL: it has become active by a board's votes */
	const struct cc_list *consents; /* cc_rec_consent, not those of `row`; NULL: as now */
};

/*
 * Make a version active. `row` is the row of the active version, or zeroed but for the creator
 * when there is none; it is that of the new version afterwards.
 */
int cc_policy_activate(struct cc_state *state, const struct cc_policy_next *next,
		       struct cc_rec_policy *row, struct cc_err *err) CC_MUST CC_NONNULL;
/* Add what writing the policy now would consent to: its grantees and their hashes. */
int cc_policy_consents(struct cc_state *state, const struct cc_policy *policy, struct cc_list *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
int cc_consents_copy(const struct cc_list *from, struct cc_list *to,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* The text of a version, by hash, malloc'd. CC_E_NOTFOUND. */
int cc_policy_version_text(struct cc_state *state, const char *name, const uint8_t hash[static 32],
			   char **out, struct cc_err *err) CC_MUST;

/* The key of a row of "policy_version", malloc'd. */
int cc_policy_version_key(const char *name, const uint8_t hash[static 32], char **out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * What the public ledger says of a version: its hash as `member` when the policy has, or had, a
 * salt; else `<member>_commitment`, which the answer to a reader of the policy opens. Nothing of
 * what never was a version.
 */
int cc_policy_publish(struct cc_state *state, const char *name, const uint8_t hash[static 32],
		      const char *member, struct cc_json *fields,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* The blinding of that commitment: the version's own, or a fresh one for a new version. */
int cc_policy_blind(struct cc_state *state, const char *name, const uint8_t hash[static 32],
		    uint8_t out[static 32], struct cc_err *err) CC_MUST CC_NONNULL;

/* The key of a row of "policy_change", malloc'd. */
int cc_policy_change_key(const char *name, uint64_t version, char **out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
