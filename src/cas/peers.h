/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that other CAS instances give, as one decision here sees them
 * (docs/protocol/attestation.md, section 6).
 *
 * A decision is a function of the state and does not wait. So it is made with what was
 * fetched so far; when it lacks a value, it fails and says which. The keeper fetches that
 * (cas/fetch.h) and has the decision made again. Values live as long as the request does.
 */
#ifndef CC_CAS_PEERS_H
#define CC_CAS_PEERS_H

#include "cas/state.h"
#include "client/document.h"
#include "evidence/claims.h"
#include "policy/decide.h"
#include "proto/peer.h"
#include "secret/value.h"

#define CC_PEER_VALUES_MAX 16 /* that one start may fetch */

/* What a decision lacks. Texts are owned. */
struct cc_peer_import {
	char *policy; /* ours, that imports */
	struct cc_digest policy_hash;
	char *name;          /* of its entry */
	enum cc_class class; /* of the program that gets the value */
	char *url;           /* of the other CAS; `cas.url` is this */
	struct cc_cas_ref cas;
	char *session, *secret; /* over there */
	struct cc_maybe_digest session_hash;
};
void cc_peer_import_clear(struct cc_peer_import *import) CC_NONNULL;

/* Who gave a value, as its evidence and its ledger showed it. */
struct cc_peer_giver {
	struct cc_digest cas_key;
	enum cc_class class;
	uint64_t index; /* of the entry over there */
	struct cc_tree_head head;
};

struct cc_peer_value {
	struct cc_peer_value *next;
	char *policy, *name; /* for which entry of ours, in which version */
	struct cc_digest policy_hash;
	enum cc_class class; /* of the program that it was asked for */
	struct cc_peer_giver giver;
	struct cc_secret_value value, key;
	bool has_key;
};

struct cc_peers {
	struct cc_peer_value *values;
	size_t count;
	bool is_lacking; /* the last decision failed for want of: */
	struct cc_peer_import lacking;
};
void cc_peers_clear(struct cc_peers *peers) CC_NONNULL;
/* Before a decision is made (again). */
void cc_peers_forget_lack(struct cc_peers *peers) CC_NONNULL;

struct cc_peer_lookup {
	const struct cc_known *asker;
	const struct cc_secret_entry *entry; /* imports from another CAS */
	enum cc_class class;
};
/* CC_E_UNAVAILABLE, and `peers` says what, when it has to be fetched first. */
int cc_peers_find(struct cc_peers *peers, const struct cc_peer_lookup *lookup,
		  struct cc_secret_found *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* A value for what is lacking: the plaintext of a release. CC_E_LIMIT over the maximum. */
int cc_peers_add(struct cc_peers *peers, const struct cc_peer_import *import,
		 const struct cc_peer_giver *giver, struct cc_span given,
		 struct cc_err *err) CC_MUST CC_NONNULL;

/* Is this CAS what it says it is? Its platform is well, class and measurement fit its words. */
int cc_peer_check(const struct cc_document *document, const struct cc_claims *claims,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* And the one that the import pins? */
int cc_peer_pinned(const struct cc_peer_import *import, const struct cc_document *document,
		   const struct cc_claims *claims, struct cc_err *err) CC_MUST CC_NONNULL;

/* The greatest head of that CAS's ledger that a release here rests on; size 0: none. */
int cc_peer_seen(struct cc_state *state, const struct cc_digest *cas_key, struct cc_tree_head *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * May this head come after `seen`? CC_E_STALE when it is smaller, another one of that size, or
 * the proof does not lead from one to the other.
 */
int cc_peer_follows(const struct cc_tree_head *seen, const struct cc_tree_head *head,
		    const struct cc_tree_proof *proof, struct cc_err *err) CC_MUST CC_NONNULL;
/* In the same command as the release: the greatest head of each giver stays. */
int cc_peers_remember(const struct cc_peers *peers, struct cc_state *state,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* The member "peers" of the release's entry, when there are any. */
int cc_peers_describe(const struct cc_peers *peers, struct cc_json *fields,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
