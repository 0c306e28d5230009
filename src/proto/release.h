/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A release: the configuration, sealed to the key that the evidence names and
 * signed by the CAS key (docs/protocol/attestation.md, section 2). HPKE's base
 * mode does not authenticate its sender, so opening verifies the signature
 * first, and the signing key against the pinned hash before that.
 *
 * Both sides come out with the same frame keys.
 */
#ifndef CC_PROTO_RELEASE_H
#define CC_PROTO_RELEASE_H

#include "crypto/sign.h"
#include "proto/frame.h"
#include "proto/report.h"

#define CC_EVIDENCE_MAX ((size_t)64 * 1024)
#define CC_CONFIG_MAX ((size_t)4 * 1024 * 1024) /* the plaintext of a release */
#define CC_RELEASE_MAX (CC_CONFIG_MAX + CC_HPKE_KEY_LEN + CC_HPKE_TAG_LEN)

struct cc_release {
	uint64_t index; /* of the ledger entry that decided */
	uint8_t session[CC_SESSION_LEN];
	struct cc_buf sealed; /* enc ‖ ciphertext */
	uint8_t signature[64];
};
#define CC_AUTO_RELEASE CC_CLEANUP(cc_release_clear)
void cc_release_clear(struct cc_release *release) CC_NONNULL;

/* Keeper: `release` has index and session, the rest is filled in; `frames` must be empty. */
struct cc_release_plan {
	const struct cc_digest64 *report_data; /* that the evidence carried */
	const struct cc_hpke_public *to;
	const struct cc_key *cas; /* Ed25519 */
	struct cc_span configuration;
};
int cc_release_seal(const struct cc_release_plan *plan, struct cc_release *release,
		    struct cc_frames *frames, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Caller: CC_E_EVIDENCE when the key is not the pinned one or the signature does not verify,
 * CC_E_TAMPERED when it does not open.
 */
struct cc_release_expect {
	const struct cc_digest64 *report_data; /* that the caller's evidence carried */
	const struct cc_hpke_key *key;
	const struct cc_pubkey *cas;
	const struct cc_digest *pin; /* key hash that the caller was started with */
};
int cc_release_open(const struct cc_release *release, const struct cc_release_expect *expect,
		    struct cc_buf *configuration, struct cc_frames *frames,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* {"index", "release", "session", "signature"} */
int cc_release_print(const struct cc_release *release, struct cc_buf *json,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* `out` must be empty. */
int cc_release_parse(struct cc_span json, struct cc_release *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* What one platform says, and which one it is: by its name, not yet proven. */
struct cc_attest_evidence {
	char *platform; /* "sgx" */
	struct cc_buf bytes;
};
#define CC_ATTEST_EVIDENCE_MAX 2
/*
 * The request for a release. Names are owned. Two pieces of evidence are of two platforms, by whose
 * names they are ordered, so that none comes twice and a request has one form.
 */
struct cc_attest {
	enum cc_role role;
	char *policy, *service;
	uint8_t nonce[CC_NONCE_LEN];
	struct cc_digest cas_key;
	uint8_t ticket[CC_TICKET_LEN];
	struct cc_hpke_public hpke;
	uint8_t signer[32];
	struct cc_attest_evidence evidence[CC_ATTEST_EVIDENCE_MAX];
	size_t evidence_count;
	char *password;          /* one-time password; NULL: none */
	bool has_access;         /* the caller has an access token: */
	struct cc_digest access; /* cc_access_proof of it */
};
#define CC_PASSWORD_MAX 32
#define CC_AUTO_ATTEST CC_CLEANUP(cc_attest_clear)
void cc_attest_clear(struct cc_attest *attest) CC_NONNULL;
/* An empty place for the evidence of this platform, in order. CC_E_CONFLICT: it has one. */
int cc_attest_add(struct cc_attest *attest, const char *platform, struct cc_buf **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_attest_print(const struct cc_attest *attest, struct cc_buf *json,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* `out` must be empty. Role cas is refused: it asks for no release. */
int cc_attest_parse(struct cc_span json, struct cc_attest *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * The proof of a side, CC_ROLE_RUNTIME or CC_ROLE_CAS, that it has the access token of a service,
 * for one attestation: the token itself crosses no connection that somebody in between reads.
 */
int cc_access_proof(struct cc_span token, enum cc_role role, const struct cc_digest64 *report_data,
		    struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
