/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way through the keeper: who asks what, and how the answer goes back. */
#ifndef CC_CAS_ASKED_H
#define CC_CAS_ASKED_H

#include "cas/answers.h"
#include "cas/keeper.h"
#include "cas/operation.h"
#include "cas/peers.h"
#include "cas/release.h"
#include "cas/sessions.h"
#include "proto/release.h"
#include "proto/routes.h"
#include "proto/signature.h"

struct cc_fetch;

/*
 * What the verifier was asked, and what follows its answer. All borrowed. Where `heard` is set it
 * is no evidence, and gets the answer as it came.
 */
struct cc_appraisal {
	void (*heard)(struct cc_asked *asked, const struct cc_message *message);
	const char *platform;
	struct cc_span evidence;
	const struct cc_digest64 *expected; /* that it must be bound to */
	struct cc_claims *claims;           /* filled in before `done` hears of it */
	void (*done)(struct cc_asked *asked, const struct cc_err *failure);
};

struct cc_asked {
	struct cc_keeper *keeper;
	struct cc_wire *web; /* NULL: it has ended, nobody waits */
	uint32_t id;
	enum cc_operation operation;
	char *argument, *query, *idempotency; /* "" when there is none */
	struct cc_caller caller;
	struct cc_request_signer signer; /* of a signed request: where the answer is sealed to */
	bool is_signed;
	bool proven;    /* may be told why it is refused */
	bool encrypted; /* the body was an encrypted policy */
	struct cc_digest exporter;
	struct cc_buf body; /* opened */
	struct cc_json *json;
	struct cc_result result;
	const struct cc_session_words *words; /* SCONE's, for its errors; NULL: ours */
	/* Of an attestation and a frame. */
	struct cc_attest attest;
	struct cc_digest64 report_data;
	struct cc_claims claims[CC_ATTEST_EVIDENCE_MAX];
	size_t appraised; /* how many of an attestation's are */
	struct cc_release release;
	struct cc_release_outcome outcome;
	struct cc_buf frame;
	struct cc_appraisal appraisal; /* under way */
	/* Of another CAS that asks us, and of those that we ask for it. */
	struct cc_peer_ask peer;
	struct cc_document *asker;
	struct cc_peers peers;
	struct cc_fetch *fetch;    /* under way */
	struct cc_answers answers; /* of services outside */
};

/* Give the evidence to the verifier; `appraisal->done` is called once, and never from here. */
int cc_asked_appraise(struct cc_asked *asked, const struct cc_appraisal *appraisal,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* A free place among the appraisals: the id of a question; and wait under it for its answer. */
int cc_asked_slot(struct cc_asked *asked, uint32_t *id, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_asked_wait(struct cc_asked *asked, uint32_t id,
		   const struct cc_appraisal *appraisal) CC_NONNULL;
/* shelve.c: somebody brings collateral. */
int cc_asked_collateral(struct cc_asked *asked, struct cc_err *err) CC_MUST CC_NONNULL;
/* peer-serve.c: another CAS asks for a secret. */
int cc_asked_peer(struct cc_asked *asked, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Read a request message: the caller is identified, the body opened. On failure
 * `*out` is an asked all the same when there is someone to tell (else NULL).
 */
int cc_asked_new(struct cc_keeper *keeper, struct cc_wire *web, const struct cc_message *message,
		 struct cc_asked **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_asked_free(struct cc_asked *asked);

/* Answer with JSON, sealed and signed for a signed caller; frees `asked`. */
void cc_asked_answer(struct cc_asked *asked, unsigned int status,
		     const struct cc_json *json) CC_NONNULL;
/* Answer with a text, sealed and signed for a signed caller; frees `asked`. */
void cc_asked_text(struct cc_asked *asked, const char *type, struct cc_span text) CC_NONNULL;
/* Answer with bytes as they are, to everyone alike; frees `asked`. */
void cc_asked_bytes(struct cc_asked *asked, const char *type, struct cc_span body) CC_NONNULL;
/*
 * Answer with a problem (SCONE's form of an error where `words` are set): whole for whoever is
 * proven, else its code and a reference; frees.
 */
void cc_asked_refuse(struct cc_asked *asked, const struct cc_err *why) CC_NONNULL;

#endif
