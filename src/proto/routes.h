/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of the API (docs/protocol/api.md, section 2) and the paths that lead to them. */
#ifndef CC_PROTO_ROUTES_H
#define CC_PROTO_ROUTES_H

#include "base/span.h"

enum cc_operation {
	CC_OP_NONE = 0,
	CC_OP_CAS,
	CC_OP_CHALLENGE,
	CC_OP_POLICY_CREATE,
	CC_OP_POLICY_UPDATE,
	CC_OP_POLICY_READ,
	CC_OP_POLICY_LIST,
	CC_OP_POLICY_VERSIONS,
	CC_OP_PROPOSAL_CREATE,
	CC_OP_PROPOSAL_READ,
	CC_OP_PROPOSAL_LIST,
	CC_OP_PROPOSAL_VOTE,
	CC_OP_PROPOSAL_WITHDRAW,
	CC_OP_PROPOSAL_SETTLE,
	CC_OP_WORKFLOW_PLAN,
	CC_OP_RUN_OPEN,
	CC_OP_RUN_READ,
	CC_OP_RUN_ABORT,
	CC_OP_VOLUME_KEY,
	CC_OP_VOLUME_WRITE,
	CC_OP_VOLUME_WRITTEN,
	CC_OP_VOLUME_WRITERS,
	CC_OP_EXECUTIONS,
	CC_OP_COLLATERAL_BRING,
	CC_OP_COLLATERAL_LIST,
	CC_OP_COLLATERAL_READ,
	CC_OP_ATTEST,
	CC_OP_FRAMES,
	CC_OP_ATTEST_CAS,
	CC_OP_PEER,
	CC_OP_CHECKPOINT,
	CC_OP_TILE,
	/* As SCONE's scripts ask (section 5). */
	CC_OP_SESSION_CREATE,
	CC_OP_SESSION_CREATE_OLD,
	CC_OP_SESSION_ENCRYPTED,
	CC_OP_SESSION_LIST,
	CC_OP_SESSION_READ,
	CC_OP_SESSION_TEXT,
	CC_OP_VALUES,
	CC_OP_VERSION,
	CC_OP_HEALTH,
	CC_OP_LIVE,
	CC_OP_READY,
	CC_OP_COUNT,
};

/* Who may ask. Zero is the strictest: an operation without a line asks for an identity. */
enum cc_route_access {
	CC_ROUTE_IDENTITY = 0, /* a signed request, or a TLS client certificate */
	CC_ROUTE_EVIDENCE,     /* evidence, or a session that came from it, in the body */
	CC_ROUTE_OPEN,
};

struct cc_route {
	enum cc_operation operation;
	enum cc_route_access access;
	const char *name; /* "policy-read" */
	const char *method;
	const char *path; /* at most one '*', which takes one or more bytes, '/' included */
};
/* NULL when there is no such operation. */
const struct cc_route *cc_route_of(enum cc_operation operation);

#define CC_ARGUMENT_MAX 512
#define CC_METHODS_MAX 32

/* The methods of a path, as the header Allow has them: "GET, POST"; empty when there is none. */
void cc_route_methods(struct cc_span path, char out[static CC_METHODS_MAX]) CC_NONNULL;

/*
 * The operation of a request; *argument is what '*' stands for, borrowed from `path`, empty when
 * there is none. CC_E_NOTFOUND: no such path, or not with this method (the hint says which);
 * CC_E_ARG: an argument with bytes other than letters, digits and ._~-/=, or empty parts, '.',
 * '..'.
 */
int cc_route_find(const char *method, struct cc_span path, enum cc_operation *operation,
		  struct cc_span *argument, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
