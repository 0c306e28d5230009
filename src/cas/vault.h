/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The secrets of policies, for one decision: found in their rows, made when they are missing,
 * issued again when they are due, imported where the exporter allows it. What was found stays
 * until the vault is freed.
 */
#ifndef CC_CAS_VAULT_H
#define CC_CAS_VAULT_H

#include "cas/peers.h"
#include "cas/view.h"
#include "secret/substitute.h"

struct cc_vault_start {
	struct cc_cas_view *view; /* outlives the vault */
	const char *identity;     /* of the program that gets the secrets; NULL: none does */
	enum cc_class class;      /* of where it runs: exporters must tolerate it; NONE: nowhere */
	bool is_reading; /* nothing is made or issued: what is not there is CC_E_NOTFOUND */
	/* Reading for everyone: no keys of certificates, and an import that is not public is
	 * CC_E_DENIED. */
	bool is_public;
	/* What other CAS instances gave; NULL: an import from one is CC_E_UNSUPPORTED. */
	struct cc_peers *peers;
	/* Services outside; NULL: what lies there is CC_E_UNSUPPORTED. */
	const struct cc_secret_outside *outside;
};
struct cc_vault;
#define CC_AUTO_VAULT CC_CLEANUP(cc_vault_auto)
int cc_vault_new(const struct cc_vault_start *start, struct cc_vault **out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
void cc_vault_free(struct cc_vault *vault);
static inline void cc_vault_auto(struct cc_vault **vault)
{
	cc_vault_free(*vault);
}

/* A secret as a policy sees it. CC_E_NOTFOUND: it has none of that name; CC_E_DENIED: not its. */
int cc_vault_find(struct cc_vault *vault, const char *policy, const char *name,
		  struct cc_secret_found *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The secrets of one policy, for texts. `policy` and `out` must outlive its use. */
struct cc_vault_policy {
	struct cc_vault *vault;
	const char *policy;
	struct cc_secret_lookup lookup;
};
void cc_vault_policy(struct cc_vault *vault, const char *policy,
		     struct cc_vault_policy *out) CC_NONNULL;

/* The policy with its fragments put in (cc_policy_resolve). */
int cc_vault_resolve(struct cc_vault *vault, const struct cc_policy *policy, struct cc_policy **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * A version has become active in place of `old` (NULL: the first): what migrates stays, the rest
 * goes, what the CAS makes is made. What rests on an import is made when it is asked for, since
 * the exporter's policy may come later; explicit values are looked at, so that bad ones are
 * refused here.
 */
int cc_vault_update(struct cc_state *state, const struct cc_policy *old,
		    const struct cc_policy *new, struct cc_err *err) CC_MUST
	__attribute__((nonnull(1, 3, 4)));

#endif
