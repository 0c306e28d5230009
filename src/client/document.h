/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a CAS says about itself (GET /v1/cas), believed because the pinned CAS key
 * has signed it, and the head of its ledger, believed because the ledger's key and a
 * quorum of the witnesses have (docs/protocol/api.md section 2).
 *
 * `web` brings the answer and can only bring an old one: that is why the head is
 * compared with the greatest that was seen before (cc_head_follow).
 */
#ifndef CC_CLIENT_DOCUMENT_H
#define CC_CLIENT_DOCUMENT_H

#include "client/home.h"
#include "codec/json.h"
#include "crypto/hpke.h"
#include "ledger/checkpoint.h"
#include "net/client.h"

struct cc_document {
	struct cc_json *json;  /* the signed document, and "checkpoint": {cosigned, root, size} */
	struct cc_pubkey *key; /* the CAS key, Ed25519 */
	struct cc_digest key_hash;
	struct cc_hpke_public hpke;
	struct cc_note_key log;
	struct cc_note_key witnesses[CC_WITNESSES_MAX];
	struct cc_quorum quorum; /* points to `witnesses`: the struct must stay where it is */
	struct cc_digest policy; /* recomputed from the policy in the document */
	bool simulation;
	struct cc_tree_head head;
	size_t cosigned; /* by how many of the witnesses */
};
#define CC_AUTO_DOCUMENT CC_CLEANUP(cc_document_clear)
void cc_document_clear(struct cc_document *document) CC_NONNULL;

/*
 * The body of an answer to GET /v1/cas. `out` is zeroed before. `pin` NULL: by whichever key it
 * names, for who finds out whose that is. CC_E_EVIDENCE: another CAS key
 * than the pinned one, a signature that does not verify, a policy that is not what its hash
 * says, a head that the ledger's key or too few witnesses have signed. CC_E_ARG: malformed.
 */
int cc_document_open(struct cc_span body, const struct cc_digest *pin, struct cc_document *out,
		     struct cc_err *err) CC_MUST __attribute__((nonnull(3, 4)));
/* A newer checkpoint of the same ledger, judged as the one in the document was; `out->head`. */
int cc_document_head(struct cc_span text, struct cc_document *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * What the evidence of a CAS ended in. CC_E_EVIDENCE: the document says another class;
 * CC_E_DENIED: the policy of the CAS does not list the measurement.
 */
struct cc_document_shown {
	const char *class; /* by its name */
	bool is_simulated;
	struct cc_span measurement;
};
int cc_document_fits(const struct cc_document *document, const struct cc_document_shown *shown,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* GET /v1/cas over `client`, opened as above. */
int cc_document_fetch(struct cc_client *client, const struct cc_digest *pin,
		      struct cc_document *out, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * May this head come after the greatest one that `known` remembers? The ledger's tiles are
 * fetched over `client` for a proof. CC_E_STALE: it is older, or not a continuation.
 */
int cc_head_follow(struct cc_client *client, const struct cc_known_cas *known,
		   const struct cc_tree_head *head, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Remember the head. Of processes that do this at once the greatest stays: the home is
 * locked meanwhile.
 */
int cc_head_remember(const struct cc_home *home, const struct cc_known_cas *known,
		     const struct cc_tree_head *head, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * What an answer without the CAS's signature says, as an error of ours: marked as such, for
 * `web` and whoever sits before it can say anything. Always -1, CC_E_UNAVAILABLE.
 */
int cc_unsigned_refusal(const struct cc_reply *reply, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
