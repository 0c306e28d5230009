/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/routes.h"

#include "base/str.h"

/* The first that fits is taken: what is more special stands first. */
static const struct cc_route routes[] = {
	{ CC_OP_CAS, CC_ROUTE_OPEN, "cas", "GET", "/v1/cas" },
	{ CC_OP_CHALLENGE, CC_ROUTE_OPEN, "challenge", "POST", "/v1/challenge" },
	{ CC_OP_POLICY_CREATE, CC_ROUTE_IDENTITY, "policy-create", "POST", "/v1/policies" },
	{ CC_OP_POLICY_LIST, CC_ROUTE_IDENTITY, "policy-list", "GET", "/v1/policies" },
	{ CC_OP_POLICY_UPDATE, CC_ROUTE_IDENTITY, "policy-update", "PUT", "/v1/policies/*" },
	{ CC_OP_POLICY_READ, CC_ROUTE_IDENTITY, "policy-read", "GET", "/v1/policies/*" },
	{ CC_OP_POLICY_VERSIONS, CC_ROUTE_IDENTITY, "policy-versions", "GET", "/v1/versions/*" },
	{ CC_OP_PROPOSAL_CREATE, CC_ROUTE_IDENTITY, "proposal-create", "POST", "/v1/proposals" },
	{ CC_OP_PROPOSAL_VOTE, CC_ROUTE_IDENTITY, "proposal-vote", "POST",
	  "/v1/proposals/*/votes" },
	{ CC_OP_PROPOSAL_WITHDRAW, CC_ROUTE_IDENTITY, "proposal-withdraw", "POST",
	  "/v1/proposals/*/withdraw" },
	{ CC_OP_PROPOSAL_SETTLE, CC_ROUTE_IDENTITY, "proposal-settle", "POST",
	  "/v1/proposals/*/settle" },
	{ CC_OP_PROPOSAL_READ, CC_ROUTE_IDENTITY, "proposal-read", "GET", "/v1/proposals/*" },
	{ CC_OP_PROPOSAL_LIST, CC_ROUTE_IDENTITY, "proposal-list", "GET", "/v1/boards/*" },
	{ CC_OP_WORKFLOW_PLAN, CC_ROUTE_IDENTITY, "workflow-plan", "POST", "/v1/workflows/*/plan" },
	{ CC_OP_RUN_OPEN, CC_ROUTE_IDENTITY, "run-open", "POST", "/v1/runs" },
	{ CC_OP_RUN_ABORT, CC_ROUTE_IDENTITY, "run-abort", "POST", "/v1/runs/*/abort" },
	{ CC_OP_RUN_READ, CC_ROUTE_IDENTITY, "run-read", "GET", "/v1/runs/*" },
	{ CC_OP_VOLUME_KEY, CC_ROUTE_IDENTITY, "volume-key", "POST", "/v1/volumes/key" },
	{ CC_OP_VOLUME_WRITE, CC_ROUTE_IDENTITY, "volume-write", "POST", "/v1/volumes/write" },
	{ CC_OP_VOLUME_WRITTEN, CC_ROUTE_IDENTITY, "volume-written", "POST",
	  "/v1/volumes/written" },
	{ CC_OP_VOLUME_WRITERS, CC_ROUTE_IDENTITY, "volume-writers", "POST",
	  "/v1/volumes/writers" },
	{ CC_OP_EXECUTIONS, CC_ROUTE_IDENTITY, "executions", "GET", "/v1/executions/*" },
	{ CC_OP_COLLATERAL_BRING, CC_ROUTE_IDENTITY, "collateral-bring", "POST", "/v1/collateral" },
	{ CC_OP_COLLATERAL_LIST, CC_ROUTE_IDENTITY, "collateral-list", "GET", "/v1/collateral" },
	{ CC_OP_COLLATERAL_READ, CC_ROUTE_IDENTITY, "collateral-read", "GET", "/v1/collateral/*" },
	{ CC_OP_ATTEST, CC_ROUTE_EVIDENCE, "attest", "POST", "/v1/attest" },
	{ CC_OP_FRAMES, CC_ROUTE_EVIDENCE, "frames", "POST", "/v1/sessions/*/frames" },
	{ CC_OP_ATTEST_CAS, CC_ROUTE_OPEN, "attest-cas", "POST", "/v1/attest-cas" },
	{ CC_OP_PEER, CC_ROUTE_EVIDENCE, "peer", "POST", "/v1/peer" },
	{ CC_OP_CHECKPOINT, CC_ROUTE_OPEN, "checkpoint", "GET", "/checkpoint" },
	{ CC_OP_TILE, CC_ROUTE_OPEN, "tile", "GET", "/tile/*" },
	{ CC_OP_SESSION_CREATE, CC_ROUTE_IDENTITY, "session-create", "POST", "/v1/sessions" },
	{ CC_OP_SESSION_CREATE_OLD, CC_ROUTE_IDENTITY, "session-create-old", "POST", "/session" },
	{ CC_OP_SESSION_ENCRYPTED, CC_ROUTE_IDENTITY, "session-encrypted", "PUT",
	  "/v1/encrypted_sessions" },
	{ CC_OP_SESSION_LIST, CC_ROUTE_IDENTITY, "session-list", "GET", "/v1/sessions" },
	{ CC_OP_SESSION_READ, CC_ROUTE_IDENTITY, "session-read", "GET", "/v1/sessions/*" },
	{ CC_OP_SESSION_TEXT, CC_ROUTE_IDENTITY, "session-text", "GET", "/session/*" },
	{ CC_OP_VALUES, CC_ROUTE_OPEN, "values", "GET", "/v1/values/*" },
	{ CC_OP_VERSION, CC_ROUTE_OPEN, "version", "GET", "/v1/version" },
	{ CC_OP_HEALTH, CC_ROUTE_OPEN, "health", "GET", "/v1/health" },
	{ CC_OP_LIVE, CC_ROUTE_OPEN, "live", "GET", "/v1/health/live" },
	{ CC_OP_READY, CC_ROUTE_OPEN, "ready", "GET", "/v1/health/ready" },
};

const struct cc_route *cc_route_of(enum cc_operation operation)
{
	for (size_t i = 0; i < CC_COUNT(routes); i++)
		if (routes[i].operation == operation)
			return &routes[i];
	return NULL;
}

static bool ends(struct cc_span text, const char *tail)
{
	size_t len = strlen(tail);

	return text.len >= len && memcmp(text.at + text.len - len, tail, len) == 0;
}

static bool matches(const char *pattern, struct cc_span path, struct cc_span *argument)
{
	const char *star = strchr(pattern, '*');
	size_t before = star == NULL ? 0 : (size_t)(star - pattern);
	size_t around = star == NULL ? 0 : strlen(pattern) - 1;

	*argument = cc_span(NULL, 0);
	if (star == NULL)
		return cc_span_eq_str(path, pattern);
	if (path.len <= around || memcmp(path.at, pattern, before) != 0 || !ends(path, star + 1))
		return false;
	*argument = cc_span_sub(path, before, path.len - around);
	return true;
}

void cc_route_methods(struct cc_span path, char out[static CC_METHODS_MAX])
{
	struct cc_span ignored = { 0 };
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < CC_COUNT(routes); i++) {
		if (!matches(routes[i].path, path, &ignored) ||
		    strstr(out, routes[i].method) != NULL)
			continue;
		(void)snprintf(out + len, CC_METHODS_MAX - len, "%s%s", len == 0 ? "" : ", ",
			       routes[i].method);
		len = strlen(out);
	}
}

static bool is_plain(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("._~-/=,", c) != NULL);
}

/* A part between slashes: there, and no step to elsewhere. */
static bool is_part(struct cc_span part)
{
	return part.len > 0 && !cc_span_eq_str(part, ".") && !cc_span_eq_str(part, "..");
}

static int check_argument(struct cc_span argument, struct cc_err *err)
{
	size_t from = 0;

	if (argument.len > CC_ARGUMENT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a name in a path has at most %d bytes, not %zu",
			       CC_ARGUMENT_MAX, argument.len);
	for (size_t i = 0; i <= argument.len; i++) {
		if (i < argument.len && !is_plain(argument.at[i]))
			return cc_fail(
				err, CC_E_ARG,
				"a name in a path has letters, digits and . _ ~ - / = , only");
		if (i < argument.len && argument.at[i] != '/')
			continue;
		if (!is_part(cc_span_sub(argument, from, i - from)))
			return cc_fail(err, CC_E_ARG, "a name in a path has an empty part or dots");
		from = i + 1;
	}
	return 0;
}

int cc_route_find(const char *method, struct cc_span path, enum cc_operation *operation,
		  struct cc_span *argument, struct cc_err *err)
{
	char methods[CC_METHODS_MAX];
	struct cc_span found = { 0 };

	for (size_t i = 0; i < CC_COUNT(routes); i++) {
		if (!cc_str_eq(routes[i].method, method) || !matches(routes[i].path, path, &found))
			continue;
		if (found.len > 0)
			CC_TRY(check_argument(found, err));
		*operation = routes[i].operation;
		*argument = found;
		return 0;
	}
	cc_route_methods(path, methods);
	cc_err_set(err, CC_E_NOTFOUND, "no operation at this path%s",
		   methods[0] == '\0' ? "" : " with this method");
	return methods[0] == '\0' ? cc_failed() : cc_hint(err, "here it is %s", methods);
}
