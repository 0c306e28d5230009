/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed policies: the text of a policy with signatures that were collected one after
 * another, offline (docs/format/signed-policy.md). Pure.
 *
 * What is signed says which policy (its hash, which has its name and its predecessor) and which
 * text, so that whoever reads the text in another way than the signer refuses the signature. No
 * CAS is named: the same document may go to several.
 */
#ifndef CC_POLICY_SIGNED_H
#define CC_POLICY_SIGNED_H

#include "codec/json.h"
#include "crypto/sign.h"
#include "policy/policy.h"

/* Bytes of a signed policy, whose text JSON makes longer, and of one encrypted, in base64. */
#define CC_SIGNED_POLICY_MAX ((size_t)2304 * 1024)
#define CC_DOCUMENT_MAX ((size_t)3200 * 1024)

/* How a policy travels: as its text, or inside of a document. */
enum cc_policy_form {
	CC_POLICY_TEXT = 0,
	CC_POLICY_SIGNED,
	CC_POLICY_ENCRYPTED, /* policy/encrypted.h */
};
/*
 * Whether the bytes are a document, by a member that no policy has. `out` is its JSON then, else
 * NULL: a canonical form is JSON too, and a text.
 */
enum cc_policy_form cc_policy_form(struct cc_span bytes, struct cc_json **out) CC_NONNULL;

struct cc_policy_signature {
	struct cc_pubkey *key; /* owned */
	struct cc_digest signer;
	struct cc_signature signature;
};

/* A zeroed one is empty. */
struct cc_signed_policy {
	struct cc_buf text;
	struct cc_policy_signature *at;
	size_t count; /* at most CC_SIGNERS_MAX */
};
#define CC_AUTO_SIGNED_POLICY CC_CLEANUP(cc_signed_policy_clear)
void cc_signed_policy_clear(struct cc_signed_policy *document) CC_NONNULL;

/*
 * Read the members `policy` and `signatures` of a document; others are the caller's to refuse.
 * Keys are Ed25519 or P-384, each is there once. Nothing is verified.
 */
int cc_signed_policy_parse(const struct cc_json *json, struct cc_signed_policy *out,
			   struct cc_err *err) CC_MUST CC_NONNULL;
int cc_signed_policy_print(const struct cc_signed_policy *document, struct cc_json **out,
			   struct cc_err *err) CC_MUST CC_NONNULL;

/* Add what is signed; `policy` is what the text was read as. */
int cc_signed_policy_message(const struct cc_policy *policy, struct cc_span text,
			     struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* All signatures hold for this policy and text, else CC_E_EVIDENCE. */
int cc_signed_policy_verify(const struct cc_signed_policy *document, const struct cc_policy *policy,
			    struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Add a signature that holds (else CC_E_EVIDENCE). CC_E_CONFLICT: the key has signed already;
 * CC_E_TOOBIG: CC_SIGNERS_MAX have.
 */
int cc_signed_policy_add(struct cc_signed_policy *document, const struct cc_policy *policy,
			 const struct cc_pubkey *key, struct cc_span signature,
			 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
