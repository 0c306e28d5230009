/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One CAS asks another one for a secret that a policy over there exports to a policy here
 * (docs/protocol/attestation.md, section 6).
 *
 * The ask is bound three times over: its words are hashed into the ticket of the report data,
 * the report data is in the evidence, and the CAS key of the asker signs the report data. So
 * nobody else's evidence, no other question and no other connection fits it.
 */
#ifndef CC_PROTO_PEER_H
#define CC_PROTO_PEER_H

#include "crypto/sign.h"
#include "proto/release.h"

#define CC_PEER_CAS_MAX ((size_t)256 * 1024) /* what a CAS says of itself, with its checkpoint */
#define CC_PEER_PROOF_MAX 63                 /* hashes, as of a consistency proof */

/*
 * The software key: what `cas_software_key` of an export or import pins, one build of the keeper
 * on one kind of platform. SHA-256 over "concordat cas software 1", the platform's name and the
 * measurement, each with its length.
 */
int cc_software_key(const char *platform, struct cc_span measurement, struct cc_digest *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* What is asked for, and on whose behalf. Names are owned. */
struct cc_peer_want {
	char *policy; /* the importing one, at the asker's */
	struct cc_digest policy_hash;
	char *session; /* the exporting one */
	bool has_session_hash;
	struct cc_digest session_hash; /* that it must have */
	char *secret;                  /* its name over there */
	char *class;                   /* of the program that gets it */
	uint64_t seen; /* greatest size of the other's ledger that the asker knows; 0: none */
};
void cc_peer_want_clear(struct cc_peer_want *want) CC_NONNULL;

struct cc_peer_ask {
	struct cc_digest cas_key; /* of the CAS that is asked */
	uint8_t nonce[CC_NONCE_LEN];
	struct cc_hpke_public hpke; /* of this ask alone */
	char *platform;
	struct cc_buf evidence;
	struct cc_buf cas; /* what GET /v1/cas of the asker says */
	struct cc_peer_want want;
	uint8_t signature[64]; /* by the CAS key of the asker */
};
#define CC_AUTO_PEER_ASK CC_CLEANUP(cc_peer_ask_clear)
void cc_peer_ask_clear(struct cc_peer_ask *ask) CC_NONNULL;
int cc_peer_ask_print(const struct cc_peer_ask *ask, struct cc_buf *json,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* `out` must be empty. */
int cc_peer_ask_parse(struct cc_span json, struct cc_peer_ask *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* The report data that an ask must come with, over the connection with this exporter. */
int cc_peer_report(const struct cc_peer_ask *ask, const struct cc_digest *exporter,
		   const struct cc_pubkey *asker, struct cc_digest64 *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
int cc_peer_sign(const struct cc_key *cas, const struct cc_digest64 *report,
		 struct cc_peer_ask *ask, struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_EVIDENCE when the key of the asker has not signed this report data. */
int cc_peer_verify(const struct cc_peer_ask *ask, const struct cc_pubkey *asker,
		   const struct cc_digest64 *report, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * The answer: the release (sealed to the ask's key, signed by the CAS key of the giver), and the
 * giver's checkpoint with the proof that it continues what the asker had seen.
 */
struct cc_peer_answer {
	struct cc_release release;
	struct cc_buf checkpoint; /* a signed note */
	struct cc_digest proof[CC_PEER_PROOF_MAX];
	size_t proof_count;
};
#define CC_AUTO_PEER_ANSWER CC_CLEANUP(cc_peer_answer_clear)
void cc_peer_answer_clear(struct cc_peer_answer *answer) CC_NONNULL;
int cc_peer_answer_print(const struct cc_peer_answer *answer, struct cc_buf *json,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* `out` must be empty. */
int cc_peer_answer_parse(struct cc_span json, struct cc_peer_answer *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

/* The plaintext of the release. */
struct cc_peer_given {
	struct cc_span session_hash; /* 32 bytes: of the policy that gave it */
	struct cc_span salt;         /* 32 bytes: of the commitment in the giver's ledger */
	struct cc_span value;        /* record of docs/format/secret.md */
	struct cc_span key;          /* of a certificate, when it is exported too; else empty */
};
int cc_peer_given_print(const struct cc_peer_given *given, struct cc_buf *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* The spans point into `bytes`. */
int cc_peer_given_parse(struct cc_span bytes, struct cc_peer_given *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

#endif
