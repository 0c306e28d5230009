/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper: the process that holds the CAS's keys and decides everything.
 *
 *     start: open the store ─▶ appraise our own evidence ─▶ certify web
 *          ─▶ entry "start" with 32 fresh bytes, co-signed ─▶ serving
 *
 * keeper.c is the process, serve.c turns messages into operations, asked.c
 * is one request on its way. Single-threaded; everything lives on one loop.
 */
#ifndef CC_CAS_KEEPER_H
#define CC_CAS_KEEPER_H

#include "cas/boot.h"
#include "cas/nonces.h"
#include "cas/pipeline.h"
#include "cas/wire.h"
#include "evidence/statement.h"
#include "platform/collateral.h"

#define CC_WEBS_MAX 16
#define CC_APPRAISALS_MAX 1024 /* under way at once */
#define CC_FETCHES_MAX 64      /* likewise */
#define CC_HTTPS_MAX 64        /* likewise */

struct cc_asked;
struct cc_fetch;
struct cc_https;
struct cc_trust;

struct cc_keeper {
	struct cc_loop *loop;
	struct cc_platform *platform;
	struct cc_cas cas;
	struct cc_pipeline *pipeline;
	struct cc_nonces *nonces;
	struct cc_wire *webs[CC_WEBS_MAX];
	size_t web_count;
	size_t certified; /* webs that have their certificate */
	struct cc_wire *verifier;
	struct cc_buf collateral; /* for whoever verifies our own evidence: JSON */
	struct cc_buf given;      /* of the CAS's directory, what has no number: JSON */
	struct cc_buf roots;
	struct cc_statements
		*offered;       /* of the CAS's directory, until the start entry holds them */
	struct cc_buf document; /* what GET /v1/cas says, and the CAS key's signature over it */
	uint8_t document_signature[64];
	enum cc_class class; /* of our own evidence, for ever */
	bool appraised, serving, starting;
	struct cc_digest64 own_report; /* that our own evidence was asked for with */
	struct cc_buf own_evidence;
	struct cc_asked *appraisals[CC_APPRAISALS_MAX];
	uint32_t next_appraisal;
	struct cc_fetch *fetches[CC_FETCHES_MAX]; /* by id modulo their number */
	uint32_t next_fetch;
	struct cc_https *https[CC_HTTPS_MAX]; /* by id modulo their number */
	uint32_t next_https;
	struct cc_trust *trust;  /* roots of services outside; NULL: none is asked */
	const char *outside_via; /* where web connects to for them; NULL: to their hosts */
	const char *announce;    /* printed with "ready" */
	int exit_status;
};

/* serve.c: a request of web, a witness's answer, claims of the verifier. */
void cc_keeper_request(struct cc_keeper *keeper, struct cc_wire *web,
		       const struct cc_message *message) CC_NONNULL;
void cc_keeper_claims(struct cc_keeper *keeper, const struct cc_message *message) CC_NONNULL;
/* What GET /v1/cas answers. */
int cc_keeper_says(struct cc_keeper *keeper, struct cc_json **out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* The tree of our ledger, as the store has it. */
struct cc_tree_source cc_keeper_tree(struct cc_keeper *keeper) CC_NONNULL;
/* Send evidence to the verifier; its claims come back under `id`. */
int cc_keeper_appraise(struct cc_keeper *keeper, uint32_t id, const char *platform,
		       struct cc_span evidence, struct cc_err *err) CC_MUST CC_NONNULL;
/* Fails with what the verifier has answered instead, after `what`; else it is well. */
int cc_keeper_said(const struct cc_message *message, const char *what,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* The claims of a message, bound to `expected` and re-checked against the evidence itself. */
int cc_keeper_believe(const struct cc_message *message, struct cc_span evidence,
		      const struct cc_digest64 *expected, struct cc_claims *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* shelve.c: what the state holds becomes what the verifier and we ourselves verify with. */
int cc_keeper_shelve(struct cc_keeper *keeper, struct cc_err *err) CC_MUST CC_NONNULL;
/* Ask the verifier to prove a set (JSON); its statements come back under `id`. */
int cc_keeper_prove(struct cc_keeper *keeper, uint32_t id, struct cc_span set,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_keeper_proven(const struct cc_message *message, struct cc_statements *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Before anything can be decided: verify with these, and keep them for the start entry. CC_E_STALE
 * when the state holds newer ones. Takes them over, and cc_keeper_offered forgets them.
 */
int cc_keeper_offer(struct cc_keeper *keeper, struct cc_statements *offered,
		    struct cc_err *err) CC_MUST CC_NONNULL;
void cc_keeper_offered(struct cc_keeper *keeper) CC_NONNULL;

/* End the process with the exit status of this error, which is logged. */
void cc_keeper_end(struct cc_keeper *keeper, const char *what, const struct cc_err *err) CC_NONNULL;

#endif
